"""Times in a question: clock times, amounts, parts of the track, bars.

`find_span` reads them without knowing the track; `asks.Span.resolve` turns them into seconds.
"""

import re
from collections.abc import Callable

from agent.rules.asks import Span
from agent.rules.wording import NUMBERS, ORDINALS, number

_WORD = "|".join(NUMBERS)
_N = rf"(?:\d+(?:\.\d+)?|{_WORD}|a couple of|a few|couple of|few|an?|half an?)"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?:\.\d+)?|\d{1,3}:\d{2}(?:\.\d+)?|\d{1,2}'\d{2}\"?"
_SHORT = r"\d{1,3}\s?m(?:in)?\s?\d{1,2}(?:\s?s(?:ec|econds)?)?"
_MINUTES = rf"(?:{_N}) (?:and a half minutes?|minutes?(?: and a half| (?:ten|fifteen|twenty|thirty|forty|fifty)(?! ?(?:bars?|chords?|bpm))| and {_N} seconds?| {_N} seconds?| (?:and )?\d{{1,2}}(?! ?(?:bars?|chords?|bpm)))?)"
_MIN = r"\d+(?:\.\d+)?\s?(?:min(?:utes?)?|m)\b(?: and)?(?: \d+ ?(?:s|seconds?)\b)?"
_SECONDS = rf"(?:(?:{_N})\s?-?seconds?|\d+(?:\.\d+)?\s?-?s)\b"
TIME = rf"(?:{_CLOCK}|{_SHORT}|{_MINUTES}|{_MIN}|{_SECONDS})"
_BARE = r"\d+(?:\.\d+)?"
_ABOUT = r"(?:about |around |roughly |approximately |approx |circa |exactly |~ ?|the )*"
_FEW = {"a couple of": 2.0, "couple of": 2.0, "a few": 3.0, "few": 3.0}
_BAR = r"(?:bars?|measures?)"
_PART = {
    "first half": (0.0, 0.5), "second half": (0.5, 1.0), "last half": (0.5, 1.0),
    "first third": (0.0, 1 / 3), "second third": (1 / 3, 2 / 3), "middle third": (1 / 3, 2 / 3),
    "last third": (2 / 3, 1.0), "final third": (2 / 3, 1.0), "third third": (2 / 3, 1.0),
    "first quarter": (0.0, 0.25), "second quarter": (0.25, 0.5), "third quarter": (0.5, 0.75),
    "last quarter": (0.75, 1.0), "final quarter": (0.75, 1.0), "fourth quarter": (0.75, 1.0),
}  # fmt: skip
Build = Callable[[re.Match[str]], Span | None]
JUST_AFTER = 8.0
EDGE = 15.0
"""How many seconds "at the beginning" and "at the end" stand for."""
_BEGINNING = Span(0.0, EDGE, words="the beginning")
_END = Span(-EDGE, float("inf"), words="the end")
_SWELL = re.compile(
    r"\b(?:gets?|getting|grows?|growing|becomes?|becoming) (?:any |much |gradually |progressively )?(?:louder|quieter|softer)\b"
    r"|\b(?:crescendo|diminuendo|decrescendo|fade[- ]?out|fades? out|fading out)\b"
)


def seconds(text: str) -> float | None:
    """Return the seconds a time stands for: ``"1:23"``, ``"a minute and a half"``, ``"83 s"``."""
    text = text.strip()
    clock = re.fullmatch(r"(?:(\d+):)?(\d+)[:'](\d{2}(?:\.\d+)?)\"?", text)
    if clock:
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    total, seen, unit = 0.0, False, r"(minutes?|min|m|seconds?|s)"
    for amount, kind in re.findall(rf"({_N})\s?-?{unit}?(?![a-z])", text):
        value = _amount(amount)
        if value is None:
            continue
        seen = True
        is_minutes = kind.startswith("m") or (not kind and not total and "minute" in text)
        total += value * (60 if is_minutes else 1)
    half = re.match(rf"({_N})(?:\s?-?(?:minutes?|seconds?))? and a half", text)
    if half and (whole := _amount(half[1])) is not None:
        total = (whole + 0.5) * (1 if "second" in text else 60)
    return total if seen else None


def find_span(text: str) -> tuple[Span | None, str]:
    """Return the time a plain question is about, and the question without those words."""
    for pattern, build in _FORMS:
        for match in re.finditer(pattern, text):
            span = build(match)
            if span is not None:
                rest = text[: match.start()] + " " + text[match.end() :]
                return span, re.sub(r"\s+", " ", rest).strip()
    return None, text


