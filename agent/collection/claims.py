"""Claims on tracks: of two runs that add the same files at once, one hears a track, the other waits.

A claim is a lock on a file named by the content of the track, so the system frees it when its holder
dies. Should two hold the same claim after all, a track is heard twice and remembered once.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.record_files import store_error

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Claims:
    """The claims of one run, below a folder that all runs share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, BaseFileLock] = {}

    def take(self, track_id: str) -> bool:
        """Claim a track; False where it is claimed, by this run or another one.

        Raises
        ------
        MemoryStoreError
            If the folder can't be written.
        """
        from filelock import FileLock, Timeout

        if track_id in self._held:
            return False
        lock = FileLock(self._place(track_id), timeout=0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise store_error(self._folder.parent, error) from error
        self._held[track_id] = lock
        return True

    def drop(self, track_id: str) -> None:
        """Let go of a claim; its file goes, too."""
        lock = self._held.pop(track_id, None)
        if lock is None:
            return
        with suppress(OSError):  # before it is free, or somebody else's claim would lose its file
            self._place(track_id).unlink(missing_ok=True)
        lock.release()

    def drop_all(self) -> None:
        """Let go of all claims, and of the folder where nobody else has one."""
        for track_id in list(self._held):
            self.drop(track_id)
        with suppress(OSError):
            self._folder.rmdir()

    def _place(self, track_id: str) -> Path:
        return self._folder / f"{track_id}.lock"
