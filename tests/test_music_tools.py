"""New music through the conversation door: asked for in words, answered in words, then talked about."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from synthesis import Truth

from agent.conversation import Conversation
from agent.events import AnswerFinished, ToolStarted
from agent.generation.music_tools import MusicTools
from agent.library import Library
from agent.memory import TrackMemory
from agent.rules import RulesChatModel
from agent.tool_frame import as_tool
from tools.embedding import Words
from tools.weights import WeightStore


@pytest.fixture(scope="module")
def talk(
    tmp_path_factory: pytest.TempPathFactory, store: WeightStore, pop: Truth
) -> Iterator[Conversation]:
    with TrackMemory(tmp_path_factory.mktemp("data"), Words(store)) as memory:
        library = Library(memory, store, exports=tmp_path_factory.mktemp("exports"))
        library.open(pop.path)
        yield Conversation(library, RulesChatModel(), InMemorySaver())


def ask(talk: Conversation, question: str) -> tuple[list[str], str]:
    """Return the tools that were called, and the answer."""
    events = list(talk.ask(question))
    tools = [e.name for e in events if isinstance(e, ToolStarted)]
    [answer] = [e for e in events if isinstance(e, AnswerFinished)]
    return tools, answer.text


def new_files(talk: Conversation) -> set[Path]:
    folder = talk.library.pieces
    return set(folder.iterdir()) if folder.is_dir() else set()


def test_a_waltz_is_written_heard_saved_and_talked_about(talk: Conversation) -> None:
    tools, answer = ask(talk, "Write a waltz in D minor for piano at 120 bpm, 12 seconds")
    assert tools == ["generate"]
    assert '"Waltz" (#2)' in answer
    assert "D minor" in answer
    assert "3/4" in answer
    assert {file.suffix for file in new_files(talk)} == {".flac", ".mid", ".musicxml"}
    assert any(str(file) in answer for file in new_files(talk))
    tools, answer = ask(talk, "what key is it in?")
    assert tools in (["key"], [])
    assert "D minor" in answer


def test_a_version_of_a_track_is_made_in_another_mode(talk: Conversation) -> None:
    tools, answer = ask(talk, "make a version of #1 in minor, 8 bars")
    assert tools == ["variation"]
    assert "new version of" in answer
    assert "C minor" in answer


def test_a_track_goes_on_and_is_accompanied(talk: Conversation) -> None:
    tools, answer = ask(talk, "continue #1 from 0:10 for 6 seconds")
    assert tools == ["continue_track"]
    assert "I went on from" in answer
    assert "at 0:10" in answer
    tools, answer = ask(talk, "add drums to #1")
    assert tools == ["accompany"]
    assert "I play along with" in answer


def test_the_same_request_again_gives_another_piece(talk: Conversation) -> None:
    count = len(talk.library.tracks)
    for _ in range(2):
        ask(talk, "compose a short march in 2/4, 8 seconds")
    assert len(talk.library.tracks) == count + 2


def test_what_can_not_be_made_is_said_in_a_sentence(talk: Conversation) -> None:
    before = new_files(talk)
    tools, answer = ask(talk, "write a waltz at 1000 bpm")
    assert tools == ["generate"]
    assert "1000" in answer
    assert len(answer.split(". ")) <= 2
    assert new_files(talk) == before
    assert "#9" in ask(talk, "make a variation of #9 in minor")[1]


def test_every_tool_tells_its_piece_as_data(talk: Conversation) -> None:
    tool: Any = as_tool(MusicTools(talk.library).generate)
    runtime = SimpleNamespace(stream_writer=lambda told: None, tool_call_id="call")
    words, artifact = tool.func(description="lullaby for harp", seconds=8, seed=3, runtime=runtime)
    told = artifact["data"]
    assert set(told) >= {"piece", "files", "asked", "honoured", "notes", "estimator", "seed"}
    assert told["seed"] == 3
    assert told["honoured"]["instruments"] is None
    assert any("harp" in note for note in told["notes"])
    assert artifact["track"]["handle"] == told["piece"]["handle"]
    assert {claim["claim"] for claim in artifact["evidence"]} >= {"duration", "title", "bpm"}
    assert words.startswith(f"{told['piece']['handle']} is new")
