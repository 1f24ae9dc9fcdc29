"""Claims: what a tool measured, one fact each, with the author of the number.

A claim is a plain dict: ``claim`` (its kind), ``value``, ``track`` (handle), ``span`` (seconds, or
None for the whole track), ``estimator`` and ``confidence`` (0 to 1, or None). Kinds: key, key
alternative, bpm, tempo alternative, meter, beats, chord, loop, genre, instrument, mood, voice,
duration, title, artist, level, form, sections, section, bars, stem, notes, note, lowest note,
highest note, hits, drum, semitones, cents, in tune, stretch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from agent.record import TrackRecord
from tools.annotations import Beats, Chords, Key, Label, Level, Loudness, Tags, Tempo

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
    if tempo.spread is not None:
        claims.append(claim("spread", round(tempo.spread, 4), handle, tempo.estimator))
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


def loudness_claims(handle: str, loudness: Loudness) -> list[Claim]:
    """Return how loud a track is, in LUFS, and the range of it, in LU."""
    claims = [claim("loudness", round(loudness.integrated, 1), handle, loudness.estimator)]
    if loudness.range is not None:
        claims.append(claim("loudness range", round(loudness.range, 1), handle, loudness.estimator))
    return claims


def section_claims(handle: str, data: Mapping[str, Any]) -> list[Claim]:
    """Return the form, and each section with its place, from what `sections_data` tells."""
    if not data["sections"]:
        return []
    author = data["estimator"]
    claims = [claim("form", data["form"], handle, author)] if data["form"] else []
    claims.append(claim("sections", len(data["sections"]), handle, author))
    for row in data["sections"]:
        span = (row["start"], row["end"])
        name = section_name(row)
        claims.append(claim("section", name, handle, author, row["confidence"], span))
        if row["bars"]:
            claims.append(claim("bars", row["bars"], handle, author, None, span))
    return claims


def section_name(row: Mapping[str, Any]) -> str:
    """Return what a section is called: its function, or the letter where that is not known."""
    letter = row.get("letter") or ""
    return f"part {letter}" if row["label"] == "section" and letter else str(row["label"])


def note_claims(handle: str, data: Mapping[str, Any]) -> list[Claim]:
    """Return how many notes there are, and the lowest and the highest."""
    author, span = data["estimator"], (data["span"][0], data["span"][1])
    claims = [claim("notes", data["count"], handle, author)]
    for name, count in data["drums"].items():
        claims.append(claim("hits", count, handle, author))
        claims.append(claim("drum", name, handle, author))
    claims += _ends(handle, author, data)
    claims += [_note_claim(handle, author, note) for note in data["notes"]]
    return [*claims, claim("stretch", list(span), handle, author)]


def melody_claims(handle: str, data: Mapping[str, Any]) -> list[Claim]:
    """Return range, tuning and notes of a melody, from what `melody_data` tells."""
    author = data["estimator"]
    claims = [claim("notes", data["count"], handle, author)]
    if reach := data["range"]:
        claims += _ends(handle, author, reach)
        claims.append(claim("note", reach["median"], handle, author))
        claims.append(claim("semitones", reach["semitones"], handle, author))
        claims += [
            claim("note", reach[end], handle, author, None, (at, at))
            for end in ("high", "low")
            if (at := reach[f"{end}_at"]) is not None
        ]
    if tune := data["intonation"]:
        claims.append(claim("cents", tune["tuning_cents"], handle, author))
        claims.append(claim("cents", tune["spread_cents"], handle, author))
        claims.append(claim("in tune", tune["in_tune"], handle, author))
    rows = [*data["notes"], *([data["last"]] if data["last"] else ())]
    return claims + [_note_claim(handle, author, note) for note in rows]


def _ends(handle: str, author: str, data: Mapping[str, Any]) -> list[Claim]:
    """Return the lowest and the highest note, where there are any."""
    return [
        claim(f"{name} note", data[end], handle, author)
        for end, name in (("low", "lowest"), ("high", "highest"))
        if data[end]
    ]


def _note_claim(handle: str, author: str, note: Mapping[str, Any]) -> Claim:
    return claim("note", note["name"], handle, author, None, (note["start"], note["end"]))
