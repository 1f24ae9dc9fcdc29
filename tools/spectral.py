"""Which places of a track belong together, by spectral clustering at several scales.

A graph links each cell with those it repeats and with its neighbours in time; the first
eigenvectors of its Laplacian fall into the parts of the form, coarse ones first (B. McFee and
D. P. W. Ellis, "Analyzing song structure with spectral clustering", ISMIR 2014). They cluster anew
for each number of parts, at random, and leave the choice of it open. Here all numbers of parts are
asked at once, and without clustering: what is kept is how well two cells agree, on average.
"""

import math

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_PARTS = 8
"""Kinds of sections a track may have: few have more."""


def agreement(likeness: Floats, steps: Floats, nearest: int) -> Floats:
    """Return how far cells belong together, averaged over 2 to `MOST_PARTS` parts, shape=(n, n).

    Parameters
    ----------
    likeness : how sure it is that one cell repeats the other, shape=(n, n)
    steps : how alike each cell and the next are, shape=(n - 1,)
    nearest : cells nearer in time than this are no repetitions
    """
    size = len(likeness)
    if size < 3:
        return np.ones((size, size))
    links = _links(likeness, steps, nearest)
    degrees = np.maximum(links.sum(axis=1), 1e-9)
    # The largest eigenvalues of this are the smallest of the normalised Laplacian.
    symmetric = links / np.sqrt(degrees[:, None] * degrees)
    parts = min(MOST_PARTS, size - 1)
    _, vectors = scipy.linalg.eigh(symmetric, subset_by_index=[size - parts, size - 1])
    vectors = vectors[:, ::-1]
    total = np.zeros_like(links)
    for count in range(2, parts + 1):
        rows = vectors[:, :count]
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        total += np.clip(rows @ rows.T, 0.0, 1.0)
    return total / max(1, parts - 1)


def _links(likeness: Floats, steps: Floats, nearest: int) -> Floats:
    """Return the graph: mutual nearest neighbours, and the path of time, in balance."""
    size = len(likeness)
    place = np.arange(size)
    far = np.where(np.abs(place[:, None] - place) < nearest, 0.0, likeness)
    count = min(size - 1, 1 + math.ceil(2 * math.log2(size)))
    least = np.partition(far, -count, axis=1)[:, -count][:, None]
    near = (far >= least) & (far > 0)
    repeated = np.where(near & near.T, far, 0.0)
    time = np.zeros_like(repeated)
    time[place[:-1], place[1:]] = time[place[1:], place[:-1]] = steps
    # Their equation 7: a walk takes either kind of link equally often.
    by_repetition, by_time = repeated.sum(axis=1), time.sum(axis=1)
    both = by_repetition + by_time
    share = float(by_time @ both / max(both @ both, 1e-12))
    graph: Floats = share * repeated + (1.0 - share) * time
    return graph
