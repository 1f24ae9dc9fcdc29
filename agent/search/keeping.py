"""Keeps the index and the table of a memory in agreement with its record files.

The files are the truth, the index is made of them, and the table of the index: each process brings
them up to date before it searches, in that order, so one that died in between costs only the rows
that changed. While nothing changed, neither the index is opened nor a file read.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from agent.recall import Row
from agent.record import RecordError
from agent.record_files import MemoryStoreError, RecordFiles
from agent.search.mirror import Mirror
from agent.search.table import Table
from agent.track_index import IndexFailed, TrackIndex
from agent.track_vectors import TrackVectors
from tools.embedding import Vectors

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 256
"""Rows written at once: the index is held for as long, about a second."""

NO_VECTORS = np.zeros((0, 0), np.float32)

SETTLED_NS = 2_000_000_000
"""Age from which a folder's time is trusted: file systems keep it to 2 s at worst."""


class Keeper:
    """The table of the tracks in some files; not safe for threads."""

    def __init__(
        self, files: RecordFiles, index: TrackIndex, vectors: TrackVectors, mirror: Mirror
    ) -> None:
        self._files = files
        self._index = index
        self._vectors = vectors
        self._mirror = mirror
        self._table = Table()
        self._settled: int | None = None  # the folder's time that `_table` belongs to

    def table(self) -> Table:
        """Return the rows of all tracks; a damaged index is made anew.

        Raises
        ------
        IndexFailed
            If that doesn't help.
        MemoryStoreError
            If the folder can't be read or written.
        """
        if self._settled is not None and self._settled == self._files.changed_at():
            return self._table
        try:
            self._table = self._agreed()
        except IndexFailed as error:
            self._files.try_writing()  # on a full disk the index is not to blame
            log.warning("the search index fails and is made anew: %s", error)
            self._index.delete()
            self._table = self._agreed()
        return self._table

    def forget(self) -> None:
        """Take the table away, so that it is made anew."""
        self._settled = None
        self._mirror.delete()

    # ---- inside ---------------------------------------------------------------------------------

    def _agreed(self) -> Table:
        self._settled = None
        changed_at = self._files.changed_at()
        settled = changed_at is not None and time.time_ns() - changed_at > SETTLED_NS
        stamps = self._files.stamps()
        if not stamps and not self._index.exists:
            return Table()
        table, trusted = self._read()
        if not trusted or _differing(table, stamps) or _surplus(table, stamps):
            table = self._followed(stamps)
            for batch in _batches(_differing(table, stamps), BATCH):
                table = self._written(batch, stamps)
        if settled and not _differing(table, stamps):
            self._settled = changed_at
        return table

    def _read(self) -> tuple[Table, bool]:
        """Return the table on the disk, and whether it was made of the index as it is."""
        table, state = self._mirror.read(self._vectors.space)
        return table, state == self._index.state()

    def _followed(self, stamps: dict[str, str]) -> Table:
        """Bring the table up to the index, and take what has no file out of both."""
        with self._index.open(self._vectors.space) as index:
            table, trusted = self._read()
            known = table.slots.keys() if trusted else index.ids()
            index.drop([i for i in known if i not in stamps])
            lost = [i for i in table.slots if i not in stamps or i not in known]
            table = table.changed([], NO_VECTORS, dropped=lost)
            wanted = [i for i in _differing(table, stamps) if trusted or i in known]
            for batch in _batches(wanted, BATCH):
                rows, found, vectors = index.whole(batch)
                good = [n for n, row in enumerate(rows) if found[row.id] == stamps[row.id]]
                table = table.changed([rows[n] for n in good], vectors[good], stamps)
            self._keep(table)
        return table

    def _written(self, ids: list[str], stamps: dict[str, str]) -> Table:
        """Make rows of some records anew, and put them into the index and the table."""
        rows, vectors = self._embedded(ids)  # while others may have the index
        damaged = sorted(set(ids) - {row.id for row in rows})
        with self._index.open(self._vectors.space) as index:
            index.drop(damaged)
            if rows:
                index.put(rows, stamps, vectors)
            table = self._read()[0].changed(rows, vectors, stamps, damaged)
            self._keep(table)
        return table

    def _keep(self, table: Table) -> None:
        try:
            self._mirror.write(table, self._vectors.space, self._index.state())
        except MemoryStoreError as error:  # it serves this search, and the next one makes it anew
            log.warning("the table of the search is not kept: %s", error)

    def _embedded(self, ids: list[str]) -> tuple[list[Row], Vectors]:
        records = []
        for track_id in ids:
            try:
                records.append(self._files.read(track_id))
            except RecordError as error:
                log.warning("%s", error)
        return self._vectors.of_records([record for record in records if record])


def _differing(table: Table, stamps: dict[str, str]) -> list[str]:
    return [i for i, stamp in stamps.items() if table.stamps.get(i) != stamp]


def _surplus(table: Table, stamps: dict[str, str]) -> bool:
    return any(i not in stamps for i in table.slots)


def _batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])
