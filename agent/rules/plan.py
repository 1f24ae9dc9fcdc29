"""Asks become tool calls; which ones are still to be made."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from agent.rules import closer_calls, generate_asks, library_asks, side_asks
from agent.rules.asks import CLOSER, LOUDNESS, Ask, Call, Finding, Situation

_TOOLS = {
    "tempo": "tempo", "meter": "tempo", "beats": "tempo", "key": "key", "chords": "chords",
    "genres": "tags", "instruments": "tags", "moods": "tags", "voice": "tags",
    "sound": "tags", "moment": "moment", "describe": "describe", "duration": "describe", "title": "describe", "listen": "listen", "recall": "search_library",
    "structure": "structure", "stems": "separate", "notes": "transcribe", "melody": "melody", "caption": "caption", "export": "export", "loudness": "loudness",
}  # fmt: skip
_COMPARED: dict[str, tuple[str, ...]] = {
    "tempo": ("tempo",), "key": ("key",), "mix": ("mix",), "meter": ("meter",), "chords": ("chords",),
    "genres": ("genres",), "moods": ("moods",), "instruments": ("instruments",), "voice": ("voice",),
    "pitch": ("tempo",), "loudness": ("loudness",),
    "all": ("tempo", "key", "meter", "genres", "moods", "loudness"),
} | side_asks.ASPECTS  # fmt: skip
"""In which respects the tool for comparisons is asked to compare."""
_KNOWN = frozenset(("duration", "order duration"))
"""Comparisons that need no tool: how long each track is stands in the list of open tracks."""
_EACH = {"steady": "tempo", "sure": "tempo", "sure key": "key", "entry": "tags", "range": "melody"}
"""Comparisons of what only the tools of one track tell: how steady, how sure, when someone sings."""
AROUND = 8.0
"""Seconds before and after a place that "what comes next" looks at."""


def tools_for(ask: Ask) -> tuple[str, ...]:
    """Return the names of the tools an ask needs, none where no tool can help."""
    if ask.topic == "compare" and ask.aspect in _EACH:
        return (_EACH[ask.aspect],)
    if ask.topic == CLOSER:
        return (closer_calls.tool_of(ask.aspect),)
    if ask.topic == "compare":
        return () if ask.aspect in _KNOWN else ("compare",)
    if ask.span is not None and ask.span.unit == "section":
        return ("structure",)  # first where that section is
    if ask.topic == "unsupported" or (ask.topic == "export" and not ask.value):
        return ()
    if ask.topic == "chords" and ask.versus is None and _is_place(ask):
        return ("moment", "chords")
    if ask.topic == "use":
        return ("tags", "tempo")
    if ask.topic == "key" and ask.aspect == "transpose":
        return ("key", "chords")
    if ask.topic == "key" and ask.aspect == "capo":
        return ("key", "chords")
    if ask.topic in ("tempo", "key") and ask.span is not None and ask.aspect == "":
        return (ask.topic, "moment") if ask.span.unit != "bars" else (ask.topic,)
    tool = _TOOLS.get(ask.topic) or library_asks.TOOLS.get(ask.topic)
    return (tool,) if tool else ()


def missing_tools(ask: Ask, situation: Situation) -> tuple[str, ...]:
    """Return the tools an ask needs that this conversation does not have."""
    needed = tools_for(ask)
    if ask.topic == "chords" and "chords" in situation.tools:
        needed = ("chords",)
    return tuple(t for t in needed if t not in situation.tools)


def calls_for(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return the calls that answer one ask; none where a tool or a track is missing."""
    if ask.topic in library_asks.TOOLS:
        return library_asks.calls(ask, situation)
    if ask.topic == "generate":
        return generate_asks.calls(ask, situation)
    if ask.topic == CLOSER:
        return closer_calls.calls(ask, situation)
    if ask.topic == "listen":
        return (Call("listen", {"path": ask.value}),) if "listen" in situation.tools else ()
    if ask.topic == "recall" or (ask.topic, ask.aspect) == LOUDNESS:
        return _as_read(ask, situation)
    if missing_tools(ask, situation) or (ask.topic == "compare" and len(ask.tracks) < 2):
        return ()
    if ask.topic == "compare" and ask.aspect not in _EACH:
        return _comparison(ask, situation)
    if ask.versus is not None:
        places = (replace(ask, versus=None), replace(ask, span=ask.versus, versus=None))
        return tuple(c for place in places for c in calls_for(place, situation))
    known = [h for h in ask.tracks if situation.track(h)]
    return tuple(
        Call(tool, _arguments(ask, tool, handle, situation))
        for handle in known
        for tool in tools_for(ask)
        if tool in situation.tools
    )


