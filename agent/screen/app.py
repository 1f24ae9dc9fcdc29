"""The terminal chat: the track above, the list of tracks beside the talk, the line below.

What may take long runs in threads and processes; what they tell comes to the screen in `news`,
fifteen times a second. Nothing heavy is imported before the first picture.
"""

import logging
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
    TextDelta,
)
from agent.screen.chat import Chat
from agent.screen.collector import go_on
from agent.screen.commands import COMMANDS, Line, parse
from agent.screen.desk import Desk
from agent.screen.entry import Entry
from agent.screen.fuzzy import Choice
from agent.screen.help import FIRST
from agent.screen.labour import Labour
from agent.screen.links import told
from agent.screen.orders import MODELS, Orders, recordings
from agent.screen.panel import TrackPanel
from agent.screen.picking import Picking
from agent.screen.places import recordings_below
from agent.screen.player import Player
from agent.screen.side import Side
from agent.screen.stage import Stage
from agent.screen.turns import Turns
from tools.errors import MusicToolError

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
        self.labour, self.turns = Labour(self), Turns(self)
        self.stage = Stage(self, player)
        self._orders = Orders(self)
        self._news: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self.places: list[Choice] = []
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
                yield Entry(lambda: [*self.places, *self._found], self._offers(), id="entry")
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
        if self.stage.player.playing:
            self.panel.position = self.stage.player.position
        if self._typed is not None:
            typed, self._typed = self._typed, None
            self.desk.drafts.keep(typed)
        text = ""
        for _ in range(len(self._news)):  # not what comes meanwhile: keys have their turn
            show, arguments = self._news.popleft()
            if show == self.turns.show and isinstance(arguments[0], TextDelta):
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
        self.call_after_refresh(lambda: self.labour.work("begin", self._begin))

    def _begin(self) -> None:
        try:
            self.desk.begin(self._thread)
        except MusicToolError as error:
            self.news(self.fail, f"{error} Choose another one with /model NAME, such as rules.")
            self.desk.begin(model="rules")
        finally:
            self.labour.begun.set()
            go_on()
        entries = self.desk.entries()
        self.news(self.stage.fill, entries)
        if self._thread:
            self.news(self.replay)
        elif self._files:
            self.news(self.add, self._files)
        elif not entries:
            self.news(self.chat.note, FIRST)
        else:
            self.news(self._welcome)
        self._found = recordings_below(Path.cwd())

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
            self._orders.do(line)
        else:
            self.turns.ask(event.text)

    def on_prompt_hear(self) -> None:
        """Play or pause."""
        self.stage.toggle()

    def _offers(self) -> dict[str, Sequence[Choice]]:
        from agent.exporting import FORMS

        forms = [Choice(form, form) for form in FORMS]
        return {"export": forms, "model": MODELS, "resume": [Choice("last", "last")]}

    # ---- tracks ---------------------------------------------------------------------------------

    def add(self, words: Sequence[str]) -> None:
        """Open the recordings in some places, and listen to them."""
        self.labour.work("find", lambda: self._add(tuple(words)))

    def _add(self, words: tuple[str, ...]) -> None:
        files, faults = recordings(words)
        for fault in faults:
            self.news(self.fail, fault)
        if not files and not faults:
            self.news(self.fail, f"No recordings are in {', '.join(words)}.")
        keys = [self.labour.begin_card("listen", {"track": file.name}) for file in files]
        for key, file in zip(keys, files, strict=True):
            self.stage.open(key, file)

    def on_side_chosen(self, event: Side.Chosen) -> None:
        """Make a track the current one."""
        self.screen.remove_class("tracks")
        self.entry.prompt.focus()
        self.labour.work(
            "show", lambda: self.news(self.stage.refresh, self.desk.show(event.entry.id))
        )

    # ---- evidence -------------------------------------------------------------------------------

    def on_chat_claim_chosen(self, event: Chat.ClaimChosen) -> None:
        """Tell what a statement rests on, and go there."""
        self.stage.go_to(event.claim)

    def action_stop(self) -> None:
        """Stop the answer, else the listening; else go back to the line."""
        self.turns.stop()

    def action_evidence(self) -> None:
        """List what the last answer rests on."""
        claims = self.chat.claims
        if not claims:
            self.notify("No answer rests on a measurement yet.", timeout=4)
            return
        choices = [Choice(str(n), told(claim)) for n, claim in enumerate(claims)]

        def chosen(value: str | None) -> None:
            if value:
                self.stage.go_to(claims[int(value)])

        self.push_screen(
            Picking("What the answer rests on", lambda words: choices, filtered=False), chosen
        )

    # ---- playing --------------------------------------------------------------------------------

    def on_track_panel_play_toggled(self) -> None:
        """Play or pause."""
        self.stage.toggle()

    def on_track_panel_seeked(self, event: TrackPanel.Seeked) -> None:
        """Play on from there."""
        self.stage.seek(event.seconds)

    # ---- what else ------------------------------------------------------------------------------

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
        self.stage.refresh()

    def say(self, text: str) -> None:
        """Tell what is waited for, above the line; "" for nothing."""
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
        self._orders.do(Line("help"))

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
                    f"/{command.name}", command.does, lambda line=line: self._orders.do(line)
                )

    def on_unmount(self) -> None:
        """Let go of everything."""
        self.labour.halt.set()
        self.labour.begun.set()
        if self._typed is not None:
            self.desk.drafts.keep(self._typed)
        self.stage.player.close()
