"""The current track at the top of the screen: its sound, form, beats and chords, and where we are.

The panel shows and tells (`Seeked`, `PlayToggled`); it plays nothing. Positions are in seconds.
"""

from collections.abc import Iterator
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from agent.record import TrackRecord
from agent.screen.layout import View
from agent.screen.paint import Palette, heading, with_playhead
from agent.screen.picture import (
    NARROW_HEIGHT,
    WIDE,
    WIDE_HEIGHT,
    Scene,
    picture,
    rows_for,
)
from agent.screen.track_map import TrackMap, map_of
from agent.screen.waves import Peaks
from tools.annotations import Level

ZOOM_STEP = 1.5
CLOSEST = 2.0
"""Seconds of the shortest stretch that is shown."""

CHORD_COLUMNS = 7.0
"""Columns a usual chord has at first: its name, its edge and some air."""

PAGE_AT, PAGE_TO = 0.92, 0.08
"""Where in the view the playhead is when the page turns, and where it is then."""

WHEEL = 0.1
"""Share of the view that one notch of the wheel scrolls."""


class TrackPanel(Widget, can_focus=True):
    """Waveform, sections, bars, chords and time of one track, with a playhead."""

    DEFAULT_CSS = """
    TrackPanel { height: auto; background: $surface; color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step('beats', -1)", "Beat back", show=False),
        Binding("right", "step('beats', 1)", "Beat on", show=False),
        Binding("shift+left,b", "step('bars', -1)", "Bar back", show=False),
        Binding("shift+right,w", "step('bars', 1)", "Bar on", show=False),
        Binding("ctrl+left,pageup", "step('sections', -1)", "Section back", show=False),
        Binding("ctrl+right,pagedown", "step('sections', 1)", "Section on", show=False),
        Binding("home", "go(0)", "Start", show=False),
        Binding("end", "go(1)", "End", show=False),
        Binding("plus,equals_sign,up", "zoom(1)", "Zoom in", key_display="+"),
        Binding("minus,down", "zoom(-1)", "Zoom out", key_display="-"),
        Binding("0", "whole", "Whole track", show=False),
        Binding("comma,less_than_sign", "scroll(-1)", "Scroll back", show=False),
        Binding("full_stop,greater_than_sign", "scroll(1)", "Scroll on", show=False),
        Binding("f", "follow", "Follow"),
        Binding("space", "play", "Play"),
    ]

    position: reactive[float] = reactive(0.0, repaint=False)
    """The playhead, in seconds."""
    zoom: reactive[float] = reactive(1.0, repaint=False)
    """How many times longer the track is than what is seen of it."""
    start: reactive[float] = reactive(0.0, repaint=False)
    """The moment at the left edge, in seconds."""
    follow: reactive[bool] = reactive(True)
    """Whether the view goes with the playhead."""
    playing: reactive[bool] = reactive(False)
    """Whether the heading says that the track plays."""
    marked: reactive[tuple[float, float] | None] = reactive(None, repaint=False)
    """A stretch that is set off, in seconds."""

    class Seeked(Message):
        """The user chose a moment; the playhead is there already."""

        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds

    class PlayToggled(Message):
        """The user wants to hear the track, or no more of it."""

    def __init__(self, empty: str = "No track is open.", id: str | None = None) -> None:
        super().__init__(id=id)
        self._empty = empty
        self._track: TrackMap | None = None
        self._peaks: Peaks | None = None
        self._shown = ""
        self._strips: list[Strip] | None = None
        self._colours: Palette | None = None
        self._fitted: tuple[float, float] | None = None  # the usual span, and the zoom for it

    # ---- what is shown --------------------------------------------------------------------------

    def show(self, record: TrackRecord, peaks: Peaks | None = None) -> None:
        """Show a track; the same track again keeps place and zoom, as when more of it was heard.

        Without `peaks` the outline is drawn by how loud it is, or left out.

        Raises
        ------
        RecordError
            If an annotation of the record is damaged.
        """
        track, level = map_of(record), record.annotation("level")
        if peaks is None and isinstance(level, Level) and level.decibels:
            peaks = Peaks.from_level(level)
        again = record.id == self._shown
        self._track, self._shown = track, record.id
        self._peaks = peaks or (self._peaks if again else None)
        if not again:
            self.marked, self.position, self.start, self.zoom = None, 0.0, 0.0, 1.0
            self.follow, self._fitted = True, None
        self._fit()
        self._redraw()

    def clear(self) -> None:
        """Show no track."""
        self._track = self._peaks = None
        self._shown, self.playing, self.marked = "", False, None
        self.position = self.start = 0.0
        self._redraw()

    def text(self) -> str:
        """Return where the playhead is, in words; what is seen, for who can't see it."""
        return self._track.said(self.position) if self._track else self._empty

    def seek(self, seconds: float, until: float | None = None) -> None:
        """Go to a moment and tell so; with `until`, set off the stretch between."""
        if self._track is None:
            return
        self.marked = None if until is None else (seconds, until)
        self.position = seconds
        self._bring_into_view()
        self.post_message(self.Seeked(self.position))

    @property
    def view(self) -> View:
        """The stretch that is seen."""
        length = self._length / self.zoom
        return View(self.start, length, max(1, self.size.width))

    # ---- what changes ---------------------------------------------------------------------------

    def validate_position(self, position: float) -> float:
        """Keep the playhead in the track."""
        return min(max(0.0, position), self._track.duration) if self._track else 0.0

    def validate_zoom(self, zoom: float) -> float:
        """Show the whole track at most, and two seconds at least."""
        return min(max(1.0, zoom), max(1.0, self._length / CLOSEST))

    def validate_start(self, start: float) -> float:
        """Keep the view in the track."""
        return min(max(0.0, start), max(0.0, self._length - self._length / self.zoom))

    def watch_position(self, before: float, position: float) -> None:
        """Move the playhead; draw anew only where the chord changes or the page turns."""
        if self._track is None:
            return
        if self.follow and self.playing:
            self._turn_page()
        elif self.follow:
            self._bring_into_view()
        if self._track.chord(before) != self._track.chord(position):
            self._redraw()
        elif self.is_attached:
            self.refresh(*self._touched(before, position))

    def watch_zoom(self) -> None:
        """Keep the view in the track, and draw anew."""
        self.start = self.validate_start(self.start)
        self._redraw()

    def watch_start(self) -> None:
        """Draw anew."""
        self._redraw()

    def watch_marked(self) -> None:
        """Draw anew."""
        self._redraw()

    def notify_style_update(self) -> None:
        """Draw anew in the colours of another theme."""
        super().notify_style_update()
        self._redraw()

    def on_resize(self) -> None:
        """Lay out for the new size."""
        self._fit()
        self._redraw()

    # ---- what the user does ---------------------------------------------------------------------

    def action_step(self, unit: str, count: int) -> None:
        """Go some beats, bars or sections on or back."""
        if self._track:
            self.seek(self._track.step(self.position, unit, count))

    def action_go(self, share: float) -> None:
        """Go to a share of the track: 0 is its start, 1 its end."""
        self.seek(share * self._length)

    def action_zoom(self, direction: int) -> None:
        """Zoom in or out; the playhead stays in its column, or the middle where it isn't seen."""
        view = self.view
        pivot = (
            self.position if view.start <= self.position <= view.end else view.time(view.width // 2)
        )
        self._zoom_about(pivot, direction)

    def action_whole(self) -> None:
        """Show the whole track."""
        self.zoom = 1.0

    def action_scroll(self, direction: int) -> None:
        """Scroll half a view on or back; the view stays there until it follows again."""
        self._scroll(direction * 0.5)

    def action_follow(self) -> None:
        """Follow the playhead, or no more."""
        self.follow = not self.follow
        if self.follow:
            self._bring_into_view()

    def action_play(self) -> None:
        """Ask for the track to be played, or paused."""
        if self._track:
            self.post_message(self.PlayToggled())

    def on_click(self, event: events.Click) -> None:
        """Go where was clicked; in the overview, anywhere in the track."""
        rows = rows_for(*self.size)
        if self._track is None or not 0 <= event.y < len(rows):
            return
        event.stop()
        if rows[event.y] == "heading":
            self.action_play()
            return
        whole = View(0.0, self._length, self.view.width)
        self.seek((whole if rows[event.y] == "overview" else self.view).time(event.x))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on; with Ctrl zoom out about the pointer."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back; with Ctrl zoom in about the pointer."""
        self._wheel(event, -1)

    def _touched(self, before: float, position: float) -> Iterator[Region]:
        """Yield what a step of the playhead changes: few columns, and the heading; not the rest."""
        width, height = self.size
        yield Region(0, 0, width, 1)
        yield Region(0, height - 1, width, 1)
        for time in (before, position):
            column = min(max(0, self.view.column(time)), width - 1)
            yield Region(column, 0, 1, height)

    # ---- drawing --------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows the panel asks for: fewer where it is narrow or the screen is low."""
        return (
            WIDE_HEIGHT if width >= WIDE and viewport.height >= 2.5 * WIDE_HEIGHT else NARROW_HEIGHT
        )

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        width, ground = self.size.width, self._palette.behind.hex6
        if self._track is None:
            return self._nothing(y)
        rows = rows_for(*self.size)
        if self._strips is None or len(self._strips) != len(rows):
            self._strips = self._drawn(rows)
        if y >= len(rows):
            return Strip.blank(width, Style(bgcolor=ground))
        if rows[y] == "heading":
            return self._heading()
        view = self.view if rows[y] != "overview" else View(0.0, self._length, width)
        last = width - 1 if self.position >= view.end == self._length else width
        column = min(view.column(self.position), last)
        lines = rows[y] in ("wave", "overview")
        return with_playhead(self._strips[y], column, self._palette.playhead, ground, lines)

    def _drawn(self, rows: list[str]) -> list[Strip]:
        assert self._track is not None
        now = self._track.chord(self.position)
        scene = Scene(self._track, self._peaks, self.view, self._palette, self.marked, now)
        return picture(scene, rows)

    def _heading(self) -> Strip:
        palette, track = self._palette, self._track
        assert track is not None
        ground = palette.behind.hex6
        title = Style(color=palette.text.hex6, bgcolor=ground, bold=True)
        facts = Style(color=palette.muted, bgcolor=ground)
        said = Style(color=palette.text.hex6, bgcolor=ground, bold=self.has_focus)
        free = "" if self.follow else " · free"
        right = f"{'▶' if self.playing else '‖'} {self.text()}{free} "
        left = [(f" {track.title}", title), (f"  {track.facts}", facts)]
        return heading(left, (right, said), self.size.width)

    def _nothing(self, y: int) -> Strip:
        palette = self._palette
        style = Style(color=palette.muted, bgcolor=palette.behind.hex6)
        middle = (self.size.height - 1) // 2
        return heading(
            [(f" {self._empty}" if y == middle else "", style)], ("", style), self.size.width
        )

    @property
    def _palette(self) -> Palette:
        """The colours of the theme, and of the panel in it."""
        if self._colours is None:
            _, _, behind, text = self.colors
            accent = self.app.theme_variables.get("accent")
            self._colours = Palette(behind, text, Color.parse(accent) if accent else text)
        return self._colours

    # ---- inside ---------------------------------------------------------------------------------

    @property
    def _length(self) -> float:
        """The length of the track, in seconds; never 0."""
        return max(0.001, self._track.duration) if self._track else 1.0

    def _redraw(self) -> None:
        self._strips = self._colours = None
        self.refresh()

    def _fit(self) -> None:
        """Zoom so that chord names, or else bars, have room, until the user zooms.

        They may be heard after the track is shown: then it is done anew.
        """
        track, width = self._track, self.size.width
        usual = track.usual_span() if track else None
        if not usual or not width:
            return
        if self._fitted and (self._fitted[0] == usual or self._fitted[1] != self.zoom):
            return
        self.zoom = self._length / (width * usual / CHORD_COLUMNS)
        self._fitted = (usual, self.zoom)
        self._bring_into_view()

    def _zoom_about(self, pivot: float, direction: int) -> None:
        view = self.view
        share = (pivot - view.start) / view.seconds
        self.zoom = self.zoom * ZOOM_STEP**direction
        self.start = pivot - share * self.view.seconds

    def _scroll(self, share: float) -> None:
        self.follow = False
        self.start = self.start + share * self.view.seconds

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        if self._track is None:
            return
        event.stop()
        event.prevent_default()
        if event.ctrl:
            self._zoom_about(self.view.time(event.x), -direction)
        else:
            self._scroll(direction * WHEEL)

    def _turn_page(self) -> None:
        """Go on with the view when the playhead nears its edge, and back when it left it."""
        view = self.view
        if not view.start <= self.position <= view.start + PAGE_AT * view.seconds:
            self.start = self.position - PAGE_TO * view.seconds

    def _bring_into_view(self) -> None:
        """Show the playhead where it isn't seen, with some of what comes before it."""
        view = self.view
        if not view.start <= self.position < view.end:
            self.start = self.position - PAGE_TO * view.seconds
