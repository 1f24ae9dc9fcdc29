"""Annotations: what every estimator returns.

Conventions
-----------
* Times are seconds from the first decoded sample.
* Intervals are ``(start, end)`` with ``0 <= start < end``, in order of start.
* Chord labels are in Harte's syntax, as mir_eval reads it: ``"A:min7/b3"``;
  ``"N"`` is no chord, ``"X"`` a chord outside the vocabulary.
* Pitches are MIDI note numbers, possibly fractional; 69.0 is A4, 440 Hz.
* Confidences lie in [0, 1]; ``None`` where the estimator gives none.
* ``estimator`` names the algorithm and its checkpoint: ``"beatnet/1"`` (`tools.rungs.Engine.signature`).
* Missing is ``None``, never 0.

Values are immutable and hold plain numbers and strings, so they compare with ``==``, go to JSON and
back without loss, and survive a LangGraph checkpoint. ``to_mir_eval`` gives the arrays that
``mir_eval`` scores.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tools.errors import AnnotationError

T = TypeVar("T")
Interval = tuple[float, float]
FloatArray = NDArray[np.float64]

_PLAIN_CHORD = re.compile(
    r"[NX]|[A-G][b#]?:(maj|min|dim|aug|sus2|sus4|maj6|min6|7|maj7|min7|minmaj7|dim7|hdim7)"
    r"(/(b?3|b?5|b?7|2|4|6))?"
)
"""What chords mostly look like. Others are put to mir_eval, whose import costs a second."""

METERS = ("2/4", "3/4", "4/4", "6/8")


class Annotation:
    """Base of all annotations: JSON-ready in both directions."""

    estimator: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Build from what `to_dict` returned, or from its JSON."""
        return cls(**data)


@dataclass(frozen=True)
class Beats(Annotation):
    """Beat times and their places in the bar.

    Parameters
    ----------
    times : n floats, in seconds, strictly increasing
    positions : n ints, counting from 1 at each downbeat; 0 where unknown
    meter : ``"2/4"``, ``"3/4"``, ``"4/4"`` or ``"6/8"``; None where unknown
    confidence : how clear the pulse is
    """

    times: tuple[float, ...]
    positions: tuple[int, ...]
    estimator: str
    meter: str | None = None
    confidence: float | None = None
    meter_confidence: float | None = None

    def __post_init__(self) -> None:
        _set(self, times=_floats(self.times), positions=tuple(int(p) for p in self.positions))
        _check(
            len(self.times) == len(self.positions),
            f"{len(self.times)} beat times but {len(self.positions)} positions",
        )
        _check(
            all(a < b for a, b in zip(self.times, self.times[1:], strict=False)),
            "beat times must increase",
        )
        _check(not self.times or self.times[0] >= 0, "beat times must not be negative")
        _check(self.meter is None or self.meter in METERS, f"meter {self.meter!r} is unknown")
        _check_confidence(self.confidence)
        _check_confidence(self.meter_confidence)

    @property
    def downbeats(self) -> tuple[float, ...]:
        """Times of the beats at position 1, in seconds."""
        return tuple(t for t, p in zip(self.times, self.positions, strict=True) if p == 1)

    def to_mir_eval(self) -> FloatArray:
        """Return beat times, shape=(n,)."""
        return np.array(self.times)


@dataclass(frozen=True)
class TempoCandidate:
    """Another reading of the tempo.

    Parameters
    ----------
    bpm : beats a minute
    relation : how it relates to the main reading: ``"half"``, ``"double"``, ``"3/2"``, ``"2/3"``
    """

    bpm: float
    confidence: float
    relation: str

    def __post_init__(self) -> None:
        _set(self, bpm=float(self.bpm), confidence=float(self.confidence))
        _check(self.bpm > 0, f"tempo {self.bpm} must be positive")
        _check_confidence(self.confidence)


@dataclass(frozen=True)
class Tempo(Annotation):
    """A global tempo, its ranked alternatives, and how it moves.

    Parameters
    ----------
    bpm : beats a minute
    alternatives : other readings, the most likely first
    times, bpms : the tempo curve, n times in seconds and n tempi; two points at least where known
    steady : whether the tempo stays within what a listener calls one tempo; None where unknown
    """

    bpm: float
    confidence: float | None
    estimator: str
    alternatives: tuple[TempoCandidate, ...] = ()
    times: tuple[float, ...] = ()
    bpms: tuple[float, ...] = ()
    steady: bool | None = None

    def __post_init__(self) -> None:
        _set(
            self,
            bpm=float(self.bpm),
            times=_floats(self.times),
            bpms=_floats(self.bpms),
            alternatives=tuple(
                _build(TempoCandidate, candidate) for candidate in self.alternatives
            ),
        )
        _check(self.bpm > 0, f"tempo {self.bpm} must be positive")
        _check(len(self.times) == len(self.bpms), "tempo curve: times and bpms differ in length")
        _check_confidence(self.confidence)


