"""Uploads in the shape of OpenAI's files API; they are listened to as soon as they are here."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from agent.http.asking import DeskOf, ServiceOf
from agent.http.forms import file_form, receive_file
from agent.http.problems import responses
from agent.http.shapes import example
from agent.serving.desk import Desk
from agent.serving.errors import QueueFull
from agent.serving.service import Service
from agent.serving.uploads import Upload

router = APIRouter(prefix="/v1/files", tags=["openai"])

PURPOSE = "user_data"
MOST = 10_000

FileId = Annotated[str, Path(max_length=64, description="Of `POST /v1/files`.")]


class FileShape(BaseModel):
    """A file."""

    id: str
    object: str = "file"
    bytes: int
    created_at: Annotated[int, Field(description="Seconds since 1970.")]
    filename: str
    purpose: Annotated[str, Field(description="Whatever was sent; it makes no difference.")]
    status: str = "processed"

    model_config = example(
        {
            "id": "file-0123456789abcdef01234567",
            "object": "file",
            "bytes": 1_234_567,
            "created_at": 1_767_225_600,
            "filename": "song.mp3",
            "purpose": PURPOSE,
            "status": "processed",
        }
    )


class Files(BaseModel):
    """Files, the first sent first."""

    object: str = "list"
    data: list[FileShape]
    first_id: str | None
    last_id: str | None
    has_more: bool

    model_config = example(
        {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    )


class Deleted(BaseModel):
    """That a file is gone."""

    id: str
    object: str = "file"
    deleted: bool = True

    model_config = example(
        {"id": "file-0123456789abcdef01234567", "object": "file", "deleted": True}
    )


FORM: dict[str, Any] = file_form({"purpose": {"type": "string", "example": PURPOSE}})


@router.post("", responses=responses(400, 413, 415, 422, 507), openapi_extra=FORM)
async def send(request: Request, desk: DeskOf, service: ServiceOf) -> FileShape:
    """Send a recording."""
    upload, fields = await receive_file(request, desk.uploads)
    with suppress(QueueFull):  # then it is listened to with the first question about it
        await run_in_threadpool(service.workers.submit, desk.user, "listen", upload.id)
    return _shape(upload, fields.get("purpose") or PURPOSE)


@router.get("", responses=responses(404, 422))
async def files(
    desk: DeskOf,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    after: Annotated[str, Query(max_length=64, description="Begin behind this file.")] = "",
    order: Annotated[str, Query(pattern="^(asc|desc)$")] = "asc",
    purpose: Annotated[str, Query(max_length=64, description="It makes no difference.")] = "",
) -> Files:
    """List the files."""
    uploads = list(desk.uploads.all())
    if order == "desc":
        uploads.reverse()
    if after:
        uploads = uploads[uploads.index(desk.uploads.get(after)) + 1 :]
    shapes = [_shape(upload, purpose or PURPOSE) for upload in uploads[:limit]]
    first, last = (shapes[0].id, shapes[-1].id) if shapes else (None, None)
    return Files(data=shapes, first_id=first, last_id=last, has_more=len(uploads) > limit)


@router.get("/{file_id}", responses=responses(404, 422))
async def file(file_id: FileId, desk: DeskOf) -> FileShape:
    """Tell of a file."""
    return _shape(desk.uploads.get(file_id), PURPOSE)


@router.get(
    "/{file_id}/content",
    response_class=FileResponse,
    responses=responses(404, 422) | {200: {"content": {"application/octet-stream": {}}}},
)
async def content(file_id: FileId, desk: DeskOf) -> FileResponse:
    """Fetch a file as it was sent."""
    upload = desk.uploads.get(file_id)
    return FileResponse(upload.path, media_type="application/octet-stream", filename=upload.name)


@router.delete("/{file_id}", responses=responses(404, 422, 507))
async def remove(file_id: FileId, desk: DeskOf, service: ServiceOf) -> Deleted:
    """Delete a file; what was heard of it stays until its track is deleted."""
    await run_in_threadpool(_remove, service, desk, file_id)
    return Deleted(id=file_id)


def _remove(service: Service, desk: Desk, file_id: str) -> None:
    upload = desk.uploads.get(file_id)
    for job in service.workers.of(desk.user, upload=upload.id):
        if not job.over:
            service.workers.cancel(desk.user, job.id)
    desk.uploads.remove(upload.id)


def _shape(upload: Upload, purpose: str) -> FileShape:
    created = int(datetime.fromisoformat(upload.created).timestamp())
    return FileShape(
        id=upload.id,
        bytes=upload.bytes,
        created_at=created,
        filename=upload.name,
        purpose=purpose,
    )
