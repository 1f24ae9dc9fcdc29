"""Filters that nothing passes are let go, the cheapest first, until something does."""

from collections.abc import Callable
from typing import TypeVar

from agent.search.filters import Filters

Result = TypeVar("Result")


def relaxing(
    filters: Filters, attempt: Callable[[Filters], Result], found: Callable[[Result], bool]
) -> tuple[Result, tuple[str, ...]]:
    """Return what an attempt gives, and the filters it had to be made without, as words.

    One filter is let go if that is enough, else the cheapest and one more. Where nothing helps, the
    result of the first attempt is returned.

    Parameters
    ----------
    found : tells whether a result holds anything
    """
    first = attempt(filters)
    if found(first):
        return first, ()
    gone: tuple[str, ...] = ()
    while options := list(filters.relaxed()):
        for what, weaker in options:
            tried = attempt(weaker)
            if found(tried):
                return tried, (*gone, what)
        gone, filters = (*gone, options[0][0]), options[0][1]
    return first, ()
