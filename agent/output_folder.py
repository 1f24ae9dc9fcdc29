"""Places that users and models name: made before the work, and taken away where nothing came."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools.errors import MusicToolError
from tools.titles import clean_text


def at_home(path: str | Path) -> Path:
    """Return a path with ``~`` spelled out, where the system knows whose home that is.

    Raises
    ------
    MusicToolError
        If no file can have that name on any system.
    """
    text = os.path.expanduser(path)
    try:
        if b"\0" not in os.fsencode(text):
            return Path(text)
    except UnicodeEncodeError:  # half a character, as a language model may write it
        pass
    raise MusicToolError(f"'{clean_text(text, 60)}' is not a name that a file can have.")


@contextmanager
def made_where_used(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; those that are still empty in the end go again.

    Raises
    ------
    OSError
        If it can't be made, or nothing can be put into it.
    """
    made: list[Path] = []
    try:
        made += [f for f in (folder, *folder.parents) if not f.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission")
        yield
    finally:
        for empty in made:
            try:
                empty.rmdir()
            except OSError:  # it is in use, or was never made
                continue


@contextmanager
def output_folder(folder: Path) -> Iterator[Path]:
    """Yield the folder of ``--to``, ready to be written to.

    Raises
    ------
    MusicToolError
        If it can't be: before the work, not after.
    """
    place = at_home(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(made_where_used(place))
        except OSError as error:
            raise MusicToolError(
                f"Cannot write to '{clean_text(str(place), 200)}': {_said(error)}. "
                "Name another folder with --to."
            ) from error
        yield place


def _said(error: OSError) -> str:
    from tools.decoding import reason  # numpy comes with it, before its threads are set

    if isinstance(error, FileExistsError | NotADirectoryError):
        return "that is a file and not a folder"
    return reason(error)
