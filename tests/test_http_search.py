"""``GET /search``, over a library of made-up tracks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from http_rig import serving
from memories import make_record

from agent.record_files import RecordFiles


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("library")
    files = RecordFiles(folder)
    for n in range(8):
        files.write(make_record(n))
    with serving(folder, cache_dir) as client:
        yield client


def asked(client: TestClient, **wanted: Any) -> dict[str, Any]:
    answer = client.get("/search", params=wanted)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_words_rank_and_filters_hold(client: TestClient) -> None:
    told = asked(client, q="slow piano", key="F minor")
    assert (told["total"], told["relaxed"]) == (2, [])
    first = told["hits"][0]
    assert first.keys() == {"id", "title", "artist", "key", "bpm", "duration", "score", "why"}
    assert first["key"] == "F minor" and first["title"] in ("Number 0", "Number 4")
    assert {"words: slow, piano", "key F minor"} <= set(first["why"])
    assert all(0 <= hit["score"] <= 1 for hit in told["hits"])


def test_no_path_is_told(client: TestClient) -> None:
    assert "/music" not in client.get("/search", params={"q": "slow piano"}).text


def test_filters_may_be_many(client: TestClient) -> None:
    everything = asked(client, q="piano")
    some = asked(client, bpm_min=50, bpm_max=70, instrument=["piano"], limit=1)
    assert 0 < some["total"] < everything["total"] or some["relaxed"]
    assert len(some["hits"]) == 1
    assert asked(client, not_tag=["piano"], mode="minor")["hits"] != everything["hits"]


def test_what_was_let_go_is_told(client: TestClient) -> None:
    told = asked(client, key="F minor", bpm_min=200, bpm_max=220)
    assert told["relaxed"] == ["tempo 200 to 220 BPM"]


def test_sections_have_a_place(client: TestClient) -> None:
    (hit,) = asked(client, q="number 4", sections=True, limit=1)["hits"]
    assert hit["span"] == [0.0, 10.0] and hit["label"]


@pytest.mark.parametrize(
    ("wanted", "status", "said"),
    [
        ({}, 400, "Say what to look for"),
        ({"key": "H"}, 400, "A key looks like"),
        ({"bpm_min": "nan"}, 400, "is a number"),
        ({"bpm_min": 100, "bpm_max": 90}, 400, "BPM"),
        ({"meter": "5/7"}, 400, "meter"),
        ({"chords": "what"}, 400, "what"),
        ({"limit": 0}, 422, "limit"),
        ({"limit": 101}, 422, "limit"),
        ({"q": "x" * 2001}, 422, "query.q"),
        ({"bpm": 90}, 422, "query.bpm"),
        ({"tag": ["x"] * 21}, 422, "query.tag"),
    ],
    ids=str,
)
def test_bad_input_is_one_sentence(
    client: TestClient, wanted: dict[str, Any], status: int, said: str
) -> None:
    answer = client.get("/search", params=wanted)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
