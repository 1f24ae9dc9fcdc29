"""JSON for programs: one array of tracks, every value as its estimator gave it."""

from collections.abc import Sequence
from typing import Any

from agent.record import TrackRecord
from agent.strict_json import dumps

ORDER = ("tempo", "beats", "key", "chords", "tags")


def to_json(records: Sequence[TrackRecord], tasks: Sequence[str] = ORDER) -> str:
    """Return the tracks as a strict JSON array (no NaN), one track a line.

    A task that was asked for and failed is null, and ``problems`` has the reason; one that was not
    asked for is absent.
    """
    tracks = ",\n".join(dumps(_track(record, tasks)) for record in records)
    return f"[\n{tracks}\n]\n" if tracks else "[]\n"


def _track(record: TrackRecord, tasks: Sequence[str]) -> dict[str, Any]:
    known = [task for task in ORDER if task in tasks] + [t for t in tasks if t not in ORDER]
    track: dict[str, Any] = {
        "track": {
            "id": record.id,
            "path": record.path,
            "title": record.title,
            "duration": record.duration,
        }
    }
    track |= {task: _told(task, record.annotations.get(task)) for task in known}
    track["problems"] = [p for p in record.problems if p.get("task") in tasks]
    return track


def _told(task: str, annotation: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an annotation; a section whose function is not known goes by its letter."""
    if task != "segments" or not annotation or not annotation.get("letters"):
        return annotation
    names = zip(annotation["labels"], annotation["letters"], strict=True)
    return annotation | {"labels": [b if a == "section" and b else a for a, b in names]}
