"""CSV for spreadsheets and statistics: one tidy table a task, one row a thing, one header line.

A cell of text that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``,
a tab or a line end) gets an apostrophe before it: titles and tags are other people's text.
"""

import csv
import io
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from agent.record import TrackRecord
from tools.annotations import (
    Beats,
    Caption,
    Chords,
    Key,
    Level,
    Notes,
    Pitch,
    Sections,
    Tags,
    Tempo,
)
from tools.note_names import note_name
from tools.theory import chord_name, roman
from tools.titles import clean_text

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DIGITS = 6

Cell = str | int | float | None
Row = Sequence[Cell]
Table = tuple[Sequence[str], Iterable[Row]]


def to_csv(record: TrackRecord) -> dict[str, str]:
    """Return the tables of a track by name, without ``.csv``: what was not heard has none."""
    tables = {"track": _written(_track(record))}
    for task, write in WRITERS.items():
        annotation = record.annotation(task)
        if annotation is not None:
            tables[task] = _written(write(annotation, record))
    return tables


def safe(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula; numbers are rounded."""
    if isinstance(cell, str):
        text = clean_text(cell, 4096)
        risky = cell.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA)
        return f"'{text}" if risky else text
    return round(cell, DIGITS) if isinstance(cell, float) else cell


def _written(table: Table) -> str:
    header, rows = table
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")  # as RFC 4180 has it
    writer.writerow(header)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _track(record: TrackRecord) -> Table:
    rows: list[Row] = [
        ("title", record.title),
        *((name, text) for name, text in record.titles.items() if name != "title"),
        ("path", record.path),
        ("id", record.id),
        ("duration", record.duration),
        ("sample_rate", record.sample_rate),
        ("channels", record.channels),
    ]
    rows += [(f"{t}_by", record.estimator(t)) for t in WRITERS if t in record.annotations]
    caption = record.annotation("caption")
    if isinstance(caption, Caption):
        rows.append(("caption", caption.text))
    return ("name", "value"), rows


def _tempo(tempo: Tempo, record: TrackRecord) -> Table:
    rows: list[Row] = [("main", tempo.bpm, tempo.confidence, None)]
    rows += [(c.relation, c.bpm, c.confidence, None) for c in tempo.alternatives]
    rows += [("curve", bpm, None, time) for time, bpm in zip(tempo.times, tempo.bpms, strict=True)]
    return ("reading", "bpm", "confidence", "time"), rows


def _beats(beats: Beats, record: TrackRecord) -> Table:
    downs = beats.downbeats
    rows = (
        (time, place or None, bisect_right(downs, time) if downs else None)
        for time, place in zip(beats.times, beats.positions, strict=True)
    )
    return ("time", "position", "bar"), rows


def _key(key: Key, record: TrackRecord) -> Table:
    rows: list[Row] = [("main", key.tonic, key.mode, key.confidence, 0.0, record.duration)]
    rows += [(c.relation, c.tonic, c.mode, c.confidence, None, None) for c in key.alternatives]
    rows += [("change", s.tonic, s.mode, s.confidence, s.start, s.end) for s in key.changes]
    return ("reading", "tonic", "mode", "confidence", "start", "end"), rows


def _chords(chords: Chords, record: TrackRecord) -> Table:
    key = record.annotation("key")
    named = (key.tonic, key.mode) if isinstance(key, Key) else (None, None)

    def rows() -> Iterator[Row]:
        sureness = chords.confidences or [None] * len(chords.labels)
        for (start, end, label), sure in zip(chords, sureness, strict=True):
            numeral = None
            if isinstance(key, Key) and label not in ("N", "X"):
                numeral = roman(label, key.tonic, key.mode)
            yield start, end, label, chord_name(label, *named), numeral, sure

    return ("start", "end", "label", "name", "roman", "confidence"), rows()


def _segments(sections: Sections, record: TrackRecord) -> Table:
    count = len(sections.labels)
    letters = sections.letters or [None] * count
    sureness = sections.confidences or [None] * count
    rows = (
        (start, end, label, letter, sure)
        for (start, end, label), letter, sure in zip(sections, letters, sureness, strict=True)
    )
    return ("start", "end", "label", "letter", "confidence"), rows


def _notes(notes: Notes, record: TrackRecord) -> Table:
    key = record.annotation("key")
    tonic, mode = (key.tonic, key.mode) if isinstance(key, Key) else ("C", "major")
    count = len(notes.pitches)
    columns = zip(
        notes.intervals,
        notes.pitches,
        notes.velocities or [None] * count,
        notes.parts or [None] * count,
        notes.confidences or [None] * count,
        strict=True,
    )
    rows = (
        (start, end, pitch, note_name(pitch, tonic, mode), velocity, part, sure)
        for (start, end), pitch, velocity, part, sure in columns
    )
    return ("onset", "offset", "pitch", "name", "velocity", "part", "confidence"), rows


def _pitch(pitch: Pitch, record: TrackRecord) -> Table:
    rows = zip(pitch.times, pitch.frequencies, pitch.confidences, strict=True)
    return ("time", "frequency", "confidence"), rows


def _tags(tags: Tags, record: TrackRecord) -> Table:
    groups = {
        "genres": tags.genres,
        "instruments": tags.instruments,
        "moods": tags.moods,
        "voice": (*([tags.voice] if tags.voice else []), *tags.voice_details),
    }
    rows: list[Row] = [
        (kind, x.label, x.confidence, 0.0, record.duration)
        for kind, labels in groups.items()
        for x in labels
    ]
    rows += [
        (curve.kind, curve.label, sure, start, end)
        for curve in tags.curves
        for (start, end), sure in zip(tags.windows, curve.confidences, strict=True)
    ]
    return ("kind", "label", "confidence", "start", "end"), rows


def _level(level: Level, record: TrackRecord) -> Table:
    rows = ((i * level.hop, decibels) for i, decibels in enumerate(level.decibels))
    return ("time", "decibels"), rows


def _caption(caption: Caption, record: TrackRecord) -> Table:
    return ("start", "end", "text"), caption


WRITERS: Mapping[str, Callable[[Any, TrackRecord], Table]] = {
    "tempo": _tempo,
    "beats": _beats,
    "key": _key,
    "chords": _chords,
    "segments": _segments,
    "notes": _notes,
    "pitch": _pitch,
    "tags": _tags,
    "level": _level,
    "caption": _caption,
}
"""Task -> its table; the file has the task's name."""
