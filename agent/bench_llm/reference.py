"""What a turn should be: the calls that its written meaning compiles to, and what they return.

`Reference` is a chat model that is told what each question means. It goes through the same graph
and the same tools as the models that are measured, so that its calls, its evidence and its answer
are what theirs are held against.
"""

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.messages import BaseMessage
from pydantic import ConfigDict

from agent.embedded.notation import read
from agent.rules.asks import Ask, Situation, Turn
from agent.rules.chat_model import RulesChatModel, Step, doable, open_tracks, pending, turns_of
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
        """Return the asks of this turn as they are done, with sections and opened files in place."""
        asks = doable(self.asks, turn.question, self.situation)
        return resolve(asks, turn.findings, self.situation)

    def over(self, turn: Turn) -> None:
        """Fold this turn into what the next one leans on."""
        self.situation = after(self.resolved(turn), turn.findings, self.situation)


class Reference(RulesChatModel):
    """Calls and says what a `Meaning` asks for, whatever the question's words."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    meaning: Meaning

    @property
    def _llm_type(self) -> str:
        return "reference"

    def step(self, messages: Sequence[BaseMessage]) -> Step:
        """Return what the question's meaning needs next."""
        meaning, turn = self.meaning, turns_of(messages)[-1]
        situation = replace(
            meaning.situation, tracks=open_tracks(messages), tools=frozenset(self.bound)
        )
        meaning.situation = situation
        asks = meaning.resolved(turn)
        return Step(meaning.asks, asks, pending(asks, turn, situation), turn, situation)


def _pointed(ask: Ask, focus: tuple[str, ...]) -> Ask:
    """Return the ask with the tracks in focus where it names none and is about one."""
    return ask if ask.tracks or ask.topic in _OF_NO_TRACK else replace(ask, tracks=focus)
