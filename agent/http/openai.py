"""The conversation in the shape of OpenAI's API, for programs that speak that.

What differs: one model; facts come from measurements, so system messages, sampling parameters and
tools of the client are not heeded (`musicologue.unheeded` in the answer names what was there); token
counts are estimates.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.events import AnswerFinished, Event, TurnFailed
from agent.http.asking import DeskOf, ServiceOf
from agent.http.problems import BUG, problem, responses
from agent.http.shapes import example
from agent.http.sse import event_stream, sent_event
from agent.serving.chores import chore_answer
from agent.serving.desk import Desk
from agent.serving.openai_answers import Completion
from agent.serving.openai_messages import MODEL, RequestError, Talk, read_messages
from agent.serving.openai_threads import Place, answered, place_of, unanswered
from agent.serving.questions import put_question
from agent.serving.service import Service

router = APIRouter(prefix="/v1", tags=["openai"])

CREATED = 1_767_225_600
"""When the model was "created": a number that clients want, the first day of 2026."""

DONE = "data: [DONE]\n\n"
UNHEEDED = (
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "tools",
    "presence_penalty", "frequency_penalty", "logit_bias", "reasoning_effort",
)  # fmt: skip


class ChatRequest(BaseModel):
    """A chat request; fields that are not named here are not heeded."""

    model_config = ConfigDict(extra="allow") | example(
        {
            "model": MODEL,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What key is it in?"},
                        {"type": "file", "file": {"file_id": "file-0123456789abcdef01234567"}},
                    ],
                }
            ],
        }
    )

    model: str
    messages: Annotated[
        list[dict[str, Any]],
        Field(
            description="All that was said. Sound comes as `input_audio`, as `file` (an id of "
            "`/v1/files`, or data), or as an `audio_url` that is a `data:` address."
        ),
    ]
    stream: bool | None = None
    stream_options: Annotated[
        dict[str, Any] | None, Field(description="`include_usage`: a last chunk with estimates.")
    ] = None
    n: int | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None


A_MODEL = {"id": MODEL, "object": "model", "created": CREATED, "owned_by": "musicologue"}


class ModelShape(BaseModel):
    """A model."""

    id: str = MODEL
    object: str = "model"
    created: int = CREATED
    owned_by: str = "musicologue"

    model_config = example(A_MODEL)


class Models(BaseModel):
    """All models."""

    object: str = "list"
    data: list[ModelShape]

    model_config = example({"object": "list", "data": [A_MODEL]})


BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ChatRequest.model_json_schema()}},
    }
}
"""Read by hand, for sound makes it large."""

COMPLETION: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A `chat.completion`, or with `stream` its chunks as server-sent events.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/event-stream": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/models")
async def models() -> Models:
    """List the models: there is one."""
    return Models(data=[ModelShape()])


@router.get("/models/{model}", response_model=ModelShape, responses=responses(404))
async def model(
    request: Request, model: Annotated[str, Path(max_length=200)]
) -> ModelShape | Response:
    """Tell of a model."""
    return ModelShape() if model == MODEL else _no_model(request, model)


@router.post(
    "/chat/completions",
    response_class=Response,
    responses=COMPLETION | responses(400, 404, 413, 422, 429, 507),
    openapi_extra=BODY,
)
async def complete(request: Request, desk: DeskOf, service: ServiceOf) -> Response:
    """Answer the last message; a history that was told here goes on in its thread."""
    try:
        asked = await asyncio.to_thread(_read, await request.body())
        if asked.model != MODEL:
            return _no_model(request, asked.model)
        talk = await asyncio.to_thread(read_messages, asked.messages)
        answer = _Answer(service, desk, asked, talk, request)
        if (chore := chore_answer(talk.now.question)) is not None:
            return await answer.chore(chore)
        _check(asked)
        return await answer.given()
    except RequestError as error:
        where = [{"where": error.param, "what": str(error)}]
        return problem(request.url.path, 400, str(error), errors=where, code=error.code)


class _Answer:
    """One answer, streamed or not."""

    def __init__(
        self, service: Service, desk: Desk, asked: ChatRequest, talk: Talk, request: Request
    ) -> None:
        self._service, self._desk, self._asked, self._talk = service, desk, asked, talk
        self._request = request
        extra = asked.model_extra or {}
        unheeded = [*talk.unheeded, *(name for name in UNHEEDED if extra.get(name) is not None)]
        self._notes: dict[str, Any] = {"unheeded": unheeded}
        prompt = [part for turn in talk.past for part in (turn.question, turn.answer)]
        self._completion = Completion(
            [*prompt, talk.now.question], str(request.base_url), self._notes
        )

    async def chore(self, text: str) -> Response:
        """Return an answer that needs no thread."""

        async def only() -> AsyncGenerator[Event]:
            yield AnswerFinished(text)

        return await self._sent(only(), None)

    async def given(self) -> Response:
        """Return the answer to a person's question."""
        self._service.turns.check_room()
        place = await place_of(self._desk, self._talk)
        self._notes["thread"] = place.thread
        try:
            events = await put_question(
                self._service, self._desk, place.thread, self._talk.now.words
            )
        except BaseException:
            await asyncio.to_thread(unanswered, self._desk, place)
            raise
        return await self._sent(events, place)

    async def _sent(self, events: AsyncGenerator[Event], place: Place | None) -> Response:
        kept = self._kept(events, place)
        if self._asked.stream:
            return event_stream(self._chunks(kept))
        return await self._whole(kept)

    async def _kept(
        self, events: AsyncGenerator[Event], place: Place | None
    ) -> AsyncGenerator[Event]:
        """Yield the events; what was said is kept before the last of them is told."""
        told = False
        try:
            async with aclosing(events):
                async for event in events:
                    told = told or isinstance(event, AnswerFinished)
                    yield event
        finally:
            if place is not None and not told:
                await asyncio.shield(asyncio.to_thread(unanswered, self._desk, place))

    async def _remember(self) -> None:
        if thread := self._notes.get("thread"):
            place, said = Place(thread), self._completion.text
            await asyncio.to_thread(answered, self._desk, place, self._talk, said)

    async def _chunks(self, events: AsyncGenerator[Event]) -> AsyncIterator[str]:
        completion = self._completion
        yield sent_event(completion.opening())
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TurnFailed):
                    yield sent_event({"error": _failure(event)})
                    break
                for chunk in completion.chunks(event):
                    yield sent_event(chunk)
                if isinstance(event, AnswerFinished):
                    await self._remember()
                    yield sent_event(completion.closing(event))
                    if (self._asked.stream_options or {}).get("include_usage"):
                        yield sent_event(completion.usage_chunk())
        yield DONE

    async def _whole(self, events: AsyncGenerator[Event]) -> Response:
        """Return the answer in one piece; the turn is cancelled when the client hangs up."""
        path = self._request.url.path
        last = asyncio.ensure_future(_last(events))
        gone = asyncio.ensure_future(_hung_up(self._request))
        try:
            await asyncio.wait({last, gone}, return_when=asyncio.FIRST_COMPLETED)
            event = last.result() if last.done() else None
        finally:
            for task in (last, gone):
                task.cancel()
            await asyncio.gather(last, gone, return_exceptions=True)
        if isinstance(event, AnswerFinished):
            told = self._completion.message(event)
            await self._remember()
            return Response(json.dumps(told, ensure_ascii=False), 200, None, "application/json")
        if isinstance(event, TurnFailed):
            return problem(path, 500, event.message, code="turn_failed")
        return problem(path, 500, BUG)


