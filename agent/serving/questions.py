"""Putting a question in a thread: what every door of the server does alike."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from agent.events import Event
from agent.serving.awaited import hear_first
from agent.serving.desk import Desk

if TYPE_CHECKING:
    from agent.serving.service import Service


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
    conversation = await asyncio.to_thread(desk.threads.conversation, thread_id)
    await asyncio.to_thread(desk.threads.touch, thread_id, question)
    return service.turns.run(
        conversation,
        question,
        lambda: hear_first(desk, service.workers, conversation),
        desk.held(),
    )
