"""A process that listens for the screen: the keyboard is answered while three minutes are heard."""

import threading
from collections.abc import Callable
from functools import partial
from multiprocessing import resource_tracker
from typing import Protocol

from agent.collection.pool import OnProgress, Pool, ProcessPool
from agent.collection.worker import Job
from agent.record import TrackRecord
from tools.errors import Cancelled, MusicToolError

Report = Callable[[float, str], None]
Stopped = Callable[[], bool]

TICK = 0.1
"""Seconds between two looks whether somebody wants it stopped."""

NICENESS = 5
"""It stands back for what draws the keys; alone on a core it is as fast as ever."""


class StoppablePool(Pool, Protocol):
    """Who hears files, and can be stopped at one of them."""

    def drop(self, path: str) -> None:
        """End what is being done for a file."""


MakePool = Callable[[int, OnProgress], StoppablePool]
GENTLE: MakePool = partial(ProcessPool, niceness=NICENESS)


class Ear:
    """One process, started when there is something to hear. Call it from threads: it blocks."""

    def __init__(self, make_pool: MakePool = GENTLE) -> None:
        # Before a screen takes the place of stderr: it has no number that a process can be given.
        resource_tracker.ensure_running()
        self._pool = make_pool(1, self._tell)
        self._lock = threading.Lock()
        self._report: Report = lambda fraction, doing: None
        self._closed = False

    def hear(self, job: Job, report: Report, stopped: Stopped) -> TrackRecord:
        """Return what was heard of a file.

        Raises
        ------
        MusicToolError
            If it can't be heard; the message says why.
        Cancelled
            If `stopped` says so: the process is ended at once.
        """
        while not self._lock.acquire(timeout=TICK):
            if stopped():
                raise Cancelled
        try:
            self._report = report
            self._pool.submit(job)
            while True:
                if stopped() or self._closed:
                    self._pool.drop(job.path)
                    raise Cancelled
                for outcome in self._pool.wait(TICK):
                    if outcome.analysed.record is None:
                        raise MusicToolError(outcome.analysed.reason)
                    return TrackRecord.from_dict(outcome.analysed.record)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End everything at once."""
        self._closed = True
        with self._lock:
            self._pool.close()

    def _tell(self, path: str, fraction: float, doing: str) -> None:
        self._report(fraction, doing)
