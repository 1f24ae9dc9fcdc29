"""Where one types: a line with its history, and a menu of commands, tracks and files that fit."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from agent.screen.commands import COMMANDS
from agent.screen.fuzzy import Choice, best

Offer = Callable[[], Sequence[Choice]]
Offers = Mapping[str, Sequence[Choice]]

MENU = 8
"""Lines that the menu shows."""


def token_at(text: str, cursor: int) -> tuple[str, int]:
    """Return the word that is being typed, and where it begins: one with @, or a whole command."""
    before = text[:cursor]
    if before.startswith("/") and "@" not in before:
        return before, 0
    at = before.rfind("@")
    if at >= 0 and (at == 0 or before[at - 1].isspace()):
        word = before[at:]
        if " " not in word or word.startswith('@"'):
            return word, at
    return "", cursor


def offered(text: str, cursor: int, places: Sequence[Choice], more: Offers) -> list[Choice]:
    """Return what fits the word that is being typed.

    Parameters
    ----------
    places : tracks and files
    more : what can follow a command, by its name
    """
    word, _ = token_at(text, cursor)
    if word.startswith("@"):
        return best(word[1:].strip('"'), places, MENU)
    if not word.startswith("/") or "/" in word[1:]:
        return []
    name, space, rest = word[1:].partition(" ")
    if not space:
        fit = [c for c in COMMANDS if c.name.startswith(name.lower())]
        return [Choice(f"/{c.name} ", f"/{c.name} {c.wants}".strip(), c.does) for c in fit]
    last = rest.rpartition(" ")[2]
    head = word[: len(word) - len(last)]
    fits = [Choice(f"{head}{c.value} ", c.label, c.about) for c in more.get(name, ())]
    return best(last, fits, MENU) if last or not rest else []


class Prompt(Input):
    """The line itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "older", "Earlier line", show=False),
        Binding("down", "newer", "Later line", show=False),
        Binding("tab", "complete", "Complete", show=False),
        Binding("escape", "leave", "Stop"),
    ]

    class Hear(Message):
        """A space in an empty line: play, or pause."""

    class Move(Message):
        """Up or down was pressed."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    menu_open = False

    def action_older(self) -> None:
        """Go up in the menu, or to the line before."""
        self.post_message(self.Move(-1))

    def action_newer(self) -> None:
        """Go down in the menu, or to the line after."""
        self.post_message(self.Move(1))

    def action_complete(self) -> None:
        """Take what the menu offers; go to the next part of the screen where it is closed."""
        if self.menu_open:
            self.post_message(Entry.Take())
        else:
            self.screen.focus_next()

    def action_leave(self) -> None:
        """Close the menu; what else Esc does is the screen's."""
        if not self.menu_open:
            raise SkipAction
        self.post_message(Entry.Shut())

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space" and not self.value:
            event.stop()
            event.prevent_default()
            self.post_message(self.Hear())
            return
        await super()._on_key(event)


