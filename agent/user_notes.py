"""What the person told about their tracks: "this is the demo for Anna", "I call this the wedding set".

One JSON file a track, ``<folder>/notes/<id>.json``, written like the records are. The words are the
person's own: they are searched and shown, and never obeyed. Forgetting a track leaves them, since
nothing could make them again; they count once more when the track is heard again.
"""

import json
import logging
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.record import is_track_id
from agent.record_files import (
    changed_at,
    entries,
    flush_folder,
    locked,
    place,
    store_error,
    write_through,
)
from tools.audio import clean_text
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

LONGEST = 1000
"""Characters of a note: a remark, not a document."""

MOST = 100
"""Notes of one track."""


class NoteError(MusicToolError, ValueError):
    """The note can't be kept."""


@dataclass(frozen=True)
class Note:
    """One thing the person said of a track.

    Parameters
    ----------
    id : of the note, 12 hex digits
    written_at : ISO 8601 time
    """

    id: str
    track_id: str
    text: str
    written_at: str


class UserNotes:
    """The notes below a folder. Safe for threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder) / "notes"
        self._lock = Path(folder) / "notes.lock"

    def add(self, track_id: str, text: str) -> Note:
        """Keep a note about a track.

        Raises
        ------
        NoteError
            If it says nothing, or too much.
        MemoryStoreError
            If it can't be written.
        """
        text = clean_text(text, LONGEST + 1).strip()
        if not text:
            raise NoteError("There is nothing in that note. Say what to remember.")
        if len(text) > LONGEST:
            raise NoteError(f"A note has at most {LONGEST} characters. Say it shorter.")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        note = Note(uuid.uuid4().hex[:12], track_id, text, now)
        with locked(self._lock):
            notes = self.of(track_id)
            if len(notes) >= MOST:
                raise NoteError(f"There are {MOST} notes about this track. Remove one first.")
            if any(known.text == text for known in notes):
                return next(known for known in notes if known.text == text)
            self._write(track_id, (*notes, note))
        return note

    def of(self, track_id: str) -> tuple[Note, ...]:
        """Return the notes about a track, the oldest first; none where its file is damaged."""
        path = place(self.folder, track_id)
        try:
            found: Any = json.loads(path.read_bytes())
            return tuple(_note(track_id, entry) for entry in found)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise store_error(self.folder.parent, error) from error
        except (TypeError, ValueError, KeyError, RecursionError) as error:
            log.warning("the notes in %s are damaged: %s", path, error)
            return ()

    def all(self) -> tuple[Note, ...]:
        """Return all notes, the oldest first."""
        notes = (note for track_id in self.stamps() for note in self.of(track_id))
        return tuple(sorted(notes, key=lambda note: (note.written_at, note.id)))

    def remove(self, note_id: str) -> bool:
        """Take a note away; return whether there was one.

        Raises
        ------
        MemoryStoreError
            If it can't be taken away.
        """
        with locked(self._lock):
            for track_id in self.stamps():
                notes = self.of(track_id)
                left = tuple(note for note in notes if note.id != note_id)
                if len(left) < len(notes):
                    self._write(track_id, left)
                    return True
        return False

    def stamps(self) -> dict[str, str]:
        """Return what tells one state of the notes of a track from another, by track id."""
        named = ((Path(name), stat) for name, stat in entries(self.folder))
        return {
            path.stem: f"{s.st_mtime_ns}:{s.st_size}"
            for path, s in named
            if path.suffix == ".json" and is_track_id(path.stem)
        }

    def changed_at(self) -> int | None:
        """Return when a note last came or went, in ns; None without a folder."""
        return changed_at(self.folder)

    def _write(self, track_id: str, notes: tuple[Note, ...]) -> None:
        """Put the notes of a track in place of what there is; held by the lock."""
        path = place(self.folder, track_id)
        scratch = path.with_suffix(".tmp")
        content = json.dumps([asdict(note) for note in notes], indent=1).encode()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not notes:
                path.unlink(missing_ok=True)
            else:
                try:
                    write_through(scratch, content)
                    os.replace(scratch, path)
                finally:
                    scratch.unlink(missing_ok=True)
            flush_folder(self.folder)
        except OSError as error:
            raise store_error(self.folder.parent, error) from error


def _note(track_id: str, entry: dict[str, Any]) -> Note:
    if not all(isinstance(entry[name], str) for name in ("id", "text", "written_at")):
        raise ValueError("a note is not text")
    return Note(entry["id"], track_id, entry["text"], entry["written_at"])
