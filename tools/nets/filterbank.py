"""Logarithmically filtered spectrograms, as madmom's family of networks was trained on.

A `LogSpectrogram` computes any stretch of frames by itself, so that an hour of sound never lies in
memory as a spectrogram. Frame k is centred on sample ``k * hop_length``; outside the signal there
is silence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Array = NDArray[np.float32]

LOWEST_HZ = 30.0
HIGHEST_HZ = 17_000.0
REFERENCE_HZ = 440.0
BLOCK = 512
"""Frames computed at once: 40 s at 50 frames a second, some 30 MB of frames of 2048 samples."""


@dataclass(frozen=True)
class LogSpectrogram:
    """A magnitude spectrogram through triangular filters, ``log10(x + 1)``, with its rises.

    Parameters
    ----------
    sample_rate : hertz
    frame_size, hop_length : samples
    bands : filters an octave; those that fall on the same bin of the spectrum are merged

    References
    ----------
    S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection
    methods", ISMIR 2012.
    """

    sample_rate: int
    frame_size: int
    hop_length: int
    bands: int

    @property
    def size(self) -> int:
        """Features a frame: the filters' outputs and their rises."""
        return 2 * int(self.filters.shape[1])

    def count(self, signal: Array) -> int:
        """Return how many frames there are for `signal`, shape=(n,)."""
        return -(-len(signal) // self.hop_length)

    def stacked(self, signal: Array, start: int, stop: int) -> Array:
        """Return frames `start` to `stop` with their rises, shape=(stop - start, size).

        The rise is what a band has gained over the frame `lag` frames earlier, 0 where it has lost.
        """
        context = min(start, self.lag)
        levels = np.concatenate(
            [
                self._levels(signal, k, min(k + BLOCK, stop))
                for k in range(start - context, stop, BLOCK)
            ]
        )
        rises = np.zeros_like(levels)
        np.maximum(levels[self.lag :] - levels[: -self.lag], 0, out=rises[self.lag :])
        return np.concatenate([levels, rises], axis=1)[context:]

    def blocks(self, signal: Array, frames: int = BLOCK) -> Iterator[Array]:
        """Yield `stacked` features of the whole signal in order, at most `frames` at a time."""
        count = self.count(signal)
        for start in range(0, count, frames):
            yield self.stacked(signal, start, min(start + frames, count))

    @cached_property
    def window(self) -> Array:
        """The Hann window, shape=(frame_size,)."""
        return np.hanning(self.frame_size).astype(np.float32)

    @cached_property
    def lag(self) -> int:
        """Frames over which a rise is measured: until the windows overlap at half their height."""
        half = int(np.argmax(self.window > 0.5 * self.window.max()))
        return max(1, round((self.frame_size / 2 - half) / self.hop_length))

    @cached_property
    def filters(self) -> Array:
        """Triangles of unit area around log-spaced centres, shape=(frame_size // 2, bands)."""
        count = self.frame_size // 2
        # As in training: for an odd frame size the bins are named as if it were one less.
        bins = np.arange(count, dtype=np.float64) * (self.sample_rate / (2 * count))
        corners = _nearest_bins(_log_frequencies(self.bands), bins)
        return triangles(corners, count)

    def _levels(self, signal: Array, start: int, stop: int) -> Array:
        frames = framed(signal, start, stop, self.frame_size, self.hop_length)
        spectrum = scipy.fft.rfft(frames * self.window, axis=1)
        spectrum = spectrum[:, : self.frame_size // 2]
        magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2)  # a third of the time of np.abs
        levels: Array = np.log10(magnitude @ self.filters + np.float32(1))
        return levels


def framed(signal: Array, start: int, stop: int, size: int, hop: int) -> Array:
    """Return frames `start` to `stop` of a signal, shape=(stop - start, size); a view, read-only.

    Frame k is centred on sample ``k * hop``; outside the signal there is silence.
    """
    first = start * hop - size // 2
    last = (stop - 1) * hop - size // 2 + size
    part = signal[max(0, first) : max(0, last)]
    part = np.pad(part, (max(0, -first), last - max(0, first) - len(part)))
    return np.lib.stride_tricks.sliding_window_view(part, size)[::hop]


def triangles(corners: NDArray[np.integer], bins: int) -> Array:
    """Return triangles of unit area, each from one corner over the next to the one after it.

    Parameters
    ----------
    corners : bins in rising order, shape=(n + 2,)
    bins : how many bins a spectrum has

    Returns
    -------
    shape=(bins, n)
    """
    filters = np.zeros((bins, len(corners) - 2), np.float32)
    for k, (low, centre, high) in enumerate(zip(corners, corners[1:], corners[2:], strict=False)):
        if high - low < 2:
            filters[low, k] = 1
            continue
        filters[low:centre, k] = np.linspace(0, 1, centre - low, endpoint=False)
        filters[centre:high, k] = np.linspace(1, 0, high - centre, endpoint=False)
        filters[:, k] /= filters[:, k].sum()
    return filters


def _log_frequencies(bands: int) -> NDArray[np.float64]:
    """Return frequencies in hertz that are `bands` an octave apart and include the reference."""
    low = np.floor(np.log2(LOWEST_HZ / REFERENCE_HZ) * bands)
    high = np.ceil(np.log2(HIGHEST_HZ / REFERENCE_HZ) * bands)
    frequencies = REFERENCE_HZ * 2.0 ** (np.arange(low, high) / bands)
    inside: NDArray[np.float64] = frequencies[
        (frequencies >= LOWEST_HZ) & (frequencies <= HIGHEST_HZ)
    ]
    return inside


def _nearest_bins(frequencies: NDArray[np.float64], bins: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the bins nearest to the frequencies, each bin once, in order."""
    above = np.clip(bins.searchsorted(frequencies), 1, len(bins) - 1)
    nearer_below = frequencies - bins[above - 1] < bins[above] - frequencies
    return np.unique(above - nearer_below)
