"""What a script expects of a turn, and whether it came."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agent.transcript import SessionError, Turn
from tools.theory import chord_name, pitch_class

Fact = str | float

BPM_SLACK, RELATIVE_SLACK = 0.5, 0.01
"""Two numbers are the same fact within 0.5 or 1 %, whichever is more: what prose may round away."""

KNOWN = ("contains", "not_contains", "matches", "tool", "fact", "declines")
ALIASES = {"tempo": "bpm", "time_signature": "meter", "genres": "genre"}
ALIASES |= {"instruments": "instrument", "moods": "mood", "chords": "chord", "tonality": "key"}

SIGNS = {"": "", "#": "#", "♯": "#", "sharp": "#", "b": "b", "♭": "b", "flat": "b"}
KEY = re.compile(
    r"\b((?-i:[A-G]))(#|♯|b|♭|(?:[ -]?(?:sharp|flat)\b))?[ :-]?\s*(major|minor|maj\b|min\b|m\b)",
    re.I,
)
NUMBER = re.compile(
    r"(?<![\w.:/#])(\d+):([0-5]\d)(?![\w:])|(?<![\w.:/#])(\d+(?:\.\d+)?)(?![\w:/%]|\.\d)"
)
CHORD = re.compile(r"(?<![\w#])[A-G][#b]?[\w#()+°ø/:]*(?<![/:(])")
ROOT = re.compile(r"(?<![^/])[A-G][#b]?")
METER_WORDS = {
    "2/4": ("two-four", "two four"),
    "3/4": ("three-four", "three four", "waltz time", "triple meter", "triple time"),
    "4/4": ("four-four", "four four", "common time"),
    "6/8": ("six-eight", "six eight"),
}
PLAIN = str.maketrans({"\u2019": "'", "♯": "#", "♭": "b"})
NEGATION = re.compile(
    r"n't\b|n\u2019t\b|\b(?:not|no|none|nothing|cannot|unable|impossible|beyond)\b", re.I
)


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


# ---- reading ------------------------------------------------------------------------------------


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
    kind = _kind(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SessionError(f"{where}: fact '{name}' must be a text or a number, not {value!r}.")
    if kind == "key" and _key(str(value)) is None:
        raise SessionError(f"{where}: fact key: {value!r} is no key; write it as 'F# minor'.")
    if kind == "bpm" and (_number(value) is None or float(value) <= 0):
        raise SessionError(f"{where}: fact {name}: {value!r} is no tempo; write it as 121.6.")
    if kind == "meter" and not re.fullmatch(r"\d+/\d+", str(value)):
        raise SessionError(f"{where}: fact meter: {value!r} is no meter; write it as 3/4.")
    return float(value) if isinstance(value, int | float) or kind == "bpm" else value


def _yes_or_no(value: object, where: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise SessionError(f"{where}: 'declines' must be true or false, not {value!r}.")


# ---- checking -----------------------------------------------------------------------------------


def check(expect: Expectation, turn: Turn) -> list[str]:
    """Return a sentence for each expectation that does not hold of `turn`: what was wanted, what came."""
    return [failure for one in CHECKS for failure in one(expect, turn)]


def _check_texts(expect: Expectation, turn: Turn) -> Iterator[str]:
    answer = _folded(turn.answer)
    for text in expect.contains:
        if _folded(text) not in answer:
            yield f"expected the answer to contain {text!r}; it says {_short(turn.answer)}"
    for text in expect.not_contains:
        if _folded(text) in answer:
            yield f"expected the answer not to contain {text!r}; it says {_short(turn.answer)}"
    for pattern in expect.matches:
        if not re.search(pattern, turn.answer, re.IGNORECASE | re.DOTALL):
            yield f"expected the answer to match {pattern!r}; it says {_short(turn.answer)}"


def _check_tools(expect: Expectation, turn: Turn) -> Iterator[str]:
    called = [str(call.get("name")) for call in turn.tool_calls]
    for tool in expect.tools:
        if tool not in called:
            came = f"called were {', '.join(called)}" if called else "no tool was called"
            yield f"expected a call of the tool '{tool}'; {came}"


def _check_declines(expect: Expectation, turn: Turn) -> Iterator[str]:
    if expect.declines is None:
        return
    # The flag is the product's word about itself; an answer that declines also says so.
    says_so = turn.declined and NEGATION.search(turn.answer) is not None
    if expect.declines and not says_so:
        yield f"expected the answer to decline; it says {_short(turn.answer)}"
    if not expect.declines and turn.declined:
        yield f"expected an answer that does not decline; it says {_short(turn.answer)}"


def _check_facts(expect: Expectation, turn: Turn) -> Iterator[str]:
    for name, value in expect.facts:
        kind = _kind(name)
        came = [c.get("value") for c in turn.evidence if _kind(str(c.get("claim"))) == kind]
        wanted = f"expected fact {name} = {_text(value)}"
        if not came:
            yield f"{wanted}; the answer's evidence has no {name}"
        elif not any(_same(kind, value, one) for one in came):
            values = " and ".join(dict.fromkeys(f"{name} = {_text(v)}" for v in came))
            yield f"{wanted}; the answer's evidence says {values}"
        elif not _states(kind, value, turn.answer):
            yield f"{wanted}; the evidence has it, but the answer says {_short(turn.answer)}"


CHECKS: tuple[Callable[[Expectation, Turn], Iterator[str]], ...] = (
    _check_texts,
    _check_tools,
    _check_facts,
    _check_declines,
)


def _same(kind: str, wanted: Fact, came: object) -> bool:
    if isinstance(came, list | tuple):
        return any(_same(kind, wanted, one) for one in came)
    if kind == "key":
        return _key(str(wanted)) == _key(str(came))
    if kind == "chord":
        return _chord(str(wanted)) == _chord(str(came))
    numbers = _number(wanted), _number(came)
    if numbers[0] is not None and numbers[1] is not None:
        return _near(numbers[0], numbers[1])
    return _folded(str(wanted)) == _folded(str(came))


def _states(kind: str, value: Fact, answer: str) -> bool:
    """Return whether the prose itself gives the fact."""
    if kind == "key":
        # "Am" in prose is a chord; a key is named with its mode.
        named = (m for m in KEY.finditer(answer) if m[3].lower() in ("major", "minor"))
        return _key(str(value)) in [_spelled(match) for match in named]
    if kind == "meter":
        words = (str(value).replace("/", r"\s*/\s*"), *METER_WORDS.get(str(value), ()))
        return any(re.search(rf"(?<![\w/]){word}(?![\w/])", answer, re.I) for word in words)
    if kind == "chord":
        return _chord(str(value)) in map(_chord, CHORD.findall(answer.translate(PLAIN)))
    number = _number(value)
    if number is not None:
        return any(_near(number, stated) for stated in _numbers(answer))
    return (
        re.search(rf"(?<!\w){re.escape(_folded(str(value)))}s?(?!\w)", _folded(answer)) is not None
    )


def _kind(name: str) -> str:
    name = name.strip().lower().replace(" ", "_")
    return ALIASES.get(name, name)


def _key(text: str) -> tuple[int, str] | None:
    """Return pitch class and mode of the key that `text` is, so that Ab minor is G# minor."""
    match = KEY.fullmatch(text.strip()[:1].upper() + text.strip()[1:])
    return _spelled(match) if match else None


