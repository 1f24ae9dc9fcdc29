import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agent.harmony_facts import matches, query_patterns
from agent.record import RecordError, TrackRecord, facts_of
from tools.annotations import (
    Beats,
    Chords,
    Key,
    KeyCandidate,
    Label,
    Level,
    Loudness,
    Sections,
    Tags,
    Tempo,
    TempoCandidate,
)

BEATS = Beats((0.5, 1.0, 1.5, 2.0), (1, 2, 3, 1), "demo/1", meter="3/4")
TEMPO = Tempo(
    71.94,
    0.6,
    "demo/1",
    alternatives=(TempoCandidate(143.9, 0.4, "double"), TempoCandidate(36.0, 0.1, "half")),
)
KEY = Key(
    "F",
    "minor",
    0.5,
    "demo/1",
    alternatives=(
        KeyCandidate("Ab", "major", 0.3, "relative"),
        KeyCandidate("C", "minor", 0.05, "other"),
    ),
)
CHORDS = Chords(((0.0, 1.0), (1.0, 2.0)), ("F:min", "Db:maj/5"), "demo/1")
TAGS = Tags(
    (Label("classical", 0.9), Label("ambient", 0.4)),
    (Label("piano", 0.8),),
    (Label("sad", 0.7),),
    Label("instrumental", 0.9),
    "demo/1",
)
LEVEL = Level(1.0, (-20.0, -18.5), "demo/1")
LOUDNESS = Loudness(-11.23, 6.4, -0.31, "bs1770/4")
HEARD = {
    "beats": BEATS,
    "tempo": TEMPO,
    "key": KEY,
    "chords": CHORDS,
    "tags": TAGS,
    "level": LEVEL,
}
RECORD = TrackRecord(
    id="0123456789abcdef" * 2,
    path="/music/Blue in Green.flac",
    titles={"artist": "Somebody", "year": "recorded 1959-04"},
    duration=180.5,
    sample_rate=44100,
    channels=2,
    annotations={task: annotation.to_dict() for task, annotation in HEARD.items()},
    problems=({"task": "segments", "reason": "too short"},),
    words="A slow piano piece.",
    heard_at="2026-11-22T17:00:00+00:00",
)


def test_survives_json() -> None:
    assert TrackRecord.from_dict(json.loads(json.dumps(RECORD.to_dict()))) == RECORD


@pytest.mark.parametrize("task", HEARD)
def test_gives_back_typed_annotations(task: str) -> None:
    record = TrackRecord.from_dict(json.loads(json.dumps(RECORD.to_dict())))
    assert record.annotation(task) == HEARD[task]
    assert record.estimator(task) == "demo/1"


def test_holds_plain_numbers_whatever_it_is_given() -> None:
    spans = {"estimator": "x", "times": (np.float32(0.5), np.int64(2)), "curve": np.float64(1.5)}
    record = replace(RECORD, annotations={"other": spans})
    assert record.annotations == {"other": {"estimator": "x", "times": [0.5, 2], "curve": 1.5}}
    json.dumps(record.to_dict(), allow_nan=False)


def test_what_was_not_heard_is_none() -> None:
    bare = replace(RECORD, annotations={})
    assert bare.annotation("key") is None
    assert bare.estimator("key") is None


