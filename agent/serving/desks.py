"""The desks of a server, made when a user first asks and closed when nobody sits there any more."""

import threading
import time
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from agent.serving.accounts import LOCAL, User
from agent.serving.desk import Desk
from agent.serving.jobs import Jobs
from agent.serving.limits import Limits
from agent.settings import Settings
from agent.workbench import Workbench

IDLE_SECONDS = 120.0
"""A desk that was asked for within this time stays, even where there are many."""


class Desks:
    """The desks of all users. Safe for threads.

    The user `LOCAL` has the data folder itself, the same library as the command line; another has
    ``users/<id>`` below it.
    """

    def __init__(self, settings: Settings, limits: Limits, jobs: Jobs) -> None:
        self.settings, self.limits, self.jobs = settings, limits, jobs
        self.bench = Workbench(settings)  # its weights, words and models are everybody's
        self._desks: OrderedDict[str, tuple[Desk, float]] = OrderedDict()
        self._lock = threading.RLock()

    def of(self, user: User) -> Desk:
        """Return the desk of a user."""
        with self._lock:
            desk = self._desks.pop(user.id, (None, 0.0))[0] or self._made(user)
            self._desks[user.id] = desk, time.monotonic()
            self._close_idle()
            return desk

    def at_hand(self, user: User) -> Desk | None:
        """Return the desk of a user if that takes no time: it is open, and nobody opens or closes one."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if user.id not in self._desks:
                return None
            desk = self._desks.pop(user.id)[0]
            self._desks[user.id] = desk, time.monotonic()
            return desk
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close all desks."""
        with self._lock:
            for desk, _ in self._desks.values():
                desk.close()
            self._desks.clear()
            self.bench.close()

    # ---- inside ---------------------------------------------------------------------------------

    def folder_of(self, user: User) -> Path:
        """Return where the things of a user lie."""
        if user == LOCAL:
            return self.settings.data_dir
        return self.settings.data_dir / "users" / user.id

    def _made(self, user: User) -> Desk:
        folder = self.folder_of(user)
        if user == LOCAL:
            return Desk(user, folder, self.bench, self.jobs, self.limits)
        # A memory on a Chroma server is shared, so it can be nobody's own.
        own = replace(self.settings, data_dir=folder, export_dir=folder / "exports", chroma="")
        bench = Workbench(own, shared=self.bench)
        return Desk(user, folder, bench, self.jobs, self.limits)

    def _close_idle(self) -> None:
        before = time.monotonic() - IDLE_SECONDS
        for user_id, (desk, used) in list(self._desks.items()):
            if len(self._desks) <= self.limits.desks or used > before:
                return
            if not desk.busy:
                del self._desks[user_id]
                desk.close()
