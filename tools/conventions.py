"""The conventions of annotations, and the checks that hold them; see `tools.annotations`.

Every check raises `AnnotationError`: an estimator that breaks a convention is our bug.
"""

import re
from collections.abc import Iterable, Sized
from typing import Any, TypeVar

from tools.errors import AnnotationError

T = TypeVar("T")
Interval = tuple[float, float]

METERS = ("2/4", "3/4", "4/4", "6/8")
TONICS = tuple("C C# Db D D# Eb E F F# Gb G G# Ab A A# Bb B".split())
"""The spellings that mir_eval.key accepts (it refuses Fb, Cb and E#)."""

_PLAIN_CHORD = re.compile(
    r"[NX]|[A-G][b#]?:(maj|min|dim|aug|sus2|sus4|maj6|min6|7|maj7|min7|minmaj7|dim7|hdim7)"
    r"(/(b?3|b?5|b?7|2|4|6))?"
)
"""What chords mostly look like. Others are put to mir_eval, whose import costs a second."""


def built(kind: type[T], content: T | dict[str, Any]) -> T:
    """Return a value of `kind`, made from its plain data where that is what came."""
    return content if isinstance(content, kind) else kind(**content)  # type: ignore[arg-type]


def assign(value: object, **fields: object) -> None:
    """Set fields of a frozen dataclass while it is being made."""
    for name, content in fields.items():
        object.__setattr__(value, name, content)


def floats(values: Iterable[float]) -> tuple[float, ...]:
    """Return plain floats."""
    return tuple(float(v) for v in values)


def intervals_of(values: Iterable[Iterable[float]]) -> tuple[Interval, ...]:
    """Return pairs of plain floats."""
    return tuple((float(a), float(b)) for a, b in values)


def check(condition: bool, message: str) -> None:
    """Raise with `message` unless the condition holds."""
    if not condition:
        raise AnnotationError(message)


def check_paired(name: str, one: Sized, other_name: str, other: Sized) -> None:
    """Raise unless there are as many of one as of the other."""
    check(len(one) == len(other), f"{len(one)} {name} but {len(other)} {other_name}")


def check_intervals(intervals: tuple[Interval, ...]) -> None:
    """Raise unless every interval has a length and they are in order of start."""
    for start, end in intervals:
        check(0 <= start < end, f"interval ({start}, {end}) must satisfy 0 <= start < end")
    check(list(intervals) == sorted(intervals), "intervals must be in order of start")


def check_confidence(confidence: float | None) -> None:
    """Raise unless it is None or lies in [0, 1]."""
    check(confidence is None or 0 <= confidence <= 1, f"confidence {confidence} is outside [0, 1]")


def check_chord(label: str) -> None:
    """Raise unless it is a chord that mir_eval can encode."""
    if _PLAIN_CHORD.fullmatch(label):
        return
    import mir_eval.chord

    try:
        mir_eval.chord.encode(label)
    except mir_eval.chord.InvalidChordException as error:
        raise AnnotationError(str(error)) from error


def check_key(tonic: str, mode: str) -> None:
    """Raise unless it is a key that mir_eval can score."""
    check(tonic in TONICS, f"tonic {tonic!r} is not one of {', '.join(TONICS)}")
    check(mode in ("major", "minor"), f"mode {mode!r} is neither 'major' nor 'minor'")
