"""Bad and odd files through the command line: one sentence each, and the others are still heard."""

import json
import math
import os
import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_audio import Samples, encode, sines, write

ROOT = Path(__file__).parent.parent

SECONDS = 6.0
TASKS = {"beats", "tempo", "key", "chords", "tags"}
"""What the issue promises of every track; more may be told."""


@dataclass
class Call:
    """One call of the program over many files."""

    code: int
    stdout: str
    stderr: str
    bad: dict[str, Path]
    odd: dict[str, Path]
    tracks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def sentence(self, name: str) -> str:
        """Return the line of stderr about a bad file; they come in the files' order."""
        return self.stderr.splitlines()[list(self.bad).index(name)]


def tune(rate: int = 22_050, channels: int = 1) -> Samples:
    """Return chords that change every second over a click twice a second."""
    times = np.arange(round(SECONDS * rate)) / rate
    roots = np.array([0, 5, 7, 0, 9, 7])[times.astype(int)]
    chord = sum(np.sin(2 * np.pi * 220 * 2 ** ((roots + up) / 12) * times) for up in (0, 4, 7))
    clicks = np.exp(-60 * (times % 0.5)) * np.sin(2 * np.pi * 1500 * times)
    return np.tile((0.15 * chord + 0.3 * clicks).astype(np.float32), (channels, 1))


