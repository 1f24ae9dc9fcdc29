"""pYIN: how likely each pitch is by how well the sound repeats; signal processing alone.

Source: M. Mauch and S. Dixon, "pYIN: a fundamental frequency estimator using probabilistic
threshold distributions", ICASSP 2014, over A. de Cheveigné and H. Kawahara, "YIN, a fundamental
frequency estimator for speech and music", JASA 2002. The likelihoods go onto the plane of
`tools.pitchpath`, which takes the place of the paper's hidden Markov model.
"""

from functools import cache

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from tools.nets.crepe import BIN_CENTS, BINS, LOWEST_CENTS
from tools.pitchpath import Plane

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

SAMPLE_RATE = 16_000
WINDOW = 1024
LONGEST, SHORTEST = 480, 7
"""Periods in samples: 33 Hz to 2.3 kHz."""

SIZE = 2048
"""Of the transform: a window and the longest period fit."""

LEAD = (WINDOW + LONGEST // 3) // 2
"""Samples from the first one looked at to the middle of what is compared, for a usual period."""

BETA = (2, 18)
"""Prior of the threshold below which a dip is a period: mean 0.1, the authors' middle choice."""

FALLBACK = 0.01
"""Share of the prior that the deepest dip gets when it is above the threshold."""

SPREAD = 1.25
"""Bins over which a period's likelihood is spread: 25 cents, as in CREPE's targets."""

BLOCK = 500


def pyin_plane(signal: Array, hop: int, first: int, last: int) -> Plane:
    """Return the likelihood of each pitch in frames `first` to `last`, shape=(n, 360).

    Parameters
    ----------
    signal : mono at 16 kHz, shape=(m,)
    hop : samples from frame to frame; frame k is centred on sample ``k * hop``
    """
    plane = np.empty((last - first, BINS), np.float16)
    for start in range(first, last, BLOCK):
        end = min(start + BLOCK, last)
        dips = _difference(_frames(signal, hop, start, end))
        plane[start - first : end - first] = _likelihoods(dips, _prior())
    return plane


def _frames(signal: Array, hop: int, first: int, last: int) -> Array:
    """Return the samples that frames `first` to `last` compare, shape=(n, WINDOW + LONGEST)."""
    low = first * hop - LEAD
    high = (last - 1) * hop - LEAD + WINDOW + LONGEST
    part = signal[max(0, low) : max(0, high)]
    padded = np.pad(part, (max(0, -low), high - max(0, low) - len(part)))
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW + LONGEST)[::hop]


def _difference(frames: Array) -> Floats:
    """Return YIN's normalised difference at each lag, shape=(n, LONGEST + 1); near 0 at a period."""
    x = frames.astype(np.float64)
    energy = np.pad(np.cumsum(x**2, axis=1), ((0, 0), (1, 0)))
    lags = np.arange(LONGEST + 1)
    later = energy[:, lags + WINDOW] - energy[:, lags]
    spectrum = scipy.fft.rfft(x, SIZE)
    head = scipy.fft.rfft(x[:, :WINDOW], SIZE)
    alike = scipy.fft.irfft(spectrum * head.conj(), SIZE)[:, : LONGEST + 1]
    raw = np.maximum(later[:, :1] + later - 2 * alike, 0)
    raw[:, 0] = 0
    mean = np.cumsum(raw, axis=1)[:, 1:] / lags[1:]
    ones = np.ones((len(x), 1))
    heard = mean > 1e-12
    return np.hstack([ones, np.where(heard, raw[:, 1:] / np.where(heard, mean, 1), 1.0)])


@cache
def _prior() -> Floats:
    """Return the chance that the threshold is below k / 1000, shape=(1001,)."""
    a, b = BETA
    x = (np.arange(1000) + 0.5) / 1000
    density = x ** (a - 1) * (1 - x) ** (b - 1)
    chance: Floats = np.concatenate([[0.0], np.cumsum(density) / density.sum()])
    return chance


@njit(cache=True, nogil=True)
def _likelihoods(dips: Floats, prior: Floats) -> Array:
    """Return the plane: each dip weighs as many thresholds as it is the first to pass below."""
    plane = np.zeros((len(dips), BINS), np.float32)
    for t in range(len(dips)):
        row = dips[t]
        lowest, deepest = 1.0, -1.0
        for lag in range(SHORTEST, LONGEST):
            if row[lag] < lowest and row[lag] < row[lag - 1] and row[lag] <= row[lag + 1]:
                weight = prior[int(1000 * lowest)] - prior[int(1000 * row[lag])]
                deepest = _period(row, lag)
                _add(plane[t], deepest, weight)
                lowest = row[lag]
        if deepest > 0:
            _add(plane[t], deepest, FALLBACK * prior[int(1000 * lowest)])
    return np.minimum(plane, np.float32(1.0))


@njit(cache=True, nogil=True)
def _period(row: Floats, lag: int) -> float:
    """Return the lag of the parabola's lowest point through three neighbours."""
    bend = row[lag - 1] - 2 * row[lag] + row[lag + 1]
    return lag + 0.5 * (row[lag - 1] - row[lag + 1]) / bend if bend > 0 else float(lag)


@njit(cache=True, nogil=True)
def _add(row: Array, period: float, weight: float) -> None:
    cents = 1200.0 * np.log2(SAMPLE_RATE / period / 10.0)
    middle = (cents - LOWEST_CENTS) / BIN_CENTS
    centre = int(np.round(middle))
    for k in range(-3, 4):
        if 0 <= centre + k < BINS:
            row[centre + k] += weight * np.exp(-0.5 * ((centre + k - middle) / SPREAD) ** 2)
