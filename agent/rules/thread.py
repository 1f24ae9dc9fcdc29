"""The thread of a talk: what the last answer named, put in place of the words that lean on it.

"Its chords", "the one before" and "there" are of the section that was just told of, "that one" is
the chord or the stem, and "that a tone down" the key that an answer came to.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.rules.amounts import move
from agent.rules.answer import answer
from agent.rules.asks import Ask, Situation
from agent.rules.lexicon import find_chords, find_keys
from agent.rules.purposes import named_use
from agent.rules.section_words import section_span
from agent.rules.stem_words import ANY_PART, part_of
from agent.rules.wording import NUMBERS, ORDINALS

_NTH = {number: word for word, number in reversed(ORDINALS.items())}
_ORDINAL = "|".join([*ORDINALS, "last", "final"])
_SECTION = r"(?:one|section|part|bit)"
_OPENS = r"^(?:(?:and|so|ok|okay|then|now|right|well|but|what about|how about),? )*"
_ENDS_THERE = r"(?= ?(?:$|[?.!,:;]| (?:is|does|do|did|has|have|lasts?|starts?|begins?|ends?|goes|runs?|then|though|please)\b))"
_COUNTED = re.compile(
    rf"\b(?:the (?P<nth>{_ORDINAL})(?: (?:one|section|part|bit))?(?: (?:of|among|from) (?:these|those|them|the (?:lot|bunch)))?"
    rf"|(?:number|no\.?|section|part) (?P<n>\d{{1,2}}|{'|'.join(NUMBERS)})(?: of (?:these|those|them))?){_ENDS_THERE}"
)
_BESIDE = re.compile(
    rf"\b(?:the {_SECTION} (?:(?:that (?:comes|came|is)|right|just|immediately|coming|directly) )*(?P<way>before|after|preceding|following|earlier|later)(?: (?:it|that|this)(?: one)?)?"
    rf"|the (?P<next>previous|preceding|next|following|prior) {_SECTION}"
    rf"|(?:{_OPENS[1:]}(?:(?:the )?same (?:for|with|in) )?(?:the )?(?P<bare>next|previous|following)(?= ?[?.!]*$)))"
)
_BACK = frozenset(("before", "preceding", "earlier", "previous", "prior"))
_HERE = re.compile(
    rf"(?<!is )(?<!are )(?<!was )\bthere\b(?=[^?.!]{{0,12}}[?.!]*$)|\bthere(?=[ ?.!]*$)"
    rf"|\b(?:in|on|at|over|under|during|for|of) (?:it|that|this)(?: {_SECTION})?(?=[ ?.!]*$)|\b(?:in|during|for|of) (?:that|this) {_SECTION}\b"
)
_OF_A_SECTION = (
    r"(?:chords?|progression|harmony|key|loop|roman numerals|numerals|loudness|level|volume|tempo|bpm|speed"
    r"|instruments?|instrumentation|mood|feel|melody|notes|length|duration|energy)"
)
_ITS = re.compile(
    rf"{_OPENS}(?P<ask>(?:(?:what|which) (?:is|are|were)|tell me|give me|name|list|show(?: me)?)? ?)(?:its|(?:this|that) {_SECTION}'?s) (?P<what>(?:\w+ )?{_OF_A_SECTION})(?P<end>[ ?.!]*)$"
)
_PRONOUN = re.compile(r"\b(?:it|that|this)(?: one)?\b")
_LONG = re.compile(r"\bhow (?:long|many (?:bars|beats|measures|seconds))\b")

_SPELLS = re.compile(
    rf"{_OPENS}(?:(?:can|could) you |please )?(?:(?:what|which) (?:notes|tones|pitches)\b.{{0,24}}\b(?:it|that|this|there)(?: (?:one|chord))?(?: (?:have|has|got|contain|use|consist of|made (?:up )?of))?"
    r"|(?:what|which) are (?:its|the) (?:notes|tones)|(?:its|the) notes|(?:spell|break) (?:it|that|this)(?: (?:one|chord))?(?: (?:out|down))?(?: for me)?"
    r"|how (?:is|do (?:i|you)) (?:it|that|this)?(?: (?:one|chord))? ?(?:spelled|spelt|spell|built|made up|play (?:it|that|this)(?: one)?|spell (?:it|that))"
    r"|what is (?:it|that|this)(?: (?:one|chord))? (?:made (?:up )?of|built (?:of|from)|consist of)|what (?:does|is in) (?:it|that|this)(?: (?:one|chord))?(?: (?:contain|consist of|have in it))?)[ ?.!]*$"
)
_QUALITY = r"major|minor|seventh|7th|diminished|augmented|suspended"
_KIND = re.compile(
    rf"{_OPENS}(?:(?:is|was) (?:it|that|this)(?: one| chord)?|(?:it|that|this) (?:is|was)) (?:an? )?(?P<kind>{_QUALITY})(?: or (?:an? )?(?P<other>{_QUALITY}))?(?: (?:one|chord|triad))?(?:,? right)?[ ?.!]*$"
    rf"|{_OPENS}(?P<one>major|minor) or (?P<two>major|minor)[ ?.!]*$"
)
"""What kind of chord the last answer named: "is that a major chord?"."""
_ALIKE = re.compile(
    rf"{_OPENS}(?:(?:are|is) (?:any|some)(?: (?:two|of (?:them|these|those)))?(?: (?:parts|sections|ones))? (?:the same|alike|identical|repeated)|(?:do|does) any(?: of (?:them|these|those))? (?:repeat|come back|return|recur)|which (?:ones|of (?:them|these|those)) (?:are (?:the same|alike)|repeat|come back))[ ?.!]*$"
)
_SHORTER = re.compile(
    r"^(?:(?:and|ok|no|please|can you|could you|make (?:it|that)|even|much|a bit|in|too long|say (?:it|that))[,. ]+)*(?:shorter|briefer|short|brief|more concise|tl;?dr|in short|too long)(?: please| version| then| now)*[ ?.!]*$"
)
_NEIGHBOUR = re.compile(
    rf"{_OPENS}(?:what is |which is )?(?:the )?(?:(?:one|chord) )?(?:(?:right|just|directly) )?(?P<way>before|after|previous|next|following)(?: (?:it|that|this|one|chord))*[ ?.!]*$"
)
_OF_KIND = re.compile(
    rf"{_OPENS}(?:which|how many|any)(?: (?:ones?|of (?:them|these|those)))? (?:is|are|were) (?P<kind>minor|major|sevenths?|7ths|diminished|augmented|suspended)(?: ones| chords)?[ ?.!]*$"
)
_ONE_CHORD = frozenset(("next", "previous", "first", "last", "nth", "most", "notes"))
_MOVED = re.compile(
    r"\b(?:that|this|it|those|same)\b.{0,24}\b(?:up|down|higher|lower|above|below|transposed)\b|\b(?:up|down|higher|lower|above|below)\b.{0,16}?\b(?:(?:from|of|than) )?(?:that|this|it|there)\b"
)
_LOUDEST = re.compile(
    r"(?:which|what)(?: (?:one|stem|part|track))?s?(?: (?:of|among) (?:them|these|those|the (?:stems|parts|lot|four|five)))?(?: (?:is|are|was|sounds?|comes out))?(?: by far)?(?: the)?"
    r" (?P<way>loudest|quietest|softest|strongest|weakest|faintest|most prominent)(?: (?:one|stem|part))?(?: (?:of|among) (?:them|these|those|all|the (?:stems|parts|lot)))?[ ?.!]*$"
)
_STEM_LEVEL = re.compile(
    rf"\bhow (?:loud|quiet|prominent|strong|hot) (?:is|are) (?P<who>(?:the )?(?:{ANY_PART})|they|it) (?:against|compared (?:to|with)|next to|relative to|versus|vs|in (?:relation|comparison) to|beside|over|under) (?:the |all )*(?:rest|others?|mix|whole|everything|remainder|band)"
)
_BOTH = re.compile(
    r"\b(?:same|differ\w*|chang\w+)\b.*\b(?:both|the two|either|there|them)\b|\b(?:both|the two)\b.*\b(?:same|differ\w*)\b"
)
_IN_BOTH = (
    ("key", r"\bkeys?\b"),
    ("bpm", r"\b(?:tempos?|bpm|speed)\b"),
    ("chords", r"\bchords?\b"),
)
_SOFT = frozenset("quietest softest weakest faintest".split())


def unfolded(text: str, situation: Situation) -> str:
    """Return a plain question with the section it leans on named: "there" as "in the third section"."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or len(text.split()) > 16:
        return text
    one = len(last.tracks) < 2 or len(situation.tracks) < 2
    if last.topic == "structure" and last.aspect != "is" and one and section_span(text)[0] is None:
        text = _counted(text, last)
    here = section_here(situation)
    if here is None:
        return text
    number, count = here
    found = _BESIDE.search(text)
    if found:
        way = found["way"] or found["next"] or found["bare"]
        beside = number - 1 if way in _BACK else number + 1
        if not 1 <= beside <= count or beside not in _NTH:
            return text
        lead = "and " if found["bare"] else ""
        return f"{text[: found.start()]}{lead}{_called(beside)}{text[found.end() :]}"
    if number not in _NTH or section_span(text)[0] is not None:
        return text
    if found := _ITS.match(text):
        if re.search(r"\b(?:loudness|level|volume)$", found["what"]):
            return f"how loud is it in {_called(number)}?"
        if re.search(r"\b(?:length|duration)$", found["what"]):
            return f"how long is {_called(number)}?"
        lead = found["ask"] or "what are "
        return f"{lead}the {found['what']} in {_called(number)}{found['end']}"
    return _HERE.sub(f"in {_called(number)}", text, count=1)


