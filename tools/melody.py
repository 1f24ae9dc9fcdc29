"""What a contour of pitch tells a musician: the notes, the range, how well in tune.

Of the sound itself only the loudness is heard here; the contour comes from `tools.pitch`.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools.annotations import Notes, Pitch
from tools.audio import Audio
from tools.pitch import FRAME_RATE, level_curve

Floats = NDArray[np.float64]
Span = tuple[int, int]
"""The frames of a note, the last one not among them."""

PART = "voice"
VERSION = "notes/1"

CHANGE_SECONDS = 0.12
"""What a change of note costs: a semitone off for so long. A swing of vibrato is shorter; the notes
of a run, two semitones apart, may be half as long."""

FARTHEST = 2.0
"""Semitones beyond which a frame is no farther off: an octave's slip is no twelve wrong notes."""

GRID = 0.1
"""Semitones between the pitches that a note can have while it is sought."""

BRIDGE_SECONDS = 0.03
"""A gap this short in the contour is no rest."""

SHORTEST_SECONDS = 0.07

DIP_SECONDS = 0.1
"""How far from a dip the moments are against which it is one: farther off is another syllable."""

DIP_DB, DIP_NATS = 5.0, 1.5
"""A dip so deep repeats a note: in decibels where the sound is known, in the contour's own sureness
(the log odds) where it is not."""

DECIBELS_A_NAT = 1.5
"""What sureness counts beside loudness: a consonant is seen in either."""

SUREST = 0.99
SETTLED = (0.25, 0.85)
"""Part of a note whose median is its pitch: neither the scoop at its start nor the fall at its end."""

IN_TUNE_CENTS = 20.0
LOWEST_PERCENTILE, HIGHEST_PERCENTILE = 2, 98

FENCES, NARROWEST = 3.0, 4.0
"""What is farther from the middle half of a melody than three times its width lies far out (Tukey
1977); a melody that hardly moves counts as so many semitones wide."""

LOUDEST_VELOCITY, VELOCITY_A_DB = 112, 2.0
"""The loudest note's velocity, and what a decibel less takes off: 40 dB are the range of MIDI."""


@dataclass(frozen=True)
class Range:
    """How low and high a voice goes, in MIDI numbers with fractions, and its middle."""

    low: float
    high: float
    median: float


@dataclass(frozen=True)
class Intonation:
    """How well in tune notes are.

    Parameters
    ----------
    tuning_cents : how far the whole is above A4 = 440 Hz, in [-50, 50)
    spread_cents : how far the notes are from the semitones of that tuning, the median
    in_tune : share of the notes that are within `IN_TUNE_CENTS`
    deviations : cents of each note above its semitone in that tuning
    """

    tuning_cents: float
    spread_cents: float
    in_tune: float
    deviations: tuple[float, ...]


def pitch_notes(pitch: Pitch, audio: Audio | None = None, *, bends: bool = False) -> Notes:
    """Return the notes that were sung or played.

    The contour is cut into pieces of constant pitch such that how far the frames are off and a price
    for each piece sum up to the least (dynamic programming; the price makes vibrato and glides part
    of a note); dips in loudness and sureness cut repeated notes apart. Pitches are whole numbers:
    the nearest semitones in the singer's own tuning.

    Parameters
    ----------
    audio : what the pitch was heard in, from the same time 0; gives velocities, and shows repeated
        notes better than the contour alone
    bends : give the contour of each note too
    """
    midi = _midi(pitch)
    levels = None if audio is None else _at_times(level_curve(audio), pitch)
    spans = note_spans(midi, np.array(pitch.confidences, np.float64), levels)
    centres = note_centres(midi, spans)
    pitches = np.clip(np.round(centres - _tuning(centres, _lengths(spans))), 0, 127)
    first = pitch.times[0] if pitch.times else 0.0
    confidences = np.array(pitch.confidences)
    return Notes(
        intervals=tuple((first + a / FRAME_RATE, first + b / FRAME_RATE) for a, b in spans),
        pitches=tuple(pitches.tolist()),
        velocities=() if levels is None else _velocities(levels, spans),
        estimator=f"{pitch.estimator}+{VERSION}",
        parts=(PART,) * len(spans),
        confidences=tuple(round(float(confidences[a:b].mean()), 3) for a, b in spans),
        bends=_bends(midi, spans, pitches) if bends else (),
    )


