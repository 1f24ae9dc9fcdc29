"""A server without HTTP, for tests: its desks, its queue and its workers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from collection_clips import PLAIN

from agent.collection.pool import OnProgress, ProcessPool
from agent.serving.accounts import LOCAL, User
from agent.serving.desks import Desks
from agent.serving.errands import Manner
from agent.serving.jobs import Jobs
from agent.serving.limits import Limits
from agent.serving.uploads import Upload
from agent.serving.workers import MakePool, Workers
from agent.settings import Settings

ENGINES = (*PLAIN, ("notes", "plain"), ("segments", "plain"), ("tags", "plain"))
QUICK = Manner("quick", ENGINES)
"""What can be heard in a second, without weights."""

ANNA, BEN = User("anna", "anna"), User("ben", "ben")


@dataclass(frozen=True)
class Place:
    """What a server is made of."""

    jobs: Jobs
    desks: Desks
    workers: Workers

    def send(self, path: Path, user: User = LOCAL, name: str = "") -> Upload:
        """Send a file to the desk of a user."""

        async def whole() -> AsyncIterator[bytes]:
            yield path.read_bytes()

        return asyncio.run(self.desks.of(user).uploads.receive(name or path.name, whole()))


@contextmanager
def opened(
    data_dir: Path,
    cache_dir: Path,
    limits: Limits | None = None,
    make_pool: MakePool = ProcessPool,
    size: int = 1,
) -> Iterator[Place]:
    """Open a server's parts over a folder; the workers are not started, and stopped at the end."""
    limits = limits or Limits()
    settings = Settings(data_dir, cache_dir, model="rules", offline=True)
    jobs = Jobs(data_dir / "jobs.sqlite")
    desks = Desks(settings, limits, jobs)
    workers = Workers(jobs, desks, limits, size, QUICK, make_pool)
    try:
        yield Place(jobs, desks, workers)
    finally:
        workers.stop()
        desks.close()
        jobs.close()


def nothing(path: str, fraction: float, doing: str) -> None:
    """Be told of progress and forget it."""


__all__ = ["ANNA", "BEN", "QUICK", "OnProgress", "Place", "nothing", "opened"]