_COMPARED = {
    "key": r"keys", "tempo": r"tempos|tempi|speeds|bpms", "meter": r"meters|metres|time signatures",
    "chords": r"chords|harmonies|progressions", "genres": r"genres|styles", "moods": r"moods",
    "instruments": r"instruments", "duration": r"lengths|durations", "loudness": r"levels",
}  # fmt: skip
_SO_TOO = re.compile(
    r"^(?:(?:and|ok|so|but|now|what about|how about|same (?:for|with))[, ]+)*(?:the |their )?(?P<what>[a-z ]+?)(?: too| then| as well)?[ ?.!]*$"
)
_SAME_TOO = re.compile(
    r"^(?:and |but )?(?:is|are) (?:the |their )?(?P<what>[a-z ]+?) (?:the same|different|alike|equal)(?: too| as well| there)?[ ?.!]*$"
)
"""The next thing in which two tracks are to be compared: "and the meters?"."""


def _compared_on(text: str, last: Ask) -> Ask | None:
    """Return the comparison that a few words go on with, of the tracks that were just compared."""
    found = _SAME_TOO.match(text) or _SO_TOO.match(text)
    if last.topic != "compare" or len(last.tracks) < 2 or not found:
        return None
    what = f"{found['what'].removesuffix('s')}s" if found.re is _SAME_TOO else found["what"]
    aspects = (a for a, words in _COMPARED.items() if re.fullmatch(words, what))
    aspect = next(aspects, "")
    return Ask("compare", aspect, last.tracks, value=found["what"]) if aspect else None


