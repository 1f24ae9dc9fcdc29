"""Jobs over HTTP: looked at, watched and cancelled."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from agent.http.asking import ServiceOf, WhoAsks
from agent.http.problems import responses
from agent.http.sse import event_stream, sent_event
from agent.http.track_shapes import EVENTS, JobShape
from agent.serving.jobs import Job, State

router = APIRouter(tags=["jobs"])


@router.get("/jobs", responses=responses(401, 422))
async def list_jobs(
    user: WhoAsks,
    service: ServiceOf,
    state: Annotated[State | None, Query(description="Those in this state only.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[JobShape]:
    """List your jobs, the last asked for first."""
    jobs = await run_in_threadpool(service.workers.of, user)
    chosen = [job for job in reversed(jobs) if state is None or job.state == state]
    return [JobShape.of(job) for job in chosen[:limit]]


@router.get("/jobs/{job}", responses=responses(401, 404))
async def show_job(job: str, user: WhoAsks, service: ServiceOf) -> JobShape:
    """Tell how far a job is."""
    return JobShape.of(await run_in_threadpool(service.workers.get, user, job))


@router.delete("/jobs/{job}", responses=responses(401, 404))
async def cancel_job(job: str, user: WhoAsks, service: ServiceOf) -> JobShape:
    """Cancel a job, and tell what has become of it: one that is over stays as it is."""
    return JobShape.of(await run_in_threadpool(service.workers.cancel, user, job))


@router.get(
    "/jobs/{job}/events",
    response_class=StreamingResponse,
    responses=EVENTS | responses(401, 404),
)
async def watch_job(job: str, user: WhoAsks, service: ServiceOf) -> StreamingResponse:
    """Watch a job: how far it is, as it goes on, until it is over."""
    begun = await run_in_threadpool(service.workers.get, user, job)
    return event_stream(told(service.workers.events(user, begun.id)))


async def told(states: AsyncIterator[Job]) -> AsyncGenerator[str, None]:
    """Yield the states of a job as events."""
    async for state in states:
        yield sent_event(JobShape.of(state).model_dump(), "job")
