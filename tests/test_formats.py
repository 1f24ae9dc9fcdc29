import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jams
import mir_eval
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.formats import render
from agent.formats.chordpro import escape, to_chordpro
from agent.formats.jams import to_jams
from agent.formats.lab import to_lab
from agent.formats.plain import to_json
from agent.record import TrackRecord
from agent.strict_json import dumps
from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    KeyCandidate,
    KeySpan,
    Label,
    Tags,
    Tempo,
    TempoCandidate,
)

BAR = 2.0
CYCLE = ("F:min", "Db:maj", "Ab:maj/3", "Eb:maj")
TEXTS = st.text(st.characters(), max_size=60)


def annotations(bars: int = 9) -> dict[str, Annotation]:
    times = [0.5 * i for i in range(4 * bars)]
    spans = [(BAR * i, BAR * (i + 1), CYCLE[i % 4]) for i in range(bars)]
    half = spans[3][0] + BAR / 2
    spans[3:4] = [(spans[3][0], half, "Ab:maj"), (half, spans[3][1], "Eb:maj")]
    return {
        "beats": Beats(
            times=tuple(times),
            positions=tuple(i % 4 + 1 for i in range(len(times))),
            estimator="beatnet/1",
            meter="4/4",
            confidence=0.9,
        ),
        "tempo": Tempo(120.0, 0.7, "tempo/1", (TempoCandidate(60.0, 0.3, "half"),)),
        "key": Key(
            "F",
            "minor",
            0.8,
            "key/1",
            (KeyCandidate("Ab", "major", 0.1, "relative"),),
            (KeySpan(0.0, 8.0, "F", "minor"), KeySpan(8.0, 18.0, "Ab", "major", 0.5)),
        ),
        "chords": Chords(
            tuple((a, b) for a, b, _ in spans), tuple(x for *_, x in spans), "crema/1"
        ),
        "tags": Tags(
            (Label("rock", 0.7), Label("pop", 0.4)),
            (Label("guitar", 0.8),),
            (),
            Label("vocal", 0.9),
            "musicnn/1",
            (Label("female voice", 0.6),),
        ),
    }


def song(title: str = "Headache", artist: str = "Lost Deposit", **changes: Any) -> TrackRecord:
    without = changes.pop("without", ())
    found = {k: v for k, v in annotations().items() if k not in without}
    found |= changes.pop("instead", {})
    record = TrackRecord(
        id="a" * 32,
        path="/music/headache.mp3",
        titles={"title": title, "artist": artist},
        duration=18.0,
        sample_rate=44_100,
        channels=2,
        annotations={task: annotation.to_dict() for task, annotation in found.items()},
    )
    return replace(record, **changes)


FAILED = {"task": "key", "reason": "Key estimation needs 5.0 s of audio; 'x' has 1.2 s."}


# ---- json ---------------------------------------------------------------------------------------


def test_json_is_one_array_of_tracks_in_the_shape_that_was_promised() -> None:
    tracks = json.loads(to_json([song(), song()]))
    assert len(tracks) == 2
    track = tracks[0]
    assert list(track) == ["track", "tempo", "beats", "key", "chords", "tags", "problems"]
    assert track["track"] == {
        "id": "a" * 32,
        "path": "/music/headache.mp3",
        "title": "Headache",
        "duration": 18.0,
    }
    assert track["tempo"]["bpm"] == 120.0 and track["tempo"]["alternatives"][0]["bpm"] == 60.0
    assert track["beats"]["meter"] == "4/4" and track["beats"]["positions"][:5] == [1, 2, 3, 4, 1]
    assert (track["key"]["tonic"], track["key"]["mode"]) == ("F", "minor")
    assert len(track["chords"]["intervals"]) == len(track["chords"]["labels"]) == 10
    assert track["tags"]["genres"][0] == {"label": "rock", "confidence": 0.7}
    assert track["tags"]["voice"]["label"] == "vocal"
    for task, annotation in annotations().items():
        assert type(annotation).from_dict(track[task]) == annotation
        assert track[task]["estimator"] == annotation.estimator


def test_what_was_not_asked_for_is_absent_and_what_failed_is_null() -> None:
    failed_too = {"task": "tags", "reason": "No weights."}
    record = song(without=("key",), problems=(FAILED, failed_too))
    (track,) = json.loads(to_json([record], ("key", "tempo")))
    assert list(track) == ["track", "tempo", "key", "problems"]
    assert track["key"] is None
    assert track["problems"] == [FAILED]


