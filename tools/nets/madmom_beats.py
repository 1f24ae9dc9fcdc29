"""madmom's downbeat networks: eight bidirectional LSTMs whose answers are averaged.

Their LSTMs have peephole connections, which torch's do not; the recurrence is a compiled loop here.

References
----------
S. Böck, F. Krebs and G. Widmer, "Joint beat and downbeat tracking with recurrent neural networks",
ISMIR 2016.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools import cores
from tools.nets.filterbank import LogSpectrogram
from tools.nets.madmom_archive import Layer, read_network
from tools.weights import WeightStore

Array = NDArray[np.float32]

SAMPLE_RATE = 44_100
FRAME_RATE = 100
MEMBER = "madmom/models/downbeats/2016/downbeats_blstm_{}.pkl"
NETWORKS = 8
GATES = ("input_gate", "forget_gate", "cell", "output_gate")

CHUNK = 60 * FRAME_RATE
MARGIN = 8 * FRAME_RATE
"""Long recordings are heard in chunks; both directions get this much context around each."""


@dataclass(frozen=True)
class Lstm:
    """One direction of one layer; the four gates side by side in the order of `GATES`."""

    weights: Array  # (inputs, 4 * hidden)
    bias: Array  # (4 * hidden,)
    recurrent: Array  # (hidden, 4 * hidden)
    peepholes: Array  # (3, hidden): into the input, forget and output gates

    def __call__(self, x: Array) -> Array:
        """Return the hidden states for inputs of shape (n, inputs), shape=(n, hidden)."""
        hidden: Array = _recur(x @ self.weights + self.bias, self.recurrent, self.peepholes)
        return hidden


@dataclass(frozen=True)
class Network:
    """One network: layers of (forward, backward), then a softmax over no beat, beat, downbeat."""

    layers: tuple[tuple[Lstm, Lstm], ...]
    weights: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """Return the three probabilities per frame, shape=(n, 3)."""
        for forward, backward in self.layers:
            x = np.concatenate([forward(x), backward(x[::-1])[::-1]], axis=1)
        return _softmax(x @ self.weights + self.bias)


class MadmomBeats:
    """The ensemble with its features."""

    frame_rate = FRAME_RATE
    sample_rate = SAMPLE_RATE

    def __init__(self, store: WeightStore) -> None:
        files = [store.file("madmom", MEMBER.format(k + 1)) for k in range(NETWORKS)]
        self._networks = [_network(read_network(file)) for file in files]
        self._pool = cores.pool(NETWORKS)  # their loops let go of Python's lock
        hop = SAMPLE_RATE // FRAME_RATE
        self._views = [
            LogSpectrogram(SAMPLE_RATE, size, hop, bands)
            for size, bands in ((1024, 3), (2048, 6), (4096, 12))
        ]

    def __call__(self, signal: Array, progress: Callable[[float], None]) -> Array:
        """Return beat and downbeat probabilities, shape=(n, 2), for samples of shape (m,)."""
        count = self._views[0].count(signal)
        heard = np.empty((count, 2), np.float32)
        for start in range(0, count, CHUNK):
            progress(start / count)
            stop = min(start + CHUNK, count)
            low, high = max(0, start - MARGIN), min(stop + MARGIN, count)
            x = np.concatenate([v.stacked(signal, low, high) for v in self._views], axis=1)
            answers = list(self._pool.map(lambda network, x=x: network(x), self._networks))
            heard[start:stop] = np.mean(answers, axis=0)[start - low : stop - low, 1:]
        return heard


def _lambert(depth: int) -> tuple[Array, Array]:
    """Return numerator and denominator, in powers of x*x, of tanh(x) / x by Lambert's fraction."""
    above, below = np.array([1.0]), np.array([2.0 * depth + 1])
    for k in range(depth, 0, -1):
        # x / (2k - 1 + x * x * above / below): the next level outwards
        level = np.polynomial.polynomial.polyadd((2 * k - 1) * below, np.append(0.0, above))
        above, below = below, level
    return (above / below[0]).astype(np.float32), (below / below[0]).astype(np.float32)


ABOVE, BELOW = _lambert(10)
EDGE = np.float32(9.0)
"""Beyond it tanh is 1 to the last bit of a float32; before it the fraction is right to 4e-6."""


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _tanh(x):  # type: ignore[no-untyped-def]
    """Return tanh(x) in a form that the compiler can do many at once, unlike a call of tanh."""
    x = min(max(x, -EDGE), EDGE)
    square = x * x
    above = ABOVE[-1]
    for k in range(len(ABOVE) - 2, -1, -1):
        above = above * square + ABOVE[k]
    below = BELOW[-1]
    for k in range(len(BELOW) - 2, -1, -1):
        below = below * square + BELOW[k]
    return x * above / below


@njit(cache=True, fastmath=True, nogil=True)
def _recur(drive, recurrent, peepholes):  # type: ignore[no-untyped-def]
    n, wide = drive.shape
    hidden = wide // 4
    out = np.empty((n, hidden), np.float32)
    state = np.zeros(hidden, np.float32)
    last = np.zeros(hidden, np.float32)
    gates = np.empty(wide, np.float32)
    half = np.float32(0.5)
    for t in range(n):
        for k in range(wide):
            gates[k] = drive[t, k]
        for j in range(hidden):
            for k in range(wide):
                gates[k] += last[j] * recurrent[j, k]
        for j in range(hidden):
            take = half + half * _tanh(half * (gates[j] + state[j] * peepholes[0, j]))
            keep = half + half * _tanh(half * (gates[hidden + j] + state[j] * peepholes[1, j]))
            new = keep * state[j] + take * _tanh(gates[2 * hidden + j])
            give = half + half * _tanh(half * (gates[3 * hidden + j] + new * peepholes[2, j]))
            state[j] = new
            last[j] = give * _tanh(new)
            out[t, j] = last[j]
    return out


def _network(layers: list[Layer]) -> Network:
    *recurrent, head = layers
    pairs = tuple((_lstm(layer["fwd_layer"]), _lstm(layer["bwd_layer"])) for layer in recurrent)
    return Network(pairs, head["weights"], head["bias"].ravel())


def _lstm(layer: Layer) -> Lstm:
    gates = [layer[gate] for gate in GATES]

    def beside(name: str) -> Array:
        return np.ascontiguousarray(np.concatenate([g[name] for g in gates], axis=-1), np.float32)

    return Lstm(
        beside("weights"),
        np.concatenate([g["bias"].ravel() for g in gates]),
        beside("recurrent_weights"),
        np.stack([gates[k]["peephole_weights"].ravel() for k in (0, 1, 3)]),
    )


def _softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(axis=1, keepdims=True))
    share: Array = raised / raised.sum(axis=1, keepdims=True)
    return share
