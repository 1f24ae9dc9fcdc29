"""A user's desk: a folder of their own, and what works on it. Nothing on it is another user's."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from agent.serving.accounts import User
from agent.serving.jobs import Jobs
from agent.serving.limits import Limits
from agent.serving.uploads import Uploads
from agent.workbench import Workbench

if TYPE_CHECKING:
    from agent.memory import TrackMemory
    from agent.serving.threads import Threads
    from agent.serving.tracks import Tracks


class Desk:
    """What one user has on a server.

    Parameters
    ----------
    folder : the data folder of the user, also that of `bench`
    bench : memory and library; weights and models are those of the whole server
    jobs : the jobs of the whole server; ask the workers for those of a user
    """

    def __init__(
        self, user: User, folder: Path, bench: Workbench, jobs: Jobs, limits: Limits
    ) -> None:
        self.user, self.folder = user, folder
        self.bench, self.jobs, self.limits = bench, jobs, limits
        self.uploads = Uploads(folder / "uploads", limits)
        self._holds = 0
        self._lock = Lock()

    @property
    def memory(self) -> "TrackMemory":
        """The tracks of the user."""
        return self.bench.memory

    @cached_property
    def tracks(self) -> "Tracks":
        """What is told of the tracks of the user."""
        from agent.serving.tracks import Tracks

        return Tracks(self)

    @cached_property
    def threads(self) -> "Threads":
        """The conversations of the user."""
        from agent.serving.threads import Threads

        return Threads(self)

    @contextmanager
    def held(self) -> Iterator["Desk"]:
        """Keep the desk from being closed while something goes on at it, such as a turn."""
        with self._lock:
            self._holds += 1
        try:
            yield self
        finally:
            with self._lock:
                self._holds -= 1

    @property
    def busy(self) -> bool:
        """Whether it must not be closed."""
        return self._holds > 0

    def close(self) -> None:
        """Let go of files."""
        if "threads" in self.__dict__:
            self.threads.close()
        self.bench.close()
