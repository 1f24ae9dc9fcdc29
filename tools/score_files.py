"""A score as annotations, in seconds, and as files: MIDI and MusicXML.

Nothing here is estimated: what a composer wrote is told in the terms of what is heard, its author
being `Score.composer`, so that all that takes annotations takes a score.
"""

import math
from collections import Counter
from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

from tools.annotations import Beats, Chords, Key, Notes, Sections, Tempo
from tools.annotations.spans import FUNCTIONS
from tools.beatgrid import BeatGrid
from tools.composing.score import Score, ScorePart
from tools.conventions import METERS
from tools.midi import notes_to_midi
from tools.musicxml import notes_to_musicxml

WRITTEN_BEATS = (0.5, 1.0, 1.5)
"""Beats, in quarters, that a grid can count; in others quarters are counted."""

SLACK = 1e-6
"""Quarters that rounding may leave over a bar line."""


class Written(NamedTuple):
    """All that a score says, in seconds."""

    notes: Notes
    beats: Beats
    tempo: Tempo
    key: Key
    chords: Chords
    sections: Sections


def score_notes(score: Score) -> Written:
    """Return a score as annotations.

    Notes are named by the instrument that plays them; where several parts share one, the second
    is ``"piano 2"``. A meter that annotations do not know (5/4, 7/8, 9/8, 12/8) is None there; the
    positions of beats tell it all the same, and `score_grid` has it.
    """
    grid, author = score_grid(score), score.composer
    usual = grid.usual
    return Written(
        _notes(score),
        Beats(
            grid.times,
            tuple(i % usual + 1 for i in range(len(grid.times))),
            author,
            score.meter if score.meter in METERS else None,
        ),
        Tempo(score.bpm, None, author, steady=True),
        Key(score.tonic, score.mode, None, author),
        Chords(
            tuple(
                (c.start * score.quarter, (c.start + c.duration) * score.quarter)
                for c in score.chords
            ),
            tuple(c.label for c in score.chords),
            author,
        ),
        _sections(score),
    )


def score_grid(score: Score) -> BeatGrid:
    """Return the beats of a score, in whole bars until its last note ends."""
    quarters = score.beat if score.beat in WRITTEN_BEATS else 1.0
    usual = max(1, round(score.bar / quarters))
    bars = max(1, math.ceil(score.length / score.bar - SLACK))
    step = quarters * score.quarter
    count = max(2, bars * usual)
    return BeatGrid(
        tuple(step * i for i in range(count)), tuple(range(0, count, usual)), usual, quarters
    )


def score_midi(score: Score) -> bytes:
    """Return a score as a Standard MIDI File: every note, meter, key, tempo and the form."""
    told = score_notes(score)
    return notes_to_midi(
        told.notes,
        score_grid(score),
        told.tempo,
        told.key,
        score.title,
        told.sections,
        order=_names(score.parts),
    )


def score_musicxml(score: Score) -> bytes:
    """Return a score as MusicXML 4.0, UTF-8, with chord symbols above the first part."""
    told = score_notes(score)
    return notes_to_musicxml(
        told.notes,
        score_grid(score),
        told.tempo,
        told.key,
        told.chords,
        score.title,
        order=_names(score.parts),
    )


# ---- inside -------------------------------------------------------------------------------------


def _notes(score: Score) -> Notes:
    names = _names(score.parts)
    quarter = score.quarter
    rows = sorted(
        (n.start * quarter, (n.start + n.duration) * quarter, number, n.pitch, n.velocity)
        for number, part in enumerate(score.parts)
        for n in part.notes
    )
    return Notes(
        tuple((start, end) for start, end, *_ in rows),
        tuple(float(pitch) for *_, pitch, _ in rows),
        tuple(velocity for *_, velocity in rows),
        score.composer,
        tuple(names[number] for _, _, number, *_ in rows),
    )


def _names(parts: Sequence[ScorePart]) -> list[str]:
    """Return a name for each part that tells its instrument, no two alike."""
    seen: Counter[str] = Counter()
    names = []
    for part in parts:
        seen[part.instrument] += 1
        count = seen[part.instrument]
        names.append(part.instrument if count == 1 else f"{part.instrument} {count}")
    return names


def _sections(score: Score) -> Sections:
    """Return the form; a section whose name tells no function has its letter alone."""
    labels = [section.label.strip() for section in score.sections]
    single = all(len(label) == 1 and label.isalpha() for label in labels)
    distinct = list(dict.fromkeys(labels))
    letters = [
        label.upper() if single else ascii_uppercase[distinct.index(label) % 26] for label in labels
    ]
    return Sections(
        tuple(
            (s.start * score.quarter, (s.start + s.duration) * score.quarter)
            for s in score.sections
        ),
        tuple(label.lower() if label.lower() in FUNCTIONS else "section" for label in labels),
        score.composer,
        letters=tuple(letters),
    )
