"""Answers that hold two places of one track against each other."""

import re

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.chord_words import names

ALIKE = 1.0
"""Decibels within which two places are as loud as each other."""


def answer(ask: Ask, first: Finding | None, second: Finding | None) -> str:
    """Return how the first place differs from the second in what was asked."""
    if first is None or second is None:
        return "I can't tell: one of the two places is outside the track."
    return say.sentence(_BUILD[ask.aspect](ask, first, second))


def _at(ask: Ask, finding: Finding) -> str:
    start, end = float(finding.args.get("start") or 0.0), finding.args.get("end")
    for span in (ask.span, ask.versus):
        if span is not None and span.words and span.start == start and span.end == end:
            return f"in {span.words}" if start else f"at {span.words}"
    if end is None:
        return f"at {say.clock(start)}"
    return "at the end" if start else "at the beginning"


_SAME = re.compile(r"\b(?:same|as loud|as quiet|equal\w*)\b")
_FASTER = ("fast", "slow", "quick", "speed")


def _level(ask: Ask, first: Finding, second: Finding) -> str:
    a, b = first.data.get("loudness"), second.data.get("loudness")
    if a is None or b is None:
        return "I can't tell: I couldn't measure the level at both places"
    gap = abs(a - b)
    if gap < ALIKE:
        start = "" if not ask.polar else "yes, " if _SAME.search(ask.value) else "no, "
        return f"{start}it is about as loud {_at(ask, first)} as {_at(ask, second)}"
    louder, other = (first, second) if a > b else (second, first)
    asked_quiet = ask.value.startswith(("quiet", "soft"))
    start = ""
    if ask.polar:
        start = "yes, " if (louder is first) != asked_quiet else "no, "
    return (
        f"{start}it is louder {_at(ask, louder)} than {_at(ask, other)}, by about {round(gap)} dB"
    )


def _bpm(ask: Ask, first: Finding, second: Finding) -> str:
    a, b = first.data.get("bpm"), second.data.get("bpm")
    if not a or not b:
        return "I can't tell: I couldn't follow the tempo at both places"
    told = f"around {say.bpm(a)} {_at(ask, first)} and {say.bpm(b)} {_at(ask, second)}"
    if abs(a / b - 1) < 0.02:
        start = "no, " if ask.value.startswith(_FASTER) else "yes, "
        return f"{start if ask.polar else ''}the tempo is much the same: {told}"
    start = ""
    if ask.polar:
        start = "yes, " if (a > b) != ask.value.startswith("slow") else "no, "
        start = start if ask.value.startswith(_FASTER) else "no, "
    return f"{start}it is {told}"


def _key(ask: Ask, first: Finding, second: Finding) -> str:
    a, b = first.data.get("key"), second.data.get("key")
    if not a or not b:
        return "I can't tell: I have no key for both places"
    if a == b:
        return f"it is in {a} both {_at(ask, first)} and {_at(ask, second)}"
    return f"it is in {a} {_at(ask, first)} and in {b} {_at(ask, second)}"


def _chords(ask: Ask, first: Finding, second: Finding) -> str:
    rows = [
        say.dashes(names([c["label"] for c in f.data.get("chords") or ()], f.data.get("key")))
        or "no chord"
        for f in (first, second)
    ]
    if rows[0] == rows[1]:
        return f"the same chord sounds at both: {rows[0]}"
    return f"{rows[0]} {_at(ask, first)}, {rows[1]} {_at(ask, second)}"


def _changes(ask: Ask, first: Finding, second: Finding) -> str:
    """Return whether two stretches go through the same chords, in the order of their first sound."""
    rows = [_chords_of(f) for f in (first, second)]
    if not all(rows):
        return "I can't tell: I hear no chords in one of them"
    told = [say.dashes(row) for row in rows]
    places = [_at(ask, f) for f in (first, second)]
    if rows[0] == rows[1]:
        return f"{'yes, ' if _same(ask) else 'no, ' if ask.polar else ''}the chords are the same {places[0]} and {places[1]}: {told[0]}"
    start = ("no, " if _same(ask) else "yes, ") if ask.polar else ""
    if set(rows[0]) == set(rows[1]):
        start += "the same chords in another order: "
    return f"{start}{told[0]} {places[0]}, {told[1]} {places[1]}"


def _same(ask: Ask) -> bool:
    """Tell whether the question is whether they are the same, not whether they differ."""
    return ask.polar and "same" in ask.value


def _chords_of(finding: Finding) -> list[str]:
    """Return the loop of a stretch, else its chords by their first sound."""
    loop = (finding.data.get("loop") or {}).get("labels")
    labels = loop or list(
        dict.fromkeys(la for bar in finding.data.get("bars") or () for la in bar["labels"])
    )
    return names([la for la in labels if la != "N"][:12], finding.data.get("key"))


_BUILD = {"changes": _changes, "level": _level, "bpm": _bpm, "key": _key, "chords": _chords}
