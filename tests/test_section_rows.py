"""Sections as documents: what each has and lacks against its track, and that they are found."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from memories import Spelling

from agent.made_up import made_up_record
from agent.memory import TrackMemory
from agent.record import TrackRecord
from agent.search import Filters, search
from agent.section_rows import SectionRow, rows_of_sections
from tools.annotations import (
    Annotation,
    Caption,
    Chords,
    Key,
    KeySpan,
    Label,
    LabelCurve,
    Level,
    Notes,
    Sections,
    Tags,
)

SPANS = ((0.0, 12.0), (12.0, 36.0), (36.0, 48.0), (48.0, 60.0))
LABELS = ("intro", "verse", "break", "chorus")
WINDOWS = tuple((3.0 * i, 3.0 * i + 3.0) for i in range(20))


def curve(label: str, kind: str, *values: float) -> LabelCurve:
    """One confidence a section."""
    each = tuple(
        next(v for v, (a, b) in zip(values, SPANS, strict=True) if a <= start < b)
        for start, _ in WINDOWS
    )
    return LabelCurve(label, kind, each)


def tags() -> Tags:
    return Tags(
        (Label("jazz", 0.9),),
        (Label("piano", 0.9), Label("drums", 0.8), Label("strings", 0.7)),
        (Label("calm", 0.7),),
        Label("vocal", 0.9),
        "demo/1",
        windows=WINDOWS,
        curves=(
            curve("piano", "instruments", 0.9, 0.9, 0.6, 0.1),
            curve("drums", "instruments", 0.0, 0.9, 0.1, 0.9),
            curve("strings", "instruments", 0.4, 0.4, 0.4, 0.9),
            curve("flute", "instruments", 0.9, 0.1, 0.1, 0.1),  # not sure enough to be a tag
            curve("vocal", "voice", 0.0, 0.9, 0.4, 0.9),
        ),
    )


def notes() -> Notes:
    """A bass that plays in verse and chorus."""
    starts = [12.0, 16.0, 20.0, 30.0, 49.0, 52.0, 55.0]
    spans = tuple((t, t + 1.0) for t in starts)
    return Notes(spans, (40.0,) * 7, (), "demo/1", parts=("bass",) * 7)


def song(n: int = 1, **changes: Any) -> TrackRecord:
    level = [-30.0] * 12 + [-18.0] * 24 + [-26.0] * 12 + [-14.0] * 12
    times = [6.0 * i for i in range(11)]
    chords = ("C:maj", "G:maj", "D:min7", "G:7", "C:maj", "F:maj", "A:min", "E:7", "A:min", "F:maj")
    found: dict[str, Annotation] = {
        "segments": Sections(SPANS, LABELS, "demo/1", letters=("A", "B", "C", "D")),
        "tags": tags(),
        "level": Level(1.0, tuple(level), "demo/1"),
        "chords": Chords(tuple(pairwise(times)), chords, "demo/1", (0.9,) * 10),
        "key": Key(
            "C", "major", 0.9, "demo/1",
            changes=(KeySpan(0.0, 36.0, "C", "major"), KeySpan(36.0, 60.0, "A", "minor")),
        ),
        "caption": Caption(SPANS, tuple(f"Line {i}." for i in range(4)), "demo/1", text="A song."),
        "notes": notes(),
    }  # fmt: skip
    found |= changes
    return TrackRecord(
        f"{n:032x}", "/music/x.flac", {"title": f"Song {n}", "artist": "Anna"}, 60.0, 44_100, 2,
        {task: a.to_dict() for task, a in found.items() if a is not None},
        words="A song.", heard_at="2026-11-23T03:00:00+00:00",
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> list[SectionRow]:
    return rows_of_sections(song())


def test_there_is_a_row_a_section(rows: list[SectionRow]) -> None:
    track = song().id
    assert [row.id for row in rows] == [f"{track}:{n}" for n in range(4)]
    assert [row.label for row in rows] == list(LABELS)
    assert [(row.start, row.end) for row in rows] == list(SPANS)
    assert {row.track for row in rows} == {track}


def test_a_section_has_what_is_heard_there(rows: list[SectionRow]) -> None:
    assert [row.facts.get("instruments") for row in rows] == [
        ["piano"], ["bass", "drums", "piano"], ["piano"], ["bass", "drums", "strings"],
    ]  # fmt: skip
    assert [row.facts.get("absent") for row in rows] == [
        ["bass", "drums"], None, ["bass", "drums"], ["piano"],
    ]  # fmt: skip
    assert [row.facts.get("voice") for row in rows] == ["instrumental", "vocal", None, "vocal"]
    assert [row.facts.get("dynamics") for row in rows] == ["quiet", None, "quiet", "loud"]


def test_what_drops_out_was_heard_right_before(rows: list[SectionRow]) -> None:
    assert ["bass drops out" in row.words for row in rows] == [False, False, True, False]
    assert ["piano drops out" in row.words for row in rows] == [False, False, False, True]


def test_harmony_is_that_of_the_section(rows: list[SectionRow]) -> None:
    assert rows[1].facts["chords"] == ["D:min", "G:7", "C:maj", "F:maj"]
    assert "min:0-dom:5-maj:5" in str(rows[1].facts["progressions"])
    assert [f"{row.facts['tonic']} {row.facts['mode']}" for row in rows] == [
        "C major", "C major", "A minor", "A minor",
    ]  # fmt: skip


def test_the_line_of_the_caption_is_there(rows: list[SectionRow]) -> None:
    assert all(f"Line {n}." in row.words for n, row in enumerate(rows))


def test_rows_survive_json(rows: list[SectionRow]) -> None:
    again = TrackRecord.from_dict(json.loads(json.dumps(song().to_dict())))
    assert rows_of_sections(again) == rows


def test_a_track_without_form_is_one_section() -> None:
    (row,) = rows_of_sections(song(segments=None, tags=None, notes=None))
    assert (row.start, row.end, row.label) == (0.0, 60.0, "section")
    (bare,) = rows_of_sections(replace(song(), annotations={}))
    assert bare.words


@pytest.mark.parametrize("seed", range(6))
def test_records_of_every_kind_have_rows(seed: int) -> None:
    record = made_up_record(seed, f"Song {seed}")
    found = rows_of_sections(record)
    assert [(row.start, row.end) for row in found][-1][1] <= record.duration + 1
    assert all(row.words and row.facts["title"] == record.title for row in found)


# ---- in the index -------------------------------------------------------------------------------


def memory_of(folder: Path, *records: TrackRecord) -> TrackMemory:
    memory = TrackMemory(folder, Spelling())
    for record in records:
        memory.remember(record)
    return memory


@pytest.mark.parametrize(
    ("text", "label"),
    [("quiet piano intro", "intro"), ("where does the bass drop out", "break")],
)
def test_places_are_found_by_words(tmp_path: Path, text: str, label: str) -> None:
    other = song(2, notes=None, tags=None, level=None)
    found = search(memory_of(tmp_path, song(), other), text, in_sections=True)
    best = found.hits[0]
    assert (best.id, best.label) == (song().id, label)
    if label == "break":
        assert "bass drops out" in best.why
        assert "chorus" not in [hit.label for hit in found.hits if hit.id == song().id]
    assert best.span == SPANS[LABELS.index(label)]


def test_places_are_found_by_harmony(tmp_path: Path) -> None:
    memory = memory_of(tmp_path, song())
    found = search(memory, "", Filters(chord_progression="ii-V-I"), in_sections=True)
    assert [hit.label for hit in found.hits] == ["verse"]


def test_sections_follow_their_tracks(tmp_path: Path) -> None:
    memory = memory_of(tmp_path, song(1), song(2))
    assert len(memory.table(in_sections=True)) == 8
    shorter = Sections(((0.0, 30.0), (30.0, 60.0)), ("verse", "chorus"), "demo/1")
    memory.remember(song(2, segments=shorter))
    assert sorted(memory.table(in_sections=True).slots) == [
        *(f"{1:032x}:{n}" for n in range(4)), *(f"{2:032x}:{n}" for n in range(2)),
    ]  # fmt: skip
    memory.forget(song(1).id)
    assert sorted(memory.table(in_sections=True).slots) == [f"{2:032x}:{n}" for n in range(2)]
    again = TrackMemory(tmp_path, embedder := Spelling())
    assert len(again.table(in_sections=True)) == 2 and embedder.embedded == 0
    assert len(again.table()) == 1
    again.rebuild()
    assert len(again.table(in_sections=True)) == 2


def test_sections_outlive_a_lost_table_and_a_lost_index(tmp_path: Path) -> None:
    import shutil

    memory_of(tmp_path, song(1), song(2)).table(in_sections=True)
    shutil.rmtree(tmp_path / "table-sections")
    again = TrackMemory(tmp_path, embedder := Spelling())
    assert len(again.table(in_sections=True)) == 8 and embedder.embedded == 0
    shutil.rmtree(tmp_path / "chroma-sections")
    assert len(TrackMemory(tmp_path, Spelling()).table(in_sections=True)) == 8
