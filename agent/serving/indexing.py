"""The search index brought up to what was heard, behind the scenes and while nothing is being heard.

It would be brought up to it by the next search anyway; that one need not wait then.
"""

import logging
import threading

from agent.memory import TrackMemory
from tools.errors import MusicToolError

log = logging.getLogger(__name__)


class Indexing:
    """Which memories are ahead of their index, and the thread that makes that good."""

    def __init__(self) -> None:
        self._ahead: set[TrackMemory] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def note(self, memory: TrackMemory) -> None:
        """Take note that something new was heard."""
        with self._lock:
            self._ahead.add(memory)

    def begin(self) -> None:
        """Begin with what is to be done, unless that goes on already."""
        with self._lock:
            if self._stopped or not self._ahead or (self._thread and self._thread.is_alive()):
                return
            self._thread = threading.Thread(target=self._work, name="indexing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the memory that is being worked on."""
        with self._lock:
            self._stopped = True
            self._ahead.clear()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._ahead:
                    return
                memory = self._ahead.pop()
            try:
                memory.flush()
                memory.table(in_sections=True)
            except MusicToolError as error:  # the next search tries again, and tells
                log.warning("the search index is behind: %s", error)
            except Exception:
                log.exception("the search index can't be brought up to date")
