from dataclasses import replace

import numpy as np
import pytest

from tools.audio import Audio
from tools.errors import NoMusicError
from tools.loudness import estimate_level

RATE = 8000


def sine(*levels: float) -> Audio:
    """Seconds of a sine, each with an amplitude of its own."""
    t = np.arange(RATE) / RATE
    parts = [a * np.sin(2 * np.pi * 440 * t) for a in levels]
    return Audio(np.concatenate(parts).astype(np.float32)[None], RATE)


def test_a_full_scale_sine_is_at_minus_three_decibels() -> None:
    level = estimate_level(sine(1.0, 1.0))
    assert level.decibels == pytest.approx((-3.01, -3.01), abs=0.02)


def test_half_the_amplitude_is_six_decibels_less_where_it_is() -> None:
    level = estimate_level(sine(1.0, 0.5, 1.0))
    assert level.between(1.0, 2.0) == pytest.approx(-9.03, abs=0.05)
    assert level.between(0.0, 1.0) == pytest.approx(-3.01, abs=0.05)
    assert level.between(10.0, 11.0) is None
    assert -9 < level.mean < -3


def test_a_level_that_was_raised_for_the_estimators_is_told_as_it_was() -> None:
    raised = replace(sine(1.0), gain=10.0)
    assert estimate_level(raised).decibels == pytest.approx((-23.01,), abs=0.02)


def test_silence_has_no_level() -> None:
    with pytest.raises(NoMusicError, match="silent"):
        estimate_level(sine(0.0, 0.0))
