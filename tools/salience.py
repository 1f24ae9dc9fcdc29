"""Posteriors of notes without a network: how strongly each key and its overtones sound, and rise."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from tools.cqt import constant_q

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
HOP_LENGTH = 256
LOWEST_HZ = 27.5
OCTAVES = 8
KEYS = 88

OVERTONES = ((0, 1.0), (12, 0.6), (19, 0.4), (24, 0.3))
"""Semitones above the key, and how much of what sounds there speaks for it."""

COMPRESSION = 0.5
LAG = 4
"""Frames over which a rise is measured: 46 ms."""

SURROUNDINGS = 350
"""Frames (4 s) whose loudest key is taken for a certain one."""

FLOOR = 0.05
STEEPEST = 0.5
"""A rise by half of the loudest is a certain onset."""


def salience(signal: Array) -> tuple[Array, Array]:
    """Return posteriors of notes and of onsets, both shape=(1 + n // HOP_LENGTH, 88), in [0, 1].

    Harmonic summation (Hermes 1988) over a constant-Q spectrum; of keys side by side the strongest
    stays. They are no probabilities, only on the same scale.

    Parameters
    ----------
    signal : samples at `SAMPLE_RATE`, shape=(n,)
    """
    spectrum = constant_q(
        signal,
        SAMPLE_RATE,
        hop_length=HOP_LENGTH,
        octaves=OCTAVES,
        bins_per_octave=12,
        fmin=LOWEST_HZ,
    )
    levels = np.pad(spectrum**COMPRESSION, ((0, 0), (0, OVERTONES[-1][0])))
    keys = sum(weight * levels[:, step : step + KEYS] for step, weight in OVERTONES)
    # Where the key itself is silent its overtones belong to others.
    keys = np.sqrt(keys * levels[:, :KEYS])
    keys *= keys == maximum_filter1d(keys, 3, axis=1)
    loudest = maximum_filter1d(keys.max(axis=1), SURROUNDINGS)
    keys /= np.maximum(loudest, max(FLOOR * float(loudest.max()), 1e-9))[:, None]
    rises = np.zeros_like(keys)
    rises[LAG:] = np.clip((keys[LAG:] - keys[:-LAG]) / STEEPEST, 0, 1)
    return keys.astype(np.float32), rises.astype(np.float32)
