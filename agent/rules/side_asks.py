"""Comparisons of open tracks that no trained model knows: what is shared, who is the odd one out, an order.

Each is a `compare` ask with an aspect of its own; `answer_sides` answers them.
"""

import re

from agent.rules.asks import Ask, Situation
from agent.rules.lexicon import MOODS
from agent.rules.purposes import named_use
from agent.rules.references import Reference, find_reference
from agent.rules.whole_library import BEYOND, unowned

MOST = 12
"""Tracks that the tool for comparisons takes."""
ASPECTS: dict[str, tuple[str, ...]] = {
    "shift": ("key",),
    "common": ("tempo", "key", "meter", "voice", "genres", "moods", "instruments", "chords", "progressions"),
    "order tempo": ("tempo",), "order loudness": ("loudness",), "order energy": ("energy",),
    "order duration": (),
    "harmony": ("chords", "key"), "use": ("moods", "tempo", "energy"),
    "odd": ("tempo", "key", "meter", "voice", "genres", "moods", "instruments", "loudness"),
    "layer": ("mix",), "pairs mix": ("mix",), "pairs same": ("tempo", "key", "meter"),
}  # fmt: skip
"""Aspect -> the respects in which the tool is asked to compare."""

_NOT_OPEN = re.compile(
    r"\b(?:library|collection|play ?list|set ?list|dj set|everything i (?:have|own)|(?:of|in|from) my)\b"
)
_MOVES = r"(?:shift|transpos\w+|move|pitch|tune|re-?tune|raise|lower|bring|take|drop|nudge|change|bump|push|slide)"
_SHIFT = re.compile(
    rf"\b(?:how many|how far|how much|what|which|by how (?:many|much))\b.{{0,24}}\b(?:semi-?tones?|half[- ]?(?:steps?|tones?)|steps?|tones?|keys?|interval|transposition|up or down)\b.{{0,60}}\b(?:{_MOVES}|apart|between|from .{{1,20}} to)\b"
    rf"|\bhow (?:far|much) (?:up or down )?(?:do|must|should|would|have|shall|can|need).{{0,20}}\b(?:shift|transpos\w+|re-?tune|raise|lower)\b"
    rf"|\bhow (?:far|much)\b.{{0,20}}\b{_MOVES}\b.{{0,40}}\b(?:in key|(?:same|one) key|key of)\b|\bwhat transposition\b|\b(?:shift|transpos\w+|re-?tune|raise|lower)\b.{{0,40}}\b(?:to|so (?:that )?(?:it|they)|until it) (?:match|fit|sit|agree|line up|go|have|share|are|get|land)\w*\b"
    rf"|\bhow many (?:semi-?tones?|half[- ]?steps?|tones?) (?:are|is|lie)\b.{{0,20}}\b(?:apart|between)\b"
)
_TO_MEET = re.compile(
    r"\bwhat key\b.{0,30}\b(?:have to|need(?:s)? to|must|should|would)\b.{0,20}\bto (?:match|fit|suit|go with|mix with|work with)\b"
    r"|\bpitch[- ]?shift\w*\b.{0,24}\b(?:mix\w*|match|fit|needed|amount|between|how)\b|\b(?:how much|what) pitch[- ]?shift\w*\b"
)
_TO_FIT = re.compile(
    r"\bwhat\b.{0,24}\b(?:change|do|adjust|alter)\b.{0,24}\b(?:so|to make|for|to get|until)\b.{0,12}\b(?:they|them|it|both|these|those|the (?:two|songs|tracks))\b.{0,12}\b(?:do|mix|match|fit|work|blend|go|line up|together)\b"
    r"|\bhow (?:do|can|could|would) (?:i|we|you) (?:make|get) (?:them|these|those|the (?:two|songs|tracks)|both) (?:to )?(?:mix|match|fit|work|blend|go|line up)\b"
)
_LAYERED = re.compile(
    r"\b(?:can|could|would|does|do|will|is it possible)\b.{0,40}\b(?:layer\w*|overlay|mash\w*|lay|put|play|sing)\b.{0,40}\b(?:over|on top of|with|together|up)\b(?!.*\b(?:midi|stems?|file)\b)|\b(?:do|would|will) (?:their|the|both) keys? (?:\w+ )?(?:go|work|fit|clash|get on|agree)\b|\bwhat (?:would|might|could|will) clash\b|\b(?:do|would|will) (?:they|these|those|the (?:two|keys)) clash\b"
)
"""One recording laid over another, which goes where two mix."""
_ADDED = re.compile(r"\b(?:put|lay|layer|play|sing|add) (?:an?|some|another|my|more)\b")
_RATIO = re.compile(r"\b(?:tempo|bpm|speed) ratio\b|\bratio (?:of|between) (?:the |their )?(?:tempos?|tempi|bpms?|speeds?)\b")  # fmt: skip
_RANGE = re.compile(
    r"\b(?:which|who|whose|what)\b.{0,30}\b(?:(?P<wide>big|wid|larg|great|broad)(?:ger|er|gest|est)|(?P<narrow>small|narrow)(?:er|est)|more)\b.{0,16}\b(?:ranges?|ambitus|compass|span)\b"
    r"|\b(?:which|who|whose)\b.{0,24}\b(?:sings?|goes|reach\w*|gets|sung|melody|voice|tune)\b.{0,16}\b(?P<way>high|low)(?:er|est)\b|\b(?:which|who|whose)\b.{0,24}\b(?:has|got|with) the (?P<way2>high|low)(?:er|est) (?:notes?|voice|melody|pitch)\b"
)
_COMMON = re.compile(
    r"\bwhat (?:is|are) (?:similar|alike|the same) (?:about|between|in|with) (?:them|these|those|both|the (?:two|three))\b|\b(?:in common\b|common ground|common denominator|similarit(?:y|ies)|common traits?|overlap)\b(?<!chords in common)"
    r"|\b(?:what|which things?|anything|something|everything|all that|what all)\b.{0,16}\b(?:do|does|that|is|are|have)?\b.{0,10}\b(?:share|shared|the same (?:about|in|between|for|with) (?:them|both|these|those|the))\b(?! (?:a |the |any |one )?(?:keys?|tempos?|chords?|meters?|genres?|moods?|bpm))"
    r"|\b(?:how|in (?:what|which) (?:ways?|respects?)) (?:are|do) (?:they|these|those|the (?:two|three|four|tracks|songs))(?: \w+)? (?:alike|similar|resemble|the same|match|agree)\b(?! do)"
    r"|\bwhat (?:connects|unites|links|ties|joins)\b"
)
_ONE_RESPECT = re.compile(
    r"\b(?:chords?|progressions?|keys?|instruments?|genres?|styles?|moods?|tempos?)\b.{0,24}\b(?:in common|share|overlap)\b|\b(?:in common|share|overlap)\b.{0,24}\b(?:chords?|keys?|instruments?|genres?|styles?|moods?|tempos?|section|verse|chorus)\b"
)
_ODD = re.compile(
    r"\b(?:odd (?:one|man|track|song|tune) out|outliers?|misfit|black sheep|do(?:es)? ?n[o']t (?:belong|fit in)|not (?:belong|fit in)|stands? (?:out|apart)|sticks? out|standing out|least like the (?:others?|rest)|most (?:different|unlike|unusual)|differs? (?:the )?most|most distinct)\b"
)
_SUBJECTS = (
    ("tempo", r"tempos?|tempi|bpms?|speeds?|pace|fast(?:er|est)?|slow(?:er|est)?|quick(?:er|est)?"),
    ("loudness", r"loud(?:er|est|ness)?|quiet(?:er|est)?|soft(?:er|est)?|volume|lufs|levels?"),
    ("energy", r"energy|energetic|intensity|intense|lively|liveliest|wild(?:est)?|gentle(?:st)?|calm(?:est)?|mellow(?:est)?"),
    ("duration", r"lengths?|durations?|long(?:er|est)?|short(?:er|est)?|running times?"),
)  # fmt: skip
_ORDERS = re.compile(
    r"\b(?:order|sort|rank|arrange|line (?:\w+ ){0,3}up|list|put|lay|give|show|place|organi[sz]e|tell me)\b.{0,40}\b(?:by|in (?:order|terms) of|according to|from (?:the )?\w+ to|in (?:ascending|descending)|(?:slow|fast|quick|loud|quiet|soft|long|short|calm|wild|mellow)est (?:first|last|on top|at the (?:top|bottom)|to|down))\b"
    r"|\bfrom (?:the )?(?:slow|fast|quick|loud|quiet|soft|long|short|calm|mellow|wild)(?:est)? to (?:the )?(?:slow|fast|quick|loud|quiet|soft|long|short|calm|mellow|wild)(?:est)?\b"
    r"|\b(?:tempo|speed|bpm|loudness|energy|length)[- ](?:order|ranking)\b|\bin (?:order|terms) of (?:tempo|speed|bpm|loudness|energy|length)\b"
)
_FIRST = r"(?:first|on top|at the top|to|down to|up top|leading|at the start)"
_UPWARDS = re.compile(
    rf"\b(?:slow|quiet|soft|short|calm|gentle|low|mellow)(?:est)?(?: (?:one|track|song))? {_FIRST}\b|\b(?:fast|quick|loud|long|wild|high)est(?: (?:one|track|song))? (?:last|at the (?:bottom|end))\b|\bascending\b|\b(?:lowest|low|small\w*) to\b|\b(?:rising|upwards?|going up)\b"
)
_EXTREMES = re.compile(
    r"\b(?:fastest|quickest)\b.*\b(?:slowest)\b|\bslowest\b.*\b(?:fastest|quickest)\b|\bloudest\b.*\b(?:quietest|softest)\b|\b(?:quietest|softest)\b.*\bloudest\b|\blongest\b.*\bshortest\b|\bshortest\b.*\blongest\b"
)
_PLACES = re.compile(
    r"\b(?:part|section|bit|moment|passage|place|bar|chord|note|verse|chorus|stem)s?\b"
)
_RICH = r"(?:complicated|complex|sophisticated|adventurous|interesting|intricate|advanced|elaborate|colou?rful|varied|chromatic|simple|basic|rich|unusual|diverse|jazzy)"
_CHORDS = r"(?:chords?|harmon(?:y|ies)|progressions?|changes|chord vocabulary|(?:variety|range) of chords)"
_HARMONY = re.compile(
    rf"\b(?:(?:more|most|less|least) (?:harmonically )?{_RICH}|richest|richer|simplest|simpler|trickiest|trickier|easiest|fanciest|jazziest|hardest|plainest|widest)(?: {_RICH})? (?:\w+ )?{_CHORDS}\b"
    r"|\bharmonically (?:the )?(?:more|most|less|least|richest|richer|simplest|simpler|trickiest)\b|\bharmon(?:y|ies|ic)\b.{0,20}\b(?:(?:more|most|less|least) (?:complicated|complex|sophisticated|adventurous|intricate|simple|rich|varied)|richest|richer|simplest|simpler|trickiest)\b"
    r"|\b(?:most|fewest) (?:different |distinct )?(?:chords|sevenths|seventh chords|jazz chords|chromatic chords)\b"
)
_MOST_CHORDS = re.compile(
    r"\b(?:most|fewest|least|(?:high|large|small)est number of) (?:different |distinct |unique )?chords\b"
)
_PAIRS = r"(?:any (?:two|pair|of (?:them|these|those))|two of (?:them|these|those)|which (?:two|pairs?|ones|of (?:them|these|those))|(?:a|what|best|worst|the) pairs?|are there (?:two|any)|pairs)"
_SHARE = re.compile(
    rf"\b{_PAIRS}\b.{{0,40}}\b(?:share|shared|same|match\w*|agree|identical|equal|alike)\b"
)
_MIX = re.compile(
    rf"\b{_PAIRS}\b.{{0,60}}\b(?:mix\w*|blend\w*|clash\w*|segue\w*|transition\w*|beat-?match\w*|(?:go|work|fit)(?:es|s)? together|mash\w*)\b"
    r"|\b(?:best|worst|hardest|easiest|smoothest|roughest) (?:\w+ )?(?:pairs?|two|mix|blend|transition|combination|match)\b"
)
_WORST = re.compile(
    r"\b(?:worst|hardest|roughest|least|clash\w*|badly|bad|trainwreck|avoid|never|not (?:mix|go|work|fit))\b"
)
_MOOD_WORDS = "|".join(
    sorted(
        {w for ws in MOODS.values() for w in ws.split()} - {"quiet", "soft", "loud", "noisy"},
        key=len,
    )[::-1]
)
_MOOD = re.compile(
    rf"\b(?:more|most|less|least) (?:of )?(?:an? |the )?(?P<word>{_MOOD_WORDS})\b"
    rf"|\b(?:which|who|whose)\b.{{0,30}}\b(?P<plain>{_MOOD_WORDS}) (?:vibe|mood|feel|feeling|atmosphere|one)\b"
)
_CHOOSES = re.compile(
    r"\b(?:which|what|whichever|who)\b.{0,30}\b(?:suits?|fits?|works?|goes|go|better|best|right|good|play|pick|choose|use|put on|for|rather|(?:would|could|can|should) (?:you|i|we|one|people) \w+ to)\b|\bbetter (?:for|at|suited)\b|\bbest (?:for|at|suited|in)\b"
)


