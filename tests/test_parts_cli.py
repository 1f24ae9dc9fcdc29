"""Taking music apart from the command line: processes, files, exit codes, sentences."""

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import mir_eval
import numpy as np
import pytest
import soundfile
from synthesis import SYNTH_RATE, Truth, plucked

Run = Callable[..., subprocess.CompletedProcess[bytes]]
ROOT = Path(__file__).parent.parent
LINE = ((0.5, 60), (1.0, 62), (1.5, 64), (2.0, 65), (2.5, 67), (3.5, 64), (4.0, 60))
"""Onset in seconds and MIDI pitch of a tune, half a second a note."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Run:
    environment = os.environ | {
        "MUSICOLOGUE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "MUSICOLOGUE_CACHE_DIR": str(cache_dir),
        "MUSICOLOGUE_OFFLINE": "1",
    }

    def start(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "agent", *map(str, arguments)],
            capture_output=True,
            cwd=ROOT,
            env=environment | options.pop("env", {}),
            timeout=240,
            check=False,
            **options,
        )

    return start


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tune that is played on one instrument."""
    sound = np.zeros(round(5.5 * SYNTH_RATE), np.float32)
    for onset, midi in LINE:
        note = 3 * plucked(midi, 0.6)
        note[-2000:] *= np.linspace(1, 0, 2000, dtype=np.float32)
        start = round(onset * SYNTH_RATE)
        sound[start : start + len(note)] += note
    path = tmp_path_factory.mktemp("tune") / "tune.wav"
    soundfile.write(path, sound, SYNTH_RATE)
    return path


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("silence") / "silence.wav"
    soundfile.write(path, np.zeros(8 * 22_050, np.float32), 22_050)
    return path


def onset_f1(intervals: Any, pitches: Any) -> float:
    truth = np.array([[onset, onset + 0.5] for onset, _ in LINE])
    hertz = mir_eval.util.midi_to_hz(np.array([midi for _, midi in LINE], float))
    found = mir_eval.util.midi_to_hz(np.round(np.array(pitches, float)))
    scores = mir_eval.transcription.precision_recall_f1_overlap(
        truth, hertz, np.array(intervals).reshape(-1, 2), found, offset_ratio=None
    )
    return float(scores[2])


# ---- separate -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stems(run: Run, song: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("stems")
    done = run("separate", song, "--to", folder, "--from", "20", "--until", "28", "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_stems_are_files_of_the_stretch_that_add_up_to_it(
    stems: dict[str, Any], song: Path
) -> None:
    assert {"vocals", "drums"} <= set(stems["stems"]) and stems["estimator"]
    sounds = {name: soundfile.read(path, always_2d=True) for name, path in stems["stems"].items()}
    mix, rate = soundfile.read(song, always_2d=True)
    part = mix[20 * rate : 28 * rate]
    total = sum(sound for sound, _ in sounds.values())
    assert all(r == rate and len(s) == len(part) for s, r in sounds.values())
    assert np.sqrt(np.mean((total - part) ** 2)) < 0.01 * np.sqrt(np.mean(part**2))


def test_a_stem_that_nobody_gives_is_named(run: Run, song: Path, tmp_path: Path) -> None:
    done = run("separate", song, "--to", tmp_path, "--stems", "kazoo", "--until", "3")
    assert done.returncode == 2
    assert b"kazoo" in done.stderr and b"vocals" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_can_not_be_is_told(run: Run, song: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("separate", song, "--to", tmp_path / "file" / "x")
    assert done.returncode == 2 and b"Cannot write" in done.stderr


# ---- transcribe ---------------------------------------------------------------------------------


def test_a_tune_becomes_midi(run: Run, tune: Path, tmp_path: Path) -> None:
    target = tmp_path / "tune.mid"
    done = run("transcribe", tune, "--instrument", "any", "--to", target)
    assert done.returncode == 0, done.stderr
    from tools.midi import read_midi

    notes = read_midi(target)
    assert onset_f1(notes.intervals, notes.pitches) > 0.8
    assert mido.MidiFile(target).type == 1
    assert str(target) in done.stdout.decode()


def test_a_tune_becomes_a_score_and_json(run: Run, tune: Path, tmp_path: Path) -> None:
    score, plain = tmp_path / "tune.musicxml", tmp_path / "tune.json"
    for target in (score, plain):
        done = run("transcribe", tune, "--instrument", "any", "--to", target, "--json")
        assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)[0]["notes"]
    assert printed == json.loads(plain.read_text())[0]["notes"]
    assert onset_f1(printed["intervals"], printed["pitches"]) > 0.8
    steps = [e.text for e in ElementTree.parse(score).iter("step")]
    assert {"C", "D", "E", "F", "G"} <= set(steps)


