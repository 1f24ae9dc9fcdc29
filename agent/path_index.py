"""Which track a file held when it was last read: it saves decoding a file that has not changed."""

import json
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)


class PathIndex:
    """Track ids by path, size and time of change; kept as one JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            entries = {}
        self._entries: dict[str, list[object]] = entries if isinstance(entries, dict) else {}

    def find(self, path: Path) -> str | None:
        """Return the id of the track that the file holds, None where it is new or was changed."""
        entry = self._entries.get(str(path.absolute()))
        stamp = self._stamp(path)
        return str(entry[2]) if entry and stamp and entry[:2] == stamp else None

    def add(self, path: Path, track_id: str) -> None:
        """Keep which track a file holds."""
        stamp = self._stamp(path)
        if stamp is None or self.find(path) == track_id:
            return
        self._entries[str(path.absolute())] = [*stamp, track_id]
        scratch = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            scratch.write_text(json.dumps(self._entries), encoding="utf-8")
            os.replace(scratch, self._file)
        except OSError as error:  # it only saves a decoding
            log.warning("paths are not remembered: %s", error)

    def _stamp(self, path: Path) -> list[object] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        return [status.st_size, status.st_mtime_ns]
