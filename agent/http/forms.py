"""A form with one file in it, read as it comes: the file goes to its place and nowhere else before."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from agent.serving.uploads import Upload, Uploads

FIELD = "file"
MOST_FIELDS = 20
LONGEST_FIELD = 10_000

Piece = tuple[str, Any]
"""``("part", Part)``, ``("data", bytes)`` or ``("end", None)``."""


@dataclass
class Part:
    """One field of a form."""

    headers: dict[bytes, bytes] = field(default_factory=dict)

    def _option(self, name: bytes) -> str | None:
        _, options = parse_options_header(self.headers.get(b"content-disposition", b""))
        value = options.get(name)
        return None if value is None else value.decode("utf-8", "replace")

    @property
    def name(self) -> str:
        """The name of the field."""
        return self._option(b"name") or ""

    @property
    def filename(self) -> str | None:
        """What the file is called by whoever sends it; None where the field is no file."""
        return self._option(b"filename")


def file_form(more: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return how the OpenAPI document tells of such a form; `more` are further fields."""
    properties = {FIELD: {"type": "string", "format": "binary", "description": "The recording."}}
    schema = {"type": "object", "required": [FIELD], "properties": properties | (more or {})}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }


async def receive_file(request: Request, uploads: Uploads) -> tuple[Upload, dict[str, str]]:
    """Receive the file of a form, and return it with the other fields.

    Raises
    ------
    HTTPException
        If the body is no such form, or there is not one file in it.
    MusicToolError
        As `Uploads.receive`.
    """
    upload: Upload | None = None
    fields: dict[str, str] = {}
    async with aclosing(_pieces(request)) as pieces:
        async for kind, part in pieces:
            if kind != "part":
                continue
            if part.filename is None:
                if len(fields) >= MOST_FIELDS:
                    raise HTTPException(400, f"The form has more than {MOST_FIELDS} fields.")
                fields[part.name] = await _text(pieces, part.name)
            elif part.name != FIELD or upload is not None:
                raise HTTPException(400, f"Send one file, in the field '{FIELD}'.")
            else:
                upload = await uploads.receive(part.filename, _data(pieces))
    if upload is None:
        raise HTTPException(400, f"There is no file in the form: send one in the field '{FIELD}'.")
    return upload, fields


async def _data(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    """Yield what is in the part that has begun."""
    async for kind, content in pieces:
        if kind == "end":
            return
        yield content
    raise HTTPException(400, "The form is cut off: its last part has no end. Send it again.")


async def _text(pieces: AsyncIterator[Piece], name: str) -> str:
    text = bytearray()
    async for chunk in _data(pieces):
        text += chunk
        if len(text) > LONGEST_FIELD:
            raise HTTPException(
                400, f"The field '{name[:40]}' is longer than {LONGEST_FIELD} bytes."
            )
    return text.decode("utf-8", "replace")


async def _pieces(request: Request) -> AsyncGenerator[Piece, None]:
    """Yield the parts of the form as they come, and what is in each."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(
            415, f"Send the file as multipart/form-data, in the field '{FIELD}': curl -F {FIELD}=@…"
        )
    ready: deque[Piece] = deque()
    try:
        parser = MultipartParser(options[b"boundary"], _callbacks(ready))
        async for chunk in request.stream():
            parser.write(chunk)
            while ready:
                yield ready.popleft()
        parser.finalize()
    except FormParserError as error:
        raise HTTPException(400, "The form is damaged: it can't be taken apart.") from error
    while ready:
        yield ready.popleft()


def _callbacks(ready: "deque[Piece]") -> Any:
    """Return what puts down what a parser finds."""
    header = bytearray(), bytearray()
    part = Part()

    def begin() -> None:
        nonlocal part
        part = Part()

    def header_end() -> None:
        part.headers[bytes(header[0]).lower()] = bytes(header[1])
        header[0].clear()
        header[1].clear()

    return {
        "on_part_begin": begin,
        "on_header_field": lambda data, start, end: header[0].extend(data[start:end]),
        "on_header_value": lambda data, start, end: header[1].extend(data[start:end]),
        "on_header_end": header_end,
        "on_headers_finished": lambda: ready.append(("part", part)),
        "on_part_data": lambda data, start, end: ready.append(("data", data[start:end])),
        "on_part_end": lambda: ready.append(("end", None)),
    }
