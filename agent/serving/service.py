"""A server's parts, put together: what every route works with."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from agent.serving.accounts import LOCAL, Accounts
from agent.serving.desks import Desks
from agent.serving.errands import Manner
from agent.serving.jobs import Job, Jobs
from agent.serving.limits import Limits
from agent.serving.workers import Workers
from agent.settings import Settings
from tools.errors import AudioDecodeError

if TYPE_CHECKING:
    from agent.serving.turns import Turns

log = logging.getLogger(__name__)

CHUNK = 1 << 20

GRACE = 2.0
"""Seconds that running jobs are given at the end; then they are queued for the next start."""


@dataclass
class Service:
    """What one server works with.

    Parameters
    ----------
    keys_only : whether even a request from this machine needs a key
    origins : web pages elsewhere that may ask, such as ``https://music.example``; none by default
    """

    settings: Settings
    limits: Limits
    accounts: Accounts
    jobs: Jobs
    desks: Desks
    workers: Workers
    keys_only: bool = False
    origins: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        settings: Settings,
        keys_only: bool = False,
        origins: tuple[str, ...] = (),
        manner: Manner | None = None,
    ) -> Self:
        """Return the parts of a server; nothing runs before `start`.

        `manner` is how it listens, where not only the settings say so.

        Raises
        ------
        MusicToolError
            If the data folder can't be used, or another server works in it.
        """
        limits = Limits.of(settings)
        jobs = Jobs(settings.data_dir / "server" / "jobs.sqlite")
        try:
            desks = Desks(settings, limits, jobs)
            size = settings.workers or settings.threads
            workers = Workers(jobs, desks, limits, size, manner or Manner(settings.server_level))
        except BaseException:
            jobs.close()
            raise
        accounts = Accounts(settings.data_dir, settings.api_key)
        return cls(settings, limits, accounts, jobs, desks, workers, keys_only, origins)

    @cached_property
    def turns(self) -> "Turns":
        """Where questions are answered."""
        from agent.serving.turns import Turns

        return Turns(self.limits)

    def take(self, file: Path) -> Job:
        """Take a file of this machine for whoever sits here, and queue it to be heard.

        Raises
        ------
        MusicToolError
            If it is no recording that is taken.
        """
        uploads = self.desks.of(LOCAL).uploads
        try:
            with file.open("rb") as content:
                upload = asyncio.run(uploads.receive(file.name, _chunks(content)))
        except OSError as error:
            raise AudioDecodeError(f"'{file}' can't be read: {error.strerror}.") from error
        return self.workers.submit(LOCAL, "listen", upload.id)

    def start(self) -> None:
        """Go on with the jobs that the last server left."""
        self.workers.start()
        threading.Thread(target=self._warm, name="warming", daemon=True).start()

    def _warm(self) -> None:
        """Load beforehand what the first question needs."""
        try:
            import agent.conversation
            import agent.graph
            import agent.toolbox  # noqa: F401

            self.desks.of(LOCAL)
        except Exception:  # whoever asks will be told
            log.exception("warming failed")

    async def stop(self) -> None:
        """Cancel the turns, give running jobs a moment, and let go of files."""
        if "turns" in self.__dict__:
            await self.turns.stop()
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End the work that is no turn, and let go of files."""
        self.workers.stop(GRACE)
        self.desks.close()
        self.jobs.close()


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
