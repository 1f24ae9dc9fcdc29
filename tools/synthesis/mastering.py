"""The last step of a mix: as loud as is usual, and no peak above full scale.

Loudness by ITU-R BS.1770-4 (`tools.loudness`); true peaks by its annex 2, fourfold oversampling.
The limiter looks ahead: its gain is the least one needed within a window, smoothed over the same
window, so that it is there before the peak is (Giannoulis, Massberg and Reiss, "Digital dynamic
range compressor design", JAES 60, 2012, for the terms).
"""

import numpy as np
from numpy.typing import NDArray

from tools.kweighting import PowerMeter
from tools.loudness import gated_loudness
from tools.synthesis.soundfont import Sound

LOUDNESS = -14.0
"""LUFS that streaming services play at."""

CEILING = -1.0
"""dBTP, as EBU R 128 and the services ask."""

MARGIN = 0.15
"""dB that the limiter aims lower: oversampling fourfold misses that much of a peak."""

OVERSAMPLED = 4
AHEAD = 0.003
"""Seconds that the limiter looks ahead, and takes to let go."""

ROUNDS = 4
"""Limiting takes loudness away, which is given back and limited again."""

CLOSE = 0.1
"""LU that are near enough."""

Gain = NDArray[np.float32]


def loudness(sound: Sound, rate: int) -> float | None:
    """Return the integrated loudness in LUFS, None of silence; shape=(2, n)."""
    meter = PowerMeter(rate)
    meter.add(sound.T)
    return gated_loudness(meter.powers().tenths)


def true_peaks(sound: Sound) -> Gain:
    """Return the highest level around each sample, of both channels, shape=(n,)."""
    from scipy.signal import resample_poly

    highest = np.zeros(sound.shape[1], np.float32)
    for channel in sound:
        finer = np.abs(resample_poly(channel, OVERSAMPLED, 1))
        np.maximum(highest, finer.reshape(-1, OVERSAMPLED).max(axis=1), out=highest)
    return highest


def mastered(sound: Sound, rate: int) -> Sound:
    """Return the sound at `LOUDNESS` with no true peak above `CEILING`, shape=(2, n).

    What is too short or soft to have a loudness is brought to the ceiling.
    """
    gain = 1.0
    peaks = true_peaks(sound)
    ceiling = 10 ** ((CEILING - MARGIN) / 20)
    heard = loudness(sound, rate)
    if heard is None:
        return sound * np.float32(ceiling / max(float(peaks.max()), 1e-9))
    gain = 10 ** ((LOUDNESS - heard) / 20)
    for _ in range(ROUNDS):
        limited = sound * np.float32(gain)
        if gain * peaks.max() > ceiling:
            limited *= _reduction(peaks * np.float32(gain), ceiling, rate)
        heard = loudness(limited, rate)
        if heard is None or abs(heard - LOUDNESS) < CLOSE:
            break
        gain *= 10 ** ((LOUDNESS - heard) / 20)
    over = float(true_peaks(limited).max()) / 10 ** (CEILING / 20)
    return limited / np.float32(max(1.0, over * 1.001))


def _reduction(peaks: Gain, ceiling: float, rate: int) -> Gain:
    """Return the gain that keeps peaks below the ceiling, shape=(n,)."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    window = 2 * int(AHEAD * rate) + 1
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # A mean of minima over one window never exceeds what its middle needs.
    least = minimum_filter1d(needed, window, mode="nearest")
    reduction: Gain = uniform_filter1d(least, window, mode="nearest").astype(np.float32)
    return reduction
