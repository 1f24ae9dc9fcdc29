"""How much alike any two places of a track are.

Each matrix compares all cells of a track (`tools.cells`) with all others; 1 is the same. The scales
are absolute: they were measured on half of the GTZAN clips, which stay in one section for 15 s, so
that what varies no more than one section of real music does is alike, and a loop that never changes
has no form. A measure relative to the track itself would cut any loop into pieces.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from tools.cells import Cells, CellSounds

Floats = NDArray[np.float64]

TIMBRE_SCALE = 0.24
RISES_SCALE = 2.3
EMBEDDING_SCALE = 0.165
"""Median distances, 4 s and more apart, within one section; the embedding's is 1 - cosine."""
VOICE_SCALE = 0.2
"""A change in the probability of a voice that counts as much."""
CHROMA_SCALE = 0.3
"""Median of 1 - cosine of two beats of one section: they mostly hold different chords."""

SOUND_BARS = 2
"""Bars over which sound is averaged: drum patterns and phrases are no sections."""
PATH_BARS = 4
"""Bars that must follow each other in the same harmonies to be a repetition."""
CONTEXT_BARS = 4
"""A bar fits in with another if it comes again within so many bars of it: the longest usual loop."""


def sound_likeness(
    sounds: CellSounds, cells: Cells, embedding: Floats | None = None, voice: Floats | None = None
) -> Floats:
    """Return how alike cells sound, whatever is played, shape=(n, n).

    Parameters
    ----------
    embedding : what a network made of each cell, shape=(n, d), where there is one
    voice : probability of a voice in each cell, shape=(n,), where it is known
    """
    width = SOUND_BARS * cells.bar
    terms = [
        _squares(smoothed(sounds.timbre, width)) / TIMBRE_SCALE**2,
        _squares(smoothed(sounds.rises, width)) / RISES_SCALE**2,
    ]
    if embedding is not None:
        directions = embedding / np.maximum(np.linalg.norm(embedding, axis=1, keepdims=True), 1e-9)
        terms.append(np.maximum(1.0 - directions @ directions.T, 0.0) / EMBEDDING_SCALE)
    if voice is not None:
        terms.append(_squares(smoothed(voice[:, None], width)) / VOICE_SCALE**2)
    likeness: Floats = np.exp(-_mean(terms))
    return likeness


def harmony_likeness(sounds: CellSounds, cells: Cells) -> Floats:
    """Return how alike the harmonies are that go on around two cells in step, shape=(n, n)."""
    same = sounds.chroma @ sounds.chroma.T / 2.0
    along: Floats = _along_diagonals(same, PATH_BARS * cells.bar)
    likeness: Floats = np.exp((along - 1.0) / CHROMA_SCALE)
    return likeness


def context_likeness(harmony: Floats, cells: Cells) -> Floats:
    """Return whether the harmonies of a cell occur near another one, in step or not, shape=(n, n).

    A loop of a few chords, whose bars are not like each other, becomes one block by this.
    """
    width = 2 * CONTEXT_BARS * cells.bar + 1
    nearby: Floats = np.maximum(
        maximum_filter1d(harmony, width, axis=0, mode="nearest"),
        maximum_filter1d(harmony, width, axis=1, mode="nearest"),
    )
    return nearby


def smoothed(values: Floats, width: int) -> Floats:
    """Return running means over `width` cells, shape=(n, d)."""
    mean: Floats = uniform_filter1d(values, max(1, width), axis=0, mode="nearest")
    return mean


# ---- inside -------------------------------------------------------------------------------------


def _squares(rows: Floats) -> Floats:
    """Return squared distances of all rows, shape=(n, n)."""
    products = rows @ rows.T
    lengths = np.diag(products)
    return np.maximum(lengths[:, None] + lengths - 2.0 * products, 0.0)


def _mean(terms: Sequence[Floats]) -> Floats:
    total = terms[0]
    for term in terms[1:]:
        total += term
    mean: Floats = total / len(terms)
    return mean


def _along_diagonals(matrix: Floats, width: int) -> Floats:
    """Return means of `width` neighbours along the diagonals, the ends being repeated."""
    size, before = len(matrix), width // 2
    padded = np.pad(matrix, (before, width - 1 - before), mode="edge")
    total = np.zeros_like(matrix)
    for k in range(width):
        total += padded[k : k + size, k : k + size]
    mean: Floats = total / width
    return mean
