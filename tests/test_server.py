"""The HTTP endpoint through its client."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from fastapi.testclient import TestClient
from synthesis import Truth

from agent.conversation import Conversation
from agent.settings import Settings
from agent.workbench import Workbench
from server import _events, create_app


@pytest.fixture
def client(tmp_path: Path, cache_dir: Path, pop: Truth) -> Iterator[TestClient]:
    bench = Workbench(Settings(tmp_path, cache_dir, offline=True))
    bench.library.open(pop.path)
    with TestClient(create_app(bench)) as client:
        yield client


def test_an_answer_streams_as_typed_events(client: TestClient) -> None:
    answer = client.post("/threads/one/messages", json={"question": "What key is it in?"})
    assert answer.status_code == 200
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line]
    assert events[-1]["event"] == "AnswerFinished"
    assert "C major" in events[-1]["text"]
    assert any(e["event"] == "ToolProgress" for e in events)
    text = "".join(e["text"] for e in events if e["event"] == "TextDelta")
    assert text == events[-1]["text"]
    again = client.post("/threads/one/messages", json={"question": "And the relative key?"})
    assert "A minor" in again.text


def test_the_open_tracks_are_listed_without_their_paths(client: TestClient, pop: Truth) -> None:
    (track,) = client.get("/tracks").json()
    assert track["handle"] == "#1" and str(pop.path.parent) not in json.dumps(track)


@pytest.mark.parametrize(
    ("thread", "body"),
    [
        ("one", {}),
        ("one", {"question": ""}),
        ("..", {"question": "Key?"}),
        ("a b", {"question": "?"}),
    ],
    ids=["nothing", "empty", "dots", "space"],
)
def test_bad_requests_are_4xx(client: TestClient, thread: str, body: dict[str, str]) -> None:
    assert 400 <= client.post(f"/threads/{thread}/messages", json=body).status_code < 500


def test_no_question_opens_a_file(client: TestClient, waltz: Truth) -> None:
    question = {"question": f"listen to {waltz.path}"}
    answer = client.post("/threads/two/messages", json=question)
    assert "No files are opened here" in answer.text
    assert len(client.get("/tracks").json()) == 1


def test_a_stream_that_nobody_reads_lets_the_next_question_in() -> None:
    busy = threading.Lock()
    busy.acquire()
    events = _events(cast(Conversation, Silent()), "Key?", busy)
    next(events)
    events.close()
    assert not busy.locked()


class Silent:
    """A conversation that must not be asked."""

    def ask(self, question: str) -> Iterator[object]:
        raise AssertionError("asked")
