"""The best set of intervals that follow each other: Viterbi decoding of a semi-Markov model.

A semi-CRF scores intervals of frames instead of frames. A set of intervals is worth the sum of its
scores; intervals may touch in a frame but not overlap, and an interval may be a single frame, also
one in which others end and begin. What is between the intervals scores 0. This file knows no music.

References
----------
S. Sarawagi and W. W. Cohen, "Semi-Markov conditional random fields for information extraction",
NeurIPS 2004. Y. Yan, F. Cwitkowitz and Z. Duan, "Skipping the frame-level: event-based piano
transcription with neural semi-CRFs", NeurIPS 2021.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Onward:
    """For each frame of each track, how the best set of intervals goes on from there.

    Parameters
    ----------
    ends : shape=(tracks, frames), last frame of the interval that begins here; the frame itself
        where none does
    singles : shape=(tracks, frames), whether the frame is an interval by itself
    """

    ends: NDArray[np.int32]
    singles: NDArray[np.bool_]

    def intervals(self, track: int, start: int = 0) -> NDArray[np.int64]:
        """Return the best intervals from frame `start` on, shape=(n, 2): first and last frames."""
        found: NDArray[np.int64] = _follow(self.ends[track], self.singles[track], start)
        return found


def decode(scores: Scores) -> Onward:
    """Return how the best sets of intervals go on, whatever frame they start from.

    Parameters
    ----------
    scores : shape=(tracks, frames, frames), ``[track, begin, end]``; only ``begin <= end`` is read
    """
    return Onward(*_decode(np.ascontiguousarray(scores, np.float32)))


def together(parts: Sequence[Onward]) -> Onward:
    """Return the tracks of all parts as one."""
    return Onward(
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.singles for part in parts]),
    )


@njit(cache=True, nogil=True)
def _decode(scores):  # type: ignore[no-untyped-def]
    tracks, frames, _ = scores.shape
    ends = np.empty((tracks, frames), np.int32)
    singles = np.empty((tracks, frames), np.bool_)
    worth = np.empty(frames, np.float32)  # of all from a frame on
    for track in range(tracks):
        for begin in range(frames - 1, -1, -1):
            best, chosen = np.float32(0.0), begin
            if begin < frames - 1:
                best = worth[begin + 1]
                for end in range(begin + 1, frames):
                    value = worth[end] + scores[track, begin, end]
                    if value > best:
                        best, chosen = value, end
            single = scores[track, begin, begin]
            ends[track, begin] = chosen
            singles[track, begin] = single > 0
            worth[begin] = best + max(single, np.float32(0.0))
    return ends, singles


@njit(cache=True, nogil=True)
def _follow(ends, singles, start):  # type: ignore[no-untyped-def]
    frames = len(ends)
    found = np.empty((2 * frames, 2), np.int64)
    count, at = 0, start
    while at < frames:
        if singles[at]:
            found[count, 0], found[count, 1] = at, at
            count += 1
        if ends[at] > at:
            found[count, 0], found[count, 1] = at, ends[at]
            count += 1
            at = ends[at]
        else:
            at += 1
    return found[:count]
