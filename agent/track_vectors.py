"""The vector of a track in the search index: what its words mean, and beside it how it sounds.

Both parts are of length 1, or zero where there is nothing to say; a query holds one of them and zeros
for the other, so that its dot product with a row is the cosine of that part. The name of the space
holds the names of both, so vectors of other spaces never come near.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.recall import Row
from agent.record import RecordError, TrackRecord, facts_of
from agent.section_rows import rows_of_sections
from agent.user_notes import UserNotes
from agent.wish import read_wish
from tools.annotations import Annotation, Caption, Embedding, Tags
from tools.embedding import Embedder, Vectors
from tools.joint import JointSpace, Vector

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrackVectors:
    """The two spaces of a memory.

    Parameters
    ----------
    words : embeds what is written about tracks
    sound : where sounds and texts meet; None leaves the sound out
    notes : what the person said of the tracks
    """

    words: Embedder
    sound: JointSpace | None = None
    notes: UserNotes | None = None

    @property
    def space(self) -> str:
        """Name of the space of whole rows."""
        return self.words.space + (f".{self.sound.name}" if self.sound else "")

    def of_records(self, records: Sequence[TrackRecord]) -> tuple[list[Row], Vectors]:
        """Return the rows of records, and their vectors, shape=(n, d)."""
        rows = [self.row_of(record) for record in records]
        meanings = self.words.embed([_searched(row) for row in rows])
        return rows, np.hstack([meanings, self._sounds(records)])

    def row_of(self, record: TrackRecord) -> Row:
        """Return a track as a search sees it, with what the person said of it."""
        notes = self.notes.of(record.id) if self.notes else ()
        return row_of(record, [note.text for note in notes])

    def of_query(self, query: str) -> Vectors:
        """Return what to look for: the meaning, and the sound if it is spoken of, shape=(1 or 2, d)."""
        meaning = self.words.embed([query])
        if self.sound is None:
            return meaning
        vectors = np.hstack([meaning, np.zeros((1, self.sound.dim), np.float32)])
        text = read_wish(query).sound
        if not text or not self.sound.about_sound(text):
            return vectors
        sound = np.hstack([np.zeros_like(meaning), self.sound.embed_text([text])])
        return np.vstack([vectors, sound])

    def of_sound(self, vector: Vector) -> Vectors:
        """Return what to look for among the sounds alone, shape=(1, d).

        Parameters
        ----------
        vector : shape=(d,), in the space of `sound`
        """
        silent = np.zeros_like(self.words.embed([""]))
        return np.hstack([silent, vector[None].astype(np.float32)])

    def _sounds(self, records: Sequence[TrackRecord]) -> Vectors:
        vectors = np.zeros((len(records), self.sound.dim if self.sound else 0), np.float32)
        if self.sound is None:
            return vectors
        for row, record in zip(vectors, records, strict=True):
            tags, heard = (_known(record, task) for task in ("tags", "embedding"))
            vector = self.sound.embed_track(
                tags if isinstance(tags, Tags) else None,
                heard if isinstance(heard, Embedding) else None,
            )
            if vector is not None:
                row[:] = vector
        return vectors


@dataclass(frozen=True)
class SectionVectors:
    """The rows of sections, in the space of their tracks; how a section sounds is not known."""

    tracks: TrackVectors

    @property
    def space(self) -> str:
        """Name of the space of whole rows."""
        return self.tracks.space

    def of_records(self, records: Sequence[TrackRecord]) -> tuple[list[Row], Vectors]:
        """Return the rows of all sections of records, and their vectors, shape=(n, d)."""
        rows = [section.row for record in records for section in rows_of_sections(record)]
        meanings = self.tracks.words.embed([row.words for row in rows])
        sound = self.tracks.sound
        silent = np.zeros((len(rows), sound.dim if sound else 0), np.float32)
        return rows, np.hstack([meanings, silent])


def row_of(record: TrackRecord, notes: Sequence[str] = ()) -> Row:
    """Return a track as a search sees it.

    Parameters
    ----------
    notes : what the person said of it
    """
    caption = _known(record, "caption")
    said = (caption.text, record.words) if isinstance(caption, Caption) else (record.words,)
    facts = facts_of(record) | ({"notes": list(notes)} if notes else {})
    return Row(record.id, " ".join(filter(None, [*said, *notes])), facts)


def _searched(row: Row) -> str:
    """Return the text whose meaning is compared: what it is called, then what it is like."""
    names = [str(row.facts[name]) for name in ("title", "artist") if name in row.facts]
    unsaid = [name for name in names if name not in row.words]
    return f"{' by '.join(unsaid)}. {row.words}" if unsaid else row.words


def _known(record: TrackRecord, task: str) -> Annotation | None:
    """Return what a task found, None where that can't be read."""
    try:
        return record.annotation(task)
    except RecordError as error:
        log.warning("%s", error)
        return None
