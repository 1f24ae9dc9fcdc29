"""A list over the screen to pick one thing from: an old conversation, or what an answer rests on."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from agent.screen.fuzzy import Choice

Search = Callable[[str], Sequence[Choice]]


class Picking(ModalScreen[str]):
    """A title, perhaps a filter, and a list; it ends with the value that was picked, or ``""``."""

    DEFAULT_CSS = """
    Picking { align: center middle; }
    Picking > Vertical {
        width: 90%; max-width: 110; height: auto; max-height: 80%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    Picking .title { text-style: bold; color: $text-accent; height: 1; }
    Picking .keys { color: $text-muted; height: 1; }
    Picking Input { border: none; height: 1; padding: 0; margin: 0 0 1 0; }
    Picking OptionList { border: none; height: auto; max-height: 20; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close"),
        Binding("down", "down", "Down", show=False),
        Binding("up", "up", "Up", show=False),
    ]

    def __init__(self, title: str, search: Search, words: str = "", filtered: bool = True) -> None:
        super().__init__()
        self._title, self._search, self._words, self._filtered = title, search, words, filtered
        self._choices: Sequence[Choice] = ()

    def compose(self) -> ComposeResult:
        """Lay out."""
        with Vertical():
            yield Static(self._title, classes="title", markup=False)
            if self._filtered:
                yield Input(self._words, placeholder="Type to search", compact=True)
            yield OptionList()
            yield Static("↑↓ choose · Enter takes · Esc closes", classes="keys", markup=False)

    def on_mount(self) -> None:
        """List all."""
        self._list(self._words)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as one types."""
        event.stop()
        self._list(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is marked."""
        event.stop()
        marked = self.query_one(OptionList).highlighted
        self.dismiss(self._choices[marked].value if marked is not None else "")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index].value)

    def action_cancel(self) -> None:
        """Take nothing."""
        self.dismiss("")

    def action_down(self) -> None:
        """Mark the next one."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Mark the one before."""
        self.query_one(OptionList).action_cursor_up()

    def _list(self, words: str) -> None:
        self._choices = self._search(words)
        menu = self.query_one(OptionList)
        menu.clear_options()
        rows = (f"{choice.label}\n  {choice.about}".rstrip() for choice in self._choices)
        menu.add_options(Option(Content(row)) for row in rows)
        menu.highlighted = 0 if self._choices else None
