"""The latest state of each job, for those who watch: from threads, and from the event loop."""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from agent.serving.jobs import Job

KEPT = 2_000
"""Jobs whose latest state is kept at hand; older ones are in the table."""

LOOK_AGAIN = 15.0
"""Seconds after which a watcher looks even if nobody told it to."""

Alarm = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class Board:
    """What the workers last said of each job."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._changed = threading.Condition()
        self._alarms: set[Alarm] = set()
        self._listeners: list[Callable[[Job], None]] = []

    def listen(self, told: Callable[[Job], None]) -> None:
        """Have every state told to somebody as it is put up, in the thread that does it."""
        self._listeners.append(told)

    def post(self, job: Job) -> None:
        """Put up a state in place of the last one, and wake who watches."""
        with self._changed:
            self._jobs[job.id] = job
            self._jobs.move_to_end(job.id)
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)
            self._changed.notify_all()
            alarms = list(self._alarms)
        for told in self._listeners:
            told(job)
        for loop, event in alarms:
            with suppress(RuntimeError):  # its loop is closed
                loop.call_soon_threadsafe(event.set)

    def drop(self, job_id: str) -> None:
        """Take a state down."""
        with self._changed:
            self._jobs.pop(job_id, None)
            self._changed.notify_all()

    def latest(self, job: Job) -> Job:
        """Return the state that is up, or the one given."""
        with self._changed:
            return self._jobs.get(job.id, job)

    def watch(self, job: Job, timeout: float | None = None) -> Iterator[Job]:
        """Yield the states of a job as they come, from the one it is in to the last one.

        Ends early, without a word, after `timeout` seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        last = self.latest(job)
        yield last
        while not last.over:
            left = LOOK_AGAIN if end is None else end - time.monotonic()
            if left <= 0:
                return
            shown = last
            with self._changed:
                self._changed.wait_for(self._other(shown), min(left, LOOK_AGAIN))
            last = self.latest(job)
            if last != shown:
                yield last

    async def events(self, job: Job) -> AsyncIterator[Job]:
        """Yield the states of a job as `watch` does, without a thread."""
        with self._alarmed() as alarm:
            last: Job | None = None
            while last is None or not last.over:
                alarm.clear()
                state = self.latest(job)
                if state != last:
                    last = state
                    yield state
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(alarm.wait(), LOOK_AGAIN)

    # ---- inside ---------------------------------------------------------------------------------

    def _other(self, shown: Job) -> Callable[[], bool]:
        return lambda: self._jobs.get(shown.id, shown) != shown

    @contextmanager
    def _alarmed(self) -> Iterator[asyncio.Event]:
        alarm = asyncio.get_running_loop(), asyncio.Event()
        with self._changed:
            self._alarms.add(alarm)
        try:
            yield alarm[1]
        finally:
            with self._changed:
                self._alarms.discard(alarm)
