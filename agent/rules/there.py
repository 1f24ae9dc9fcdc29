"""Questions about a place in a track: what can be asked there, and what a bare place wants."""

import re
from dataclasses import replace

from agent.rules.asks import Ask, Situation, Span

HAPPENS = re.compile(
    r"\b(?:happen\w*|going on|goes on|hear|what (?:is|are|do|does|can)|describe|tell me)\b"
)


def in_place(ask: Ask, situation: Situation) -> Ask:
    """Return an ask about a place as one that can be answered there."""
    last = situation.span
    if ask.topic == "chords" and ask.aspect in ("next", "previous") and ask.span is None and last:
        if last.unit != "bars":
            return replace(ask, span=last)
        size = (last.end or last.start) - last.start + 1
        start = last.start + (size if ask.aspect == "next" else -size)
        return replace(ask, aspect="", span=Span(max(1.0, start), start + size - 1, "bars"))
    if ask.topic == "chords" and ask.aspect == "roman" and ask.span is None:
        shown = [a for a in situation.asks if a.topic == "chords" and a.tracks == ask.tracks]
        return replace(ask, span=shown[-1].span if shown else None)
    if ask.topic == "chords" and ask.aspect in ("first", "last") and ask.span is not None:
        ask = replace(ask, aspect="" if ask.span.unit == "bars" else ask.aspect)
    sound = ask.topic in ("genres", "instruments", "moods", "voice")
    if sound and ask.span is not None and ask.span.unit != "bars" and ask.aspect in ("", "has"):
        return replace(ask, topic="moment", aspect=ask.topic)
    return ask


PUT_IN = re.compile(
    r"^(?:(?:and|so|ok|now|then|no|please|actually|can you|could you|would you|how (?:do|can|would) (?:i|you)) )*(?:put|move|shift|bring|have|give me|get)\b (?:(?:it|this|that|them|everything|the (?:song|chords|whole thing|chart)) )*(?:up |down |over )?(?:in|into|to) (?:the key of )?[a-g](?:#|b|♯|♭|[ -]sharp|[ -]flat)?(?:[ -]?(?:major|minor|m))?(?: (?:instead|please|then|for me|now))*[ ?.!]*$"
)
"""An order to put a song in another key, which is what would be played then."""
TO_KEY = re.compile(
    r"^(?:and |now |ok |what about |how about )*(?:in|to) [a-g]\S*(?: (?:major|minor))?(?: please| then)?[ ?.!]*$"
)


def wants_moment(text: str, general: list[tuple[str, str, int]]) -> bool:
    """Tell whether a question that names a place and no topic wants to know what is there."""
    if any(topic in ("describe", "duration") for topic, _, _ in general):
        return True
    return bool(
        re.search(
            r"\b(?:what|happen\w*|going on|hear|there|play\w*|sounds?|like|about|compar\w*|differ\w*)\b",
            text,
        )
    )
