"""What the tests of the server have in common: a service over a folder, and a client that is near."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI
from fastapi.testclient import TestClient
from serving import QUICK

from agent.http.app import create_app
from agent.serving.limits import Limits
from agent.serving.service import Service
from agent.serving.workers import MakePool, Workers
from agent.settings import Settings

if TYPE_CHECKING:
    from httpx2 import Response  # what Starlette's client takes where it is there

ADDRESS = "http://127.0.0.1:8765"
NEAR = ("127.0.0.1", 50_000)
FAR = ("192.0.2.7", 50_000)
"""An address for documentation (RFC 5737): somebody on another machine."""


@contextmanager
def serving(
    folder: Path,
    cache_dir: Path,
    keys_only: bool = False,
    origins: tuple[str, ...] = (),
    **more: Any,
) -> Iterator[TestClient]:
    """Serve a data folder to a client on the same machine; `service_of` it has the parts."""
    values: dict[str, Any] = {"model": "rules", "offline": True, "threads": 1}
    values |= {"server_level": "quick"} | more
    service = Service.open(Settings(folder, cache_dir, **values), keys_only, origins, QUICK)
    with TestClient(create_app(service), base_url=ADDRESS, client=NEAR) as client:
        yield client


def served(
    folder: Path, cache_dir: Path, make_pool: MakePool, limits: Limits | None = None
) -> Service:
    """Return a service whose workers hear what needs no weights."""
    settings = Settings(folder, cache_dir, model="rules", offline=True, threads=1)
    service = Service.open(settings)
    if limits:
        service.limits = service.desks.limits = limits
    service.workers = Workers(service.jobs, service.desks, service.limits, 1, QUICK, make_pool)
    return service


def app_of(client: TestClient) -> FastAPI:
    """Return the application behind a client."""
    return cast(FastAPI, client.app)


def service_of(client: TestClient) -> Service:
    """Return the parts of the server behind a client."""
    return cast(Service, app_of(client).state.service)


def at(client: TestClient, address: tuple[str, int], base_url: str = "") -> TestClient:
    """Return another client of the same running application, at another address."""
    return TestClient(client.app, base_url=base_url or str(client.base_url), client=address)


def send(
    client: TestClient, content: bytes, name: str = "song.wav", key: str = "", **fields: str
) -> "Response":
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    files = {"file": (name, content, "application/octet-stream")}
    return client.post("/tracks", files=files, data=fields, headers=headers)


def heard(client: TestClient, sent: "Response", key: str = "") -> dict[str, Any]:
    """Wait for the job of a file that was sent, and return its last state."""
    assert sent.status_code == 202, sent.text
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    stream = client.get(f"{sent.headers['location']}/events", headers=headers)
    return events(stream)[-1]


def events(stream: "Response") -> list[dict[str, Any]]:
    assert stream.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line[6:]) for line in stream.text.splitlines() if line.startswith("data: ")]


def refused(answer: "Response", status: int) -> str:
    """Check that a request was refused with a problem, and return what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    return str(told["detail"])
