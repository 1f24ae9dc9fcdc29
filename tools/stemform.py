"""Sections and their functions as All-In-One hears them in the stems of a track.

The recording is taken apart first (`tools.separation`), which takes longer than all the rest.
"""

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from tools import cores
from tools.annotations import Beats
from tools.audio import Audio, load_audio, save_audio
from tools.nets.allin1 import FRAME_RATE, FUNCTIONS, STEMS, load_allin1, stem_spectrogram
from tools.rungs import Progress
from tools.weights import WeightStore

Floats = NDArray[np.float64]

WEIGHTS = "allin1"
SEPARATOR = "htdemucs"
"""The network was trained on the stems of this one."""

APART_SECONDS = 12
"""A boundary is the likeliest place within so many seconds on both sides (Kim & Nam 2023)."""
SNAP_SECONDS = 1.0
"""A boundary goes to the nearest downbeat that is no farther."""
SEPARATING = 0.8
"""Share of the time."""

NAMES = {"start": "intro", "end": "outro", "inst": "instrumental"}
"""Its words that are not ours."""


def hear_form(audio: Audio, store: WeightStore, progress: Progress) -> tuple[Floats, Floats]:
    """Return the chance of a boundary, shape=(frames,), and of each function, shape=(frames, 10).

    The mean of the logits of all folds, 100 frames a second.

    Raises
    ------
    WeightsError
        If the weights of the separator or of the network can't be had, or are not theirs.
    """
    networks = load_allin1([store.file(WEIGHTS, m) for m in store.catalogue[WEIGHTS].files])
    spectra = stem_spectra(audio, store, lambda done: progress(SEPARATING * done))
    boundaries, functions = [], []
    with cores.pool(len(networks)) as pool:
        for k, (boundary, function) in enumerate(pool.map(lambda net: net(spectra), networks)):
            boundaries.append(boundary)
            functions.append(function)
            progress(SEPARATING + (1 - SEPARATING) * (k + 1) / len(networks))
    chances = 1.0 / (1.0 + np.exp(-np.mean(boundaries, axis=0, dtype=np.float64)))
    logits = np.mean(functions, axis=0, dtype=np.float64)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return chances, shares / shares.sum(axis=1, keepdims=True)


def stem_spectra(audio: Audio, store: WeightStore, progress: Progress) -> NDArray[np.float32]:
    """Return the spectra of a track's stems, in the network's order, shape=(4, frames, 81)."""
    from tools.separation import separate

    with tempfile.TemporaryDirectory(prefix="musicologue-") as name:
        folder = Path(name)
        save_audio(folder / "track.wav", audio.samples, audio.sample_rate, "FLOAT")
        made = separate(
            folder / "track.wav",
            folder / "stems",
            store,
            STEMS,
            engine=SEPARATOR,
            suffix=".wav",
            progress=progress,
        )
        return np.stack(
            [
                stem_spectrogram(load_audio(made.stems[stem], sample_rate=44_100).samples[0])
                for stem in STEMS
            ]
        )


def read_form(
    boundaries: Floats, functions: Floats, duration: float, beats: Beats | None
) -> tuple[list[float], list[tuple[str, float]]]:
    """Return edges of sections in seconds, and the function of each with its chance.

    Parameters
    ----------
    boundaries, functions : what `hear_form` returned
    beats : whose downbeats boundaries go to, where they are known
    """
    width = 2 * APART_SECONDS * FRAME_RATE + 1
    highest = maximum_filter1d(boundaries, width, mode="constant")
    around = uniform_filter1d(boundaries, width, mode="constant")
    (peaks,) = np.nonzero((boundaries == highest) & (boundaries > around))
    times = _snapped(peaks / FRAME_RATE, () if beats is None else beats.downbeats)
    inner = np.unique(times[(times > SNAP_SECONDS) & (times < duration - SNAP_SECONDS)])
    edges = [0.0, *map(float, inner), duration]
    return edges, [_function(functions, a, b) for a, b in pairwise(edges)]


def function_letters(labels: Sequence[str]) -> list[str]:
    """Return a letter for each section, by order of appearance: the same for the same function."""
    order = list(dict.fromkeys(labels))
    return [chr(ord("A") + order.index(label)) for label in labels]


def _snapped(times: Floats, downbeats: Sequence[float]) -> Floats:
    if not len(downbeats) or not len(times):
        return times
    known = np.array(downbeats)
    nearest = known[np.abs(times[:, None] - known).argmin(axis=1)]
    return np.where(np.abs(nearest - times) <= SNAP_SECONDS, nearest, times)


def _function(functions: Floats, start: float, end: float) -> tuple[str, float]:
    low = min(int(start * FRAME_RATE), len(functions) - 1)
    mean = functions[low : max(low + 1, int(end * FRAME_RATE))].mean(axis=0)
    best = int(mean.argmax())
    return NAMES.get(FUNCTIONS[best], FUNCTIONS[best]), round(float(mean[best]), 3)
