"""Which calls answer the closer questions about one track (`agent.rules.closer_asks`)."""

from itertools import pairwise

from agent.rules.asks import Ask, Call, Situation

STEMS = ("vocals", "drums", "bass", "other")

TOOLS = {
    "nashville": "chords", "spelled": "chords", "kinds": "chords", "outside": "chords", "listed": "chords",
    "section bar": "structure", "entry bar": "tags", "last note": "melody",
    "in key": "chords", "resolves": "chords", "direction": "melody",
    "bar": "chords", "decimal": "tempo", "floor": "tempo", "half": "structure", "mix range": "tempo", "mixes": "tempo", "bass ends": "transcribe", "scaled": "tempo", "to note": "melody", "either bpm": "tempo", "form": "structure",
    "quiet": "loudness", "ending": "loudness", "stem levels": "loudness", "bass": "transcribe",
    "course": "moment", "busier": "transcribe", "sentences": "caption", "why": "describe", "motion": "melody",
    "first notes": "melody", "often": "melody",
}  # fmt: skip
"""Aspect -> its tool; ``tags`` for the others."""


def tool_of(aspect: str) -> str:
    """Return the tool that is called for an aspect."""
    return TOOLS.get(aspect, "tags")


def calls(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return the calls that answer an ask of this topic, for each of its tracks."""
    return tuple(
        Call(tool, {"track": handle} | args)
        for handle in ask.tracks
        if (track := situation.track(handle))
        for tool, args in _calls(ask, track.duration)
        if tool in situation.tools
    )


def _calls(ask: Ask, duration: float) -> list[tuple[str, dict[str, object]]]:
    tool = tool_of(ask.aspect)
    if ask.aspect == "stem levels":
        return [(tool, {"stem": stem}) for stem in STEMS]
    if ask.aspect == "entry bar":
        return [(tool, {"kind": "voice"}), ("chords", {})]
    if ask.aspect in ("to note", "mixes"):
        return [(tool, {}), ("key", {})]
    if ask.aspect == "voice":
        return [(tool, {"kind": "voice"}), ("melody", {})]
    if ask.aspect == "uses":
        return [(tool, {"kind": "all"}), ("tempo", {})]
    if ask.aspect in ("bass", "bass ends"):
        return [(tool, {"stem": "bass"})]
    if ask.aspect in ("course", "busier"):
        parts = 3 if ask.aspect == "course" else 4
        edges = [round(duration * i / parts, 2) for i in range(parts + 1)]
        places = list(pairwise(edges))
        places = places if ask.aspect == "course" else [places[0], places[-1]]
        return [(tool, {"start": a, "end": b}) for a, b in places]
    if tool == "tags":
        return [(tool, {"kind": "voice" if ask.aspect == "sung" else "all"})]
    return [(tool, {})]
