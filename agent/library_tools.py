"""The tools for the whole library: those of `agent.search_tools`, comparison, playlists and notes.

As in `agent.toolbox`: words for the model, and plain data with evidence as the artifact.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Annotated, Any

from langchain.tools import ToolRuntime

from agent import comparing, evidence
from agent.library_words import EMPTY, named, playlist_words, row_claims, track_row
from agent.open_tracks import normal_handle
from agent.playlist_goal import LONGEST_MINUTES, Goal, PlaylistError, check_minutes, read_goal
from agent.playlists import Playlist
from agent.playlists import playlist as best_playlist
from agent.recall import Row
from agent.record import TrackRecord
from agent.search import search
from agent.search_tools import SearchTools
from agent.stats_tools import StatsTools
from agent.tool_frame import Answer, Track, artifact, track_data
from agent.user_notes import LONGEST
from agent.wish import read_wish
from tools.titles import clean_text

MOST_TRACKS = 200
SEARCHED = 400
"""Tracks that a playlist is chosen from where words say what it is to be."""
TRIES, DAMPED = 6, 0.7
"""Lengths that are tried for a playlist of a number of tracks, and how far each goes after the last."""
ENOUGH = 2.0
"""How many times its length must be found by words, or the rest of the library is taken too."""
NOTE = "the user's note"

Ends = Annotated[float | str | None, "tempo in BPM, or handle of an open track; leave out for any"]


class LibraryTools(SearchTools, StatsTools):
    """The tools for all tracks that were ever heard."""

    def compare(
        self,
        tracks: Annotated[list[str], "handles of 2 to 12 open tracks, such as #1 and #2"],
        runtime: ToolRuntime,
        in_what: Annotated[
            list[comparing.Aspect] | None, "in which respects; leave out for all"
        ] = None,
    ) -> Answer:
        """Compare open tracks: tempo, key, meter, chords, mood, loudness, form, length, and if they mix."""
        handles = list(dict.fromkeys(normal_handle(handle) for handle in tracks))
        comparing.check_count(len(handles))
        aspects = tuple(dict.fromkeys(in_what or comparing.NEEDS))
        tasks = tuple(dict.fromkeys(t for a in aspects for t in comparing.NEEDS[a]))
        heard = [self.known(handle, tasks, runtime) for handle in handles]
        found = comparing.compare(heard, aspects)
        data = found.to_dict()
        told = {"tool": "compare", "data": data, "evidence": list(found.claims)}
        return found.words, told

    def playlist(
        self,
        goal: Annotated[str, "what for, in words: mood, genre, activity; builds or winds down"],
        runtime: ToolRuntime,
        minutes: Annotated[float, "how long"] = 60.0,
        count: Annotated[int | None, "how many tracks, instead of how long"] = None,
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
        if count is not None:
            made = self._counted(
                lambda long: best_playlist(chosen, wanted, long, _id(first), _id(last), relevance),
                chosen,
                check_count(count),
                cut=_id(last) is None,
            )
        made = replace(made, notes=(*notes, *made.notes))
        return self._saved(made)

    def note(
        self,
        track: Track,
        runtime: ToolRuntime,
        text: Annotated[str, "what the user wants remembered; leave out to read the notes"] = "",
        forget: Annotated[
            bool, "take a note back: the one that has the text in it, or the last"
        ] = False,
    ) -> Answer:
        """Keep a note of the user's about a track, in their words; without text, read the notes."""
        record = self._library.record(track)
        handle = self._library.handle_of(record.id) or track
        said = clean_text(text, LONGEST)
        notes = self._library.memory.notes
        added = notes.add(record.id, text) if said and not forget else None
        removed = self._forgotten(record.id, said) if forget else None
        kept = [
            {"id": n.id, "note": n.text, "written_at": n.written_at} for n in notes.of(record.id)
        ]
        data = {"notes": kept, "added": None if added is None else added.id, "removed": removed}
        claims = [evidence.claim("told", n["note"], handle, NOTE) for n in kept]
        if removed is not None:
            claims.append(evidence.claim("told", removed, handle, NOTE))
        return _note_words(handle, record, said, kept, forget, removed), artifact(
            "note", handle, record, data, claims
        )

    # ---- inside ---------------------------------------------------------------------------------

    def _forgotten(self, track_id: str, said: str) -> str | None:
        """Take back the last note of a track, of those with the words if some are said; return it."""
        notes = self._library.memory.notes
        meant = [n for n in notes.of(track_id) if said.casefold() in n.text.casefold()]
        return meant[-1].text if meant and notes.remove(meant[-1].id) else None

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
        _, record = self.known(said, ("tempo", "key"), runtime)
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

    def _counted(
        self, make: Callable[[float], Playlist], rows: Sequence[Row], count: int, cut: bool
    ) -> Playlist:
        """Return a playlist of so many tracks, as near as some lengths that are tried come to it.

        One that is too long may be `cut` at its end, unless that is given.
        """
        known = [s for row in rows if (s := _seconds(row)) > 0]
        minutes = count * median(known) / 60 if known else 4.0 * count
        tried: list[Playlist] = []
        for _ in range(TRIES):
            tried.append(make(min(max(round(minutes, 1), 0.1), LONGEST_MINUTES)))
            number = len(tried[-1].items)
            if number == count:
                break
            minutes *= (count / max(number, 0.5)) ** DAMPED
        best = min(tried, key=lambda made: abs(len(made.items) - count))
        if cut and (longer := [made for made in tried if len(made.items) > count]):
            nearest = min(longer, key=lambda made: len(made.items))
            best = replace(nearest, items=nearest.items[:count])
        short = f"It has {len(best.items)} tracks, not {count}: that is what fits."
        notes = [n for n in best.notes if not n.startswith("It is ")]
        return replace(best, notes=(*notes, *([short] if len(best.items) != count else [])))

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


def check_count(count: int) -> int:
    """Return how many tracks a playlist is to have.

    Raises
    ------
    PlaylistError
        If there can be no such playlist.
    """
    if not 1 <= count <= MOST_TRACKS:
        raise PlaylistError(f"A playlist has 1 to {MOST_TRACKS} tracks, not {count}.")
    return count


def _bpm(said: float | str | None) -> float | None:
    return said if isinstance(said, float) else None


def _id(said: float | str | None) -> str | None:
    return said if isinstance(said, str) else None


def _seconds(row: Row) -> float:
    value = row.facts.get("duration")
    return float(value) if isinstance(value, int | float) else 0.0


def _note_words(
    handle: str,
    record: TrackRecord,
    said: str,
    kept: Sequence[dict[str, Any]],
    forget: bool,
    removed: str | None,
) -> str:
    title = named(track_data(handle, record))
    if forget:
        gone = f'Taken back for {handle} {title}: "{removed}"'
        return gone if removed is not None else f"There is no such note about {handle} {title}."
    if said:
        return f'Noted for {handle} {title}: "{said}"'
    if not kept:
        return f"There are no notes about {handle} {title}."
    told = "; ".join(f'"{n["note"]}" ({n["written_at"][:10]})' for n in kept)
    return f"The user's notes about {handle} {title}: {told}"
