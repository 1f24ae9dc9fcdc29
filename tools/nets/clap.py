"""CLAP (Wu et al. 2023): an audio encoder and a text encoder that meet in one space.

The network is the one of the `transformers` library, from a folder as the hub holds it. It hears ten
seconds at a time; longer sound is heard in windows, and their vectors are averaged.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.rungs import Progress, quiet

FloatArray = NDArray[np.float32]

BATCH = 4
"""Windows at once: 0.7 s of work, so that progress is told and stopping works."""

MOST_WINDOWS = 60
"""Ten minutes of sound, spread over the whole, say what an hour is like."""


class Clap:
    """The two encoders, ready to be asked.

    Parameters
    ----------
    folder : a checkpoint as the hub holds it

    Raises
    ------
    WeightsError
        If the checkpoint does not load.
    """

    def __init__(self, folder: Path) -> None:
        transformers: Any = import_module("transformers")  # it is only half typed
        try:
            self._processor = transformers.ClapProcessor.from_pretrained(
                folder, local_files_only=True
            )
            self._model = transformers.ClapModel.from_pretrained(
                folder, local_files_only=True, weights_only=True
            )
        except Exception as error:  # the library raises whatever its parts raise
            raise WeightsError(f"The joint embedding does not load: {error}") from error
        self._model.eval()
        extractor = self._processor.feature_extractor
        self._sample_rate = int(extractor.sampling_rate)
        self._window = int(extractor.nb_max_samples)
        self.dim = int(self._model.config.projection_dim)

    def embed_text(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, shape=(n, dim)."""
        import torch

        if not texts:
            return np.zeros((0, self.dim), np.float32)
        inputs = self._processor(
            text=list(texts), return_tensors="pt", padding=True, truncation=True
        )
        with torch.inference_mode():
            return _unit(self._model.get_text_features(**inputs).pooler_output.numpy())

    def embed_sound(
        self, signal: FloatArray, sample_rate: int, progress: Progress = quiet
    ) -> FloatArray:
        """Return one unit vector, shape=(dim,): the mean over windows of ten seconds.

        Parameters
        ----------
        signal : mono, shape=(n,)
        sample_rate : hertz; each window is resampled by itself, so that an hour needs no copy
        progress : told after each batch; may raise to stop
        """
        import torch

        windows = list(_windows(len(signal), round(self._window * sample_rate / self._sample_rate)))
        total = np.zeros(self.dim)
        for first in range(0, len(windows), BATCH):
            sounds = [
                self._resampled(signal[low:high], sample_rate)
                for low, high in windows[first : first + BATCH]
            ]
            inputs = self._processor(
                audio=sounds, sampling_rate=self._sample_rate, return_tensors="pt"
            )
            with torch.inference_mode():
                output = self._model.get_audio_features(**inputs).pooler_output.numpy()
            total += _unit(output).sum(axis=0)
            progress(min(1.0, (first + BATCH) / len(windows)))
        vector: FloatArray = _unit(total[None])[0]
        return vector

    def _resampled(self, part: FloatArray, sample_rate: int) -> FloatArray:
        sound = soxr.resample(part, sample_rate, self._sample_rate, quality="HQ")
        # with one sample more than it hears, the processor would cut a piece out at random
        window: FloatArray = np.asarray(sound[: self._window], np.float32)
        return window


@lru_cache(maxsize=1)
def load_clap(folder: Path) -> Clap:
    """Return the network of a folder, loaded once a process."""
    return Clap(folder)


def _windows(size: int, window: int) -> Iterator[tuple[int, int]]:
    """Yield the (first, last) samples of windows spread evenly over everything."""
    count = min(MOST_WINDOWS, max(1, -(-size // window)))
    for start in np.linspace(0, max(0, size - window), count).astype(int):
        yield int(start), int(min(size, start + window))


def _unit(vectors: NDArray[np.floating]) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
