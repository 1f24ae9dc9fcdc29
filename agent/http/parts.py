"""What is made of a track, over HTTP: its sound, outline, stems, notes and picture."""

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from agent.filenames import safe_name
from agent.http.asking import DeskOf, ServiceOf, WhoAsks
from agent.http.problems import responses
from agent.http.track_shapes import LATER, MIDI, PICTURE, SOUND, JobShape, Peaks
from agent.record import TrackRecord
from agent.serving.accounts import User
from agent.serving.jobs import Kind
from agent.serving.service import Service
from agent.serving.tracks import MOST_POINTS

router = APIRouter(tags=["parts of a track"])

T = TypeVar("T")

AT_ONCE = 2
"""Pictures and outlines that are made at once; others wait without a thread."""

TYPES = {".flac": "audio/flac", ".m4a": "audio/mp4", ".opus": "audio/ogg", ".audio": ""}
RETRY_SECONDS = "2"
KEEP = {"Cache-Control": "private, no-cache"}
"""A browser may keep sound, if it asks each time whether it has changed: else none could be sought."""


@router.get(
    "/tracks/{track}/audio",
    response_class=FileResponse,
    responses=SOUND | responses(401, 404, 416),
)
async def send_sound(track: str, request: Request, desk: DeskOf) -> FileResponse:
    """Send the sound of a track as it came, or a part of it (`Range`)."""

    def look() -> tuple[TrackRecord, Path]:
        record = desk.tracks.get(track)
        return record, desk.tracks.sound(record)

    record, place = await _heavily(request, look)
    return _file(place, f"{record.title}{place.suffix}", inline=True)


@router.get("/tracks/{track}/waveform", responses=responses(401, 404, 422))
async def send_peaks(
    track: str,
    request: Request,
    desk: DeskOf,
    points: Annotated[int, Query(ge=1, le=MOST_POINTS)] = 1000,
) -> Peaks:
    """Send the outline of a track, for drawing it."""

    def make() -> Peaks:
        record = desk.tracks.get(track)
        return Peaks(duration=record.duration, peaks=desk.tracks.peaks(record, points))

    return await _heavily(request, make)


@router.get(
    "/tracks/{track}/stems/{name}",
    response_class=FileResponse,
    responses=SOUND | LATER | responses(401, 404, 416, 429),
)
async def send_stem(
    track: str, name: str, request: Request, user: WhoAsks, desk: DeskOf, service: ServiceOf
) -> Response:
    """Send a part of a track (vocals, drums, bass, other, accompaniment) as FLAC.

    The first time, the track is to be taken apart: then this answers 202 with the job.
    """

    def look() -> tuple[TrackRecord, Path | None]:
        record = desk.tracks.get(track)
        return record, desk.tracks.stem(record, name)

    record, place = await _heavily(request, look)
    if place is None:
        return await _later(request, service, user, "separate", track)
    return _file(place, f"{record.title} ({name}){place.suffix}", inline=True)


@router.get(
    "/tracks/{track}/midi",
    response_class=FileResponse,
    responses=MIDI | LATER | responses(401, 404, 422, 429),
)
async def send_midi(
    track: str, request: Request, user: WhoAsks, desk: DeskOf, service: ServiceOf
) -> Response:
    """Send the notes of a track as a MIDI file.

    The first time, they are to be written down: then this answers 202 with the job.
    """

    def look() -> Path | None:
        record = desk.tracks.get(track)
        if not service.workers.complete(user, "transcribe", track):
            return None
        return desk.tracks.made(record, "midi")

    place = await _heavily(request, look)
    if place is None:
        return await _later(request, service, user, "transcribe", track)
    return _file(place, f"{desk.tracks.get(track).title}.mid", "audio/midi")


@router.get(
    "/tracks/{track}/picture",
    response_class=FileResponse,
    responses=PICTURE | responses(401, 404, 422),
)
async def send_picture(
    track: str, request: Request, desk: DeskOf, form: Literal["svg", "png"] = "svg"
) -> FileResponse:
    """Send a picture of a track: its outline, beats, sections, chords and notes."""

    def make() -> tuple[TrackRecord, Path]:
        record = desk.tracks.get(track)
        return record, desk.tracks.made(record, form)

    record, place = await _heavily(request, make)
    return _file(place, f"{record.title}.{form}", inline=True)


# ---- small steps --------------------------------------------------------------------------------


async def _heavily(request: Request, work: Callable[[], T]) -> T:
    """Run what may take seconds, a few at once; who waits holds no thread."""
    state = request.app.state
    if not hasattr(state, "heavy"):
        state.heavy = anyio.CapacityLimiter(AT_ONCE)
    return await anyio.to_thread.run_sync(work, limiter=state.heavy)


async def _later(
    request: Request, service: Service, user: User, kind: Kind, track: str
) -> JSONResponse:
    """Have something made, and tell which job does it."""
    job = await _heavily(request, lambda: service.workers.submit(user, kind, track=track))
    headers = {"Location": f"/jobs/{job.id}", "Retry-After": RETRY_SECONDS}
    return JSONResponse(JobShape.of(job).model_dump(), 202, headers)


def _file(place: Path, name: str, kind: str = "", inline: bool = False) -> FileResponse:
    """Return a file that is named after the track, as something to play or to keep."""
    title, dot, ending = name.rpartition(".")
    ending = dot + ending
    kind = kind or TYPES.get(ending, mimetypes.guess_type(f"x{ending}")[0] or "")
    return FileResponse(
        place,
        media_type=kind or "application/octet-stream",
        filename=safe_name(title) + ending,
        content_disposition_type="inline" if inline else "attachment",
        headers=KEEP,
    )
