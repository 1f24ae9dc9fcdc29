"""Notes out of the posteriors of a network: where each begins, how long it lasts, and which to drop.

As published for Basic Pitch (Bittner et al. 2022): a peak of the onset posterior begins a note, which
lasts as long as the note posterior of its pitch holds. Four rules were added, each against a mistake
that was measured on many instruments: a note that sounds already begins again only at a sure onset,
a faint onset counts where others begin with it, an overtone fainter than the note that it belongs to
is no note, and onsets count from before their peak. What sounds without ever having begun is a note
only where nothing else sounds: of all notes grown from the middle, as published, more were wrong than
right. This file knows frames, no network.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ONSET = 0.5
FRAME = 0.3
TOLERANCE = 11
"""As published: the posterior that begins a note, the one that holds it, the frames it may dip for."""

AGAIN = 0.75
SOUNDED = 4
"""A note that sounded for so many frames begins again only at this posterior or above."""

TOGETHER = 0.35
OTHERS = 3
APART = 2
"""The posterior that begins a note where so many others begin, not more than `APART` frames off."""

SHORTEST = 8
SHORTEST_GROWN = 11
"""Frames (93 and 128 ms) that a note must last that was begun, and one without a beginning."""

ACCOMPANIED = 0.5
"""A note without a beginning is none where others sound for more than this share of it."""

GHOST = 0.65
OVERTONES = np.array([12, 19, 24, 28, 31, 36])
"""Semitones from a note to its overtones 2 to 6 and 8; one fainter than this share of it is none."""

LEAD = 1.5
"""Frames by which an onset comes before its posterior peaks."""

FAINTEST, LOUDEST = 20, 120
"""Velocities of notes that the network hears at `FRAME` and at one."""

WIDEST_BEND = 1.0
"""Semitones to either side of a note in which its contour is looked for."""


@dataclass(frozen=True, eq=False)
class FoundNotes:
    """Notes in order of onset; times in frames, keys counted from the lowest column.

    Parameters
    ----------
    onsets, offsets : shape=(n,), frames, the former in fractions
    keys : shape=(n,)
    heights : shape=(n,), mean note posterior while it sounds
    """

    onsets: Floats
    offsets: Floats
    keys: Ints
    heights: Floats

    @property
    def velocities(self) -> Ints:
        """MIDI velocities by how surely each note is heard, shape=(n,)."""
        share = np.clip((self.heights - FRAME) / (1 - FRAME), 0, 1)
        return np.round(FAINTEST + (LOUDEST - FAINTEST) * share).astype(np.int64)


def create_notes(notes: Array, onsets: Array) -> FoundNotes:
    """Return the notes in posteriors of notes and onsets, both of shape (frames, keys).

    References
    ----------
    R. Bittner et al., "A lightweight instrument-agnostic model for polyphonic note transcription and
    multipitch estimation", ICASSP 2022; J. Salamon and E. Gómez, "Melody extraction from polyphonic
    music signals using pitch contour characteristics", TASLP 2012 (growing notes from their middle).
    """
    frames, keys = _peaks(notes, onsets)
    spans = _tracked(notes, frames, keys)
    spans = spans[np.lexsort((spans[:, 2], spans[:, 0]))]
    starts, ends, pitches = spans.T
    heights = _heights(notes, spans)
    kept = ~_ghosts(len(notes), notes.shape[1], spans, heights)
    return FoundNotes(
        np.maximum(starts[kept] - LEAD, 0.0),
        ends[kept].astype(np.float64),
        pitches[kept],
        heights[kept],
    )


def follow_bends(found: FoundNotes, contours: Array) -> tuple[tuple[float, ...], ...]:
    """Return how far each note is off its key over time, in semitones; empty for a steady one.

    Parameters
    ----------
    contours : pitch posterior in equal parts of a semitone, shape=(frames, parts * keys), the first
        of them the middle of the lowest key
    """
    parts = 3
    reach = round(WIDEST_BEND * parts)
    return tuple(
        _bend(contours, int(np.ceil(start)), int(end), parts * int(key), reach, parts)
        for start, end, key in zip(found.onsets, found.offsets, found.keys, strict=True)
    )


def _bend(
    contours: Array, start: int, end: int, middle: int, reach: int, parts: int
) -> tuple[float, ...]:
    """Return the mean of the contour round its peak, frame by frame; () where it keeps to the key."""
    low, high = max(0, middle - reach), min(contours.shape[1], middle + reach + 1)
    part = contours[start:end, low:high].astype(np.float64)
    if not part.size or part.max() <= 0:
        return ()
    away = np.abs(np.arange(high - low)[None, :] - part.argmax(axis=1)[:, None])
    weights = np.where(away <= 1, part, 0) + 1e-9
    bins = weights @ np.arange(low, high) / weights.sum(axis=1)
    bend = (bins - middle) / parts
    if np.abs(bend).max() < 0.5 / parts:
        return ()
    return tuple(float(b) for b in bend.round(3))


def _peaks(notes: Array, onsets: Array) -> tuple[Ints, Ints]:
    """Return frames and keys of the onsets that begin notes, the last first."""
    rising = np.zeros(onsets.shape, bool)
    inner = onsets[1:-1]
    rising[1:-1] = (inner > onsets[:-2]) & (inner >= onsets[2:]) & (inner >= TOGETHER)
    if len(onsets) > 1:
        rising[0] = (onsets[0] >= onsets[1]) & (onsets[0] >= TOGETHER)  # cut on its first note
    frames, keys = np.nonzero(rising)
    heights = onsets[frames, keys]
    before = np.maximum(frames[:, None] - np.arange(1, SOUNDED + 1), 0)
    sounds = (notes[before, keys[:, None]] >= FRAME).all(axis=1) & (frames > 0)
    fresh = np.where(_others(frames, heights, len(onsets)) >= OTHERS, TOGETHER, ONSET)
    begins = heights >= np.where(sounds, AGAIN, fresh)
    return frames[begins][::-1], keys[begins][::-1]


def _others(frames: Ints, heights: Array, count: int) -> Ints:
    """Return how many other onsets of `ONSET` or more each onset has beside it in time."""
    strong = heights >= ONSET
    upto = np.zeros(count + 1, np.int64)
    upto[1:] = np.bincount(frames[strong], minlength=count).cumsum()
    low = np.maximum(frames - APART, 0)
    high = np.minimum(frames + APART + 1, count)
    others: Ints = upto[high] - upto[low] - strong
    return others


def _tracked(notes: Array, frames: Ints, keys: Ints) -> Ints:
    """Return start, end and key of each note, shape=(n, 3), in no order."""
    left = notes.copy()
    begun = _follow(left, frames, keys, FRAME, TOLERANCE, SHORTEST)
    loud = np.nonzero(left > FRAME)
    order = np.argsort(-left[loud], kind="stable")
    grown = _grow(left, loud[0][order], loud[1][order], FRAME, TOLERANCE, SHORTEST_GROWN)
    steps = np.zeros(len(notes) + 1, np.int64)
    np.add.at(steps, begun[:, 0], 1)
    np.add.at(steps, begun[:, 1], -1)
    busy = np.zeros(len(notes) + 1, np.int64)  # frames so far in which a begun note sounds
    busy[1:] = (steps.cumsum()[:-1] > 0).cumsum()
    starts, ends = grown[:, 0], grown[:, 1]
    alone = busy[ends] - busy[starts] <= ACCOMPANIED * (ends - starts)
    return np.concatenate([begun, grown[alone]])


@njit(cache=True)
def _clear(left: Array, start: int, end: int, key: int) -> None:
    """Take a note out of what is left, and what leaks from it into the keys beside it."""
    left[start:end, max(0, key - 1) : min(left.shape[1], key + 2)] = 0


@njit(cache=True)
def _holds_until(left: Array, start: int, key: int, step: int, least: float, dip: int) -> int:
    """Return the last frame from `start`, going by `step`, before the key stays below `least`."""
    last, frame, below = start, start + step, 0
    while 0 <= frame < left.shape[0] and below < dip:
        if left[frame, key] < least:
            below += 1
        else:
            below = 0
            last = frame
        frame += step
    return last


@njit(cache=True)
def _follow(left: Array, frames: Ints, keys: Ints, least: float, dip: int, shortest: int) -> Any:
    """Follow each onset forwards; the later ones come first, so that a note ends at the next."""
    spans = np.empty((len(frames), 3), np.int64)
    count = 0
    for k in range(len(frames)):
        start, key = frames[k], keys[k]
        end = _holds_until(left, start, key, 1, least, dip) + 1
        if end - start > shortest:
            _clear(left, start, end, key)
            spans[count] = (start, end, key)
            count += 1
    return spans[:count]


@njit(cache=True)
def _grow(left: Array, frames: Ints, keys: Ints, least: float, dip: int, shortest: int) -> Any:
    """Grow notes from the loudest frames that are left, forwards and backwards."""
    spans = np.empty((left.size // (shortest + 1) + 1, 3), np.int64)
    count = 0
    for k in range(len(frames)):
        middle, key = frames[k], keys[k]
        if left[middle, key] <= least:
            continue
        end = _holds_until(left, middle, key, 1, least, dip) + 1
        start = _holds_until(left, middle, key, -1, least, dip)
        _clear(left, start, end, key)
        if end - start > shortest:
            spans[count] = (start, end, key)
            count += 1
    return spans[:count].copy()


def _heights(notes: Array, spans: Ints) -> Floats:
    return np.array([notes[a:b, k].mean(dtype=np.float64) for a, b, k in spans], np.float64)


@njit(cache=True)
def _ghosts_of(
    frames: int, keys: int, spans: Ints, heights: Floats, overtones: Ints, share: float, later: int
) -> Any:
    level = np.zeros((frames, keys), np.float32)
    for i in range(len(spans)):
        level[spans[i, 0] : spans[i, 1], spans[i, 2]] = heights[i]
    ghosts = np.zeros(len(spans), np.bool_)
    for i in range(len(spans)):
        frame = min(spans[i, 0] + later, frames - 1)
        for overtone in overtones:
            key = spans[i, 2] - overtone
            if key >= 0 and level[frame, key] * share > heights[i]:
                ghosts[i] = True
    return ghosts


def _ghosts(frames: int, keys: int, spans: Ints, heights: Floats) -> NDArray[np.bool_]:
    """Return which notes are faint overtones of a note that sounds when they have begun."""
    found: NDArray[np.bool_] = _ghosts_of(frames, keys, spans, heights, OVERTONES, GHOST, SHORTEST)
    return found
