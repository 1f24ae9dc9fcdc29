"""The application: all routes behind one gate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from agent.http import (
    exports,
    health,
    jobs,
    metrics,
    openai,
    openai_files,
    page,
    parts,
    search,
    sessions,
    threads,
    tracks,
)
from agent.http.document import add_document
from agent.http.gate import Gate
from agent.http.problems import add_problems
from agent.serving.service import Service

ABOUT = "Listens to music and talks about it: every fact is traceable to the tool that measured it."

ROUTERS: tuple[APIRouter, ...] = (
    tracks.router,
    parts.router,
    jobs.router,
    threads.router,
    exports.router,
    openai.router,
    openai_files.router,
    search.router,
    health.router,
    metrics.router,
    sessions.router,
    page.router,
)
"""The routes, in the order in which the OpenAPI document lists them. A new module is named here."""


def create_app(service: Service) -> FastAPI:
    """Return the application over the parts of a server; it starts and closes them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        yield
        await service.stop()

    # No pages of documentation: they would load scripts from elsewhere.
    app = FastAPI(
        title="Musicologue", description=ABOUT, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    add_problems(app)
    add_document(app)
    app.state.metrics = metrics.Metrics(service)
    app.add_middleware(Gate, service=service)
    if service.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=service.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Range"],
            expose_headers=["Location", "Retry-After"],
        )
    app.add_middleware(metrics.Measured, metrics=app.state.metrics)  # the outermost: it sees all
    return app
