"""All-In-One: sections and their functions from the spectra of four stems.

Attention between near and far neighbours in time, at distances that double from layer to layer, and
between the stems. The network is a set of functions over the tensors of the published checkpoints;
its sizes are read off them. Beats and downbeats, which it also finds, are left alone: a track's
beats come from `tools.beats`.

References
----------
T. Kim and J. Nam, "All-In-One metrical and functional structure analysis with neighborhood
attentions on demixed audio", WASPAA 2023. A. Hassani and H. Shi, "Dilated neighborhood attention
transformer", 2022.
"""

import math
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.filterbank import LogSpectrogram

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]

STEMS = ("bass", "drums", "other", "vocals")
"""The order in which the network takes them."""

FUNCTIONS = ("start", "end", "intro", "outro", "break", "bridge", "inst", "solo", "verse", "chorus")
"""What its outputs stand for, in order: the labels of the Harmonix set."""

FRAME_RATE = 100
SPECTROGRAM = LogSpectrogram(sample_rate=44_100, frame_size=2048, hop_length=441, bands=12)
BLOCK = 2048
"""Frames of a spectrogram made at once."""

FARTHEST = 3200
"""Attention never reaches farther from neighbour to neighbour, in frames."""

CHUNK, CONTEXT = 30_000, 6_000
"""Frames heard at once, the 5 minutes of training, and what is heard beside them in a longer track:
most of what attention reaches; memory stays below 1 GB."""

EPSILON = 1e-5


def stem_spectrogram(signal: Array) -> Array:
    """Return what the network takes of a stem at 44.1 kHz, shape=(n,): (frames, 81)."""
    bands = SPECTROGRAM.size // 2
    count = SPECTROGRAM.count(signal)
    blocks = [
        SPECTROGRAM.stacked(signal, start, min(start + BLOCK, count))[:, :bands]
        for start in range(0, count, BLOCK)
    ]
    return np.concatenate(blocks)


