"""The OpenAPI document: what every route has in common is put into it here, once."""

from typing import Any

from fastapi import FastAPI

from agent.http.gate import OPEN, SAFE
from agent.http.problems import OPENAI, problem_schema, responses

TAGS = {
    "tracks": "Recordings that you sent, and what was heard of them.",
    "parts of a track": "Its sound, its stems, its notes as MIDI, its picture.",
    "uploads": "The files that you sent.",
    "jobs": "Heavy work that goes on: hearing, separating, transcribing.",
    "threads": "Conversations about recordings; every fact comes with its evidence.",
    "search": "Finding tracks by words and by what was measured.",
    "openai": "The same in the shape of OpenAI's API, for programs that speak that.",
    "exports": "Files that were made of your tracks.",
    "server": "The server itself.",
}

OPENAI_ERROR = {
    "type": "object",
    "title": "OpenAIError",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
    "example": {
        "error": {
            "message": "There is no model 'gpt-9'.",
            "type": "not_found_error",
            "param": "model",
            "code": "model_not_found",
        }
    },
}

JOB_TOLD = (
    'event: job\ndata: {"id": "5f0c", "kind": "listen", "state": "running", "progress": 0.4, '
    '"doing": "finding the beats"}\n\n'
)

_REPLACED = ("HTTPValidationError", "ValidationError")


def add_document(app: FastAPI) -> None:
    """Have an application tell all its errors, tags and shapes at ``/openapi.json``."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(made())
        return app.openapi_schema

    app.openapi_tags = [{"name": name, "description": told} for name, told in TAGS.items()]
    app.openapi = openapi  # type: ignore[method-assign]


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Add the errors that any route can answer with, in the shape that they have there."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _REPLACED:
        schemas.pop(name, None)
    schemas |= {"Problem": problem_schema(), "OpenAIError": OPENAI_ERROR}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete(path, method.upper(), operation)
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    takes = bool(operation.get("parameters")) or "requestBody" in operation
    statuses = {421} | ({422} if takes else set())
    statuses |= set() if path in OPEN else {401}
    statuses |= set() if method in SAFE else {403}
    statuses |= {400, 408, 413} if "requestBody" in operation else set()
    if "422" in answers and "HTTPValidationError" in str(answers["422"]):
        del answers["422"]
    for status, told in responses(*statuses).items():
        answers.setdefault(str(status), told)
    if path.startswith(OPENAI):
        shape = {"schema": {"$ref": "#/components/schemas/OpenAIError"}}
        for status in [status for status in answers if status >= "400"]:
            answers[status] = answers[status] | {"content": {"application/json": shape}}
        if refused := answers.get("422"):  # of a file; what doesn't fit is 400 there
            answers.setdefault("400", refused | {"description": "Bad Request"})
    for answer in answers.values():
        for kind, content in answer.get("content", {}).items():
            if kind == "text/event-stream" and not {"example", "examples"} & content.keys():
                content["example"] = JOB_TOLD
    if operation.get("security"):
        operation["security"].append({})  # from this machine, none is needed
    operation["responses"] = dict(sorted(answers.items()))
