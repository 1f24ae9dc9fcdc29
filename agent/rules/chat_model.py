"""The `rules` chat model: LangChain's messages in, tool calls or an answer out."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call, tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.open_tracks import OpenTrack, parse_tracks
from agent.rules.answer import answer, declined
from agent.rules.asks import Ask, Call, Finding, Situation, Turn
from agent.rules.context import fold, resolve
from agent.rules.plan import plan, second_round
from agent.rules.understand import understand

MAX_ROUNDS = 2
"""Rounds of tools in a turn: one, and one more that leans on the first (see `second_round`)."""


class RulesChatModel(BaseChatModel):
    """A deterministic model: reads questions by rules and answers from tool results."""

    bound: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "rules"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return a model that knows which tools there are."""
        return self.model_copy(update={"bound": tuple(tool_name(t) for t in tools)})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = respond(messages, frozenset(self.bound))
        if isinstance(reply, Reply):
            told = {"declined": reply.declined, "computed": True}
            message = AIMessage(reply.text, additional_kwargs=told)
            return ChatResult(generations=[ChatGeneration(message=message)])
        calls = [
            tool_call(name=c.tool, args=dict(c.args), id=call_id(messages, i))
            for i, c in enumerate(reply)
        ]
        return ChatResult(generations=[ChatGeneration(message=AIMessage("", tool_calls=calls))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = respond(messages, frozenset(self.bound))
        if isinstance(reply, Reply):
            words = re.findall(r"\s*\S+|\s+$", reply.text)
            for i, word in enumerate(words):
                last = i == len(words) - 1
                more = {"declined": reply.declined, "computed": True} if last else {}
                yield _chunk(word, last, run_manager, more)
            return
        chunks = [
            tool_call_chunk(
                name=c.tool, args=json.dumps(dict(c.args)), id=call_id(messages, i), index=i
            )
            for i, c in enumerate(reply)
        ]
        message = AIMessageChunk(content="", tool_call_chunks=chunks, chunk_position="last")
        yield ChatGenerationChunk(message=message)


@dataclass(frozen=True)
class Reply:
    """An answer, and whether it leaves a question of the turn unanswered."""

    text: str
    declined: bool = False


def respond(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Reply | tuple[Call, ...]:
    """Return the tool calls that the last question needs, or its answer."""
    tracks = open_tracks(messages)
    turns = turns_of(messages)
    if not turns:
        return Reply(answer((Ask("talk", "hello"),), (), Situation(tracks, tools)))
    now = turns[-1]
    situation = fold(turns[:-1], Situation(tracks, tools))
    asks = resolve(understand(now.question, situation), now.findings, situation)
    calls = pending(asks, now, situation)
    if calls:
        return calls
    text = answer(asks, now.findings, situation)
    return Reply(text, declined(asks, text))


def pending(asks: tuple[Ask, ...], turn: Turn, situation: Situation) -> tuple[Call, ...]:
    """Return the calls still to make; after a round only those that it made possible."""
    if turn.rounds == 0:
        return plan(asks, situation)
    if turn.rounds >= MAX_ROUNDS:
        return ()
    return second_round(asks, turn.findings, situation)


def open_tracks(messages: Sequence[BaseMessage]) -> tuple[OpenTrack, ...]:
    """Return the tracks that the system prompt names."""
    for message in reversed(messages):
        if message.type == "system":
            try:
                return parse_tracks(message.text)
            except (ValueError, TypeError):  # a damaged block is no block
                return ()
    return ()


def turns_of(messages: Sequence[BaseMessage]) -> tuple[Turn, ...]:
    """Return the turns of a history: each question with what the tools returned for it."""
    turns: list[Turn] = []
    args: dict[str, tuple[str, dict[str, Any]]] = {}
    for message in messages:
        if message.type == "human":
            turns.append(Turn(message.text))
        elif not turns:
            continue
        elif isinstance(message, AIMessage) and message.tool_calls:
            args |= {str(c["id"]): (c["name"], c["args"]) for c in message.tool_calls}
            last = turns[-1]
            turns[-1] = Turn(last.question, last.findings, last.rounds + 1)
        elif message.type == "tool":
            last = turns[-1]
            turns[-1] = Turn(last.question, (*last.findings, _finding(message, args)), last.rounds)
    return tuple(turns)


def _finding(message: BaseMessage, args: dict[str, tuple[str, dict[str, Any]]]) -> Finding:
    """Return what a tool message holds; one without an artifact speaks by its text alone."""
    name, given = args.get(str(getattr(message, "tool_call_id", "")), (message.name or "", {}))
    artifact = getattr(message, "artifact", None)
    failed = getattr(message, "status", "") == "error" or not isinstance(artifact, dict)
    if failed or not isinstance(artifact, dict):
        return Finding(name, given, error=message.text.strip() or "The tool returned nothing.")
    return Finding(
        str(artifact.get("tool") or name),
        given,
        artifact.get("data") or {},
        artifact.get("track") or {},
        evidence=tuple(artifact.get("evidence") or ()),
    )


def _chunk(
    word: str,
    last: bool,
    run_manager: CallbackManagerForLLMRun | None,
    more: dict[str, Any],
) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content=word, chunk_position="last" if last else None, additional_kwargs=more
    )
    chunk = ChatGenerationChunk(message=message)
    if run_manager:
        run_manager.on_llm_new_token(word, chunk=chunk)
    return chunk


def call_id(messages: Sequence[BaseMessage], index: int) -> str:
    """Return an id that no other call of the conversation has; the same for the same history."""
    return f"call_{len(messages)}_{index}"


def tool_name(tool: Any) -> str:
    """Return the name of a tool in any of the forms that models are given."""
    if isinstance(tool, dict):
        return str(tool.get("name") or tool.get("function", {}).get("name", ""))
    return str(getattr(tool, "name", None) or getattr(tool, "__name__", ""))
