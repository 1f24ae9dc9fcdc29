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

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tools.conventions import (
    METERS,
    Interval,
    assign,
    built,
    check,
    check_chord,
    check_confidence,
    check_intervals,
    check_key,
    check_paired,
    floats,
    intervals_of,
)

FloatArray = NDArray[np.float64]


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
        assign(self, times=floats(self.times), positions=tuple(int(p) for p in self.positions))
        check_paired("beat times", self.times, "positions", self.positions)
        check(
            all(a < b for a, b in zip(self.times, self.times[1:], strict=False)),
            "beat times must increase",
        )
        check(not self.times or self.times[0] >= 0, "beat times must not be negative")
        check(self.meter is None or self.meter in METERS, f"meter {self.meter!r} is unknown")
        check_confidence(self.confidence)
        check_confidence(self.meter_confidence)

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
        assign(self, bpm=float(self.bpm), confidence=float(self.confidence))
        check(self.bpm > 0, f"tempo {self.bpm} must be positive")
        check_confidence(self.confidence)


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
        assign(
            self,
            bpm=float(self.bpm),
            times=floats(self.times),
            bpms=floats(self.bpms),
            alternatives=tuple(built(TempoCandidate, candidate) for candidate in self.alternatives),
        )
        check(self.bpm > 0, f"tempo {self.bpm} must be positive")
        check(len(self.times) == len(self.bpms), "tempo curve: times and bpms differ in length")
        check_confidence(self.confidence)


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
        assign(
            self,
            intervals=intervals_of(self.intervals),
            labels=tuple(str(label) for label in self.labels),
            confidences=floats(self.confidences),
        )
        check_paired("intervals", self.intervals, "labels", self.labels)
        if self.confidences:
            check_paired("labels", self.labels, "confidences", self.confidences)
        check_intervals(self.intervals)
        for confidence in self.confidences:
            check_confidence(confidence)

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
            check_chord(label)


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
        assign(
            self,
            intervals=intervals_of(self.intervals),
            pitches=floats(self.pitches),
            velocities=tuple(int(v) for v in self.velocities),
        )
        check_paired("intervals", self.intervals, "pitches", self.pitches)
        if self.velocities:
            check_paired("pitches", self.pitches, "velocities", self.velocities)
        check_intervals(self.intervals)

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
        assign(self, hop=float(self.hop), decibels=floats(self.decibels))
        check(self.hop > 0, f"hop {self.hop} must be positive")

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
        assign(self, label=str(self.label), confidence=float(self.confidence))
        check_confidence(self.confidence)


@dataclass(frozen=True)
class LabelCurve:
    """How sure the estimator is of one word over time: one confidence per window of `Tags`."""

    label: str
    kind: str
    confidences: tuple[float, ...]

    def __post_init__(self) -> None:
        assign(self, confidences=floats(self.confidences))
        for confidence in self.confidences:
            check_confidence(confidence)


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
        assign(
            self,
            genres=tuple(built(Label, x) for x in self.genres),
            instruments=tuple(built(Label, x) for x in self.instruments),
            moods=tuple(built(Label, x) for x in self.moods),
            voice=None if self.voice is None else built(Label, self.voice),
            voice_details=tuple(built(Label, x) for x in self.voice_details),
            windows=intervals_of(self.windows),
            curves=tuple(built(LabelCurve, x) for x in self.curves),
        )
        check_intervals(self.windows)
        for curve in self.curves:
            check_paired("windows", self.windows, f"values of {curve.label!r}", curve.confidences)
