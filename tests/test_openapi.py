"""The OpenAPI document is whole, and nothing that fits it or doesn't makes the server fail."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode as Mode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks
from serving import QUICK
from synthesis import Truth

from agent.http.app import create_app
from agent.serving.accounts import LOCAL
from agent.serving.service import Service
from agent.settings import Settings

Operation = tuple[str, str, dict[str, Any]]

EXAMPLES = 4
"""Requests an operation, fitting ones and others; `schemathesis run` sends more."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, pop: Truth) -> Iterator[str]:
    """A server in a thread, with a track that was heard, a thread and a job that was cancelled."""
    folder = tmp_path_factory.mktemp("data")
    chosen = Settings(folder, cache_dir, model="rules", offline=True, workers=1, upload_mb=5)
    service = Service.open(chosen, manner=QUICK)
    config = uvicorn.Config(
        create_app(service), port=0, log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    job = service.take(pop.path)
    running.start()
    try:
        assert service.workers.wait(LOCAL, job.id, 60).state == "done"
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        running.join()
        listening.close()


@pytest.fixture(scope="module")
def document(address: str) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"{address}/openapi.json", timeout=60).json()
    return told


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def has_example(content: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether a body is told with an example, of its own or of its shape."""
    schema = content.get("schema", {})
    if schema.get("type") == "array":
        schema = schema["items"]
    shape = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return bool({"example", "examples"} & (content.keys() | shape.keys()))


def test_every_operation_is_described_with_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for path, method, operation in operations(document):
        what = f"{method} {path}"
        assert len(operation.get("description", "")) > 12, what
        assert operation["tags"], what
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [a for status, a in operation["responses"].items() if status < "400"]
        contents = [one for body in bodies for one in body.get("content", {}).items()]
        told = [kind for kind, content in contents if has_example(content, schemas)]
        sound = [kind for kind, _ in contents if not kind.startswith(("application/json", "text"))]
        assert told or sound or not contents, f"{what} has no example"


def test_every_operation_declares_its_errors(document: dict[str, Any]) -> None:
    shapes = {"Problem", "OpenAIError", "Readiness"}
    for path, method, operation in operations(document):
        what, answers = f"{method} {path}", operation["responses"]
        wanted = {"421"} | (set() if path in ("/healthz", "/session") else {"401"})
        wanted |= {"403"} if method in ("post", "delete") else set()
        wanted |= {"404"} if "{" in path else set()
        assert wanted <= answers.keys(), what
        for status, answer in answers.items():
            if status >= "400":
                ((_, content),) = answer["content"].items()
                assert content["schema"]["$ref"].rpartition("/")[2] in shapes, f"{what} {status}"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(part: object) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from walk(value)
        elif isinstance(part, list):
            for value in part:
                yield from walk(value)

    for reference in set(walk(document)):
        assert reference.rpartition("/")[2] in document["components"]["schemas"], reference


def test_tags_are_described(document: dict[str, Any]) -> None:
    used = {tag for _, _, operation in operations(document) for tag in operation["tags"]}
    assert used <= {tag["name"] for tag in document["tags"]}


# ---- made-up requests ---------------------------------------------------------------------------


def known_ids(address: str) -> dict[str, list[str]]:
    """Return what is there, by the name of the parameter that names it."""
    with httpx.Client(base_url=address, timeout=60) as client:
        thread = client.post("/threads", json={"title": "Made up"}).json()["id"]
        (job,) = client.get("/jobs").json()
        return {
            "track": [job["track"]],
            "job": [job["id"]],
            "upload": [job["upload"]],
            "file_id": [job["upload"]],
            "thread_id": [thread],
            "model": ["musicologue"],
            "name": ["vocals"],
        }


def with_known(document: dict[str, Any], known: dict[str, list[str]]) -> dict[str, Any]:
    """Return the document where half of what is named is there; what removes it comes last."""
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path" and (ids := known.get(parameter["name"])):
                there = {"type": "string", "enum": ids}
                parameter["schema"] = {"anyOf": [there, parameter["schema"]]}
    return document


NAMES = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    *(getattr(openapi_checks, name) for name in NAMES),
]

BUDGET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_nothing_that_is_sent_makes_it_fail(address: str, document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(with_known(document, known_ids(address)))
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    found.sort(key=lambda operation: operation.method == "delete")
    assert len(found) == len(list(operations(document)))
    for operation in found:
        takes = list(operation.query) or list(operation.body)  # any text fits a path
        modes = list(Mode) if takes else [Mode.POSITIVE]
        for mode in modes:

            @given(case=operation.as_strategy(generation_mode=mode))
            @BUDGET
            def sent(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(base_url=address, checks=CHECKS, timeout=60)

            sent()
    assert httpx.get(f"{address}/readyz", timeout=60).json()["ready"] is True
