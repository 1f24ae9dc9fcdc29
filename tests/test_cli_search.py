"""The command ``search``, as a process."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from memories import ROOT, make_record

from agent.cli_search import _ends, _seconds
from agent.record_files import RecordFiles
from tools.annotations import Key, KeyCandidate
from tools.errors import MusicToolError


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agent", "search", *arguments, "--data-dir", str(data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    files = RecordFiles(folder)
    for n in range(8):
        files.write(make_record(n))
    second = Key("G", "major", 0.8, "demo/1", (KeyCandidate("F", "minor", 0.7, "other"),))
    record = make_record(9)
    files.write(replace(record, annotations={**record.annotations, "key": second.to_dict()}))
    return folder


def test_a_table_for_people_and_json_for_programs(data: Path) -> None:
    done = run(data, "slow piano", "--key", "F minor", "--limit", "2")
    assert done.returncode == 0, done.stderr
    head, *lines = [line.split("  ") for line in done.stdout.splitlines() if line]
    assert [cell.strip() for cell in head if cell] == [
        "title", "artist", "key", "BPM", "length", "why"
    ]  # fmt: skip
    assert {lines[0][0], lines[1][0]} == {"Number 0", "Number 4"}
    assert "key F minor; tempo 60 BPM; words: slow, piano" in done.stdout
    assert "2 of 3" in done.stdout  # the third by its second reading
    done = run(data, "slow piano", "--key", "F minor", "--json")
    told = json.loads(done.stdout)
    assert (told["total"], told["relaxed"]) == (3, [])
    first, *_, last = told["hits"]
    assert first.keys() == {
        "id", "title", "artist", "path", "key", "bpm", "duration", "score", "why"
    }  # fmt: skip
    assert first["path"] == f"/music/{int(first['id'], 16)}.flac"
    assert (first["key"], last["key"]) == ("F minor", "G major")
    assert last["why"][0] == "second reading of key F minor"


def test_what_was_let_go_is_told(data: Path) -> None:
    done = run(data, "--key", "F minor", "--bpm", "200-220")
    assert "let go: tempo 200 to 220 BPM" in done.stdout
    assert "Number 0" in done.stdout


def test_sections_have_a_place(data: Path) -> None:
    told = json.loads(run(data, "number 4", "--sections", "--json").stdout)
    assert told["hits"]
    assert all(hit["span"] == [0.0, 10.0] and hit["label"] for hit in told["hits"])
    assert told["hits"][0]["path"] == "/music/4.flac"


def test_an_empty_library_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path / "none", "piano")
    assert done.returncode == 0
    assert "empty" in done.stdout and "library add" in done.stdout
    done = run(tmp_path / "none", "piano", "--json")
    assert json.loads(done.stdout) == {"hits": [], "relaxed": [], "total": 0}


def test_bad_input_is_one_sentence(data: Path) -> None:
    for arguments, said in (
        (("--key", "H minor"), "A key looks like"),
        ((), "Say what to look for"),
    ):
        done = run(data, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "text", "ends"),
    [
        ("bpm", "80-100", (80.0, 100.0)),
        ("bpm", "80 to 100.5", (80.0, 100.5)),
        ("bpm", "-100", (None, 100.0)),
        ("bpm", "80-", (80.0, None)),
        ("bpm", "100", (96.0, 104.0)),
        ("year", "1990-1999", (1990, 1999)),
        ("year", "1994", (1994, 1994)),
        ("lufs", "-14 to -9", (-14.0, -9.0)),
    ],
)
def test_reads_ranges(name: str, text: str, ends: tuple[float | None, float | None]) -> None:
    found = _ends(name, text, int if name == "year" else float)
    assert (found[f"{name}_min"], found[f"{name}_max"]) == pytest.approx(ends)


@pytest.mark.parametrize("text", ["", "fast", "80-100-120", "--"])
def test_refuses_what_is_no_range(text: str) -> None:
    with pytest.raises(MusicToolError, match=r"^--bpm takes a range such as 80-100"):
        _ends("bpm", text, float)


def test_reads_lengths() -> None:
    lengths = [_seconds("--longer", t) for t in ("3:00", "1:02:03", "180", "90.5", None)]
    assert lengths == [180.0, 3723.0, 180.0, 90.5, None]
    with pytest.raises(MusicToolError, match="--longer takes a length"):
        _seconds("--longer", "long")
