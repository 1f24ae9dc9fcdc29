"""The answer of the small model, sentence by sentence, held to the facts it was given.

The rules compute an answer from the same tool results (`draft`). The model says it in its own words;
a sentence of which a figure or a name is not among the facts is not said, and an answer that leaves
out what was asked gives way to the draft.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from agent.grounding import Prose, cited
from agent.rules.answer import answer, declined
from agent.rules.asks import Ask, Finding, Situation

DEEDS = frozenset({"stems", "notes", "export", "listen", "recall", "tracks", "unclear"})
"""Topics whose answers name files, or list what was found: they are told as computed."""
LONGEST_DRAFT = 700
"""Characters; what is longer is a list, and copied by nobody without a slip."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“#¿])")


@dataclass(frozen=True)
class Draft:
    """The rules' answer, and what it rests on; `computed` where nobody should reword it."""

    text: str
    declined: bool
    computed: bool
    claims: tuple[dict[str, Any], ...]


def draft(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> Draft:
    """Return the rules' answer to the asks of a turn."""
    text = answer(asks, findings, situation)
    claims = tuple(dict(c) for finding in findings for c in finding.evidence)
    failed = any(finding.error for finding in findings)
    computed = failed or len(text) > LONGEST_DRAFT or any(a.topic in DEEDS for a in asks)
    return Draft(text, declined(asks, text), computed, claims)


def sentences(
    pieces: Iterable[str], told: Draft, facts: str, holds: Callable[[str], bool]
) -> Iterator[str]:
    """Yield the model's answer as its sentences are complete and hold, else the draft.

    Nothing is said before what was written states all that the draft does; a first sentence that
    does not hold ends it at once. What comes after is said as far as it holds.

    Parameters
    ----------
    pieces : the model's answer as it comes
    facts : what it was given to answer from
    holds : tells whether a sentence is grounded in all that was measured (`agent.grounding`)
    """
    held: list[str] = []
    released = False
    for part in _parts(pieces):
        if not (supported(part, told, facts) and holds(part)):
            if not held:
                break
            continue
        held.append(part)
        if released:
            yield f" {part}"
        elif complete(" ".join(held), told):
            released = True
            yield " ".join(held)
    if not released:
        yield told.text


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of a text as it comes."""
    rest = ""
    for piece in pieces:
        rest += piece
        *whole, rest = _SENTENCE.split(rest)
        yield from (p for p in whole if p.strip())
    if rest.strip():
        yield rest.strip()


def complete(text: str, told: Draft) -> bool:
    """Tell whether an answer states what the draft states: the same kinds of facts of each track."""
    if told.declined:
        return True
    asked = {(c["claim"], c["track"]) for c in cited(told.text, told.claims)}
    said = {(c["claim"], c["track"]) for c in cited(text, told.claims)}
    return bool(asked <= said)


def supported(sentence: str, told: Draft, facts: str) -> bool:
    """Tell whether all figures, keys, chords and times of a sentence stand in facts or draft."""
    said, known = Prose(sentence), Prose(f"{facts}\n{told.text}")
    return (
        said.keys <= known.keys
        and said.times <= known.times
        and said.meters <= known.meters
        and said.notes <= known.notes
        and all(any(abs(n - k) <= 0.5 for k in known.numbers) for n in said.numbers)
    )
