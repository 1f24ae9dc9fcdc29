"""The tools that find tracks: search of the library, and likeness to a track within typed filters.

The first hits are opened, so that they can be asked about by their handles; the others are told of
only.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from langchain.tools import ToolRuntime

from agent import evidence
from agent import search_filters as typed
from agent.library_words import EMPTY, found_words, hit_row, library_words, row_claims, track_row
from agent.likeness import What, similar
from agent.narrowed import NarrowedMemory
from agent.playlist_goal import with_activities
from agent.recall import Hit
from agent.record import TrackRecord, facts_of
from agent.search import Filters, Found, search
from agent.search.letting_go import relaxing
from agent.search.ordered import Order, ordered
from agent.tool_frame import Answer, End, Start, ToolFrame, Track, check_span, track_data, within
from tools.concepts import concepts_name
from tools.conventions import Interval
from tools.errors import MusicToolError
from tools.joint import Vector
from tools.titles import clean_text

MOST_OPENED = 5
"""Hits that are opened: each stands in what a model is told of the open tracks, from then on."""
MOST_HITS = 50

NEEDS: dict[What, tuple[str, ...]] = {
    "sound": ("tags", "embedding"),
    "harmony": ("chords", "key"),
    "rhythm": ("tempo", "beats"),
    "mood": ("tags", "key"),
    "mix": ("tempo", "key"),
}
Limit = Annotated[int, "at most this many tracks"]


class SearchTools(ToolFrame):
    """The tools that find tracks among all that were ever heard."""

    def search_library(
        self,
        runtime: ToolRuntime,
        text: Annotated[str, "what to look for, in words: sound, mood, title, artist"] = "",
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
        order: Annotated[Order | None, "leave out for the best match first"] = None,
        in_sections: Annotated[bool, "look for sections instead of whole tracks"] = False,
        limit: Limit = 5,
    ) -> Answer:
        """Search all tracks ever heard, by words and exact filters; with neither, list them all."""
        filters = typed.filters_of(locals())
        count = _limited(limit)
        said = clean_text(text, 500)
        asked = {"query": said, "in_sections": in_sections, "order": order}
        asked["asked"] = typed.asked_words(filters)
        if not self._library.memory.ids():
            return EMPTY, _of_hits("search_library", [], [], asked | {"empty": True, "total": 0})
        everything = not (said or filters or order or in_sections)
        meant = with_activities(text)
        found = self._found(meant, filters, "title" if everything else order, count, in_sections)
        rows, claims = self._told(found.hits)
        data = asked | {"total": found.total, "relaxed": list(found.relaxed), "empty": False}
        nothing = f"No {'section' if in_sections else 'track'} of the library fits that."
        words = found_words(rows, found.total, found.relaxed, nothing)
        if everything:
            table = self._library.memory.table()
            seconds = float(np.nansum(table.column("duration")[table.alive]))
            data |= {"everything": True, "seconds": round(seconds, 1)}
            claims.append(evidence.claim("total", round(seconds, 1), "", "library"))
            words = f"{library_words(found.total, seconds)}\n{words}"
        return words, _of_hits("search_library", rows, claims, data)

    def similar_to(
        self,
        track: Track,
        runtime: ToolRuntime,
        what: Annotated[What, "in which respect; mix: can follow it in a DJ set"] = "sound",
        than: Annotated[list[typed.Than] | None, "how the others must differ from it"] = None,
        start: Start = None,
        end: End = None,
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
        limit: Limit = 5,
    ) -> Answer:
        """Find the tracks of the library that are most like a track, or a stretch of it."""
        check_span(start, end)
        filters = typed.filters_of(locals())
        words = list(dict.fromkeys(than or ()))
        count = _limited(limit)
        tasks = (*NEEDS[what], *(t for word in words for t in typed.TASKS.get(word, ())))
        handle, record = self.known(track, tasks, runtime)
        filters = replace(filters, **_as_filters(words, record))
        whole = start is None and end is None
        span = None if whole else within(record, start or 0.0, end, None)
        paced = bool({"slower", "faster"} & set(words))
        hits, gone = self._alike(handle, record, what, count, span, filters, paced)
        rows, claims = self._told(hits)
        alone = not set(self._library.memory.ids()) - {record.id}
        data: dict[str, Any] = {"what": what}
        data |= {"span": None if span is None else [round(t, 2) for t in span]}
        data |= {"than": words, "asked": typed.asked_words(filters), "relaxed": list(gone)}
        told = _of_hits("similar_to", rows, claims, data | {"total": len(rows), "empty": alone})
        told["track"] = track_data(handle, record)
        told["evidence"] += row_claims(track_row(handle, record), record)
        nothing = (
            f"The library holds no other track than {handle}."
            if alone
            else f"No track of the library mixes with {handle}: near in tempo and with a key next to its own."
            if what == "mix"
            else f"No track of the library is like {handle} in {what}."
        )
        return found_words(rows, len(rows), gone, nothing), told

    # ---- inside ---------------------------------------------------------------------------------

    def _found(
        self, text: str, filters: Filters, order: Order | None, count: int, in_sections: bool
    ) -> Found:
        if order is None:
            return search(self._library.memory, text, filters, count, in_sections)
        if in_sections:
            raise MusicToolError("Only whole tracks come in an order: leave out order or sections.")
        return ordered(self._library.memory, order, text, filters, count)

    def _alike(
        self,
        handle: str,
        record: TrackRecord,
        what: What,
        count: int,
        span: Interval | None,
        filters: Filters,
        at_first: bool,
    ) -> tuple[tuple[Hit, ...], tuple[str, ...]]:
        """Return the tracks most like one that pass filters, and the filters that were let go."""
        memory = self._library.memory
        heard = self._vector(handle, span) if what == "sound" and span else None

        def attempt(tried: Filters) -> tuple[Hit, ...]:
            among = NarrowedMemory(memory, tried, at_first) if tried else memory
            return similar(among, record, what, count, span, heard)

        return relaxing(filters, attempt, bool)

    def _told(self, hits: Sequence[Hit]) -> tuple[list[dict[str, Any]], list[evidence.Claim]]:
        """Return the rows of hits and their claims; the first are opened."""
        rows: list[dict[str, Any]] = []
        claims: list[evidence.Claim] = []
        for hit in hits:
            track_id = hit.id.partition(":")[0]
            record = self._library.memory.get(track_id)
            if record is None:
                continue  # it was forgotten this moment
            handle = self._library.handle_of(track_id)
            if handle is None and len({row["id"] for row in rows}) < MOST_OPENED:
                handle = self._library.adopt(track_id)
            row = hit_row(handle, record, hit)
            rows.append(row)
            claims += row_claims(row, record)
        return rows, claims

    def _vector(self, handle: str, span: Interval) -> Vector | None:
        """Return where a stretch lies among sounds, where its tags can't tell."""
        space = self._library.memory.sound
        if space is None or space.name == concepts_name():
            return None
        from tools.joint import estimate_embedding

        sound = self._library.audio(handle)
        heard = estimate_embedding(sound, self._library.store, span=span)
        return np.array(heard.vector, np.float32) if heard.space == space.name else None


# ---- small steps --------------------------------------------------------------------------------


def _as_filters(than: Sequence[typed.Than], record: TrackRecord) -> dict[str, Any]:
    return dict(typed.bounds(than, facts_of(record), record.title)) if than else {}


def _of_hits(
    tool: str, rows: list[dict[str, Any]], claims: list[evidence.Claim], data: dict[str, Any]
) -> dict[str, Any]:
    return {"tool": tool, "data": data | {"hits": rows}, "evidence": claims}


def _limited(limit: int) -> int:
    if limit < 1:
        raise MusicToolError(f"Ask for at least 1 track, not {limit}.")
    return min(limit, MOST_HITS)
