"""Strophes: one form of chords, too long for a loop, over which a whole track is played.

The choruses of a twelve-bar blues sound alike, and none of them begins with anything new: what
tells where they begin is the harmony alone.
"""

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Beats, Chords
from tools.cells import Cells
from tools.progression import loop, progression, snap_to_beats

Ints = NDArray[np.int64]

SHORTEST, LONGEST = 9, 15
"""Bars. Up to 8 are a loop within sections; 16 may as well be a verse and a chorus of 8."""
LEAST_SHARE = 0.75
"""Part of the track that is played over the form."""
LEAST_EDGE = 4
"""Bars before or after the strophes that may be sections of their own."""


def find_strophes(chords: Chords | None, beats: Beats | None, cells: Cells) -> Ints:
    """Return the cells at which strophes begin, and where the last one ends; empty without any."""
    none = np.zeros(0, np.int64)
    if chords is None or beats is None or cells.bars != 1:
        return none
    bars = progression(snap_to_beats(chords, beats), beats, None)
    form = loop(bars)
    if form is None or not SHORTEST <= form.bars <= LONGEST or form.share < LEAST_SHARE:
        return none
    first = next(k for k, bar in enumerate(bars) if bar.bar == form.first_bar)
    times = [bar.start for bar in bars] + [bars[-1].end]
    places = [first + form.bars * k for k in range(form.times + 1)]
    if places[-1] >= len(times):
        return none
    marks = np.append(cells.marks, len(cells))
    nearest = np.abs(cells.edges[marks][None] - np.array(times)[places][:, None]).argmin(axis=1)
    return np.unique(marks[nearest])


def cut_by_strophes(cuts: Ints, strophes: Ints, cells: Cells) -> Ints:
    """Return the cuts of a track with those among its strophes replaced by the strophes' own."""
    if not len(strophes):
        return cuts
    room = LEAST_EDGE * cells.bar
    start, end = int(strophes[0]), int(strophes[-1])
    start = start if start >= room else 0
    end = end if len(cells) - end >= room else len(cells)
    outside = cuts[(cuts <= start - room) | (cuts >= end + room)]
    kept = np.concatenate([[0, len(cells)], outside, [start], strophes[1:-1], [end]])
    return np.unique(kept).astype(np.int64)
