"""What the tools of a model have in common: how they listen, report, and lay out what they found."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime
from langchain_core.tools import StructuredTool

from agent import evidence
from agent.library import Library
from agent.record import TrackRecord
from agent.render import clock
from tools.errors import AudioDecodeError, MusicToolError

Answer = tuple[str, dict[str, Any]]
Track = Annotated[str, "handle of an open track, such as #1"]
Seconds = Annotated[float, "time in seconds from the start of the track"]
Start = Annotated[float | None, "from this second on; leave out for the start"]
End = Annotated[float | None, "up to this second; leave out for the end"]
StemName = Literal["vocals", "accompaniment", "drums", "bass", "other"]
Stem = Annotated[
    StemName | None,
    "listen to this part alone; accompaniment is all but the voice; leave out for the whole",
]


class ToolFrame:
    """A group of tools over one library."""

    def __init__(
        self,
        library: Library,
        check_stop: Callable[[], None] = lambda: None,
        may_open: bool = True,
    ) -> None:
        self._library = library
        self._check_stop = check_stop
        self._may_open = may_open

    def hear(
        self,
        track: str,
        tasks: tuple[str, ...],
        runtime: ToolRuntime,
        stem: str | None = None,
        engines: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[str, TrackRecord]:
        """Listen to a track, or to one stem of it; return the handle and the record."""
        report = self.reporter(runtime)
        handle = self._library.stem(track, stem, report) if stem else track
        record = self._library.ensure(handle, tasks, report, engines)
        if stem:
            return handle, record
        return self._library.handle_of(record.id) or track, record

    def known(
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

    def reporter(self, runtime: ToolRuntime) -> Callable[[float, str], None]:
        """Return what sends a tool's progress to the conversation, and stops it when asked to."""

        def report(fraction: float, doing: str) -> None:
            self._check_stop()
            runtime.stream_writer(
                {"progress": fraction, "doing": doing, "call_id": runtime.tool_call_id}
            )

        return report


_schemas: dict[Any, Any] = {}
"""The arguments of each tool as pydantic reads them: 15 ms a tool, so they are made once."""


def as_tool(method: Callable[..., Answer]) -> StructuredTool:
    """Return a method as a tool for a model: its name, its docstring, its annotated arguments."""
    function = getattr(method, "__func__", method)
    tool = StructuredTool.from_function(
        method,
        name=method.__name__,
        description=method.__doc__,
        args_schema=_schemas.get(function),
        response_format="content_and_artifact",
    )
    _schemas.setdefault(function, tool.args_schema)
    return tool


def track_data(handle: str, record: TrackRecord) -> dict[str, Any]:
    """Return what every artifact says of its track."""
    return {
        "handle": handle,
        "id": record.id,
        "title": record.title,
        "artist": record.titles.get("artist", ""),
        "duration": round(record.duration, 2),
    }


def artifact(
    tool: str, handle: str, record: TrackRecord, data: dict[str, Any], claims: list[evidence.Claim]
) -> dict[str, Any]:
    """Return a tool's artifact: plain data and evidence."""
    return {
        "tool": tool,
        "track": track_data(handle, record),
        "data": data,
        "evidence": claims + evidence.track_claims(handle, record),
    }


def problems(record: TrackRecord, *tasks: str) -> list[dict[str, str]]:
    """Return why some of these tasks found nothing."""
    return [p for p in record.problems if p["task"] in tasks]


def with_problems(words: list[str], record: TrackRecord, *tasks: str) -> str:
    """Return the words for the model, with the reasons of what is missing."""
    said = words + [p["reason"] for p in problems(record, *tasks)]
    return " ".join(said) or "Nothing was found."


def check_span(start: float | None, end: float | None) -> None:
    """Raise unless the times make a stretch."""
    if not all(t is None or math.isfinite(t) for t in (start, end)):
        raise MusicToolError("A time is a number of seconds.")
    if start is not None and start < 0:
        raise MusicToolError(f"A time can't be before the start of the track ({start} s).")
    if start is not None and end is not None and end <= start:
        raise MusicToolError(f"The stretch from {start} s to {end} s is empty: give the end last.")


def within(
    record: TrackRecord, start: float, end: float | None, length: float | None = 1.0
) -> tuple[float, float]:
    """Return a stretch inside the track: to `end`, else `length` seconds long, else to its end."""
    if start >= record.duration:
        raise MusicToolError(
            f"'{record.title}' is {clock(record.duration)} long; there is nothing at {clock(start)}."
        )
    last = end if end is not None else record.duration if length is None else start + length
    return start, min(record.duration, last)
