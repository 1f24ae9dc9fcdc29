"""What the server does, in numbers that Prometheus reads; a registry of its own for each application."""

import time
from collections.abc import Iterable, Iterator
from threading import Lock

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.http.asking import WhoAsks
from agent.http.problems import responses
from agent.serving.jobs import Job
from agent.serving.service import Service

NO_ROUTE = "none"
"""The route of a request that fits none: what came is no label, or anybody could make as many as they like."""

FIRST_BYTE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TASK_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

router = APIRouter(tags=["server"])


class Metrics:
    """The numbers of one application."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "musicologue_requests",
            "Requests, by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.first_byte = Histogram(
            "musicologue_first_byte_seconds",
            "Time until an answer begins, by route.",
            ("route",),
            buckets=FIRST_BYTE_SECONDS,
            registry=self.registry,
        )
        self.tasks = Histogram(
            "musicologue_task_seconds",
            "Time of the steps of heavy jobs, by task.",
            ("task",),
            buckets=TASK_SECONDS,
            registry=self.registry,
        )
        self.jobs = Histogram(
            "musicologue_job_seconds",
            "Time of heavy jobs from their queueing to their end, by kind and how they ended.",
            ("kind", "state"),
            buckets=TASK_SECONDS,
            registry=self.registry,
        )
        self.registry.register(_Now(service))
        self._steps: dict[str, tuple[str, float]] = {}  # job -> what is being done, since when
        self._lock = Lock()
        service.workers.listen(self.on_job)

    def on_job(self, job: Job) -> None:
        """Take note of a new state of a job, from any thread."""
        now = time.monotonic()
        with self._lock:
            doing, since = self._steps.get(job.id, ("", now))
            if job.state == "running" and job.doing != doing:
                self._steps[job.id] = job.doing, now
            elif job.state == "running":
                return
            else:
                self._steps.pop(job.id, None)
        if task := _task_names().get(doing):
            self.tasks.labels(task).observe(now - since)
        if job.over and job.finished:
            self.jobs.labels(job.kind, job.state).observe(max(0.0, job.finished - job.created))


class Measured:
    """Counts requests and their time until the first byte (ASGI)."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and take note of what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self.metrics.first_byte.labels(route_of(scope)).observe(time.perf_counter() - began)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.requests.labels(route_of(scope), method, str(status)).inc()


def route_of(scope: Scope) -> str:
    """Return the template of the route that took a request, such as ``/tracks/{id}``."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "In the text format of Prometheus.",
            "content": {"text/plain": {"example": "musicologue_turns_running 1.0\n"}},
        },
        **responses(401),
    },
)
async def metrics(request: Request, user: WhoAsks) -> Response:
    """Tell what the server does, in numbers."""
    registry = request.app.state.metrics.registry
    text = await run_in_threadpool(generate_latest, registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Now(Collector):
    """What is so at the moment of asking."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the parts may not be there yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the turns, the jobs by state and the workers."""
        turns, workers = self._service.turns, self._service.workers
        for name, value in (("running", turns.running), ("waiting", turns.waiting)):
            yield GaugeMetricFamily(f"musicologue_turns_{name}", f"Questions {name}.", value)
        jobs = GaugeMetricFamily("musicologue_jobs", "Jobs, by state.", labels=("state",))
        for state, count in self._service.jobs.counts().items():
            jobs.add_metric((state,), count)
        yield jobs
        yield GaugeMetricFamily("musicologue_workers", "Processes that may hear.", workers.size)


def _task_names() -> dict[str, str]:
    """Return the tasks by what is said while they go on."""
    from agent.listening import TASKS
    from agent.stems import DOING

    return {task.doing: name for name, task in TASKS.items()} | {
        DOING: "stems",
        "decoding": "decoding",
    }
