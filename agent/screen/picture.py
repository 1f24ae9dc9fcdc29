"""The panel's rows drawn for one view of a track. Pure: the same picture for the same track and view."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from textual.strip import Strip

from agent.screen.layout import (
    View,
    bands,
    bar_labels,
    beat_ticks,
    chord_forms,
    ruler_labels,
    section_forms,
)
from agent.screen.paint import Cell, Palette, Tones, blank, fill, mark, strip_of, wave_cells, write
from agent.screen.track_map import Span, TrackMap
from agent.screen.waves import Peaks

WIDE = 100
"""Columns from which on there are more rows than waveform and chords."""

TALL = 9
"""Rows from which on all kinds of them have room."""

WIDE_HEIGHT, NARROW_HEIGHT = 12, 5
"""Rows that a panel asks for."""

AROUND = ("heading", "sections", "bars", "chords", "ruler", "overview")


@dataclass(frozen=True)
class Scene:
    """What is drawn: a track, its sound if known, the stretch that is seen, and what stands out.

    Parameters
    ----------
    marked : a stretch in seconds that is set off, such as the evidence of an answer
    now : the chord that sounds
    """

    track: TrackMap
    peaks: Peaks | None
    view: View
    palette: Palette
    marked: tuple[float, float] | None = None
    now: Span | None = None


def rows_for(width: int, height: int) -> list[str]:
    """Return what each row of a panel of this size shows, ``"heading"`` first."""
    if width >= WIDE and height >= TALL:
        waves = ["wave"] * (height - len(AROUND))
        return ["heading", "sections", *waves, "bars", "chords", "ruler", "overview"]
    waves = ["wave"] * (height - 2)
    return ["heading", *waves, "chords"][:height]


def picture(scene: Scene, rows: Sequence[str]) -> list[Strip]:
    """Return the rows as strips; that of the heading is left empty."""
    waves = iter(_wave(scene, rows.count("wave")))
    return [strip_of(next(waves) if row == "wave" else DRAWN[row](scene)) for row in rows]


# ---- each row -----------------------------------------------------------------------------------


def _empty(scene: Scene) -> list[Cell]:
    return blank(scene.view.width, scene.palette.behind.hex6)


def _wave(scene: Scene, height: int) -> list[list[Cell]]:
    view = scene.view
    tones = _tones(scene, view)
    if scene.peaks is None or not height:
        return [[(" ", t.pale, t.behind) for t in tones] for _ in range(height)]
    swings, strengths = scene.peaks.columns(view.start, view.end, view.width)
    return wave_cells(swings, strengths, height, tones)


def _sections(scene: Scene) -> list[Cell]:
    row = _empty(scene)
    for band in bands(scene.view, scene.track.sections, section_forms):
        tones = scene.palette.tones(band.span.kind)
        fill(row, band, tones.ink, tones.strong, scene.palette.behind.hex6)
    return row


def _bars(scene: Scene) -> list[Cell]:
    row, palette = _empty(scene), scene.palette
    mark(row, beat_ticks(scene.view, scene.track.beats), palette.faint)
    for label in bar_labels(scene.view, scene.track.beats):
        write(row, label, palette.muted)
    return row


def _chords(scene: Scene) -> list[Cell]:
    row, palette = _empty(scene), scene.palette
    for band in bands(scene.view, scene.track.chords, chord_forms):
        ink, ground = palette.chord(band.span.kind, band.span == scene.now)
        fill(row, band, ink, ground, palette.behind.hex6)
    return row


def _ruler(scene: Scene) -> list[Cell]:
    row = _empty(scene)
    for label in ruler_labels(scene.view, scene.track.duration):
        write(row, label, scene.palette.muted)
    return row


def _overview(scene: Scene) -> list[Cell]:
    """Draw the whole track in one row, what is out of view in grey."""
    view, palette, peaks = scene.view, scene.palette, scene.peaks
    whole = replace(scene, view=replace(view, start=0.0, seconds=scene.track.duration or 1.0))
    levels = np.zeros(view.width)
    if peaks:
        _, levels = peaks.columns(0.0, whole.view.end, view.width)
        levels = levels / (levels.max(initial=0) or 1.0)  # how strong: peaks are all alike
    (row,) = wave_cells(levels, levels, 1, _tones(whole, whole.view))
    first, last = whole.view.edge(view.start), whole.view.edge(view.end)
    return [
        cell if first <= n < last else (cell[0], palette.faint, palette.behind.hex6)
        for n, cell in enumerate(row)
    ]


DRAWN: Mapping[str, Callable[[Scene], list[Cell]]] = {
    "heading": _empty,
    "sections": _sections,
    "bars": _bars,
    "chords": _chords,
    "ruler": _ruler,
    "overview": _overview,
}


# ---- inside -------------------------------------------------------------------------------------


def _tones(scene: Scene, view: View) -> list[Tones]:
    """Return the colours of each column: its section's, set off where it is marked."""
    kinds = [""] * view.width
    for band in bands(view, scene.track.sections, section_forms):
        kinds[band.first : band.last] = [band.span.kind] * (band.last - band.first)
    known = {
        (kind, on): scene.palette.tones(kind, on) for kind in set(kinds) for on in (False, True)
    }
    first, last = (view.edge(t) for t in scene.marked) if scene.marked else (0, 0)
    last = max(last, first + 1) if scene.marked and first < view.width else last
    return [known[kind, first <= n < last] for n, kind in enumerate(kinds)]
