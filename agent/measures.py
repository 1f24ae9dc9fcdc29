"""What the tools tell of a stretch of a track, worked out of its record; plain data, pure.

These are views of annotations that were measured already: nothing here hears anything.
"""

import bisect
from typing import Any

import numpy as np

from agent.record import TrackRecord
from tools.annotations import Beats, Chords, Key, Tags
from tools.progression import loop, most_used, progression
from tools.tagging import entries
from tools.theory import roman

SHORTEST_PART = 0.05
"""Seconds; a chord that reaches this little into a stretch is not of it."""

HEARD = 0.3
"""A label is told of a moment when its confidence there is at least this."""

MOST_LABELS = 6


def chords_data(record: TrackRecord, start: float | None, end: float | None) -> dict[str, Any]:
    """Return chords, bars, most used chords and the repeating loop of a stretch; see `Toolbox`."""
    chords, beats, key = _chords(record), _beats(record), _key(record)
    low, high = start or 0.0, end if end is not None else record.duration
    part = clipped(chords, low, high)
    bars = [
        {
            "number": bar.bar,
            "start": bar.start,
            "end": bar.end,
            "labels": list(bar.labels),
            "roman": list(bar.numerals),
        }
        for bar in progression(chords, beats, key)
        if bar.end > low + SHORTEST_PART and bar.start < high - SHORTEST_PART
    ]
    repeated = loop(progression(part, beats, key))
    return {
        "chords": {
            "intervals": [list(i) for i in part.intervals],
            "labels": list(part.labels),
            "confidences": list(part.confidences),
        },
        "bars": bars,
        "most_used": [{"label": u.label, "share": round(u.share, 3)} for u in most_used(part)],
        "loop": None
        if repeated is None
        else {
            "labels": list(repeated.labels),
            "roman": list(repeated.numerals),
            "times": repeated.times,
            "bars": repeated.bars,
        },
        "key": None if key is None else str(key),
        "span": [round(low, 2), round(high, 2)],
    }


def clipped(segments: Chords, start: float, end: float) -> Chords:
    """Return the chords between two times, the first and last cut to fit."""
    rows = [
        (max(a, start), min(b, end), label, i)
        for i, (a, b, label) in enumerate(segments)
        if min(b, end) - max(a, start) > SHORTEST_PART
    ]
    return Chords(
        tuple((round(a, 3), round(b, 3)) for a, b, _, _ in rows),
        tuple(label for _, _, label, _ in rows),
        segments.estimator,
        tuple(segments.confidences[i] for *_, i in rows) if segments.confidences else (),
    )


def chord_rows(record: TrackRecord, start: float, end: float) -> list[dict[str, Any]]:
    """Return the chords of a stretch as rows: start, end, label, roman (None without a key)."""
    key = _key(record)
    chords = _chords(record)
    if not chords.labels:
        return []
    return [
        {
            "start": a,
            "end": b,
            "label": label,
            "roman": None if key is None or label in "NX" else roman(label, key.tonic, key.mode),
        }
        for a, b, label in clipped(chords, start, end)
    ]


def bar_at(record: TrackRecord, time: float) -> tuple[int | None, int | None]:
    """Return the number of the bar at a time, counting from 1, and the beat in it."""
    beats = _beats(record)
    if beats is None or not beats.downbeats or time < beats.downbeats[0]:
        return None, None
    at = bisect.bisect_right(beats.times, time + 0.02) - 1
    return bisect.bisect_right(beats.downbeats, time + 0.02), beats.positions[at]


def local_bpm(record: TrackRecord, start: float, end: float, around: float = 4.0) -> float | None:
    """Return the tempo about a stretch, from the beats within `around` seconds of it."""
    beats = _beats(record)
    if beats is None:
        return None
    times = np.array(beats.times)
    near = times[(times >= start - around) & (times <= end + around)]
    if near.size < 4:
        return None
    return round(60.0 / float(np.median(np.diff(near))), 1)


def local_key(record: TrackRecord, start: float, end: float) -> str | None:
    """Return the key at the middle of a stretch."""
    key = _key(record)
    if key is None:
        return None
    middle = (start + end) / 2
    return next((str(s) for s in key.changes if s.start <= middle < s.end), str(key))


def local_tags(record: TrackRecord, start: float, end: float) -> list[dict[str, Any]]:
    """Return the labels that hold in a stretch, the surest first: label, kind, confidence."""
    tags = record.annotation("tags")
    if not isinstance(tags, Tags):
        return []
    inside = [
        i for i, (a, b) in enumerate(tags.windows) if min(b, end) - max(a, start) > SHORTEST_PART
    ]
    if not inside:
        return []
    rows = [
        {
            "label": curve.label,
            "kind": curve.kind,
            "confidence": round(float(np.mean([curve.confidences[i] for i in inside])), 2),
        }
        for curve in tags.curves
    ]
    rows = [row for row in rows if float(str(row["confidence"])) >= HEARD]
    return sorted(rows, key=lambda row: -float(str(row["confidence"])))[:MOST_LABELS]


def tag_entries(record: TrackRecord) -> list[dict[str, Any]]:
    """Return where each label holds: label, kind, spans in seconds."""
    tags = record.annotation("tags")
    if not isinstance(tags, Tags):
        return []
    return [
        {"label": c.label, "kind": c.kind, "spans": [[round(a, 1), round(b, 1)] for a, b in spans]}
        for c in tags.curves
        if (spans := entries(tags, c.label))
    ]


def _chords(record: TrackRecord) -> Chords:
    chords = record.annotation("chords")
    return chords if isinstance(chords, Chords) else Chords((), (), "none")


def _beats(record: TrackRecord) -> Beats | None:
    beats = record.annotation("beats")
    return beats if isinstance(beats, Beats) and beats.times else None


def _key(record: TrackRecord) -> Key | None:
    key = record.annotation("key")
    return key if isinstance(key, Key) else None
