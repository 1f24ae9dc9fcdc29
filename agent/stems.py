"""Stems: the parts of a track, separated once and kept beside the memory.

``<folder>/<title> <id>/`` holds the stems of one track as FLAC and ``stems.json``, which names who
separated them. What is heard of a stem is kept like what is heard of a track (`agent.record`), but
in a folder of its own: a stem is no track that a search should find.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.filenames import safe_name
from agent.record import RecordError, TrackRecord
from agent.record_files import RecordFiles, locked, store_error
from tools.conventions import Interval
from tools.errors import MusicToolError
from tools.stem_files import stem_files
from tools.titles import clean_text
from tools.weights import WeightStore

log = logging.getLogger(__name__)

Report = Callable[[float, str], None]

DOING = "taking the parts apart"
WAITING = "waiting for another Musicologue that takes the parts apart"
SHORT_ID = 12
"""Digits of a track's id that tell its folder from others: 48 bits."""

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
            separator = self.estimator.partition("/")[0]
            better = (
                " It needs weights: musicologue models pull spleeter"
                if self.rung == "plain"
                else ""
            )
            raise MusicToolError(
                f"There is no stem '{name[:40]}': {separator} gives {', '.join(self.files)}.{better}"
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
            whole = stems.files and _sizes(files) == kept["bytes"]
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        return stems if whole and self._fresh(stems, engine) else None

    def check(self, name: str, engine: str | None = None) -> None:
        """Raise `MusicToolError` unless there can be such a stem: before the work, not after."""
        from tools.separation import FOUR, stems_of

        there_are = stems_of(engine) if engine else (*FOUR, ACCOMPANIMENT)
        if name not in there_are:
            raise MusicToolError(
                f"There is no stem '{clean_text(name, 40)}'; there are {', '.join(there_are)}."
            )

    def make(self, record: TrackRecord, report: Report, engine: str | None = None) -> Stems:
        """Return the stems of a track, separated now unless they are kept.

        Raises
        ------
        MusicToolError
            If the file can't be read or separated, or the folder can't be written.
        """
        from tools.separation import separate

        home = self._home(record.id, record.title)
        with locked(home / "stems.lock", lambda: report(0.0, WAITING)):
            if kept := self.find(record.id, engine):
                return kept
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
        if kept := self.find(record.id, engine):
            chosen = names or [name for name in kept.files if name != ACCOMPANIMENT]
            sources = {name: kept.file(name) for name in chosen}
            return Stems(_cut(sources, place, span, report), kept.estimator, kept.rung)
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

    def _home(self, track_id: str, title: str = "") -> Path:
        """Return the folder of a track's stems: named for people, and found by the id."""
        short = track_id[:SHORT_ID]
        kept = sorted(self.folder.glob(f"* {short}"))
        return kept[0] if kept else self.folder / f"{safe_name(title)} {short}"

    def _manifest(self, track_id: str) -> Path:
        return self._home(track_id) / "stems.json"

    def _write_manifest(self, track_id: str, stems: Stems) -> None:
        content = {
            "stems": {name: file.name for name, file in stems.files.items()},
            "bytes": _sizes(stems.files),
            "estimator": stems.estimator,
            "rung": stems.rung,
        }
        place = self._manifest(track_id)
        scratch = place.with_suffix(".tmp")
        try:
            scratch.write_text(json.dumps(content), encoding="utf-8")
            os.replace(scratch, place)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise store_error(self.folder.parent, error) from error

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


def _sizes(files: Mapping[str, Path]) -> dict[str, int]:
    """Return the bytes of each file, by which it is seen when one was cut off or replaced."""
    return {name: file.stat().st_size for name, file in files.items()}


def _clock_name(seconds: float) -> str:
    """Return a time as it can stand in the name of a file: ``"1m05s"``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}m{rest:04.1f}s" if rest % 1 else f"{minutes:.0f}m{rest:02.0f}s"


def _cut(
    sources: Mapping[str, Path], folder: Path, span: Interval, report: Report
) -> dict[str, Path]:
    """Write a stretch of some sound files into a folder, block by block, and return the new files."""
    import soundfile

    about = soundfile.info(next(iter(sources.values())))
    first, last = (min(round(t * about.samplerate), about.frames) for t in span)
    if first >= last:
        raise MusicToolError(f"There is not one sample between {span[0]:g} and {span[1]:g} s.")
    shape = (about.samplerate, about.channels, last - first)
    with stem_files(folder, tuple(sources), ".flac", *shape) as files:
        for number, (name, source) in enumerate(sources.items()):
            report(number / len(sources), "cutting the parts")
            with soundfile.SoundFile(source) as sound:
                sound.seek(first)
                for block in sound.blocks(
                    BLOCK, frames=last - first, dtype="float32", always_2d=True
                ):
                    files.write(name, block.T)
    return files.paths
