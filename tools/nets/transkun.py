"""Transkun: a transformer over the notes and pedals of a piano, and scores for their intervals.

The network looks at one segment of sound at a time. It answers with a feature vector for each of
`EVENTS` (88 keys, two pedals) at each frame; from these come the score of every interval of frames
(`tools.semicrf` finds the best set of them), and what an interval that was found is like. It is a
set of functions over the tensors of the published checkpoint; its sizes are read off the tensors.

References
----------
Y. Yan and Z. Duan, "Scoring time intervals using non-hierarchical transformer for automatic piano
transcription", ISMIR 2024. Y. Yan, F. Cwitkowitz and Z. Duan, "Skipping the frame-level:
event-based piano transcription with neural semi-CRFs", NeurIPS 2021.
"""

import json
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.float32]

SUSTAIN, SOFT = -64, -67
EVENTS = (SUSTAIN, SOFT, *range(21, 109))
"""MIDI numbers of the keys; a pedal is its MIDI controller with a minus."""

FLOOR = 1e-5
"""Least power in a mel band."""

GROUPS = 4
TOKENS = 1200
"""Tokens that pass through a layer together: their hidden values fit into a core's cache."""

SCORED = 6
"""Events scored together: half a million intervals each."""


@dataclass(frozen=True)
class Layout:
    """What of the network can't be read off its tensors; the names are those of the conf file.

    Parameters
    ----------
    sample_rate : hertz
    hop_length, frame_size : samples
    segment_seconds : the length of sound it was trained on
    heads : of the attention
    """

    sample_rate: int
    hop_length: int
    frame_size: int
    segment_seconds: float
    heads: int


@dataclass(frozen=True)
class Details:
    """What n intervals are like.

    Parameters
    ----------
    velocities : shape=(n,), MIDI
    shifts : shape=(n, 2), what to add to their first and last frames, in [-0.5, 0.5] frames
    inside : shape=(n, 2), whether an onset and an offset are heard at all; only telling where an
        interval begins or ends with the segment
    """

    velocities: NDArray[np.int64]
    shifts: Array
    inside: NDArray[np.bool_]


