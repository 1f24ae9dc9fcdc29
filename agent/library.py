"""The tracks at hand: opened once, decoded once, heard as far as somebody asks, and remembered.

A track is known by the hash of its samples. What was heard of it is kept in memory, so nothing is
heard twice: not under another name, not in another session.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType

from agent.exporting import export
from agent.filenames import safe_name
from agent.heard import first_record, freshness, missing, named, still_good, with_heard
from agent.listening import hear, with_needs
from agent.memory import TrackMemory
from agent.open_tracks import OpenTrack, normal_handle
from agent.output_folder import at_home
from agent.path_index import PathIndex
from agent.playlist_files import write_playlist
from agent.playlists import Playlist
from agent.record import TrackRecord
from agent.stems import ACCOMPANIMENT, NOTES_ENGINES, Stems, StemShelf
from tools.annotations import Annotation
from tools.audio import Audio, load_for_analysis
from tools.conventions import Interval
from tools.errors import AudioDecodeError, MusicToolError, UnknownTrackError
from tools.weights import WeightStore

Report = Callable[[float, str], None]

DECODING_SHARE, STEMS_SHARE = 0.05, 0.8


def silently(fraction: float, doing: str) -> None:
    """Report to nobody."""


@dataclass
class Library:
    """Open tracks over a memory and a store of weights; safe to use from several threads.

    `engines` forces the engine of a task by name: ``{"beats": "plain"}``; ``"stems"`` is the
    separator. `exports` is where files for the user go: one folder a track. `address` is how a file
    is told to whoever asked, and `source` how the file that a track came from is: a server tells no
    paths, and opens none; there `find` returns the id of a track by what its owner calls it. New
    pieces are played with `soundfont`, None for the bank of the project.
    """

    memory: TrackMemory
    store: WeightStore
    engines: dict[str, str] = field(default_factory=dict)
    exports: Path | None = None
    address: Callable[[Path], str] = str
    source: Callable[[TrackRecord], str] = attrgetter("path")
    find: Callable[[str], str] | None = None
    soundfont: Path | None = None

    def __post_init__(self) -> None:
        self._open: dict[str, str] = {}  # handle -> id
        self._stem_handles: dict[str, str] = {}  # "#1.vocals" -> id
        self._shelf = StemShelf(self.memory.folder / "stems", self.store)
        self._records: dict[str, TrackRecord] = {}
        self._decoded: tuple[str, Audio] | None = None
        self._current = ""
        self._paths = PathIndex(self.memory.folder / "paths.json")
        self._lock = threading.RLock()

    # ---- opening --------------------------------------------------------------------------------

    def open(self, path: str | Path, report: Report = silently) -> str:
        """Open a file and return its handle (``"#1"``); decodes it only if it is not known.

        Raises
        ------
        AudioDecodeError
            If it is no audio we can read.
        """
        with self._lock:
            path = at_home(path)
            record = self._known(path) or self._decode(path, report)
            return self._show(record)

    def adopt(self, track_id: str, unheard: TrackRecord | None = None) -> str:
        """Open a track that memory knows, and return its handle.

        `unheard` stands in for a track of which memory knows nothing.

        Raises
        ------
        UnknownTrackError
            If memory has no such track.
        """
        with self._lock:
            record = self._records.get(track_id) or self.memory.get(track_id) or unheard
            if record is None:
                raise UnknownTrackError(f"Memory holds no track '{track_id}'.")
            return self._show(record, current=False)

    def open_named(self, name: str) -> str:
        """Open a track that memory knows by what its owner calls it, where no file may be opened.

        Raises
        ------
        MusicToolError
            If there is none, or nobody to find it.
        """
        if self.find is None:
            raise MusicToolError("No files are opened here: ask about the tracks that are open.")
        handle = self.adopt(self.find(name))
        self.set_current(handle)
        return handle

    def ensure(
        self,
        handle: str,
        tasks: Iterable[str],
        report: Report = silently,
        engines: Mapping[str, str] = MappingProxyType({}),
    ) -> TrackRecord:
        """Hear what is not yet known of a track, remember it, and return its record.

        `engines` forces engines by task for this once.

        Raises
        ------
        UnknownTrackError
            If there is no such handle.
        """
        with self._lock:
            record = self.record(handle)
            wanted = with_needs(tasks)
            forced = self.engines | self._engines_of(handle) | dict(engines)
            is_fresh = freshness(self.store, forced)
            if lacking := missing(record, wanted, is_fresh, forced):
                known = still_good(record, lacking, is_fresh)
                record = self._hear(record, wanted, known, report, forced)
            self._current = normal_handle(handle).partition(".")[0]
            return record

    def forget_heard(self, handle: str, tasks: Iterable[str]) -> None:
        """Drop what these tasks and their needs heard of an open track, so that it is heard again.

        Memory keeps it until then.
        """
        again = set(with_needs(tasks))
        with self._lock:
            record = self.record(handle)
            self._records[record.id] = replace(
                record,
                annotations={n: a for n, a in record.annotations.items() if n not in again},
                problems=tuple(p for p in record.problems if p["task"] not in again),
            )

    # ---- stems ----------------------------------------------------------------------------------

    def stems(self, handle: str, report: Report = silently) -> Stems:
        """Return the stems of a track, separated now unless that was done before.

        Raises
        ------
        MusicToolError
            If there is no such handle, or the file can't be read or separated.
        """
        with self._lock:
            record = self.record(handle)
            with named(record, self.source):
                return self._shelf.make(record, report, self.engines.get("stems"))

    def cut_stems(
        self,
        handle: str,
        names: Sequence[str] = (),
        span: Interval | None = None,
        report: Report = silently,
    ) -> Stems:
        """Return stems of a track, or of a stretch of it; without names, all that there are.

        Those of the whole are kept beside the memory; those of a stretch are written to the
        folder of exports.

        Raises
        ------
        MusicToolError
            If there is no such handle or stem, or the file can't be read, separated or written.
        """
        with self._lock:
            record = self.record(handle)
            for name in names:
                self._shelf.check(name, self.engines.get("stems"))
            if span is None:
                stems = self.stems(handle, report)
                chosen = names or [name for name in stems.files if name != ACCOMPANIMENT]
                return replace(stems, files={name: stems.file(name) for name in chosen})
            folder, engine = self.exports_of(record), self.engines.get("stems")
            with named(record, self.source):
                return self._shelf.cut(record, names, span, folder, report, engine)

    def stem(self, handle: str, name: str, report: Report = silently) -> str:
        """Return the handle of a stem (``"#1.vocals"``), by which it is heard like a track.

        Raises
        ------
        MusicToolError
            If there is no such track or stem.
        """
        with self._lock:
            parent = self.record(handle)
            self._shelf.check(name, self.engines.get("stems"))
            place = f"{normal_handle(handle)}.{name}"
            file = self.stems(handle, lambda f, doing: report(f * STEMS_SHARE, doing)).file(name)
            audio = load_for_analysis(file)
            self._decoded = (audio.content_id, audio)
            title = {"title": f"{parent.title} ({name})"}
            self._stem_handles[place] = audio.content_id
            self._records[audio.content_id] = self._shelf.get(audio.content_id) or TrackRecord(
                id=audio.content_id,
                path=str(file),
                titles=parent.titles | title,
                duration=audio.duration,
                sample_rate=audio.source_rate,
                channels=audio.source_channels,
            )
            return place

    def audio(self, handle: str, report: Report = silently) -> Audio:
        """Return the sound of an open track or stem, decoded now unless it is at hand.

        Raises
        ------
        MusicToolError
            If there is no such handle, or the file can't be read any more.
        """
        with self._lock:
            return self._audio(self.record(handle), report)

    # ---- files ----------------------------------------------------------------------------------

    def exports_of(self, record: TrackRecord) -> Path:
        """Return the folder for files made of a track; not made yet."""
        return (self.exports or self.memory.folder / "exports") / safe_name(record.title)

    def write(
        self, handle: str, forms: Sequence[str], report: Report = silently
    ) -> dict[str, Path]:
        """Write an open track in some forms (`agent.exporting.export`), and return the files."""
        record = self.record(handle)
        return export(
            replace(record, path=self.source(record)),
            self.exports_of(record),
            forms,
            audio_path=Path(record.path),
            stems=lambda: self.stems(handle, report).files,
            progress=lambda fraction: report(fraction, "writing files"),
        )

    def write_playlist(self, playlist: Playlist) -> dict[str, Path]:
        """Write a playlist into the folder of exports, and return the files by form.

        Raises
        ------
        MemoryStoreError
            If they can't be written.
        """
        records = (self._records.get(i.id) or self.memory.get(i.id) for i in playlist.items)
        paths = {record.id: self.source(record) for record in records if record}
        return write_playlist(playlist, paths, self.playlists)

    @property
    def playlists(self) -> Path:
        """The folder of playlists; not made yet."""
        return (self.exports or self.memory.folder / "exports") / "playlists"

    @property
    def pieces(self) -> Path:
        """The folder of new pieces; not made yet."""
        return self.playlists.parent / "generated"

    # ---- what is open ---------------------------------------------------------------------------

    def record(self, handle: str) -> TrackRecord:
        """Return what is known of an open track.

        Raises
        ------
        UnknownTrackError
            If there is no such handle; the message lists the open tracks.
        """
        place = normal_handle(handle)
        track_id = self._open.get(place) or self._stem_handles.get(place)
        if track_id is None:
            opened = ", ".join(f"{h} {self._records[i].title}" for h, i in list(self._open.items()))
            raise UnknownTrackError(f"No track '{handle[:40]}'. Opened tracks: {opened or 'none'}.")
        return self._records[track_id]

    def handle_of(self, track_id: str) -> str | None:
        """Return the handle of an open track by its id."""
        handles = [*self._open.items(), *self._stem_handles.items()]
        return next((h for h, i in handles if i == track_id), None)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the open tracks, in order of their handles."""
        return tuple(self._open.values())

    @property
    def tracks(self) -> tuple[OpenTrack, ...]:
        """The open tracks as a model may know them."""
        return tuple(
            self._open_track(handle, self._records[track_id])
            for handle, track_id in list(self._open.items())  # another thread may open one
        )

    def set_current(self, handle: str) -> None:
        """Make a track the one that "it" means."""
        self._current = normal_handle(handle)

    @property
    def unheard(self) -> tuple[dict[str, object], ...]:
        """The open tracks as plain data, without what was heard: what a thread needs to reopen."""
        return tuple(
            replace(self._records[i], annotations={}, problems=(), words="", heard_at="").to_dict()
            for i in self.ids
        )

    # ---- inside ---------------------------------------------------------------------------------

    def _engines_of(self, handle: str) -> dict[str, str]:
        """Return the engines that what a stem is asks for."""
        name = NOTES_ENGINES.get(normal_handle(handle).partition(".")[2])
        return {"notes": name} if name else {}

    def _known(self, path: Path) -> TrackRecord | None:
        track_id = self._paths.find(path)
        record = self.memory.get(track_id) if track_id else None
        return None if record is None else replace(record, path=str(path.absolute()))

    def _decode(self, path: Path, report: Report) -> TrackRecord:
        audio = load_for_analysis(path, lambda f: report(f * DECODING_SHARE, "decoding"))
        self._decoded = (audio.content_id, audio)
        absolute, known = str(path.absolute()), self.memory.get(audio.content_id)
        if known is not None:
            self._paths.add(path, known.id)
            return replace(known, path=absolute)
        return first_record(absolute, audio)

    def _audio(self, record: TrackRecord, report: Report) -> Audio:
        if self._decoded is None or self._decoded[0] != record.id:
            with named(record, self.source):
                audio = load_for_analysis(
                    record.path, lambda f: report(f * DECODING_SHARE, "decoding")
                )
            if audio.content_id != record.id:
                raise AudioDecodeError(
                    f"'{self.source(record)}' has changed since it was opened. Open it again."
                )
            self._decoded = (record.id, audio)
        return self._decoded[1]

    def _hear(
        self,
        record: TrackRecord,
        wanted: list[str],
        known: dict[str, Annotation],
        report: Report,
        engines: Mapping[str, str],
    ) -> TrackRecord:
        audio = self._audio(record, report)

        def rest(fraction: float, doing: str) -> None:
            report(DECODING_SHARE + (1 - DECODING_SHARE) * fraction, doing)

        heard = hear(audio, self.store, wanted, known, rest, engines)
        audio.forget()
        # Another process may have heard other things of it meanwhile.
        is_stem = record.id in self._stem_handles.values()
        kept: TrackMemory | StemShelf = self._shelf if is_stem else self.memory
        remembered = kept.get(record.id)
        if remembered is not None:
            record = replace(record, annotations=record.annotations | remembered.annotations)
        record = with_heard(record, heard)
        kept.remember(record)
        self._paths.add(Path(record.path), record.id)
        self._records[record.id] = record
        return record

    def _show(self, record: TrackRecord, current: bool = True) -> str:
        handle = self.handle_of(record.id) or f"#{len(self._open) + 1}"
        self._records[record.id] = record
        self._open[handle] = record.id
        if current or not self._current:
            self._current = handle
        return handle

    def _open_track(self, handle: str, record: TrackRecord) -> OpenTrack:
        artist, file = record.titles.get("artist", ""), Path(self.source(record)).name
        is_current, seconds = handle == self._current, round(record.duration, 2)
        return OpenTrack(handle, record.title, artist, file, seconds, is_current)
