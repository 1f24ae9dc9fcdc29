"""One sheet of a track: waveform, form, beats, chords, notes and sound over time, to be printed.

A page of A4. A short track stands in one system across a landscape page, a longer one in up to five
systems, one under the other, on a portrait page. Colours are those of Okabe & Ito (2008), which the
colour-blind can tell apart; nothing is told by colour alone, so a copy in grey says the same.
Titles are other people's text: they are drawn letter by letter, never read as formulas.
"""

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.findings import findings
from agent.record import TrackRecord
from agent.render import clock
from agent.sheet_rows import rows_of
from agent.sheet_space import GREY, INK, PALE, Row, Space, fitted, pretty
from tools.titles import clean_text
from tools.waveform import Waveform

if TYPE_CHECKING:
    from matplotlib.figure import Figure

A4 = (8.27, 11.69)
"""Inches."""

DPI = 200

LANDSCAPE_SECONDS, LANDSCAPE_SYSTEMS = 75.0, 2
PORTRAIT_SECONDS, PORTRAIT_SYSTEMS = 60.0, 5
"""Seconds that a system holds with ease, and how many stand on a page."""

SLACK = 1.15
"""A last system of a few seconds is saved by making all a little longer."""

LEFT, RIGHT, TOP, BOTTOM = 0.95, 0.45, 0.45, 0.6
HEADER, GAP, AXIS = 0.85, 0.22, 0.22
MOST_STRETCH, MOST_ELASTIC = 1.35, 4.0

FALLBACKS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Hiragino Sans", "PingFang SC",
    "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "WenQuanYi Micro Hei", "Noto Sans",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Arial Unicode MS",
)  # fmt: skip
"""Fonts with letters that DejaVu lacks, used where they are installed."""


@dataclass(frozen=True)
class Page:
    """How a track is laid out: size in inches, and the systems from and to in seconds."""

    width: float
    height: float
    systems: tuple[tuple[float, float], ...]


def write_sheet(record: TrackRecord, to: Path, form: str, wave: Waveform | None = None) -> None:
    """Draw a track and write it.

    Parameters
    ----------
    form : ``"png"``, at 200 dots an inch, or ``"svg"``, with its text as text
    wave : the outline of the sound; without it the level stands in where it is known
    """
    with _settled():
        figure = draw_sheet(record, wave)
        about: dict[str, Any] = {"Title": clean_text(record.title)}
        if form == "svg":
            about["Date"] = None  # the same track gives the same file
        figure.savefig(to, format=form, dpi=DPI, metadata=about)