class Transkun:
    """The network with its features.

    Parameters
    ----------
    tensors : the checkpoint's ``state_dict``
    layout : from the conf file beside it
    """

    def __init__(self, tensors: "dict[str, Tensor]", layout: Layout) -> None:
        self._tensors = tensors
        self.layout = layout
        self.frame_rate = layout.sample_rate / layout.hop_length
        self.segment = math.ceil(layout.segment_seconds * layout.sample_rate)  # samples
        self._layers = 0
        while f"backbone.encoderLayers.{self._layers}.mhaBlockF.scale" in tensors:
            self._layers += 1
        self.ticks = 1 + self._layers
        self._try()

    def listen(self, signal: Array, tick: Callable[[], None]) -> "Tensor":
        """Return the features of a segment, shape=(events, frames, size).

        Parameters
        ----------
        signal : samples at ``layout.sample_rate``, shape=(n,), `segment` of them or fewer; frame k
            is centred on sample ``k * hop_length``, and there are ``ceil(n / hop_length) + 1``
        tick : called `ticks` times on the way; may raise to stop
        """
        import torch
        from torch.nn.functional import conv_transpose1d

        with torch.inference_mode():
            mel = self._mel(signal)
            x = self._patches(mel)
            tick()
            for k in range(self._layers):
                # After the last layer only the events are asked for, not what was heard.
                first = x.shape[1] - len(EVENTS) if k == self._layers - 1 else 0
                x = self._layer(x, f"backbone.encoderLayers.{k}", first)
                tick()
            # The first step in time is a summary of all.
            finer = conv_transpose1d(
                x[1:].permute(1, 2, 0),
                self._get("backbone.upConv1dSkip.weight"),
                self._get("backbone.upConv1dSkip.bias"),
                stride=self._get("backbone.upConv1dSkip.weight").shape[2],
            )
            return finer[:, :, : mel.shape[1]].transpose(1, 2).contiguous()

    def scores(self, features: "Tensor") -> Iterator[Array]:
        """Yield the scores of intervals, a few events at a time, shape=(some, frames, frames).

        ``[event, begin, end]``, of which only ``begin <= end`` means something. Not to be in any
        interval scores 0.
        """
        import torch

        for some in torch.split(features, SCORED):
            with torch.inference_mode():
                scores = self._scores(some)
            yield scores

    def describe(
        self,
        features: "Tensor",
        events: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> Details:
        """Return what intervals are like.

        Parameters
        ----------
        features : as `listen` returns them
        events : indices into `EVENTS`, shape=(n,)
        begins, ends : first and last frames, shape=(n,)
        """
        import torch

        with torch.inference_mode():
            at = torch.from_numpy(events)
            begin = features[at, torch.from_numpy(begins)]
            end = features[at, torch.from_numpy(ends)]
            x = torch.cat([begin, end, begin * end], dim=-1)
            velocities = self._two_linear(x, "velocityPredictor").argmax(-1)
            shifts, inside = self._two_linear(x, "refinedOFPredictor").chunk(2, dim=-1)
            # Trained on shifts squeezed into [0, 1]; the mean is that of a continuous Bernoulli.
            mean = torch.distributions.ContinuousBernoulli(logits=shifts).mean
            shifts = ((mean - 0.5) / 0.99).clamp(-0.5, 0.5)
            return Details(velocities.numpy(), shifts.numpy(), (inside > 0).numpy())

    def _try(self) -> None:
        """Hear a moment of silence: a checkpoint of another kind fails here."""
        features = self.listen(np.zeros(8 * self.layout.hop_length, np.float32), lambda: None)
        next(self.scores(features))
        nothing = np.zeros(1, np.int64)
        self.describe(features, nothing, nothing, nothing)

    def _scores(self, features: "Tensor") -> Array:
        import torch

        mapped = self._linear(features, "scorer.map.0")
        size = mapped.shape[-1] // 2
        ends, begins, single = torch.split(mapped, [size, size, 1], dim=-1)
        frames = torch.arange(features.shape[1], dtype=torch.float32)
        scores = (begins / math.sqrt(size)) @ ends.transpose(1, 2)
        scores *= (frames[None, :] - frames[:, None]).abs()  # longer ones are worth more
        scores.diagonal(dim1=1, dim2=2).copy_(single[..., 0])
        array: Array = scores.numpy()
        return array

    # ---- what is heard --------------------------------------------------------------------------

    @cached_property
    def _windows(self) -> "Tensor":
        """A Hann window and learnt bell-shaped ones, shape=(windows, frame_size)."""
        import torch

        name = "framewiseFeatureExtractor.spectrogramExtractor"
        size = self.layout.frame_size
        width = self._get(f"{name}.winGen.sigma").sigmoid()[:, None] * size / 2
        centre = self._get(f"{name}.winGen.center").sigmoid()[:, None] * size
        bells = (-0.5 * ((torch.arange(size) - centre) / width) ** 2).exp()
        return torch.cat([self._get(f"{name}.win")[None], bells])

    def _mel(self, signal: Array) -> "Tensor":
        """Return compressed mel spectra through each window, shape=(windows, frames, bands)."""
        import torch

        half, hop = self.layout.frame_size // 2, self.layout.hop_length
        padded = np.pad(signal, (half, half + -len(signal) % hop))
        frames = torch.from_numpy(padded).unfold(0, 2 * half, hop)
        frames = (frames - frames.mean()) / (frames.std() + 1e-8)
        filters = self._get("framewiseFeatureExtractor.freq2mels")
        seen = []
        for window in self._windows:
            spectrum = torch.view_as_real(torch.fft.rfft(frames * window, norm="ortho"))
            seen.append(spectrum.square().sum(-1) @ filters)
        return 1 - (torch.stack(seen) + FLOOR).log() / math.log(FLOOR)

    def _patches(self, mel: "Tensor") -> "Tensor":
        """Return the tokens of the first layer, shape=(steps, bands + events, size)."""
        from torch.nn.functional import conv2d, gelu, group_norm, pad

        heights, tokens = self._positions
        x = conv2d(mel[None], self._get("backbone.inputConv.weight"), padding=1)
        x += self._get("backbone.inputConv.bias")[:, None, None] + heights.T[:, None]
        x = pad(x, (2, 1, 4, 3))
        for name, stride in ((1, (2, 1)), (5, (2, 2)), (9, (2, 2)), (13, (1, 1))):
            weight, bias = self._pair(f"backbone.downConv.{name}")
            x = conv2d(x, weight, bias, stride=stride, padding=1)
            x = group_norm(x, GROUPS, *self._pair(f"backbone.downConv.{name + 1}"))
            x = gelu(x) if name != 13 else x
        x = pad(x[0].permute(1, 2, 0), (0, 0, 1, 0, 1, 0))  # and a summary along either side
        return tokens[: len(x)] + pad(x, (0, 0, 0, len(EVENTS)))

    @cached_property
    def _positions(self) -> "tuple[Tensor, Tensor]":
        """The places of bands, shape=(bands, channels), and tokens, shape=(steps, tokens, size)."""
        import torch

        with torch.inference_mode():
            bands = self._get("framewiseFeatureExtractor.freq2mels").shape[1]
            heights = self._place("posEmbedBuilder", torch.arange(bands)[:, None])
            frames = math.ceil(self.segment / self.layout.hop_length) + 1
            steps = torch.arange(1 + _halved(frames + 7, 3))
            heard = torch.arange(1 + _halved(bands + 3, 2))
            tokens = [
                self._place(f"posEmbedBuilderAttn{name}", torch.cartesian_prod(steps, row))
                for name, row in (("TF", heard), ("TE", torch.tensor(EVENTS)))
            ]
            rows = [part.reshape(len(steps), -1, part.shape[1]) for part in tokens]
            return heights, torch.cat(rows, dim=1)

    def _place(self, name: str, where: "Tensor") -> "Tensor":
        phase = self._linear(where.float(), f"backbone.{name}.proj")
        return self._two_linear(
            phase.cos() / math.sqrt(phase.shape[-1] / 2), f"backbone.{name}.mlp"
        )

    # ---- a layer --------------------------------------------------------------------------------

    def _layer(self, x: "Tensor", name: str, first: int) -> "Tensor":
        """Let every token attend along its moment, then along its own time.

        Both times it attends to what came into the layer. Only tokens from `first` on go out.
        """
        import torch

        out = torch.empty_like(x[:, first:])
        for a, b in _spans(len(x), TOKENS // x.shape[1]):
            out[a:b] = self._step(x[a:b, first:], x[a:b], name, "F")
        for a, b in _spans(out.shape[1], TOKENS // len(x)):
            own = x[:, first + a : first + b].transpose(0, 1).contiguous()
            asked = out[:, a:b].transpose(0, 1).contiguous()
            out[:, a:b] = self._step(asked, own, name, "T").transpose(0, 1)
        return out

    def _step(self, x: "Tensor", memory: "Tensor", name: str, axis: str) -> "Tensor":
        """Attend from `x` to `memory`, (rows, tokens, size) each, and widen, both beside `x`."""
        attention = f"{name}.mhaBlock{axis}"
        x = x + self._attend(_norm(x), memory, f"{attention}.module") * self._get(
            f"{attention}.scale"
        )
        widening = f"{name}.fnnBlock{axis}"
        wide = self._two_linear(_norm(x), f"{widening}.module")
        return x.addcmul_(wide, self._get(f"{widening}.scale"))

    def _attend(self, x: "Tensor", memory: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import scaled_dot_product_attention

        q, k, v = (
            (source @ self._get(f"{name}.{part}_proj_weight"))
            .reshape(*source.shape[:2], self.layout.heads, -1)
            .transpose(1, 2)
            for part, source in (("q", x), ("k", memory), ("v", memory))
        )
        seen = scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self._linear(seen, f"{name}.out_proj")

    def _two_linear(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import gelu

        return self._linear(gelu(self._linear(x, f"{name}.0")), f"{name}.3")

    def _linear(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn.functional import linear

        return linear(x, *self._pair(name))

    def _pair(self, name: str) -> "tuple[Tensor, Tensor]":
        return self._get(f"{name}.weight"), self._get(f"{name}.bias")

    def _get(self, name: str) -> "Tensor":
        return self._tensors[name]


@cache
def load_transkun(path: Path, conf: Path) -> Transkun:
    """Return the network of a published checkpoint and its conf file.

    Raises
    ------
    WeightsError
        If the files are no checkpoint of this network.
    """
    import torch

    layout = read_layout(conf)
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        state = checkpoint.get("best_state_dict") or checkpoint["state_dict"]
        return Transkun({name: tensor.float() for name, tensor in state.items()}, layout)
    except (pickle.UnpicklingError, RuntimeError, LookupError, TypeError, ValueError) as error:
        raise WeightsError(f"'{path.name}' is not a checkpoint of Transkun: {error}") from error
    except (OSError, AttributeError, EOFError) as error:
        raise WeightsError(f"'{path.name}' can't be read as a checkpoint: {error}") from error


def read_layout(conf: Path) -> Layout:
    """Return what a conf file (JSON) says of the network.

    Raises
    ------
    WeightsError
        If it is no such file, or tells of a variant of the network that this one is not.
    """
    try:
        said: dict[str, Any] = json.loads(conf.read_text(encoding="utf-8"))["Model"]["config"]
        if not (said["useInnerProductScorer"] and said["downsampleF"]):
            raise ValueError("it tells of another variant of the network")
        if sorted(said["enabledAttn"]) != ["F", "T"]:
            raise ValueError(f"attention along {said['enabledAttn']} is not along F and T")
        return Layout(
            int(said["fs"]),
            int(said["hopSize"]),
            int(said["windowSize"]),
            float(said["segmentSizeInSecond"]),
            int(said["nHead"]),
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise WeightsError(f"'{conf.name}' is not a conf file of Transkun: {error}") from error


def _norm(x: "Tensor") -> "Tensor":
    """Return the vectors at a root mean square of 1 (Zhang & Sennrich 2019)."""
    return x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt()


def _halved(count: int, times: int) -> int:
    """Return how many of `count` are left when a convolution keeps every other one, `times` over."""
    for _ in range(times):
        count = (count + 1) // 2
    return count


def _spans(count: int, most: int) -> list[tuple[int, int]]:
    """Return the spans of up to `most` that make up `count`."""
    most = max(1, most)
    return [(a, min(a + most, count)) for a in range(0, count, most)]
