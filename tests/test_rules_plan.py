"""The rules chat model in LangChain: messages in, tool calls and answers out."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from agent.open_tracks import OpenTrack, tracks_block
from agent.rules import RulesChatModel

NAMES = ("listen", "describe", "tempo", "key", "chords", "tags", "moment")
FIRST = OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True)
SECOND = OpenTrack("#2", "Copper Sky", "Ana Rey", "copper sky.flac", 180.0)
KEY = {"tonic": "F", "mode": "minor", "confidence": 0.9, "estimator": "k/1", "alternatives": []}
TEMPO = {"bpm": 121.64, "confidence": 0.9, "estimator": "b/1", "steady": True}
DATA: dict[str, dict[str, Any]] = {
    "key": {"key": KEY, "problems": []},
    "tempo": {"tempo": TEMPO, "beats": {"meter": "4/4"}, "problems": []},
    "listen": {"tracks": [{"handle": "#2", "title": "Copper Sky", "duration": 180.0}], "new": True},
}


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": "", "parameters": {}}}


MODEL: Any = RulesChatModel().bind_tools([tool(name) for name in NAMES])


def system(*tracks: OpenTrack) -> SystemMessage:
    return SystemMessage(f"You are Musicologue.\n\n{tracks_block(tracks)}")


def played(call: Any) -> ToolMessage:
    """Return what a tool would: the canned data of its name."""
    handle = call["args"].get("track", "#2")
    artifact = {
        "tool": call["name"],
        "track": {"handle": handle, "id": handle, "title": "T", "duration": 204.0},
        "data": DATA.get(call["name"], {"problems": []}),
        "evidence": [],
    }
    return ToolMessage("words", artifact=artifact, tool_call_id=call["id"], name=call["name"])


def converse(*questions: str, tracks: tuple[OpenTrack, ...] = (FIRST,)) -> list[BaseMessage]:
    """Return the messages of a conversation, its tools played, as `create_agent` would run it."""
    messages: list[BaseMessage] = [system(*tracks)]
    for question in questions:
        messages.append(HumanMessage(question))
        for _ in range(6):
            reply = MODEL.invoke(messages)
            messages.append(reply)
            if not reply.tool_calls:
                break
            messages += [played(call) for call in reply.tool_calls]
            if any(call["name"] == "listen" for call in reply.tool_calls):
                messages[0] = system(*tracks, SECOND)
        else:
            pytest.fail("the model goes on calling tools")
    return messages


def test_a_question_becomes_a_call_and_its_result_an_answer() -> None:
    _, _, call, _, answer = converse("what key is it in?")
    assert isinstance(call, AIMessage) and call.text == ""
    assert [(c["name"], c["args"]) for c in call.tool_calls] == [("key", {"track": "#1"})]
    assert answer.text == "It is in F minor."


def test_several_calls_stand_in_one_message() -> None:
    call = converse("key and tempo?")[2]
    assert isinstance(call, AIMessage)
    assert [c["name"] for c in call.tool_calls] == ["key", "tempo"]
    assert len({c["id"] for c in call.tool_calls}) == 2


def test_calls_of_one_conversation_have_ids_of_their_own() -> None:
    messages = converse("key?", "tempo?", "key and tempo?")
    ids = [c["id"] for m in messages if isinstance(m, AIMessage) for c in m.tool_calls]
    assert len(ids) == len(set(ids)) == 4


def test_a_follow_up_is_read_from_the_history() -> None:
    messages = converse("what key is it in?", "how sure are you?")
    assert "90%" in messages[-1].text
    calls = [m for m in messages if isinstance(m, AIMessage) and m.tool_calls]
    assert len(calls) == 2  # asked again in the new turn, so that its evidence is there


def test_opening_a_file_is_followed_by_questions_about_it() -> None:
    messages = converse("open /tmp/x.wav and tell me the tempo", tracks=())
    rounds = [m for m in messages if isinstance(m, AIMessage) and m.tool_calls]
    assert [[(c["name"], c["args"]) for c in m.tool_calls] for m in rounds] == [
        [("listen", {"path": "/tmp/x.wav"})],
        [("tempo", {"track": "#2"})],
    ]
    assert '"Copper Sky" (#2) is open' in messages[-1].text and "121.6 BPM" in messages[-1].text


def test_it_means_what_was_just_opened() -> None:
    messages = converse("open /tmp/x.wav", "what key is it in?")
    last = [m for m in messages if isinstance(m, AIMessage) and m.tool_calls][-1]
    assert last.tool_calls[0]["args"] == {"track": "#2"}


def test_an_error_of_a_tool_is_told() -> None:
    messages = [system(FIRST), HumanMessage("tempo?")]
    call = MODEL.invoke(messages)
    failed = ToolMessage("It is silent.", tool_call_id=call.tool_calls[0]["id"], status="error")
    assert MODEL.invoke([*messages, call, failed]).text == "It is silent."


def test_streaming_gives_the_same_text_word_by_word() -> None:
    messages = converse("what key is it in?")[:-1]
    chunks = list(MODEL.stream(messages))
    assert len(chunks) > 3
    assert "".join(c.text for c in chunks) == MODEL.invoke(messages).text
    assert [c.chunk_position for c in chunks].count("last") == 1
    assert chunks[-1].chunk_position == "last"


def test_streaming_gives_the_same_calls() -> None:
    messages = [system(FIRST), HumanMessage("key and tempo?")]
    whole = None
    for chunk in MODEL.stream(messages):
        assert isinstance(chunk, AIMessageChunk)
        whole = chunk if whole is None else whole + chunk
    assert isinstance(whole, AIMessageChunk)
    invoked = MODEL.invoke(messages).tool_calls
    assert [(c["name"], c["args"], c["id"]) for c in whole.tool_calls] == [
        (c["name"], c["args"], c["id"]) for c in invoked
    ]


def test_it_answers_in_an_event_loop_too() -> None:
    reply = asyncio.run(MODEL.ainvoke([system(FIRST), HumanMessage("hello")]))
    assert reply.text.startswith("Hello")


def test_without_tools_or_questions_it_still_speaks() -> None:
    bare = RulesChatModel()
    assert "can't" in bare.invoke([system(FIRST), HumanMessage("key?")]).text
    assert bare.invoke([system(FIRST)]).text
    assert bare.invoke([HumanMessage("key?")]).text
    assert bare.invoke([SystemMessage("<tracks>\nnot json\n</tracks>"), HumanMessage("hi")]).text


def test_understanding_does_not_import_langchain() -> None:
    code = (
        "import sys; import agent.rules.context, agent.rules.answer;"
        "sys.exit(any(m.startswith(('langchain', 'torch', 'librosa')) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_it_is_the_rules_model_in_a_real_agent() -> None:
    from langchain.agents import create_agent
    from langchain_core.tools import StructuredTool

    def key(track: str) -> tuple[str, dict[str, Any]]:
        """Find the key."""
        about = {"handle": track, "id": "x", "duration": 204.0}
        return "F minor", {"tool": "key", "track": about, "data": DATA["key"], "evidence": []}

    bound = StructuredTool.from_function(key, response_format="content_and_artifact")
    prompt = system(FIRST).text
    agent: Any = create_agent(RulesChatModel(), [bound], system_prompt=prompt)
    result = agent.invoke({"messages": [HumanMessage("what key is it in?")]})
    assert result["messages"][-1].text == "It is in F minor."


ANY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["key?", "and #2?", "open /a.wav", "which is faster?", "how sure?", "1:00?"]),
)


@given(st.lists(ANY, min_size=1, max_size=4), st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_conversation_ends_in_answers(questions: list[str], pair: bool) -> None:
    tracks = (FIRST, SECOND) if pair else (FIRST,)
    for message in converse(*questions, tracks=tracks):
        if isinstance(message, AIMessage):
            assert message.text.strip() or message.tool_calls
            assert all(c["name"] in NAMES and c["id"] for c in message.tool_calls)
