"""A conversation about recordings: the only door for user interfaces.

A screen, an HTTP handler and a script give it a question and receive typed events; none of them
calls a model, a tool or Chroma.
"""

import logging
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prompts
from agent.events import (
    AnswerFinished,
    AnswerRevised,
    Event,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
)
from agent.exchanges import Exchange, exchanges, statement
from agent.exchanges import message_text as _text
from agent.grounding import cited, declines
from agent.ledger import claims_of, ledger_of
from agent.library import Library, Report, silently
from agent.open_tracks import OpenTrack, tracks_block
from agent.record import TrackRecord
from agent.releasing import Releasing
from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver

log = logging.getLogger(__name__)

LONGEST_QUESTION = 8000
STOPPED = "Stopped."

MODEL_PACKAGES = (
    "anthropic",
    "httpx",
    "langchain_anthropic",
    "langchain_ollama",
    "langchain_openai",
    "ollama",
    "openai",
)
"""Where the errors of a language model that is reached over a network come from."""


@dataclass
class Conversation:
    """One thread of questions and answers over a library of tracks.

    Parameters
    ----------
    library : the tracks; shared by the conversations of a process
    model : the chat model
    checkpointer : where the thread is kept; a thread that exists is gone on with
    thread_id : which thread; a new one if None
    may_open : whether a question may have a file of this machine opened
    """

    library: Library
    model: "BaseChatModel"
    checkpointer: "BaseCheckpointSaver[Any]"
    thread_id: str | None = None
    may_open: bool = True

    def __post_init__(self) -> None:
        from agent.graph import build_graph
        from agent.toolbox import Toolbox

        self.thread_id = self.thread_id or uuid.uuid4().hex
        self._stop = threading.Event()
        tools = Toolbox(self.library, self._check_stop, self.may_open).tools()
        model = self.model
        if "check_stop" in type(model).model_fields:  # it runs here, and can stop in mid-sentence
            model = model.model_copy(update={"check_stop": self._check_stop})
        self._graph = build_graph(model, tools, self.checkpointer, self._brief)
        # No "max_concurrency": of 1, LangGraph's own stream takes the one worker and the turn hangs.
        # Tools that are called at once take turns at the library's lock.
        self._config: dict[str, Any] = {"configurable": {"thread_id": self.thread_id}}
        self._reopen()

    def open(self, path: str | Path, report: Report = silently) -> str:
        """Open a recording and return its handle; see `Library.open`."""
        return self.library.open(path, report)

    @property
    def tracks(self) -> tuple[OpenTrack, ...]:
        """The open tracks."""
        return self.library.tracks

    @property
    def said(self) -> list[Exchange]:
        """What was asked and answered so far."""
        return exchanges(self._heard())

    @property
    def length(self) -> int:
        """How many messages the thread has, those of tools counted; see `fork`."""
        return len(self._heard())

    def seed(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Begin the thread with questions and answers that another program tells of.

        They are talk: nothing here was measured for them, so no answer can rest on them.
        """
        from langchain_core.messages import AIMessage, HumanMessage

        messages: list[Any] = []
        for question, answer in pairs:
            messages.append(HumanMessage(question))
            if answer:
                messages.append(AIMessage(answer, additional_kwargs={"seeded": True}))
        self._begin(messages)

    def fork(self, other: "Conversation", length: int) -> None:
        """Begin the thread with the first `length` messages of another one, and their evidence."""
        self._begin(other._heard()[:length])

    def cancel(self) -> None:
        """Stop the turn that is under way, from any thread; it ends with `TurnFailed`."""
        self._stop.set()

    def ask(self, question: str) -> Iterator[Event]:
        """Put a question and yield what happens, ending with `AnswerFinished` or `TurnFailed`."""
        question = question.strip()
        if not question:
            yield TurnFailed("The question is empty: ask something about a recording.")
            return
        if len(question) > LONGEST_QUESTION:
            yield TurnFailed(
                f"The question has {len(question)} characters; at most {LONGEST_QUESTION} are read."
            )
            return
        self._stop.clear()
        turn = _Turn(Releasing(question, self.library.tracks))
        try:
            turn.release.learn(ledger_of(self._heard()))
            yield from self._run(question, turn)
        except Cancelled:
            yield TurnFailed(STOPPED, tuple(turn.calls))
        except MusicToolError as error:
            yield TurnFailed(str(error), tuple(turn.calls))
        except Exception as error:  # the boundary: a bug ends the turn, never the program
            log.exception("the turn failed")
            yield TurnFailed(_failure(error), tuple(turn.calls))

    # ---- inside ---------------------------------------------------------------------------------

    def _run(self, question: str, turn: "_Turn") -> Iterator[Event]:
        from langchain_core.messages import HumanMessage

        asked = {"messages": [HumanMessage(question)], "open_tracks": list(self.library.unheard)}
        stream = self._graph.stream(
            asked, self._config, stream_mode=["messages", "custom", "updates"]
        )
        for mode, content in stream:
            self._check_stop()
            if mode == "messages":
                yield from turn.on_message(*content)
            elif mode == "custom":
                yield ToolProgress(content["call_id"], content["progress"], content["doing"])
            else:
                yield from turn.on_update(content)
        yield turn.finished()

    def _begin(self, messages: list[Any]) -> None:
        tracks = list(self.library.unheard)
        self._graph.update_state(
            self._config, {"messages": messages, "open_tracks": tracks}, as_node="model"
        )

    def _heard(self) -> list[Any]:
        """Return the messages of the thread so far."""
        return list(self._graph.get_state(self._config).values.get("messages", ()))

    def _brief(self) -> str:
        return prompts.load("system", tracks=tracks_block(self.library.tracks))

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Cancelled

    def _reopen(self) -> None:
        """Open the tracks that a thread which is gone on with had open, under their handles."""
        values = self._graph.get_state(self._config).values
        for track in values.get("open_tracks", ()):
            try:
                self.library.adopt(track["id"], TrackRecord.from_dict(track))
            except MusicToolError as error:
                log.warning("thread %s: %s", self.thread_id, error)


class _Turn:
    """Collects what one turn says and does."""

    def __init__(self, release: Releasing) -> None:
        self.calls: list[dict[str, Any]] = []
        self.release = release
        self._started: set[str] = set()
        self._evidence: list[dict[str, Any]] = []
        self._answer = ""
        self._claims: tuple[dict[str, Any], ...] = ()
        self._declined: bool | None = None

    def on_message(self, message: Any, metadata: dict[str, Any]) -> Iterator[Event]:
        """Pass on the text of an answer as the model writes it, as far as it holds."""
        if type(message).__name__ == "AIMessageChunk" and (text := _text(message)):
            if shown := self.release.add(text, message.id or ""):
                yield TextDelta(shown)

    def on_update(self, update: dict[str, Any]) -> Iterator[Event]:
        """Note what a step of the graph added: calls, results, the answer."""
        for step in update.values():
            for message in (step or {}).get("messages", ()):
                if message.type == "ai":
                    yield from self._on_model(message)
                elif message.type == "tool":
                    yield from self._on_tool(message)

    def _on_model(self, message: Any) -> Iterator[Event]:
        for call in message.tool_calls:
            if call["id"] not in self._started:
                self._started.add(call["id"])
                self.calls.append({"name": call["name"], "args": call["args"]})
                yield ToolStarted(call["name"], call["args"], call["id"])
        if not message.tool_calls:
            self._answer = _text(message)
            self._declined = message.additional_kwargs.get("declined")
            self._claims = tuple(
                map(statement, message.additional_kwargs.get("verdicts_after", ()))
            )
            rest = self.release.rest(self._answer)
            if rest is None:
                yield AnswerRevised(self._answer)
            elif rest:
                yield TextDelta(rest)

    def _on_tool(self, message: Any) -> Iterator[Event]:
        if message.tool_call_id not in self._started:
            return  # put there for a call that an earlier turn left open
        if isinstance(message.artifact, dict):
            self._evidence += message.artifact.get("evidence", ())
            self.release.learn(claims_of(message.artifact))
        yield ToolFinished(
            message.tool_call_id, message.name or "", _text(message), message.status == "error"
        )

    def finished(self) -> Event:
        """Return the event that ends the turn."""
        if not self._answer:
            return TurnFailed("The model gave no answer. Ask in other words.", tuple(self.calls))
        declined = declines(self._answer) if self._declined is None else bool(self._declined)
        evidence = tuple(cited(self._answer, self._evidence))
        return AnswerFinished(self._answer, evidence, tuple(self.calls), declined, self._claims)


def _failure(error: Exception) -> str:
    kind = type(error).__name__
    if type(error).__module__.partition(".")[0] in MODEL_PACKAGES:
        return f"The model could not be reached or refused ({kind}); the log has the details."
    return f"Something went wrong inside ({kind}); the log has the details."
