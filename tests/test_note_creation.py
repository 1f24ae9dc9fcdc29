"""Posteriors made by hand, and the notes that must come out of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.note_creation import SHORTEST, TOLERANCE, create_notes, follow_bends

Array = NDArray[np.float32]


def posteriors(*played: tuple[int, int, int, float]) -> tuple[Array, Array]:
    """Return posteriors of notes (start, end, key, height), each with an onset of 0.9."""
    notes = np.zeros((300, 88), np.float32)
    onsets = np.zeros((300, 88), np.float32)
    for start, end, key, height in played:
        notes[start:end, key] = height
        onsets[start : start + 3, key] = 0.4, 0.9, 0.4
    return notes, onsets


def spans(notes: Array, onsets: Array) -> list[tuple[int, int, int]]:
    found = create_notes(notes, onsets)
    return [
        (round(a), round(b), int(k))
        for a, b, k in zip(found.onsets, found.offsets, found.keys, strict=True)
    ]


def test_one_note_begins_before_its_peak_and_ends_with_its_posterior() -> None:
    assert spans(*posteriors((50, 120, 40, 0.8))) == [(50, 120, 40)]


def test_a_repeated_note_is_two() -> None:
    assert spans(*posteriors((50, 90, 40, 0.8), (90, 130, 40, 0.8))) == [
        (50, 91, 40),
        (90, 130, 40),
    ]


def test_overlapping_notes_keep_their_own_ends() -> None:
    found = spans(*posteriors((50, 150, 40, 0.8), (80, 120, 47, 0.8)))
    assert found == [(50, 150, 40), (80, 120, 47)]


@pytest.mark.parametrize(("dip", "ends"), [(TOLERANCE - 2, 150), (TOLERANCE + 2, 100)])
def test_a_short_dip_does_not_end_a_note(dip: int, ends: int) -> None:
    notes, onsets = posteriors((50, 150, 40, 0.8))
    notes[100 : 100 + dip, 40] = 0.0
    assert spans(notes, onsets)[0] == (50, ends, 40)


def test_a_note_that_never_began_is_grown_where_it_sounds_alone() -> None:
    notes, _ = posteriors((50, 120, 40, 0.6))
    assert [key for *_, key in spans(notes, np.zeros_like(notes))] == [40]
    beside, onsets = posteriors((50, 120, 40, 0.6), (45, 130, 47, 0.8))
    onsets[:, 40] = 0
    assert [key for *_, key in spans(beside, onsets)] == [47]


def test_a_faint_onset_counts_where_others_begin() -> None:
    chord = [(50, 120, key, 0.8) for key in (40, 45, 49)]
    notes, onsets = posteriors(*chord, (50, 120, 52, 0.6))
    onsets[:, 52] *= 0.4 / onsets[:, 52].max()
    assert [key for *_, key in spans(notes, onsets)] == [40, 45, 49, 52]
    alone, faint = posteriors((50, 120, 52, 0.6), (40, 130, 45, 0.8))
    faint[:, 52] *= 0.4 / faint[:, 52].max()
    assert [key for *_, key in spans(alone, faint)] == [45]


def test_a_faint_onset_within_a_note_is_no_repetition() -> None:
    notes, onsets = posteriors((50, 150, 40, 0.8))
    onsets[99:102, 40] = 0.3, 0.6, 0.3
    assert len(spans(notes, onsets)) == 1


def test_too_short_a_note_is_none() -> None:
    assert spans(*posteriors((50, 50 + SHORTEST, 40, 0.8))) == []


def test_a_faint_overtone_is_dropped_and_a_loud_octave_kept() -> None:
    assert spans(*posteriors((50, 120, 40, 0.8), (50, 120, 52, 0.4))) == [(50, 120, 40)]
    assert len(spans(*posteriors((50, 120, 40, 0.8), (50, 120, 52, 0.8)))) == 2


def test_what_leaks_into_the_next_key_is_no_note() -> None:
    assert spans(*posteriors((50, 120, 40, 0.9), (52, 118, 41, 0.4)))[0][2] in (40, 41)
    notes, onsets = posteriors((50, 120, 40, 0.9))
    notes[50:120, 41] = 0.5
    assert spans(notes, onsets) == [(50, 120, 40)]


def test_nothing_gives_no_notes() -> None:
    zeros = np.zeros((0, 88), np.float32)
    assert spans(zeros, zeros) == []
    assert spans(*posteriors()) == []


def test_velocities_follow_how_surely_a_note_is_heard() -> None:
    soft, loud = create_notes(*posteriors((50, 90, 40, 0.4), (150, 190, 40, 0.9))).velocities
    assert 1 <= soft < loud <= 127


def test_bends_are_the_way_of_the_contour_in_semitones() -> None:
    notes, onsets = posteriors((50, 110, 40, 0.8), (150, 200, 40, 0.8))
    contours = np.zeros((300, 264), np.float32)
    contours[50:80, 120] = contours[80:110, 122] = contours[150:200, 120] = 0.9
    bent, steady = follow_bends(create_notes(notes, onsets), contours)
    assert bent[5] == pytest.approx(0, abs=0.05)
    assert bent[-5] == pytest.approx(2 / 3, abs=0.05)
    assert steady == ()
