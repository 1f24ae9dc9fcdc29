"""What follows from measured values: related keys, beat lengths, other spellings; pure arithmetic.

Nothing here is measured again: a relative key follows from a key, milliseconds from a tempo. A
figure of this kind is as true as what it follows from.
"""

import re
from collections.abc import Iterable
from contextlib import suppress

from tools import theory

KeyName = tuple[str, str]
PULSES = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2, "5/4": 5, "7/8": 7, "12/8": 4}
"""Beats that are counted in a bar of each meter."""

_INTERVALS = {
    "semitone": 1, "half step": 1, "minor second": 1, "whole step": 2, "whole tone": 2, "tone": 2, "major second": 2,
    "minor third": 3, "major third": 4, "fourth": 5, "fifth": 7, "tritone": 6, "octave": 12,
}  # fmt: skip
_STEPS = re.compile(
    r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven) (?:semitones?|half[ -]steps?|frets?)"
)
_COUNTS = {
    w: n for n, w in enumerate("one two three four five six seven eight nine ten eleven".split(), 1)
}
MARKINGS = {
    "slow": (0, 96), "mid-tempo": (75, 135), "fast": (108, 400), "largo": (0, 66), "adagio": (44, 86),
    "andante": (66, 112), "moderato": (84, 128), "allegro": (104, 176), "vivace": (132, 196), "presto": (152, 400),
}  # fmt: skip
"""BPM that a tempo word fits, widely: metronomes and books differ by a dozen beats."""


def key_name(text: str) -> KeyName | None:
    """Return tonic and mode of ``"F# minor"``; None where it is no key."""
    tonic, _, mode = text.partition(" ")
    with suppress(ValueError):
        theory.pitch_class(tonic)
        return (tonic, mode) if mode in theory.MODES else None
    return None


def related(key: str) -> dict[str, list[str]]:
    """Return keys that follow from a key, by how they are related."""
    home = key_name(key)
    if home is None:
        return {}
    up, down = theory.dominant(*home), theory.subdominant(*home)
    near = [up, down, theory.relative(*home), theory.relative(*up), theory.relative(*down)]
    return {
        "relative": [" ".join(theory.relative(*home))],
        "parallel": [" ".join(theory.parallel(*home))],
        "near": [" ".join(one) for one in (*near, home, theory.parallel(*home))],
    }


def shifts(text: str) -> set[int]:
    """Return by how many semitones a text says to move, up or down."""
    found = {int(m[1]) if m[1].isdigit() else _COUNTS[m[1]] for m in _STEPS.finditer(text)}
    found |= {n for name, n in _INTERVALS.items() if re.search(rf"\b{name}\b", text)}
    found |= {int(m[1]) for m in re.finditer(r"(?:fret|capo(?: on)?|[+-]) ?(\d{1,2})\b", text)}
    return {sign * n for n in found for sign in (1, -1)}


def moved(key: str, semitones: int) -> str:
    """Return a key so many semitones higher."""
    tonic, _, mode = key.partition(" ")
    return f"{theory.tonic_name((theory.pitch_class(tonic) + semitones) % 12, mode)} {mode}"


def accidentals(key: str) -> int | None:
    """Return the sharps of a key's signature, flats as negative numbers."""
    home = key_name(key)
    return None if home is None else theory.signature(*home)


def camelot(key: str) -> str:
    """Return the Camelot code of a key, empty where it is none."""
    home = key_name(key)
    return "" if home is None else theory.camelot(*home)


def scale_notes(key: str) -> frozenset[int]:
    """Return the pitch classes of a key's scale."""
    home = key_name(key)
    return frozenset() if home is None else frozenset(map(theory.pitch_class, theory.scale(*home)))


def numerals(labels: Iterable[str], key: str) -> frozenset[str]:
    """Return the Roman numerals of chords in a key, with and without their figures."""
    home = key_name(key)
    found: set[str] = set()
    for label in labels if home else ():
        with suppress(ValueError, KeyError):
            found.add(theory.roman(label, *(home or ("C", "major"))))
    return frozenset(found)


def diatonic(key: str) -> tuple[str, ...]:
    """Return the triads of a key as chord labels."""
    home = key_name(key)
    return theory.diatonic_chords(*home) if home else ()


def beat_lengths(bpm: float, meter: str = "") -> list[float]:
    """Return lengths in seconds that follow from a tempo: of a beat, its parts, and a bar."""
    beat = 60.0 / bpm
    lengths = [beat * f for f in (0.25, 1 / 3, 0.375, 0.5, 2 / 3, 0.75, 1, 1.5, 2, 3, 4)]
    return lengths + ([beat * PULSES[meter]] if meter in PULSES else [])


def octaves(bpm: float) -> list[float]:
    """Return tempi that are the same music counted otherwise."""
    return [bpm / 2, bpm * 2, bpm / 3, bpm * 3, bpm * 1.5, bpm / 1.5, bpm / 4, bpm * 4]
