"""Made-up notes, melodies and stems of a made-up song."""

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import replace

from agent.record import TrackRecord
from agent.render import describe_words
from tools.annotations import Chords, Key, Label, Notes, Pitch, Tags
from tools.conventions import Interval
from tools.pitch import FRAME_RATE
from tools.theory import parse_chord, pitch_class

TRIADS = {"maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8)}
KICK, SNARE, HAT = 36, 38, 42
HEARD_IN = {
    "vocals": (),
    "drums": ("drums",),
    "bass": ("guitar",),
    "other": ("guitar", "piano", "synthesizer", "strings"),
}


def made_up_notes(dice: random.Random, chords: Chords, step: float) -> Notes:
    """Return notes that play these chords: a bass, and broken chords above it."""
    rows: list[tuple[float, float, int]] = []
    for start, end, label in chords:
        root, pitches = _pitches(label)
        if root is None:
            continue
        rows.append((start, end, 36 + root % 12))
        at = start
        while at < end - step / 2:
            rows.append((at, min(end, at + step), 60 + (root + dice.choice(pitches)) % 12))
            at += step
    rows.sort()
    return Notes(
        tuple((round(a, 3), round(b, 3)) for a, b, _ in rows),
        tuple(float(p) for *_, p in rows),
        tuple(dice.randint(50, 100) for _ in rows),
        "basic-pitch/1",
    )


def _pitches(label: str) -> tuple[int | None, Sequence[int]]:
    if label in ("N", "X"):
        return None, ()
    chord = parse_chord(label)
    quality = next((q for q in ("min", "dim", "aug") if chord.quality.startswith(q)), "maj")
    return pitch_class(chord.root), TRIADS[quality]


def made_up_pitch(
    dice: random.Random, key: Key, sung: Sequence[Interval], step: float, duration: float
) -> Pitch:
    """Return the contour of a voice that walks the scale in these stretches, with vibrato."""
    steps = (0, 2, 4, 5, 7, 9, 11) if key.mode == "major" else (0, 2, 3, 5, 7, 8, 10)
    home = dice.choice([48, 48, 60]) + (pitch_class(key.tonic) + 6) % 12 - 6
    size, tuning = int(duration * FRAME_RATE), dice.uniform(-0.15, 0.15)
    hertz, sure = [0.0] * size, [0.05] * size
    for start, end in sung:
        at, degree = start + step, dice.randint(0, 6)
        while at + step < end:
            degree = max(-3, min(10, degree + dice.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4])))
            held = step * dice.choice([1, 1, 2, 2, 3])
            midi = home + 12 * (degree // 7) + steps[degree % 7] + tuning + dice.gauss(0, 0.12)
            first, last = int(at * FRAME_RATE), min(size, int((at + 0.9 * held) * FRAME_RATE))
            for frame in range(first, min(last, int(end * FRAME_RATE))):
                wave = 0.2 * math.sin(0.35 * (frame - first))
                hertz[frame] = round(440 * 2 ** ((midi + wave - 69) / 12), 2)
                sure[frame] = 0.92
            at += held + (2 * step if dice.random() < 0.15 else 0.0)
    times = tuple(frame / FRAME_RATE for frame in range(size))
    return Pitch(times, tuple(hertz), tuple(sure), "swift-f0+pyin/1")


def stem_record(record: TrackRecord, name: str, path: str) -> TrackRecord:
    """Return what listening to one stem of a recording would find: of its track, what the stem has.

    Parameters
    ----------
    name : ``"vocals"``, ``"accompaniment"``, ``"drums"``, ``"bass"`` or ``"other"``
    """
    annotations = dict(record.annotations)
    tags = record.annotation("tags")
    if isinstance(tags, Tags):
        annotations["tags"] = _stem_tags(tags, name).to_dict()
    if name == "accompaniment":
        annotations.pop("pitch", None)
    notes = record.annotation("notes")
    if isinstance(notes, Notes):
        annotations["notes"] = _stem_notes(notes, name).to_dict()
    digest = hashlib.md5(f"{record.id}.{name}".encode(), usedforsecurity=False).hexdigest()
    found = replace(
        record,
        id=digest,
        path=path,
        titles=record.titles | {"title": f"{record.title} ({name})"},
        annotations=annotations,
    )
    return replace(found, words=describe_words(found))


def _stem_tags(tags: Tags, name: str) -> Tags:
    sung = name == "vocals"
    played = HEARD_IN.get(name)
    return replace(
        tags,
        instruments=tuple(x for x in tags.instruments if played is None or x.label in played),
        voice=Label("vocal", 0.97) if sung else Label("instrumental", 0.94),
        voice_details=tags.voice_details if sung else (),
        curves=tuple(
            curve
            for curve in tags.curves
            if (sung if curve.kind == "voice" else played is None or curve.label in played)
        ),
        posteriors=(),
    )


def _stem_notes(notes: Notes, name: str) -> Notes:
    """Return the notes that a stem would have: low ones of a bass, hits of drums, a sung line."""
    if name == "drums":
        hits = [(span, (KICK, HAT, SNARE, HAT)[i % 4]) for i, span in enumerate(notes.intervals)]
        return Notes(
            tuple((a, min(b, a + 0.1)) for (a, b), _ in hits),
            tuple(float(p) for _, p in hits),
            (90,) * len(hits),
            "drums/1",
            parts=("drums",) * len(hits),
        )
    low = name == "bass"
    kept = [i for i, pitch in enumerate(notes.pitches) if low == (pitch < 48)]
    return Notes(
        tuple(notes.intervals[i] for i in kept),
        tuple(notes.pitches[i] for i in kept),
        tuple(notes.velocities[i] for i in kept) if notes.velocities else (),
        "voice/1" if name == "vocals" else notes.estimator,
        parts=("voice",) * len(kept) if name == "vocals" else (),
    )
