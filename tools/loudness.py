"""How loud the track is over time: the level per second. No perceptual model; plain energy."""

import numpy as np

from tools.annotations import Level
from tools.audio import Audio
from tools.errors import NoMusicError
from tools.rungs import Engine, Progress, quiet

HOP_SECONDS = 1.0
FLOOR_DB = -90.0

ENGINES = (Engine("rms", "plain"),)


def estimate_level(audio: Audio, *, progress: Progress = quiet) -> Level:
    """Return the root-mean-square level of each second of the mono mix, in dB full scale.

    Raises
    ------
    NoMusicError
        If the track is silent.
    """
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent.")
    signal = audio.samples[0] if len(audio.samples) == 1 else audio.at(audio.sample_rate)
    hop = int(HOP_SECONDS * audio.sample_rate)
    starts = np.arange(0, signal.size, hop)
    # Sums by segment square one hop at a time, so an hour needs no second copy of itself.
    energies = np.array([np.dot(part := signal[s : s + hop], part) / part.size for s in starts])
    # The analysis copy of an oddly loud or quiet file was brought to a usual level: undo that.
    raised = 20 * np.log10(audio.gain)
    decibels = np.maximum(10 * np.log10(np.maximum(energies, 1e-12)) - raised, FLOOR_DB)
    progress(1.0)
    return Level(HOP_SECONDS, tuple(round(float(d), 2) for d in decibels), ENGINES[0].signature)
