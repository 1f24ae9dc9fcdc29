"""What was said: questions, answers as they are written, and a card for each tool at work."""

import time
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from agent.screen.links import Claim, linked, number_of
from tools.titles import clean_text

BAR = 10
"""Columns of a card's progress bar."""

TICK = 0.5
"""Seconds after which a card tells anew how long it has taken."""

SUMMARY = 200


class ToolCard(Vertical, can_focus=True):
    """One tool at work: how far it is, how long it takes, what it found; more when opened."""

    DEFAULT_CSS = """
    ToolCard { height: auto; margin: 0 0 0 2; }
    ToolCard > .head { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    ToolCard:focus > .head { background: $primary 30%; color: $foreground; }
    ToolCard.failed > .head { color: $text-error; }
    ToolCard > .more { display: none; padding: 0 2; color: $foreground 85%; }
    ToolCard.open > .more { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "unfold", "Open or close")]

    def __init__(self, name: str, args: dict[str, Any]) -> None:
        super().__init__()
        self.tool, self._args = name, args
        self._started, self._taken = time.monotonic(), 0.0
        self._fraction, self._doing = 0.0, ""
        self._state, self._summary = "running", ""

    def compose(self) -> ComposeResult:
        """Lay out the line and what opens below it."""
        yield Static(self.line, classes="head", markup=False)
        yield Static(self.details, classes="more", markup=False)

    def on_mount(self) -> None:
        """Tell the time while it runs."""
        self._clock = self.set_interval(TICK, self._tick)

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._state == "running"

    @property
    def line(self) -> str:
        """What the card says in one line."""
        mark = {"running": "…", "done": "✓", "failed": "✗", "stopped": "–"}[self._state]
        fold = "▾" if self.has_class("open") else "▸"
        head = f"{fold} {mark} {self.tool} {self._target}".rstrip()
        if self.running:
            bar = f" {_bar(self._fraction)} {self._fraction:.0%}" if self._fraction else ""
            return f"{head}{bar} · {self._seconds:.0f} s {self._doing}".rstrip()
        return f"{head} · {self._taken:.1f} s · {clean_text(self._summary, SUMMARY)}"

    @property
    def details(self) -> str:
        """What is seen of it when it is open: with what it was called, and all that it found."""
        given = ", ".join(f"{name}: {value}" for name, value in self._args.items())
        return f"{self.tool}({given})\n{self._summary or 'Not done yet.'}"

    def progress(self, fraction: float, doing: str) -> None:
        """Tell how far it is."""
        self._fraction, self._doing = min(1.0, max(0.0, fraction)), doing
        self._say()

    def finish(self, summary: str, state: str = "done") -> None:
        """Tell what came of it; `state` is done, failed or stopped."""
        if self.running:
            self._taken, self._state, self._summary = self._seconds, state, summary
            self.set_class(state == "failed", "failed")
            self._say()

    def action_unfold(self) -> None:
        """Open or close it."""
        self.toggle_class("open")
        self._say()

    def on_click(self, event: events.Click) -> None:
        """Open or close it."""
        event.stop()
        self.action_unfold()

    @property
    def _target(self) -> str:
        return str(self._args.get("track", ""))

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _tick(self) -> None:
        if self.running:
            self._say()
        else:
            self._clock.stop()

    def _say(self) -> None:
        if self.is_mounted:
            self.query_one(".head", Static).update(self.line)
            if self.has_class("open"):
                self.query_one(".more", Static).update(self.details)


class Answer(Markdown):
    """An answer; what it states is linked to what was measured once it is complete."""

    DEFAULT_CSS = "Answer { margin: 0 0 0 2; padding: 0; }"

    def __init__(self) -> None:
        super().__init__("", open_links=False)
        self.claims: list[Claim] = []
        self.text = ""
        self._stream: MarkdownStream | None = None

    async def write(self, text: str) -> None:
        """Add to what is written."""
        self._stream = self._stream or Markdown.get_stream(self)
        self.text += text
        await self._stream.write(text)

    async def rewrite(self, text: str) -> None:
        """Put `text` in the place of what was written."""
        await self._still()
        self.text = text
        await self.update(text)

    async def finish(
        self, text: str, statements: tuple[Claim, ...], evidence: tuple[Claim, ...]
    ) -> None:
        """Show the whole answer with its links."""
        await self._still()
        self.text = text
        marked, self.claims = linked(text, statements, evidence)
        await self.update(marked)

    async def stop(self) -> None:
        """Write no more."""
        await self._still()

    async def _still(self) -> None:
        if self._stream:
            stream, self._stream = self._stream, None
            await stream.stop()


class Chat(VerticalScroll, can_focus=True):
    """All that was said, the last at the bottom."""

    DEFAULT_CSS = """
    Chat { padding: 0 1; scrollbar-size-vertical: 1; }
    Chat > .question { color: $text-accent; text-style: bold; margin: 1 0 0 0; }
    Chat > .note { color: $text-muted; margin: 0 0 0 2; }
    Chat > .error { color: $text-error; margin: 0 0 0 2; }
    Chat > .sheet { margin: 0 0 0 2; }
    """

    class ClaimChosen(Message):
        """The user wants to know what a statement rests on."""

        def __init__(self, claim: Claim) -> None:
            super().__init__()
            self.claim = claim

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answer: Answer | None = None
        self._cards: dict[str, ToolCard] = {}

    def on_mount(self) -> None:
        """Keep the end in view."""
        self.anchor()

    @property
    def claims(self) -> list[Claim]:
        """What the last answer rests on."""
        answers = [a for a in self.query(Answer).results(Answer) if a.text]
        return answers[-1].claims if answers else []

    async def wipe(self) -> None:
        """Forget everything."""
        self._answer, self._cards = None, {}
        await self.remove_children()

    def question(self, text: str) -> None:
        """Show a question."""
        self._answer = None
        self.mount(Static(f"› {text}", classes="question", markup=False))
        self.anchor()

    def note(self, text: str, kind: str = "note") -> None:
        """Show a sentence of the program's own; `kind` is note, error or sheet."""
        self.mount(Static(text, classes=kind, markup=False))

    def card(self, key: str, name: str, args: dict[str, Any]) -> ToolCard:
        """Show a tool that begins."""
        card = self._cards[key] = ToolCard(name, args)
        self.mount(card)
        return card

    def progress(self, key: str, fraction: float, doing: str) -> None:
        """Tell how far a tool is."""
        if card := self._cards.get(key):
            card.progress(fraction, doing)

    def finish(self, key: str, summary: str, state: str = "done") -> None:
        """Tell what came of a tool."""
        if card := self._cards.pop(key, None):
            card.finish(summary, state)

    def stop(self, keys: str = "") -> None:
        """Mark the tools that are under way as stopped, those whose key begins so."""
        for key in [key for key in self._cards if key.startswith(keys)]:
            self.finish(key, "Stopped.", "stopped")

    async def write(self, text: str) -> None:
        """Add to the answer that is being written."""
        await (await self._writing()).write(text)

    async def rewrite(self, text: str) -> None:
        """Put `text` in the place of what was written of the answer."""
        await (await self._writing()).rewrite(text)

    async def complete(
        self, text: str, statements: tuple[Claim, ...], evidence: tuple[Claim, ...]
    ) -> None:
        """Show the answer as it is in the end."""
        await (await self._writing()).finish(text, statements, evidence)
        self._answer = None

    async def break_off(self) -> None:
        """Leave the answer as far as it was written."""
        if self._answer:
            await self._answer.stop()
            self._answer = None

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        """Tell which claim was chosen; other links lead nowhere, they came from a model."""
        event.stop()
        number, answer = number_of(event.href), event.markdown
        if isinstance(answer, Answer) and number is not None and number < len(answer.claims):
            self.post_message(self.ClaimChosen(answer.claims[number]))

    async def _writing(self) -> Answer:
        if self._answer is None:
            self._answer = Answer()
            await self.mount(self._answer)
        return self._answer


def _bar(fraction: float) -> str:
    done = round(fraction * BAR)
    return "█" * done + "░" * (BAR - done)
