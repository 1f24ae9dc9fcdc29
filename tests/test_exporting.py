import csv
import errno
import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as XML

import jams
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from test_sheet import track

from agent.exporting import ENDINGS, FORMS, NEEDS, ExportError, export, write_form
from agent.filenames import LONGEST, safe_name
from agent.formats.chordpro import to_chordpro
from agent.formats.csv import safe, to_csv
from agent.formats.jams import to_jams
from agent.record import KINDS, TrackRecord
from tools.annotations import Caption, Notes
from tools.errors import Cancelled, MusicToolError, NoMusicError
from tools.midi import read_midi

RATE = 8000


def whole(duration: float = 24.0, **changes: Any) -> TrackRecord:
    record = track(duration, **changes)
    caption = Caption(
        ((0.0, 6.0),), ("It starts softly.",), "writer/1", text="A rock song in F minor."
    )
    return replace(record, annotations=record.annotations | {"caption": caption.to_dict()})


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "headache.wav"
    t = np.arange(24 * RATE) / RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 220 * t), RATE)
    return path


def stems_of(folder: Path) -> Callable[[], dict[str, Path]]:
    def make() -> dict[str, Path]:
        files = {}
        for name in ("vocals", "drums"):
            files[name] = folder / f"{name}.flac"
            soundfile.write(files[name], np.zeros(100), RATE)
        return files

    return make


def rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table)))


# ---- all forms ----------------------------------------------------------------------------------


def test_every_form_is_written_and_read_back(tmp_path: Path, audio: Path) -> None:
    told: list[float] = []
    to = tmp_path / "new" / "folder"
    begun = time.process_time()
    written = export(
        whole(), to, FORMS, audio_path=audio, stems=stems_of(tmp_path), progress=told.append
    )
    assert time.process_time() - begun < 3.0 * len(FORMS)
    assert list(written) == list(FORMS)
    assert sorted(p.name for p in to.iterdir()) == sorted(f"Headache{e}" for e in ENDINGS.values())
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == 1.0
    assert len(read_midi(written["midi"]).pitches) == len(whole().annotations["notes"]["pitches"])
    assert XML.parse(written["musicxml"]).getroot().tag == "score-partwise"
    assert sorted(p.name for p in written["stems"].iterdir()) == ["drums.flac", "vocals.flac"]
    assert json.loads(written["jams"].read_text())["file_metadata"]["title"] == "Headache"
    assert len(written["lab"].read_text().splitlines()) == 11
    assert "{title: Headache}" in written["chordpro"].read_text(encoding="utf-8")
    (track_,) = json.loads(written["json"].read_text(encoding="utf-8"))
    assert {"segments", "notes", "caption", "pitch"} <= set(track_)
    assert soundfile.info(written["click"]).duration == pytest.approx(24.0)
    assert written["png"].read_bytes().startswith(b"\x89PNG")
    assert "Fm" in written["svg"].read_text(encoding="utf-8")
    tables = {p.stem for p in written["csv"].iterdir()}
    assert tables == {"track", *whole().annotations}


def test_forms_need_tasks_that_exist() -> None:
    assert set(NEEDS) == set(FORMS) == set(ENDINGS)
    assert {task for tasks in NEEDS.values() for task in tasks} <= set(KINDS)


def test_exporting_again_writes_the_same_names_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "Headache.txt").write_text("mine")
    first = export(whole(), tmp_path, ["midi", "csv"], audio_path=None)
    (first["csv"] / "mine.txt").write_text("mine")
    first["midi"].write_bytes(b"old")
    again = export(whole(), tmp_path, ["csv", "midi", "csv"], audio_path=None)
    assert again == first and read_midi(first["midi"]).pitches
    assert (first["csv"] / "mine.txt").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 3


def test_one_form_is_written_under_the_name_given(tmp_path: Path) -> None:
    write_form(whole(), "midi", tmp_path / "my.midi")
    assert read_midi(tmp_path / "my.midi").pitches
    assert [p.name for p in tmp_path.iterdir()] == ["my.midi"]
    with pytest.raises(ExportError, match=r"Nothing can be written to .*none"):
        write_form(whole(), "midi", tmp_path / "none" / "my.midi")


# ---- what can go wrong ------------------------------------------------------------------------


def test_an_unknown_form_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"'pdf' is no form to export\. There are midi, .*svg"):
        export(whole(), tmp_path / "x", ["midi", "pdf"], audio_path=None)
    with pytest.raises(ExportError, match="No form is named"):
        export(whole(), tmp_path / "x", [" "], audio_path=None)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("form", "task", "sentence"),
    [
        ("midi", "notes", r"No notes were heard in 'Headache'\. It is silent\."),
        ("musicxml", "notes", "No notes were heard"),
        ("lab", "chords", "No chords were heard"),
        ("chordpro", "chords", "No chords were heard"),
        ("click", "beats", "No beats were heard"),
    ],
)
def test_nothing_to_export_says_so(
    tmp_path: Path, audio: Path, form: str, task: str, sentence: str
) -> None:
    record = whole()
    found = {name: a for name, a in record.annotations.items() if name != task}
    problem = {"task": task, "reason": "It is silent."}
    with pytest.raises(NoMusicError, match=sentence):
        export(
            replace(record, annotations=found, problems=(problem,)),
            tmp_path,
            [form],
            audio_path=audio,
        )
    assert not list(tmp_path.iterdir())


def test_empty_notes_are_no_notes(tmp_path: Path) -> None:
    empty = {"notes": Notes((), (), (), "x/1").to_dict()}
    with pytest.raises(NoMusicError, match="No notes were heard"):
        export(replace(whole(), annotations=empty), tmp_path, ["midi"], audio_path=None)