def test_no_track_is_an_empty_array() -> None:
    assert json.loads(render("json", [])) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner) | st.tuples(inner, inner),
        max_leaves=12,
    )
)
def test_everything_is_strict_json_on_one_line(value: object) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = dumps(value)
    assert len(text.splitlines()) == 1
    json.loads(text.encode("utf-8"), parse_constant=refuse)


def test_numpy_values_and_sets_become_plain() -> None:
    value = {"a": np.float32(0.5), "b": np.arange(3), "c": {2, 1}, "d": math.nan, "e": Path("x")}
    assert json.loads(dumps(value)) == {"a": 0.5, "b": [0, 1, 2], "c": [1, 2], "d": None, "e": "x"}


def test_a_file_name_that_is_no_utf8_does_not_break_json() -> None:
    (track,) = json.loads(to_json([song(path="/music/\udcff.mp3")]).encode("utf-8"))
    assert track["track"]["path"] == "/music/?.mp3"


# ---- jams ---------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def valid(text: str) -> jams.JAMS:
    document = jams.load(io.StringIO(text), validate=False)
    assert document.validate(strict=True)
    return document


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def test_jams_is_valid_and_holds_what_was_heard() -> None:
    document = valid(to_jams([song()]))
    assert document.file_metadata.title == "Headache"
    assert document.file_metadata.artist == "Lost Deposit"
    assert document.file_metadata.duration == 18.0
    beats = document.search(namespace="^beat$")[0]
    assert [o.time for o in beats.data] == list(annotations()["beats"].times)  # type: ignore[attr-defined]
    assert [o.value for o in beats.data][:5] == [1, 2, 3, 4, 1]
    assert "beatnet/1" in beats.annotation_metadata.annotation_tools
    assert [o.value for o in document.search(namespace="tempo")[0].data] == [120.0, 60.0]
    keys = document.search(namespace="key_mode")
    assert [o.value for o in keys[0].data] == ["F:minor"]
    assert [o.value for o in keys[1].data] == ["F:minor", "Ab:major"]
    intervals, labels = document.search(namespace="chord_harte")[0].to_interval_values()
    truth = annotations()["chords"].to_mir_eval()  # type: ignore[attr-defined]
    assert np.allclose(intervals, truth[0]) and labels == truth[1]
    tags = {
        a.sandbox.kind: [o.value for o in a.data] for a in document.search(namespace="tag_open")
    }
    assert tags == {
        "genres": ["rock", "pop"],
        "instruments": ["guitar"],
        "voice": ["vocal", "female voice"],
    }


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
@pytest.mark.parametrize(
    "label", ["N", "X", "A:sus2", "C:min11", "G:7(b9)", "F:min7/b3", "C#:hdim7"]
)
def test_every_chord_label_finds_a_namespace_that_takes_it(label: str) -> None:
    chords = Chords(((0.0, 1.0),), (label,), "crema/1")
    document = valid(to_jams([song(instead={"chords": chords})], ("chords",)))
    (annotation,) = document.annotations
    assert annotation.namespace in ("chord", "chord_harte")
    assert annotation.data[0].value == label


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def test_jams_is_valid_where_little_is_known() -> None:
    quiet = Beats((0.5, 1.0), (0, 0), "onsets/1")
    unsure = Tempo(120.0, None, "tempo/1")
    document = valid(
        to_jams([song(without=("key", "tags"), instead={"beats": quiet, "tempo": unsure})])
    )
    assert [o.value for o in document.search(namespace="beat")[0].data] == [None, None]
    assert not document.search(namespace="key_mode")


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def test_several_tracks_are_one_document_a_line() -> None:
    lines = to_jams([song(), song("Other")]).splitlines()
    assert [valid(line).file_metadata.title for line in lines] == ["Headache", "Other"]


# ---- lab ----------------------------------------------------------------------------------------


def test_lab_survives_mir_eval(tmp_path: Path) -> None:
    (tmp_path / "a.lab").write_text(to_lab([song()]), encoding="utf-8")
    intervals, labels = mir_eval.io.load_labeled_intervals(str(tmp_path / "a.lab"))
    truth = annotations()["chords"].to_mir_eval()  # type: ignore[attr-defined]
    assert np.allclose(intervals, truth[0], atol=1e-6)
    assert labels == truth[1]
    assert mir_eval.chord.evaluate(*truth, intervals, labels)["mirex"] == pytest.approx(1.0)


