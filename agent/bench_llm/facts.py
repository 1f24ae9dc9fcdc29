"""Which facts the answer to a question must state, and whether it does."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agent.grounding import cited
from agent.rules.asks import Ask, Finding

Claim = Mapping[str, Any]
Wish = tuple[Claim, ...]
"""Claims of which one must be stated."""

_PLAIN = {
    ("key", ""): "key", ("key", "is"): "key", ("key", "sure"): "key",
    ("tempo", ""): "bpm", ("tempo", "is"): "bpm", ("tempo", "sure"): "bpm", ("tempo", "fast"): "bpm",
    ("meter", ""): "meter", ("meter", "is"): "meter", ("meter", "sure"): "meter",
    ("genres", ""): "genre", ("instruments", ""): "instrument", ("moods", ""): "mood",
    ("duration", ""): "duration", ("title", ""): "title", ("melody", "high"): "highest note",
    ("melody", "low"): "lowest note",
}  # fmt: skip
"""What is asked -> the kind of claim that answers it, for the whole track."""
_COMPARED = {"tempo": "bpm", "key": "key", "meter": "meter", "duration": "duration"}


def wishes(asks: Iterable[Ask], findings: Iterable[Finding]) -> tuple[Wish, ...]:
    """Return what an answer to these asks must state, of what the right calls found.

    An ask whose answer is not a measured value (a yes or no, a deed, a refusal) asks for nothing.
    """
    found = tuple(f for f in findings if not f.error)
    return tuple(
        wish for ask in asks for handle in ask.tracks for wish in _of(ask, handle, found) if wish
    )


def stated(wish: Wish, answer: str) -> bool:
    """Tell whether an answer states one of these claims."""
    return bool(cited(answer, [dict(c) for c in wish]))


def _of(ask: Ask, handle: str, found: tuple[Finding, ...]) -> Iterable[Wish]:
    mine = [c for f in found for c in f.evidence if c["track"].partition(".")[0] == handle]
    if ask.topic == "compare":
        kind = _COMPARED.get(ask.aspect)
        known = {c["track"] for f in found for c in f.evidence if c["claim"] == kind}
        # With one of them unknown there is nothing to hold the others against.
        return [_whole(mine, kind)[:1]] if kind and known >= set(ask.tracks) else []
    if (ask.topic, ask.aspect) == ("melody", "range"):
        return [_whole(mine, "lowest note")[:1], _whole(mine, "highest note")[:1]]
    if ask.span is not None and ask.topic in ("chords", "moment") and ask.aspect == "":
        return [_chords_there(ask, handle, found)]
    if ask.span is not None or ask.versus is not None or ask.stem:
        return []
    if kind := _PLAIN.get((ask.topic, ask.aspect)):
        return [_first(_whole(mine, kind), kind)]
    build = _BUILT.get((ask.topic, ask.aspect))
    return [build(ask, mine)] if build else []


def _whole(claims: list[Claim], kind: str) -> Wish:
    return tuple(c for c in claims if c["claim"] == kind and c["span"] is None)


def _first(claims: Wish, kind: str) -> Wish:
    """Return the value that is asked for: the first, or the surest of labels."""
    if kind in ("genre", "instrument", "mood"):
        return tuple(sorted(claims, key=lambda c: -(c["confidence"] or 0.0)))[:1]
    return claims[:1]


def _chords_there(ask: Ask, handle: str, found: tuple[Finding, ...]) -> Wish:
    """Return the chords at a place, without their times: the answer may name the place instead."""
    span = ask.span
    rows = [
        row
        for f in found
        if f.handle == handle and f.tool == "moment"
        for row in f.data.get("chords", ())
    ]
    if not rows or span is None or span.unit == "bars":
        return ()
    return tuple(_claim("chord", row["label"], handle) for row in rows if row["label"] != "N")


def _chord(place: int) -> Callable[[Ask, list[Claim]], Wish]:
    def chord(ask: Ask, mine: list[Claim]) -> Wish:
        labels = [c for c in mine if c["claim"] == "chord" and c["value"] != "N" and c["span"]]
        return (_claim("chord", labels[place]["value"], ask.tracks[0]),) if labels else ()

    return chord


def _any_chord(ask: Ask, mine: list[Claim]) -> Wish:
    loops = tuple(c for c in mine if c["claim"] == "loop")
    labels = dict.fromkeys(c["value"] for c in mine if c["claim"] == "chord" and c["value"] != "N")
    return loops or tuple(_claim("chord", label, ask.tracks[0]) for label in labels)


def _mode(ask: Ask, mine: list[Claim]) -> Wish:
    keys = _whole(mine, "key")[:1]
    return tuple(_claim("mode", str(c["value"]).partition(" ")[2], ask.tracks[0]) for c in keys)


def _count(ask: Ask, mine: list[Claim]) -> Wish:
    return () if ask.value else _whole(mine, "sections")


def _section_when(ask: Ask, mine: list[Claim]) -> Wish:
    named = [c for c in mine if c["claim"] == "section" and c["value"] == ask.value]
    return tuple(named[:1]) if ask.value else ()


_BUILT: dict[tuple[str, str], Callable[[Ask, list[Claim]], Wish]] = {
    ("chords", ""): _any_chord,
    ("chords", "first"): _chord(0),
    ("chords", "last"): _chord(-1),
    ("structure", ""): lambda ask, mine: tuple(c for c in mine if c["claim"] == "section"),
    ("structure", "when"): _section_when,
    ("structure", "count"): _count,
    ("key", "mode"): _mode,
}


def _claim(kind: str, value: Any, track: str) -> Claim:
    return {"claim": kind, "value": value, "track": track, "span": None}
