"""The tools for the whole library: search, likeness, comparison, playlists, and the user's notes.

As in `agent.toolbox`: words for the model, and plain data with evidence as the artifact. The first
hits are opened, so that they can be asked about by their handles; the others are told of only.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from langchain.tools import ToolRuntime

from agent import comparing, evidence
from agent.library_words import (
    EMPTY,
    found_words,
    hit_row,
    named,
    playlist_words,
    row_claims,
    track_row,
)
from agent.likeness import What, similar
from agent.open_tracks import normal_handle
from agent.playlist_goal import Goal, PlaylistError, check_minutes, read_goal
from agent.playlists import Playlist
from agent.playlists import playlist as best_playlist
from agent.recall import Hit, Row
from agent.record import TrackRecord
from agent.search import Filters, search
from agent.tool_frame import (
    Answer,
    End,
    Start,
    ToolFrame,
    Track,
    artifact,
    check_span,
    track_data,
    within,
)
from agent.user_notes import LONGEST
from agent.wish import read_wish
from tools.concepts import concepts_name
from tools.conventions import Interval
from tools.errors import AudioDecodeError, MusicToolError
from tools.joint import Vector
from tools.titles import clean_text

MOST_OPENED = 5
"""Hits that are opened: each stands in what a model is told of the open tracks, from then on."""
MOST_HITS = 50
SEARCHED = 400
"""Tracks that a playlist is chosen from where words say what it is to be."""
ENOUGH = 2.0
"""How many times its length must be found by words, or the rest of the library is taken too."""
NOTE = "the user's note"

NEEDS: dict[What, tuple[str, ...]] = {
    "sound": ("tags", "embedding"),
    "harmony": ("chords", "key"),
    "rhythm": ("tempo", "beats"),
    "mood": ("tags", "key"),
}
COMPARED = ("tempo", "beats", "key", "chords", "tags", "level", "loudness", "segments")
Limit = Annotated[int, "at most this many tracks"]
Mode = Literal["major", "minor"]
Voice = Literal["vocal", "instrumental"]
Names = list[str] | None
Ends = Annotated[float | str | None, "tempo in BPM, or handle of an open track; leave out for any"]


class LibraryTools(ToolFrame):
    """The tools for all tracks that were ever heard."""

    def search_library(
        self,
        runtime: ToolRuntime,
        text: Annotated[str, "what to look for, in words: sound, mood, title, artist"] = "",
        key: Annotated[str | None, "such as F# minor, or F# for either mode"] = None,
        mode: Mode | None = None,
        bpm_min: Annotated[float | None, "slowest tempo"] = None,
        bpm_max: Annotated[float | None, "fastest tempo"] = None,
        meter: Annotated[str | None, "such as 3/4"] = None,
        tags_any: Annotated[
            Names, "genres, instruments or moods, one of which must be there"
        ] = None,
        tags_not: Annotated[Names, "genres, instruments or moods that must not be there"] = None,
        instruments: Annotated[Names, "instruments that must all be there"] = None,
        voice: Voice | None = None,
        duration_min: Annotated[float | None, "shortest length in seconds"] = None,
        duration_max: Annotated[float | None, "longest length in seconds"] = None,
        chord_progression: Annotated[
            str | None, "such as ii-V-I or Dm7 G7 Cmaj7; found in any key"
        ] = None,
        in_sections: Annotated[bool, "look for sections instead of whole tracks"] = False,
        limit: Limit = 5,
    ) -> Answer:
        """Search all tracks ever heard, by words and by exact filters. Says why each one matches."""
        filters = Filters(
            key=key or "",
            mode=mode or "",
            bpm_min=bpm_min,
            bpm_max=bpm_max,
            meter=meter or "",
            tags_any=tuple(tags_any or ()),
            tags_not=tuple(tags_not or ()),
            instruments=tuple(instruments or ()),
            voice=voice or "",
            duration_min=duration_min,
            duration_max=duration_max,
            chord_progression=chord_progression or "",
        )
        asked = {"query": clean_text(text, 500), "in_sections": in_sections}
        count = _limited(limit)
        if not self._library.memory.ids():
            return EMPTY, _of_hits("search_library", [], [], asked | {"empty": True, "total": 0})
        found = search(self._library.memory, text, filters, count, in_sections)
        rows, claims = self._told(found.hits)
        data = asked | {"total": found.total, "relaxed": list(found.relaxed), "empty": False}
        nothing = f"No {'section' if in_sections else 'track'} of the library fits that."
        words = found_words(rows, found.total, found.relaxed, nothing)
        return words, _of_hits("search_library", rows, claims, data)

    def similar_to(
        self,
        track: Track,
        runtime: ToolRuntime,
        what: Annotated[What, "in which respect"] = "sound",
        start: Start = None,
        end: End = None,
        limit: Limit = 5,
    ) -> Answer:
        """Find the tracks of the library that are most like a track, or a stretch of it."""
        check_span(start, end)
        count = _limited(limit)
        handle, record = self._known(track, NEEDS[what], runtime)
        whole = start is None and end is None
        span = None if whole else within(record, start or 0.0, end, None)
        memory = self._library.memory
        heard = self._vector(handle, span) if what == "sound" and span else None
        hits = similar(memory, record, what, count, span, heard)
        rows, claims = self._told(hits)
        data = {"what": what, "span": None if span is None else [round(t, 2) for t in span]}
        alone = not set(memory.ids()) - {record.id}
        nothing = (
            f"The library holds no other track than {handle}."
            if alone
            else f"No track of the library is like {handle} in {what}."
        )
        told = _of_hits("similar_to", rows, claims, data | {"total": len(rows), "empty": alone})
        told["track"] = track_data(handle, record)
        told["evidence"] += row_claims(track_row(handle, record), record)
        return found_words(rows, len(rows), (), nothing), told

    def compare(
        self,
        tracks: Annotated[list[str], "handles of 2 to 5 open tracks, such as #1 and #2"],
        runtime: ToolRuntime,
    ) -> Answer:
        """Compare open tracks: tempo, key, meter, chords, mood, loudness, form, length, and if they mix."""
        handles = list(dict.fromkeys(normal_handle(handle) for handle in tracks))
        comparing.check_count(len(handles))
        heard = [self._known(handle, COMPARED, runtime) for handle in handles]
        found = comparing.compare(heard)
        data = found.to_dict()
        told = {"tool": "compare", "data": data, "evidence": list(found.claims)}
        return found.words, told

    def playlist(
        self,
        goal: Annotated[str, "what for, in words: mood, genre, activity; builds or winds down"],
        runtime: ToolRuntime,
        minutes: Annotated[float, "how long"] = 60.0,
        start: Ends = None,
        end: Ends = None,
    ) -> Answer:
        """Make a playlist from the library, ordered by key, tempo and energy; saves m3u8 and JSON."""
        check_minutes(minutes)
        first, last = self._end(start, runtime), self._end(end, runtime)
        wanted = read_goal(clean_text(goal, 200), *(_bpm(x) for x in (first, last)))
        rows = list(self._library.memory.rows().values())
        if not rows:
            return EMPTY, {
                "tool": "playlist",
                "data": {"tracks": [], "empty": True},
                "evidence": [],
            }
        kept = [x for x in (first, last) if isinstance(x, str)]
        chosen, relevance, notes = self._candidates(rows, wanted, 60 * minutes, kept)
        made = best_playlist(chosen, wanted, minutes, _id(first), _id(last), relevance)
        made = replace(made, notes=(*notes, *made.notes))
        return self._saved(made)

    def note(
        self,
        track: Track,
        runtime: ToolRuntime,
        text: Annotated[str, "what the user wants remembered; leave out to read the notes"] = "",
    ) -> Answer:
        """Keep a note of the user's about a track, in their words; without text, read the notes."""
        record = self._library.record(track)
        handle = self._library.handle_of(record.id) or track
        said = clean_text(text, LONGEST)
        notes = self._library.memory.notes
        added = notes.add(record.id, text) if said else None
        kept = [
            {"id": n.id, "note": n.text, "written_at": n.written_at} for n in notes.of(record.id)
        ]
        data = {"notes": kept, "added": None if added is None else added.id}
        claims = [evidence.claim("told", n["note"], handle, NOTE) for n in kept]
        return _note_words(handle, record, said, kept), artifact(
            "note", handle, record, data, claims
        )

    # ---- inside ---------------------------------------------------------------------------------

    def _known(
        self, track: str, tasks: tuple[str, ...], runtime: ToolRuntime
    ) -> tuple[str, TrackRecord]:
        """Return handle and record of a track, listened to only if something was never heard of it.

        What is remembered will do, though it could be heard better now, and where the file of a
        track of the library is gone.
        """
        record = self._library.record(track)
        tried = set(record.annotations) | {p["task"] for p in record.problems}
        if not set(tasks) <= tried or record.id not in self._library.memory.ids():
            try:
                return self.hear(track, tasks, runtime)
            except AudioDecodeError:
                if not set(tasks) & set(record.annotations):
                    raise
        return self._library.handle_of(record.id) or track, record

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

    def _end(self, said: float | str | None, runtime: ToolRuntime) -> float | str | None:
        """Return a tempo, or the id of a track."""
        if said is None or (isinstance(said, str) and not said.strip()):
            return None
        if isinstance(said, int | float):
            return float(said)
        if found := re.fullmatch(r"\s*(\d{1,4}(?:\.\d+)?)\s*(?:bpm)?\s*", said, re.IGNORECASE):
            return float(found[1])
        if not said.strip().startswith("#"):
            raise PlaylistError(
                f"A playlist starts and ends with a tempo such as 90 or an open track such as #1, "
                f"not '{clean_text(said, 40)}'."
            )
        _, record = self._known(said, ("tempo", "key"), runtime)
        return record.id

    def _candidates(
        self, rows: list[Row], goal: Goal, seconds: float, kept: Sequence[str]
    ) -> tuple[list[Row], dict[str, float], list[str]]:
        """Return what to choose from, how well each fits the words, and what there is to say."""
        wish = read_wish(goal.search)
        allowed = [
            row
            for row in rows
            if row.id in kept
            or not (
                wish.unwanted & row.tags
                or (wish.voice == "instrumental" and row.facts.get("voice") == "vocal")
            )
        ]
        if not goal.search:
            return allowed, {}, []
        hits = search(self._library.memory, goal.search, limit=SEARCHED).hits
        best = max((hit.score for hit in hits), default=0.0) or 1.0
        relevance = {hit.id: hit.score / best for hit in hits}
        fitting = [row for row in allowed if row.id in relevance or row.id in kept]
        found = sum(_seconds(row) for row in fitting)
        if found >= ENOUGH * seconds:
            return fitting, relevance, []
        few = f'Only {len(relevance)} tracks fit "{goal.search}"' if relevance else ""
        none = f'No track fits "{goal.search}"'
        return allowed, relevance, [f"{few or none}: the others were chosen by key and tempo."]

    def _saved(self, made: Playlist) -> Answer:
        written = self._library.write_playlist(made)
        files = {form: self._library.address(path) for form, path in written.items()}
        rows: list[dict[str, Any]] = []
        claims: list[evidence.Claim] = []
        for item in made.items:
            record = self._library.memory.get(item.id)
            if record is None:
                continue
            row = track_row(self._library.handle_of(item.id), record)
            row |= {"why": list(item.why), "energy": item.energy}
            row |= {"key_steps": item.key_steps, "tempo_step": item.tempo_step}
            rows.append(row)
            claims += row_claims(row | {"why": "; ".join(item.why)}, record)
        claims.append(evidence.claim("total", made.total, "", "playlist/1"))
        data = made.to_dict() | {"tracks": rows, "files": files, "empty": False}
        words = playlist_words(made, rows, files)
        return words, {"tool": "playlist", "data": data, "evidence": claims}


# ---- small steps --------------------------------------------------------------------------------


def _of_hits(
    tool: str, rows: list[dict[str, Any]], claims: list[evidence.Claim], data: dict[str, Any]
) -> dict[str, Any]:
    return {"tool": tool, "data": data | {"hits": rows}, "evidence": claims}


def _limited(limit: int) -> int:
    if limit < 1:
        raise MusicToolError(f"Ask for at least 1 track, not {limit}.")
    return min(limit, MOST_HITS)


def _bpm(said: float | str | None) -> float | None:
    return said if isinstance(said, float) else None


def _id(said: float | str | None) -> str | None:
    return said if isinstance(said, str) else None


def _seconds(row: Row) -> float:
    value = row.facts.get("duration")
    return float(value) if isinstance(value, int | float) else 0.0


def _note_words(handle: str, record: TrackRecord, said: str, kept: Sequence[dict[str, Any]]) -> str:
    title = named(track_data(handle, record))
    if said:
        return f'Noted for {handle} {title}: "{said}"'
    if not kept:
        return f"There are no notes about {handle} {title}."
    told = "; ".join(f'"{n["note"]}" ({n["written_at"][:10]})' for n in kept)
    return f"The user's notes about {handle} {title}: {told}"