@dataclass(frozen=True)
class KeyCandidate:
    """Another reading of the key; `relation` is ``"relative"``, ``"parallel"``, ``"dominant"``,
    ``"subdominant"`` or ``"other"``.
    """  # noqa: D205

    tonic: str
    mode: str
    confidence: float
    relation: str

    def __post_init__(self) -> None:
        _check_key(self.tonic, self.mode)
        _check_confidence(self.confidence)

    def __str__(self) -> str:
        """Return the mir_eval form, ``"C# minor"``."""
        return f"{self.tonic} {self.mode}"


@dataclass(frozen=True)
class KeySpan:
    """A stretch of the track in one key; times in seconds."""

    start: float
    end: float
    tonic: str
    mode: str
    confidence: float | None = None

    def __post_init__(self) -> None:
        _set(self, start=float(self.start), end=float(self.end))
        _check(0 <= self.start < self.end, f"key span ({self.start}, {self.end}) is empty")
        _check_key(self.tonic, self.mode)
        _check_confidence(self.confidence)

    def __str__(self) -> str:
        """Return the mir_eval form, ``"C# minor"``."""
        return f"{self.tonic} {self.mode}"


@dataclass(frozen=True)
class Key(Annotation):
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
        _set(
            self,
            alternatives=tuple(_build(KeyCandidate, c) for c in self.alternatives),
            changes=tuple(_build(KeySpan, c) for c in self.changes),
        )
        _check_key(self.tonic, self.mode)
        _check_confidence(self.confidence)

    def __str__(self) -> str:
        """Return the mir_eval form, ``"C# minor"``."""
        return f"{self.tonic} {self.mode}"


@dataclass(frozen=True)
class Segments(Annotation):
    """Labelled spans in order: form, or anything else.

    Parameters
    ----------
    intervals : n pairs ``(start, end)``, in seconds
    labels : n strings, e.g. ``"verse"`` or ``"A"``
    confidences : n floats, or empty where not estimated
    """

    intervals: tuple[Interval, ...]
    labels: tuple[str, ...]
    estimator: str
    confidences: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _set(
            self,
            intervals=_intervals(self.intervals),
            labels=tuple(str(label) for label in self.labels),
            confidences=_floats(self.confidences),
        )
        _check(
            len(self.intervals) == len(self.labels),
            f"{len(self.intervals)} intervals but {len(self.labels)} labels",
        )
        _check(
            len(self.confidences) in (0, len(self.labels)),
            f"{len(self.confidences)} confidences for {len(self.labels)} labels",
        )
        _check_intervals(self.intervals)
        for confidence in self.confidences:
            _check_confidence(confidence)

    def __iter__(self) -> Iterator[tuple[float, float, str]]:
        """Yield ``(start, end, label)`` rows."""
        for (start, end), label in zip(self.intervals, self.labels, strict=True):
            yield start, end, label

    def to_mir_eval(self) -> tuple[FloatArray, list[str]]:
        """Return intervals, shape=(n, 2), and n labels."""
        return np.array(self.intervals).reshape(-1, 2), list(self.labels)


