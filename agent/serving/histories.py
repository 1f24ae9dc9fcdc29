"""Which thread a history belongs to, for clients that send all that was said with every question.

A history is known by a hash of what was said. Where it is the latest state of a thread, the thread
goes on; where the thread has gone on since (a question was edited, or asked anew), a new one begins
with what it had heard up to there.
"""

import time
from dataclasses import dataclass

from agent.serving.desk_file import DeskFile

KEPT = 20_000
"""Histories of one user; the ones used least lately are forgotten."""


@dataclass(frozen=True)
class Known:
    """A thread as it was when a history was told.

    Parameters
    ----------
    length : messages of the thread at that time
    head : whether the thread has not gone on since; then it is now taken by whoever asked
    """

    thread: str
    length: int
    head: bool


class Histories:
    """The histories of one user."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file

    def take(self, digest: str) -> Known | None:
        """Return the thread of a history, None where it was never told here.

        Of two who ask at once, one goes on in the thread, and the other one gets a copy.
        """
        with self._file.writing() as database:
            asked = "SELECT thread, length, head FROM histories WHERE hash = ?"
            found = database.execute(asked, [digest]).fetchone()
            if found is None:
                return None
            database.execute("UPDATE histories SET head = 0 WHERE hash = ?", [digest])
        return Known(str(found[0]), int(found[1]), bool(found[2]))

    def give_back(self, digest: str) -> None:
        """Let the thread be gone on with from here after all: the question was not answered."""
        with self._file.writing() as database:
            database.execute("UPDATE histories SET head = 1 WHERE hash = ?", [digest])

    def remember(self, digest: str, thread: str, length: int) -> None:
        """Keep what a thread is after an answer."""
        with self._file.writing() as database:
            database.execute(
                "INSERT OR REPLACE INTO histories VALUES (?, ?, ?, 1, ?)",
                [digest, thread, length, time.time()],
            )
            database.execute(
                "DELETE FROM histories WHERE hash IN "
                "(SELECT hash FROM histories ORDER BY used DESC LIMIT -1 OFFSET ?)",
                [KEPT],
            )
