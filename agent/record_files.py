"""Track records as files: ``<folder>/tracks/<id>.json``, the truth of the memory.

A file is written beside its place, flushed to the disk and renamed, so a reader sees the old record
or the new one, whole. Names are made of ids only, never of titles or paths.
"""

import errno
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.record import RecordError, TrackRecord, is_track_id
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from filelock import BaseFileLock

log = logging.getLogger(__name__)

LOCK_SECONDS = 60.0
"""How long to wait for another process: far above what writing a record or a batch takes."""

TRIAL_BYTES = 1 << 20
"""Room that an index needs to be opened and written at all."""


class MemoryStoreError(MusicToolError):
    """The memory can't be read or written; the message says what to do."""


@contextmanager
def locked(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock file: one holder among all processes and threads; freed when a process dies.

    Parameters
    ----------
    waiting : for work of any length: called every second until the lock is free, may raise
        `tools.errors.Cancelled`; without it, another holder is waited for `LOCK_SECONDS` long

    Raises
    ------
    MemoryStoreError
        If it can't be had.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=LOCK_SECONDS if waiting is None else 1.0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, waiting)
    except Timeout as error:
        raise MemoryStoreError(
            f"Another Musicologue has been busy with the memory in {path.parent} for "
            f"{LOCK_SECONDS:.0f} s. Wait for it or end it, then ask again."
        ) from error
    except (OSError, NotImplementedError) as error:
        raise store_error(path.parent, error) from error
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: "BaseFileLock", waiting: Callable[[], None] | None) -> None:
    from filelock import Timeout

    while True:
        try:
            lock.acquire()
        except Timeout:
            if waiting is None:
                raise
            waiting()
        else:
            return


def store_error(folder: Path, error: BaseException) -> MemoryStoreError:
    """Return the sentence for a failed read or write below a folder."""
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return MemoryStoreError(
            f"The memory in {folder} can't be written: the disk is full. Free some space, or "
            "choose another data folder."
        )
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return MemoryStoreError(
            f"The memory in {folder} can't be written: no permission. Choose another data folder."
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return MemoryStoreError(f"The memory in {folder} can't be used: {reason}.")


class RecordFiles:
    """The folder of record files. Knows no index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tracks"
        self._lock = folder / "tracks.lock"

    def write(self, record: TrackRecord) -> None:
        """Put a record on the disk; once this returns, no crash loses it.

        Raises
        ------
        MemoryStoreError
            If the disk is full or the folder can't be written; the old record is still there.
        """
        content = json.dumps(record.to_dict(), separators=(",", ":"), allow_nan=False).encode()
        place = self._place(record.id)
        scratch = place.with_suffix(".tmp")
        with locked(self._lock):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                try:
                    write_through(scratch, content)
                    os.replace(scratch, place)
                finally:
                    scratch.unlink(missing_ok=True)
                flush_folder(self.folder)
            except OSError as error:
                raise store_error(self.folder.parent, error) from error

    def read(self, track_id: str) -> TrackRecord | None:
        """Return a record, None where there is none.

        Raises
        ------
        RecordError
            If its file is damaged.
        MemoryStoreError
            If it can't be read.
        """
        place = self._place(track_id)
        try:
            record = TrackRecord.from_dict(json.loads(place.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise store_error(self.folder.parent, error) from error
        except (RecordError, ValueError, RecursionError) as error:
            raise RecordError(f"The file {place} is damaged: {error}") from error
        if record.id != track_id:
            raise RecordError(f"The file {place} is damaged: it holds another track.")
        return record

    def remove(self, track_id: str) -> bool:
        """Take a record away; return whether there was one.

        Raises
        ------
        MemoryStoreError
            If it can't be taken away.
        """
        place = self._place(track_id)
        if not place.exists():
            return False
        with locked(self._lock):
            try:
                place.unlink(missing_ok=True)
                flush_folder(self.folder)
            except OSError as error:
                raise store_error(self.folder.parent, error) from error
        return True

    def stamps(self) -> dict[str, str]:
        """Return what tells one state of each file from another: time and size, by track id."""
        return {
            name[: -len(".json")]: f"{status.st_mtime_ns}:{status.st_size}"
            for name, status in self._entries()
            if name.endswith(".json") and is_track_id(name[: -len(".json")])
        }

    def strangers(self) -> list[str]:
        """Return names that are no records: what a killed writer left, or somebody put there."""
        return sorted(
            name
            for name, _ in self._entries()
            if not (name.endswith(".json") and is_track_id(name[: -len(".json")]))
        )

    def tidy(self) -> None:
        """Take away what killed writers left."""
        with locked(self._lock):  # nobody writes now, so every half-written file is an orphan
            for name in self.strangers():
                if name.endswith(".tmp") and is_track_id(name[: -len(".tmp")]):
                    (self.folder / name).unlink(missing_ok=True)

    def try_writing(self) -> None:
        """Raise `MemoryStoreError` where a file as large as a record can't be written."""
        scratch = self.folder.parent / "trial.tmp"
        with locked(self._lock):
            try:
                try:
                    write_through(scratch, bytes(TRIAL_BYTES))
                finally:
                    scratch.unlink(missing_ok=True)
            except OSError as error:
                raise store_error(self.folder.parent, error) from error

    def changed_at(self) -> int | None:
        """Return when a record last came, changed or went, in ns; None without a folder."""
        return changed_at(self.folder)

    def _entries(self) -> Iterator[tuple[str, os.stat_result]]:
        return entries(self.folder)

    def _place(self, track_id: str) -> Path:
        return place(self.folder, track_id)


def changed_at(folder: Path) -> int | None:
    """Return when a file of a folder last came or went, in ns; None without a folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None


def entries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files of a folder of tracks by name; none without a folder.

    Raises
    ------
    MemoryStoreError
        If the folder can't be read.
    """
    try:
        with os.scandir(folder) as found:
            for entry in found:
                try:
                    yield entry.name, entry.stat()
                except FileNotFoundError:  # it went meanwhile
                    continue
    except FileNotFoundError:
        return
    except OSError as error:
        raise store_error(folder.parent, error) from error


def place(folder: Path, track_id: str) -> Path:
    """Return the file of a track in a folder.

    Raises
    ------
    RecordError
        If it is no track id, and so might be any path.
    """
    if not is_track_id(track_id):
        raise RecordError(f"'{str(track_id)[:40]}' is not a track id (32 hex digits).")
    return folder / f"{track_id}.json"


def write_through(path: Path, content: bytes) -> None:
    """Write a file so that it is on the disk when this returns."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush a rename to the disk, where the system has such a thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
