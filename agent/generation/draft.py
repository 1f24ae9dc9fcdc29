"""A draft: what a request in words has been found to ask for, while it is being read."""

import re
from dataclasses import dataclass, field

from agent.rules.wording import NUMBERS
from agent.wish import Reader
from tools.errors import MusicToolError

_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_UNITS = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_WORDS = sorted((*NUMBERS, "seventy", "eighty"), key=len, reverse=True)
NUMBER = rf"(?:\d+(?:\.\d+)?|{_TENS}[ -]{_UNITS}|{'|'.join(_WORDS)})"
"""A number in figures or words, as a pattern."""


class BriefError(MusicToolError, ValueError):
    """What was asked for can't be composed; the message says what can."""


@dataclass
class Draft:
    """What was found so far.

    Parameters
    ----------
    left : the words that are not understood yet
    fields : those of `tools.composing.brief.Brief`
    asked : what was asked for outright
    notes : sentences on what was understood otherwise than it was said
    unheard : words that can't be taken in though they were understood
    is_mode_said : whether the words name the mode, so that no mood may choose it
    """

    left: Reader
    fields: dict[str, object] = field(default_factory=dict)
    asked: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    is_mode_said: bool = False

    def put(self, name: str, value: object) -> None:
        """Keep a field that was asked for outright."""
        self.fields[name] = value
        self.asked[name] = value


def number(text: str) -> float:
    """Return the value of what `NUMBER` found."""
    if text[0].isdigit():
        return float(text)
    values = {**NUMBERS, "seventy": 70, "eighty": 80}
    return float(sum(values[word] for word in re.split("[ -]", text.lower())))


def words(text: str, ignore_case: bool = True) -> re.Pattern[str]:
    """Return a pattern of whole words; a space in it is any space or hyphen."""
    pattern = rf"(?<![\w#])(?:{text})(?![\w#])"
    return re.compile(pattern, re.IGNORECASE if ignore_case else 0)


def listed(names: object) -> str:
    """Return names as people list them: ``"a, b and c"``."""
    told = [str(name) for name in names] if isinstance(names, list | tuple) else [str(names)]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
