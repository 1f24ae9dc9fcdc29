"""What a question waits for: recordings of its thread that are still being listened to.

The stream of the question tells how far that is, as if a tool did it.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from agent.events import Event, ToolFinished, ToolProgress, ToolStarted, TurnFailed
from agent.serving.desk import Desk
from agent.serving.errors import UnknownUploadError
from agent.serving.jobs import Job
from agent.serving.threads import Thread
from agent.serving.uploads import PREFIX as UPLOAD
from agent.serving.workers import Workers

if TYPE_CHECKING:
    from agent.conversation import Conversation

LISTENING = "listening"


async def hear_first(
    desk: Desk, workers: Workers, conversation: "Conversation", thread: Thread
) -> AsyncIterator[Event]:
    """Yield how far the recordings of a thread are, until all are heard and open in it.

    One that can't be heard is told of and taken out. Ends with `TurnFailed` where none is left.

    Raises
    ------
    QueueFull
        If nobody can listen now.
    """
    threads = desk.threads
    reasons: list[str] = []
    for upload in uploads_of(thread):
        job: Job | None = None
        try:
            job = await asyncio.to_thread(_job_of, desk, workers, upload)
            async for event in _listening(desk, workers, upload, job):
                yield event
            job = await asyncio.to_thread(workers.get, desk.user, job.id)
            reason = _reason(job)
        except UnknownUploadError as error:
            reason = str(error)
        reasons += [reason] if reason else []
        track = job.track if job and not reason else None
        await asyncio.to_thread(threads.settle, thread.id, upload, track)
    await asyncio.to_thread(threads.open_tracks, conversation)
    if reasons and len(reasons) == len(thread.tracks):
        yield TurnFailed(" ".join(reasons))


def uploads_of(thread: Thread) -> list[str]:
    """Return the recordings of a thread that were not heard when it was last looked at."""
    return [track for track in thread.tracks if track.startswith(UPLOAD)]


def _job_of(desk: Desk, workers: Workers, upload: str) -> Job:
    """Return the job that listens to an upload: the one that does, the one that failed, or a new one."""
    jobs = [job for job in workers.of(desk.user, upload=upload) if job.kind == "listen"]
    if jobs and (not jobs[-1].over or jobs[-1].state == "failed"):
        return jobs[-1]
    return workers.submit(desk.user, "listen", upload=upload)


async def _listening(desk: Desk, workers: Workers, upload: str, job: Job) -> AsyncIterator[Event]:
    """Yield the events of a job; none where all was known."""
    if job.state == "done":
        return
    name = desk.uploads.get(upload).name
    yield ToolStarted(LISTENING, {"file": name}, job.id)
    shown: tuple[float, str] | None = None
    async for state in workers.events(desk.user, job.id):
        if state.over:
            told = _reason(state) or f"{name} is heard."
            yield ToolFinished(state.id, LISTENING, told, error=state.state != "done")
        elif shown != (state.progress, state.doing):
            shown = state.progress, state.doing
            yield ToolProgress(state.id, state.progress, state.doing)


def _reason(job: Job) -> str:
    """Return why a job that is over heard nothing, "" where it did."""
    if job.state == "done":
        return ""
    return job.error or "Listening was stopped. Send the recording again."
