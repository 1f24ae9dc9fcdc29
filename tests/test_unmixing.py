"""The parts of a separation that are no network: Wiener filter, medians, drums and bass."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from synthesis import plucked, thump

from tools.accompaniment import RATE, running_median, split
from tools.stft import istft, stft
from tools.wiener import refined

Sound = NDArray[np.float32]


def error(truth: Sound, estimate: Sound) -> float:
    """The error's power over the truth's, in dB."""
    return float(10 * np.log10(np.square(truth - estimate).sum() / np.square(truth).sum()))


def test_the_wiener_filter_hears_where_a_source_stands() -> None:
    rng = np.random.default_rng(0)
    first = np.outer([1.0, 0.3], rng.normal(0, 1, 2 * RATE)).astype(np.float32)
    second = np.outer([0.4, 1.0], rng.normal(0, 1, 2 * RATE)).astype(np.float32)
    a, b = np.abs(stft(first, 4096)), np.abs(stft(second, 4096))
    mix = stft(first + second, 4096)
    share = (a / (a + b)).astype(np.float32)
    masked = istft(share * mix, 4096, 2 * RATE)
    better = istft(refined(mix, share), 4096, 2 * RATE)
    assert error(first, better) < error(first, masked) - 3


def test_the_wiener_filter_knows_no_level_and_minds_no_silence() -> None:
    rng = np.random.default_rng(0)
    mix = stft(rng.normal(0, 1, (2, RATE)).astype(np.float32), 4096)
    share = rng.uniform(0, 1, mix.shape).astype(np.float32)
    whole = refined(mix, share)
    assert np.abs(refined(mix / 4096, share) * 4096 - whole).max() < 1e-3 * np.abs(whole).max()
    assert not refined(np.zeros_like(mix), share).any()
    assert not refined(mix, np.zeros_like(share)).any()
    assert np.abs(refined(mix, np.ones_like(share)) - mix).max() < 1e-2 * np.abs(mix).max()


@pytest.mark.parametrize("size", [3, 7, 31])
def test_the_running_median_is_scipys(size: int) -> None:
    values = np.random.default_rng(size).integers(0, 40, (9, 200)).astype(np.float32)
    wanted = median_filter(values, size=(1, size), mode="nearest")
    assert np.array_equal(running_median(values, size), wanted)


def test_strokes_low_tones_and_high_tones_part() -> None:
    rng = np.random.default_rng(0)
    drums, bass, other = (np.zeros(4 * RATE, np.float32) for _ in range(3))
    for k in range(8):
        at = k * RATE // 2
        stroke = 0.4 * thump(190, 0.12, 0.95, rng)
        drums[at : at + stroke.size] += stroke
    for k in range(4):
        bass[k * RATE : (k + 1) * RATE] = plucked(33 + 2 * k, 1.0)
        other[k * RATE : (k + 1) * RATE] = plucked(64 + 3 * k, 1.0)
    mix = np.stack([drums + bass + other] * 2)
    made = split(mix)
    assert np.abs(made.sum(axis=0) - mix).max() < 1e-5
    for stem, truth in zip(made, (drums, bass, other), strict=True):
        assert error(truth, stem[0]) < min(-4.0, error(truth, mix[0]) - 4)


@pytest.mark.parametrize("length", [1, 100, 3000])
def test_a_scrap_of_sound_can_be_split(length: int) -> None:
    sound = np.random.default_rng(0).normal(0, 1, (2, length)).astype(np.float32)
    made = split(sound)
    assert made.shape == (3, 2, length)
    assert np.abs(made.sum(axis=0) - sound).max() < 1e-5
