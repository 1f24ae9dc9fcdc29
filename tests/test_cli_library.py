"""``musicologue library`` as a user meets it: processes, signals, exit codes, stdout and stderr."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from collection_clips import write_clip, write_clips

from agent.listening import LEVELS

ROOT = Path(__file__).parent.parent
QUICK = ("--level", "quick")


class Shell:
    """Runs the program over one data folder, without weights: every engine is the plain one."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.environment = os.environ | {
            "MUSICOLOGUE_DATA_DIR": str(self.data),
            "MUSICOLOGUE_CACHE_DIR": str(folder / "cache"),
            "MUSICOLOGUE_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
        }

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "agent", "library", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            **options,
        )

    def run(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        given = options.pop("input", None)
        stdin = {"stdin": subprocess.PIPE} if given is not None else {}
        with self.start(*arguments, **stdin, **options) as process:
            out, err = process.communicate(given, timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def add(self, *places: object) -> dict[str, Any]:
        done = self.run("add", *places, *QUICK, "--json")
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    @property
    def tracks(self) -> list[Path]:
        return sorted((self.data / "tracks").glob("*.json"))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def more_than(shell: Shell, before: int) -> bool:
    return len(shell.tracks) > before


def names(told: Sequence[dict[str, str]]) -> list[str]:
    return sorted(Path(one["path"]).name for one in told)


def test_a_folder_is_added_listed_shown_counted_and_removed(shell: Shell, tmp_path: Path) -> None:
    write_clips(tmp_path / "music", 2)
    (tmp_path / "music/bad.mp3").write_text("no music")
    done = shell.run("add", tmp_path / "music", *QUICK)
    assert done.returncode == 2
    assert done.stdout.startswith("2 added, 1 failed in ")
    assert "bad.mp3: Cannot read 'bad.mp3' as audio" in done.stdout
    assert done.stderr == ""  # no bar where there is no terminal

    tracks = json.loads(shell.run("list", "--json", "--sort", "bpm").stdout)
    assert [track["title"] for track in tracks] == sorted(
        ("clip00", "clip01"), key=lambda t: next(x["bpm"] for x in tracks if x["title"] == t)
    )
    shown = shell.run("show", tracks[0]["id"][:6]).stdout
    assert tracks[0]["title"] in shown
    assert "level  quick" in shown
    assert str(tmp_path / "music") in shown
    counted = json.loads(shell.run("stats", "--json").stdout)
    assert counted["tracks"] == 2
    assert names([{"path": path} for path in counted["failed"]]) == ["bad.mp3"]

    asked = shell.run("remove", "clip00", input="n\n")
    assert (asked.returncode, len(shell.tracks)) == (130, 2)
    removed = shell.run("remove", "clip00", "--yes")
    assert removed.returncode == 0
    assert "1 track forgotten" in removed.stdout
    assert (tmp_path / "music/clip00.wav").exists()
    assert len(shell.tracks) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "gone.wav"], "There is no file or folder 'gone.wav'."),
        (["add", "tests/rules_phrasings.txt"], "Cannot read 'rules_phrasings.txt' as audio"),
        (["add", "prompts"], "There is no recording in prompts."),
        (["show", "nothing"], "The library holds no track 'nothing'."),
        (["remove", "nothing", "--yes"], "The library holds no track 'nothing'."),
        (["watch", "gone"], "There is no folder '"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence(shell: Shell, arguments: list[str], sentence: str) -> None:
    done = shell.run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_help_lists_what_each_level_hears(shell: Shell) -> None:
    help_text = " ".join(shell.run("add", "--help").stdout.split())
    said = {
        "beats": "beats",
        "tempo": "tempo",
        "key": "key",
        "chords": "chords",
        "level": "loudness",
        "loudness": "loudness",
        "tags": "genres, instruments and moods",
        "segments": "the sections",
        "caption": "a caption",
        "embedding": "the place of the sound",
        "notes": "the notes",
    }
    assert set(said) >= set(LEVELS["deep"])
    start = help_text.index("goes on where it was")
    told: set[str] = set()
    for level, following in zip(LEVELS, [*list(LEVELS)[1:], "on a cluster"], strict=True):
        part = help_text[help_text.index(f" {level} ", start) : help_text.index(following, start)]
        for task in set(LEVELS[level]) - told:
            assert said[task] in part, (level, task)
        told |= set(LEVELS[level])


def test_ctrl_c_ends_at_once_and_keeps_what_is_done(shell: Shell, tmp_path: Path) -> None:
    write_clips(tmp_path / "music", 90)
    with shell.start("add", tmp_path / "music", *QUICK, "--workers", 2, "--json") as process:
        until(lambda: len(shell.tracks) >= 2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to parent and workers
        begin = time.monotonic()
        out, err = process.communicate(timeout=30)
    assert time.monotonic() - begin < 8.0  # the search index is brought up to what was heard
    assert process.returncode == 130
    assert err == "Stopped. What was heard is kept; the same command goes on from there.\n"
    stopped = json.loads(out)
    assert 2 <= len(stopped["added"]) < 90
    assert [path.stem for path in shell.tracks] == sorted(told["id"] for told in stopped["added"])


def test_a_kill_at_any_moment_loses_nothing_and_does_nothing_twice(
    shell: Shell, tmp_path: Path
) -> None:
    write_clips(tmp_path / "music", 20)
    dice = random.Random(5)
    kept: set[str] = set()
    for _ in range(3):
        with shell.start("add", tmp_path / "music", *QUICK, "--workers", 1) as process:
            before = len(shell.tracks)
            until(partial(more_than, shell, before))
            time.sleep(dice.uniform(0.0, 0.4))
            process.kill()
            process.communicate(timeout=30)
        now = {path.stem for path in shell.tracks}
        assert kept < now
        for path in shell.tracks:
            assert json.loads(path.read_bytes())["id"] == path.stem  # none half
        kept = now
    report = shell.add(tmp_path / "music")
    assert {told["id"] for told in report["known"]} == kept
    assert len(report["known"]) + len(report["added"]) == 20
    assert len(shell.tracks) == 20
    done = shell.run("rescan", "--json")
    assert done.returncode == 0, done.stderr
    scanned = json.loads(done.stdout)
    assert scanned["tracks"] == 20
    assert not any(scanned[what] for what in ("gone", "moved", "changed", "damaged", "failed"))
    assert sorted(path.suffix for path in (shell.data / "tracks").iterdir()) == [".json"] * 20


def test_two_that_add_at_once_share_the_work(shell: Shell, tmp_path: Path) -> None:
    write_clips(tmp_path / "music", 10)
    arguments = ("add", tmp_path / "music", *QUICK, "--workers", 1, "--json")
    with shell.start(*arguments) as one, shell.start(*arguments) as other:
        outs = [process.communicate(timeout=60) for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), outs
    reports = [json.loads(out) for out, _ in outs]
    added = Counter(told["id"] for report in reports for told in report["added"])
    assert len(added) == len(shell.tracks) == 10
    assert set(added.values()) == {1}
    assert all(len(report["added"]) + len(report["known"]) == 10 for report in reports)
    assert shell.run("rescan").stdout == "10 tracks; all is as it was.\n"


def test_a_full_disk_is_one_sentence_and_the_library_still_opens(
    shell: Shell, tmp_path: Path
) -> None:
    shell.add(write_clip(tmp_path / "first.wav", 3))
    write_clips(tmp_path / "music", 2)
    size = shell.tracks[0].stat().st_size // 2

    def full() -> None:  # what is longer fails to be written, as where no room is left
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    done = shell.run("add", tmp_path / "music", *QUICK, "--json", preexec_fn=full)
    assert done.returncode == 2
    assert done.stderr == (
        f"The memory in {shell.data} can't be written: the disk is full. Free some space, or "
        "choose another data folder.\n"
    )
    assert json.loads(done.stdout)["added"] == []
    assert [t["title"] for t in json.loads(shell.run("list", "--json").stdout)] == ["first"]
    assert names(shell.add(tmp_path / "music")["added"]) == ["clip00.wav", "clip01.wav"]


def test_a_watched_folder_gives_what_came_once_it_has_stopped_growing(
    shell: Shell, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    write_clip(music / "there.wav", 1)
    whole = write_clip(tmp_path / "coming.wav", 2).read_bytes()
    with shell.start("watch", music, *QUICK) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("1 added in ")
        assert process.stderr.readline() == "Watching; Ctrl-C ends it.\n"
        with (music / "coming.wav").open("wb") as file:
            for start in range(0, len(whole), len(whole) // 4):
                file.write(whole[start : start + len(whole) // 4])
                file.flush()
                time.sleep(0.5)
        (music / "cover.jpg").write_bytes(b"no music")
        assert process.stdout.readline().startswith("1 added in ")
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "Stopped.\n")
    assert len(shell.tracks) == 2
