"""What a job means to a worker process: which file, which tasks, what is known, and what to keep.

A file is decoded first, to tell which track it is; what is known of that track is not heard again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from agent.collection.claims import Claims
from agent.collection.worker import How
from agent.collection.worker import Job as Work
from agent.exporting import NEEDS
from agent.heard import Freshness, freshness, missing
from agent.listening import LEVELS
from agent.path_index import PathIndex
from agent.record import TrackRecord
from agent.render import describe_words
from agent.serving.desk import Desk
from agent.serving.jobs import Job, Kind
from agent.serving.uploads import Upload
from agent.stems import StemShelf
from tools.errors import UnknownTrackError

log = logging.getLogger(__name__)


def tasks_of(kind: Kind, level: str) -> tuple[str, ...]:
    """Return what is to be listened for; stems are made beside that."""
    if kind == "transcribe":
        return NEEDS["midi"]
    return LEVELS[level] if kind == "listen" else ("level",)


@dataclass(frozen=True)
class Manner:
    """How a server listens.

    Parameters
    ----------
    level : how much for, of `agent.listening.LEVELS`
    engines : engines by task, where one is forced
    """

    level: str = "standard"
    engines: tuple[tuple[str, str], ...] = ()


class Errand:
    """One job at the desk of its user.

    Parameters
    ----------
    manner : how much is listened for, and by whom
    claims : the tracks of this desk that are being heard, here or by another process

    Raises
    ------
    UnknownUploadError, UnknownTrackError
        If what is to be heard is not there any more.
    """

    def __init__(self, job: Job, desk: Desk, manner: Manner, claims: Claims) -> None:
        self.job, self.desk, self._manner, self._claims = job, desk, manner, claims
        self.tasks = tasks_of(job.kind, manner.level)
        self.upload: Upload | None = desk.uploads.get(job.upload) if job.upload else None
        self.track_id = job.track
        self.path = str(self.upload.path) if self.upload else self._path_of(job.track)
        self._header: TrackRecord | None = None

    def _path_of(self, track_id: str) -> str:
        record = self.desk.memory.get(track_id)
        if record is None:
            raise UnknownTrackError(f"There is no track '{track_id[:40]}'.")
        return record.path

    @cached_property
    def how(self) -> How:
        """With what to hear."""
        settings = self.desk.bench.settings
        stems = str(self.desk.folder / "stems") if self.job.kind == "separate" else ""
        return How(
            str(settings.cache_dir),
            settings.offline,
            settings.licence,
            self._manner.engines,
            stems,
            self.desk.limits.seconds,
        )

    # ---- before ---------------------------------------------------------------------------------

    def find(self) -> str:
        """Return which track it is, without decoding; "" where that is not known."""
        if not self.track_id:
            known = self._paths.find(Path(self.path)) or ""
            self.track_id = known if known and self.desk.memory.get(known) else ""
        return self.track_id

    @property
    def complete(self) -> bool:
        """Whether all that is wanted is there."""
        record = self._known()
        if record is None or missing(record, self.tasks, self._is_fresh):
            return False
        shelf = StemShelf(self.desk.folder / "stems", self.desk.bench.store)
        return self.job.kind != "separate" or bool(shelf.find(record.id, self._separator))

    def claim(self) -> bool:
        """Claim the track; False where it is being heard by somebody else."""
        return self._claims.take(self.track_id)

    def let_go(self) -> None:
        """Give the claim back."""
        if self.track_id:
            self._claims.drop(self.track_id)

    @property
    def looking(self) -> Work:
        """The work that tells which track it is."""
        return Work(self.path, self.how)

    @property
    def hearing(self) -> Work:
        """The work itself, once it is known which track it is."""
        record = self._known() or self._header
        return Work(self.path, self.how, self.tasks, record.to_dict() if record else None)

    # ---- after ----------------------------------------------------------------------------------

    def recognise(self, header: TrackRecord) -> None:
        """Take note which track it is."""
        self.track_id = header.id
        self._header = self._titled(header)

    def keep(self, record: TrackRecord) -> None:
        """Remember what was heard; once this returns, no crash loses it.

        Raises
        ------
        MemoryStoreError
            If the disk is full.
        """
        before = self._known()
        record = self._titled(replace(record, path=self._place(before)))
        others: Sequence[str] = ()
        if before:  # somebody heard other things of it meanwhile
            others = [task for task in before.annotations if task not in record.annotations]
            heard = record.annotations | {task: before.annotations[task] for task in others}
            record = replace(record, annotations=heard)
        if others:
            record = replace(record, words=describe_words(record))
        self.desk.memory.remember(record)
        self.track_id = record.id
        self._paths.add(Path(self.path), record.id)

    def met(self) -> None:
        """Take note that what is known under another name is here, too."""
        record = self._known()
        if record is not None and not Path(record.path).exists():
            self.desk.memory.remember(replace(record, path=self.path))
        self._paths.add(Path(self.path), self.track_id)

    def told(self, reason: str) -> str:
        """Return a reason without what the server calls the file."""
        name = self.upload.name if self.upload else Path(self.path).name
        reason = reason.replace(self.path, name).replace(Path(self.path).name, name)
        return reason.replace(str(self.desk.folder), "your library")

    # ---- inside ---------------------------------------------------------------------------------

    @property
    def _separator(self) -> str | None:
        return dict(self._manner.engines).get("stems")

    def _known(self) -> TrackRecord | None:
        return self.desk.memory.get(self.track_id) if self.track_id else None

    def _place(self, before: TrackRecord | None) -> str:
        return before.path if before and Path(before.path).exists() else self.path

    def _titled(self, record: TrackRecord) -> TrackRecord:
        if self.upload is None or record.titles.get("title"):
            return record
        return replace(record, titles=record.titles | {"title": self.upload.title})

    @cached_property
    def _paths(self) -> PathIndex:
        return PathIndex(self.desk.memory.folder / "paths.json")

    @cached_property
    def _is_fresh(self) -> Freshness:
        return freshness(self.desk.bench.store, dict(self._manner.engines))
