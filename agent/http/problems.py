"""Every error that leaves the server, made in one place: problem+json, or OpenAI's shape under /v1."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from agent.http.shapes import Problem
from agent.models import ModelError
from agent.record_files import MemoryStoreError
from agent.serving.errors import (
    QueueFull,
    StoreFull,
    TooLarge,
    UnknownExportError,
    UnknownJobError,
    UnknownThreadError,
    UnknownUploadError,
)
from tools.errors import (
    AnnotationError,
    AudioDecodeError,
    AudioTooShortError,
    MusicToolError,
    NoMusicError,
    UnknownTrackError,
    WeightsError,
)

log = logging.getLogger(__name__)

STATUS: dict[type[MusicToolError], int] = {
    MusicToolError: 400,
    UnknownTrackError: 404,
    UnknownJobError: 404,
    UnknownThreadError: 404,
    UnknownExportError: 404,
    UnknownUploadError: 404,
    TooLarge: 413,
    AudioDecodeError: 422,
    AudioTooShortError: 422,
    NoMusicError: 422,
    QueueFull: 429,
    AnnotationError: 500,
    ModelError: 503,
    WeightsError: 503,
    MemoryStoreError: 507,
    StoreFull: 507,
}
"""The status of an error; of a class that is not here, that of the nearest class it is made from."""

BUG = "Something went wrong inside; the log of the server has the details."
OPENAI = "/v1/"
LONGEST = 500
"""Characters of a sentence about a field: what came may be long."""

_OPENAI_TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


def status_of(error: MusicToolError) -> int:
    """Return the status that tells of an error."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem(
    path: str,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
    code: str | None = None,
) -> Response:
    """Return the answer to a request for `path` that is refused."""
    if path.startswith(OPENAI):
        kind = _OPENAI_TYPES.get(
            status, "invalid_request_error" if status < 500 else "server_error"
        )
        param = errors[0]["where"].removeprefix("body.") if errors else None
        told: dict[str, Any] = {"message": detail, "type": kind, "param": param, "code": code}
        return JSONResponse({"error": told}, status, dict(headers or {}))
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = errors
    return JSONResponse(content, status, dict(headers or {}), "application/problem+json")


def told(path: str, error: Exception) -> Response:
    """Return the answer where an error came up; a bug is logged and not told of."""
    if isinstance(error, MusicToolError):
        status = status_of(error)
        if status >= 500:
            log.error("%s: %s", path, error)
        retry = {"Retry-After": str(error.retry_after)} if isinstance(error, QueueFull) else {}
        return problem(path, status, str(error), retry)
    if isinstance(error, RequestValidationError):
        return _invalid(path, error)
    if isinstance(error, HTTPException):
        return problem(path, error.status_code, _detail(error), error.headers)
    if isinstance(error, ClientDisconnect):
        return problem(path, 400, "The request broke off.")
    log.error("a request for %s failed", path, exc_info=error)
    return problem(path, 500, BUG)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors that a route declares: ``@router.get(..., responses=responses(404))``."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status in sorted(statuses)
    }


def add_problems(app: FastAPI) -> None:
    """Have an application tell its errors so. What nobody caught, the gate tells."""

    async def handler(request: Request, error: Exception) -> Response:
        return told(request.url.path, error)

    for kind in (MusicToolError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handler)


def problem_schema() -> dict[str, Any]:
    """Return the shape of a problem as the OpenAPI document tells it."""
    schema = Problem.model_json_schema()
    wrong = schema.pop("$defs")["Wrong"]
    schema["properties"]["errors"]["anyOf"][0]["items"] = wrong
    return schema


def _detail(error: HTTPException) -> str:
    said = str(error.detail)
    if said == HTTPStatus(error.status_code).phrase:
        said = _PLAIN.get(error.status_code, said)
    return said if said.endswith((".", "!", "?")) or " " not in said else said + "."


_PLAIN = {
    404: "There is nothing at this address.",
    405: "This address doesn't take that method.",
}


def _invalid(path: str, error: RequestValidationError) -> Response:
    errors = [
        {"where": ".".join(map(str, one["loc"])), "what": str(one["msg"])[:LONGEST]}
        for one in error.errors()
    ]
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    detail = f"The request doesn't fit: {first['where']}: {first['what']}{more}."
    return problem(path, 422 if not path.startswith(OPENAI) else 400, detail, errors=errors)
