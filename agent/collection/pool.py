"""Processes that hear files, a core each; one that dies costs the file it was at.

Every process has a pipe of its own and one job at a time, so what died is known by name, and what
follows a job goes to the process that has the sound at hand. They end when their parent does,
however it does.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

from agent.collection.worker import Analysed, Job, analyse
from agent.settings import prepare_worker
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

OnProgress = Callable[[str, float, str], None]
"""Told a path, the fraction done, and what is being done."""

READY = "ready"
OFTEN = 0.2
"""Seconds between two reports of progress from one process."""

STILLBORN = 3
"""So many processes may die before they took a job: then they can't be had at all."""


@dataclass(frozen=True)
class Outcome:
    """A job that is over, and a mark of who did it, to send what follows to the same one."""

    job: Job
    analysed: Analysed
    worker: int = 0


class Pool(Protocol):
    """Who hears files: processes of this machine, or a cluster."""

    @property
    def free(self) -> bool:
        """Whether a job would be begun at once."""

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""

    def submit(self, job: Job, worker: int | None = None) -> None:
        """Begin a job; `worker` is who should do it."""

    def wait(self, seconds: float) -> Sequence[Outcome]:
        """Return what is over, as soon as anything is, or nothing after some seconds."""

    def close(self) -> None:
        """End everything at once, also what is under way."""


class PoolError(MusicToolError):
    """Files can't be heard: there are no processes, or the cluster can't be reached."""


class ProcessPool:
    """Processes of this machine.

    Parameters
    ----------
    size : how many; they are started when there is work
    niceness : by how much they stand back for other processes; 0 to 19
    """

    def __init__(self, size: int, on_progress: OnProgress, niceness: int = 0) -> None:
        self._size, self._niceness = max(1, size), niceness
        self._tell = on_progress
        self._workers: dict[int, _Worker] = {}
        self._started = 0
        self._stillborn = 0

    @property
    def free(self) -> bool:
        """Whether a job would be begun at once."""
        return self._idle() is not None or len(self._workers) < self._size

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return any(worker.job for worker in self._workers.values())

    def submit(self, job: Job, worker: int | None = None) -> None:
        """Begin a job; `worker` is who should do it."""
        chosen = self._workers.get(worker) if worker is not None else None
        if chosen is None or chosen.job is not None:
            chosen = self._idle() or self._start()
        chosen.give(job)

    def wait(self, seconds: float) -> list[Outcome]:
        """Return what is over, as soon as anything is, or nothing after some seconds."""
        if not self.busy:
            time.sleep(seconds)
            return []
        by_end: dict[object, _Worker] = {w.connection: w for w in self._workers.values()}
        by_end |= {w.process.sentinel: w for w in self._workers.values()}
        ends = [end for w in self._workers.values() for end in (w.connection, w.process.sentinel)]
        ready = {by_end[end].number: by_end[end] for end in wait(ends, seconds)}
        return [done for worker in ready.values() for done in self._news(worker)]

    def drop(self, path: str) -> None:
        """End what is being done for a file, and who does it; nothing is told of it any more."""
        for number, worker in list(self._workers.items()):
            if worker.job is not None and worker.job.path == path:
                worker.process.kill()
                worker.process.join()
                worker.connection.close()
                del self._workers[number]

    def close(self) -> None:
        """End everything at once, also what is under way."""
        for worker in self._workers.values():
            worker.process.kill()
        for worker in self._workers.values():
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    # ---- inside ---------------------------------------------------------------------------------

    def _idle(self) -> "_Worker | None":
        return next((w for w in self._workers.values() if w.job is None), None)

    def _start(self) -> "_Worker":
        self._started += 1
        worker = _Worker(self._started, self._niceness)
        self._workers[worker.number] = worker
        return worker

    def _news(self, worker: "_Worker") -> Iterator[Outcome]:
        """Return the outcome that a process sent, or what its death means for its job."""
        try:
            while worker.connection.poll():
                news = worker.connection.recv()
                if news == READY:
                    worker.ready, self._stillborn = True, 0
                elif isinstance(news, Analysed):
                    job, worker.job = worker.job, None
                    if job is not None:
                        yield Outcome(job, news, worker.number)
                elif worker.job is not None:
                    self._tell(worker.job.path, *news)
        except (EOFError, OSError):  # it is dead
            yield from self._buried(worker)
            return
        if not worker.process.is_alive():
            yield from self._buried(worker)

    def _buried(self, worker: "_Worker") -> Iterator[Outcome]:
        self._workers.pop(worker.number, None)
        worker.process.join()
        worker.connection.close()
        code = worker.process.exitcode or 0
        log.warning("process %d ended with %d at %s", worker.number, code, worker.job)
        if worker.job is None:
            return
        if worker.ready:
            reason = death(code)
            yield Outcome(worker.job, Analysed(worker.job.path, reason=reason, inside=True))
            return
        self._stillborn += 1
        if self._stillborn >= STILLBORN:
            raise PoolError(f"No process can be started to hear files: {death(code)}")
        self._start().give(worker.job)


class _Worker:
    """One process, as its parent sees it."""

    def __init__(self, number: int, niceness: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.number = number
        self.job: Job | None = None
        self.ready = False
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_work, args=(theirs, niceness), name=f"hearing-{number}", daemon=True
        )
        with _deaf_to_ctrl_c():
            self.process.start()
        theirs.close()  # so that its death is the end of the pipe

    def give(self, job: Job) -> None:
        """Send a job; a process that is gone is seen by `wait`."""
        self.job = job
        try:
            self.connection.send(job)
        except OSError:  # it died with nothing to do: the job is not to blame
            self.ready = False


def death(code: int) -> str:
    """Return why a process ended, in a sentence."""
    if code >= 0:
        return f"The process that heard it ended by itself (code {code})."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if name == "SIGKILL":
        return "The process that heard it was killed (SIGKILL): the memory may not be enough."
    return f"The process that heard it crashed ({name})."


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have what is started now ignore Ctrl-C: a terminal sends it to the children, too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# ---- in the process -----------------------------------------------------------------------------


def _work(connection: Connection, niceness: int = 0) -> None:
    """Hear what comes through the pipe until it ends."""
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare_worker()
    with suppress(EOFError, OSError):  # the parent is gone
        connection.send(READY)
        while True:
            job: Job = connection.recv()
            analysed = analyse(job, _Reporter(connection))
            connection.send(analysed)


class _Reporter:
    """Sends progress through a pipe; estimators call it from several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._last = (0.0, "")

    def __call__(self, fraction: float, doing: str) -> None:
        with self._lock:
            now, (before, done) = time.monotonic(), self._last
            if doing != done or now - before > OFTEN:
                self._last = (now, doing)
                self._connection.send((fraction, doing))


def _end_with_parent() -> None:
    """End this process when its parent ends, by whatever: nobody would read what it finds."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
