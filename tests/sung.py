"""Voices with known pitch: harmonics along a contour, for the tests of pitch, melody and live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.audio import Audio

RATE = 16_000
Floats = NDArray[np.float64]
Samples = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sung:
    """A made-up voice: its samples, its notes, and its pitch every 10 ms (0 where it is silent)."""

    samples: Samples
    times: Floats
    hertz: Floats
    notes: tuple[tuple[float, float, float], ...]

    @property
    def audio(self) -> Audio:
        return as_audio(self.samples)


def as_audio(samples: Samples) -> Audio:
    return Audio(samples[None], RATE, name="sung.wav")


def voice(midi: Floats, loudness: Floats, seed: int = 0) -> Samples:
    """Return a voice whose pitch and loudness are given sample by sample, with a little breath."""
    hertz = 440.0 * 2 ** ((midi - 69) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    tone = sum(np.sin(k * phase) * (k * hertz < 7000) / k for k in range(1, 16))
    breath = np.random.default_rng(seed).standard_normal(len(midi))
    return (0.2 * loudness * tone + (0.002 * loudness + 1e-4) * breath).astype(np.float32)


def sing(
    notes: Sequence[tuple[float, float, float]],
    *,
    vibrato: float = 0.0,
    glide: float = 0.03,
    tuning: float = 0.0,
) -> Sung:
    """Sing notes (onset, offset, MIDI number), in seconds.

    Parameters
    ----------
    vibrato : semitones from the middle to either side, 5.5 times a second, once a note is under way
    glide : seconds from one pitch to the next
    tuning : semitones that everything is too high
    """
    times = np.arange(round((notes[-1][1] + 0.5) * RATE)) / RATE
    starts = [round(onset * RATE) for onset, _, _ in notes]
    number = np.clip(np.searchsorted(starts, np.arange(len(times)), side="right") - 1, 0, None)
    steps = np.array([midi for _, _, midi in notes])[number] + tuning
    window = np.hanning(max(3, round(glide * RATE)))
    midi = np.convolve(np.pad(steps, len(window), mode="edge"), window / window.sum(), "same")
    midi = midi[len(window) : -len(window)]
    age = times - np.array([onset for onset, _, _ in notes])[number]
    midi += vibrato * np.clip((age - 0.1) / 0.2, 0, 1) * np.sin(2 * np.pi * 5.5 * times)
    on = np.zeros(len(times))
    for onset, offset, _ in notes:
        on[round(onset * RATE) : round(offset * RATE)] = 1
    fade = np.hanning(320)
    loudness = np.convolve(on, fade / fade.sum(), "same")
    frames = np.arange(0, len(times), RATE // 100)
    pitched = np.where(loudness[frames] > 0.5, 440.0 * 2 ** ((midi[frames] - 69) / 12), 0)
    return Sung(voice(midi, loudness), frames / RATE, pitched, tuple(notes))
