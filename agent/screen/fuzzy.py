"""Finding by a few letters: which names have them in order, those that fit best first."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """Something that can be picked.

    Parameters
    ----------
    value : what is put into the line
    label : what is shown, and searched
    about : what else is shown
    """

    value: str
    label: str
    about: str = ""


def score(query: str, text: str) -> float | None:
    """Return how well the letters of a query fit a text, None where they are not in it in order.

    Letters side by side, and those that begin a word, count more; a short text before a long one.
    """
    query, text = query.casefold().replace(" ", ""), text.casefold()
    total, at, before = 0.0, 0, -2
    if query and (whole := text.find(query)) >= 0:
        return 4.0 * len(query) + 2 * _begins(text, whole) - 0.01 * len(text)
    for letter in query:
        found = text.find(letter, at)
        if found < 0:
            return None
        total += 1 + (found == before + 1) + _begins(text, found)
        before, at = found, found + 1
    return total - 0.01 * len(text)


def best(query: str, choices: Iterable[Choice], limit: int = 8) -> list[Choice]:
    """Return the choices that fit, the best first; those that fit alike in their order."""
    scored = [(s, c) for c in choices if (s := score(query, c.label)) is not None]
    return [choice for _, choice in sorted(scored, key=lambda one: -one[0])[:limit]]


def _begins(text: str, at: int) -> int:
    return int(at == 0 or not text[at - 1].isalnum())
