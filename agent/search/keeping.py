"""Keeps the index and the table of a memory in agreement with its record files.

The files are the truth, the index is made of them, and the table of the index: each process brings
them up to date before it searches, in that order, so one that died in between costs only the rows
that changed. While nothing changed, neither the index is opened nor a file read.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np

from agent.recall import Row
from agent.record import RecordError, TrackRecord
from agent.record_files import MemoryStoreError
from agent.search.mirror import Mirror
from agent.search.table import Table
from agent.track_index import IndexFailed, TrackIndex
from tools.embedding import Vectors

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 256
"""Rows written at once: the index is held for as long, about a second."""

NO_VECTORS = np.zeros((0, 0), np.float32)

SETTLED_NS = 2_000_000_000
"""Age from which a folder's time is trusted: file systems keep it to 2 s at worst."""


class Files(Protocol):
    """The record files, as a keeper uses them; their stamps change with all that makes a row."""

    def read(self, track_id: str) -> TrackRecord | None:
        """Return a record."""

    def stamps(self) -> dict[str, str]:
        """Return what tells one state of each track from another, by its id."""

    def changed_at(self) -> int | None:
        """Return when a stamp last changed, in ns."""

    def try_writing(self) -> None:
        """Raise where nothing can be written."""


class RowMaker(Protocol):
    """Makes rows of records: one a record, or one a section of it."""

    @property
    def space(self) -> str:
        """Name of the space of the vectors."""

    def of_records(self, records: Sequence[TrackRecord]) -> tuple[list[Row], Vectors]:
        """Return rows whose ids begin with the ids of their records, and their vectors."""


class Keeper:
    """The table of the tracks in some files, or of their sections; not safe for threads."""

    def __init__(
        self,
        files: Files,
        index: TrackIndex,
        vectors: RowMaker,
        mirror: Mirror,
        batch: int = BATCH,
    ) -> None:
        self._batch = batch
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
            table, stamps = self._followed()
            for batch in _batches(_differing(table, stamps), self._batch):
                table = self._written(batch, stamps)
        if settled and not _differing(table, stamps):
            self._settled = changed_at
        return table

    def _read(self) -> tuple[Table, bool]:
        """Return the table on the disk, and whether it was made of the index as it is."""
        table, state = self._mirror.read(self._vectors.space)
        return table, state == self._index.state()

    def _followed(self) -> tuple[Table, dict[str, str]]:
        """Bring the table up to the index, and take what has no file out of both.

        The stamps are read while nobody else has the index: by older ones, a row that another
        process just wrote would seem to have no file.
        """
        with self._index.open(self._vectors.space) as index:
            stamps = self._files.stamps()
            table, trusted = self._read()
            known = table.slots.keys() if trusted else index.ids()
            index.drop([i for i in known if track_of(i) not in stamps])
            lost = [i for i in table.slots if track_of(i) not in stamps or i not in known]
            table = table.changed([], NO_VECTORS, dropped=lost)
            differing = set(_differing(table, stamps))
            wanted = [i for i in known if track_of(i) in differing]
            if trusted:
                wanted += sorted(differing - set(known))
            for batch in _batches(wanted, self._batch):
                rows, found, vectors = index.whole(batch)
                good = [
                    n for n, row in enumerate(rows) if found[row.id] == stamps[track_of(row.id)]
                ]
                kept = [rows[n] for n in good]
                table = table.changed(kept, vectors[good], _of_rows(kept, stamps))
            self._keep(table)
        return table, stamps

    def _written(self, ids: list[str], stamps: dict[str, str]) -> Table:
        """Make rows of some records anew, and put them into the index and the table."""
        rows, vectors = self._embedded(ids)  # while others may have the index
        made, wanted = _of_rows(rows, stamps), set(ids)
        with self._index.open(self._vectors.space) as index:
            table = self._read()[0]
            gone = [i for i in table.slots if track_of(i) in wanted and i not in made]
            index.drop(gone)  # damaged since, or sections that there are no more
            if rows:
                index.put(rows, made, vectors)
            table = table.changed(rows, vectors, made, gone)
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


def track_of(row_id: str) -> str:
    """Return the id of the track that a row belongs to."""
    return row_id.partition(":")[0]


def _of_rows(rows: Sequence[Row], stamps: dict[str, str]) -> dict[str, str]:
    return {row.id: stamps[track_of(row.id)] for row in rows}


def _differing(table: Table, stamps: dict[str, str]) -> list[str]:
    """Return the tracks whose rows are not those of their stamps."""
    known = {track_of(i): stamp for i, stamp in table.stamps.items()}
    return [i for i, stamp in stamps.items() if known.get(i) != stamp]


def _surplus(table: Table, stamps: dict[str, str]) -> bool:
    return any(track_of(i) not in stamps for i in table.slots)


def _batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])
