"""The tracks at hand: opened once, decoded once, heard as far as somebody asks, and remembered.

A track is known by the hash of its samples. What was heard of it is kept in memory, so nothing is
heard twice: not under another name, not in another session.
"""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from agent.listening import TASKS, Heard, fresh, hear, with_needs
from agent.memory import TrackMemory
from agent.open_tracks import OpenTrack
from agent.record import TrackRecord
from agent.render import describe_words
from tools.annotations import Annotation
from tools.audio import Audio, load_for_analysis, read_titles
from tools.errors import AudioDecodeError, UnknownTrackError
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Report = Callable[[float, str], None]

DECODING_SHARE = 0.05

RETRY = "retry"
"""Mark of a problem that is no property of the sound, so that the task is tried again."""


def silently(fraction: float, doing: str) -> None:
    """Report to nobody."""


@dataclass
class Library:
    """Open tracks over a memory and a store of weights; safe to use from several threads.

    `engines` forces the engine of a task by name: ``{"beats": "plain"}``.
    """

    memory: TrackMemory
    store: WeightStore
    engines: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._open: dict[str, str] = {}  # handle -> id
        self._records: dict[str, TrackRecord] = {}
        self._decoded: tuple[str, Audio] | None = None
        self._current = ""
        self._paths = _PathIndex(self.memory.folder / "paths.json")
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
            path = Path(path).expanduser()
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

    def ensure(self, handle: str, tasks: Iterable[str], report: Report = silently) -> TrackRecord:
        """Hear what is not yet known of a track, remember it, and return its record.

        Raises
        ------
        UnknownTrackError
            If there is no such handle.
        """
        with self._lock:
            record = self.record(handle)
            wanted = with_needs(tasks)
            known = self._still_good(record)
            given_up = {p["task"] for p in record.problems if RETRY not in p} - set(known)
            missing = [name for name in wanted if name not in known and name not in given_up]
            for name in wanted:  # what was made of something that is heard anew is made anew
                if name in known and not set(missing).isdisjoint(TASKS[name].needs):
                    missing.append(name)
                    del known[name]
            if missing:
                record = self._hear(record, wanted, known, report)
            self._current = handle
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

    # ---- what is open ---------------------------------------------------------------------------

    def record(self, handle: str) -> TrackRecord:
        """Return what is known of an open track.

        Raises
        ------
        UnknownTrackError
            If there is no such handle; the message lists the open tracks.
        """
        track_id = self._open.get(_normal(handle))
        if track_id is None:
            opened = ", ".join(f"{h} {self._records[i].title}" for h, i in list(self._open.items()))
            raise UnknownTrackError(f"No track '{handle[:40]}'. Opened tracks: {opened or 'none'}.")
        return self._records[track_id]

    def handle_of(self, track_id: str) -> str | None:
        """Return the handle of an open track by its id."""
        return next((h for h, i in list(self._open.items()) if i == track_id), None)

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
        self._current = _normal(handle)

    @property
    def unheard(self) -> tuple[dict[str, object], ...]:
        """The open tracks as plain data, without what was heard: what a thread needs to reopen."""
        return tuple(
            replace(self._records[i], annotations={}, problems=(), words="", heard_at="").to_dict()
            for i in self.ids
        )

    # ---- inside ---------------------------------------------------------------------------------

    def _still_good(self, record: TrackRecord) -> dict[str, Annotation]:
        """Return what was heard of a track and can't be heard better now."""
        return {
            name: annotation
            for name in record.annotations
            if name in TASKS
            and (annotation := record.annotation(name)) is not None
            and fresh(name, annotation, self.store, self.engines.get(name))
        }

    def _known(self, path: Path) -> TrackRecord | None:
        track_id = self._paths.find(path)
        record = self.memory.get(track_id) if track_id else None
        return None if record is None else replace(record, path=str(path.absolute()))

    def _decode(self, path: Path, report: Report) -> TrackRecord:
        audio = load_for_analysis(path, lambda f: report(f * DECODING_SHARE, "decoding"))
        self._decoded = (audio.content_id, audio)
        known = self.memory.get(audio.content_id)
        absolute = str(path.absolute())
        if known is not None:
            self._paths.add(path, known.id)
            return replace(known, path=absolute)
        return TrackRecord(
            id=audio.content_id,
            path=absolute,
            titles=read_titles(path),
            duration=audio.duration,
            sample_rate=audio.source_rate,
            channels=audio.source_channels,
        )

    def _audio(self, record: TrackRecord, report: Report) -> Audio:
        if self._decoded is None or self._decoded[0] != record.id:
            audio = load_for_analysis(record.path, lambda f: report(f * DECODING_SHARE, "decoding"))
            if audio.content_id != record.id:
                raise AudioDecodeError(
                    f"'{record.path}' has changed since it was opened. Open it again."
                )
            self._decoded = (record.id, audio)
        return self._decoded[1]

    def _hear(
        self, record: TrackRecord, wanted: list[str], known: dict[str, Annotation], report: Report
    ) -> TrackRecord:
        audio = self._audio(record, report)

        def rest(fraction: float, doing: str) -> None:
            report(DECODING_SHARE + (1 - DECODING_SHARE) * fraction, doing)

        heard = hear(audio, self.store, wanted, known, rest, self.engines)
        audio.forget()
        # Another process may have heard other things of it meanwhile.
        remembered = self.memory.get(record.id)
        if remembered is not None:
            record = replace(record, annotations=record.annotations | remembered.annotations)
        record = _with(record, heard)
        self.memory.remember(record)
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
        return OpenTrack(
            handle,
            record.title,
            record.titles.get("artist", ""),
            Path(record.path).name,
            round(record.duration, 2),
            handle == self._current,
        )


class _PathIndex:
    """Which track a file held when it was last read: by path, size and time of change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            entries = {}
        self._entries: dict[str, list[object]] = entries if isinstance(entries, dict) else {}

    def find(self, path: Path) -> str | None:
        entry = self._entries.get(str(path.absolute()))
        stamp = self._stamp(path)
        return str(entry[2]) if entry and stamp and entry[:2] == stamp else None

    def add(self, path: Path, track_id: str) -> None:
        stamp = self._stamp(path)
        if stamp is None or self.find(path) == track_id:
            return
        self._entries[str(path.absolute())] = [*stamp, track_id]
        scratch = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            scratch.write_text(json.dumps(self._entries), encoding="utf-8")
            os.replace(scratch, self._file)
        except OSError as error:  # it only saves a decoding
            log.warning("paths are not remembered: %s", error)

    def _stamp(self, path: Path) -> list[object] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        return [status.st_size, status.st_mtime_ns]


def _with(record: TrackRecord, heard: Heard) -> TrackRecord:
    """Return the record with what was heard, and the words that tell it."""
    annotations = record.annotations | {n: a.to_dict() for n, a in heard.annotations.items()}
    problems = {p["task"]: p["reason"] for p in record.problems if p["task"] not in annotations}
    problems |= heard.problems
    retry = {p["task"] for p in record.problems if RETRY in p} - set(heard.problems) | heard.passing
    record = replace(
        record,
        annotations=annotations,
        problems=tuple(
            {"task": t, "reason": r} | ({RETRY: "yes"} if t in retry else {})
            for t, r in problems.items()
        ),
        heard_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(record, words=describe_words(record))


def _normal(handle: str) -> str:
    text = handle.strip()
    return text if text.startswith("#") else f"#{text}"
