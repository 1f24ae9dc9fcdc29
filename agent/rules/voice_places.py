"""Where a voice is and where it isn't: gaps, and before or after a time."""

from agent.rules import say
from agent.rules.asks import Ask

SHORTEST = 3.0
"""Seconds a gap must last to be told; the tags move in steps of 1.5 s."""
Spans = list[tuple[float, float]]


def gaps(spans: Spans, duration: float) -> Spans:
    """Return the stretches of at least `SHORTEST` seconds that no span covers."""
    found: Spans = []
    at = 0.0
    for start, end in [*sorted(spans), (duration, duration)]:
        if start - at >= SHORTEST:
            found.append((at, start))
        at = max(at, end)
    return found


def without_voice(spans: Spans, duration: float, polar: bool = True) -> str:
    """Return where nobody sings."""
    free = gaps(spans, duration)
    if not free:
        return f"{'no, ' if polar else ''}the voice is there nearly all the way through"
    told = [f"{say.clock(a)}–{say.clock(b)}" for a, b in free[:5]]
    more = f", among others ({len(free)} in all)" if len(free) > 5 else ""
    start = "yes, " if polar else ""
    return f"{start}I hear no voice at {say.join(told)}{more}"


def against(ask: Ask, spans: Spans) -> str:
    """Return whether the voice comes in before or after a time."""
    limit = ask.span.start if ask.span else 0.0
    if ask.span is not None and ask.span.start == 0.0 and ask.span.end:
        limit = ask.span.end
    first = spans[0][0]
    side = "before" if first < limit else "after"
    start = "" if not ask.value or not ask.polar else "Yes, " if ask.value == side else "No, "
    return f"{start}{side} {say.clock(limit)}: the voice first comes in at {say.clock(first)}"