def leaning_asks(text: str, situation: Situation) -> list[Ask]:
    """Return what a plain question asks of the chord, the key or the stem that was just named."""
    last = situation.asks[-1] if situation.asks else None
    if level := _level_of_stems(text, last, situation):
        return [level]
    if last is None or len(text.split()) > 16:
        return []
    if compared := _compared_on(text, last):
        return [compared]
    if _SPELLS.match(text) and (chord := _chord(last, situation)):
        return [Ask("theory", "chord notes", value=chord)]
    if (kind := _KIND.match(text)) and (chord := _chord(last, situation)):
        return [Ask("theory", "chord kind", value=f"{chord} {_kind_asked(kind)}")]
    if chords := _chords_leaning(text, last):
        return [chords]
    if last.topic == "structure" and _ALIKE.match(text):
        return [Ask("structure", "repeats", last.tracks)]
    if (
        last.topic in ("describe", "caption")
        and _SHORTER.match(text)
        and "caption" in situation.tools
    ):
        return [Ask("closer", "sentences", last.tracks, value="1")]
    if last.topic == "use" and (again := _use_again(text, last)):
        return [again]
    if again := _same_in_both(text, situation):
        return [again]
    how_far = move(text, ()) if _MOVED.search(text) else ""
    if re.fullmatch(r"[+-]\d+", how_far) and (key := _key(last, situation)):
        return [Ask("theory", "moved", value=f"{key} {how_far}")]
    return []


