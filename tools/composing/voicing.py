"""Voicings: which notes of a chord sound, and how one chord moves to the next.

The voicings of a whole piece are the cheapest path through all candidates (Viterbi, 1967): little
movement, common tones kept, and no parallel fifths or octaves between the outer voices.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from tools.theory import parse_chord

Voices = tuple[int, ...]
"""MIDI numbers, from low to high."""

PARALLEL = 1000.0
"""What parallel fifths between outer voices cost: more than any other path."""
INNER_PARALLEL = 6.0
"""What they cost between others."""
OFF_CENTRE = 0.35
"""What a semitone between a voicing's middle and the middle of the compass costs."""


def tones(label: str, most: int = 4) -> tuple[int, ...]:
    """Return the pitch classes of a chord, root first; the fifth goes first where there are too many."""
    if label in ("N", "X"):
        return ()
    chord = parse_chord(label)
    over = sorted((pc - chord.root_pc) % 12 for pc in chord.pitch_classes)
    rubbing = 5 if 9 in over else 4  # a thirteenth has no eleventh, an eleventh no major third
    for spare in (7, rubbing if {4, 5} <= set(over) else 7, 2, 0):
        if len(over) > most and spare in over:
            over.remove(spare)
    return tuple((chord.root_pc + step) % 12 for step in over[:most])


def candidates(label: str, low: int, high: int, voices: int = 4) -> list[Voices]:
    """Return the close voicings of a chord within a compass."""
    pcs = tones(label, voices)
    found = []
    for bottom in range(low, high + 1):
        if bottom % 12 in pcs:
            stack = [bottom]
            while len(stack) < max(3, len(pcs)):
                stack.append(next(p for p in range(stack[-1] + 1, 140) if p % 12 in pcs))
            if stack[-1] <= high:
                found.append(tuple(stack))
    return found or [_folded(pcs, low, high)]


def _folded(pcs: Sequence[int], low: int, high: int) -> Voices:
    """Return a chord in a compass too small for close position: each tone where it fits."""
    fitting = {next((p for p in range(low, high + 1) if p % 12 == pc), -1) for pc in pcs}
    return tuple(sorted(fitting - {-1}))


def lead(labels: Sequence[str], low: int, high: int, voices: int = 4) -> list[Voices]:
    """Return a voicing for each chord, led smoothly; empty where there is no chord."""
    return cheapest(
        [candidates(label, low, high, voices) if tones(label) else [()] for label in labels],
        lambda v: OFF_CENTRE * abs(float(np.mean(v)) - (low + high) / 2) if v else 0.0,
        movement,
    )


def cheapest(
    steps: Sequence[Sequence[Voices]],
    own: Callable[[Voices], float],
    between: Callable[[Voices, Voices], float],
) -> list[Voices]:
    """Return the path through candidates that costs least.

    Parameters
    ----------
    own : what a voicing costs by itself
    between : what going from one to another costs
    """
    if not steps:
        return []
    costs = [np.array([own(v) for v in steps[0]])]
    origins = []
    known: dict[tuple[tuple[Voices, ...], tuple[Voices, ...]], NDArray[np.float64]] = {}
    for before, here in pairwise(steps):
        pair = tuple(before), tuple(here)
        if pair not in known:  # progressions return, and this is what takes the time
            known[pair] = np.array([[between(a, b) for a in before] for b in here])
        moves = known[pair] + costs[-1]
        origins.append(moves.argmin(axis=1))
        costs.append(moves.min(axis=1) + np.array([own(v) for v in here]))
    index = int(costs[-1].argmin())
    path = [steps[-1][index]]
    for number in range(len(steps) - 2, -1, -1):
        index = int(origins[number][index])
        path.append(steps[number][index])
    return path[::-1]


def movement(a: Voices, b: Voices) -> float:
    """Return what going from one voicing to the next costs."""
    if not a or not b or a == b:
        return 0.0
    count = min(len(a), len(b))
    moved = sum(abs(x - y) for x, y in zip(a[:count], b[:count], strict=True))
    cost = float(moved) + 0.5 * abs(a[-1] - b[-1])
    if is_parallel(a[0], a[-1], b[0], b[-1]):
        cost += PARALLEL
    for i in range(count - 1):
        for j in range(i + 1, count):
            if is_parallel(a[i], a[j], b[i], b[j]):
                cost += INNER_PARALLEL
    return cost


def is_parallel(low: int, high: int, next_low: int, next_high: int) -> bool:
    """Return whether two voices move from one fifth (or octave) into another."""
    interval = (high - low) % 12
    return (
        interval in (0, 7)
        and (next_high - next_low) % 12 == interval
        and low != next_low
        and high != next_high
    )


SATB = ((40, 60), (48, 67), (55, 74), (60, 79))
"""Compass of bass, tenor, alto, soprano."""
WIDEST = 12
"""Semitones between neighbours among the upper three."""


def four_parts(labels: Sequence[str]) -> list[Voices]:
    """Return bass, tenor, alto and soprano of each chord as a chorale has them."""
    return cheapest(
        [_chorale_voicings(label) for label in labels],
        lambda v: 0.4 * abs(v[3] - 70) + 0.2 * abs(v[0] - 50) if v else 0.0,
        _chorale_movement,
    )


@lru_cache(maxsize=256)
def _chorale_voicings(label: str) -> list[Voices]:
    pcs = tones(label)
    if not pcs:
        return [()]
    chord = parse_chord(label)
    bass_pc = parse_chord(f"{chord.bass}:1").root_pc
    needed = set(pcs[:4]) if len(pcs) > 3 else set(pcs)
    lows = [p for p in range(SATB[0][0], SATB[0][1] + 1) if p % 12 == bass_pc]
    uppers = [[p for p in range(a, b + 1) if p % 12 in pcs] for a, b in SATB[1:]]
    found: list[Voices] = []
    for low, tenor, alto, soprano in product(lows, *uppers):
        ordered = low <= tenor <= alto <= soprano
        close = alto - tenor <= WIDEST and soprano - alto <= WIDEST
        if ordered and close and needed <= {p % 12 for p in (low, tenor, alto, soprano)}:
            found.append((low, tenor, alto, soprano))
    return found or [()]


def _chorale_movement(a: Voices, b: Voices) -> float:
    if not a or not b or a == b:
        return 0.3
    cost = movement(a, b) - 0.4 * abs(a[0] - b[0])  # the bass may leap
    return cost + 3.0 * (abs(a[3] - b[3]) > 4)
