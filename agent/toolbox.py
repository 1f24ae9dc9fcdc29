"""The tools a model sees: a track's handle in, words for the model and plain data out.

Each tool returns ``(words, artifact)``. The artifact is a dict: ``tool``, ``track`` (handle, id,
title, artist, duration), ``data`` (what was measured; plain) and ``evidence`` (claims, see
`agent.evidence`). Nothing in it needs more than JSON, so it survives a checkpoint.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime
from langchain_core.tools import StructuredTool

from agent import evidence
from agent.generation.music_tools import MusicTools
from agent.library_tools import LibraryTools
from agent.listening import LISTEN_TASKS
from agent.loudness_measures import (
    HIGHEST_TARGET,
    LOWEST_TARGET,
    STREAMING_LUFS,
    loudness_claims,
    loudness_data,
    loudness_tool_words,
)
from agent.measures import (
    bar_at,
    chord_rows,
    chords_data,
    local_bpm,
    local_key,
    local_tags,
    tag_entries,
)
from agent.part_measures import caption_data, section_at, sections_data
from agent.part_tools import PartTools
from agent.record import TrackRecord
from agent.record_claims import all_claims, entry_claims, loop_claims, moment_claims
from agent.render import (
    describe_words,
    render_beats,
    render_chords,
    render_key,
    render_tags,
    render_tempo,
)
from agent.titled import open_titled
from agent.tool_frame import (
    Answer,
    End,
    Seconds,
    Start,
    Stem,
    ToolFrame,
    Track,
    artifact,
    as_tool,
    check_span,
    problems,
    track_data,
    with_problems,
    within,
)
from tools.annotations import Beats, Chords, Key, Level, Tags, Tempo
from tools.errors import MusicToolError
from tools.titles import clean_text

Kind = Literal["all", "genres", "instruments", "moods", "voice"]


class Toolbox(ToolFrame):
    """The tools over one library."""

    def tools(self) -> list[StructuredTool]:
        """Return the tools, ready for a model."""
        parts = PartTools(self._library, self._check_stop, self._may_open)
        library = LibraryTools(self._library, self._check_stop, self._may_open)
        music = MusicTools(self._library, self._check_stop, self._may_open)
        methods: list[Callable[..., Answer]] = [
            self.listen,
            self.describe,
            self.tempo,
            self.key,
            self.chords,
            self.tags,
            self.moment,
            self.loudness,
            parts.structure,
            parts.caption,
            parts.separate,
            parts.transcribe,
            parts.melody,
            parts.export,
            library.search_library,
            library.similar_to,
            library.library_stats,
            library.compare,
            library.playlist,
            library.note,
            music.generate,
            music.continue_track,
            music.variation,
            music.accompany,
        ]
        return [as_tool(method) for method in methods]

    def listen(
        self,
        path: Annotated[str, "path of a sound file on this machine, or title of a known track"],
        runtime: ToolRuntime,
    ) -> Answer:
        """Open a recording that the user names by its path, or by its title in the library, and listen to it."""
        _check_named(path, runtime)
        known = set(self._library.ids)
        report = self.reporter(runtime)
        library = self._library
        if self._may_open:
            handle = open_titled(library, path) or library.open(path, report)
        else:
            handle = library.open_named(path)
        record = library.ensure(handle, LISTEN_TASKS, report)
        data = {"tracks": [track_data(handle, record)], "new": record.id not in known}
        words = f"{handle} is now open. {describe_words(record)}"
        return words, artifact("listen", handle, record, data, all_claims(handle, record))

    def describe(self, track: Track, runtime: ToolRuntime) -> Answer:
        """Tell everything that was measured of a track: tempo, meter, key, chords, sound."""
        handle, record = self.hear(track, LISTEN_TASKS, runtime)
        chords = record.annotation("chords")
        data = {
            "tempo": _dict(record.annotation("tempo")),
            "beats": _beats_data(record),
            "key": _dict(record.annotation("key")),
            "tags": _dict(record.annotation("tags"), "windows", "curves", "posteriors"),
            "entries": tag_entries(record),
            "chords": None if chords is None else chords_data(record, None, None),
            "sections": sections_data(record),
            "caption": caption_data(record),
            "words": describe_words(record),
            "problems": list(record.problems),
        }
        return describe_words(record), artifact(
            "describe", handle, record, data, all_claims(handle, record)
        )

    def tempo(self, track: Track, runtime: ToolRuntime, stem: Stem = None) -> Answer:
        """Measure the tempo of a track, its meter (time signature) and its beats."""
        handle, record = self.hear(track, ("beats", "tempo"), runtime, stem)
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
            "problems": problems(record, "tempo", "beats"),
        }
        return with_problems(words, record, "tempo", "beats"), artifact(
            "tempo", handle, record, data, claims
        )

    def key(self, track: Track, runtime: ToolRuntime, stem: Stem = None) -> Answer:
        """Find the key of a track, what else it could be, and where it changes."""
        handle, record = self.hear(track, ("key",), runtime, stem)
        key = record.annotation("key")
        words, claims = [], []
        if isinstance(key, Key):
            words.append(render_key(key))
            claims += evidence.key_claims(handle, key)
        data = {"key": _dict(key), "problems": problems(record, "key")}
        return with_problems(words, record, "key"), artifact("key", handle, record, data, claims)

    def chords(
        self,
        track: Track,
        runtime: ToolRuntime,
        start: Start = None,
        end: End = None,
        stem: Stem = None,
    ) -> Answer:
        """Name the chords of a track or of a stretch of it, by bar, with Roman numerals."""
        check_span(start, end)
        handle, record = self.hear(track, ("chords", "key", "beats"), runtime, stem)
        chords = record.annotation("chords")
        data: dict[str, Any] = {"chords": None, "problems": problems(record, "chords")}
        words, claims = [], []
        if isinstance(chords, Chords):
            data |= chords_data(record, start, end)
            rows = Chords.from_dict(data["chords"] | {"estimator": chords.estimator})
            words.append(render_chords(data | {"estimator": chords.estimator}))
            claims += evidence.chord_claims(handle, rows)
            claims += loop_claims(handle, data, chords.estimator)
            key = record.annotation("key")
            claims += evidence.key_claims(handle, key)[:1] if isinstance(key, Key) else []
        return with_problems(words, record, "chords"), artifact(
            "chords", handle, record, data, claims
        )

    def tags(
        self, track: Track, runtime: ToolRuntime, kind: Kind = "all", stem: Stem = None
    ) -> Answer:
        """Tell the genre, instruments, mood and voice of a track, and where they come in."""
        handle, record = self.hear(track, ("tags",), runtime, stem)
        tags = record.annotation("tags")
        words, claims = [], []
        if isinstance(tags, Tags):
            words.append(render_tags(tags, kind))
            claims += evidence.tag_claims(handle, tags, kind)
            claims += entry_claims(handle, record, tags, kind)
        data = {
            "tags": _dict(tags, "windows", "curves", "posteriors"),
            "entries": tag_entries(record),
            "problems": problems(record, "tags"),
        }
        return with_problems(words, record, "tags"), artifact("tags", handle, record, data, claims)

    def moment(
        self,
        track: Track,
        start: Seconds,
        runtime: ToolRuntime,
        end: Annotated[float | None, "end of the stretch; leave out for one moment"] = None,
    ) -> Answer:
        """Tell what happens at a time of a track, or between two times."""
        check_span(start, end)
        handle, record = self.hear(track, LISTEN_TASKS, runtime)
        span = within(record, start, end)
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
            "section": section_at(record, *span),
            "tags": local_tags(record, *span),
            "loudness": None if measured is None else round(measured, 1),
            "level": None
            if measured is None or not isinstance(level, Level)
            else round(measured - level.mean, 1),
            "problems": list(record.problems),
        }
        claims = moment_claims(handle, record, data)
        return _moment_words(handle, record, data), artifact("moment", handle, record, data, claims)

    def loudness(
        self,
        track: Track,
        runtime: ToolRuntime,
        target: Annotated[
            float, "LUFS to hold it against; streaming services play at -14"
        ] = STREAMING_LUFS,
        stem: Stem = None,
    ) -> Answer:
        """Measure how loud a track is: LUFS, range, peak, its loudest and quietest part, silences."""
        if not LOWEST_TARGET <= target <= HIGHEST_TARGET:
            raise MusicToolError(
                f"A target of loudness lies between {LOWEST_TARGET:g} and {HIGHEST_TARGET:g} LUFS, "
                f"such as -14; got {target:g}."
            )
        tasks = ("level", "loudness")
        if stem is None:
            handle, record = self.known(track, tasks, runtime)
        else:
            handle, record = self.hear(track, tasks, runtime, stem)
        data = loudness_data(record, target)
        words = [w for w in (loudness_tool_words(handle, record, data),) if w]
        claims = loudness_claims(handle, record, data)
        data["problems"] = problems(record, "level", "loudness")
        return with_problems(words, record, "level", "loudness"), artifact(
            "loudness", handle, record, data, claims
        )


# ---- small steps --------------------------------------------------------------------------------


def _check_named(path: str, runtime: ToolRuntime) -> None:
    """Raise unless the user named the file in this thread: no title or lyric has a file opened."""
    messages = (getattr(runtime, "state", None) or {}).get("messages")
    if messages is None:  # a program calls the tool, and there is no conversation
        return
    said = _letters(" ".join(m.text for m in messages if m.type == "human"))
    if _letters(Path(path).name) not in said:
        raise MusicToolError(
            f"'{clean_text(path, 80)}' was not named by the user; only files that are named are opened."
        )


def _letters(text: str) -> str:
    """Return what is compared of a name: no case, no spaces, and none of a shell's backslashes."""
    return "".join(text.casefold().replace("\\", "").split())


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
    if section := data["section"]:
        parts.append(f"in the {section['label']} {section['letter']}".rstrip())
    if data["tags"]:
        parts.append(
            "sound: " + ", ".join(f"{t['label']} ({t['confidence']})" for t in data["tags"])
        )
    if data["level"] is not None:
        parts.append(f"level {data['level']:+.1f} dB against the track's mean")
    return parts[0] + " " + "; ".join(parts[1:]) + "."
