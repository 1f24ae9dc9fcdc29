"""A score laid on the beats of a recording."""

import numpy as np
import pytest

from tools.composing.aligning import aligned
from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.score import Score

SCORE = compose(Brief(bars=4, meter="3/4", bpm=90, style="waltz", seed=2))


def seconds(score: Score, name: str) -> list[float]:
    part = next(p for p in score.parts if p.name == name)
    return [note.start * score.quarter for note in part.notes]


def test_an_even_beat_at_its_own_tempo_changes_nothing() -> None:
    laid = aligned(SCORE, (np.arange(14) * 60 / 90).tolist())
    for name in [part.name for part in SCORE.parts]:
        assert seconds(laid, name) == pytest.approx(seconds(SCORE, name), abs=1e-6)


def test_notes_on_the_beat_fall_on_the_beats_of_the_recording() -> None:
    beats = np.cumsum([0.0, 0.7, 0.6, 0.65, 0.8, 0.75, 0.7, 0.6, 0.62, 0.68, 0.7, 0.7, 0.7])
    laid = aligned(SCORE, beats.tolist())
    name = next(p.name for p in SCORE.parts if any(n.start in (3.0, 6.0, 9.0) for n in p.notes))
    pairs = zip(seconds(SCORE, name), seconds(laid, name), strict=True)
    checked = 0
    for before, after in pairs:
        beat = before / (60 / 90)
        if abs(beat - round(beat)) < 1e-6:
            assert after == pytest.approx(beats[round(beat)], abs=1e-6)
            checked += 1
    assert checked >= 3


def test_it_goes_on_at_the_last_pace_where_the_beats_end() -> None:
    laid = aligned(SCORE, [0.0, 0.5, 1.0])
    assert laid.length * laid.quarter == pytest.approx(SCORE.length * 0.5, rel=1e-6)


def test_the_harmony_moves_with_the_notes_and_nothing_is_lost() -> None:
    laid = aligned(SCORE, (np.arange(14) * 0.5).tolist())
    assert [c.label for c in laid.chords] == [c.label for c in SCORE.chords]
    last = laid.chords[-1]
    assert (last.start + last.duration) * laid.quarter == pytest.approx(12 * 0.5)
    for before, after in zip(SCORE.parts, laid.parts, strict=True):
        assert len(before.notes) == len(after.notes)
        assert all(note.duration > 0 for note in after.notes)
