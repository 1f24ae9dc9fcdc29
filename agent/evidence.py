"""Claims: what a tool measured, one fact each, with the author of the number.

A claim is a plain dict: ``claim`` (its kind), ``value``, ``track`` (handle), ``span`` (seconds, or
None for the whole track), ``estimator`` and ``confidence`` (0 to 1, or None). Kinds: key, key
alternative, bpm, tempo alternative, meter, beats, chord, loop, genre, instrument, mood, voice,
duration, title, artist, level.
"""

from collections.abc import Iterable
from typing import Any

from agent.record import TrackRecord
from tools.annotations import Beats, Chords, Key, Label, Level, Tags, Tempo

Claim = dict[str, Any]
Span = tuple[float, float]


def claim(
    kind: str,
    value: Any,
    track: str,
    estimator: str,
    confidence: float | None = None,
    span: Span | None = None,
) -> Claim:
    """Return one claim as plain data."""
    return {
        "claim": kind,
        "value": value,
        "track": track,
        "span": None if span is None else [round(span[0], 2), round(span[1], 2)],
        "estimator": estimator,
        "confidence": None if confidence is None else round(confidence, 3),
    }


def track_claims(handle: str, record: TrackRecord) -> list[Claim]:
    """Return what the file itself says: its length, and its tags as its owner wrote them."""
    claims = [claim("duration", round(record.duration, 2), handle, "decoder")]
    for name in ("title", "artist", "album", "year"):
        if text := record.titles.get(name):
            claims.append(claim(name, text, handle, "file tags (unverified)"))
    return claims


def tempo_claims(handle: str, tempo: Tempo) -> list[Claim]:
    """Return the tempo and its other readings."""
    claims = [claim("bpm", round(tempo.bpm, 1), handle, tempo.estimator, tempo.confidence)]
    for other in tempo.alternatives:
        claims.append(
            claim(
                "tempo alternative", round(other.bpm, 1), handle, tempo.estimator, other.confidence
            )
        )
    return claims


def beat_claims(handle: str, beats: Beats) -> list[Claim]:
    """Return the meter and how many beats there are."""
    claims = [claim("beats", len(beats.times), handle, beats.estimator, beats.confidence)]
    if beats.meter:
        claims.append(claim("meter", beats.meter, handle, beats.estimator, beats.meter_confidence))
    return claims


def key_claims(handle: str, key: Key) -> list[Claim]:
    """Return the key, its other readings, and where it changes."""
    claims = [claim("key", str(key), handle, key.estimator, key.confidence)]
    for other in key.alternatives:
        claims.append(claim("key alternative", str(other), handle, key.estimator, other.confidence))
    for span in key.changes:
        place = (span.start, span.end)
        claims.append(claim("key", str(span), handle, key.estimator, span.confidence, place))
    return claims


def chord_claims(handle: str, chords: Chords) -> list[Claim]:
    """Return each chord with its place."""
    confidences: Iterable[float | None] = chords.confidences or [None] * len(chords.labels)
    return [
        claim("chord", label, handle, chords.estimator, confidence, (start, end))
        for (start, end, label), confidence in zip(chords, confidences, strict=True)
    ]


def tag_claims(handle: str, tags: Tags, kind: str = "all") -> list[Claim]:
    """Return the labels of one kind, or of all."""
    groups: dict[str, tuple[Label, ...]] = {
        "genres": tags.genres,
        "instruments": tags.instruments,
        "moods": tags.moods,
        "voice": (*((tags.voice,) if tags.voice else ()), *tags.voice_details),
    }
    return [
        claim(name.removesuffix("s"), label.label, handle, tags.estimator, label.confidence)
        for name, labels in groups.items()
        if kind in ("all", name)
        for label in labels
    ]


def level_claims(handle: str, level: Level, start: float, end: float) -> list[Claim]:
    """Return how loud a stretch is, in dB full scale."""
    measured = level.between(start, end)
    if measured is None:
        return []
    return [claim("level", round(measured, 1), handle, level.estimator, None, (start, end))]
