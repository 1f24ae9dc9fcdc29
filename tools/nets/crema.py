"""CREMA's chord network (McFee & Bello 2017), read from its Keras file and run with numpy.

Two convolutions find pitch in a harmonic constant-Q spectrum (two views, an octave apart), two
bidirectional GRUs follow it over time, and four heads say which pitch classes sound, the root, the
bass, and the chord as one of 170 tags. The heads of pitch, root and bass also feed the tag's.

It is written without torch: Keras' older GRU resets before the matrix product and has a piecewise
linear sigmoid, which torch's GRU can't do, and the rest is a handful of matrix products.
It does not know about smoothing over time: see `tools.chords`.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools.cqt import C1_HZ, constant_q
from tools.errors import WeightsError

FloatArray = NDArray[np.float32]

SAMPLE_RATE = 22_050
HOP_LENGTH = 2_048
"""The authors' 44 100 Hz and 4096: the spectrum ends at 4186 Hz, so half the rate loses nothing."""
FRAME_RATE = SAMPLE_RATE / HOP_LENGTH

BINS_PER_OCTAVE = 36
OCTAVES = 7
VIEW = 216
MARGIN = 2
"""Semitones by which the spectrum reaches under C1, so that the network can hear it transposed."""
DYNAMIC_RANGE_DB = 80.0

WEIGHTS = "crema"
MEMBER = "crema/models/chord/model.h5"

QUALITIES = (
    "7", "aug", "dim", "dim7", "hdim7", "maj", "maj6", "maj7", "min", "min6", "min7", "minmaj7",
    "sus2", "sus4",
)  # fmt: skip
_SORTED_ROOTS = ("A#", "A", "B", "C#", "C", "D#", "D", "E", "F#", "F", "G#", "G")
TAGS = (*(f"{root}:{quality}" for root in _SORTED_ROOTS for quality in QUALITIES), "N", "X")
"""The 170 classes in the network's order, which is that of sorted strings."""


@dataclass(frozen=True)
class Outputs:
    """What the heads say of each frame; all of shape (frames, k), float32 in [0, 1].

    Parameters
    ----------
    tags : k=170 probabilities in the order of `TAGS`
    roots, basses : k=13 probabilities, pitch classes from C and "none"
    pitches : k=12 independent probabilities, pitch classes from C
    """

    tags: FloatArray
    roots: FloatArray
    basses: FloatArray
    pitches: FloatArray


def spectrum(signal: FloatArray, tuning: float = 0.0) -> FloatArray:
    """Return constant-Q magnitudes over eight octaves, shape=(frames, 288), for `heard_at`.

    Parameters
    ----------
    signal : mono at `SAMPLE_RATE`, shape=(n,)
    tuning : semitones by which the music lies above A = 440 Hz
    """
    return constant_q(
        signal,
        SAMPLE_RATE,
        hop_length=HOP_LENGTH,
        octaves=OCTAVES + 1,
        bins_per_octave=BINS_PER_OCTAVE,
        fmin=C1_HZ * 2.0 ** ((tuning - MARGIN) / 12),
    )


def heard_at(spectrum: FloatArray, shift: int = 0) -> FloatArray:
    """Return the seven octaves that begin `shift` semitones above C1, shape=(frames, 252).

    To the network this is the music moved down by `shift`, at most `MARGIN` either way.
    """
    first = (MARGIN + shift) * BINS_PER_OCTAVE // 12
    return spectrum[:, first : first + OCTAVES * BINS_PER_OCTAVE]


def features(magnitudes: FloatArray) -> FloatArray:
    """Return the network's input, decibels under each view's maximum, shape=(frames, 216, 2)."""
    views = (magnitudes[:, :VIEW], magnitudes[:, -VIEW:])
    return np.stack([_decibels(view) for view in views], axis=-1)


def _decibels(magnitudes: FloatArray) -> FloatArray:
    loudest = max(float(magnitudes.max(initial=0.0)), 1e-12)
    floor = loudest * 10.0 ** (-DYNAMIC_RANGE_DB / 20)
    return np.asarray(20.0 * np.log10(np.maximum(magnitudes, floor) / loudest), np.float32)


