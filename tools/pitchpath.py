"""The likeliest way through a plane of pitches, and its pitch between the bins.

Pitches are bins of 20 cents from C1 (CREPE's plane, which our pYIN shares).
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools.nets.crepe import BIN_CENTS, BINS, LOWEST_CENTS

Floats = NDArray[np.float64]
Plane = NDArray[np.float16]
"""Likelihoods of the pitches, frame by frame, shape=(n, 360), each in [0, 1]."""

REACH = 24
"""Bins that a path may move in one frame: 480 cents in 10 ms is more than any voice glides."""

STEADINESS = 3.0
"""Bins of movement that cost a factor e: an octave's slip is dearer than a few dull frames."""

FLOOR = 1e-3
"""Least likelihood: one silent frame must not forbid a pitch."""

AROUND = 4
"""Bins on each side of the path that share in the pitch between bins (Kim et al. 2018)."""

BLOCK = 3000
"""Frames whose logarithms are taken at once."""


def follow(plane: Plane, progress: Callable[[float], None]) -> tuple[Floats, Floats]:
    """Return the best path through a plane (Viterbi 1967).

    Parameters
    ----------
    progress : told the fraction done

    Returns
    -------
    cents above 10 Hz, and the likelihood on the path, each of shape (n,)
    """
    score = np.zeros(BINS, np.float32)
    back = np.empty((len(plane), BINS), np.int8)
    for first in range(0, len(plane), BLOCK):
        progress(first / len(plane))
        logs = np.log(plane[first : first + BLOCK].astype(np.float32) + np.float32(FLOOR))
        score = _advance(logs, score, back[first : first + BLOCK])
    path = _retrace(back, int(score.argmax()))
    progress(1.0)
    return _between(plane, path), plane[np.arange(len(plane)), path].astype(np.float64)


def hertz(cents: Floats) -> Floats:
    """Return the frequencies of cents above 10 Hz."""
    frequencies: Floats = 10.0 * 2.0 ** (cents / 1200.0)
    return frequencies


def _between(plane: Plane, path: NDArray[np.int64]) -> Floats:
    """Return cents: the mean of the bins around the path, weighted by their likelihood."""
    around = np.clip(path[:, None] + np.arange(-AROUND, AROUND + 1), 0, BINS - 1)
    weights = np.take_along_axis(plane, around, axis=1).astype(np.float64) + 1e-9
    mean = (weights * around).sum(axis=1) / weights.sum(axis=1)
    cents: Floats = LOWEST_CENTS + BIN_CENTS * mean
    return cents


@njit(cache=True, nogil=True)
def _advance(
    logs: NDArray[np.float32], score: NDArray[np.float32], back: NDArray[np.int8]
) -> NDArray[np.float32]:
    """Carry the best score of each bin over the frames of `logs`, noting where it came from."""
    bins = len(score)
    fare = np.float32(1.0 / STEADINESS)
    for t in range(len(logs)):
        new = np.empty_like(score)
        highest = score.max()
        for b in range(bins):
            best, step = score[b], 0
            for move in range(1, REACH + 1):
                cost = fare * np.float32(move)
                if highest - cost <= best:
                    break  # nothing farther off can win
                if b >= move and score[b - move] - cost > best:
                    best, step = score[b - move] - cost, -move
                if b + move < bins and score[b + move] - cost > best:
                    best, step = score[b + move] - cost, move
            new[b] = best + logs[t, b]
            back[t, b] = step
        score = new - new.max()
    return score


@njit(cache=True, nogil=True)
def _retrace(back: NDArray[np.int8], last: int) -> NDArray[np.int64]:
    path = np.empty(len(back), np.int64)
    b = last
    for t in range(len(back) - 1, -1, -1):
        path[t] = b
        b += back[t, b]
    return path
