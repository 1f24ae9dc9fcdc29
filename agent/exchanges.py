"""What was said in a thread: each question with its answer and what the answer rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from agent.grounding import cited, declines

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


@dataclass(frozen=True)
class Exchange:
    """One question and its answer; the fields are those of `agent.events.AnswerFinished`.

    Parameters
    ----------
    answer : "" where the turn was stopped or failed
    seeded : whether another program told us of it, so that nothing here vouches for the answer
    """

    question: str
    answer: str = ""
    evidence: tuple[dict[str, Any], ...] = ()
    tool_calls: tuple[dict[str, Any], ...] = ()
    claims: tuple[dict[str, Any], ...] = ()
    declined: bool = False
    seeded: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


def exchanges(messages: "Iterable[BaseMessage]") -> list[Exchange]:
    """Return what was said in the messages of a thread, the first first."""
    turns: list[list[BaseMessage]] = []
    for message in messages:
        if message.type == "human":
            turns.append([message])
        elif turns:
            turns[-1].append(message)
    return [_exchange(turn[0], turn[1:]) for turn in turns]


def statement(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict as it is told: the statement with its evidence."""
    told = {name: verdict[name] for name in ("text", "kind", "status")}
    return told | {"evidence": verdict["claim"]}


def message_text(message: Any) -> str:
    """Return what a message says, without the parts that are no text."""
    content = message.content
    if isinstance(content, str):
        return content
    return "".join(
        part.get("text", "")
        for part in content
        if isinstance(part, dict) and part.get("type") == "text"
    )


def _exchange(asked: "BaseMessage", rest: "Sequence[BaseMessage]") -> Exchange:
    ledger: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    last: Any = None
    for message in rest:
        if message.type == "tool" and isinstance(artifact := getattr(message, "artifact", 0), dict):
            ledger += artifact.get("evidence", ())
        elif message.type == "ai":
            made = getattr(message, "tool_calls", ())
            calls += [{"name": call["name"], "args": call["args"]} for call in made]
            last = None if made else message
    question = message_text(asked)
    if last is None:
        return Exchange(question, tool_calls=tuple(calls))
    answer, noted = message_text(last), last.additional_kwargs
    declined = noted.get("declined")
    return Exchange(
        question,
        answer,
        tuple(cited(answer, ledger)),
        tuple(calls),
        tuple(map(statement, noted.get("verdicts_after", ()))),
        declines(answer) if declined is None else bool(declined),
        bool(noted.get("seeded")),
    )
