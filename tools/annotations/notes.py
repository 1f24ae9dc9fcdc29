"""Notes and pitch."""

from dataclasses import dataclass

import numpy as np

from tools.annotations.base import Annotation, FloatArray
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

PEDALS = {"sustain": 64, "sostenuto": 66, "soft": 67}
"""Pedals by name, with their MIDI controllers."""


@dataclass(frozen=True)
class Pedal:
    """One press of a pedal, from `start` to `end` seconds; `kind` is one of `PEDALS`."""

    start: float
    end: float
    kind: str = "sustain"

    def __post_init__(self) -> None:
        assign(self, start=float(self.start), end=float(self.end))
        check(0 <= self.start < self.end, f"pedal ({self.start}, {self.end}) is empty")
        check(self.kind in PEDALS, f"pedal {self.kind!r} is not one of {', '.join(PEDALS)}")


@dataclass(frozen=True)
class Notes(Annotation):
    """Transcribed notes, in order of onset.

    Parameters
    ----------
    intervals : n pairs ``(onset, offset)``, in seconds
    pitches : n MIDI note numbers
    velocities : n ints in [0, 127], or empty where not estimated
    parts : who plays each note, n names such as ``"piano"``, ``"voice"`` or ``"drums"``, or empty
        where there is one part without a name; pitches of drums are General MIDI percussion keys
    confidences : n floats, or empty where not estimated
    bends : for each note its deviations from `pitches` in semitones, equally spaced from onset to
        offset, an empty tuple for a steady note; empty where not estimated
    pedals : what the feet of a pianist do, in order of start
    """

    intervals: tuple[Interval, ...]
    pitches: tuple[float, ...]
    velocities: tuple[int, ...]
    estimator: str
    parts: tuple[str, ...] = ()
    confidences: tuple[float, ...] = ()
    bends: tuple[tuple[float, ...], ...] = ()
    pedals: tuple["Pedal", ...] = ()

    def __post_init__(self) -> None:
        assign(
            self,
            intervals=intervals_of(self.intervals),
            pitches=floats(self.pitches),
            velocities=tuple(int(v) for v in self.velocities),
            parts=tuple(str(part) for part in self.parts),
            confidences=floats(self.confidences),
            bends=tuple(floats(bend) for bend in self.bends),
            pedals=tuple(built(Pedal, pedal) for pedal in self.pedals),
        )
        check_paired("intervals", self.intervals, "pitches", self.pitches)
        for name in ("velocities", "parts", "confidences", "bends"):
            if values := getattr(self, name):
                check_paired("pitches", self.pitches, name, values)
        check_intervals(self.intervals)
        check(all(0 <= p <= 127 for p in self.pitches), "pitches must be MIDI note numbers")
        check(all(0 <= v <= 127 for v in self.velocities), "velocities must lie in [0, 127]")
        for confidence in self.confidences:
            check_confidence(confidence)

    def to_mir_eval(self) -> tuple[FloatArray, FloatArray]:
        """Return intervals, shape=(n, 2), and pitches in hertz, shape=(n,)."""
        hertz = 440.0 * 2.0 ** ((np.array(self.pitches) - 69.0) / 12.0)
        return np.array(self.intervals).reshape(-1, 2), hertz


@dataclass(frozen=True)
class Pitch(Annotation):
    """The pitch of one voice over time, as mir_eval.melody scores it.

    Parameters
    ----------
    times : n floats, in seconds, equally spaced
    frequencies : n floats, in hertz; 0 where there is no pitch (the convention of mir_eval)
    confidences : n floats in [0, 1]
    """

    times: tuple[float, ...]
    frequencies: tuple[float, ...]
    confidences: tuple[float, ...]
    estimator: str

    def __post_init__(self) -> None:
        assign(
            self,
            times=floats(self.times),
            frequencies=floats(self.frequencies),
            confidences=floats(self.confidences),
        )
        check_paired("times", self.times, "frequencies", self.frequencies)
        check_paired("times", self.times, "confidences", self.confidences)
        check(all(f >= 0 for f in self.frequencies), "frequencies must not be negative")
        check(all(0 <= c <= 1 for c in self.confidences), "a confidence is outside [0, 1]")

    def to_mir_eval(self) -> tuple[FloatArray, FloatArray]:
        """Return times and frequencies in hertz, each of shape (n,); 0 Hz where unvoiced."""
        return np.array(self.times), np.array(self.frequencies)
