"""What a statement is judged by, and how a verdict is settled from claims.

A verdict is ``supported`` (a claim says so, or it follows from one), ``contradicted`` (that kind
was measured and says something else), ``unknown`` (nothing was measured) or ``general`` (said of
music in general, not of a recording).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.evidence import Claim
from agent.ledger import Ledger
from agent.statements import Sentence

SUPPORTED, CONTRADICTED, UNKNOWN, GENERAL = "supported", "contradicted", "unknown", "general"
Judged = tuple[str, Claim | None]
SLACK = 1.5
"""Seconds; prose gives places to the second, and estimators differ by a beat."""


@dataclass(frozen=True)
class Scene:
    """What a statement is judged by.

    Parameters
    ----------
    tracks : handles that it may be about
    titles : names of tracks, artists and files that are open
    """

    ledger: Ledger
    sentence: Sentence
    tracks: tuple[str, ...]
    question: str = ""
    titles: tuple[str, ...] = ()

    @property
    def clause_times(self) -> tuple[float, ...]:
        """The clock times of the sentence."""
        return self.sentence.times


def settle(hits: Sequence[Claim], measured: Sequence[Claim], negated: bool = False) -> Judged:
    """Return the verdict from the claims that agree and those of the same kind."""
    if negated:
        if hits:
            return CONTRADICTED, hits[0]
        return (SUPPORTED, measured[0]) if measured else (UNKNOWN, None)
    if hits:
        return SUPPORTED, hits[0]
    return (CONTRADICTED, measured[0]) if measured else (UNKNOWN, None)


def near(value: float, known: Iterable[float], slack: float) -> bool:
    """Tell whether one of the known figures is that value."""
    return any(abs(value - one) <= slack for one in known)


def there(claims: Iterable[Claim], times: Sequence[float], slack: float = SLACK) -> list[Claim]:
    """Return the claims whose stretch meets the times; two times name a range."""
    if not times:
        return []
    low, high = (min(times), max(times)) if len(times) == 2 else (0.0, -1.0)
    return [
        c
        for c in claims
        if c["span"] is not None
        and (
            any(c["span"][0] - slack <= t <= c["span"][1] + slack for t in times)
            or (c["span"][0] < high and low < c["span"][1])
        )
    ]
