"""Numbers in prose: figures, clock times, and numbers as words ("a hundred and twenty")."""

import re
from collections.abc import Iterator

CLOCK = re.compile(r"(?<![\w:.#/])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?:\.(\d+))?(?![\w:])")

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {word: n for n, word in enumerate(_ONES)} | {w: 10 * n for n, w in enumerate(_TENS, 2)}
_ONE = "|".join(sorted(WORDS, key=len, reverse=True))
_SPOKEN = re.compile(
    rf"\b(?:(?:an?|{_ONE})[ -]hundred(?:(?: and)?[ -](?:{_ONE})(?:[ -](?:{_ONE}))?)?|(?:{_ONE})(?:[ -](?:{_ONE}))*)\b"
)
_FIGURE = re.compile(r"(?<![\w#/.:,])-?(\d+(?:[,](?=\d{3}\b)\d+)?(?:\.\d+)?)(?![\d:]|/\d|\.\d)")

Number = tuple[float, int, int]


def clock_seconds(match: re.Match[str]) -> float:
    """Return a clock time in seconds."""
    hours, minutes, seconds, part = match.groups()
    return 3600.0 * int(hours or 0) + 60 * int(minutes) + int(seconds) + float(f"0.{part or 0}")


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text in small letters with where they stand; no clock times."""
    clocks = [match.span() for match in CLOCK.finditer(text)]
    for match in _FIGURE.finditer(text):
        if not any(a <= match.start() < b for a, b in clocks):
            yield float(match[1].replace(",", "")), match.start(), match.end()
    for match in _SPOKEN.finditer(text):
        if (value := spoken(match[0])) is not None:
            yield value, match.start(), match.end()


def spoken(words: str) -> float | None:
    """Return the number that words say: "a hundred and twenty-one" is 121; None where none."""
    total: float = 0
    parts = [w for w in re.split(r"[ -]", words) if w not in ("and", "a", "an")]
    if "hundred" in parts:
        at = parts.index("hundred")
        total, parts = 100.0 * (WORDS[parts[0]] if at else 1), parts[at + 1 :]
    values = [WORDS[part] for part in parts]
    if not values:
        return total
    if len(values) == 2 and values[0] >= 20 > values[1] and values[1] < 10:
        return total + values[0] + values[1]
    if len(values) == 1:
        return total + values[0]
    # "one twenty" and "one twenty-one" as tempi are said
    if values[0] < 10 and values[1] >= 10 and not total:
        return float(100 * values[0] + sum(values[1:]))
    return None
