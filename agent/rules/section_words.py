"""Sections of a form as questions name them: "the second chorus", "verse 2", "part B"."""

import re

from agent.rules.asks import Span
from agent.rules.wording import ORDINALS

SECTION_WORDS = (
    ("intro", r"intro(?:duction)?s?|opening section"), ("verse", r"verses?|stanzas?"),
    ("pre-chorus", r"pre-? ?chorus(?:es)?"), ("post-chorus", r"post-? ?chorus(?:es)?"),
    ("chorus", r"chorus(?:es)?|refrains?|hooks?"), ("bridge", r"bridges?|middle[- ](?:8|eight)s?"),
    ("solo", r"solos?"), ("instrumental", r"instrumental (?:breaks?|parts?|sections?|passages?)|interludes?"),
    ("break", r"break ?downs?|breaks?"), ("outro", r"outros?|codas?|ending section"),
)  # fmt: skip
_NAMED = tuple((name, re.compile(rf"\b(?:{words})\b")) for name, words in SECTION_WORDS)
SECTION = "|".join(pattern for _, pattern in SECTION_WORDS)
_WHICH = "|".join(ORDINALS) + "|last|final|next"
_PREPOSITION = r"(?:\b(?:in|during|of|over|through|throughout|for|under|at|from|on|does|do) )?"
_PLAYED = r"(?:\b(?:guitar|piano|sax|saxophone|drum|bass|synth|organ|trumpet|keyboard|violin) (?=solo|break))?"
_NUMBER = r"(?: (?:no\.? |number )?(?P<number>\d|one|two|three)\b(?! (?:bars?|seconds?|minutes?)))?"
_HIT = re.compile(
    rf"(?P<before>{_PREPOSITION})(?P<the>\b(?:the|each|every|a|an|its|their|her|his|that|this) )?(?:\b(?P<which>{_WHICH}) )?{_PLAYED}"
    rf"\b(?P<name>{SECTION})(?:'s?)?\b{_NUMBER}(?: section\b| part\b)?(?! (?:pedal|effect))(?P<of>(?= (?:chords?|key|tempo|progression|melody|changes|harmony)\b))?"
    rf"|{_PREPOSITION}(?:the )?\b(?:(?:section|part) (?P<letter>[a-h])\b(?! (?:minor|major|flat|sharp|chord|piece|bit))|(?P<lettered>[b-h]|(?<=the )a|a(?=-))[- ](?:section|part)\b)"
    rf"|{_PREPOSITION}(?:\bthe )?\b(?P<nth>{_WHICH}) (?:section|part)\b(?! of)"
)
_EACH = re.compile(
    r"\b(?:(?:in|of|for|at) )?(?:each|every)(?: of the)? (?:sections?|parts?)(?: of (?:it|this|the (?:song|track|tune|piece)))?\b|\b(?:section by section|part by part|(?:per|by) section)\b|\b(?:in|of|for) all (?:the )?(?:sections|parts)\b"
)
_ELIDED = re.compile(
    rf"\b(?P<link>than|as|and|or|versus|vs\.?|to|with|from|like) (?:in )?the (?P<which>{_WHICH})(?: one)?\b"
)
_LINK = re.compile(
    r",? ?\b(?:and|or|than|as|versus|vs\.?|to|with|from|like)(?: (?:in|during))?(?: the)? *$|^ *(?:and|/|or|vs\.?|versus) *$"
)


def section_named(text: str) -> str:
    """Return the function of the first section that is named, "" for none."""
    hits = [(m.start(), name) for name, pattern in _NAMED if (m := pattern.search(text))]
    return min(hits)[1] if hits else ""


def section_span(text: str) -> tuple[Span | None, str]:
    """Return a place named by its section, to be found in the form, and the rest of the question.

    Its `words` are ``"chorus"``, a letter, or ``"section"`` for any; `start` is 1 for the first of
    them, -1 for the last, and 0 for all of them.
    """
    if each := _EACH.search(text):
        rest = f"{text[: each.start()]} {text[each.end() :]}"
        return Span(0, None, "section", "each"), re.sub(r"\s+", " ", rest).strip()
    for match in _HIT.finditer(text):
        if span := _span(match):
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return span, re.sub(r"\s+", " ", rest).strip()
    return None, text


def two_sections(text: str) -> tuple[Span, Span, str] | None:
    """Return the two sections that a question holds together or apart, and the rest of it."""
    hits = [(m, span) for m in _HIT.finditer(text) if (span := _span(m, bare=True))]
    if not hits:
        return None
    (first, one), last = hits[0], hits[-1]
    other = _ELIDED.search(text, first.end())
    if len(hits) == 1 and other:
        two, end = Span(float(_count(other["which"])), None, "section", one.words), other.end()
        return one, two, _without(text, _begin(first), first.end(), other.start(), end)
    if len(hits) != 2 or (one == last[1]):
        return None
    between = text[first.end() : last[0].start()]
    linked = _LINK.search(between)
    if not linked or len(between) > 60:
        return None
    start = first.end() + linked.start()
    return one, last[1], _without(text, _begin(first), first.end(), start, last[0].end())


def _begin(match: re.Match[str]) -> int:
    """Return where a section begins to be named, the verb of a question left standing."""
    asks = (match["before"] or "").strip() in ("does", "do")
    return match.end("before") if asks else match.start()


def spoken(span: Span) -> str:
    """Return a place named by its section in words that `section_span` reads: "in verse 2"."""
    if len(span.words) == 1:
        return f"in part {span.words.lower()}"
    number = int(span.start)
    names = {place: word for word, place in reversed(ORDINALS.items())}
    which = "last " if number < 0 else f"{names[number]} " if number in names else ""
    return f"in the {which}{span.words}"


def _span(match: re.Match[str], bare: bool = False) -> Span | None:
    """Return the place that a match names; a mere word, "solo", is one only if `bare` is allowed."""
    letter = match["letter"] or match["lettered"]
    if letter:
        return Span(0, None, "section", letter.upper())
    if match["nth"]:
        return Span(float(_count(match["nth"])), None, "section", "section")
    pointed = match["before"] or match["the"] or match["which"] or match["number"]
    named = match["of"] is not None and section_named(match["name"]) not in ("break", "solo")
    if not pointed and not named and not bare:
        return None
    number = match["number"]
    count = _count(match["which"] or "")
    if number:
        count = {"one": 1, "two": 2, "three": 3}.get(number) or int(number)
    return Span(float(count), None, "section", section_named(match["name"]))


def _count(which: str) -> int:
    return -1 if which in ("last", "final") else ORDINALS.get(which, 0)


def _without(text: str, start: int, end: int, second: int, last: int) -> str:
    kept = f"{text[:start]} {text[end:second]} {text[last:]}"
    against = re.search(r"\b(?:than|versus|vs|as|from|between|like)\b", text[start:last])
    return re.sub(r"\s+", " ", kept + (" versus" if against else "")).strip()
