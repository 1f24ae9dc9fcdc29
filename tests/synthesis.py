"""Music with known truth: songs synthesised note by note, and records of songs never heard."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from agent.record import TrackRecord
from tools.annotations import Annotation


@dataclass(frozen=True)
class Truth:
    """A synthesised song and all that is true of it; times in seconds."""

    path: Path
    key: str
    bpm: float
    meter: str
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    chord_intervals: tuple[tuple[float, float], ...]
    chord_labels: tuple[str, ...]
    duration: float


SYNTH_RATE = 44_100
Sound = NDArray[np.float32]


def plucked(midi: float, seconds: float) -> Sound:
    """One note with eight decaying harmonics."""
    t = np.arange(int(seconds * SYNTH_RATE)) / SYNTH_RATE
    hertz = 440.0 * 2 ** ((midi - 69) / 12)
    tone = sum(np.sin(2 * np.pi * hertz * k * t) * 0.6**k for k in range(1, 9))
    return (tone * np.exp(-1.2 * t) * np.minimum(1, t / 0.005) * 0.12).astype(np.float32)


def thump(hertz: float, seconds: float, noise: float, rng: np.random.Generator) -> Sound:
    """A drum: a falling tone and a burst of noise."""
    t = np.arange(int(seconds * SYNTH_RATE)) / SYNTH_RATE
    tone = np.sin(2 * np.pi * hertz * (1 - np.exp(-30 * t)) / 30 * 40)
    burst = noise * rng.standard_normal(t.size)
    return ((tone * (1 - noise) + burst) * np.exp(-t * 18)).astype(np.float32)


def write_song(
    path: Path,
    chords: Sequence[tuple[str, Sequence[int]]],
    key: str,
    bpm: float = 120.0,
    per_bar: int = 4,
    times: int = 4,
) -> Truth:
    """Write a song: a chord a bar (label, MIDI notes), bass and drums, the loop `times` times."""
    rng = np.random.default_rng(0)
    beat = 60.0 / bpm
    bars = [chord for _ in range(times) for chord in chords]
    duration = len(bars) * per_bar * beat
    mix = np.zeros(int((duration + 1.0) * SYNTH_RATE), np.float32)

    def put(sound: Sound, at: float, gain: float = 1.0) -> None:
        start = int(at * SYNTH_RATE)
        mix[start : start + sound.size] += gain * sound[: mix.size - start]

    for bar, (_, notes) in enumerate(bars):
        for position in range(per_bar):
            at = (bar * per_bar + position) * beat
            for note in notes:
                put(plucked(note, beat), at, 1.0 if position == 0 else 0.6)
            put(plucked(notes[0] - 12, beat), at, 1.2)
            kick = position == 0 or (per_bar == 4 and position == 2)
            put(
                thump(55 if kick else 190, 0.2, 0.1 if kick else 0.8, rng),
                at,
                0.6 if kick else 0.25,
            )
    mix *= 0.7 / np.abs(mix).max()
    soundfile.write(path, mix, SYNTH_RATE)
    beats = tuple(i * beat for i in range(len(bars) * per_bar))
    bar_times = [i * per_bar * beat for i in range(len(bars) + 1)]
    return Truth(
        path,
        key,
        bpm,
        f"{per_bar}/4",
        beats,
        tuple(bar_times[:-1]),
        tuple(itertools.pairwise(bar_times)),
        tuple(label for label, _ in bars),
        mix.size / SYNTH_RATE,
    )


def headache(found: Mapping[str, Annotation], **changes: Any) -> TrackRecord:
    """The record of a made-up track in which `found` was heard."""
    record = TrackRecord(
        id="a" * 32,
        path="/music/headache.mp3",
        titles={"title": "Headache", "artist": "Lost Deposit"},
        duration=72.04,
        sample_rate=44_100,
        channels=2,
        annotations={task: annotation.to_dict() for task, annotation in found.items()},
    )
    return replace(record, **changes)
