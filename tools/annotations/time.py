"""Beats and tempo."""

from dataclasses import dataclass

import numpy as np

from tools.annotations.base import Annotation, FloatArray
from tools.conventions import METERS, assign, built, check, check_confidence, check_paired, floats


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

    @property
    def spread(self) -> float | None:
        """The width of the middle nine tenths of the curve, as a share of the tempo."""
        if len(self.bpms) < 2:
            return None
        ordered, cut = sorted(self.bpms), len(self.bpms) // 20
        return (ordered[-1 - cut] - ordered[cut]) / self.bpm
