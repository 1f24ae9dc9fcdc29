"""The rows of a sheet: each draws one thing that was heard, for one stretch of time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from agent.findings import Findings, findings
from agent.record import TrackRecord
from agent.sheet_notes import note_rows
from agent.sheet_space import GREY, INK, POINT, Row, Space, pretty, text_width
from tools.annotations import Beats, Level, Sections, Tags
from tools.theory import parse_chord
from tools.waveform import Waveform

LETTERS = ("#dbe9f4", "#fbe3cf", "#d8efe4", "#f3dfeb", "#fbf3cf", "#e6e6e6")
MAJOR, MINOR, OTHER = "#f7ecd2", "#d6e4f0", "#e8e8e8"

MOST_STRIPS = 5
VOICES = ("vocal", "female voice", "male voice")
CLEAR = 0.3
"""A label that is nowhere surer than this gets no strip."""


def rows_of(record: TrackRecord, wave: Waveform | None) -> list[Row]:
    """Return the rows for all that is known of a track, from top to bottom."""
    found = findings(record)
    level = record.annotation("level")
    sections = record.annotation("segments")
    form = sections if isinstance(sections, Sections) and sections.labels else None
    rows: list[Row] = []
    if form:
        rows.append(FormRow(form))
    if wave is None and isinstance(level, Level):
        wave = _from_level(level)
    if wave is not None:
        rows.append(WaveRow(wave, form))
    if found.beats and found.beats.times:
        rows.append(BeatRow(found.beats))
    if found.chords and found.chords.labels:
        rows.append(ChordRow(found))
    rows += note_rows(record)
    if found.tags:
        rows += _strips(found.tags)
    return [*rows[:1], *(row for one in rows[1:] for row in (Margin(), one))] if rows else [Empty()]


# ---- rows ---------------------------------------------------------------------------------------


class Margin(Row):
    """A little room between rows."""

    height, blank = 0.05, True

    def draw(self, space: Space) -> None:
        """Draw nothing."""


class Empty(Row):
    """Says that there is nothing to show."""

    height = 1.0

    def draw(self, space: Space) -> None:
        """Write one line."""
        middle = (space.start + space.end) / 2
        space.write(middle, 0.5, "Nothing was heard of this track yet.", 10, color=GREY)


class FormRow(Row):
    """Sections as a band of names: ``A verse``."""

    name, height = "Form", 0.17

    def __init__(self, sections: Sections) -> None:
        self._sections = sections

    def draw(self, space: Space) -> None:
        """Draw each section with as much of its name as fits."""
        space.axes.set_ylim(0, 1)
        for i, (start, end, label) in enumerate(self._sections):
            if not space.visible(start, end):
                continue
            letter = self._sections.letters[i] if self._sections.letters else ""
            colour = section_colour(letter or label)
            space.block(start, end, 0, 1, facecolor=colour, edgecolor="white", linewidth=0.8)
            room = space.visible(start, end) - 4 * POINT
            names = (f"{letter}  {label}".strip(), label, letter)
            text = next((n for n in names if n and text_width(n, 7.5) <= room), "")
            at = max(start, space.start) + 3 * POINT / space.inches
            space.write(at, 0.46, text, 7.5, ha="left")


class WaveRow(Row):
    """The outline of the sound, sections as faint bands behind it."""

    name, height, elastic = "Level", 0.5, True

    def __init__(self, wave: Waveform, form: Sections | None) -> None:
        self._wave, self._form = wave, form

    def draw(self, space: Space) -> None:
        """Draw the outline in steps of half a point."""
        space.axes.set_ylim(-1.05, 1.05)
        for i, (start, end, label) in enumerate(self._form or ()):
            letter = self._form.letters[i] if self._form and self._form.letters else label
            if space.visible(start, end):
                colour = section_colour(letter)
                space.block(
                    start, end, -1.05, 1.05, facecolor=colour, alpha=0.55, edgecolor="white",
                    linewidth=0.8,
                )  # fmt: skip
        hop = self._wave.hop
        first, last = int(space.start / hop), min(len(self._wave.highs), int(space.end / hop) + 1)
        if last - first < 2:
            return
        step = max(1, round(0.5 * POINT / space.inches / hop))
        edges = np.arange(first, last, step)
        high = np.maximum.reduceat(self._wave.highs[:last], edges)
        low = np.minimum.reduceat(self._wave.lows[:last], edges)
        space.axes.fill_between(
            np.append(edges, last) * hop,
            np.append(low, low[-1]),
            np.append(high, high[-1]),
            step="post",
            color="#4a4a4a",
            linewidth=0,
        )


class BeatRow(Row):
    """Beats as ticks, downbeats longer, every fourth or eighth bar with its number."""

    name, height = "Bars", 0.17

    def __init__(self, beats: Beats) -> None:
        self._beats = beats

    def draw(self, space: Space) -> None:
        """Draw ticks; beats are left out where they would run together."""
        space.axes.set_ylim(0, 1)
        downs = [(i, t) for i, t in enumerate(self._beats.downbeats, 1)]
        seen = [(i, t) for i, t in downs if space.start <= t < space.end]
        gap = _usual_gap(self._beats.times) * space.inches
        bars = _usual_gap(self._beats.downbeats) * space.inches
        if gap >= 1.8 * POINT:
            times = [t for t in self._beats.times if space.start <= t < space.end]
            space.axes.vlines(times, 0, 0.22, color=GREY, linewidth=0.4)
        if bars >= 1.8 * POINT:
            space.axes.vlines([t for _, t in seen], 0, 0.42, color=INK, linewidth=0.8)
        every = next((n for n in (1, 2, 4, 8, 16, 32, 64, 128) if n * bars >= 0.42), 256)
        for number, time in seen:
            near = (space.end - time) * space.inches < text_width(str(number), 6)
            if (number - 1) % every == 0 and not near:
                space.write(time, 0.5, str(number), 6, ha="left", va="bottom", color=GREY)


class ChordRow(Row):
    """Chords as blocks: minor ones darker, names where they fit."""

    name, height = "Chords", 0.24

    def __init__(self, found: Findings) -> None:
        self._rows = list(_merged(found))

    def draw(self, space: Space) -> None:
        """Draw each chord that is seen."""
        space.axes.set_ylim(0, 1)
        for start, end, label, name in self._rows:
            room = space.visible(start, end)
            if not room:
                continue
            edge = "white" if room > 3 * POINT else "none"
            style = {"facecolor": _chord_colour(label), "edgecolor": edge, "linewidth": 0.6}
            space.block(start, end, 0, 1, **style)
            text, size = _fitting(name, room - 1.5 * POINT)
            if text:
                middle = (max(start, space.start) + min(end, space.end)) / 2
                space.write(middle, 0.46, text, size)


class StripRow(Row):
    """How sure one label is over time, the darker the surer."""

    height = 0.1

    def __init__(self, name: str, edges: Sequence[float], sure: Sequence[float]) -> None:
        self.name = name
        self._edges = np.array(edges)
        self._sure = np.array(sure, float)

    def draw(self, space: Space) -> None:
        """Draw one row of cells."""
        from matplotlib.colors import LinearSegmentedColormap

        shades = LinearSegmentedColormap.from_list("ink", ["#f6f6f6", "#a9c9e2", "#2f6f9f"])
        space.axes.set_ylim(0, 1)
        space.axes.pcolormesh(
            np.clip(self._edges, space.start, space.end),
            [0.0, 1.0],
            self._sure[None],
            cmap=shades,
            vmin=0,
            vmax=1,
            linewidth=0,
            edgecolors="face",
        )


# ---- inside -------------------------------------------------------------------------------------


def section_colour(name: str) -> str:
    """Return the tint of a section, the same for the same letter."""
    head = name[:1].upper()
    return LETTERS[(ord(head) - ord("A")) % len(LETTERS)] if head else LETTERS[-1]


def _chord_colour(label: str) -> str:
    if label in ("N", "X"):
        return "#ffffff"
    return {4: MAJOR, 3: MINOR}.get(parse_chord(label).third or 0, OTHER)


def _fitting(name: str, room: float) -> tuple[str, float]:
    """Return a chord's name and the size at which it fits; at worst without its bass, or nothing."""
    for text, sizes in ((name, (8.5, 7.5, 6.5, 5.5)), (name.partition("/")[0], (5.5, 4.8))):
        for size in sizes:
            if text_width(text, size) <= room:
                return text, size
    return "", 0.0


