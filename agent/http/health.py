"""Whether the server is up, and whether it can do its work."""

import os
import shutil
import tempfile
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from agent.http.asking import ServiceOf, WhoAsks
from agent.http.problems import responses
from agent.http.shapes import Health, example
from agent.serving.service import Service

router = APIRouter(tags=["server"])

LEAST_FREE = 200_000_000
"""Bytes without which no recording should be taken."""


class Readiness(BaseModel):
    """Whether the server can do its work, and if not, why not."""

    ready: bool
    disk: Annotated[str, Field(description='"ok", or what is wrong with the data folder.')]
    workers: Annotated[str, Field(description='"ok", or what is wrong with those who hear.')]
    weights: Annotated[str, Field(description='"ok", or which tasks can\'t be done.')]
    model: Annotated[str, Field(description="The chat model that is asked.")]

    model_config = example(
        {"ready": True, "disk": "ok", "workers": "ok", "weights": "ok", "model": "embedded"}
    )


@router.get("/healthz", response_model=Health)
async def healthz() -> dict[str, Literal["ok"]]:
    """Tell that the server is up. Needs no key."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "Not ready."}, **responses(401)},
)
async def readyz(response: Response, user: WhoAsks, service: ServiceOf) -> Readiness:
    """Tell whether the server can do its work: 503 where it can't."""
    found = await run_in_threadpool(examined, service)
    response.status_code = 200 if found.ready else 503
    return found


def examined(service: Service) -> Readiness:
    """Look at the disk, the workers and the weights."""
    disk = _disk(service)
    workers = "ok" if service.workers.alive else "no jobs are being worked off"
    weights = _weights(service)
    return Readiness(
        ready=disk == workers == weights == "ok",
        disk=disk,
        workers=workers,
        weights=weights,
        model=service.settings.model,
    )


def _disk(service: Service) -> str:
    folder = service.settings.data_dir
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"ready?")
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"the data folder can't be written: {error.strerror}"
    if free < LEAST_FREE:
        return f"only {free / 1e6:.0f} MB are free"
    return "ok"


def _weights(service: Service) -> str:
    """Tell which tasks of the level that is listened for no engine can do."""
    from agent.listening import LEVELS, TASKS, with_needs

    store = service.desks.bench.store
    lacking = [
        name
        for name in with_needs(LEVELS[service.settings.server_level])
        if all(engine.obstacle(store) is not None for engine in TASKS[name].engines())
    ]
    return f"nothing can do: {', '.join(lacking)}" if lacking else "ok"
