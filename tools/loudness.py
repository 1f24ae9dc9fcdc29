"""How loud a track is: the plain level per second, and the loudness that ears and broadcasters go by.

Integrated loudness follows Recommendation ITU-R BS.1770-4, loudness range EBU Tech 3342 (2016). Both
are figures of the file as it is: neither the mono copy that estimators share nor the gain that was
given to it counts.
"""

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Level, Loudness
from tools.audio import Audio
from tools.errors import NoMusicError
from tools.kweighting import STEPS, PowerMeter, Powers
from tools.rungs import Engine, Progress, quiet

HOP_SECONDS = 1.0
FLOOR_DB = -90.0

ENGINES = (Engine("rms", "plain"),)
LOUDNESS_ENGINES = (Engine("bs1770", "plain"),)

BLOCK, SHORT_TERM = 4, 30
"""Tenths of a second in a gating block (0.4 s) and in a short-term window (3 s)."""
SILENCE = -70.0
"""LUFS: what is softer counts nowhere."""
SOFTER, MUCH_SOFTER = -10.0, -20.0
"""LU below the mean of the rest from which a block, or a window of the range, does not count."""
QUIET_SHARE, LOUD_SHARE = 10.0, 95.0
"""Percentiles between which the loudness ranges."""

Floats = NDArray[np.float64]


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


def estimate_loudness(audio: Audio, *, progress: Progress = quiet) -> Loudness:
    """Return the integrated loudness, the loudness range and the peak of the file's own samples.

    The range needs 3 s of sound and is None below that.

    Raises
    ------
    AudioTooShortError
        If there is less than one gating block, 0.4 s.
    NoMusicError
        If all of it is below the absolute gate.
    """
    audio.require(BLOCK / STEPS, "The loudness")
    powers = audio.powers or _powers(audio)
    integrated = gated_loudness(powers.tenths)
    if integrated is None:
        raise NoMusicError(f"'{audio.name}' is silent: nothing in it is above {SILENCE:.0f} LUFS.")
    spread = loudness_range(powers.tenths)
    peak = 20 * np.log10(powers.peak)
    progress(1.0)
    return Loudness(
        round(integrated, 2),
        None if spread is None else round(spread, 2),
        round(float(peak), 2),
        LOUDNESS_ENGINES[0].signature,
    )


def gated_loudness(tenths: Floats) -> float | None:
    """Return the integrated loudness in LUFS, None where nothing passes the gates.

    Parameters
    ----------
    tenths : K-weighted powers of tenths of a second, shape=(n,)
    """
    blocks = _windows(tenths, BLOCK)
    blocks = blocks[blocks > _power(SILENCE)]
    if not blocks.size:
        return None
    return float(_lufs(blocks[blocks > blocks.mean() * 10 ** (SOFTER / 10)].mean()))


def loudness_range(tenths: Floats) -> float | None:
    """Return by how many LU the short-term loudness ranges, None where there is too little.

    Parameters
    ----------
    tenths : K-weighted powers of tenths of a second, shape=(n,)
    """
    windows = _windows(tenths, SHORT_TERM)
    windows = windows[windows >= _power(SILENCE)]
    if not windows.size:
        return None
    heard = _lufs(windows[windows >= windows.mean() * 10 ** (MUCH_SOFTER / 10)])
    low, high = np.percentile(heard, (QUIET_SHARE, LOUD_SHARE))
    return float(high - low)


# ---- inside -------------------------------------------------------------------------------------


def _powers(audio: Audio) -> Powers:
    """Return the powers of a sound that was not measured while it was decoded."""
    meter = PowerMeter(audio.sample_rate)
    second = audio.sample_rate
    for start in range(0, audio.samples.shape[1], 10 * second):
        meter.add(audio.samples[:, start : start + 10 * second].T)
    found = meter.powers()
    return Powers(found.tenths / audio.gain**2, found.peak / audio.gain)


def _windows(tenths: Floats, length: int) -> Floats:
    """Return the mean power of every window of so many tenths, shape=(n - length + 1,)."""
    if tenths.size < length:
        return np.empty(0)
    means: Floats = np.lib.stride_tricks.sliding_window_view(tenths, length).mean(axis=1)
    return means


def _lufs(power: Floats) -> Floats:
    return -0.691 + 10 * np.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
