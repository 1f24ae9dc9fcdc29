"""Tempo from beats: one number, its other readings, and how it moves.

The beats decide the reading; which other readings a listener might choose is weighed by how
strongly the sound repeats there and by how usual such a tempo is.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from tools import onsets
from tools.annotations import Beats, Tempo, TempoCandidate
from tools.audio import Audio
from tools.errors import NoMusicError
from tools.rungs import Progress, quiet

Floats = NDArray[np.float64]

FEWEST_BEATS = 3

RELATIONS = (("half", 1 / 2), ("double", 2.0), ("3/2", 3 / 2), ("2/3", 2 / 3))

SLOWEST_BPM, FASTEST_BPM = 30.0, 300.0
"""Slower pulses are not felt as one, faster ones not tapped (London 2004): no other readings."""

USUAL_BPM = 120.0
SPREAD = 0.9
"""Tempi that listeners tap lie around 120, mostly within an octave (Moelants 2002); in octaves."""

ODD_PENALTY = 0.25
"""Halves and doubles are confused often, 3/2 and 2/3 seldom."""

OWN_WEIGHT = 2.0
"""What the tracker's choice counts for beyond prior and salience: it heard the whole piece."""

STEADY = 0.06
"""A listener calls it one tempo while the middle 80 % of the curve stay within this of it."""

SMOOTHING = 5
"""Beats over which the curve is a running median."""


def estimate_tempo(
    beats: Beats, audio: Audio | None = None, *, progress: Progress = quiet
) -> Tempo:
    """Return the tempo of the beats with ranked alternatives and the curve.

    Parameters
    ----------
    audio : the sound itself; without it the alternatives are ranked by how usual they are alone

    Raises
    ------
    NoMusicError
        If there are fewer than `FEWEST_BEATS` beats.
    """
    if len(beats.times) < FEWEST_BEATS:
        raise NoMusicError(f"A tempo needs {FEWEST_BEATS} beats; {len(beats.times)} were found.")
    times = np.array(beats.times)
    bpm = _global(times)
    at, curve = _curve(times)
    others = [(name, k) for name, k in RELATIONS if SLOWEST_BPM <= bpm * k <= FASTEST_BPM]
    weights = _weights(bpm, [k for _, k in others], audio, progress)
    shares = weights / weights.sum() * (1.0 if beats.confidence is None else beats.confidence)
    candidates = [
        TempoCandidate(round(bpm * factor, 2), float(share), name)
        for (name, factor), share in zip(others, shares[1:], strict=True)
    ]
    low, high = np.quantile(curve, (0.1, 0.9)) / bpm
    return Tempo(
        bpm=round(bpm, 2),
        confidence=float(shares[0]),
        estimator=beats.estimator,
        alternatives=tuple(sorted(candidates, key=lambda c: -c.confidence)),
        times=tuple(at.round(3)),
        bpms=tuple(curve.round(2)),
        steady=bool(low > 1 - STEADY and high < 1 + STEADY),
    )


def _global(times: Floats) -> float:
    """Return the tempo at which most of the piece goes, in beats a minute.

    The mean of the beat lengths around their median: frames quantise a single one by some percent.
    """
    lengths = np.diff(times)
    middle = np.median(lengths)
    return float(60 / lengths[np.abs(lengths / middle - 1) < 0.15].mean())


def _curve(times: Floats) -> tuple[Floats, Floats]:
    """Return the middle of each beat in seconds and the tempo there, both of shape (n - 1,)."""
    size = min(SMOOTHING, len(times) - 1)
    # Over two beats at a time: what one is late the next is early.
    lengths = median_filter(np.diff(times), size, mode="nearest")
    smooth = np.convolve(np.pad(lengths, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    return (times[1:] + times[:-1]) / 2, 60 / smooth


def _weights(bpm: float, others: list[float], audio: Audio | None, progress: Progress) -> Floats:
    """Return unnormalised weights of the tempo itself and of n multiples of it, shape=(n + 1,)."""
    factors = np.array([1.0, *others])
    usual = np.exp(-0.5 * (np.log2(bpm * factors / USUAL_BPM) / SPREAD) ** 2)
    octaves = np.log2(factors) % 1 == 0
    weights: Floats = usual * np.where(octaves, 1.0, ODD_PENALTY)
    weights[0] *= OWN_WEIGHT
    if audio is not None:
        heard = onsets.strength(audio.at(onsets.SAMPLE_RATE), progress)[0]
        weights *= 0.1 + onsets.salience(heard, bpm * factors)
    progress(1.0)
    return weights
