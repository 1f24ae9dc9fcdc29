"""The panel of the current track: what stands where, what keys and clicks do."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult

from agent.record import TrackRecord
from agent.screen.layout import (
    Label,
    View,
    bands,
    bar_labels,
    beat_ticks,
    chord_forms,
    ruler_labels,
    section_forms,
)
from agent.screen.paint import Palette, Tones, wave_cells
from agent.screen.panel import TrackPanel
from agent.screen.track_map import Beat, TrackMap, map_of
from agent.screen.waves import Peaks
from tools.annotations import Annotation, Beats, Chords, Key, Level, Sections, Tempo

BPM, BAR, SECONDS = 120.0, 2.0, 96.0
LABELS = ("F#:min7", "D:maj/3", "A:maj", "E:sus4")
FORM = ((0.0, 8.0, "intro", "A"), (8.0, 40.0, "verse", "B"), (40.0, 90.0, "chorus", "C"))


def heard(*without: str) -> TrackRecord:
    """Return 96 s in F# minor: a chord a bar, the last one of one name for two; 4 sections."""
    times = tuple(0.5 + n * 60 / BPM for n in range(int(2 * SECONDS) - 2))
    rows = [(0.5 + n * BAR, 2.5 + n * BAR, LABELS[n % 4]) for n in range(47)]
    form = (*FORM, (90.0, 96.0, "outro", "D"))
    found: dict[str, Annotation] = {
        "beats": Beats(times, tuple(n % 4 + 1 for n in range(len(times))), "b/1", "4/4"),
        "tempo": Tempo(BPM, 0.9, "b/1"),
        "key": Key("F#", "minor", 0.8, "k/1"),
        "chords": Chords(tuple(r[:2] for r in rows), tuple(r[2] for r in rows), "c/1"),
        "segments": Sections(
            tuple(f[:2] for f in form), tuple(f[2] for f in form), "s/1", (), tuple(f[3] for f in form)
        ),
        "level": Level(1.0, (-6.0,) * 96, "l/1"),
    }  # fmt: skip
    known = {task: a.to_dict() for task, a in found.items() if task not in without}
    titles = {"title": "Night\x1b[2J Walk", "artist": "The Band"}
    return TrackRecord("ab" * 16, "/m/night.wav", titles, SECONDS, 44_100, 2, known)


TRACK = map_of(heard())
BLANK = map_of(heard("beats", "tempo", "key", "chords", "segments"))
ROWS: dict[str, Callable[[View, TrackMap], list[Label]]] = {
    "sections": lambda v, t: [b.label for b in bands(v, t.sections, section_forms) if b.text],
    "chords": lambda v, t: [b.label for b in bands(v, t.chords, chord_forms) if b.text],
    "bars": lambda v, t: bar_labels(v, t.beats),
    "ruler": lambda v, t: ruler_labels(v, t.duration),
}


def run(
    steps: Callable[["Stage", TrackPanel], Awaitable[None]], width: int = 160, height: int = 40
) -> "Stage":
    """Show the track on a screen and do the steps."""

    async def go() -> Stage:
        app = Stage()
        async with app.run_test(size=(width, height)) as pilot:
            panel = app.query_one(TrackPanel)
            panel.show(heard(), Peaks(1.0, np.ones(96), np.full(96, 0.2)))
            panel.focus()
            await pilot.pause()
            app.press, app.pause, app.click = pilot.press, pilot.pause, pilot.click
            await steps(app, panel)
            await pilot.pause()
        return app

    return asyncio.run(go())


