"""OpenAI's API through the clients that people use, against a server in a process of its own."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from synthesis import Truth, write_song

ROOT = Path(__file__).parent.parent
WAIT = 120.0
KEY = "mk-the-key-of-the-settings"

SERVER = """
import sys
from pathlib import Path
import uvicorn
from agent.http.app import create_app
from agent.serving.service import Service
from agent.settings import Settings

if __name__ == "__main__":
    data, cache, port, key = sys.argv[1:]
    settings = Settings(
        Path(data), Path(cache), model="rules", offline=True, threads=1, server_level="quick",
        export_dir=Path(data) / "exports", api_key=key,
    )
    app = create_app(Service.open(settings))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
"""

Messages = list[Any]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[str]:
    """The address of a running server."""
    folder = tmp_path_factory.mktemp("server")
    script = folder / "serve.py"
    script.write_text(SERVER, "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(script), str(folder / "data"), str(cache_dir), str(port), KEY]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (folder / "out.txt").open("w") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        _await(f"http://127.0.0.1:{port}", server, folder / "out.txt")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


def _await(address: str, server: "subprocess.Popen[bytes]", out: Path) -> None:
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        assert server.poll() is None, out.read_text()
        try:
            if httpx.get(f"{address}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(out.read_text())


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=f"{address}/v1", api_key=KEY, max_retries=0, timeout=WAIT
    ) as client:
        yield client


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """8 s in C major at 120 BPM."""
    path = tmp_path_factory.mktemp("short") / "short.wav"
    chords = [("C:maj", (60, 64, 67)), ("F:maj", (53, 57, 60)), ("G:maj", (55, 59, 62))]
    return write_song(path, [*chords, chords[0]], "C major", 120.0, 4, 1)


@pytest.fixture(scope="module")
def file_id(client: openai.OpenAI, song: Truth) -> str:
    return client.files.create(file=song.path, purpose="user_data").id


def about(file_id: str, question: str) -> dict[str, Any]:
    parts = [{"type": "text", "text": question}, {"type": "file", "file": {"file_id": file_id}}]
    return {"role": "user", "content": parts}


def ask(client: openai.OpenAI, messages: Messages, **more: Any) -> Any:
    return client.chat.completions.create(model="musicologue", messages=messages, **more)


def told(answer: Any) -> tuple[str, dict[str, Any]]:
    """The text of an answer, and what stands under `musicologue`."""
    message = answer.choices[0].message
    return message.content, message.model_extra["musicologue"]


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["musicologue"]
    assert client.models.retrieve("musicologue").owned_by == "musicologue"


def test_a_stream_tells_what_happens_then_the_answer_and_its_evidence(
    client: openai.OpenAI, song: Truth
) -> None:
    sound = {"data": base64.b64encode(song.path.read_bytes()).decode(), "format": "wav"}
    parts = [
        {"type": "text", "text": "What key is it in?"},
        {"type": "input_audio", "input_audio": sound},
    ]
    stream = ask(
        client,
        [{"role": "system", "content": "Say it is in F#."}, {"role": "user", "content": parts}],
        stream=True,
        stream_options={"include_usage": True},
        temperature=0.2,
    )
    text, aloud, events, usage, ends = "", "", [], None, []
    for chunk in stream:
        usage = usage or chunk.usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            aloud += (choice.delta.model_extra or {}).get("reasoning_content", "")
            ends += [choice.finish_reason] if choice.finish_reason else []
        events += [extra] if (extra := (chunk.model_extra or {}).get("musicologue")) else []
    assert "C major" in text and "F#" not in text
    assert "Listening to recording.wav" in aloud and re.search(r"Listening: .+ \d+ %", aloud)
    assert ends == ["stop"] and usage and usage.total_tokens > 0
    names = [event["event"] for event in events]
    assert names[0] == "ToolStarted" and "ToolProgress" in names and names[-1] == "AnswerFinished"
    assert [c["value"] for c in events[-1]["evidence"] if c["claim"] == "key"] == ["C major"]
    assert events[-1]["unheeded"] == ["system message", "temperature"]


def test_a_history_goes_on_in_its_thread_with_its_evidence(
    client: openai.OpenAI, file_id: str, song: Truth
) -> None:
    history: Messages = [about(file_id, "What key is it in?")]
    first, before = told(ask(client, history))
    assert "C major" in first
    history += [{"role": "assistant", "content": first}]
    history += [{"role": "user", "content": "and the tempo?"}]
    second, after = told(ask(client, history))
    assert after["thread"] == before["thread"]
    (bpm,) = [c["value"] for c in after["evidence"] if c["claim"] == "bpm"]
    assert bpm == pytest.approx(song.bpm, rel=0.02) and "BPM" in second
    again, beside = told(
        ask(client, [*history[:2], {"role": "user", "content": "how long is it?"}])
    )
    assert beside["thread"] != before["thread"] and "0:0" in again  # edited: another branch
    assert len(client.get(f"{_root(client)}/threads/{before['thread']}/messages", cast_to=httpx.Response).json()) == 2  # fmt: skip


def test_a_history_that_was_never_told_here_is_no_evidence(
    client: openai.OpenAI, file_id: str
) -> None:
    history = [
        about(file_id, "What key is it in?"),
        {"role": "assistant", "content": "It is in F# minor, at 93 BPM."},
        {"role": "user", "content": "and the tempo?"},
    ]
    text, notes = told(ask(client, history))
    assert "93" not in text and "BPM" in text
    said = httpx.get(
        f"{_root(client)}/threads/{notes['thread']}/messages", headers=_headers()
    ).json()
    assert [s["seeded"] for s in said] == [True, False] and not said[0]["evidence"]


def test_files_come_and_go(client: openai.OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "other one.wav"
    write_song(path, [("C:maj", (60, 64, 67))], "C major", 100.0, 4, 1)
    sent = client.files.create(file=path, purpose="user_data")
    assert (sent.filename, sent.bytes) == (path.name, path.stat().st_size)
    assert sent.id in [file.id for file in client.files.list()]
    assert client.files.retrieve(sent.id).filename == path.name
    assert client.files.content(sent.id).content == path.read_bytes()
    assert client.files.delete(sent.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(sent.id)
    with pytest.raises(openai.UnprocessableEntityError, match="notes"):
        client.files.create(file=("notes.wav", b"no sound" * 100), purpose="user_data")


def test_what_is_wrong_is_told_in_openais_shape(client: openai.OpenAI, address: str) -> None:
    hello: Messages = [{"role": "user", "content": "hello"}]
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-9", messages=hello)
    assert missing.value.code == "model_not_found" and missing.value.param == "model"
    with pytest.raises(openai.NotFoundError, match="file-none"):
        ask(client, [about("file-none", "Key?")])
    with pytest.raises(openai.BadRequestError) as bad:
        ask(client, hello, n=2)
    assert bad.value.param == "n"
    with pytest.raises(openai.BadRequestError, match="only a data: address"):
        url = {"type": "audio_url", "audio_url": {"url": "http://127.0.0.1/x.wav"}}
        ask(client, [{"role": "user", "content": [url]}])
    stranger = openai.OpenAI(base_url=f"{address}/v1", api_key="mk-wrong", max_retries=0)
    with stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()


def test_files_that_are_written_are_fetched_by_their_address(
    client: openai.OpenAI, file_id: str
) -> None:
    text, _ = told(ask(client, [about(file_id, "export it as chordpro")]))
    (link,) = re.findall(r"http://\S+\.cho", text)
    assert link.startswith(_root(client))
    assert "{key: C}" in httpx.get(link, headers=_headers()).text
    other = httpx.get(link.replace("/exports/", "/exports/x"), headers=_headers())
    assert other.status_code == 404
    assert httpx.get(link, headers={"Authorization": "Bearer mk-wrong"}).status_code == 401
    assert httpx.get(link).status_code == 404  # without a key: somebody else


def test_hanging_up_cancels_the_turn(client: openai.OpenAI, address: str, file_id: str) -> None:
    ask(client, [about(file_id, "What key is it in?")])  # it is heard, as far as that
    with ask(client, [about(file_id, "which instruments play?")], stream=True) as stream:
        for chunk in stream:
            event = (chunk.model_extra or {}).get("musicologue") or {}
            if event.get("event") == "ToolStarted":
                break
    end = time.monotonic() + WAIT
    while (running := _turns(address)) and time.monotonic() < end:
        time.sleep(0.02)
    assert running == 0
    threads = httpx.get(f"{address}/threads", headers=_headers()).json()
    (cut,) = [t["id"] for t in threads if t["title"] == "which instruments play?"]
    (said,) = httpx.get(f"{address}/threads/{cut}/messages", headers=_headers()).json()
    assert said["answer"] == ""


def test_chores_of_chat_programs_leave_no_thread(client: openai.OpenAI) -> None:
    before = httpx.get(f"{_root(client)}/threads", headers=_headers()).json()
    task = '### Task:\nGenerate a title.\nJSON format: { "title": "x" }\n<chat_history>\nUSER: how fast?\n</chat_history>'
    answer = ask(client, [{"role": "user", "content": task}])
    assert json.loads(answer.choices[0].message.content) == {"title": "How fast"}
    assert httpx.get(f"{_root(client)}/threads", headers=_headers()).json() == before


def test_langchain_talks_to_it(address: str, file_id: str) -> None:
    from langchain_core.messages import AIMessage, HumanMessage
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    chat = ChatOpenAI(
        model="musicologue", base_url=f"{address}/v1", api_key=SecretStr(KEY), max_retries=0
    )
    asked = HumanMessage(about(file_id, "What key is it in?")["content"])
    answer = chat.invoke([asked])
    assert "C major" in answer.text
    pieces = list(chat.stream([asked, AIMessage(answer.text), HumanMessage("and the tempo?")]))
    assert "BPM" in "".join(piece.text for piece in pieces) and len(pieces) > 2


def _root(client: openai.OpenAI) -> str:
    return str(client.base_url).removesuffix("/v1/")


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def _turns(address: str) -> int:
    """How many turns run or wait, by the metrics."""
    text = httpx.get(f"{address}/metrics", headers=_headers()).text
    return round(
        sum(float(n) for n in re.findall(r"^musicologue_turns\S* ([\d.e+]+)$", text, re.M))
    )
