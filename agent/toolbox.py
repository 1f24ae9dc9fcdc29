"""The tools a model sees: a track's handle in, words for the model and plain data out.

Each tool returns ``(words, artifact)``. The artifact is a dict: ``tool``, ``track`` (handle, id,
title, artist, duration), ``data`` (what was measured; plain) and ``evidence`` (claims, see
`agent.evidence`). Nothing in it needs more than JSON, so it survives a checkpoint.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from agent import evidence
from agent.library import Library
from agent.listening import LISTEN_TASKS
from agent.measures import (
    bar_at,
    chord_rows,
    chords_data,
    local_bpm,
    local_key,
    local_tags,
    tag_entries,
)
from agent.record import TrackRecord
from agent.record_claims import all_claims, entry_claims, loop_claims, moment_claims
from agent.render import (
    clock,
    describe_words,
    render_beats,
    render_chords,
    render_key,
    render_tags,
    render_tempo,
)
from tools.annotations import Beats, Chords, Key, Level, Tags, Tempo
from tools.errors import MusicToolError

Answer = tuple[str, dict[str, Any]]
Track = Annotated[str, "handle of an open track, such as #1"]
Seconds = Annotated[float, "time in seconds from the start of the track"]
Kind = Literal["all", "genres", "instruments", "moods", "voice"]

RECALL_AT_MOST = 20


class Toolbox:
    """The tools over one library."""

    def __init__(
        self,
        library: Library,
        check_stop: Callable[[], None] = lambda: None,
        may_open: bool = True,
    ) -> None:
        self._library = library
        self._check_stop = check_stop
        self._may_open = may_open

    def tools(self) -> list[BaseTool]:
        """Return the tools, ready for a model."""
        methods: list[Callable[..., Answer]] = [
            self.listen,
            self.describe,
            self.tempo,
            self.key,
            self.chords,
            self.tags,
            self.moment,
            self.recall,
        ]
        return [
            StructuredTool.from_function(
                method,
                name=method.__name__,
                description=method.__doc__,
                response_format="content_and_artifact",
            )
            for method in methods
        ]

    def listen(
        self, path: Annotated[str, "path of a sound file on this machine"], runtime: ToolRuntime
    ) -> Answer:
        """Open a recording that the user names by its path, and listen to it."""
        if not self._may_open:
            raise MusicToolError("No files are opened here: ask about the tracks that are open.")
        known = set(self._library.ids)
        report = self._reporter(runtime)
        handle = self._library.open(path, report)
        record = self._library.ensure(handle, LISTEN_TASKS, report)
        data = {"tracks": [_track(handle, record)], "new": record.id not in known}
        words = f"{handle} is now open. {describe_words(record)}"
        return words, _artifact("listen", handle, record, data, all_claims(handle, record))

    def describe(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Tell everything that was measured of a track: tempo, meter, key, chords, sound."""
        handle, record = self._hear(track, LISTEN_TASKS, runtime)
        chords = record.annotation("chords")
        data = {
            "tempo": _dict(record.annotation("tempo")),
            "beats": _beats_data(record),
            "key": _dict(record.annotation("key")),
            "tags": _dict(record.annotation("tags"), "windows", "curves"),
            "entries": tag_entries(record),
            "chords": None if chords is None else chords_data(record, None, None),
            "words": describe_words(record),
            "problems": list(record.problems),
        }
        return describe_words(record), _artifact(
            "describe", handle, record, data, all_claims(handle, record)
        )

    def tempo(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Measure the tempo of a track, its meter (time signature) and its beats."""
        handle, record = self._hear(track, ("beats", "tempo"), runtime)
        tempo, beats = record.annotation("tempo"), record.annotation("beats")
        words, claims = [], []
        if isinstance(tempo, Tempo):
            words.append(render_tempo(tempo))
            claims += evidence.tempo_claims(handle, tempo)
        if isinstance(beats, Beats):
            words.append(render_beats(beats))
            claims += evidence.beat_claims(handle, beats)
        data = {
            "tempo": _dict(tempo),
            "beats": _beats_data(record),
            "problems": _problems(record, "tempo", "beats"),
        }
        return _words(words, record, "tempo", "beats"), _artifact(
            "tempo", handle, record, data, claims
        )

    def key(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Find the key of a track, what else it could be, and where it changes."""
        handle, record = self._hear(track, ("key",), runtime)
        key = record.annotation("key")
        words, claims = [], []
        if isinstance(key, Key):
            words.append(render_key(key))
            claims += evidence.key_claims(handle, key)
        data = {"key": _dict(key), "problems": _problems(record, "key")}
        return _words(words, record, "key"), _artifact("key", handle, record, data, claims)

    def chords(
        self,
        track: Track,
        runtime: ToolRuntime,
        start: Annotated[float | None, "from this second on; leave out for the start"] = None,
        end: Annotated[float | None, "up to this second; leave out for the end"] = None,
    ) -> Answer:
        """Name the chords of a track or of a stretch of it, by bar, with Roman numerals."""
        _check_span(start, end)
        handle, record = self._hear(track, ("chords", "key", "beats"), runtime)
        chords = record.annotation("chords")
        data: dict[str, Any] = {"chords": None, "problems": _problems(record, "chords")}
        words, claims = [], []
        if isinstance(chords, Chords):
            data |= chords_data(record, start, end)
            rows = Chords.from_dict(data["chords"] | {"estimator": chords.estimator})
            words.append(render_chords(data | {"estimator": chords.estimator}))
            claims += evidence.chord_claims(handle, rows)
            claims += loop_claims(handle, data, chords.estimator)
            key = record.annotation("key")
            claims += evidence.key_claims(handle, key)[:1] if isinstance(key, Key) else []
        return _words(words, record, "chords"), _artifact("chords", handle, record, data, claims)

    def tags(self, track: Track, runtime: ToolRuntime, kind: Kind = "all") -> Answer:
        """Tell the genre, instruments, mood and voice of a track, and where they come in."""
        handle, record = self._hear(track, ("tags",), runtime)
        tags = record.annotation("tags")
        words, claims = [], []
        if isinstance(tags, Tags):
            words.append(render_tags(tags, kind))
            claims += evidence.tag_claims(handle, tags, kind)
            claims += entry_claims(handle, record, tags, kind)
        data = {
            "tags": _dict(tags, "windows", "curves"),
            "entries": tag_entries(record),
            "problems": _problems(record, "tags"),
        }
        return _words(words, record, "tags"), _artifact("tags", handle, record, data, claims)

    def moment(
        self,
        track: Track,
        start: Seconds,
        runtime: ToolRuntime,
        end: Annotated[float | None, "end of the stretch; leave out for one moment"] = None,
    ) -> Answer:
        """Tell what happens at a time of a track, or between two times."""
        _check_span(start, end)
        handle, record = self._hear(track, LISTEN_TASKS, runtime)
        span = _within(record, start, end)
        rows = chord_rows(record, *span)
        level = record.annotation("level")
        measured = level.between(*span) if isinstance(level, Level) else None
        bar, beat = bar_at(record, span[0])
        data = {
            "span": [round(t, 2) for t in span],
            "chords": rows,
            "bar": bar,
            "beat": beat,
            "bpm": local_bpm(record, *span),
            "key": local_key(record, *span),
            "tags": local_tags(record, *span),
            "loudness": None if measured is None else round(measured, 1),
            "level": None
            if measured is None or not isinstance(level, Level)
            else round(measured - level.mean, 1),
            "problems": list(record.problems),
        }
        claims = moment_claims(handle, record, data)
        return _moment_words(handle, record, data), _artifact(
            "moment", handle, record, data, claims
        )

    def recall(
        self,
        query: Annotated[str, "what to look for, in words"],
        runtime: ToolRuntime,
        limit: Annotated[int, "at most this many tracks"] = 5,
    ) -> Answer:
        """Search the memory of all tracks ever heard, by words."""
        hits = self._library.memory.recall(query, max(1, min(limit, RECALL_AT_MOST)))
        found, claims, words = [], [], []
        for hit in hits:
            handle = self._library.adopt(hit.id)
            record = self._library.record(handle)
            why = "; ".join(hit.why)
            found.append(_hit(handle, record, why, hit.score))
            claims += all_claims(handle, record)
            words.append(f"{handle} {record.words or record.title} (matches: {why})")
        artifact = {"tool": "recall", "data": {"query": query, "hits": found}, "evidence": claims}
        return "\n".join(words) or f"Memory holds no track for '{query}'.", artifact

    def _hear(
        self, track: str, tasks: tuple[str, ...], runtime: ToolRuntime
    ) -> tuple[str, TrackRecord]:
        record = self._library.ensure(track, tasks, self._reporter(runtime))
        return self._library.handle_of(record.id) or track, record

    def _reporter(self, runtime: ToolRuntime) -> Callable[[float, str], None]:
        """Return what sends a tool's progress to the conversation, and stops it when asked to."""

        def report(fraction: float, doing: str) -> None:
            self._check_stop()
            runtime.stream_writer(
                {"progress": fraction, "doing": doing, "call_id": runtime.tool_call_id}
            )

        return report


# ---- small steps --------------------------------------------------------------------------------


def _track(handle: str, record: TrackRecord) -> dict[str, Any]:
    return {
        "handle": handle,
        "id": record.id,
        "title": record.title,
        "artist": record.titles.get("artist", ""),
        "duration": round(record.duration, 2),
    }


def _artifact(
    tool: str, handle: str, record: TrackRecord, data: dict[str, Any], claims: list[evidence.Claim]
) -> dict[str, Any]:
    return {
        "tool": tool,
        "track": _track(handle, record),
        "data": data,
        "evidence": claims + evidence.track_claims(handle, record),
    }


def _dict(annotation: Any, *without: str) -> dict[str, Any] | None:
    if annotation is None:
        return None
    return {k: v for k, v in annotation.to_dict().items() if k not in without}


def _beats_data(record: TrackRecord) -> dict[str, Any] | None:
    beats = record.annotation("beats")
    if not isinstance(beats, Beats) or not beats.times:
        return None
    return {
        "meter": beats.meter,
        "meter_confidence": beats.meter_confidence,
        "confidence": beats.confidence,
        "count": len(beats.times),
        "bars": len(beats.downbeats),
        "first": beats.times[0],
        "downbeats": list(beats.downbeats[:8]),
        "estimator": beats.estimator,
    }


def _problems(record: TrackRecord, *tasks: str) -> list[dict[str, str]]:
    return [p for p in record.problems if p["task"] in tasks]


def _words(words: list[str], record: TrackRecord, *tasks: str) -> str:
    said = words + [p["reason"] for p in _problems(record, *tasks)]
    return " ".join(said) or "Nothing was found."


def _moment_words(handle: str, record: TrackRecord, data: dict[str, Any]) -> str:
    start, end = data["span"]
    parts = [f"{handle} from {start} s to {end} s:"]
    parts.append(
        "chords "
        + (", ".join(f"{r['label']} ({r['start']}-{r['end']} s)" for r in data["chords"]) or "none")
    )
    if data["bar"] is not None:
        parts.append(f"bar {data['bar']}, beat {data['beat']}")
    if data["bpm"] is not None:
        parts.append(f"{data['bpm']} BPM there")
    if data["key"]:
        parts.append(f"key there {data['key']}")
    if data["tags"]:
        parts.append(
            "sound: " + ", ".join(f"{t['label']} ({t['confidence']})" for t in data["tags"])
        )
    if data["level"] is not None:
        parts.append(f"level {data['level']:+.1f} dB against the track's mean")
    return parts[0] + " " + "; ".join(parts[1:]) + "."


def _hit(handle: str, record: TrackRecord, why: str, score: float) -> dict[str, Any]:
    key, tempo = record.annotation("key"), record.annotation("tempo")
    beats, tags = record.annotation("beats"), record.annotation("tags")
    return _track(handle, record) | {
        "key": str(key) if isinstance(key, Key) else None,
        "bpm": round(tempo.bpm, 1) if isinstance(tempo, Tempo) else None,
        "meter": beats.meter if isinstance(beats, Beats) else None,
        "genres": [g.label for g in tags.genres[:3]] if isinstance(tags, Tags) else [],
        "why": why,
        "score": round(score, 4),
    }


def _check_span(start: float | None, end: float | None) -> None:
    if start is not None and start < 0:
        raise MusicToolError(f"A time can't be before the start of the track ({start} s).")
    if start is not None and end is not None and end <= start:
        raise MusicToolError(f"The stretch from {start} s to {end} s is empty: give the end last.")


def _within(record: TrackRecord, start: float, end: float | None) -> tuple[float, float]:
    if start >= record.duration:
        raise MusicToolError(
            f"'{record.title}' is {clock(record.duration)} long; there is nothing at {clock(start)}."
        )
    return start, min(record.duration, end if end is not None else start + 1.0)