async def _last(events: AsyncGenerator[Event]) -> Event | None:
    """Return the event that ends a turn."""
    last: Event | None = None
    async with aclosing(events):
        async for event in events:
            last = event
    return last


async def _hung_up(request: Request) -> None:
    """Return when the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _read(body: bytes) -> ChatRequest:
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise RequestError(f"The request doesn't fit: {where}: {first['msg']}.", where) from error


def _check(asked: ChatRequest) -> None:
    """Refuse what would be answered in another shape than the client waits for."""
    if asked.n not in (None, 1):
        raise RequestError("There is one answer: leave 'n' out, or make it 1.", "n")
    if asked.tool_choice not in (None, "auto", "none"):
        raise RequestError(
            "Tools of the client are never called here: leave 'tool_choice' out.", "tool_choice"
        )
    kind = (asked.response_format or {}).get("type", "text")
    if kind != "text":
        raise RequestError(
            "Answers are plain text, with the facts as data under 'musicologue': leave "
            "'response_format' out.",
            "response_format",
        )


def _failure(failed: TurnFailed) -> dict[str, Any]:
    return {"message": failed.message, "type": "server_error", "param": None, "code": "turn_failed"}


def _no_model(request: Request, name: str) -> Response:
    sentence = f"There is no model '{name[:60]}'; there is '{MODEL}'."
    where = [{"where": "model", "what": sentence}]
    return problem(request.url.path, 404, sentence, errors=where, code="model_not_found")
