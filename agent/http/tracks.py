"""Tracks over HTTP: sent, listed, looked at and removed."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from agent.http.asking import DeskOf, ServiceOf, WhoAsks
from agent.http.forms import file_form, receive_file
from agent.http.jobs import told
from agent.http.problems import responses
from agent.http.sse import event_stream
from agent.http.track_shapes import (
    EVENTS,
    JobShape,
    Received,
    TrackList,
    TrackShape,
    UploadShape,
)
from agent.serving.accounts import User
from agent.serving.desk import Desk
from agent.serving.errors import QueueFull
from agent.serving.jobs import Job
from agent.serving.service import Service

ANALYSIS = {
    "id": "b2c1d1b77e9a4ff0a6d5a5ee0d3f1c42",
    "titles": {"title": "Headache", "artist": "Lost Deposit"},
    "duration": 72.1,
    "annotations": {"key": {"tonic": "C", "mode": "minor", "confidence": 0.81}},
}
"""The beginning of what `musicologue listen --json` tells."""

router = APIRouter(tags=["tracks"])


@router.post(
    "/tracks",
    status_code=202,
    responses=responses(400, 401, 413, 415, 422, 429, 507),
    openapi_extra=file_form(),
)
async def send_track(
    request: Request, response: Response, user: WhoAsks, desk: DeskOf, service: ServiceOf
) -> Received:
    """Send a recording to be listened to: one file, in the field `file`.

    It is kept once this answers, and listened to as soon as a worker is free; `job` tells how far
    that is, and `track` of the finished job which track it is.
    """
    await run_in_threadpool(service.workers.check_room, user)
    there = {upload.id for upload in desk.uploads.all()}
    upload, _ = await receive_file(request, desk.uploads)
    try:
        job = await run_in_threadpool(service.workers.submit, user, "listen", upload.id)
    except QueueFull:
        if upload.id not in there:
            await run_in_threadpool(desk.uploads.remove, upload.id)
        raise
    response.headers["Location"] = f"/jobs/{job.id}"
    return Received(job=JobShape.of(job), upload=UploadShape.of(upload))


@router.get("/tracks", responses=responses(401, 422))
async def list_tracks(
    desk: DeskOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> TrackList:
    """List your tracks, the last heard first."""
    tracks = await run_in_threadpool(desk.tracks.all)
    return TrackList.model_validate(
        {"tracks": tracks[offset : offset + limit], "total": len(tracks)}
    )


@router.get("/tracks/{track}", responses=responses(401, 404))
async def show_track(track: str, desk: DeskOf) -> TrackShape:
    """Tell what is known of a track at first sight."""

    def look() -> dict[str, Any]:
        return desk.tracks.told(desk.tracks.get(track))

    return TrackShape.model_validate(await run_in_threadpool(look))


@router.get(
    "/tracks/{track}/analysis",
    responses={
        200: {"content": {"application/json": {"example": ANALYSIS}}},
        **responses(401, 404),
    },
)
async def show_analysis(track: str, desk: DeskOf) -> dict[str, Any]:
    """Tell all that was heard of a track, as `musicologue listen --json` does."""
    return await run_in_threadpool(lambda: desk.tracks.analysis(desk.tracks.get(track)))


@router.delete("/tracks/{track}", status_code=204, responses=responses(401, 404, 507))
async def remove_track(track: str, user: WhoAsks, desk: DeskOf, service: ServiceOf) -> None:
    """Forget a track, with what was made of it and the file it was sent as."""
    await run_in_threadpool(_remove, service, user, desk, track)


@router.get(
    "/tracks/{track}/events",
    response_class=StreamingResponse,
    responses=EVENTS | responses(401, 404),
)
async def watch_track(
    track: str, user: WhoAsks, desk: DeskOf, service: ServiceOf
) -> StreamingResponse:
    """Watch the jobs of a track that are under way, until all of them are over."""

    def under_way() -> list[Job]:
        jobs = service.workers.of(user, track=track)
        if not jobs:
            desk.tracks.get(track)
        return [job for job in jobs if not job.over]

    jobs = await run_in_threadpool(under_way)
    return event_stream(_all_of(service, user, jobs))


@router.get("/uploads", tags=["uploads"], responses=responses(401))
async def list_uploads(desk: DeskOf) -> list[UploadShape]:
    """List the files that you sent, the first sent first."""
    return [UploadShape.of(upload) for upload in desk.uploads.all()]


@router.delete(
    "/uploads/{upload}", tags=["uploads"], status_code=204, responses=responses(401, 404, 507)
)
async def remove_upload(upload: str, desk: DeskOf) -> None:
    """Delete a file that you sent. What was heard of it stays."""
    await run_in_threadpool(desk.uploads.remove, upload)


async def _all_of(service: Service, user: User, jobs: list[Job]) -> AsyncIterator[str]:
    for job in jobs:
        async with aclosing(told(service.workers.events(user, job.id))) as texts:
            async for text in texts:
                yield text


def _remove(service: Service, user: User, desk: Desk, track: str) -> None:
    record = desk.tracks.get(track)
    for job in service.workers.of(user, track=track):
        if not job.over:
            service.workers.cancel(user, job.id)
    desk.tracks.remove(record)