def without_strays(pitch: Pitch) -> Pitch:
    """Return a contour unvoiced where it lies far out: what a separation left of other instruments.

    Tukey's outer fences (1977) tell what belongs to the melody; no singer leaps over them.
    """
    midi = _midi(pitch)
    if np.isnan(midi).all():
        return pitch
    inside = _within_fences(midi)
    kept = [hertz if near else 0.0 for hertz, near in zip(pitch.frequencies, inside, strict=True)]
    return replace(pitch, frequencies=tuple(kept))


def vocal_range(pitch: Pitch) -> Range:
    """Return between which pitches 96 % of the voiced time lie: a slip or a squeak does not count.

    What lies far out (see `without_strays`) is left out before.

    Raises
    ------
    ValueError
        If nothing is voiced.
    """
    midi = _midi(pitch)
    heard = midi[_within_fences(midi)]
    if not len(heard):
        raise ValueError("there is no range where nothing is voiced")
    marks = (LOWEST_PERCENTILE, HIGHEST_PERCENTILE, 50)
    return Range(*(round(float(np.percentile(heard, mark)), 2) for mark in marks))


def intonation(pitch: Pitch, notes: Notes) -> Intonation:
    """Return the tuning of the whole and how far each note is from it.

    Parameters
    ----------
    notes : what `pitch_notes` made of `pitch`; without any, the tuning is that of all frames
    """
    midi = _midi(pitch)
    first = pitch.times[0] if pitch.times else 0.0
    frames = np.round((np.array(notes.intervals).reshape(-1, 2) - first) * FRAME_RATE).astype(int)
    spans = [(max(0, int(a)), int(b)) for a, b in frames if b > 0 and a < len(midi)]
    if not spans:
        heard = midi[~np.isnan(midi)]
        return Intonation(100 * _tuning(heard, np.ones(len(heard))), 0.0, 1.0, ())
    centres = note_centres(midi, spans)
    tuning = _tuning(centres, _lengths(spans))
    off = 100 * (centres - tuning)
    off = (off + 50) % 100 - 50
    return Intonation(
        tuning_cents=round(100 * tuning, 2),
        spread_cents=round(float(np.median(np.abs(off))), 2),
        in_tune=round(float(np.mean(np.abs(off) <= IN_TUNE_CENTS)), 4),
        deviations=tuple(off.round(2).tolist()),
    )


def note_spans(midi: Floats, confidences: Floats, levels: Floats | None = None) -> list[Span]:
    """Return the first and last frame of each note.

    Parameters
    ----------
    midi : contour at `FRAME_RATE` in MIDI numbers, NaN where unvoiced, shape=(n,)
    confidences : how sure each frame is, shape=(n,)
    levels : decibels, shape=(n,); without them dips are sought in the confidences alone
    """
    sure = np.clip(confidences, 1 - SUREST, SUREST)
    salience, depth = np.log(sure / (1 - sure)), DIP_NATS
    if levels is not None:
        salience, depth = levels + DECIBELS_A_NAT * salience, DIP_DB
    shortest = round(SHORTEST_SECONDS * FRAME_RATE)
    spans = []
    for first, last in _stretches(~np.isnan(midi)).tolist():
        held = _held(midi[first:last])
        cuts = {0, len(held), *_pieces(held, CHANGE_SECONDS * FRAME_RATE, FARTHEST, GRID).tolist()}
        cuts.update(_dips(salience[first:last], depth).tolist())
        spans += [(first + a, first + b) for a, b in pairwise(sorted(cuts)) if b - a >= shortest]
    return spans


def note_centres(midi: Floats, spans: list[Span]) -> Floats:
    """Return the median pitch of the settled part of each note, in MIDI numbers."""
    begin, end = SETTLED
    centres = []
    for a, b in spans:
        part = midi[
            a + int(begin * (b - a)) : a + max(1 + int(begin * (b - a)), int(end * (b - a)))
        ]
        part = part if not np.isnan(part).all() else midi[a:b]
        centres.append(np.nanmedian(part))
    return np.array(centres, np.float64)


def _within_fences(midi: Floats) -> NDArray[np.bool_]:
    """Return which frames are voiced and not far out, shape=(n,)."""
    heard = midi[~np.isnan(midi)]
    if not len(heard):
        return np.zeros(len(midi), np.bool_)
    low, high = np.percentile(heard, (25, 75))
    reach = FENCES * max(high - low, NARROWEST)
    with np.errstate(invalid="ignore"):  # what is unvoiced compares as outside
        return np.asarray((midi >= low - reach) & (midi <= high + reach))


