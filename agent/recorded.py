"""A library of recordings that were heard already: no sound, no decoding, no network.

The tools run on it as on `agent.library.Library`, so answers can be rehearsed and measured on
records: made-up ones, or those of recordings whose sound is not at hand. Files that it "makes" have
the names they would have, and are not written.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from agent.exporting import ENDINGS, known
from agent.filenames import safe_name
from agent.library import Library, silently
from agent.made_up import made_up_record
from agent.made_up_parts import stem_record
from agent.memory import TrackMemory
from agent.open_tracks import normal_handle
from agent.playlist_files import ENDINGS as PLAYLIST_ENDINGS
from agent.playlist_files import playlist_name
from agent.playlists import Playlist
from agent.record import TrackRecord
from agent.search.table import Table
from agent.stems import ACCOMPANIMENT, Stems, StemShelf
from agent.track_vectors import row_of
from agent.user_notes import Note, UserNotes
from tools.audio import Audio
from tools.conventions import Interval
from tools.embedding import Vectors
from tools.errors import AudioDecodeError, MusicToolError
from tools.joint import Vector
from tools.titles import clean_text
from tools.weights import WeightStore

FOLDER = Path("/music/musicologue")
WRITTEN_AT = "2026-11-23T12:00:00+00:00"
PARTS = ("vocals", "drums", "bass", "other", ACCOMPANIMENT)
SPLEETER = "spleeter/1"

ELSEWHERE = (
    ("Harbour Lights", "The Tidewater Five"),
    ("Paper Lanterns", "Mina Okafor"),
    ("Slow Train Home", "Delroy & Sons"),
    ("Sonatina in Grey", "Elise Varga"),
    ("Neon Garden", "Kite Theory"),
    ("Low Tide", "Anselm Ray"),
)
"""Title and artist of the tracks that memory holds beside the open ones."""

FILES = ("/music/demo.wav", "/music/new song.mp3", "song.flac", "take2.wav", "mix.mp3", "x.wav")
"""Names of the made-up files that can be opened."""

Report = Callable[[float, str], None]


class RecordedNotes(UserNotes):
    """Notes in memory only."""

    def __init__(self) -> None:
        self._kept: list[Note] = []

    def add(self, track_id: str, text: str) -> Note:
        """Keep a note; it is what the real ones would keep, but for the time."""
        note = Note(f"{len(self._kept):012x}", track_id, clean_text(text), WRITTEN_AT)
        self._kept.append(note)
        return note

    def of(self, track_id: str) -> tuple[Note, ...]:
        """Return the notes about a track, the oldest first."""
        return tuple(note for note in self._kept if note.track_id == track_id)

    def all(self) -> tuple[Note, ...]:
        """Return all notes, the oldest first."""
        return tuple(self._kept)

    def remove(self, note_id: str) -> bool:
        """Take a note away; return whether there was one."""
        before = len(self._kept)
        self._kept = [note for note in self._kept if note.id != note_id]
        return len(self._kept) < before


class RecordedMemory(TrackMemory):
    """Records in memory only; found by words and facts."""

    def __init__(self, records: Iterable[TrackRecord]) -> None:
        self._kept = {record.id: record for record in records}
        self.notes = RecordedNotes()
        self._rows = Table()

    def get(self, track_id: str) -> TrackRecord | None:
        """Return what is known of a track, None where there is nothing."""
        return self._kept.get(track_id)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all tracks, sorted."""
        return tuple(sorted(self._kept))

    def table(self, in_sections: bool = False) -> Table:
        """Return the rows of all tracks."""
        if not self._rows and not in_sections:
            self._rows = Table.of([row_of(record) for record in self._kept.values()])
        return Table() if in_sections else self._rows

    def query_vectors(self, text: str) -> Sequence[Vectors]:
        """Return nothing: no meaning is compared here."""
        return ()

    @property
    def sound(self) -> None:
        """No sound is kept here."""

    def near_sound(self, vector: Vector, count: int = 50) -> dict[str, float]:
        """Return nothing: no sound is kept here."""
        return {}


