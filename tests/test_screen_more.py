"""The terminal chat: bad files, files that are made, old conversations, narrow screens, and a crash."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from screens import Bench, made, played, shown, until
from test_screen_app import ANSWER, ASKED, App, ask, heard
from test_screen_panel import run as run_panel
from textual.pilot import Pilot

from agent.pseudo_terminal import pseudo_terminal
from agent.record import TrackRecord
from agent.screen.help import Help
from agent.screen.panel import TrackPanel
from agent.stems import Stems, StemShelf


@pytest.fixture
def song(tmp_path: Path) -> str:
    path = tmp_path / "blue.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    return str(path)


async def sees(app: App, text: str) -> None:
    await until(lambda: text in shown(app))


async def order(app: App, pilot: Pilot[None], line: str) -> None:
    app.entry.put(line)
    await pilot.press("escape", "enter")


def test_bad_files_are_told_and_the_chat_goes_on(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    (tmp_path / "fake.txt").write_text("no sound")
    (tmp_path / "empty folder").mkdir()

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        for line, said in (
            (f"/add {tmp_path}/nowhere.mp3", "nowhere.mp3"),
            (f"/add '{tmp_path}/empty folder'", "empty folder"),
            (str(tmp_path / "missing" / "song.wav"), "There is no file"),
            ("/add", "/add wants FILE or FOLDER"),
        ):
            app.clear_notifications()
            await order(app, pilot, line)
            await sees(app, said)
        await ask(app, pilot, "which key?")
        assert ANSWER in shown(app)
        assert [t.handle for t in app.desk.library.tracks] == ["#1"]

    played(Bench(tmp_path / "data", cache_dir, ASKED, ANSWER), play, (song,), size=(160, 48))


def test_stems_are_written_and_one_is_played(
    tmp_path: Path, cache_dir: Path, song: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("vocals", "drums", "bass", "other")
    files = {name: tmp_path / f"{name}.wav" for name in names}
    for file in files.values():
        soundfile.write(file, np.zeros(8000, np.float32), 8000)
    stems = Stems(files, "spleeter/1", "bundled")
    monkeypatch.setattr(StemShelf, "make", lambda *told, **more: stems)
    playing: list[Path] = []

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        monkeypatch.setattr(app.stage, "play", playing.append)
        await order(app, pilot, "/stems")
        await until(lambda: "Wrote" in shown(app))
        written = {p.name for p in (tmp_path / "data" / "exports").rglob("*.wav")}
        assert written == {f"{name}.wav" for name in names}
        await order(app, pilot, "/play drums")
        await until(lambda: playing)
        assert playing == [files["drums"]]
        await until(lambda: "Playing drums." in shown(app))

    played(Bench(tmp_path / "data", cache_dir), play, (song,))


def test_notes_that_were_not_heard_are_no_file(tmp_path: Path, cache_dir: Path, song: str) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await order(app, pilot, "/midi")
        await until(lambda: "No notes were heard" in shown(app))
        await ask(app, pilot, "which key?")
        assert ANSWER in shown(app)

    played(Bench(tmp_path / "data", cache_dir, ASKED, ANSWER), play, (song,))


def test_the_sample_song_is_one_command_away(tmp_path: Path, cache_dir: Path) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await until(lambda: "/demo for the sample song" in shown(app))
        await order(app, pilot, "/demo")
        await heard(app)
        await until(lambda: app.side._current == "#1")
        assert "headache" in app.desk.library.record("#1").path

    played(Bench(tmp_path, cache_dir), play)


def test_the_last_conversation_is_gone_on_with_at_once(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    async def first(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await ask(app, pilot, "which key?")

    async def second(app: App, pilot: Pilot[None]) -> None:
        await order(app, pilot, "/resume nothing like it")
        await until(lambda: "No earlier conversation has" in shown(app))
        await order(app, pilot, "/resume last")
        await until(lambda: app.stage.current == "#1" and ANSWER in shown(app))
        assert app.desk.talk.said[0].question == "which key?"

    async def fresh(app: App, pilot: Pilot[None]) -> None:
        await order(app, pilot, "/resume")
        await until(lambda: "There is no earlier conversation yet." in shown(app))

    played(Bench(tmp_path / "data", cache_dir, ASKED, ANSWER), first, (song,))
    played(Bench(tmp_path / "data", cache_dir), second)
    played(Bench(tmp_path / "other", cache_dir), fresh)


def test_the_palette_knows_the_commands(tmp_path: Path, cache_dir: Path, song: str) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await pilot.press("ctrl+p")
        await pilot.press(*"/chords")
        await until(lambda: "show the chord sheet" in shown(app) and "/model" not in shown(app))
        await pilot.press("enter")
        await until(lambda: "| C | G | Am | F |" in shown(app))

    played(Bench(tmp_path / "data", cache_dir), play, (song,))


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
def test_everything_is_reached_by_keys(
    tmp_path: Path, cache_dir: Path, song: str, size: tuple[int, int]
) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await ask(app, pilot, "which key?")
        assert ANSWER in shown(app)
        for key in ("f1", "f2", "f3", "f4"):
            assert key in shown(app), "the keys are shown"
        await pilot.press("f1")
        assert isinstance(app.screen, Help)
        await until(lambda: "what the last answer rests on" in shown(app))
        await pilot.press("end")
        await until(lambda: "/quit" in shown(app))
        await pilot.press("escape")
        before = shown(app)
        await pilot.press("f4")
        await pilot.pause(0.1)
        assert app.focused is app.panel or shown(app) != before
        await pilot.press("f2")
        await until(lambda: "madmom/1" in shown(app))
        await pilot.press("escape")
        app.entry.prompt.focus()
        await pilot.press("@")
        await until(lambda: app.entry.prompt.menu_open)
        assert "blue" in shown(app)

    played(Bench(tmp_path / "data", cache_dir, ASKED, ANSWER), play, (song,), size=size)


def test_the_panel_is_fitted_when_chords_are_heard_later() -> None:
    record = made("/music/late.wav")

    async def late(app: object, panel: TrackPanel) -> None:
        bare = record.to_dict() | {"annotations": {}}
        panel.show(TrackRecord.from_dict(bare))
        assert panel.zoom == 1.0
        panel.show(record)
        fitted = panel.zoom
        assert fitted > 1.0
        panel.zoom = 2 * fitted
        panel.show(record)
        assert panel.zoom == 2 * fitted

    run_panel(late)


def test_a_draft_outlives_a_kill(tmp_path: Path, cache_dir: Path) -> None:
    """The real program under a terminal of its own, killed in the middle of a line."""
    command = [sys.executable, "-m", "agent", "tui", "--data-dir", str(tmp_path / "data")]
    command += ["--cache-dir", str(cache_dir), "--model", "rules", "--offline"]
    with pseudo_terminal(command, 100, 30) as terminal:
        terminal.until_shown("Ask", 60)
        terminal.type("half a thought")
        limit = time.monotonic() + 20
        while "half a thought" not in drafts(tmp_path):
            assert time.monotonic() < limit, "the draft is not on the disk"
            time.sleep(0.05)
        os.kill(terminal.process.pid, signal.SIGKILL)
    assert "half a thought" in drafts(tmp_path)

    async def again(app: App, pilot: Pilot[None]) -> None:
        assert app.entry.prompt.value == "half a thought"

    played(Bench(tmp_path / "data", cache_dir), again)


def drafts(folder: Path) -> str:
    files = [p for p in folder.rglob("*draft*") if p.is_file()]
    return re.sub(r"\\u[0-9a-f]{4}", " ", "".join(p.read_text() for p in files))