def test_several_tracks_are_told_apart_by_a_comment() -> None:
    text = to_lab([song(), song(path="/music/a\nb.mp3")])
    assert [x for x in text.splitlines() if x.startswith("#")] == [
        "# /music/headache.mp3",
        "# /music/a b.mp3",
    ]
    assert "#" not in to_lab([song()])


def test_lab_without_chords_says_why() -> None:
    reason = {"task": "chords", "reason": "'x' is silent."}
    assert (
        to_lab([song(without=("chords",), problems=(reason,))]) == "# no chords: 'x' is silent.\n"
    )


# ---- chordpro -----------------------------------------------------------------------------------


def test_chordpro_has_directives_and_a_grid_of_bars() -> None:
    text = to_chordpro([song()])
    for line in (
        "{title: Headache}",
        "{artist: Lost Deposit}",
        "{key: Fm}",
        "{tempo: 120.0}",
        "{time: 4/4}",
        "{duration: 0:18}",
        "| Fm | Db | Ab/C | Ab Eb |",
        "| Fm |.",
    ):
        assert line in text.splitlines()
    grid = text[text.index("{start_of_grid}") : text.index("{end_of_grid}")]
    assert len(grid.splitlines()) == 1 + 3


def test_chordpro_without_bar_lines_gives_the_chords_in_order() -> None:
    text = to_chordpro([song(without=("beats", "key"))])
    assert "[Fm] [Db] [Ab/C] [Ab] [Eb] [Fm] [Db] [Ab/C]" in text
    assert "grid" not in text and "{key" not in text


def test_chordpro_writes_only_chords_into_the_cells() -> None:
    times = tuple(0.5 * i for i in range(16))
    labels = ("X", "C:1", "N", "G:7")
    found = {
        "beats": Beats(times, tuple(i % 4 + 1 for i in range(16)), "b/1", "4/4"),
        "chords": Chords(tuple((2.0 * i, 2.0 * i + 2) for i in range(4)), labels, "c/1"),
    }
    assert "| . | C | N.C. | G7 |." in to_chordpro([song(without=("key",), instead=found)])


def test_one_downbeat_makes_no_bars() -> None:
    beats = Beats((0.5, 1.0, 1.5), (1, 2, 3), "b/1")
    assert "No bar lines" in to_chordpro([song(instead={"beats": beats})])


def test_chordpro_without_chords_says_why() -> None:
    reason = {"task": "chords", "reason": "It {is} silent."}
    text = to_chordpro([song(without=("chords",), problems=(reason,))])
    assert "{comment: It (is) silent.}" in text


def test_songs_are_separated() -> None:
    assert to_chordpro([song(), song(), song()]).count("\n{new_song}\n") == 2


@given(TEXTS, TEXTS)
def test_no_title_breaks_a_song_sheet(title: str, artist: str) -> None:
    plain, hostile = to_chordpro([song()]), to_chordpro([song(title, artist)])
    kept = [x for x in hostile.splitlines() if not re.match(r"\{(title|artist): ", x)]
    assert kept == [x for x in plain.splitlines() if not re.match(r"\{(title|artist): ", x)]
    for line in hostile.splitlines():
        assert line.isprintable()
        assert line.count("{") == line.count("}") <= 1
        assert not line.startswith("{") or line.endswith("}")


def test_a_brace_in_a_title_ends_no_directive() -> None:
    assert escape("a} {start_of_chorus: [C]\n{b\\") == "a) (start_of_chorus: (C) (b/"


# ---- any title, any format ----------------------------------------------------------------------


@given(TEXTS)
def test_no_title_breaks_jams_or_json(title: str) -> None:
    record = song(title, title)
    document = json.loads(to_jams([record]))
    assert document["file_metadata"]["title"].isprintable()
    assert json.loads(to_json([record]).encode("utf-8"))[0]["track"]["id"] == record.id


@pytest.mark.parametrize("form", ["text", "json", "jams", "lab", "chordpro"])
def test_every_format_ends_in_a_newline(form: str) -> None:
    for records in ([song()], [song(), song()], [song(without=tuple(annotations()))]):
        assert render(form, records).endswith("\n")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="no format 'xml'; there are text, json"):
        render("xml", [song()])