@pytest.mark.parametrize(
    ("path", "titles", "title"),
    [
        ("/a/So What.mp3", {"title": "Blue"}, "Blue"),
        ("/a/So What.mp3", {}, "So What"),
        ("", {}, RECORD.id[:8]),
    ],
)
def test_title_is_from_the_tags_or_the_file_name(
    path: str, titles: dict[str, str], title: str
) -> None:
    assert replace(RECORD, path=path, titles=titles).title == title


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d | {"version": 99},
        lambda d: d | {"id": "../../etc/passwd"},
        lambda d: d | {"id": d["id"].upper()},
        lambda d: d | {"duration": "long"},
        lambda d: d | {"duration": -1.0},
        lambda d: d | {"titles": {"title": 7}},
        lambda d: d | {"annotations": {"key": {"tonic": "F"}}},
        lambda d: d | {"annotations": {"key": {"estimator": "x", "confidence": float("nan")}}},
        lambda d: d | {"problems": ["no"]},
        lambda d: d | {"heard_at": "yesterday"},
        lambda d: d | {"words": None},
        lambda d: d | {"colour": "blue"},
        lambda d: {k: v for k, v in d.items() if k != "path"},
        lambda d: [d],
        lambda d: None,
    ],
)
def test_refuses_a_damaged_record(spoil: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(RecordError, match="record"):
        TrackRecord.from_dict(spoil(RECORD.to_dict()))


@pytest.mark.parametrize(
    "damaged", [{"tonic": "H", "mode": "minor", "confidence": 0.5}, {"tonic": "F"}, {"x": 1}]
)
def test_a_damaged_annotation_is_named(damaged: dict[str, Any]) -> None:
    record = replace(RECORD, annotations={"key": damaged | {"estimator": "x"}})
    with pytest.raises(RecordError, match="key of 'Blue in Green'"):
        record.annotation("key")
    assert "tonic" not in facts_of(record)  # and the rest is still searched


def test_facts_are_what_a_search_compares() -> None:
    assert facts_of(RECORD) == {
        "title": "Blue in Green",
        "artist": "Somebody",
        "year": 1959,
        "duration": 180.5,
        "heard_at": RECORD.heard_at,
        "bpm": 71.94,
        "other_bpms": [143.9],
        "tonic": "F",
        "mode": "minor",
        "other_keys": ["Ab major"],
        "meter": "3/4",
        "genres": ["classical", "ambient"],
        "instruments": ["piano"],
        "moods": ["sad"],
        "voice": "instrumental",
        "chords": ["F:min", "Db:maj"],
        "progressions": ["min:0-maj:8"],
        "energy": 0.343,
    }


def test_facts_survive_json() -> None:
    record = replace(RECORD, annotations=RECORD.annotations | {"loudness": LOUDNESS.to_dict()})
    again = TrackRecord.from_dict(json.loads(json.dumps(record.to_dict())))
    assert facts_of(again) == facts_of(record)
    assert json.loads(json.dumps(facts_of(record))) == facts_of(record)
    assert {"lufs", "loudness_range", "peak", "dynamics"} <= facts_of(record).keys()


def test_loudness_becomes_facts() -> None:
    facts = facts_of(replace(RECORD, annotations={"loudness": LOUDNESS.to_dict()}))
    told = ("lufs", "loudness_range", "peak", "dynamics", "energy")
    assert [facts[name] for name in told] == [-11.2, 6.4, -0.3, "moderate", 0.853]
    short = replace(LOUDNESS, range=None)
    assert "dynamics" not in facts_of(replace(RECORD, annotations={"loudness": short.to_dict()}))


def test_form_depth_and_loop_become_facts() -> None:
    labels = ("C:maj", "G:maj", "A:min", "F:maj") * 4
    beats = Beats(
        tuple(0.5 * i for i in range(64)), tuple(i % 4 + 1 for i in range(64)), "x", meter="4/4"
    )
    chords = Chords(tuple((2.0 * i, 2.0 * i + 2) for i in range(16)), labels, "x")
    sections = Sections(((0.0, 8.0), (8.0, 32.0)), ("intro", "verse"), "x")
    heard = {
        "beats": beats,
        "chords": chords,
        "key": Key("C", "major", 0.9, "x"),
        "segments": sections,
        "tempo": TEMPO,
        "level": LEVEL,
        "loudness": LOUDNESS,
    }
    record = replace(
        RECORD, annotations={task: annotation.to_dict() for task, annotation in heard.items()}
    )
    facts = facts_of(record)
    assert facts["sections"] == ["intro", "verse"]
    assert facts["loop"] == "I–V–vi–IV"
    assert facts["level"] == "quick"
    progressions = facts["progressions"]
    assert isinstance(progressions, list)
    assert matches(map(str, progressions), query_patterns(str(facts["loop"])))
