"""What a turn should be: the calls that its written meaning compiles to, and what they return.

`Reference` is a chat model that is told what each question means. It goes through the same graph
and the same tools as the models that are measured, so that its calls, its evidence and its answer
are what theirs are held against.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from pydantic import ConfigDict

from agent.embedded.notation import read
from agent.enforcing import COMPUTED
from agent.rules.answer import answer, declined
from agent.rules.asks import Ask, Situation, Turn
from agent.rules.chat_model import call_id, open_tracks, pending, tool_name, turns_of
from agent.rules.context import after, resolve
from agent.rules.there import in_place

_OF_NO_TRACK = frozenset(("recall", "listen", "theory", "talk", "unclear"))
"""Topics that the track in focus has no part in, unless it is named."""


class Meaning:
    """What the questions of a conversation mean, one after the other.

    Parameters
    ----------
    focus : handles of the tracks that "it" is about at the start
    """

    def __init__(self, focus: tuple[str, ...]) -> None:
        self._focus = focus
        self.situation = Situation()
        self.asks: tuple[Ask, ...] = ()

    def next(self, reading: str) -> None:
        """Go on to the question that has this reading.

        Raises
        ------
        ReadingError
            If it is none.
        """
        focus = self.situation.focus or self._focus
        pointed = (_pointed(ask, focus) for ask in read(reading))
        self.asks = tuple(in_place(ask, self.situation) for ask in pointed)

    def resolved(self, turn: Turn) -> tuple[Ask, ...]:
        """Return the asks of this turn with sections and opened files in place."""
        return resolve(self.asks, turn.findings, self.situation)

    def over(self, turn: Turn) -> None:
        """Fold this turn into what the next one leans on."""
        self.situation = after(self.resolved(turn), turn.findings, self.situation)


class Reference(BaseChatModel):
    """Calls and says what a `Meaning` asks for, whatever the question's words."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    meaning: Meaning
    bound: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "reference"

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
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
        meaning, turn = self.meaning, turns_of(messages)[-1]
        meaning.situation = replace(
            meaning.situation, tracks=open_tracks(messages), tools=frozenset(self.bound)
        )
        asks = meaning.resolved(turn)
        # As the embedded model notes what it read, so that it can be asked what comes next.
        noted: dict[str, Any] = {"asks": [asdict(ask) for ask in meaning.asks]}
        calls = [
            tool_call(name=c.tool, args=dict(c.args), id=call_id(messages, i))
            for i, c in enumerate(pending(asks, turn, meaning.situation))
        ]
        text = ""
        if not calls:
            text = answer(asks, turn.findings, meaning.situation)
            noted |= {"declined": declined(asks, text), COMPUTED: True}
        message = AIMessage(text, tool_calls=calls, additional_kwargs=noted)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _pointed(ask: Ask, focus: tuple[str, ...]) -> Ask:
    """Return the ask with the tracks in focus where it names none and is about one."""
    return ask if ask.tracks or ask.topic in _OF_NO_TRACK else replace(ask, tracks=focus)
