"""The bar pointer: beats, bars, meter and tempo found together in beat and downbeat activations.

A hidden pointer moves through the bar; within a beat its speed is constant, at each beat it may
change. As nothing is random inside a beat, the decoder steps from beat to beat instead of from
state to state: the state space and the best path are those of the published model, at a fraction
of its work. The memory is one byte a frame, beat of the bar and tempo.

References
----------
F. Krebs, S. Böck and G. Widmer, "An efficient state-space model for joint tempo and meter
tracking", ISMIR 2015 (state space, tempo transitions).
S. Böck, F. Krebs and G. Widmer, "Joint beat and downbeat tracking with recurrent neural networks",
ISMIR 2016 (observations, choice of the meter).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOWEST_BPM = 55.0
HIGHEST_BPM = 215.0
TEMPI = 60
STEADINESS = 60.0
"""How dear a change of tempo is from one beat to the next: exp(-STEADINESS * |ratio - 1|).

The papers' 100 holds through pop; 60 follows soft classical playing as well and costs pop nothing.
"""

BEAT_SHARE = 16
"""The first 1/16 of a beat counts as the beat itself."""

FLOOR = 1e-5
"""Least probability of an observation: networks answer exact zeros."""

CUT = 16.0
"""Tempo changes less likely than exp(-CUT) are not looked at."""


@dataclass(frozen=True)
class BarPath:
    """The best path for one meter.

    Parameters
    ----------
    frames : frame in which each beat begins, shape=(n,), increasing
    positions : place of each beat in the bar from 1, shape=(n,)
    intervals : frames a beat lasts, shape=(n,)
    beats_per_bar : the meter
    log_likelihood : of the path with the observations
    """

    frames: Ints
    positions: Ints
    intervals: Ints
    beats_per_bar: int
    log_likelihood: float


@dataclass(frozen=True)
class BarPointer:
    """The model: which tempi there are and how readily they change.

    Parameters
    ----------
    frame_rate : activations a second
    lowest_bpm, highest_bpm : range of tempi
    tempi : how many tempi at the most, log-spaced
    steadiness : see `STEADINESS`; lower for music that breathes
    """

    frame_rate: float
    lowest_bpm: float = LOWEST_BPM
    highest_bpm: float = HIGHEST_BPM
    tempi: int = TEMPI
    steadiness: float = STEADINESS

    @property
    def intervals(self) -> Ints:
        """Beat lengths in frames, increasing, shape=(k,), k <= 255."""
        return beat_lengths(
            60 * self.frame_rate / self.highest_bpm,
            60 * self.frame_rate / self.lowest_bpm,
            min(self.tempi, 255),
        )

    def decode(self, activations: NDArray[np.floating], beats_per_bar: int) -> BarPath:
        """Return the most likely path for one meter.

        Parameters
        ----------
        activations : probabilities of a beat that is no downbeat and of a downbeat, shape=(n, 2)
        """
        intervals = self.intervals
        observed = observations(activations)
        start = -np.log(float(intervals.sum()) * beats_per_bar)
        beat, length, begin, score, pointers = _decode(
            np.concatenate([np.zeros((1, 3)), observed.cumsum(axis=0)]),
            intervals,
            np.ceil(intervals / BEAT_SHARE).astype(np.int64),
            tempo_changes(intervals, self.steadiness),
            beats_per_bar,
            start,
        )
        steps = _trace(pointers, intervals, beats_per_bar, beat, length, begin)
        return BarPath(steps[:, 0], steps[:, 1] + 1, intervals[steps[:, 2]], beats_per_bar, score)


def beat_lengths(shortest: float, longest: float, count: int) -> Ints:
    """Return whole beat lengths in frames between two, about log-spaced, at most `count`."""
    every = np.arange(round(shortest), round(longest) + 1)
    if count >= len(every):
        return every
    for tried in range(count, 20 * count):
        lengths = np.unique(np.round(np.geomspace(shortest, longest, tried))).astype(np.int64)
        if len(lengths) >= count:
            break
    return lengths


def observations(activations: NDArray[np.floating]) -> Floats:
    """Return log probabilities of a frame as no beat, beat and downbeat, shape=(n, 3)."""
    beat, downbeat = np.clip(activations.astype(np.float64), FLOOR, 1).T
    neither = np.clip(1 - activations.sum(axis=1, dtype=np.float64), FLOOR, 1) / (BEAT_SHARE - 1)
    logs: Floats = np.log(np.column_stack([neither, beat, downbeat]))
    return logs


def tempo_changes(intervals: Ints, steadiness: float) -> Floats:
    """Return log probabilities of going from one beat length to another, shape=(k, k)."""
    ratio = intervals[None, :] / intervals[:, None]
    cost = -steadiness * np.abs(ratio - 1)
    cost[cost < -CUT] = -np.inf
    changes: Floats = cost - np.log(np.exp(cost).sum(axis=1, keepdims=True))
    return changes


@njit(cache=True, nogil=True)
def _decode(sums, intervals, widths, change, beats, start):  # type: ignore[no-untyped-def]
    """Run forward; return the best last beat (place, length, begin), its score and the pointers.

    ``arrived[t, b, k]``: best log probability of all before frame t, when beat b of the bar begins
    there with length k. ``pointers[t, b, k]``: length of the beat before it.
    """
    n = len(sums) - 1
    count = len(intervals)
    longest = intervals[-1]
    ring = longest + 1
    arrived = np.full((ring, beats, count), start)
    pointers = np.zeros((n, beats, count), np.uint8)
    ended = np.empty(count)
    best = np.empty(count)
    origin = np.empty(count, np.int32)
    low = np.zeros(count, np.int64)
    high = np.zeros(count, np.int64)
    for k in range(count):
        reachable = np.nonzero(change[k] > -np.inf)[0]
        low[k], high[k] = reachable[0], reachable[-1] + 1
    for t in range(1, n):
        for b in range(beats):
            _end_beats(sums, intervals, widths, arrived, start, t, b, ended)
            best[:] = -np.inf
            origin[:] = 0
            for k in range(count):
                for j in range(low[k], high[k]):
                    score = ended[k] + change[k, j]
                    better = score > best[j]
                    best[j] = score if better else best[j]
                    origin[j] = k if better else origin[j]
            after = (b + 1) % beats
            for k in range(count):
                arrived[t % ring, after, k] = best[k]
                pointers[t, after, k] = origin[k]
    top = -np.inf
    beat, length, begin = 0, 0, 0
    for b in range(beats):
        for k in range(count):
            for s in range(n - intervals[k], n):
                score = start if s <= 0 else arrived[s % ring, b, k]
                score += _heard(sums, s, n, widths[k], b)
                if score > top:
                    top = score
                    beat, length, begin = b, k, s
    return beat, length, begin, top, pointers


@njit(cache=True, nogil=True)
def _end_beats(sums, intervals, widths, arrived, start, t, b, ended):  # type: ignore[no-untyped-def]
    """Fill `ended` with the scores of the beats of each length that end before frame t."""
    ring = len(arrived)
    for k in range(len(intervals)):
        s = t - intervals[k]
        score = start if s <= 0 else arrived[s % ring, b, k]
        ended[k] = score + _heard(sums, s, t, widths[k], b)


@njit(cache=True, nogil=True, inline="always")
def _heard(sums, begin, end, width, b):  # type: ignore[no-untyped-def]
    """Return the log probability of frames `begin` to `end` as beat b of the bar."""
    middle = min(begin + width, end)
    kind = 2 if b == 0 else 1
    first, middle = max(begin, 0), max(middle, 0)
    return sums[middle, kind] - sums[first, kind] + sums[end, 0] - sums[middle, 0]


@njit(cache=True, nogil=True)
def _trace(pointers, intervals, beats, beat, length, begin):  # type: ignore[no-untyped-def]
    """Return the beats (begin, place in the bar, length) that lead to the last, shape=(n, 3)."""
    steps = np.empty((len(pointers) // intervals[0] + 2, 3), np.int64)
    at = len(steps)
    while begin >= 0:
        at -= 1
        steps[at] = begin, beat, length
        if begin == 0:
            break
        length = pointers[begin, beat, length]
        beat = (beat - 1) % beats
        begin -= intervals[length]
    return steps[at:]