def find_two(text: str) -> tuple[Span, Span, str] | None:
    """Return two single times of a question and the question without them, or None.

    "is it louder at 1:00 than at 0:30" and "the chords at 0:10 and 0:40" name two; "between 0:10
    and 0:40" names one stretch.
    """
    match = _TWO.search(text)
    if not match:
        return _edges(text)
    first, second = _time(match["a"]), _time(match["b"])
    if first is None or second is None or first == second:
        return None
    link = "" if re.search(r"and|or", match["link"]) else " versus"
    rest = text[: match.start("from")] + " " + match["by"] + " " + text[match.end() :] + link
    return Span(first), Span(second), re.sub(r"\s+", " ", rest).strip()


def find_swell(text: str) -> tuple[Span, Span, str] | None:
    """Return the end and the beginning where a question asks whether the music gets louder."""
    found = _SWELL.search(text)
    if not found or re.search(r"\d", text):
        return None
    word = "quieter" if re.search(r"quiet|soft|dimin|fade|fading", found.group()) else "louder"
    return _END, _BEGINNING, f"is it {word}"


def _edges(text: str) -> tuple[Span, Span, str] | None:
    """Return the beginning and the end where a question names both, the first named first."""
    start, end = re.search(_AT_START, text), re.search(_AT_END, text)
    if not start or not end:
        return None
    rest = re.sub(_AT_END, "", re.sub(_AT_START, "", text))
    rest = re.sub(
        r"\b(?:and|than|or|as)\b(?= ?[?.!]*$)|^is +(?=\w+er\b)",
        lambda m: "is it " if m[0].startswith("is") else m[0],
        rest,
    )
    pair = [(start.start(), _BEGINNING), (end.start(), _END)]
    (_, first), (_, second) = sorted(pair, key=lambda row: row[0])
    return first, second, re.sub(r"\s+", " ", rest).strip()


def shift(text: str, last: Span | None) -> tuple[Span | None, str]:
    """Return a time that leans on the one talked about: ``"10 seconds later"``, ``"there"``."""
    if last is None or last.unit == "fraction":
        return None, text
    bars = re.search(
        rf"\b(?P<way>next|following|previous)(?: (?P<n>{_N}))?(?: {_BAR})?(?= ?[?.!]*$)", text
    )
    if bars and last.unit == "bars":
        return _more_bars(bars, last), _without(text, bars)
    later = re.search(rf"({TIME}) (?:later|after (?:that|it)|further on|on from there)", text)
    sooner = re.search(rf"({TIME}) (?:earlier|before (?:that|it))", text)
    ahead = re.search(rf"\bnext ({TIME})", text)
    before = re.search(rf"\bprevious ({TIME})", text)
    start, end = last.start, last.end
    for match, sign in ((later, 1), (sooner, -1)):
        if match:
            moved = max(0.0, (end or start if sign > 0 else start) + sign * _sure(match[1]))
            return Span(moved, None, last.unit), _without(text, match)
    if ahead and last.unit == "seconds":
        return Span(end or start, (end or start) + _sure(ahead[1])), _without(text, ahead)
    if before and last.unit == "seconds":
        return Span(max(0.0, start - _sure(before[1])), start), _without(text, before)
    if find_span(text)[0] is not None:
        return None, text
    here = re.search(
        r"\b(?:right |just |over |in )?(?:there|then)\b(?! (?:is|are|any|a|an|was|were))"
        r"|\b(?:at|in|during) that (?:point|moment|time|spot|part|bit|section|stretch)\b",
        text,
    )
    if not here:
        here = re.search(
            r"(?<=\bwhat chord is )(?:that|it|this)\b|(?<=\bwhich chord is )(?:that|it)\b", text
        )
    if here and not re.search(r"\b(?:is|are|was|were|be) there\b", here.string[: here.end()]):
        return last, _without(text, here)
    return None, text


def _more_bars(match: re.Match[str], last: Span) -> Span:
    """Return the bars after or before those talked about, as many or so many as are named."""
    end = last.end or last.start
    size = (_amount(match["n"]) if match["n"] else None) or end - last.start + 1
    start = last.start - size if match["way"] == "previous" else end + 1
    return Span(max(1.0, start), max(1.0, start) + size - 1, "bars")


def _amount(word: str) -> float | None:
    word = word.strip()
    if word.startswith("half"):
        return 0.5
    return _FEW.get(word, number(word))


def _sure(text: str) -> float:
    return seconds(text) or 0.0


def _without(text: str, match: re.Match[str]) -> str:
    return re.sub(r"\s+", " ", text[: match.start()] + " " + text[match.end() :]).strip()


