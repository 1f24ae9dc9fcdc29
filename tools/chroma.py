"""Chroma: how strongly each pitch class sounds, over time.

Spectral peaks are taken for partials and each is counted at its exact frequency (E. Gómez, "Tonal
description of polyphonic audio for music content processing", INFORMS Journal on Computing 2006).
The tuning is measured first, so a recording 40 cents off is read like one at 440 Hz. Whitening the
spectrum and adding up harmonics, as in that paper, made keys worse here and are left out.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
FRAME_SIZE = 8192
"""0.37 s: semitones are apart from 100 Hz upward, and the bass mostly plays larger steps."""
HOP_LENGTH = 4410
FRAME_SECONDS = HOP_LENGTH / SAMPLE_RATE
BLOCK = 256
"""Frames computed at once: 51 s, some 10 MB."""

LOWEST_HZ = 55.0
HIGHEST_HZ = 2100.0
"""Above, there are more partials that are no octave of their note than notes."""
BASS_HZ = 262.0
"""Below middle C a note counts as bass."""
FINE = 10
BINS = 12 * FINE
"""Bins an octave before the tuning is known: 10 cents each."""
FLOOR = 1e-4
"""Magnitude of a peak, relative to the recording's level, under which it is noise."""
AROUND = 41
STANDS_OUT = 4.0
"""A peak is clear if it is this many times the geometric mean of the 41 bins (110 Hz) around it;
the peaks of noise reach 2 to 3 times."""


@dataclass(frozen=True, eq=False)
class Chroma:
    """Pitch classes over time, a frame each `FRAME_SECONDS`.

    Parameters
    ----------
    all, bass : magnitudes of everything and of the notes below `BASS_HZ`, shape=(frames, 12), C
        first; a silent frame is all zero
    tuning : semitones by which the recording lies above 440 Hz, in [-0.5, 0.5]
    pitchedness : share of the peaks' magnitude in peaks that stand out of the spectrum around them:
        under 0.01 for noise, clicks and most drums, over 0.05 for music
    """

    all: Array
    bass: Array
    tuning: float
    pitchedness: float


def compute_chroma(signal: Array) -> Chroma:
    """Return the chroma of a mono signal at `SAMPLE_RATE`, shape=(n,)."""
    count = -(-len(signal) // HOP_LENGTH)
    floor = FLOOR * level(signal)
    parts = [_fine_chroma(signal, k, min(k + BLOCK, count), floor) for k in range(0, count, BLOCK)]
    everything, bass, clear = (np.concatenate(part) for part in zip(*parts, strict=True))
    tuning = estimate_tuning(everything.sum(axis=0))
    pitchedness = float(clear.sum() / max(everything.sum(), 1e-9))
    return Chroma(_folded(everything, tuning), _folded(bass, tuning), tuning, pitchedness)


def level(signal: Array) -> float:
    """Return the root mean square of a signal, shape=(n,), without its constant offset."""
    mean = float(signal.mean(dtype=np.float64))
    power = float(np.dot(signal, signal)) / len(signal) - mean * mean
    return math.sqrt(max(power, 0.0))


def estimate_tuning(fine: Array) -> float:
    """Return the semitones by which a fine chroma, shape=(BINS,), lies above 440 Hz.

    The circular mean of the deviations from the nearest semitone (K. Dressler and S. Streich,
    "Tuning frequency estimation using circular statistics", ISMIR 2007).
    """
    cents = np.arange(BINS) / FINE
    angle = np.angle(np.sum(fine * np.exp(2j * np.pi * cents)))
    return float(angle / (2 * np.pi))


# ---- steps --------------------------------------------------------------------------------------


def _fine_chroma(signal: Array, start: int, stop: int, floor: float) -> tuple[Array, ...]:
    """Return a fine chroma of all peaks, of the bass and of the clear peaks of some frames."""
    first = start * HOP_LENGTH - FRAME_SIZE // 2
    last = (stop - 1) * HOP_LENGTH + FRAME_SIZE // 2
    part = signal[max(0, first) : max(0, last)]
    part = np.pad(part, (max(0, -first), last - max(0, first) - len(part)))
    frames = np.lib.stride_tricks.sliding_window_view(part, FRAME_SIZE)[::HOP_LENGTH]
    high = round(HIGHEST_HZ * FRAME_SIZE / SAMPLE_RATE) + AROUND
    magnitude = np.abs(scipy.fft.rfft(frames * _window(), axis=1)[:, :high])
    frame, hertz, strength, clear = _peaks(magnitude, floor)
    bins = np.round((12 * np.log2(hertz / 440.0) + 9) * FINE).astype(int) % BINS
    return tuple(
        np.bincount(frame * BINS + bins, strength * kept, (stop - start) * BINS)
        .reshape(-1, BINS)
        .astype(np.float32)
        for kept in (np.ones(len(hertz)), hertz < BASS_HZ, clear)
    )


@lru_cache
def _window() -> Array:
    """Return a Hann window in which a full-scale sine has magnitude 1, shape=(FRAME_SIZE,)."""
    window = np.hanning(FRAME_SIZE)
    return np.asarray(window * (2 / window.sum()), np.float32)


def _peaks(magnitude: Array, floor: float) -> tuple[NDArray[Any], ...]:
    """Return frame, hertz, magnitude and clearness of every peak of spectra, shape=(frames, bins).

    A parabola through the logarithms of a peak and its neighbours gives its exact place.
    """
    levels = np.log(magnitude + np.float32(1e-9))
    background = uniform_filter1d(levels, AROUND, axis=1)
    low, high = (round(hz * FRAME_SIZE / SAMPLE_RATE) for hz in (LOWEST_HZ, HIGHEST_HZ))
    left, inner, right = (levels[:, low + k : high + 1 + k] for k in (-1, 0, 1))
    frame, column = np.nonzero((inner > left) & (inner >= right) & (inner > np.log(floor + 2e-9)))
    before, peak, after = (side[frame, column] for side in (left, inner, right))
    bend = np.minimum(before - 2 * peak + after, -1e-6)
    shift = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    hertz = (column + low + shift) * (SAMPLE_RATE / FRAME_SIZE)
    clear = peak - background[frame, column + low] > np.log(STANDS_OUT)
    return frame, hertz, np.exp(peak), clear


def _folded(fine: Array, tuning: float) -> Array:
    """Return 12 pitch classes of 120 bins: each note counts within 0.5 semitones, by a cosine."""
    distance = np.arange(BINS)[:, None] / FINE - tuning - np.arange(12)[None]
    distance = (distance + 6) % 12 - 6
    weights = np.where(np.abs(distance) < 0.5, np.cos(np.pi * distance) ** 2, 0.0)
    return np.asarray(fine @ weights, np.float32)
