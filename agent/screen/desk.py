"""What the screen works with, behind one door: files, what was heard of them, and conversations.

Everything here may take long: call it from threads. Nothing heavy is imported before it is needed.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.screen.ear import Ear, Report, Stopped
from agent.screen.sessions import Drafts, Thread, threads
from tools.titles import clean_text

if TYPE_CHECKING:
    from agent.conversation import Conversation
    from agent.record import TrackRecord
    from agent.screen.known import ScreenLibrary
    from agent.screen.waves import Peaks
    from agent.workbench import Workbench

log = logging.getLogger(__name__)

SONG = ("demo-song", "muscriptor/web_dist/headache_by_lost_deposit_1min.mp3")
OPENING_SHARE = 0.05


@dataclass(frozen=True)
class Entry:
    """A track of the list.

    Parameters
    ----------
    handle : ``"#1"`` where it is open, else ""
    length : seconds
    """

    id: str
    title: str
    artist: str = ""
    handle: str = ""
    key: str = ""
    bpm: str = ""
    length: float = 0.0

    @property
    def label(self) -> str:
        """Title and artist."""
        return f"{self.title} - {self.artist}" if self.artist else self.title


class Desk:
    """The workbench of a screen, and the conversation it shows."""

    def __init__(self, bench: "Workbench", ear: Ear | None = None) -> None:
        self.bench, self.ear = bench, ear or Ear()
        self.drafts = Drafts(bench.settings.data_dir / "screen")
        self.model = bench.settings.model
        self._talk: Conversation | None = None
        self._library: ScreenLibrary | None = None

    # ---- conversations --------------------------------------------------------------------------

    @property
    def talk(self) -> "Conversation":
        """The conversation that is shown; a new one if there was none."""
        return self._talk or self.begin()

    def begin(self, thread_id: str | None = None, model: str | None = None) -> "Conversation":
        """Return a conversation: the thread that is named, or a new one about what is open.

        A thread has its own open tracks, under its own handles.

        Raises
        ------
        MusicToolError
            If the model can't be had.
        """
        from agent.screen.known import ScreenLibrary

        name, before, settings = model or self.model, self._talk, self.bench.settings
        library = ScreenLibrary(
            self.bench.memory,
            self.bench.store,
            exports=settings.export_dir,
            soundfont=settings.soundfont,
        )
        if before and not thread_id:
            _reopen(before, library)
        talk = self.bench.conversation(thread_id, name, library=library)
        if before and thread_id == before.thread_id:
            _reopen(before, library)
        self._talk, self._library, self.model = talk, library, name
        return talk

    @property
    def library(self) -> "ScreenLibrary":
        """The tracks of the conversation that is shown."""
        if self._library is None:
            self.begin()
        assert self._library is not None
        return self._library

    def threads(self) -> list[Thread]:
        """Return the conversations of earlier, the latest first, without the one that is shown."""
        shown = self._talk.thread_id if self._talk else None
        return [t for t in threads(self.bench.checkpointer) if t.id != shown]

    # ---- tracks ---------------------------------------------------------------------------------

    def open(
        self, path: Path, report: Report, opened: Callable[[str], None], stopped: Stopped
    ) -> str:
        """Open a file, hear what is not known of it, and return its handle.

        Parameters
        ----------
        opened : told the handle as soon as there is one, before the track is heard

        Raises
        ------
        MusicToolError
            If it is no audio we can read.
        Cancelled
            If `stopped` said so.
        """
        from agent.collection.worker import Job
        from agent.path_index import PathIndex

        path = path.expanduser().absolute()
        library, header = self.library, None
        known = PathIndex(self.bench.memory.folder / "paths.json").find(path)
        if not (known and self.bench.memory.get(known)):
            job = Job(str(path), self._how())
            header = self.ear.hear(job, lambda f, d: report(f * OPENING_SHARE, d), stopped)
            known = header.id
        self._take(path, known, header)
        handle = library.adopt(known)
        library.set_current(handle)
        opened(handle)
        self.listen(handle, (), report, stopped)
        return handle

    def listen(
        self, handle: str, tasks: Sequence[str], report: Report, stopped: Stopped,
        stems: bool = False,
    ) -> "TrackRecord":  # fmt: skip
        """Hear what is not known of an open track, and return its record; see `open`."""
        from agent.collection.worker import Job
        from agent.heard import freshness, missing
        from agent.listening import LISTEN_TASKS

        library, store = self.library, self.bench.store
        record = library.record(handle)
        wanted = tuple(dict.fromkeys((*LISTEN_TASKS, *tasks)))
        if not stems and not missing(record, wanted, freshness(store, {})):
            return record
        heard = self.ear.hear(
            Job(record.path, self._how(stems), wanted, record.to_dict()), report, stopped
        )
        return self._keep(heard)

    def show(self, track_id: str) -> str:
        """Open a track that memory knows, make it the current one, and return its handle."""
        library = self.library
        handle = library.handle_of(track_id) or library.adopt(track_id)
        library.set_current(handle)
        return handle

    def entries(self) -> list[Entry]:
        """Return the open tracks, then the others that memory knows."""
        library = self.library
        opened = [
            _entry(track_id, _facts(library.record(handle)), handle)
            for handle, track_id in zip(
                [t.handle for t in library.tracks], library.ids, strict=False
            )
        ]
        known = {entry.id for entry in opened}
        rows = self.bench.memory.rows()
        return opened + [_entry(i, row.facts) for i, row in rows.items() if i not in known]

    def peaks(self, record: "TrackRecord") -> "Peaks | None":
        """Return the outline of a track, None where its file can't be read any more."""
        from agent.screen.waves import kept_peaks
        from tools.errors import MusicToolError

        try:
            return kept_peaks(Path(record.path), self.bench.settings.data_dir / "peaks", record.id)
        except (MusicToolError, OSError) as error:
            log.info("no outline of %s: %s", record.path, error)
            return None

    def demo(self) -> Path:
        """Return the sample song, fetched unless it is here."""
        return self.bench.store.file(*SONG)

    def write(self, handle: str, forms: Sequence[str], report: Report, stopped: Stopped) -> Any:
        """Hear what some forms need, write them, and return the files by form."""
        from agent.exporting import FORMS, NEEDS
        from tools.errors import MusicToolError

        if unknown := [form for form in forms if form not in FORMS]:
            raise MusicToolError(f"No form '{unknown[0]}' can be written: {', '.join(FORMS)} can.")
        tasks = [task for form in forms for task in NEEDS[form]]
        self.listen(handle, tasks, report, stopped, stems="stems" in forms)
        return self.library.write(handle, forms, report)

    def stem(self, handle: str, name: str, report: Report, stopped: Stopped) -> Path:
        """Return the file of a stem, separated now unless that was done before."""
        library = self.library
        self.listen(handle, (), report, stopped, stems=True)
        return library.stems(handle, report).file(name)

    def sheet(self, handle: str) -> str:
        """Return the chord sheet of an open track."""
        from agent.formats import render

        return render("chordpro", [self.library.record(handle)])

    def close(self) -> None:
        """Let go of files and processes."""
        self.ear.close()
        self.bench.close()

    # ---- inside ---------------------------------------------------------------------------------

    def _how(self, stems: bool = False) -> Any:
        from agent.collection.worker import How

        settings = self.bench.settings
        folder = str(self.bench.memory.folder / "stems") if stems else ""
        return How(str(settings.cache_dir), settings.offline, settings.licence, stems=folder)

    def _take(self, path: Path, track_id: str, header: "TrackRecord | None") -> None:
        """Have the library know a file, and what is known of the track that it holds."""
        record = self.bench.memory.get(track_id) or header
        if record is not None:
            self.library.learn(replace(record, path=str(path)))

    def _keep(self, heard: "TrackRecord") -> "TrackRecord":
        """Remember what was heard, and have the library know it."""
        memory = self.bench.memory
        before = memory.get(heard.id)
        if before:  # somebody heard other things of it meanwhile
            heard = replace(heard, annotations=before.annotations | heard.annotations)
        memory.remember(heard)
        self.library.learn(heard)
        return heard


def _reopen(before: "Conversation", library: "ScreenLibrary") -> None:
    """Open in a library what is open in a conversation, under the same handles."""
    current = next((t.handle for t in before.tracks if t.current), "")
    for track in before.tracks:
        record = before.library.record(track.handle)
        library.learn(record)
        library.adopt(record.id)
    if current and current in [t.handle for t in library.tracks]:
        library.set_current(current)


def _facts(record: "TrackRecord") -> dict[str, Any]:
    from agent.record import facts_of

    return {"title": record.title, "duration": record.duration, **facts_of(record)}


def _entry(track_id: str, facts: Any, handle: str = "") -> Entry:
    tonic, mode, bpm = facts.get("tonic", ""), facts.get("mode", ""), facts.get("bpm")
    key = f"{tonic}{'m' if mode == 'minor' else ''}" if mode in ("minor", "major") else str(tonic)
    return Entry(
        track_id,
        clean_text(str(facts.get("title", "")) or track_id[:8], 80),
        clean_text(str(facts.get("artist", "")), 60),
        handle,
        key,
        f"{bpm:.0f}" if isinstance(bpm, int | float) else "",
        float(facts.get("duration", 0.0)),
    )
