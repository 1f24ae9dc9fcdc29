"""The key of a web page, kept by the browser where no script can read it."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from agent.http.asking import ServiceOf
from agent.http.gate import COOKIE
from agent.http.problems import responses
from agent.http.shapes import example

router = APIRouter(tags=["server"])

LASTS = 30 * 86_400
LONGEST_KEY = 200


class Key(BaseModel):
    """A key that is sent once."""

    key: str = Field(min_length=1, max_length=LONGEST_KEY)

    model_config = example({"key": "mk-…"})


@router.post("/session", status_code=204, responses=responses(401, 403, 413, 422))
async def begin(sent: Key, request: Request, response: Response, service: ServiceOf) -> None:
    """Have the browser send a key with every request from now on, also for sounds and pictures."""
    if service.accounts.user_of(sent.key) is None:
        raise HTTPException(401, "That is nobody's key.", {"WWW-Authenticate": "Bearer"})
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, sent.key, max_age=LASTS, httponly=True, samesite="strict", secure=secure
    )


@router.delete("/session", status_code=204, responses=responses(403))
async def end(response: Response) -> None:
    """Have the browser forget the key."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