def _spelled(match: re.Match[str]) -> tuple[int, str]:
    letter, accidental, mode = match.groups()
    tonic = letter.upper() + SIGNS[(accidental or "").strip(" -").lower()]
    return pitch_class(tonic), "major" if mode.lower() in ("major", "maj") else "minor"


def _chord(text: str) -> str:
    """Return a chord in one spelling, written ``Fm7/Ab`` or as Harte's label: ``5m7/8``."""
    text = text.translate(PLAIN)
    with suppress(ValueError):  # what is no Harte label is a name already
        text = chord_name(text)
    return ROOT.sub(lambda match: str(pitch_class(match[0])), text)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)  # type: ignore[arg-type]  # whatever float refuses is no number
    except (TypeError, ValueError):
        return None


def _numbers(answer: str) -> Iterator[float]:
    """Yield the numbers of the prose, clock times as seconds; not those of 4/4, 80 % or #2."""
    for match in NUMBER.finditer(answer):
        minutes, seconds, number = match.groups()
        after = answer[match.end() : match.end() + 2].lstrip()
        if number is None:
            yield 60.0 * int(minutes) + int(seconds)
        elif not after.startswith("%"):
            yield float(number)


def _near(wanted: float, came: float) -> bool:
    return abs(wanted - came) <= max(BPM_SLACK, RELATIVE_SLACK * abs(wanted))


def _folded(text: str) -> str:
    return " ".join(text.translate(PLAIN).casefold().split())


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(answer: str, limit: int = 160) -> str:
    line = " ".join(answer.split())
    return repr(line if len(line) <= limit else line[: limit - 1] + "…") if line else "nothing"
