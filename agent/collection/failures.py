"""Which files could not be heard and why, kept until they can be: ``<data>/failed.json``."""

import json
import logging
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from agent.collection.report import Failure
from agent.record_files import MemoryStoreError, locked

log = logging.getLogger(__name__)


class Failures:
    """Reasons by path; a file that processes share."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def all(self) -> dict[str, str]:
        """Return the reasons by path, the last failed last."""
        return {path: reason for path, (reason, _) in self._read().items()}

    def update(self, failed: Iterable[Failure], done: Iterable[str]) -> None:
        """Keep what failed, and forget it of files that were heard since or are no longer there."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        new, heard = {f.path: (f.reason, now) for f in failed}, set(done)
        known = self._read()
        if not new and heard.isdisjoint(known):
            return
        scratch = self._file.with_suffix(".tmp")
        try:
            with locked(self._file.with_suffix(".lock")):
                kept = {p: why for p, why in self._read().items() if p not in heard}
                kept = {p: why for p, why in kept.items() if p not in new} | new
                try:
                    scratch.write_text(json.dumps(kept), encoding="utf-8")
                    os.replace(scratch, self._file)
                finally:
                    scratch.unlink(missing_ok=True)
        except (OSError, MemoryStoreError) as error:  # the report has told it
            log.warning("failures are not kept: %s", error)

    def _read(self) -> dict[str, tuple[str, str]]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(kept, dict):
            return {}
        return {
            str(p): (str(why[0]), str(why[1]))
            for p, why in kept.items()
            if isinstance(why, list) and len(why) == 2
        }
