"""Addresses of files that conversations write: no path of the server, and none that can be guessed.

An address is ``/exports/<token>/<name>``; the token stands for a folder, so files that are written
together have one. It leads to the files of its own user only.
"""

import secrets
import string
from pathlib import Path
from urllib.parse import quote

from agent.serving.desk_file import DeskFile
from agent.serving.errors import UnknownExportError
from tools.titles import clean_text

ROUTE = "/exports/"

TOKEN_LETTERS = 28
"""Of 26 letters each: 131 bits. No figures, so that nobody takes them for something measured."""


class Exports:
    """The addresses of one user."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file

    def address(self, path: Path) -> str:
        """Return the address of a file or folder, the same each time."""
        path = Path(path).absolute()
        if path.is_file():
            return f"{ROUTE}{self._token(path.parent)}/{quote(path.name)}"
        return f"{ROUTE}{self._token(path)}"

    def folder(self, token: str) -> Path:
        """Return the folder that a token stands for.

        Raises
        ------
        UnknownExportError
            If it stands for none, or the folder is gone.
        """
        found = self._file.rows("SELECT folder FROM folders WHERE token = ?", [token])
        if not found or not (folder := Path(found[0][0])).is_dir():
            raise _unknown(token)
        return folder

    def files(self, token: str) -> list[str]:
        """Return the names of the files in a folder, sorted; see `folder`."""
        entries = self.folder(token).iterdir()
        return sorted(e.name for e in entries if e.is_file() and not e.name.startswith("."))

    def file(self, token: str, name: str) -> Path:
        """Return a file by its address.

        Raises
        ------
        UnknownExportError
            If there is none.
        """
        if name not in self.files(token):  # so a name can lead nowhere else
            raise _unknown(name)
        return self.folder(token) / name

    def _token(self, folder: Path) -> str:
        made = "".join(secrets.choice(string.ascii_lowercase) for _ in range(TOKEN_LETTERS))
        with self._file.writing() as database:
            database.execute("INSERT OR IGNORE INTO folders VALUES (?, ?)", [made, str(folder)])
            asked = "SELECT token FROM folders WHERE folder = ?"
            return str(database.execute(asked, [str(folder)]).fetchone()[0])


def _unknown(name: str) -> UnknownExportError:
    return UnknownExportError(
        f"There is no file '{clean_text(name, 60)}' to fetch. It was removed, or never written."
    )
