"""Progressions: chords on the beat grid, bar by bar, in a key, and the loop they form; pure.

It takes chords, beats and a key as they were estimated and knows no sound. Bars are counted from 1
at the first downbeat; what sounds before it is bar 0, the pickup. Without beats there are no bars:
each chord stands for one.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice, pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Beats, Chords, Key
from tools.theory import respell, roman, simplify

IntArray = NDArray[np.int64]

NEAR_BEATS = 0.4
"""A chord change this near to a beat, in beats, is taken to happen on it."""

LONGEST_LOOP = 16
"""Bars; a 12-bar blues is the longest loop people speak of, 16 the longest form of a verse."""

LEAST_SHARE = 0.4
"""A pattern that covers less of the music is no loop, only a coincidence or a cadence."""

NO_CHORD = ("N", "X")


@dataclass(frozen=True)
class BarChords:
    """The chords of one bar.

    Parameters
    ----------
    bar : counted from 1; 0 is the pickup
    start, end : seconds
    labels : n Harte labels; the first may have begun in an earlier bar
    beats : n beats of the bar at which they enter, from 1
    numerals : n Roman numerals; empty without a key
    """

    bar: int
    start: float
    end: float
    labels: tuple[str, ...]
    beats: tuple[int, ...]
    numerals: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return asdict(self)


@dataclass(frozen=True)
class Loop:
    """A chord pattern that comes again and again.

    Parameters
    ----------
    bars : length in bars (in chords, where there are no beats)
    labels : its chords in order, without inversions and without repeating one that is held
    numerals : their Roman numerals; empty without a key
    times : how often it is heard, occurrences that don't overlap
    share : part of all bars that it covers
    first_bar : where it is first heard
    """

    bars: int
    labels: tuple[str, ...]
    numerals: tuple[str, ...]
    times: int
    share: float
    first_bar: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return asdict(self)


@dataclass(frozen=True)
class ChordShare:
    """How long one chord sounds in all, inversions included; `share` is of the time with chords."""

    label: str
    seconds: float
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return asdict(self)


def in_key(chords: Chords, key: Key) -> Chords:
    """Return the chords with their roots spelled in a key."""
    spelled = (respell(label, key.tonic, key.mode) for label in chords.labels)
    return replace(chords, labels=tuple(spelled))


def snap_to_beats(chords: Chords, beats: Beats | None) -> Chords:
    """Return the chords with each change moved to its beat, where one is near.

    No chord is lost: of several changes near one beat the nearest moves, the others stay.
    """
    if beats is None or len(beats.times) < 2 or len(chords.labels) < 2:
        return chords
    changes = [start for start, _ in chords.intervals[1:]]
    goals = [_near_beat(change, beats.times) for change in changes]
    nearest: dict[float, float] = {}  # beat -> the change that gets it
    for change, goal in zip(changes, goals, strict=True):
        if goal is not None and abs(change - goal) < abs(nearest.get(goal, float("inf")) - goal):
            nearest[goal] = change
    begin, end = chords.intervals[0][0], chords.intervals[-1][1]
    moved = [
        goal if goal is not None and nearest[goal] == change and begin < goal < end else change
        for change, goal in zip(changes, goals, strict=True)
    ]
    return replace(chords, intervals=tuple(pairwise([begin, *moved, end])))


def progression(chords: Chords, beats: Beats | None, key: Key | None) -> tuple[BarChords, ...]:
    """Return the chords of each bar, the one that lasts longest on each beat.

    Without downbeats every chord comes as a bar of its own, numbered from 1.
    """
    if key is not None:
        chords = in_key(chords, key)
    grid = _grid(chords, beats)
    if grid is None:
        rows = [
            BarChords(i, start, end, (label,), (1,))
            for i, (start, end, label) in enumerate(chords, start=1)
        ]
    else:
        rows = [_bar(number, times, chords) for number, times in grid]
        if rows and rows[0].bar == 0 and set(rows[0].labels) <= set(NO_CHORD):
            rows = rows[1:]  # silence before the first downbeat is no pickup
    return tuple(_with_numerals(rows, key))


def loop(bars: Sequence[BarChords]) -> Loop | None:
    """Return the pattern of up to 16 bars that covers most of the music, or None.

    It has at least two chords and is heard at least twice; inversions and sevenths don't count as
    differences, and of equal patterns the shortest is taken. One bar in eight may depart from it.
    """
    contents = [_content(row.labels) for row in bars]
    names = {content: i for i, content in enumerate(dict.fromkeys(contents))}
    ids = np.array([names[content] for content in contents])
    best = (0, 0, 0, 0)
    for length in range(1, min(LONGEST_LOOP, len(ids) // 2) + 1):
        windows = np.lib.stride_tricks.sliding_window_view(ids, length)
        for start in _repeated(windows):
            if len(_held(contents[start : start + length])) < 2:
                continue
            times = _occurrences(windows, start)
            best = max(best, (times * length, -length, -start, times))
    covered, length, start, times = best[0], -best[1], -best[2], best[3]
    if (period := _period(ids[start : start + length])) < length:
        windows = np.lib.stride_tricks.sliding_window_view(ids, period)
        length, times = period, _occurrences(windows, start)
        covered = times * length
    if times < 2 or covered < LEAST_SHARE * len(bars):
        return None
    labels, numerals = _spoken(bars[start : start + length])
    return Loop(length, labels, numerals, times, covered / len(bars), bars[start].bar)


def most_used(chords: Chords) -> tuple[ChordShare, ...]:
    """Return the chords by how long they sound, the longest first."""
    seconds: dict[str, float] = defaultdict(float)
    for start, end, label in chords:
        if label not in NO_CHORD:
            seconds[label.split("/")[0]] += end - start
    total = sum(seconds.values())
    ranked = sorted(seconds.items(), key=lambda item: -item[1])
    return tuple(ChordShare(label, time, time / total) for label, time in ranked)


# ---- the beat grid ------------------------------------------------------------------------------


def _near_beat(time: float, beats: Sequence[float]) -> float | None:
    """Return the nearest beat if it is within `NEAR_BEATS` of the time."""
    after = min(max(bisect_left(beats, time), 1), len(beats) - 1)
    before = after - 1
    beat = min(beats[before], beats[after], key=lambda b: abs(b - time))
    near = NEAR_BEATS * (beats[after] - beats[before])
    return beat if abs(beat - time) <= near else None


def _grid(chords: Chords, beats: Beats | None) -> list[tuple[int, list[float]]] | None:
    """Return for each bar its number, and its beats with the bar's end after them."""
    if beats is None or len(beats.downbeats) < 2 or not chords.labels:
        return None
    begin, end = chords.intervals[0][0], chords.intervals[-1][1]
    downs = [time for time in beats.downbeats if begin <= time < end]
    if len(downs) < 2:
        return None
    pickup = any(begin <= time < downs[0] for time in beats.times)
    grid = [(0, begin, downs[0])] if pickup and downs[0] > begin else []
    grid += [(i, start, stop) for i, (start, stop) in enumerate(pairwise(downs), start=1)]
    usual = median(stop - start for start, stop in pairwise(downs))
    last = end if end - downs[-1] < 1.5 * usual else downs[-1] + usual
    grid.append((len(downs), downs[-1], last))
    return [(number, _times(start, stop, beats.times)) for number, start, stop in grid]


