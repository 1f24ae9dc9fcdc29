"""A question about a track of the library that is not open yet: opened by its title, then answered."""

import re

from agent.rules.asks import Ask, Situation

_WORD = r"[A-Z0-9][\w'’.&-]*"
_TITLE = (
    r"(?:[\"“](?P<quoted>[^\"”]{2,60})[\"”]"
    rf"|(?P<bare>{_WORD}(?: (?:{_WORD}|of|the|and|in|on|a|for|to)(?= ))*(?: {_WORD})*))"
)
_NAMES = re.compile(
    rf"(?i:\b(?:similar to|like|after|with|into|follow|about|notes (?:.*? )?(?:on|for)) |^\W*(?:remember|note)(?: down)? that ){_TITLE}(?= (?:is|was|needs?|has)\b|[?.! ]*$)"
)


def named_first(asks: tuple[Ask, ...], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with the track opened first that a question names by its title.

    Only where nothing is open, and what is asked needs one track: what mixes with it, notes of it.
    """
    lacking = any(
        a.topic in ("similar", "note")
        and not a.tracks
        and a.aspect != "unclear"
        and not (a.topic == "similar" and question.rstrip(" ?.!").endswith(f"like {a.value}"))
        for a in asks
    )  # "something like Jeanie" is looked for by the words first
    if situation.tracks or "listen" not in situation.tools or not lacking:
        return asks
    found = _NAMES.search(" ".join(question.split()))
    if not found:
        return asks
    return (Ask("listen", value=found["quoted"] or found["bare"]), *asks)
