"""The server as a program: where it listens, what it refuses, how it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from synthesis import Truth

ROOT = Path(__file__).parent.parent
PATIENCE = 60


@pytest.fixture
def settings(tmp_path: Path, cache_dir: Path) -> dict[str, str]:
    chosen = {
        "DATA_DIR": str(tmp_path / "data"),
        "CACHE_DIR": str(cache_dir),
        "MODEL": "rules",
        "OFFLINE": "1",
        "SERVER_LEVEL": "quick",
        "WORKERS": "1",
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MUSICOLOGUE_")}
    return clean | {f"MUSICOLOGUE_{name}": value for name, value in chosen.items()}


@contextmanager
def running(
    settings: dict[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server until the end of the block; yields it and its address."""
    command = [sys.executable, "server.py", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=pipe, stderr=pipe, text=True)
    try:
        assert server.stdout
        said = server.stdout.readline()
        address = re.search(r"http://\S+", said)
        assert address, f"{said} {server.communicate()[1]}"
        yield server, address[0]
    finally:
        server.kill()
        server.communicate()


def refused(settings: dict[str, str], *arguments: str) -> str:
    """Run a server that must not start, and return its sentence."""
    done = subprocess.run(
        [sys.executable, "server.py", *arguments],
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 2, done.stderr
    assert not done.stdout
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    return done.stderr


def test_it_answers_this_machine_and_ends_in_order(settings: dict[str, str]) -> None:
    with running(settings) as (server, address):
        assert address.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            ready = client.get("/readyz")
            assert ready.status_code == 200, ready.text
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
        assert server.stderr and server.stderr.read() == ""


def test_two_servers_do_not_share_a_folder(settings: dict[str, str]) -> None:
    with running(settings):
        assert "Another server works in" in refused(settings, "--port", "0")


def test_elsewhere_it_needs_a_key_to_start(settings: dict[str, str]) -> None:
    sentence = refused(settings, "--host", "0.0.0.0", "--port", "0")
    assert "keys add" in sentence and "0.0.0.0" in sentence


def test_with_a_key_it_listens_elsewhere_and_asks_everybody_for_it(
    settings: dict[str, str],
) -> None:
    with running(settings | {"MUSICOLOGUE_API_KEY": "mk-secret"}, "--host", "0.0.0.0") as (_, at):
        near = at.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{near}/healthz").status_code == 200
        assert httpx.get(f"{near}/search?q=slow").status_code == 401
        sent = {"Authorization": "Bearer mk-secret"}
        assert httpx.get(f"{near}/search?q=slow", headers=sent).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "70000"], "Can't listen"),
        (["--host", "203.0.113.9", "--keys-only"], "needs a key"),
        (["/no/such/song.mp3"], "No such file"),
    ],
    ids=["port", "host", "file"],
)
def test_what_can_not_be_is_told_in_a_sentence(
    settings: dict[str, str], arguments: list[str], said: str
) -> None:
    assert said in refused(settings, *arguments)


def test_a_file_that_is_named_is_heard(settings: dict[str, str], pop: Truth) -> None:
    with running(settings, str(pop.path)) as (_, address):
        with httpx.Client(base_url=address, timeout=PATIENCE) as client:
            (job,) = client.get("/jobs").json()
            client.get(f"/jobs/{job['id']}/events")  # to the last of them
            heard = client.get("/search", params={"key": "C major"}).json()["hits"]
        assert [hit["title"] for hit in heard] == [pop.path.stem]


def test_importing_it_starts_nothing() -> None:
    code = "import sys, server; assert 'fastapi' not in sys.modules; print(server.PORT)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "8765\n", done.stderr


def test_uvicorn_finds_the_application(settings: dict[str, str]) -> None:
    code = (
        "import server, uvicorn\n"
        "config = uvicorn.Config('server:app'); config.load()\n"
        "print(type(server.app).__name__)\n"
        "server.app.state.service.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    assert done.stdout == "FastAPI\n", done.stderr
