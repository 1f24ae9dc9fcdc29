"""Add files to the memory: what is new is heard, what is known is skipped or heard further.

Workers hear (`agent.collection.worker`); this process alone writes records, and the search index
follows once a batch. A track is done when its record is on the disk, so a run can be ended at any
moment, and the same call again does what is left.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from agent.collection.claims import Claims
from agent.collection.failures import Failures
from agent.collection.pool import Outcome, Pool
from agent.collection.report import Failure, Report, Told
from agent.collection.worker import How, Job
from agent.heard import freshness, missing
from agent.memory import TrackMemory
from agent.path_index import PathIndex
from agent.record import TrackRecord
from agent.render import describe_words
from agent.stems import StemShelf
from tools.weights import WeightStore

log = logging.getLogger(__name__)

POLL = 0.5
"""Seconds after which tracks that another run is hearing are looked at again."""

SAVE_EVERY = 2.0
"""Seconds between two writings of which files are known; what a kill loses is only decoded again."""

BATCH = 200
"""New records after which the search index is brought up to them."""


class Watcher(Protocol):
    """Who is told how a run goes."""

    def on_progress(self, path: str, fraction: float, doing: str) -> None:
        """Take note that a file is being heard."""

    def on_done(self, path: str, done: int) -> None:
        """Take note that a file is dealt with, and how many are."""


class Adding:
    """One run.

    Parameters
    ----------
    tasks : what is to be heard of every file
    how : with what to hear
    pool : who hears; closed at the end of `run`
    """

    def __init__(
        self,
        memory: TrackMemory,
        store: WeightStore,
        tasks: Sequence[str],
        how: How,
        pool: Pool,
        watcher: Watcher,
    ) -> None:
        self.report = Report()
        self._memory, self._pool, self._watcher = memory, pool, watcher
        self._tasks, self._how = tuple(tasks), how
        self._is_fresh = freshness(store, dict(how.engines))
        self._shelf = StemShelf(Path(how.stems), store) if how.stems else None
        self._paths = PathIndex(memory.folder / "paths.json")
        self._claims = Claims(memory.folder / "claims")
        self._failures = Failures(memory.folder / "failed.json")
        self._files: Iterator[Path] = iter(())
        self._waiting: dict[str, TrackRecord] = {}  # by path: heard by somebody else just now
        self._keeping: tuple[list[Told], str, TrackRecord] | None = None
        self._looked = 0.0
        self._new_paths: dict[Path, str] = {}
        self._saved_at, self._told, self._unindexed = time.monotonic(), 0, 0

    def run(self, files: Iterable[Path]) -> Report:
        """Hear the files, remember them, and return what became of each.

        Raises
        ------
        MusicToolError
            If the memory can't be written, or nobody can hear. What was done until then is kept,
            and `report` tells it, as after Ctrl-C.
        """
        begin = time.monotonic()
        self._files = iter(files)
        try:
            while self._feed() or self._pool.busy or self._waiting:
                for outcome in self._pool.wait(POLL):
                    self._take(outcome)
                self._save(SAVE_EVERY)
        finally:
            self._pool.close()
            self._tell_interrupted()
            self._claims.drop_all()
            self._save()
            self.report.seconds = time.monotonic() - begin
        if self.report.added or self.report.upgraded or self._unindexed:
            self._memory.flush()
            self._memory.table(in_sections=True)  # else the first search for a section waits for it
        self.report.seconds = time.monotonic() - begin
        return self.report

    # ---- jobs -----------------------------------------------------------------------------------

    def _feed(self) -> bool:
        """Give work to whoever has none; return whether there was any."""
        fed = False
        while self._pool.free and (job := self._next()):
            self._pool.submit(job)
            fed = True
        return fed

    def _next(self) -> Job | None:
        for path in self._files:
            track_id = self._paths.find(path)
            if job := self._job(str(path), track_id, None):
                return job
            self._save(SAVE_EVERY)
        if time.monotonic() - self._looked < POLL:
            return None
        self._looked = time.monotonic()
        for path_text, header in list(self._waiting.items()):
            del self._waiting[path_text]
            if job := self._job(path_text, header.id, header):
                return job
        return None

    def _job(self, path: str, track_id: str | None, header: TrackRecord | None) -> Job | None:
        """Return what is to be done for a file; None where nothing is, or not yet.

        `header` is what decoding it told, where that was done.
        """
        known = self._memory.get(track_id) if track_id else None
        record = known or header
        if record is None or track_id is None:
            return Job(path, self._how)  # first of all: which track is it?
        if known and self._complete(known):
            self._tell_known(path, known)
            return None
        if not self._claims.take(track_id):
            self._waiting[path] = record
            return None
        known = self._memory.get(track_id)
        if known and self._complete(known):  # by another run, until just now
            self._claims.drop(track_id)
            self._tell_known(path, known)
            return None
        return Job(path, self._how, self._tasks, (known or record).to_dict())

    def _complete(self, record: TrackRecord) -> bool:
        """Return whether all that is wanted of a track is there."""
        if missing(record, self._tasks, self._is_fresh):
            return False
        stems_by = dict(self._how.engines).get("stems")
        return self._shelf is None or self._shelf.find(record.id, stems_by) is not None

    def _tell_known(self, path: str, record: TrackRecord) -> None:
        if not Path(record.path).exists():  # it was moved here
            record = replace(record, path=path)
            self._memory.remember(record)
            self._unindexed += 1
        self._tell(self.report.known, path, record)

    # ---- outcomes -------------------------------------------------------------------------------

    def _take(self, outcome: Outcome) -> None:
        job, analysed = outcome.job, outcome.analysed
        if analysed.trace:
            log.error("hearing '%s' failed: %s", job.path, analysed.trace)
        if analysed.record is None:
            self.report.failed.append(Failure(job.path, analysed.reason, analysed.inside))
            self._watcher.on_done(job.path, self.report.done)
            if job.known:
                self._claims.drop(str(job.known["id"]))
        elif job.tasks:
            self._keep(job, TrackRecord.from_dict(analysed.record))
        else:
            header = TrackRecord.from_dict(analysed.record)
            if then := self._job(job.path, header.id, header):
                self._pool.submit(then, outcome.worker)

    def _keep(self, job: Job, record: TrackRecord) -> None:
        before = self._memory.get(record.id)
        record = replace(record, path=job.path)
        if before and (others := before.annotations.keys() - record.annotations.keys()):
            # somebody heard other things of it meanwhile
            heard = record.annotations | {task: before.annotations[task] for task in others}
            record = replace(record, annotations=heard)
            record = replace(record, words=describe_words(record))
        told = self.report.upgraded if before else self.report.added
        self._keeping = (told, job.path, record)
        self._memory.remember(record)
        self._claims.drop(record.id)
        self._tell(told, job.path, record)
        self._unindexed += 1
        if self._unindexed >= BATCH:
            self._unindexed = 0
            self._memory.flush()

    def _tell_interrupted(self) -> None:
        """Tell of the record that Ctrl-C came upon after it was written and before it was told."""
        if self._keeping is None:
            return
        told, path, record = self._keeping
        done = any(track.id == record.id for track in told)
        if not done and self._memory.get(record.id) == record:
            self._tell(told, path, record)

    def _tell(self, told: list[Told], path: str, record: TrackRecord) -> None:
        told.append(Told(path, record.id, record.title))
        self._keeping = None
        self._new_paths[Path(path)] = record.id
        self._watcher.on_done(path, self.report.done)

    def _save(self, every: float = 0.0) -> None:
        """Write which files are known and which failed, unless that was done just now."""
        begin = time.monotonic()
        if begin - self._saved_at < every:
            return
        self._paths.add_all(self._new_paths)
        new = self.report.failed[self._told :]
        self._failures.update(new, map(str, self._new_paths))
        self._told += len(new)
        self._new_paths = {}
        now = time.monotonic()  # a large file takes longer to write, and is written less often
        self._saved_at = now + 20 * (now - begin)
