"""Melody: notes, range and intonation of contours whose truth is known."""

from dataclasses import replace

import mir_eval
import numpy as np
import pytest
from sung import Sung, sing

from tools.annotations import Notes, Pitch
from tools.melody import intonation, pitch_notes, vocal_range, without_strays
from tools.pitch import estimate_pitch
from tools.weights import WeightStore

MELODY = (60, 62, 64, 65, 67, 69, 65, 64, 62, 67, 60, 72, 71, 69, 67, 60)
PHRASE = tuple(
    (0.4 + 0.4 * k, 0.8 + 0.4 * k - 0.06 * (k % 3 == 0), m) for k, m in enumerate(MELODY)
)


def contour(sung: Sung) -> Pitch:
    """The truth as an estimator would tell it."""
    return Pitch(
        tuple(sung.times), tuple(sung.hertz), tuple(np.where(sung.hertz > 0, 0.95, 0.05)), "truth/1"
    )


def note_scores(found: Notes, truth: Sung) -> tuple[float, float]:
    """Return F1 of the onsets, and of onsets with pitches."""
    intervals = np.array([note[:2] for note in truth.notes])
    hertz = 440 * 2 ** ((np.array([note[2] for note in truth.notes]) - 69) / 12)
    onsets = mir_eval.transcription.onset_precision_recall_f1(intervals, found.to_mir_eval()[0])
    notes = mir_eval.transcription.precision_recall_f1_overlap(
        intervals, hertz, *found.to_mir_eval(), offset_ratio=None
    )
    return onsets[2], notes[2]


@pytest.mark.parametrize("vibrato", [0.0, 0.7], ids=["plain", "vibrato"])
def test_a_melody_becomes_its_notes(vibrato: float, store: WeightStore) -> None:
    sung = sing(PHRASE, vibrato=vibrato)
    notes = pitch_notes(estimate_pitch(sung.audio, store), sung.audio)
    onsets, both = note_scores(notes, sung)
    assert onsets >= 0.9 and both >= 0.9
    assert set(notes.parts) == {"voice"} and all(p == int(p) for p in notes.pitches)
    assert len(notes.velocities) == len(notes.confidences) == len(notes.pitches)


def test_vibrato_and_a_glide_are_not_notes() -> None:
    long_note = sing(((0.2, 2.2, 64.0), (2.2, 4.0, 71.0)), vibrato=0.9, glide=0.2)
    assert pitch_notes(contour(long_note)).pitches == (64, 71)


def test_an_octave_slip_is_not_a_note() -> None:
    pitch = contour(sing(((0.2, 1.2, 64.0),)))
    slipped = np.array(pitch.frequencies)
    slipped[60:64] *= 2
    notes = pitch_notes(replace(pitch, frequencies=tuple(slipped)))
    assert notes.pitches == (64,)


def test_a_note_repeated_without_a_rest_is_heard_by_its_dip(store: WeightStore) -> None:
    sung = sing(((0.3, 0.78, 65.0), (0.8, 1.28, 65.0), (1.3, 1.8, 65.0)))
    pitch = estimate_pitch(sung.audio, store)
    notes = pitch_notes(pitch, sung.audio)
    assert notes.pitches == (65, 65, 65)
    assert note_scores(notes, sung)[0] == 1


def test_pitches_are_read_in_the_singers_own_tuning() -> None:
    sharp = sing(PHRASE, tuning=0.45)
    assert note_scores(pitch_notes(contour(sharp)), sing(PHRASE))[1] >= 0.9


def test_a_part_of_a_contour_keeps_the_time_of_the_whole() -> None:
    pitch = contour(sing(PHRASE))
    rows = slice(200, None)
    part = Pitch(
        pitch.times[rows], pitch.frequencies[rows], pitch.confidences[rows], pitch.estimator
    )
    whole, cut = pitch_notes(pitch), pitch_notes(part)
    assert np.allclose(cut.intervals[-3:], whole.intervals[-3:])
    assert intonation(part, cut).deviations[-3:] == pytest.approx(
        intonation(pitch, whole).deviations[-3:], abs=1
    )


def test_bends_follow_the_contour() -> None:
    sung = sing(((0.2, 1.7, 64.0),), vibrato=0.5)
    (bend,) = pitch_notes(contour(sung), bends=True).bends
    assert 0.4 < max(bend) < 0.55 and -0.55 < min(bend) < -0.4
    assert not pitch_notes(contour(sung)).bends


def test_louder_notes_have_higher_velocities(store: WeightStore) -> None:
    sung = sing(((0.3, 0.8, 60.0), (1.0, 1.5, 64.0)))
    samples = sung.samples.copy()
    samples[: int(0.9 * 16_000)] *= np.float32(0.3)
    softer = replace(sung, samples=samples)
    first, second = pitch_notes(estimate_pitch(softer.audio, store), softer.audio).velocities
    assert second - first == pytest.approx(21, abs=3)  # 10.5 dB at 2 a decibel


def test_the_range_does_not_count_slips() -> None:
    pitch = contour(sing(PHRASE))
    slipped = np.array(pitch.frequencies)
    (voiced,) = np.nonzero(slipped)
    slipped[voiced[::100]] *= 2
    slipped[voiced[50::100]] /= 2
    found = vocal_range(replace(pitch, frequencies=tuple(slipped)))
    assert found.low == pytest.approx(60, abs=0.5) and found.high == pytest.approx(72, abs=0.5)
    assert 64 <= found.median <= 67


def test_what_a_separation_left_of_others_is_no_melody() -> None:
    pitch = contour(sing(PHRASE))
    hertz = np.array(pitch.frequencies)
    (voiced,) = np.nonzero(hertz)
    count = len(voiced) // 12
    hertz[voiced[:count]] = 1480.0  # F#6, above C4 to C5
    bled = replace(pitch, frequencies=tuple(hertz))
    assert vocal_range(bled).high == pytest.approx(72, abs=0.5)
    kept = np.array(without_strays(bled).frequencies)
    assert not kept[voiced[:count]].any() and kept[voiced[count:]].all()
    assert without_strays(pitch) == pitch


@pytest.mark.parametrize("cents", [30, -40, 0])
def test_the_tuning_of_a_phrase_is_measured(cents: int, store: WeightStore) -> None:
    sung = sing(PHRASE, tuning=cents / 100)
    pitch = estimate_pitch(sung.audio, store)
    found = intonation(pitch, pitch_notes(pitch, sung.audio))
    assert found.tuning_cents == pytest.approx(cents, abs=4)
    assert found.spread_cents < 5 and found.in_tune >= 0.9


def test_a_note_out_of_tune_is_told_apart() -> None:
    notes = [(a, b, m + 0.35 * (k == 5)) for k, (a, b, m) in enumerate(PHRASE)]
    pitch = contour(sing(notes))
    found = intonation(pitch, pitch_notes(pitch))
    assert found.tuning_cents == pytest.approx(0, abs=5)
    assert max(found.deviations) == pytest.approx(35, abs=6)
    assert found.in_tune == pytest.approx(1 - 1 / len(found.deviations), abs=0.01)


def test_where_nothing_is_voiced_there_are_no_notes() -> None:
    still = Pitch((0.0, 0.01), (0.0, 0.0), (0.0, 0.0), "truth/1")
    empty = Pitch((), (), (), "truth/1")
    for pitch in (still, empty):
        notes = pitch_notes(pitch)
        assert notes.pitches == () and intonation(pitch, notes).deviations == ()
        with pytest.raises(ValueError, match="voiced"):
            vocal_range(pitch)
