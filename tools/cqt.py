"""The constant-Q transform: a spectrum with a fixed number of bins per octave.

The octaves are computed from the top down: each takes the signal at half the rate of the one above
it, so that all use kernels of the same length (Brown & Puckette 1992; Schörkhuber & Klapuri 2010).
With few frames a second, as harmony needs, a matrix product per octave is all there is to do.
"""

from functools import lru_cache

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

C1_HZ = 440.0 * 2.0 ** (-45 / 12)
FRAMES_AT_ONCE = 2048
"""Frames copied out of the signal for one matrix product: bounds memory at about 8 MB."""


def constant_q(
    signal: FloatArray,
    sample_rate: int,
    *,
    hop_length: int,
    octaves: int,
    bins_per_octave: int = 36,
    fmin: float = C1_HZ,
) -> FloatArray:
    """Return constant-Q magnitudes, shape=(frames, octaves * bins_per_octave).

    Equals ``abs(librosa.cqt(...))`` up to a constant factor: frames are centred on multiples of the
    hop, and a steady sine shows in its bin with the square root of the kernel's length.

    Parameters
    ----------
    signal : mono, shape=(n,)
    hop_length : samples between frames, a multiple of ``2 ** (octaves - 1)``
    fmin : hertz of the lowest bin
    """
    frames = 1 + len(signal) // hop_length
    magnitudes = np.empty((frames, octaves * bins_per_octave), np.float32)
    top = fmin * 2.0 ** (octaves - 1)
    kernel = _kernel(top / sample_rate, bins_per_octave)
    for octave in reversed(range(octaves)):
        column = octave * bins_per_octave
        hop = hop_length >> (octaves - 1 - octave)
        gain = 2.0 ** ((octaves - 1 - octave) / 2)  # kernels last twice as long an octave lower
        _octave(signal, hop, kernel, gain, magnitudes[:, column : column + bins_per_octave])
        if octave:
            signal = soxr.resample(signal, 2, 1, quality="HQ")
    return magnitudes


def estimate_tuning(magnitudes: FloatArray, bins_per_octave: int = 36) -> float:
    """Return how far the music lies from A = 440 Hz, in semitones within [-0.5, 0.5).

    The mean spectrum repeats every semitone; the phase of that repetition is the tuning
    (Mauch & Dixon 2010, NNLS chroma).
    """
    per_semitone = bins_per_octave // 12
    energies = magnitudes.mean(axis=0, dtype=np.float64).reshape(-1, per_semitone).sum(axis=0)
    turns = np.exp(2j * np.pi * np.arange(per_semitone) / per_semitone)
    phase = float(np.angle(energies @ turns)) / (2 * np.pi)
    return phase if phase < 0.5 else phase - 1.0


def _octave(
    signal: FloatArray, hop: int, kernel: FloatArray, gain: float, into: FloatArray
) -> None:
    """Fill ``into``, shape=(frames, bins), with the magnitudes of one octave."""
    frames, bins = into.shape
    size = kernel.shape[0]
    padded = np.zeros(size // 2 + max(len(signal), (frames - 1) * hop) + size, np.float32)
    padded[size // 2 : size // 2 + len(signal)] = signal
    windows = sliding_window_view(padded, size)[::hop]
    for start in range(0, frames, FRAMES_AT_ONCE):
        part = windows[start : min(frames, start + FRAMES_AT_ONCE)] @ kernel
        into[start : start + len(part)] = gain * np.hypot(part[:, :bins], part[:, bins:])


@lru_cache(maxsize=64)
def _kernel(lowest: float, bins: int) -> FloatArray:
    """Return windowed sines of one octave, cosines then sines, shape=(size, 2 * bins).

    `lowest` is the lowest frequency in cycles a sample.
    """
    ratio = 2.0 ** (2.0 / bins)
    quality = (ratio + 1.0) / (ratio - 1.0)
    frequencies = lowest * 2.0 ** (np.arange(bins) / bins)
    lengths = quality / frequencies
    size = 2 * (int(np.ceil(lengths[0])) // 2 + 1)
    n = np.arange(size)[:, None] - size // 2
    window = np.where(np.abs(n) < lengths / 2, 0.5 + 0.5 * np.cos(2 * np.pi * n / lengths), 0.0)
    window *= np.sqrt(lengths) / window.sum(axis=0)
    phases = 2 * np.pi * n * frequencies
    kernel = np.concatenate([window * np.cos(phases), window * np.sin(phases)], axis=1)
    return np.ascontiguousarray(kernel, np.float32)
