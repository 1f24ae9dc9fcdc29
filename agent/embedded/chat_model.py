"""The `embedded` chat model: a small language model reads the question and writes the answer.

It is held from three sides: a grammar lets it write no reading that does not compile to calls of
tools that are there; what a question says to the letter is read by the rules (`choosing`); and a
sentence with a figure that no tool measured is not said: then the rules' own answer is given, which
is computed from the same tool results.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from agent.correcting import BAD
from agent.embedded.answering import Draft, draft, register, sentences, worth_wording
from agent.embedded.brief import brief
from agent.embedded.choosing import chosen, with_tracks
from agent.embedded.engine import Engine, EngineError, keep_going
from agent.embedded.grammar import reading_grammar
from agent.embedded.notation import ReadingError, read, write
from agent.embedded.prompt import answer_prompt, reading_prompt
from agent.embedded.ranker import head, load_ranker, shortlist
from agent.evidence import Claim
from agent.grounding import check
from agent.ledger import Ledger, ledger_of
from agent.rules.asks import Ask, Call, Situation, Span, Turn
from agent.rules.chat_model import call_id, open_tracks, pending, tool_name, turns_of
from agent.rules.context import after, resolve
from agent.rules.understand import understand

log = logging.getLogger(__name__)

ADAPTER = Path(__file__).parent / "adapter"
READING_TOKENS, ANSWER_TOKENS = 64, 220
KEPT = 40
"""Turns that are read again for what a question leans on."""


@dataclass(frozen=True)
class _Reply:
    """What comes next in a turn: calls, or an answer to be written; with the reading it rests on."""

    asks: tuple[Ask, ...]
    read_as: tuple[Ask, ...]
    reading: str
    calls: tuple[Call, ...]
    turn: Turn
    situation: Situation


class EmbeddedChatModel(BaseChatModel):
    """A small language model with an engine of its own; see `agent.embedded.engine`.

    Parameters
    ----------
    load : returns the engine, or None where it can't be had: then the rules read and answer alone
    name : ``"embedded"``, or what the bench calls another adapter
    check_stop : called before every word; what it raises ends the answer
    """

    load: Callable[[], Engine | None]
    name: str = "embedded"
    bound: tuple[str, ...] = ()
    check_stop: Callable[[], None] = keep_going

    @property
    def _llm_type(self) -> str:
        return "embedded"

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
        chunks = list(self._stream(messages, stop, run_manager, **kwargs))
        whole = chunks[0].message
        for chunk in chunks[1:]:
            whole = whole + chunk.message
        message = AIMessage(
            whole.text,
            tool_calls=getattr(whole, "tool_calls", []),
            additional_kwargs=whole.additional_kwargs,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = next_step(messages, frozenset(self.bound), self.load())
        noted: dict[str, Any] = {"reading": reply.reading, "asks": packed(reply.read_as)}
        if reply.calls:
            yield _calling(reply.calls, messages, noted)
            return
        told = draft(reply.asks, reply.turn.findings, reply.situation)
        held, whole = "", ""
        for part in self._written(reply, told, ledger_of(messages)):
            if held:
                yield _saying(held, run_manager)
            held, whole = part, whole + part
        noted |= {"declined": told.declined, "computed": whole == told.text}
        yield _saying(held, run_manager, noted)

    def _written(self, reply: _Reply, told: Draft, claims: Sequence[Claim]) -> Iterator[str]:
        """Yield the answer sentence by sentence: the model's own where it holds, else the rules'."""
        engine = self.load()
        if told.computed or engine is None:
            yield told.text
            return
        facts = brief(reply.asks, reply.turn.findings, reply.situation)
        if not worth_wording(facts):
            yield told.text
            return
        prompt = answer_prompt(reply.turn.question, facts)
        pieces = engine.stream(prompt, ANSWER_TOKENS, self.check_stop)
        ledger, tracks = Ledger(claims), reply.situation.tracks

        def holds(sentence: str) -> bool:
            verdicts = check(sentence, ledger, reply.turn.question, tracks)
            return not any(v.status in BAD for v in verdicts)

        yield from sentences(pieces, told, register(reply.asks, told, facts), holds)


def next_step(
    messages: Sequence[BaseMessage], tools: frozenset[str], engine: Engine | None
) -> _Reply:
    """Return what the last question of a conversation needs next."""
    situation, before = Situation(open_tracks(messages), tools), ""
    turns, noted = turns_of(messages) or (Turn("hello"),), _noted(messages) or [()]
    for turn, asks in list(zip(turns[:-1], noted, strict=False))[-KEPT:]:
        asks = asks or understand(turn.question, situation)
        before = write(asks, situation.focus)
        situation = after(resolve(asks, turn.findings, situation), turn.findings, situation)
    now = turns[-1]
    read_as = noted[-1] or reading_of(now.question, situation, before, engine)
    asks = resolve(read_as, now.findings, situation)
    reading = write(read_as, situation.focus)
    return _Reply(asks, read_as, reading, pending(asks, now, situation), now, situation)


def reading_of(
    question: str, situation: Situation, before: str, engine: Engine | None
) -> tuple[Ask, ...]:
    """Return what a question asks, read by the model and by the rules."""
    ours = understand(question, situation)
    if engine is None:
        return ours
    scores = load_ranker().scores(question, before)
    heads = frozenset([*shortlist(scores), *map(head, ours)])
    grammar = reading_grammar(situation.tools, len(situation.tracks), heads)
    prompt = reading_prompt(question, situation.tracks, situation.focus, before)
    try:
        reply = engine.complete(prompt, grammar, READING_TOKENS)
        theirs = with_tracks(read(reply.text), situation)
    except (EngineError, ReadingError) as error:  # the latter: cut off by the limit of tokens
        log.info("the reading of the model is dropped: %s", error)
        return ours
    log.debug("read %r, rules %r", reply.text, write(ours))
    return chosen(question, theirs, ours, situation, scores)


def packed(asks: Iterable[Ask]) -> list[dict[str, Any]]:
    """Return asks as plain data, which a checkpoint keeps."""
    return [asdict(ask) for ask in asks]


def unpacked(rows: Iterable[dict[str, Any]]) -> tuple[Ask, ...]:
    """Return the asks that `packed` made plain."""
    return tuple(
        Ask(
            **(
                row
                | {"tracks": tuple(row["tracks"])}
                | {k: row[k] and Span(**row[k]) for k in ("span", "versus")}
            )
        )
        for row in rows
    )


def _noted(messages: Sequence[BaseMessage]) -> list[tuple[Ask, ...]]:
    """Return the asks noted in each turn, none where another model answered."""
    found: list[tuple[Ask, ...]] = []
    for message in messages:
        if message.type == "human":
            found.append(())
        elif found and isinstance(message, AIMessage) and not found[-1]:
            found[-1] = unpacked(message.additional_kwargs.get("asks", ()))
    return found


def _calling(
    calls: Sequence[Call], messages: Sequence[BaseMessage], noted: dict[str, Any]
) -> ChatGenerationChunk:
    chunks = [
        tool_call_chunk(
            name=call.tool, args=json.dumps(dict(call.args)), id=call_id(messages, i), index=i
        )
        for i, call in enumerate(calls)
    ]
    message = AIMessageChunk(
        content="", tool_call_chunks=chunks, chunk_position="last", additional_kwargs=noted
    )
    return ChatGenerationChunk(message=message)


def _saying(
    text: str, run_manager: CallbackManagerForLLMRun | None, more: dict[str, Any] | None = None
) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content=text, chunk_position="last" if more else None, additional_kwargs=more or {}
    )
    chunk = ChatGenerationChunk(message=message)
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=chunk)
    return chunk
