"""The command line as a user meets it: processes, exit codes, stdout and stderr."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mir_eval
import numpy as np
import pytest
from synthesis import Truth

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Run:
    environment = os.environ | {
        "MUSICOLOGUE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "MUSICOLOGUE_CACHE_DIR": str(cache_dir),
        "MUSICOLOGUE_OFFLINE": "1",
    }

    def start(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "agent", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment | options.pop("env", {}),
            timeout=180,
            check=False,
            **options,
        )

    return start


@pytest.fixture(scope="module")
def heard(run: Run, pop: Truth, waltz: Truth) -> list[dict[str, Any]]:
    done = run("listen", pop.path, waltz.path, "--json")
    assert done.returncode == 0, done.stderr
    tracks: list[dict[str, Any]] = json.loads(done.stdout)
    return tracks


def test_listen_prints_the_tracks_in_order(
    heard: list[dict[str, Any]], pop: Truth, waltz: Truth
) -> None:
    assert [Path(t["track"]["path"]) for t in heard] == [pop.path, waltz.path]
    assert heard[0]["track"]["duration"] == pytest.approx(pop.duration, abs=0.1)


@pytest.mark.parametrize("which", [0, 1], ids=["pop", "waltz"])
def test_listen_is_right_about_music_with_known_truth(
    heard: list[dict[str, Any]], pop: Truth, waltz: Truth, which: int
) -> None:
    truth, track = (pop, waltz)[which], heard[which]
    assert track["tempo"]["bpm"] == pytest.approx(truth.bpm, rel=0.01)
    assert track["beats"]["meter"] == truth.meter
    beats = np.array(track["beats"]["times"])
    downbeats = beats[np.array(track["beats"]["positions"]) == 1]
    assert mir_eval.beat.f_measure(np.array(truth.beats), beats) > 0.95
    assert mir_eval.beat.f_measure(np.array(truth.downbeats), downbeats) > 0.9
    key = f"{track['key']['tonic']} {track['key']['mode']}"
    assert mir_eval.key.weighted_score(truth.key, key) == 1
    assert _majmin(truth, track) > 0.9


def test_every_value_names_its_estimator(heard: list[dict[str, Any]]) -> None:
    for task in ("tempo", "beats", "key", "chords", "tags"):
        assert heard[0][task]["estimator"], task


def test_listening_again_hears_nothing_again(
    run: Run, heard: list[dict[str, Any]], pop: Truth
) -> None:
    done = run("listen", pop.path, "--json", "--cache-dir", "/nonexistent")
    assert json.loads(done.stdout)[0] == heard[0]


def test_a_copy_under_another_name_is_the_same_track(
    run: Run, heard: list[dict[str, Any]], pop: Truth, tmp_path: Path
) -> None:
    copy = tmp_path / "other name.wav"
    copy.write_bytes(pop.path.read_bytes())
    again = json.loads(run("listen", copy, "--json").stdout)[0]
    assert again["track"]["id"] == heard[0]["track"]["id"]
    assert again["track"]["path"] == str(copy)
    assert again["chords"] == heard[0]["chords"]


def test_only_some_tasks(run: Run, heard: list[dict[str, Any]], pop: Truth) -> None:
    track = json.loads(run("listen", pop.path, "--only", "key", "--json").stdout)[0]
    assert "key" in track and "tags" not in track and "beats" not in track


def test_ask_answers_with_evidence(run: Run, heard: list[dict[str, Any]], pop: Truth) -> None:
    done = run("ask", pop.path, "-q", "What key is it in?", "-q", "And how fast is it?", "--json")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert "C major" in first["answer"]
    assert first["tool_calls"] == [{"name": "key", "args": {"track": "#1"}}]
    assert {c["value"] for c in first["evidence"] if c["claim"] == "key"} == {"C major"}
    assert "120" in second["answer"]


def test_fresh_questions_know_nothing_of_one_another(
    run: Run, heard: list[dict[str, Any]], pop: Truth
) -> None:
    done = run("ask", pop.path, "-q", "Key?", "-q", "Tempo?", "--fresh", "--json")
    assert [t["tool_calls"][0]["name"] for t in json.loads(done.stdout)] == ["key", "tempo"]


def test_a_session_passes_or_says_what_came(
    run: Run, heard: list[dict[str, Any]], pop: Truth, tmp_path: Path
) -> None:
    script = tmp_path / "session.yaml"
    out = tmp_path / "transcript.md"
    turns = """
