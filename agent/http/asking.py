"""Who asks, and what of the server is theirs: what handlers say they need."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from agent.serving.accounts import User
from agent.serving.desk import Desk
from agent.serving.service import Service

BEARER = HTTPBearer(
    auto_error=False,
    description="A key of `python -m agent keys add NAME`. From the same machine none is needed.",
)


async def who_asks(request: Request, _: Annotated[object, Security(BEARER)]) -> User:
    """Return the user that the gate let in (`agent.http.gate`)."""
    return cast(User, request.state.user)


async def service_of(request: Request) -> Service:
    """Return the parts of the server."""
    return cast(Service, request.app.state.service)


WhoAsks = Annotated[User, Depends(who_asks)]
ServiceOf = Annotated[Service, Depends(service_of)]


async def desk_of(user: WhoAsks, service: ServiceOf) -> Desk:
    """Return the desk of whoever asks."""
    desk = service.desks.at_hand(user)
    return await run_in_threadpool(service.desks.of, user) if desk is None else desk


DeskOf = Annotated[Desk, Depends(desk_of)]
