"""A track cut into cells, and what each of them sounds like.

A cell is a beat; without beats it is half a second, and in a long track several of either, so that
what compares every cell with every other stays small. Sections begin at marks: the cells in which a
bar begins. Nothing here knows what a section is.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tools.annotations import Beats
from tools.audio import LONG_SECONDS, Audio
from tools.chroma import FRAME_SECONDS as CHROMA_SECONDS
from tools.chroma import SAMPLE_RATE as CHROMA_RATE
from tools.chroma import compute_chroma
from tools.rungs import Progress, quiet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP_SECONDS = 0.5
"""A cell where no beat is known."""
MARK_STEPS = 4
"""Cells from mark to mark where no bar is known."""
MOST_CELLS = 1500
"""Above, cells are joined: matrices of cells by cells stay below 18 MB."""
FEWEST_BEATS = 8
LONGEST_BEAT = 2.0
"""Fewer beats, or beats so many seconds apart, are no grid."""
LONGEST_GAP = 2.5
"""A gap of this many beats, and what lies outside them, is filled with beats like the others."""

QUIET = 1e-3
"""A cell this many times fainter than the loudest is silence to the harmony."""
CEPSTRUM = 14
"""Cepstral coefficients 1 to 13 describe timbre (number 0 is the level)."""
BANDS = 4
"""Bands in which rises of the spectrum are counted: what the drums do."""


@dataclass(frozen=True, eq=False)
class Cells:
    """The grid of a track.

    Parameters
    ----------
    edges : seconds, shape=(n + 1,), from 0 to the end of the track
    marks : the cells at which a section may begin, in order, shape=(m,)
    bar : cells in a bar, one at least
    bars : bars from mark to mark, 0 where no bar is known
    """

    edges: Floats
    marks: Ints
    bar: int
    bars: int

    def __len__(self) -> int:
        return len(self.edges) - 1


@dataclass(frozen=True, eq=False)
class CellSounds:
    """What the cells sound like.

    Parameters
    ----------
    chroma : pitch classes of everything and of the bass, each of length 1 with a
        number for silence, shape=(n, 26)
    timbre : cepstral coefficients, in tenfold of power, shape=(n, 13)
    rises : how much the spectrum rises in each of `BANDS`, tenfold a second, shape=(n, 4)
    decibels : level, shape=(n,)
    """

    chroma: Floats
    timbre: Floats
    rises: Floats
    decibels: Floats


def make_cells(duration: float, beats: Beats | None) -> Cells:
    """Return the grid of a track of `duration` seconds, on its beats where there are enough."""
    if beats is None or not _steady(beats):
        count = max(1, round(duration / STEP_SECONDS))
        starts = np.arange(0, count, MARK_STEPS)
        return _joined(np.linspace(0.0, duration, count + 1), starts, MARK_STEPS, 0)
    times, downs = _filled(beats, duration)
    (starts,) = np.nonzero(downs)
    bar = round(float(np.median(np.diff(starts)))) if len(starts) > 1 else MARK_STEPS
    return _joined(np.append(times, duration), starts, max(1, bar), 1)


def hear_cells(audio: Audio, cells: Cells, progress: Progress = quiet) -> CellSounds:
    """Return what each cell sounds like, from two passes over the spectrum."""
    from tools.nets import musicnn  # its features only: no network runs here

    chroma = compute_chroma(audio.at(CHROMA_RATE))
    progress(0.6)
    mel = musicnn.log_mel(audio.at(musicnn.SAMPLE_RATE))
    if audio.duration > LONG_SECONDS:
        audio.forget()  # an hour is 550 MB at both rates
    notes = [_means(c, CHROMA_SECONDS, cells.edges) for c in (chroma.all, chroma.bass)]
    rises = np.maximum(0.0, np.diff(mel, axis=0, prepend=mel[:1]))
    bands = rises.reshape(len(mel), BANDS, -1).mean(axis=2) / musicnn.FRAME_SECONDS
    levels = _means(mel, musicnn.FRAME_SECONDS, cells.edges)
    progress(1.0)
    cepstrum = scipy.fft.dct(levels, axis=1, norm="ortho") / np.sqrt(levels.shape[1])
    return CellSounds(
        chroma=np.concatenate([_unit(part) for part in notes], axis=1),
        timbre=cepstrum[:, 1:CEPSTRUM],
        rises=_means(bands, musicnn.FRAME_SECONDS, cells.edges),
        decibels=10 * cepstrum[:, 0],
    )


def at_cells(values: NDArray[np.floating], times: Floats, cells: Cells) -> Floats:
    """Return what is known at some `times`, shape=(t, d), at the middle of each cell, (n, d)."""
    middles = (cells.edges[:-1] + cells.edges[1:]) / 2
    place = np.interp(middles, times, np.arange(len(times)))
    low = np.minimum(place.astype(int), max(0, len(times) - 2))
    high = np.minimum(low + 1, len(times) - 1)
    share = (place - low)[:, None]
    mixed: Floats = values[low] * (1 - share) + values[high] * share
    return mixed


# ---- inside -------------------------------------------------------------------------------------


def _steady(beats: Beats) -> bool:
    """Return whether there are enough beats to cut a track by."""
    few = len(beats.times) < FEWEST_BEATS
    return not few and float(np.median(np.diff(beats.times))) <= LONGEST_BEAT


def _filled(beats: Beats, duration: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return starts of cells from 0 on and which begin a bar; where no beat is, as if it went on."""
    known, positions = np.array(beats.times), np.array(beats.positions)
    period = float(np.median(np.diff(known)))
    bar = max(int(positions.max()), 1) if (positions == 1).any() else MARK_STEPS
    if not (positions == 1).any():
        positions = np.arange(len(known)) % bar + 1
    before = np.arange(known[0] - period, 0, -period)[::-1]
    pieces, places = [before], [(positions[0] - 1 - np.arange(len(before), 0, -1)) % bar + 1]
    bounds = np.append(known, duration)
    for k in [*np.flatnonzero(np.diff(known) > LONGEST_GAP * period), len(known) - 1]:
        start = sum(map(len, places)) - len(before)
        extra = np.arange(bounds[k], bounds[k + 1] - period / 2, period)[1:]
        pieces += [known[start : k + 1], extra]
        places += [positions[start : k + 1], (positions[k] + np.arange(len(extra))) % bar + 1]
    times, place = np.concatenate(pieces), np.concatenate(places)
    inside = times < duration - 0.05
    times, place = times[inside], place[inside]
    if times[0] > 0.05:
        return np.append(0.0, times), np.append(False, place == 1)
    times[0] = 0.0
    return times, place == 1


