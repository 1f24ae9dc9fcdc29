"""Progressions in any key: what a track has, what is asked for, and whether the two agree."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.harmony_facts import (
    ProgressionError,
    matches,
    pattern,
    places,
    progressions,
    query_patterns,
    vocabulary,
)
from tools.annotations import Chords
from tools.theory import QUALITIES, transpose

ROOTS = [letter + sign for letter in "ABCDEFG" for sign in ("", "#", "b")]
CHORDS = st.builds(
    lambda root, kind, bass: f"{root}:{kind}{bass}",
    st.sampled_from(ROOTS),
    st.sampled_from([kind for kind in QUALITIES if kind]),
    st.sampled_from(["", "/3", "/5", "/b7"]),
)
SONGS = st.lists(st.one_of(st.sampled_from(["N", "X"]), CHORDS), max_size=24)


def has(labels: str, text: str, mode: str | None = None) -> bool:
    """Whether a track with these chords has a progression."""
    return matches(progressions(labels.split()), query_patterns(text, mode))


def spans(labels: str, seconds: float = 2.0) -> Chords:
    names = tuple(labels.split())
    times = [seconds * i for i in range(len(names) + 1)]
    return Chords(tuple(pairwise(times)), names, "demo/1")


@given(SONGS, st.integers(-24, 24))
def test_no_transposition_changes_anything(labels: list[str], semitones: int) -> None:
    moved = [transpose(label, semitones) for label in labels]
    assert pattern(moved) == pattern(labels)
    assert progressions(moved) == progressions(labels)


@given(SONGS)
def test_enharmonic_names_and_inversions_are_alike(labels: list[str]) -> None:
    usual = [transpose(label, 0) for label in labels]  # every root under its usual name
    assert progressions(usual) == progressions(labels)
    assert progressions([label.split("/")[0] for label in labels]) == progressions(labels)


@given(SONGS, st.lists(st.integers(0, 23), max_size=5))
def test_rests_and_held_chords_change_nothing(labels: list[str], at: list[int]) -> None:
    longer = list(labels)
    for i in at:
        if labels:
            longer.insert(i % len(longer), "N")
    longer = [label for label in longer for _ in range(2)]
    assert progressions(longer) == progressions(labels)


@given(st.lists(CHORDS, min_size=2, max_size=8))
def test_a_track_has_what_its_own_chords_ask_for(labels: list[str]) -> None:
    names = [
        label
        for i, label in enumerate(labels)
        if not i or pattern(labels[i - 1 : i + 1]).count("-")
    ]
    if len(names) > 1:
        assert matches(progressions(names), query_patterns(" ".join(names)))


def test_the_form_is_classes_and_steps() -> None:
    assert pattern(["D:min7", "G:7", "C:maj7"]) == "min:0-dom:5-maj:5"
    assert pattern(["E:min7", "A:7", "D:maj7"]) == "min:0-dom:5-maj:5"
    assert pattern(["N", "X"]) == "" == pattern([])
    assert progressions("C:maj N C:maj/3 G:maj".split()) == ("maj:0-maj:7",)
    assert max(p.count("-") for p in progressions(["C", "D", "E", "F", "G", "A", "B"])) == 4


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ("D:min7 G:7 C:maj7", "ii-V-I"),
        ("D:min G:maj C:maj", "ii–V–I"),
        ("D:min7 G:7 C:maj7", "ii7 V7 Imaj7"),
        ("D:min G:maj C:maj", "ii7-V7-I"),
        ("D:min G:maj G:7 C:maj", "ii-V-I"),
        ("D:min9 G:sus4 G:13 C:maj6", "ii-V-I"),
        ("Ab:min N Db:7/b7 F#:maj", "ii-V-I"),
        ("F:maj D:min G:7 C:maj A:min", "a ii – V – I progression"),
        ("D:min G:7 C:maj", "2-5-1"),
        ("D:min G:7 C:maj", "251"),
        ("D:min G:7 C:maj", "ii-v-i"),
        ("D:min G:7 C:maj", "II-V-I"),
        ("D:hdim7 G:7 C:min", "ii-V-i"),
        ("D:hdim7 G:7 C:min", "iiø-V-i"),
        ("D:dim G:maj C:min", "iiø7-V7-i"),
        ("D:hdim7 G:7 C:min6", "ii-V-I in minor"),
        ("D:hdim7 G:7 C:min", "minor 2-5-1"),
        ("C:maj G:maj A:min F:maj", "I–V–vi–IV"),
        ("A:maj E:maj F#:min D:maj", "C G Am F"),
        ("A:maj E:maj F#:min D:maj", "1-5-6-4"),
        ("A:min G:maj F:maj E:7", "i bVII bVI V"),
        ("A:min G:maj F:maj E:maj", "i VII VI V"),
        ("A:min G:maj F:maj E:maj", "i ♭VII ♭VI V"),
        ("E:7 A:7 E:7 B:7", "I-IV-I-V"),
        ("E:7 A:7 E:7 B:7", "I7 IV7 I7 V7"),
        ("C:maj E:7 A:min", "I V7/vi vi"),
        ("C:maj C:7 F:maj F:min", "I-I7-IV-iv"),
        ("F:min7 Bb:7 Eb:maj7", "Dm7 | G7 | CΔ7"),
        ("B:hdim7 E:7 A:min", "Dm7b5 - G7 - Cm"),
        ("B:dim C:maj", "vii°-I"),
        ("B:hdim7 C:maj", "vii-I"),
        ("G#:dim A:min", "vii°-i"),
        ("C:maj A:min D:min G:7", "I-VI-II-V"),
        ("C:maj A:7 D:7 G:7", "I-VI-II-V"),
        ("C:maj A:min F:maj G:maj", "I6 vi IV V64"),
        ("C:maj G:maj A:min E:min F:maj C:maj F:maj G:maj", "I V vi iii IV I IV V"),
        ("C:sus4 C:maj F:maj", "Isus4-I"),
    ],
)
def test_finds(labels: str, text: str) -> None:
    assert has(labels, text)


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ("D:hdim7 G:7 C:min", "ii-V-I"),
        ("D:min7 G:7 C:maj7", "iiø-V-i"),
        ("D:min7 G:7 C:maj7", "ii-V-I in minor"),
        ("D:min7 G:7 C:7", "ii-V-I"),  # that seventh leads on
        ("D:maj G:7 C:maj", "ii-V-I"),
        ("G:7 D:min C:maj", "ii-V-I"),
        ("D:min C:maj G:7", "ii-V-I"),
        ("D:min7 G:7 A:min", "ii-V-I"),
        ("E:maj A:maj E:maj B:maj", "I7 IV7 I7 V7"),
        ("A:min D:min E:min", "I-IV-V"),
        ("C:maj F:maj G:maj", "i-iv-v"),
        ("C:maj G:maj A:min F:min", "I-V-vi-IV"),
        ("C:maj F:maj", "Imaj7-IV7"),
        ("C:maj G:maj A:min E:min F:maj C:maj F:maj D:maj", "I V vi iii IV I IV V"),
        ("", "ii-V-I"),
        ("N X", "ii-V-I"),
    ],
)
def test_does_not_find(labels: str, text: str) -> None:
    assert not has(labels, text)


@pytest.mark.parametrize("semitones", range(12))
def test_a_query_is_answered_in_every_key(semitones: int) -> None:
    labels = " ".join(transpose(label, semitones) for label in ("D:min7", "G:7", "C:maj"))
    assert has(labels, "ii-V-I") and not has(labels, "iiø-V-i")


def test_degrees_count_from_the_mode_that_is_given() -> None:
    assert has("A:min F:maj G:maj", "i VI VII", "minor")
    assert has("F:maj G:maj", "VI-VII", "minor")
    assert query_patterns("VI-VII", "major") == query_patterns("VI-VII")


@pytest.mark.parametrize(
    "text", ["", "songs by Anna", "I", "ii", "C", "H7 G7", "ii V9999", "Dm7 xyz", "-"]
)
def test_what_is_no_progression_is_said_so(text: str) -> None:
    with pytest.raises(ProgressionError, match="progression"):
        query_patterns(text)


def test_nothing_matches_no_query() -> None:
    assert not matches(progressions(["C:maj", "F:maj"]), ())


def test_says_where_it_is_heard() -> None:
    chords = spans("C:maj D:min G:sus4 G:7 C:maj N E:min A:7 D:maj")
    assert places(chords, "ii-V-I") == ((2.0, 10.0), (12.0, 18.0))
    assert places(chords, "Em A7 D") == ((2.0, 10.0), (12.0, 18.0))
    assert places(chords, "Em A7 D", exact=True) == ((12.0, 18.0),)
    assert places(chords, "ii-V-I", exact=True) == places(chords, "ii-V-I")
    assert places(chords, "I-V-vi-IV") == ()


def test_the_vocabulary_is_families_by_how_long_they_sound() -> None:
    chords = spans("Db:min7 N Ab:9 C#:min/b3 E:maj7 Ab:7 Db:min Ab:sus2 D:hdim7")
    assert vocabulary(chords) == ("Db:min", "Ab:7", "E:maj", "Ab:sus4", "D:hdim7")
    many = spans(" ".join(f"{root}:{kind}" for root in "CDEFGAB" for kind in ("maj", "min")))
    assert len(vocabulary(many)) == 12
    assert vocabulary(spans("N X")) == ()
