"""Recordings put together: one after the other, one under the other."""

import numpy as np
import pytest

from tools.audio import Audio
from tools.synthesis.mastering import loudness
from tools.synthesis.montage import UNDER, followed, laid_over

RATE = 22_050


def tone(hertz: float, seconds: float, level: float, channels: int = 2, rate: int = RATE) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    wave = (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return Audio(np.tile(wave, (channels, 1)), rate)


def power(audio: Audio, hertz: float, start: float, end: float) -> float:
    piece = audio.samples[0, round(start * audio.sample_rate) : round(end * audio.sample_rate)]
    time = np.arange(len(piece)) / audio.sample_rate
    return float(np.abs(np.mean(piece * np.exp(-2j * np.pi * hertz * time))))


def test_one_goes_over_into_the_other_at_the_time_given() -> None:
    made = followed(tone(440, 4, 0.3), tone(880, 3, 0.3), 2.5)
    assert made.duration == pytest.approx(2.5 + 3 - 0.05, abs=0.01)
    assert power(made, 440, 0.5, 2.4) > 0.1 > 0.01 > power(made, 880, 0.5, 2.4)
    assert power(made, 880, 2.6, 5) > 0.1 > 0.01 > power(made, 440, 2.6, 5)


def test_what_goes_on_is_as_loud_as_what_was_before() -> None:
    made = followed(tone(440, 6, 0.1), tone(880, 6, 0.3), 6)
    halves = [
        loudness(made.samples[:, part], RATE)
        for part in (slice(0, 5 * RATE), slice(7 * RATE, None))
    ]
    assert halves[0] is not None
    assert halves[0] == pytest.approx(halves[1], abs=0.5)


def test_a_mono_recording_at_another_rate_is_brought_to_the_new_one() -> None:
    made = followed(tone(440, 3, 0.3, channels=1, rate=8000), tone(880, 3, 0.3), 3)
    assert made.samples.shape[0] == 2
    assert made.sample_rate == RATE
    assert power(made, 440, 0.5, 2.5) > 0.1


def test_what_plays_along_lies_under_the_recording_from_its_time_on() -> None:
    made = laid_over(tone(440, 6, 0.3), tone(880, 3, 0.3), 2.0)
    assert made.duration == pytest.approx(6, abs=0.01)
    assert power(made, 880, 0.2, 1.9) < 0.005
    ratio = power(made, 880, 2.2, 4.8) / power(made, 440, 2.2, 4.8)
    assert 20 * np.log10(ratio) == pytest.approx(-UNDER, abs=1)


def test_both_together_never_clip() -> None:
    made = laid_over(tone(440, 4, 0.95), tone(441, 4, 0.95))
    assert np.abs(made.samples).max() <= 0.9


def test_silence_takes_no_gain() -> None:
    made = followed(tone(440, 3, 0.0), tone(880, 3, 0.3), 3)
    assert np.isfinite(made.samples).all()
    assert power(made, 880, 3.5, 5.5) == pytest.approx(0.15, abs=0.02)
