"""Form: which sections a piece has and how many bars each lasts."""

from collections.abc import Mapping

import numpy as np

from tools.composing.score import ScoreSection

LETTERS: Mapping[str, tuple[str, ...]] = {
    "AABA": ("A", "A", "B", "A"),
    "AB": ("A", "B"),
    "ABA": ("A", "B", "A"),
    "through-composed": ("A", "B", "C", "D"),
}
SHORTEST = 4
"""Bars of a section worth its name."""
USUAL = 8
"""Bars of a verse or a chorus."""


def sections(bars: int, form: str, bar: float) -> list[ScoreSection]:
    """Return the sections of a piece of `bars` bars, each `bar` quarter notes long.

    A piece too short for its form has as many of its sections as fit.
    """
    labels = _labels(bars, form)
    starts = np.concatenate([[0], np.cumsum(divide(bars, len(labels)))])
    return [
        ScoreSection(float(start * bar), float((end - start) * bar), label)
        for label, start, end in zip(labels, starts[:-1], starts[1:], strict=True)
    ]


def _labels(bars: int, form: str) -> tuple[str, ...]:
    fitting = max(1, bars // SHORTEST)
    if form == "verse-chorus":
        count = max(1, round(bars / USUAL)) if bars >= 2 * USUAL else min(2, fitting)
        turns = tuple("verse" if k % 2 == 0 else "chorus" for k in range(count))
        return ("intro", *turns[:-1]) if count % 2 and count > 3 else turns
    if form == "loop":
        return ("A",) * fitting
    letters = LETTERS[form]
    if fitting >= len(letters):
        return letters * max(1, bars // (len(letters) * 2 * USUAL))
    return letters[:fitting]


def divide(bars: int, parts: int) -> list[int]:
    """Return `bars` in `parts` shares, of whole four-bar phrases as far as that goes."""
    for unit in (4, 2, 1):
        if bars // unit >= parts:
            whole, rest = divmod(bars // unit, parts)
            shares = [unit * (whole + (k < rest)) for k in range(parts)]
            shares[-1] += bars - sum(shares)
            return shares
    return [1] * bars