def find(text: str, situation: Situation) -> list[Ask]:
    """Return the comparison of open tracks that a plain question asks for, [] for none of ours."""
    if len(situation.tracks) < 2 or _NOT_OPEN.search(text):
        return []
    reference = find_reference(text, situation)
    body, handles = reference.text, _sides(reference, situation)
    if len(handles) < 2:
        return []
    for build in (_shift, _extremes, _ordered, _pair, _common, _harmony, _odd, _use, _mood):
        if asks := build(body, handles, reference, text):
            ordered = asks[0].aspect.startswith("order")
            of_library = unowned(situation) and (ordered or BEYOND.search(text))
            return [] if of_library else asks
    return []


# ---- inside -------------------------------------------------------------------------------------


def _sides(reference: Reference, situation: Situation) -> tuple[str, ...]:
    """Return the tracks to hold together: those named, those in focus, or all that are open."""
    everyone = tuple(t.handle for t in situation.tracks)[:MOST]
    if len(reference.handles) > 1 and reference.kind != "other":
        return reference.handles[:MOST]
    if reference.kind == "other":
        return everyone  # "least like the others"
    focus = situation.focus if len(situation.focus) > 1 else everyone
    named = reference.handles
    return tuple(dict.fromkeys((*named, *(h for h in focus if h not in named))))