turns:
  - ask: What key is it in?
    expect: {tool: key, fact: {key: C major}}
  - ask: Who produced it?
    expect: {declines: true}
"""
    script.write_text(f"tracks: ['{pop.path}']\n{turns}")
    done = run("session", script, "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "C major" in out.read_text()
    script.write_text(script.read_text().replace("C major", "D minor"))
    done = run("session", script)
    assert done.returncode == 1
    assert "D minor" in done.stdout and "C major" in done.stdout


def test_the_line_chat_reads_stdin(run: Run, heard: list[dict[str, Any]], pop: Truth) -> None:
    done = run("chat", pop.path, input="what key is it in?\n/tracks\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "C major" in done.stdout and pop.path.stem in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("listen", "nowhere.wav"), "nowhere.wav"),
        (("listen", "x.wav", "--only", "melody"), "melody"),
        (("listen", "x.wav", "--engine", "beats=magic"), "magic"),
        (("ask", "nowhere.wav", "-q", "Key?"), "nowhere.wav"),
        (("session", "nowhere.yaml"), "nowhere.yaml"),
        (("chat", "--model", "gpt"), "gpt"),
        (("listen", "x.wav", "--licence", "free"), "free"),
        (("models", "pull", "nothing"), "nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_bad_file_leaves_the_others_done(
    run: Run, heard: list[dict[str, Any]], pop: Truth
) -> None:
    done = run("listen", "nowhere.wav", pop.path, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout) == [heard[0]]


def test_help_is_there_at_once(run: Run) -> None:
    started = time.perf_counter()
    done = run("--help")
    assert time.perf_counter() - started < 5  # the bench has the figure; this finds a heavy import
    assert "listen" in done.stdout
    loaded = run("--help", env={"PYTHONPROFILEIMPORTTIME": "1"}).stderr
    heavy = ("torch", "librosa.core", "chromadb", "langchain", "langchain_core", "scipy.signal")
    modules = {line.rpartition("|")[2].strip() for line in loaded.splitlines()}
    assert not modules & set(heavy)


def test_doctor_names_the_engines(run: Run, heard: list[dict[str, Any]]) -> None:
    done = run("doctor", "--json")
    assert done.returncode == 0, done.stderr
    findings = json.loads(done.stdout)
    assert {t["rung"] for t in findings["tasks"].values()} <= {"hub", "bundled", "plain"}
    assert findings["tasks"]["chords"]["engine"] == "crema"
    assert findings["memory"]["problems"] == []


def test_doctor_repairs_the_index(
    run: Run, heard: list[dict[str, Any]], tmp_path: Path, pop: Truth
) -> None:
    env = {"MUSICOLOGUE_DATA_DIR": str(tmp_path)}
    assert run("listen", pop.path, "--only", "key", env=env).returncode == 0
    for file in (tmp_path / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"garbage")
    done = run("doctor", "--repair", "--json", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["memory"] == {"tracks": 1, "rebuilt": 1, "problems": []}


def test_models_are_listed_with_their_licences(run: Run) -> None:
    done = run("models", "list")
    assert done.returncode == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("madmom"))
    assert "CC BY-NC-SA" in row and row.rstrip().endswith("here")
    strict = run("models", "list", "--licence", "permissive").stdout
    row = next(line for line in strict.splitlines() if line.startswith("crema"))
    assert row.rstrip().endswith("here")


def _majmin(truth: Truth, track: dict[str, Any]) -> float:
    wanted, labels = np.array(truth.chord_intervals), list(truth.chord_labels)
    came, names = np.array(track["chords"]["intervals"]), list(track["chords"]["labels"])
    end = wanted.max()
    came, names = mir_eval.util.adjust_intervals(came, names, 0.0, end, "N", "N")
    both, a, b = mir_eval.util.merge_labeled_intervals(wanted, labels, came, names)
    lengths = mir_eval.util.intervals_to_durations(both)
    return float(mir_eval.chord.weighted_accuracy(mir_eval.chord.majmin(a, b), lengths))
