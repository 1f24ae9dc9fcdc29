"""Kick, snare and hi-hat out of a drum stem, a drum-only recording or a mix; signal processing alone.

Each drum has a place in the spectrum where it rises more than the others do: the kick below 110 Hz,
the snare in its shell (150 to 450 Hz) and its wires (1.5 to 5 kHz) at once, cymbals above 7 kHz. The
rise of each place is whitened by the loudest of its surroundings, so that a soft passage is heard as
well as a loud one, and its peaks are the strokes. All cymbals are told as the hi-hat.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter

from tools.annotations import Notes
from tools.audio import Audio
from tools.errors import NoMusicError
from tools.rungs import Progress, quiet

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KICK, SNARE, HAT = 36, 38, 42
PART = "drums"

SAMPLE_RATE = 22_050
HOP_LENGTH = 220
FRAME_RATE = SAMPLE_RATE / HOP_LENGTH
FRAME_SIZE = 1024
BLOCK = 4096

PLACES = ((35.0, 110.0), (150.0, 450.0), (1500.0, 5000.0), (7000.0, 11000.0))
"""Hertz: the skin of the kick, shell and wires of the snare, cymbals."""

LEAKS = 0.5
NEAR = 5
"""Share of a rise of the kick's skin that is heard where the snare's shell is, within some frames,
and the other way round: about 0.4 in three kits, and a little more taken away does no harm.
"""

COMPRESSION = 0.5
"""Power that magnitudes are raised to before they are compared: loud and soft strokes alike."""

LAG = 2
"""Frames over which a rise is measured."""

SURROUNDINGS = 400
"""Frames (4 s) among which a stroke counts as loud or soft."""

FLOOR = 0.05
"""Share of the loudest rise of the whole below which nothing is a stroke."""

THRESHOLDS = (0.45, 0.45, 0.25)
"""Least height of a stroke of kick, snare and hi-hat against the loudest around it."""

APART = 5
"""Frames between two strokes of the same drum at the least: 50 ms."""

STROKE_SECONDS = 0.1
SOFTEST, HARDEST = 30, 120
SHORTEST_SECONDS = 0.5


@dataclass(frozen=True, eq=False)
class Strokes:
    """Strokes of one drum: frames and heights in (0, 1], both of shape (n,)."""

    frames: Ints
    heights: Floats


def drum_notes(audio: Audio, estimator: str, progress: Progress = quiet) -> Notes:
    """Return the strokes of kick (36), snare (38) and hi-hat (42) as notes of a tenth of a second.

    Parameters
    ----------
    audio : a drum stem, drums alone, or a mix (where basses and guitars are mistaken for strokes)
    estimator : what to sign the notes with

    Raises
    ------
    NoMusicError
        If it is silent.
    AudioTooShortError
        If it lasts less than half a second.
    """
    audio.require(SHORTEST_SECONDS, "Drum transcription")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there are no drums in it.")
    curves = drum_curves(audio.at(SAMPLE_RATE), progress)
    found = []
    for key, curve, threshold in zip((KICK, SNARE, HAT), curves.T, THRESHOLDS, strict=True):
        strokes = pick_strokes(curve, threshold)
        found += [
            (f / FRAME_RATE, key, h)
            for f, h in zip(strokes.frames.tolist(), strokes.heights.tolist(), strict=True)
        ]
    found = sorted(x for x in found if x[0] < audio.duration)
    progress(1.0)
    return Notes(
        intervals=tuple((t, t + STROKE_SECONDS) for t, _, _ in found),
        pitches=tuple(float(key) for _, key, _ in found),
        velocities=tuple(round(SOFTEST + (HARDEST - SOFTEST) * h) for _, _, h in found),
        estimator=estimator,
        parts=(PART,) * len(found),
        confidences=tuple(round(h, 3) for _, _, h in found),
    )


def drum_curves(signal: Array, progress: Progress = quiet) -> Array:
    """Return how much of a stroke of kick, snare and cymbal each frame is, shape=(frames, 3).

    Parameters
    ----------
    signal : samples at `SAMPLE_RATE`, shape=(n,); frame k is centred on ``k * HOP_LENGTH``
    """
    levels = np.concatenate(list(_levels(signal, progress)))
    rises = np.zeros_like(levels)
    rises[LAG:] = np.maximum(levels[LAG:] - levels[:-LAG], 0)
    skin, shell, wires, cymbal = rises.T
    kick = np.maximum(skin - LEAKS * maximum_filter1d(shell, NEAR), 0)
    drum = np.maximum(shell - LEAKS * maximum_filter1d(skin, NEAR), 0)
    # A stroke of the snare is broad: what rises in one place alone is a tone or another drum.
    return np.column_stack([kick, np.sqrt(drum * maximum_filter1d(wires, NEAR)), cymbal])


def pick_strokes(curve: Array, threshold: float) -> Strokes:
    """Return the peaks of a curve of one drum, against what is loud around them.

    Parameters
    ----------
    curve : shape=(frames,), from `drum_curves`
    threshold : least height of a peak, as a share of the loudest within two seconds
    """
    loudest = float(curve.max(initial=0.0))
    if loudest <= 0:
        return Strokes(np.zeros(0, np.int64), np.zeros(0))
    around = np.maximum(maximum_filter1d(curve, SURROUNDINGS), FLOOR / threshold * loudest)
    above = (curve - median_filter(curve, size=2 * APART + 1)) / around
    top = (curve == maximum_filter1d(curve, 2 * APART + 1)) & (above >= threshold)
    (frames,) = np.nonzero(top)
    if len(frames):
        frames = frames[np.concatenate([[True], np.diff(frames) > APART])]
    return Strokes(frames, np.clip(curve[frames] / around[frames], 0, 1).astype(np.float64))


def _levels(signal: Array, progress: Progress) -> Iterator[Array]:
    """Yield compressed magnitudes in each of `PLACES`, shape=(frames, 4), some frames at a time."""
    hertz = np.arange(FRAME_SIZE // 2 + 1) * SAMPLE_RATE / FRAME_SIZE
    places = [(hertz >= low) & (hertz < high) for low, high in PLACES]
    window = np.hanning(FRAME_SIZE).astype(np.float32)
    padded = np.pad(signal, (FRAME_SIZE // 2, FRAME_SIZE // 2 + HOP_LENGTH))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME_SIZE)[::HOP_LENGTH]
    for start in range(0, len(frames), BLOCK):
        progress(start / len(frames))
        spectra = np.abs(scipy.fft.rfft(frames[start : start + BLOCK] * window, axis=1))
        heights = spectra**COMPRESSION
        yield np.column_stack([heights[:, place].mean(axis=1) for place in places])
