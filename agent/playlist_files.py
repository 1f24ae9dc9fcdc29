"""Playlists as files: m3u8 for players, JSON for programs.

Titles and paths are other people's text. In m3u8 a line is an entry, so no text of theirs may hold a
line's end or begin one like a comment: titles are made plain, and a path that would is written as a
``file:`` address, in which every odd byte is a number.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.filenames import safe_name
from agent.playlists import Item, Playlist
from agent.record_files import store_error
from tools.titles import clean_text

ENDINGS = {"m3u8": ".m3u8", "json": ".json"}


def playlist_name(playlist: Playlist) -> str:
    """Return the name of a playlist's files, without an ending."""
    return safe_name(f"{playlist.goal.text} {playlist.wanted / 60:g} min", "playlist")


def write_playlist(
    playlist: Playlist, paths: Mapping[str, str], folder: Path, relative: bool = False
) -> dict[str, Path]:
    """Write a playlist as m3u8 and JSON, over files of the same name; return them by form.

    Parameters
    ----------
    paths : where each track's file is, by track id
    folder : made if need be
    relative : give places from the folder on, for a folder that moves with its music

    Raises
    ------
    MemoryStoreError
        If the files can't be written.
    """
    name = playlist_name(playlist)
    texts = {
        "m3u8": render_m3u8(playlist, paths, folder if relative else None),
        "json": render_json(playlist, paths),
    }
    files = {form: folder / f"{name}{ENDINGS[form]}" for form in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for form, file in files.items():
            scratch = file.with_name(f".{file.name}.tmp")
            scratch.write_bytes(texts[form].encode("utf-8", "replace"))
            os.replace(scratch, file)
    except OSError as error:
        raise store_error(folder, error) from error
    return files


def render_m3u8(playlist: Playlist, paths: Mapping[str, str], base: Path | None = None) -> str:
    """Return an extended M3U in UTF-8; tracks whose file is not known are left out.

    Parameters
    ----------
    base : folder that places are given from; None gives whole paths
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{clean_text(playlist.goal.text) or 'playlist'}"]
    for item in playlist.items:
        if path := paths.get(item.id):
            lines += [f"#EXTINF:{round(item.duration)},{_name(item)}", _place(path, base)]
    return "\n".join(lines) + "\n"


def render_json(playlist: Playlist, paths: Mapping[str, str]) -> str:
    """Return the playlist with the reasons of its order, as JSON."""
    data = playlist.to_dict()
    rows: Sequence[dict[str, object]] = data["tracks"]
    for row in rows:
        row["path"] = paths.get(str(row["id"]))
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _name(item: Item) -> str:
    """Return artist and title as players read them, on one line."""
    title, artist = clean_text(item.title) or "untitled", clean_text(item.artist)
    return f"{artist} - {title}" if artist else title


def _place(path: str, base: Path | None) -> str:
    """Return a path as one line that no player takes for a comment; a bare name stays one."""
    if Path(path).name == path and path.isprintable() and not path.startswith(("#", " ")):
        return path
    whole = Path(path).absolute()
    text = str(whole)
    if base is not None:
        try:
            text = Path(os.path.relpath(whole, base.absolute())).as_posix()
        except ValueError:  # another drive
            text = str(whole)
    plain = text == text.strip() and text.isprintable() and not text.startswith("#")
    return text if plain else whole.as_uri()
