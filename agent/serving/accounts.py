"""Who may use a server: users by their keys. A key is shown once; what is kept is its hash.

A key is 256 random bits, so one round of sha256 is enough: there is nothing to guess.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from agent.record_files import flush_folder, locked, store_error
from tools.errors import MusicToolError

PREFIX = "mk-"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")

Stamp = tuple[int, int, int]


class AccountError(MusicToolError):
    """A name can't be given a key, or has none."""


@dataclass(frozen=True)
class User:
    """Somebody who uses a server; `id` is safe as the name of a folder."""

    id: str
    name: str


LOCAL = User("local", "local")
"""Whoever sits at this machine: asks without a key, over loopback only."""

ENV = User("env", "env")
"""Whoever has the key of the settings (``MUSICOLOGUE_API_KEY``)."""

RESERVED = frozenset({LOCAL.id, ENV.id})


class Accounts:
    """The keys of a server, in ``<folder>/keys.json``; seen at once when another process changes it.

    Parameters
    ----------
    env_key : a key that counts beside those of the file, as of the user `ENV`; "" for none
    """

    def __init__(self, folder: Path, env_key: str = "") -> None:
        self._file = Path(folder) / "keys.json"
        self._env = _hash(env_key) if env_key else ""
        self._kept: dict[str, str] = {}  # name -> hash
        self._stamp: Stamp | None = None

    @property
    def any(self) -> bool:
        """Whether there is any key."""
        return bool(self._env or self._keys())

    def names(self) -> list[str]:
        """Return who has a key, sorted."""
        return sorted(self._keys())

    def add(self, name: str) -> str:
        """Give a user a key and return it: it can't be had again.

        Raises
        ------
        AccountError
            If the name is none, is reserved, or has a key.
        MemoryStoreError
            If the file can't be written.
        """
        if not NAME.fullmatch(name) or name in RESERVED:
            raise AccountError(
                f"'{name[:40]}' can't be the name of a user: 1 to 32 of a-z, 0-9, '-' and '_' can, "
                f"but for {' and '.join(sorted(RESERVED))}."
            )
        key = PREFIX + secrets.token_urlsafe(32)
        with locked(self._file.with_suffix(".lock")):
            keys = self._keys()
            if name in keys:
                raise AccountError(
                    f"'{name}' has a key already. Take it away first: python -m agent keys remove {name}"
                )
            self._write(keys | {name: _hash(key)})
        return key

    def remove(self, name: str) -> None:
        """Take the key of a user away; what is on their desk stays.

        Raises
        ------
        AccountError
            If there is no such user.
        """
        with locked(self._file.with_suffix(".lock")):
            keys = dict(self._keys())
            if keys.pop(name, None) is None:
                known = ", ".join(sorted(keys)) or "nobody"
                raise AccountError(f"'{name[:40]}' has no key; {known} has.")
            self._write(keys)

    def user_of(self, key: str) -> User | None:
        """Return whose key it is; None where it is nobody's. Takes as long whosever it is."""
        hashed, found = _hash(key), None
        if self._env and hmac.compare_digest(hashed, self._env):
            found = ENV
        for name, kept in self._keys().items():
            if hmac.compare_digest(hashed, kept):
                found = User(name, name)
        return found

    # ---- inside ---------------------------------------------------------------------------------

    def _keys(self) -> dict[str, str]:
        stamp = _stamp(self._file)
        if stamp != self._stamp:
            self._kept, self._stamp = self._read(), stamp
        return self._kept

    def _read(self) -> dict[str, str]:
        try:
            keys = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise AccountError(f"The keys in {self._file} can't be read: {error}.") from error
        if not isinstance(keys, dict) or not all(isinstance(k, str) for k in keys.values()):
            raise AccountError(f"The keys in {self._file} are damaged: no names with hashes.")
        return keys

    def _write(self, keys: dict[str, str]) -> None:
        scratch = self._file.with_suffix(".tmp")
        try:
            scratch.unlink(missing_ok=True)
            handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(keys, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self._file)
            flush_folder(self._file.parent)
        except OSError as error:
            raise store_error(self._file.parent, error) from error


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _stamp(file: Path) -> Stamp | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
