"""Workers: processes that hear what users send, fed from a queue that survives the server.

A job that a crash or a shutdown broke off is queued again by the next start, and what was heard is
kept once a track, so nothing is heard twice.
"""

import threading
from collections.abc import AsyncIterator, Callable, Iterator

from agent.collection.pool import ProcessPool
from agent.serving.accounts import User
from agent.serving.board import Board
from agent.serving.desks import Desks
from agent.serving.dispatcher import Dispatcher, MakePool
from agent.serving.errands import Manner
from agent.serving.errors import QueueFull
from agent.serving.jobs import Job, Jobs, Kind, unknown_job
from agent.serving.limits import Limits

__all__ = ["MakePool", "Workers"]

LONGEST_PAUSE = 600.0
"""Seconds after which whoever was refused may come again, at most."""

STANDARD = Manner()


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
        self._jobs, self._limits = jobs, limits
        self._board = Board()
        self._lock = threading.RLock()
        self._dispatcher = Dispatcher(jobs, desks, self._board, self.size, manner, make_pool)

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
        with self._lock:
            for job in self._jobs.under_way(user.id):
                if (job.kind, job.upload, job.track) == (kind, upload, track) or (
                    upload and (job.kind, job.upload) == (kind, upload)
                ):
                    return self._board.latest(job)
            errand = self._dispatcher.errand(Job("", user.id, kind, upload, track))
            if errand.find() and errand.complete:
                errand.met()
                if done := self._done(user, kind, upload, errand.track_id):
                    return done
                job = self._jobs.add(user.id, kind, upload, errand.track_id)
                job = self._jobs.change(job.id, state="done", progress=1.0)
                self._board.post(job)
                return job
            self.check_room(user)
            job = self._jobs.add(user.id, kind, upload, track)
            self._board.post(job)
        self._dispatcher.wake()
        return job

    def _done(self, user: User, kind: Kind, upload: str, track: str) -> Job | None:
        """Return the job that did this already: clients ask for the same thing again and again."""
        jobs = reversed(self._jobs.of(user.id, track=track))
        asked = (kind, upload, "done")
        return next((job for job in jobs if (job.kind, job.upload, job.state) == asked), None)

    def complete(self, user: User, kind: Kind, track: str) -> bool:
        """Whether there is nothing left to do of a kind for a track.

        Raises
        ------
        UnknownTrackError
            If the user has no such track.
        """
        return self._dispatcher.errand(Job("", user.id, kind, track=track)).complete

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
        return self._dispatcher.finish(self.get(user, job_id).id, "cancelled")

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
        return self._dispatcher.alive

    @property
    def running(self) -> int:
        """How many jobs are being heard."""
        return len(self._dispatcher.running)

    def start(self) -> None:
        """Begin to work, with what the last server left."""
        self._jobs.tidy()
        for job in self._jobs.requeue():
            self._board.post(job)
        self._dispatcher.start()

    def stop(self, grace: float = 0.0) -> None:
        """Begin nothing new; what is not done after `grace` seconds is queued for the next start."""
        self._dispatcher.stop(grace)
