"""The parts of the music through the conversation door: stems kept, heard apart, written to files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile
from langchain_core.messages import ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from scripted import ScriptedModel, Step

import tools.separation
from agent.conversation import STOPPED, Conversation
from agent.events import AnswerFinished, Event, ToolProgress, TurnFailed
from agent.library import Library
from agent.memory import TrackMemory
from agent.rules import RulesChatModel
from tools.embedding import Words
from tools.weights import WeightStore

SECONDS = 12


@pytest.fixture(scope="module")
def piece(song: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of the real song, with its voice."""
    sound, rate = soundfile.read(song)
    path = tmp_path_factory.mktemp("piece") / "A piece.flac"
    soundfile.write(path, sound[24 * rate : (24 + SECONDS) * rate], rate)
    return path


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, store: WeightStore, piece: Path
) -> Iterator[Library]:
    with TrackMemory(tmp_path_factory.mktemp("data"), Words(store)) as memory:
        library = Library(memory, store, exports=tmp_path_factory.mktemp("exports"))
        library.open(piece)
        yield library


@dataclass
class Turn:
    """One question put to the rules model: its events, and what its last tool found."""

    events: list[Event]
    artifact: dict[str, Any]

    @property
    def answer(self) -> AnswerFinished:
        return next(e for e in self.events if isinstance(e, AnswerFinished))

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.artifact["data"]
        return found


def ask(library: Library, question: str) -> Turn:
    saver = InMemorySaver()
    talk = Conversation(library, RulesChatModel(), saver, "thread")
    events = list(talk.ask(question))
    kept = saver.get({"configurable": {"thread_id": "thread"}})
    assert kept is not None
    results = [m for m in kept["channel_values"]["messages"] if isinstance(m, ToolMessage)]
    assert results, events
    assert results[-1].status != "error", results[-1].content
    return Turn(events, results[-1].artifact)


def test_the_vocals_are_pulled_out_once(
    library: Library, monkeypatch: pytest.MonkeyPatch, piece: Path
) -> None:
    turn = ask(library, "pull out the vocals")
    data = turn.data
    sound, rate = soundfile.read(data["stems"]["vocals"])
    assert len(sound) / rate == pytest.approx(SECONDS, abs=0.01)
    assert data["stems"]["vocals"] in turn.answer.text
    assert Path(data["stems"]["vocals"]).parent.name.startswith("A piece ")
    assert [c["claim"] for c in turn.answer.evidence].count("stem") == 1
    assert any(isinstance(e, ToolProgress) and 0 < e.fraction < 1 for e in turn.events)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it is separated again")

    monkeypatch.setattr(tools.separation, "separate", never)
    again = ask(library, "give me the karaoke version").data
    assert list(again["stems"]) == ["accompaniment"]
    cut = ask(library, "just the drums from 0:02 to 0:05").data
    sound, rate = soundfile.read(cut["stems"]["drums"])
    assert len(sound) / rate == pytest.approx(3.0, abs=0.01)


def test_other_tools_listen_to_a_stem(library: Library) -> None:
    turn = ask(library, "what chords are there without the vocals?")
    assert turn.artifact["track"]["handle"] == "#1.accompaniment"
    assert turn.data["chords"]["labels"]
    assert turn.answer.text.startswith("Without the voice:")
    stem = library.record("#1.accompaniment")
    assert stem.id not in library.memory.ids() and stem.title == "A piece (accompaniment)"
    assert [t.handle for t in library.tracks] == ["#1"]
    assert library.record("#1").annotations.get("chords") != stem.annotations["chords"]


def test_the_bass_is_transcribed_from_its_stem(library: Library) -> None:
    turn = ask(library, "transcribe the bass")
    data = turn.data
    assert turn.artifact["track"]["handle"] == "#1.bass"
    path = Path(data["files"]["midi"])
    assert path.read_bytes().startswith(b"MThd") and path.is_relative_to(library.exports or "")
    assert data["count"] > 3 and str(path) in turn.answer.text


def test_the_melody_is_sung_by_the_voice(library: Library) -> None:
    turn = ask(library, "what's the vocal range?")
    data = turn.data
    assert data["stem"] == "vocals" and data["range"]["semitones"] > 2
    text = turn.answer.text
    assert data["range"]["low"] in text and data["range"]["high"] in text
    notes = [
        c["value"] for c in turn.answer.evidence if c["claim"] in ("lowest note", "highest note")
    ]
    assert {data["range"]["low"], data["range"]["high"]} <= set(notes)


def test_chords_are_saved_when_asked_for(library: Library) -> None:
    turn = ask(library, "save the chords as ChordPro")
    path = Path(turn.data["files"]["chordpro"])
    assert path.is_file() and path.is_relative_to(library.exports or "")
    assert str(path) in turn.answer.text


def test_the_form_and_a_description_are_told(library: Library) -> None:
    rows = ask(library, "what's the structure?").data["sections"]
    assert rows[0]["start"] == 0 and rows[-1]["end"] == pytest.approx(SECONDS, abs=0.2)
    turn = ask(library, "describe it in detail")
    assert turn.data["text"] in turn.answer.text


def test_a_stem_that_there_is_not_is_a_sentence(library: Library) -> None:
    with pytest.raises(Exception, match="no stem 'kazoo'"):
        library.stem("#1", "kazoo")


def test_separation_stops_when_it_is_cancelled(
    tmp_path: Path, store: WeightStore, song: Path
) -> None:
    with TrackMemory(tmp_path, Words(store)) as memory:
        library = Library(memory, store, exports=tmp_path / "exports")
        library.open(song)
        script: list[Step] = [[("separate", {"track": "#1"})], "never said"]
        talk = Conversation(library, ScriptedModel(script=script), InMemorySaver())
        events: list[Event] = []
        for event in talk.ask("separate"):
            events.append(event)
            if isinstance(event, ToolProgress) and event.fraction > 0.05:
                talk.cancel()
        assert any(isinstance(e, TurnFailed) and e.message == STOPPED for e in events)
        assert not list((tmp_path / "stems").rglob("*.flac"))
