"""Two recordings made one: one after the other, or one over the other."""

import numpy as np
import soxr
from numpy.typing import NDArray

from tools.audio import Audio
from tools.synthesis.mastering import loudness

FADE = 0.05
"""Seconds in which one recording goes over into the next."""

CEILING = 0.89
"""The highest sample of what was put together: -1 dBFS."""

UNDER = 3.0
"""LU by which what plays along is softer than what it plays along with."""

MOST_GAIN = 12.0
"""dB that one recording is made louder or softer at most to suit the other."""


def followed(first: Audio, second: Audio, at: float, fade: float = FADE) -> Audio:
    """Return a recording up to a time and another, as loud, from there on.

    Both are stereo at the second's rate; where that would clip, all of it is made softer.

    Parameters
    ----------
    at : seconds of `first` that stay
    fade : seconds in which one goes over into the other
    """
    rate = second.sample_rate
    head, tail = stereo(first, rate)[:, : round(at * rate)], stereo(second, rate)
    tail = tail * _suiting(head, tail, rate)
    width = min(round(fade * rate), head.shape[1], tail.shape[1])
    rise = np.linspace(0, 1, width, dtype=np.float32)
    kept = head.shape[1] - width
    over = head[:, kept:] * (1 - rise) + tail[:, :width] * rise
    return _made(second, np.concatenate([head[:, :kept], over, tail[:, width:]], axis=1))


def laid_over(first: Audio, second: Audio, at: float = 0.0) -> Audio:
    """Return a recording with another, somewhat softer, sounding under it from a time on.

    Both are stereo at the second's rate; where both together would clip, all is made softer.
    """
    rate = second.sample_rate
    upper, under = stereo(first, rate), stereo(second, rate)
    gain = _suiting(upper, under, rate) * np.float32(10 ** (-UNDER / 20))
    begin = round(at * rate)
    sound = np.zeros((2, max(upper.shape[1], begin + under.shape[1])), np.float32)
    sound[:, : upper.shape[1]] += upper
    sound[:, begin : begin + under.shape[1]] += gain * under
    return _made(second, sound)


def stereo(audio: Audio, rate: int) -> NDArray[np.float32]:
    """Return the sound of a recording at a rate, shape=(2, n); a single channel is on both sides."""
    two = audio.samples[:2] if len(audio.samples) > 1 else np.repeat(audio.samples, 2, axis=0)
    if audio.sample_rate == rate:
        return np.asarray(two, np.float32)
    resampled = soxr.resample(two.T, audio.sample_rate, rate, quality="HQ")
    return np.ascontiguousarray(resampled.T, np.float32)


def _suiting(one: NDArray[np.float32], other: NDArray[np.float32], rate: int) -> np.float32:
    """Return the gain that makes the other as loud as the one."""
    wanted, has = loudness(one, rate), loudness(other, rate)
    if wanted is None or has is None:
        return np.float32(1.0)
    return np.float32(10 ** (float(np.clip(wanted - has, -MOST_GAIN, MOST_GAIN)) / 20))


def _made(like: Audio, sound: NDArray[np.float32]) -> Audio:
    peak = float(np.abs(sound).max(initial=0.0))
    if peak > CEILING:
        sound = sound * np.float32(CEILING / peak)
    sound.flags.writeable = False
    rate = like.sample_rate
    return Audio(sound, rate, name=like.name, source_rate=rate, source_channels=2)
