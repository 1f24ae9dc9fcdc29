from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as XML

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.annotations import Beats, Chords, Key, Notes, Tempo
from tools.beatgrid import beat_grid
from tools.musicxml import notes_to_musicxml
from tools.quantise import pieces, quantise, swing_of
from tools.voices import hands, voices

BEAT = 0.52
MELODY = [(0, 1, 72), (1, 0.5, 74), (1.5, 0.5, 76), (2, 2, 77), (4, 1.5, 79), (5.5, 0.5, 77),
          (6, 1 / 3, 76), (6 + 1 / 3, 1 / 3, 74), (6 + 2 / 3, 1 / 3, 72), (7, 3, 71),
          (10, 0.25, 72), (10.25, 0.25, 74), (10.5, 0.5, 76), (11, 1, 72)]  # fmt: skip
BASS = [(0, 4, 48), (4, 4, 43), (8, 4, 48)]


def performed(
    score: Sequence[tuple[float, float, int]], part: str, lead: float = 0.0, blur: float = 0.012
) -> list[tuple[float, float, int, str]]:
    """Play written notes (beat, beats, pitch) on a grid of `BEAT`, a little loosely."""
    rng = np.random.default_rng(3)
    return [
        (
            max(0.0, (at + lead) * BEAT + rng.normal(0, blur)),
            (at + lead + 0.9 * length) * BEAT + abs(rng.normal(0, blur)),
            pitch,
            part,
        )
        for at, length, pitch in score
    ]


def notes_of(rows: list[tuple[float, float, int, str]]) -> Notes:
    rows = sorted(rows)
    return Notes(
        tuple((a, b) for a, b, *_ in rows),
        tuple(p for _, _, p, _ in rows),
        (),
        "x/1",
        tuple(part for *_, part in rows),
    )


def even(count: int, first: int = 1, per_bar: int = 4, meter: str = "4/4") -> Beats:
    positions = tuple((i + first - 1) % per_bar + 1 for i in range(count))
    return Beats(tuple(BEAT * i for i in range(count)), positions, "b/1", meter)


def read(content: bytes) -> Any:
    from music21 import converter

    return converter.parseData(content.decode("utf-8"), format="musicxml")


def heads(part: Any) -> list[tuple[float, float, int]]:
    """Every note with its place and length in quarters, tied ones as one."""
    told = []
    for note in part.stripTies().flatten().notes:
        if "ChordSymbol" not in note.classes:
            at = round(float(note.offset), 3)
            told += [(at, round(float(note.quarterLength), 3), p.midi) for p in note.pitches]
    return sorted(told)


PIECE = notes_of([*performed(MELODY, "piano"), *performed(BASS, "piano")])


@pytest.fixture(scope="module")
def score() -> Any:
    chords = Chords(((0.0, 4.16), (4.16, 6.24)), ("C:maj", "G:7/3"), "c/1")
    return read(
        notes_to_musicxml(
            PIECE,
            even(12),
            Tempo(60 / BEAT, 1.0, "t/1"),
            Key("C", "major", 1.0, "k/1"),
            chords,
            "Étude <1> & ♭",
            "{artist}",
        )
    )


def test_what_was_played_comes_back_as_it_was_written(score: Any) -> None:
    right, left = score.parts
    expected = sorted((round(a, 3), round(d, 3), p) for a, d, p in MELODY)
    assert heads(right) == expected
    assert heads(left) == [(float(a), float(d), p) for a, d, p in BASS]


def test_bars_meter_key_title_and_tempo_are_there(score: Any) -> None:
    assert score.metadata.title == "Étude <1> & ♭"
    for part in score.parts:
        bars = part.getElementsByClass("Measure")
        assert [bar.number for bar in bars] == [1, 2, 3]
        assert all(bar.duration.quarterLength == 4 for bar in bars)
    first = score.parts[0].getElementsByClass("Measure")[0]
    assert first.timeSignature.ratioString == "4/4"
    assert first.keySignature.sharps == 0
    marks = list(score.recurse().getElementsByClass("MetronomeMark"))
    assert marks[0].number == round(60 / BEAT)
    assert score.highestTime == 12


