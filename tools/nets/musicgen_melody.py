"""The melody that MusicGen hears (Copet et al. 2023): the loudest pitch class of each moment.

The library's own extractor needs torchaudio, which the project does without: these are its numbers
(16 384 samples a frame, 4096 a hop, librosa's chroma filters), one class a frame, which keeps the
network from copying the sound. The authors take drums and bass out with Demucs before. Here what is
below `LOWEST` does not count, so that a bass does not win over the tune; stems work as well.
"""

from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

CLASSES = 12
FRAME, HOP = 16_384, 4096
LOWEST = 130.0
"""Hertz: just below C3."""


def melody_classes(signal: FloatArray, sample_rate: int) -> NDArray[np.intp]:
    """Return the loudest pitch class of each hop, C is 0, shape=(n // HOP + 1,)."""
    padded = np.pad(signal, FRAME // 2, mode="reflect" if signal.size > FRAME // 2 else "constant")
    filters = _filters(sample_rate)
    window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
    starts = range(0, padded.size - FRAME + 1, HOP)
    classes = np.empty(len(starts), np.intp)
    for number, start in enumerate(starts):
        power = np.square(np.abs(np.fft.rfft(padded[start : start + FRAME] * window)))
        classes[number] = int((filters @ power).argmax())
    return classes


def melody_window(classes: NDArray[np.intp], start: int, length: int) -> FloatArray:
    """Return what a window hears of a melody as one-hot rows, shape=(length, 12).

    Before the melody it is C, as the network knows silence; after it, it comes again.

    Parameters
    ----------
    classes : of `melody_classes`
    start : the hop that the window begins with; negative before the melody
    """
    places = np.arange(start, start + length)
    heard = np.where(places < 0, 0, classes[places % classes.size])
    rows: FloatArray = np.eye(CLASSES, dtype=np.float32)[heard]
    return rows


@lru_cache(maxsize=2)
def _filters(sample_rate: int) -> FloatArray:
    """Return the weight of each bin in each class, shape=(12, FRAME // 2 + 1)."""
    audio_utils: Any = import_module("transformers.audio_utils")
    filters = audio_utils.chroma_filter_bank(
        num_frequency_bins=FRAME, num_chroma=CLASSES, sampling_rate=sample_rate
    )
    filters[:, : round(LOWEST * FRAME / sample_rate)] = 0
    return np.asarray(filters, np.float32)