def draw_sheet(record: TrackRecord, wave: Waveform | None = None) -> "Figure":
    """Return the sheet as a figure that belongs to nobody: pyplot's state is not touched."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = page_of(record.duration)
    figure = Figure(figsize=(page.width, page.height), facecolor="white")
    FigureCanvasAgg(figure)
    rows = rows_of(record, wave)
    _header(figure, page, record)
    _footer(figure, page, record)
    room = page.height - TOP - HEADER - BOTTOM
    count = len(page.systems)
    heights = _heights(rows, (room - (count - 1) * GAP) / count - AXIS)
    top = page.height - TOP - HEADER
    for span in page.systems:
        top = _system(figure, page, list(zip(rows, heights, strict=True)), span, top) - GAP
    return figure


def _heights(rows: Sequence[Row], room: float) -> list[float]:
    """Return the inches of each row: what is left on the page goes to those that gain by it."""
    least = sum(row.height for row in rows)
    stretch = min(MOST_STRETCH, room / least)
    elastic = sum(row.height for row in rows if row.elastic)
    spare = max(0.0, room - stretch * least)
    more = min(MOST_ELASTIC, stretch + spare / elastic) if elastic else stretch
    return [row.height * (more if row.elastic else stretch) for row in rows]


def page_of(duration: float) -> Page:
    """Return the page for a track of so many seconds."""
    duration = max(1.0, duration)
    if duration <= LANDSCAPE_SECONDS * LANDSCAPE_SYSTEMS:
        count = max(1, math.ceil(duration / LANDSCAPE_SECONDS / SLACK))
        return Page(A4[1], A4[0], _spans(duration, count))
    count = min(PORTRAIT_SYSTEMS, math.ceil(duration / PORTRAIT_SECONDS / SLACK))
    return Page(A4[0], A4[1], _spans(duration, count))


def _spans(duration: float, count: int) -> tuple[tuple[float, float], ...]:
    """Return systems of one length, in whole seconds where there are several."""
    length = duration if count == 1 else math.ceil(duration / count)
    return tuple((i * length, (i + 1) * length) for i in range(count))


# ---- the page -----------------------------------------------------------------------------------


def _system(
    figure: "Figure",
    page: Page,
    rows: Sequence[tuple[Row, float]],
    span: tuple[float, float],
    top: float,
) -> float:
    """Draw one system below `top`, in inches from the bottom; return where it ends."""
    width = page.width - LEFT - RIGHT
    axes = None
    for row, height in rows:
        top -= height
        if row.blank:
            continue
        place = (LEFT / page.width, top / page.height, width / page.width, height / page.height)
        axes = figure.add_axes(place)
        axes.set_xlim(*span)
        axes.set_axis_off()
        row.draw(Space(axes, *span, width, height))
        if row.name:
            figure.text(
                (LEFT - 0.1) / page.width,
                (top + height / 2) / page.height,
                row.name,
                ha="right",
                va="center",
                fontsize=min(7.0, 0.9 * 72 * height),
                color=GREY,
                parse_math=False,
            )
    if axes is not None:
        _time_axis(figure, page, span, top, width)
    return top - AXIS


def _time_axis(
    figure: "Figure", page: Page, span: tuple[float, float], top: float, width: float
) -> None:
    """Draw minutes and seconds below a system."""
    axes = figure.add_axes(
        (LEFT / page.width, (top - 0.05) / page.height, width / page.width, 0.05 / page.height)
    )
    axes.set_xlim(*span)
    axes.set_ylim(0, 1)
    step = _step(span[1] - span[0], width)
    ticks = [i * step for i in range(math.ceil(span[0] / step), int(span[1] / step + 1e-9) + 1)]
    axes.set_xticks(ticks, [clock(t) for t in ticks])
    axes.tick_params(length=2.5, width=0.5, labelsize=6.5, colors=GREY, pad=1.5)
    axes.set_yticks([])
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(GREY)
        spine.set_linewidth(0.5)


def _step(seconds: float, width: float) -> float:
    """Return how far apart times are written: half an inch at least."""
    least = 0.5 * seconds / width
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
    return next((step for step in steps if step >= least), 7200)


def _header(figure: "Figure", page: Page, record: TrackRecord) -> None:
    left, top = LEFT / page.width, page.height - TOP
    room = page.width - LEFT - RIGHT
    title = fitted(clean_text(record.title) or "Untitled", 17, room, "bold")
    artist = fitted(clean_text(record.titles.get("artist", "")), 10.5, room)
    style: dict[str, Any] = {"ha": "left", "va": "baseline", "parse_math": False}
    figure.text(
        left, (top - 0.2) / page.height, title, fontsize=17, fontweight="bold", color=INK, **style
    )
    if artist:
        figure.text(left, (top - 0.4) / page.height, artist, fontsize=10.5, color=GREY, **style)
    line = top - (0.62 if artist else 0.44)
    figure.text(left, line / page.height, _facts(record), fontsize=9, color=INK, **style)


def _facts(record: TrackRecord) -> str:
    found = findings(record)
    facts = []
    if found.key:
        facts.append(pretty(str(found.key)))
    if found.tempo:
        steady = "" if found.tempo.steady is not False else ", it moves"
        facts.append(f"{found.tempo.bpm:.1f} BPM{steady}")
    if found.beats and found.beats.meter:
        facts.append(found.beats.meter)
    facts.append(clock(record.duration))
    return "   ·   ".join(facts)


def _footer(figure: "Figure", page: Page, record: TrackRecord) -> None:
    authors: dict[str, list[str]] = {}
    for task in record.annotations:
        authors.setdefault(record.estimator(task) or "", []).append(task)
    told = "; ".join(f"{', '.join(tasks)} by {author}" for author, tasks in authors.items())
    lines = (f"Musicologue. Heard: {told}.", "Strips over time: the darker, the surer.")
    for height, line in zip((0.4, 0.29), lines, strict=True):
        figure.text(
            LEFT / page.width,
            height / page.height,
            fitted(clean_text(line, 600), 5.5, page.width - LEFT - RIGHT),
            fontsize=5.5,
            color=GREY,
            ha="left",
            va="baseline",
            parse_math=False,
        )
    figure.add_artist(_rule(page))


def _rule(page: Page) -> Any:
    """Return the thin line above the footer."""
    from matplotlib.lines import Line2D

    ends = [LEFT / page.width, 1 - RIGHT / page.width]
    return Line2D(ends, [0.52 / page.height] * 2, color=PALE, linewidth=0.5)


@contextmanager
def _settled() -> Iterator[None]:
    """Draw with our settings whatever the user's own are; letters that no font has stay quiet."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    families = ["DejaVu Sans", *(name for name in FALLBACKS if name in there)]
    logger = logging.getLogger("matplotlib.font_manager")
    changes: dict[Any, Any] = {
        "font.family": families,
        "svg.fonttype": "none",
        "svg.hashsalt": "musicologue",
    }
    with matplotlib.rc_context(changes), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing", UserWarning)
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)