def test_sound_and_stems_must_be_at_hand(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="not where it was"):
        export(whole(), tmp_path, ["click"], audio_path=tmp_path / "gone.wav")
    with pytest.raises(ExportError, match="can't be separated here"):
        export(whole(), tmp_path, ["stems"], audio_path=None)


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ExportError, match="that is a file and not a folder"):
            export(whole(), folder, ["lab"], audio_path=None)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "no permission"), (errno.EROFS, "no perm")],
)
def test_a_full_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    old = export(whole(), tmp_path, ["lab"], audio_path=None)["lab"]
    old.write_text("old")

    def fail(*args: object, **more: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(MusicToolError, match=sentence):
        export(whole(), tmp_path, ["lab"], audio_path=None)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["Headache.lab"] and old.read_text() == "old"


def test_it_can_be_stopped(tmp_path: Path, audio: Path) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        export(whole(), tmp_path, ["lab", "click"], audio_path=audio, progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["Headache.lab"]


# ---- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Blue in Green", "Blue in Green"),
        ("../../etc/passwd", "etc - passwd"),
        ("CON", "CON_"),
        ("com1.txt", "com1.txt_"),
        ("", "untitled"),
        (". . .", "untitled"),
        ("a/b\\c", "a - b - c"),
        ("-rf", "rf"),
        ("Ça ira: été?", "Ça ira - été"),
        ("東京 🎵", "東京 🎵"),
        ("a\x00b\nc", "a b c"),
        ("what\u202egnp.exe", "whatgnp.exe"),
    ],
)
def test_titles_become_safe_names(title: str, name: str) -> None:
    assert safe_name(title) == name


@given(st.text(st.characters(), max_size=400))
def test_no_title_leaves_its_folder(title: str) -> None:
    name = safe_name(title)
    assert name and len(name.encode()) <= LONGEST + 1
    assert name == name.strip(" .") and name.isprintable()
    assert not set(name) & set('<>:"/\\|?*') and Path(name).name == name


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "CON", "é" * 400, "a/b\\c", "🎵" * 90, "$HOME"]
)
def test_any_title_is_exported_into_the_folder(tmp_path: Path, title: str) -> None:
    written = export(whole(titles={"title": title}), tmp_path, ["lab", "csv"], audio_path=None)
    assert {p.parent for p in written.values()} == {tmp_path}
    assert all(p.exists() for p in written.values())


# ---- tables and texts ---------------------------------------------------------------------------


def test_tables_hold_what_was_heard() -> None:
    record = whole()
    tables = to_csv(record)
    beats = rows(tables["beats"])
    assert [float(b["time"]) for b in beats] == pytest.approx(record.annotations["beats"]["times"])
    assert [b["bar"] for b in beats[:5]] == ["1", "1", "1", "1", "2"]
    assert (
        rows(tables["chords"])[2]["name"] == "Ab/C" and rows(tables["chords"])[2]["roman"] == "III6"
    )
    assert [s["letter"] for s in rows(tables["segments"])] == ["A", "B", "C", "A"]
    assert rows(tables["notes"])[1]["name"] == "Db4" and rows(tables["notes"])[1]["part"] == "piano"
    assert {
        "kind": "genres",
        "label": "rock",
        "confidence": "0.7",
        "start": "0.0",
        "end": "24.0",
    } in rows(tables["tags"])
    about = {row["name"]: row["value"] for row in rows(tables["track"])}
    assert about["chords_by"] == "crema/1" and about["caption"] == "A rock song in F minor."
    assert rows(tables["key"])[0]["tonic"] == "F"


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", '"=1'],
)
def test_no_title_is_a_formula(text: str) -> None:
    table = to_csv(whole(titles={"title": text, "artist": text}))["track"]
    about = {row["name"]: row["value"] for row in rows(table)}
    for cell in (about["title"], about["artist"]):
        assert not cell.lstrip(' \t\r\n"').startswith(("=", "+", "-", "@")) or cell[0] in "'\""
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe(-1.5) == -1.5


@pytest.mark.filterwarnings("ignore:Passing a schema to Validator:DeprecationWarning")
def test_jams_carries_form_notes_and_pitch() -> None:
    document = jams.load(io.StringIO(to_jams([whole()])), validate=False)
    assert document.validate(strict=True)
    function, letter = document.search(namespace="segment_open")
    assert [o.value for o in function.data] == ["intro", "verse", "chorus", "outro"]
    assert [o.value for o in letter.data] == ["A", "B", "C", "A"]
    parts = document.search(namespace="note_midi")
    assert {a.sandbox.part for a in parts} == {"drums", "piano"}
    (contour,) = document.search(namespace="pitch_contour")
    assert contour.data[0].value["frequency"] == 220.0
    assert document.sandbox.caption["text"] == "A rock song in F minor."


def test_chordpro_names_the_sections_above_their_bars() -> None:
    text = to_chordpro([whole()])
    lines = text.splitlines()
    assert [x for x in lines if x.startswith("{comment") and "Chords by" not in x] == [
        "{comment: Intro A, 0:00}",
        "{comment: Verse B, 0:06}",
        "{comment: Chorus C, 0:12}",
        "{comment: Outro A, 0:18}",
    ]
    assert lines.count("{start_of_grid}") == lines.count("{end_of_grid}") == 4
    assert text.count("|.") == 1 and text.rstrip().endswith("{end_of_grid}")
    cells = [c for x in lines if x.startswith("|") for c in x.strip("|. ").split(" | ")]
    assert len(cells) == 11
