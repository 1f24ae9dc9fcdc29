"""A track of memory opened by its title, as people say it: "open Jeanie"."""

from pathlib import Path

from agent.library import Library
from agent.output_folder import at_home
from tools.errors import UnknownTrackError
from tools.titles import clean_text


def open_titled(library: Library, title: str) -> str:
    """Open the one track of memory that has a title, and return its handle; "" for what may be a file.

    A file of that name comes first.

    Raises
    ------
    UnknownTrackError
        If what is no path is no title either, or that of several tracks.
    """
    wanted = clean_text(title, 200).casefold().strip(" \"'.?!")
    if not wanted or "/" in title or at_home(title).exists():
        return ""
    rows = library.memory.rows().items()
    found = [i for i, row in rows if str(row.facts.get("title", "")).casefold() == wanted]
    if len(found) == 1:
        handle = library.adopt(found[0])
        library.set_current(handle)
        return handle
    shown = clean_text(title, 60)
    if found:
        raise UnknownTrackError(
            f"{len(found)} tracks of the library are called '{shown}': name the file."
        )
    if Path(title).suffix:
        return ""
    raise UnknownTrackError(f"No track of the library is called '{shown}', and no file either.")
