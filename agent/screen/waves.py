"""The outline of a sound at any zoom, for screens: how far it swings, and how strong it is.

Kept beside the memory, one small file a sound; what is kept of a file that changed is made anew.
"""

import logging
import os
import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from tools.annotations import FloatArray, Level
from tools.decoding import open_sound
from tools.rungs import Progress, quiet

log = logging.getLogger(__name__)

HOP = 0.01
"""Seconds of a finest step: half a column where a wide screen shows three seconds."""

FACTOR = 16
"""Each coarser zoom has so many times fewer steps: a sixteenth of a column may count with its
neighbour, and eight hours are drawn as quickly as five minutes."""

ROUNDING = 1e-6
"""Steps by which an edge may miss the border of a step that it means."""

STEPS = 127
"""Steps of loudness that are kept: a panel has fewer than a hundred."""

VERSION = 1


@dataclass(frozen=True, eq=False)
class Peaks:
    """The outline of a sound, its loudest peak at 1.

    Parameters
    ----------
    hop : seconds a step
    swings : the largest amplitude of each step, shape=(n,), in [0, 1]
    powers : the mean square of each step, shape=(n,), in [0, 1]
    """

    hop: float
    swings: FloatArray
    powers: FloatArray

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.hop * len(self.swings)

    @classmethod
    def from_level(cls, level: Level) -> "Peaks":
        """Return an outline by how loud a track is, where its sound is not at hand."""
        swings = 10 ** (np.array(level.decibels, np.float64) / 20)
        swings = swings / (swings.max(initial=0) or 1.0)
        return cls(level.hop, swings, (0.5 * swings) ** 2)

    def columns(self, start: float, end: float, count: int) -> tuple[FloatArray, FloatArray]:
        """Return the swing and the strength (RMS) of `count` equal stretches from start to end.

        Returns
        -------
        swings, strengths : shape=(count,), in [0, 1]; 0 outside of the sound
        """
        swings, strengths = np.zeros(count), np.zeros(count)
        if count < 1 or end <= start or not len(self.swings):
            return swings, strengths
        zoom = self._zoom((end - start) / count)
        edges = np.linspace(start, end, count + 1) / zoom.hop
        lows = np.floor(edges[:-1] + ROUNDING).astype(int)
        highs = np.maximum(np.ceil(edges[1:] - ROUNDING).astype(int), lows + 1)
        seen = (lows >= 0) & (lows < zoom.count)
        if seen.any():
            spans = np.stack([lows[seen], np.minimum(highs[seen], zoom.count)], axis=1).ravel()
            swings[seen] = np.maximum.reduceat(zoom.swings, spans)[::2]
            sums = np.add.reduceat(zoom.powers, spans)[::2]
            strengths[seen] = np.sqrt(sums / (spans[1::2] - spans[::2]))
        return swings, np.minimum(strengths, swings)

    def _zoom(self, seconds: float) -> "_Zoom":
        """Return the coarsest zoom of which a column of `seconds` has `FACTOR` steps or more."""
        return [z for z in self._zooms if z is self._zooms[0] or z.hop * FACTOR <= seconds][-1]

    @cached_property
    def _zooms(self) -> "list[_Zoom]":
        zooms = [_Zoom.of(self.hop, self.swings, self.powers)]
        while zooms[-1].count > FACTOR**2:
            zooms.append(zooms[-1].coarser())
        return zooms


@dataclass(frozen=True, eq=False)
class _Zoom:
    """An outline in steps of `hop` seconds, with a step of silence after its end."""

    hop: float
    swings: FloatArray
    powers: FloatArray

    @classmethod
    def of(cls, hop: float, swings: FloatArray, powers: FloatArray) -> "_Zoom":
        return cls(hop, np.append(swings, 0.0), np.append(powers, 0.0))

    @property
    def count(self) -> int:
        return len(self.swings) - 1

    def coarser(self) -> "_Zoom":
        """Return it in steps that are `FACTOR` times longer."""
        cut = np.arange(0, self.count, FACTOR)
        lengths = np.diff(np.append(cut, self.count))
        powers = np.add.reduceat(self.powers, cut) / lengths
        return _Zoom.of(self.hop * FACTOR, np.maximum.reduceat(self.swings, cut), powers)


