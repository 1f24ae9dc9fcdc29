"""Playlists of other programs: M3U and M3U8, read as lists of places."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agent.output_folder import at_home
from tools.errors import MusicToolError

PLAYLISTS = frozenset([".m3u", ".m3u8"])

LARGEST = 16_000_000
"""Bytes read of a playlist: above any of a person's, below what would hurt."""


@dataclass(frozen=True)
class Entry:
    """One line of a playlist: the place it names, or why it names none."""

    text: str
    path: Path | None
    reason: str = ""


def entries_of(playlist: Path) -> list[Entry]:
    """Return what a playlist lists; relative entries are relative to its folder.

    It is read as UTF-8, and as Windows-1252 where it is not that.

    Raises
    ------
    OSError
        If it can't be read.
    """
    with playlist.open("rb") as file:
        content = file.read(LARGEST)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    lines = (line.strip() for line in text.splitlines())
    return [_entry(line, playlist.parent) for line in lines if line and not line.startswith("#")]


def _entry(line: str, folder: Path) -> Entry:
    scheme, _, rest = line.partition("://")
    if rest and scheme.lower() == "file":
        line = unquote(urlsplit(line).path)
    elif rest and scheme.isalnum():
        return Entry(line, None, "It is an address on the network, not a file.")
    try:
        path = folder / at_home(line)
        if not path.exists() and "\\" in line and os.sep != "\\":
            path = folder / at_home(line.replace("\\", "/"))  # written on Windows
        there = path.exists()
    except (MusicToolError, OSError) as error:
        return Entry(line, None, str(error))
    return Entry(line, path) if there else Entry(line, None, "There is no such file.")
