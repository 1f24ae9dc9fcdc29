"""Keys."""

from dataclasses import dataclass

from tools.annotations.base import Annotation
from tools.conventions import assign, built, check, check_confidence, check_key


class NamedKey:
    """What has a tonic and a mode; written as mir_eval writes it, ``"C# minor"``."""

    tonic: str
    mode: str

    def __str__(self) -> str:
        """Return the mir_eval form."""
        return f"{self.tonic} {self.mode}"


@dataclass(frozen=True)
class KeyCandidate(NamedKey):
    """Another reading of the key; `relation` is relative, parallel, (sub)dominant or other."""

    tonic: str
    mode: str
    confidence: float
    relation: str

    def __post_init__(self) -> None:
        check_key(self.tonic, self.mode)
        check_confidence(self.confidence)


@dataclass(frozen=True)
class KeySpan(NamedKey):
    """A stretch of the track in one key; times in seconds."""

    start: float
    end: float
    tonic: str
    mode: str
    confidence: float | None = None

    def __post_init__(self) -> None:
        assign(self, start=float(self.start), end=float(self.end))
        check(0 <= self.start < self.end, f"key span ({self.start}, {self.end}) is empty")
        check_key(self.tonic, self.mode)
        check_confidence(self.confidence)


@dataclass(frozen=True)
class Key(NamedKey, Annotation):
    """A global key, spelled as mir_eval spells it.

    Parameters
    ----------
    tonic : one of ``"C"``, ``"C#"``, ``"Db"`` ... ``"B"``
    mode : ``"major"`` or ``"minor"``
    alternatives : other readings, the most likely first
    changes : the keys over time where there is more than one; empty for a track in one key
    """

    tonic: str
    mode: str
    confidence: float | None
    estimator: str
    alternatives: tuple[KeyCandidate, ...] = ()
    changes: tuple[KeySpan, ...] = ()

    def __post_init__(self) -> None:
        assign(
            self,
            alternatives=tuple(built(KeyCandidate, c) for c in self.alternatives),
            changes=tuple(built(KeySpan, c) for c in self.changes),
        )
        check_key(self.tonic, self.mode)
        check_confidence(self.confidence)
