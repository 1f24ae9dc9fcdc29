"""Level and words about the sound."""

from dataclasses import dataclass

import numpy as np

from tools.annotations.base import Annotation
from tools.conventions import (
    Interval,
    assign,
    built,
    check,
    check_confidence,
    check_intervals,
    check_paired,
    floats,
    intervals_of,
)


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
class Loudness(Annotation):
    """How loud the track is to the ear, as broadcasters measure it.

    Parameters
    ----------
    integrated : LUFS (ITU-R BS.1770-4)
    range : LU between soft and loud passages (EBU Tech 3342); None below 3 s of sound
    peak : highest sample in dB full scale
    """

    integrated: float
    range: float | None
    peak: float
    estimator: str

    def __post_init__(self) -> None:
        assign(self, integrated=float(self.integrated), peak=float(self.peak))
        if self.range is not None:
            assign(self, range=float(self.range))
            check(self.range >= 0, f"loudness range {self.range} must not be negative")


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
    posteriors : how sure it is of every word of its vocabulary, listed above or not
    """

    genres: tuple[Label, ...]
    instruments: tuple[Label, ...]
    moods: tuple[Label, ...]
    voice: Label | None
    estimator: str
    voice_details: tuple[Label, ...] = ()
    windows: tuple[Interval, ...] = ()
    curves: tuple[LabelCurve, ...] = ()
    posteriors: tuple[Label, ...] = ()

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
            posteriors=tuple(built(Label, x) for x in self.posteriors),
        )
        check_intervals(self.windows)
        for curve in self.curves:
            check_paired("windows", self.windows, f"values of {curve.label!r}", curve.confidences)


@dataclass(frozen=True)
class Embedding(Annotation):
    """Where the sound of a track lies in a space that texts lie in too.

    Parameters
    ----------
    space : name of the space; vectors of different spaces are never compared
    vector : d floats, of length 1
    """

    space: str
    vector: tuple[float, ...]
    estimator: str

    def __post_init__(self) -> None:
        assign(self, vector=floats(self.vector))
        length = float(np.linalg.norm(self.vector))
        check(abs(length - 1.0) < 1e-3, f"the vector's length is {length:.4f}, not 1")
