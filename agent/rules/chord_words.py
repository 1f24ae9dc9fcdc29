"""Chords in a row, in words: names, bars, loops."""

from collections.abc import Sequence

from agent.rules import say
from agent.rules.asks import Finding
from agent.rules.say import Data

MOST_NAMES = 16
_TIMES = {2: "twice", 3: "three times", 4: "four times"}


def key_of(finding: Finding) -> str | None:
    """Return the name of the key that goes with chords, or None."""
    key = finding.data.get("key")
    return key if isinstance(key, str) else None


def names(labels: Sequence[str], key: str | None) -> list[str]:
    """Return chord names in order, each once in a row, silence left out."""
    told: list[str] = []
    for label in labels:
        name = say.chord(label, key)
        if label not in ("N", "X") and (not told or told[-1] != name):
            told.append(name)
    return told


def in_a_row(finding: Finding) -> list[tuple[float, float, str]]:
    """Return the chords in order with start and end, one held told once, silence left out."""
    chords, key = finding.data["chords"], key_of(finding)
    rows: list[tuple[float, float, str]] = []
    for (start, end), label in zip(chords["intervals"], chords["labels"], strict=False):
        if label in ("N", "X"):
            continue
        if rows and say.chord(rows[-1][2], key) == say.chord(label, key):
            rows[-1] = (rows[-1][0], end, rows[-1][2])
        else:
            rows.append((start, end, label))
    return rows


def bars_told(bars: Sequence[Data], key: str | None, roman: bool = False) -> str:
    """Return bars as a chart: "Fm7 | Bbm7 Eb7 | Abmaj7", a bar held on written %."""
    told: list[str] = []
    for bar in bars:
        row = list(bar.get("roman") or ()) if roman else names(bar.get("labels") or (), key)
        told.append(" ".join(r for r in row if r) or "–")
    return " | ".join("%" if i and t == told[i - 1] else t for i, t in enumerate(told))


def loop_told(finding: Finding) -> str:
    """Return the loop as names: "Fm – Db – Ab – Eb", or empty."""
    loop = finding.data.get("loop")
    return say.dashes(names(loop["labels"], key_of(finding))) if loop and loop.get("labels") else ""


def told_row(told: list[str]) -> str:
    """Return a row of chord names in words; one that comes round again is told once."""
    if len(told) == 1:
        return f"it stays on {told[0]}"
    for size in range(2, len(told) // 2 + 1):
        if all(name == told[i % size] for i, name in enumerate(told)):
            rest = told[len(told) - len(told) % size :]
            end = f" and then {say.dashes(rest)}" if rest else ""
            return f"it goes round {say.dashes(told[:size])} {_TIMES.get(len(told) // size, f'{len(told) // size} times')}{end}"
    if len(told) > MOST_NAMES:
        return f"it goes {say.dashes(told[:MOST_NAMES])} and so on ({len(told)} changes)"
    return f"it goes {say.dashes(told)}"


def at_time(chords: Data, time: float, key: str | None) -> str:
    """Return the name of the chord that sounds at a time, "no chord" where none does."""
    for (start, end), label in zip(chords["intervals"], chords["labels"], strict=False):
        if start <= time < end:
            return "no chord" if label == "N" else say.chord(label, key)
    return "no chord"
