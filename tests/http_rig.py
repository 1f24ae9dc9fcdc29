"""What the tests of the server have in common: a service over a folder, and a client that is near."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from serving import QUICK

from agent.http.app import create_app
from agent.serving.service import Service
from agent.settings import Settings

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
    """Serve a data folder to a client on the same machine; `client.app.state.service` has the parts."""
    values: dict[str, Any] = {"model": "rules", "offline": True, "threads": 1}
    values |= {"server_level": "quick"} | more
    service = Service.open(Settings(folder, cache_dir, **values), keys_only, origins, QUICK)
    with TestClient(create_app(service), base_url="http://127.0.0.1:8765", client=NEAR) as client:
        yield client


def at(client: TestClient, address: tuple[str, int], base_url: str = "") -> TestClient:
    """Return another client of the same running application, at another address."""
    return TestClient(client.app, base_url=base_url or str(client.base_url), client=address)
