"""Beat This!: a transformer over mel spectra, with attention across frequency and across time.

The network is a set of functions over the tensors of the published checkpoint; its sizes are read
off the tensors, so the small and the large checkpoint load alike.

References
----------
F. Foscarin, J. Schlüter and G. Widmer, "Beat This! Accurate beat tracking without DBN
postprocessing", ISMIR 2024.
"""

import pickle
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
FRAME_RATE = 50
FRAME_SIZE = 1024
HOP_LENGTH = SAMPLE_RATE // FRAME_RATE
MEL_BANDS = 128
LOWEST_HZ, HIGHEST_HZ = 30.0, 11_000.0
GAIN = 1000.0

CHUNK = 1500
"""Frames heard at once: the 30 s of training."""

BORDER = 6
"""Frames at either end of a chunk that are not trusted."""

PREFIX = "model."
"""Before every name: the checkpoint was saved from the training wrapper."""

COMPILED = "_orig_mod."
"""In some names, where the training had compiled a part."""


class BeatThis:
    """The network with its features.

    Parameters
    ----------
    tensors : the checkpoint's ``state_dict`` without `PREFIX`
    """

    frame_rate = FRAME_RATE
    sample_rate = SAMPLE_RATE

    def __init__(self, tensors: "dict[str, Tensor]") -> None:
        self._tensors = tensors
        self._blocks = _count(tensors, "frontend.blocks.{}.conv2d.weight")
        self._layers = _count(tensors, "transformer_blocks.layers.{}.0.to_qkv.weight")
        self._hear(np.zeros((8, MEL_BANDS), np.float32))  # a checkpoint of another kind fails here

    def __call__(self, signal: Array, progress: Callable[[float], None]) -> Array:
        """Return probabilities of a beat that is no downbeat and of a downbeat, shape=(n, 2)."""
        count = 1 + len(signal) // HOP_LENGTH
        kept = CHUNK - 2 * BORDER
        heard = np.empty((count, 2), np.float32)
        for start in range(0, count, kept):
            progress(start / count)
            # The last chunk reaches back instead of being short.
            start = max(0, min(start, count - kept))
            stop = min(start + kept, count)
            low, high = max(0, start - BORDER), min(stop + BORDER, count)
            mel = self._mel(signal, low, high)
            mel = np.pad(mel, ((low - start + BORDER, stop + BORDER - high), (0, 0)))
            heard[start:stop] = self._hear(mel)[BORDER : len(mel) - BORDER]
        return heard

    @cached_property
    def _filters(self) -> Array:
        import librosa

        filters: Array = librosa.filters.mel(
            sr=SAMPLE_RATE,
            n_fft=FRAME_SIZE,
            n_mels=MEL_BANDS,
            fmin=LOWEST_HZ,
            fmax=HIGHEST_HZ,
            norm=None,
        )
        return filters

    def _mel(self, signal: Array, low: int, high: int) -> Array:
        """Return the compressed mel spectra of frames `low` to `high`, shape=(high - low, 128)."""
        import scipy.fft

        half = FRAME_SIZE // 2
        first, last = low * HOP_LENGTH - half, (high - 1) * HOP_LENGTH + half
        part = signal[max(0, first) : max(0, last)]
        part = np.pad(part, (max(0, -first), last - max(0, first) - len(part)), mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(part, FRAME_SIZE)[::HOP_LENGTH]
        window = np.hanning(FRAME_SIZE + 1)[:-1].astype(np.float32)  # periodic
        magnitude = np.abs(scipy.fft.rfft(frames * window, axis=1)) / np.sqrt(FRAME_SIZE)
        mel: Array = np.log1p(GAIN * (magnitude @ self._filters.T)).astype(np.float32)
        return mel

    def _hear(self, mel: Array) -> Array:
        import torch

        with torch.inference_mode():
            x = self._frontend(torch.from_numpy(mel)[None])
            for k in range(self._layers):
                layer = f"transformer_blocks.layers.{k}"
                x = x + self._attend(x, f"{layer}.0")
                x = x + self._widen(x, f"{layer}.1")
            x = self._norm(x, "transformer_blocks.norm")
            # One head answers "beat", the other "downbeat"; their sum is any kind of beat.
            beat, downbeat = self._linear(x, "task_heads.beat_downbeat_lin")[0].T
            either, downbeat = torch.sigmoid(beat + downbeat), torch.sigmoid(downbeat)
            return torch.stack([torch.clamp(either - downbeat, min=0), downbeat], 1).numpy()

    def _frontend(self, mel: "Tensor") -> "Tensor":
        """Turn (batch, time, mel) into (batch, time, size): convolve frequency away."""
        from torch.nn.functional import conv2d, gelu

        x = self._batch_norm(mel.transpose(1, 2), "frontend.stem.bn1d")[:, None]
        x = conv2d(x, self._get("frontend.stem.conv2d.weight"), stride=(4, 1), padding=(0, 1))
        x = gelu(self._batch_norm(x, "frontend.stem.bn2d"))
        for k in range(self._blocks):
            block = f"frontend.blocks.{k}"
            # (batch, channels, frequency, time): attend along frequency, then along time
            x = self._along(x.permute(0, 3, 2, 1), f"{block}.partial", "F")
            x = self._along(x.transpose(1, 2), f"{block}.partial", "T").permute(0, 3, 1, 2)
            x = conv2d(x, self._get(f"{block}.conv2d.weight"), stride=(2, 1), padding=(0, 1))
            x = gelu(self._batch_norm(x, f"{block}.norm"))
        return self._linear(x.permute(0, 3, 1, 2).flatten(2), "frontend.linear")

    def _along(self, x: "Tensor", name: str, axis: str) -> "Tensor":
        """Attend along the third of four axes, every row of the second by itself."""
        rows = x.flatten(0, 1)
        rows = rows + self._attend(rows, f"{name}.attn{axis}")
        rows = rows + self._widen(rows, f"{name}.ff{axis}")
        return rows.reshape(x.shape)

    def _attend(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import scaled_dot_product_attention

        x = self._norm(x, f"{name}.norm")
        gates = self._linear(x, f"{name}.to_gates").sigmoid()
        heads = gates.shape[-1]
        parts = self._linear(x, f"{name}.to_qkv").reshape(*x.shape[:2], 3, heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (batch, heads, time, size)
        pace = self._get(f"{name}.rotary_embed.freqs")
        seen = scaled_dot_product_attention(_turned(q, pace), _turned(k, pace), v)
        seen = seen * gates.transpose(1, 2)[..., None]
        return self._linear(seen.transpose(1, 2).flatten(2), f"{name}.to_out.0")

    def _widen(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import gelu

        x = self._norm(x, f"{name}.net.0")
        return self._linear(gelu(self._linear(x, f"{name}.net.1")), f"{name}.net.4")

    def _norm(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import normalize

        return normalize(x, dim=-1) * float(x.shape[-1] ** 0.5) * self._get(f"{name}.gamma")

    def _linear(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import linear

        return linear(x, self._get(f"{name}.weight"), self._tensors.get(f"{name}.bias"))

    def _batch_norm(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import batch_norm

        parts = ("running_mean", "running_var", "weight", "bias")
        mean, variance, weight, bias = (self._get(f"{name}.{part}") for part in parts)
        return batch_norm(x, mean, variance, weight, bias)

    def _get(self, name: str) -> "Tensor":
        return self._tensors[name]


def load_beat_this(path: Path) -> BeatThis:
    """Return the network of a published checkpoint.

    Raises
    ------
    WeightsError
        If the file is no checkpoint of this network.
    """
    import torch

    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        tensors = {
            name.removeprefix(PREFIX).replace(COMPILED, ""): tensor.float()
            for name, tensor in checkpoint["state_dict"].items()
        }
        return BeatThis(tensors)
    except (pickle.UnpicklingError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise WeightsError(f"'{path.name}' is not a checkpoint of Beat This!: {error}") from error
    except (OSError, AttributeError, EOFError) as error:
        raise WeightsError(f"'{path.name}' can't be read as a checkpoint: {error}") from error


def _turned(x: "Tensor", pace: "Tensor") -> "Tensor":
    """Turn pairs of features by angles that grow with time (rotary positions, Su 2021)."""
    import torch

    angles = torch.arange(x.shape[-2], dtype=pace.dtype)[:, None] * pace
    cos, sin = angles.cos(), angles.sin()
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)


def _count(tensors: "dict[str, Tensor]", pattern: str) -> int:
    """Return how many names 0, 1, 2 ... of a pattern there are."""
    count = 0
    while pattern.format(count) in tensors:
        count += 1
    return count