def test_a_piano_has_two_staves_with_their_clefs(score: Any) -> None:
    clefs = [p.recurse().getElementsByClass("Clef").first().sign for p in score.parts]
    assert clefs == ["G", "F"]


def test_chord_symbols_stand_where_chords_change(score: Any) -> None:
    symbols = [
        (float(s.getOffsetInHierarchy(score)), s.figure)
        for s in score.recurse().getElementsByClass("ChordSymbol")
    ]
    assert symbols == [(0.0, "C"), (8.0, "G7/B")]


def test_triplets_are_triplets(score: Any) -> None:
    tuplets = [n for n in score.parts[0].recurse().notes if n.duration.tuplets]
    assert [n.pitches[0].midi for n in tuplets] == [76, 74, 72]
    assert [n.duration.tuplets[0].type for n in tuplets] == ["start", None, "stop"]


def test_a_pickup_is_a_short_bar_before_bar_one() -> None:
    notes = notes_of(performed([(-1, 1, 67), *[(i, 1, 72) for i in range(8)]], "voice", lead=1))
    bars = read(notes_to_musicxml(notes, even(9, first=4))).parts[0].getElementsByClass("Measure")
    assert [(bar.number, float(bar.duration.quarterLength)) for bar in bars] == [
        (0, 1.0),
        (1, 4.0),
        (2, 4.0),
    ]


def test_notes_are_tied_over_bar_lines() -> None:
    notes = notes_of(performed([(0, 3, 60), (3, 3, 64), (6, 2, 65)], "cello"))
    part = read(notes_to_musicxml(notes, even(8))).parts[0]
    ties = [(n.tie.type, float(n.quarterLength)) for n in part.recurse().notes if n.tie]
    assert ties == [("start", 1.0), ("stop", 2.0)]
    assert [d for _, d, _ in heads(part)] == [3.0, 3.0, 2.0]


def test_six_eight_is_written_in_eighths() -> None:
    rows = [(i / 3, 1 / 3, 60 + i % 5) for i in range(12)]
    content = notes_to_musicxml(notes_of(performed(rows, "flute")), even(4, per_bar=2, meter="6/8"))
    part = read(content).parts[0]
    assert part.recurse().getElementsByClass("TimeSignature").first().ratioString == "6/8"
    assert [d for _, d, _ in heads(part)] == [0.5] * 12
    assert len(part.getElementsByClass("Measure")) == 2


def test_swung_eighths_are_written_straight() -> None:
    rows = [(i + at, 1 / 3, 60 + i) for i in range(16) for at in (0, 0.66)]
    notes = notes_of(performed(rows, "piano"))
    assert swing_of(notes, beat_grid(even(16))) == pytest.approx(0.66, abs=0.02)
    score = read(notes_to_musicxml(notes, even(16)))
    assert {float(n.offset) % 1 for n in score.recurse().notes} == {0.0, 0.5}
    words = [w.content for w in score.recurse().getElementsByClass("TextExpression")]
    assert "Swing" in words
    straight = notes_of(performed([(i / 2, 0.5, 60) for i in range(32)], "piano"))
    assert swing_of(straight, beat_grid(even(16))) is None


def test_a_held_note_gets_a_voice_of_its_own() -> None:
    notes = notes_of(
        performed([(0.0, 4, 48), *[(float(i), 1, 55 + i) for i in range(1, 4)]], "cello")
    )
    part = read(notes_to_musicxml(notes, even(4))).parts[0]
    (bar,) = part.getElementsByClass("Measure")
    assert len(bar.voices) == 2
    assert (0.0, 4.0, 48) in heads(part)


def test_nothing_has_more_than_two_voices_and_all_bars_are_full() -> None:
    rng = np.random.default_rng(0)
    starts = np.sort(rng.uniform(0, 30, 300))
    rows = [
        (float(a), float(a + rng.uniform(0.05, 3)), int(rng.integers(30, 95)), "piano")
        for a in starts
    ]
    root = XML.fromstring(notes_to_musicxml(notes_of(rows), even(58)))
    for bar in root.iter("measure"):
        lengths: dict[tuple[str, str], int] = {}
        for note in bar.iter("note"):
            key = (note.findtext("staff", ""), note.findtext("voice", ""))
            if note.find("chord") is None:
                lengths[key] = lengths.get(key, 0) + int(note.findtext("duration", "0"))
        assert set(lengths.values()) == {48}
        for staff in {staff for staff, _ in lengths}:
            assert len([1 for s, _ in lengths if s == staff]) <= 2


