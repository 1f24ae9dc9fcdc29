"""The track on the stage: the one in the panel, what is shown of it, and what of it is played."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.screen.desk import Entry
from agent.screen.links import Claim, told
from agent.screen.places import MOST_FILES, choice_of
from agent.screen.player import Player

if TYPE_CHECKING:
    from agent.screen.app import MusicologueApp


class Stage:
    """The current track of one screen.

    Attributes
    ----------
    current : its handle; "" where there is none
    """

    def __init__(self, app: "MusicologueApp", player: Player | None = None) -> None:
        self._app = app
        self.player = player or Player(lambda: app.news(self._on_player))
        self.current = ""
        self._told = ""  # the last problem of the player that was told
        self._sound: Path | None = None
        self._track_file: Path | None = None

    # ---- tracks ---------------------------------------------------------------------------------

    def open(self, key: str, path: Path) -> str:
        """Open a file and listen to it; return its handle, "" where that failed."""
        return str(
            self._app.labour.run(
                key,
                lambda report, stopped: self._app.desk.open(
                    path, report, lambda handle: self._app.news(self.refresh, handle), stopped
                ),
                lambda handle: f"{handle} {self._app.desk.library.record(handle).title} is open.",
            )
            or ""
        )

    def refresh(self, handle: str = "") -> None:
        """Show the tracks as they are now, and the current one above."""
        self._app.run_worker(lambda: self._look(handle), thread=True, group="look")

    def _look(self, handle: str) -> None:
        self._app.labour.begun.wait()
        tracks = self._app.desk.talk.tracks
        handle = handle or next((t.handle for t in tracks if t.current), "")
        if not handle:
            self._app.news(self._nothing)
            self._app.news(self.fill, self._app.desk.entries())
            return
        record = self._app.desk.library.record(handle)
        self._app.news(self._take, handle, record, None)
        self._app.news(self.fill, self._app.desk.entries())  # after it: the list marks the current
        if peaks := self._app.desk.peaks(record):
            self._app.news(self._take, handle, record, peaks)

    def _take(self, handle: str, record: Any, peaks: Any) -> None:
        """Show a track in the panel."""
        if self.current != handle or self._track_file != Path(record.path):
            self.player.pause()
            self.current, self._track_file = handle, Path(record.path)
            self._sound = None
        self._app.panel.show(record, peaks)

    def _nothing(self) -> None:
        self.current, self._track_file = "", None
        self._app.panel.clear()

    def fill(self, entries: Sequence[Entry]) -> None:
        """Show the tracks that are known."""
        self._app.places = [choice_of(entry) for entry in entries[:MOST_FILES]]
        self._app.side.fill(entries, self.current)

    def go_to(self, claim: Claim) -> None:
        """Tell who measured a claim, where and how surely, and show the place in the panel."""
        self._app.fact(told(claim))
        self._app.labour.work("claim", lambda: self._go_to(claim))

    def _go_to(self, claim: Claim) -> None:
        from agent.open_tracks import UNOPENED

        handle = str(claim.get("track", "")).partition(".")[0]
        if handle.startswith(UNOPENED):
            handle = self._app.desk.show(handle.removeprefix(UNOPENED))
        record = self._app.desk.library.record(handle)
        if handle != self.current:
            self._app.news(self._take, handle, record, self._app.desk.peaks(record))
        if span := claim.get("span"):
            self._app.news(self._app.panel.seek, float(span[0]), float(span[1]))

    # ---- playing --------------------------------------------------------------------------------

    def seek(self, seconds: float) -> None:
        """Play on from there, if something was played."""
        if self._sound:
            self.player.seek(seconds)

    def toggle(self) -> None:
        """Play the current track from the playhead, or pause."""
        file = self._sound or self._track_file
        if file is None:
            self._app.notify("No track is open: nothing to play.", timeout=4)
        elif self.player.playing:
            self.player.pause()
        else:
            self._told = ""  # whoever asks again is told again
            self.play(file)

    def play(self, file: Path) -> None:
        """Play a file, a track or its stem, from the playhead."""
        if self._sound != file:
            self._sound = file
            self.player.load(file, self._app.panel.position)
        else:
            self.player.seek(self._app.panel.position)
        self.player.play()

    def _on_player(self) -> None:
        self._app.panel.playing = self.player.playing
        told, self._told = self._told, self.player.problem
        if self.player.problem and self.player.problem != told:
            self._app.notify(self.player.problem, severity="warning", timeout=8)