class Crema:
    """The network with its weights; immutable, so one is shared by all threads."""

    def __init__(self, weights: dict[str, FloatArray]) -> None:
        self._weights = weights

    def __call__(self, views: FloatArray) -> Outputs:
        """Return what the heads say of `features`, shape=(frames, 216, 2)."""
        hidden = self._normalise("batch_normalization_1", views)
        hidden = self._pitch_filter(hidden)
        hidden = self._normalise("batch_normalization_2", hidden[:, :, None])[:, :, 0]
        kernel, bias = self._layer("conv2d_2/conv2d_2")
        hidden = np.maximum(hidden @ kernel[0, :, 0] + bias, 0.0)
        hidden = self._normalise("batch_normalization_3", hidden)
        hidden = self._both_ways(1, hidden)
        hidden = self._both_ways(2, self._normalise("batch_normalization_4", hidden))
        pitches = _sigmoid(self._dense("chord_pitch", hidden))
        roots = _softmax(self._dense("chord_root", hidden))
        basses = _softmax(self._dense("chord_bass", hidden))
        joined = np.concatenate([hidden, pitches, roots, basses], axis=1)
        joined = self._normalise("batch_normalization_5", joined)
        return Outputs(_softmax(self._dense("chord_tag", joined)), roots, basses, pitches)

    def _pitch_filter(self, views: FloatArray) -> FloatArray:
        """Return the 5x5 convolution over time and pitch, rectified, shape=(frames, 216)."""
        kernel, bias = self._layer("conv2d_1/conv2d_1")
        frames, bins, _ = views.shape
        padded = np.pad(views, ((2, 2), (2, 2), (0, 0)))
        total = np.full((frames, bins), bias[0], np.float32)
        for row in range(5):
            for column in range(5):
                total += (
                    padded[row : row + frames, column : column + bins] @ kernel[row, column, :, 0]
                )
        return np.maximum(total, 0.0)

    def _both_ways(self, layer: int, inputs: FloatArray) -> FloatArray:
        """Return a bidirectional GRU's states, shape=(frames, 256)."""
        path = f"bidirectional_{layer}/bidirectional_{layer}"
        states = []
        for direction, step in (("forward", 1), ("backward", -1)):
            kernel, bias = self._layer(f"{path}/{direction}_gru_{layer}")
            recurrent = self._weights[f"{path}/{direction}_gru_{layer}/recurrent_kernel:0"]
            gates, candidate = recurrent[:, :256], recurrent[:, 256:]
            driven = np.ascontiguousarray((inputs @ kernel + bias)[::step])
            followed = _gru(driven, np.ascontiguousarray(gates), np.ascontiguousarray(candidate))
            states.append(followed[::step])
        return np.concatenate(states, axis=1)

    def _dense(self, name: str, inputs: FloatArray) -> FloatArray:
        kernel, bias = self._layer(f"{name}/{name}")
        return inputs @ kernel + bias

    def _layer(self, path: str) -> tuple[FloatArray, FloatArray]:
        return self._weights[f"{path}/kernel:0"], self._weights[f"{path}/bias:0"]

    def _normalise(self, name: str, inputs: FloatArray) -> FloatArray:
        beta, gamma, mean, variance = (
            self._weights[f"{name}/{name}/{part}:0"]
            for part in ("beta", "gamma", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + 1e-3)  # Keras' epsilon, as the model was saved
        return np.asarray(inputs * scale + (beta - mean * scale), np.float32)


@lru_cache(maxsize=2)
def load_crema(folder: Path) -> Crema:
    """Return the network from the weights' folder.

    Raises
    ------
    WeightsError
        If the file is not the model it should be.
    """
    import h5py

    weights: dict[str, FloatArray] = {}

    def collect(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            weights[name] = np.ascontiguousarray(item[()], np.float32)

    try:
        with h5py.File(folder / MEMBER, "r") as file:
            file["model_weights"].visititems(collect)
    except (OSError, KeyError) as error:
        raise WeightsError(f"CREMA's weights in {folder} can't be read: {error}") from error
    return Crema(weights)


def _sigmoid(logits: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)


def _softmax(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _gru(driven: FloatArray, gates: FloatArray, candidate: FloatArray) -> FloatArray:
    """Return the states of a GRU that resets before the product, shape=(frames, units).

    Parameters
    ----------
    driven : the inputs through the kernel, with bias, shape=(frames, 3 * units):
        update, reset, candidate
    gates : recurrent weights of update and reset, shape=(units, 2 * units)
    candidate : recurrent weights of the candidate, shape=(units, units)
    """
    frames, units = len(driven), len(candidate)
    states = np.zeros((frames, units), np.float32)
    state = np.zeros(units, np.float32)
    for t in range(frames):
        opened = driven[t, : 2 * units] + np.dot(state, gates)
        opened = np.minimum(np.maximum(np.float32(0.2) * opened + np.float32(0.5), 0), 1)
        update, reset = opened[:units].astype(np.float32), opened[units:].astype(np.float32)
        proposal = np.tanh(driven[t, 2 * units :] + np.dot(reset * state, candidate))
        state = update * state + (np.float32(1.0) - update) * proposal
        states[t] = state
    return states
