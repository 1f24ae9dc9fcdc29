"""The file in which a desk keeps its threads and addresses: one SQLite database a user."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.record_files import MemoryStoreError, store_error

TABLES = (
    "threads (id TEXT PRIMARY KEY, title TEXT, created REAL, used REAL, passing INTEGER)",
    "tracks (thread TEXT, place INTEGER, track TEXT, PRIMARY KEY (thread, track))",
    "histories (hash TEXT PRIMARY KEY, thread TEXT, length INTEGER, head INTEGER, used REAL)",
    "folders (token TEXT PRIMARY KEY, folder TEXT UNIQUE)",
)
INDEXES = ("by_thread ON histories (thread)", "by_use ON histories (used)")


class DeskFile:
    """A database that is safe for threads; what was written is on the disk.

    Raises
    ------
    MemoryStoreError
        If it can't be made or opened.
    """

    def __init__(self, file: Path) -> None:
        self._file, self._lock = Path(file), threading.RLock()
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        except OSError as error:
            raise store_error(self._file.parent, error) from error
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self.rows("PRAGMA journal_mode = WAL")
        with self.writing() as database:
            for table in TABLES:
                database.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            for index in INDEXES:
                database.execute(f"CREATE INDEX IF NOT EXISTS {index}")

    @contextmanager
    def writing(self, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Do all that is written inside, or nothing of it.

        What need not be `durable` is whole after a crash, too, but may be as it was before.
        """
        with self._lock:
            try:
                self._database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                self._database.execute("BEGIN IMMEDIATE")
                yield self._database
                self._database.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo()
                raise self._failed(error) from error
            except BaseException:
                self._undo()
                raise

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what a SELECT finds."""
        with self._lock:
            try:
                return self._database.execute(question, values).fetchall()
            except sqlite3.Error as error:
                raise self._failed(error) from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def _undo(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _failed(self, error: sqlite3.Error) -> MemoryStoreError:
        return MemoryStoreError(f"What is kept in {self._file} can't be used: {error}.")
