"""The list of tracks: those that are open and those that memory knows, filtered as one types."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import DataTable, Input, Static

from agent.screen.desk import Entry
from agent.screen.links import clock

MOST = 300
"""Rows that are shown: a table of a hundred thousand helps nobody."""


def fitting(entries: Sequence[Entry], words: str) -> list[Entry]:
    """Return the tracks whose title, artist, key or handle hold all the words."""
    wanted = words.casefold().split()
    if not wanted:
        return list(entries)
    return [e for e in entries if all(word in _searched(e) for word in wanted)]


def _searched(entry: Entry) -> str:
    return f"{entry.handle} {entry.label} {entry.key} {entry.bpm}".casefold()


class Side(Vertical):
    """The filter, the table, and how many there are."""

    DEFAULT_CSS = """
    Side { width: 46; border-right: vkey $surface-lighten-2; }
    Side > Input { border: none; height: 1; padding: 0 1; background: $surface-lighten-1; }
    Side > DataTable { height: 1fr; background: $background; scrollbar-size-vertical: 1; }
    Side > #count { height: 1; padding: 0 1; color: $text-muted; }
    """

    class Chosen(Message):
        """The user wants a track on the screen."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._entries: list[Entry] = []
        self._shown: list[Entry] = []
        self._current = ""

    def compose(self) -> ComposeResult:
        """Lay out the filter above the table."""
        yield Input(placeholder="Filter: title, artist, key …", id="filter", compact=True)
        yield DataTable[Text](cursor_type="row", zebra_stripes=True, cell_padding=1)
        yield Static("", id="count", markup=False)

    @property
    def table(self) -> "DataTable[Text]":
        """The table."""
        return self.query_one(DataTable)

    def on_mount(self) -> None:
        """Name the columns."""
        self._lay_out()

    def on_resize(self) -> None:
        """Give the titles what room there is."""
        self._lay_out()

    def fill(self, entries: Sequence[Entry], current: str = "") -> None:
        """Show tracks; `current` is the handle of the one that "it" means."""
        self._entries, self._current = list(entries), current
        self._list()

    def search(self, words: str) -> None:
        """Filter by words."""
        self.query_one(Input).value = words
        self._list()

    @property
    def shown(self) -> list[Entry]:
        """The tracks that are listed."""
        return self._shown

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        event.stop()
        self._list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go from the filter to the table."""
        event.stop()
        self.table.focus()

    def on_data_table_row_selected(self, event: "DataTable.RowSelected") -> None:
        """Tell which track was chosen."""
        event.stop()
        if event.cursor_row < len(self._shown):
            self.post_message(self.Chosen(self._shown[event.cursor_row]))

    def _lay_out(self) -> None:
        table = self.table
        table.clear(columns=True)
        title = max(12, (self.size.width or 46) - 28)
        for name, width in (("", 3), ("Title", title), ("Key", 4), ("BPM", 4), ("Length", 6)):
            table.add_column(name, width=width)
        self._list()

    def _list(self) -> None:
        table = self.table
        if not table.columns:
            return
        found = fitting(self._entries, self.query_one(Input).value)
        self._shown = found[:MOST]
        table.clear()
        for entry in self._shown:
            mark = f"{entry.handle}{'◂' if entry.handle == self._current else ''}"
            cells = [mark if entry.handle else "", entry.label, entry.key, entry.bpm.rjust(4)]
            table.add_row(*map(Text, [*cells, clock(entry.length).rjust(6)]))  # no markup in titles
        told = f"{len(found)} of {len(self._entries)} tracks"
        more = f", the first {MOST} shown" if len(found) > MOST else ""
        self.query_one("#count", Static).update(told + more if self._entries else "No tracks yet.")