def test_a_chromatic_note_is_spelled_by_where_it_leads() -> None:
    rows = [(float(i), 1, pitch) for i, pitch in enumerate([60, 61, 62, 61, 60, 66, 67, 63])]
    part = read(notes_to_musicxml(notes_of(performed(rows, "flute")), even(8))).parts[0]
    names = [n.pitch.name for n in part.recurse().notes]
    assert names == ["C", "C#", "D", "D-", "C", "F#", "G", "E-"]


def test_two_voices_have_their_stems_apart() -> None:
    notes = notes_of(
        performed([(0.0, 4, 48), *[(float(i), 1, 55 + i) for i in range(1, 4)]], "cello")
    )
    root = XML.fromstring(notes_to_musicxml(notes, even(4)))
    stems = {
        note.findtext("voice"): note.findtext("stem")
        for note in root.iter("note")
        if note.find("pitch") is not None
    }
    assert stems == {"1": "up", "2": "down"}


def test_drums_have_heads_but_no_pitch() -> None:
    rows = [(float(i), 0.25, 36 if i % 2 == 0 else 38) for i in range(8)]
    rows += [(i / 2, 0.25, 42) for i in range(16)]
    root = XML.fromstring(notes_to_musicxml(notes_of(performed(rows, "drums")), even(8)))
    assert root.findtext("part/measure/attributes/clef/sign") == "percussion"
    assert root.find(".//pitch") is None
    assert len(root.findall(".//unpitched")) == 24
    assert len(root.findall(".//notehead")) == 16


def test_an_irregular_bar_shows_its_meter() -> None:
    positions = (1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 4)
    beats = Beats(tuple(BEAT * i for i in range(11)), positions, "b/1", "4/4")
    notes = notes_of(performed([(i, 1, 60) for i in range(11)], "voice"))
    bars = read(notes_to_musicxml(notes, beats)).parts[0].getElementsByClass("Measure")
    assert [float(bar.duration.quarterLength) for bar in bars] == [4.0, 3.0, 4.0]


def test_no_notes_still_make_a_chord_sheet() -> None:
    chords = Chords(((0.0, 4.16),), ("Bb:min7",), "c/1")
    content = notes_to_musicxml(Notes((), (), (), "x/1"), even(8), chords=chords)
    symbols = list(read(content).recurse().getElementsByClass("ChordSymbol"))
    assert [s.figure for s in symbols] == ["B-m7"]


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=20))
def test_no_title_breaks_the_file(title: str, part: str) -> None:
    notes = Notes(((0.0, 0.5),), (60,), (), "x/1", (part,))
    root = XML.fromstring(notes_to_musicxml(notes, title=title, artist=title))
    assert len(root.findall("part/measure")) == 1


@given(st.integers(0, 47), st.integers(1, 48), st.booleans())
def test_lengths_are_cut_into_notes_that_exist(start: int, length: int, rest: bool) -> None:
    start, end = 3 * (start // 3), min(48, 3 * (start // 3) + 3 * -(-length // 3))
    told = list(pieces(start, end, 12, 48, rest))
    assert told[0][0] == start and told[-1][1] == end
    assert all(b - a in (3, 6, 9, 12, 18, 24, 36, 48) for a, b in told)


def test_hands_divide_an_alberti_bass_from_its_melody() -> None:
    melody = [(0, 2, 72), (2, 1, 76), (3, 1, 79)]
    bass = [(i / 2, 0.5, (60, 67, 64, 67)[i % 4]) for i in range(8)]
    rows = notes_of([*performed(melody, ""), *performed(bass, "")])
    right, left = hands(quantise(rows, beat_grid(even(4))))
    assert {p for w in right for p in w.pitches} == {72, 76, 79}
    assert {p for w in left for p in w.pitches} == {60, 64, 67}
    assert [len(voices(hand, 12)) for hand in (right, left)] == [1, 1]