def bad_files(folder: Path) -> dict[str, Path]:
    """Make files that can't be heard, by what is wrong with them."""
    noise = random.Random(7).randbytes
    contents = {
        "empty": b"",
        "text": b"These are only words.\n" * 50,
        "html": b"<!DOCTYPE html><html><body>404</body></html>" * 99,
        "random": noise(200_000),
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + noise(50_000),
    }
    bad = {}
    for name, content in contents.items():
        bad[name] = folder / f"{name}.mp3"
        bad[name].write_bytes(content)
    for name in ("cut.flac", "cut.wav"):
        bad[name] = write(folder / name, tune(), 22_050)
        whole = bad[name].read_bytes()
        bad[name].write_bytes(whole[: len(whole) // 2])
    bad["folder"] = folder / "folder"
    bad["folder"].mkdir()
    bad["missing"] = folder / "missing.wav"
    bad["device"] = Path("/dev/zero")
    bad["pipe"] = folder / "pipe"
    os.mkfifo(bad["pipe"])
    bad["loop"] = folder / "loop.wav"
    bad["loop"].symlink_to(bad["loop"])
    bad["one-sample"] = write(folder / "one.wav", tune()[:, :1], 22_050)
    bad["no-samples"] = write(folder / "none.wav", tune()[:, :0], 22_050)
    bad["hostile"] = folder / "evil\n\x1b[31m\udcff[bold]\u202e.mp3"
    bad["hostile"].write_bytes(b"no music")
    return bad


def odd_files(folder: Path) -> dict[str, Path]:
    """Make files that can be heard, if only to say that there is nothing to hear."""
    garbage = tune()
    garbage[:, ::4000], garbage[:, 7::4000] = np.nan, np.inf

    def floats(name: str, samples: Samples) -> Path:
        return write(folder / f"{name}.wav", samples, 22_050, subtype="FLOAT")

    return {
        "silence": floats("silence", 0 * tune()),
        "offset": floats("offset", 0 * tune() + np.float32(0.4)),
        "nan": floats("nan", garbage),
        "only-nan": floats("only-nan", tune() * np.float32(np.nan) + 1),
        "loud": floats("loud", tune() * np.float32(1e6)),
        "quiet": floats("quiet", tune() * np.float32(1e-6)),
        "8-channels": write(folder / "8.wav", tune(channels=8) * np.float32(0.9), 22_050),
        "8-khz": write(folder / "8k.flac", tune(8_000), 8_000),
        "192-khz": write(folder / "192k.flac", tune(192_000), 192_000),
        "short": write(folder / "short.wav", sines(0.05, 22_050), 22_050),
        "good": encode(folder / "good.m4a", "aac", tune(44_100)),
    }


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Call:
    """Listen to all of them in one call, the bad ones first and the good one last."""
    folder = tmp_path_factory.mktemp("files")
    bad, odd = bad_files(folder), odd_files(folder)
    run = listen([*bad.values(), *odd.values()], folder / "data", cache_dir)
    made = Call(run.returncode, run.stdout, run.stderr, bad, odd)
    paths = {str(path): name for name, path in odd.items()}
    assert made.stdout, made.stderr
    made.tracks = {paths[track["track"]["path"]]: track for track in json.loads(made.stdout)}
    return made


def listen(files: list[Path], data: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does."""
    command: list[str | Path] = [sys.executable, "-m", "agent", "listen", *files, "--json"]
    command += ["--data-dir", data, "--cache-dir", cache, "--offline"]
    return subprocess.run(
        [os.fsencode(part) for part in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_every_bad_file_is_one_sentence_and_the_call_exits_2(call: Call) -> None:
    assert call.code == 2
    assert "Traceback" not in call.stderr
    lines = call.stderr.splitlines()
    assert len(lines) == len(call.bad), call.stderr
    assert all(line.isprintable() and line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("empty", "Cannot read 'empty.mp3' as audio: the file is empty (0 bytes)."),
        ("text", "Cannot read 'text.mp3' as audio: its format is not recognised. Supported: WAV"),
        ("html", "Cannot read 'html.mp3' as audio: its format is not recognised."),
        ("random", "Cannot read 'random.mp3' as audio: its format is not recognised."),
        ("jpeg", "Cannot read 'jpeg.mp3' as audio: its format is not recognised."),
        ("cut.flac", "Cannot read 'cut.flac' as audio: it is damaged or cut off."),
        ("cut.wav", "Cannot read 'cut.wav': it is cut off, only 49 % of the sound"),
        ("folder", "folder' is a folder; name the audio files in it."),
        ("missing", "missing.wav'. Check the spelling of the path."),
        ("device", "'/dev/zero' is not a file but a device or pipe"),
        ("pipe", "pipe' is not a file but a device or pipe"),
        ("loop", "Too many levels of symbolic links"),
        ("one-sample", "Cannot hear anything in 'one.wav': it holds one sample."),
        ("no-samples", "Cannot read 'none.wav' as audio: it holds no samples."),
        ("hostile", "[bold].mp3' as audio: its format is not recognised."),
    ],
)
def test_the_sentence_says_what_is_wrong(call: Call, name: str, sentence: str) -> None:
    assert sentence in call.sentence(name)


def test_all_others_are_heard(call: Call) -> None:
    assert sorted(call.tracks) == sorted(call.odd)
    for name, track in call.tracks.items():
        refused = {problem["task"] for problem in track["problems"]} & TASKS
        assert all(problem["reason"].endswith(".") for problem in track["problems"])
        assert {task for task in TASKS if track.get(task)} == TASKS - refused, name
        assert_finite(track)


def assert_finite(value: Any) -> None:
    """Assert that no number below is NaN or infinite."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            assert_finite(item)
    elif isinstance(value, float):
        assert math.isfinite(value)


@pytest.mark.parametrize("name", ["silence", "offset", "only-nan"])
def test_of_silence_nothing_is_claimed(call: Call, name: str) -> None:
    reasons = {p["task"]: p["reason"] for p in call.tracks[name]["problems"]}
    assert set(reasons) >= TASKS
    assert "silent" in reasons["key"]


@pytest.mark.parametrize("name", ["nan", "loud", "quiet", "8-channels", "8-khz", "192-khz"])
def test_odd_copies_sound_like_the_good_one(call: Call, name: str) -> None:
    good, odd = call.tracks["good"], call.tracks[name]
    assert not good["problems"]
    assert good["tempo"]["bpm"] == pytest.approx(120, rel=0.04)
    assert not odd["problems"]
    assert odd["tempo"]["bpm"] == pytest.approx(good["tempo"]["bpm"], rel=0.04)
    if name != "nan":  # silenced samples click
        assert odd["key"]["tonic"] == good["key"]["tonic"]


def test_too_short_says_how_much_is_needed(call: Call) -> None:
    reasons = [p["reason"] for p in call.tracks["short"]["problems"]]
    assert any("s of audio" in reason for reason in reasons)


def test_all_bad_prints_an_empty_list(call: Call, tmp_path: Path) -> None:
    run = listen([call.bad["text"]], tmp_path / "data", tmp_path / "cache")
    assert (run.returncode, json.loads(run.stdout)) == (2, [])
    assert run.stderr == call.sentence("text") + "\n"
