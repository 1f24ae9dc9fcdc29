"""The recordings that places hold: files, folders, patterns and playlists. Opens no sound.

In a folder, a pattern or a playlist that was met on the way, what is no recording is passed over
without a word; what was named itself is told when it can't be used.
"""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.collection.m3u import PLAYLISTS, entries_of
from agent.collection.report import Failure
from agent.output_folder import at_home
from tools.errors import MusicToolError


@dataclass(frozen=True)
class Found:
    """Files to hear, absolute, each once, in the order of the places; and what can't be used."""

    files: tuple[Path, ...]
    failed: tuple[Failure, ...]


def find(places: Iterable[str | Path]) -> Found:
    """Return the recordings in some places.

    Folders are searched with all that is in them, but for hidden files and folders; links are
    followed, each folder once. A pattern (``*``, ``?``, ``[…]``, ``**``) that is no name of a file
    is matched here. An entry of a playlist is a file, a folder or another playlist, relative to it.
    """
    search = _Search()
    for place in places:
        search.place(place)
    return Found(tuple(search.files.values()), tuple(search.failed))


def is_recording(path: Path) -> bool:
    """Return whether a folder search takes a file for a recording, by its name."""
    from tools.audio import EXTENSIONS

    return path.suffix.lower() in EXTENSIONS and not path.name.startswith(".")


class _Search:
    def __init__(self) -> None:
        self.files: dict[str, Path] = {}  # by what they are behind all links
        self.failed: list[Failure] = []
        self._folders: set[tuple[int, int]] = set()
        self._playlists: set[str] = set()

    def place(self, place: str | Path) -> None:
        """Take what the user named."""
        try:
            path = at_home(place).absolute()
        except MusicToolError as error:
            self._fail(str(place), str(error))
            return
        if path.exists():
            self._named(path)
        elif glob.has_magic(str(path)):
            self._pattern(path)
        else:
            self._fail(str(place), f"There is no file or folder '{place}'.")

    def _named(self, path: Path) -> None:
        if path.is_dir():
            self._folder(path)
        elif path.suffix.lower() in PLAYLISTS:
            self._playlist(path)
        elif path.is_file():
            self._take(path)  # whatever its name: decoding it tells
        else:
            self._fail(str(path), "It is neither a file nor a folder.")  # a pipe would block

    def _pattern(self, pattern: Path) -> None:
        matches = sorted(glob.glob(str(pattern), recursive=True))
        if not matches:
            self._fail(str(pattern), f"No file matches '{pattern}'.")
        for path in map(Path, matches):
            if path.is_dir():
                self._folder(path)
            elif is_recording(path):
                self._take(path)

    def _folder(self, folder: Path) -> None:
        for path in self._walk(folder):
            self._take(path)

    def _walk(self, folder: Path) -> Iterator[Path]:
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self._folders:
                return  # a link in a circle, or a folder named twice
            self._folders.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            self._fail(str(folder), f"The folder can't be read: {error.strerror or error}.")
            return
        inner = []
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                inner.append(path)
            elif is_recording(path) and path.is_file():
                yield path
        for deeper in inner:
            yield from self._walk(deeper)

    def _playlist(self, playlist: Path) -> None:
        key = os.path.realpath(playlist)
        if key in self._playlists:
            return
        self._playlists.add(key)
        try:
            entries = entries_of(playlist)
        except OSError as error:
            self._fail(str(playlist), f"The playlist can't be read: {error.strerror or error}.")
            return
        for entry in entries:
            if entry.path is None:
                self._fail(entry.text, f"{entry.reason} (in the playlist '{playlist.name}')")
            else:
                self._named(entry.path)

    def _take(self, path: Path) -> None:
        self.files.setdefault(os.path.realpath(path), path)

    def _fail(self, path: str, reason: str) -> None:
        self.failed.append(Failure(path, reason))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link whose end can't be looked at
        return False
