"""Turns of conversations, in a bounded pool of threads; their events come out on the event loop.

One turn a thread at a time: the next question of the same thread waits until the one before it is
over. Whoever closes the stream of events cancels the turn.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, nullcontext
from typing import Protocol

from agent.conversation import STOPPED
from agent.events import Event, TextDelta, TurnFailed
from agent.serving.errors import QueueFull
from agent.serving.limits import Limits
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""When to come again where too many questions wait: a turn takes a few seconds."""

FEW = 2
"""Questions at once that need not be held back."""

LOOK = 0.01
LATE = 0.015
LONGEST_LOOK = 0.5
"""Seconds: the event loop is looked at for so long, is busy where it is so late, and that so often that
a busy server still answers."""

BROKEN = "Something went wrong inside; the log has the details."

Prepare = Callable[[], AsyncIterator[Event]]


class Asked(Protocol):
    """What a turn needs of `agent.conversation.Conversation`."""

    thread_id: str | None

    def ask(self, question: str, /) -> Iterator[Event]:
        """Answer a question, telling events as they happen."""
        ...

    def cancel(self) -> None:
        """Stop the turn that is under way."""
        ...


class Turns:
    """Runs turns; belongs to one event loop.

    Parameters
    ----------
    limits : `turns` run at once, `waiting_turns` more may wait
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(limits.turns, "turn")
        self._beginning = asyncio.Semaphore(1)
        self._slots = asyncio.Semaphore(limits.turns)
        self._lines: dict[str, _Line] = {}
        self._under_way: dict[asyncio.Task[None], _Turn] = {}
        self._running = 0

    @property
    def running(self) -> int:
        """How many questions are being answered."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many questions wait: for the one before, for a recording, or for a free thread."""
        return len(self._under_way) - self._running

    def check_room(self) -> None:
        """Raise `QueueFull` where no more questions are taken now."""
        if len(self._under_way) >= self._limits.turns + self._limits.waiting_turns:
            raise QueueFull(
                f"{self.waiting} questions are waiting already. Ask again in "
                f"{RETRY_SECONDS:.0f} s.",
                RETRY_SECONDS,
            )

    def run(
        self,
        conversation: Asked,
        question: str,
        prepare: Prepare | None = None,
        during: AbstractContextManager[object] | None = None,
    ) -> AsyncGenerator[Event]:
        """Put a question and return its events as they happen; closing them cancels the turn.

        Parameters
        ----------
        prepare : gives events before the question is put, in the turn of its thread
        during : held until the turn is over, which may be later than when its events are closed

        Raises
        ------
        QueueFull
            If too many questions are waiting.
        """
        self.check_room()
        return self._events(_Turn(conversation, question, prepare, during or nullcontext()))

    @asynccontextmanager
    async def beginning(self) -> AsyncIterator[None]:
        """Hold back a turn until the loop has time: streams are opened before questions are answered.

        Answering keeps Python's one lock busy, so 200 questions at once would else open their streams
        only when most of them are answered.
        """
        async with self._beginning:
            if len(self._under_way) > FEW:
                await _calm()
            yield

    def cancel(self, thread_id: str) -> None:
        """Stop the turns of a thread, the one that runs and those that wait."""
        for task, turn in list(self._under_way.items()):
            if turn.thread_id == thread_id:
                if not turn.begun:
                    turn.put(TurnFailed(STOPPED))
                self._end(task, turn)

    async def stop(self, grace: float = 0.0) -> None:
        """Let what runs go on for `grace` seconds, then cancel it, and wait until it is over."""
        if self._under_way and grace > 0:
            await asyncio.wait(set(self._under_way), timeout=grace)
        for task, turn in list(self._under_way.items()):
            self._end(task, turn)
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    # ---- inside ---------------------------------------------------------------------------------

    async def _events(self, turn: "_Turn") -> AsyncGenerator[Event]:
        try:
            self.check_room()  # many may have been let in before the first of them got here
        except QueueFull as full:
            yield TurnFailed(str(full))
            return
        task = asyncio.create_task(self._drive(turn))
        self._under_way[task] = turn
        task.add_done_callback(lambda _: turn.put(None))
        task.add_done_callback(self._under_way.pop)
        try:
            async for event in turn.events():
                yield event
        finally:
            self._end(task, turn)

    async def _drive(self, turn: "_Turn") -> None:
        """Run one turn to its end."""
        with turn.during:
            try:
                async with self._line(turn.thread_id), aclosing(turn.preparing()) as events:
                    async for event in events:
                        turn.put(event)
                        if isinstance(event, TurnFailed):
                            return
                    await self._answer(turn)
            except MusicToolError as error:
                turn.put(TurnFailed(str(error)))
            except Exception:  # the boundary: a bug ends the turn, never the server
                log.exception("a turn failed")
                turn.put(TurnFailed(BROKEN))

    async def _answer(self, turn: "_Turn") -> None:
        async with self._slots:
            self._running += 1
            try:
                # A thread can't be cancelled, only asked to stop: it is waited for in any case.
                done = asyncio.get_running_loop().run_in_executor(self._pool, turn.answer)
                while not done.done():
                    try:
                        await asyncio.shield(done)
                    except asyncio.CancelledError:
                        turn.close()
                        if done.cancelled():
                            raise
            finally:
                self._running -= 1

    def _end(self, task: "asyncio.Task[None]", turn: "_Turn") -> None:
        turn.close()
        if not turn.begun:
            task.cancel()

    def _line(self, thread_id: str) -> "_Line":
        if thread_id not in self._lines:
            self._lines[thread_id] = _Line(lambda: self._lines.pop(thread_id))
        return self._lines[thread_id]


