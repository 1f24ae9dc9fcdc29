"""Short-time Fourier transform and its inverse, for passages that fit in memory."""

from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Spectra = NDArray[np.complex64]

OVERLAP = 4
"""Frames that hear each sample: Hann windows squared, a quarter apart, add up to 3/2."""


def stft(sound: Sound, size: int) -> Spectra:
    """Return the spectra of frames `size` long, a quarter of that apart, Hann-windowed.

    Parameters
    ----------
    sound : shape=(..., n); zeros are taken to surround it

    Returns
    -------
    shape=(..., frames, size // 2 + 1): frames centred at 0, size / 4, ... up to or beyond the end;
    not normalised
    """
    hop = size // OVERLAP
    frames = frame_count(sound.shape[-1], size)
    ends = [(0, 0)] * (sound.ndim - 1)
    after = (frames - 1) * hop + size // 2 - sound.shape[-1]
    padded = np.pad(sound, [*ends, (size // 2, after)])
    seen = np.lib.stride_tricks.sliding_window_view(padded, size, axis=-1)[..., ::hop, :]
    return np.asarray(scipy.fft.rfft(seen * hann(size), axis=-1, overwrite_x=True), np.complex64)


def istft(spectra: Spectra, size: int, length: int) -> Sound:
    """Return the sound of `length` samples that `stft` made the spectra of, shape=(..., length)."""
    hop = size // OVERLAP
    frames = scipy.fft.irfft(spectra, size, axis=-1, overwrite_x=True)
    frames *= hann(size)
    count = frames.shape[-2]
    # Each frame is four parts of a hop; parts that fall together are added at once.
    parts = frames.reshape(*frames.shape[:-1], OVERLAP, hop)
    total = np.zeros((*frames.shape[:-2], count + OVERLAP - 1, hop), np.float32)
    weight = np.zeros((count + OVERLAP - 1, hop), np.float32)
    squared = np.square(hann(size)).reshape(OVERLAP, hop)
    for k in range(OVERLAP):
        total[..., k : k + count, :] += parts[..., k, :]
        weight[k : k + count] += squared[k]
    total /= np.maximum(weight, 1e-6)
    whole = total.reshape(*total.shape[:-2], -1)
    return whole[..., size // 2 : size // 2 + length]


def frame_count(length: int, size: int) -> int:
    """Return how many frames `stft` makes of `length` samples."""
    return 1 + -(-length // (size // OVERLAP))


@cache
def hann(size: int) -> Sound:
    """Return the periodic Hann window, read-only."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
    window.flags.writeable = False
    return window
