"""Turns: their events on the event loop, their bounds, and that they end when nobody listens."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agent.conversation import STOPPED
from agent.events import AnswerFinished, Event, TextDelta, ToolProgress, TurnFailed
from agent.serving.errors import QueueFull
from agent.serving.limits import Limits
from agent.serving.turns import Turns

WAIT = 10.0


class Talk:
    """A conversation that answers when it is let, word by word."""

    def __init__(self, thread_id: str, open_at_once: bool = True) -> None:
        self.thread_id: str | None = thread_id
        self.asked: list[str] = []
        self.cancelled = threading.Event()
        self.over = threading.Event()
        self.go = threading.Event()
        self.most = self._now = 0
        if open_at_once:
            self.go.set()

    def ask(self, question: str) -> Iterator[Event]:
        self.cancelled.clear()  # as the real one does
        self.over.clear()
        self._now += 1
        self.most = max(self.most, self._now)
        self.asked.append(question)
        try:
            yield TextDelta("Well, ")
            while not self.go.wait(0.005):
                if self.cancelled.is_set():
                    yield TurnFailed(STOPPED)
                    return
            yield TextDelta(question)
            yield AnswerFinished("Well, " + question)
        finally:
            self._now -= 1
            self.over.set()

    def cancel(self) -> None:
        self.cancelled.set()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(main(), WAIT))


async def all_of(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.002)


def test_events_come_as_they_happen_and_the_loop_goes_on() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a", open_at_once=False)
        events = turns.run(talk, "Key?")
        assert await anext(events) == TextDelta("Well, ")
        assert (turns.running, turns.waiting) == (1, 0)
        talk.go.set()
        rest = await all_of(events)
        assert rest == [TextDelta("Key?"), AnswerFinished("Well, Key?")]
        await until(lambda: turns.running == 0)
        await turns.stop()

    run(main)


def test_closing_the_stream_cancels_the_turn_and_lets_the_next_one_in() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits(turns=1)), Talk("a", open_at_once=False)
        events = turns.run(talk, "Key?")
        await anext(events)
        await events.aclose()
        await until(talk.over.is_set)
        assert talk.cancelled.is_set()
        talk.go.set()
        assert (await all_of(turns.run(talk, "Tempo?")))[-1] == AnswerFinished("Well, Tempo?")
        await turns.stop()

    run(main)


def test_a_task_that_is_cancelled_while_it_reads_cancels_the_turn() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a", open_at_once=False)
        task = asyncio.create_task(all_of(turns.run(talk, "Key?")))
        await until(lambda: bool(talk.asked))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await until(talk.over.is_set)
        assert talk.cancelled.is_set()
        await turns.stop()

    run(main)


def test_a_thread_answers_one_question_at_a_time_in_order() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a", open_at_once=False)
        tasks = [asyncio.create_task(all_of(turns.run(talk, f"{n}?"))) for n in range(5)]
        await until(lambda: turns.running + turns.waiting == 5)
        assert turns.running == 1
        talk.go.set()
        answers = await asyncio.gather(*tasks)
        assert talk.most == 1 and talk.asked == [f"{n}?" for n in range(5)]
        assert all(isinstance(events[-1], AnswerFinished) for events in answers)
        assert not turns._lines
        await turns.stop()

    run(main)


def test_no_more_turns_run_than_the_limit_and_no_more_wait() -> None:
    async def main() -> None:
        turns = Turns(Limits(turns=2, waiting_turns=3))
        talks = [Talk(str(n), open_at_once=False) for n in range(6)]
        streams = [turns.run(talk, "Key?") for talk in talks]  # all let in before any began
        tasks = [asyncio.create_task(all_of(stream)) for stream in streams]
        refused = await tasks[5]
        assert isinstance(refused[0], TurnFailed) and "waiting" in refused[0].message
        await until(lambda: turns.running == 2)
        assert turns.waiting == 3
        with pytest.raises(QueueFull) as full:
            turns.run(talks[0], "Tempo?")
        assert full.value.retry_after > 0
        for talk in talks:
            talk.go.set()
        answers = await asyncio.gather(*tasks[:5])
        assert all(isinstance(events[-1], AnswerFinished) for events in answers)
        await turns.stop()

    run(main)


def test_a_question_that_waits_and_is_closed_is_never_asked() -> None:
    async def main() -> None:
        turns = Turns(Limits(turns=1))
        first, second = Talk("a", open_at_once=False), Talk("b")
        running = asyncio.create_task(all_of(turns.run(first, "Key?")))
        await until(lambda: turns.running == 1)
        waiting = asyncio.create_task(all_of(turns.run(second, "Tempo?")))
        await until(lambda: turns.waiting == 1)
        waiting.cancel()
        await until(lambda: turns.waiting == 0)
        first.go.set()
        await running
        assert not second.asked
        await turns.stop()

    run(main)


def test_what_is_prepared_is_told_first_and_takes_no_thread() -> None:
    async def main() -> None:
        turns, ready = Turns(Limits(turns=1)), asyncio.Event()
        slow, quick = Talk("a"), Talk("b")

        async def listening() -> AsyncIterator[Event]:
            yield ToolProgress("job", 0.5, "beats")
            await ready.wait()

        waiting = turns.run(slow, "Key?", listening)
        assert await anext(waiting) == ToolProgress("job", 0.5, "beats")
        assert (await all_of(turns.run(quick, "Tempo?")))[-1] == AnswerFinished("Well, Tempo?")
        ready.set()
        assert (await all_of(waiting))[-1] == AnswerFinished("Well, Key?")
        await turns.stop()

    run(main)


def test_a_preparation_that_fails_ends_the_turn_before_the_question() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a")

        async def silent() -> AsyncIterator[Event]:
            yield TurnFailed("There is no sound in it.")

        async def full() -> AsyncIterator[Event]:
            raise QueueFull("64 jobs are waiting already.", 9)
            yield

        async def broken() -> AsyncIterator[Event]:
            raise ZeroDivisionError("a secret")
            yield

        assert await all_of(turns.run(talk, "?", silent)) == [
            TurnFailed("There is no sound in it.")
        ]
        assert await all_of(turns.run(talk, "?", full)) == [
            TurnFailed("64 jobs are waiting already.")
        ]
        (last,) = await all_of(turns.run(talk, "?", broken))
        assert isinstance(last, TurnFailed) and "secret" not in last.message
        assert not talk.asked
        await turns.stop()

    run(main)


def test_what_is_held_is_held_until_the_thread_is_through() -> None:
    held: list[str] = []

    @contextmanager
    def holding() -> Iterator[None]:
        held.append("in")
        yield
        held.append("out" if talk.over.is_set() else "too early")

    talk = Talk("a", open_at_once=False)

    async def main() -> None:
        turns = Turns(Limits())
        events = turns.run(talk, "Key?", during=holding())
        await anext(events)
        await events.aclose()
        await until(lambda: len(held) == 2)
        await turns.stop()

    run(main)
    assert held == ["in", "out"]


def test_cancelling_a_thread_stops_what_runs_and_what_waits_and_says_so() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a", open_at_once=False)
        tasks = [asyncio.create_task(all_of(turns.run(talk, q))) for q in ("Key?", "Tempo?")]
        await until(lambda: turns.running == 1 and turns.waiting == 1)
        turns.cancel("a")
        for events in await asyncio.gather(*tasks):
            assert events[-1] == TurnFailed(STOPPED)
        assert talk.asked == ["Key?"]
        await turns.stop()

    run(main)


def test_stopping_ends_what_runs() -> None:
    async def main() -> None:
        turns, talk = Turns(Limits()), Talk("a", open_at_once=False)
        task = asyncio.create_task(all_of(turns.run(talk, "Key?")))
        await until(lambda: turns.running == 1)
        await turns.stop()
        assert turns.running == 0 and talk.over.is_set()
        assert (await task)[-1] == TurnFailed(STOPPED)

    run(main)


def test_text_that_waits_is_told_in_one_piece_and_in_its_place() -> None:
    class Quick(Talk):
        def ask(self, question: str) -> Iterator[Event]:
            yield TextDelta("a ")
            yield ToolProgress("1", 0.5, "hearing")
            yield from map(TextDelta, ["b ", "c ", "d"])
            self.over.set()
            yield AnswerFinished("a b c d")

    async def main() -> None:
        turns, talk = Turns(Limits()), Quick("a")
        events = turns.run(talk, "Key?")
        assert await anext(events) == TextDelta("a ")
        talk.over.wait(WAIT)  # the loop stands still, and all the rest is told meanwhile
        rest = await all_of(events)
        told = [e.text for e in rest if isinstance(e, TextDelta)]
        assert rest[0] == ToolProgress("1", 0.5, "hearing") and rest[-1] == AnswerFinished(
            "a b c d"
        )
        assert "".join(told) == "b c d" and len(told) < 3
        await turns.stop()

    run(main)
