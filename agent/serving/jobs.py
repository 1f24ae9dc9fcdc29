"""Jobs: what was asked of the workers and how far it is. A table on the disk that outlives a crash.

Once `add` or `change` returns, the row is on the disk. How far a running job is, is not worth a write
to the disk: `agent.serving.workers` knows it.
"""

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from agent.record_files import MemoryStoreError, store_error
from agent.serving.errors import UnknownJobError
from tools.errors import MusicToolError
from tools.titles import clean_text

Kind = Literal["listen", "separate", "transcribe"]
State = Literal["queued", "running", "done", "failed", "cancelled"]

KINDS: tuple[Kind, ...] = ("listen", "separate", "transcribe")
UNDER_WAY: tuple[State, ...] = ("queued", "running")

KEPT_SECONDS = 30 * 86_400.0
"""How long a job that is over is told of."""


@dataclass(frozen=True)
class Job:
    """One piece of heavy work.

    Parameters
    ----------
    user : id of whoever asked for it
    upload : id of the file that is listened to; "" where a track was named
    track : content id; "" until it is known
    progress : 0 to 1; `doing` says with what
    error : why it failed, in a sentence
    created, finished : seconds since 1970; 0 while it is not finished
    begun : how many times a worker began it
    """

    id: str
    user: str
    kind: Kind
    upload: str = ""
    track: str = ""
    state: State = "queued"
    progress: float = 0.0
    doing: str = ""
    error: str = ""
    created: float = 0.0
    finished: float = 0.0
    begun: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in UNDER_WAY

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for users: without whose it is."""
        hidden = ("user", "begun")
        return {name: value for name, value in asdict(self).items() if name not in hidden}


COLUMNS = tuple(field.name for field in fields(Job))
_DOING = {"queued": "waiting for a worker", "done": "done"}


class Jobs:
    """The jobs of all users of a server, in one file. Safe for threads; one server at a time.

    Raises
    ------
    MusicToolError
        If another server has the file open, or it can't be used.
    """

    def __init__(self, file: Path) -> None:
        from filelock import FileLock, Timeout

        self.file = Path(file)
        self._lock = threading.RLock()
        self._alone = FileLock(self.file.with_suffix(".lock"), timeout=0)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._alone.acquire()
        except Timeout as error:
            raise MusicToolError(
                f"Another server works in '{self.file.parent}'. End it, or choose another data "
                "folder with --data-dir."
            ) from error
        except OSError as error:
            raise store_error(self.file.parent, error) from error
        try:
            self._database = self._opened()
        except BaseException:
            self._alone.release()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()
            self._alone.release()

    # ---- writing --------------------------------------------------------------------------------

    def add(self, user: str, kind: Kind, upload: str = "", track: str = "", **more: Any) -> Job:
        """Put down a new job and return it; once this returns, no crash loses it."""
        more = {"doing": _DOING["queued"]} | more
        job = Job(uuid.uuid4().hex, user, kind, upload, track, created=time.time(), **more)
        marks = ", ".join("?" * len(COLUMNS))
        with self._writing() as database:
            database.execute(
                f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({marks})",
                [getattr(job, name) for name in COLUMNS],
            )
        return job

    def change(self, job_id: str, **values: Any) -> Job:
        """Change some fields of a job and return it; a job that is over gets its time.

        Raises
        ------
        UnknownJobError
            If there is none.
        """
        if values.get("state", "queued") not in UNDER_WAY:
            values = {"finished": time.time(), "doing": _DOING.get(values["state"], "")} | values
        unknown = values.keys() - set(COLUMNS)
        if unknown:
            raise ValueError(f"jobs have no {', '.join(sorted(unknown))}")
        with self._writing() as database:
            database.execute(
                f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
                [*values.values(), job_id],
            )
        return self.get(job_id)

    def begin(self, job_id: str) -> Job:
        """Note that a worker begins a job, unless it is not queued any more, and return it."""
        with self._writing() as database:
            database.execute(
                "UPDATE jobs SET state = 'running', doing = 'starting', begun = begun + 1, "
                "started = ? WHERE id = ? AND state = 'queued'",
                [time.time(), job_id],
            )
        return self.get(job_id)

    def requeue(self) -> list[Job]:
        """Queue again what was running when the last server ended; return all that is queued."""
        with self._writing() as database:
            database.execute(
                "UPDATE jobs SET state = 'queued', progress = 0, doing = ? WHERE state = 'running'",
                [_DOING["queued"]],
            )
        return self.under_way()

    def forget(self, job_id: str) -> None:
        """Take a job out of the table."""
        with self._writing() as database:
            database.execute("DELETE FROM jobs WHERE id = ?", [job_id])

    def tidy(self) -> None:
        """Take out what has been over for long."""
        with self._writing() as database:
            database.execute(
                "DELETE FROM jobs WHERE finished > 0 AND finished < ?", [time.time() - KEPT_SECONDS]
            )

    # ---- reading --------------------------------------------------------------------------------

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        UnknownJobError
            If there is none.
        """
        found = self._select("id = ?", [job_id])
        if not found:
            raise unknown_job(job_id)
        return found[0]

    def of(self, user: str, track: str = "", upload: str = "") -> list[Job]:
        """Return the jobs of a user, perhaps of one track or upload only, the first first."""
        where, values = "user = ?", [user]
        for name, value in (("track", track), ("upload", upload)):
            if value:
                where, values = f"{where} AND {name} = ?", [*values, value]
        return self._select(where, values)

    def under_way(self, user: str = "") -> list[Job]:
        """Return what is queued or running, the first first, perhaps of one user only."""
        where = "state IN ('queued', 'running')"
        return self._select(f"{where} AND user = ?", [user]) if user else self._select(where)

    def counts(self) -> dict[str, int]:
        """Return how many jobs there are in each state."""
        with self._lock:
            rows = self._database.execute("SELECT state, COUNT(*) FROM jobs GROUP BY state")
            return {str(state): int(count) for state, count in rows}

    def mean_seconds(self, last: int = 20) -> float:
        """Return how long the last jobs took from their beginning to their end, 60 without any."""
        with self._lock:
            (mean,) = self._database.execute(
                "SELECT AVG(took) FROM (SELECT finished - started AS took FROM jobs "
                "WHERE state = 'done' AND started > 0 ORDER BY finished DESC LIMIT ?)",
                [last],
            ).fetchone()
        return float(mean) if mean else 60.0

    # ---- inside ---------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        try:
            database = sqlite3.connect(self.file, check_same_thread=False, isolation_level=None)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, user TEXT, kind TEXT, "
                "upload TEXT, track TEXT, state TEXT, progress REAL, doing TEXT, error TEXT, "
                "created REAL, finished REAL, begun INTEGER, started REAL DEFAULT 0)"
            )
            database.execute("CREATE INDEX IF NOT EXISTS by_user ON jobs (user, track)")
            database.execute("CREATE INDEX IF NOT EXISTS by_state ON jobs (state)")
        except sqlite3.Error as error:
            raise MemoryStoreError(f"The jobs in {self.file} can't be used: {error}.") from error
        return database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._database
            except sqlite3.Error as error:
                raise MemoryStoreError(
                    f"The jobs in {self.file} can't be written: {error}. Free some space."
                ) from error

    def _select(self, where: str, values: list[Any] | None = None) -> list[Job]:
        asked = f"SELECT {', '.join(COLUMNS)} FROM jobs WHERE {where} ORDER BY created, rowid"
        with self._lock:
            return [Job(*row) for row in self._database.execute(asked, values or [])]


def unknown_job(job_id: str) -> UnknownJobError:
    """Return the sentence for a job that is not there, or is somebody else's."""
    return UnknownJobError(f"There is no job '{clean_text(job_id, 40)}'.")
