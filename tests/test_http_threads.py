"""Threads and exports over HTTP: the stream of a question, what is kept, and what is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from few_tracks import track
from http_rig import service_of, serving

from agent.http.sse import BEAT, OPENED, with_heartbeat
from agent.serving.accounts import LOCAL

HOME = track(1, "Home", artist="Ann", bpm=120, key="C major")


@pytest.fixture
def client(
    tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    # What was made up counts as heard: there is no sound that it could be heard from again.
    monkeypatch.setattr("agent.library.freshness", lambda *_: lambda *_: True)
    with serving(tmp_path, cache_dir, export_dir=tmp_path / "exports") as client:
        service = service_of(client)
        service.desks.of(LOCAL).memory.remember(HOME)
        yield client


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a stream; the name of each is checked against its content."""
    found = []
    for block in text.split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n")
            content = json.loads(data.removeprefix("data: "))
            assert content["event"] == name.removeprefix("event: ")
            found.append(content)
    return found


def begun(client: TestClient) -> str:
    answer = client.post("/threads", json={"tracks": [HOME.id], "title": "For the mix"})
    assert answer.status_code == 201
    thread = answer.json()
    assert answer.headers["Location"] == f"/threads/{thread['id']}"
    return str(thread["id"])


def test_a_question_is_answered_as_a_stream_and_kept(client: TestClient) -> None:
    thread = begun(client)
    answer = client.post(f"/threads/{thread}/messages", json={"question": "What key is it in?"})
    assert answer.status_code == 200 and answer.text.startswith(OPENED)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert [e["event"] for e in events][0::2][:1] == ["ToolStarted"]
    assert events[-1]["event"] == "AnswerFinished" and "C major" in events[-1]["text"]
    (said,) = client.get(f"/threads/{thread}/messages").json()
    assert said["question"] == "What key is it in?" and said["answer"] == events[-1]["text"]
    assert said["evidence"] == events[-1]["evidence"] != []
    told = client.get(f"/threads/{thread}").json()
    assert told["handles"] == {"#1": HOME.id} and told["title"] == "For the mix"
    assert [t["id"] for t in client.get("/threads").json()] == [thread]


def test_a_file_that_is_written_is_fetched_by_its_address(
    client: TestClient, tmp_path: Path
) -> None:
    thread = begun(client)
    answer = client.post(f"/threads/{thread}/messages", json={"question": "export it as chordpro"})
    text = events_of(answer.text)[-1]["text"]
    address = text[text.index("/exports/") :].rstrip(".")
    assert str(tmp_path) not in answer.text
    fetched = client.get(address)
    assert fetched.status_code == 200 and "{title: Home}" in fetched.text
    assert fetched.headers["content-disposition"].startswith("attachment")
    assert client.get(address.rpartition("/")[0]).json() == {"files": [address]}


def test_a_deleted_thread_is_gone_and_its_track_stays(client: TestClient) -> None:
    thread = begun(client)
    assert client.delete(f"/threads/{thread}").status_code == 204
    for answer in (
        client.get(f"/threads/{thread}"),
        client.delete(f"/threads/{thread}"),
        client.get(f"/threads/{thread}/messages"),
        client.post(f"/threads/{thread}/messages", json={"question": "Key?"}),
        client.get("/exports/xyz"),
        client.get("/exports/xyz/..%2Fthreads.sqlite"),
        client.post("/threads", json={"tracks": ["nothing"]}),
        client.post("/threads", json={"tracks": ["file-nothing"]}),
    ):
        assert answer.status_code == 404, answer.request.url
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get(f"/tracks/{HOME.id}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"question": ""}, {"question": "  "}, {"question": "x" * 9000}, {"question": "?", "path": 1}],
    ids=["nothing", "empty", "blank", "endless", "unknown"],
)  # fmt: skip
def test_a_question_that_can_not_be_asked_is_422(client: TestClient, body: dict[str, Any]) -> None:
    answer = client.post(f"/threads/{begun(client)}/messages", json=body)
    assert answer.status_code == 422 and answer.json()["errors"]


def test_a_quiet_stream_beats_and_is_closed_with_its_reader() -> None:
    closed: list[bool] = []

    async def quiet() -> AsyncIterator[str]:
        try:
            yield "data: 1\n\n"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def main() -> None:
        stream = with_heartbeat(quiet(), 0.01)
        assert [await anext(stream) for _ in range(4)] == [OPENED, "data: 1\n\n", BEAT, BEAT]
        await stream.aclose()

    asyncio.run(main())
    assert closed == [True]
