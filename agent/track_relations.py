"""How the keys and the tempi of two tracks lie to each other; pure arithmetic.

Keys are held against each other on the circle of fifths and on the Camelot wheel, where neighbours
mix (M. Davis, Camelot Easymix system). Tempi within 6 % of each other, or of the half or double, can
be pitched to each other without harm.
"""

import math
from dataclasses import dataclass

from tools.theory import (
    MODES,
    KeyName,
    camelot,
    fifths_distance,
    pitch_class,
    relative,
    tonic_name,
)

SAME_TEMPO = 0.02
"""Below this two tempi are one to most listeners."""
TEMPO_STEP = 0.06
WHEEL = 12


@dataclass(frozen=True)
class KeyRelation:
    """How two keys lie to each other.

    Parameters
    ----------
    relation : in words: "the same key", "relative keys", "parallel keys", "a fifth apart" ...
    fifths : signatures apart on the circle of fifths, 0 to 6
    semitones : from the first tonic up to the second, 0 to 11
    codes : on the Camelot wheel
    mixable : whether the codes are the same or neighbours
    """

    relation: str
    fifths: int
    semitones: int
    codes: tuple[str, str]
    mixable: bool


@dataclass(frozen=True)
class TempoRelation:
    """How two tempi lie to each other.

    Parameters
    ----------
    ratio : the second over the first
    octaves : doublings that lie between them: 0, 1, -1 ...
    step : what is left, as a share of the slower one
    """

    ratio: float
    octaves: int
    step: float
    same: bool
    mixable: bool


def key_relation(first: str, second: str) -> KeyRelation:
    """Return how two keys such as ``"F# minor"`` lie to each other.

    Raises
    ------
    ValueError
        If one is no key.
    """
    a, b = _name(first), _name(second)
    codes = camelot(*a), camelot(*b)
    fifths = fifths_distance(a, b)
    semitones = (pitch_class(b[0]) - pitch_class(a[0])) % 12
    return KeyRelation(
        _relation(a, b, fifths), fifths, semitones, codes, camelot_distance(*codes) <= 1
    )


def camelot_distance(first: str, second: str) -> int:
    """Return the steps between two codes of the wheel: round it, and over to the other ring."""
    apart = abs(int(first[:-1]) - int(second[:-1]))
    return min(apart, WHEEL - apart) + (first[-1] != second[-1])


def key_at(hour: int, side: str) -> str:
    """Return the key that has a code on the Camelot wheel: hour 8 of side A is ``"A minor"``."""
    codes = {
        camelot(tonic_name(pitch, mode), mode): f"{tonic_name(pitch, mode)} {mode}"
        for mode in MODES
        for pitch in range(12)
    }
    return codes[f"{hour}{side}"]


def tempo_relation(first: float, second: float) -> TempoRelation:
    """Return how two tempi in BPM lie to each other."""
    octaves = round(math.log2(second / first))
    step = round(2 ** abs(math.log2(second / first) - octaves) - 1, 4)
    same = octaves == 0 and step <= SAME_TEMPO
    mixable = abs(octaves) <= 1 and step <= TEMPO_STEP
    return TempoRelation(round(second / first, 3), octaves, step, same, mixable)


def _relation(a: KeyName, b: KeyName, fifths: int) -> str:
    same_tonic = pitch_class(a[0]) == pitch_class(b[0])
    if same_tonic:
        return "the same key" if a[1] == b[1] else "parallel keys"
    if camelot(*relative(*a)) == camelot(*b):
        return "relative keys"
    if a[1] == b[1]:
        apart = "a fifth apart" if fifths == 1 else f"{fifths} fifths apart on the circle"
        return apart if fifths < 6 else "a tritone apart, the farthest on the circle"
    steps = {0: "the same signature", 1: "one signature apart"}
    return steps.get(fifths, f"{fifths} signatures apart")


def _name(text: str) -> KeyName:
    tonic, _, mode = text.partition(" ")
    if mode not in ("major", "minor"):
        raise ValueError(f"'{text[:40]}' is not a key such as F# minor")
    pitch_class(tonic)
    return tonic, mode
