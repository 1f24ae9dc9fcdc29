"""The files that an MCP host may have opened: those below some folders, whatever links lead where."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.errors import MusicToolError
from tools.titles import clean_text


class Folders:
    """Folders of recordings. A file is named by its path below one of them, or by its whole path.

    Parameters
    ----------
    roots : the folders; none of them is told to the host

    Raises
    ------
    MusicToolError
        If one of them is no folder.
    """

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots: Sequence[Path] = [_checked(root) for root in roots]

    def __bool__(self) -> bool:
        return bool(self._roots)

    def file(self, name: str) -> Path:
        """Return the file of a name.

        Raises
        ------
        MusicToolError
            If there is none below the folders. Whether there is one elsewhere is not told.
        """
        for root in self._roots:
            try:
                file = (root / name).resolve()
                if file.is_relative_to(root) and file.is_file():
                    return file
            except (
                OSError,
                ValueError,
                RuntimeError,
            ):  # a name that no file can have, links in a ring
                continue
        raise MusicToolError(
            f"There is no file '{clean_text(name, 200)}' below the folders that are open here. "
            "Give its path below one of them, or ask for tracks that were heard: search_library."
        )

    def hidden(self, text: str) -> str:
        """Return a text with the folders taken out of its paths."""
        for root in self._roots:
            text = text.replace(f"{root}/", "")
        return text


def _checked(root: Path) -> Path:
    try:
        found = root.expanduser().resolve()
        if found.is_dir():
            return found
    except (OSError, RuntimeError, ValueError):
        pass
    raise MusicToolError(
        f"--folder takes a folder of recordings; '{clean_text(str(root), 200)}' is none."
    )
