"""What ``/metrics`` and ``/readyz`` tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from http_rig import service_of, serving
from prometheus_client.parser import text_string_to_metric_families
from synthesis import Truth

from agent.serving.accounts import LOCAL


@pytest.fixture
def client(tmp_path: Path, cache_dir: Path) -> Iterator[TestClient]:
    with serving(tmp_path, cache_dir) as client:
        yield client


def numbers(client: TestClient) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and the values of its labels."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_status(client: TestClient) -> None:
    for _ in range(3):
        client.get("/search?q=slow")
    client.get("/search")
    client.get("/search", headers={"Host": "evil.example"})
    told = numbers(client)
    assert told["musicologue_requests_total", "GET", "/search", "200"] == 3
    assert told["musicologue_requests_total", "GET", "/search", "400"] == 1
    assert told["musicologue_requests_total", "GET", "none", "421"] == 1
    assert told["musicologue_first_byte_seconds_count", "/search"] == 4


def test_what_came_makes_no_new_numbers(client: TestClient) -> None:
    def ask(n: int) -> None:
        client.get(f"/made/up/{n}")
        client.request(f"MADE{n}", "/healthz")
        client.get(f"/jobs/{n}")
        client.get("/metrics")

    ask(0)
    before = numbers(client).keys()
    for n in range(1, 20):
        ask(n)
    assert numbers(client).keys() == before


def test_turns_and_workers_are_told(client: TestClient) -> None:
    told = numbers(client)
    assert told[("musicologue_turns_running",)] == told[("musicologue_turns_waiting",)] == 0
    assert told[("musicologue_workers",)] == 1


def test_heavy_work_is_timed_by_task(client: TestClient, pop: Truth) -> None:
    service = service_of(client)
    job = service.take(pop.path)
    assert service.workers.wait(LOCAL, job.id, 60).state == "done"
    told = numbers(client)
    assert told["musicologue_jobs", "done"] == 1
    assert told["musicologue_job_seconds_count", "listen", "done"] == 1
    tasks = {key[1] for key in told if key[0] == "musicologue_task_seconds_count"}
    assert {"beats", "key"} <= tasks
    spent = sum(told["musicologue_task_seconds_sum", task] for task in tasks)
    assert 0 < spent <= told["musicologue_job_seconds_sum", "listen", "done"] + 0.1


def test_two_applications_count_for_themselves(
    client: TestClient, tmp_path_factory: pytest.TempPathFactory, cache_dir: Path
) -> None:
    client.get("/healthz")
    with serving(tmp_path_factory.mktemp("other"), cache_dir) as other:
        assert ("musicologue_requests_total", "GET", "/healthz", "200") not in numbers(other)


def test_it_is_not_ready_where_nobody_hears(client: TestClient) -> None:
    assert client.get("/readyz").json()["ready"] is True
    service_of(client).workers.stop()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() | {"weights": "ok"} == {
        "ready": False,
        "disk": "ok",
        "workers": "no jobs are being worked off",
        "weights": "ok",
        "model": "rules",
    }


def test_it_is_not_ready_where_nothing_can_be_written(client: TestClient, tmp_path: Path) -> None:
    service = service_of(client)
    tmp_path.rename(tmp_path.with_name("gone"))
    try:
        told = client.get("/readyz").json()
    finally:
        tmp_path.with_name("gone").rename(service.settings.data_dir)
    assert told["ready"] is False and "can't be written" in told["disk"]
