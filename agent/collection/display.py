"""How a run goes, on a terminal: a bar for each file that is being heard, and one for all."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.collection.report import spoken
from agent.terminal import bars
from tools.titles import clean_text

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

NAME = 32
"""Characters of a file's name that are shown."""


class Display:
    """The bars; where nothing is to be seen, nothing is done."""

    def __init__(self, shown: "Progress", total: int) -> None:
        self._shown = shown
        self._total = total
        self._bars: dict[str, TaskID] = {}
        self._done = self._heard = 0
        self._begin = time.monotonic()
        self._all = shown.add_task("", total=max(1, total), title=f"{total} files")

    def on_progress(self, path: str, fraction: float, doing: str) -> None:
        """Take note that a file is being heard."""
        if path not in self._bars:
            name = clean_text(Path(path).name, NAME)
            self._bars[path] = self._shown.add_task(doing, total=1.0, title=name)
        self._shown.update(self._bars[path], completed=fraction, description=doing)
        self._tell_all()

    def on_done(self, path: str, done: int) -> None:
        """Take note that a file is dealt with, and how many are."""
        if path in self._bars:
            self._shown.remove_task(self._bars.pop(path))
            self._heard += 1
        self._done = done
        self._tell_all()

    def _tell_all(self) -> None:
        under_way = sum(t.completed for t in self._shown.tasks if t.id in self._bars.values())
        left = self._total - self._done - under_way
        said = f"{self._done} of {self._total}"
        if seconds := left_after(self._heard + under_way, left, time.monotonic() - self._begin):
            said += f", {spoken(seconds)} left"
        self._shown.update(self._all, completed=self._done + under_way, description=said)


def left_after(heard: float, left: float, seconds: float) -> float:
    """Return how many more seconds `left` files take, 0 where nothing is to be said yet.

    `heard` counts files that were listened to, and not those that were known: they cost nothing.
    """
    return seconds * left / heard if heard > 0 and left > 0 else 0.0


@contextmanager
def display(total: int) -> Iterator[Display]:
    """Show how a run over `total` files goes, on stderr if that is a terminal."""
    with bars() as shown:
        yield Display(shown, total)