def _joined(edges: Floats, marks: Ints, bar: int, bars: int) -> Cells:
    """Return the grid with cells joined from mark to mark where there are too many.

    What lies before the first bar, and after the last mark if it is less than a bar, is no section
    of its own.
    """
    count = len(edges) - 1
    inner = marks[(marks >= bar) & (marks <= count - bar)]
    marks = np.append(0, inner).astype(np.int64)
    if count <= MOST_CELLS:
        return Cells(edges, marks, bar, bars)
    stride = -(-len(marks) // MOST_CELLS)
    kept = marks[::stride]
    return Cells(np.append(edges[kept], edges[-1]), np.arange(len(kept)), 1, bars * stride)


def _means(values: NDArray[np.float32], hop: float, edges: Floats) -> Floats:
    """Return means over cells of frames, shape=(frames, d), centred on multiples of `hop` seconds.

    A frame counts with the share of it that lies in the cell, so no cell is empty.
    """
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0, dtype=np.float64)])
    place = np.clip(edges / hop + 0.5, 0, len(values))
    low = np.minimum(place.astype(int), len(values) - 1)
    at = sums[low] + (place - low)[:, None] * values[low]
    means: Floats = np.diff(at, axis=0) / np.maximum(np.diff(place), 1e-9)[:, None]
    return means


def _unit(rows: Floats) -> Floats:
    """Return rows of length 1; a last number stands for silence, so that silences are alike."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled = rows / np.maximum(lengths, QUIET * lengths.max() + 1e-12)
    silence = np.sqrt(np.maximum(0.0, 1.0 - np.sum(scaled**2, axis=1, keepdims=True)))
    return np.concatenate([scaled, silence], axis=1)
