"""Questions about loudness, asked of the rules in conversation, and the tool that measures it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
from few_tracks import track
from langgraph.checkpoint.memory import InMemorySaver
from test_embedded import Spoken, talk_over
from test_rules_library import ask

from agent.conversation import Conversation
from agent.grounding import check
from agent.ledger import claims_of
from agent.library import Library
from agent.loudness_measures import loudness_data
from agent.memory import TrackMemory
from agent.record import TrackRecord
from agent.recorded import RecordedLibrary
from agent.rules import RulesChatModel
from agent.scene import CONTRADICTED
from agent.tool_frame import as_tool
from agent.toolbox import Toolbox
from tools.annotations import Level
from tools.embedding import hashed_vectors
from tools.errors import MusicToolError
from tools.weights import WeightStore

RATE = 22_050
LOUD = track(1, "Loud One", bpm=120, lufs=-7.1)
SOFT = track(2, "Soft One", bpm=84, lufs=-21.4)
OLD = track(3, "Old One")


class Letters:
    """An embedder that needs no weights."""

    space = "spelling"

    def embed(self, texts: Any) -> Any:
        return hashed_vectors(texts)


def talk(*records: TrackRecord) -> Conversation:
    return Conversation(RecordedLibrary(records), RulesChatModel(), InMemorySaver())


def measured(record: TrackRecord, **args: Any) -> tuple[str, dict[str, Any]]:
    tool: Any = as_tool(Toolbox(RecordedLibrary([record])).loudness)
    runtime = SimpleNamespace(stream_writer=lambda told: None, tool_call_id="call")
    words, artifact = tool.func(track="#1", runtime=runtime, **args)
    return str(words), artifact


@pytest.mark.parametrize(
    ("question", "args", "told"),
    [
        ("how loud is it in LUFS?", {}, ["−7.1 LUFS", "very loud", "6.4 LU", "−0.3 dBFS"]),
        ("what's the integrated loudness?", {}, ["−7.1 LUFS"]),
        ("what is the loudness range?", {}, ["6.4 LU", "moderate"]),
        ("what are its true dynamics?", {}, ["6.4 LU", "6.8 dB above"]),
        ("is it loud enough for streaming (-14)?", {"target": -14.0}, ["Yes", "6.9 LU above", "−14 LUFS"]),
        ("is it loud enough for Spotify?", {}, ["Yes", "6.9 LU above"]),
        ("is it too loud for Apple Music?", {"target": -16.0}, ["Yes", "8.9 LU above", "−16 LUFS"]),
        ("is it too quiet for streaming?", {}, ["No, rather louder", "6.9 LU above"]),
        ("is there any headroom?", {}, ["−0.3 dBFS"]),
        ("what's the rms level?", {}, ["−20.0 dB", "−7.1 LUFS"]),
        ("Is there silence anywhere?", {}, ["no silence"]),
        ("where is the loudest part?", {}, ["equally loud"]),
    ],
)  # fmt: skip
def test_loudness_is_measured_and_told(
    question: str, args: dict[str, float], told: list[str]
) -> None:
    said = ask(talk(LOUD), question)
    assert said.tool_calls == ({"name": "loudness", "args": {"track": "#1"} | args},)
    assert all(words in said.text for words in told), said.text
    assert not said.declined


def test_a_quiet_master_is_told_how_far_off_it_is() -> None:
    told = ask(talk(SOFT), "is it loud enough for streaming?").text
    assert told.startswith("Not quite: −21.4 LUFS, 7.4 LU below the target of −14 LUFS")


def test_questions_lean_on_a_loudness_that_was_told() -> None:
    conversation = talk(LOUD, SOFT)
    assert "−7.1 LUFS" in ask(conversation, "how loud is #1?").text
    assert "−21.4 LUFS" in ask(conversation, "and the second one?").text
    assert "not guessed" in ask(conversation, "how sure are you?").text
    both = ask(conversation, "what key is #1 in and how loud is it?")
    assert [call["name"] for call in both.tool_calls] == ["key", "loudness"]
    assert "C major" in both.text and "−7.1 LUFS" in both.text


def test_what_was_heard_before_loudness_was_measured_says_so() -> None:
    told = ask(talk(OLD), "how loud is it in LUFS?").text
    assert "before loudness was measured" in told and "no LUFS" in told


def test_a_recording_heard_before_is_measured_now(tmp_path: Path) -> None:
    seconds = np.arange(8 * RATE) / RATE
    sound = np.where(seconds < 4, 0.5, 0.02) * np.sin(2 * np.pi * 997 * seconds)
    sound[3 * RATE : 5 * RATE] = 0.0
    path = tmp_path / "tone.wav"
    soundfile.write(path, sound, RATE)
    with TrackMemory(tmp_path / "memory", Letters()) as memory:
        library = Library(memory, WeightStore(tmp_path, offline=True))
        handle = library.open(path)
        known = library.ensure(handle, ("level",))
        assert "loudness" not in known.annotations
        talking = Conversation(library, RulesChatModel(), InMemorySaver())
        told = ask(talking, "how loud is it in LUFS?")
        assert "−9." in told.text and not told.declined  # a full sine at 997 Hz is at −3.0 LUFS
        assert "from 0:03 to 0:05" in ask(talking, "is there silence anywhere?").text
        assert "loudness" in library.record(handle).annotations


def test_the_loudest_and_the_quietest_part_have_their_place() -> None:
    level = Level(1.0, (*[-30.0] * 40, *[-10.0] * 16, *[-30.0] * 30, *[-70.0] * 10), "level/1")
    record = TrackRecord(
        **(vars(LOUD) | {"annotations": LOUD.annotations | {"level": level.to_dict()}})
    )
    data = loudness_data(record)
    start, end = data["loudest"]["span"]
    assert 40 <= start < end <= 56 and data["loudest"]["section"] == "verse"
    assert data["quietest"]["against_mean"] < -10 and data["silences"] == [(86.0, 96.0)]
    told = ask(talk(record), "where's the loudest part?").text
    assert told.startswith("It is loudest from 0:40 to 0:50, in the verse, 7.")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("It measures −7.1 LUFS.", False),
        ("It measures −14 LUFS.", True),
        ("It is 6.9 LU above the target of −14 LUFS that streaming services play at.", False),
        ("It is 3 LU above the target of −14 LUFS that streaming services play at.", True),
        ("Its peak is at −0.3 dBFS.", False),
        ("Its peak is at −5 dBFS.", True),
    ],
)
def test_a_figure_of_loudness_is_checked(said: str, wrong: bool) -> None:
    _, artifact = measured(LOUD)
    statuses = [v.status for v in check(said, claims_of(artifact), "is it loud enough?")]
    assert statuses and (CONTRADICTED in statuses) == wrong


def test_a_target_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(MusicToolError, match="between -40 and 0 LUFS, such as -14; got 14"):
        measured(LOUD, target=14.0)
    words, artifact = measured(LOUD, target=-23.0)
    assert "15.9 LU above a target of -23 LUFS" in words and artifact["data"]["target"] == -23.0


def test_what_the_net_reads_as_a_limit_is_measured_too() -> None:
    question = "wie laut ist das Stück?"
    model = Spoken({question: "unsupported.loudness"})
    told = ask(talk_over(RecordedLibrary([LOUD]), model), question)
    assert [call["name"] for call in told.tool_calls] == ["loudness"]
    assert "−7.1 LUFS" in told.text and not told.declined
