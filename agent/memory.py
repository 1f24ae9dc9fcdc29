"""What was heard of every track, kept on the disk, and found again by words.

One JSON file a track is the truth (`agent.record_files`); Chroma is an index made from the files
(`agent.track_index`). A record is safe once `remember` returns; the index follows with the next
search, or with `close`. Whenever the index is opened it is compared with the files, so a process
that died between the two, or another one that wrote meanwhile, costs only the rows that changed.
Reading a record imports neither Chroma nor the sentence embedding.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from agent.recall import Hit, Row, rank
from agent.record import RecordError, TrackRecord
from agent.record_files import MemoryStoreError, RecordFiles
from agent.track_index import IndexFailed, OpenIndex, TrackIndex
from agent.track_vectors import TrackVectors, row_of
from tools.embedding import Embedder, Vectors
from tools.joint import JointSpace, Vector

__all__ = ["Hit", "MemoryStoreError", "TrackMemory"]

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH = 256
"""Rows written at once: the index is held for as long, about a second."""

NEAREST = 50
"""Tracks that the searches by meaning and by sound bring to the fusion, at least."""

SETTLED_NS = 2_000_000_000
"""Age from which a folder's time is trusted: file systems keep it to 2 s at worst."""


class TrackMemory:
    """The records below a folder, and the search over them. Safe for threads and processes.

    Parameters
    ----------
    folder : holds ``tracks/`` and ``chroma/``; made with the first record
    embedder : turns words into vectors; asked only when something is searched or indexed
    sound : where sounds and texts meet; without it tracks are found by what is written of them
    """

    def __init__(self, folder: Path, embedder: Embedder, sound: JointSpace | None = None) -> None:
        self.folder = Path(folder)
        self._vectors = TrackVectors(embedder, sound)
        self._files = RecordFiles(self.folder)
        self._index = TrackIndex(self.folder)
        self._lock = threading.RLock()
        self._ahead = False  # whether this process changed files that the index does not know
        self._rows: dict[str, Row] = {}
        self._rows_of: int | None = None  # the folder's time that `_rows` belong to

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ---- records --------------------------------------------------------------------------------

    def remember(self, record: TrackRecord) -> None:
        """Keep a record, in place of what was known of the same track.

        Raises
        ------
        MemoryStoreError
            If the disk is full or the folder can't be written; the old record is still there.
        """
        self._files.write(record)
        self._ahead = True

    def get(self, track_id: str) -> TrackRecord | None:
        """Return what is known of a track; None where there is nothing, or its file is damaged."""
        try:
            return self._files.read(track_id)
        except RecordError as error:
            log.warning("%s", error)
            return None

    def all(self) -> tuple[TrackRecord, ...]:
        """Return every record that can be read, the first heard first."""
        records = (self.get(track_id) for track_id in self.ids())
        return tuple(sorted((r for r in records if r), key=lambda r: (r.heard_at, r.id)))

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all tracks, sorted."""
        return tuple(sorted(self._files.stamps()))

    def forget(self, track_id: str) -> bool:
        """Take a track away; return whether there was one.

        Raises
        ------
        MemoryStoreError
            If the folder can't be written.
        """
        known = self._files.remove(track_id)
        self._ahead |= known
        return known

    # ---- search ---------------------------------------------------------------------------------

    def recall(self, query: str, limit: int = 5) -> tuple[Hit, ...]:
        """Return the tracks that answer a query in words, best first.

        A damaged index is made anew; where that can't be done (a full disk), the search goes over
        the files, by words and facts only.
        """
        if limit < 1 or not query.strip() or not self.ids():
            return ()
        wanted = self._vectors.of_query(query)
        count = max(NEAREST, 5 * limit)
        near: list[dict[str, float]]
        try:
            rows, near = self._up_to_date(lambda index: index.nearest(wanted, count))
        except (IndexFailed, MemoryStoreError) as error:
            log.warning("searching without the index: %s", error)
            rows, near = {r.id: row_of(r) for r in self.all()}, [{}]
        return rank(query, rows.values(), *near)[:limit]

    def rows(self) -> dict[str, Row]:
        """Return every track as a search sees it, by id; the same dict until something changes."""
        if not self.ids():
            return {}
        try:
            return self._up_to_date(lambda index: None)[0]
        except (IndexFailed, MemoryStoreError) as error:
            log.warning("reading the files, not the index: %s", error)
            return {r.id: row_of(r) for r in self.all()}

    @property
    def sound(self) -> JointSpace | None:
        """Where sounds and texts meet; None where tracks are found by what is written of them."""
        return self._vectors.sound

    def near_sound(self, vector: Vector, count: int = NEAREST) -> dict[str, float]:
        """Return the cosines of the tracks that sound most like a vector, by id.

        Parameters
        ----------
        vector : shape=(d,), in the space of `sound`
        """
        if self.sound is None or not self.ids():
            return {}
        wanted = self._vectors.of_sound(vector)
        try:
            _, (near,) = self._up_to_date(lambda index: index.nearest(wanted, count))
        except (IndexFailed, MemoryStoreError) as error:
            log.warning("nothing is found by its sound without the index: %s", error)
            return {}
        return near

    # ---- care -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Bring the index up to the files.

        Raises
        ------
        MemoryStoreError
            If the folder can't be written.
        """
        if not self.ids() and not self._index.exists:
            return
        try:
            self._up_to_date(lambda index: None)
        except IndexFailed as error:
            raise MemoryStoreError(f"The search index in {self.folder} fails: {error}.") from error

    def check(self) -> list[str]:
        """Return what is wrong, a sentence each: damaged files, leftovers, rows that differ."""
        faults = []
        for track_id in self.ids():
            try:
                self._files.read(track_id)
            except RecordError as error:
                faults.append(str(error))
        faults += [f"'{name}' in tracks/ is no track record." for name in self._files.strangers()]
        try:
            if self._ahead:
                self.flush()
            faults += self._index_faults()
        except (IndexFailed, MemoryStoreError) as error:
            faults.append(f"The search index can't be used ({error}).")
        return faults

    def rebuild(self) -> int:
        """Make the index anew from the files, and return how many tracks it holds.

        Raises
        ------
        MemoryStoreError
            If the folder can't be written.
        """
        with self._lock:
            if self._files.changed_at() is not None:
                self._files.tidy()
            if self._index.exists:
                self._index.delete()
            self._rows_of = None
            self.flush()
            return len(self._rows)

    def close(self) -> None:
        """Write what the index lacks; what fails here is made good by the next search."""
        if not self._ahead:
            return
        try:
            self.flush()
        except MemoryStoreError as error:
            log.warning("the search index is behind: %s", error)

    # ---- inside ---------------------------------------------------------------------------------

    def _up_to_date(self, use: Callable[[OpenIndex], T]) -> tuple[dict[str, Row], T]:
        """Return all rows, and what `use` makes of the index, once it agrees with the files."""
        with self._lock:
            try:
                return self._synced(use)
            except IndexFailed as error:
                self._files.try_writing()  # on a full disk the index is not to blame
                log.warning("the search index fails and is made anew: %s", error)
                self._rows_of = None
                self._index.delete()
                return self._synced(use)

    def _synced(self, use: Callable[[OpenIndex], T]) -> tuple[dict[str, Row], T]:
        space = self._vectors.space
        with self._index.open(space) as index:
            if self._rows_of is not None and self._rows_of == self._files.changed_at():
                return self._rows, use(index)
            stamps, stale = self._compare(index)
            if not stale:
                return self._rows, use(index)
        batches = [stale[i : i + BATCH] for i in range(0, len(stale), BATCH)]
        for batch in batches[:-1]:
            rows = self._embedded(batch)  # while others may have the index
            with self._index.open(space) as index:
                self._write(index, batch, rows, stamps)
        rows = self._embedded(batches[-1])
        with self._index.open(space) as index:
            self._write(index, batches[-1], rows, stamps)
            self._compare(index)
            return self._rows, use(index)

    def _compare(self, index: OpenIndex) -> tuple[dict[str, str], list[str]]:
        """Drop rows without a file; return the files' stamps and the ids whose rows are not theirs."""
        self._ahead = False
        changed_at = self._files.changed_at()
        settled = changed_at is not None and time.time_ns() - changed_at > SETTLED_NS
        stamps = self._files.stamps()
        rows, known = index.rows()
        index.drop([i for i in rows if i not in stamps])
        stale = [i for i, stamp in stamps.items() if known.get(i) != stamp]
        self._rows = {i: row for i, row in rows.items() if i in stamps}
        self._rows_of = changed_at if settled and not stale else None
        return stamps, stale

    def _embedded(self, ids: list[str]) -> tuple[list[Row], Vectors]:
        records = (self.get(track_id) for track_id in ids)
        return self._vectors.of_records([record for record in records if record])

    def _write(
        self,
        index: OpenIndex,
        ids: list[str],
        embedded: tuple[list[Row], Vectors],
        stamps: dict[str, str],
    ) -> None:
        rows, vectors = embedded
        index.drop(sorted(set(ids) - {row.id for row in rows}))  # damaged since they were indexed
        if rows:
            index.put(rows, stamps, vectors)

    def _index_faults(self) -> list[str]:
        stamps = self._files.stamps()
        if not self._index.exists:
            return [f"None of {len(stamps)} tracks is in the search index."] if stamps else []
        with self._index.open(self._vectors.space) as index:
            rows, known = index.rows()
        lacking = [i for i in stamps if i not in rows and self.get(i)]
        outdated = [i for i in stamps if i in rows and known[i] != stamps[i]]
        surplus = [i for i in rows if i not in stamps]
        faults = [f"Track {i} is not in the search index." for i in lacking]
        faults += [f"The search index has an old state of track {i}." for i in outdated]
        faults += [f"The search index has a track {i} that was forgotten." for i in surplus]
        return faults
