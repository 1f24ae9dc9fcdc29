"""The models behind an API: the real LangChain client against a server on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from synthesis import Truth

from agent.conversation import Conversation
from agent.events import AnswerFinished, TextDelta
from agent.library import Library
from agent.memory import TrackMemory
from agent.models import ModelError, load_chat_model
from tools.embedding import Words
from tools.weights import WeightStore


class Api(BaseHTTPRequestHandler):
    """Speaks OpenAI's streaming protocol: first a call of `key`, then an answer."""

    seen: list[dict[str, Any]] = []  # noqa: RUF012 - one server a test

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(asked)
        if asked["messages"][-1]["role"] == "tool":
            deltas: list[dict[str, Any]] = [{"content": "It is in "}, {"content": "C major."}]
        else:
            function = {"name": "key", "arguments": '{"track": "#1"}'}
            call = {"index": 0, "id": "c1", "type": "function", "function": function}
            deltas = [{"tool_calls": [call]}]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for delta in [{"role": "assistant", "content": ""}, *deltas]:
            self._send({"delta": delta, "finish_reason": None})
        self._send({"delta": {}, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, choice: dict[str, Any]) -> None:
        chunk = {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "demo",
            "choices": [{"index": 0, **choice}],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    Api.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the client's sockets, closed by its pool
def test_an_openai_compatible_server_orchestrates(
    api: str, pop: Truth, store: WeightStore, tmp_path: Any
) -> None:
    library = Library(TrackMemory(tmp_path, Words(store, "hashed")), store)
    library.open(pop.path)
    model = load_chat_model("openai:demo", store, base_url=api, offline=True)
    events = list(Conversation(library, model, InMemorySaver()).ask("What key is it in?"))
    last = events[-1]
    assert isinstance(last, AnswerFinished), last
    assert last.text == "It is in C major."
    assert [c["value"] for c in last.evidence if c["claim"] == "key"] == ["C major"]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == last.text
    names = {tool["function"]["name"] for tool in Api.seen[0]["tools"]}
    assert names >= {"listen", "describe", "tempo", "key", "chords", "tags", "moment", "loudness"}
    told = Api.seen[1]["messages"][-1]["content"]
    assert "C major" in told and "intervals" not in told


@pytest.mark.parametrize("name", ["", "gpt-4o", "openai:", "hal:9000"])
def test_an_unknown_model_is_named_with_those_there_are(name: str, store: WeightStore) -> None:
    with pytest.raises(ModelError, match="Models: embedded, rules, openai:NAME"):
        load_chat_model(name, store)


def test_offline_refuses_a_model_behind_the_network(store: WeightStore) -> None:
    with pytest.raises(ModelError, match="network is off"):
        load_chat_model("openai:demo", store, offline=True)


def test_a_missing_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, store: WeightStore
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install 'musicologue\[anthropic\]'"):
        load_chat_model("anthropic:demo", store)


def test_a_missing_key_is_one_sentence(monkeypatch: pytest.MonkeyPatch, store: WeightStore) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="openai:demo"):
        load_chat_model("openai:demo", store)
