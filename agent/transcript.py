"""The record of a scripted conversation: what was asked, what came, and what should have come."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.strict_json import dumps
from tools.errors import MusicToolError


class SessionError(MusicToolError):
    """A session file, or the place its transcript should go, is not as it has to be."""


@dataclass(frozen=True)
class Turn:
    """One question and what the conversation made of it.

    Parameters
    ----------
    tool_calls : name and args of each call, in order
    evidence : claims that the answer rests on: claim, value, track, span, estimator, confidence
    declined : whether the answer says that the question can't be answered from what was heard
    error : why the turn ended without an answer; None where it has one
    seconds : how long it took
    failures : the expectations that do not hold, each in one sentence
    claims : each statement of the answer: text, kind, status and evidence
    """

    question: str
    answer: str
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    declined: bool = False
    error: str | None = None
    seconds: float = 0.0
    failures: tuple[str, ...] = ()
    claims: tuple[Mapping[str, Any], ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the turn has an answer and everything expected of it holds."""
        return self.error is None and not self.failures


@dataclass(frozen=True)
class Transcript:
    """All turns of a session, in order."""

    name: str
    tracks: tuple[str, ...]
    model: str | None
    turns: tuple[Turn, ...]

    @property
    def passed(self) -> bool:
        """Whether every turn passed."""
        return all(turn.passed for turn in self.turns)

    @property
    def exit_code(self) -> int:
        """0 where every expectation holds, 1 where one fails."""
        return 0 if self.passed else 1


def to_markdown(transcript: Transcript) -> str:
    """Return the transcript to read: question, answer, tools, evidence, failures."""
    turns = [turn_markdown(turn, n) for n, turn in enumerate(transcript.turns, 1)]
    return "\n".join([head_markdown(transcript), *turns, summary_markdown(transcript)])


def head_markdown(transcript: Transcript) -> str:
    """Return the title and what the conversation was about."""
    lines = [f"# {_line(transcript.name)}", ""]
    lines += [f"- track: {_line(track)}" for track in transcript.tracks]
    if transcript.model:
        lines.append(f"- model: {_line(transcript.model)}")
    return "\n".join([*lines, ""])


def turn_markdown(turn: Turn, number: int) -> str:
    """Return one turn, numbered from 1."""
    parts = [f"## {number}. {_line(turn.question)}", _quote(turn.answer or "(no answer)")]
    if turn.tool_calls:
        parts.append("\n".join(f"- called {_call(call)}" for call in turn.tool_calls))
    if turn.evidence:
        parts.append("\n".join(f"- heard {_claim(claim)}" for claim in turn.evidence))
    failures = ([f"the turn failed: {turn.error}"] if turn.error else []) + list(turn.failures)
    if failures:
        parts.append("\n".join(f"- **failed**: {_line(failure)}" for failure in failures))
    return "\n\n".join(parts) + "\n"


def summary_markdown(transcript: Transcript) -> str:
    """Return the last line: how many turns went as expected."""
    passed = sum(turn.passed for turn in transcript.turns)
    count = len(transcript.turns)
    verdict = "all as expected" if transcript.passed else f"{count - passed} failed"
    return f"---\n\n{passed} of {count} {'turn' if count == 1 else 'turns'} passed: {verdict}.\n"


def to_jsonl(transcript: Transcript) -> str:
    """Return one JSON object a turn, one turn a line."""
    rows = (
        {
            "turn": number,
            "question": turn.question,
            "answer": turn.answer,
            "tool_calls": turn.tool_calls,
            "evidence": turn.evidence,
            "claims": turn.claims,
            "declined": turn.declined,
            "error": turn.error,
            "seconds": round(turn.seconds, 3),
            "failures": turn.failures,
            "passed": turn.passed,
        }
        for number, turn in enumerate(transcript.turns, 1)
    )
    return "".join(dumps(row) + "\n" for row in rows)


WRITERS: Mapping[str, Callable[[Transcript], str]] = {
    ".md": to_markdown,
    ".markdown": to_markdown,
    ".jsonl": to_jsonl,
}


def writer_for(path: Path) -> Callable[[Transcript], str]:
    """Return the function that writes the format of `path`'s ending.

    Raises
    ------
    SessionError
        If the ending names no format, or the folder does not exist: told before anything is asked.
    """
    if path.suffix.lower() not in WRITERS:
        raise SessionError(
            f"A transcript is written as .md or .jsonl; '{path.name}' ends in neither."
        )
    if not path.absolute().parent.is_dir():
        raise SessionError(f"Cannot write '{path}': there is no folder '{path.parent}'.")
    return WRITERS[path.suffix.lower()]


def save_transcript(transcript: Transcript, path: Path) -> None:
    """Write `transcript` to `path` in the format of its ending.

    Raises
    ------
    SessionError
        If it can't be written there.
    """
    text = writer_for(path)(transcript)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SessionError(f"Cannot write '{path}': {error.strerror or error}.") from error


def _call(call: Mapping[str, Any]) -> str:
    args = ", ".join(f"{k}={v!r}" for k, v in dict(call.get("args") or {}).items())
    return f"`{_visible(str(call.get('name')))}({_visible(args)})`"


def _claim(claim: Mapping[str, Any]) -> str:
    text = f"{claim.get('claim')} = {_value(claim.get('value'))}"
    where = [str(claim["track"])] if claim.get("track") is not None else []
    if span := claim.get("span"):
        where.append(_span(span))
    author = [str(claim[k]) for k in ("estimator",) if claim.get(k)]
    if isinstance(confidence := claim.get("confidence"), int | float):
        author.append(f"confidence {confidence:.2f}")
    text += f" ({', '.join(where)})" if where else ""
    text += f", by {', '.join(author)}" if author else ""
    return _line(text)


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return ", ".join(map(_value, value))
    return str(value)


def _span(span: object) -> str:
    if isinstance(span, list | tuple) and all(isinstance(t, int | float) for t in span):
        return "-".join(f"{t:.1f}" for t in span) + " s"
    return str(span)


def _quote(text: str) -> str:
    return "\n".join(f"> {_line(line)}".rstrip() for line in text.strip().split("\n"))


def _line(text: str) -> str:
    """Return text on one line that no terminal obeys and no browser reads as HTML."""
    return _visible(text).replace("<", "\\<")


def _visible(text: str) -> str:
    return re.sub(
        r"\s", " ", "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in text)
    )
