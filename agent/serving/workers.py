"""Workers: processes that hear what users send, fed from a queue that survives the server.

One thread hands out the work and keeps what comes of it; the processes are those of
`agent.collection`. Users take turns: whoever has fewest jobs running is served first. A job that a
crash or a shutdown broke off is queued again by the next start, and what was heard is kept once a
track, so nothing is heard twice.
"""

import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from agent.collection.claims import Claims
from agent.collection.pool import OnProgress, Outcome, Pool, ProcessPool
from agent.record import TrackRecord
from agent.serving.accounts import User
from agent.serving.board import Board
from agent.serving.desks import Desks
from agent.serving.errands import Errand, Manner
from agent.serving.errors import QueueFull
from agent.serving.jobs import Job, Jobs, Kind, unknown_job
from agent.serving.limits import Limits
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks at the queue while something runs."""

PAUSE = 5.0
"""Seconds to wait where no process can be started, or a job waits for another Musicologue."""

MOST_BEGINNINGS = 3
"""A job that was under way when so many servers died is to blame for it."""

LONGEST_PAUSE = 600.0
STANDARD = Manner()


class WorkerPool(Pool, Protocol):
    """Who hears files, and can be stopped at one of them."""

    def drop(self, path: str) -> None:
        """End what is being done for a file; nothing is told of it any more."""


MakePool = Callable[[int, OnProgress], WorkerPool]


class Workers:
    """The queue of a server and the processes that work it off. Safe for threads.

    Parameters
    ----------
    size : processes, a core each; started when there is work
    manner : how much is listened for, and by which engines
    make_pool : told how many and whom to tell of progress, returns who hears
    """

    def __init__(
        self,
        jobs: Jobs,
        desks: Desks,
        limits: Limits,
        size: int,
        manner: Manner = STANDARD,
        make_pool: MakePool = ProcessPool,
    ) -> None:
        self.size = max(1, size)
        self._make_pool = make_pool
        self._jobs, self._desks, self._limits, self._manner = jobs, desks, limits, manner
        self._board = Board()
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._pool = make_pool(self.size, self._on_progress)
        self._running: dict[str, Errand] = {}  # by path
        self._waiting: dict[str, float] = {}  # job -> when it may be tried again
        self._claims: dict[str, Claims] = {}  # by user
        self._served: dict[str, float] = {}  # by user: when a job of theirs was last begun
        self._cancelled: set[str] = set()
        self._stop_at: float | None = None
        self._thread: threading.Thread | None = None
        self._ailing = False

    # ---- for users ------------------------------------------------------------------------------

    def submit(self, user: User, kind: Kind, upload: str = "", track: str = "") -> Job:
        """Queue a job and return it: done already where all is known, the same one if asked twice.

        Once this returns, no crash loses it.

        Raises
        ------
        QueueFull
            If too much is waiting.
        UnknownUploadError, UnknownTrackError
            If the user has no such file or track.
        """
        desk = self._desks.of(user)
        with self._lock:
            for job in self._jobs.under_way(user.id):
                if (job.kind, job.upload, job.track) == (kind, upload, track) or (
                    upload and (job.kind, job.upload) == (kind, upload)
                ):
                    return self._board.latest(job)
            asked = Job("", user.id, kind, upload, track)
            errand = Errand(asked, desk, self._manner, self._claims_of(user.id))
            if errand.find() and errand.complete:
                errand.met()
                job = self._jobs.add(user.id, kind, upload, errand.track_id)
                job = self._jobs.change(job.id, state="done", progress=1.0)
                self._board.post(job)
                return job
            self.check_room(user)
            job = self._jobs.add(user.id, kind, upload, track)
            self._board.post(job)
        self._wake.set()
        return job

    def complete(self, user: User, kind: Kind, track: str) -> bool:
        """Whether there is nothing left to do of a kind for a track.

        Raises
        ------
        UnknownTrackError
            If the user has no such track.
        """
        asked = Job("", user.id, kind, track=track)
        desk = self._desks.of(user)
        return Errand(asked, desk, self._manner, self._claims_of(user.id)).complete

    def check_room(self, user: User) -> None:
        """Raise `QueueFull` where no job of this user would be queued now."""
        queued = [job for job in self._jobs.under_way() if job.state == "queued"]
        own = sum(job.user == user.id for job in queued)
        limits = self._limits
        if len(queued) < limits.queue and own < limits.queue_each:
            return
        seconds = self._jobs.mean_seconds() / self.size
        waiting = f"{own} of your jobs" if own >= limits.queue_each else f"{len(queued)} jobs"
        seconds = min(LONGEST_PAUSE, max(1.0, seconds))
        raise QueueFull(f"{waiting} are waiting already. Try again in {seconds:.0f} s.", seconds)

    def get(self, user: User, job_id: str) -> Job:
        """Return a job as it is now.

        Raises
        ------
        UnknownJobError
            If there is none, or it is another user's.
        """
        job = self._jobs.get(job_id)
        if job.user != user.id:
            raise unknown_job(job_id)
        return self._board.latest(job)

    def of(self, user: User, track: str = "", upload: str = "") -> list[Job]:
        """Return the jobs of a user, perhaps of one track or upload only, the first first."""
        return [self._board.latest(job) for job in self._jobs.of(user.id, track, upload)]

    def cancel(self, user: User, job_id: str) -> Job:
        """Stop a job that is not over, and return it as it is then.

        Raises
        ------
        UnknownJobError
            If there is none, or it is another user's.
        """
        with self._lock:
            job = self.get(user, job_id)
            if job.over:
                return job
            self._cancelled.add(job_id)
            job = self._finish(job_id, "cancelled")
        self._wake.set()
        return job

    def watch(self, user: User, job_id: str, timeout: float | None = None) -> Iterator[Job]:
        """Yield the states of a job as they come, to the last one, or for `timeout` seconds."""
        return self._board.watch(self.get(user, job_id), timeout)

    def events(self, user: User, job_id: str) -> AsyncIterator[Job]:
        """Yield the states of a job as they come, to the last one, on the event loop."""
        return self._board.events(self.get(user, job_id))

    def wait(self, user: User, job_id: str, timeout: float | None = None) -> Job:
        """Return a job once it is over, or as it is after `timeout` seconds."""
        *_, job = self._board.watch(self.get(user, job_id), timeout)
        return job

    def listen(self, told: Callable[[Job], None]) -> None:
        """Have every new state of any job told to somebody, in the thread that made it."""
        self._board.listen(told)

    # ---- life -----------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether jobs are being worked off."""
        return self._thread is not None and self._thread.is_alive() and not self._ailing

    @property
    def running(self) -> int:
        """How many jobs are being heard."""
        return len(self._running)

    def start(self) -> None:
        """Begin to work, with what the last server left."""
        self._jobs.tidy()
        for job in self._jobs.requeue():
            self._board.post(job)
        self._thread = threading.Thread(target=self._work, name="workers", daemon=True)
        self._thread.start()

    def stop(self, grace: float = 0.0) -> None:
        """Begin nothing new; what is not done after `grace` seconds is queued for the next start."""
        self._stop_at = time.monotonic() + grace
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

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
            for claims in self._claims.values():
                claims.drop_all()

    def _over(self) -> bool:
        if self._stop_at is None:
            return False
        return not self._running or time.monotonic() >= self._stop_at

    def _step(self) -> None:
        self._wake.clear()
        self._drop_cancelled()
        while self._stop_at is None and self._pool.free and (job := self._next()):
            self._begin(job)
        if self._pool.busy:
            for outcome in self._pool.wait(TICK):
                self._take(outcome)
        else:
            self._wake.wait(PAUSE if self._waiting else None)

    def _next(self) -> Job | None:
        """Return the queued job that is next: of whoever has least running and waited longest."""
        now = time.monotonic()
        at = [errand.job.user for errand in self._running.values()]
        busy = {(e.job.user, e.job.upload, e.job.track) for e in self._running.values()}
        ready = [
            job
            for job in self._jobs.under_way()
            if job.state == "queued"
            and self._waiting.get(job.id, 0.0) <= now
            and (job.user, job.upload, job.track) not in busy
        ]
        served = self._served
        return min(
            ready,
            key=lambda job: (at.count(job.user), served.get(job.user, 0.0), job.created),
            default=None,
        )

    def _begin(self, job: Job) -> None:
        if job.begun >= MOST_BEGINNINGS:
            self._finish(job.id, "failed", error="The server ended each time it was heard.")
            return
        try:
            desk = self._desks.of(User(job.user, job.user))
            errand = Errand(job, desk, self._manner, self._claims_of(job.user))
            errand.find()
            if errand.path in self._running or (errand.track_id and not self._claimed(errand)):
                self._waiting[job.id] = time.monotonic() + TICK
                return
            self._waiting.pop(job.id, None)
            self._served[job.user] = time.monotonic()
            self._board.post(self._jobs.begin(job.id))
            self._go_on(errand, None)
        except MusicToolError as error:
            self._finish(job.id, "failed", error=str(error))

    def _claimed(self, errand: Errand) -> bool:
        return errand.complete or errand.claim()

    def _go_on(self, errand: Errand, worker: int | None) -> None:
        """Give a job its next work; finish it where nothing is left to do."""
        if errand.track_id and errand.complete:
            errand.met()
            self._end(errand, "done")
            return
        self._running[errand.path] = errand
        work = errand.hearing if errand.track_id else errand.looking
        self._pool.submit(work, worker)

    def _take(self, outcome: Outcome) -> None:
        """Keep what came of some work."""
        errand = self._running.pop(outcome.job.path, None)
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
                self._end(errand, "done")
            else:
                self._recognised(errand, TrackRecord.from_dict(analysed.record), outcome.worker)
        except MusicToolError as error:
            self._end(errand, "failed", error=errand.told(str(error)))

    def _recognised(self, errand: Errand, header: TrackRecord, worker: int) -> None:
        errand.recognise(header)
        self._jobs.change(errand.job.id, track=header.id)
        self._board.post(replace(self._board.latest(errand.job), track=header.id))
        if self._claimed(errand):
            self._go_on(errand, worker)
            return
        # The same sound is being heard under another name: then it will be known.
        self._waiting[errand.job.id] = time.monotonic() + TICK
        begun = max(0, errand.job.begun)
        self._board.post(self._jobs.change(errand.job.id, state="queued", begun=begun))

    def _drop_cancelled(self) -> None:
        with self._lock:
            gone, self._cancelled = self._cancelled, set()
        for path, errand in list(self._running.items()):
            if errand.job.id in gone:
                self._pool.drop(path)
                del self._running[path]
                errand.let_go()

    def _recover(self) -> None:
        """Begin anew with new processes, a little later."""
        self._ailing = True
        self._pool.close()
        self._pool = self._make_pool(self.size, self._on_progress)
        self._requeue()
        self._wake.wait(PAUSE)

    def _requeue(self) -> None:
        for errand in self._running.values():
            errand.let_go()
            if errand.job.id not in self._cancelled:
                again = {"state": "queued", "progress": 0.0, "begun": errand.job.begun}
                self._board.post(self._jobs.change(errand.job.id, **again))
        self._running.clear()

    # ---- small steps ----------------------------------------------------------------------------

    def _on_progress(self, path: str, fraction: float, doing: str) -> None:
        errand = self._running.get(path)
        if errand is not None and errand.job.id not in self._cancelled:
            job = self._board.latest(errand.job)
            if not job.over:
                shown = max(job.progress, round(min(1.0, fraction), 3))
                self._board.post(replace(job, progress=shown, doing=doing))

    def _end(self, errand: Errand, state: str, **values: Any) -> None:
        errand.let_go()
        if state == "done":
            values |= {"progress": 1.0, "track": errand.track_id}
        if errand.job.id not in self._cancelled:
            self._finish(errand.job.id, state, **values)

    def _finish(self, job_id: str, state: str, **values: Any) -> Job:
        shown = self._board.latest(self._jobs.get(job_id))
        job = self._jobs.change(job_id, state=state, **{"progress": shown.progress} | values)
        self._board.post(job)
        return job

    def _claims_of(self, user_id: str) -> Claims:
        if user_id not in self._claims:
            folder = self._desks.folder_of(User(user_id, user_id))
            self._claims[user_id] = Claims(folder / "claims")
        return self._claims[user_id]
