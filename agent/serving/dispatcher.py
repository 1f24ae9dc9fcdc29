"""Who hands out the work: one thread, which feeds the processes and keeps what comes of it.

Users take turns: whoever has fewest jobs running, and was served longest ago, is next. The processes
are those of `agent.collection`.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from agent.collection.claims import Claims
from agent.collection.pool import OnProgress, Outcome, Pool
from agent.record import TrackRecord
from agent.serving.accounts import User
from agent.serving.board import Board
from agent.serving.desks import Desks
from agent.serving.errands import Errand, Manner
from agent.serving.indexing import Indexing
from agent.serving.jobs import UNDER_WAY, Job, Jobs, State
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks at the queue while something runs."""

POLL = 0.5
"""Seconds between two looks at a job that waits for another Musicologue."""

PAUSE = 5.0
"""Seconds to wait where no process can be started."""

MOST_BEGINNINGS = 3
"""A job that was under way when so many servers died is to blame for it."""


class WorkerPool(Pool, Protocol):
    """Who hears files, and can be stopped at one of them."""

    def drop(self, path: str) -> None:
        """End what is being done for a file; nothing is told of it any more."""


MakePool = Callable[[int, OnProgress], WorkerPool]


class Dispatcher:
    """The thread of a server that works off its queue.

    Parameters
    ----------
    board : where the states of jobs are put up
    size : processes, a core each; started when there is work
    """

    def __init__(
        self, jobs: Jobs, desks: Desks, board: Board, size: int, manner: Manner, make_pool: MakePool
    ) -> None:
        self.running: dict[str, Errand] = {}  # by path
        self._size, self._make_pool = size, make_pool
        self._jobs, self._desks, self._board, self._manner = jobs, desks, board, manner
        self._pool = make_pool(size, self._on_progress)
        self._lock = threading.Lock()  # of what becomes of a job: it is over once
        self._wake = threading.Event()
        self._waiting: dict[str, float] = {}  # job -> when it may be tried again
        self._claims: dict[str, Claims] = {}  # by user
        self._served: dict[str, float] = {}  # by user: when a job of theirs was last begun
        self._stop_at: float | None = None
        self._thread: threading.Thread | None = None
        self._indexing = Indexing()
        self._ailing = False

    # ---- from other threads ---------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether jobs are being worked off."""
        return self._thread is not None and self._thread.is_alive() and not self._ailing

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._work, name="workers", daemon=True)
        self._thread.start()

    def stop(self, grace: float) -> None:
        """Begin nothing new; what is not done after `grace` seconds is queued for the next start."""
        self._stop_at = time.monotonic() + grace
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """Have the queue looked at."""
        self._wake.set()

    def errand(self, job: Job) -> Errand:
        """Return what a job means.

        Raises
        ------
        UnknownUploadError, UnknownTrackError
            If what is to be heard is not there.
        """
        user = User(job.user, job.user)
        if job.user not in self._claims:
            self._claims[job.user] = Claims(self._desks.folder_of(user) / "claims")
        return Errand(job, self._desks.of(user), self._manner, self._claims[job.user])

    def finish(self, job_id: str, state: State, **values: Any) -> Job:
        """Note what became of a job, and return it; one that is over stays as it is."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job.over:
                return job
            shown = self._board.latest(job)
            job = self._jobs.change(job_id, state=state, **{"progress": shown.progress} | values)
            self._board.post(job)
        self._wake.set()
        return job

    # ---- the thread -----------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._over():
                try:
                    self._step()
                    self._ailing = False
                except Exception:  # a bug or a full disk must not end the server's work
                    log.exception("the workers stumbled")
                    self._recover()
        finally:
            self._pool.close()
            self._requeue()
            self._indexing.stop()
            for claims in self._claims.values():
                claims.drop_all()

    def _over(self) -> bool:
        if self._stop_at is None:
            return False
        return not self.running or time.monotonic() >= self._stop_at

    def _step(self) -> None:
        self._wake.clear()
        self._drop_cancelled()
        while self._stop_at is None and self._pool.free and (job := self._next()):
            self._begin(job)
        if self._pool.busy:
            for outcome in self._pool.wait(TICK):
                self._take(outcome)
        else:
            self._indexing.begin()
            self._wake.wait(POLL if self._waiting else None)

    def _next(self) -> Job | None:
        """Return the queued job that is next: of whoever has least running and waited longest."""
        queued = [job for job in self._jobs.under_way() if job.state == "queued"]
        ids, now = {job.id for job in queued}, time.monotonic()
        self._waiting = {i: when for i, when in self._waiting.items() if i in ids}
        at = [errand.job.user for errand in self.running.values()]
        busy = {(e.job.user, e.job.upload, e.job.track) for e in self.running.values()}
        ready = [
            job
            for job in queued
            if self._waiting.get(job.id, 0.0) <= now
            and (job.user, job.upload, job.track) not in busy
        ]
        served = self._served
        return min(
            ready,
            key=lambda job: (at.count(job.user), served.get(job.user, 0.0), job.created),
            default=None,
        )

    def _begin(self, job: Job) -> None:
        """Begin a job, unless it has to wait for another one of the same track."""
        try:
            if job.begun >= MOST_BEGINNINGS:
                raise MusicToolError("The server ended each time it was heard.")
            errand = self.errand(job)
            errand.find()
            if errand.path in self.running or (errand.track_id and not self._claimed(errand)):
                self._waiting[job.id] = time.monotonic() + TICK
                return
            self._waiting.pop(job.id, None)
            self._served[job.user] = time.monotonic()
            with self._lock:
                begun = self._jobs.begin(job.id)
                self._board.post(begun)
            if begun.over:  # it was cancelled just now
                errand.let_go()
            else:
                self._go_on(errand, None)
        except MusicToolError as error:
            self.finish(job.id, "failed", error=str(error))
        except Exception as error:  # a bug at one job must not keep the others waiting
            log.exception("job %s can't be begun", job.id)
            self.finish(job.id, "failed", error=inside(error))

    def _claimed(self, errand: Errand) -> bool:
        return errand.complete or errand.claim()

    def _go_on(self, errand: Errand, worker: int | None) -> None:
        """Give a job its next work; finish it where nothing is left to do."""
        if errand.track_id and errand.complete:
            errand.met()
            self._end(errand, "done")
            return
        self.running[errand.path] = errand
        work = errand.hearing if errand.track_id else errand.looking
        self._pool.submit(work, worker)

    def _take(self, outcome: Outcome) -> None:
        """Keep what came of some work."""
        errand = self.running.pop(outcome.job.path, None)
        if errand is None:
            return
        analysed = outcome.analysed
        if analysed.trace:
            log.error("job %s failed: %s", errand.job.id, analysed.trace)
        try:
            if analysed.record is None:
                self._end(errand, "failed", error=errand.told(analysed.reason))
            elif outcome.job.tasks:
                errand.keep(TrackRecord.from_dict(analysed.record))
                self._indexing.note(errand.desk.memory)
                self._end(errand, "done")
            else:
                self._recognised(errand, TrackRecord.from_dict(analysed.record), outcome.worker)
        except MusicToolError as error:
            self._end(errand, "failed", error=errand.told(str(error)))
        except Exception as error:
            log.exception("what came of job %s can't be kept", errand.job.id)
            self._end(errand, "failed", error=inside(error))

    def _recognised(self, errand: Errand, header: TrackRecord, worker: int) -> None:
        errand.recognise(header)
        with self._lock:
            self._jobs.change(errand.job.id, track=header.id)
            self._board.post(replace(self._board.latest(errand.job), track=header.id))
        if self._claimed(errand):
            self._go_on(errand, worker)
            return
        # The same sound is being heard under another name: then it will be known.
        self._waiting[errand.job.id] = time.monotonic() + TICK
        self._queue_again(errand)

    def _drop_cancelled(self) -> None:
        for path, errand in list(self.running.items()):
            if self._board.latest(errand.job).over:
                self._pool.drop(path)
                del self.running[path]
                errand.let_go()

    def _recover(self) -> None:
        """Begin anew with new processes, a little later."""
        self._ailing = True
        self._pool.close()
        self._pool = self._make_pool(self._size, self._on_progress)
        self._requeue()
        self._wake.wait(PAUSE)

    def _requeue(self) -> None:
        for errand in self.running.values():
            errand.let_go()
            self._queue_again(errand)
        self.running.clear()

    def _queue_again(self, errand: Errand) -> None:
        """Put a job back; that it was begun counts for nothing."""
        with self._lock:
            if not self._over_already(errand.job.id):
                begun = errand.job.begun
                again = self._jobs.change(errand.job.id, state="queued", progress=0.0, begun=begun)
                self._board.post(again)

    # ---- small steps ----------------------------------------------------------------------------

    def _on_progress(self, path: str, fraction: float, doing: str) -> None:
        errand = self.running.get(path)
        if errand is None:
            return
        with self._lock:
            job = self._board.latest(errand.job)
            if not job.over:
                shown = max(job.progress, round(min(1.0, fraction), 3))
                self._board.post(replace(job, state="running", progress=shown, doing=doing))

    def _end(self, errand: Errand, state: State, **values: Any) -> None:
        errand.let_go()
        if state == "done":
            values |= {"progress": 1.0, "track": errand.track_id}
        self.finish(errand.job.id, state, **values)

    def _over_already(self, job_id: str) -> bool:
        """Whether a job was cancelled meanwhile."""
        return self._jobs.get(job_id).state not in UNDER_WAY


def inside(error: Exception) -> str:
    """Return what users are told of a bug."""
    return f"Something went wrong inside ({type(error).__name__}); the log has the details."
