"""A stretch of a recording as it is taken apart: streamed, in one or two channels, measured first.

A file is read twice: once to know how long and how loud the stretch is, which separators want to
know before they hear its first second, and once for them to hear it. Nothing is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.audio import check_complete, check_length, sane
from tools.decoding import Samples, Sound, open_sound
from tools.errors import MusicToolError
from tools.rungs import Progress, quiet
from tools.titles import clean_text

FRONT, MIDDLE, BACK = 1.0, np.sqrt(0.5), np.sqrt(0.5)
"""Shares of a channel in front, in the middle and behind (ITU-R BS.775) when two are made of it."""


@dataclass(frozen=True)
class Mixture:
    """A stretch of a sound file, with what surrounds it.

    Parameters
    ----------
    rate : hertz, the file's own
    channels : 1 or 2; more are mixed down to 2
    start, frames : of the stretch, in frames of the file
    before, after : frames around it that are heard too, for the sake of its edges
    mean, deviation : of the mean of the channels, over all that is heard
    """

    path: Path
    rate: int
    channels: int
    start: int
    frames: int
    before: int
    after: int
    mean: float
    deviation: float

    @property
    def heard(self) -> int:
        """Frames of the stretch and around it."""
        return self.before + self.frames + self.after

    def blocks(self) -> Iterator[Samples]:
        """Yield what is heard as arrays of shape (channels, n)."""
        first = self.start - self.before
        with open_sound(self.path) as sound:
            for _, block in _between(sound.blocks(), first, first + self.heard):
                yield _folded(sane(block))


def open_mixture(
    path: Path,
    start: float | None,
    end: float | None,
    around: float,
    progress: Progress = quiet,
) -> Mixture:
    """Return a stretch of a file, measured.

    Parameters
    ----------
    start, end : seconds; None stands for the beginning and the end of the file
    around : seconds to hear before and after the stretch, where the file has them

    Raises
    ------
    MusicToolError
        If the stretch is empty or lies outside of the file.
    AudioDecodeError
        If the file can't be read.
    """
    name = clean_text(path.name)
    _check_span(start or 0.0, end)
    with open_sound(path) as sound:
        rate = sound.rate
        first = round((start or 0.0) * rate)
        last = None if end is None else round(end * rate)
        margin = round(around * rate)
        heard = (first - margin, None if last is None else last + margin)
        total, seen = _survey(sound, heard, name, progress)
        if last is None:
            check_complete(sound, total, name)
        channels = min(2, sound.channels)
    if first >= total:
        raise MusicToolError(
            f"'{name}' is {total / rate:.1f} s long: there is nothing at {start or 0.0:g} s."
        )
    last = total if last is None else min(last, total)
    if last <= first:
        raise MusicToolError(f"There is not one sample between {start} and {end} s of '{name}'.")
    mean, deviation = seen.figures()
    before = min(first, margin)
    after = min(total - last, margin)
    return Mixture(path, rate, channels, first, last - first, before, after, mean, deviation)


# ---- inside -------------------------------------------------------------------------------------


class _Measure:
    """Collects mean and deviation of the mean of the channels."""

    def __init__(self) -> None:
        self._sums = np.zeros(2)
        self._count = 0

    def add(self, block: Samples) -> None:
        mono = block.mean(axis=1, dtype=np.float64)
        self._sums += mono.sum(), mono @ mono
        self._count += len(mono)

    def figures(self) -> tuple[float, float]:
        mean, square = self._sums / max(1, self._count)
        return float(mean), float(np.sqrt(max(0.0, square - mean * mean)))


def _survey(
    sound: Sound, heard: tuple[int, int | None], name: str, progress: Progress
) -> tuple[int, _Measure]:
    """Return how many frames there are, up to the end of what is heard, and its measure."""
    first, last = heard
    seen, total = _Measure(), 0
    for begin, block in _between(sound.blocks(), 0, last):
        total = begin + len(block)
        check_length(total / sound.rate, name)
        seen.add(sane(block[max(0, first - begin) :]))
        if sound.frames:
            progress(min(1.0, total / min(sound.frames, last or sound.frames)))
    return total, seen


def _check_span(start: float, end: float | None) -> None:
    if not 0 <= start < np.inf:
        raise MusicToolError(f"A stretch begins at 0 s or later; got {start:g} s.")
    if end is not None and not np.isfinite(end):
        raise MusicToolError(f"A stretch ends after a number of seconds; got {end:g}.")
    if end is not None and end <= start:
        raise MusicToolError(f"The stretch from {start:g} to {end:g} s is empty.")


def _between(
    blocks: Iterator[Samples], first: int, last: int | None
) -> Iterator[tuple[int, Samples]]:
    """Yield (position, block) of the frames from `first` up to `last`."""
    position = 0
    for block in blocks:
        low = max(0, first - position)
        high = len(block) if last is None else min(len(block), last - position)
        if low < high:
            yield position + low, block[low:high]
        position += len(block)
        if last is not None and position >= last:
            return


def _folded(block: Samples) -> Samples:
    """Return a block of shape (n, channels) as a new one of (1 or 2, n)."""
    if block.shape[1] <= 2:
        return np.array(block.T, np.float32, order="C")
    return np.ascontiguousarray((block @ _down_mix(block.shape[1])).T, np.float32)


def _down_mix(channels: int) -> NDArray[np.float32]:
    """Return what left and right have of each channel, shape=(channels, 2); no peak grows by it.

    Channels come in the order of WAV: left, right, middle, low frequencies, then pairs behind and
    at the sides; four are two pairs, and five have no channel for low frequencies.
    """
    both, none = (MIDDLE, MIDDLE), (0.0, 0.0)
    centre = {3: [both], 5: [both]}.get(channels, [] if channels == 4 else [both, none])
    rows = [(FRONT, 0.0), (0.0, FRONT), *centre]
    behind = [(BACK, 0.0), (0.0, BACK)]
    rows += [behind[i % 2] for i in range(channels - len(rows))]
    shares: NDArray[np.float32] = np.array(rows, np.float32)
    return np.asarray(shares / shares.sum(axis=0).max(), np.float32)
