"""What is known of one track: a value, and its JSON. What a search compares is in `track_facts`.

Titles come from other people's files: they are data to show and search, never to obey.
"""

import math
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.track_facts import Fact, Facts, facts_of
from tools.annotations import (
    Annotation,
    Beats,
    Caption,
    Chords,
    Embedding,
    Key,
    Level,
    Loudness,
    Notes,
    Pitch,
    Sections,
    Tags,
    Tempo,
)
from tools.errors import AnnotationError, MusicToolError

__all__ = [
    "KINDS",
    "VERSION",
    "Fact",
    "Facts",
    "RecordError",
    "TrackRecord",
    "facts_of",
    "is_track_id",
]

VERSION = 1
"""Of the schema; a record with another one is refused, and heard again."""

KINDS: dict[str, type[Annotation]] = {
    "beats": Beats,
    "tempo": Tempo,
    "key": Key,
    "chords": Chords,
    "tags": Tags,
    "level": Level,
    "loudness": Loudness,
    "segments": Sections,
    "caption": Caption,
    "notes": Notes,
    "pitch": Pitch,
    "embedding": Embedding,
}


class RecordError(MusicToolError, ValueError):
    """A track record is damaged, or was written by another version."""


@dataclass(frozen=True)
class TrackRecord:
    """One track that was heard. Survives JSON unchanged.

    Parameters
    ----------
    id : content id, 32 hex digits (`tools.audio.Audio.content_id`)
    path : where the file was when it was last opened
    titles : title, artist, album, year from the file's tags, untrusted
    duration : seconds
    sample_rate : hertz
    annotations : what each task found, `Annotation.to_dict()` by task name
    problems : ``{"task", "reason"}`` of each task that could not be done
    words : one paragraph that describes the track; searched
    heard_at : ISO 8601 time, empty before anything was heard
    generated : which engine of ours wrote it (``"composer/1"``); empty for other people's music
    """

    id: str
    path: str
    titles: dict[str, str]
    duration: float
    sample_rate: int
    channels: int
    annotations: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: tuple[dict[str, str], ...] = ()
    words: str = ""
    heard_at: str = ""
    version: int = VERSION
    generated: str = ""

    def __post_init__(self) -> None:
        _check(self.version == VERSION, f"its schema is {self.version!r}, not {VERSION}")
        _check(is_track_id(self.id), "its id is not 32 hex digits")
        for name in ("path", "words", "heard_at", "generated"):
            _check(isinstance(getattr(self, name), str), f"'{name}' is not text")
        _check(_number(self.duration) and self.duration >= 0, "'duration' is not in seconds")
        for name in ("sample_rate", "channels"):
            value = getattr(self, name)
            _check(_number(value) and value >= 0, f"'{name}' is not a count")
        _check(_texts(self.titles), "'titles' does not map names to texts")
        _check(
            isinstance(self.problems, list | tuple)
            and all(_texts(p) and p.keys() >= {"task", "reason"} for p in self.problems),
            "'problems' does not list tasks and reasons",
        )
        _check(_annotated(self.annotations), "'annotations' does not map tasks to annotations")
        _check(not self.heard_at or _is_time(self.heard_at), "'heard_at' is not an ISO time")
        object.__setattr__(self, "problems", tuple(dict(p) for p in self.problems))
        object.__setattr__(self, "annotations", _plain(self.annotations))

    @property
    def title(self) -> str:
        """The title from the tags, else the file's name without its ending."""
        return self.titles.get("title") or Path(self.path).stem or self.id[:8]

    def annotation(self, task: str) -> Annotation | None:
        """Return what a task found as its typed value, None where it found nothing.

        Raises
        ------
        RecordError
            If the task is unknown or its annotation is damaged.
        """
        if task not in self.annotations:
            return None
        if task not in KINDS:
            raise RecordError(f"'{task[:40]}' is not one of {', '.join(KINDS)}.")
        try:
            return KINDS[task].from_dict(self.annotations[task])
        except (TypeError, ValueError, AnnotationError) as error:
            raise RecordError(f"The {task} of '{self.title}' are damaged: {error}") from error

    def estimator(self, task: str) -> str | None:
        """Return which estimator found it (``"beatnet/1"``), None where nothing was found."""
        annotation = self.annotations.get(task)
        return None if annotation is None else str(annotation["estimator"])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``; the small fields come first."""
        data = asdict(self)
        annotations = data.pop("annotations")
        if not self.generated:
            del data["generated"]
        return {"version": data.pop("version"), **data, "annotations": annotations}

    @classmethod
    def from_dict(cls, data: object) -> "TrackRecord":
        """Build from what `to_dict` returned, or from its JSON.

        Raises
        ------
        RecordError
            If it is not a whole record of this version.
        """
        if not isinstance(data, dict):
            raise RecordError("A track record is a JSON object, and this is not one.")
        _check(data.get("version") == VERSION, f"its schema is {data.get('version')!r}")
        try:
            return cls(**data)
        except TypeError as error:
            raise RecordError(
                f"The track record does not have the right fields: {error}"
            ) from error


def is_track_id(text: object) -> bool:
    """Return whether it is a content id, and so is safe as the name of a file."""
    return isinstance(text, str) and re.fullmatch(r"[0-9a-f]{32}", text) is not None


# ---- checks -------------------------------------------------------------------------------------


def _plain(content: Any) -> Any:
    """Return content as JSON would give it back: lists, and Python's own numbers."""
    if type(content) is float and math.isfinite(content):  # nearly all there is
        return content
    if isinstance(content, dict):
        return {str(k): _plain(v) for k, v in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(v) for v in content]
    if isinstance(content, str | bool | int | None):
        return content
    value = content.item() if hasattr(content, "item") else content
    _check(isinstance(value, float | int), f"it holds a {type(value).__name__}")
    _check(math.isfinite(value), f"it holds the number {value}")
    return value


def _annotated(content: object) -> bool:
    return isinstance(content, dict) and all(
        isinstance(task, str) and isinstance(a, dict) and isinstance(a.get("estimator"), str)
        for task, a in content.items()
    )


def _texts(content: object) -> bool:
    return isinstance(content, dict) and all(
        isinstance(k, str) and isinstance(v, str) for k, v in content.items()
    )


def _number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check(condition: bool, reason: str) -> None:
    if not condition:
        raise RecordError(f"The track record is not usable: {reason}.")