def _times(start: float, stop: float, beats: Sequence[float]) -> list[float]:
    inner = beats[bisect_right(beats, start) : bisect_left(beats, stop)]
    return [start, *inner, stop]


def _bar(number: int, times: Sequence[float], chords: Chords) -> BarChords:
    labels: list[str] = []
    beats: list[int] = []
    for beat, (start, stop) in enumerate(pairwise(times), start=1):
        label = _longest(chords, start, stop)
        if not labels or label != labels[-1]:
            labels.append(label)
            beats.append(beat)
    return BarChords(number, times[0], times[-1], tuple(labels), tuple(beats))


def _longest(chords: Chords, start: float, stop: float) -> str:
    """Return the label that sounds longest between two times."""
    first = max(0, bisect_right(chords.intervals, (start, float("inf"))) - 1)
    seconds: dict[str, float] = defaultdict(float)
    for i in range(first, len(chords.labels)):
        begin, end = chords.intervals[i]
        if begin >= stop:
            break
        seconds[chords.labels[i]] += max(0.0, min(end, stop) - max(begin, start))
    return max(seconds, key=seconds.__getitem__)


# ---- numerals and loops -------------------------------------------------------------------------


def _with_numerals(rows: Sequence[BarChords], key: Key | None) -> list[BarChords]:
    """Return the bars with numerals, each chord seen together with the different one after it."""
    if key is None:
        return list(rows)
    labels = [label for row in rows for label in row.labels]
    pairs = iter(zip(labels, _followers(labels), strict=True))
    return [
        replace(
            row,
            numerals=tuple(
                roman(label, key.tonic, key.mode, following)
                for label, following in islice(pairs, len(row.labels))
            ),
        )
        for row in rows
    ]


def _followers(labels: Sequence[str]) -> list[str | None]:
    """Return for each label the next one that differs from it."""
    followers: list[str | None] = []
    current: str | None = None
    after: str | None = None
    for label in reversed(labels):
        if label != current:
            current, after = label, current
        followers.append(after)
    return followers[::-1]


def _content(labels: Sequence[str]) -> tuple[str, ...]:
    """Return what a listener would call the bar's chords: triads, the held ones once."""
    return _held([tuple(simplify(label) for label in labels)])


def _held(contents: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    labels: list[str] = []
    for label in (label for content in contents for label in content):
        if not labels or label != labels[-1]:
            labels.append(label)
    return tuple(labels)


def _repeated(windows: IntArray) -> list[int]:
    """Return the first place of every window that occurs twice or more."""
    _, firsts, counts = np.unique(windows, axis=0, return_index=True, return_counts=True)
    places: list[int] = np.sort(firsts[counts > 1]).tolist()
    return places


def _period(content: IntArray) -> int:
    """Return after how many bars a pattern begins anew within itself, else its length.

    Two bars too many cover more of music that breaks off within its loop; the loop is what it is.
    """
    length = len(content)
    periods = range(1, 2 * length // 3 + 1)
    return next((p for p in periods if np.array_equal(content[:-p], content[p:])), length)


def _occurrences(windows: IntArray, start: int) -> int:
    """Return how often a window's bars come without overlap, one bar in eight being free."""
    length = windows.shape[1]
    wrong = (windows != windows[start]).sum(axis=1)
    count, free_from = 0, 0
    for place in np.flatnonzero(wrong <= length // 8).tolist():
        if place >= free_from:
            count, free_from = count + 1, place + length
    return count


def _spoken(rows: Sequence[BarChords]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a loop's chords and numerals, each in root position where it is heard so."""
    triads: list[str] = []
    heard: dict[str, tuple[str, str]] = {}
    for row in rows:
        for label, numeral in zip(row.labels, row.numerals or row.labels, strict=True):
            triad = simplify(label)
            if not triads or triad != triads[-1]:
                triads.append(triad)
            if triad not in heard or ("/" in heard[triad][0] and "/" not in label):
                heard[triad] = (label, numeral)
    labels = tuple(heard[triad][0].split("/")[0] for triad in triads)
    numerals = tuple(heard[triad][1] for triad in triads)
    return labels, numerals if rows[0].numerals else ()
