"""Figures of scores: how dense, how wide, how alike their bars, how well led their voices."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations, pairwise

import numpy as np

from tools.composing.score import Score, ScoreNote, ScorePart
from tools.composing.tokens import CHORALE
from tools.composing.voicing import SATB, is_parallel
from tools.theory import parse_chord

STEP = 0.25
"""Quarter notes from one look at the voices to the next."""


@dataclass(frozen=True)
class Figures:
    """Means over scores.

    Parameters
    ----------
    density : notes of the top voice a quarter note
    span : semitones from its lowest to its highest pitch
    steps : the share of its moves of at most two semitones
    likeness : the share of its bars that came before, rhythm and intervals alike
    fifths : parallel fifths and octaves a bar, of all pairs of voices
    outside : notes a bar beyond the compass of their voice (of chorales)
    chord_tones : the share of notes on beats that belong to the chord named
    """

    density: float
    span: float
    steps: float
    likeness: float
    fifths: float
    outside: float
    chord_tones: float


def figures(scores: Sequence[Score]) -> Figures:
    """Return the figures of scores, which each count alike."""
    own = [_of(score) for score in scores]
    means = {f.name: float(np.mean([getattr(o, f.name) for o in own])) for f in fields(Figures)}
    return Figures(**means)


def _of(score: Score) -> Figures:
    voices = _voices(score)
    top = voices[0].notes
    bars = max(1, round(score.length / score.bar))
    moves = np.abs(np.diff([note.pitch for note in top]))
    singing = {name: reach for name, reach in zip(CHORALE, SATB[::-1], strict=True)}
    beyond = sum(
        not singing[part.name][0] <= note.pitch <= singing[part.name][1]
        for part in voices
        if part.name in singing
        for note in part.notes
    )
    return Figures(
        len(top) / max(score.length, 1.0),
        float(np.ptp([note.pitch for note in top])),
        float(np.mean(moves <= 2)) if len(moves) else 0.0,
        _likeness(top, score.bar, bars),
        _parallels(voices, score.length) / bars,
        beyond / bars,
        _chord_tones(score, voices),
    )


def _voices(score: Score) -> list[ScorePart]:
    """Return the tune, or the four voices of a chorale from the highest down."""
    parts = {part.name: part for part in score.parts}
    names = [name for name in ("melody", "tune") if name in parts] or CHORALE
    return [parts[name] for name in names]


def _likeness(notes: Sequence[ScoreNote], bar: float, bars: int) -> float:
    seen: set[tuple[tuple[float, int], ...]] = set()
    alike = 0
    for number in range(bars):
        own = [note for note in notes if number * bar <= note.start < (number + 1) * bar]
        shape = tuple((round(n.start - number * bar, 2), n.pitch - own[0].pitch) for n in own)
        alike += len(shape) > 1 and shape in seen
        seen.add(shape)
    return alike / bars


def _parallels(voices: Sequence[ScorePart], length: float) -> int:
    places = np.arange(0, length, STEP)
    lines = [_sampled(part.notes, places) for part in voices]
    found = 0
    for upper, lower in combinations(lines, 2):
        moves = zip(pairwise(lower), pairwise(upper), strict=True)
        for (low, next_low), (high, next_high) in moves:
            is_sung = min(low, high, next_low, next_high) > 0
            found += is_sung and is_parallel(low, high, next_low, next_high)
    return found


def _sampled(notes: Sequence[ScoreNote], places: Sequence[float] | np.ndarray) -> list[int]:
    """Return the pitch that sounds, or sounded last, at each place; 0 before the first note."""
    starts = [note.start for note in notes]
    found = np.searchsorted(starts, np.asarray(places) + 1e-6) - 1
    return [notes[k].pitch if k >= 0 else 0 for k in found]


def _chord_tones(score: Score, voices: Sequence[ScorePart]) -> float:
    inside = total = 0
    for chord in score.chords:
        if chord.label in ("N", "X"):
            continue
        tones = parse_chord(chord.label).pitch_classes
        for part in voices:
            for note in part.notes:
                on_beat = abs(note.start / score.beat - round(note.start / score.beat)) < 1e-6
                if on_beat and chord.start <= note.start < chord.start + chord.duration:
                    total += 1
                    inside += note.pitch % 12 in tones
    return inside / max(total, 1)
