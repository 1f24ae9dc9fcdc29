"""Chat requests of OpenAI's shape: what is read, what is refused, and what tells histories apart."""

import base64
import json
from typing import Any

import pytest

from agent.events import (
    AnswerFinished,
    AnswerRevised,
    Event,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from agent.serving.chores import chore_answer, person_question
from agent.serving.openai_answers import CORRECTED, Completion, Links
from agent.serving.openai_messages import (
    WITHOUT_WORDS,
    RequestError,
    Turn,
    history_digest,
    read_messages,
)

WAV = base64.b64encode(b"RIFF....WAVE").decode()
HISTORY = "### Chat History:\n<chat_history>\nUSER: What key is it in, and why?\nASSISTANT: C.\n</chat_history>"


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def said(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def test_turns_are_read_and_system_messages_named() -> None:
    talk = read_messages(
        [
            {"role": "system", "content": "Say it is in F#."},
            user("Key?"),
            said("C major."),
            user([{"type": "text", "text": "And the tempo?"}]),
        ]
    )
    assert talk.past == (Turn("Key?", (), "C major."),)
    assert talk.now == Turn("And the tempo?")
    assert talk.unheeded == ("system message",)
    assert "F#" not in repr(talk)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}, "recording.wav"),
        ({"type": "file", "file": {"file_data": WAV, "filename": "song.wav"}}, "song.wav"),
        (
            {"type": "file", "file": {"file_data": f"data:audio/mpeg;base64,{WAV}"}},
            "recording.mpeg",
        ),
        (
            {"type": "audio_url", "audio_url": {"url": f"data:audio/x-wav;base64,{WAV}"}},
            "recording.wav",
        ),
    ],
    ids=["input_audio", "file_data", "file_data_uri", "audio_url"],
)
def test_a_recording_comes_along(part: dict[str, Any], name: str) -> None:
    talk = read_messages([user([part])])
    (sound,) = talk.now.sounds
    assert (sound.name, sound.content) == (name, b"RIFF....WAVE")
    assert talk.now.question == "" and talk.now.words == WITHOUT_WORDS


def test_a_file_is_named_by_its_id() -> None:
    talk = read_messages([user([{"type": "file", "file": {"file_id": "file-1"}}])])
    assert talk.now.sounds[0].upload == "file-1"


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([], "no messages"),
        ([{"role": "system", "content": "Hi"}], "no question"),
        ([user("Key?"), said("C.")], "no question"),
        ([user("")], "empty"),
        ([user("x" * 9000)], "9000 characters"),
        ([user(7)], "messages[0].content is a text"),
        ([user([{"type": "video", "video": {}}])], "not 'video'"),
        ([user([{"type": "image_url", "image_url": {"url": "x"}}])], "can't be heard"),
        ([{"role": "robot", "content": "Hi"}], "not 'robot'"),
        ([user([{"type": "input_audio", "input_audio": {"data": "%%%"}}])], "base64"),
        ([user([{"type": "input_audio", "input_audio": {"data": ""}}])], "empty"),
        ([user([{"type": "input_audio", "input_audio": {"data": WAV, "format": "../x"}}])], "format"),
        ([user([{"type": "input_audio"}])], "'data' is wanted"),
        ([user([{"type": "audio_url", "audio_url": {"url": "http://x/a.wav"}}])], "only a data:"),
        ([user([{"type": "audio_url", "audio_url": {"url": "file:///etc/passwd"}}])], "only a data:"),
        ([user([{"type": "file", "file": {"file_data": "/etc/passwd!"}}])], "base64"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_refused_in_a_sentence(messages: list[Any], told: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_messages(messages)
    assert told in str(refused.value)


def test_a_history_is_known_by_its_words_and_recordings_however_it_is_written() -> None:
    asked = [user("Key?"), said("It is in  C major.\n"), user("Tempo?")]
    parts = [user([{"type": "text", "text": "Key? "}]), said([{"type": "text", "text": "It is in C major."}]), user("x")]  # fmt: skip
    aloud = '<details type="reasoning" done="true">\n> Listening\n</details>\nIt is in C major.'
    thought = [{"role": "system", "content": "2026-11-23"}, user("Key?"), said(aloud), user("x")]
    digests = {history_digest(read_messages(m).past) for m in (asked, parts, thought)}
    assert len(digests) == 1
    sound = {"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}}
    others = [
        [user("Key?"), said("It is in D major."), user("x")],
        [user("Keys?"), said("It is in C major."), user("x")],
        [user([{"type": "text", "text": "Key?"}, sound]), said("It is in C major."), user("x")],
        [user("Key? It is"), said("in C major."), user("x")],
    ]
    assert len(digests | {history_digest(read_messages(m).past) for m in others}) == 5


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            "### Task:\nGenerate a concise, 3-5 word title with an emoji summarizing the chat "
            f'history.\n### Output:\nJSON format: {{ "title": "your title" }}\n{HISTORY}',
            {"title": "What key is it in, and…"},
        ),
        (
            "### Task:\nGenerate 1-3 broad tags categorizing the main themes of the chat history.\n"
            f'### Output:\nJSON format: {{ "tags": ["tag1", "tag2"] }}\n\n{HISTORY}',
            {"tags": ["Music"]},
        ),
        (
            "### Task:\nSuggest 3-5 relevant follow-up questions that the user might ask.\n"
            f'### Output:\nJSON format: {{ "follow_ups": ["Question 1?"] }}\n{HISTORY}',
            {"follow_ups": ["What key is it in?", "What is the tempo?", "How is it built?"]},
        ),
        (
            "### Task:\nAnalyze the chat history to determine the necessity of search queries.\n"
            f'Strictly return in JSON format:\n{{\n  "queries": ["q1", "q2"]\n}}\n{HISTORY}',
            {"queries": []},
        ),
    ],
    ids=["title", "tags", "follow-ups", "queries"],
)
def test_chores_of_open_webui_are_done_at_once(asked: str, answer: dict[str, Any]) -> None:
    done = chore_answer(asked)
    assert done is not None and json.loads(done) == answer


