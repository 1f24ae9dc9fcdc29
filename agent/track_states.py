"""The state of all that the rows of a track are made of: its record, the notes, and our own facts.

A row whose stamp is another one is made anew.
"""

from agent.chroma_server import ServerRecords
from agent.record import TrackRecord
from agent.record_files import RecordFiles
from agent.user_notes import UserNotes

FACTS = 2
"""Of `facts_of` and of the words of rows; raised whenever the same record gives others."""


class TrackStates:
    """Record files as the keepers of rows see them."""

    def __init__(self, files: RecordFiles | ServerRecords, notes: UserNotes) -> None:
        self._files = files
        self._notes = notes

    def read(self, track_id: str) -> TrackRecord | None:
        """Return a record, None where there is none; see `RecordFiles.read`."""
        return self._files.read(track_id)

    def stamps(self) -> dict[str, str]:
        """Return what tells one state of each track from another, by track id."""
        noted = self._notes.stamps()
        return {
            track_id: f"{FACTS}|{stamp}" + (f"|{noted[track_id]}" if track_id in noted else "")
            for track_id, stamp in self._files.stamps().items()
        }

    def changed_at(self) -> int | None:
        """Return when a record or a note last came, changed or went, in ns."""
        times = [t for t in (self._files.changed_at(), self._notes.changed_at()) if t is not None]
        return max(times, default=None)

    def try_writing(self) -> None:
        """Raise `MemoryStoreError` where a file as large as a record can't be written."""
        self._files.try_writing()
