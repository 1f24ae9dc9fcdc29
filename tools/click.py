"""A click on every beat, mixed with the song: to hear whether the beats are right, and to practise.

The song is decoded and written in blocks, twice: once to learn its level, once to be mixed. Memory
does not grow with its length.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from tools.annotations import Beats
from tools.decoding import Samples, open_sound
from tools.errors import NoMusicError
from tools.rungs import Progress, quiet

SONG_PEAK = 0.6
CLICK_PEAKS = 0.2, 0.38
"""Full scale is 1: the loudest moment of the song and a click on it still fit."""

ABOVE = 12.0
"""Decibels by which a click's peak exceeds the usual level of the song, within `CLICK_PEAKS`."""

SECONDS = 0.05
ACCENT_HERTZ, PLAIN_HERTZ = 1660.0, 1110.0
PLAIN_GAIN = 0.6
"""Downbeats are a fifth higher than the other beats, and louder."""

LOUDEST = 2.0**32


def write_click(
    source: Path, to: Path, beats: Beats, progress: Progress = quiet, subtype: str = "PCM_16"
) -> None:
    """Write the song with a click on every beat, at its own rate, in mono or stereo.

    It is never louder than full scale, so nothing is clipped.

    Parameters
    ----------
    source : a sound file
    to : its name's ending says how it is written, ``.flac`` or ``.wav``
    beats : downbeats are accented
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioDecodeError
        If the source is no audio we can read.
    NoMusicError
        If there are no beats.
    """
    if not beats.times:
        raise NoMusicError(f"No beats were heard in '{source.name}': there is nothing to click to.")
    peak, level = _levels(source, lambda done: progress(done / 2))
    gain = SONG_PEAK / peak if peak else 1.0
    low, high = CLICK_PEAKS
    loud = float(np.clip(gain * level * 10 ** (ABOVE / 20), low, high))
    with open_sound(source) as sound:
        rate, total = sound.rate, max(1, sound.frames)
        track = _Clicks(beats, rate, loud)
        channels = sound.channels if sound.channels <= 2 else 1
        with soundfile.SoundFile(str(to), "w", rate, channels, subtype) as out:
            at = 0
            for block in _blocks(sound.blocks()):
                block = block if channels == sound.channels else block.mean(axis=1, keepdims=True)
                mixed = block * np.float32(gain) + track.between(at, at + len(block))
                out.write(np.clip(mixed, -1, 1))
                at += len(block)
                progress(0.5 + 0.5 * min(1.0, at / total))


def click(rate: int, accent: bool) -> Samples:
    """Return one click with a peak of 1, or less for one without accent, shape=(n,)."""
    t = np.arange(int(SECONDS * rate)) / rate
    hertz = ACCENT_HERTZ if accent else PLAIN_HERTZ
    tone = np.sin(2 * np.pi * hertz * t) + 0.4 * np.sin(2 * np.pi * 2.7 * hertz * t)
    sound = tone * np.exp(-t / 0.009) * np.minimum(1, t / 0.0005)
    sound *= (1.0 if accent else PLAIN_GAIN) / np.abs(sound).max()
    shaped: Samples = sound.astype(np.float32)
    return shaped


class _Clicks:
    """The track of clicks, made where it is asked for."""

    def __init__(self, beats: Beats, rate: int, loud: float) -> None:
        self._starts = np.round(np.array(beats.times) * rate).astype(np.int64)
        self._accents = np.array(beats.positions) == 1
        self._sounds = {accent: np.float32(loud) * click(rate, accent) for accent in (False, True)}
        self._length = len(self._sounds[True])

    def between(self, low: int, high: int) -> Samples:
        """Return the clicks from one sample to another, shape=(n, 1)."""
        out = np.zeros(high - low, np.float32)
        first = int(np.searchsorted(self._starts, low - self._length, side="right"))
        for i in range(first, int(np.searchsorted(self._starts, high))):
            start = int(self._starts[i]) - low
            sound = self._sounds[bool(self._accents[i])]
            a, b = max(0, start), min(high - low, start + self._length)
            # Of two beats closer than a click is long, the louder sample sounds: sums would clip.
            part = sound[a - start : b - start]
            out[a:b] = np.where(np.abs(part) > np.abs(out[a:b]), part, out[a:b])
        return out[:, None]


def _levels(source: Path, progress: Progress) -> tuple[float, float]:
    """Return the peak of the song, and its usual level: the root of its mean square."""
    peak, squares, count = 0.0, 0.0, 0
    with open_sound(source) as sound:
        total, at = max(1, sound.frames), 0
        for block in _blocks(sound.blocks()):
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
            squares += float(np.square(block, dtype=np.float64).sum())
            count += block.size
            at += len(block)
            progress(min(1.0, at / total))
    return peak, float(np.sqrt(squares / max(1, count)))


def _blocks(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """Yield blocks without NaN and infinities."""
    for block in blocks:
        yield np.clip(np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0), -LOUDEST, LOUDEST)