def _time(text: str) -> float | None:
    """Return seconds, reading a bare ``1.23`` as a clock and ``83`` as seconds."""
    dotted = re.fullmatch(r"(\d)\.([0-5]\d)", text.strip())
    if dotted:
        return int(dotted[1]) * 60 + int(dotted[2])
    return float(text) if re.fullmatch(_BARE, text.strip()) else seconds(text)


def _between(match: re.Match[str]) -> Span | None:
    first, last = match["a"].strip(), match["b"].strip()
    unit = re.search(r"(minutes?|min|m|seconds?|s)$", last)
    if unit and re.fullmatch(_BARE, first):
        first += " " + unit[1]
    a, b = _time(first), _time(last)
    if a is None or b is None or a == b:
        return None
    return Span(min(a, b), max(a, b))


def _at(match: re.Match[str]) -> Span | None:
    at = _time(match["a"])
    return None if at is None else Span(at)


def _bars(match: re.Match[str]) -> Span | None:
    first = number(match["a"])
    last = number(match["b"]) if match["b"] else None
    if first is None or first < 1:
        return None
    return Span(first, last, "bars")


def _first_bars(match: re.Match[str]) -> Span | None:
    count = _amount(match["a"]) if match["a"] else 1.0
    if not count:
        return None
    if match["edge"] in ("last", "final"):
        return Span(-count, float("inf"), "bars", f"the last {count:.0f} bars")
    return Span(1.0, count, "bars")


def _nth_bar(match: re.Match[str]) -> Span | None:
    return Span(float(ORDINALS[match["a"]]), None, "bars")


def _edge(match: re.Match[str]) -> Span | None:
    amount = seconds(match["a"] if match["a"][0] not in "sm" else "1 " + match["a"])
    if not amount:
        return None
    if match["edge"] in ("last", "final", "closing"):
        return Span(-amount, float("inf"), words=f"the last {_told(amount)}")
    return Span(0.0, amount, words=f"the first {_told(amount)}")


def _told(amount: float) -> str:
    if amount == 60:
        return "minute"
    if amount == 1:
        return "second"
    if amount % 60 == 0:
        return f"{amount / 60:.0f} minutes"
    return f"{amount:g} seconds"


def _minute(match: re.Match[str]) -> Span | None:
    nth = ORDINALS[match["a"]]
    return Span((nth - 1) * 60.0, nth * 60.0, words=f"the {match['a']} minute")


def _part(match: re.Match[str]) -> Span | None:
    start, end = _PART[match["a"]]
    return Span(start, end, "fraction", f"the {match['a']}")


def _from_on(match: re.Match[str]) -> Span | None:
    at = _time(match["a"])
    return None if at is None else Span(at, float("inf"))


def _just_after(match: re.Match[str]) -> Span | None:
    at = _time(match["a"])
    return None if at is None else Span(at, at + JUST_AFTER)


def _until(match: re.Match[str]) -> Span | None:
    at = _time(match["a"])
    return Span(0.0, at) if at else None


def _spoken(match: re.Match[str]) -> Span:
    """Read "one twenty-three" as 1:23."""
    tens = NUMBERS.get(match["s"], 0)
    return Span(NUMBERS[match["m"]] * 60.0 + tens + NUMBERS.get(match["u"] or "", 0))


def _fixed(span: Span) -> Build:
    return lambda match: span


