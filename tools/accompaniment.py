"""An accompaniment without voice taken apart into drums, bass and the rest, without any network.

Drums: harmonic-percussive separation by median filters (D. FitzGerald, DAFx 2010) in two stages, in
the manner of J. Driedger, M. Müller and S. Disch, ISMIR 2014. Tones are lines along time, beats of a
drum lines along frequency; a median along one axis removes the lines along the other. Long windows
first take away what is a tone beyond doubt, short windows then keep what is a stroke.

Bass: what of the tones lies low, by a gentle slope.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools.stft import OVERLAP, Sound, istft, stft

Floats = NDArray[np.float32]

RATE = 44_100


@dataclass(frozen=True)
class Stage:
    """A pass of median filtering.

    Parameters
    ----------
    window : samples of a frame
    seconds, hertz : length of the median along time, and along frequency
    tone : how loud a tone counts beside a stroke; below 1 only what is clearly a tone is removed
    """

    window: int
    seconds: float
    hertz: float
    tone: float


STAGES = (Stage(8192, 0.5, 400.0, 0.3), Stage(512, 0.4, 700.0, 1.0))

BASS_EDGE = 200.0
"""Hertz at which half of a tone's amplitude is bass; an octave up it is 1 in 257."""

BASS_WINDOW = 4096
BASS_STEEPNESS = 8

SILENCE = 1e-10


def split(sound: Sound) -> Sound:
    """Return drums, bass and the rest of an accompaniment at 44.1 kHz.

    Parameters
    ----------
    sound : shape=(channels, n)

    Returns
    -------
    shape=(3, channels, n): their sum is `sound`
    """
    drums = sound
    for stage in STAGES:
        drums = _strokes(drums, stage)
    tones = sound - drums
    bass = _low(tones)
    return np.stack([drums, bass, tones - bass])


def _strokes(sound: Sound, stage: Stage) -> Sound:
    """Return what is not a tone."""
    spectra = stft(sound, stage.window)
    magnitudes = np.abs(spectra).mean(axis=0)
    along_time = _odd(stage.seconds * RATE * OVERLAP / stage.window)
    along_frequency = _odd(stage.hertz * stage.window / RATE)
    tones = running_median(np.ascontiguousarray(magnitudes.T), along_time).T
    strokes = running_median(magnitudes, along_frequency)
    power = strokes * strokes
    spectra *= power / (power + np.square(stage.tone * tones) + np.float32(SILENCE))
    return istft(spectra, stage.window, sound.shape[-1])


def _low(sound: Sound) -> Sound:
    spectra = stft(sound, BASS_WINDOW)
    hertz = np.fft.rfftfreq(BASS_WINDOW, 1 / RATE)
    spectra *= (1 / (1 + (hertz / BASS_EDGE) ** BASS_STEEPNESS)).astype(np.float32)
    return istft(spectra, BASS_WINDOW, sound.shape[-1])


def _odd(length: float) -> int:
    return max(3, int(length) | 1)


@njit(cache=True, nogil=True)
def running_median(values: Floats, size: int) -> Floats:
    """Return the median of the `size` values around each, along the last axis.

    Parameters
    ----------
    values : shape=(rows, n); beyond its ends a row goes on as it ends
    size : odd
    """
    rows, count = values.shape
    medians = np.empty_like(values)
    half = size // 2
    window = np.empty(size, values.dtype)  # kept in order, one value changed at a time
    for r in range(rows):
        row = values[r]
        for k in range(size):
            window[k] = row[min(max(k - half, 0), count - 1)]
        window.sort()
        medians[r, 0] = window[half]
        for i in range(1, count):
            old = row[max(i - 1 - half, 0)]
            new = row[min(i + half, count - 1)]
            if old != new:
                k = np.searchsorted(window, old)
                if new > old:
                    while k + 1 < size and window[k + 1] < new:
                        window[k] = window[k + 1]
                        k += 1
                else:
                    while k > 0 and window[k - 1] > new:
                        window[k] = window[k - 1]
                        k -= 1
                window[k] = new
            medians[r, i] = window[half]
    return medians
