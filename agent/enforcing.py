"""The rule that no fact is told that was not measured, for every chat model: as middleware.

When a model ends a turn with an answer, its statements are held against the ledger of the thread.
If one does not hold, the model is told once and writes again (the exchange is not kept); what is
still wrong then is set right or struck by code.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

import prompts
from agent.correcting import BAD, correct
from agent.evidence import Claim
from agent.facts import shown
from agent.grounding import Verdict, check
from agent.ledger import Ledger, ledger_of
from agent.open_tracks import OpenTrack, parse_tracks

log = logging.getLogger(__name__)

MOST_FINDINGS = 6
COMPUTED = "computed"
"""A message that says so of itself was computed from tool results by code: checked, not changed."""
READS_QUESTIONS_ONLY = "asks"
"""What a model leaves in its message that would take the finding for a question of the user."""


class Grounded(AgentMiddleware):
    """Hold the answer that ends a turn to what was measured."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model, and once more if its answer does not hold."""
        first = handler(request)
        review = _Review.of(request, first)
        if review is None:
            return first
        second = handler(review.again()) if review.worth_another else None
        return review.settled(first, second)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model in an event loop, and once more if its answer does not hold."""
        first = await handler(request)
        review = _Review.of(request, first)
        if review is None:
            return first
        second = await handler(review.again()) if review.worth_another else None
        return review.settled(first, second)


class _Review:
    """One answer, held against the ledger of its thread."""

    def __init__(self, request: ModelRequest[Any], answer: AIMessage) -> None:
        self._request, self._answer = request, answer
        self._ledger = Ledger(ledger_of(request.messages))
        self._tracks = _tracks(request)
        self._question = question_of(request.messages)
        self._verdicts = self._check(answer.text)

    @classmethod
    def of(cls, request: ModelRequest[Any], response: ModelResponse[Any]) -> "_Review | None":
        """Return the review of a response that ends the turn; None where tools are called first."""
        answer = _answer(response)
        return cls(request, answer) if answer is not None else None

    @property
    def worth_another(self) -> bool:
        """Whether the model is to write again."""
        noted = self._answer.additional_kwargs
        if noted.get(COMPUTED) or READS_QUESTIONS_ONLY in noted or _retried(self._request.messages):
            return False
        return any(v.status in BAD for v in self._verdicts)

    def again(self) -> ModelRequest[Any]:
        """Return the request that tells the model what does not hold."""
        note = prompts.load("grounding_again", finding=finding(self._verdicts))
        talk = [*self._request.messages, AIMessage(self._answer.text), HumanMessage(note)]
        return self._request.override(messages=talk)

    def settled(
        self, first: ModelResponse[Any], second: ModelResponse[Any] | None
    ) -> ModelResponse[Any]:
        """Return the response that stays in the thread."""
        if second is None:
            return _with(first, self._noted(self._answer, self._answer.text))
        if (answer := _answer(second)) is not None:
            return _with(second, self._noted(answer, answer.text))
        last = next((m for m in reversed(second.result) if isinstance(m, AIMessage)), None)
        if last is None or not last.tool_calls:
            return _with(first, self._noted(self._answer, self._answer.text))
        # It measures what it had made up; its next answer is not sent back a second time.
        kept = last.additional_kwargs | {"retried": True}
        return _with(second, last.model_copy(update={"additional_kwargs": kept}))

    def _noted(self, message: AIMessage, text: str) -> AIMessage:
        """Return the message with the verdicts, and its text corrected where it has to be."""
        verdicts = self._check(text) if text != self._answer.text else self._verdicts
        if not message.additional_kwargs.get(COMPUTED) and any(v.status in BAD for v in verdicts):
            text = correct(text, self._ledger, self._question, self._tracks)
            verdicts = self._check(text)
            log.info("the answer was corrected: %s", finding(self._verdicts).replace("\n", " "))
        noted = message.additional_kwargs | {
            "verdicts_before": [v.to_dict() for v in self._verdicts],
            "verdicts_after": [v.to_dict() for v in verdicts],
            "corrected": text != self._answer.text,
        }
        changed: dict[str, Any] = {"additional_kwargs": noted}
        if text != message.text:
            changed["content"] = text
        return message.model_copy(update=changed)

    def _check(self, text: str) -> tuple[Verdict, ...]:
        return check(text, self._ledger, self._question, self._tracks)


def finding(verdicts: Sequence[Verdict]) -> str:
    """Return what does not hold, a line each, for the model to read."""
    bad = [v for v in verdicts if v.status in BAD]
    lines = dict.fromkeys(_line(v) for v in bad)
    return "\n".join(list(lines)[:MOST_FINDINGS])


def question_of(messages: Sequence[AnyMessage]) -> str:
    """Return the question of the turn."""
    return next((m.text for m in reversed(messages) if m.type == "human"), "")


def _line(verdict: Verdict) -> str:
    said = " ".join(verdict.statement.text.split())[:80]
    claim: Claim | None = verdict.claim
    if claim is None:
        return f'- "{said}": no tool result says so.'
    value = " ".join(shown(claim["value"]).split())[:80]
    if claim["claim"] in ("title", "artist", "album", "year", "told", "listened for"):
        return f'- "{said}": the tool results say otherwise.'
    return f'- "{said}": measured was {claim["claim"]} {value} ({claim["track"]}).'


def _answer(response: ModelResponse[Any]) -> AIMessage | None:
    """Return the message that ends the turn, if the response does."""
    last = next((m for m in reversed(response.result) if isinstance(m, AIMessage)), None)
    return last if last is not None and not last.tool_calls and last.text.strip() else None


def _with(response: ModelResponse[Any], answer: AIMessage) -> ModelResponse[Any]:
    kept = [m for m in response.result if not isinstance(m, AIMessage)]
    return ModelResponse(result=[*kept, answer], structured_response=response.structured_response)


def _retried(messages: Sequence[AnyMessage]) -> bool:
    """Tell whether the model was sent back in this turn already."""
    for message in reversed(messages):
        if message.type == "human":
            return False
        if isinstance(message, AIMessage) and message.additional_kwargs.get("retried"):
            return True
    return False


def _tracks(request: ModelRequest[Any]) -> tuple[OpenTrack, ...]:
    if request.system_message is None:
        return ()
    try:
        return parse_tracks(request.system_message.text)
    except (ValueError, TypeError):  # a damaged block names no track
        return ()