@dataclass(frozen=True)
class Chords(Segments):
    """Chord spans; every label is valid Harte syntax that mir_eval can encode."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for label in set(self.labels):
            if not _PLAIN_CHORD.fullmatch(label):
                _check_chord(label)


@dataclass(frozen=True)
class Notes(Annotation):
    """Transcribed notes, in order of onset.

    Parameters
    ----------
    intervals : n pairs ``(onset, offset)``, in seconds
    pitches : n MIDI note numbers
    velocities : n ints in [0, 127], or empty where not estimated
    """

    intervals: tuple[Interval, ...]
    pitches: tuple[float, ...]
    velocities: tuple[int, ...]
    estimator: str

    def __post_init__(self) -> None:
        _set(
            self,
            intervals=_intervals(self.intervals),
            pitches=_floats(self.pitches),
            velocities=tuple(int(v) for v in self.velocities),
        )
        _check(
            len(self.intervals) == len(self.pitches),
            f"{len(self.intervals)} intervals but {len(self.pitches)} pitches",
        )
        _check(
            len(self.velocities) in (0, len(self.pitches)),
            f"{len(self.velocities)} velocities for {len(self.pitches)} notes",
        )
        _check_intervals(self.intervals)

    def to_mir_eval(self) -> tuple[FloatArray, FloatArray]:
        """Return intervals, shape=(n, 2), and pitches in hertz, shape=(n,)."""
        hertz = 440.0 * 2.0 ** ((np.array(self.pitches) - 69.0) / 12.0)
        return np.array(self.intervals).reshape(-1, 2), hertz


@dataclass(frozen=True)
class Level(Annotation):
    """How loud the track is: dB full scale, one value a `hop` of seconds."""

    hop: float
    decibels: tuple[float, ...]
    estimator: str

    def __post_init__(self) -> None:
        _set(self, hop=float(self.hop), decibels=_floats(self.decibels))
        _check(self.hop > 0, f"hop {self.hop} must be positive")

    @property
    def mean(self) -> float:
        """Mean level of the track in dB, by energy."""
        return float(10 * np.log10(np.mean(10 ** (np.array(self.decibels) / 10))))

    def between(self, start: float, end: float) -> float | None:
        """Return the mean level from `start` to `end` seconds, None where there is no sound."""
        low = int(start / self.hop)
        part = self.decibels[low : max(low + 1, int(np.ceil(end / self.hop)))]
        return float(10 * np.log10(np.mean(10 ** (np.array(part) / 10)))) if part else None


@dataclass(frozen=True)
class Label:
    """One word about a sound, and how sure the estimator is of it."""

    label: str
    confidence: float

    def __post_init__(self) -> None:
        _set(self, label=str(self.label), confidence=float(self.confidence))
        _check_confidence(self.confidence)


@dataclass(frozen=True)
class LabelCurve:
    """How sure the estimator is of one word over time: one confidence per window of `Tags`."""

    label: str
    kind: str
    confidences: tuple[float, ...]

    def __post_init__(self) -> None:
        _set(self, confidences=_floats(self.confidences))
        for confidence in self.confidences:
            _check_confidence(confidence)


@dataclass(frozen=True)
class Tags(Annotation):
    """Words about the sound, one vocabulary a kind, and where in the track they hold.

    Parameters
    ----------
    genres, instruments, moods : labels above their calibrated threshold, the surest first
        (`genres` always names at least three candidates where there is any signal)
    voice : ``"vocal"`` or ``"instrumental"``; None where it can't be told. A vocal track may say
        more in `voice_details`, e.g. ``"female voice"``
    windows : n pairs ``(start, end)`` in seconds, in order
    curves : confidences per window of the labels that matter; `kind` is ``"genres"``,
        ``"instruments"``, ``"moods"`` or ``"voice"``
    """

    genres: tuple[Label, ...]
    instruments: tuple[Label, ...]
    moods: tuple[Label, ...]
    voice: Label | None
    estimator: str
    voice_details: tuple[Label, ...] = ()
    windows: tuple[Interval, ...] = ()
    curves: tuple[LabelCurve, ...] = ()

    def __post_init__(self) -> None:
        _set(
            self,
            genres=tuple(_build(Label, x) for x in self.genres),
            instruments=tuple(_build(Label, x) for x in self.instruments),
            moods=tuple(_build(Label, x) for x in self.moods),
            voice=None if self.voice is None else _build(Label, self.voice),
            voice_details=tuple(_build(Label, x) for x in self.voice_details),
            windows=_intervals(self.windows),
            curves=tuple(_build(LabelCurve, x) for x in self.curves),
        )
        _check_intervals(self.windows)
        for curve in self.curves:
            _check(
                len(curve.confidences) == len(self.windows),
                f"curve {curve.label!r}: {len(curve.confidences)} values for "
                f"{len(self.windows)} windows",
            )


def _build(kind: type[T], content: T | dict[str, Any]) -> T:
    return content if isinstance(content, kind) else kind(**content)  # type: ignore[arg-type]


def _set(value: object, **fields: object) -> None:
    for name, content in fields.items():
        object.__setattr__(value, name, content)


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(v) for v in values)


def _intervals(values: Iterable[Iterable[float]]) -> tuple[Interval, ...]:
    return tuple((float(a), float(b)) for a, b in values)


def _check(condition: bool, message: str) -> None:
    if not condition:
        raise AnnotationError(message)


def _check_intervals(intervals: tuple[Interval, ...]) -> None:
    for start, end in intervals:
        _check(0 <= start < end, f"interval ({start}, {end}) must satisfy 0 <= start < end")
    _check(list(intervals) == sorted(intervals), "intervals must be in order of start")


def _check_confidence(confidence: float | None) -> None:
    _check(confidence is None or 0 <= confidence <= 1, f"confidence {confidence} is outside [0, 1]")


TONICS = (
    "C",
    "C#",
    "Db",
    "D",
    "D#",
    "Eb",
    "E",
    "F",
    "F#",
    "Gb",
    "G",
    "G#",
    "Ab",
    "A",
    "A#",
    "Bb",
    "B",
)
"""The spellings that mir_eval.key accepts (it refuses Fb, Cb and E#)."""


def _check_chord(label: str) -> None:
    import mir_eval.chord

    try:
        mir_eval.chord.encode(label)
    except mir_eval.chord.InvalidChordException as error:
        raise AnnotationError(str(error)) from error


def _check_key(tonic: str, mode: str) -> None:
    _check(tonic in TONICS, f"tonic {tonic!r} is not one of {', '.join(TONICS)}")
    _check(mode in ("major", "minor"), f"mode {mode!r} is neither 'major' nor 'minor'")
