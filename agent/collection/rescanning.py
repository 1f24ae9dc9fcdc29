"""Compare the memory with the files on the disk, and repair what can be repaired.

No file of the user is touched, and no track is forgotten unless that is asked for: a disk that is
not there today may be there tomorrow.
"""

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent.collection.adding import Adding, Watcher
from agent.collection.finding import find
from agent.collection.pool import Pool
from agent.collection.report import Failure, Report, Told
from agent.collection.worker import How, Job
from agent.memory import TrackMemory
from agent.path_index import PathIndex
from agent.record import RecordError, TrackRecord
from agent.record_files import RecordFiles, store_error
from tools.titles import clean_text
from tools.weights import WeightStore

log = logging.getLogger(__name__)

POLL = 0.5


@dataclass
class Rescanned:
    """What was found, and what was done about it.

    Parameters
    ----------
    gone : tracks whose file is nowhere to be found
    moved : tracks whose file was found under another path, which is kept now
    changed : files that hold another sound than they did; it was added
    damaged : ids of records that could not be read; set aside, and heard again where the file is
        known
    index : what was wrong with the search index and the folder of records; put right
    heard : what became of the files that were heard
    """

    tracks: int = 0
    gone: list[Told] = field(default_factory=list)
    moved: list[Told] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)
    heard: Report = field(default_factory=Report)
    forgotten: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "tracks": self.tracks,
            "gone": [told.to_dict() for told in self.gone],
            "moved": [told.to_dict() for told in self.moved],
            "changed": self.changed,
            "damaged": self.damaged,
            "index": self.index,
            "forgotten": self.forgotten,
        } | {k: v for k, v in self.heard.to_dict().items() if k in ("added", "failed")}

    def to_text(self) -> str:
        """Return it as a person reads it."""
        lines = [
            *(f"moved: {_named(told)}" for told in self.moved),
            *(f"changed: {clean_text(path)}" for path in self.changed),
            *(f"damaged: the record {i}" for i in self.damaged),
            *(f"gone: {_named(told)}" for told in self.gone),
            *(f"repaired: {fault}" for fault in self.index),
            *(f"failed: {clean_text(f.path)}: {f.reason}" for f in self.heard.failed),
        ]
        if self.gone:
            lines.append(
                "What is gone was forgotten."
                if self.forgotten
                else "Gone files are still remembered. If they were moved, name the folder: "
                "musicologue library rescan FOLDER; to forget them: --forget-gone"
            )
        whole = "" if lines else "; all is as it was"
        return "\n".join([f"{self.tracks} tracks{whole}.", *lines])


def _named(told: Told) -> str:
    return f"{clean_text(told.title, 60)} ({clean_text(told.path)})"


