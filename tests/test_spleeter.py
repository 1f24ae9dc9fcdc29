from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.spleeter import BINS, FRAMES, LEVELS, SAMPLE_RATE, Spleeter, load_spleeter
from tools.separation import CHECKPOINT
from tools.stft import stft
from tools.weights import WeightStore

Array = NDArray[np.float32]

WIDTHS = (2, 3, 2, 4, 3, 2)
"""Channels of a small U-Net on its way down."""


def toy_weights() -> dict[str, Array]:
    """Weights of two small U-Nets, named and laid out as TensorFlow does."""
    rng = np.random.default_rng(0)
    weights: dict[str, Array] = {}
    count = {"conv2d": 0, "conv2d_transpose": 0, "batch_normalization": 0}

    def layer(kind: str, size: int, into: int, out: int) -> None:
        name = f"{kind}_{count[kind]}" if count[kind] else kind
        count[kind] += 1
        shape = (size, size, into, out) if kind == "conv2d" else (size, size, out, into)
        weights[f"{name}/kernel"] = rng.normal(0, 0.3, shape).astype(np.float32)
        weights[f"{name}/bias"] = rng.normal(0, 0.1, out).astype(np.float32)

    def norm(size: int) -> None:
        k = count["batch_normalization"]
        count["batch_normalization"] += 1
        name = f"batch_normalization_{k}" if k else "batch_normalization"
        for part in ("beta", "gamma", "moving_mean"):
            weights[f"{name}/{part}"] = rng.normal(0.2, 0.5, size).astype(np.float32)
        weights[f"{name}/moving_variance"] = rng.uniform(0.5, 2, size).astype(np.float32)

    for _ in range(2):
        for into, out in zip((2, *WIDTHS[:-1]), WIDTHS, strict=True):
            layer("conv2d", 5, into, out)
            norm(out)
        into = WIDTHS[-1]
        for out in (*WIDTHS[-2::-1], 1):
            layer("conv2d_transpose", 5, into, out)
            norm(out)
            into = 2 * out
        layer("conv2d", 4, 1, 2)
    return weights


def halved(x: Array, kernel: Array) -> Array:
    """TensorFlow's convolution of stride 2, padded to the SAME size; x is (time, bins, channels)."""
    padded = np.pad(x, [(1, 2), (1, 2), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(0, 1))[::2, ::2]
    return np.asarray(np.einsum("tfcij,ijco->tfo", windows, kernel), np.float32)


def doubled(x: Array, kernel: Array) -> Array:
    """Its transpose: every value spreads a kernel onto the doubled grid."""
    times, bins, _ = x.shape
    out = np.zeros((2 * times + 3, 2 * bins + 3, kernel.shape[2]), np.float32)
    for i in range(5):
        for j in range(5):
            out[i : i + 2 * times : 2, j : j + 2 * bins : 2] += x @ kernel[i, j].T
    return out[1:-2, 1:-2]


def reference(weights: dict[str, Array], which: int, x: Array) -> Array:
    """One U-Net after the drawing in Jansson et al., layer by layer; x is (time, bins, 2)."""

    def get(kind: str, k: int, part: str) -> Array:
        return weights[f"{kind}_{k}/{part}" if k else f"{kind}/{part}"]

    def norm(values: Array, k: int) -> Array:
        beta, gamma, mean, variance = (
            get("batch_normalization", 2 * LEVELS * which + k, part)
            for part in ("beta", "gamma", "moving_mean", "moving_variance")
        )
        normal = (values - mean) / np.sqrt(variance + 1e-3)
        return np.asarray(normal * gamma + beta, np.float32)

    mix, kept = x, []
    for k in range(LEVELS):
        n = which * (LEVELS + 1) + k
        kept.append(halved(x, get("conv2d", n, "kernel")) + get("conv2d", n, "bias"))
        rising = norm(kept[-1], k)
        x = np.where(rising > 0, rising, 0.2 * rising)
    x = kept.pop()
    for k in range(LEVELS):
        n = which * LEVELS + k
        up = doubled(x, get("conv2d_transpose", n, "kernel"))
        up = np.maximum(0, up + get("conv2d_transpose", n, "bias"))
        x = norm(up, LEVELS + k)
        if kept:
            x = np.concatenate([kept.pop(), x], axis=2)
    n = which * (LEVELS + 1) + LEVELS
    padded = np.pad(x, [(3, 3), (3, 3), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (7, 7), axis=(0, 1))[..., ::2, ::2]
    logits = np.einsum("tfcij,ijco->tfo", windows, get("conv2d", n, "kernel"))
    return np.asarray(mix / (1 + np.exp(-logits - get("conv2d", n, "bias"))), np.float32)


def test_the_graph_is_that_of_tensorflow() -> None:
    weights = toy_weights()
    heard = np.abs(np.random.default_rng(1).normal(0, 1, (2, 64, 128))).astype(np.float32)
    made = Spleeter(weights)(heard)
    assert made.shape == (2, 2, 64, 128)
    for which in range(2):
        wanted = reference(weights, which, np.moveaxis(heard, 0, 2))
        assert np.abs(made[which] - np.moveaxis(wanted, 2, 0)).max() < 1e-4


def test_the_published_networks_know_noise_from_a_singing_voice(store: WeightStore) -> None:
    network = load_spleeter(store.file("spleeter", CHECKPOINT))
    rng = np.random.default_rng(0)
    seconds = np.arange(FRAMES * 256) / SAMPLE_RATE
    vibrato = 440 * seconds + 0.8 * np.sin(2 * np.pi * 5.5 * seconds)
    sung = sum(np.sin(2 * np.pi * k * vibrato) / k for k in range(1, 12)) * 0.1
    noise = 0.1 * rng.normal(0, 1, seconds.size)
    shares = []
    for sound in (sung, noise):
        heard = np.abs(stft(np.stack([sound, sound]).astype(np.float32), 4096))[:, :128, :BINS]
        made = network(heard)
        assert (made >= 0).all() and (made <= heard * 1.0001).all()
        shares.append(float(made[0].sum() / made.sum()))
    assert shares[0] > 0.3 > 0.05 > shares[1]


def test_what_is_no_checkpoint_of_spleeter_is_refused(store: WeightStore, tmp_path: Path) -> None:
    other = store.file("musicnn", "musicnn/MTT_musicnn/.index")
    with pytest.raises(WeightsError, match="is not a checkpoint of Spleeter with two stems"):
        load_spleeter(other)
    with pytest.raises(WeightsError, match="can't be read"):
        load_spleeter(tmp_path / "model.index")
