"""What takes a passage apart: one callable an engine, each for passages of its own length.

An unmixer is made for one mixture, whose level it knows. It is given passages of shape (2, n), at
most `segment` frames at its `rate`, and returns its stems, shape=(stems, 2, n); the last stem is
the rest. It keeps nothing between passages, so passages may be taken apart side by side.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.accompaniment import split
from tools.mixture import Mixture
from tools.nets import demucs, spleeter
from tools.stft import istft, stft
from tools.wiener import refined

Sound = NDArray[np.float32]

RATE = 44_100

USUAL_LEVEL = 0.15
"""Root mean square that mixtures are brought to for Spleeter, which was taught on mastered music.
On the development clips the voice loses 0.5 dB at a third of this level, 0.1 dB at twice of it."""

EXPONENT = 1.5
"""Of the magnitudes that share out a bin of one channel; 1, 1.5 and 2 differ by 0.1 dB on the
development clips. In two channels the Wiener filter sharpens the shares itself."""

SILENCE = 1e-10
"""Keeps the shares of a silent bin defined."""

PLAIN_SEGMENT = 12 * RATE


class Unmixer(Protocol):
    """Takes passages apart; see the top of this file."""

    rate: int
    stems: tuple[str, ...]
    segment: int
    hop: int
    side_by_side: bool
    """Whether several passages may be worked on at once, a core each."""

    def __call__(self, passage: Sound) -> Sound:
        """Return the stems of a passage, shape=(stems, 2, n)."""
        ...


class SpleeterUnmixer:
    """Spleeter's voice, and its accompaniment taken apart further without a network."""

    rate = spleeter.SAMPLE_RATE
    stems: tuple[str, ...] = ("vocals", "drums", "bass", "other")
    segment = (spleeter.FRAMES - 1) * spleeter.HOP_LENGTH
    hop = segment - segment // 4
    side_by_side = True

    def __init__(self, index: Path, mixture: Mixture) -> None:
        self._network = spleeter.load_spleeter(index)
        level = float(np.hypot(mixture.mean, mixture.deviation))
        self._gain = np.float32(USUAL_LEVEL / level if level > 0 else 1.0)

    def __call__(self, passage: Sound) -> Sound:
        """Return vocals, drums, bass, other."""
        if not passage.any():
            return np.zeros((len(self.stems), *passage.shape), np.float32)
        vocals = self._vocals(passage)
        return np.concatenate([vocals[None], split(passage - vocals)])

    def _vocals(self, passage: Sound) -> Sound:
        spectra = stft(passage, spleeter.N_FFT)
        frames = spectra.shape[1]
        heard = np.abs(spectra[:, :, : spleeter.BINS]) * self._gain
        padded = np.pad(heard, [(0, 0), (0, -frames % 2**spleeter.LEVELS), (0, 0)])
        loudness = self._network(padded)[:, :, :frames]
        stereo = not np.array_equal(passage[0], passage[1])
        share = _share(loudness, 1.0 if stereo else EXPONENT)
        # Above 11 kHz nothing was heard: a frame's voice has as large a share there as below.
        spectra[:, :, spleeter.BINS :] *= share.mean(axis=2, keepdims=True)
        known = spectra[:, :, : spleeter.BINS]
        spectra[:, :, : spleeter.BINS] = refined(known, share) if stereo else share * known
        return istft(spectra, spleeter.N_FFT, passage.shape[1])


def _share(loudness: Sound, exponent: float) -> Sound:
    """Return the share of the first of two sources in each bin."""
    first, second = np.power(loudness, np.float32(exponent))
    return np.asarray((first + SILENCE / 2) / (first + second + SILENCE), np.float32)


class PlainUnmixer:
    """Drums, bass and the rest by signal processing; a voice is part of the rest."""

    rate = RATE
    stems: tuple[str, ...] = ("drums", "bass", "other")
    segment = PLAIN_SEGMENT
    hop = PLAIN_SEGMENT - PLAIN_SEGMENT // 8
    side_by_side = True

    def __call__(self, passage: Sound) -> Sound:
        """Return drums, bass, other."""
        if not passage.any():
            return np.zeros((len(self.stems), *passage.shape), np.float32)
        return split(passage)


class DemucsUnmixer:
    """Demucs with its answers made to add up to the mix."""

    side_by_side = False

    def __init__(self, folder: Path, mixture: Mixture) -> None:
        self._network = demucs.load_demucs(folder)
        given = self._network.stems
        self.stems = tuple(sorted(given, key=_place))
        self._order = [given.index(name) for name in self.stems]
        self.rate = self._network.rate
        self.segment = self._network.segment
        self.hop = int((1 - demucs.OVERLAP) * self.segment)
        self._mean = np.float32(mixture.mean)
        self._scale = np.float32(mixture.deviation + 1e-8)

    def __call__(self, passage: Sound) -> Sound:
        """Return vocals, drums, bass, those that only some bags have, other."""
        if not passage.any():
            return np.zeros((len(self.stems), *passage.shape), np.float32)
        stems = self._network((passage - self._mean) / self._scale)[self._order]
        stems = stems * self._scale + self._mean
        # The nearest stems that do add up (Wisdom et al. 2019): never further from the true ones.
        stems += (passage - stems.sum(axis=0)) / np.float32(len(stems))
        return np.asarray(stems, np.float32)


def _place(stem: str) -> tuple[int, str]:
    """Order stems as they are told: the usual ones first, the rest last."""
    order = ("vocals", "drums", "bass", "guitar", "piano")
    return (order.index(stem) if stem in order else len(order) + (stem == "other"), stem)
