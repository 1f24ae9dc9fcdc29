"""The rows of a sheet that show notes: a piano roll, the line of a voice, drums."""

from typing import Any

import numpy as np

from agent.record import TrackRecord
from agent.sheet_space import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PALE,
    POINT,
    PURPLE,
    SKY,
    VERMILION,
    Row,
    Space,
    text_width,
)
from tools.annotations import Notes, Pitch
from tools.general_midi import is_percussion
from tools.titles import clean_text

PARTS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
PAPER = "#fafafa"

LEAST_RANGE = 19
"""Semitones that a piano roll shows at least."""


def note_rows(record: TrackRecord) -> list[Row]:
    """Return the rows for notes and pitch, none where neither is known."""
    notes, pitch = record.annotation("notes"), record.annotation("pitch")
    sounding = notes if isinstance(notes, Notes) and notes.pitches else None
    voice = pitch if isinstance(pitch, Pitch) and any(pitch.frequencies) else None
    rows: list[Row] = []
    tonal = sounding and (
        not sounding.parts or not all(is_percussion(part) for part in sounding.parts)
    )
    if tonal or voice:
        rows.append(RollRow(sounding if tonal else None, voice))
    if sounding and any(is_percussion(part) for part in sounding.parts):
        rows.append(DrumRow(sounding))
    return rows


class RollRow(Row):
    """Notes as bars and a voice's pitch as a line, over octaves."""

    name, height, elastic = "Notes", 0.75, True

    def __init__(self, notes: Notes | None, pitch: Pitch | None) -> None:
        self._pitch = pitch
        self._intervals = np.zeros((0, 2))
        self._pitches, self._colours = np.zeros(0), np.zeros(0, object)
        self.name = "Notes" if notes else "Melody"
        if notes:
            parts = notes.parts or ("",) * len(notes.pitches)
            tonal = np.array([not is_percussion(part) for part in parts], bool)
            names = list(dict.fromkeys(p for p in parts if not is_percussion(p)))
            self._intervals = np.array(notes.intervals).reshape(-1, 2)[tonal]
            self._pitches = np.array(notes.pitches)[tonal]
            colour = {name: PARTS[i % len(PARTS)] for i, name in enumerate(names)}
            self._colours = np.array([colour[p] for p in parts if not is_percussion(p)], object)
            self._legend = [(n, colour[n]) for n in names if n]
        else:
            self._legend = []
        self._times, self._line = _line(pitch)
        known = np.concatenate([self._pitches, self._line[np.isfinite(self._line)]])
        low, high = (known.min(), known.max()) if known.size else (55.0, 72.0)
        spare = max(0.0, LEAST_RANGE - (high - low)) / 2
        headroom = 3.5 if len(self._legend) > 1 else 1.5
        self.range = float(low - spare - 1.5), float(high + spare + headroom)

    def draw(self, space: Space) -> None:
        """Draw octave lines, notes and the line of the pitch, and name the parts."""
        from matplotlib.collections import LineCollection

        axes = space.axes
        axes.set_ylim(*self.range)
        space.block(space.start, space.end, *self.range, facecolor=PAPER, edgecolor="none")
        for octave in range(-1, 10):
            key = 12 * (octave + 1)
            if self.range[0] < key < self.range[1]:
                axes.axhline(key, color=PALE, linewidth=0.4, zorder=1)
                at = space.end + 2 * POINT / space.inches
                space.write(at, key, f"C{octave}", 5.5, ha="left", color=GREY, clip_on=False)
        points = space.height / POINT / (self.range[1] - self.range[0])
        seen = (self._intervals[:, 0] < space.end) & (self._intervals[:, 1] > space.start)
        spans = np.clip(self._intervals[seen], space.start, space.end)
        heights = np.repeat(self._pitches[seen][:, None], 2, axis=1)
        axes.add_collection(
            LineCollection(
                list(np.stack([spans, heights], axis=2)),
                colors=self._colours[seen].tolist(),
                linewidths=float(np.clip(0.85 * points, 0.7, 2.6)),
                capstyle="butt",
                zorder=2,
            )
        )
        near = (self._times >= space.start) & (self._times <= space.end)
        line = VERMILION if self._pitches.size == 0 else INK
        axes.plot(self._times[near], self._line[near], color=line, linewidth=0.7, zorder=3)
        self._name_parts(space)

    def _name_parts(self, space: Space) -> None:
        if len(self._legend) < 2:
            return
        from matplotlib.patches import Rectangle

        x = space.start + 4 * POINT / space.inches
        high = self.range[1] - (self.range[1] - self.range[0]) * (6 * POINT / space.height)
        for name, colour in self._legend:
            text = clean_text(name, 24)
            width = (text_width(text, 5.5) + 7 * POINT) / space.inches
            low = high - 2 * POINT * (self.range[1] - self.range[0]) / space.height
            tall = 4 * POINT * (self.range[1] - self.range[0]) / space.height
            key = 4 * POINT / space.inches
            space.axes.add_patch(
                Rectangle((x, low), width + key, tall, facecolor=PAPER, alpha=0.85, zorder=4)
            )
            space.axes.add_patch(Rectangle((x, low), key, tall, facecolor=colour, zorder=5))
            at = x + key + 1.5 * POINT / space.inches
            space.write(at, high, text, 5.5, ha="left", zorder=5, color=INK)
            x += width + key


class DrumRow(Row):
    """Drums as ticks on three lines: cymbals, snare and toms, kick."""

    name, height = "Drums", 0.2

    def __init__(self, notes: Notes) -> None:
        drums = [is_percussion(part) for part in notes.parts]
        keys = np.array(notes.pitches)[drums]
        self._times = np.array(notes.intervals).reshape(-1, 2)[drums][:, 0]
        kick, snare = (
            np.isin(keys, (35, 36)),
            np.isin(keys, (37, 38, 39, 40, 41, 43, 45, 47, 48, 50)),
        )
        self._lanes = np.where(kick, 0, np.where(snare, 1, 2))

    def draw(self, space: Space) -> None:
        """Draw one tick a stroke."""
        space.axes.set_ylim(-0.1, 3)
        seen = (self._times >= space.start) & (self._times < space.end)
        times, lanes = self._times[seen], self._lanes[seen]
        space.axes.vlines(times, lanes, lanes + 0.75, color=INK, linewidth=0.6)


def _line(pitch: Pitch | None) -> tuple[Any, Any]:
    """Return times and MIDI pitches, NaN where there is no voice."""
    if pitch is None:
        return np.zeros(0), np.zeros(0)
    hertz = np.array(pitch.frequencies)
    with np.errstate(divide="ignore"):
        keys = 69 + 12 * np.log2(hertz / 440)
    return np.array(pitch.times), np.where(hertz > 0, keys, np.nan)
