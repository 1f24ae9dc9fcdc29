"""What a turn of the conversation tells a user interface, as it happens.

A turn is any number of `TextDelta`, `ToolStarted`, `ToolProgress` and `ToolFinished`, perhaps one
`AnswerRevised`, then exactly one of `AnswerFinished` and `TurnFailed`. Values are plain: they go to JSON with `to_dict`.
"""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with the event's name under ``"event"``."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class TextDelta(Event):
    """More of the answer's text."""

    text: str


@dataclass(frozen=True)
class ToolStarted(Event):
    """The model called a tool."""

    name: str
    args: dict[str, Any]
    call_id: str


@dataclass(frozen=True)
class ToolProgress(Event):
    """A tool is `fraction` done, 0 to 1; `note` says with what."""

    call_id: str
    fraction: float
    note: str


@dataclass(frozen=True)
class ToolFinished(Event):
    """A tool is done; `summary` is what the model reads."""

    call_id: str
    name: str
    summary: str
    error: bool = False


@dataclass(frozen=True)
class AnswerRevised(Event):
    """The answer reads otherwise than the text that was told so far: `text` takes its place."""

    text: str


@dataclass(frozen=True)
class AnswerFinished(Event):
    """The answer is complete.

    Parameters
    ----------
    evidence : claims that the answer rests on: claim, value, track, span, estimator, confidence
    tool_calls : name and args of each call, in order
    declined : whether the answer says that the question can't be answered from what was heard
    claims : each statement of the answer: text, kind, status (supported, contradicted, unknown or
        general) and its evidence, a claim or None
    """

    text: str
    evidence: tuple[dict[str, Any], ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    declined: bool = False
    claims: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class TurnFailed(Event):
    """The turn ended without an answer; `message` is fit for the user."""

    message: str
    tool_calls: tuple[dict[str, Any], ...] = field(default=())
