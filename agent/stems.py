"""Stems: the parts of a track, separated once and kept beside the memory.

``<folder>/<track id>/`` holds the stems of one track as FLAC and ``stems.json``, which names who
separated them. What is heard of a stem is kept like what is heard of a track (`agent.record`), but
in a folder of its own: a stem is no track that a search should find.
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.record import RecordError, TrackRecord
from agent.record_files import RecordFiles, locked
from tools.conventions import Interval
from tools.errors import MusicToolError
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Report = Callable[[float, str], None]

DOING = "taking the parts apart"
BLOCK = 1 << 18

ACCOMPANIMENT = "accompaniment"
"""All but the vocals: made beside the stems that add up to the track."""

NOTES_ENGINES = {"vocals": "voice", "drums": "drums", "piano": "transkun"}
"""Who writes down the notes of a stem, whatever the tagger thinks of it."""


@dataclass(frozen=True)
class Stems:
    """The stems of a whole track: files by name, and who separated them."""

    files: dict[str, Path]
    estimator: str
    rung: str

    def file(self, name: str) -> Path:
        """Return the file of one stem.

        Raises
        ------
        MusicToolError
            If these stems do not include it.
        """
        if name not in self.files:
            raise MusicToolError(
                f"There is no stem '{name[:40]}': {self.estimator.partition('/')[0]} gives "
                f"{', '.join(self.files)}."
            )
        return self.files[name]


class StemShelf:
    """The stems that were ever made, below one folder."""

    def __init__(self, folder: Path, store: WeightStore) -> None:
        self.folder = folder
        self._store = store
        self._records = RecordFiles(folder)

    # ---- files ----------------------------------------------------------------------------------

    def find(self, track_id: str, engine: str | None = None) -> Stems | None:
        """Return the stems of a track, None where there are none or better ones could be made."""
        try:
            kept = json.loads(self._manifest(track_id).read_text(encoding="utf-8"))
            home = self._home(track_id)
            files = {str(n): home / Path(str(f)).name for n, f in kept["stems"].items()}
            stems = Stems(files, str(kept["estimator"]), str(kept["rung"]))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        whole = stems.files and all(f.is_file() for f in stems.files.values())
        return stems if whole and self._fresh(stems, engine) else None

    def make(self, record: TrackRecord, report: Report, engine: str | None = None) -> Stems:
        """Return the stems of a track, separated now unless they are kept.

        Raises
        ------
        MusicToolError
            If the file can't be read or separated, or the folder can't be written.
        """
        from tools.separation import separate

        home = self._home(record.id)
        with locked(self.folder / "stems.lock"):
            if kept := self.find(record.id, engine):
                return kept
            try:
                home.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise MusicToolError(f"Cannot write to {home}: {error.strerror}.") from error
            made = separate(
                Path(record.path),
                home,
                self._store,
                engine=engine,
                with_accompaniment=True,
                progress=lambda fraction: report(fraction, DOING),
            )
            stems = Stems(dict(made.stems), made.estimator, made.rung)
            self._write_manifest(record.id, stems)
        return stems

    def cut(
        self,
        record: TrackRecord,
        names: Sequence[str],
        span: Interval,
        folder: Path,
        report: Report,
        engine: str | None = None,
    ) -> Stems:
        """Return stems of a stretch, from the kept ones where there are, else separated now.

        They are written to a folder in `folder` that is named after the stretch.
        """
        from tools.separation import separate

        place = folder / f"{_clock_name(span[0])}-{_clock_name(span[1])}"
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MusicToolError(f"Cannot write to {place}: {error.strerror}.") from error
        if kept := self.find(record.id, engine):
            chosen = names or [name for name in kept.files if name != ACCOMPANIMENT]
            files = {name: _cut(kept.file(name), place / f"{name}.flac", span) for name in chosen}
            return Stems(files, kept.estimator, kept.rung)
        made = separate(
            Path(record.path),
            place,
            self._store,
            names or None,
            start=span[0],
            end=span[1],
            engine=engine,
            progress=lambda fraction: report(fraction, DOING),
        )
        return Stems(dict(made.stems), made.estimator, made.rung)

    # ---- what was heard of them -----------------------------------------------------------------

    def get(self, stem_id: str) -> TrackRecord | None:
        """Return what was heard of a stem; None where there is nothing, or its file is damaged."""
        try:
            return self._records.read(stem_id)
        except RecordError as error:
            log.warning("%s", error)
            return None

    def remember(self, record: TrackRecord) -> None:
        """Keep what was heard of a stem."""
        self._records.write(record)

    # ---- inside ---------------------------------------------------------------------------------

    def _home(self, track_id: str) -> Path:
        return self.folder / track_id

    def _manifest(self, track_id: str) -> Path:
        return self._home(track_id) / "stems.json"

    def _write_manifest(self, track_id: str, stems: Stems) -> None:
        content = asdict(stems) | {"stems": {n: f.name for n, f in stems.files.items()}}
        del content["files"]
        place = self._manifest(track_id)
        scratch = place.with_suffix(".tmp")
        scratch.write_text(json.dumps(content), encoding="utf-8")
        os.replace(scratch, place)

    def _fresh(self, stems: Stems, wanted: str | None) -> bool:
        from tools.separation import ENGINES

        for engine in ENGINES:
            if wanted is not None and engine.name != wanted:
                continue
            if engine.signature == stems.estimator:
                return all(self._store.allows(weight) for weight in engine.weights)
            if engine.obstacle(self._store) is None:
                return False
        return False


def _clock_name(seconds: float) -> str:
    """Return a time as it can stand in the name of a file: ``"1m05s"``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:04.1f}s" if rest % 1 else f"{minutes:.0f}m{rest:02.0f}s"


def _cut(source: Path, target: Path, span: Interval) -> Path:
    """Write a stretch of a sound file, block by block."""
    import soundfile

    with soundfile.SoundFile(source) as sound:
        rate = sound.samplerate
        first, last = (round(t * rate) for t in span)
        with soundfile.SoundFile(
            target, "w", rate, sound.channels, subtype=sound.subtype
        ) as written:
            sound.seek(min(first, sound.frames))
            left = max(0, min(last, sound.frames) - first)
            for block in sound.blocks(BLOCK, frames=left, dtype="float32", always_2d=True):
                written.write(block)
    return target