class RecordedLibrary(Library):
    """Open tracks over ready records.

    Parameters
    ----------
    records : of the open tracks; the first is ``#1``, and the one that "it" means
    elsewhere : records that memory holds and nobody opened
    files : what opening a path gives, by path or by file name
    """

    def __init__(
        self,
        records: Sequence[TrackRecord],
        elsewhere: Sequence[TrackRecord] = (),
        files: Mapping[str, TrackRecord] = MappingProxyType({}),
    ) -> None:
        self.memory = RecordedMemory([*records, *elsewhere])
        self.store = WeightStore(FOLDER / "weights", offline=True)
        self.engines = {}
        self.exports = FOLDER / "exports"
        self._shelf = StemShelf(FOLDER / "stems", self.store)
        self._files = dict(files)
        self._records = {record.id: record for record in records}
        self._open = {f"#{n}": record.id for n, record in enumerate(records, start=1)}
        self._stem_handles = {}
        self._current = "#1" if records else ""
        self._lock = threading.RLock()

    def open(self, path: str | Path, report: Report = silently) -> str:
        """Open one of the known files by its path or name.

        Raises
        ------
        AudioDecodeError
            If it is none of them, as if there were no such file.
        """
        record = self._files.get(str(path)) or self._files.get(Path(path).name)
        if record is None:
            raise AudioDecodeError(f"No file '{path}'. Check the spelling of the path.")
        return self._show(record)

    def ensure(
        self,
        handle: str,
        tasks: Iterable[str],
        report: Report = silently,
        engines: Mapping[str, str] = MappingProxyType({}),
    ) -> TrackRecord:
        """Return the record of a track; what it lacks can't be heard."""
        record = self.record(handle)
        self.set_current(handle.partition(".")[0])
        return record

    def stems(self, handle: str, report: Report = silently) -> Stems:
        """Return where the stems of a track would be."""
        record = self.record(handle)
        folder = self._shelf.folder / f"{safe_name(record.title)} {record.id[:12]}"
        return Stems({name: folder / f"{name}.flac" for name in PARTS}, SPLEETER, "bundled")

    def cut_stems(
        self,
        handle: str,
        names: Sequence[str] = (),
        span: Interval | None = None,
        report: Report = silently,
    ) -> Stems:
        """Return where these stems, or a stretch of them, would be."""
        for name in names:
            self._shelf.check(name)
        made = self.stems(handle)
        chosen = names or [name for name in made.files if name != ACCOMPANIMENT]
        files = {name: made.file(name) for name in chosen}
        if span is not None:
            first, last = (f"{t // 60:.0f}m{t % 60:02.0f}s" for t in span)
            folder = self.exports_of(self.record(handle)) / f"{first}-{last}"
            files = {name: folder / file.name for name, file in files.items()}
        return replace(made, files=files)

    def stem(self, handle: str, name: str, report: Report = silently) -> str:
        """Return the handle of a stem, whose record is made of its track's."""
        parent = self.record(handle)
        self._shelf.check(name)
        place = f"{normal_handle(handle)}.{name}"
        if place not in self._stem_handles:
            record = stem_record(parent, name, str(self.stems(handle).file(name)))
            self._stem_handles[place] = record.id
            self._records[record.id] = record
        return place

    def audio(self, handle: str, report: Report = silently) -> Audio:
        """Return a second of silence in place of the sound."""
        return Audio(np.zeros((1, 16000), np.float32), 16000, self.record(handle).id)

    def write(
        self, handle: str, forms: Sequence[str], report: Report = silently
    ) -> dict[str, Path]:
        """Return where these files would be."""
        record = self.record(handle)
        folder, name = self.exports_of(record), safe_name(record.title)
        return {form: folder / f"{name}{ENDINGS[form]}" for form in known(forms)}

    def write_playlist(self, playlist: Playlist) -> dict[str, Path]:
        """Return where a playlist would be."""
        name = playlist_name(playlist)
        return {form: self.playlists / f"{name}{end}" for form, end in PLAYLIST_ENDINGS.items()}

    @property
    def pieces(self) -> Path:
        """No new pieces are made here.

        Raises
        ------
        MusicToolError
            Always.
        """
        raise MusicToolError("No new music is made here: these tracks are only remembered.")


def recorded_library(seed: int, tracks: Sequence[tuple[str, str]]) -> RecordedLibrary:
    """Return a library with made-up recordings of these titles and artists open.

    Memory holds some more (`ELSEWHERE`), and some files can be opened (`FILES`).
    """
    records = [made_up_record(100 * seed + n, *names) for n, names in enumerate(tracks)]
    return RecordedLibrary(records, _elsewhere(), _files())


def load_records(path: Path, titles: Sequence[tuple[str, str]]) -> list[TrackRecord]:
    """Return the records in a file of JSON lines, each under another title and artist.

    Raises
    ------
    RecordError
        If a line is no track record.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(line for line in lines if line.strip()):
        title, artist = titles[number % len(titles)]
        names = {"title": title} | ({"artist": artist} if artist else {})
        record = TrackRecord.from_dict(json.loads(line))
        found.append(replace(record, titles=names, path=f"/music/{title}.flac"))
    return found


_MADE: dict[str, list[TrackRecord]] = {}


def _elsewhere() -> list[TrackRecord]:
    if "elsewhere" not in _MADE:
        _MADE["elsewhere"] = [made_up_record(7 + n, *names) for n, names in enumerate(ELSEWHERE)]
    return _MADE["elsewhere"]


def _files() -> dict[str, TrackRecord]:
    if "files" not in _MADE:
        _MADE["files"] = [
            made_up_record(50 + n, Path(name).stem.capitalize()) for n, name in enumerate(FILES)
        ]
    return dict(zip(FILES, _MADE["files"], strict=True))
