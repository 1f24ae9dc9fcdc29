"""Whether the server is up, and whether it can do its work."""

from fastapi import APIRouter

from agent.http.shapes import Health

router = APIRouter(tags=["server"])


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the server is up. Needs no key."""
    return Health(status="ok")