class AllInOne:
    """The network.

    Parameters
    ----------
    tensors : the checkpoint's ``state_dict``
    """

    def __init__(self, tensors: "Mapping[str, Tensor]") -> None:
        self._tensors = dict(tensors)
        layers = {name.split(".")[2] for name in tensors if name.startswith("encoder.layers.")}
        self._depth = len(layers)
        self._heads = int(tensors["encoder.layers.0.timelayer.attention.self.rpb"].shape[0])
        outputs, inputs = tensors["function_classifier.classifier.weight"].shape
        self._size = int(tensors["norm.weight"].shape[0])
        if outputs != len(FUNCTIONS) or inputs != len(STEMS) * self._size:
            raise ValueError(f"it has {outputs} functions from {inputs} features")

    def __call__(self, spectra: Array) -> tuple[Array, Array]:
        """Return the logits of a boundary, shape=(frames,), and of functions, (frames, 10).

        Parameters
        ----------
        spectra : `stem_spectrogram` of each of `STEMS`, shape=(4, frames, 81)
        """
        import torch

        frames = spectra.shape[1]
        boundaries, functions = [], []
        for start in range(0, frames, CHUNK):
            low, high = max(0, start - CONTEXT), min(frames, start + CHUNK + CONTEXT)
            with torch.inference_mode():
                heard = self._hear(torch.from_numpy(np.ascontiguousarray(spectra[:, low:high])))
            kept = slice(start - low, min(frames, start + CHUNK) - low)
            boundaries.append(heard[0].numpy()[kept])
            functions.append(heard[1].numpy()[kept])
        return np.concatenate(boundaries), np.concatenate(functions)

    # ---- the graph ------------------------------------------------------------------------------

    def _hear(self, spectra: "Tensor") -> "tuple[Tensor, Tensor]":
        x = self._embedded(spectra)
        for layer in range(self._depth):
            name = f"encoder.layers.{layer}."
            x = self._layer(x, name + "timelayer.", min(2**layer, FARTHEST))
            x = self._layer(x, name + "instlayer.", 1)
        features = self._normed(x, "norm").permute(1, 0, 2).flatten(1)  # frames, stems x size
        boundary = self._linear(features, "section_classifier.classifier")[:, 0]
        return boundary, self._linear(features, "function_classifier.classifier")

    def _embedded(self, spectra: "Tensor") -> "Tensor":
        """Return features of each frame, shape=(stems, frames, size)."""
        from torch.nn import functional as F

        x = spectra[:, None]
        for k, padding in enumerate((1, 0, 1)):
            weight = self._tensors[f"embeddings.conv{k}.weight"]
            bias = self._tensors[f"embeddings.conv{k}.bias"]
            x = F.elu(F.max_pool2d(F.conv2d(x, weight, bias, padding=(padding, 0)), (1, 3)))
        return self._normed(x[..., 0].transpose(1, 2), "embeddings.norm")

    def _layer(self, x: "Tensor", name: str, dilation: int) -> "Tensor":
        """Return one layer's output, shape=(stems, frames, size), along time or also the stems."""
        import torch
        from torch.nn import functional as F

        normed = self._normed(x, name + "layernorm_before")
        attended = [name + "attention."]
        if name + "attention2.self.rpb" in self._tensors:  # and one of twice the reach
            attended.append(name + "attention2.")
        room = dilation * len(attended)
        heard = [
            x + self._attention(normed, part, (k + 1) * dilation, room)
            for k, part in enumerate(attended)
        ]
        inner = self._normed(torch.cat(heard, dim=-1), name + "layernorm_after")
        inner = F.gelu(self._linear(inner, name + "intermediate.dense"))
        return torch.stack(heard).mean(dim=0) + self._linear(inner, name + "output.dense")

    def _attention(self, x: "Tensor", name: str, dilation: int, room: int) -> "Tensor":
        """Return what each place takes from its neighbours, shape=(stems, frames, size).

        Where there is no `room` for all neighbours, zeros follow the last frame, as in training.
        """
        import torch
        from torch.nn import functional as F

        biases = self._tensors[name + "self.rpb"]
        kernel = (biases.shape[-1] + 1) // 2
        stems, frames, _ = x.shape
        across = biases.dim() == 3  # among stems too
        more = (max(0, room * kernel - frames), max(0, kernel - stems) if across else 0)
        x = F.pad(x, (0, 0, 0, more[0], 0, more[1]))
        query, key, value = (
            torch.unflatten(self._linear(x, f"{name}self.{part}"), -1, (self._heads, -1))
            for part in ("query", "key", "value")
        )
        query = query / math.sqrt(query.shape[-1])
        pairs, biases = _reach(biases, kernel, dilation, x.shape[0], x.shape[1])
        # One neighbour at a time: all at once are too much for the processor's cache.
        scores = [(query * key[row][:, place]).sum(-1) for row, place in pairs]
        shares = (torch.stack(scores, -1) + biases).softmax(dim=-1)
        taken = torch.zeros_like(value)
        for k, (row, place) in enumerate(pairs):
            taken += shares[..., k, None] * value[row][:, place]
        return self._linear(taken.flatten(-2), name + "output.dense")[:stems, :frames]

    def _linear(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn import functional as F

        return F.linear(x, self._tensors[name + ".weight"], self._tensors.get(name + ".bias"))

    def _normed(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn import functional as F

        weight, bias = self._tensors[name + ".weight"], self._tensors[name + ".bias"]
        return F.layer_norm(x, (len(weight),), weight, bias, EPSILON)


def _reach(
    biases: "Tensor", kernel: int, dilation: int, stems: int, frames: int
) -> "tuple[list[tuple[Tensor, Tensor]], Tensor]":
    """Return stems and frames of each neighbour, and biases, shape=(stems, frames, heads, k)."""
    import torch

    where, relative = neighbours(frames, kernel, dilation)
    if biases.dim() == 2:
        pairs = [(torch.arange(stems), where[:, j]) for j in range(kernel)]
        return pairs, biases[:, relative][:, None].permute(1, 2, 0, 3)
    rows, row_relative = neighbours(stems, kernel, 1)
    pairs = [(rows[:, i], where[:, j]) for i in range(kernel) for j in range(kernel)]
    both = biases[:, row_relative[:, None, :, None], relative[None, :, None, :]]
    return pairs, both.flatten(3).permute(1, 2, 0, 3)


def neighbours(length: int, kernel: int, dilation: int) -> "tuple[Tensor, Tensor]":
    """Return the `kernel` neighbours of each place, and which bias each takes, (length, kernel).

    Neighbours are `dilation` apart. At the ends the window is moved inwards, not cut.
    """
    import torch

    place = torch.arange(length)
    lane, step = place % dilation, place // dilation
    count = (length - lane + dilation - 1) // dilation
    first = torch.minimum((step - kernel // 2).clamp(min=0), count - kernel)
    steps = first[:, None] + torch.arange(kernel)
    return steps * dilation + lane[:, None], steps - step[:, None] + kernel - 1


def load_allin1(paths: Sequence[Path]) -> list[AllInOne]:
    """Return the networks of published checkpoints, one a fold.

    Raises
    ------
    WeightsError
        If a file is no checkpoint of this network.
    """
    return [_load(path) for path in paths]


def _load(path: Path) -> AllInOne:
    import torch

    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        return AllInOne({n: t.float() for n, t in checkpoint["state_dict"].items()})
    except (pickle.UnpicklingError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise WeightsError(f"'{path.name}' is not a checkpoint of All-In-One: {error}") from error
    except (OSError, AttributeError, EOFError) as error:
        raise WeightsError(f"'{path.name}' can't be read as a checkpoint: {error}") from error
