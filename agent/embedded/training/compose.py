"""Answers as a good musician gives them."""

import random

from agent.rules.answer import answer
from agent.rules.asks import Ask, Finding, Situation


def compose(
    question: str,
    asks: tuple[Ask, ...],
    findings: tuple[Finding, ...],
    situation: Situation,
    dice: random.Random,
) -> str:
    """Return the answer to a question."""
    return answer(asks, findings, situation)
