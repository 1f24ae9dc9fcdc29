"""The words of the closer questions about one track, kind by kind (`agent.rules.closer_asks`)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.rules.amounts import move
from agent.rules.lexicon import find_chords, find_keys, find_labels
from agent.rules.wording import NUMBERS, ORDINALS
from tools import theory

_N = "|".join(ORDINALS)
_COUNT = {word: int(n) for word, n in NUMBERS.items() if n == int(n) and 0 < n < 11}
_CHORDS = r"\b(?:chords?|harmon(?:y|ies)|progression|changes)\b"
_PART = r"(?:drums?|drummer|bass|vocals?|voice|singer|singing)"
_PLAYERS = r"(?:drums?|drummer|percussion|beat|kick|guitars?|piano|keys|strings|organ|synths?|synthesi[sz]ers?|sax(?:ophone)?|brass|horns?|violins?|flute|trumpets?)"
_SECTIONS = r"(?:intro|outro|verse|chorus|bridge|solo|pre-?chorus|coda|refrain|hook)"
_PARTS = {"dr": "drums", "ba": "bass", "vo": "vocals", "si": "vocals"}


@dataclass(frozen=True)
class Closer:
    """One kind of question.

    Parameters
    ----------
    name : aspect of the ask, or ``topic.aspect`` of the head that is meant
    words : patterns, all of which are in the question; ``(?P<value>)`` in one is its value
    no : what must not be in it
    of : the topics that are read in its place, where the question asks for more than that
    value : what the value is, where no pattern says it
    """

    name: str
    words: tuple[str, ...]
    no: str = ""
    of: str = ""
    value: Callable[[str], str] | None = None


def _count_said(text: str) -> str:
    found = re.search(rf"\b(\d+|{'|'.join(_COUNT)})\b(?= (?:\w+ ){{0,2}}(?:sentence|line|note))", text)  # fmt: skip
    if found:
        return str(_COUNT.get(found[1]) or found[1])
    return "1" if re.search(r"\b(?:single|one)[ -](?:sentence|liner?)\b", text) else ""


def _nth(text: str) -> str:
    """Return which chord a question spells: a number, "-1" for the last, "each", or ""."""
    found = re.search(rf"\b({_N}|opening|last|final|closing)(?: \w+)? chord\b", text)
    if found:
        return {"opening": "1"}.get(found[1]) or str(ORDINALS.get(found[1], -1))
    number = re.search(r"\bchord (?:number |no\.? ?)?(\d{1,2})\b", text)
    return number[1] if number else "each"


def _decimals(text: str) -> str:
    found = re.search(r"\b(one|a|1|two|2|three|3|first|second)(?: \w+)? (?:decimal|digit|place)", text)  # fmt: skip
    return {"two": "2", "2": "2", "second": "2", "three": "3", "3": "3"}.get(found[1], "1") if found else "1"  # fmt: skip


def _chord_named(text: str) -> str:
    """Return the one chord that a question names, as it is written; "" for none or several."""
    names = find_chords(text) or tuple(
        tonic + ("m" if mode == "minor" else "")
        for tonic, _, mode in (key.partition(" ") for key in find_keys(text))
    )
    if not names and re.search(r"\b(?:is|does|why|the|that) am\b(?! i\b)", text):
        return "Am"
    return names[0] if len(set(names)) == 1 else ""


def _player(text: str) -> str:
    """Return the instrument that a question names, by the tagger's word for it."""
    found = next(iter(find_labels(text, "instruments")), "")
    return "drums" if found == "beats" or (not found and re.search(r"\b(?:beat|kick|drummer)\b", text)) else found  # fmt: skip


def _speed_said(text: str) -> str:
    """Return the share of the speed that a question names, in per cent: 80 of "20% slower"."""
    found = re.search(r"(\d{1,3}) ?(?:%|percent)(?: (\w+))?", text)
    if not found:
        return ""
    number, way = int(found[1]), found[2] or ""
    if way in ("faster", "quicker"):
        return str(100 + number)
    return str(100 - number if way == "slower" else number)


def _note_aimed(text: str) -> str:
    """Return the end of a melody that is to be on a note, and the note: "high E4"."""
    return _end_and_note(text, r"\b(top|highest|high|lowest|bottom|low) note\b.*?")


def _end_and_note(text: str, end: str) -> str:
    """Return the end of a melody that words name, and the note after them: "high E4", or ""."""
    found = re.search(rf"{end}\b([a-g])(#|b|♯|♭| sharp| flat)? ?([1-7])\b", text)
    if not found:
        return ""
    sign = {"♯": "#", " sharp": "#", "♭": "b", " flat": "b"}.get(found[3] or "", found[3] or "")
    way = "low" if found[1] in ("lowest", "bottom", "low", "below", "under", "lower") else "high"
    return f"{way} {found[2].upper()}{sign}{found[4]}"


def _track_described(text: str) -> str:
    """Return tempo and key of a track that a question describes: "124 in E minor"."""
    bpm = re.search(r"\b(\d{2,3}(?:\.\d+)?)(?: ?bpm\b| in\b)", text)
    code = re.search(r"\b(1[0-2]|[1-9])([ab])\b", text)
    keys = find_keys(text)
    if not bpm or not (code or keys):
        return ""
    if keys:
        return f"{bpm[1]} in {keys[-1]}"
    mode = "minor" if code and code[2] == "a" else "major"
    tonics = (theory.tonic_name(pc, mode) for pc in range(12))
    wanted = "".join(code.groups()).upper() if code else ""
    return next(
        f"{bpm[1]} in {t} {mode}" for t in tonics if theory.camelot(t, mode).upper() == wanted
    )


