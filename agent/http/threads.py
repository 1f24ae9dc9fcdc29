"""Threads: conversations about recordings, and their questions, answered as a stream of events."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from agent.conversation import LONGEST_QUESTION
from agent.events import Event
from agent.http.asking import DeskOf, ServiceOf
from agent.http.problems import responses
from agent.http.shapes import example
from agent.http.sse import event_stream, sent_event
from agent.serving.desk import Desk
from agent.serving.questions import put_question
from agent.serving.threads import Thread

router = APIRouter(tags=["threads"])

MOST_TRACKS = 50

ThreadId = Annotated[str, Path(max_length=64, description="Of `POST /threads`.")]
TrackIds = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=128)]],
    Field(
        max_length=MOST_TRACKS,
        description="Ids of tracks, or of uploads (`file-…`): those are heard before the answer. "
        "The first one is #1.",
    ),
]

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: the event's name, and its fields as JSON. The last one "
        "is `AnswerFinished`, with the evidence, or `TurnFailed`. Hang up to stop the turn.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'event: TextDelta\ndata: {"event": "TextDelta", "text": "It is in C."}\n\n',
            }
        },
    }
}


TRACK = "b2c1d1b77e9a4ff0a6d5a5ee0d3f1c42"
THREAD = {
    "id": "7d1e0c5a3b9f4b6c8f3e2a1d0c9b8a76",
    "title": "For the mix",
    "created": 1_795_417_200.0,
    "used": 1_795_417_260.0,
    "tracks": [TRACK],
}


class NewThread(BaseModel):
    """What a thread is about."""

    model_config = ConfigDict(extra="forbid") | example({"tracks": [], "title": "For the mix"})

    tracks: TrackIds = []
    title: Annotated[str, Field(max_length=400)] = ""


class Question(BaseModel):
    """One question."""

    model_config = ConfigDict(extra="forbid") | example({"question": "What key is it in?"})

    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
    tracks: TrackIds = []


class ThreadShape(BaseModel):
    """A thread."""

    id: str
    title: str
    created: Annotated[float, Field(description="Seconds since 1970.")]
    used: Annotated[float, Field(description="Seconds since 1970.")]
    tracks: Annotated[list[str], Field(description="Track ids, and uploads not heard yet.")]

    model_config = example(THREAD)


class OpenThread(ThreadShape):
    """A thread with what is open in it."""

    handles: Annotated[
        dict[str, str], Field(description="Handle, as answers and evidence name it -> track id.")
    ]

    model_config = example(THREAD | {"handles": {"#1": TRACK}})


class Said(BaseModel):
    """One question and its answer."""

    question: str
    answer: Annotated[str, Field(description="Empty where the turn was stopped or failed.")]
    evidence: list[dict[str, Any]]
    tool_calls: list[dict[str, Any]]
    claims: list[dict[str, Any]]
    declined: bool
    seeded: Annotated[bool, Field(description="Told by a client; nothing here vouches for it.")]

    model_config = example(
        {
            "question": "What key is it in?",
            "answer": "It is in C minor.",
            "evidence": [{"claim": "key", "value": "C minor", "track": "#1", "confidence": 0.81}],
            "tool_calls": [{"name": "key", "args": {"track": "#1"}}],
            "claims": [],
            "declined": False,
            "seeded": False,
        }
    )


@router.post("/threads", status_code=201, responses=responses(404, 422, 507))
async def begin(new: NewThread, desk: DeskOf, response: Response) -> ThreadShape:
    """Begin a thread."""
    thread = await run_in_threadpool(desk.threads.create, new.tracks, new.title)
    response.headers["Location"] = f"/threads/{thread.id}"
    return _shape(thread)


@router.get("/threads", responses=responses(422))
async def threads(
    desk: DeskOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> list[ThreadShape]:
    """List the threads, the one used last first."""
    return [_shape(thread) for thread in await run_in_threadpool(desk.threads.all, limit, skip)]


@router.get("/threads/{thread_id}", responses=responses(404, 422))
async def thread(thread_id: ThreadId, desk: DeskOf) -> OpenThread:
    """Tell of a thread, and which tracks are open in it."""
    found = await run_in_threadpool(desk.threads.get, thread_id)
    handles = await run_in_threadpool(desk.threads.handles, thread_id)
    return OpenThread(**_shape(found).model_dump(), handles=handles)


@router.delete("/threads/{thread_id}", status_code=204, responses=responses(404, 422))
async def end(thread_id: ThreadId, desk: DeskOf, service: ServiceOf) -> None:
    """Delete a thread and what was said in it; a turn that runs is stopped. Its tracks stay."""
    await run_in_threadpool(desk.threads.get, thread_id)  # of this user, before anything is stopped
    service.turns.cancel(thread_id)
    await run_in_threadpool(desk.threads.remove, thread_id)


@router.get("/threads/{thread_id}/messages", responses=responses(404, 422))
async def messages(thread_id: ThreadId, desk: DeskOf) -> list[Said]:
    """Tell what was said in a thread, with the evidence of each answer."""
    return await run_in_threadpool(_said, desk, thread_id)


@router.post(
    "/threads/{thread_id}/messages",
    response_class=StreamingResponse,
    responses=STREAM | responses(404, 422, 429, 507),
)
async def ask(
    thread_id: ThreadId, question: Question, desk: DeskOf, service: ServiceOf
) -> StreamingResponse:
    """Ask a question in a thread; the next one of the same thread waits until it is answered."""
    if question.tracks:
        await run_in_threadpool(desk.threads.get, thread_id)
        await run_in_threadpool(desk.threads.add, thread_id, question.tracks)
    return event_stream(_told(await put_question(service, desk, thread_id, question.question)))


async def _told(events: AsyncGenerator[Event]) -> AsyncIterator[str]:
    async with aclosing(events):
        async for event in events:
            content = event.to_dict()
            yield sent_event(content, content["event"])


def _said(desk: Desk, thread_id: str) -> list[Said]:
    return [Said(**said.to_dict()) for said in desk.threads.conversation(thread_id).said]


def _shape(thread: Thread) -> ThreadShape:
    return ThreadShape(
        id=thread.id,
        title=thread.title,
        created=thread.created,
        used=thread.used,
        tracks=list(thread.tracks),
    )
