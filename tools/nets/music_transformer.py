"""Music Transformer: a decoder with relative attention, over tokens of music.

Source: C.-Z. A. Huang et al., "Music Transformer: generating music with long-term structure",
ICLR 2019 (arXiv 1809.04281, 2018). Attention adds to each product of query and key that of the
query with a vector of their distance; "skewing" brings those from distances to keys without
making a vector for each pair. Layers are normalised before, not after (Xiong et al., 2020).

This file knows numbers, not what a token means; that is in `tools.composing.tokens`. How the
committed net was trained, on what, and how good it is: ``tools/composing/checkpoint/README.md``
(model card, losses) and `tools.composing.training` (data preparation, training, evaluation).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

EPSILON = 1e-5
"""Of layer normalisation."""


@dataclass(frozen=True)
class Shape:
    """How large a net is; `context` is the longest row it sees at once, in tokens."""

    words: int
    width: int = 192
    layers: int = 5
    heads: int = 6
    context: int = 512


@dataclass
class Cache:
    """Keys and values of what a net has read, a tensor (batch, heads, length, head width) a layer."""

    keys: list["Tensor"] = field(default_factory=list)
    values: list["Tensor"] = field(default_factory=list)
    length: int = 0


@dataclass(frozen=True)
class MusicTransformer:
    """A net: its shape and its parameters by name."""

    shape: Shape
    parameters: Mapping[str, "Tensor"]

    def logits(
        self, tokens: "Tensor", cache: Cache | None = None, dropout: float = 0.0
    ) -> "Tensor":
        """Return the logarithms of odds of the next token after each one.

        Parameters
        ----------
        tokens : shape=(batch, n), those after what the cache has read
        cache : read on from it and add to it; without one, the tokens are the whole row
        dropout : the share of activations dropped, in training

        Returns
        -------
        shape=(batch, n, words)

        Raises
        ------
        ValueError
            If the row becomes longer than the context.
        """
        import torch.nn.functional as F

        past = cache.length if cache else 0
        total = past + tokens.shape[1]
        if total > self.shape.context:
            raise ValueError(f"{total} tokens are more than the context of {self.shape.context}")
        p = self.parameters
        x = F.dropout(F.embedding(tokens, p["words"]), dropout, dropout > 0)
        for layer in range(self.shape.layers):
            x = x + F.dropout(self._attend(x, layer, cache), dropout, dropout > 0)
            x = x + F.dropout(self._feed(x, layer), dropout, dropout > 0)
        if cache:
            cache.length = total
        return F.linear(self._normed(x, "final"), p["words"], p["final.offset"])

    def _normed(self, x: "Tensor", name: str) -> "Tensor":
        import torch.nn.functional as F

        p = self.parameters
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.scale"], p[f"{name}.shift"], EPSILON)

    def _feed(self, x: "Tensor", layer: int) -> "Tensor":
        import torch.nn.functional as F

        p, name = self.parameters, f"layer{layer}"
        hidden = F.gelu(F.linear(self._normed(x, f"{name}.feed"), p[f"{name}.up"]))
        return F.linear(hidden, p[f"{name}.down"])

    def _attend(self, x: "Tensor", layer: int, cache: Cache | None) -> "Tensor":
        import torch
        import torch.nn.functional as F

        p, name, heads = self.parameters, f"layer{layer}", self.shape.heads
        batch, n, width = x.shape
        projected = F.linear(self._normed(x, f"{name}.attention"), p[f"{name}.qkv"])
        query, key, value = projected.view(batch, n, 3, heads, width // heads).permute(
            2, 0, 3, 1, 4
        )
        if cache is not None:
            if len(cache.keys) == layer:
                cache.keys.append(key)
                cache.values.append(value)
            else:
                cache.keys[layer] = key = torch.cat([cache.keys[layer], key], dim=2)
                cache.values[layer] = value = torch.cat([cache.values[layer], value], dim=2)
        query = query / math.sqrt(width // heads)
        later = torch.full((n, key.shape[2]), -math.inf).triu(key.shape[2] - n + 1)
        scores = query @ key.mT + relative(query, p[f"{name}.distances"], key.shape[2]) + later
        mixed = (scores.softmax(dim=-1) @ value).transpose(1, 2).reshape(batch, n, width)
        return F.linear(mixed, p[f"{name}.out"])


def relative(query: "Tensor", distances: "Tensor", length: int) -> "Tensor":
    """Return the product of each query with the vector of its distance to each key, by skewing.

    Parameters
    ----------
    query : shape=(batch, heads, n, head width), of the last n places
    distances : shape=(heads, context, head width); row m is for a key m places back
    length : how many keys there are

    Returns
    -------
    shape=(batch, heads, n, length); meaningless where the key is later than the query
    """
    import torch.nn.functional as F

    n = query.shape[2]
    products = query @ distances[:, :length].flip(1).mT  # column c: distance length - 1 - c
    padded = F.pad(products, (1, 0)).flatten(2)
    return padded[:, :, n:].view(*query.shape[:3], length)


# ---- making, storing, loading -------------------------------------------------------------------


def sizes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the names of the parameters and their shapes."""
    width, heads = shape.width, shape.heads
    found: dict[str, tuple[int, ...]] = {
        "words": (shape.words, width),
        "final.scale": (width,),
        "final.shift": (width,),
        "final.offset": (shape.words,),
    }
    for layer in range(shape.layers):
        name = f"layer{layer}"
        for norm in ("attention", "feed"):
            found |= {f"{name}.{norm}.scale": (width,), f"{name}.{norm}.shift": (width,)}
        found |= {
            f"{name}.qkv": (3 * width, width),
            f"{name}.out": (width, width),
            f"{name}.distances": (heads, shape.context, width // heads),
            f"{name}.up": (4 * width, width),
            f"{name}.down": (width, 4 * width),
        }
    return found


def untrained(shape: Shape, seed: int = 0) -> MusicTransformer:
    """Return a net of random parameters; those that end a branch are smaller, as in GPT-2."""
    import torch

    dice = torch.Generator().manual_seed(seed)
    parameters = {}
    for name, size in sizes(shape).items():
        if name.endswith(".scale"):
            parameters[name] = torch.ones(size)
        elif name.endswith((".shift", ".offset")):
            parameters[name] = torch.zeros(size)
        else:
            spread = (
                0.02 / math.sqrt(2 * shape.layers) if name.endswith((".out", ".down")) else 0.02
            )
            parameters[name] = torch.randn(size, generator=dice) * spread
    return MusicTransformer(shape, parameters)


def save(net: MusicTransformer, path: Path, notes: Mapping[str, str] | None = None) -> None:
    """Write a net as safetensors, in half precision; `notes` go into the file's metadata."""
    import torch
    from safetensors.torch import save_file

    halves = {k: v.detach().to(torch.float16).contiguous() for k, v in net.parameters.items()}
    save_file(halves, path, {"shape": json.dumps(asdict(net.shape)), **(notes or {})})


def load(path: Path) -> MusicTransformer:
    """Return the net of a file that `save` wrote.

    Raises
    ------
    WeightsError
        If the file is missing, damaged, or its tensors are not those of its shape.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            shape = Shape(**json.loads((file.metadata() or {})["shape"]))
            parameters = {name: file.get_tensor(name).float() for name in file.keys()}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path.name} is no Music Transformer that can be read ({error}); "
            "install the package again."
        ) from error
    found = {name: tuple(tensor.shape) for name, tensor in parameters.items()}
    if found != sizes(shape):
        raise WeightsError(f"The tensors of {path.name} do not fit its shape; install it again.")
    return MusicTransformer(shape, parameters)


class Reader:
    """A net that reads a row token by token and tells what may come next.

    It keeps keys and values, so a token costs the same wherever it stands. Once the context is
    full, the row is read anew from `opening` and a later place, which the caller chooses.
    """

    def __init__(self, net: MusicTransformer) -> None:
        self.net = net
        self._cache = Cache()

    @property
    def room(self) -> int:
        """Return how many tokens still fit."""
        return self.net.shape.context - self._cache.length

    def restart(self, row: list[int]) -> NDArray[np.float32]:
        """Forget everything, read a row and return the logits of what follows, shape=(words,)."""
        self._cache = Cache()
        return self.read(row)

    def read(self, row: list[int]) -> NDArray[np.float32]:
        """Read on and return the logits of what follows, shape=(words,)."""
        import torch

        with torch.inference_mode():
            logits = self.net.logits(torch.tensor([row]), self._cache)
        return np.asarray(logits[0, -1].numpy(), np.float32)
