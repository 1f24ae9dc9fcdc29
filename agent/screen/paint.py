"""The panel's rows as coloured cells. Knows colours and characters, not the widget.

A waveform of an even height is mirrored about its middle, one of an odd height stands on its
lowest row, where it has twice the detail. It has two tones: strong inside (RMS), paler to the peaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from agent.screen.layout import Band, Label
from tools.annotations import FloatArray

HUES = ("#56B4E9", "#E69F00", "#3CBF96", "#D98BB8", "#E8D44D", "#E5735C")
"""By section; after Okabe & Ito (2008): told apart by the colour-blind, and by their greys."""

CHORD_HUES = {"major": "#E69F00", "minor": "#56B4E9", "other": "#CC79A7"}

BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = 8

Cell = tuple[str, str, str]
"""A character, its colour and that behind it, as ``"#rrggbb"``."""


@dataclass(frozen=True)
class Tones:
    """The colours of one section."""

    behind: str
    pale: str
    strong: str
    ink: str
    """For text on `strong`."""


@dataclass(frozen=True)
class Palette:
    """The colours of a panel on a background."""

    behind: Color
    text: Color
    accent: Color

    @property
    def muted(self) -> str:
        """For what is read second: still 4.5 to 1 on usual themes."""
        return self.behind.blend(self.text, 0.68).hex6

    @property
    def faint(self) -> str:
        """For lines and what is outside of the view."""
        return self.behind.blend(self.text, 0.3).hex6

    @property
    def playhead(self) -> str:
        """The colour farthest from the background."""
        return self.behind.get_contrast_text(1.0).hex6

    def tones(self, kind: str, marked: bool = False) -> Tones:
        """Return the colours of a section by its letter, or without one the theme's."""
        hue = Color.parse(hue_of(kind)) if kind else self.accent
        if self.behind.brightness > 0.5:
            hue = hue.darken(0.12)
        ground = self.behind.blend(self.text, 0.18) if marked else self.behind
        pale = ground.blend(hue, 0.42)
        return Tones(ground.hex6, pale.hex6, hue.hex6, _ink(hue))

    def chord(self, kind: str, now: bool) -> tuple[str, str]:
        """Return the ink and the ground of a chord; `now` for the one that sounds."""
        if kind not in CHORD_HUES:
            return self.muted, self.behind.blend(self.text, 0.06).hex6
        hue = Color.parse(CHORD_HUES[kind])
        if now:
            return _ink(hue), hue.hex6
        return self.text.hex6, self.behind.blend(hue, 0.24).hex6


def hue_of(kind: str) -> str:
    """Return the hue of a section: the same for the same letter."""
    head = kind[:1].upper()
    return HUES[(ord(head) - ord("A")) % len(HUES)]


# ---- waveform -----------------------------------------------------------------------------------


def wave_cells(
    swings: FloatArray, strengths: FloatArray, height: int, tones: Sequence[Tones]
) -> list[list[Cell]]:
    """Return the waveform, `height` rows of cells from top to bottom.

    Parameters
    ----------
    swings, strengths : shape=(n,), in [0, 1]
    tones : of each column
    """
    mirrored = height % 2 == 0
    half = height // 2 if mirrored else height
    peaks, cores = (np.rint(row * half * EIGHTHS).astype(int) for row in (swings, strengths))
    peaks = np.maximum(peaks, 1)  # silence is a line
    rows = [
        [_cell(p, c, t) for p, c, t in zip(_cut(peaks, k), _cut(cores, k), tones, strict=True)]
        for k in reversed(range(half))
    ]
    if not mirrored:
        return rows
    return rows + [[_turned(cell) for cell in row] for row in reversed(rows)]


def _cut(eighths: "np.ndarray[tuple[int], np.dtype[np.int_]]", row: int) -> list[int]:
    """Return how much of a row's cells is filled, the row counted from the middle or the bottom."""
    cut: list[int] = np.clip(eighths - row * EIGHTHS, 0, EIGHTHS).tolist()
    return cut


