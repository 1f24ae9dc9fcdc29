"""What follows from sections, notes and pitch: rows of plain data for tools to tell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from agent.record import TrackRecord
from tools.annotations import Beats, Caption, Key, Notes, Pitch, Sections
from tools.conventions import Interval
from tools.melody import intonation, vocal_range
from tools.note_names import note_name

NOTES_TOLD = 32
"""Notes that a model is given; it asks for a stretch where it needs others."""

HALF = 0.5
"""Semitones by which a note may lie off a pitch and still be it."""
SLACK = 0.5
"""Semitones beyond the range of a melody that a note of it may lie; farther off is a slip."""
STEP = 2
"""Semitones that a melody moves by step; more is a leap."""
RESTS, SHORTEST_REST = 4, 4.0
"""How many stretches without a note are told, and from how many seconds on."""

Spelling = tuple[str, str]
C_MAJOR: Spelling = ("C", "major")

DRUM_NAMES = {36: "kick", 38: "snare", 42: "hi-hat"}


def sections_data(record: TrackRecord) -> dict[str, Any] | None:
    """Return the sections with their bars and the form as letters, None where none are known."""
    sections = record.annotation("segments")
    if not isinstance(sections, Sections):
        return None
    letters = sections.letters or ("",) * len(sections.labels)
    sure: Sequence[float | None] = sections.confidences or [None] * len(sections.labels)
    beats = record.annotation("beats")
    rows = [
        {
            "start": round(start, 2),
            "end": round(end, 2),
            "label": label,
            "letter": letter,
            "confidence": confidence,
            "bars": _bars(beats, (start, end)) if isinstance(beats, Beats) else None,
        }
        for (start, end, label), letter, confidence in zip(sections, letters, sure, strict=True)
    ]
    return {"sections": rows, "form": " ".join(letters), "estimator": sections.estimator}


def section_at(record: TrackRecord, start: float, end: float) -> dict[str, Any] | None:
    """Return the section that holds the middle of a stretch."""
    middle = (start + end) / 2
    data = sections_data(record)
    rows = data["sections"] if data else []
    return next((row for row in rows if row["start"] <= middle < row["end"]), None)


def caption_data(record: TrackRecord) -> dict[str, Any] | None:
    """Return the paragraph about a track, and the line about each of its sections."""
    caption = record.annotation("caption")
    if not isinstance(caption, Caption):
        return None
    rows = [
        {"start": round(start, 2), "end": round(end, 2), "text": text}
        for start, end, text in caption
    ]
    return {"text": caption.text, "sections": rows, "estimator": caption.estimator}


def notes_data(notes: Notes, span: Interval, spelled: Spelling = C_MAJOR) -> dict[str, Any]:
    """Return counts, range and first notes of a stretch; the whole list is for files.

    Parameters
    ----------
    spelled : tonic and mode of the key that names are spelled in
    """
    start, end = span
    inside = [i for i, (onset, _) in enumerate(notes.intervals) if start <= onset < end]
    parts = Counter(notes.parts[i] if notes.parts else "" for i in inside)
    pitched = [notes.pitches[i] for i in inside if not (notes.parts and notes.parts[i] == "drums")]
    return {
        "count": len(inside),
        "parts": dict(parts),
        "drums": _drum_counts(notes, inside),
        "low": _named(min(pitched), spelled) if pitched else None,
        "high": _named(max(pitched), spelled) if pitched else None,
        "per_second": round(len(inside) / (end - start), 2) if end > start else 0.0,
        "sounding": _sounding([notes.intervals[i] for i in inside], span),
        "pedals": sum(start <= pedal.start < end for pedal in notes.pedals),
        "span": [round(start, 2), round(end, 2)],
        "notes": [_note(notes, i, spelled) for i in inside[:NOTES_TOLD]],
        "estimator": notes.estimator,
    }


def clipped_pitch(pitch: Pitch, start: float, end: float) -> Pitch:
    """Return the pitch from `start` to `end` seconds; times stay those of the track."""
    inside = [i for i, time in enumerate(pitch.times) if start <= time < end]
    rows = slice(inside[0], inside[-1] + 1) if inside else slice(0, 0)
    return replace(
        pitch,
        times=pitch.times[rows],
        frequencies=pitch.frequencies[rows],
        confidences=pitch.confidences[rows],
    )


def melody_data(pitch: Pitch, notes: Notes, spelled: Spelling = C_MAJOR) -> dict[str, Any]:
    """Return what a singer or teacher asks of a melody: range, notes, intonation."""
    voiced = sum(f > 0 for f in pitch.frequencies)
    reach = vocal_range(pitch) if voiced else None
    inside = [
        i
        for i, midi in enumerate(notes.pitches)
        if reach is None or reach.low - SLACK <= midi <= reach.high + SLACK
    ]
    hop = pitch.times[1] - pitch.times[0] if len(pitch.times) > 1 else 0.01
    data: dict[str, Any] = {
        "voiced_seconds": round(voiced * hop, 2),
        "estimator": pitch.estimator,
        "range": None,
        "intonation": None,
        "count": len(inside),
        "notes": [_note(notes, i, spelled) for i in inside[:NOTES_TOLD]],
        "last": _note(notes, inside[-1], spelled) if inside else None,
        "motion": _motion([round(notes.pitches[i]) for i in inside]),
        "often": _often(notes, inside, spelled),
    }
    if reach is None:
        return data
    tune = intonation(pitch, notes)
    data["range"] = {
        "low": _named(reach.low, spelled),
        "high": _named(reach.high, spelled),
        "median": _named(reach.median, spelled),
        "semitones": round(reach.high - reach.low, 1),
        "high_at": _first_at(notes, inside, reach.high),
        "low_at": _first_at(notes, inside, reach.low),
    }
    data["intonation"] = {
        "tuning_cents": round(tune.tuning_cents, 1),
        "spread_cents": round(tune.spread_cents, 1),
        "in_tune": round(tune.in_tune, 3),
    }
    return data


def _first_at(notes: Notes, inside: Sequence[int], midi: float) -> float | None:
    """Return when a pitch is first a note of its own, in seconds; None where it is only passed."""
    times = (notes.intervals[i][0] for i in inside if abs(notes.pitches[i] - midi) < HALF)
    return next((round(time, 2) for time in times), None)


def _motion(pitches: Sequence[int]) -> dict[str, int]:
    """Return how often a melody stays, steps and leaps from one note to the next."""
    way = [b - a for a, b in pairwise(pitches)]
    moves = [abs(step) for step in way]
    return {
        "moves": len(moves),
        "stays": sum(m == 0 for m in moves),
        "steps": sum(0 < m <= STEP for m in moves),
        "leaps": sum(m > STEP for m in moves),
        "widest": max(moves, default=0),
        "up": sum(step > 0 for step in way),
        "down": sum(step < 0 for step in way),
    }


def _often(notes: Notes, inside: Sequence[int], spelled: Spelling) -> list[dict[str, Any]]:
    """Return the note names of a melody, whatever octave, with their count and share of the time."""
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for i in inside:
        name = _named(notes.pitches[i], spelled).rstrip("-0123456789")
        counts[name] += 1
        seconds[name] += round(1000 * (notes.intervals[i][1] - notes.intervals[i][0]))
    whole = sum(seconds.values()) or 1
    return [
        {"name": name, "count": counts[name], "share": round(ms / whole, 3)}
        for name, ms in seconds.most_common()
    ]


def _sounding(intervals: Sequence[Interval], span: Interval) -> dict[str, Any]:
    """Return for which share of a stretch some note sounds, and its longest rests."""
    start, end = span
    covered, reached = 0.0, start
    rests: list[Interval] = []
    for onset, offset in [*sorted(intervals), (end, end)]:
        if onset - reached >= SHORTEST_REST:
            rests.append((round(reached, 2), round(onset, 2)))
        covered += max(0.0, min(offset, end) - max(onset, reached))
        reached = max(reached, offset)
    longest = sorted(rests, key=lambda rest: rest[0] - rest[1])[:RESTS]
    share = covered / (end - start) if end > start else 0.0
    return {"share": round(share, 3), "rests": [list(rest) for rest in sorted(longest)]}


def spelling(record: TrackRecord) -> Spelling:
    """Return tonic and mode of the key of a track; C major where it is not known."""
    key = record.annotation("key")
    return (key.tonic, key.mode) if isinstance(key, Key) else C_MAJOR


def _named(midi: float, spelled: Spelling) -> str:
    return note_name(midi, *spelled)


def _note(notes: Notes, number: int, spelled: Spelling) -> dict[str, Any]:
    onset, offset = notes.intervals[number]
    part = notes.parts[number] if notes.parts else ""
    pitch = notes.pitches[number]
    drum = DRUM_NAMES.get(round(pitch)) if part == "drums" else None
    return {
        "start": round(onset, 2),
        "end": round(offset, 2),
        "name": drum or _named(pitch, spelled),
        "pitch": round(pitch, 2),
        "velocity": notes.velocities[number] if notes.velocities else None,
    }


def _drum_counts(notes: Notes, inside: Sequence[int]) -> dict[str, int]:
    if not notes.parts:
        return {}
    hits = Counter(
        DRUM_NAMES.get(round(notes.pitches[i]), "other")
        for i in inside
        if notes.parts[i] == "drums"
    )
    return dict(hits)


def _bars(beats: Beats, span: Interval) -> int | None:
    """Return how many bars begin in a stretch; a downbeat at its border counts for what follows."""
    if not beats.downbeats:
        return None
    return sum(span[0] - 0.15 <= time < span[1] - 0.15 for time in beats.downbeats)
