"""Places named by a section ("the second chorus"): found once the form of the track is known."""

from collections.abc import Iterable
from dataclasses import replace

from agent.rules.asks import Ask, Finding, Span

_ENDS = {
    "intro": Span(0.0, 15.0, words="the beginning"),
    "outro": Span(-15.0, float("inf"), words="the end"),
}
"""Where a track begins and ends, if its form does not set that apart."""

MISSING = "missing"
"""The unit of a place that the track does not have: what was to play there plays along with all."""
EACH = 8
"""Sections that are told one by one, at most."""
_TIMES = ("first", "second", "third", "fourth", "fifth", "sixth")


def placed(asks: tuple[Ask, ...], findings: Iterable[Finding]) -> tuple[Ask, ...]:
    """Return the asks with times in place of sections, as far as their forms are known.

    An ask about a section that its track does not have becomes the question whether it has one.
    """
    forms = {
        f.handle: list(f.data.get("sections") or ())
        for f in findings
        if f.tool == "structure" and not f.error
    }
    return tuple(_both(one, forms) for ask in asks for one in _each(ask, forms))


def _each(ask: Ask, forms: dict[str, list[dict[str, object]]]) -> list[Ask]:
    """Return an ask about each section as asks about them, those that come back told once."""
    if ask.span is None or ask.span.words != "each" or not ask.tracks:
        return [ask]
    rows = forms.get(ask.tracks[0], [])
    if ask.tracks[0] not in forms:
        return [ask]
    first: dict[object, dict[str, object]] = {}
    for row in rows:
        first.setdefault((row["label"], row["letter"]), row)
    if len(rows) < 2:
        return [replace(ask, span=None)]
    return [
        replace(ask, span=Span(float(str(r["start"])), float(str(r["end"])), "seconds", _called(r)))
        for r in list(first.values())[:EACH]
    ]


def _called(row: dict[str, object]) -> str:
    return f"part {row['letter']}" if row["label"] == "section" else f"the {row['label']}"


def _both(ask: Ask, forms: dict[str, list[dict[str, object]]]) -> Ask:
    """Return the ask with times in place of both sections that it holds against each other."""
    first = _placed(ask, forms)
    if ask.versus is None or first.topic != ask.topic or first.span is None:
        return replace(first, versus=None) if first.span is None else first
    second = _placed(replace(ask, span=ask.versus), forms)
    lost = second.topic != ask.topic or second.span is None
    return second if lost else replace(first, versus=second.span)


def _placed(ask: Ask, forms: dict[str, list[dict[str, object]]]) -> Ask:
    span = ask.span
    if span is None or span.unit != "section" or not ask.tracks or ask.tracks[0] not in forms:
        return ask
    rows = [row for row in forms[ask.tracks[0]] if _is(row, span.words)]
    number = int(span.start)
    if not rows and span.words in _ENDS and ask.topic != "structure":
        return replace(ask, span=_ENDS[span.words])
    if not rows and (ask.topic, ask.aspect) == ("generate", "accompany"):
        return replace(ask, span=Span(0.0, None, MISSING, span.words))
    if not rows or number > len(rows):
        aspect = "few" if rows else "has" if ask.polar and ask.aspect == "has" else "when"
        return Ask("structure", aspect, ask.tracks, None, span.words, polar=aspect == "has")
    row = rows[-1] if number < 0 else rows[max(0, number - 1)]
    place = rows.index(row)
    which = "last" if number < 0 else _TIMES[place] if place < len(_TIMES) else ""
    noun = f"part {span.words}" if len(span.words) == 1 else span.words
    words = f"the {which} {noun}" if len(rows) > 1 and which else f"the {noun}"
    words = words if words != f"the part {span.words}" else noun
    start, end = float(str(row["start"])), float(str(row["end"]))
    return replace(ask, span=Span(start, end, "seconds", words))


def _is(row: dict[str, object], words: str) -> bool:
    """Tell whether a section is one that a question names: by its function, its letter, or any."""
    return words == "section" or row["letter" if len(words) == 1 else "label"] == words
