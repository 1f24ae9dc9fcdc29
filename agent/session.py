"""Scripted conversations: questions and expectations in YAML, a transcript and an exit code out.

A session file::

    tracks: [song.mp3]            # relative to the file's own folder
    model: rules                  # optional
    turns:
      - ask: What key is it in?
        expect:
          tool: key
          fact: {key: F minor}
      - ask: Who produced it?
        expect: {declines: true}
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import yaml

from agent.checks import check
from agent.events import AnswerFinished, Event, TurnFailed
from agent.expectation import Expectation, check_names, read_expectation
from agent.output_folder import at_home
from agent.transcript import (
    SessionError,
    Transcript,
    Turn,
    save_transcript,
    to_jsonl,
    to_markdown,
    writer_for,
)

__all__ = [
    "Ask",
    "Session",
    "SessionError",
    "Transcript",
    "Turn",
    "check",
    "load_session",
    "run_session",
    "save_transcript",
    "to_jsonl",
    "to_markdown",
    "writer_for",
]


HINT = "Put texts with signs such as ? : , { in quotes."
"""PyYAML reads a question mark inside braces as syntax: a trap for a file of questions."""


@dataclass(frozen=True)
class Ask:
    """One question, and what is expected of its answer."""

    question: str
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True)
class Session:
    """A scripted conversation about some tracks."""

    name: str
    tracks: tuple[Path, ...]
    turns: tuple[Ask, ...]
    model: str | None = None


class Conversing(Protocol):
    """What a session needs of `agent.conversation.Conversation`."""

    def ask(self, question: str, /) -> Iterator[Event]:
        """Answer `question`, telling events as they happen."""
        ...


def load_session(path: str | Path) -> Session:
    """Read a session file.

    Raises
    ------
    SessionError
        If it can't be read or is not as it has to be: one sentence that names the place.
    """
    path = Path(path)
    content = _parse(path)
    name = path.name
    if not isinstance(content, Mapping):
        raise SessionError(f"{name}: a session is a mapping with 'tracks' and 'turns'.")
    check_names(content, ("tracks", "model", "turns"), name)
    model = content.get("model")
    if model is not None and not (isinstance(model, str) and model.strip()):
        raise SessionError(f"{name}: 'model' must be a text such as rules, not {model!r}.")
    turns = content.get("turns")
    if not isinstance(turns, list) or not turns:
        came = "is missing" if "turns" not in content else f"is {_kind(turns)}"
        raise SessionError(f"{name}: 'turns' {came}; it must be a list of questions.")
    asks = tuple(_ask(turn, f"{name}: turn {n}") for n, turn in enumerate(turns, 1))
    return Session(name, _tracks(content.get("tracks"), path), asks, model)


def run_session(
    session: Session,
    conversation: Conversing,
    *,
    on_event: Callable[[Event], None] | None = None,
    on_turn: Callable[[Turn], None] | None = None,
) -> Transcript:
    """Ask every question of `session` in order and hold the answers against what is expected.

    A failed turn does not end the session; `on_event` and `on_turn` are told as things happen.
    """
    turns = []
    for ask in session.turns:
        turn = _run_turn(ask.question, conversation, on_event)
        turn = replace(turn, failures=tuple(check(ask.expect, turn)))
        turns.append(turn)
        if on_turn:
            on_turn(turn)
    return Transcript(session.name, tuple(map(str, session.tracks)), session.model, tuple(turns))


def _run_turn(
    question: str, conversation: Conversing, on_event: Callable[[Event], None] | None
) -> Turn:
    started = time.perf_counter()
    turn = Turn(question, "", error="the conversation ended without an answer")
    for event in conversation.ask(question):
        if on_event:
            on_event(event)
        if isinstance(event, AnswerFinished):
            turn = Turn(question, event.text, event.tool_calls, event.evidence, event.declined)
            turn = replace(turn, claims=event.claims)
        elif isinstance(event, TurnFailed):
            turn = Turn(question, "", event.tool_calls, error=event.message)
    return replace(turn, seconds=time.perf_counter() - started)


# ---- reading ------------------------------------------------------------------------------------


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key given twice: YAML would silently drop the first, and its expectation with it."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key}' is given twice", key_node.start_mark
                )
            seen |= {key} if isinstance(key, Hashable) else set()
        return super().construct_mapping(node, deep)


def _parse(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.load(text, _StrictLoader)
    except FileNotFoundError as error:
        raise SessionError(f"No session file '{path}'. Check the spelling of the path.") from error
    except OSError as error:
        raise SessionError(f"Cannot open '{path}': {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise SessionError(f"{path.name}: not a text file in UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise SessionError(f"{path.name}: {where}not YAML: {error.problem}. {HINT}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SessionError(f"{path.name}: not YAML: {reason}.") from error


def _tracks(content: object, path: Path) -> tuple[Path, ...]:
    if content is None:
        return ()
    if not isinstance(content, list):
        raise SessionError(
            f"{path.name}: 'tracks' must be a list such as [song.mp3], not {_kind(content)}."
        )
    for number, track in enumerate(content, 1):
        if not isinstance(track, str) or not track.strip() or "\0" in track:
            raise SessionError(f"{path.name}: track {number} must be a path, not {track!r}.")
    return tuple(path.parent / at_home(track) for track in content)


def _ask(content: object, where: str) -> Ask:
    if not isinstance(content, Mapping):
        raise SessionError(f"{where} must be a mapping with 'ask', not {_kind(content)}.")
    check_names(content, ("ask", "expect"), where)
    question = content.get("ask")
    if not isinstance(question, str) or not question.strip():
        came = "is missing" if "ask" not in content else f"must be a question, not {question!r}"
        raise SessionError(f"{where}: 'ask' {came}.")
    return Ask(question.strip(), read_expectation(content.get("expect"), where))


def _kind(value: object) -> str:
    names: dict[type, str] = {str: "a text", list: "a list", dict: "a mapping", bool: "yes or no"}
    names |= {int: "a number", float: "a number"}
    if value is None or value == []:
        return "empty"
    return names.get(type(value), f"a {type(value).__name__}")
