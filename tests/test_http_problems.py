"""Every error of the server is a problem: a status, and a sentence that says what to do."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from http_rig import app_of, serving

from agent.http.problems import STATUS, responses, status_of
from agent.record_files import MemoryStoreError
from agent.search.filters import FilterError
from agent.serving.errors import QueueFull, StoreFull, TooLarge, UnknownJobError
from tools.errors import AudioDecodeError, MusicToolError, UnknownTrackError

RAISED: dict[str, Exception] = {
    "track": UnknownTrackError("There is no track 'x'."),
    "job": UnknownJobError("There is no job 'x'."),
    "sound": AudioDecodeError("'x.wav' is no recording."),
    "large": TooLarge("At most 500 MB are taken."),
    "queue": QueueFull("64 jobs are waiting already.", 17.4),
    "full": StoreFull("You have 20 GB here already."),
    "disk": MemoryStoreError("The disk is full. Free some space."),
    "filter": FilterError("A key looks like 'F# minor'."),
    "bug": KeyError("/home/somebody/secret"),
}
STATUSES = {
    "track": 404, "job": 404, "sound": 422, "large": 413, "queue": 429, "full": 507, "disk": 507,
    "filter": 400, "bug": 500,
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[TestClient]:
    router = APIRouter()

    @router.get("/raise/{name}")
    @router.get("/v1/raise/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name]

    with serving(tmp_path_factory.mktemp("data"), cache_dir) as client:
        app_of(client).include_router(router)
        yield client


@pytest.mark.parametrize("name", RAISED)
def test_an_error_is_a_problem(client: TestClient, name: str) -> None:
    answer = client.get(f"/raise/{name}")
    assert answer.status_code == STATUSES[name]
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told.keys() == {"type", "title", "status", "detail"}
    assert told["status"] == STATUSES[name]
    if name != "bug":
        assert told["detail"] == str(RAISED[name])
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", RAISED)
def test_under_v1_it_has_the_shape_of_openai(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/raise/{name}")
    assert answer.status_code == STATUSES[name]
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["type"].endswith("_error")


def test_a_full_queue_tells_when_to_come_again(client: TestClient) -> None:
    assert client.get("/raise/queue").headers["retry-after"] == "17"


def test_a_bug_is_logged_and_not_told(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = client.get("/raise/bug")
    assert "secret" not in answer.text and "log of the server" in answer.json()["detail"]
    assert "KeyError" in caplog.text


def test_what_does_not_fit_is_told_field_by_field(client: TestClient) -> None:
    told = client.get("/search", params={"limit": "many", "bmp": "90"}).json()
    assert told["status"] == 422
    assert {wrong["where"] for wrong in told["errors"]} == {"query.limit", "query.bmp"}
    assert "query.limit" in told["detail"] or "query.bmp" in told["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"key": "\\ud800"}', 422),
        (b'{"key": 5}', 422),
        (b"null", 422),
    ],
    ids=["half", "bytes", "deep", "surrogate", "number", "null"],
)
def test_a_body_that_is_none_is_a_problem(client: TestClient, body: bytes, status: int) -> None:
    sent = {"Content-Type": "application/json"}
    answer = client.post("/session", content=body, headers=sent)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].endswith(".")


def test_a_wrong_method_names_the_right_one(client: TestClient) -> None:
    answer = client.post("/search")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET"
    assert answer.json()["detail"] == "This address doesn't take that method."


def test_an_error_without_a_status_has_that_of_its_parents() -> None:
    class New(UnknownTrackError):
        pass

    assert status_of(New("x")) == 404 and status_of(MusicToolError("x")) == 400


def test_declared_errors_are_problems() -> None:
    assert list(responses(*STATUS.values())) == sorted(set(STATUS.values()))
    (content,) = responses(404)[404]["content"].values()
    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
