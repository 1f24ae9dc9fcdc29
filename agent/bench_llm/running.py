"""Conversations with a model through the real graph, on made-up recordings, and what came of them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ValidationError

import prompts
from agent.bench_llm.questions import Dialogue, Turn
from agent.bench_llm.reference import Meaning, Reference
from agent.bench_llm.verdicts import Counts, verdicts
from agent.bench_llm.watching import Pace, TokenCounter, Watch
from agent.grounding import declines
from agent.open_tracks import OpenTrack, tracks_block
from agent.recorded import RecordedLibrary, recorded_library
from agent.rules.asks import Ask
from agent.rules.asks import Turn as Heard
from agent.rules.chat_model import turns_of

log = logging.getLogger(__name__)

Call = dict[str, Any]
SEEDS = 12
"""So many sets of made-up recordings serve all dialogues: making one takes a while."""


@dataclass(frozen=True)
class Done:
    """What happened in a turn.

    Parameters
    ----------
    rounds : the tool calls, by call of the model
    invalid : calls of tools that there are not, or with arguments that their schema refuses
    heard : the question with what the tools found
    before, after : how many facts of the answer have which verdict, before and after grounding
    tokens : read and written
    error : the name of the error that ended the turn, "" for none
    """

    question: str
    answer: str = ""
    declined: bool = False
    rounds: tuple[tuple[Call, ...], ...] = ()
    invalid: tuple[Call, ...] = ()
    heard: Heard = field(default_factory=lambda: Heard(""))
    before: Counts = field(default_factory=dict)
    after: Counts = field(default_factory=dict)
    tracks: tuple[OpenTrack, ...] = ()
    pace: Pace = field(default_factory=Pace)
    tokens: tuple[int, int] = (0, 0)
    error: str = ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of the turn."""
        return tuple(call for calls in self.rounds for call in calls)


@dataclass(frozen=True)
class Wanted:
    """What a turn should be: what the question means, with sections in place, and what came of it."""

    asks: tuple[Ask, ...]
    read_as: tuple[Ask, ...]
    done: Done


class Stage:
    """One conversation after the other, each over recordings of its own.

    The schemas of the tools take a second to build, so one set of tools serves all: their library
    changes what it holds.
    """

    def __init__(self) -> None:
        from agent.toolbox import Toolbox

        self._library = RecordedLibrary(())
        self._tools = Toolbox(self._library).tools()
        self._meaning = Meaning(())
        self._saver: Any = None

    def wanted(self, dialogue: Dialogue, seed: int) -> tuple[Wanted, ...]:
        """Return what each turn of a dialogue should be."""
        self._begin(dialogue, seed)
        found = []
        for turn in dialogue.turns:
            done, meaning = self._as_meant(turn), self._meaning
            found.append(Wanted(meaning.resolved(done.heard), meaning.asks, done))
            meaning.over(done.heard)
        return tuple(found)

    def converse(self, model: BaseChatModel, dialogue: Dialogue, seed: int) -> tuple[Done, ...]:
        """Return what a model does in each turn of a dialogue.

        What was before its first turn is done as it should be.
        """
        self._begin(dialogue, seed)
        return tuple(self._ask(model, turn.question) for turn in dialogue.turns)

    def _begin(self, dialogue: Dialogue, seed: int) -> None:
        """Begin a conversation: open its tracks, and have done what was before."""
        from langgraph.checkpoint.memory import InMemorySaver

        held = vars(_library(seed % SEEDS, dialogue.tracks))
        vars(self._library).update(
            {k: dict(v) if isinstance(v, dict) else v for k, v in held.items()}
        )
        if dialogue.focus:
            self._library.set_current(dialogue.focus[0])
        self._saver, self._meaning = InMemorySaver(), Meaning(dialogue.focus)
        if dialogue.before:
            done = self._as_meant(dialogue.before)
            self._meaning.over(done.heard)

    def _as_meant(self, turn: Turn) -> Done:
        self._meaning.next(turn.reading)
        return self._ask(Reference(meaning=self._meaning), turn.question)

    def _ask(self, model: BaseChatModel, question: str) -> Done:
        from agent.graph import build_graph

        graph = build_graph(model, self._tools, self._saver, self._brief)
        counter, watch = TokenCounter(), Watch()
        config = {"configurable": {"thread_id": "1"}, "callbacks": [counter]}
        asked = {"messages": [HumanMessage(question)]}
        try:
            for mode, content in graph.stream(asked, config, stream_mode=["messages", "updates"]):
                watch.see(mode, content)
            pace = watch.pace()
        except Exception as error:  # a question that fails must not lose the others
            log.exception("the turn failed: %s", question)
            return Done(question, tracks=self._library.tracks, error=type(error).__name__)
        messages = graph.get_state(config).values["messages"]
        return self._done(messages, pace, (counter.read, counter.written))

    def _done(self, messages: Sequence[BaseMessage], pace: Pace, tokens: tuple[int, int]) -> Done:
        heard, tracks = turns_of(messages)[-1], self._library.tracks
        last = max(i for i, m in enumerate(messages) if m.type == "human")
        said = [m for m in messages[last:] if isinstance(m, AIMessage)]
        text = "" if said[-1].tool_calls else said[-1].text
        declined = said[-1].additional_kwargs.get("declined")
        rounds = tuple(tuple(map(_plain, m.tool_calls)) for m in said if m.tool_calls)
        broken = [_plain(call) for m in said for call in m.invalid_tool_calls]
        refused = [c for calls in rounds for c in calls if not valid(c, self._tools)]
        before, after = verdicts(said[-1], messages, heard.question, tracks)
        return Done(
            heard.question,
            text,
            declines(text) if declined is None else bool(declined),
            rounds,
            (*broken, *refused),
            heard,
            before,
            after,
            tracks,
            pace,
            tokens,
        )

    def _brief(self) -> str:
        return prompts.load("system", tracks=tracks_block(self._library.tracks))


def valid(call: Call, tools: Iterable[BaseTool]) -> bool:
    """Tell whether there is such a tool, and its schema takes these arguments."""
    tool = next((t for t in tools if t.name == call["name"]), None)
    if tool is None or not isinstance(call["args"], dict):
        return False
    schema = tool.tool_call_schema
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return True
    try:
        schema.model_validate(call["args"])
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _library(seed: int, tracks: tuple[tuple[str, str], ...]) -> RecordedLibrary:
    return recorded_library(seed, tracks)


def _plain(call: Any) -> Call:
    return {"name": call["name"], "args": call["args"]}