class Stage(App[None]):
    """A screen with a panel, which notes what it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float | str] = []
        self.press: Callable[..., Awaitable[None]]
        self.pause: Callable[..., Awaitable[None]]
        self.click: Callable[..., Awaitable[bool]]

    def compose(self) -> ComposeResult:
        yield TrackPanel("No track is open yet.")

    def on_track_panel_seeked(self, event: TrackPanel.Seeked) -> None:
        self.told.append(event.seconds)

    def on_track_panel_play_toggled(self) -> None:
        self.told.append("play")


def lines(panel: TrackPanel) -> list[str]:
    """Return what the panel shows, row by row."""
    return [panel.render_line(y).text for y in range(panel.size.height)]


# ---- which label stands where -------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize(("start", "seconds"), [(0.0, 96.0), (37.3, 20.0), (0.0, 2.0), (88.0, 8.0)])
def test_labels_are_whole_inside_and_apart(
    row: str, width: int, start: float, seconds: float
) -> None:
    labels = ROWS[row](View(start, seconds, width), TRACK)
    assert all(label.column >= 0 and label.end <= width for label in labels)
    assert all(a.end < b.column for a, b in pairwise(labels))
    assert labels or row in ("bars", "chords", "sections")


@pytest.mark.parametrize("width", [40, 80, 160])
def test_chords_are_never_written_as_other_chords(width: int) -> None:
    names = {"F#m7", "D/F#", "D", "A", "Esus4"}
    for seconds in (96.0, 48.0, 24.0, 12.0, 6.0):
        labels = ROWS["chords"](View(0.0, seconds, width), TRACK)
        assert {label.text for label in labels} <= names
    assert {label.text for label in ROWS["chords"](View(0.0, 8.5, width), TRACK)} == names - {"D"}


def test_labels_stand_over_what_they_name() -> None:
    view = View(0.0, 96.0, 96)  # a column a second
    found = {
        band.text.strip(): (band.first, band.last)
        for band in bands(view, TRACK.sections, section_forms)
    }
    assert found == {
        "intro A": (0, 8),
        "verse B  0:08-0:40": (8, 40),
        "chorus C  0:40-1:30": (40, 90),
        "outro": (90, 96),
    }
    numbers = [(label.column, label.text) for label in bar_labels(view, TRACK.beats)]
    assert numbers[:3] == [(1, "1"), (5, "3"), (9, "5")]  # right of the bar line
    assert [(r.column, r.text) for r in ruler_labels(view, 96.0)][:3] == [
        (0, "0:00"), (10, "0:10"), (20, "0:20")
    ]  # fmt: skip


def test_numbers_of_bars_that_rush_are_left_out() -> None:
    times = [*(4.0 * n for n in range(20)), *(80 + 0.2 * n for n in range(20))]
    bars = [Beat(time, n, 1) for n, time in enumerate(times, 1)]
    labels = bar_labels(View(0.0, 90.0, 160), bars)
    assert all(a.end < b.column for a, b in pairwise(labels))
    assert [label.text for label in labels][:20] == [str(n) for n in range(1, 21)]
    assert 20 < len(labels) < 24


def test_ticks_thin_out_with_the_zoom() -> None:
    beats = TRACK.beats
    assert set(beat_ticks(View(0.0, 8.0, 80), beats).values()) == {"│", "╵"}
    assert set(beat_ticks(View(0.0, 48.0, 80), beats).values()) == {"│"}
    assert not beat_ticks(View(0.0, 96.0, 40), beats)
    ticks = beat_ticks(View(0.0, 8.0, 80), beats)
    assert [column for column, char in ticks.items() if char == "│"] == [5, 25, 45, 65]


def test_a_waveform_is_as_high_as_the_sound() -> None:
    tones = [Tones("#000000", "#555555", "#ffffff", "#000000")] * 3
    swings, strengths = np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.25, 0.5])
    columns = list(zip(*wave_cells(swings, strengths, 5, tones), strict=True))
    assert [cell[0] for cell in columns[0]] == [" ", " ", " ", " ", "▁"]
    assert [cell[0] for cell in columns[1]] == [" ", " ", "▄", "▂", "█"]
    assert [cell[1:] for cell in columns[1]][2:4] == [
        ("#555555", "#000000"),
        ("#ffffff", "#555555"),
    ]
    pale, strong = "#555555", "#ffffff"
    assert [cell[0] for cell in columns[2]] == ["█", "█", "▄", "█", "█"]
    assert [cell[1] for cell in columns[2]] == [pale, pale, strong, strong, strong]


def test_an_even_waveform_is_mirrored() -> None:
    tones = [Tones("#000000", "#555555", "#ffffff", "#000000")]
    rows = wave_cells(np.array([0.5]), np.array([0.25]), 4, tones)
    assert [row[0] for row in rows] == [
        (" ", "#555555", "#000000"),
        ("▄", "#ffffff", "#555555"),
        ("▄", "#555555", "#ffffff"),
        ("█", "#000000", "#555555"),
    ]


@pytest.mark.parametrize("behind", ["#121212", "#e0e0e0", "#002b36"])
def test_text_is_read_on_every_colour(behind: str) -> None:
    from textual.color import Color

    ground = Color.parse(behind)
    palette = Palette(ground, ground.get_contrast_text(0.87), Color.parse("#0178d4"))
    pairs = [(t.ink, t.strong) for t in map(palette.tones, "ABCDEF")]
    pairs += [
        palette.chord(kind, now) for kind in ("major", "minor", "none") for now in (True, False)
    ]
    pairs += [(palette.muted, behind)]
    for ink, on in pairs:
        light, dark = sorted((luminance(Color.parse(c).rgb) for c in (ink, on)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, on)


def luminance(rgb: tuple[int, int, int]) -> float:
    """Return the relative luminance of WCAG 2."""
    shares = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]


# ---- what is where ------------------------------------------------------------------------------


def test_moments_in_words() -> None:
    assert TRACK.said(65.0) == "1:05 · bar 33.2 · chorus C · F#m7"
    assert TRACK.said(0.1) == "0:00 · intro A"
    assert BLANK.said(65.0) == "1:05"


def test_steps_by_beat_bar_and_section() -> None:
    assert TRACK.step(10.5, "beats", 1) == 11.0 and TRACK.step(10.7, "beats", -1) == 10.5
    assert TRACK.step(10.5, "beats", -1) == 10.0
    assert TRACK.step(10.5, "bars", 2) == 14.5 and TRACK.step(0.6, "bars", -2) == 0.0
    assert TRACK.step(10.5, "sections", 1) == 40.0 and TRACK.step(95.0, "sections", 1) == SECONDS
    assert BLANK.step(10.5, "beats", 1) == 11.5 and BLANK.step(3.0, "bars", -1) == 0.0


def test_titles_can_not_steer_the_terminal() -> None:
    assert "\x1b" not in TRACK.title and TRACK.title.startswith("The Band - Night")


# ---- the widget ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "rows"), [((40, 24), 5), ((80, 24), 5), ((160, 48), 12)])
def test_rows_fill_the_panel_at_every_size(size: tuple[int, int], rows: int) -> None:
    async def look(app: Stage, panel: TrackPanel) -> None:
        shown = lines(panel)
        assert len(shown) == rows and {cell_len(line) for line in shown} == {size[0]}
        text = "\n".join(shown)
        assert "F#m7" in text and "0:00" in text
        assert ("intro A" in text and "chorus C" in text) == (rows == 12)
        assert "█" in text

    run(look, *size)


def test_the_playhead_covers_no_text() -> None:
    async def look(app: Stage, panel: TrackPanel) -> None:
        before = lines(panel)
        panel.follow = False
        for column in range(60):
            panel.position = panel.view.time(column)
            shown = lines(panel)
            assert shown[3][column] == "┃"
            for y in (1, 9, 10):  # sections, chords, ruler
                text = {c: char for c, char in enumerate(before[y]) if char not in " ▏┃"}
                assert all(shown[y][c] == char for c, char in text.items())

    run(look)


def test_keys_seek_and_tell() -> None:
    async def play(app: Stage, panel: TrackPanel) -> None:
        await app.press(
            "right", "right", "shift+right", "left", "ctrl+right", "end", "home", "space"
        )

    told = run(play).told
    assert told == [0.5, 1.0, 2.5, 2.0, 8.0, SECONDS, 0.0, "play"]


def test_clicks_seek_in_the_view_and_in_the_overview() -> None:
    async def click(app: Stage, panel: TrackPanel) -> None:
        panel.zoom = 8.0
        await app.pause()
        await app.click(TrackPanel, offset=(80, 4))
        await app.click(TrackPanel, offset=(80, 11))
        await app.pause()
        assert panel.view.start < panel.position < panel.view.end
        await app.click(TrackPanel, offset=(10, 0))

    told = run(click).told
    assert told == [pytest.approx(80.5 / 160 * 12), pytest.approx(80.5 / 160 * 96), "play"]


def test_zoom_keeps_the_playhead_in_its_column() -> None:
    async def zoom(app: Stage, panel: TrackPanel) -> None:
        panel.zoom = 2.0
        panel.seek(30.0)
        column = panel.view.column(30.0)
        await app.press("plus", "plus")
        assert panel.zoom == pytest.approx(2.0 * 1.5**2)
        assert panel.view.column(30.0) == column
        await app.press("minus", "0")
        assert panel.view == View(0.0, SECONDS, 160)
        panel.zoom = 1e9
        assert panel.view.seconds == pytest.approx(2.0)

    run(zoom)


def test_the_view_follows_until_it_is_scrolled() -> None:
    async def follow(app: Stage, panel: TrackPanel) -> None:
        panel.zoom, panel.playing = 8.0, True
        panel.position = 11.5
        assert 0.0 < panel.start < 11.5
        await app.press("full_stop")
        start = panel.start
        panel.position = 60.0
        assert panel.start == start and "free" in lines(panel)[0]
        await app.press("f")
        assert panel.view.start < 60.0 < panel.view.end and "free" not in lines(panel)[0]
        panel.position = SECONDS
        assert panel.view.end == pytest.approx(SECONDS) and lines(panel)[3][-1] == "┃"

    run(follow)


def test_the_wheel_scrolls_and_with_ctrl_zooms_about_the_pointer() -> None:
    async def turn(app: Stage, panel: TrackPanel) -> None:
        panel.zoom, panel.start = 4.0, 20.0
        panel.post_message(wheel(events.MouseScrollDown, panel))
        await app.pause()
        assert panel.start == pytest.approx(22.4) and not panel.follow
        under = panel.view.time(40)
        panel.post_message(wheel(events.MouseScrollUp, panel, ctrl=True))
        await app.pause()
        assert panel.zoom == pytest.approx(6.0)
        assert panel.view.time(40) == pytest.approx(under)

    assert run(turn).told == []


def wheel(
    kind: type[events.MouseEvent], panel: TrackPanel, ctrl: bool = False
) -> events.MouseEvent:
    """Return a notch of the wheel over column 40."""
    return kind(panel, 40, 4, 0, 1, 0, False, False, ctrl)


def test_another_theme_changes_the_colours_and_not_the_text() -> None:
    async def change(app: Stage, panel: TrackPanel) -> None:
        texts, styles = lines(panel), [list(panel.render_line(y)) for y in range(12)]
        app.theme = "textual-light"
        await app.pause()
        assert lines(panel) == texts
        assert all(list(panel.render_line(y)) != styles[y] for y in range(12))

    run(change)


def test_the_same_track_keeps_its_place_and_another_does_not() -> None:
    async def again(app: Stage, panel: TrackPanel) -> None:
        panel.zoom = 4.0
        panel.seek(50.0, until=54.0)
        place = (panel.position, panel.start, panel.zoom)
        panel.show(heard("chords"))
        assert (panel.position, panel.start, panel.zoom) == place and panel.marked == (50.0, 54.0)
        assert panel.text() == "0:50 · bar 25.4 · chorus C"
        other = heard().to_dict() | {"id": "cd" * 16}
        panel.show(TrackRecord.from_dict(other))
        assert panel.position == 0.0 and panel.marked is None
        panel.clear()
        await app.pause()
        await app.press("right", "plus", "space", "end", "0")
        assert panel.text() == "No track is open yet." in "".join(lines(panel))

    assert run(again).told == [50.0]


def test_a_track_of_which_nothing_is_known_is_shown() -> None:
    async def bare(app: Stage, panel: TrackPanel) -> None:
        record = TrackRecord("ef" * 16, str(Path("/m/x.wav")), {}, 0.0, 0, 0)
        panel.show(record)
        await app.press("right", "plus", "end", "minus")
        assert panel.text() == "0:00" and lines(panel)[0].startswith(" x ")

    run(bare)
    run(bare, 40, 10)
