import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.annotations import Beats, Chords, Key
from tools.progression import BarChords, in_key, loop, most_used, progression, snap_to_beats

F_MINOR = Key("F", "minor", None, "test/1")
C_MAJOR = Key("C", "major", None, "test/1")


def chords_of(labels: str, bounds: list[float]) -> Chords:
    return Chords(tuple(pairwise(bounds)), tuple(labels.split()), "test/1")


def steady_beats(count: int, *, first: float = 0.0, meter: int = 4, pickup: int = 0) -> Beats:
    """`count` beats half a second apart, of which `pickup` come before the first downbeat."""
    times = tuple(first + 0.5 * i for i in range(count))
    return Beats(times, tuple((i - pickup) % meter + 1 for i in range(count)), "test/1")


def test_a_known_song_bar_by_bar() -> None:
    song = chords_of(
        "F:min C#:maj G#:maj D#:maj F:min C#:maj C:7/3 F:min", [0, 2, 4, 6, 8, 10, 12, 13.5, 16]
    )
    bars = progression(song, steady_beats(32), F_MINOR)
    assert [bar.bar for bar in bars] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [bar.labels for bar in bars[:4]] == [("F:min",), ("Db:maj",), ("Ab:maj",), ("Eb:maj",)]
    assert [bar.numerals for bar in bars[:4]] == [("i",), ("VI",), ("III",), ("VII",)]
    assert bars[6] == BarChords(7, 12.0, 14.0, ("C:7/3", "F:min"), (1, 4), ("V65", "i"))
    assert json.loads(json.dumps(bars[6].to_dict()))["numerals"] == ["V65", "i"]


def test_a_pickup_is_bar_0_and_silence_before_the_music_is_none() -> None:
    beats = steady_beats(10, pickup=2)
    bars = progression(chords_of("G:7 C:maj", [0, 1, 5]), beats, C_MAJOR)
    assert [(bar.bar, bar.labels) for bar in bars] == [
        (0, ("G:7",)),
        (1, ("C:maj",)),
        (2, ("C:maj",)),
    ]
    assert bars[0].end == bars[1].start == 1.0
    silent = progression(chords_of("N C:maj", [0, 1, 5]), beats, C_MAJOR)
    assert [bar.bar for bar in silent] == [1, 2]
    early = progression(chords_of("C:maj", [0, 4.3]), steady_beats(8, first=0.3), C_MAJOR)
    assert [(bar.bar, bar.start) for bar in early] == [(1, 0.3), (2, 2.3)]


def test_without_beats_each_chord_stands_for_a_bar() -> None:
    song = chords_of("C:maj A:7 D:min", [0, 1, 3, 4])
    unknown = Beats((0.0, 0.5, 1.0), (0, 0, 0), "test/1")
    for beats in (None, Beats((), (), "test/1"), unknown):
        bars = progression(song, beats, C_MAJOR)
        assert [(b.bar, b.start, b.end) for b in bars] == [(1, 0, 1), (2, 1, 3), (3, 3, 4)]
        assert [b.numerals for b in bars] == [("I",), ("V7/ii",), ("ii",)]


def test_without_a_key_there_are_no_numerals() -> None:
    bars = progression(chords_of("C:maj", [0, 8]), steady_beats(16), None)
    assert {bar.numerals for bar in bars} == {()}


def test_the_loop_of_a_pop_song() -> None:
    song = chords_of("N " + "F:min C#:maj G#:maj D#:maj " * 6 + "F:min", [0, *range(2, 53, 2)])
    bars = progression(song, steady_beats(104), F_MINOR)
    found = loop(bars)
    assert found is not None
    assert found.labels == ("F:min", "Db:maj", "Ab:maj", "Eb:maj")
    assert found.numerals == ("i", "VI", "III", "VII")
    assert (found.bars, found.times, found.first_bar) == (4, 6, 2)
    assert found.share == pytest.approx(24 / 26)
    json.dumps(found.to_dict())


def test_sevenths_and_inversions_do_not_hide_the_loop() -> None:
    song = chords_of(
        "C:maj G:7 A:min F:maj C:maj/3 G:maj A:min7 F:maj7 C:maj G:maj A:min F:maj",
        [2.0 * i for i in range(13)],
    )
    found = loop(progression(song, steady_beats(48), C_MAJOR))
    assert found is not None
    assert (found.labels, found.times) == (("C:maj", "G:7", "A:min", "F:maj"), 3)


def test_the_blues_is_a_loop_of_twelve_bars() -> None:
    form = "A:7 D:7 A:7 A:7 D:7 D:7 A:7 A:7 E:7 D:7 A:7 E:7 "
    song = chords_of(form * 3, [2.0 * i for i in range(37)])
    found = loop(progression(song, steady_beats(144), Key("A", "major", None, "test/1")))
    assert found is not None
    assert (found.bars, found.times, found.share) == (12, 3, 1.0)
    assert found.numerals == ("I7", "IV7", "I7", "IV7", "I7", "V7", "IV7", "I7", "V7")


