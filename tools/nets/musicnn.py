"""musicnn: two tagging networks over mel spectrograms, and their audio embedding.

Source: J. Pons and X. Serra, "musicnn: pre-trained convolutional neural networks for music audio
tagging", ISMIR late-breaking 2019. One network was trained on MagnaTagATune, one on the Million Song
Dataset; the graph is the same. Here are the features, the graph and its loader; what the 50 outputs
of each mean is in `tools.vocabulary`.

The convolutions are the slow part. Two things make them fast without changing the result:

* Windows overlap, and a timbral filter, 7 frames wide, sees the window's edge (where the signal is
  padded with zeros) only in its first and last three outputs. So these filters run once over the
  whole stretch, and only six outputs are made anew for each window.
* A filter over one channel is a poor use of a CPU. Several neighbouring outputs together are one
  matrix product with a banded matrix: 1.3 to 1.8 times as fast as torch's convolution here.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.tf_checkpoint import read_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

FloatArray = NDArray[np.float32]

SAMPLE_RATE = 16_000
HOP_LENGTH = 256
N_FFT = 512
N_MELS = 96
WINDOW_FRAMES = 187
"""Frames the networks were trained on: 3 s."""

FRAME_SECONDS = HOP_LENGTH / SAMPLE_RATE
EMBEDDING_SIZE = 200

NETWORKS = {"mtt": "MTT_musicnn", "msd": "MSD_musicnn"}
"""Our name of a network -> the folder of its checkpoint."""

EDGE = 3
"""Frames of zero padding that a timbral filter sees on each side."""

TIMBRAL_BLOCK = 6
TEMPORAL_BLOCK = 8
"""Outputs to one matrix product; measured best of 6, 8, 10, 12, 15 and 6, 8, 11, 17, 24, 32."""

CHUNK_FRAMES = 256
CHUNK_BANDS = 16
BATCH_WINDOWS = 16
"""How much is done at once: products that stay in the processor's cache, memory below 200 MB."""

FEATURE_BLOCK = 8192
"""Frames of the spectrogram made at once: 130 s of audio, 34 MB of spectrum."""

EPSILON = 1e-3
"""Of TensorFlow's batch normalisation."""


# ---- features -----------------------------------------------------------------------------------


def log_mel(signal: FloatArray) -> FloatArray:
    """Return the features that both networks take.

    Parameters
    ----------
    signal : mono at 16 kHz, shape=(n,)

    Returns
    -------
    shape=(1 + n // 256, 96): log10(1 + 10000 mel power), the power rounded to float16 as in the
    authors' code; frames are centred and the ends padded with zeros
    """
    count = 1 + len(signal) // HOP_LENGTH
    blocks = [
        _log_mel_block(signal, first, min(first + FEATURE_BLOCK, count))
        for first in range(0, count, FEATURE_BLOCK)
    ]
    return np.concatenate(blocks)


