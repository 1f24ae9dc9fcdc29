"""Notes on the beat grid: what was played, as it would be written; pure.

Conventions
-----------
* Written time is counted in ticks, `QUARTER` of them a quarter note, from the first beat of a grid.
* Onsets go to the subdivision of their beat that fits them best: the beat alone, halves, quarters
  or thirds (in 6/8 thirds and sixths). The finer of two that fit alike costs more, as in Temperley
  (2007), "Music and Probability", chapter 3: fit against simplicity.
* Music that swings is written in straight eighths, and says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.annotations import FloatArray, Notes
from tools.beatgrid import BeatGrid

QUARTER = 12

TOGETHER, WIDEST = 0.08, 0.14
"""Beats within which onsets are one chord: from one to the next, and from first to last."""

EARLY = 0.1
"""Part of a beat by which a note may come early and still be of the next one."""

BLUR = 0.07
"""Standard deviation of played onsets about written ones, in beats."""

Grid = tuple[float, tuple[float, ...]]
SIMPLE: tuple[Grid, ...] = (
    (0.0, (0, 1)),
    (1.0, (0, 1 / 2, 1)),
    (2.5, (0, 1 / 4, 1 / 2, 3 / 4, 1)),
    (3.5, (0, 1 / 3, 2 / 3, 1)),
)
COMPOUND: tuple[Grid, ...] = (
    (0.0, (0, 1)),
    (1.0, (0, 1 / 3, 2 / 3, 1)),
    (3.5, (0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6, 1)),
)
HALF: tuple[Grid, ...] = ((0.0, (0, 1)), (1.5, (0, 1 / 2, 1)))
"""Cost and places of the subdivisions of a quarter, of a dotted quarter, and of an eighth."""

SWING = (0.57, 0.75)
"""Where within the beat the second of two swung eighths lies."""

LEAST_SWUNG, SWUNG_SHARE = 8, 0.6
"""Notes between beats that it takes to speak of swing, and the share that must lie there."""

LEGATO = 0.4
"""A note that fills this much of the time to the next one in a quick line is written to fill it."""


FILLED = 0.6
"""One that fills more than this is written so at any pace, unless a beat and more would be left."""


@dataclass(frozen=True)
class Written:
    """Notes struck together: `start` and `end` in ticks, `pitches` from low to high."""

    start: int
    end: int
    pitches: tuple[int, ...]


def quantise(notes: Notes, grid: BeatGrid, swing: float | None = None) -> list[Written]:
    """Return the notes as they would be written, in order; those alike in both ends are a chord.

    Parameters
    ----------
    notes : of one part
    grid : beats from before the first onset
    swing : where the second eighth lies, from `swing_of`; None for straight music
    """
    if not notes.pitches:
        return []
    ends = np.array(notes.intervals)
    starts, stops = _unswung(grid.beats_at(ends[:, 0]), swing), grid.beats_at(ends[:, 1])
    struck = _together(starts)
    chosen = _subdivisions(struck, _grids(grid))
    onsets = _snapped(struck, chosen, grid)
    offsets = _snapped(_unswung(stops, swing), chosen, grid)
    rows: dict[tuple[int, int], set[int]] = {}
    for onset, offset, pitch in zip(onsets.tolist(), offsets.tolist(), notes.pitches, strict=True):
        shortest = _step(onset, chosen, grid)
        rows.setdefault((onset, max(offset, onset + shortest)), set()).add(round(pitch))
    return [Written(a, b, tuple(sorted(p))) for (a, b), p in sorted(rows.items())]


def swing_of(notes: Notes, grid: BeatGrid) -> float | None:
    """Return where in the beat the second eighth lies where the music swings, else None."""
    if grid.quarters != 1.0 or not notes.pitches:
        return None
    places = grid.beats_at([start for start, _ in notes.intervals])
    within = np.mod(_together(places), 1.0)
    between = within[(within > 0.15) & (within < 0.85)]
    swung = between[(between > SWING[0]) & (between < SWING[1])]
    if swung.size < LEAST_SWUNG or swung.size < SWUNG_SHARE * between.size:
        return None
    return float(np.median(swung))


def ticks_a_beat(grid: BeatGrid) -> int:
    """Return the ticks of a beat."""
    return round(QUARTER * grid.quarters)


def tidied(line: Sequence[Written], beat: int) -> list[Written]:
    """Return one voice with lengths as people write them: no overlaps, no crumbs of rests.

    Parameters
    ----------
    line : in order of start, no two at one time
    beat : ticks
    """
    told = []
    following = [*(w.start for w in line[1:]), None]
    for written, after in zip(line, following, strict=True):
        end = _tidy_end(written, after, beat)
        told.append(Written(written.start, end, written.pitches))
    return told


# ---- inside -------------------------------------------------------------------------------------


def _grids(grid: BeatGrid) -> tuple[Grid, ...]:
    return {1.0: SIMPLE, 1.5: COMPOUND}.get(grid.quarters, HALF)


def _unswung(places: FloatArray, swing: float | None) -> FloatArray:
    """Return places with the swung eighth moved to the middle of its beat."""
    if swing is None:
        return places
    beat, within = np.floor(places), np.mod(places, 1.0)
    straight: FloatArray = beat + np.interp(within, [0.0, swing, 1.0], [0.0, 0.5, 1.0])
    return straight


def _together(places: FloatArray) -> FloatArray:
    """Return for each onset the mean of those that are struck with it."""
    order = np.argsort(places, kind="stable")
    means = np.empty_like(places)
    first = 0
    ordered = places[order].tolist()
    for i in range(1, len(ordered) + 1):
        if (
            i == len(ordered)
            or ordered[i] - ordered[i - 1] > TOGETHER
            or ordered[i] - ordered[first] > WIDEST
        ):
            means[order[first:i]] = sum(ordered[first:i]) / (i - first)
            first = i
    return means


def _subdivisions(struck: FloatArray, grids: Sequence[Grid]) -> dict[int, tuple[float, ...]]:
    """Return for each beat in which something is struck the places of its subdivision."""
    distinct = np.unique(struck)
    beats = np.floor(distinct + EARLY).astype(int)
    first = int(beats.min())
    within = distinct - beats
    costs = np.empty((len(grids), int(beats.max()) - first + 1))
    for row, (cost, places) in enumerate(grids):
        miss = np.abs(within[:, None] - np.array(places)).min(axis=1) / BLUR
        costs[row] = cost + np.bincount(beats - first, miss**2, costs.shape[1])
    best = costs.argmin(axis=0).tolist()
    return {beat: grids[best[beat - first]][1] for beat in np.unique(beats).tolist()}


def _snapped(
    places: FloatArray, chosen: dict[int, tuple[float, ...]], grid: BeatGrid
) -> NDArray[np.int64]:
    """Return places in ticks, each on the subdivision of its beat; halves where none was chosen."""
    usual = _grids(grid)[1][1]
    beats = np.floor(places + EARLY).astype(int)
    size = ticks_a_beat(grid)
    snapped = []
    for beat, place in zip(beats.tolist(), places.tolist(), strict=True):
        slots = chosen.get(beat, usual)
        near = min(slots, key=lambda slot: abs(place - beat - slot))
        snapped.append(beat * size + round(near * size))
    return np.array(snapped, np.int64)


def _step(tick: int, chosen: dict[int, tuple[float, ...]], grid: BeatGrid) -> int:
    """Return the ticks of the finest note in the beat of a tick."""
    size = ticks_a_beat(grid)
    return round(size * chosen.get(tick // size, (0, 1))[1])


def _tidy_end(written: Written, after: int | None, beat: int) -> int:
    start, end = written.start, written.end
    boundary = -(-end // beat) * beat  # the first beat that is not before the end
    if after is None:
        return boundary
    room = after - start
    if end >= after:
        return after
    quick = room <= beat and (end - start) >= LEGATO * room
    if quick or room <= beat // 2:
        return after
    if end - start > FILLED * room and after - end <= beat:
        return after
    if boundary <= after and boundary - end <= beat // 2:
        return boundary
    return end


# ---- writing lengths ----------------------------------------------------------------------------

PLAIN = (96, 72, 48, 36, 24, 18, 12, 9, 6, 3)
"""Lengths that are one note, with a dot or without."""


def pieces(start: int, end: int, beat: int, bar: int, rest: bool) -> Iterator[tuple[int, int]]:
    """Yield the parts, from and to, in which a length within a bar is written.

    Parameters
    ----------
    start, end : ticks from the beginning of the bar
    beat : ticks of a beat as it is written: 12, or 18 in 6/8
    bar : ticks of the bar
    rest : rests show every beat; notes may tie over it where that reads well
    """
    while start < end:
        length = _piece(start, end, beat, bar, rest)
        yield start, start + length
        start += length


def _piece(start: int, end: int, beat: int, bar: int, rest: bool) -> int:
    within, length = start % beat, end - start
    if within:
        here = min(length, beat - within)
        middle = bar // 2 if bar % (2 * beat) == 0 else 0
        crosses = middle and start < middle < end
        if not rest and length == beat == QUARTER and within == 6 and not crosses:
            return length  # a quarter between two beats: syncopation
        if here % 3:
            return here  # a triplet
        return next(p for p in PLAIN if p <= here and (not rest or (start + p) % p == 0 or p == 3))
    if length % 3 and length > beat:
        length -= length % beat
    if length % 3:
        return length
    whole = [p for p in PLAIN if p <= length]
    if beat == 18:
        whole = [p for p in whole if p % 18 == 0 or p <= 12]
    if rest:
        whole = [p for p in whole if start % p == 0 or p <= beat]
        whole = [p for p in whole if p <= beat // 2 or p % beat == 0 or beat == 18]
    if bar % (2 * beat) == 0 and start and start < bar // 2 < end:
        whole = [p for p in whole if start + p <= bar // 2 or p == 2 * beat] or whole
    return whole[0]
