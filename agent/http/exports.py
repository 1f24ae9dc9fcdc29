"""Files that conversations wrote, by their addresses; each user has their own."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from agent.http.asking import DeskOf
from agent.http.problems import responses
from agent.http.shapes import example

router = APIRouter(tags=["exports"])

Token = Annotated[str, Path(max_length=64, description="As an answer tells it.")]
Name = Annotated[str, Path(max_length=255, description="As an answer tells it.")]


class Folder(BaseModel):
    """Files that were written together."""

    files: Annotated[list[str], Field(description="Addresses.")]

    model_config = example({"files": ["/exports/qwertzuiopasdfghjklyxcvbnmqw/Home.mid"]})


@router.get("/exports/{token}", responses=responses(404, 422))
async def folder(token: Token, desk: DeskOf) -> Folder:
    """List the files that lie in one place."""
    exports = desk.threads.exports
    names = await run_in_threadpool(exports.files, token)
    place = await run_in_threadpool(exports.folder, token)
    return Folder(files=[await run_in_threadpool(exports.address, place / n) for n in names])


@router.get(
    "/exports/{token}/{name}",
    response_class=FileResponse,
    responses=responses(404, 422) | {200: {"content": {"application/octet-stream": {}}}},
)
async def file(token: Token, name: Name, desk: DeskOf) -> FileResponse:
    """Fetch a file."""
    path = await run_in_threadpool(desk.threads.exports.file, token, name)
    # An attachment: what a file holds (an SVG, say) must not run as a page of this server.
    return FileResponse(path, filename=path.name, content_disposition_type="attachment")
