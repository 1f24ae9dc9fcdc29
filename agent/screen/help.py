"""What there is to press and to type, and what a first run says."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Markdown

from agent.screen.commands import COMMANDS

KEYS = (
    ("F1", "this help"),
    ("F2", "what the last answer rests on; Enter goes there"),
    ("F3 or Ctrl+B", "the list of tracks, and back"),
    ("F4", "the panel of the track, and back"),
    ("Esc", "stop the answer or the listening; back to the line"),
    ("Tab, Shift+Tab", "the next part of the screen, the one before"),
    ("Enter on a tool", "open it: all that it found"),
    ("Ctrl+P", "all actions, themes too"),
    ("Ctrl+Q", "leave"),
)
PANEL = (
    ("Space", "play, pause; also in an empty line"),
    ("← →", "a beat back, on; with Shift a bar, with Ctrl a section"),
    ("+ −, 0", "zoom in and out, the whole track"),
    (", .", "scroll back, on"),
    ("f", "follow the playhead"),
)
LINE = (
    ("↑ ↓", "lines of earlier"),
    ("@", "pick a track or a file by a few letters"),
    ("/", "a command; Tab completes it"),
)

FIRST = """Musicologue listens to music and talks about it; every number says who measured it.
Open a recording: type /add and a path, drop a file here, or type @ and a few letters of its name.
Then ask: "What key is it in?", "Where does the chorus begin?", "Write the stems."
What is underlined in an answer was measured: click it or press F2 to see by what, and go there.
No recording at hand? Type /demo for the sample song. F1 shows keys and commands."""


def text() -> str:
    """Return the help in Markdown."""
    rows = [(f"/{c.name} {c.wants}".strip(), c.does) for c in COMMANDS]
    parts = (("Keys", KEYS), ("In the panel", PANEL), ("In the line", LINE), ("Commands", rows))
    return "\n\n".join(_table(title, lines) for title, lines in parts)


def _table(title: str, rows: object) -> str:
    assert isinstance(rows, tuple | list)
    lines = [f"| {_cell(name)} | {_cell(does)} |" for name, does in rows]
    return "\n".join([f"### {title}", "", "| | |", "|---|---|", *lines])


def _cell(words: str) -> str:
    return words.replace("|", "or").replace("[", "\\[")


class Help(ModalScreen[None]):
    """The help over the screen."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > VerticalScroll {
        width: 90%; max-width: 90; height: 90%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "close", "Close")]

    def compose(self) -> ComposeResult:
        """Lay out."""
        with VerticalScroll():
            yield Markdown(text(), open_links=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
