"""A score as annotations and as files, read back by programs that others wrote."""

import io
from collections import Counter
from typing import Any

import mido
import numpy as np
import pytest

from tools.composing.brief import METERS, Brief
from tools.composing.composer import compose
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart, ScoreSection
from tools.midi_reader import read_midi
from tools.score_files import score_grid, score_midi, score_musicxml, score_notes

Heads = Counter[tuple[float, int]]


def piece(meter: str, style: str = "pop", **asked: Any) -> Score:
    return compose(
        Brief(style=style, bars=4, meter=meter, seed=2, tonic="Eb", mode="major", **asked)
    )


def written(score: Score) -> list[Heads]:
    """Return what each part plays: place in quarters and pitch."""
    return [Counter((round(n.start, 2), n.pitch) for n in part.notes) for part in score.parts]


def opened(score: Score) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(score_midi(score)))


def read(score: Score) -> Any:
    from music21 import converter

    return converter.parseData(score_musicxml(score).decode("utf-8"), format="musicxml")


def midi_heads(file: mido.MidiFile, track: mido.MidiTrack) -> Heads:
    told: Heads = Counter()
    ticks = 0
    for message in track:
        ticks += message.time
        if message.type == "note_on" and message.velocity:
            told[round(ticks / file.ticks_per_beat, 2), message.note] += 1
    return told


def first(file: mido.MidiFile, kind: str) -> Any:
    return next(message for message in file.tracks[0] if message.type == kind)


# ---- MIDI ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", METERS)
def test_midi_holds_every_note_meter_key_and_tempo(meter: str) -> None:
    score = piece(meter)
    file = opened(score)
    for heads, track in zip(written(score), file.tracks[1:], strict=True):
        found = midi_heads(file, track)
        assert sum(found.values()) == sum(heads.values())
        near = {(round(at + step, 2), p) for at, p in found for step in (-0.01, 0.0, 0.01)}
        assert heads.keys() <= near
    signatures = [m for m in file.tracks[0] if m.type == "time_signature"]
    assert [f"{m.numerator}/{m.denominator}" for m in signatures] == [meter]
    assert first(file, "key_signature").key == "Eb"
    quarters = 60e6 / first(file, "set_tempo").tempo
    assert quarters == pytest.approx(score.bpm * score.beat, rel=1e-4)
    assert file.length == pytest.approx(score.length * score.quarter, abs=0.02)


def test_midi_has_channels_programs_velocities_and_the_form() -> None:
    score = Score(
        "A", "minor", 100.0, "4/4",
        (
            ScorePart("melody", "piano", (ScoreNote(0.0, 1.0, 72, 101),)),
            ScorePart("chords", "piano", (ScoreNote(0.0, 2.0, 57, 33),)),
            ScorePart("bass", "bass", (ScoreNote(1.0, 2.0, 33, 55),)),
            ScorePart("drums", "drums", (ScoreNote(0.0, 0.5, 36, 99),)),
        ),
        (ScoreChord(0.0, 4.0, "A:min"),),
        (ScoreSection(0.0, 4.0, "verse"), ScoreSection(4.0, 4.0, "chorus")),
        "composer/1",
        "A Title",
    )  # fmt: skip
    file = opened(score)
    assert [track.name for track in file.tracks] == ["A Title", "piano", "piano 2", "bass", "drums"]
    channels = [{m.channel for m in track if hasattr(m, "channel")} for track in file.tracks[1:]]
    assert channels[3] == {9}
    assert 9 not in channels[0] | channels[1] | channels[2]
    assert not channels[0] & channels[1]
    programs = [m.program for track in file.tracks for m in track if m.type == "program_change"]
    assert programs == [0, 0, 33]
    struck = [m for track in file.tracks for m in track if m.type == "note_on" and m.velocity]
    assert [m.velocity for m in struck] == [101, 33, 55, 99]
    markers = [m.text for m in file.tracks[0] if m.type == "marker"]
    assert [marker.split()[0] for marker in markers] == ["Verse", "Chorus"]
    assert first(file, "key_signature").key == "Am"


