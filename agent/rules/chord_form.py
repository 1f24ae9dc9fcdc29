"""What chords add up to: a cadence at the end, a twelve-bar blues."""

import re
from collections.abc import Sequence

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.chord_words import key_of, names

_CADENCES = {("v", "i"): "an authentic cadence", ("vii", "i"): "a cadence on the leading-note chord", ("iv", "i"): "a plagal cadence", ("v", "vi"): "a deceptive cadence"}  # fmt: skip
_BLUES = ("i", "i", "i", "i", "iv", "iv", "i", "i", "v", "iv", "i", "i")
_LOOSE = {1: ("i", "iv"), 9: ("v", "iv"), 11: ("i", "v")}
"""Bars of the blues with a common other choice: the quick change, V held, the turnaround."""
ENOUGH = 10
"""Bars of twelve that must fit for a stretch to count as a blues chorus."""


def cadence(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return the last two chords and what theory calls them."""
    key = key_of(finding)
    labels = [c for c in finding.data["chords"]["labels"] if c not in ("N", "X")]
    told = names(labels, key)
    if len(told) < 2:
        return f"I hear only {told[0]}, so no cadence" if told else "I hear no chords to close with"
    row = f"it ends {say.dashes(told[-2:])}"
    if not key:
        return f"{row}, but without a key I can't name the cadence"
    degrees = [degree(c, key) for c in labels]
    degrees = [d for i, d in enumerate(degrees) if not i or d != degrees[i - 1]]
    last = (degrees[-2], degrees[-1]) if len(degrees) > 1 else ("", "")
    found = _CADENCES.get(last) or ("a half cadence" if last[1] == "v" else "")
    numerals = say.dashes([say.numeral(c, key) for c in _last_two(labels, key)])
    name = f"which theory calls {found}" if found else "which is none of the usual cadences"
    start = ""
    if ask.value:
        start = "yes, " if ask.value in found else "no, "
    return f"{start}{row} ({numerals} in {key}), {name}"


def _last_two(labels: Sequence[str], key: str | None) -> list[str]:
    """Return the last two labels that are told by different names."""
    last = labels[-1]
    before = [c for c in labels if say.chord(c, key) != say.chord(last, key)]
    return [before[-1], last]


def degree(label: str, key: str) -> str:
    """Return the degree of the key that a chord stands on, in small letters, or empty."""
    found = re.match(r"[b#]?[ivIV]+", say.numeral(label, key))
    return found.group().lower() if found else ""


def twelve_bar(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return whether twelve bars in a row go through I, IV and V as a blues does."""
    bars, key = list(finding.data.get("bars") or ()), key_of(finding)
    home = say.key_of(key)
    if not home or not bars:
        return "I can't tell: for that I need the bars and the key, and I couldn't make out both"
    rows = [
        {degree(c, str(key)) for c in bar.get("labels") or () if c not in ("N", "X")}
        for bar in bars
    ]
    fit = [sum(_fits(rows[at + i], i) for i in range(12)) for at in range(len(rows) - 11)]
    if fit and max(fit) >= ENOUGH:
        at = fit.index(max(fit))
        return f"yes, from bar {bars[at]['number']} on, {max(fit)} of twelve bars move through I, IV and V as a twelve-bar blues does, in {key}"
    known = set().union(*rows)
    lead = f"it doesn't look like one: I count {len(bars)} bars"
    if len(bars) < 12:
        lead += ", fewer than twelve"
    if {"i", "iv", "v"} <= known and len(known) <= 4:
        return f"{lead}, though it does live on I, IV and V, as a blues would"
    return f"{lead}, and the chords don't go the way of I, IV and V"


def _fits(heard: set[str], place: int) -> bool:
    return bool(heard & {_BLUES[place], *_LOOSE.get(place, ())})