def _log_mel_block(signal: FloatArray, first: int, last: int) -> FloatArray:
    """Return the features of frames `first` to `last`; only their part of the signal is copied."""
    low = first * HOP_LENGTH - N_FFT // 2
    high = (last - 1) * HOP_LENGTH + N_FFT // 2
    part = signal[max(0, low) : high]
    padded = np.pad(part, (max(0, -low), max(0, high - len(signal))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)  # periodic
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    mel = np.minimum(power @ _mel_weights().T, np.finfo(np.float16).max)
    rounded = mel.astype(np.float16).astype(np.float32)
    return np.asarray(np.log10(10_000.0 * rounded + 1.0), np.float32)


@cache
def _mel_weights() -> FloatArray:
    """Return Slaney's mel filters of equal area, shape=(96, 257) (Auditory Toolbox, 1998).

    The scale is linear to 1 kHz (3 mel per 200 Hz), then logarithmic (27 mel for a factor of 6.4).
    """
    mels = np.linspace(0.0, 15.0 + 27.0 * np.log(SAMPLE_RATE / 2000.0) / np.log(6.4), N_MELS + 2)
    above = 1000.0 * np.exp(np.log(6.4) / 27.0 * (mels - 15.0))
    edges = np.where(mels < 15.0, mels * 200.0 / 3.0, above)
    bins = np.fft.rfftfreq(N_FFT, 1.0 / SAMPLE_RATE)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    triangles = np.maximum(0.0, np.minimum(rising, falling)) * area[:, None]
    return np.asarray(triangles, np.float32)


# ---- the graph ----------------------------------------------------------------------------------


class Musicnn:
    """One of the two networks, ready for inference.

    Parameters
    ----------
    weights : tensors by their names in the checkpoint
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        import torch

        tensors = {name: torch.tensor(value) for name, value in weights.items()}
        self._input = _norm(tensors, 0)
        self._timbral = [_Timbral(tensors, i) for i in (0, 1)]
        self._temporal = [_Temporal(tensors, i) for i in (2, 3, 4)]
        self._middle = [_Middle(tensors, i) for i in (5, 6, 7)]
        self._pooled = _norm(tensors, 9)
        self._embedded = _norm(tensors, 10)
        self._hidden = (tensors["dense/bias"], tensors["dense/kernel"])
        self._output = (tensors["dense_1/bias"], tensors["dense_1/kernel"])

    def __call__(
        self, features: FloatArray, starts: NDArray[np.int64]
    ) -> tuple[FloatArray, FloatArray]:
        """Return what the network makes of windows of a track.

        Parameters
        ----------
        features : shape=(t, 96), from `log_mel`
        starts : first frames of w windows in ascending order; each lies inside the features

        Returns
        -------
        logits, shape=(w, 50), and the penultimate layer, shape=(w, 200)
        """
        import torch

        with torch.inference_mode():
            parts = [
                self._windows(features, starts[first : first + BATCH_WINDOWS])
                for first in range(0, len(starts), BATCH_WINDOWS)
            ]
            logits, embeddings = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
        return logits, embeddings

    def _windows(self, features: FloatArray, starts: NDArray[np.int64]) -> "tuple[Tensor, Tensor]":
        import torch

        stretch = features[int(starts[0]) : int(starts[-1]) + WINDOW_FRAMES]
        frames = _affine(torch.tensor(stretch), self._input)
        first = torch.tensor(starts - starts[0])
        windows = frames[first[:, None] + torch.arange(WINDOW_FRAMES)]
        front = [branch(frames, windows, first) for branch in self._timbral]
        front += [branch(windows) for branch in self._temporal]
        layers = [torch.cat(front, 2).transpose(1, 2)]
        for middle in self._middle:
            layers.append(middle(layers[-1]) + (layers[-1] if len(layers) > 1 else 0.0))
        maps = torch.cat(layers, 1)  # (w, 753, 187)
        pooled = torch.stack([maps.amax(2), maps.mean(2)], 2).flatten(1)
        hidden = torch.addmm(self._hidden[0], _affine(pooled, self._pooled), self._hidden[1])
        embedding = _affine(hidden.relu(), self._embedded)
        return torch.addmm(self._output[0], embedding, self._output[1]), embedding


class _Timbral:
    """A filter 7 frames by 38 or 67 bands, maximum over the bands: timbre whatever the pitch."""

    def __init__(self, tensors: "dict[str, Tensor]", index: int) -> None:
        kernel, self._bias, self._norm, self._sign = _front(tensors, index)
        span, reach, channels = kernel.shape
        self._width = reach + TIMBRAL_BLOCK - 1
        outputs = N_MELS - reach + 1
        last = outputs - TIMBRAL_BLOCK
        self._lows = [
            *range(0, last, TIMBRAL_BLOCK),
            last,
        ]  # an output made twice changes no maximum
        self._matrix = _banded(kernel.transpose(0, 1), TIMBRAL_BLOCK)
        self._shape = (span, TIMBRAL_BLOCK, channels)

    def __call__(self, frames: "Tensor", windows: "Tensor", first: "Tensor") -> "Tensor":
        """Return shape=(w, 187, channels) of windows cut from `frames`, shape=(t, 96)."""
        import torch

        inner = self._filter(frames)
        zeros = windows.new_zeros(len(windows), EDGE, N_MELS)
        left = torch.cat([zeros, windows[:, : 2 * EDGE]], 1)
        right = torch.cat([windows[:, -2 * EDGE :], zeros], 1)
        ends = self._filter(torch.cat([left, right]))
        middle = inner[first[:, None] + torch.arange(WINDOW_FRAMES - 2 * EDGE)]
        return torch.cat([ends[: len(windows)], middle, ends[len(windows) :]], 1)

    def _filter(self, frames: "Tensor") -> "Tensor":
        """Return shape=(..., t - 6, channels) of shape=(..., t, 96)."""
        import torch

        span, _, channels = self._shape
        patches = frames.unfold(-2, span, 1)  # (..., t - 6, 96, 7)
        flat = patches.reshape(-1, N_MELS, span) if frames.dim() > 2 else patches
        parts = [self._peak(flat[i : i + CHUNK_FRAMES]) for i in range(0, len(flat), CHUNK_FRAMES)]
        peak = self._sign * torch.cat(parts) + self._bias
        return _affine(peak.relu(), self._norm).view(*patches.shape[:-2], channels)

    def _peak(self, patches: "Tensor") -> "Tensor":
        import torch

        _, block, channels = self._shape
        peaks = []
        for low in self._lows:
            inputs = patches[:, low : low + self._width].flatten(1)
            peaks.append((inputs @ self._matrix).view(-1, block, channels).amax(1))
        return torch.stack(peaks).amax(0)


class _Temporal:
    """A filter 128, 64 or 32 frames long in one band, maximum over the bands: rhythm."""

    def __init__(self, tensors: "dict[str, Tensor]", index: int) -> None:
        kernel, self._bias, self._norm, self._sign = _front(tensors, index)
        self._reach, _, self._channels = kernel.shape
        self._matrix = _banded(kernel, TEMPORAL_BLOCK)

    def __call__(self, windows: "Tensor") -> "Tensor":
        """Return shape=(w, 187, channels) of shape=(w, 187, 96)."""
        import torch

        blocks = -(-WINDOW_FRAMES // TEMPORAL_BLOCK)
        before = (self._reach - 1) // 2
        after = blocks * TEMPORAL_BLOCK - WINDOW_FRAMES + self._reach - 1 - before
        padded = torch.nn.functional.pad(windows.transpose(1, 2), (before, after))
        patches = padded.unfold(2, self._reach + TEMPORAL_BLOCK - 1, TEMPORAL_BLOCK)
        parts = [self._peak(window) for window in patches]
        peak = torch.stack(parts)[:, :WINDOW_FRAMES]
        return _affine((self._sign * peak + self._bias).relu(), self._norm)

    def _peak(self, patches: "Tensor") -> "Tensor":
        """Return shape=(outputs, channels) of one window's shape=(96, blocks, width)."""
        import torch

        peaks = []
        for band in range(0, N_MELS, CHUNK_BANDS):
            inputs = patches[band : band + CHUNK_BANDS].flatten(0, 1)
            peaks.append((inputs @ self._matrix).view(CHUNK_BANDS, -1).amax(0))
        return torch.stack(peaks).amax(0).view(-1, self._channels)


class _Middle:
    """A filter 7 frames long over all channels."""

    def __init__(self, tensors: "dict[str, Tensor]", index: int) -> None:
        kernel = tensors[f"conv2d_{index}/kernel"][:, :, 0]
        self._kernel = kernel.permute(2, 1, 0).contiguous()
        self._bias = tensors[f"conv2d_{index}/bias"]
        scale, shift = _norm(tensors, index + 1)
        self._norm = scale[:, None], shift[:, None]

    def __call__(self, maps: "Tensor") -> "Tensor":
        """Return shape=(w, 64, 187) of shape=(w, channels, 187)."""
        from torch.nn.functional import conv1d

        return _affine(conv1d(maps, self._kernel, self._bias, padding=EDGE).relu(), self._norm)


def _front(
    tensors: "dict[str, Tensor]", index: int
) -> "tuple[Tensor, Tensor, tuple[Tensor, Tensor], Tensor]":
    """Return kernel, bias, normalisation and sign of a front-end filter.

    The maximum over bands comes after the normalisation. Where its scale is negative, that is a
    minimum before it; with the kernel's sign turned it is a maximum again, and only the maxima
    need be rectified and normalised.
    """
    suffix = f"_{index}" if index else ""
    norm = _norm(tensors, index + 1)
    sign = norm[0].sign()
    kernel = tensors[f"conv2d{suffix}/kernel"].squeeze(2)
    kernel = (kernel if index < 2 else kernel.squeeze(1)[:, None]) * sign
    return kernel, tensors[f"conv2d{suffix}/bias"], norm, sign


def _banded(kernel: "Tensor", block: int) -> "Tensor":
    """Return the matrix that makes `block` neighbouring outputs of a filter at once.

    Parameters
    ----------
    kernel : shape=(reach, span, channels)

    Returns
    -------
    shape=((reach + block - 1) * span, block * channels)
    """
    reach, span, channels = kernel.shape
    matrix = kernel.new_zeros(reach + block - 1, span, block, channels)
    for output in range(block):
        matrix[output : output + reach, :, output] = kernel
    return matrix.view((reach + block - 1) * span, block * channels)


def _norm(tensors: "dict[str, Tensor]", index: int) -> "tuple[Tensor, Tensor]":
    """Return scale and shift of a batch normalisation."""
    name = f"batch_normalization_{index}" if index else "batch_normalization"
    scale = tensors[f"{name}/gamma"] / (tensors[f"{name}/moving_variance"] + EPSILON).sqrt()
    return scale, tensors[f"{name}/beta"] - tensors[f"{name}/moving_mean"] * scale


def _affine(values: "Tensor", norm: "tuple[Tensor, Tensor]") -> "Tensor":
    return values * norm[0] + norm[1]


# ---- loading ------------------------------------------------------------------------------------


@cache
def load_musicnn(folder: Path) -> dict[str, Musicnn]:
    """Return the networks by the names of `NETWORKS`; read once a process.

    Parameters
    ----------
    folder : of the weight `musicnn`, as `tools.weights` lays it out

    Raises
    ------
    WeightsError
        If a checkpoint is absent, damaged or of another network.
    """
    loaded = {}
    for name, place in NETWORKS.items():
        index = folder / "musicnn" / place / ".index"
        weights = read_checkpoint(index, lambda tensor: "Adam" not in tensor)
        try:
            loaded[name] = Musicnn(weights)
        except (KeyError, RuntimeError, ValueError) as error:
            raise WeightsError(f"'{index}' holds another network than musicnn: {error}.") from error
    return loaded
