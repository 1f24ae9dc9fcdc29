"""The page at ``/``: plain files served as they are; it talks to the routes like any other client."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@router.get("/")
async def page(request: Request) -> Response:
    """Send the page."""
    return _sent(request, "index.html")


@router.get("/page/{name}")
async def part(request: Request, name: Annotated[str, InPath(max_length=40)]) -> Response:
    """Send a file of the page."""
    return _sent(request, name)


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    """Send the picture of the tab."""
    return _sent(request, "icon.svg")


def _sent(request: Request, name: str) -> Response:
    if name not in _files():  # a name is looked up, never joined to a path
        raise HTTPException(404, "The page has no such part.")
    kind, content, tag = _files()[name]
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


@cache
def _files() -> dict[str, tuple[str, bytes, str]]:
    """Return type, content and ETag of each file, by name."""
    found = {}
    for file in sorted(FOLDER.iterdir()):
        if file.suffix in KINDS:
            content = file.read_bytes()
            found[file.name] = KINDS[file.suffix], content, f'"{sha256(content).hexdigest()[:20]}"'
    return found