def test_an_ending_that_is_unknown_is_refused_before_the_work(
    run: Run, tune: Path, tmp_path: Path
) -> None:
    done = run("transcribe", tune, "--to", tmp_path / "tune.pdf")
    assert done.returncode == 2 and b".musicxml" in done.stderr


# ---- pitch --------------------------------------------------------------------------------------


def test_the_pitch_of_a_tune_is_followed(run: Run, tune: Path) -> None:
    done = run("pitch", tune, "--json")
    assert done.returncode == 0, done.stderr
    (track,) = json.loads(done.stdout)
    pitch = track["pitch"]
    times = np.array(pitch["times"])
    truth = np.zeros(len(times))
    for onset, midi in LINE:
        truth[(times >= onset + 0.03) & (times < onset + 0.47)] = mir_eval.util.midi_to_hz(midi)
    scores = mir_eval.melody.evaluate(times, truth, times, np.array(pitch["frequencies"]))
    assert scores["Raw Pitch Accuracy"] > 0.95
    assert len(pitch["confidences"]) == len(times)


@pytest.mark.parametrize("command", ["pitch", "caption", "transcribe"])
def test_silence_is_told_in_a_sentence(run: Run, silence: Path, command: str) -> None:
    done = run(command, silence)
    assert done.returncode == 2
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert b"silence.wav" in done.stderr and b"Traceback" not in done.stderr


# ---- caption, levels ----------------------------------------------------------------------------


def test_a_song_is_described_in_words(run: Run, pop: Truth) -> None:
    done = run("caption", pop.path, "--json")
    assert done.returncode == 0, done.stderr
    caption = json.loads(done.stdout)[0]["caption"]
    assert len(caption["text"].split()) > 20 and caption["estimator"]
    assert len(caption["intervals"]) == len(caption["labels"])
    text = run("caption", pop.path).stdout.decode()
    assert caption["text"] in text


def test_levels_of_listening_add_up(run: Run, pop: Truth) -> None:
    told = {}
    for level in ("quick", "standard", "deep"):
        done = run("listen", pop.path, "--level", level, "--json")
        assert done.returncode == 0, done.stderr
        (track,) = json.loads(done.stdout)
        told[level] = set(track)
        deep = track
    assert told["quick"] < told["standard"] < told["deep"]
    assert {"segments", "caption", "tags"} <= told["standard"] - told["quick"]
    assert told["deep"] - told["standard"] == {"notes"}
    notes = deep["notes"]
    assert len(notes["intervals"]) == len(notes["pitches"]) == len(notes["velocities"]) > 20
    ends = [end for _, end in deep["segments"]["intervals"]]
    assert ends[-1] == pytest.approx(pop.duration, abs=0.2)


# ---- export -------------------------------------------------------------------------------------


def test_everything_is_exported(run: Run, pop: Truth, tmp_path: Path) -> None:
    forms = "midi,musicxml,jams,lab,chordpro,csv,json,click,png,svg"
    done = run("export", pop.path, "--to", tmp_path / "out", "--as", forms, "--json")
    assert done.returncode == 0, done.stderr
    files = {form: Path(path) for form, path in json.loads(done.stdout)["files"].items()}
    assert list(files) == forms.split(",")
    assert all(path.exists() for path in files.values())
    assert all(path.is_relative_to(tmp_path / "out") for path in files.values())
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert "[C]" in files["chordpro"].read_text() or "C" in files["chordpro"].read_text()
    ElementTree.parse(files["svg"])
    click, rate = soundfile.read(files["click"])
    assert len(click) / rate == pytest.approx(pop.duration, abs=0.1)
    assert np.abs(click).max() <= 1.0


def test_a_form_that_is_unknown_is_refused(run: Run, pop: Truth, tmp_path: Path) -> None:
    done = run("export", pop.path, "--to", tmp_path, "--as", "midi,cassette")
    assert done.returncode == 2
    assert b"cassette" in done.stderr and b"chordpro" in done.stderr
    assert not list(tmp_path.iterdir())


# ---- live ---------------------------------------------------------------------------------------


def test_notes_are_written_down_live(run: Run, tune: Path) -> None:
    sound, rate = soundfile.read(tune, dtype="int16")
    raw = io.BytesIO()
    raw.write(sound.tobytes())
    done = run("live", "--rate", str(rate), input=raw.getvalue())
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    started = [e for e in events if e["event"] == "note_on"]
    assert (
        onset_f1([[e["time"], e["time"] + 0.3] for e in started], [e["pitch"] for e in started])
        > 0.7
    )
    assert b"within" in done.stderr
