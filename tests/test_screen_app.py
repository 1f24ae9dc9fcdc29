"""The terminal chat through its pilot: each thing that a musician does with it."""

from pathlib import Path

import pytest
from screens import Bench, made, played, pool_of, shown, until
from textual.pilot import Pilot
from textual.widgets import Input

from agent.screen.app import MusicologueApp
from agent.screen.chat import Answer, ToolCard
from agent.screen.help import Help
from agent.screen.picking import Picking

ANSWER = "It is in C major."
ASKED = [("key", {"track": "#1"})]
App = MusicologueApp


async def heard(app: App) -> None:
    await until(lambda: app.stage.current and not app.labour.hearing)


async def ask(app: App, pilot: Pilot[None], question: str) -> None:
    app.entry.put(question)
    await pilot.press("enter")
    await until(lambda: not app.turns.answering and not app._news)
    await pilot.pause(0.15)


@pytest.fixture
def song(tmp_path: Path) -> str:
    path = tmp_path / "blue.wav"
    path.write_bytes(b"RIFF")
    return str(path)


def test_a_first_run_explains_itself(tmp_path: Path, cache_dir: Path) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await until(lambda: "/demo for the sample song" in shown(app))
        assert "No tracks yet" in shown(app)

    played(Bench(tmp_path, cache_dir), play)


def test_an_answer_is_linked_and_leads_to_what_measured_it(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await ask(app, pilot, "which key?")
        assert app.query_one(Answer).source == "It is in [C major](claim:0)."
        cards = list(app.query(ToolCard).results(ToolCard))
        assert [card.tool for card in cards] == ["listen", "key"]
        assert "C major" in cards[-1].line and not cards[-1].running
        cards[-1].focus()
        await pilot.press("enter")
        assert "confidence" in cards[-1].details and cards[-1].has_class("open")
        await pilot.press("f2")
        assert isinstance(app.screen, Picking)
        await pilot.press("enter")
        await until(lambda: "key: C major · #1 whole track · by madmom/1 · 80% sure" in shown(app))

    played(Bench(tmp_path, cache_dir, ASKED, ANSWER), play, (song,))


def test_a_bad_file_is_told_and_the_others_open(tmp_path: Path, cache_dir: Path, song: str) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no music")

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await until(lambda: "[no] audio" in shown(app))
        assert "blue" in shown(app) and app.stage.current == "#1"

    played(Bench(tmp_path, cache_dir), play, (str(bad), song))


def test_escape_stops_the_listening_and_the_line_stays_usable(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        pool_of(app).held = True
        app.add((song,))
        await until(lambda: "% · " in shown(app) and "chords" in shown(app))
        await pilot.press(*"hello")
        assert app.entry.prompt.value == "hello"
        await pilot.press("escape")
        await until(lambda: pool_of(app).dropped == [song])
        await until(lambda: "Stopped." in shown(app))

    played(Bench(tmp_path, cache_dir), play)


def test_old_conversations_are_listed_and_gone_on_with(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    async def first(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await ask(app, pilot, "which key?")
        await pilot.press(*"half a li")
        await pilot.pause(0.2)

    async def second(app: App, pilot: Pilot[None]) -> None:
        assert app.entry.prompt.value == "half a li"
        app.entry.put("/resume key")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Picking))
        await pilot.press("enter")
        await until(lambda: app.screen_stack[-1] is app.screen_stack[0] and app.chat.claims)
        await until(lambda: app.stage.current == "#1")
        assert app.desk.talk.said[0].answer == ANSWER

    played(Bench(tmp_path, cache_dir, ASKED, ANSWER), first, (song,))
    played(Bench(tmp_path, cache_dir), second)


def test_commands_complete_and_errors_are_notices(tmp_path: Path, cache_dir: Path) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await pilot.press(*"/ex", "tab")
        assert app.entry.prompt.value == "/export "
        await pilot.press(*"midi", "escape", "enter")
        await until(lambda: "No track is open" in shown(app))
        app.entry.put("/modell x")
        await pilot.press("enter")
        await until(lambda: "Did you mean /model?" in shown(app))
        await pilot.press("up")
        assert app.entry.prompt.value == "/modell x"
        await pilot.press("f1")
        assert isinstance(app.screen, Help)
        await pilot.press("escape")
        assert not isinstance(app.screen, Help)

    played(Bench(tmp_path, cache_dir), play)


def test_tracks_are_filtered_and_reached_on_a_narrow_screen(
    tmp_path: Path, cache_dir: Path
) -> None:
    bench = Bench(tmp_path, cache_dir)
    for name in ("blue", "red"):
        bench.memory.remember(made(f"/music/{name}.wav"))

    async def play(app: App, pilot: Pilot[None]) -> None:
        assert not app.side.display
        await pilot.press("f3")
        assert app.side.display
        await pilot.press(*"red")
        await until(lambda: [e.title for e in app.side.shown] == ["red"])
        assert "1 of 2 tracks" in shown(app) and "120" in shown(app)
        await pilot.press("enter", "enter")
        await until(lambda: app.stage.current == "#1")
        await until(lambda: "red" in shown(app) and not app.side.display)
        assert isinstance(app.focused, Input)

    played(bench, play, size=(80, 24))