def _merged(found: Findings) -> Iterator[tuple[float, float, str, str]]:
    """Yield start, end, label and written name, neighbours of one name as one."""
    chords = found.chords
    current: tuple[float, float, str, str] | None = None
    for start, end, label in chords or ():
        name = "" if label == "X" else pretty(found.name(label))
        if current and current[3] == name and start - current[1] < 0.05:
            current = (current[0], end, label, name)
            continue
        if current:
            yield current
        current = (start, end, label, name)
    if current:
        yield current


def _strips(tags: Tags) -> list[Row]:
    """Return the voice and the surest instruments over time."""
    if not tags.windows or not tags.curves:
        return []
    middles = [(a + b) / 2 for a, b in tags.windows]  # windows overlap
    between = [(a + b) / 2 for a, b in pairwise(middles)]
    edges = [tags.windows[0][0], *between, tags.windows[-1][1]]
    sung = tags.voice is not None and tags.voice.label == "vocal"
    wanted = [
        c
        for c in tags.curves
        if c.label in VOICES[: None if sung else 1] or c.kind == "instruments"
    ]
    clear = [c for c in wanted if max(c.confidences, default=0) >= CLEAR]
    order = sorted(
        clear,
        key=lambda c: (
            VOICES.index(c.label) if c.label in VOICES else len(VOICES),
            -float(np.mean(c.confidences)),
        ),
    )
    return [StripRow(c.label, edges, c.confidences) for c in order[:MOST_STRIPS]]


def _from_level(level: Level) -> Waveform:
    """Return an outline by how loud it is, where the sound itself is not at hand."""
    swing = 10 ** (np.array(level.decibels) / 20)
    swing = swing / (swing.max() or 1.0)
    return Waveform(level.hop, -swing, swing)


def _usual_gap(times: Iterable[float]) -> float:
    gaps = [b - a for a, b in pairwise(times)]
    return float(np.median(gaps)) if gaps else 0.0
