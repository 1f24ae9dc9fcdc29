"""A score laid on the beats of a recording, so that both can be heard together."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tools.composing.score import Score, ScoreNote, ScorePart


def aligned(score: Score, beats: Sequence[float]) -> Score:
    """Return a score whose beats fall on given times when it is played at its own tempo.

    Its first beat is on the first time. Between two times it is stretched evenly; before the first
    and after the last one it goes on at the pace of the nearest two. Chords and sections move, too.

    Parameters
    ----------
    beats : times in seconds, from a downbeat on, strictly growing; two at least
    """
    times = np.asarray(beats, float)
    count = len(times)
    needed = int(np.ceil(score.length / score.beat)) + 2
    if needed > count:
        pace = times[-1] - times[-2]
        times = np.concatenate([times, times[-1] + pace * np.arange(1, needed - count + 1)])
    places = np.arange(len(times)) * score.beat
    quarter = score.quarter

    def at(place: float) -> float:
        return float(np.interp(place, places, times)) / quarter

    def moved(note: ScoreNote) -> ScoreNote:
        start, end = at(note.start), at(note.start + note.duration)
        return replace(note, start=start, duration=max(end - start, 1e-3))

    def part(one: ScorePart) -> ScorePart:
        return replace(one, notes=tuple(map(moved, one.notes)))

    def span(start: float, duration: float) -> tuple[float, float]:
        return at(start), at(start + duration) - at(start)

    return replace(
        score,
        parts=tuple(map(part, score.parts)),
        chords=tuple(
            replace(c, start=s, duration=d)
            for c in score.chords
            for s, d in [span(c.start, c.duration)]
        ),
        sections=tuple(
            replace(c, start=s, duration=d)
            for c in score.sections
            for s, d in [span(c.start, c.duration)]
        ),
    )
