"""``search``: the tracks of the library that answer some words and filters."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli_common import Json, workbench
from agent.settings import Settings
from agent.terminal import say, with_settings
from agent.wish import TEMPO_TOLERANCE
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from agent.memory import TrackMemory
    from agent.search import Found, Hit

LONGEST_CELL = 28

Text = Annotated[str, typer.Argument(help="What to look for, in words.", show_default=False)]
Names = list[str] | None
Maybe = str | None


def _option(flag: str, told: str) -> Any:
    return typer.Option(flag, help=told, show_default=False)


@with_settings
def search(
    settings: Settings,
    text: Text = "",
    key: Annotated[Maybe, _option("--key", "Such as 'F# minor' or Bb.")] = None,
    mode: Annotated[Maybe, _option("--mode", "major or minor.")] = None,
    bpm: Annotated[Maybe, _option("--bpm", "Such as 80-100, 80- or -100.")] = None,
    meter: Annotated[Maybe, _option("--meter", "Such as 3/4.")] = None,
    tags: Annotated[Names, _option("--tag", "A genre, instrument or mood; all of them.")] = None,
    tags_any: Annotated[Names, _option("--any-tag", "One of these tags at least.")] = None,
    tags_not: Annotated[Names, _option("--not", "What must not be heard; never let go.")] = None,
    instruments: Annotated[Names, _option("--instrument", "An instrument; all of them.")] = None,
    voice: Annotated[Maybe, _option("--voice", "vocal or instrumental.")] = None,
    longer: Annotated[Maybe, _option("--longer", "At least so long: 3:00 or seconds.")] = None,
    shorter: Annotated[Maybe, _option("--shorter", "At most so long: 5:00 or seconds.")] = None,
    lufs: Annotated[Maybe, _option("--lufs", "Loudness, such as '-14 to -9'.")] = None,
    year: Annotated[Maybe, _option("--year", "Such as 1990-1999.")] = None,
    chords: Annotated[Maybe, _option("--chords", "Such as ii-V-I, in any key.")] = None,
    artist: Annotated[Maybe, _option("--artist", "The name, or words of it.")] = None,
    sections: Annotated[bool, typer.Option("--sections", help="Look for sections.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show at most so many.")] = 10,
    as_json: Json = False,
) -> None:
    """Search the library: words rank the tracks, filters must hold."""
    from agent.search import Filters
    from agent.search import search as search_library

    filters = Filters(
        key=key or "",
        mode=mode or "",
        meter=meter or "",
        tags_all=tuple(tags or ()),
        tags_any=tuple(tags_any or ()),
        tags_not=tuple(tags_not or ()),
        instruments=tuple(instruments or ()),
        voice=voice or "",
        chord_progression=chords or "",
        artist=artist or "",
    )
    filters = replace(
        filters,
        **_ends("bpm", bpm, float),
        **_ends("lufs", lufs, float),
        **_ends("year", year, int),
        duration_min=_seconds("--longer", longer),
        duration_max=_seconds("--shorter", shorter),
    )
    with ExitStack() as stack:
        memory = workbench(settings, stack)[0].memory
        found = search_library(memory, text, filters, limit, sections)
        told = [_told(memory, hit) for hit in found.hits]
        empty = not found.hits and not memory.ids()
    if as_json:
        content = {"hits": told, "relaxed": list(found.relaxed), "total": found.total}
        say(json.dumps(content, ensure_ascii=False, indent=2))
    elif empty:
        say("The library is empty. Fill it with: musicologue library add FOLDER")
    else:
        say(_table(told, found, sections))


# ---- reading flags ------------------------------------------------------------------------------


def _ends(name: str, text: str | None, parse: Callable[[str], Any]) -> dict[str, Any]:
    """Return the least and the most of ``80-100``, ``80-``, ``-100`` or ``90``."""
    if text is None:
        return {}
    sign = "-?" if name == "lufs" else ""  # so the ends of that range are joined by other than -
    number = r"\d{4}" if name == "year" else rf"{sign}\d+(?:\.\d+)?"
    between = r"\s*(?:\bto\b|\.\.|–)\s*" if name == "lufs" else r"\s*(?:-|–|\bto\b|\.\.)\s*"
    found = re.fullmatch(rf"({number})?(?:({between})({number})?)?", text.strip())
    if not found or not (found[1] or found[3]):
        example = {"bpm": "80-100", "lufs": "'-14 to -9'", "year": "1990-1999"}[name]
        raise MusicToolError(f"--{name} takes a range such as {example}, not '{text}'.")
    low, high = (parse(end) if end else None for end in (found[1], found[3]))
    if not found[2] and low is not None:
        near = TEMPO_TOLERANCE if name == "bpm" else 0.0
        low, high = low * (1 - near), low * (1 + near)
    return {f"{name}_min": low, f"{name}_max": high}


def _seconds(flag: str, text: str | None) -> float | None:
    """Return the seconds of ``3:00``, ``1:02:03`` or ``180``."""
    if text is None:
        return None
    if not re.fullmatch(r"(?:\d+:){0,2}\d+(?:\.\d+)?", text.strip()):
        raise MusicToolError(f"{flag} takes a length such as 3:00 or 180, not '{text}'.")
    seconds = 0.0
    for part in text.strip().split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


# ---- telling ------------------------------------------------------------------------------------


def _told(memory: "TrackMemory", hit: "Hit") -> dict[str, Any]:
    """Return a hit as JSON tells it."""
    record = memory.get(hit.id)
    row = memory.rows().get(hit.id)
    facts = row.facts if row else {}
    key = f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else None
    told = {
        "id": hit.id,
        "title": hit.title,
        "artist": facts.get("artist"),
        "path": record.path if record else None,
        "key": key,
        "bpm": facts.get("bpm"),
        "duration": facts.get("duration"),
        "score": hit.score,
        "why": list(hit.why),
    }
    return told | ({"span": list(hit.span), "label": hit.label} if hit.span else {})


def _table(told: list[dict[str, Any]], found: "Found", sections: bool) -> str:
    what = "section" if sections else "track"
    if not told:
        return f"No {what} in the library answers that. Try fewer filters or other words."
    heads = ["title", "artist", "key", "BPM", "length", "why"]
    lines = [[_cell(x) for x in _line(one)] for one in told]
    if sections:
        heads.insert(1, "section")
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)][:-1]
    shown = [
        "  ".join([*(c.ljust(w) for c, w in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in [heads, *lines]
    ]
    if found.relaxed:
        shown.insert(0, f"Nothing has all of it; let go: {'; '.join(found.relaxed)}.\n")
    if found.total > len(told):
        shown.append(f"\n{len(told)} of {found.total}; --limit shows more.")
    return "\n".join(shown)


def _line(one: dict[str, Any]) -> list[str]:
    from agent.search.filters import clock

    line = [
        _short(one["title"]),
        _short(one["artist"] or ""),
        one["key"] or "",
        "" if one["bpm"] is None else f"{one['bpm']:.0f}",
        "" if one["duration"] is None else clock(one["duration"]),
        "; ".join(one["why"]),
    ]
    if "span" in one:
        start, end = one["span"]
        line.insert(1, f"{one['label']} {clock(start)} to {clock(end)}".strip())
    return line


def _cell(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
