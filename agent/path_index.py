"""Which track a file held when it was last read: it saves decoding a file that has not changed."""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from agent.record_files import MemoryStoreError, locked

log = logging.getLogger(__name__)

Entry = list[object]
"""Size in bytes, time of change in ns, track id."""


class PathIndex:
    """Track ids by path, size and time of change; kept as one JSON file that processes share."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries = self._read()

    def find(self, path: Path) -> str | None:
        """Return the id of the track that the file holds, None where it is new or was changed."""
        entry = self._entries.get(str(path.absolute()))
        stamp = _stamp(path)
        return str(entry[2]) if entry and stamp and entry[:2] == stamp else None

    def add(self, path: Path, track_id: str) -> None:
        """Keep which track a file holds."""
        self.add_all({path: track_id})

    def add_all(self, tracks: Mapping[Path, str]) -> None:
        """Keep which tracks some files hold, in one writing."""
        stamps = {path: _stamp(path) for path in tracks if self.find(path) != tracks[path]}
        new = {str(p.absolute()): [*s, tracks[p]] for p, s in stamps.items() if s is not None}
        if new:
            self._write(new, ())

    def drop(self, paths: Iterable[str]) -> None:
        """Forget which tracks some files hold."""
        if gone := [path for path in paths if path in self._entries]:
            self._write({}, gone)

    def ids(self) -> dict[str, str]:
        """Return which track each path held, whatever became of the file since."""
        return {path: str(entry[2]) for path, entry in self._entries.items()}

    def sizes(self) -> dict[str, int]:
        """Return how many bytes each file had."""
        return {p: entry[0] for p, entry in self._entries.items() if isinstance(entry[0], int)}

    def _read(self) -> dict[str, Entry]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(entries, dict):
            return {}
        return {p: e for p, e in entries.items() if isinstance(e, list) and len(e) == 3}

    def _write(self, new: dict[str, Entry], gone: Iterable[str]) -> None:
        """Change the file, over what other processes put into it meanwhile."""
        scratch = self._file.with_suffix(".tmp")
        self._entries.update(new)
        try:
            with locked(self._file.with_suffix(".lock")):
                self._entries = self._read() | new
                for path in gone:
                    self._entries.pop(path, None)
                try:
                    scratch.write_text(json.dumps(self._entries), encoding="utf-8")
                    os.replace(scratch, self._file)
                finally:
                    scratch.unlink(missing_ok=True)
        except (OSError, MemoryStoreError) as error:  # it only saves a decoding
            log.warning("paths are not remembered: %s", error)


def _stamp(path: Path) -> Entry | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]
