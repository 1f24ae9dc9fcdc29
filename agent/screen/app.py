"""The terminal chat: the track above, the list of tracks beside the talk, the line below.

What may take long runs in threads and processes; what they tell comes to the screen in `news`,
fifteen times a second. Nothing heavy is imported before the first picture.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from inspect import isawaitable
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Footer, Static

from agent.events import (
    AnswerFinished,
    AnswerRevised,
    Event,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
)
from agent.screen.chat import Chat
from agent.screen.commands import COMMANDS, Line, files_in, parse
from agent.screen.desk import Desk
from agent.screen.entry import Entry
from agent.screen.fuzzy import Choice
from agent.screen.help import FIRST
from agent.screen.links import Claim, told
from agent.screen.orders import MODELS, Orders, recordings
from agent.screen.panel import TrackPanel
from agent.screen.picking import Picking
from agent.screen.player import Player
from agent.screen.side import Side
from tools.errors import Cancelled, MusicToolError

log = logging.getLogger(__name__)

FRAME = 1 / 15
"""Seconds between two looks at the news."""

WIDE = 100
"""Columns from which the list stands beside the talk."""

WAIT = 0.05
MOST_FILES = 2000
"""Files below the working folder that @ offers."""


class MusicologueApp(App[None]):
    """One conversation at a time, over a desk."""

    TITLE = "Musicologue"
    ENABLE_COMMAND_PALETTE = True
    CSS = """
    #middle { height: 1fr; }
    #talk { width: 1fr; }
    #chat { height: 1fr; }
    #fact { height: 1; padding: 0 2; background: $boost; color: $foreground; }
    #status { height: auto; max-height: 1; padding: 0 2; color: $text-muted; }
    #fact.empty, #status.empty { display: none; }
    .plain Side { display: none; }
    .narrow Side { display: none; width: 1fr; border: none; }
    .narrow.tracks Side { display: block; }
    .narrow.tracks #talk { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("f2", "evidence", "Evidence"),
        Binding("f3,ctrl+b", "tracks", "Tracks"),
        Binding("f4", "panel", "Panel"),
        Binding("escape", "stop", "Stop"),
        Binding("ctrl+q", "quit", "Quit"),
    ]

    def __init__(
        self,
        desk: Desk,
        files: Sequence[str] = (),
        thread: str | None = None,
        player: Player | None = None,
    ) -> None:
        super().__init__()
        self.desk = desk
        self._files, self._thread = tuple(map(str, files)), thread
        self._player = player or Player(lambda: self.news(self._on_player))
        self._orders = Orders(self)
        self._news: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self._begun, self._halt = threading.Event(), threading.Event()
        self._hearing: set[str] = set()
        self._cards = 0
        self._waiting: list[str] = []
        self.answering = False
        self.current = ""
        """The handle of the track in the panel; "" where there is none."""
        self._sound: Path | None = None
        self._track_file: Path | None = None
        self._places: list[Choice] = []
        self._found: list[Choice] = []
        self._typed: str | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TrackPanel("No track is open: /add FILE, or /demo", id="panel")
        with Horizontal(id="middle"):
            yield Side(id="side")
            with Vertical(id="talk"):
                yield Chat(id="chat")
                yield Static("", id="fact", classes="empty", markup=False)
                yield Static("", id="status", classes="empty", markup=False)
                yield Entry(lambda: [*self._places, *self._found], self._offers(), id="entry")
        yield Footer()

    # ---- parts ----------------------------------------------------------------------------------

    @property
    def panel(self) -> TrackPanel:
        """The track at the top."""
        return self.screen_stack[0].query_one(TrackPanel)

    @property
    def chat(self) -> Chat:
        """What was said."""
        return self.screen_stack[0].query_one(Chat)

    @property
    def side(self) -> Side:
        """The list of tracks."""
        return self.screen_stack[0].query_one(Side)

    @property
    def entry(self) -> Entry:
        """Where one types."""
        return self.screen_stack[0].query_one(Entry)

    # ---- news -----------------------------------------------------------------------------------

    def news(self, show: Callable[..., Any], *arguments: Any) -> None:
        """Have something shown soon, from any thread; what is told first is shown first."""
        self._news.append((show, arguments))

    async def _look_for_news(self) -> None:
        try:
            await self._tell()
        except NoMatches:  # the screen is being taken down
            if self._open_still:
                raise

    @property
    def _open_still(self) -> bool:
        return self.is_running and bool(self.screen_stack[0].query("Side > DataTable"))

    async def _tell(self) -> None:
        """Show what is new; pieces of text that follow each other, as one."""
        if self._player.playing:
            self.panel.position = self._player.position
        if self._typed is not None:
            typed, self._typed = self._typed, None
            self.desk.drafts.keep(typed)
        text = ""
        for _ in range(len(self._news)):  # not what comes meanwhile: keys have their turn
            show, arguments = self._news.popleft()
            if show == self._show and isinstance(arguments[0], TextDelta):
                text += arguments[0].text
                continue
            if text:
                await self.chat.write(text)
                text = ""
            done = show(*arguments)
            if isawaitable(done):
                await done
        if text:
            await self.chat.write(text)

    # ---- beginning ------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the line at once; the rest comes from a thread."""
        self.entry.prompt.focus()
        self.entry.begin(self.desk.drafts.lines(), self.desk.drafts.draft)
        self.set_interval(FRAME, self._look_for_news)
        self._fit()
        self.call_after_refresh(lambda: self.work("begin", self._begin))

    def _begin(self) -> None:
        try:
            self.desk.begin(self._thread)
        except MusicToolError as error:
            self.news(self.fail, f"{error} Choose another one with /model NAME, such as rules.")
            self.desk.begin(model="rules")
        finally:
            self._begun.set()
        entries = self.desk.entries()
        self.news(self._fill, entries)
        if self._thread:
            self.news(self.replay)
        elif self._files:
            self.news(self.add, self._files)
        elif not entries:
            self.news(self.chat.note, FIRST)
        else:
            self.news(self._welcome)
        self._found = _recordings_below(Path.cwd())

    def _welcome(self) -> None:
        self.chat.note(
            "Open a track: /add FILE, F3 for those known, @ to find one. "
            "/resume goes on with an earlier conversation. F1 is help."
        )

    # ---- the line -------------------------------------------------------------------------------

    def on_entry_typed(self, event: Entry.Typed) -> None:
        """Keep what is typed."""
        self._typed = event.text

    def on_entry_sent(self, event: Entry.Sent) -> None:
        """Carry out a command, or ask."""
        self._typed = None
        self.desk.drafts.sent(event.text)
        line = parse(event.text)
        if line.problem:
            self.chat.question(event.text)
            self.fail(line.problem)
        elif line.command:
            self._order(line)
        else:
            self.ask(event.text)

    def _order(self, line: Line) -> None:
        self._orders.do(line)

    def on_prompt_hear(self) -> None:
        """Play or pause."""
        self.toggle_play()

    def _offers(self) -> dict[str, Sequence[Choice]]:
        from agent.exporting import FORMS

        forms = [Choice(form, form) for form in FORMS]
        return {"export": forms, "model": MODELS, "resume": [Choice("last", "last")]}

    # ---- asking ---------------------------------------------------------------------------------

    def ask(self, question: str) -> None:
        """Put a question; it waits while another one is answered."""
        if self.answering:
            self._waiting.append(question)
            self._say(f"{len(self._waiting)} waiting. Esc stops the answer.")
            return
        self.answering = True
        self._halt.clear()
        self.chat.question(question)
        self.run_worker(lambda: self._answer(question), thread=True, group="answer")

    def _answer(self, question: str) -> None:
        try:
            self._begun.wait()
            question = self._with_handles(question)
            while self._hearing and not self._halt.is_set():
                self.news(self._say, "The answer comes when the track is heard. Esc stops.")
                time.sleep(WAIT)
            self.news(self._say, "")
            if self._halt.is_set():
                raise Cancelled
            for event in self.desk.talk.ask(question):
                self.news(self._show, event)
        except Cancelled:
            self.news(self._show, TurnFailed("Stopped."))
        except Exception as error:  # the boundary: a bug ends the turn, never the program
            log.exception("the turn failed")
            self.news(self._show, TurnFailed(_inside(error)))
        finally:
            self.news(self._turn_over)

    def _with_handles(self, question: str) -> str:
        """Open the files that a question names, and put their handles there."""
        for word, path in files_in(question):
            key = self.begin_card("listen", {"track": Path(path).name})
            handle = self._open(key, Path(path))
            question = question.replace(word, handle or Path(path).name)
        return question

    async def _show(self, event: Event) -> None:
        """Show one event of a turn."""
        chat = self.chat
        if isinstance(event, TextDelta):
            await chat.write(event.text)
        elif isinstance(event, AnswerRevised):
            await chat.rewrite(event.text)
        elif isinstance(event, ToolStarted):
            chat.card(event.call_id, event.name, event.args)
        elif isinstance(event, ToolProgress):
            chat.progress(event.call_id, event.fraction, event.note)
        elif isinstance(event, ToolFinished):
            chat.finish(event.call_id, event.summary, "failed" if event.error else "done")
        elif isinstance(event, AnswerFinished):
            await chat.complete(event.text, event.claims, event.evidence)
        elif isinstance(event, TurnFailed):
            await chat.break_off()
            chat.stop("call")
            self.fail(event.message)

    def _turn_over(self) -> None:
        self.answering = False
        self._say("")
        self.refresh_tracks()
        if self._waiting:
            self.ask(self._waiting.pop(0))

    def action_stop(self) -> None:
        """Stop the answer, else the listening; else go back to the line."""
        if self.answering:
            self._waiting.clear()
            self._halt.set()
            if self._begun.is_set():
                self.desk.talk.cancel()
        elif self._hearing:
            self._halt.set()
        else:
            self.fact("")
            self.screen.remove_class("tracks")
            self.entry.prompt.focus()

    # ---- tracks ---------------------------------------------------------------------------------

    def add(self, words: Sequence[str]) -> None:
        """Open the recordings in some places, and listen to them."""
        self.work("find", lambda: self._add(tuple(words)))

    def _add(self, words: tuple[str, ...]) -> None:
        files, faults = recordings(words)
        for fault in faults:
            self.news(self.fail, fault)
        if not files and not faults:
            self.news(self.fail, f"No recordings are in {', '.join(words)}.")
        keys = [self.begin_card("listen", {"track": file.name}) for file in files]
        for key, file in zip(keys, files, strict=True):
            self._open(key, file)

    def _open(self, key: str, path: Path) -> str:
        """Open a file and listen to it; return its handle, "" where that failed."""
        return str(
            self._run(
                key,
                lambda report, stopped: self.desk.open(
                    path, report, lambda handle: self.news(self.refresh_tracks, handle), stopped
                ),
                lambda handle: f"{handle} {self.desk.library.record(handle).title} is open.",
            )
            or ""
        )

    def begin_card(self, name: str, args: dict[str, Any]) -> str:
        """Show work that begins, and return its key; questions wait until it is over."""
        self._cards += 1
        key = f"work-{self._cards}"
        if not self._hearing and not self.answering:
            self._halt.clear()
        self._hearing.add(key)
        self.news(self.chat.card, key, name, args)
        return key

    def card_work(
        self, key: str, run: Callable[..., Any], tell: Callable[[Any], str], note: bool = False
    ) -> None:
        """Do the work of a card in a thread."""
        self.run_worker(lambda: self._run(key, run, tell, note), thread=True, group="task")

    def _run(
        self, key: str, run: Callable[..., Any], tell: Callable[[Any], str], note: bool = False
    ) -> Any:
        """Do the work of a card here, show what comes of it, and return that."""
        try:
            self._begun.wait()
            result = run(lambda f, doing: self.news(self.chat.progress, key, f, doing),
                         self._halt.is_set)  # fmt: skip
            self.news(self.chat.finish, key, tell(result), "done")
            if note:
                self.news(self.chat.note, tell(result))
        except Cancelled:
            self.news(self.chat.finish, key, "Stopped.", "stopped")
        except MusicToolError as error:
            self.news(self.chat.finish, key, str(error), "failed")
            self.news(self.fail, str(error))
        except Exception as error:  # a bug at one file must not end the chat
            log.exception("%s failed", key)
            self.news(self.chat.finish, key, _inside(error), "failed")
            self.news(self.fail, _inside(error))
        else:
            return result
        finally:
            self._hearing.discard(key)
            self.news(self.refresh_tracks)
        return None

    def refresh_tracks(self, handle: str = "") -> None:
        """Show the tracks as they are now, and the current one above."""
        self.run_worker(lambda: self._look(handle), thread=True, group="look")

    def _look(self, handle: str) -> None:
        self._begun.wait()
        tracks = self.desk.talk.tracks
        handle = handle or next((t.handle for t in tracks if t.current), "")
        self.news(self._fill, self.desk.entries())
        if not handle:
            self.news(self._nothing)
            return
        record = self.desk.library.record(handle)
        self.news(self._take, handle, record, None)
        if peaks := self.desk.peaks(record):
            self.news(self._take, handle, record, peaks)

    def _take(self, handle: str, record: Any, peaks: Any) -> None:
        """Show a track in the panel."""
        if self.current != handle or self._track_file != Path(record.path):
            self._player.pause()
            self.current, self._track_file = handle, Path(record.path)
            self._sound = None
        self.panel.show(record, peaks)

    def _nothing(self) -> None:
        self.current, self._track_file = "", None
        self.panel.clear()

    def _fill(self, entries: Sequence[Any]) -> None:
        self._places = [_choice(entry, self.desk) for entry in entries[:MOST_FILES]]
        self.side.fill(entries, self.current)

    def on_side_chosen(self, event: Side.Chosen) -> None:
        """Make a track the current one."""
        self.screen.remove_class("tracks")
        self.entry.prompt.focus()
        self.work("show", lambda: self.news(self.refresh_tracks, self.desk.show(event.entry.id)))

    # ---- evidence -------------------------------------------------------------------------------

    def on_chat_claim_chosen(self, event: Chat.ClaimChosen) -> None:
        """Tell what a statement rests on, and go there."""
        self.go_to(event.claim)

    def go_to(self, claim: Claim) -> None:
        """Tell who measured a claim, where and how surely, and show the place in the panel."""
        self.fact(told(claim))
        self.work("claim", lambda: self._go_to(claim))

    def _go_to(self, claim: Claim) -> None:
        from agent.open_tracks import UNOPENED

        handle = str(claim.get("track", "")).partition(".")[0]
        if handle.startswith(UNOPENED):
            handle = self.desk.show(handle.removeprefix(UNOPENED))
        record = self.desk.library.record(handle)
        if handle != self.current:
            self.news(self._take, handle, record, self.desk.peaks(record))
        if span := claim.get("span"):
            self.news(self.panel.seek, float(span[0]), float(span[1]))

    def action_evidence(self) -> None:
        """List what the last answer rests on."""
        claims = self.chat.claims
        if not claims:
            self.notify("No answer rests on a measurement yet.", timeout=4)
            return
        choices = [Choice(str(n), told(claim)) for n, claim in enumerate(claims)]

        def chosen(value: str | None) -> None:
            if value:
                self.go_to(claims[int(value)])

        self.push_screen(
            Picking("What the answer rests on", lambda words: choices, filtered=False), chosen
        )

    # ---- playing --------------------------------------------------------------------------------

    def on_track_panel_play_toggled(self) -> None:
        """Play or pause."""
        self.toggle_play()

    def on_track_panel_seeked(self, event: TrackPanel.Seeked) -> None:
        """Play on from there."""
        if self._sound:
            self._player.seek(event.seconds)

    def toggle_play(self) -> None:
        """Play the current track from the playhead, or pause."""
        file = self._sound or self._track_file
        if file is None:
            self.notify("No track is open: nothing to play.", timeout=4)
        elif self._player.playing:
            self._player.pause()
        else:
            self.play_file(file)

    def play_file(self, file: Path) -> None:
        """Play a file, a track or its stem, from the playhead."""
        if self._sound != file:
            self._sound = file
            self._player.load(file, self.panel.position)
        else:
            self._player.seek(self.panel.position)
        self._player.play()

    def _on_player(self) -> None:
        self.panel.playing = self._player.playing
        if self._player.problem:
            self.notify(self._player.problem, severity="warning", timeout=8)

    # ---- what else ------------------------------------------------------------------------------

    def work(
        self, name: str, run: Callable[[], Any], doing: str = "", after_hearing: bool = False
    ) -> None:
        """Do something in a thread; what goes wrong is told."""

        def guarded() -> None:
            try:
                if name != "begin":
                    self._begun.wait()
                while after_hearing and self._hearing and not self._halt.is_set():
                    time.sleep(WAIT)
                run()
            except MusicToolError as error:
                self.news(self.fail, str(error))
            except Exception as error:  # a bug is a notice, never a dead screen
                log.exception("%s failed", name)
                self.news(self.fail, _inside(error))
            finally:
                if doing:
                    self.news(self._say, "")

        if doing:
            self._say(f"{doing} …")
        self.run_worker(guarded, thread=True, group=name)

    def fail(self, message: str) -> None:
        """Tell what went wrong; the chat goes on."""
        self.chat.note(message, "error")

    def fact(self, text: str) -> None:
        """Tell one fact above the line; "" for none."""
        self._line("#fact", text)

    async def replay(self, begun: bool = False) -> None:
        """Show the conversation from its beginning."""
        await self.chat.wipe()
        for said in self.desk.talk.said:
            self.chat.question(said.question)
            if said.answer:
                await self.chat.complete(said.answer, said.claims, said.evidence)
        if begun:
            self.chat.note("A new conversation, about the same tracks.")
        self.fact("")
        self.refresh_tracks()

    def _say(self, text: str) -> None:
        self._line("#status", text)

    def _line(self, where: str, text: str) -> None:
        line = self.screen_stack[0].query_one(where, Static)
        line.set_class(not text, "empty")
        line.update(text)

    # ---- the screen -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        """One column where it is narrow."""
        self._fit()

    def _fit(self) -> None:
        self.screen_stack[0].set_class(self.size.width < WIDE, "narrow")

    def action_help(self) -> None:
        """Show the help."""
        self._order(Line("help"))

    def action_panel(self) -> None:
        """Go to the panel, or back to the line."""
        (self.entry.prompt if self.panel.has_focus else self.panel).focus()

    def action_tracks(self) -> None:
        """Go to the list of tracks, or back to the line."""
        if self.side.has_focus_within or self.screen.has_class("tracks"):
            self.screen.remove_class("tracks")
            self.entry.prompt.focus()
        else:
            self.show_side()

    def show_side(self) -> None:
        """Show the list of tracks, and go there."""
        self.screen_stack[0].set_class(self.size.width < WIDE, "tracks")
        self.side.query_one("#filter").focus()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what the palette offers."""
        yield from super().get_system_commands(screen)
        for command in COMMANDS:
            if not command.needs:
                line = Line(command.name)
                yield SystemCommand(
                    f"/{command.name}", command.does, lambda line=line: self._order(line)
                )

    def on_unmount(self) -> None:
        """Let go of everything."""
        self._halt.set()
        self._begun.set()
        if self._typed is not None:
            self.desk.drafts.keep(self._typed)
        self._player.close()


def _choice(entry: Any, desk: Desk) -> Choice:
    """Return a track as @ offers it."""
    if entry.handle:
        return Choice(f"{entry.handle} ", f"{entry.handle} {entry.label}", entry.key)
    return Choice(f'"{entry.label}" ', entry.label, "in memory")


def _recordings_below(folder: Path) -> list[Choice]:
    """Return the recordings in a folder and below it, as @ offers them."""
    import os

    from agent.collection.finding import is_recording

    found: list[Choice] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            path = Path(at) / name
            if is_recording(path):
                shown = str(path.relative_to(folder))
                found.append(
                    Choice(f'@"{shown}" ' if " " in shown else f"@{shown} ", shown, "file")
                )
        if len(found) >= MOST_FILES or len(Path(at).relative_to(folder).parts) >= 4:
            folders[:] = []
    return found[:MOST_FILES]


def _inside(error: Exception) -> str:
    return f"Something went wrong inside ({type(error).__name__}); the log has the details."