def _note_moved(text: str) -> str:
    """Return the end of a melody that is asked for, and by how much it is moved: "high by -2"."""
    end = "low" if re.search(r"\b(?:bottom|lowest) note\b", text) else "high"
    steps = move(re.sub(r"^\W*drop\b", "down", text), ())
    down = re.search(r"\b(?:drop\w*|lower\w*|down)\b", text) and steps.startswith("+")
    return (
        f"{end} by {'-' + steps[1:] if down else steps}" if re.fullmatch(r"[+-]\d+", steps) else ""
    )


def _note_bound(text: str) -> str:
    """Return the note that a melody may not pass, and which end of it that is: "high E5"."""
    passed = r"above|over|higher|past|below|under|lower|max|maximum|top|tops|up to|ceiling|limit"
    return _end_and_note(text, rf"\b({passed})\b.{{0,24}}?")


def _section_named(text: str) -> str:
    """Return the part or section that a question names: "C", or "chorus"."""
    letter = re.search(r"\b(?:part|section) ([a-h])\b", text)
    found = re.search(rf"\b{_SECTIONS}\b", text)
    return letter[1].upper() if letter else found.group() if found else ""


def _part_in(text: str) -> str:
    found = re.search(rf"\b{_PART}\b", text)
    return _PARTS[found.group()[:2]] if found else ""


def mixed_with(text: str) -> str:
    """Return tempo and key of a track that this one is to be mixed with, "" where it is not asked."""
    if not _MIXED.search(text) or _NOT_MIXED.search(text):
        return ""
    return _track_described(text)


_MIXED = re.compile(
    r"\b(?:mix\w*|blend\w*|clash\w*|mash\w*|match\w*|go(?:es)? (?:well )?with|works? with|fits?|layer\w*|segue|transition|together)\b"
)
_NOT_MIXED = re.compile(
    r"\b(?:how (?:many|long)|which|songs|tracks|playlist|my (?:library|collection)|find|search|recommend|suggest|make|generate|compose)\b"
)
FROM_END_TO_END = (
    r"\b(?:start|beginning|top|first|intro|front) (?:to|till|until|through to|right through to) (?:the )?"
    r"(?:very )?(?:finish|end|bottom|last|outro|back)\b"
)
_ORDERED = (
    rf"{FROM_END_TO_END}|\b(?:in (?:the right |the )?(?:order|sequence)|one (?:by|after) (?:one|another|the other)"
    r"|all the (?:chord )?chang|all (?:of )?(?:the|its|of its) chord|every (?:single )?chord|each chord (?:with|and when)"
    r"|(?:whole|complete|entire|full) (?:list|sequence|row|chord|set|run|progression|thing)|(?:with|and) (?:the |their )?(?:times|timings?|time ?stamps?)"
    r"|throughout|all the way|bar by bar|line by line|start to finish|chord list|list of (?:all )?(?:the )?chords)\b"
)
_LEVELS = r"\b(?:loud\w*|quiet\w*|levels?|volume|balance|prominent|hot)\b"

