"""The Textual chat through its pilot, over a conversation that plays a script."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from textual.widgets import Input, Markdown, Static

from agent.conversation import Conversation
from agent.events import AnswerFinished, Event, TextDelta, ToolFinished, ToolStarted, TurnFailed
from tools.errors import AudioDecodeError
from tui import Chat


class PlayedConversation:
    """Answers every question with the same events, and opens files by name."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.asked: list[str] = []
        self.cancelled = False

    def ask(self, question: str) -> Iterator[Event]:
        self.asked.append(question)
        yield from self.events

    def open(self, path: Path, report: Any) -> str:
        report(0.5, "decoding")
        if path.suffix == ".txt":
            raise AudioDecodeError(f"Cannot read '{path.name}' as audio: [it] is text.")
        return "#1"

    def cancel(self) -> None:
        self.cancelled = True


def play(
    conversation: PlayedConversation, *keys: str, files: tuple[Path, ...] = ()
) -> tuple[list[str], list[str]]:
    """Press the keys; return the notes and the answers that are on the screen."""

    async def run() -> tuple[list[str], list[str]]:
        app = Chat(cast(Conversation, conversation), files)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await app.workers.wait_for_complete()
            await pilot.pause()
            notes = [str(s.content) for s in app.query("#log > Static").results(Static)]
            answers = [m.source for m in app.query(Markdown).results(Markdown)]
            assert app.query_one(Input).value == ""
            return notes, answers

    return asyncio.run(run())


def test_a_question_is_shown_with_its_answer() -> None:
    talk = PlayedConversation(
        ToolStarted("key", {"track": "#1"}, "1"),
        ToolFinished("1", "key", "C major"),
        TextDelta("It is in "),
        TextDelta("**C major**."),
        AnswerFinished("It is in **C major**."),
    )
    notes, answers = play(talk, *"key", "enter")
    assert talk.asked == ["key"]
    assert "key" in notes
    assert answers == ["It is in **C major**."]


def test_a_failed_turn_is_a_notice_and_the_chat_goes_on() -> None:
    talk = PlayedConversation(TurnFailed("Something [went] wrong."))
    notes, _ = play(talk, "a", "enter", "b", "enter")
    assert "Something [went] wrong." in notes
    assert talk.asked[0] == "a"


def test_escape_stops_the_answer() -> None:
    talk = PlayedConversation(AnswerFinished("done"))
    play(talk, "escape")
    assert talk.cancelled


def test_a_bad_file_is_told_and_the_others_open() -> None:
    notes, _ = play(PlayedConversation(), files=(Path("notes.txt"), Path("song.wav")))
    assert any("[it] is text" in note for note in notes)
    assert any("song.wav is open" in note for note in notes)


def test_without_a_terminal_it_says_what_to_do() -> None:
    run = subprocess.run(
        [sys.executable, "tui.py"],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "needs a terminal" in run.stderr and "Traceback" not in run.stderr
