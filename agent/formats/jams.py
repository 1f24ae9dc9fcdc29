"""JAMS, the JSON annotated music specification (Humphrey et al., 2014), version 0.3.

Written by hand: the `jams` package costs seconds of imports, and all it would add is a check that
our tests do with it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from agent.record import TrackRecord
from agent.strict_json import dumps
from tools.annotations import (
    Beats,
    Caption,
    Chords,
    Key,
    Label,
    Notes,
    Pitch,
    Sections,
    Tags,
    Tempo,
)
from tools.audio import clean_text

VERSION = "0.3.5"

HARTE = re.compile(
    r"N|[A-G][b#]*(:(maj|min|dim|aug|maj7|min7|7|dim7|hdim7|minmaj7|maj6|min6|9|maj9|min9|sus4))?"
    r"(/[b#]*([1-9]|1[0-3]))?"
)
"""What the namespace ``chord_harte`` takes of our labels; ``chord`` takes them all."""

TASKS = ("beats", "tempo", "key", "chords", "tags", "segments", "notes", "pitch", "caption")

Content = dict[str, Any]
Observation = dict[str, Any]


def to_jams(records: Sequence[TrackRecord], tasks: Sequence[str] = TASKS) -> str:
    """Return one JAMS document; of more tracks than one, a document a line."""
    return "".join(dumps(_document(record, tasks)) + "\n" for record in records)


def _document(record: TrackRecord, tasks: Sequence[str]) -> Content:
    annotations: list[Content] = []
    for task, write in WRITERS.items():
        annotation = record.annotation(task) if task in tasks else None
        if annotation is not None:
            annotations += write(annotation, record.duration)
    sandbox: Content = {"path": record.path, "problems": [dict(p) for p in record.problems]}
    caption = record.annotation("caption") if "caption" in tasks else None
    if isinstance(caption, Caption):  # JAMS has no namespace for prose
        sandbox["caption"] = caption.to_dict()
    return {
        "file_metadata": {
            "title": clean_text(record.title),
            "artist": clean_text(record.titles.get("artist", "")),
            "release": clean_text(record.titles.get("album", "")),
            "duration": record.duration,
            "identifiers": {"musicologue": record.id},
            "jams_version": VERSION,
        },
        "annotations": annotations,
        "sandbox": sandbox,
    }


def _beats(beats: Beats, duration: float) -> list[Content]:
    """Write beats with their place in the bar as value, null where unknown."""
    data = [
        _observation(time, 0.0, position or None, beats.confidence)
        for time, position in zip(beats.times, beats.positions, strict=True)
    ]
    return [_annotation("beat", data, beats.estimator, duration, meter=beats.meter)]


def _tempo(tempo: Tempo, duration: float) -> list[Content]:
    """Write the tempo and its other readings; the namespace wants their relative strength."""
    others = sum(c.confidence for c in tempo.alternatives)
    own = max(0.0, 1.0 - others) if tempo.confidence is None else tempo.confidence
    readings = [(tempo.bpm, own), *((c.bpm, c.confidence) for c in tempo.alternatives)]
    data = [_observation(0.0, duration, bpm, confidence) for bpm, confidence in readings]
    return [_annotation("tempo", data, tempo.estimator, duration, steady=tempo.steady)]


def _key(key: Key, duration: float) -> list[Content]:
    """Write the key over the whole track, and its changes in an annotation of their own."""
    whole = [_observation(0.0, duration, f"{key.tonic}:{key.mode}", key.confidence)]
    written = [_annotation("key_mode", whole, key.estimator, duration, scope="track")]
    if key.changes:
        spans = [
            _observation(s.start, s.end - s.start, f"{s.tonic}:{s.mode}", s.confidence)
            for s in key.changes
        ]
        written.append(_annotation("key_mode", spans, key.estimator, duration, scope="changes"))
    return written


def _chords(chords: Chords, duration: float) -> list[Content]:
    harte = all(HARTE.fullmatch(label) for label in chords.labels)
    sureness: Iterable[float | None] = chords.confidences or [None] * len(chords.labels)
    data = [
        _observation(start, end - start, label, confidence)
        for (start, end, label), confidence in zip(chords, sureness, strict=True)
    ]
    namespace = "chord_harte" if harte else "chord"
    return [_annotation(namespace, data, chords.estimator, duration)]


def _tags(tags: Tags, duration: float) -> list[Content]:
    """Write each vocabulary as an annotation of its own; its name stands in the sandbox."""
    kinds: dict[str, tuple[Label, ...]] = {
        "genres": tags.genres,
        "instruments": tags.instruments,
        "moods": tags.moods,
        "voice": (*((tags.voice,) if tags.voice else ()), *tags.voice_details),
    }
    return [
        _annotation(
            "tag_open",
            [_observation(0.0, duration, x.label, x.confidence) for x in labels],
            tags.estimator,
            duration,
            kind=kind,
        )
        for kind, labels in kinds.items()
        if labels
    ]


def _segments(sections: Sections, duration: float) -> list[Content]:
    """Write what sections are for, and which of them are alike in an annotation of its own."""
    layers = {"function": sections.labels, "letter": sections.letters}
    sureness: Sequence[float | None] = sections.confidences or [None] * len(sections.labels)
    return [
        _annotation(
            "segment_open",
            [
                _observation(start, end - start, label, sure if kind == "function" else None)
                for (start, end), label, sure in zip(
                    sections.intervals, labels, sureness, strict=True
                )
            ],
            sections.estimator,
            duration,
            kind=kind,
        )
        for kind, labels in layers.items()
        if labels
    ]


def _notes(notes: Notes, duration: float) -> list[Content]:
    """Write each part as an annotation; velocities and pedals, unknown to JAMS, in its sandbox."""
    written = []
    for part in dict.fromkeys(notes.parts or ("",)):
        chosen = [i for i in range(len(notes.pitches)) if not notes.parts or notes.parts[i] == part]
        data = [
            _observation(
                notes.intervals[i][0],
                notes.intervals[i][1] - notes.intervals[i][0],
                notes.pitches[i],
                notes.confidences[i] if notes.confidences else None,
            )
            for i in chosen
        ]
        velocities = [notes.velocities[i] for i in chosen] if notes.velocities else None
        more = {"part": clean_text(part), "velocities": velocities}
        written.append(_annotation("note_midi", data, notes.estimator, duration, **more))
    return written


def _pitch(pitch: Pitch, duration: float) -> list[Content]:
    """Write the contour as dense data: columns instead of one object a frame."""
    data: dict[str, list[Any]] = {
        "time": list(pitch.times),
        "duration": [0.0] * len(pitch.times),
        "value": [{"index": 0, "frequency": f, "voiced": f > 0} for f in pitch.frequencies],
        "confidence": list(pitch.confidences),
    }
    return [_annotation("pitch_contour", data, pitch.estimator, duration)]


WRITERS: Mapping[str, Callable[[Any, float], list[Content]]] = {
    "beats": _beats,
    "tempo": _tempo,
    "key": _key,
    "chords": _chords,
    "tags": _tags,
    "segments": _segments,
    "notes": _notes,
    "pitch": _pitch,
}


def _observation(
    time: float, duration: float, value: object, confidence: float | None
) -> Observation:
    return {"time": time, "duration": duration, "value": value, "confidence": confidence}


def _annotation(
    namespace: str,
    data: list[Observation] | dict[str, list[Any]],
    estimator: str,
    duration: float,
    **sandbox: object,
) -> Content:
    return {
        "namespace": namespace,
        "data": data,
        "annotation_metadata": {
            "annotation_tools": f"Musicologue, {estimator}",
            "data_source": "program",
            "curator": {"name": "", "email": ""},
            "annotator": {},
            "version": estimator,
            "corpus": "",
            "annotation_rules": "",
            "validation": "",
        },
        "sandbox": sandbox,
        "time": 0.0,
        "duration": duration,
    }
