"""Onset strength: how much of the spectrum rises, frame by frame; signal processing alone.

`strength` is the plain rung's ear for beats, and what the tempo's alternatives are weighed by.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from tools.nets.filterbank import LogSpectrogram

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

SAMPLE_RATE = 22_050
FRAME_RATE = 50
VIEW = LogSpectrogram(SAMPLE_RATE, 1411, SAMPLE_RATE // FRAME_RATE, 24)

BASS_HZ = 150.0
NEIGHBOURHOOD = 4 * FRAME_RATE
"""Frames around an onset among which it counts as loud or soft."""

SUREST_BEAT = 0.8
SUREST_DOWNBEAT = 0.5


def strength(signal: Array, progress: Callable[[float], None]) -> tuple[Array, Array, Array]:
    """Return three curves at `FRAME_RATE`, each of shape (n,), for samples of shape (m,).

    Onsets over the whole spectrum; onsets in the bass; change of harmony (how unlike the last
    half second's pitch classes are to those of the half second before).

    References
    ----------
    S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.
    """
    count = VIEW.count(signal)
    bands = VIEW.size // 2
    centres = np.argmax(VIEW.filters, axis=0) * (SAMPLE_RATE / 2 / len(VIEW.filters))
    bass = centres < BASS_HZ
    classes = _pitch_classes(centres)
    onsets, low, chroma = [], [], []
    done = 0
    for block in VIEW.blocks(signal):
        progress(done / count)
        done += len(block)
        levels, rises = block[:, :bands], block[:, bands:]
        onsets.append(rises.mean(axis=1))
        low.append(rises[:, bass].mean(axis=1))
        chroma.append(levels @ classes)
    return np.concatenate(onsets), np.concatenate(low), _change(np.concatenate(chroma))


def activations(signal: Array, progress: Callable[[float], None]) -> Array:
    """Return pseudo-probabilities of a beat and of a downbeat, shape=(n, 2), at `FRAME_RATE`.

    A loud onset is likely a beat; one with bass and a change of harmony likely a downbeat.
    """
    onsets, bass, change = strength(signal, progress)
    beat = SUREST_BEAT * _prominence(onsets)
    accent = _prominence(bass) * _prominence(change)
    downbeat = SUREST_DOWNBEAT * np.sqrt(accent) * beat
    return np.column_stack([beat - downbeat, downbeat]).astype(np.float32)


def salience(onsets: Array, bpm: Floats) -> Floats:
    """Return how strongly the onsets repeat at each tempo of `bpm`, in [0, 1], shape as `bpm`.

    The autocorrelation at one to four beats, averaged (the comb of Scheirer 1998).
    """
    centred = onsets - gaussian_filter1d(onsets.astype(np.float64), FRAME_RATE)
    size = 1 << (2 * len(centred) - 1).bit_length()
    spectrum = np.fft.rfft(centred, size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, size)[: len(centred)]
    correlation /= max(float(correlation[0]), 1e-12)
    lags = np.arange(1, 5)[:, None] * (60 * FRAME_RATE / np.atleast_1d(bpm))[None, :]
    combed = np.interp(lags, np.arange(len(correlation)), correlation, right=0).mean(axis=0)
    share: Floats = np.clip(combed, 0, 1)
    return share


def _prominence(curve: Array) -> Array:
    """Return the curve against the loudest around, in [0, 1], without its slow part."""
    curve = np.maximum(curve - gaussian_filter1d(curve, FRAME_RATE / 4), 0)
    around = gaussian_filter1d(maximum_filter1d(curve, NEIGHBOURHOOD), NEIGHBOURHOOD / 4)
    share: Array = np.clip(curve / np.maximum(around, 1e-3), 0, 1)
    return share


def _change(chroma: Array) -> Array:
    smooth = gaussian_filter1d(chroma, FRAME_RATE / 8, axis=0)
    smooth /= np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-6)
    reach = FRAME_RATE // 4
    before, after = smooth[: -2 * reach], smooth[2 * reach :]
    unlike = 1 - (before * after).sum(axis=1)
    return np.pad(unlike, (reach, len(chroma) - reach - len(unlike))).astype(np.float32)


def _pitch_classes(centres: Floats) -> Array:
    heard = (centres > 60) & (centres < 2000)
    steps = np.round(12 * np.log2(np.maximum(centres, 1) / 440)).astype(int) % 12
    return np.asarray((steps[:, None] == np.arange(12)) & heard[:, None], np.float32)
