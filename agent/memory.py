"""What was heard of every track, kept on the disk, and found again by words.

One JSON file a track is the truth (`agent.record_files`); Chroma is an index made from the files
(`agent.track_index`), and a table of columns one made with the index (`agent.search`). A record is safe once `remember` returns; the index follows with the next
search, or with `close`. Whenever the index is opened it is compared with the files, so a process
that died between the two, or another one that wrote meanwhile, costs only the rows that changed.
Reading a record imports neither Chroma nor the sentence embedding.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.chroma_server import ChromaServer, ServerRecords
from agent.recall import Hit, Row
from agent.record import RecordError, TrackRecord
from agent.record_files import MemoryStoreError, RecordFiles
from agent.search import search
from agent.search.keeping import Keeper
from agent.search.mirror import Mirror
from agent.search.table import Table
from agent.section_rows import rows_of_sections
from agent.track_index import IndexFailed, TrackIndex
from agent.track_states import TrackStates
from agent.track_vectors import SectionVectors, TrackVectors
from agent.user_notes import UserNotes
from tools.embedding import Embedder, Vectors
from tools.joint import JointSpace, Vector

__all__ = ["Hit", "MemoryStoreError", "TrackMemory"]

log = logging.getLogger(__name__)

SECTION_BATCH = 32
"""Tracks whose sections are written at once: a few hundred rows, far below what Chroma takes."""

NEAREST = 50
"""Tracks that a search by sound returns, unless told."""


class TrackMemory:
    """The records below a folder, and the search over them. Safe for threads and processes.

    Parameters
    ----------
    folder : holds ``tracks/`` and ``chroma/``; made with the first record
    embedder : turns words into vectors; asked only when something is searched or indexed
    sound : where sounds and texts meet; without it tracks are found by what is written of them
    server : keeps records and index, shared with other listeners; notes stay in the folder
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        sound: JointSpace | None = None,
        server: ChromaServer | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.notes = UserNotes(self.folder)
        self._vectors = TrackVectors(embedder, sound, self.notes)
        self._files = ServerRecords(server) if server else RecordFiles(self.folder)
        self._states = TrackStates(self._files, self.notes)
        self._index = TrackIndex(self.folder, server=server)
        self._lock = threading.RLock()
        self._ahead = False  # whether this process changed files that the index does not know
        self._rows = Table()
        mirror = Mirror(self.folder / "table")
        self._keeper = Keeper(self._states, self._index, self._vectors, mirror)
        self._section_index = TrackIndex(self.folder, "sections", server)
        self._section_keeper = Keeper(
            self._states,
            self._section_index,
            SectionVectors(self._vectors),
            Mirror(self.folder / "table-sections"),
            SECTION_BATCH,
        )

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
        """Return the tracks that answer a query in words, best first (`agent.search.search`)."""
        if limit < 1 or not query.strip():
            return ()
        return search(self, query, limit=limit).hits

    def table(self, in_sections: bool = False) -> Table:
        """Return the rows of all tracks, or of all sections; the same table until something changes.

        A damaged index is made anew; where that can't be done (a full disk), the rows are read from
        the files, and found by words and facts only. Sections are put into their index when they are
        first looked for.
        """
        if in_sections:
            return self._sections()
        with self._lock:
            self._ahead = False
            try:
                self._rows = self._keeper.table()
            except (IndexFailed, MemoryStoreError) as error:
                log.warning("searching without the index: %s", error)
                return Table.of([self._vectors.row_of(record) for record in self.all()])
            return self._rows

    def query_vectors(self, text: str) -> Sequence[Vectors]:
        """Return what to compare with the vectors of the rows: the meaning, and perhaps the sound."""
        return list(self._vectors.of_query(text))

    def rows(self) -> Mapping[str, Row]:
        """Return every track as a search sees it, by id; the same table until something changes."""
        return self.table().rows

    @property
    def space(self) -> str:
        """Name of the space that the vectors of the rows live in."""
        return self._vectors.space

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
        table = self.table()
        if self.sound is None or not len(table):
            return {}
        (wanted,) = self._vectors.of_sound(vector)
        return table.nearest(wanted, count)

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
            with self._lock:
                self._ahead = False
                self._rows = self._keeper.table()
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
            for index in (self._index, self._section_index):
                if index.exists:
                    index.delete()
            self._keeper.forget()
            self._section_keeper.forget()
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

    def _sections(self) -> Table:
        with self._lock:
            try:
                return self._section_keeper.table()
            except (IndexFailed, MemoryStoreError) as error:
                log.warning("searching the sections without their index: %s", error)
                rows = [section.row for r in self.all() for section in rows_of_sections(r)]
                return Table.of(rows)

    def _index_faults(self) -> list[str]:
        stamps = self._states.stamps()
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