def _cell(peak: int, core: int, tones: Tones) -> Cell:
    """Return one cell. It has two colours only: where three meet, the larger part counts."""
    if core and peak == EIGHTHS:
        return BLOCKS[core], tones.strong, tones.pale
    return BLOCKS[peak], tones.strong if 2 * core > peak else tones.pale, tones.behind


def _turned(cell: Cell) -> Cell:
    """Return a cell upside down: blocks grow from below only, so colours change places."""
    char, ink, ground = cell
    return BLOCKS[EIGHTHS - BLOCKS.index(char)], ground, ink


# ---- rows of text -------------------------------------------------------------------------------


def blank(width: int, ground: str) -> list[Cell]:
    """Return an empty row."""
    return [(" ", ground, ground)] * width


def write(row: list[Cell], label: Label, ink: str) -> None:
    """Write a label into a row, on what is behind it there."""
    for offset, char in enumerate(label.text):
        row[label.column + offset] = (char, ink, row[label.column + offset][2])


def mark(row: list[Cell], marks: Mapping[int, str], ink: str) -> None:
    """Put single characters into a row."""
    for column, char in marks.items():
        if 0 <= column < len(row):
            row[column] = (char, ink, row[column][2])


def fill(row: list[Cell], band: Band, ink: str, ground: str, edge: str) -> None:
    """Fill a band: its left edge as a line, its text in it."""
    row[band.first : band.last] = [(" ", ink, ground)] * (band.last - band.first)
    row[band.first] = ("▏", edge, ground)
    write(row, band.label, ink)


def heading(left: Sequence[tuple[str, Style]], right: tuple[str, Style], width: int) -> Strip:
    """Return a line of texts on the left and one on the right, which comes first if room is short.

    Of the texts on the left the first is cut with an ellipsis, the others are left out.
    """
    said = right[0] if cell_len(right[0]) <= width else set_cell_size(right[0], width)
    room = width - cell_len(said) - 2
    segments: list[Segment] = []
    for n, (text, style) in enumerate(left):
        if cell_len(text) > room:
            if n or room < 4:
                break
            text = set_cell_size(text, room - 1).rstrip() + "…"
        segments.append(Segment(text, style))
        room -= cell_len(text)
    used = sum(segment.cell_length for segment in segments)
    gap = Segment(" " * max(0, width - used - cell_len(said)), right[1])
    return Strip([*segments, gap, Segment(said, right[1])], width)


@lru_cache(maxsize=4096)
def style_of(ink: str, ground: str) -> Style:
    """Return a style; there are few, and making one is slow."""
    return Style(color=ink, bgcolor=ground)


def strip_of(row: Sequence[Cell]) -> Strip:
    """Return a row of cells, each one column wide, as Textual draws it."""
    segments = [
        Segment("".join(cell[0] for cell in cells), style_of(*key))
        for key, cells in groupby(row, key=lambda cell: cell[1:])
    ]
    return Strip(segments, len(row))


def with_playhead(strip: Strip, column: int, ink: str, ground: str, lines: bool = True) -> Strip:
    """Return a row with the playhead in one column; as it was where that is not seen.

    Parameters
    ----------
    ink, ground : colours of the playhead and of what is behind it
    lines : whether it covers what is there; text is never covered but stands on the playhead
    """
    width = strip.cell_length
    if not 0 <= column < width:
        return strip
    there = "" if lines else strip.crop(column, column + 1).text.strip(" ▏│╵")
    cell = Segment(there, style_of(ground, ink)) if there else Segment("┃", style_of(ink, ground))
    return Strip.join([strip.crop(0, column), Strip([cell], 1), strip.crop(column + 1, width)])


def _ink(ground: Color) -> str:
    """Return black or white, whichever has the higher contrast by WCAG 2."""
    shares = (
        (c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in ground.rgb
    )
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), shares, strict=True))
    return "#101010" if luminance > 0.18 else "#ffffff"
