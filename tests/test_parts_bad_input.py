"""Taking music apart, with what is bad: sentences, nothing left behind, nothing lost."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from make_audio import write
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.cli_sound import add_commands
from agent.exporting import export
from agent.library import Library
from agent.memory import TrackMemory
from agent.output_folder import at_home, made_where_used
from agent.record import TrackRecord
from agent.tool_frame import check_span
from tools.embedding import Words
from tools.errors import MusicToolError
from tools.stem_files import SCRATCH, stem_files
from tools.weights import WeightStore

RATE = 22_050
Call = Callable[..., Result]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Run the program in this process, without weights and without a network."""
    home = tmp_path_factory.mktemp("home")
    add_commands(app)
    flags = ["--data-dir", home / "data", "--cache-dir", home / "cache", "--offline"]
    return lambda *given: CliRunner().invoke(app, [str(a) for a in (*given, *flags)])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with a beat, so loud that a stem of it exceeds full scale."""
    times = np.arange(2 * RATE) / RATE
    click = np.exp(-60 * (times % 0.5)) * np.sin(2 * np.pi * 1500 * times)
    sound = np.stack([0.5 * np.sin(2 * np.pi * 220 * times) + 0.5 * click] * 2)
    return write(tmp_path_factory.mktemp("clip") / "clip.wav", sound.astype(np.float32), RATE)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    store = WeightStore(tmp_path / "cache", offline=True)
    return Library(TrackMemory(tmp_path / "data", Words(store)), store)


# ---- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--stems", ","], "--stems takes names of parts"),
        (["--stems", "banjo"], "no stem 'banjo'"),
        (["--until", "inf"], "ends after a number of seconds; got inf"),
        (["--until", "nan"], "ends after a number of seconds; got nan"),
        (["--from", "nan"], "begins at 0 s or later; got nan"),
        (["--from", "-1"], "begins at 0 s or later; got -1"),
        (["--from", "5", "--until", "3"], "from 5 to 3 s is empty"),
        (["--from", "1e300"], "there is nothing at 1e+300 s"),
        (["--engine", "magic"], "no separator 'magic'"),
        (["--stems", "vocals"], "musicologue models pull spleeter"),
    ],
)
def test_a_separation_that_can_not_be_leaves_no_folder(
    call: Call, clip: Path, tmp_path: Path, flags: list[str], sentence: str
) -> None:
    done = call("separate", clip, "--to", tmp_path / "a" / "b", *flags)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["transcribe", "--stem", ""], "no stem ''"),
        (["transcribe", "--stem", "guitar"], "no stem 'guitar'; there are vocals"),
        (["transcribe", "--bends", "--instrument", "voice"], "--bends goes with --instrument any"),
        (["transcribe", "--to", "FOLDER/x.mid"], "is a folder"),
        (["transcribe", "--to", "FILE/x.mid"], "that is a file and not a folder"),
        (["export", "--as", "lab", "--to", "FILE"], "that is a file and not a folder"),
        (["export", "--as", ",", "--to", "FOLDER"], "No form is named"),
        (["pitch", "--stem", "vocals"], "musicologue models pull spleeter"),
        (["pitch", "--engine", "pitch=crepe"], "No weights for 'crepe'"),
    ],
)
def test_what_can_not_be_is_told_in_a_sentence(
    call: Call, clip: Path, tmp_path: Path, command: list[str], sentence: str
) -> None:
    (tmp_path / "FOLDER" / "x.mid").mkdir(parents=True)
    (tmp_path / "FILE").write_text("in the way")
    places = [str(tmp_path / part) if part.startswith("F") else part for part in command[1:]]
    done = call(command[0], clip, *places)
    assert (done.exit_code, done.stdout) == (2, ""), done.stdout
    assert sentence in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["separate", "export"])
def test_a_file_that_is_no_audio_leaves_no_folder(call: Call, tmp_path: Path, command: str) -> None:
    (tmp_path / "words.mp3").write_text("These are only words.")
    forms = ["--as", "lab"] if command == "export" else []
    done = call(command, tmp_path / "words.mp3", "--to", tmp_path / "out", *forms)
    assert done.exit_code == 2 and "not recognised" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["words.mp3"]


def test_notes_and_melody_are_told_on_a_few_lines(call: Call, clip: Path, tmp_path: Path) -> None:
    told = call("transcribe", clip).stdout.splitlines()
    assert told[0] == "clip" and 3 <= len(told) <= 7
    assert told[-1].split()[:2] == ["Save", "all"]
    saved = call("transcribe", clip, "--to", tmp_path / "new" / "clip.mid").stdout
    assert saved.splitlines()[-1].split() == ["Saved", "as", str(tmp_path / "new" / "clip.mid")]
    melody = call("pitch", clip).stdout
    assert "A3" in melody and "-0 cents" not in melody and len(melody.splitlines()) <= 7


def test_ctrl_c_ends_a_separation_at_once_and_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    sound, rate = soundfile.read(clip)
    long = write(tmp_path / "long.wav", np.tile(sound, (300, 1)).T, rate)
    out = tmp_path / "out"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "agent",
        "separate",
        long,
        "--to",
        out,
        "--offline",
    ]
    command += ["--data-dir", tmp_path / "data", "--cache-dir", tmp_path / "cache"]
    process = subprocess.Popen(
        command, cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE, text=True
    )
    while not list(out.glob(f"{SCRATCH}*")) and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=120)[1] == "Stopped.\n"
    assert process.returncode == 130 and not out.exists()


def test_output_that_can_not_be_written_is_one_sentence(clip: Path, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        return
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "agent",
        "models",
        "list",
        "--data-dir",
        tmp_path,
    ]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parent.parent,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr == "The output can't be written: No space left on device.\n"


# ---- places -------------------------------------------------------------------------------------


def test_a_home_that_nobody_has_is_just_a_name(library: Library) -> None:
    assert at_home("~") == Path.home()
    with pytest.raises(MusicToolError, match="No file"):
        library.open("~nobody-of-that-name/x.wav")


@pytest.mark.parametrize("path", ["a\0b.wav", "\ud800.wav"])
def test_a_name_that_no_file_can_have_is_refused(library: Library, path: str) -> None:
    with pytest.raises(MusicToolError, match="not a name that a file can have"):
        library.open(path)


def test_only_folders_that_were_made_and_stay_empty_go(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with made_where_used(tmp_path / "mine"):
        pass
    with made_where_used(tmp_path / "a" / "b"):
        (tmp_path / "a" / "kept").write_text("")
    assert sorted(f.name for f in tmp_path.rglob("*")) == ["a", "kept", "mine"]


@pytest.mark.parametrize("title", ["../../etc/x", "a/b\\c\0\x1b[31m", "x" * 300, "..", ""])
def test_no_title_leads_out_of_the_folder(tmp_path: Path, title: str) -> None:
    record = TrackRecord("0" * 32, "/nowhere", {"title": title}, 1.0, RATE, 1)
    with pytest.raises(MusicToolError):
        export(record, tmp_path / "out", ["lab"], audio_path=None)
    files = export(record, tmp_path / "out", ["json"], audio_path=None)
    assert files["json"].parent == tmp_path / "out" and files["json"].is_file()


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_no_number_is_refused(time: float) -> None:
    for span in ((time, None), (0.0, time)):
        with pytest.raises(MusicToolError):
            check_span(*span)


# ---- stems that were made before ----------------------------------------------------------------


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path) -> None:
    left = tmp_path / f"{SCRATCH}left"
    left.mkdir()
    (left / "in-use.lock").touch()
    (left / "vocals.flac").write_bytes(bytes(1000))
    silence = np.zeros((1, 100), np.float32)
    with stem_files(tmp_path, ["drums"], ".flac", RATE, 1, 100) as files:
        assert not left.exists()
        with stem_files(tmp_path, ["bass"], ".flac", RATE, 1, 100) as others:
            others.write("bass", silence)
        files.write("drums", silence)  # its scratch was in use, so it is still there
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bass.flac", "drums.flac"]


@pytest.mark.parametrize("damage", ["json", "list", "version", "deleted", "cut off"])
def test_damaged_stems_are_made_anew(library: Library, clip: Path, damage: str) -> None:
    handle = library.open(clip)
    stems = library.stems(handle)
    file, manifest = stems.files["drums"], stems.files["drums"].parent / "stems.json"
    whole = json.loads(manifest.read_text())
    if damage == "deleted":
        file.unlink()
    elif damage == "cut off":
        os.truncate(file, 100)
    else:
        texts = {"json": "{", "list": "[]", "version": json.dumps(whole | {"estimator": "plain/0"})}
        manifest.write_text(texts[damage])
    again = library.stems(handle)
    assert json.loads(manifest.read_text()) == whole
    assert soundfile.info(again.files["drums"]).frames == soundfile.info(clip).frames


def test_a_stretch_is_cut_of_stems_that_exceed_full_scale(library: Library, clip: Path) -> None:
    loud = write(clip.with_name("loud.wav"), 3 * soundfile.read(clip)[0].T, RATE, subtype="FLOAT")
    handle = library.open(loud)
    kept = library.stems(handle)
    assert any(file.suffix == ".wav" for file in kept.files.values())
    with pytest.raises(MusicToolError, match="not one sample"):
        library.cut_stems(handle, (), (1.0, 1.00001))
    cut = library.cut_stems(handle, (), (0.5, 1.5))
    total = sum(soundfile.read(file)[0] for file in cut.files.values())
    truth = soundfile.read(loud)[0][RATE // 2 : RATE // 2 + RATE]
    assert np.abs(total - truth).max() < 1e-4
