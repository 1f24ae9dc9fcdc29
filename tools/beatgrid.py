"""The beat grid: seconds to beats and back, and the bars that the beats form; pure.

Conventions
-----------
* A place in the music is a float in beats; 0 is the first beat of the grid.
* A beat is a quarter note, in 6/8 a dotted one (an eighth where its bars hold six beats).
* Between two beats time runs evenly; before the first and after the last it goes on at the pace
  of the beats next to them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import median_filter

from tools.annotations import Beats, FloatArray, Tempo
from tools.conventions import assign, floats

USUAL_BPM = 120.0
"""The pace of a MIDI file that names none; used where no beat was heard."""

GAP = 1.6
"""An interval this many times its neighbours' holds beats that were not heard."""

AROUND = 9
"""Intervals that tell the usual one."""

EDGE = 4
"""Beats at either end that tell the pace beyond it."""

EARLY = 0.1
"""Part of a beat by which music may begin before the grid."""

COUNTS = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2}


@dataclass(frozen=True)
class Bar:
    """One bar: its first beat on the grid, how many beats it has, and its number.

    Bars are numbered from 1 at the first downbeat that was heard; what comes before is 0, -1 ...
    """

    first: int
    beats: int
    number: int


@dataclass(frozen=True)
class BeatGrid:
    """Beats without gaps, and where bars begin.

    Parameters
    ----------
    times : n floats >= 2, in seconds, strictly increasing
    starts : indices of the beats at which bars begin, in order; at least one
    usual : beats of a usual bar
    quarters : quarter notes a beat: 1, 1.5 in 6/8, 0.5 where its eighths are counted
    ahead : how many of `starts` lie before the first downbeat that was heard
    """

    times: tuple[float, ...]
    starts: tuple[int, ...]
    usual: int = 4
    quarters: float = 1.0
    ahead: int = 0

    def __post_init__(self) -> None:
        assign(self, times=floats(self.times), starts=tuple(int(s) for s in self.starts))

    def signature(self, beats: int | None = None) -> tuple[int, int]:
        """Return the time signature of a bar of so many beats, of a usual one without them."""
        count = self.usual if beats is None else beats
        return (count, 4) if self.quarters == 1.0 else (round(2 * count * self.quarters), 8)

    @property
    def bars(self) -> list[Bar]:
        """All bars; the first may be a pick-up, the last one may be cut short."""
        pickup = self.starts[0] > 0
        edges = [*([0] if pickup else []), *self.starts, len(self.times)]
        first = 1 - self.ahead - pickup
        return [Bar(a, b - a, first + i) for i, (a, b) in enumerate(pairwise(edges))]

    def beats_at(self, seconds: Sequence[float] | FloatArray) -> FloatArray:
        """Return places in beats, shape=(n,), of times in seconds."""
        wanted, times = np.asarray(seconds, np.float64), np.array(self.times)
        before, after = self._paces
        places: FloatArray = np.interp(wanted, times, np.arange(times.size))
        places = np.where(wanted < times[0], (wanted - times[0]) / before, places)
        late = times.size - 1 + (wanted - times[-1]) / after
        return np.where(wanted > times[-1], late, places)

    def from_zero(self) -> "BeatGrid":
        """Return the grid with whole beats before it, spread evenly from 0 s to its first beat."""
        count = round(self.times[0] / self._paces[0])
        return self._led(np.linspace(0.0, self.times[0], count, endpoint=False))

    def covering(self, start: float, end: float) -> "BeatGrid":
        """Return the grid with beats added at its pace until it reaches from `start` to `end`.

        Its last beat begins before `end`, and ends there or after.
        """
        before, after = self._paces
        count = max(0, math.ceil((self.times[0] - start) / before - EARLY))
        head = self.times[0] - before * np.arange(count, 0, -1, dtype=np.float64)
        grid = self._led(head)
        more = max(0, math.ceil((end - self.times[-1]) / after - 0.25) - 1)
        times = (*grid.times, *(grid.times[-1] + after * np.arange(1, more + 1)))
        starts = (*grid.starts, *range(grid.starts[-1] + self.usual, len(times), self.usual))
        return replace(grid, times=times, starts=starts)

    def _led(self, head: FloatArray) -> "BeatGrid":
        """Return the grid with beats in front; bars are counted back from the first downbeat."""
        first = self.starts[0] + head.size
        new = _counted_back(first, self.usual)
        starts = (*new, *(s + head.size for s in self.starts))
        times = (*head, *self.times)
        return replace(self, times=times, starts=starts, ahead=self.ahead + len(new))

    @property
    def _paces(self) -> tuple[float, float]:
        """Seconds a beat before the first beat and after the last."""
        steps = np.diff(self.times)
        return float(np.median(steps[:EDGE])), float(np.median(steps[-EDGE:]))


