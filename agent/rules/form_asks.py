"""Questions about the form of a track: which sections there are, where, how long, in what order."""

import re
from dataclasses import replace

from agent.rules.asks import Ask, Span
from agent.rules.section_words import SECTION, section_named, section_span, two_sections

_LENGTH = re.compile(
    r"\bhow (?:long|many (?:bars|beats|measures|seconds))\b|\b(?:length|duration)s?\b|\blast(?:s)?\b(?= ?[?.!]*$)|\bhow (?:long|big)\b"
)
_COUNT = re.compile(
    r"\bhow many (?:different |distinct )?(?:\w+[ -])?(?:sections?|parts?|verses?|choruses|bridges?|solos?|hooks?|refrains?|times)\b|\bnumber of (?:different )?(?:sections?|parts?|verses?|choruses)\b"
)
_WHEN = re.compile(
    r"\b(?:when|where|whereabouts|at what (?:time|point|bar)|what time|which bar|how (?:soon|far in)|find|locate|jump to|skip to|timestamps?|starts?|begins?)\b"
)
_HAS = re.compile(
    r"^(?:\w+ ){0,2}?(?:is|are|does|do|has|have)\b(?: (?:there|it|they|this|we|the (?:song|track)))*(?: (?:have|contain|has|got))?(?: an?| any)\b"
)
_AGAIN = re.compile(
    r"^(?:and |so |but )*(?:is|are|does|do|has|have|will|can)\b.*\b(?:again|back|return\w*|repeat\w*|reprise\w*)\b"
)
_REPEATS = re.compile(
    r"\b(?:repeat(?:s|ed|ing)?|reprise\w*|com(?:es?|ing) (?:back|round|around)|return(?:s)?|recur\w*|comes? again)\b"
)
RETURNS = re.compile(
    r"\b(?:sections?|parts?|bits?|verses?|chorus(?:es)?|hooks?|bridges?|intros?|themes?|head|refrains?)\b(?: \w+)? (?:repeat|com(?:es?|ing) (?:back|round|again)|return|recur)"
)
"""A part of the form, not the chords, that is said to come back."""
_NEXT = re.compile(
    r"\b(?:what|which|who)\b.*\b(?:after|follow(?:s|ing|ed)?)\b(?= (?:by |the |a |verse|chorus|part|section))|\bnext after\b"
)
_PREVIOUS = re.compile(
    r"\b(?:what|which)\b.*\b(?:before|preced\w+|leads? (?:in)?to)\b(?= (?:the |a |verse|chorus|part|section))"
)
_EDGES = re.compile(
    r"^(?:and |so |but )*(?:does|do|did|is) .*\b(?:(?P<start>start|begin|open|kick off)|end|finish|close)(?:s|ing)?\b(?: \w+)? (?:with|on|in|at) (?:an? |the )"
)
_EVEN = re.compile(r"\b(?:same length|equally long|as long as each other|even in length)\b")
_LETTERS = re.compile(r"\b(?P<letters>(?=\w*a)(?=\w*b)[abcd]{3,8})\b")
_EXTREME = re.compile(
    r"\b(?:which|what) (?:verse|chorus|solo|section|part) (?:is|lasts) (?:the )?(?P<way>longest|shortest)\b|\b(longest|shortest)(?: (?:section|part|bit|verse|chorus|solo)|(?= of the (?:sections|parts)))\b"
)
_LONGER = re.compile(r"\b(longer|shorter)\b")
FIRM = frozenset(
    ("next", "previous", "longest", "shortest", "longer", "is", "again", "begins", "ends", "even")
)
"""What only a form can be asked for, whatever else the words may mean."""
OF_TRACKS = re.compile(
    r"\b(?:same|compare|compared|differ\w*|similar|alike)\b.*\b(?:structures?|forms?|sections|lay ?outs?)\b|\b(?:structures?|forms?|lay ?outs?)\b.*\b(?:same|compare|differ\w*|similar|alike)\b"
)
"""The forms of tracks held against each other."""
LONGER_OF_TRACKS = re.compile(rf"\b(?:longer|shorter|longest|shortest) (?:{SECTION})\b")
AT = re.compile(
    r"\b(?:what|which) (?:part|section|bit)\b(?: (?:of (?:it|the (?:song|track|tune|form))))?(?:,? (?:is|am|are|was|comes?|plays?)\b(?: (?:i|we|it|that|this|there|playing|on|in|at))*|(?= ?[?.!]*$))|\bwhere in the (?:form|structure)\b"
)
"""A question for the section at a time, once that time is cut out of it."""


