"""The `rules` chat model: LangChain's messages in, tool calls or an answer out."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.chunks import ending, joined, saying
from agent.open_tracks import OpenTrack, parse_tracks
from agent.rules import closer_asks, generate_asks, library_asks, loudness_asks
from agent.rules.answer import answer, declined
from agent.rules.asked_for import kept
from agent.rules.asks import Ask, Call, Finding, Situation, Turn, packed, unpacked
from agent.rules.context import Past, fold, resolve
from agent.rules.named_first import named_first
from agent.rules.plan import plan, second_round
from agent.rules.pointed import pointed
from agent.rules.understand import understand

MAX_ROUNDS = 2
"""Rounds of tools in a turn: one, and one more that leans on the first (see `second_round`)."""


@dataclass(frozen=True)
class Step:
    """What comes next in a turn: calls, or the answer.

    Parameters
    ----------
    read_as : the question as it was read; `asks` are the same with sections and files in place
    calls : those still to make; none where the answer is due
    doing : what was read as what the tools can do (`doable`), before anything was done: a piece that
        is made in between is the current track at once
    situation : what was known before the turn
    """

    read_as: tuple[Ask, ...]
    asks: tuple[Ask, ...]
    calls: tuple[Call, ...]
    turn: Turn
    situation: Situation
    doing: tuple[Ask, ...] = ()


class RulesChatModel(BaseChatModel):
    """A deterministic model: reads questions by rules and answers from tool results.

    What it read is noted in its messages, so that a later step of the turn, and later turns, go by
    that and not by the question again: by then other tracks are open or in focus.
    """

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

    def reading(self, question: str, past: Past) -> tuple[Ask, ...]:
        """Return what a question asks."""
        asks = kept(understand(question, past.situation), question, past.situation)
        return asks or (Ask("unclear"),)

    def told(self, step: Step) -> tuple[str, bool]:
        """Return the answer to the asks of a step, and whether it leaves one unanswered."""
        text = answer(step.asks, step.turn.findings, step.situation)
        return text, declined(step.asks, text)

    def worded(
        self, step: Step, text: str, refused: bool, messages: Sequence[BaseMessage]
    ) -> Iterator[str]:
        """Yield the answer, piece by piece."""
        yield from re.findall(r"\s*\S+|\s+$", text)

    def step(self, messages: Sequence[BaseMessage]) -> Step:
        """Return what the last question of a conversation needs next."""
        situation = Situation(open_tracks(messages), frozenset(self.bound))
        turns, noted = turns_of(messages) or (Turn("hello"),), _noted(messages) or [()]
        begun = _noted(messages, "doing") or [()]
        past, now = fold(turns[:-1], situation, noted[:-1]), turns[-1]
        past = replace(past, situation=replace(past.situation, did=begun[-2] if begun[1:] else ()))
        question = pointed(now.question, past.situation)
        read_as = noted[-1] or self.reading(question, past)
        doing = begun[-1] or doable(read_as, question, past.situation)
        asks = resolve(doing, now.findings, past.situation)
        calls = pending(asks, now, past.situation)
        return Step(read_as, asks, calls, now, past.situation, doing)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return joined(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        step = self.step(messages)
        noted: dict[str, Any] = {"asks": packed(step.read_as), "doing": packed(step.doing)}
        if step.calls:
            rows = [(call.tool, dict(call.args)) for call in step.calls]
            yield ending(rows, len(messages), additional_kwargs=noted)
            return
        text, refused = self.told(step)
        whole = ""
        for piece in self.worded(step, text, refused, messages):
            whole += piece
            yield saying(piece, run_manager)
        noted |= {"declined": refused, "computed": whole == text}
        yield ending((), len(messages), additional_kwargs=noted)


def doable(asks: tuple[Ask, ...], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with those that tools learnt to answer since the net was trained made theirs."""
    asks = library_asks.done(asks, question, situation)
    asks = loudness_asks.done(asks, question, situation)
    asks = generate_asks.done(asks, question, situation)
    return named_first(closer_asks.done(asks, question, situation), question, situation)


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


def _noted(messages: Sequence[BaseMessage], name: str = "asks") -> list[tuple[Ask, ...]]:
    """Return the asks noted in each turn under a name, none where another model answered."""
    found: list[tuple[Ask, ...]] = []
    for message in messages:
        if message.type == "human":
            found.append(())
        elif found and isinstance(message, AIMessage) and not found[-1]:
            found[-1] = unpacked(message.additional_kwargs.get(name, ()))
    return found


def tool_name(tool: Any) -> str:
    """Return the name of a tool in any of the forms that models are given."""
    if isinstance(tool, dict):
        return str(tool.get("name") or tool.get("function", {}).get("name", ""))
    return str(getattr(tool, "name", None) or getattr(tool, "__name__", ""))
