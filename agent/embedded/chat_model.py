"""The `embedded` chat model: a small language model reads the question and writes the answer.

It is held from three sides: a grammar lets it write no reading that does not compile to calls of
tools that are there; what a question says to the letter is read by the rules (`choosing`); and a
sentence with a figure that no tool measured is not said: then the rules' own answer is given, which
is computed from the same tool results.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage

from agent.correcting import BAD
from agent.embedded.answering import Draft, draft, register, rightly_named, sentences, worth_wording
from agent.embedded.brief import brief
from agent.embedded.choosing import chosen, guessed, only_ours, with_tracks
from agent.embedded.engine import Engine, EngineError, keep_going
from agent.embedded.grammar import reading_grammar
from agent.embedded.notation import ReadingError, read, write
from agent.embedded.prompt import answer_prompt, reading_prompt
from agent.embedded.ranker import head, load_ranker, shortlist
from agent.grounding import check
from agent.ledger import Ledger, ledger_of
from agent.rules.asks import Ask
from agent.rules.chat_model import RulesChatModel, Step
from agent.rules.context import Past
from tools.joint import Vector

log = logging.getLogger(__name__)

ADAPTER = Path(__file__).parent / "adapter"
READING_TOKENS, ANSWER_TOKENS = 64, 220


def no_meaning(question: str) -> Vector | None:
    """Return that nothing is known of what a question means."""


class EmbeddedChatModel(RulesChatModel):
    """A small language model with an engine of its own; see `agent.embedded.engine`.

    Parameters
    ----------
    load : returns the engine, or None where it can't be had: then the rules read and answer alone
    name : ``"embedded"``, or what the bench calls another adapter
    meaning : returns what a question means, shape=(d,), in the space of `agent.embedded.ranker`;
        None where it can't be had
    check_stop : called before every word; what it raises ends the answer
    """

    load: Callable[[], Engine | None]
    name: str = "embedded"
    meaning: Callable[[str], Vector | None] = no_meaning
    check_stop: Callable[[], None] = keep_going

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def reading(self, question: str, past: Past) -> tuple[Ask, ...]:
        """Return what a question asks, read by the model and by the rules."""
        situation, ours = past.situation, super().reading(question, past)
        if only_ours(question, ours, situation) or (engine := self.load()) is None:
            return ours
        before = write(past.before, past.focus)
        scores = load_ranker().scores(question, before, self.meaning(question))
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
        return guessed(chosen(question, theirs, ours, situation, scores), situation, scores)

    def told(self, step: Step) -> tuple[str, bool]:
        """Return the rules' answer, whatever values the model gave its asks."""
        told = draft(step.asks, step.turn.findings, step.situation)
        return told.text, told.declined

    def worded(
        self, step: Step, text: str, refused: bool, messages: Sequence[BaseMessage]
    ) -> Iterator[str]:
        """Yield the answer sentence by sentence: the model's own where it holds, else the rules'."""
        engine, turn = self.load(), step.turn
        told = Draft.of(text, refused, step.asks, turn.findings)
        if engine is None or told.computed:
            yield text
            return
        facts = brief(step.asks, turn.findings, step.situation)
        if not worth_wording(facts):
            yield text
            return
        ledger, tracks = Ledger(ledger_of(messages)), step.situation.tracks

        def holds(sentence: str) -> bool:
            verdicts = check(sentence, ledger, turn.question, tracks)
            return rightly_named(sentence, tracks) and not any(v.status in BAD for v in verdicts)

        prompt = answer_prompt(turn.question, facts)
        pieces = engine.stream(prompt, ANSWER_TOKENS, self.check_stop)
        yield from sentences(pieces, told, register(step.asks, told, facts), holds)
