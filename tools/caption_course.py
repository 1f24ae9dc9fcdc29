"""How a track changes over time: voices and instruments that enter, swells, repeats, the ending.

What holds for stretches of a track, taken from the curves of its annotations; nothing is worded.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Level, Tags
from tools.caption_facts import Heard
from tools.conventions import Interval
from tools.tagging import entries

Floats = NDArray[np.float64]

AT_ONCE = 3.0
"""Seconds; what enters before is there from the start, as far as windows of 3 s can tell."""
LATE, LATEST = 0.08, 0.9
"""Shares of the track between which the entrance of an instrument is worth a word."""
PATCHY, THROUGHOUT = 0.4, 0.85
"""A voice heard in less of the track comes and goes; one heard in more is there throughout."""
SHORTEST_COURSE = 20.0
"""A track shorter than this has no course to speak of."""

SWELL_DB, EVEN_DB, LOUD_DB = 4.0, 3.0, 2.5
QUIETEST_DB = -40.0
"""Against the mean; seconds below it are pauses and count as this loud."""
FADE_SECONDS, FADE_DB, CUT_DB = 6, 12.0, 4.0
FADE_RISE_DB, FADE_STEP = 2.0, 0.5
"""A fade never rises by more, and no second of it takes more than half of the fall: that would be
a last note that stops, or the silence after it."""
LONGEST_FORM = 24


@dataclass(frozen=True)
class Course:
    """How a track goes.

    Parameters
    ----------
    sung : where the voice is heard, in seconds
    sung_share : for how much of the track
    entrances : instruments that come in later, with the time
    swell : ``"builds"``, ``"ebbs"``, ``"even"``, ``"peaks"`` (then at `peak`, in seconds), or empty
    ending : ``"fades"``, ``"stops"``, or empty
    """

    sung: tuple[Interval, ...] = ()
    sung_share: float = 0.0
    entrances: tuple[tuple[str, float], ...] = ()
    swell: str = ""
    peak: float = 0.0
    ending: str = ""


def course_of(heard: Heard) -> Course:
    """Return how a track goes; an empty course for one of a few seconds."""
    if heard.duration < SHORTEST_COURSE:
        return Course()
    sung = entries(heard.tags, "vocal") if heard.tags else ()
    swell, peak = _swell(heard.level) if heard.level else ("", 0.0)
    return Course(
        sung,
        sum(b - a for a, b in sung) / heard.duration,
        _entrances(heard.tags, heard.duration) if heard.tags else (),
        swell,
        peak,
        ending_of(heard.level) if heard.level else "",
    )


def _entrances(tags: Tags, duration: float) -> tuple[tuple[str, float], ...]:
    """Return the listed instruments that were not there at first and then stay for a while."""
    found = []
    for label in (x.label for x in tags.instruments):
        spans = entries(tags, label)
        if not spans or not LATE * duration < spans[0][0] < LATEST * duration:
            continue
        if sum(b - a for a, b in spans) > 0.5 * (duration - spans[0][0]):
            found.append((label, spans[0][0]))
    return tuple(sorted(found, key=lambda item: item[1]))


def _smooth(level: Level) -> Floats:
    """Return the level against the mean in dB, over about a twelfth of the track, shape=(n,)."""
    power = 10 ** (np.maximum(np.array(level.decibels) - level.mean, QUIETEST_DB) / 10)
    size = max(3, len(power) // 12)
    padded = np.pad(power, (size // 2, size - 1 - size // 2), mode="edge")
    return np.asarray(10 * np.log10(np.convolve(padded, np.full(size, 1 / size), mode="valid")))


def _swell(level: Level) -> tuple[str, float]:
    if len(level.decibels) * level.hop < SHORTEST_COURSE:
        return "", 0.0
    smooth = _smooth(level)
    body = smooth[: -max(1, len(smooth) // 12)]  # endings die away in any music
    first, middle, last = (float(np.mean(part)) for part in np.array_split(body, 3))
    low, high = np.quantile(body, (0.1, 0.9))
    if high - low < EVEN_DB:
        return "even", 0.0
    if last - first > SWELL_DB and first - 1 < middle < last + 1:
        return "builds", 0.0
    if first - last > SWELL_DB and last - 1 < middle < first + 1:
        return "ebbs", 0.0
    peak = int(np.argmax(smooth))
    if smooth[peak] < LOUD_DB:
        return "", 0.0
    return "peaks", (peak + 0.5) * level.hop


def ending_of(level: Level) -> str:
    """Return how it ends: a fade falls steadily over seconds, a cut is loud to the last."""
    decibels = np.array(level.decibels) - level.mean
    seconds = decibels[:-1] if len(decibels) > 1 else decibels  # the last one may be a fraction
    tail = seconds[-FADE_SECONDS:]
    if level.hop != 1.0 or len(tail) < FADE_SECONDS:
        return ""
    fall, steps = tail[0] - tail[-1], np.diff(tail)
    even = np.max(steps) < FADE_RISE_DB and -np.min(steps) <= FADE_STEP * fall
    if fall > FADE_DB and even and np.mean(steps < 0.5) > 0.75:
        return "fades"
    return "stops" if decibels[-1] > -CUT_DB and seconds[-1] > -CUT_DB else ""


# ---- form ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    """The sections of a track.

    Parameters
    ----------
    functions : what each is for, in order; empty where that is unknown
    count : how many there are
    returning : place of the first section that comes back most often, from 0; None if none does
    returns : how often it comes back
    closes : whether it is the last section that it comes back as
    lettered : whether it is known what comes back at all
    loudest : the function whose sections are clearly the loudest, or empty
    intro : where the intro ends, in seconds; 0 where there is none
    """

    functions: tuple[str, ...] = ()
    count: int = 0
    returning: int | None = None
    returns: int = 0
    closes: bool = False
    lettered: bool = False
    loudest: str = ""
    intro: float = 0.0


def form_of(heard: Heard) -> Form | None:
    """Return the form, None where there are not two sections."""
    sections = heard.sections
    if sections is None or not 2 <= len(sections.labels) <= LONGEST_FORM:
        return None
    named = any(label != "section" for label in sections.labels)
    letter, often = Counter(sections.letters).most_common(1)[0] if sections.letters else ("", 0)
    return Form(
        sections.labels if named else (),
        len(sections.labels),
        sections.letters.index(letter) if often > 1 else None,
        max(0, often - 1),
        bool(sections.letters) and sections.letters[-1] == letter,
        bool(sections.letters),
        _loudest(heard) if named else "",
        sections.intervals[0][1] if sections.labels[0] == "intro" else 0.0,
    )


def _loudest(heard: Heard) -> str:
    """Return the function whose sections are all louder than those of every other."""
    if heard.level is None or heard.sections is None:
        return ""
    levels: dict[str, list[float]] = {}
    for start, end, label in heard.sections:
        if (level := heard.level.between(start, end)) is not None:
            levels.setdefault(label, []).append(level)
    ranked = sorted(((float(np.mean(v)), name) for name, v in levels.items()), reverse=True)
    if len(ranked) < 2 or ranked[0][0] - ranked[1][0] < 1.0 or ranked[0][1] == "section":
        return ""
    return ranked[0][1]


def gaps(spans: tuple[Interval, ...]) -> list[float]:
    """Return the lengths of the pauses between spans, in seconds."""
    return [start - end for (_, end), (start, _) in pairwise(spans)]