def beat_grid(beats: "Beats | BeatGrid | None", tempo: Tempo | None = None) -> BeatGrid:
    """Return the grid of the beats that were heard; without two of them, an even one from 0 s.

    Beats missing from a pause are filled in, and bars as long as two usual ones or longer are cut
    into usual ones. Where no downbeat is known the first beat is taken for one.

    Parameters
    ----------
    beats : as estimated, or None; what is a grid already is returned as it is
    tempo : the pace of the even grid; 120 BPM without it
    """
    if isinstance(beats, BeatGrid):
        return beats
    if beats is None or len(beats.times) < 2:
        step = 60.0 / (tempo.bpm if tempo else USUAL_BPM)
        start = beats.times[0] if beats and beats.times else 0.0
        return BeatGrid((start, start + step), (0,))
    times, downs = _filled(beats)
    usual, quarters = _usual(beats, downs)
    starts = _evened([*(downs or [0]), len(times)], usual)[:-1]
    ahead = _counted_back(starts[0], usual)
    return BeatGrid(tuple(times), (*ahead, *starts), usual, quarters, len(ahead))


def _filled(beats: Beats) -> tuple[list[float], list[int]]:
    """Return the times with missing beats put in, and the indices of downbeats among them."""
    heard = np.array(beats.times)
    steps = np.diff(heard)
    usual = median_filter(steps, AROUND, mode="mirror")
    counts = np.where(steps > GAP * usual, np.round(steps / usual), 1).astype(int)
    places = np.concatenate([[0], np.cumsum(counts)])
    times = np.interp(np.arange(places[-1] + 1), places, heard)
    downs = [int(at) for at, p in zip(places, beats.positions, strict=True) if p == 1]
    return times.tolist(), downs


def _usual(beats: Beats, downs: Sequence[int]) -> tuple[int, float]:
    """Return how many beats a usual bar has, and how many quarters a beat."""
    if beats.meter == "6/8" and max(beats.positions) > 3:
        return 6, 0.5
    if beats.meter is not None:
        return COUNTS[beats.meter], 1.5 if beats.meter == "6/8" else 1.0
    lengths = Counter(b - a for a, b in pairwise(downs))
    usual = lengths.most_common(1)[0][0] if lengths else 4
    return (usual if 2 <= usual <= 7 else 4), 1.0


def _counted_back(downbeat: int, usual: int) -> range:
    """Return where whole bars begin between beat 0 and a downbeat."""
    return range(downbeat % usual, downbeat, usual)


def _evened(edges: Sequence[int], usual: int) -> list[int]:
    """Return bar edges, bars of two usual ones and more cut; what is over stays with the last."""
    cut: list[int] = []
    for i, (a, b) in enumerate(pairwise(edges)):
        whole = (b - a) // usual
        last = i == len(edges) - 2  # the end of the music may cut a bar short
        cut += range(a, b, usual) if last else (a + k * usual for k in range(max(1, whole)))
    return [*cut, edges[-1]]
