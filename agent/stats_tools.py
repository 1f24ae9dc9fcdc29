"""The tool that counts the library, or what of it passes typed filters: how much, how fast, which keys.

Unlike a search it lets no filter go, and goes by first readings alone: a count answers for just what
was asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from langchain.tools import ToolRuntime

from agent import evidence
from agent import search_filters as typed
from agent.collection.catalogue import Listed, counts
from agent.ledger import LIBRARY
from agent.library_words import EMPTY, named, row_claims, track_row
from agent.recall import LISTS, SURE
from agent.render import clock
from agent.search.filters import Filters
from agent.search.ranking import passing
from agent.search.segment import Array
from agent.search.table import Mask, Table
from agent.tool_frame import Answer, ToolFrame
from tools.theory import MODES

COUNTED = "library/1"
"""Who counted, in claims."""
MOST = 12
"""Genres, instruments and moods that are told, the most frequent first."""
FIGURES: Mapping[str, tuple[str, str]] = {
    "tempo": ("bpm", "bpm"),
    "length": ("duration", "duration"),
    "loudness": ("lufs", "loudness"),
    "year": ("year", "year"),
}
"""What is averaged -> its column, and what claims call it."""
_UNITS = {"tempo": " BPM", "loudness": " LUFS"}


class StatsTools(ToolFrame):
    """The tool that counts."""

    def library_stats(
        self,
        runtime: ToolRuntime,
        key: typed.Key = None,
        mode: typed.Mode = None,
        bpm_min: typed.Slowest = None,
        bpm_max: typed.Fastest = None,
        meter: typed.Meter = None,
        tags_any: typed.TagsAny = None,
        tags_not: typed.TagsNot = None,
        instruments: typed.Instruments = None,
        voice: typed.Voice = None,
        duration_min: typed.Shortest = None,
        duration_max: typed.Longest = None,
        lufs_min: typed.Quietest = None,
        lufs_max: typed.Loudest = None,
        year_min: typed.FirstYear = None,
        year_max: typed.LastYear = None,
        artist: typed.Artist = None,
        artist_not: typed.ArtistNot = None,
        chord_progression: typed.Progression = None,
    ) -> Answer:
        """Count the library, or what passes exact filters: how many, how long, mean tempo, keys, genres, extremes."""
        filters = typed.filters_of(locals())
        table = self._library.memory.table()
        mask = _counted(table, filters)
        rows = [table.row(slot) for slot in np.flatnonzero(mask).tolist()]
        found = counts([Listed.of(row) for row in rows], {})
        seconds = round(float(np.nansum(table.column("duration")[mask])), 1)
        data: dict[str, Any] = {"asked": typed.asked_words(filters), "empty": not len(table)}
        data |= {"count": len(rows), "of": len(table), "seconds": seconds, "keys": found.keys}
        modes: Counter[str] = Counter()
        for name, number in found.keys.items():
            modes[name.partition(" ")[2]] += number
        data["modes"] = {name: modes[name] for name in MODES} if found.keys else {}
        for name, fact in (("meters", "meter"), ("voices", "voice"), ("singers", "singer")):
            data[name] = _most(str(row.facts[fact]) for row in rows if fact in row.facts)
        for name in LISTS:
            lists = (row.facts.get(name) for row in rows)
            data[name] = _most(
                str(x) for told in lists if isinstance(told, list) for x in set(told)
            )
        claims = _claims(data)
        for name, (column, kind) in FIGURES.items():
            if figures := _figures(table.column(column), mask):
                data[name] = figures | self._ends(table, figures, claims)
                told = {figures[x] for x in ("mean", "median", "least", "most")}
                claims += [evidence.claim(kind, x, LIBRARY, COUNTED) for x in sorted(told)]
        words = EMPTY if data["empty"] else _words(data)
        return words, {"tool": "library_stats", "data": data, "evidence": claims}

    def _ends(
        self, table: Table, figures: Mapping[str, Any], claims: list[evidence.Claim]
    ) -> dict[str, Any]:
        """Return the tracks at the two ends of what was measured; what is known of them is claimed."""
        ends: dict[str, Any] = {}
        for end in ("least", "most"):
            record = self._library.memory.get(table.id(figures[f"{end}_slot"]))
            if record is None:
                continue
            row = track_row(self._library.handle_of(record.id), record)
            claims += row_claims(row, record)
            ends[f"{end}_track"] = row
        return ends


def _counted(table: Table, filters: Filters) -> Mask:
    """Return the tracks that pass filters by what was read first of them."""
    if not len(table):
        return np.zeros(len(table.alive), bool)
    mask, demands = passing(table, filters)
    for demand in demands:
        mask = mask & (demand.scores >= SURE)
    return mask


def _figures(column: Array, mask: Mask) -> dict[str, Any]:
    """Return what numbers come to, and the slots of the least and the greatest; {} where none is known."""
    slots = np.flatnonzero(mask & ~np.isnan(column)) if len(column) else np.zeros(0, np.int64)
    if not len(slots):
        return {}
    values = column[slots]
    least, most = (int(slots[i]) for i in (np.argmin(values), np.argmax(values)))
    told = {"mean": values.mean(), "median": np.median(values), "least": values.min()}
    told |= {"most": values.max(), "spread": values.max() - values.min()}
    found: dict[str, Any] = {name: round(float(value), 1) for name, value in told.items()}
    return found | {"known": len(slots), "least_slot": least, "most_slot": most}


def _most(names: Iterable[str]) -> dict[str, int]:
    """Return the most frequent names with their counts."""
    return dict(Counter(names).most_common(MOST))


def _claims(data: Mapping[str, Any]) -> list[evidence.Claim]:
    claims = [evidence.claim("count", data[x], LIBRARY, COUNTED) for x in ("count", "of")]
    claims.append(evidence.claim("total", data["seconds"], "", COUNTED))
    kinds = {"keys": "key", "meters": "meter", "voices": "voice", "singers": "voice"}
    kinds |= {name: name.removesuffix("s") for name in LISTS}
    for name, kind in kinds.items():
        claims += [evidence.claim(kind, what, LIBRARY, COUNTED) for what in data[name]]
        claims += [evidence.claim("count", n, LIBRARY, COUNTED) for n in data[name].values()]
    claims += [evidence.claim("count", n, LIBRARY, COUNTED) for n in data["modes"].values()]
    return claims


def _words(data: Mapping[str, Any]) -> str:
    asked = f" with {', '.join(data['asked'])}" if data["asked"] else ""
    lines = [f"{data['count']} of {data['of']} tracks{asked}, {clock(data['seconds'])} in all."]
    for name in FIGURES:
        if figures := data.get(name):
            lines.append(_figure_words(name, figures))
    for name in ("modes", "keys", "meters", "voices", *LISTS):
        if data[name]:
            lines.append(f"{name}: {', '.join(f'{what} {n}' for what, n in data[name].items())}.")
    return "\n".join(lines)


def _figure_words(name: str, figures: Mapping[str, Any]) -> str:
    def show(value: float) -> str:
        if name == "length":
            return clock(value)
        return f"{value:.0f}" if name == "year" else f"{value:g}{_UNITS[name]}"

    ends = []
    for end in ("least", "most"):
        of = f" ({named(row)})" if (row := figures.get(f"{end}_track")) else ""
        ends.append(f"{show(figures[end])}{of}")
    mean, median = show(figures["mean"]), show(figures["median"])
    return f"{name}: mean {mean}, median {median}, from {ends[0]} to {ends[1]}."
