"""Length and form of a request: "30 seconds", "a minute and a half", "16 bars", "AABA"."""

import re

from agent.generation.draft import NUMBER, BriefError, Draft, number, words
from tools.composing.brief import FORMS, LONGEST, SHORTEST

MOST_BARS = 400
JINGLE, SHORT, LONG = 10.0, 20.0, 90.0
"""Seconds of what is called a jingle, short or long."""

_LEAD = r"(?:(?:about|around|roughly|for|of|lasting|exactly|just|only) )*"
_UNIT = r"(?:hours?|hrs?|minutes?|mins?|seconds?|secs?|[ms])"
_TIME = words(
    rf"{_LEAD}(?P<count>{NUMBER}(?= ?-?{_UNIT}\b)|(?:half )?an?(?=[ -]{_UNIT}\b)) ?-?(?P<unit>{_UNIT})(?P<half> and a half)?"
    rf"(?:(?: and)? ?(?P<more>{NUMBER}) ?-?(?:seconds?|secs?|s|(?![\w:/.#])))?(?: long| in length| of music)?"
)
_HALF = words(rf"{_LEAD}(?P<count>{NUMBER}) and a half (?P<unit>{_UNIT})(?: long)?")
_CLOCK = words(rf"{_LEAD}(?P<minutes>\d{{1,2}}):(?P<seconds>\d{{2}})(?: (?:minutes?|mins?|long))*")
_BARS = words(rf"{_LEAD}(?P<count>{NUMBER})[ -](?:bars?|measures?)(?: long| in length)?(?: of)?")
_JINGLE = words(r"(?:intro )?jingles?|stings?|idents?|ringtones?")
_SHORT = words(r"short|brief")
_LONG = words(
    r"long(?= (?:piece|song|track|tune|one|composition|loop|\w+ (?:piece|song|track|tune)))"
)
_FORMS = (
    (words(r"(?:in )?(?:an? )?(?:AABA|A-A-B-A|32[- ]bar|thirty[- ]two[- ]bar) ?(?:song )?(?:form)?", False), "AABA"),
    (words(r"(?:in )?(?:an? )?(?:ABA|A-B-A)(?: form)?|(?:in )?(?:[Tt]ernary|[Tt]hree[- ]part) form|da capo", False), "ABA"),
    (words(r"(?:in )?(?:an? )?(?:A-B|AB form|AB)|(?:in )?(?:[Bb]inary|[Tt]wo[- ]part) form", False), "AB"),
    (words(r"(?:in )?(?:an? )?(?:with )?verses?(?:/| and |, ?| )(?:an? )?chorus(?:es)?(?:[, ]+(?:and )?(?:an? )?bridge)?(?: (?:form|structure|song))?"), "verse-chorus"),
    (words(r"through composed"), "through-composed"),
    (words(r"(?:an? )?loop(?:s|ed|ing|able)?"), "loop"),
)  # fmt: skip


def read_length(draft: Draft) -> None:
    """Take how long it is to be out of what is left.

    Raises
    ------
    BriefError
        If it is too short or too long, or two lengths are asked for.
    """
    bars = [number(match["count"]) for match in _all(draft, _BARS)]
    seconds = [60.0 * int(m["minutes"]) + int(m["seconds"]) for m in _all(draft, _CLOCK)]
    seconds += [_seconds(m["unit"]) * (number(m["count"]) + 0.5) for m in _all(draft, _HALF)]
    seconds += [_time(match) for match in _all(draft, _TIME)]
    for told, unit in ((bars, "bars"), (seconds, "seconds")):
        if len(set(told)) > 1:
            raise BriefError(
                f"A piece has one length, not {' and '.join(f'{n:g}' for n in told)} {unit}."
            )
    if bars:
        draft.put("bars", bars_of(bars[0]))
    if seconds:
        draft.put("seconds", seconds_of(seconds[0]))
    for pattern, length in ((_JINGLE, JINGLE), (_SHORT, SHORT), (_LONG, LONG)):
        if draft.left.take(pattern) and not bars and not seconds:
            draft.fields.setdefault("seconds", length)


def seconds_of(value: float) -> float:
    """Return a length in seconds that can be composed.

    Raises
    ------
    BriefError
        If it is too short or too long.
    """
    if not SHORTEST <= value <= LONGEST:
        raise BriefError(
            f"A piece lasts from {SHORTEST:g} to {LONGEST:g} seconds, not {value:g}; ask for such a length."
        )
    return float(value)


def bars_of(value: float) -> int:
    """Return a number of bars that can be composed.

    Raises
    ------
    BriefError
        If it is no whole number, or too many.
    """
    if value != int(value) or not 1 <= value <= MOST_BARS:
        raise BriefError(f"A piece has from 1 to {MOST_BARS} whole bars, not {value:g}.")
    return int(value)


def read_form(draft: Draft) -> None:
    """Take the form out of what is left."""
    found = [form for pattern, form in _FORMS if draft.left.take(pattern)]
    if found:
        draft.put("form", found[0])
        draft.unheard += [form for form in found[1:] if form != "loop"]


def form_of(text: str) -> str:
    """Return a form by its name.

    Raises
    ------
    BriefError
        If there is none of that name.
    """
    named = next((form for form in FORMS if _bare(form) == _bare(text)), None)
    if named is None:
        raise BriefError(f"There is no form '{text[:30]}'; take one of {', '.join(FORMS)}.")
    return named


def _bare(text: str) -> str:
    return re.sub("[^a-z]", "", text.lower())


def _all(draft: Draft, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    found = []
    while match := draft.left.take(pattern):
        found.append(match)
    return found


def _time(match: re.Match[str]) -> float:
    count = match["count"].lower()
    amount = 0.5 if count.startswith("half") else 1.0 if count in ("a", "an") else number(count)
    amount += 0.5 if match["half"] else 0.0
    return amount * _seconds(match["unit"]) + (number(match["more"]) if match["more"] else 0.0)


def _seconds(unit: str) -> float:
    return {"h": 3600.0, "m": 60.0, "s": 1.0}[unit[0].lower()]
