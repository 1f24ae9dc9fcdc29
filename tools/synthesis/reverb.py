"""A room: a synthetic impulse response, and sound through it.

Late reverberation is noise that decays exponentially (Moorer, "About this reverberation business",
Computer Music Journal 3, 1979), high frequencies sooner than low ones; the two ears hear noises of
their own. No recording of a room is used.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tools.synthesis.soundfont import Sound

BANDS: tuple[tuple[float, float, float], ...] = (
    (150.0, 900.0, 1.3),
    (900.0, 3500.0, 1.0),
    (3500.0, 9000.0, 0.55),
)
"""From and to in hertz, and the seconds in which a band falls by 60 dB. No basses: they blur."""

BEFORE = 0.018
"""Seconds before the first reflections: a room of some size."""

SECONDS = 1.4
"""How long it is: what is left then is inaudible."""


def reverberate(sound: Sound, rate: int) -> Sound:
    """Return the room's answer alone, shape=(2, n) as the sound."""
    from scipy.signal import oaconvolve

    room = _impulse(rate)
    answer: Sound = np.stack(
        [oaconvolve(sound[k], room[k])[: sound.shape[1]] for k in range(2)]
    ).astype(np.float32)
    return answer


@lru_cache(maxsize=2)
def _impulse(rate: int) -> NDArray[np.float32]:
    """Return the impulse response, of unit energy in each channel, shape=(2, n)."""
    from scipy.signal import butter, sosfilt

    times = np.arange(int(SECONDS * rate)) / rate
    room = np.zeros((2, times.size))
    noise = np.random.default_rng(1979).standard_normal((2, times.size))
    for low, high, seconds in BANDS:
        band = butter(2, (low, min(high, 0.45 * rate)), "bandpass", fs=rate, output="sos")
        room += sosfilt(band, noise, axis=1) * np.exp(-6.91 * times / seconds)
    room *= np.clip((times - BEFORE) / 0.01, 0, 1)
    room /= np.sqrt((room**2).sum(axis=1, keepdims=True))
    impulse: NDArray[np.float32] = room.astype(np.float32)
    return impulse