Asks = list[Ask]


def _shift(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    pair = len(reference.handles) > 1 or len(handles) == 2
    if pair and _LAYERED.search(text) and not _ADDED.search(text):
        return [Ask("compare", "layer", handles[:2])]
    if pair and _TO_FIT.search(text):
        return [Ask("compare", "shift", handles[:2]), Ask("compare", "pitch", handles[:2])]
    if pair and _TO_MEET.search(text):
        return [Ask("compare", "shift", handles[:2])]
    if pair and _RATIO.search(text):
        return [Ask("compare", "pitch", handles[:2])]
    if found := _RANGE.search(text):
        value = "narrow" if found["narrow"] else found["way"] or found["way2"] or ""
        return [Ask("compare", "range", handles, value=value)]
    if not _SHIFT.search(text) or not (len(reference.handles) > 1 or len(handles) == 2):
        return []
    if re.search(r"\b(?:tempo|bpm|speed|percent|%)", text):
        return []
    return [Ask("compare", "shift", handles[:2])]


def _extremes(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if not _EXTREMES.search(text) or _PLACES.search(text) or _ORDERS.search(text):
        return []
    subject = _subject(text)
    return [Ask("compare", f"order {subject}", handles, value="extremes")] if subject else []


def _ordered(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if not _ORDERS.search(text) or _PLACES.search(text) or re.search(r"\b(?:set|mix)\b", text):
        return []
    subject = _subject(text)
    if not subject:
        return []
    return [
        Ask("compare", f"order {subject}", handles, value="up" if _UPWARDS.search(text) else "down")
    ]


def _subject(text: str) -> str:
    return next((name for name, words in _SUBJECTS if re.search(rf"\b(?:{words})\b", text)), "")


def _pair(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if _MIX.search(text) and len(handles) > 2:
        value = "worst" if _WORST.search(text) else "best"
        return [Ask("compare", "pairs mix", handles, value=value)]
    if not _SHARE.search(text) or len(handles) < 3:
        return []
    rows = (("key", r"\bkeys?\b"), ("tempo", r"\b(?:tempos?|tempi|bpms?|speeds?)\b"), ("meter", r"\b(?:met(?:er|re)s?|time signatures?)\b"))  # fmt: skip
    asked = [name for name, words in rows if re.search(words, text)]
    if not asked:
        return []
    return [Ask("compare", "pairs same", handles, value=", ".join(asked), polar=True)]


def _common(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if not _COMMON.search(text) or _ONE_RESPECT.search(text):
        return []
    return [Ask("compare", "common", handles)]


def _harmony(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if not _HARMONY.search(text) or _PLACES.search(_HARMONY.sub("", text)):
        return []
    asks_which = re.search(
        r"\b(?:which|who|whose|of (?:the (?:lot|two|three|four|bunch)|them|these|those|all)|has|have|than|uses?)\b",
        text,
    )
    if not asks_which:
        return []
    if _MOST_CHORDS.search(text):
        value = "fewest" if re.search(r"\b(?:fewe\w+|least|smallest)\b", text) else "most"
        return [Ask("compare", "harmony", handles, value=value)]
    simple = re.search(
        r"\b(?:less|least|simple\w*|simplest|easiest|plainest|fewe\w+|basic)\b", text
    )
    return [Ask("compare", "harmony", handles, value="simplest" if simple else "richest")]


def _odd(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    if not _ODD.search(whole) or _PLACES.search(text) or len(handles) < 3:
        return []
    if re.search(r"\b(?:chords?|instruments?|keys?|singer|voice|guitar|drums?)\b", text):
        return []
    polar = len(reference.handles) == 1
    return [Ask("compare", "odd", handles, polar=polar)]


def _use(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    use = named_use(text)
    if not use or not _CHOOSES.search(text) or len(reference.handles) == 1:
        return []
    return [Ask("compare", "use", handles, value=use)]


def _mood(text: str, handles: tuple[str, ...], reference: Reference, whole: str) -> Asks:
    found = _MOOD.search(text)
    if not found or _PLACES.search(text) or re.search(r"\b(?:find|something|anything)\b", text):
        return []
    which = re.search(r"\b(?:which|who|whose|of (?:the|them|these|those)|or|than)\b", text)
    if not which or (len(reference.handles) == 1 and " than " not in text):
        return []
    polar = re.match(r"(?:and |so )*(?:is|does|has|was)\b", text) is not None
    return [Ask("compare", "moods", handles, value=found.group(), polar=polar)]