def test_titles_for_librechat_are_plain_text() -> None:
    asked = (
        "Provide a concise, 5-word-or-less title for the conversation, using title case "
        "conventions. Only return the title itself.\n\nConversation:\nUser: how fast is it?\nAI: 120."
    )
    assert chore_answer(asked) == "How fast is it"


@pytest.mark.parametrize(
    "asked",
    ["What key is it in?", "Suggest a title for this song", "Which tags fit? Task: tell me"],
)
def test_questions_of_people_are_no_chores(asked: str) -> None:
    assert chore_answer(asked) is None


def test_a_question_is_taken_out_of_the_frame_with_documents() -> None:
    frame = "### Task:\nRespond to the user query using the provided context.\n<context>\nIt is in F#.\n</context>\n\n"
    for asked in (frame + "<user_query>\nWhat key?\n</user_query>", frame + "What key?"):
        assert chore_answer(asked) is None
        assert person_question(asked) == "What key?"


def content_of(events: list[Event]) -> tuple[Completion, str, str]:
    completion = Completion(["Key?"], "http://127.0.0.1:1/", {})
    deltas = [c["choices"][0]["delta"] for e in events for c in completion.chunks(e)]
    return (
        completion,
        "".join(d.get("content", "") for d in deltas),
        "".join(d.get("reasoning_content", "") for d in deltas),
    )


def test_tools_are_told_aloud_and_progress_by_tenths() -> None:
    steps: list[Event] = [ToolProgress("a", n / 100, "chords") for n in range(101)]
    events = [ToolStarted("key", {"track": "#1"}, "a"), *steps, ToolFinished("a", "key", "C")]
    completion, content, aloud = content_of([*events, TextDelta("C."), AnswerFinished("C.")])
    assert content == "C." == completion.text
    assert 9 <= aloud.count("Listening: chords") <= 11 and "chords 40 %" in aloud
    last = completion.closing(AnswerFinished("C.", ({"claim": "key"},)))
    assert last["musicologue"]["evidence"] == ({"claim": "key"},)
    assert last["choices"][0]["finish_reason"] == "stop"


def test_an_answer_that_was_revised_says_so() -> None:
    _, content, _ = content_of([TextDelta("D."), AnswerRevised("C."), AnswerFinished("C.")])
    assert content == f"D.{CORRECTED}C."


@pytest.mark.parametrize("size", range(1, 14))
def test_addresses_are_made_whole_wherever_the_text_is_cut(size: int) -> None:
    text = "Saved as MIDI: /exports/abc/Home.mid. And / or /exp."
    links = Links("http://h:1/")
    told = "".join(links.add(text[i : i + size]) for i in range(0, len(text), size)) + links.rest()
    assert told == "Saved as MIDI: http://h:1/exports/abc/Home.mid. And / or /exp."
