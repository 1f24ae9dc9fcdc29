"""What each beat engine hears: probabilities of a beat and of a downbeat, frame by frame."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tools import onsets
from tools.audio import Audio
from tools.nets.beat_this import load_beat_this
from tools.nets.beatnet import BeatNet
from tools.nets.madmom_beats import MadmomBeats
from tools.rungs import Progress
from tools.weights import WeightStore

Array = NDArray[np.float32]

FRAME_RATE = 50
"""Frames a second, for every engine; frame k is centred on ``k / FRAME_RATE`` seconds."""

FLOOR = 1e-4
"""Least probability in a pool: a network that is wholly sure must not silence another."""

QUIET, LOUD, USUAL = 0.1, 1.5, 0.5
"""Peaks: the networks learned from records near full scale; what is far off is brought there."""

LEAD_IN = 10
"""Frames of silence before the start: a loop cut on its first beat has that beat counted."""

PIECE_SECONDS = 600
MARGIN_SECONDS = 8
"""Long recordings are brought to madmom's rate piece by piece: an hour of it is 640 MB."""

Listener = Callable[[Audio, WeightStore, Progress], Array]
"""Returns probabilities of a beat that is no downbeat and of a downbeat, shape=(n, 2)."""


def _beat_this(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = load_beat_this(store.file("beat_this", "final0.ckpt"))
    return network(_signal(audio, network.sample_rate), progress)


def _beatnet(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = BeatNet(store)
    return network(_signal(audio, network.sample_rate), progress)


def _beatnet_1(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = BeatNet(store, models=(1,))
    return network(_signal(audio, network.sample_rate), progress)


def _madmom(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    networks = MadmomBeats(store)
    rate, frame_rate, duration = networks.sample_rate, networks.frame_rate, audio.duration
    gain = _gain(audio)
    heard = []
    for start in range(0, math.ceil(duration), PIECE_SECONDS):
        lead = min(start, MARGIN_SECONDS)
        end = start + PIECE_SECONDS + MARGIN_SECONDS
        # A short recording is one piece, and its resampled copy is shared with other estimators.
        part = audio if start == 0 and end >= duration else audio.between(start - lead, end)
        onward = partial(_onward, progress, start / duration, min(1.0, PIECE_SECONDS / duration))
        signal = _scaled(part.at(rate), gain)
        if start == 0:
            values = networks(_led_in(signal, rate), onward)[LEAD_IN * frame_rate // FRAME_RATE :]
        else:
            values = networks(signal, onward)[lead * frame_rate :]
        heard.append(values[: PIECE_SECONDS * frame_rate])
    return halved(np.concatenate(heard))


def _beatnet_and_madmom(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    one = _beatnet(audio, store, lambda done: progress(0.25 * done))
    other = _madmom(audio, store, lambda done: progress(0.25 + 0.75 * done))
    return pooled(one, other)


def _plain(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    signal = _led_in(_signal(audio, onsets.SAMPLE_RATE), onsets.SAMPLE_RATE)
    return onsets.activations(signal, progress)[LEAD_IN:]


def _led_in(signal: Array, sample_rate: int) -> Array:
    """Return the signal after `LEAD_IN` frames of silence, that a hit on its first sample is one."""
    silence = np.zeros(LEAD_IN * sample_rate // FRAME_RATE, np.float32)
    return np.concatenate([silence, signal])


def _onward(progress: Progress, begun: float, share: float, done: float) -> None:
    progress(min(1.0, begun + share * done))


def _gain(audio: Audio) -> float:
    """Return the gain at which the networks should hear it: 1 for any usual recording."""
    peak = max(float(audio.samples.max()), -float(audio.samples.min()))
    return 1.0 if QUIET <= peak <= LOUD else USUAL / peak


def _scaled(signal: Array, gain: float) -> Array:
    return signal if gain == 1 else signal * np.float32(gain)


def _signal(audio: Audio, sample_rate: int) -> Array:
    return _scaled(audio.at(sample_rate), _gain(audio))


def pooled(one: Array, other: Array) -> Array:
    """Return the geometric mean of two opinions about beat, downbeat and neither (Genest 1986)."""
    count = min(len(one), len(other))
    total = np.zeros((count, 3), np.float32)
    for opinion in (one[:count], other[:count]):
        neither = 1 - opinion.sum(axis=1, keepdims=True)
        total += np.log(np.clip(np.concatenate([opinion, neither], axis=1), FLOOR, 1)) / 2
    shares = np.exp(total)
    mixed: Array = np.asarray(shares[:, :2] / shares.sum(axis=1, keepdims=True), np.float32)
    return mixed


def halved(values: Array) -> Array:
    """Return every other frame, no lower than half the frames beside it, so that no peak is lost."""
    beside = np.pad(values, ((1, 1), (0, 0)))
    beside = np.maximum(beside[:-2], beside[2:]) * np.float32(0.5)
    kept: Array = np.maximum(values, beside)[::2]
    return kept


LISTENERS: dict[str, Listener] = {
    "beat_this": _beat_this,
    "beatnet+madmom": _beatnet_and_madmom,
    "madmom": _madmom,
    "beatnet": _beatnet,
    "beatnet-1": _beatnet_1,
    "plain": _plain,
}
"""By the names of `tools.beats.ENGINES`."""
