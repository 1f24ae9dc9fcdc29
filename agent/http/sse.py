"""Server-sent events: how they are written, and the heartbeat that keeps a quiet stream open."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

HEARTBEAT_SECONDS = 15.0
"""Proxies and browsers give up on a stream that says nothing for 30 to 60 seconds."""

BEAT = ": still here\n\n"
OPENED = ": open\n\n"

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def sent_event(content: Any, name: str = "") -> str:
    """Return one event: a name, if it has one, and its content as JSON on one line."""
    named = f"event: {name}\n" if name else ""
    return f"{named}data: {json.dumps(content, ensure_ascii=False, allow_nan=False)}\n\n"


def event_stream(
    texts: AsyncIterator[str], headers: dict[str, str] | None = None
) -> StreamingResponse:
    """Return the response that sends events as they come; it opens at once.

    When the client hangs up, `texts` is closed.
    """
    return StreamingResponse(
        with_heartbeat(texts), media_type="text/event-stream", headers=HEADERS | (headers or {})
    )


async def with_heartbeat(
    texts: AsyncIterator[str], seconds: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[str, None]:
    """Yield a comment at once, then the texts, with a comment wherever they are late."""
    pending: asyncio.Future[str] | None = None
    try:
        yield OPENED
        while True:
            pending = pending or asyncio.ensure_future(anext(texts))
            done, _ = await asyncio.wait({pending}, timeout=seconds)
            if not done:
                yield BEAT
                continue
            try:
                text = pending.result()
            except StopAsyncIteration:
                return
            finally:
                pending = None
            yield text
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
        if (close := getattr(texts, "aclose", None)) is not None:
            await close()
