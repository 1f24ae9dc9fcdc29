"""What an answer rests on, where it says so: its statements become links to what was measured."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

Claim = dict[str, Any]

SCHEME = "claim:"
TAKEN = re.compile(r"\[[^\]]*\]\([^)]*\)|`[^`]*`|```.*?```|https?://\S+", re.DOTALL)
"""What is no place for a link: links, code, addresses."""


def linked(
    text: str, statements: Iterable[Claim], evidence: Sequence[Claim]
) -> tuple[str, list[Claim]]:
    """Return an answer in Markdown with links to its claims, and the claims by their numbers.

    Parameters
    ----------
    statements, evidence : as `agent.events.AnswerFinished` has them
    """
    claims: list[Claim] = []
    places: list[tuple[int, int, int]] = []
    closed = [match.span() for match in TAKEN.finditer(text)]
    at = 0
    for statement in statements:
        claim = statement.get("evidence")
        if claim is None or statement.get("status") != "supported":
            continue
        found = _place(text, statement.get("text", ""), at, closed)
        number = _number(claims, claim)
        if found:
            places.append((*found, number))
            closed.append(found)
            at = found[0]
    for claim in evidence:
        _number(claims, claim)
    for start, end, number in sorted(places, reverse=True):
        text = f"{text[:start]}[{text[start:end]}]({SCHEME}{number}){text[end:]}"
    return text, claims


def number_of(href: str) -> int | None:
    """Return which claim a link means, None where it is another link."""
    rest = href.removeprefix(SCHEME)
    return int(rest) if href.startswith(SCHEME) and rest.isdigit() else None


def told(claim: Claim) -> str:
    """Return a claim in a line: what, where, who measured it, how sure."""
    value = claim.get("value")
    shown = f"{value:g}" if isinstance(value, float) else _short(value)
    parts = [f"{claim.get('claim')}: {shown}", f"{claim.get('track')} {place(claim)}"]
    parts.append(f"by {claim.get('estimator')}")
    confidence = claim.get("confidence")
    parts.append("no confidence given" if confidence is None else f"{confidence:.0%} sure")
    return " · ".join(parts)


def place(claim: Claim) -> str:
    """Return the stretch of a claim in words."""
    span = claim.get("span")
    return "whole track" if not span else f"{clock(span[0])} to {clock(span[1])}"


def clock(seconds: float) -> str:
    """Return a moment as minutes and seconds: 1:05."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02d}"


# ---- inside -------------------------------------------------------------------------------------


def _number(claims: list[Claim], claim: Claim) -> int:
    if claim not in claims:
        claims.append(claim)
    return claims.index(claim)


def _place(
    text: str, words: str, at: int, closed: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    """Return where words stand, after `at` if they do: as whole words, where a link can be."""
    if not words:
        return None
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    for start in (at, 0):
        for match in pattern.finditer(text, start):
            if all(match.end() <= a or match.start() >= b for a, b in closed):
                return match.span()
    return None


def _short(value: Any, limit: int = 60) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