def leans(text: str, situation: Situation) -> bool:
    """Tell whether a plain question is read by what the last answer named, which no net knows."""
    return unfolded(text, situation) != text or bool(leaning_asks(text, situation))


def section_here(situation: Situation) -> tuple[int, int] | None:
    """Return the number of the section that the last question was about, and how many there are."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or len(last.tracks) != 1:
        return None
    rows = _rows(last.tracks[0], situation)
    if last.span is not None and last.span.unit == "seconds" and last.span.words:
        edges = (last.span.start, last.span.end)
        found = [i for i, r in enumerate(rows) if (float(r["start"]), float(r["end"])) == edges]
    elif last.topic == "structure" and last.span is None and last.value:
        found = [i for i, r in enumerate(rows) if last.value in (r["label"], r["letter"])]
        found = found if len(found) == 1 or last.aspect in ("when", "has", "length") else []
    else:
        return None
    return (found[0] + 1, len(rows)) if found else None


def loudest_stem(levels: Mapping[str, Any], quiet: bool) -> str:
    """Return the stem that is loudest, or quietest, of those that have a level."""
    known = {name: float(level) for name, level in levels.items() if level is not None}
    return (min if quiet else max)(known, key=lambda n: known[n]) if known else ""


# ---- inside -------------------------------------------------------------------------------------


def _use_again(text: str, last: Ask) -> Ask | None:
    """Return "and in a gym?" as the question before it for another use, "why not" as it was."""
    if re.match(rf"{_OPENS}why(?: not| so| is that)?[ ?.!]*$", text):
        return last
    name = named_use(text)
    lead = rf"{_OPENS}(?:(?:in|at|for|on|as|during|to|while|when) )?(?:an? |the |my |some )?(?:\w+ ?){{1,3}}[ ?.!]*$"
    return replace(last, value=name) if name and re.match(lead, text) else None


def _same_in_both(text: str, situation: Situation) -> Ask | None:
    """Return "is the key the same in both" after two places of one track as the question of these."""
    places = [s for a in situation.asks for s in (a.span, a.versus) if s is not None]
    if (
        len(set(places)) != 2
        or len({a.tracks for a in situation.asks}) > 1
        or not _BOTH.search(text)
    ):
        return None
    aspect = next((name for name, words in _IN_BOTH if re.search(words, text)), "")
    first, second = dict.fromkeys(places)
    tracks = situation.asks[-1].tracks
    return Ask("moment", aspect, tracks, first, "same", "same" in text, second) if aspect else None


def _rows(handle: str, situation: Situation) -> list[dict[str, Any]]:
    forms = [
        f for f in situation.earlier if f.tool == "structure" and f.handle == handle and not f.error
    ]
    return list(forms[-1].data.get("sections") or ()) if forms else []


def _called(number: int) -> str:
    return f"the {_NTH[number]} section"


def _counted(text: str, last: Ask) -> str:
    """Return the text with "the third of those" as the third section, or verse, and "it" as that."""
    found = _COUNTED.search(text)
    if not found:
        return text
    which = found["nth"] or _NTH.get(NUMBERS.get(found["n"]) or _figure(found["n"]), "")
    if not which:
        return text
    plain_section = re.search(r"\b(?:section|part)\b", found.group())
    noun = last.value if len(last.value) > 1 and not plain_section else "section"
    named = f"the {which} {noun}"
    before, after = text[: found.start()], text[found.end() :].lstrip(" ,:")
    if not re.fullmatch(_OPENS, before) or not re.search(r"\w", after):
        return f"{before}{named}{text[found.end() :]}"
    if _PRONOUN.search(
        after
    ):  # named first and asked of then: "the third of those, how long is it"
        return _PRONOUN.sub(named, after, count=1)
    return f"{before}{named}{text[found.end() :]}"


def _figure(digits: str) -> int:
    return int(digits) if digits.isdigit() else 0


def _told(last: Ask, situation: Situation) -> str:
    """Return the answer to the last question, told again from what the tools had returned."""
    return answer((last,), situation.earlier, situation)


def _chord(last: Ask, situation: Situation) -> str:
    """Return the one chord that the last answer named, "" where it named none or several."""
    placed = last.span is not None and last.span.end is None and last.span.unit != "section"
    one = last.topic == "chords" and (last.aspect in _ONE_CHORD or (not last.aspect and placed))
    if last.topic == "theory" and last.aspect == "chord notes":
        return last.value
    if not one and (last.topic, last.aspect) != ("moment", "chords"):
        return ""
    names = find_chords(_told(last, situation).split(";")[0])
    if not names:
        return ""
    beside = last.aspect in ("next", "previous") and len(names) > 1
    return names[1] if beside else names[0]


def _key(last: Ask, situation: Situation) -> str:
    """Return the key that the last answer came to from another, "" where it named one of the track."""
    if last.topic == "theory" and last.aspect in ("relative", "parallel", "moved"):
        told = _told(last, situation)
    elif last.topic == "key" and last.aspect in ("relative", "parallel", "transpose"):
        told = _told(last, situation)
    else:
        return ""
    keys = re.findall(r"\b([A-G][#b]?) (major|minor)\b", told.split(": ")[0])
    return " ".join(keys[-1]) if keys else (find_keys(told.lower()) or ("",))[-1]


def _kind_asked(found: re.Match[str]) -> str:
    named = (found["kind"] or found["one"], found["other"] or found["two"])
    return " or ".join(name.replace("7th", "seventh") for name in named if name)


def _chords_leaning(text: str, last: Ask) -> Ask | None:
    """Return the chord beside the one that was told by its number, or which of the chords are of a kind."""
    if last.topic != "chords":
        return None
    if last.aspect == "nth" and last.value.isdigit() and (found := _NEIGHBOUR.match(text)):
        number = int(last.value) + (-1 if found["way"] in _BACK else 1)
        return Ask("chords", "nth", last.tracks, value=str(number)) if number else None
    kind = _OF_KIND.match(text)
    if kind is None:
        return None
    name = {"sevenths": "seventh", "7ths": "seventh"}.get(kind["kind"], kind["kind"])
    return Ask("chords", "quality", last.tracks, value=name)


def _level_of_stems(text: str, last: Ask | None, situation: Situation) -> Ask | None:
    """Return the ask for the loudest stem, or how loud one of them is beside the rest."""
    if "separate" not in situation.tools:
        return None
    of_stems = last is not None and last.topic == "stems"
    tracks = last.tracks if last is not None and of_stems else ()
    tracks = tracks or situation.focus or tuple(t.handle for t in situation.tracks if t.current)
    body = re.sub(_OPENS, "", text)
    found = _LOUDEST.match(body)
    if found and (of_stems or "stem" in text):
        aspect = "quietest" if found["way"] in _SOFT else "loudest"
        return Ask("stems", aspect, tracks)
    against = _STEM_LEVEL.search(text)
    if not against or not tracks:
        return None
    who = against["who"].removeprefix("the ")
    if who in ("they", "it"):
        named = re.search(rf"\b(?:{ANY_PART})\b", text[: against.start()])
        who = named[0] if named else last.value if last is not None and of_stems else ""
    stem = part_of(who) if who else ""
    return Ask("stems", "loudest", tracks, stem=stem) if stem and "," not in stem else None
