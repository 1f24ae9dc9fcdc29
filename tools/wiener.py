"""Multichannel Wiener filter: two sources told apart by loudness and by place between two speakers.

Source: A. A. Nugraha, A. Liutkus and E. Vincent, "Multichannel audio source separation with deep
neural networks", IEEE/ACM TASLP 2016; used as in S. Uhlich et al., "Improving music source
separation based on deep neural networks through data augmentation and network blending", ICASSP
2017. A source is a power for each frame and bin, and a covariance of the channels for each bin.
"""

import numpy as np
from numpy.typing import NDArray

from tools.stft import Spectra

Floats = NDArray[np.float32]

FLOOR = np.float32(1e-9)
"""Of what is in every bin beside the sources, in units of the loudest bin's power."""


def refined(mix: Spectra, share: Floats) -> Spectra:
    """Return the first of two sources by one step of expectation and maximisation.

    Parameters
    ----------
    mix : spectra of two channels, shape=(2, frames, bins)
    share : of the first source in their magnitudes, shape=(2, frames, bins)

    Returns
    -------
    shape=(2, frames, bins); what it leaves of the mix is the second source
    """
    loudest = np.abs(mix).max(initial=0.0)
    if loudest == 0:
        return mix
    x = mix / loudest
    first, second = _Source(share * x), _Source((1 - share) * x)
    # The covariance of the mix, inverted by hand: it is 2 by 2.
    c00 = first.power * first.r00 + second.power * second.r00 + FLOOR
    c11 = first.power * first.r11 + second.power * second.r11 + FLOOR
    c01 = first.power * first.r01 + second.power * second.r01
    det = np.maximum(c00 * c11 - _squared(c01), FLOOR * (c00 + c11))
    gain = first.power / det * loudest
    z0 = gain * (c11 * x[0] - c01 * x[1])
    z1 = gain * (c00 * x[1] - np.conj(c01) * x[0])
    found = [first.r00 * z0 + first.r01 * z1, np.conj(first.r01) * z0 + first.r11 * z1]
    return np.asarray(np.stack(found), np.complex64)


class _Source:
    """Power of a source, shape=(frames, bins), and covariance of its channels, shape=(bins,)."""

    def __init__(self, spectra: Spectra) -> None:
        left, right = _squared(spectra[0]), _squared(spectra[1])
        self.power = (left + right) / 2
        total = np.maximum(self.power.sum(axis=0), np.finfo(np.float32).tiny)
        self.r00 = left.sum(axis=0) / total
        self.r11 = right.sum(axis=0) / total
        self.r01 = (spectra[0] * np.conj(spectra[1])).sum(axis=0) / total


def _squared(spectra: Spectra) -> Floats:
    return np.square(spectra.real) + np.square(spectra.imag)
