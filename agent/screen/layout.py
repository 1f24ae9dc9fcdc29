"""Which label stands in which column: the rows of the panel laid out for a width. Pure.

A label is written whole, in a shorter form, or not at all; between two labels is a column at least.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rich.cells import cell_len

from agent.render import clock
from agent.screen.track_map import Beat, Span

RULER_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds between two times of a ruler."""

BAR_STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
"""Bars between two numbers: forms are built of fours and eights."""

BEAT_COLUMNS = 2.0
"""Columns a beat needs for a tick of its own."""

RULER_GAP = 3
"""Columns between two times of a ruler, at least."""

Shorter = Callable[[Span], Sequence[str]]


@dataclass(frozen=True)
class View:
    """The stretch that is seen: from `start`, `seconds` long, on `width` columns."""

    start: float
    seconds: float
    width: int

    @property
    def end(self) -> float:
        """The moment at the right edge."""
        return self.start + self.seconds

    def column(self, time: float) -> int:
        """Return the column that a moment falls in; outside of 0 to width - 1 it is not seen."""
        return int((time - self.start) / self.seconds * self.width // 1)

    def edge(self, time: float) -> int:
        """Return the column border next to a moment, 0 to width."""
        return min(max(0, round((time - self.start) / self.seconds * self.width)), self.width)

    def time(self, column: int) -> float:
        """Return the moment in the middle of a column."""
        return self.start + (column + 0.5) / self.width * self.seconds


@dataclass(frozen=True)
class Label:
    """Text from a column on."""

    column: int
    text: str

    @property
    def end(self) -> int:
        """The column after it."""
        return self.column + cell_len(self.text)


@dataclass(frozen=True)
class Band:
    """Columns `first` to `last` - 1 of one span; `text` is written one column in, where it fits."""

    first: int
    last: int
    text: str
    span: Span

    @property
    def label(self) -> Label:
        """The text where it stands."""
        return Label(self.first + 1, self.text)


def bands(view: View, spans: Sequence[Span], forms: Shorter) -> list[Band]:
    """Return the spans that are seen, each with the longest of its `forms` that fits."""
    seen = []
    for span in spans:
        if span.end <= view.start or span.start >= view.end:
            continue
        first, last = view.edge(span.start), view.edge(span.end)
        if last > first:
            room = last - first - 1
            text = next((t for t in forms(span) if cell_len(t) <= room), "")
            seen.append(Band(first, last, text, span))
    return seen


def section_forms(span: Span) -> Sequence[str]:
    """Return how a section may be written: with its times, its name, its letter."""
    name, times = span.name, f"{clock(span.start)}-{clock(span.end)}"
    short = [name.rpartition(" ")[0], span.kind if len(span.kind) == 1 else ""]
    return [f"{name}  {times} ", f"{name} ", name, *filter(None, short)]


def chord_forms(span: Span) -> Sequence[str]:
    """Return how a chord may be written: whole, or without its bass. Never as another chord."""
    whole, bass = span.name, span.name.partition("/")[0]
    return [whole] if bass == whole else [whole, bass]


def bar_labels(view: View, beats: Sequence[Beat]) -> list[Label]:
    """Return the numbers of the bars that are seen, each right of its bar line.

    Every bar has one, or every second, fourth, eighth ...
    """
    bars = [beat for beat in beats if beat.position == 1]
    gaps = [b.time - a.time for a, b in pairwise(bars)]
    columns = median(gaps) / view.seconds * view.width if gaps else view.width
    widest = len(str(len(bars))) + 2
    every = next((n for n in BAR_STEPS if n * columns >= widest), BAR_STEPS[-1])
    wanted = [
        Label(view.column(bar.time) + 1, str(bar.bar))
        for bar in bars
        if (bar.bar - 1) % every == 0 and view.start <= bar.time
    ]
    return list(_apart(wanted, view.width))


def beat_ticks(view: View, beats: Sequence[Beat]) -> dict[int, str]:
    """Return the marks of the beats by column: a high one at a bar, none where they'd touch."""
    lows = bisect_left(beats, view.start, key=lambda beat: beat.time)
    highs = bisect_left(beats, view.end, key=lambda beat: beat.time)
    seen = beats[lows:highs]
    bars = [beat for beat in seen if beat.position == 1]
    marks: dict[int, str] = {}
    if _spaced(view, seen):
        marks |= {view.column(beat.time): "╵" for beat in seen}
    if _spaced(view, bars):
        marks |= {view.column(beat.time): "│" for beat in bars}
    return marks


def ruler_labels(view: View, duration: float) -> list[Label]:
    """Return the times below the panel, as many as stand well apart."""
    widest = len(clock(duration)) + 2 * (view.seconds < 8) + RULER_GAP
    step = next(
        (s for s in RULER_STEPS if s / view.seconds * view.width >= widest), RULER_STEPS[-1]
    )
    last = min(view.end, duration)
    wanted = []
    for n in range(int(-(-view.start // step)), int(last / step) + 1):
        at = n * step
        wanted.append(Label(view.column(at), clock(int(at)) + (".5" if at % 1 else "")))
    return list(_apart(wanted, view.width))


# ---- inside -------------------------------------------------------------------------------------


def _apart(labels: Sequence[Label], width: int) -> Iterator[Label]:
    """Yield the labels that fit: whole, inside, and a column or more after the one before."""
    free = 0
    for label in labels:
        if label.column >= free and label.end <= width:
            yield label
            free = label.end + 1


def _spaced(view: View, beats: Sequence[Beat]) -> bool:
    gaps = [b.time - a.time for a, b in pairwise(beats)]
    return not gaps or median(gaps) / view.seconds * view.width >= BEAT_COLUMNS
