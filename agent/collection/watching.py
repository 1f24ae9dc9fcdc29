"""Folders watched: what comes into them is told once it has stopped growing."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from agent.collection.finding import find, is_recording
from tools.errors import MusicToolError

SETTLE = 2.0
"""Seconds for which a file must not grow: more than a copy over a slow network pauses."""

LOOK = 1.0
"""Seconds between two looks at the files that may still grow."""


class Growing:
    """Files that came or changed, until they have stopped growing.

    Parameters
    ----------
    settle : seconds for which size and time of change must stay
    """

    def __init__(self, settle: float = SETTLE, clock: Callable[[], float] = time.monotonic) -> None:
        self._settle, self._clock = settle, clock
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def note(self, path: Path) -> None:
        """Take note that a file came or changed."""
        if is_recording(path):
            self._seen[path] = ((-1, -1), self._clock())

    def settled(self) -> list[Path]:
        """Return the files that have stopped growing, each once; empty ones are waited for."""
        done, now = [], self._clock()
        for path, (stamp, since) in list(self._seen.items()):
            try:
                status = path.stat()
            except OSError:  # it went again, or got its name
                del self._seen[path]
                continue
            current = (status.st_size, status.st_mtime_ns)
            if current != stamp:
                self._seen[path] = (current, now)
            elif now - since >= self._settle and status.st_size:
                del self._seen[path]
                done.append(path)
        return sorted(done)


def arrivals(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield files that came into folders or changed there, for ever; Ctrl-C ends it.

    Raises
    ------
    MusicToolError
        If a folder can't be watched.
    """
    from watchfiles import watch

    growing = Growing()
    try:
        for changes in watch(
            *folders,
            watch_filter=None,
            yield_on_timeout=True,
            rust_timeout=round(1000 * LOOK),
            raise_interrupt=True,
            ignore_permission_denied=True,
        ):
            for path in _files((Path(path) for _, path in changes), folders):
                growing.note(path)
            if settled := growing.settled():
                yield settled
    except OSError as error:
        raise MusicToolError(f"The folders can't be watched: {error.strerror or error}.") from error


def _files(changed: Iterable[Path], folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the files of what changed, hidden ones left out: a folder brings all that is in it."""
    for path in changed:
        inside = next((path.relative_to(f) for f in folders if path.is_relative_to(f)), path)
        if any(part.startswith(".") for part in inside.parts):
            continue
        if path.is_dir():
            yield from find([path]).files
        else:
            yield path