def structure_asks(text: str, ask: Ask) -> list[Ask]:
    """Return what a question about the form asks for, of each section that it names."""
    both = two_sections(text)
    if both:
        first, second, rest = both
        longer = _LONGER.search(rest)
        if longer:
            polar = re.match(r"(?:and |so |but )*(?:is|are|does|do)\b", rest) is not None
            held = replace(ask, aspect="longer", span=first, versus=second)
            return [replace(held, value=longer[1], polar=polar)]
        if first.words != second.words:
            asks = [structure_ask(rest, replace(ask, span=place)) for place in (first, second)]
            return [_of_all(a) for a in asks]
    return [structure_ask(text, ask)]


def structure_ask(text: str, ask: Ask) -> Ask:
    """Return what a question about the form asks for: a section's place, length or number.

    A section that is told from its like ("the second verse") stands in `span`, others in `value`.
    """
    place, _ = section_span(text)
    place = place or ask.span
    if place is not None and place.unit != "section":
        return replace(ask, aspect="at", span=place)
    if place is None and section_named(text):
        place = Span(0, None, "section", section_named(text))
    if extreme := _EXTREME.search(text):
        return replace(ask, aspect=extreme["way"] or extreme[2], value=_of_kind(text))
    if re.search(r"\bin letters\b|\bas letters\b", text):
        return replace(ask, aspect="is")
    if letters := _LETTERS.search(text):
        return replace(ask, aspect="is", value=letters["letters"].upper(), polar=True)
    asked = replace(ask, aspect=_aspect(text, place), span=place)
    if asked.aspect in ("has", "again", "begins", "ends", "even"):
        asked = replace(asked, polar=True)
    return _of_all(asked)


def _of_kind(text: str) -> str:
    found = re.search(
        r"\b(?:longest|shortest) (verse|chorus|solo)\b|\bwhich (verse|chorus|solo)\b", text
    )
    return (found[1] or found[2]) if found else ""


def _aspect(text: str, place: Span | None) -> str:
    named = place is not None
    if named and (edge := _EDGES.search(text)):
        return "begins" if edge["start"] else "ends"
    if named and _EVEN.search(text):
        return "even"
    if _COUNT.search(text):
        return "count"
    if named and re.search(
        r"\bhow (?:long|many (?:bars|seconds)) (?:before|until|till|to)\b", text
    ):
        return "when"
    for aspect, pattern in (("next", _NEXT), ("previous", _PREVIOUS), ("length", _LENGTH)):
        if pattern.search(text) and (named or aspect == "length"):
            return aspect
    if named and _HAS.search(text):
        return "has"
    if named and _AGAIN.search(text):
        return "again"
    if named and (_WHEN.search(text) or _REPEATS.search(text)):
        return "when"
    if named and re.search(r"\b(?:what|which|how) (?:is|are|about) the\b", text):
        return "when"
    if named and re.fullmatch(
        r"(?:and |the |a |first |second |third |last )*[\w-]+(?: \w+)?[ ?.!]*", text
    ):
        return "when"
    return "repeats" if _REPEATS.search(text) else ""


def _of_all(ask: Ask) -> Ask:
    """Return the ask with a section's name as its value, where all of its kind are meant."""
    span = ask.span
    if span is None or span.unit != "section":
        return ask
    if ask.aspect in ("", "repeats") or span.words == "each":
        return replace(ask, span=None)
    if span.start == 0 or ask.aspect in ("count", "again", "begins", "ends", "even"):
        return replace(ask, span=None, value=span.words)
    return ask
