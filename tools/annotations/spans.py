"""Labelled spans: chords, form, anything."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tools.annotations.base import Annotation, FloatArray
from tools.conventions import (
    Interval,
    assign,
    check,
    check_chord,
    check_confidence,
    check_intervals,
    check_paired,
    floats,
    intervals_of,
)


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


FUNCTIONS = (
    "intro",
    "verse",
    "chorus",
    "bridge",
    "instrumental",
    "solo",
    "break",
    "outro",
    "section",
)
"""What a section may be for; ``"section"`` where that can't be told."""


@dataclass(frozen=True)
class Sections(Segments):
    """The form of a track: sections in order, without gaps.

    Parameters
    ----------
    labels : what each section is for, one of `FUNCTIONS`
    letters : ``"A"``, ``"B"`` ...: the same letter where the music comes back; empty where unknown
    confidences : how sure each function is
    """

    letters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        assign(self, letters=tuple(str(letter) for letter in self.letters))
        if self.letters:
            check_paired("labels", self.labels, "letters", self.letters)
        for label in set(self.labels):
            check(label in FUNCTIONS, f"section {label!r} is not one of {', '.join(FUNCTIONS)}")
        for (_, end), (start, _) in zip(self.intervals, self.intervals[1:], strict=False):
            check(abs(end - start) < 0.01, f"sections leave a gap or overlap at {end:.2f} s")


@dataclass(frozen=True)
class Caption(Segments):
    """A track in words: one paragraph for the whole, one line a section.

    Parameters
    ----------
    text : the paragraph; nothing in it that no tool measured
    intervals, labels : the sections, and the line about each; both empty where the form is unknown
    """

    text: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check(bool(self.text.strip()), "a caption must say something")