def _as_read(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    """Return about what a head becomes that its tools make more of (`library_asks`, `loudness_asks`)."""
    alike = ask.aspect == "similar" and ask.tracks and not ask.value
    tool = "loudness" if ask.topic != "recall" else "similar_to" if alike else "search_library"
    if tool not in situation.tools:
        return ()
    if tool == "search_library":
        return (Call(tool, {"text": ask.value}),)
    return tuple(Call(tool, {"track": h}) for h in ask.tracks if situation.track(h))


def _comparison(ask: Ask, situation: Situation) -> tuple[Call, ...]:
    known = [h for h in ask.tracks if situation.track(h)]
    if ask.aspect in _KNOWN or len(known) < 2:
        return ()
    in_what = _COMPARED.get(ask.aspect, _COMPARED["all"])
    return (Call("compare", {"tracks": known, "in_what": list(in_what)}),)


def plan(asks: Iterable[Ask], situation: Situation) -> tuple[Call, ...]:
    """Return the calls of a turn, each once; a file to open comes alone, before all others."""
    asks = tuple(asks)
    opening = [c for ask in asks if ask.topic == "listen" for c in calls_for(ask, situation)]
    if opening:
        return tuple(opening)
    calls: list[Call] = []
    for ask in asks:
        for call in calls_for(ask, situation):
            if call not in calls:
                calls.append(call)
    return tuple(_merged(calls))


def second_round(
    asks: Iterable[Ask], findings: tuple[Finding, ...], situation: Situation
) -> tuple[Call, ...]:
    """Return the calls that the first round of a turn made possible, none for most turns.

    A file that was opened can be asked about, and so can a section that was found.
    """
    done = [(f.tool, dict(f.args)) for f in findings]
    calls: list[Call] = []
    found = any(a.topic == "similar" and a.tracks for a in asks)
    leads = ("listen", "structure", "search_library") if found else ("listen", "structure")
    if any(f.tool in leads and not f.error for f in findings):
        calls += plan([a for a in asks if a.topic != "listen"], situation)
    return tuple(c for c in calls if (c.tool, dict(c.args)) not in done)


def after_opening(
    asks: Iterable[Ask], findings: Iterable[Finding], situation: Situation
) -> tuple[Ask, ...]:
    """Return the asks of a turn that opened files, now about the tracks that were opened."""
    opened = [
        str(track["handle"])
        for finding in findings
        if finding.tool == "listen"
        for track in finding.data.get("tracks", ())
        if track.get("handle")
    ]
    rest = tuple(a for a in asks if a.topic != "listen")
    named = {h for a in rest for h in a.tracks}
    if not opened:
        return rest
    if any(a.topic == "compare" for a in rest):
        both = tuple(dict.fromkeys([*opened, *named]))
        return tuple(replace(a, tracks=both[:4]) for a in rest)
    return tuple(replace(a, tracks=tuple(opened)) for a in rest)


def _merged(calls: list[Call]) -> list[Call]:
    """Return the calls without a look at one kind of tags where all are looked at."""
    everything = {
        str(c.args.get("track")) for c in calls if c.tool == "tags" and c.args.get("kind") == "all"
    }
    kinds = [c for c in calls if c.tool == "tags" and c.args.get("kind") != "all"]
    return [c for c in calls if not (c in kinds and str(c.args.get("track")) in everything)]


def _arguments(ask: Ask, tool: str, handle: str, situation: Situation) -> dict[str, object]:
    args: dict[str, object] = {"track": handle}
    if ask.stem and tool in ("tempo", "key", "chords", "tags"):
        args["stem"] = ask.stem
    if tool in PART_ARGUMENTS:
        args |= PART_ARGUMENTS[tool](ask)
    if tool in ("separate", "transcribe", "melody") and ask.span is not None:
        args |= times_of(ask, tool, handle, situation)
    if tool == "tags":
        kinds = ("genres", "instruments", "moods", "voice")
        kind = ask.topic if ask.topic in kinds else ask.aspect
        args["kind"] = kind if kind in kinds else "all"
    if tool == "loudness" and ask.value:
        args["target"] = float(ask.value)
    if tool in ("moment", "chords"):
        args.update(times_of(ask, tool, handle, situation))
    return args


def times_of(ask: Ask, tool: str, handle: str, situation: Situation) -> dict[str, float]:
    """Return the start and end that a tool is asked about, in seconds; empty for the whole."""
    span, track = ask.span, situation.track(handle)
    duration = track.duration if track else None
    if span is None:
        return {"start": 0.0} if tool == "moment" else {}
    if span.unit in ("bars", "section"):  # bars are found in the chords of the whole track
        return {"start": 0.0} if tool == "moment" else {}
    start, end = span.resolve(duration)
    if end is None and tool == "moment":
        return {"start": start}  # the tool says what is wrong with a time beyond the end
    if duration:
        start = min(start, duration)
    if end is None:
        if tool == "melody" or (tool == "transcribe" and not ask.aspect):
            return {"start": start, "end": start + 1.0}
        late = start + AROUND
        return {"start": max(0.0, start - AROUND), "end": min(late, duration) if duration else late}
    if math.isinf(end) and duration and tool == "moment":
        end = duration  # a moment without an end would be one second
    if math.isinf(end):
        return {"start": start}
    return {"start": start, "end": min(end, duration) if duration else end}


def _transcribe(ask: Ask) -> dict[str, object]:
    """Return who is to be written down: an instrument or a stem, and into which file."""
    instrument = {"piano": "piano", "vocals": "voice", "drums": "drums"}.get(ask.value)
    args: dict[str, object] = {"instrument": instrument} if instrument else {}
    if ask.value in ("bass", "other"):
        args["stem"] = ask.value
    return args | ({"form": ask.aspect} if ask.aspect else {})


PART_ARGUMENTS: dict[str, Callable[[Ask], dict[str, object]]] = {
    "separate": lambda ask: {"stems": ask.value.split(", ")} if ask.value else {},
    "transcribe": _transcribe,
    "melody": lambda ask: {"stem": ask.stem} if ask.stem else {},
    "export": lambda ask: {"forms": ask.value.split(", ")},
}
"""What a tool is told beside the track and the time."""


def _is_place(ask: Ask) -> bool:
    return (
        ask.span is not None
        and ask.span.end is None
        and ask.span.unit != "bars"
        and ask.aspect in ("", "has", "next", "previous", "notes")
    )