class Rescan:
    """One comparison of the memory with the disk.

    Parameters
    ----------
    tasks : what is heard of a file that holds another sound than it did
    pool : makes who hears, when something is to be heard
    """

    def __init__(
        self,
        memory: TrackMemory,
        store: WeightStore,
        tasks: Sequence[str],
        how: How,
        pool: Callable[[], Pool],
        watcher: Watcher,
    ) -> None:
        self._memory, self._store = memory, store
        self._tasks, self._how = tuple(tasks), how
        self._pool, self._watcher = pool, watcher
        self._files = RecordFiles(memory.folder)
        self._paths = PathIndex(memory.folder / "paths.json")
        self.report = Rescanned()

    def run(self, places: Iterable[str | Path] = (), forget_gone: bool = False) -> Rescanned:
        """Compare and repair.

        Parameters
        ----------
        places : where moved files may be, beside the folders of the known ones
        forget_gone : take tracks away whose file is nowhere

        Raises
        ------
        MusicToolError
            If the memory can't be written.
        """
        if not self._memory.ids() and not self._files.strangers():
            return self.report
        self.report.index = [f for f in self._memory.check() if "is damaged" not in f]
        self._files.tidy()
        again = self._set_aside()
        gone, doubtful = self._look()
        candidates = self._candidates(gone, places) if gone else []
        held = self._identified([*doubtful, *candidates])
        again += self._compared(doubtful, held, gone)
        self._found_again(gone, held, forget_gone)
        if again:
            adding = Adding(
                self._memory, self._store, self._tasks, self._how, self._pool(), self._watcher
            )
            self.report.heard = adding.run(map(Path, again))
        self._memory.flush()
        self.report.tracks = len(self._memory.ids())
        return self.report

    # ---- damaged records ------------------------------------------------------------------------

    def _set_aside(self) -> list[str]:
        """Move damaged records out of the way; return the files that held those tracks."""
        places = {i: path for path, i in self._paths.ids().items()}
        again = []
        for track_id in self._memory.ids():
            try:
                self._files.read(track_id)
            except RecordError as error:
                log.warning("%s", error)
                self.report.damaged.append(track_id)
                aside = self._memory.folder / "damaged"
                try:
                    aside.mkdir(exist_ok=True)
                    os.replace(self._files.folder / f"{track_id}.json", aside / f"{track_id}.json")
                except OSError as failure:
                    raise store_error(self._memory.folder, failure) from failure
                if track_id in places:
                    again.append(places[track_id])
        return again

    # ---- files ----------------------------------------------------------------------------------

    def _look(self) -> tuple[dict[str, TrackRecord], dict[str, TrackRecord]]:
        """Return the tracks whose files are gone, by id, and those in doubt, by path.

        In doubt is a file that was written to since, or never noted.
        """
        gone, doubtful = {}, {}
        elsewhere = self._elsewhere()
        for record in self._memory.all():
            path = Path(record.path)
            if self._paths.find(path) == record.id:
                continue
            if other := elsewhere.get(record.id):
                self._move(record, other)
            elif path.is_file():
                doubtful[record.path] = record
            else:
                gone[record.id] = record
        return gone, doubtful

    def _elsewhere(self) -> dict[str, str]:
        """Return a path that surely holds the track, by track id."""
        return {i: p for p, i in self._paths.ids().items() if self._paths.find(Path(p)) == i}

    def _move(self, record: TrackRecord, path: str) -> None:
        self._memory.remember(replace(record, path=path))
        self.report.moved.append(Told(path, record.id, record.title))

    def _candidates(
        self, gone: Mapping[str, TrackRecord], places: Iterable[str | Path]
    ) -> list[str]:
        """Return files that may hold what is gone: not known yet, and of the same size or name."""
        roots = {Path(r.path).parent for r in self._memory.all()}
        roots |= {_nearest(Path(record.path).parent) for record in gone.values()}
        searched = find([*places, *(r for r in sorted(roots) if r.is_dir() and len(r.parts) > 2)])
        sizes, names = self._paths.sizes(), {Path(record.path).name for record in gone.values()}
        wanted = {sizes[r.path] for r in gone.values() if r.path in sizes}
        unknown = (p for p in searched.files if self._paths.find(p) is None)
        return [str(p) for p in unknown if p.name in names or p.stat().st_size in wanted]

    def _identified(self, paths: Sequence[str]) -> dict[str, str]:
        """Return which track each file holds; what can't be decoded is left out, and told."""
        held: dict[str, str] = {}
        if not paths:
            return held
        pool, left, done = self._pool(), list(dict.fromkeys(paths)), 0
        try:
            while left or pool.busy:
                while left and pool.free:
                    pool.submit(Job(left.pop(0), self._how))
                for outcome in pool.wait(POLL):
                    path, record = outcome.job.path, outcome.analysed.record
                    done += 1
                    self._watcher.on_done(path, done)
                    if record is not None:
                        held[path] = str(record["id"])
                    else:
                        failure = Failure(path, outcome.analysed.reason, outcome.analysed.inside)
                        self.report.heard.failed.append(failure)
        finally:
            pool.close()
        return held

    def _compared(
        self,
        doubtful: Mapping[str, TrackRecord],
        held: Mapping[str, str],
        gone: dict[str, TrackRecord],
    ) -> list[str]:
        """Take note of what doubtful files hold; return those with a sound that memory lacks."""
        self._paths.add_all({Path(p): i for p, i in held.items() if self._memory.get(i)})
        new = []
        for path, record in doubtful.items():
            if path in held and held[path] != record.id:
                self.report.changed.append(path)
                gone[record.id] = record
                if self._memory.get(held[path]) is None:
                    new.append(path)
            elif path not in held:
                gone[record.id] = record
        return new

    def _found_again(
        self, gone: Mapping[str, TrackRecord], held: Mapping[str, str], forget: bool
    ) -> None:
        places = {track_id: path for path, track_id in held.items()}
        for track_id, record in gone.items():
            if track_id in places:
                self._move(record, places[track_id])
                continue
            self.report.gone.append(Told(record.path, track_id, record.title))
            if forget:
                self._memory.forget(track_id)
        self.report.forgotten = forget


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next((f for f in (folder, *folder.parents) if f.is_dir()), folder)
