"""What a script may expect of a turn, read from YAML."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.facts import Fact, key_of, kind_of, number_of
from agent.transcript import SessionError

KNOWN = ("contains", "not_contains", "matches", "tool", "fact", "declines")


@dataclass(frozen=True)
class Expectation:
    """What has to hold of an answer; an empty one holds of every answer.

    Parameters
    ----------
    contains, not_contains : texts, upper and lower case alike
    matches : regular expressions, one of whose matches must be in the answer for each
    tools : tools that must have been called
    facts : claim and value; both the evidence and the prose must have each
    declines : whether the answer must say that the question can't be answered; None where either
    """

    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    facts: tuple[tuple[str, Fact], ...] = ()
    declines: bool | None = None


def read_expectation(content: object, where: str) -> Expectation:
    """Return what the YAML under ``expect:`` asks for; `where` names the place, as in ``turn 3``.

    Raises
    ------
    SessionError
        If it asks for something that does not exist or makes no sense.
    """
    if content is None:
        return Expectation()
    if not isinstance(content, Mapping):
        raise SessionError(f"{where}: 'expect' must be a mapping such as {{contains: F minor}}.")
    check_names(content, KNOWN, f"{where}: expect")
    return Expectation(
        contains=_texts(content, "contains", where),
        not_contains=_texts(content, "not_contains", where),
        matches=tuple(_pattern(p, where) for p in _texts(content, "matches", where)),
        tools=_texts(content, "tool", where),
        facts=_facts(content.get("fact"), where),
        declines=_yes_or_no(content.get("declines"), where),
    )


def check_names(content: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
    """Raise `SessionError` if `content` has a key outside `known`, suggesting the nearest."""
    for name in content:
        if name not in (known := tuple(known)):
            near = difflib.get_close_matches(str(name), known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}."
            raise SessionError(f"{where}: there is no '{name}'; {hint}")


def _texts(content: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    if name not in content:
        return ()
    value = content[name]
    texts = value if isinstance(value, list) else [value]
    for text in texts:
        if isinstance(text, bool) or not isinstance(text, str | int | float) or text == "":
            raise SessionError(
                f"{where}: '{name}' must be a text or a list of texts, not {text!r}; "
                "put words that YAML reads otherwise in quotes."
            )
    if not texts:
        raise SessionError(f"{where}: '{name}' is an empty list, which would hold of every answer.")
    return tuple(str(text) for text in texts)


def _pattern(pattern: str, where: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise SessionError(
            f"{where}: 'matches' is no regular expression: {pattern!r} ({error})."
        ) from error
    return pattern


def _facts(content: object, where: str) -> tuple[tuple[str, Fact], ...]:
    if content is None:
        return ()
    if not isinstance(content, Mapping) or not content:
        raise SessionError(
            f"{where}: 'fact' must be a mapping such as {{key: F minor, bpm: 121.6}}."
        )
    return tuple(
        (str(name), _fact(str(name), value, where))
        for name, values in content.items()
        for value in (values if isinstance(values, list) and values else [values])
    )


def _fact(name: str, value: object, where: str) -> Fact:
    kind = kind_of(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SessionError(f"{where}: fact '{name}' must be a text or a number, not {value!r}.")
    if kind == "key" and key_of(str(value)) is None:
        raise SessionError(f"{where}: fact key: {value!r} is no key; write it as 'F# minor'.")
    if kind == "bpm" and (number_of(value) is None or float(value) <= 0):
        raise SessionError(f"{where}: fact {name}: {value!r} is no tempo; write it as 121.6.")
    if kind == "meter" and not re.fullmatch(r"\d+/\d+", str(value)):
        raise SessionError(f"{where}: fact meter: {value!r} is no meter; write it as 3/4.")
    return float(value) if isinstance(value, int | float) or kind == "bpm" else value


def _yes_or_no(value: object, where: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise SessionError(f"{where}: 'declines' must be true or false, not {value!r}.")
