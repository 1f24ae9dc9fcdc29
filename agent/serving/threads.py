"""The threads of a user: what they are about, and the conversations of those that are at hand."""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.path_index import PathIndex
from agent.serving.desk_file import DeskFile
from agent.serving.errors import StoreFull, UnknownThreadError
from agent.serving.exports import Exports
from agent.serving.histories import Histories
from agent.serving.uploads import PREFIX as UPLOAD
from tools.errors import UnknownTrackError
from tools.titles import clean_text

if TYPE_CHECKING:
    from agent.conversation import Conversation
    from agent.library import Library
    from agent.record import TrackRecord
    from agent.serving.desk import Desk

FILE = "serving.sqlite"
TITLE_LENGTH = 80
COLUMNS = "id, title, created, used"


@dataclass(frozen=True)
class Thread:
    """A conversation as it is kept.

    Parameters
    ----------
    created, used : seconds since 1970
    tracks : ids of tracks, and of uploads that are still being listened to
    """

    id: str
    title: str
    created: float
    used: float
    tracks: tuple[str, ...] = ()


class Threads:
    """The threads of one desk. Safe for threads of the process.

    Attributes
    ----------
    exports : addresses of the files that conversations write
    histories : which thread a history belongs to
    """

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._file = DeskFile(desk.folder / FILE)
        self.exports, self.histories = Exports(self._file), Histories(self._file)
        self._at_hand: OrderedDict[str, Conversation] = OrderedDict()
        self._lock = threading.RLock()

    # ---- the table ------------------------------------------------------------------------------

    def create(self, tracks: Sequence[str] = (), title: str = "", passing: bool = False) -> Thread:
        """Begin a thread about some tracks or uploads, by their ids; #1 is the first of them.

        One that is `passing` makes way for the next such one where there are too many: its client
        keeps what was said.

        Raises
        ------
        UnknownTrackError, UnknownUploadError
            If there is no such track or upload.
        StoreFull
            If the user has as many threads as a user may.
        """
        for track in tracks:
            self.check(track)
        now, most = time.time(), self._desk.limits.threads_each
        thread = Thread(uuid.uuid4().hex, _title(title), now, now)
        with self._lock:
            if self._file.rows("SELECT COUNT(*) FROM threads")[0][0] >= most:
                self._make_room(most, passing)
            with self._file.writing() as database:
                row = [thread.id, thread.title, now, now, passing]
                database.execute("INSERT INTO threads VALUES (?, ?, ?, ?, ?)", row)
        return self.add(thread.id, tracks)

    def get(self, thread_id: str) -> Thread:
        """Return a thread.

        Raises
        ------
        UnknownThreadError
            If there is none.
        """
        found = self._file.rows(f"SELECT {COLUMNS} FROM threads WHERE id = ?", [thread_id])
        if not found:
            raise UnknownThreadError(f"There is no thread '{clean_text(thread_id, 40)}'.")
        return self._thread(found[0])

    def all(self, limit: int = -1, skip: int = 0) -> list[Thread]:
        """Return the threads, the one used last first."""
        asked = f"SELECT {COLUMNS} FROM threads ORDER BY used DESC, rowid DESC LIMIT ? OFFSET ?"
        return [self._thread(row) for row in self._file.rows(asked, [limit, skip])]

    def add(self, thread_id: str, tracks: Sequence[str]) -> Thread:
        """Add tracks or uploads to what a thread is about; those it has stay where they are.

        Raises
        ------
        UnknownTrackError, UnknownUploadError
            If there is no such track or upload.
        """
        for track in tracks:
            self.check(track)
        with self._file.writing() as database:
            for track in tracks:
                database.execute(
                    "INSERT OR IGNORE INTO tracks SELECT ?, COALESCE(MAX(place), 0) + 1, ? "
                    "FROM tracks WHERE thread = ?",
                    [thread_id, track, thread_id],
                )
        return self.get(thread_id)

    def settle(self, thread_id: str, upload: str, track: str | None) -> None:
        """Put the track that an upload turned out to be in its place; None takes the upload out."""
        with self._file.writing() as database:
            if track:
                database.execute(
                    "UPDATE OR IGNORE tracks SET track = ? WHERE thread = ? AND track = ?",
                    [track, thread_id, upload],
                )
            database.execute(
                "DELETE FROM tracks WHERE thread = ? AND track = ?", [thread_id, upload]
            )

    def touch(self, thread_id: str, title: str = "") -> None:
        """Note that a thread is used; it gets a title if it has none."""
        with self._file.writing(durable=False) as database:
            database.execute(
                "UPDATE threads SET used = ?, title = CASE title WHEN '' THEN ? ELSE title END "
                "WHERE id = ?",
                [time.time(), _title(title), thread_id],
            )

    def remove(self, thread_id: str) -> None:
        """Delete a thread and what was said in it; its tracks stay.

        Raises
        ------
        UnknownThreadError
            If there is none.
        """
        self.get(thread_id)
        with self._lock:
            self._at_hand.pop(thread_id, None)
            self._desk.bench.checkpointer.delete_thread(thread_id)
            with self._file.writing() as database:
                for table, column in (("threads", "id"), ("tracks", "thread")):
                    database.execute(f"DELETE FROM {table} WHERE {column} = ?", [thread_id])
                database.execute("DELETE FROM histories WHERE thread = ?", [thread_id])

    def check(self, track: str) -> None:
        """Raise `UnknownTrackError` or `UnknownUploadError` where the user has no such thing."""
        if track.startswith(UPLOAD):
            self._desk.uploads.get(track)
        elif self._desk.memory.get(track) is None:
            raise UnknownTrackError(f"There is no track '{clean_text(track, 40)}'.")

    # ---- conversations --------------------------------------------------------------------------

    def conversation(self, thread_id: str) -> "Conversation":
        """Return the conversation of a thread, with the tracks of this thread alone.

        Raises
        ------
        UnknownThreadError
            If there is none.
        """
        thread = self.get(thread_id)
        with self._lock:
            conversation = self._at_hand.pop(thread_id, None) or self._made(thread)
            self._at_hand[thread_id] = conversation
            while len(self._at_hand) > self._desk.limits.threads_open:
                self._at_hand.popitem(last=False)
        return conversation

    def open_tracks(self, conversation: "Conversation", thread: Thread | None = None) -> None:
        """Open the tracks of a thread that are known by now; the newest is the one "it" means."""
        library = conversation.library
        for track in (thread or self.get(conversation.thread_id or "")).tracks:
            if not track.startswith(UPLOAD) and track not in library.ids:
                if handle := _adopted(library, track):
                    library.set_current(handle)

    def handles(self, thread_id: str) -> dict[str, str]:
        """Return the ids of the tracks that are open in a thread, by handle."""
        library = self.conversation(thread_id).library
        return {track.handle: id_ for track, id_ in zip(library.tracks, library.ids, strict=False)}

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._at_hand.clear()
            self._file.close()

    # ---- inside ---------------------------------------------------------------------------------

    def _make_room(self, most: int, passing: bool) -> None:
        asked = "SELECT id FROM threads WHERE passing = 1 ORDER BY used LIMIT 1"
        oldest = self._file.rows(asked) if passing else []
        if not oldest:
            raise StoreFull(f"You have {most} threads here, and may not have more. Delete some.")
        self.remove(str(oldest[0][0]))

    def _made(self, thread: Thread) -> "Conversation":
        from agent.library import Library

        bench = self._desk.bench
        library = Library(
            self._desk.memory,
            bench.store,
            exports=bench.settings.export_dir,
            soundfont=bench.settings.soundfont,
            address=self.exports.address,
            source=self._name,
            find=self._find,
        )
        conversation = bench.conversation(thread.id, may_open=False, library=library)
        self.open_tracks(conversation)
        return conversation

    def _name(self, record: "TrackRecord") -> str:
        """Return what the user calls the file of a track."""
        upload = self._desk.uploads.at(record.path)
        return upload.name if upload else Path(record.path).name

    def _find(self, name: str) -> str:
        """Return the id of a track by the name of its file or its title; the one sent last wins."""
        wanted = name.strip().casefold()
        paths = PathIndex(self._desk.memory.folder / "paths.json")
        for upload in reversed(self._desk.uploads.all()):
            if wanted in (upload.name.casefold(), upload.title.casefold(), upload.id):
                track = paths.find(upload.path)
                if track and self._desk.memory.get(track):
                    return track
        for track, row in self._desk.memory.rows().items():
            if wanted in (str(row.facts.get("title", "")).casefold(), track):
                return track
        called = clean_text(name.replace("\\", "/").rpartition("/")[2], 60)
        raise UnknownTrackError(f"No recording called '{called}' was sent here. Send it first.")

    def _thread(self, row: tuple[str, str, float, float]) -> Thread:
        asked = "SELECT track FROM tracks WHERE thread = ? ORDER BY place"
        tracks = tuple(str(track) for (track,) in self._file.rows(asked, [row[0]]))
        return replace(Thread(*row), tracks=tracks)


def _adopted(library: "Library", track: str) -> str:
    """Open a track that memory knows; "" where it was removed meanwhile."""
    try:
        return library.adopt(track)
    except UnknownTrackError:
        return ""


def _title(text: str) -> str:
    line = clean_text(text, 400)
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
