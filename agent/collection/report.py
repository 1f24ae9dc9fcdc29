"""What became of the files of one run: a value, and how it is told."""

from dataclasses import dataclass, field
from typing import Any

from tools.titles import clean_text

SHOWN = 20
"""Failures that are told one by one on a screen; JSON holds all."""


@dataclass(frozen=True)
class Failure:
    """A file that could not be heard.

    Parameters
    ----------
    inside : whether the cause lies in the program or the machine, not in the file
    """

    path: str
    reason: str
    inside: bool = False

    def to_dict(self) -> dict[str, str]:
        """Return plain data for a report."""
        return {"path": self.path, "reason": self.reason}


@dataclass(frozen=True)
class Told:
    """A file whose track is in memory."""

    path: str
    id: str
    title: str

    def to_dict(self) -> dict[str, str]:
        """Return plain data for a report."""
        return {"path": self.path, "id": self.id, "title": self.title}


@dataclass
class Report:
    """What was added, known before, heard further, and what failed; grows while a run goes on."""

    added: list[Told] = field(default_factory=list)
    known: list[Told] = field(default_factory=list)
    upgraded: list[Told] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """How many files are dealt with."""
        return len(self.added) + len(self.known) + len(self.upgraded) + len(self.failed)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return {
            "added": [told.to_dict() for told in self.added],
            "known": [told.to_dict() for told in self.known],
            "upgraded": [told.to_dict() for told in self.upgraded],
            "failed": [failure.to_dict() for failure in self.failed],
            "seconds": round(self.seconds, 2),
        }

    def to_text(self) -> str:
        """Return the report as a person reads it: one line of counts, and a line a failure."""
        counts = [f"{len(self.added)} added"]
        counts += [f"{len(self.upgraded)} heard further"] if self.upgraded else []
        counts += [f"{len(self.known)} known before"] if self.known else []
        counts += [f"{len(self.failed)} failed"] if self.failed else []
        lines = [f"{', '.join(counts)} in {spoken(self.seconds)}."]
        lines += [f"  {failure_line(failure)}" for failure in self.failed[:SHOWN]]
        if more := len(self.failed) - SHOWN:
            lines += [f"  and {more} more; --json tells all"] if more > 0 else []
        return "\n".join(lines)


def failure_line(failure: Failure) -> str:
    """Return a failure on one line; paths are other people's text."""
    return f"{clean_text(failure.path)}: {clean_text(failure.reason, 400)}"


def spoken(seconds: float) -> str:
    """Return a length of time: ``"8.2 s"``, ``"3:05"``, ``"2:10:00"``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
