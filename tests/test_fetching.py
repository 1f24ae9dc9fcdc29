"""Weights from the authors' sites and from the hub."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from make_weights import CONTENT, digest, left_in, store_over, toy_weight

from tools import fetching
from tools.errors import WeightsError
from tools.weights import PROBE_KEPT_SECONDS, Weight, WeightStore

StoreOf = Callable[..., WeightStore]


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """Make a store over an empty cache that knows the given weights."""
    return partial(store_over, tmp_path / "cache")


class _Site(http.server.BaseHTTPRequestHandler):
    asked: list[str]
    cut = 0

    def do_HEAD(self) -> None:
        self.asked.append(f"HEAD {self.path}")
        self.send_error(404)

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[: len(CONTENT) - self.cut])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, type[_Site]]]:
    """A web site that gives CONTENT at every address, and what it was asked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = type("Site", (_Site,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/net.ckpt", handler
    server.shutdown()
    thread.join()
    server.server_close()


def at(url: str, pin: str) -> Weight:
    """Return a weight that lies at an address."""
    return toy_weight(url=url, files={"net.ckpt": pin})


HUBBED = toy_weight(hub="someone/net", files={"net.bin": ""})


@pytest.mark.parametrize("pin", [digest(CONTENT), ""], ids=["pinned", "recorded"])
def test_fetches_from_a_site(store_of: StoreOf, site: tuple[str, type[_Site]], pin: str) -> None:
    url, handler = site
    weight = at(url, pin)
    store = store_of(weight)
    assert store.obstacle("toy") is None
    assert store.file("toy", "net.ckpt").read_bytes() == CONTENT
    assert handler.asked == ["HEAD /", "GET /net.ckpt"]
    store.file("toy", "net.ckpt").write_bytes(b"other")
    assert store_of(weight).damaged("toy") == ["net.ckpt"]


def test_a_site_that_gives_something_else_is_refused(
    store_of: StoreOf, site: tuple[str, type[_Site]]
) -> None:
    store = store_of(at(site[0], "0" * 64))
    with pytest.raises(WeightsError, match="has sha256"):
        store.folder("toy")
    assert left_in(store) == []


def test_a_broken_off_download_is_not_recorded_as_the_weight(
    store_of: StoreOf, site: tuple[str, type[_Site]]
) -> None:
    site[1].cut = 100
    store = store_of(at(site[0], ""))
    with pytest.raises(WeightsError, match=r"broke off after \d+ of 30000 bytes"):
        store.folder("toy")
    assert left_in(store) == []


def test_an_unreachable_site_is_asked_once_an_hour(
    store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def silent(address: str) -> bool:
        asked.append(address)
        return False

    monkeypatch.setattr(fetching, "answers", silent)
    weight = at("https://nowhere.example/net.ckpt", "")
    for store in (store_of(weight), store_of(weight)):  # as in two processes
        assert "nowhere.example can't be reached" in (store.obstacle("toy") or "")
        with pytest.raises(WeightsError, match=r"nowhere.example can't be reached"):
            store.folder("toy")
    assert asked == ["https://nowhere.example/net.ckpt"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * PROBE_KEPT_SECONDS)
    assert store_of(weight).obstacle("toy")
    assert len(asked) == 2


@pytest.mark.parametrize("note", ["", "[]", '{"nowhere.example": 3}', "\x00"])
def test_a_damaged_note_of_what_answers_is_made_anew(
    store_of: StoreOf, monkeypatch: pytest.MonkeyPatch, note: str
) -> None:
    monkeypatch.setattr(fetching, "answers", lambda address: True)
    store = store_of(at("https://nowhere.example/net.ckpt", ""))
    store.cache_dir.mkdir()
    (store.cache_dir / "reachable.json").write_text(note)
    assert store.obstacle("toy") is None
    assert json.loads((store.cache_dir / "reachable.json").read_text())["nowhere.example"][
        "answered"
    ]


def test_a_closed_port_does_not_answer() -> None:
    assert not fetching.answers("http://127.0.0.1:9/x")


def test_takes_what_the_hubs_own_cache_holds_even_offline(
    store_of: StoreOf,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    repo = tmp_path / "hub" / "models--someone--net"
    (repo / "snapshots" / "abc").mkdir(parents=True)
    (repo / "snapshots" / "abc" / "net.bin").write_bytes(CONTENT)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(fetching, "answers", None)  # nobody is asked
    store = store_of(HUBBED, offline=True)
    assert store.file("toy", "net.bin").read_bytes() == CONTENT


def test_downloads_from_the_hub(store_of: StoreOf, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, str]] = []

    def give(repo: str, member: str, *, revision: str, local_dir: Path) -> str:
        asked.append((repo, member, revision))
        (local_dir / member).write_bytes(CONTENT)
        (local_dir / ".cache").mkdir()
        return str(local_dir / member)

    monkeypatch.setattr(fetching, "answers", lambda address: True)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", give)
    store = store_of(HUBBED)
    assert sorted(p.name for p in store.folder("toy").iterdir()) == ["complete.json", "net.bin"]
    assert asked == [("someone/net", "net.bin", "main")]


def test_a_hub_that_refuses_is_one_sentence(
    store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub.errors import LocalEntryNotFoundError

    def refuse(*args: object, **named: object) -> None:
        raise LocalEntryNotFoundError("nothing here\nand a second line")

    monkeypatch.setattr(fetching, "answers", lambda address: True)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", refuse)
    store = store_of(HUBBED)
    with pytest.raises(WeightsError, match=r"net did not give 'net.bin': nothing here") as e:
        store.folder("toy")
    assert "\n" not in str(e.value)
    assert left_in(store) == []