async def _calm() -> None:
    """Wait until the event loop is on time, or for `LONGEST_LOOK` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_LOOK
    while loop.time() < end:
        begin = loop.time()
        await asyncio.sleep(LOOK)
        if loop.time() - begin < LOOK + LATE:
            return


class _Line:
    """Those who wait for one thread, one behind the other."""

    def __init__(self, empty: Callable[[], object]) -> None:
        self._lock, self._empty, self._length = asyncio.Lock(), empty, 0

    async def __aenter__(self) -> None:
        self._length += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *error: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._length -= 1
        if not self._length:
            self._empty()


class _Turn:
    """One question on its way; made on the event loop."""

    def __init__(
        self,
        conversation: Asked,
        question: str,
        prepare: Prepare | None,
        during: AbstractContextManager[object],
    ) -> None:
        self.thread_id = conversation.thread_id or ""
        self.told: asyncio.Queue[Event | None] = asyncio.Queue()
        self.during = during
        self.begun = False
        self._conversation, self._question, self._prepare = conversation, question, prepare
        self._loop = asyncio.get_running_loop()
        self._closed = threading.Event()

    async def preparing(self) -> AsyncGenerator[Event]:
        """Yield what happens before the question is put."""
        if self._prepare is not None:
            async for event in self._prepare():
                yield event

    async def events(self) -> AsyncGenerator[Event]:
        """Yield what is told; text that waits already is told in one piece."""
        held: TextDelta | None = None  # only while more is there already
        while True:
            event = await self.told.get()
            if held is not None and isinstance(event, TextDelta):
                event, held = TextDelta(held.text + event.text), None
            if held is not None:
                yield held
                held = None
            if event is None:
                return
            if isinstance(event, TextDelta) and not self.told.empty():
                held = event
            else:
                yield event

    def answer(self) -> None:
        """Put the question; in a thread of the pool."""
        self.begun = True
        if self._closed.is_set():
            return
        for event in self._conversation.ask(self._question):
            # `ask` clears the wish to stop when it begins, so it is said again.
            if self._closed.is_set():
                self._conversation.cancel()
            self._loop.call_soon_threadsafe(self.put, event)

    def put(self, event: Event | None) -> None:
        """Tell an event; None ends them."""
        self.told.put_nowait(event)

    def close(self) -> None:
        """Stop: nobody listens any more."""
        if not self._closed.is_set():
            self._closed.set()
            self._conversation.cancel()