@pytest.mark.parametrize(
    "labels", ["C:maj " * 8, "C:maj D:min E:min F:maj G:maj A:min B:dim C:maj"]
)
def test_one_chord_or_no_repetition_is_no_loop(labels: str) -> None:
    song = chords_of(labels, [2.0 * i for i in range(9)])
    assert loop(progression(song, steady_beats(32), C_MAJOR)) is None
    assert loop(()) is None


def test_most_used_counts_inversions_with_their_chord() -> None:
    ranked = most_used(chords_of("N C:maj G:7 C:maj/3", [0, 4, 6, 7, 8]))
    assert [(share.label, share.seconds) for share in ranked] == [("C:maj", 3.0), ("G:7", 1.0)]
    assert [share.share for share in ranked] == [0.75, 0.25]
    assert most_used(chords_of("N", [0, 4])) == ()


def test_chords_are_spelled_in_the_key() -> None:
    assert in_key(chords_of("C#:maj G#:min/b3 N", [0, 1, 2, 3]), F_MINOR).labels == (
        "Db:maj", "Ab:min/b3", "N",
    )  # fmt: skip


def test_changes_near_a_beat_move_onto_it_and_others_stay() -> None:
    snapped = snap_to_beats(chords_of("C:maj F:maj G:maj", [0, 2.1, 3.26, 4]), steady_beats(9))
    assert snapped.intervals == ((0, 2.0), (2.0, 3.26), (3.26, 4))


def test_of_two_changes_at_one_beat_both_chords_live() -> None:
    snapped = snap_to_beats(chords_of("C:maj F:maj G:maj", [0, 1.9, 2.05, 4]), steady_beats(9))
    assert snapped.intervals == ((0, 1.9), (1.9, 2.0), (2.0, 4))


@st.composite
def songs(draw: st.DrawFn) -> tuple[Chords, Beats]:
    steps = draw(st.lists(st.floats(0.05, 3.0), min_size=1, max_size=30))
    bounds = np.cumsum([0.0, *steps]).tolist()
    labels = draw(st.lists(st.sampled_from("C:maj A:min7 F:maj/3 G:7 N".split()), min_size=30))
    times = np.cumsum(draw(st.lists(st.floats(0.2, 1.5), min_size=2, max_size=60))).tolist()
    meter = draw(st.integers(2, 4))
    beats = Beats(tuple(times), tuple(i % meter + 1 for i in range(len(times))), "test/1")
    return chords_of(" ".join(labels[: len(steps)]), bounds), beats


@given(songs())
def test_snapping_keeps_chords_order_and_ends(song: tuple[Chords, Beats]) -> None:
    chords, beats = song
    snapped = snap_to_beats(chords, beats)
    assert snapped.labels == chords.labels
    assert snapped.intervals[0][0] == chords.intervals[0][0]
    assert snapped.intervals[-1][1] == chords.intervals[-1][1]
    assert all(a[1] == b[0] for a, b in pairwise(snapped.intervals))
    longest = max((b - a for a, b in pairwise(beats.times)), default=0.0)
    for (was, _), (now, _) in zip(chords.intervals, snapped.intervals, strict=True):
        assert now == was or (now in beats.times and abs(now - was) <= longest / 2)


@given(songs())
def test_snapping_twice_changes_nothing(song: tuple[Chords, Beats]) -> None:
    once = snap_to_beats(*song)
    on_beats = [start for start, _ in once.intervals[1:] if start in song[1].times]
    twice = snap_to_beats(once, song[1])
    assert [t for t in on_beats if t in [start for start, _ in twice.intervals]] == on_beats


@given(songs())
def test_bars_follow_each_other_and_hold_what_sounds(song: tuple[Chords, Beats]) -> None:
    chords, beats = song
    bars = progression(chords, beats, C_MAJOR)
    assert all(a.end == b.start and a.bar + 1 == b.bar for a, b in pairwise(bars))
    for bar in bars:
        assert len(bar.labels) == len(bar.beats) == len(bar.numerals) > 0
        assert list(bar.beats) == sorted(set(bar.beats))
        sounding = {label for a, b, label in chords if a < bar.end and b > bar.start}
        assert set(bar.labels) <= sounding


def test_a_loop_is_not_doubled_where_the_music_breaks_off_within_it() -> None:
    labels = ["E:maj", "E:maj", "G:maj", "G:maj", "F#:min", "F#:min", "A:maj", "A:maj"] * 6
    bars = [BarChords(i, i - 1.0, float(i), (c,), (1,)) for i, c in enumerate(labels[:-1], 1)]
    found = loop(bars)
    assert found is not None
    assert found.labels == ("E:maj", "G:maj", "F#:min", "A:maj")
    assert (found.bars, found.times) == (8, 5)