def peaks_of(path: Path, progress: Progress = quiet) -> Peaks:
    """Return the outline of a sound file, decoded in blocks.

    Parameters
    ----------
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioDecodeError
        If it is no audio we can read.
    """
    swings: list[FloatArray] = []
    powers: list[FloatArray] = []
    with open_sound(path) as sound:
        size, at = max(1, round(HOP * sound.rate)), 0
        rest = np.empty((0, sound.channels), np.float32)
        for block in sound.blocks():
            at += len(block)
            samples = np.concatenate([rest, np.nan_to_num(block)])
            whole = len(samples) // size * size
            steps = samples[:whole].reshape(-1, size * sound.channels)
            swings.append(np.abs(steps).max(axis=1, initial=0))
            powers.append(np.square(steps).mean(axis=1))
            rest = samples[whole:]
            progress(min(1.0, at / max(1, sound.frames)))
        if rest.size:
            swings.append(np.abs(rest).max(keepdims=True).reshape(1))
            powers.append(np.square(rest).mean(keepdims=True).reshape(1))
        return _scaled(size / sound.rate, np.concatenate(swings), np.concatenate(powers))


def kept_peaks(path: Path, folder: Path, name: str, progress: Progress = quiet) -> Peaks:
    """Return the outline of a sound file, from `folder` where it is kept there.

    Parameters
    ----------
    folder : where outlines are kept, e.g. ``data_dir / "peaks"``; one that can't be written is
        done without
    name : the track's id, for a stem with the stem's name: ``"<id>-vocals"``

    Raises
    ------
    AudioDecodeError
        As `peaks_of`.
    """
    if not re.fullmatch(r"[0-9a-z-]{1,80}", name):
        raise ValueError(f"'{name[:80]}' is no name of an outline: digits, letters and '-' are.")
    place = folder / f"{name}.npz"
    kept = _read(place, path)
    if kept is None:
        kept = peaks_of(path, progress)
        _write(place, path, kept)
    return kept


# ---- inside -------------------------------------------------------------------------------------


def _scaled(hop: float, swings: FloatArray, powers: FloatArray) -> Peaks:
    peak = float(swings.max(initial=0)) or 1.0
    return Peaks(hop, swings.astype(np.float64) / peak, powers.astype(np.float64) / peak**2)


def _stamp(path: Path) -> FloatArray:
    """Return what tells a file from what it was: its size and when it was written."""
    status = path.stat()
    return np.array([VERSION, status.st_size, status.st_mtime_ns], np.int64)


def _read(place: Path, path: Path) -> Peaks | None:
    try:
        with open(place, "rb") as file, np.load(file, allow_pickle=False) as kept:
            if not np.array_equal(kept["stamp"], _stamp(path)):
                return None
            swings, strengths = (kept[name] / STEPS for name in ("swings", "strengths"))
            hop = float(kept["hop"])
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    whole = swings.ndim == 1 and swings.shape == strengths.shape and hop > 0
    return Peaks(hop, swings, np.square(strengths)) if whole else None


def _write(place: Path, path: Path, peaks: Peaks) -> None:
    """Keep an outline; where that can't be done it is made again the next time."""
    rows = {"swings": peaks.swings, "strengths": np.sqrt(peaks.powers)}
    bytes_of = {n: np.rint(row * STEPS).astype(np.uint8) for n, row in rows.items()}
    scratch = place.with_name(f".{os.getpid()}-{place.name}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(scratch, "wb") as file:
            np.savez_compressed(file, hop=np.array(peaks.hop), stamp=_stamp(path), **bytes_of)
        os.replace(scratch, place)
    except OSError as error:
        log.info("the outline of a sound can't be kept in %s: %s", place.parent, error)
        with suppress(OSError):
            scratch.unlink()
