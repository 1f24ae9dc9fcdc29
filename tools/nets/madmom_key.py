"""madmom's key network: 24 keys from a spectrogram of five frames a second.

F. Korzeniowski and G. Widmer, "Genre-agnostic key classification with convolutional neural
networks", ISMIR 2018. Trained on pop, rock, electronic and piano music. Only the graph, its
features and its weights; what a key is called is for `tools.key` to say.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.filterbank import framed, triangles
from tools.nets.madmom_archive import Layer, read_network

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
"""Half the rate of training. The features end at 2100 Hz, so with frames of the same duration they
are the same but for the factor `LEVEL`."""
FRAME_SIZE = 4096
HOP_LENGTH = 4410
LEVEL = 2.0
BANDS = 24
LOWEST_HZ = 65.0
HIGHEST_HZ = 2100.0
REFERENCE_HZ = 440.0

POOLING = 8
"""Frames a step of the output: three poolings by two make it 1.6 s."""
MARGIN = 64
"""Frames on either side, more than an output step can see; a multiple of `POOLING`."""
BLOCK = 512
"""Frames run at once, 102 s: bounds the memory of the first convolution to some 10 MB."""


class MadmomKey:
    """The network with its weights.

    Parameters
    ----------
    path : ``key_cnn.pkl``

    Raises
    ------
    WeightsError
        If the file does not hold this network.
    """

    def __init__(self, path: Path) -> None:
        self._graph = _graph(read_network(path))

    def activations(self, signal: Array, gain: float = 1.0) -> Iterator[Array]:
        """Yield how strongly each step of the music speaks for each key, block by block.

        Parameters
        ----------
        signal : mono at `SAMPLE_RATE`, shape=(n,); at least one step long
        gain : makes the level what it was in training, that of finished recordings

        Yields
        ------
        Logits, shape=(steps, 24), a step each `POOLING` frames: the majors from C to B, then the
        minors. Their mean over all steps, through a softmax, is the network's own answer.
        """
        frames = -(-len(signal) // HOP_LENGTH)
        for start in range(0, frames - POOLING + 1, BLOCK):
            stop = min(start + BLOCK, frames)
            first, last = max(0, start - MARGIN), min(stop + MARGIN, frames)
            steps = self._run(features(signal, first, last, gain))
            yield steps[(start - first) // POOLING :][: (stop - start) // POOLING]

    def _run(self, levels: Array) -> Array:
        import torch

        with torch.inference_mode():
            out = self._graph(torch.from_numpy(levels)[None, None]).mean(dim=3)[0].T.numpy()
        # the file's order: majors from A, then minors from A
        logits: Array = np.roll(out.reshape(-1, 2, 12), -3, axis=2).reshape(-1, 24)
        return logits


@lru_cache(maxsize=1)
def load_madmom_key(path: Path) -> MadmomKey:
    """Return the network of a file, read once a process; see `MadmomKey`."""
    return MadmomKey(path)


def features(signal: Array, start: int, stop: int, gain: float = 1.0) -> Array:
    """Return frames `start` to `stop` of the log-filtered spectrogram, shape=(stop - start, 105).

    Frame k is centred on sample ``k * HOP_LENGTH``; outside the signal there is silence.
    """
    frames = framed(signal, start, stop, FRAME_SIZE, HOP_LENGTH)
    window = np.hanning(FRAME_SIZE).astype(np.float32) * np.float32(LEVEL * gain)
    magnitude = np.abs(scipy.fft.rfft(frames * window, axis=1)[:, : FRAME_SIZE // 2])
    levels: Array = np.log10(magnitude @ _filters() + np.float32(1))
    return levels


@lru_cache
def _filters() -> Array:
    """Return triangles of unit area around log-spaced centres, shape=(FRAME_SIZE // 2, 105)."""
    low, high = np.log2(np.array([LOWEST_HZ, HIGHEST_HZ]) / REFERENCE_HZ) * BANDS
    frequencies = REFERENCE_HZ * 2.0 ** (np.arange(np.ceil(low), np.floor(high) + 1) / BANDS)
    corners = np.unique(np.round(frequencies * FRAME_SIZE / SAMPLE_RATE).astype(int))
    return triangles(corners, FRAME_SIZE // 2)


# ---- the graph ----------------------------------------------------------------------------------


def _graph(layers: list[Layer]) -> Any:
    """Return the file's layers as one torch module; (1, 1, frames, bands) to (1, 24, steps, m)."""
    import torch
    from torch import nn

    if not layers or layers[-1].kind != "AverageLayer":
        raise WeightsError("The key network does not end in an average over time.")
    modules: list[nn.Module] = []
    for layer in layers[:-1]:
        match layer.kind:
            case "PadLayer":
                modules.append(nn.ZeroPad2d(layer["width"]))
            case "ConvolutionalLayer":
                modules.append(_convolution(layer))
            case "BatchNormLayer":
                modules += [_normalisation(layer), nn.ELU()]
            case "MaxPoolLayer":
                modules.append(nn.MaxPool2d(layer["size"]))
            case kind:
                raise WeightsError(f"The key network has an unexpected layer, {kind}.")
    graph = nn.Sequential(*modules).eval().to(torch.float32)
    return graph.requires_grad_(False)


def _convolution(layer: Layer) -> Any:
    import torch

    # madmom convolves, torch correlates: the kernel is turned round
    weights = np.ascontiguousarray(layer["weights"].transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])
    outputs, inputs, *size = weights.shape
    module = torch.nn.Conv2d(inputs, outputs, (size[0], size[1]), bias=False)
    module.weight.data = torch.from_numpy(weights)
    return module


def _normalisation(layer: Layer) -> Any:
    import torch

    module = torch.nn.BatchNorm2d(len(layer["mean"]), eps=0.0)
    module.weight.data = torch.from_numpy(layer["gamma"])
    module.bias.data = torch.from_numpy(layer["beta"])
    module.running_mean = torch.from_numpy(layer["mean"])
    module.running_var = torch.from_numpy(layer["inv_std"].astype(np.float64) ** -2).float()
    return module