class Entry(Vertical):
    """The menu and the line below it."""

    DEFAULT_CSS = """
    Entry { height: auto; }
    Entry > OptionList {
        display: none; height: auto; max-height: 8; border: none; padding: 0 1;
        background: $surface-lighten-1; scrollbar-size-vertical: 1;
    }
    Entry > OptionList.open { display: block; }
    Entry > Prompt { border: tall $primary; height: 3; }
    """

    class Take(Message):
        """Take what is marked in the menu."""

    class Shut(Message):
        """Close the menu."""

    class Sent(Message):
        """A line was sent."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Typed(Message):
        """A line is being typed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, places: Offer, more: Offers, id: str | None = None) -> None:
        super().__init__(id=id)
        self._places, self._more = places, more
        self._lines: list[str] = []
        self._at = 0
        self._draft = ""
        self._choices: list[Choice] = []
        self._recalled = ""

    def compose(self) -> ComposeResult:
        """Lay out the menu above the line."""
        yield OptionList()
        yield Prompt(placeholder="Ask about the music, /help for commands, @ for tracks and files")

    @property
    def prompt(self) -> Prompt:
        """The line."""
        return self.query_one(Prompt)

    @property
    def menu(self) -> OptionList:
        """The menu."""
        return self.query_one(OptionList)

    def begin(self, lines: list[str], draft: str) -> None:
        """Begin with the lines of earlier, and one that was not sent."""
        self._lines, self._at = list(lines), len(lines)
        if draft and not self.prompt.value:
            self._put(draft)

    def put(self, text: str) -> None:
        """Put a text into the line."""
        self._put(text)
        self.prompt.focus()

    # ---- what happens ---------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what fits, and tell what is typed."""
        event.stop()
        self.post_message(self.Typed(event.value))
        if event.value == self._recalled:  # a line of earlier, or what was just taken
            self._close()
        else:
            self._recalled = ""
            self._offer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what the menu offers while a word is being typed; else send the line."""
        event.stop()
        if self.prompt.menu_open and self._unfinished():
            self._take()
            return
        text = event.value.strip()
        if not text:
            return
        self._close()
        self._put("")
        if self._lines[-1:] != [text]:
            self._lines.append(text)
        self._at, self._draft = len(self._lines), ""
        self.post_message(self.Sent(text))

    def on_prompt_move(self, event: Prompt.Move) -> None:
        """Move in the menu where it is open, else through the lines of earlier."""
        event.stop()
        if self.prompt.menu_open:
            move = self.menu.action_cursor_up if event.step < 0 else self.menu.action_cursor_down
            move()
            return
        if self._at == len(self._lines):
            self._draft = self.prompt.value
        self._at = min(max(0, self._at + event.step), len(self._lines))
        self._put(self._lines[self._at] if self._at < len(self._lines) else self._draft)

    def on_entry_take(self, event: Take) -> None:
        """Take what is marked."""
        event.stop()
        self._take()

    def on_entry_shut(self, event: Shut) -> None:
        """Close the menu."""
        event.stop()
        self._close()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was clicked."""
        event.stop()
        self._take(event.option_index)

    # ---- inside ---------------------------------------------------------------------------------

    def _put(self, text: str) -> None:
        self._recalled = text
        self.prompt.value = text
        self.prompt.cursor_position = len(text)

    def _offer(self) -> None:
        prompt = self.prompt
        word, _ = token_at(prompt.value, prompt.cursor_position)
        places = self._places() if word.startswith("@") else ()
        self._choices = offered(prompt.value, prompt.cursor_position, places, self._more)
        menu = self.menu
        menu.clear_options()
        menu.add_options(Option(Content(_row(choice))) for choice in self._choices)
        if self._choices:
            menu.highlighted = 0
        menu.set_class(bool(self._choices), "open")
        prompt.menu_open = bool(self._choices)

    def _close(self) -> None:
        self.menu.remove_class("open")
        self.prompt.menu_open = False

    def _unfinished(self) -> bool:
        """Whether what is marked would change the line beyond a space at its end."""
        chosen = self._choices[self.menu.highlighted or 0]
        word, _ = token_at(self.prompt.value, self.prompt.cursor_position)
        return chosen.value.strip() != word.strip()

    def _take(self, index: int | None = None) -> None:
        if not self._choices:
            return
        chosen = self._choices[self.menu.highlighted or 0 if index is None else index]
        prompt = self.prompt
        _, start = token_at(prompt.value, prompt.cursor_position)
        rest = prompt.value[prompt.cursor_position :]
        text = f"{prompt.value[:start]}{chosen.value}{rest.lstrip() if rest else ''}"
        self._recalled = text
        prompt.value = text
        prompt.cursor_position = start + len(chosen.value)
        self._close()
        prompt.focus()


def _row(choice: Choice) -> str:
    return f"{choice.label}  {choice.about}".rstrip()
