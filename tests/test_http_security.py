"""Who gets in: hosts, origins, keys; what is let through; and what is whose."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from http_rig import FAR, app_of, at, service_of, serving
from memories import make_record
from starlette.types import Message

from agent.http.gate import COOKIE, is_loopback, names_this_machine
from agent.serving.accounts import LOCAL

ELSEWHERE = "https://music.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[TestClient]:
    """A server on this machine without any key."""
    with serving(tmp_path_factory.mktemp("data"), cache_dir) as client:
        yield client


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[TestClient]:
    """A server with a key of the settings, and a page elsewhere that may ask."""
    folder = tmp_path_factory.mktemp("keyed")
    with serving(folder, cache_dir, origins=(ELSEWHERE,), api_key="mk-env") as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


# ---- hosts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "evil.example:8765", "", "[::1", "192.168.0.1",
     "localhost.evil.example", "0.0.0.0", "@127.0.0.1:evil"],
)  # fmt: skip
def test_a_name_that_was_made_to_point_here_gets_nothing(client: TestClient, host: str) -> None:
    answer = client.get("/search?q=slow", headers={"Host": host})
    assert answer.status_code == 421, answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "[::1]:8765", "LocalHost:1"])
def test_this_machine_may_be_named_as_it_is(client: TestClient, host: str) -> None:
    assert client.get("/search?q=slow", headers={"Host": host}).status_code == 200


def test_loopback_is_told_from_all_else() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "", "x"]))
    assert names_this_machine("app.localhost:80") and not names_this_machine("localhost.example")


# ---- origins ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://localhost.evil.example:8765"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
    ids=str,
)
def test_a_page_elsewhere_can_change_nothing(client: TestClient, headers: dict[str, str]) -> None:
    for method, path in [("POST", "/tracks"), ("POST", "/threads"), ("DELETE", "/session")]:
        assert client.request(method, path, headers=headers).status_code == 403, path


def test_a_page_elsewhere_can_not_even_read(client: TestClient) -> None:
    assert client.get("/metrics", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get("/metrics", headers={"Origin": "http://evil.example"}).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/healthz", headers=followed).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://127.0.0.1:8765"}, {"Sec-Fetch-Site": "same-origin"}],
    ids=["program", "origin", "site"],
)
def test_our_page_and_programs_may_change(client: TestClient, headers: dict[str, str]) -> None:
    assert client.delete("/session", headers=headers).status_code == 204


def test_no_other_site_is_let_in_by_default(client: TestClient) -> None:
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    for answer in (
        client.options("/search", headers=asked),
        client.get("/search?q=slow", headers={"Origin": ELSEWHERE}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_site_that_was_named_is_let_in_with_a_key(keyed: TestClient) -> None:
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    asked |= {"Access-Control-Request-Headers": "authorization"}
    answer = keyed.options("/search", headers=asked)
    assert answer.headers["access-control-allow-origin"] == ELSEWHERE
    assert "access-control-allow-credentials" not in answer.headers
    sent = bearer("mk-env") | {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}
    answer = keyed.get("/search?q=slow", headers=sent)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ELSEWHERE
    other = keyed.options("/search", headers=asked | {"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers


# ---- keys ---------------------------------------------------------------------------------------


def test_without_keys_whoever_is_here_needs_none(client: TestClient) -> None:
    assert client.get("/search?q=slow").status_code == 200
    # Clients of OpenAI's API can't be without a key.
    assert client.get("/search?q=slow", headers=bearer("sk-anything")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/search?q=slow", "/metrics", "/readyz", "/openapi.json", "/tracks", "/v1/models", "/nothing",
     "/healthz//", "/healthz/", "/HEALTHZ", "/page", "/healthz/../metrics", "/x/page/"],
)  # fmt: skip
def test_elsewhere_all_need_a_key(client: TestClient, keyed: TestClient, path: str) -> None:
    for one in (client, keyed):
        far = at(one, FAR)
        for headers in ({}, bearer("mk-wrong"), bearer(""), {"Authorization": "Basic bWs6bWs="}):
            answer = far.get(path, headers=headers)
            assert answer.status_code == 401, answer.text
            assert answer.headers["www-authenticate"] == "Bearer"


def test_elsewhere_the_host_may_be_any(keyed: TestClient) -> None:
    far = at(keyed, FAR, "http://musicologue.example")
    assert far.get("/healthz").json() == {"status": "ok"}
    assert far.get("/search?q=slow", headers=bearer("mk-env")).status_code == 200


def test_a_key_that_is_sent_decides(keyed: TestClient) -> None:
    assert keyed.get("/search?q=slow").status_code == 200
    assert keyed.get("/search?q=slow", headers=bearer("mk-wrong")).status_code == 401
    assert keyed.get("/search?q=slow", headers={"Cookie": f"{COOKIE}=mk-no"}).status_code == 401


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_who_comes_through_a_proxy_is_not_here(client: TestClient, name: str) -> None:
    assert client.get("/search?q=slow", headers={name: "127.0.0.1"}).status_code == 401


def test_a_server_for_keys_only_wants_them_here_too(tmp_path: Path, cache_dir: Path) -> None:
    with serving(tmp_path, cache_dir, keys_only=True, api_key="mk-env") as client:
        assert client.get("/search?q=slow").status_code == 401
        assert client.get("/search?q=slow", headers=bearer("mk-env")).status_code == 200


def test_a_browser_keeps_the_key_where_no_script_reads_it(keyed: TestClient) -> None:
    page = at(keyed, FAR, "http://musicologue.example")
    assert page.post("/session", json={"key": "mk-wrong"}).status_code == 401
    begun = page.post("/session", json={"key": "mk-env"})
    assert begun.status_code == 204
    kept = begun.headers["set-cookie"].lower()
    assert "httponly" in kept and "samesite=strict" in kept
    assert page.get("/search?q=slow").status_code == 200
    assert page.delete("/session").status_code == 204
    assert page.get("/search?q=slow").status_code == 401


def test_a_key_taken_away_is_none_at_once(keyed: TestClient) -> None:
    accounts = service_of(keyed).accounts
    key = accounts.add("gone")
    assert keyed.get("/search?q=slow", headers=bearer(key)).status_code == 200
    accounts.remove("gone")
    assert keyed.get("/search?q=slow", headers=bearer(key)).status_code == 401


def test_one_key_does_not_see_what_is_anothers(keyed: TestClient) -> None:
    parts = service_of(keyed)
    parts.desks.of(LOCAL).memory.remember(make_record(0))
    anna, ben = parts.accounts.add("anna"), parts.accounts.add("ben")
    parts.desks.of(parts.accounts.user_of(anna) or LOCAL).memory.remember(make_record(4))

    def seen(headers: dict[str, str]) -> list[str]:
        hits = keyed.get("/search?key=F minor", headers=headers).json()["hits"]
        return [hit["title"] for hit in hits]

    assert seen({}) == ["Number 0"]
    assert seen(bearer(anna)) == ["Number 4"]
    assert seen(bearer(ben)) == []


# ---- bodies, headers, paths ---------------------------------------------------------------------


def test_a_body_is_no_larger_than_the_limit(client: TestClient) -> None:
    most = service_of(client).limits.body_bytes
    sent = {"Content-Type": "application/json"}
    answer = client.post("/session", content=b" " * (most + 1), headers=sent)
    assert answer.status_code == 413 and "1 MB" in answer.json()["detail"]


def test_a_body_that_never_ends_is_not_read_to_its_end(client: TestClient) -> None:
    chunk, told = b" " * 100_000, []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def send(message: Message) -> None:
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/session", "raw_path": b"/session",
        "root_path": "", "scheme": "http", "query_string": b"", "http_version": "1.1",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
    }  # fmt: skip
    asyncio.run(app_of(client)(scope, receive, send))
    assert told[0]["status"] == 413
    assert taken <= service_of(client).limits.body_bytes + len(chunk)


def test_every_answer_bears_the_headers_of_safety(client: TestClient) -> None:
    for answer in (
        client.get("/healthz"),
        client.get("/nothing"),
        client.get("/search"),
        at(client, FAR).get("/metrics"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["/page/../../server.py", "/page/%2e%2e/%2e%2e/server.py", "/page/..%2f..%2fserver.py",
     "/page//etc/passwd", "/page/%00", "/..%2fserver.py", "/exports/..%2f..%2fkeys.json",
     "/tracks/..%2f..%2fkeys.json", "/tracks/../keys.json/audio", "/jobs/%2e%2e",
     "/v1/files/..%2fkeys.json/content"],
)  # fmt: skip
def test_no_path_leads_to_a_file(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert 400 <= answer.status_code < 500, answer.text
    assert "import" not in answer.text and "root:" not in answer.text


def test_there_are_no_sockets_beside_http(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/search"):
        pass
    assert closed.value.code == 1008
