"""Putting a question in a thread: what every door of the server does alike."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TYPE_CHECKING

from agent.events import Event
from agent.serving.awaited import hear_first, uploads_of
from agent.serving.desk import Desk

if TYPE_CHECKING:
    from agent.conversation import Conversation
    from agent.serving.service import Service
    from agent.serving.threads import Thread


async def put_question(
    service: "Service", desk: Desk, thread_id: str, question: str
) -> AsyncGenerator[Event]:
    """Put a question and return its events; recordings of the thread are heard first.

    Raises
    ------
    UnknownThreadError
        If there is no such thread.
    QueueFull
        If too many questions wait.
    """
    service.turns.check_room()
    await asyncio.to_thread(desk.threads.get, thread_id)
    later = _Later(desk, thread_id)

    async def prepare() -> AsyncIterator[Event]:
        async with service.turns.beginning():
            conversation, thread = await asyncio.to_thread(later.made, question)
        if uploads_of(thread):
            async for event in hear_first(desk, service.workers, conversation, thread):
                yield event

    return service.turns.run(later, question, prepare, desk.held())


class _Later:
    """The conversation of a thread, made in its turn: that takes a while, and the stream opens first."""

    def __init__(self, desk: Desk, thread_id: str) -> None:
        self.thread_id: str | None = thread_id
        self._desk = desk
        self._conversation: Conversation | None = None

    def made(self, question: str) -> "tuple[Conversation, Thread]":
        """Make the conversation, or have it as it is, with what was heard of its tracks open in it."""
        threads, thread_id = self._desk.threads, self.thread_id or ""
        thread = threads.get(thread_id)
        self._conversation = threads.conversation(thread_id)
        threads.open_tracks(self._conversation, thread)
        threads.touch(thread_id, question)
        return self._conversation, thread

    def ask(self, question: str) -> Iterator[Event]:
        """Answer a question."""
        conversation = self._conversation or self.made(question)[0]
        yield from conversation.ask(question)

    def cancel(self) -> None:
        """Stop the turn, if it goes on."""
        if self._conversation is not None:
            self._conversation.cancel()
