"""The outline of a sound: how far it swings up and down, step by step, for pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.annotations import FloatArray
from tools.decoding import open_sound
from tools.rungs import Progress, quiet

HOP = 0.02
"""Seconds a step."""


@dataclass(frozen=True, eq=False)
class Waveform:
    """The lowest and highest sample of each step of `hop` seconds, each shape=(n,)."""

    hop: float
    lows: FloatArray
    highs: FloatArray


def waveform(path: Path, progress: Progress = quiet) -> Waveform:
    """Return the outline of a sound file, its peak brought to 1. Decoded in blocks.

    Raises
    ------
    AudioDecodeError
        If it is no audio we can read.
    """
    lows: list[FloatArray] = []
    highs: list[FloatArray] = []
    with open_sound(path) as sound:
        size, rest = max(1, round(HOP * sound.rate)), np.empty(0, np.float32)
        at = 0
        for block in sound.blocks():
            at += len(block)
            mono = np.concatenate([rest, np.nan_to_num(block.mean(axis=1))])
            whole = len(mono) // size * size
            steps = mono[:whole].reshape(-1, size)
            lows.append(steps.min(axis=1))
            highs.append(steps.max(axis=1))
            rest = mono[whole:]
            progress(min(1.0, at / max(1, sound.frames)))
        low, high = np.concatenate(lows), np.concatenate(highs)
        peak = max(float(np.max(high, initial=0)), -float(np.min(low, initial=0))) or 1.0
        return Waveform(size / sound.rate, low / peak, high / peak)