def _midi(pitch: Pitch) -> Floats:
    """Return the contour in MIDI numbers, NaN where unvoiced, shape=(n,)."""
    hertz = np.array(pitch.frequencies, np.float64)
    midi: Floats = np.where(hertz > 0, 69 + 12 * np.log2(np.maximum(hertz, 1) / 440), np.nan)
    return midi


def _at_times(levels: Floats, pitch: Pitch) -> Floats:
    frames = np.round(np.array(pitch.times) * FRAME_RATE).astype(int)
    found: Floats = levels[np.clip(frames, 0, len(levels) - 1)]
    return found


def _stretches(voiced: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the first and last frame of what is voiced without a rest, shape=(n, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    rests = starts[1:] - ends[:-1] > round(BRIDGE_SECONDS * FRAME_RATE)
    if len(starts):
        starts = starts[np.concatenate([[True], rests])]
        ends = ends[np.concatenate([rests, [True]])]
    return np.stack([starts, ends], axis=1)


def _held(midi: Floats) -> Floats:
    """Return the contour with its last value in the gaps; the first frame is voiced."""
    last = np.maximum.accumulate(np.where(np.isnan(midi), 0, np.arange(len(midi))))
    held: Floats = midi[last]
    return held


@njit(cache=True, nogil=True)
def _pieces(midi: Floats, price: float, farthest: float, grid: float) -> NDArray[np.int64]:
    """Return the frames where another note begins, the cheapest way to hold every frame."""
    lowest = midi.min() - grid / 2
    heights = int((midi.max() - lowest) / grid) + 2
    cost = np.zeros(heights)
    begins = np.zeros((len(midi), heights), np.bool_)
    cheapest = np.zeros(len(midi), np.int64)
    for t in range(len(midi)):
        cheapest[t] = cost.argmin()
        fresh = cost[cheapest[t]] + price
        for k in range(heights):
            if fresh < cost[k]:
                cost[k] = fresh
                begins[t, k] = True
            cost[k] += min(abs(midi[t] - lowest - k * grid), farthest)
    cuts = [0]
    height = cost.argmin()
    for t in range(len(midi) - 1, 0, -1):
        if begins[t, height]:
            cuts.append(t)
            height = cheapest[t]
    return np.array(cuts)


def _dips(curve: Floats, depth: float) -> NDArray[np.int64]:
    """Return the frames of local lows that are `depth` below a height on each side."""
    reach = round(DIP_SECONDS * FRAME_RATE)
    (lows,) = np.nonzero((curve[1:-1] < curve[:-2]) & (curve[1:-1] <= curve[2:]))
    padded = np.pad(curve, reach, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach)
    lows = lows + 1
    before, after = windows[lows].max(axis=1), windows[lows + reach + 1].max(axis=1)
    deep: NDArray[np.int64] = lows[np.minimum(before, after) - curve[lows] >= depth]
    return deep


def _lengths(spans: list[Span]) -> Floats:
    return np.array([b - a for a, b in spans], np.float64)


def _tuning(centres: Floats, weights: Floats) -> float:
    """Return how far pitches lie above the semitones, in [-0.5, 0.5): their mean on the circle."""
    turn = np.sum(weights * np.exp(2j * np.pi * centres))
    return float((np.angle(turn) / (2 * np.pi) + 0.5) % 1 - 0.5)


def velocity(decibels: float) -> int:
    """Return a MIDI velocity, by the level of a note above the loudest: 0 dB or less."""
    return int(np.clip(round(LOUDEST_VELOCITY + VELOCITY_A_DB * decibels), 1, 127))


def _velocities(levels: Floats, spans: list[Span]) -> tuple[int, ...]:
    peaks = [float(levels[a:b].max()) for a, b in spans]
    return tuple(velocity(peak - max(peaks)) for peak in peaks)


def _bends(midi: Floats, spans: list[Span], pitches: Floats) -> tuple[tuple[float, ...], ...]:
    contours = [_held(midi[a:b]) - pitch for (a, b), pitch in zip(spans, pitches, strict=True)]
    return tuple(tuple(np.nan_to_num(contour).round(3).tolist()) for contour in contours)
