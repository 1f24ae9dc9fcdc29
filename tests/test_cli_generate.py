"""New music from the command line: processes, files, exit codes, sentences."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from synthesis import Truth

from agent.bench_generate import STYLES, prompts, to_table
from agent.cli import main
from agent.generation.brief_words import read_brief

ROOT = Path(__file__).parent.parent


@dataclass
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> dict[str, str]:
    return {
        "MUSICOLOGUE_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "MUSICOLOGUE_CACHE_DIR": str(cache_dir),
        "MUSICOLOGUE_OFFLINE": "1",
    }


@pytest.fixture
def run(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The command line in this process, which has its networks loaded; one test starts a real one."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # the program sets it: taken back afterwards
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def start(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["musicologue", "generate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return start


def told(done: Done) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_words_become_files_and_what_was_kept_is_told(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = ["a waltz in D minor for piano", "--bpm", "120", "--bars", "8", "--seed", "3", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "agent", "generate", *words, "--to", str(tmp_path / "new")],
        capture_output=True, text=True, cwd=ROOT, env=os.environ | environment, timeout=240,
        check=False,
    )  # fmt: skip
    made = told(Done(done.returncode, done.stdout, done.stderr))
    assert {Path(made[form]).suffix for form in ("audio", "midi", "musicxml")} == {
        ".flac", ".mid", ".musicxml",
    }  # fmt: skip
    assert all(Path(made[form]).is_file() for form in ("audio", "midi", "musicxml"))
    assert made["asked"] == made["asked"] | {"key": "D minor", "bpm": 120, "style": "waltz"}
    assert made["honoured"]["key"] is True
    assert made["honoured"]["bpm"] is True
    assert made["honoured"]["style"] is None
    assert (made["estimator"], made["rung"], made["seed"]) == ("composer/1", "plain", 3)


def test_a_piece_is_told_in_a_few_lines(run: Run, tmp_path: Path) -> None:
    done = run("a chorale in G", "--bars", "4", "--rung", "bundled", "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Chorale (0:")
    assert "transformer/1" in lines[0]
    assert lines[1].split()[0] == "audio"
    assert "What I hear in it:" in done.stdout


def test_chords_are_followed_and_a_recording_may_be_the_model(
    run: Run, tmp_path: Path, pop: Truth
) -> None:
    made = told(
        run(
            "eight bars",
            "--chords",
            "Dm7 G7 Cmaj7 Cmaj7",
            "--seed",
            "0",
            "--to",
            tmp_path,
            "--json",
        )
    )
    assert made["asked"]["chords"] == ["D:min7", "G:7", "C:maj7", "C:maj7"]
    assert made["honoured"]["chords"] is True
    like = told(
        run("but slower", "--like", pop.path, "--seconds", "10", "--to", tmp_path, "--json")
    )
    assert like["brief"]["tonic"] == "C"
    assert like["brief"]["bpm"] < 120


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say what the music shall be"),
        (["rock", "--bpm", "1000"], "1000"),
        (["rock", "--seconds", "0"], "0"),
        (["rock", "--key", "H#"], "H#"),
        (["rock", "--meter", "4/5"], "4/5"),
        (["rock", "--chords", "Dm7 Xyz"], "Xyz"),
        (["rock", "--engine", "mozart"], "mozart"),
        (["rock", "--engine", "composer", "--rung", "plain"], "not both"),
        (["rock", "--rung", "hub"], "models pull"),
        (["rock", "--soundfont", str(ROOT / "README.md")], "README.md"),
        (["rock", "--like", str(ROOT / "README.md")], "README.md"),
        (["rock", "--to", str(ROOT / "README.md")], "README.md"),
    ],
)
def test_bad_input_is_told_in_one_sentence(
    run: Run, tmp_path: Path, arguments: list[str], said: str
) -> None:
    place = [] if "--to" in arguments else ["--to", str(tmp_path / "new")]
    done = run(*arguments, *place)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_the_prompts_of_the_bench_say_what_they_ask() -> None:
    made = list(prompts())
    assert made == list(prompts())
    assert len({prompt.text for prompt in made}) == len(made) == 60
    for prompt in made:
        wish = read_brief(prompt.text)
        assert {"key", "bpm", "meter", "instruments"} <= set(wish.asked), prompt.text
        assert not wish.unheard, prompt.text
    assert {prompt.text.split(" in ")[0] for prompt in made} == set(STYLES)
    assert sum("over" in prompt.text for prompt in made) == 20


def test_a_share_that_nobody_could_tell_is_no_figure() -> None:
    row = {"kept": 0, "told": 0, "unknown": 3, "share": None}
    names = ("bpm", "key", "meter", "chords", "instruments")
    found = {"properties": dict.fromkeys(names, row), "speed": {}, "seconds_of_music": 30}
    assert "| chords | 0 | 0 | 3 | - | 0.80 |" in to_table(found)