CLOSERS = (
    # --- chords
    Closer("nashville", (r"\bnashville\b|\bnumber (?:system|notation|chart)\b|\b(?:chords?|loop|progression|changes) (?:in|as) (?:\w+ )?numbers\b",), r"\bwhat (?:is|are) (?:a |the )?nashville (?:number(?:s|ing)?(?: system)?|system|notation)\W*$", "chords key theory"),
    Closer("spelled", (r"\bnotes?\b.*\b(?:chords?|loop)\b|\bspell\w*\b.*\b(?:chords?|loop)\b|\bchords?\b.*\b(?:spell\w*|made (?:up )?of|consists? of|which notes|what notes)\b",),
           r"\bscale\b|\b(?:write|midi|sheet|score|transcri\w+|fit|work|over|solo|sung|singer|melody|outside|not in|lowest|highest|top)\b|\bchord tones?\b", "chords key theory notes melody", _nth),
    Closer("kinds", (r"\b(?:or|all|only|just|any|purely|mostly|simply|plain|pure)\b.*\btriads\b|\btriads\b.*\b(?:or|only|sevenths?|7ths?|all)\b|\bsevenths?\b.*\bor\b.*\b(?:plain|simple|basic|ordinary|just)\b|\b(?:simple|plain|basic) chords? or\b|\b(?:just|only|all) (?:plain|simple|basic) (?:(?:major|minor|major and minor|major or minor) )?chords\b",), r"\b(?:what|which|notes|augmented|diminished|primary|explain|define)\b", "chords"),
    Closer("outside", (r"\b(?:unusual|special|interesting|surprising|surprise|weird|odd|strange|unexpected|clever|spicy)\b.*\b(?:harmon\w+|chords?|progression|changes)\b|\b(?:harmon\w+|chords?|progression|changes)\b.*\b(?:unusual|special|interesting|surprising|weird|strange|unexpected|clever|spicy)\b",), r"\b(?:more|most|which (?:one|song|track)|best|favou?rite|make|write|generate|compose|than)\b", "chords key theory describe"),
    Closer("outside", (r"\bodd (?:ones?|chords?) out\b|\bodd chord\b|\bchords?\b.*\b(?:out ?side|not (?:in|from)|out of|foreign to|leav\w+|stray\w*|do(?:es)? not (?:fit|belong)|borrow\w*)\b(?:.*\b(?:key|scale|in it|there)\b|\W*$)|\b(?:non-?diatonic|chromatic) chords?\b|\bstrangest chord\b|\b(?:any|some)thing\b.*\b(?:out ?side|out of|foreign to) (?:of )?the (?:key|scale)\b",
                       r"\bchords?\b|\bharmonic\w*|\bthe (?:key|scale)\b"), r"\b(?:what is|define|explain|mean)\b.*\bborrowed\b|\bplay\b|\btrack", "chords key theory"),
    Closer("listed", (_ORDERED, _CHORDS), rf"(?<!just the )(?<!only the )\bloop\b|\bfile\b|\bsave\b|\bexport\b|\bprint\b|\bdifferent chords\b|\bchord (?:number )?(?:one|two|three|four|five|\d)|\bhow (?:many|often|much|sure)\b|\bstay|\bsame\b|^(?:is|are|does|do) |{_LEVELS}", "chords"),
    Closer("in key", (r"\b(?:borrow\w*|diatonic|belongs?|natural(?:ly)?|non-?diatonic|chromatic|foreign)\b|\b(?:in|of|from|out ?side|fits?|part of) (?:of )?(?:the|this|that|its) (?:key|scale)\b|\bwhy (?:is|are|does|do)\b|\bwhat (?:is|does) (?:that|the|this) \S+(?: \w+){0,2} (?:doing|do)\b|\b(?:what|which) (?:function|role|job)\b|\b(?:function|role|job) (?:of|has|have|does)\b|\bwhere does\b.*\bcome from\b",),
           r"\bsong in\b|\btrack in\b|\b(?:is|be|was) (?:it|this|that)(?: \w+){0,2} in\b|\bin the key of\b|\bwhat is borrow\w+|\bborrowed chords?\b|\bdiatonic chords\b|\bsounds? (?:so )?(?:sad|happy|good|dark)\b", "chords key unclear theory describe", _chord_named),
    Closer("resolves", (r"\b(?:resolv\w*|resolution|unresolved)\b|\b(?:ends?|finish\w*|lands?|comes?|returns?|gets?|goes|go|back|closes?|settles?|stops?) (?:back |up |down )*(?:on|to|at|in) (?:the )?(?:tonic|home(?: chord| key)?|root chord|i chord|one chord)\b|\b(?:comes?|gets?|goes|come back) home\b|\b(?:open|closed) end(?:ing|s)?\b|\bhanging\b|\bup in the air\b",
                        r"\b(?:it|this|that|song|track|tune|piece|progression|loop|chords?|harmon\w+|ending|end|music|sequence|changes|verse|chorus)\b"), r"\b(?:what is|define|explain|mean)\b.*\bresol|\bresolves? to\b(?! (?:the )?(?:tonic|home|one|i)\b)|\bmp3|\bdpi\b|\bmelody\b|\btime\b", "chords key tempo moment meter unclear describe structure loudness unsupported"),
    # --- beat
    Closer("scaled", (r"(?P<value>\b\d{1,3} ?(?:%|percent)(?: (?:of (?:the |its )?)?(?:speed|tempo|faster|slower|quicker|original (?:speed|tempo)))?)(?!\w)", r"\b(?:speed|tempo|slow\w*|fast\w*|quick\w*|bpm|play(?:ed|ing)?|practi[cs]e\w*)\b"), r"\b(?:make|generate|render|create|stretch (?:it|this)|how (?:sure|certain|confident)|confiden\w*|major|minor|chords?|pitch|mix|match|songs|tracks|louder|singer|sung)\b|\btime stretch", "tempo unsupported unclear duration", _speed_said),
    Closer("to note", (r"\b(?:transpos\w+|move|shift|lower|raise|put|bring|drop|take|pitch)\b", r"\b(?P<end>top|highest|high|lowest|bottom|low) note\b.{0,24}?\b(?P<value>[a-g](?:#|b|♯|♭| sharp| flat)? ?[1-7])\b"), r"\bhow (?:many|far)\b.*\bdo i\b", "key melody chords unclear unsupported generate", _note_aimed),
    Closer("to note", (r"\b(?:transpos\w+|move|shift|lower|raise|put|bring|drop|take|pitch|down|up|lower|higher)\b", r"\b(?:semi-?tones?|tones?|(?:half|whole)[- ]?steps?|steps?|octaves?|frets?|(?:a|an) (?:\w+ )?(?:third|fourth|fifth|second))\b", r"\b(?:new |then |resulting )?(?:top|highest|bottom|lowest) note\b"), r"\bhow (?:many|far)\b|\b[a-g][#b]?[1-7]\b", "key melody chords unclear unsupported generate note", _note_moved),
    Closer("to note", (r"\b(?:key|transpos\w+|move|semi-?tones?|tones?|higher|lower)\b", r"\b(?:(?:not|never|cannot|nothing|without|less|lower|no)\b.{0,24}\b(?P<end>above|over|higher|past|below|under|lower)|(?P<end2>above|over|below|under)\b.{0,16}\bnot|(?P<end3>max(?:imum)?|top(?:s|ping)? out|up to|ceiling|limit|tops)\b)\b.{0,16}\b(?P<note>[a-g](?:#|b|♯|♭| sharp| flat)? ?[1-7])\b"), r"\bhow (?:many|often)\b|\bchords?\b|\bdoes (?:she|he|it|the)\b", "key melody unclear decline unsupported", _note_bound),
    Closer("floor", (r"\b(?:snare|kick|hi-?hats?|claps?|cymbals?|back-?beat)\b", r"\b(?:on|off|every|each|which)\b.*\b(?:beats?|[1-4]|two|four|one|three|offbeats?|eighths?)\b|\bback-?beat\b"), r"\b(?:what is|mean|define|explain|make|write|generate|midi|transcri\w+|loud\w*)\b|\bkick on every beat\b", "meter beats tempo unsupported melody unclear instruments moment", lambda text: "drum"),
    Closer("half", (r"\b(?:when|where|what(?: time)?|at what)\b.*\b(?:half-? ?way(?: point| mark)?|mid-?point|middle of (?:it|the (?:song|track|piece)))\b(?: is| be)?[ ?.!]*$",), r"\bchords?\b|\bkey\b|\bhappen\w*|\bplay\w*", "structure moment duration unclear"),
    Closer("mix range", (r"\b(?:which|what)\b.{0,12}\b(?:bpms?|tempo|tempos|tempi|speeds?)(?: (?:range|window|span))?s?\b.*\b(?:mix|blend|go|match|beat-?match|work|fit)\b|\b(?:bpm|tempo) (?:range|window) (?:for|to) mix\w*",), r"\bwith #|\bsongs\b|\btracks\b|\bother\b|\bboth\b|\bthem\b", "tempo meter recall unclear"),
    Closer("bass ends", (r"\b(?:(?P<value>low|deep|high)(?:est)|bottom|top)\b", r"\bbass\b", r"\bnotes?\b|\bgo(?:es)?\b"), r"\b(?:singer|voice|vocal|midi|sheet|write|transcri\w+)\b", "melody notes instruments unclear"),
    Closer("floor", (r"\bkick on every beat\b|\b(?:four|4)[- ](?:on|to)[- ]the[- ]floor\b",), r"\b(?:what is|mean|define|explain|make|write|generate)\b", "meter beats tempo unsupported melody unclear instruments"),
    Closer("moment.", (r"\b(?:which|what|in what) (?:bar|measure)s?\b(?: number)?|\b(?:bar|measure) number\b",), r"\bbars?(?: number)? \d(?!\d?:)|\bchords?\b|\bhow many\b|\bkey\b", "meter beats tempo moment"),
    Closer("section bar", (r"\b(?:which|what|at which|on what|in what) (?:bar|measure)\b(?: number)?", rf"\b(?:(?:part|section) (?P<value>[a-h])\b|(?P<name>{_SECTIONS})\b)", r"\b(?:starts?|begins?|comes? in|enters?|kicks? in|is|does|at)\b"), r"\bchords?\b|\bsing|\bvoice|\bvocal|\bdrum", "structure meter beats tempo moment", _section_named),
    Closer("entry bar", (r"\b(?:which|what|at which|on what|in what) (?:bar|measure)\b(?: number)?|\bhow many (?:bars|measures) (?:(?:do|have|will|are|of) (?:i|you|we|there|\w+) ?(?:get|have|count|there|to wait|wait|hear|of \w+)? )?(?:until|till|before|to|go by before|pass before)\b|\bafter how many (?:bars|measures)\b", r"\b(?:vocals?|voice|singer|singing|sings?|sung|she|he|vox)\b", r"\b(?:starts?|begins?|comes? in|enters?|entrance|entry|kicks? in|until|till|before|after|first|in)\b"), r"\bchords?\b|\bnotes?\b", "voice meter beats tempo moment"),
    Closer("bar", (r"\b(?:where|when|what time|time|seconds?|how far|which beat|what point|timestamp|position)\b", r"\b(?:bar|measure) (?:number |no\.? ?)?(?P<value>\d{1,3})\b(?! ?(?:-|to|through|and) ?\d)",
                   r"\b(?:starts?|begins?|falls?|lands?|comes?|is|hits?|located|reach|of|occurs?|for)\b"), r"\b(?:chords?|play\w*|happen\w*|loud\w*|key|sing\w*|last|long|notes?)\b", "beats chords tempo moment meter"),
    Closer("decimal", (r"\bdecimals?\b|\b(?:exact|precise|accurate)(?:ly)?\b|\bto the (?:nearest )?tenth\b|\bpoint something\b", r"\b(?:bpm|tempo|speed|beats per minute|pulse)\b"), r"\bhow (?:exact|accurate|precise)|\bis (?:it|the tempo) (?:exactly|precisely)|\bhow sure|\bround|\bno decimal|\bwithout (?:the )?decimal", "tempo", _decimals),
    Closer("either bpm", (r"\b(?P<value>\d{2,3}(?:\.\d+)? (?:bpm )?or (?:more like |rather |is it )?\d{2,3}(?:\.\d+)?)\b", r"\b(?:bpm|tempo|speed|count\w*|beats?|fast|slow|pulse|feel|clock|half|double|twice|2x|time)\b"), r"\b(?:seconds|bars?|lufs|hz|hertz|minutes|song|tracks)\b", "tempo"),
    Closer("unsupported.swing", (r"\bswung\b|\bswing(?:s|ing|y)?\b|\bshuffl\w*|\bstraight\b", r"\b(?:straight (?:or|eighths?|8ths?|feel|time|quavers?|beat|groove|rhythm)|(?:eighths?|8ths?|eighth notes|quavers?|beat|or|played|feel) (?:are |is )?straight|swung|swing (?:feel|or|eighths?|beat|groove|rhythm)|swings|swinging|shuffl\w+)\b"), r"\btell me straight\b|\bswing (?:music|era|jazz|band|dance)\b|\bgenre|\bstyle\b|\bstraight (?:away|on|through|after|into|from)\b|\b(?:make|write|generate|compose|turn|give|find|songs|tracks)\b|\bmean", "tempo beats genres moods meter describe"),
    # --- form and loudness
    Closer("form", (r"\bwhere (?:could|can|should|would|do|might|shall) (?:i|you|we|one)\b.*\b(?:loop|cut|edit|fade|trim|split|crop|mix|chop)\b|\b(?:good|best|right|natural) (?:place|spot|point|moment|time)s? (?:to|for)\b.*\b(?:loop\w*|cut\w*|fade|edit\w*|mix\w*|stop|split|trim\w*)\b|\b(?:cue|mix|edit|loop)[- ](?:in |out |in and out )?points?\b",), r"\bchords?\b|\bvocals? out\b", "structure describe chords loudness unsupported key unclear tracks moment moods"),
    Closer("form", (r"\b(?:form|structure|arrangement|sections?|parts)\b", r"\b(?:walk|talk|take|guide|lead|run) (?:me|us) through\b|\btime ?stamps?\b|\bwith (?:the )?tim(?:es|ings?)\b|\bmap\b|\broad ?map\b|\boutline\b|\blay ?out\b|\blist\b|\bbreak ?down\b|\bone by one\b|\bin order\b|\b(?:start|begin|change)s? and (?:end|stop)s?\b|\bwhen (?:does|do) each\b"),
           r"\b(?:drum|bass|vocal|guitar|piano|chords?|stems?|instruments?|loud\w*|quiet\w*|key|sure|certain|confident)\b", "structure describe caption chords"),
    Closer("quiet", (r"\b(?:quiet|hush|hushed|hushes|soft|softer|quieter|calms? down|calm|whisper\w*|drops? (?:right |way |all the way )?(?:down|off|away|back)|dies? down|dips?|lulls?|settles? down|comes? down|tones? down|pulls? back|quietens?)\b",
                     r"\b(?:where|when|any(?:where)?|spots?|places?|points?|passages?|moments?|bits?|parts?|stretch\w*|ever|at all|which)\b"),
           r"\b(?:quiet enough|too quiet|mood|feel|chords?|drums?|bass|vocals?|singer|voice|guitar|piano|instruments?|track|song|chorus|verse|bridge|intro|outro|key|tempo|bpm|drops? out|beat|start|end|half|final|refrain|silen\w+|songs|tracks)\b|\d", "structure unsupported moment loudness moods describe"),
    Closer("ending", (r"\bfad(?:e|es|ing|ed)[ -]?(?:out|away|off|or)\b|\b(?:or|a|is it) (?:slow |long |quick )?fade\b|\b(?:stops?|ends?|finish\w*|cuts?) (?:\w+ )?(?:dead|cold|abrupt\w*|sudden\w*|sharp\w*|off|clean\w*|short|with a bang)\b|\b(?:abrupt|sudden|cold|hard|clean) (?:end\w*|stop|finish|cut)\b|\bring out\b",),
           r"\bchords?\b|\bon what\b|^(?:\w+ )?fade\b|\bfade to\b|\bcompared\b|\b(?:voice|vocals?|singer|drums|guitar|fade (?:in|the)|key|crossfade|make|can you|could you|add|apply)\b|\bfades? in\b|\bfade in\b", "unsupported moment loudness structure describe chords"),
    Closer("stem levels", (rf"\b(?:which|what|who)\b.{{0,16}}\b(?:louder|quieter|softer|more prominent)\b.*\b{_PART}\b.*\bor\b.*\b{_PART}\b|\b{_PART}\b or (?:the )?{_PART}\b.*\b(?:louder|quieter|softer)\b",), "", "loudness unsupported moment structure voice instruments unclear"),
    Closer("stem levels", (r"\b(?:who|which|what)\b(?: \w+){0,4} (?:loudest|quietest|softest|most prominent|up front|buried)\b.{0,12}\b(?:in|of) (?:the|this) (?:mix|balance|band|arrangement)\b",), "", "loudness unsupported moment structure voice instruments unclear"),
    Closer("stem levels", (rf"\b(?:which|what)\b.*\b(?:stems?|instruments?)\b.*\b(?:loudest|quietest|softest|most prominent|up front)\b|\b(?:loudest|quietest|softest) (?:stem|instrument|of the stems)\b|\bhow (?:loud|quiet|prominent|hot)\b.*\b{_PART}\b|\b{_PART}\b.*\b(?:loud\w*|level|quiet\w*) (?:against|compared?|relative|than|versus|vs|next to)\b|\bbalance\b.*\b(?:stems|drums|vocals|voice|bass)\b|\bhow loud (?:they|it|that|those)\b.*\b(?:against|rest|others?|compar\w+|relative)\b",),
           r"\b(?:section|verse|chorus|intro|outro|bridge|when|where)\b|\bhow loud (?:is|are) (?:it|the (?:song|track|mix))\b", "loudness unsupported moment structure voice instruments", _part_in),
    Closer("loudness.loudest", (r"\b(?:which|what|where)\b", r"\b(?:part|section|bit|passage|place|moment|spot|stretch|point)\b.*\bloudest\b|\bloudest (?:part|section|bit|passage|place|moment|spot|stretch|point)\b"), r"\b(?:quietest|softest|chorus|verse|bridge|stem|instrument)\b", "structure unsupported loudness moment"),
    # --- sound
    Closer("instruments.when", (rf"\b(?P<value>{_PLAYERS})\b", r"\b(?:(?:comes?|starts?|kicks?|begins?|enters?|goes|go|jumps?)(?: in| off| playing)? (?:straight|right) (?:away|in|off)|(?:drops?|cuts?|fades?|goes|go|die|dies|fall|falls) (?:out|away|off)|stops?(?! with)|stopped|paus\w+|rests?|disappear\w*|vanish\w*|sits? (?:it |this )?out|lays? out|the (?:whole|entire) (?:time|way|track|song|thing|tune|piece)|all the (?:time|way)|throughout|non-?stop|constant\w*|continuous\w*|every ?where|from (?:start|beginning) to|always (?:there|playing|on)|any breaks?|take a break|comes? and go(?:es)?|absent|missing|without)\b",
                                r"^(?:\w+,? ){0,3}(?:is|are|does|do|did|when|where|which|has|have|any)\b"),
           r"\b(?:stems?|remove|isolate|separate|make|without the|generat\w+|louder|loud|quiet\w*|tempo|steady|on time|in time|notes?|key|chords?|songs|tracks|solo)\b", "instruments voice tempo unsupported moment structure beats unclear notes", _player),
    Closer("sound.open", (r"\b(?P<value>(?:acoustic|unplugged|electric|electronic|organic|synthetic|digital|analog(?:ue)?|live|real)(?: (?:instruments?|sounding))? or (?:is it |more |mostly )?(?:electric|electronic|acoustic|unplugged|synthetic|organic|digital|analog(?:ue)?|programmed))\b",), r"\b(?:drum\w*|guitar|piano|bass|songs|tracks|recorded)\b", "genres instruments unclear moods"),
    # --- sound of the voice
    Closer("voice", (r"\b(?:describe|describing|tell me (?:more )?about|what (?:is|are)|how (?:is|are|would you describe|does|do)|characteri[sz]e|talk about)\b.{0,24}\b(?:vocals?|voice|singer|singing|vocalist|vocal (?:style|line|part|performance|delivery))\b(?: like| sounds? like| sounds?)?[ ?.!]*$",), r"\b(?:range|note|pitch|key|gender|sex|male|female|man|woman|loud\w*|level|highest|lowest|name|called|who|when|where|about\? |stems?|separate|isolate|doing|saying|singing about)\b|\bsinging[ ?.!]*$", "voice describe unclear moods sound melody instruments"),
    Closer("uses", (r"\b(?:what|which)(?: (?:kinds?|sorts?|types?) of)? (?:settings?|occasions?|events?|situations?|places?|activit\w+|uses?|contexts?|venues?|purposes?)\b|\bwhat (?:is|would|could|might)(?: (?:it|this|that|the (?:song|track|music)))?(?: be)? (?:good|suitable|suited|useful|used|right|perfect|ideal) for\b|\bwhat (?:could|can|would|should) (?:i|you|we|one) use (?:it|this|that) for\b|\bwhat (?:could|can|might|would) (?:it|this|that|(?:this|the|that) (?:song|track|music|piece)) be (?:used|good|suitable|ideal) for\b|\b(?:suitable|appropriate|fitting|ideal|perfect) (?:uses?|setting|occasions?|contexts?|venues?)\b|\b(?:what|which) (?:types?|kinds?|sorts?) of (?:films?|movies?|tv|shows?|scenes?|adverts?|ads?|games?)\b|\bwhere (?:would|could|might) (?:it|this|that|(?:this|the|that) (?:song|track|music|piece)) fit\b(?! (?:in|into) my|.*\b(?:set|playlist|mix)\b)|\bwhere (?:would|could|might|should) (?:you|one|i|people|we) (?:play|use|put|hear) (?:it|this|that)\b|\b(?:intended|likely|main|primary|possible) (?:purpose|use|function|audience|setting) (?:of|for) (?:it|this|that|(?:the|this|that) (?:\w+ )?(?:song|track|music|piece|recording))\b|\b(?:what|which) (?:types?|kinds?|sorts?) of (?:media|content|video|project|production|advertis\w+|commercial|documentar\w+|party|gathering|place)s?\b|\bwhere (?:is|would|might|could) (?:it|this|that|(?:the|this|that) (?:song|track|music|piece))(?: most)?(?: likely)?(?: be)?(?: being)? (?:played|performed|heard|used)\b",), r"\b(?:recorded|written|made|scale|capo|chords?|solo|guitar|songs|tracks|key|loop|cut|sample)\b", "genres moods sound unclear decline describe use tempo moment"),
    Closer("sung", (r"\b(?:sung|sings?|singing|vocals?|voice|instrumental)\b", r"\b(?:how much|percent\w*|proportion|share|fraction|ratio|what part|portion|split between|how long)\b(?!.*\b(?:louder|loud|reverb|higher|range|vibrato)\b)"), r"\b(?:pitch|note|range|compress|effect|break|before|until|till|intro|loud\w*|solo|separate|stems?|tune|split (?:the|it|out|off|this)|intro|take|silence|bar|bars|you)\b|\bhow long (?:is|does|before|until|until)\b", "voice describe duration structure instruments"),
    Closer("bass", (r"\bbass(?: ?(?:guitar|line|player|part|synth|notes?))?\b|\blow end\b", r"\b(?:is|are|any|hear|there|play\w*|throughout|or|does|where|when|comes?|drops?)\b", r"^(?:\w+ ){0,3}(?:is|are|any|does|do|can you hear|hear|where|when|has)\b"),
           r"\b(?:lowest|highest|louder|loud|quiet|note|notes|key|midi|tab|tabs|write|transcri\w+|separate|isolate|stem|stems|chords?|voice|vocal|singer|sings?|baritone|tenor|drum|drums|guitar and|piano|eq|frequenc\w+|boost|clef|figured|double bass|in tune|mud\w*|too|solo|pluck\w*|slap\w*|fretless|pick|who|brand|what kind|what|wot|w[ih]*ch|tones|alberti|drop|beats)\b|\bfor the bass\b|\bbass (?:voice|range|singer|clef)\b|^(?:can|could) (?:i|you) (?:get|have|give)", "instruments moment notes stems describe unclear"),
    Closer("course", (r"\b(?P<value>mood|vibe|feel|feeling|atmosphere|energy|emotion\w*)\b", r"\b(?:shift\w*|chang\w*|evolv\w*|develop\w*|along the way|over time|(?:as|while) it goes|throughout|journey|progress\w*|from (?:start|beginning) to|arc|build\w*|ris\w+|grow\w*|constant|stays? the same|turn\w*|vary|varies)\b"),
           r"\b(?:make|turn it|time feel|half|chords?|tempo|songs|tracks|playlist|key|chorus|verse|bridge|half ?way|where|when|at)\b|\d", "moods moment describe caption unsupported structure"),
    Closer("busier", (r"\b(?P<value>busier|denser|fuller|sparser|emptier|thinner|more (?:going on|notes|happening|active|dense|busy|layered)|less (?:busy|dense|going on)|fewer notes|busy|dense)\b", r"\b(?:end|ending|finish|close|last|second|later|start|beginning|opening|first|as it goes|over time|towards?)\b"), r"\b(?:chords?|chorus|verse|bridge|songs|tracks|make|which)\b", "moment moods tempo instruments structure unclear describe loudness unsupported"),
    Closer("energy", (r"\bhow (?:energetic|energising|energizing|intense|lively|danceable|powerful)\b(?! (?:is|are|does) (?:the )?(?:chorus|verse|bridge|intro|outro))",), r"\b(?:songs|tracks|compared|than|more)\b", "moods tempo sound"),
    Closer("energy", (r"\b(?:energ\w+|intens\w+|danceab\w+)\b", r"\b(?:on|out of|scale|rate|rating|score|to (?:ten|10|five|5))\b", r"\bscale of\b|\bon a(?:ny)? scale\b|\bout of (?:ten|10|five|5|a hundred|100)\b|\b(?:1|one|0|zero) ?(?:-|to) ?(?:10|ten|5|five|100)\b|\brat(?:e|ing)\b|\bscore\b"), r"\b(?:major|minor|songs|tracks|playlist)\b", "moods key"),
    Closer("lead instrument", (r"\b(?:dominant|main|lead(?:ing)?|principal|primary|most prominent|foremost|featured|key)\b (?:instruments?|sounds?)\b|\binstruments?\b.*\b(?:dominat\w+|stands? out|most prominent|up front|leads?)\b|\bdominat\w+\b.*\binstruments?\b",), r"\bnotes\b|\bkey of\b", "key instruments moment describe"),
    Closer("lead instrument", (r"\b(?:what|which|whose)(?: \w+)? instruments?\b.{0,40}\b(?:carr(?:y|ies)|plays?|playing|provid\w+|takes?|responsible for)\b.{0,40}\b(?:melod(?:y|ies)|tune|theme|chords|accompan\w+|riff|hook)\b",), r"\b(?:notes|midi|when|time)\b", "instruments moment describe melody chords"),
    Closer("words", (rf"\b(?P<value>\d|{'|'.join(_COUNT)}|few|couple of|single)(?: \w+)? (?:words|adjectives|terms|tags|labels|keywords|hashtags)\b|\bone[- ]word\b", r"\b(?:in|give|use|using|with|describe|sum|pick|name|just|say|it|tell)\b"), r"\b(?:lyrics?|sung|sings?|song about|chord|key|search|find|songs|tracks)\b", "sound genres moods describe caption unclear meter tempo"),
    Closer("tags", (r"\b(?:tags|keywords|hashtags|labels|descriptors|metadata)\b|\bcomma[- ]separated\b", r"\b(?:tags|keywords|hashtags|comma|catalogue|catalog|list|descriptors|labels|metadata|library|for (?:me|my|the))\b"), r"\b(?:file|id3|artist|album|title|record label|embedded|save|write|note|csv|key|mood tags|genre tags|tag (?:it|this)|chords?|songs|tracks)\b|\b(?:what|which) (?:file )?tags (?:does|do|are)\b", "sound genres moods describe caption instruments title"),
    Closer("sentences", (rf"\b(?:\d|{'|'.join(_COUNT)}|single)[ -](?:\w+ )?(?:sentences?|lines?|liners?)\b", r"\b(?:give|write|describe|summar\w+|sum|tell|pitch|blurb|description|about|for|in|put|sell|need|me)\b"), r"\b(?:key|bpm|chords?|tempo|time sig\w*|lyrics?|verse|chorus|song about|poem|notes)\b", "caption describe sound unsupported moods genres", _count_said),
    # --- melody
    Closer("motion", (r"\b(?:widest|biggest|largest|greatest|longest) (?:melodic )?(?:jumps?|leaps?|intervals?|skips?)\b",), r"\bchords?\b|\bbass\b|\bloud|\btempo\b", "melody notes describe unclear structure"),
    Closer("last note", (r"\b(?:last|final|closing|ending) note\b|\bnotes? (?:does|do) (?:it|she|he|they|the (?:tune|melody|singer|voice|vocals?|song|line)) (?:end|finish|stop|close|land)\w*(?: on| with| at)?\b",), r"\b(?:bass|piano|guitar|chords?|bar|key|hold|held|long|midi)\b", "melody notes structure unclear chords moment"),
    Closer("motion", (r"\b(?:steps?|stepwise|leaps?|leapy|leaping|jumps?|jumpy|conjunct|disjunct|skips?|intervals?)\b", r"\b(?:melod\w+|tune|voice|vocal\w*|singer|line|sung|sings?|top line|it)\b"), r"\bbuilds?\b|\b(?:above|below|over|under) the (?:lead|melody|main|tune)\b|\bgradual\w*|\b(?:semi-?tones?|half|whole|chords?|capo|transpos\w+|up|down|bass|key|steps? (?:to|for|i)|per minute|octave|dance|higher|lower)\b|\b(?:two|three|a|one|four|\d) steps?\b|\b(?:skip|jump) (?:\w+ing|right|in|to|ahead|back|over)\b|\b(?:hook|claim)\b", "melody notes describe"),
    Closer("direction", (r"\b(?:melod\w+|tune|voice|vocal\w*|singer|line|hook|theme)\b", r"\b(?:up(?:wards?)? or down|down or up|ris\w+ or fall\w*|ascend\w*|descend\w*|contour|shape|go(?:es)? (?:mostly |mainly )?(?:up|down)|mov\w+ (?:mostly |mainly )?(?:up|down)\w*|fall\w* more|climb\w*)\b"), r"\b(?:semi-?tones?|transpos\w+|octave|bass|tone down|key|loud\w*|energy|turn)\b", "melody notes unclear moment tempo"),
    Closer("first notes", (r"\b(?:first|opening|starting|initial|beginning)(?: (?:few|couple of|handful of|\d+|two|three|four|five|six|seven|eight|ten))? (?:notes?|pitches)\b|\bnotes? (?:does|do) (?:\w+ ){1,3}(?:start|begin|open)\w*\b|\b(?:starts?|begins?|opens?) (?:on|with) (?:which|what) notes?\b", r"\b(?:melod\w+|tune|sing\w*|sung|vocal\w*|voice|top line|line|it|notes?)\b"),
           r"\b(?:bass|piano|guitar|drums|midi|musicxml|score|file|save|export|chords?|key|scale)\b", "melody notes export", _count_said),
    Closer("often", (r"\b(?:pitch class(?:es)?|notes?|pitch(?:es)?|tones?)\b", r"\b(?:most (?:often|common\w*|frequent\w*|used|sung|heard|of all)|commonest|favou?rite|(?:turns?|comes?|crops?|shows?|pops?) up (?:the )?(?:most|more)|more than any|histogram|distribution|how often (?:is|does) each|dominates?)\b"), r"\b(?:chords?|bass|piano|guitar|songs|tracks|library|time signature|keys?)\b", "melody notes key chords"),
    Closer("key.changes", (r"\bmodulat\w+\b|\bkey changes?\b|\bchange(?:s|d)? (?:of )?key\b|\b(?:another|different|new|second) key\b|\btruck driver\b|\bchanges? keys?\b", r"^(?:\w+,? ){0,3}(?:is|are|does|do|did|any|where|when|has|can you hear)\b"), r"\b(?:what is|define|explain|mean|play|put|make|transpos\w+|capo|sing|songs|tracks|into a different key|move|which key)\b|\bchange (?:the|it|to)\b|\d|\bdifferent key (?:from|than|in)\b|\bend\b", "key structure chords"),
    Closer("why", (r"\b(?:which|what)(?: \w+)? (?:elements?|aspects?|features?|things?|factors?|parts?|qualit\w+)\b.*\b(?:contribut\w*|make|makes|creat\w*|give|gives|add|adds|behind|account)\b.*\b(?:moods?|feel|feeling|vibe|sound|atmosphere|emotion\w*|effect|character)\b|\bwhat (?:creates|gives (?:it|this)|contributes to)\b.{0,12}\b(?:mood|feel|feeling|vibe|atmosphere|character)\b",), r"\b(?:songs|tracks)\b", "sound moods unclear describe key decline chords instruments genres", lambda text: "the way it does"),
    Closer("why", (r"^(?:\w+,? ){0,2}(?:why|how come|what makes)\b", r"\b(?:sounds?|feels?|seems?|comes across|sounding|feeling)\b", r"\b(?P<value>(?:sad|tense|dark|happy|bright|uneasy|eerie|scary|moody|tens\w+|melanchol\w+|gloomy|bluesy|jazzy|restless|dreamy|unsettl\w+|emotional|uplifting|powerful|calm|relax\w+|epic|angry|nervous|anxious|mysterious|haunting|nostalgic|cheerful|weird|strange|odd|exotic|big|urgent|energetic|hopeful|longing|unfinished|warm|cold))\b"),
           r"\b(?:songs|tracks|you|singer|voice|vocals|guitar|drums|bass)\b", "sound moods unclear describe key decline chords"),
)  # fmt: skip
