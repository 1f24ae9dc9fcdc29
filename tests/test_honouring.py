"""Whether a piece is what was asked: told by what was heard, kept, missed, or not to be told."""

from typing import Any

import pytest
from few_tracks import track

from agent.generation.honouring import Finding, complaint, listened
from agent.record import TrackRecord
from tools.annotations import Chords, Label, Tags
from tools.composing.brief import Brief
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart


def heard(**changes: Any) -> TrackRecord:
    return track(1, "Piece", **changes)


def one(name: str, brief: Brief, asked: object, record: TrackRecord, **more: Any) -> Finding:
    return listened(brief, {name: asked}, record, **more)[name]


def with_tags(*instruments: str) -> TrackRecord:
    tags = Tags(
        (), tuple(Label(name, 0.8) for name in instruments), (), None, "musicnn/2",
        posteriors=(Label("piano", 0.1),),
    )  # fmt: skip
    return record_with(tags=tags.to_dict())


def record_with(**annotations: Any) -> TrackRecord:
    from dataclasses import replace

    record = heard()
    return replace(record, annotations=record.annotations | annotations)


def test_tempo_is_kept_within_four_per_cent() -> None:
    record = heard(bpm=100.0)
    assert one("bpm", Brief(bpm=103), 103, record).kept is True
    assert one("bpm", Brief(bpm=105), 105, record).kept is False
    assert one("bpm", Brief(bpm=200), 200, record).kept is False


def test_a_key_is_its_tonic_and_mode_however_spelled() -> None:
    record = record_with(
        key={"tonic": "C#", "mode": "minor", "confidence": 0.9, "estimator": "x/1"}
    )
    assert one("key", Brief(tonic="Db", mode="minor"), "Db minor", record).kept is True
    assert one("key", Brief(tonic="Db", mode="major"), "Db major", record).kept is False
    assert one("key", Brief(tonic="E", mode="major"), "E major", record).kept is False
    assert one("key", Brief(mode="minor"), "minor", record).kept is True


def test_a_meter_that_ears_do_not_name_is_not_told() -> None:
    beats = {
        "times": [0.5 * k for k in range(12)], "positions": [k % 3 + 1 for k in range(12)],
        "estimator": "x/1", "meter": "3/4",
    }  # fmt: skip
    record = record_with(beats=beats)
    assert one("meter", Brief(meter="3/4"), "3/4", record).kept is True
    assert one("meter", Brief(meter="4/4"), "4/4", record).kept is False
    assert one("meter", Brief(meter="7/8"), "7/8", record).kept is None


def score(*labels: str) -> Score:
    chords = tuple(ScoreChord(4.0 * k, 4.0, label) for k, label in enumerate(labels))
    part = ScorePart("chords", "piano", (ScoreNote(0, 4.0 * len(labels), 60),))
    return Score("C", "major", 120.0, "4/4", (part,), chords, (), "composer/1")


def test_chords_are_held_against_the_score_where_it_sounds() -> None:
    labels = ("C:maj", "F:maj", "G:7", "C:maj")
    brief = Brief(chords=labels)
    spans = tuple((2.0 * k, 2.0 * k + 2.0) for k in range(4))
    on_time = Chords(spans, ("C:maj", "F:maj7", "G:maj", "C:maj"), "x/1")
    late = Chords(tuple((a + 10, b + 10) for a, b in spans), on_time.labels, "x/1")
    told = [
        one(
            "chords",
            brief,
            labels,
            record_with(chords=chords.to_dict()),
            score=score(*labels),
            starts=at,
        )
        for chords, at in ((on_time, 0.0), (late, 10.0), (late, 0.0))
    ]
    assert [finding.kept for finding in told] == [True, True, False]
    assert told[0].heard == 1.0
    assert one("chords", brief, labels, record_with(chords=on_time.to_dict())).kept is None


def test_an_instrument_that_ears_are_deaf_to_is_not_called_missing() -> None:
    brief = Brief(instruments=("piano", "harp", "bass"))
    found = one("instruments", brief, ("piano", "harp", "bass"), with_tags("piano"))
    assert found.heard == {"piano": True, "harp": None, "bass": None}
    assert found.kept is True
    missing = one("instruments", brief, ("piano", "harp"), with_tags("drums"))
    assert missing.heard == {"piano": False, "harp": None}
    assert missing.kept is False
    assert one("instruments", brief, ("bass guitar",), with_tags("guitar")).kept is None


def test_what_must_not_play_is_listened_for() -> None:
    brief = Brief(without=("drums",))
    assert one("without", brief, ("drums",), with_tags("piano")).kept is True
    assert one("without", brief, ("drums",), with_tags("drums")).kept is False


def test_a_length_may_end_with_its_bar() -> None:
    record = heard(seconds=33.0)
    assert one("seconds", Brief(seconds=30), 30.0, record).kept is True
    assert one("seconds", Brief(seconds=60), 60.0, record).kept is False


def test_what_no_ear_judges_is_left_open_and_not_complained_of() -> None:
    found = one("style", Brief(style="funk"), "funk", heard())
    assert found == Finding("funk", None, None)
    assert complaint("style", found) is None


@pytest.mark.parametrize(
    ("name", "finding", "said"),
    [
        ("bpm", Finding(120, 119.8, True), None),
        ("bpm", Finding(120, 90.1, False), "The tempo was to be 120 BPM, and I hear 90.1 BPM."),
        ("key", Finding("D minor", "F major", False), "The key was to be D minor, and I hear F major."),
        ("meter", Finding("7/8", "4/4", None), "The meter was to be 7/8; listening can't tell whether it is."),
        ("chords", Finding(["D:min7"], 0.42, False), "The progression was to be Dm7, and I hear 42 % of it."),
        ("instruments", Finding(["piano"], {"piano": False}, False), "I don't hear the piano clearly."),
        ("instruments", Finding(["harp"], {"harp": None}, None), "My ears can't tell harp in a mix, so I can't check that."),
    ],
)  # fmt: skip
def test_what_was_not_kept_is_said_in_a_sentence(
    name: str, finding: Finding, said: str | None
) -> None:
    assert complaint(name, finding) == said
