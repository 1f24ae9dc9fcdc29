"""The bench of the terminal chat: keys go through a pseudo-terminal, and their echo is timed."""

import sys
from pathlib import Path

import pytest

from agent import bench_screen
from agent.bench_screen import _row, measure, to_table
from agent.pseudo_terminal import pseudo_terminal
from agent.settings import Settings
from tools.audio import load_audio, save_audio
from tools.errors import MusicToolError

ECHO = """
import sys, time, tty
tty.setraw(0)
print("\\x1b[1mrea\\x1b[0mdy", end="", flush=True)
while (key := sys.stdin.read(1)) != "\\x11":
    time.sleep(float(sys.argv[1]))
    print(f"\\x1b[2;3H{key}", end="", flush=True)
"""


def test_a_key_is_timed_until_it_is_drawn() -> None:
    with pseudo_terminal([sys.executable, "-c", ECHO, "0.05"], 80, 24) as terminal:
        assert terminal.until_shown("ready", 20) > terminal.started
        for letter in "ᐁᐂᐃ":
            terminal.type(letter)
            terminal.listen(0.2)
        taken = terminal.take()
        assert len(taken) == 3 and min(taken) >= 0.05
        assert terminal.take() == []
    assert terminal.process.poll() is not None


def test_what_does_not_come_is_told_with_what_came_instead() -> None:
    with (
        pytest.raises(MusicToolError, match=r"'gone' did not come.*it showed: ready"),
        pseudo_terminal([sys.executable, "-c", ECHO, "0"], 80, 24) as terminal,
    ):
        terminal.until_shown("ready", 20)
        terminal.until_shown("gone", 0.2)
    assert terminal.process.poll() is not None


def test_percentiles_are_by_the_nearest_rank() -> None:
    row = _row("keys", [n / 1000 for n in range(100, 0, -1)])
    assert (row["p50_ms"], row["p95_ms"], row["max_ms"]) == (50, 95, 100)
    assert _row("keys", [0.007])["p95_ms"] == 7


def test_the_chat_is_measured_while_it_hears_a_track(
    song: Path, tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_screen, "CALM", 8)
    clip = tmp_path / "clip.wav"
    audio = load_audio(song)
    save_audio(clip, audio.samples[: 5 * audio.sample_rate], audio.sample_rate, "PCM_16")
    rows = measure(Settings(tmp_path / "data", cache_dir), clip, 5, starts=1)
    paint, beginning, hearing, calm = rows
    assert paint["what"] == "cold start to first paint" and paint["p50_ms"] > 100
    assert "analysed" in hearing["what"] and hearing["times"] > 5 and calm["times"] == 8
    for row in (beginning, hearing, calm):
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["max_ms"] < 5000
    table = to_table(rows).splitlines()
    assert len(table) == 2 + len(rows)
    assert f"| {hearing['times']} | {hearing['p50_ms']:.0f} |" in table[4]
