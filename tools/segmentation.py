"""Where the sections of a track begin, and which of them are the same, from how unlike cells are.

Boundaries are change points of the kernel kind: the cut that leaves the least scatter within the
sections, a section costing as much as a doubt (Z. Harchaoui and O. Cappé, "Retrospective
multiple change-point estimation with kernels", SSP 2007), found exactly by dynamic programming.
Lengths of 8 bars are preferred to others (A. Marmoret et al., "Barwise music structure analysis
with the correlation block-matching segmentation algorithm", TISMIR 2023).
"""

import numpy as np
from numpy.typing import NDArray

from tools.cells import Cells

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SECTION_COST = 0.5
"""Scatter, in bars, that a further boundary must take away."""
ODD_COSTS = ((8, 0.0), (4, 0.2), (2, 0.5), (1, 1.0))
"""What a length costs that is a multiple of so many bars: 8 are a period, odd numbers are rare."""
SHORT_SECONDS = 8.0
SHORT_COST = 3.0
"""Sections shorter than this cost more, up to this many bars."""
OVERLAP = 0.75
"""Sections follow each other over this share of the shorter one at least."""
DECISIVE = 0.5
"""Sections that follow each other so much more closely than usual are the same, however they sound:
where all share one loop none do, where harmony is rich a theme that returns does."""
SAME = 0.25
"""Sections less unlike than this, beyond what varies within them, have the same letter."""


def find_sections(unlike: Floats, cells: Cells) -> Ints:
    """Return the cells at which sections begin, and the number of cells, shape=(sections + 1,).

    Parameters
    ----------
    unlike : how unlike cells are, 0 to 1, shape=(n, n)
    """
    marks = np.append(cells.marks, len(cells))
    count = len(marks)
    costs = _costs(unlike, cells, marks)
    best, came = np.full(count, np.inf), np.zeros(count, np.int64)
    best[0] = 0.0
    for end in range(1, count):  # bars, not frames
        totals = best[:end] + costs[:end, end]
        came[end] = int(totals.argmin())
        best[end] = totals[came[end]]
    cuts = [count - 1]
    while cuts[-1]:
        cuts.append(int(came[cuts[-1]]))
    return marks[cuts[::-1]]


def name_sections(unlike: Floats, harmony: Floats, cuts: Ints) -> Ints:
    """Return a number for each section, in order of appearance; the same where music comes back.

    Sections are joined while those nearest to each other are less than `SAME` unlike on average.
    Those that follow each other's harmonies more closely than the track's sections mostly do count
    as less unlike: a verse may come back with other instruments.

    Parameters
    ----------
    unlike : as for `find_sections`
    harmony : how alike the harmonies are that go on around two cells in step, shape=(n, n)
    """
    between = _block_means(unlike, cuts)
    count = len(between)
    if count < 2:
        return np.zeros(count, np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage

    within = np.diag(between)
    extra = np.maximum(between - (within[:, None] + within) / 2.0, 0.0)
    first, second = np.triu_indices(count, 1)
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    follows = np.array([_in_step(harmony, cuts, a, b) for a, b in pairs])
    usual = float(np.median(follows))
    closer = np.clip((follows - usual) / DECISIVE, 0.0, 1.0)
    closer[second == first + 1] = 0.0  # neighbours were cut apart for what else differs
    distances = extra[first, second] * (1.0 - closer)
    groups = fcluster(linkage(distances, "average"), SAME, "distance")
    order: dict[int, int] = {}
    return np.array([order.setdefault(int(group), len(order)) for group in groups])


def contrasts(unlike: Floats, cuts: Ints) -> Floats:
    """Return how unlike each section is to the one after it, 0 to 1, shape=(sections - 1,)."""
    return np.clip(np.diag(_block_means(unlike, cuts), 1), 0.0, 1.0)


# ---- inside -------------------------------------------------------------------------------------


def _costs(unlike: Floats, cells: Cells, marks: Ints) -> Floats:
    """Return what a section from one mark to another costs, in bars, shape=(m, m)."""
    low, high = marks[:, None], marks[None, :]
    scatter = _block_sums(unlike, low, high, low, high) / np.maximum(high - low, 1) / cells.bar
    times = cells.edges[marks]
    seconds = times[None, :] - times[:, None]
    short = SHORT_COST * np.clip(1.0 - seconds / SHORT_SECONDS, 0.0, 1.0)
    bars = (np.arange(len(marks))[None, :] - np.arange(len(marks))[:, None]) * cells.bars
    odd = np.select([bars % size == 0 for size, _ in ODD_COSTS], [cost for _, cost in ODD_COSTS])
    return np.where(high > low, scatter + SECTION_COST + short + odd, np.inf)


def _in_step(harmony: Floats, cuts: Ints, first: int, second: int) -> float:
    """Return how closely one section follows the other where they are laid side by side best."""
    block = harmony[cuts[first] : cuts[first + 1], cuts[second] : cuts[second + 1]]
    rows, columns = block.shape
    least = max(1, int(OVERLAP * min(rows, columns)))
    return max(float(block.diagonal(k).mean()) for k in range(least - rows, columns - least + 1))


def _block_means(matrix: Floats, cuts: Ints) -> Floats:
    low, high = cuts[:-1], cuts[1:]
    sums = _block_sums(matrix, low[:, None], high[:, None], low[None], high[None])
    means: Floats = sums / np.outer(high - low, high - low)
    return means


def _block_sums(matrix: Floats, top: Ints, bottom: Ints, left: Ints, right: Ints) -> Floats:
    """Return sums of blocks of a matrix, rows top to bottom and columns left to right."""
    sums = np.pad(matrix, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    found: Floats = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return found
