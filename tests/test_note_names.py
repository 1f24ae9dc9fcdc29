"""Names of pitches go both ways, at any octave and in any key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import AnnotationError
from tools.keyscore import KEYS
from tools.note_names import note_name, note_number


@given(st.integers(0, 127), st.sampled_from(KEYS))
def test_a_name_leads_back_to_its_note(midi: int, key: tuple[str, str]) -> None:
    assert note_number(note_name(midi, *key)) == midi


@pytest.mark.parametrize(
    ("midi", "key", "name"),
    [
        (69, ("C", "major"), "A4"),
        (60, ("C", "major"), "C4"),
        (66, ("G", "major"), "F#4"),
        (66, ("Db", "major"), "Gb4"),
        (59, ("Gb", "major"), "Cb4"),
        (60.4, ("C", "major"), "C4"),
    ],
)
def test_notes_are_spelled_in_the_key(midi: float, key: tuple[str, str], name: str) -> None:
    assert note_name(midi, *key) == name


@pytest.mark.parametrize("name", ["H4", "A", "", "4", "A4 ; rm"])
def test_other_words_are_no_notes(name: str) -> None:
    with pytest.raises(AnnotationError):
        note_number(name)
