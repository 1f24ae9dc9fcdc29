"""The table on the disk, beside the index: what a process needs to search, without opening Chroma.

Segments are folders that never change; a manifest names those that count, and which of their rows
are dead. It is replaced whole, so a reader sees one state or the other. Whoever writes holds the
lock of the index. The mirror holds nothing that the record files and the index do not: where it is
damaged or missing it is made anew from them.
"""

import json
import logging
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from agent.record_files import store_error
from agent.search.segment import Segment
from agent.search.table import Table

log = logging.getLogger(__name__)

VERSION = 3
"""Of the columns and of how terms are made; a mirror with another one is made anew."""

TRIES = 5


class Mirror:
    """A table in a folder.

    Parameters
    ----------
    folder : made with the first table that is written
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifest = folder / "manifest.json"
        self._names: dict[Segment, str] = {}  # of the segments of the last table, on the disk
        self._last: tuple[bytes, Table, str] | None = None

    def read(self, space: str) -> tuple[Table, str]:
        """Return the newest table, and what it was told of the index; empty where there is none.

        Parameters
        ----------
        space : of the vectors; a table of another space is none
        """
        for attempt in range(TRIES):
            try:
                content = self._manifest.read_bytes()
                if self._last and self._last[0] == content:
                    return self._last[1], self._last[2]
                return self._open(content, space)
            except FileNotFoundError:
                if not self._manifest.exists():
                    break
                time.sleep(0.01 * attempt)  # another process replaced it meanwhile
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("the table of the search is damaged and is made anew: %s", error)
                break
        self._last, self._names = None, {}
        return Table(), ""

    def write(self, table: Table, space: str, index: str) -> None:
        """Put a table in place of the one there is.

        Parameters
        ----------
        index : what tells one state of the index from another

        Raises
        ------
        MemoryStoreError
            If the disk is full or the folder can't be written.
        """
        names = {}
        try:
            for segment in table.segments:
                names[segment] = self._names.get(segment) or f"segment-{uuid.uuid4().hex[:12]}"
                if segment not in self._names:
                    segment.save(self.folder / names[segment])
            content = _manifest(table, [names[s] for s in table.segments], space, index)
            self.folder.mkdir(parents=True, exist_ok=True)
            scratch = self._manifest.with_suffix(".tmp")
            scratch.write_bytes(content)
            scratch.replace(self._manifest)
        except OSError as error:
            raise store_error(self.folder.parent, error) from error
        self._last, self._names = (content, table, index), names
        self._tidy()

    def delete(self) -> None:
        """Take the table away."""
        self._last, self._names = None, {}
        shutil.rmtree(self.folder, ignore_errors=True)

    def _open(self, content: bytes, space: str) -> tuple[Table, str]:
        told: dict[str, Any] = json.loads(content)
        if told["version"] != VERSION or told["space"] != space:
            self._last, self._names = None, {}
            return Table(), ""
        known = {name: segment for segment, name in self._names.items()}
        names = {
            known.get(name) or Segment.load(self.folder / name): name for name in told["segments"]
        }
        dead = []
        for segment, slots in zip(names, told["dead"], strict=True):
            mask = np.zeros(len(segment), bool)
            mask[slots] = True
            dead.append(mask)
        self._names = names
        self._last = (content, Table(tuple(names), dead), str(told["index"]))
        return self._last[1], self._last[2]

    def _tidy(self) -> None:
        """Take away segments that no longer count, and what a killed writer left."""
        with suppress(OSError):  # on some systems not while another process reads them
            for entry in self.folder.iterdir():
                if entry.is_dir() and entry.name not in self._names.values():
                    shutil.rmtree(entry, ignore_errors=True)


def _manifest(table: Table, names: list[str], space: str, index: str) -> bytes:
    content = {
        "version": VERSION,
        "space": space,
        "index": index,
        "segments": names,
        "dead": [np.flatnonzero(dead).tolist() for dead in table.dead],
    }
    return json.dumps(content, separators=(",", ":")).encode()
