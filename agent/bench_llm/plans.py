"""Plans held against each other: the tool calls of a turn, with what does not matter left out."""

import re
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

from agent.open_tracks import OpenTrack, normal_handle
from agent.rules.asks import Ask

Call = Mapping[str, Any]
Plain = tuple[str, tuple[tuple[str, Any], ...]]

_DEFAULTS: dict[str, Any] = {"kind": "all", "instrument": "auto", "limit": 5}
_FROM_START = frozenset(("chords", "separate", "transcribe", "melody"))
"""Tools whose stretch begins at the start of the track where no start is given."""
_SMALL_WORDS = frozenset(
    "a an the in of with to for at on by and or is are that was some any something anything music"
    " songs song tracks track tunes like around about from my me".split()
)


def same_plan(
    gold: Iterable[Call], made: Iterable[Call], asks: Iterable[Ask], tracks: Iterable[OpenTrack]
) -> bool:
    """Tell whether two plans are the same calls, in any order, whichever round they were made in.

    Parameters
    ----------
    asks : what the question means; where it names a section, looking the form up again does not
        matter, for that may have been done in an earlier turn
    tracks : those that are open, by which "to the end" is told from a time
    """
    ends = {t.handle: t.duration for t in tracks}
    one, two = ({plain(c, ends) for c in calls} for calls in (gold, made))
    if any(a.span is not None and a.span.unit == "section" for a in asks):
        looked = {c for c in one | two if c[0] == "structure"}
        if one - looked:
            one, two = one - looked, two - looked
    return one == two


def argument_score(
    gold: Iterable[Call], made: Iterable[Call], tracks: Iterable[OpenTrack]
) -> tuple[int, int]:
    """Return how many arguments are right, of how many, in calls whose tool is right.

    Each call of `gold` is held against that call of the same tool which fits best; an argument
    that only one of the two has is wrong.
    """
    ends = {t.handle: t.duration for t in tracks}
    left = [plain(c, ends) for c in made]
    right = total = 0
    for tool, args in (plain(c, ends) for c in gold):
        rivals = [c for c in left if c[0] == tool]
        if not rivals:
            continue
        best = max(rivals, key=lambda c: len(set(c[1]) & set(args)) - len(set(c[1]) ^ set(args)))
        left.remove(best)
        right += len(set(best[1]) & set(args))
        total += len(dict(best[1]).keys() | dict(args).keys())
    return right, total


def plain(call: Call, ends: Mapping[str, float]) -> Plain:
    """Return a call in the form that calls are compared in; `ends` are durations by handle."""
    tool, args = str(call["name"]), dict(call["args"])
    if "track" in args:
        args["track"] = normal_handle(str(args["track"]))
    end, last = args.get("end"), ends.get(str(args.get("track")), inf)
    if tool != "moment" and isinstance(end, int | float) and end >= last - 0.5:
        del args["end"]
    if tool in _FROM_START and args.get("start") == 0:
        del args["start"]
    kept = {k: v for k, v in args.items() if v is not None and v != [] and _DEFAULTS.get(k) != v}
    return tool, tuple(sorted((k, _value(k, v)) for k, v in kept.items()))


def _value(name: str, value: Any) -> Any:
    if name == "text":
        words = set(re.findall(r"[\w#'-]+", str(value).lower()))
        return tuple(sorted(words - _SMALL_WORDS))
    if isinstance(value, list):
        return tuple(sorted(map(str, value)))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(round(float(value), 1)) if number else str(value)
