"""What is done in the terminal chat while other things go on: stopping, waiting, playing, leading."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from screens import Bench, played, shown, until
from scripted import ScriptedModel
from test_screen_app import ANSWER, ASKED, App, ask, heard
from test_screen_player import Device
from textual.color import Color
from textual.pilot import Pilot

from agent.screen.chat import Answer, ToolCard
from agent.screen.picking import Picking


class Slow(ScriptedModel):
    """Says its answers only when it is let."""

    let: Any = None

    def _stream(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        self.let.wait(20)
        yield from super()._stream(*arguments, **options)


def slow(bench: Bench, *script: Any) -> threading.Event:
    let = threading.Event()
    bench.model = Slow(script=list(script), let=let)
    return let


@pytest.fixture
def song(tmp_path: Path) -> str:
    path = tmp_path / "blue.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    return str(path)


def test_escape_stops_an_answer_and_the_next_question_is_answered(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    bench = Bench(tmp_path, cache_dir)
    let = slow(bench, ASKED, ASKED, ANSWER)

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        app.entry.put("which key?")
        await pilot.press("enter")
        await until(lambda: app.turns.answering)
        await pilot.press(*"and the tempo")
        assert app.entry.prompt.value == "and the tempo"
        await pilot.press("escape", "escape")  # the menu has none to close: both are the answer's
        let.set()
        await until(lambda: not app.turns.answering and "Stopped." in shown(app))
        assert app.entry.prompt.value == "and the tempo"
        await ask(app, pilot, "which key?")
        assert ANSWER in app.query(Answer).last().text

    played(bench, play, (song,))


def test_a_question_waits_while_another_one_is_answered(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    bench = Bench(tmp_path, cache_dir)
    let = slow(bench, ASKED, ANSWER, ASKED, "It is C major.")

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        for question in ("which key?", "really?"):
            app.entry.put(question)
            await pilot.press("enter")
            await pilot.pause(0.1)
        assert "1 waiting. Esc stops the answer." in shown(app)
        let.set()
        await until(lambda: len(app.desk.talk.said) == 2 and not app.turns.answering)
        assert [said.question for said in app.desk.talk.said] == ["which key?", "really?"]

    played(bench, play, (song,))


def test_a_click_on_what_an_answer_states_leads_to_its_place(
    tmp_path: Path, cache_dir: Path, song: str
) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await ask(app, pilot, "which key?")
        answer = app.query_one(Answer)
        answer.claims[0] = answer.claims[0] | {"span": [10.0, 12.0]}
        rows = shown(app).splitlines()
        row = next(n for n, row in enumerate(rows) if ANSWER in row)
        assert app.panel.position == 0
        await pilot.click(offset=(rows[row].index("C major") + 2, row))
        await until(lambda: "key: C major · #1 0:10 to 0:12 · by madmom/1" in shown(app), 5)
        await until(lambda: app.panel.position == 10.0, 5)

    played(Bench(tmp_path, cache_dir, ASKED, ANSWER), play, (song,))


def test_the_picker_offers_files_and_tracks(
    tmp_path: Path, cache_dir: Path, song: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here" / "sub").mkdir(parents=True)
    (tmp_path / "here" / "sub" / "evening song.mp3").write_bytes(b"ID3")
    monkeypatch.chdir(tmp_path / "here")

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await pilot.press(*"compare @evso")
        await until(lambda: app.entry.prompt.menu_open)
        assert "evening song.mp3" in shown(app)
        await pilot.press("tab")
        assert app.entry.prompt.value == 'compare @"sub/evening song.mp3" '
        await pilot.press(*"@blu")
        await pilot.press("enter")
        assert app.entry.prompt.value.endswith("#1 ")

    played(Bench(tmp_path / "data", cache_dir), play, (song,))


def test_commands_write_show_and_begin_anew(tmp_path: Path, cache_dir: Path, song: str) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        async def order(line: str, seen: str) -> None:
            app.entry.put(line)
            await pilot.press("escape", "enter")
            try:
                await until(lambda: seen in shown(app))
            except AssertionError:
                raise AssertionError(f"{line}: {shown(app)}") from None

        await heard(app)
        await order("/chords", "| C | G | Am | F |")
        await order("/export csv json", "csv")
        await until(lambda: not app.labour.hearing)
        written = {p.suffix for p in (tmp_path / "exports").rglob("*") if p.is_file()}
        assert {".csv", ".json"} <= written
        await order("/export flute", "No form 'flute' can be written")
        await order("/model", "rules answers. /model NAME takes another")
        await order("/model hf:/nowhere", "/nowhere")
        assert app.desk.model == "rules"
        await ask(app, pilot, "which key?")
        await order("/new", "A new conversation, about the same tracks.")
        assert not app.desk.talk.said and [t.handle for t in app.desk.talk.tracks] == ["#1"]
        await order("/tracks blu", "1 of 1 tracks")
        await pilot.press("escape")
        await order("/resume which", "which key?")
        assert isinstance(app.screen, Picking)

    played(Bench(tmp_path, cache_dir, ASKED, ANSWER), play, (song,))


def test_space_plays_and_pauses(
    tmp_path: Path, cache_dir: Path, song: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device()
    monkeypatch.setitem(sys.modules, "sounddevice", device)

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await pilot.press("space")
        await until(lambda: device.streams and app.stage.player.playing)
        await until(lambda: app.panel.playing)
        await pilot.press("space")
        await until(lambda: not app.stage.player.playing)

    played(Bench(tmp_path, cache_dir), play, (song,))


def test_without_a_device_a_notice_says_so_and_the_rest_works(
    tmp_path: Path, cache_dir: Path, song: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        await pilot.press("space")
        await until(lambda: app._notifications)
        (notice,) = app._notifications
        assert "sounddevice" in notice.message
        await ask(app, pilot, "which key?")
        assert ANSWER in app.query(Answer).last().text

    played(Bench(tmp_path, cache_dir, ASKED, ANSWER), play, (song,))


def test_what_is_typed_is_on_the_disk_at_once(tmp_path: Path, cache_dir: Path) -> None:
    async def first(app: App, pilot: Pilot[None]) -> None:
        await pilot.press(*"a long thought")
        await pilot.pause(0.3)
        kept = "".join(p.read_text() for p in tmp_path.rglob("*draft*") if p.is_file())
        assert "a long thought" in kept  # on the disk while the program runs

    played(Bench(tmp_path, cache_dir), first)


def test_cards_tell_time_and_result(tmp_path: Path, cache_dir: Path, song: str) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        await heard(app)
        card = app.query(ToolCard).first(ToolCard)
        await until(lambda: not card.running)
        assert card.line.startswith("▸ ✓ listen blue.wav · 0.") and "is open." in card.line
        await pilot.click(card)
        assert card.has_class("open") and "listen(track: blue.wav)" in shown(app)

    played(Bench(tmp_path, cache_dir), play, (song,))


@pytest.mark.parametrize("theme", ["textual-light", "nord", "gruvbox"])
def test_themes_keep_everything_legible(tmp_path: Path, cache_dir: Path, theme: str) -> None:
    async def play(app: App, pilot: Pilot[None]) -> None:
        app.theme = theme
        await pilot.pause(0.1)
        for selector in ("Prompt", "#chat", "Side"):
            style = app.query_one(selector).rich_style
            front, back = (Color.from_rich_color(c) for c in (style.color, style.bgcolor))
            assert abs(front.brightness - back.brightness) > 0.3, selector

    played(Bench(tmp_path, cache_dir), play)