_SOME = rf"(?:{TIME}|{_BARE})"
_AT = rf"(?:at|around|about|by|@) ?{_ABOUT}"
_TWO = re.compile(
    rf"(?<!between )(?<!from )(?P<from>\b(?:{_AT})?)(?P<a>{TIME})(?P<by>[^.?!;\d]{{0,24}}?)"
    r"(?P<link>,? ?and|,? ?or|than|as|versus|vs\.?|compared (?:with|to)|like)"
    rf" (?:it is |it was |is it |the one |that )?(?:{_AT})?(?P<b>{TIME})(?!\w)"
)
_ORD = "|".join(ORDINALS)
_THE_END = r"(?:the )?(?:very )?(?:end|ending|close|finish|outro)"
_START = r"(?:the )?(?:very )?(?:beginning|start|opening|outset|intro)"
_PREPOSITION = r"(?:(?:at|in|near|from|by|towards?|for|to) )?the (?:very )?"
_AT_START = rf"\b{_PREPOSITION}(?:beginning|start|opening|outset|intro)\b(?! chords?)"
_AT_END = rf"\b{_PREPOSITION}(?:end|ending|close|finish|outro)\b(?! chords?)"
_FORMS: tuple[tuple[str, Build], ...] = (
    (
        rf"\b{_BAR} (?P<a>\d+|{_WORD})(?: ?(?:to|-|through|until|till|and|thru) ?"
        rf"(?:{_BAR} )?(?P<b>\d+|{_WORD}))?\b",
        _bars,
    ),
    (
        rf"\b(?P<edge>first|opening|last|final) (?:(?P<a>{_N}) )?{_BAR}\b(?! (?:line|number))",
        _first_bars,
    ),
    (rf"\b(?:the )?(?P<a>{_ORD}) {_BAR}\b", _nth_bar),
    (
        r"\b(?:at|around|about) (?P<m>one|two|three|four|five|six) (?P<s>oh|ten|fifteen|twenty|thirty|forty|fifty)"
        r"(?:[- ](?P<u>one|two|three|four|five|six|seven|eight|nine))?(?! ?(?:seconds|minutes|bpm))",
        _spoken,
    ),
    (
        rf"\b(?:between|from|betwen|in|during|at)? ?{_ABOUT}(?P<a>{_SOME}) ?"
        rf"(?:and|to|until|till|-|through) ?{_ABOUT}(?P<b>{TIME})",
        _between,
    ),
    (rf"\b(?:between|from) (?P<a>{_SOME}) ?(?:and|to|until|till|-) ?(?P<b>{_SOME})", _between),
    (
        rf"\b(?P<edge>first|opening|initial|last|final|closing) (?P<a>{TIME}|minute|second)\b",
        _edge,
    ),
    (rf"\b(?:the )?(?P<a>{_ORD}) minute\b", _minute),
    (rf"\b(?:from|after|past|starting at) {_ABOUT}(?P<a>{TIME}) on(?:wards?)?\b", _from_on),
    (rf"\b(?:right|just|shortly|immediately|straight) after {_ABOUT}(?P<a>{TIME})", _just_after),
    (rf"\b(?:after|past|beyond|from) (?P<a>{TIME})(?! (?:in|later|before))", _from_on),
    (rf"\b(?:until|till|up to|before|prior to) (?P<a>{TIME})", _until),
    (rf"\b(?P<a>{'|'.join(_PART)})\b", _part),
    (rf"\b{_ABOUT}(?P<a>{TIME}) (?:in(?:to)?\b|through)(?: (?:the|it)\b)?", _at),
    (rf"(?:\b(?:at|around|about|near|by|on|round|circa)|@) ?{_ABOUT}(?P<a>{TIME})", _at),
    (
        rf"(?<!tempo )(?<!bpm )(?<!speed )(?<!is it )(?<!it is )(?<!is this )(?<!is that )(?:\b(?:at|around)|@) ?(?P<a>{_BARE})(?! ?(?:bpm|beats|%|percent|hz|db|k|/|:|#|o'clock))"
        r"(?=\s*(?:$|[?.,!;]|in\b|and\b))",
        _at,
    ),
    (rf"(?P<a>{_CLOCK}|{_SHORT})(?!\w)", _at),
    (
        rf"(?:(?<=chord )|(?<=chords )|(?<=key )|(?<=tempo )|(?<=level ))(?P<a>{_SECONDS})(?= ?[?.!]*$)",
        _at,
    ),
    (rf"^(?:and |what about |how about |then )*in {_ABOUT}(?P<a>{TIME})(?= ?[?.!]*$)", _at),
    (rf"\b(?P<a>{_SECONDS})(?: mark| point)", _at),
    (
        r"\b(?:half ?-?way|in the middle|at the middle|mid ?-?way|around the middle)"
        r"(?: through| point| mark| in)?\b",
        _fixed(Span(0.5, None, "fraction", "halfway")),
    ),
    (
        r"\b(?:three quarters|3/4) (?:of the way )?(?:through|in)\b",
        _fixed(Span(0.75, None, "fraction", "three quarters in")),
    ),
    (
        r"\b(?:(?:a|one) )?(?:third|quarter) (?:of the way )?(?:through|in)\b",
        _fixed(Span(0.3, None, "fraction", "a third in")),
    ),
    (
        rf"\b(?:(?:at|in|near|towards?|by|during|for) {_THE_END}|the ending|the outro)\b",
        _fixed(Span(-EDGE, float("inf"), words="the end")),
    ),
    (
        rf"\b(?:(?:at|in|near|during|from|for) {_START}|the intro|the opening)\b(?! (?:chords?|notes?|bars?|beats?|keys?))",
        _fixed(Span(0.0, EDGE, words="the beginning")),
    ),
)  # fmt: skip
