"""Spleeter, two stems: what of a spectrogram is a voice, and what accompanies it.

Source: R. Hennequin, A. Khlif, F. Voituret and M. Moussallam, "Spleeter: a fast and efficient music
source separation tool with pre-trained models", JOSS 2020; its U-Nets are those of A. Jansson et
al., "Singing voice separation with deep U-Net convolutional networks", ISMIR 2017. One U-Net of six
levels for the voice and one for the accompaniment each masks the magnitudes of both channels.

Here are the graph and its loader; spectrograms and what is made of the answers are elsewhere.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.tf_checkpoint import read_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

FloatArray = NDArray[np.float32]

SAMPLE_RATE = 44_100
N_FFT = 4096
HOP_LENGTH = 1024
FRAMES = 512
"""Frames the networks were trained on: 11.9 s. They take any multiple of 64."""

BINS = 1024
"""The lower half of the spectrum, below 11 kHz; what lies above they never see."""

LEVELS = 6
STEMS = ("vocals", "accompaniment")

EPSILON = 1e-3
"""Of TensorFlow's batch normalisation."""

SLOPE = 0.2
"""Of the leaky rectifiers on the way down."""


class Spleeter:
    """Both U-Nets, ready for inference.

    Parameters
    ----------
    weights : tensors by their names in the checkpoint
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self._nets = [_UNet(weights, i) for i in range(len(STEMS))]

    def __call__(self, magnitudes: FloatArray) -> FloatArray:
        """Return the magnitudes of the voice and of the accompaniment.

        Parameters
        ----------
        magnitudes : of a stereo mix at 44.1 kHz that peaks near 1 (Hann windows of 4096, not
            normalised, every 1024), shape=(2, frames, 1024), `frames` a multiple of 64

        Returns
        -------
        shape=(2 stems, 2 channels, frames, 1024)
        """
        import torch

        with torch.inference_mode():
            heard = torch.from_numpy(np.ascontiguousarray(magnitudes, np.float32))[None]
            masks = [net(heard) for net in self._nets]
            return (torch.cat(masks) * heard).numpy()


class _UNet:
    """One of the networks; tensors are (batch, channel, time, frequency)."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], which: int) -> None:
        first = which * (LEVELS + 1)
        self._down = [_kernel(weights, _named("conv2d", first + i)) for i in range(LEVELS)]
        self._last = _kernel(weights, _named("conv2d", first + LEVELS))
        first = which * LEVELS
        self._up = [_kernel(weights, _named("conv2d_transpose", first + i)) for i in range(LEVELS)]
        norms = [_norm(weights, 2 * which * LEVELS + i) for i in range(2 * LEVELS)]
        self._down_norms, self._up_norms = norms[:LEVELS], norms[LEVELS:]

    def __call__(self, x: "Tensor") -> "Tensor":
        """Return the mask, of the shape of `x`."""
        import torch
        from torch.nn import functional as F

        skipped = []
        for (kernel, bias), (scale, shift) in zip(self._down, self._down_norms, strict=True):
            # TensorFlow pads less before than after.
            x = F.conv2d(F.pad(x, (1, 2, 1, 2)), kernel, bias, stride=2)
            skipped.append(x)
            x = F.leaky_relu(torch.addcmul(shift, x, scale), SLOPE)
        x = skipped.pop()  # the innermost goes up as it is
        for (kernel, bias), (scale, shift) in zip(self._up, self._up_norms, strict=True):
            x = F.conv_transpose2d(x, kernel, bias, stride=2, padding=1)[..., :-1, :-1]
            x = torch.addcmul(shift, F.relu(x), scale)
            if skipped:
                x = torch.cat([skipped.pop(), x], dim=1)
        kernel, bias = self._last
        return torch.sigmoid(F.conv2d(x, kernel, bias, padding=3, dilation=2))


@cache
def load_spleeter(index: Path) -> Spleeter:
    """Return the networks of a checkpoint, read once a process.

    Parameters
    ----------
    index : its ``model.index``

    Raises
    ------
    WeightsError
        If it is absent, damaged, or not a checkpoint of Spleeter's two stems.
    """
    weights = read_checkpoint(index, lambda name: name != "global_step")
    try:
        return Spleeter(weights)
    except (KeyError, RuntimeError, ValueError) as error:
        raise WeightsError(
            f"'{index}' is not a checkpoint of Spleeter with two stems: {error}."
        ) from error


def _named(layer: str, number: int) -> str:
    return f"{layer}_{number}" if number else layer


def _kernel(weights: dict[str, FloatArray], layer: str) -> tuple["Tensor", "Tensor"]:
    """Return a kernel and its bias; TensorFlow keeps (time, frequency, in, out), for both kinds."""
    import torch

    kernel = torch.tensor(weights[f"{layer}/kernel"]).permute(3, 2, 0, 1).contiguous()
    return kernel, torch.tensor(weights[f"{layer}/bias"])


def _norm(weights: dict[str, FloatArray], number: int) -> tuple["Tensor", "Tensor"]:
    """Return scale and shift of a batch normalisation, shape=(channels, 1, 1)."""
    import torch

    name = _named("batch_normalization", number)
    beta, gamma, mean, variance = (
        torch.tensor(weights[f"{name}/{part}"])[:, None, None]
        for part in ("beta", "gamma", "moving_mean", "moving_variance")
    )
    scale = gamma / torch.sqrt(variance + EPSILON)
    return scale, beta - mean * scale