def test_midi_comes_back_at_its_seconds(tmp_path: Any) -> None:
    score = piece("6/8")
    path = tmp_path / "piece.mid"
    path.write_bytes(score_midi(score))
    notes, told = read_midi(path), score_notes(score).notes
    assert len(notes.pitches) == len(told.pitches)
    assert np.allclose(
        sorted(a for a, _ in notes.intervals), sorted(a for a, _ in told.intervals), atol=0.002
    )


# ---- MusicXML -----------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", METERS)
def test_musicxml_shows_every_note_meter_key_and_tempo(meter: str) -> None:
    score = piece(meter, instruments=("flute", "piano", "bass", "drums"))
    parts = list(read(score).parts)
    found: list[Heads] = []
    for part in parts:
        flat = part.stripTies().flatten()
        heads = [e for e in flat.notes if "ChordSymbol" not in e.classes]
        if "drum" in str(part.partName).lower():
            found.append(Counter((round(float(e.offset), 2), 0) for e in heads))
        else:
            found.append(
                Counter((round(float(e.offset), 2), p.midi) for e in heads for p in e.pitches)
            )
    staves = {name.split()[0].lower() for name in (str(part.partName) for part in parts)}
    assert staves == {"flute", "piano", "bass", "drums"}
    for part, wanted in zip(score.parts, written(score), strict=True):
        there = Counter[tuple[float, int]]()
        for staff, sounding in zip(parts, found, strict=True):
            if str(staff.partName).lower().startswith(part.instrument):
                there += sounding
        near = {(round(at + s / 100, 2), p) for at, p in there for s in range(-9, 10)}
        pitched = {(at, 0 if part.is_drums else p) for at, p in wanted}
        assert pitched <= near, part.name
    signatures = {t.ratioString for t in parts[0].recurse().getElementsByClass("TimeSignature")}
    assert signatures == {meter}
    keys = {k.asKey().name for k in parts[0].recurse().getElementsByClass("KeySignature")}
    assert keys == {"E- major"}
    mark = next(iter(parts[0].recurse().getElementsByClass("MetronomeMark")))
    assert mark.number == round(score.bpm)
    assert mark.referent.quarterLength == score.beat
    assert len(parts[0].getElementsByClass("Measure")) == 4


def test_musicxml_has_chord_symbols_where_chords_change() -> None:
    score = piece("4/4", chords=("D:min7", "G:7", "C:maj7", "A:min"))
    symbols = list(read(score).parts[0].recurse().getElementsByClass("ChordSymbol"))
    assert [symbol.root().name for symbol in symbols] == ["D", "G", "C", "A"]
    assert [symbol.measureNumber for symbol in symbols] == [1, 2, 3, 4]


# ---- annotations --------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", METERS)
def test_annotations_tell_the_score_in_seconds(meter: str) -> None:
    score = piece(meter)
    notes, beats, tempo, key, chords, sections = score_notes(score)
    assert tempo.bpm == score.bpm
    assert str(key) == "Eb major"
    steps = np.diff(beats.times)
    beat = score_grid(score).quarters
    assert np.allclose(steps, beat * score.quarter)
    assert np.allclose(np.diff(beats.downbeats), score.bar * score.quarter)
    assert len(beats.downbeats) == 4
    assert beats.meter == (meter if meter in ("2/4", "3/4", "4/4", "6/8") else None)
    assert len(notes.pitches) == sum(len(part.notes) for part in score.parts)
    assert [label for _, _, label in chords] == [chord.label for chord in score.chords]
    assert chords.intervals[-1][1] == pytest.approx(4 * score.bar * score.quarter)
    assert sections.intervals[0][0] == 0.0
    assert {a.estimator for a in (notes, beats, tempo, key, chords, sections)} == {score.composer}


def test_sections_have_functions_and_letters() -> None:
    def told(*labels: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        spans = tuple(ScoreSection(4.0 * i, 4.0, label) for i, label in enumerate(labels))
        part = ScorePart("melody", "flute", (ScoreNote(0.0, 1.0, 72),))
        score = Score("C", "major", 90.0, "4/4", (part,), (), spans, "composer/1")
        sections = score_notes(score).sections
        return sections.labels, sections.letters

    assert told("A", "A", "B", "A") == (("section",) * 4, ("A", "A", "B", "A"))
    assert told("intro", "verse", "chorus", "verse") == (
        ("intro", "verse", "chorus", "verse"),
        ("A", "B", "C", "B"),
    )
