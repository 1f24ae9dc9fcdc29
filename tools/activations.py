"""What each beat engine hears: probabilities of a beat and of a downbeat, frame by frame."""

from collections.abc import Callable

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

Listener = Callable[[Audio, WeightStore, Progress], Array]
"""Returns probabilities of a beat that is no downbeat and of a downbeat, shape=(n, 2)."""


def _beat_this(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = load_beat_this(store.file("beat_this", "final0.ckpt"))
    return network(audio.at(network.sample_rate), progress)


def _beatnet(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = BeatNet(store)
    return network(audio.at(network.sample_rate), progress)


def _beatnet_1(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    network = BeatNet(store, models=(1,))
    return network(audio.at(network.sample_rate), progress)


def _madmom(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    networks = MadmomBeats(store)
    return halved(networks(audio.at(networks.sample_rate), progress))


def _beatnet_and_madmom(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    one = _beatnet(audio, store, lambda done: progress(0.25 * done))
    other = _madmom(audio, store, lambda done: progress(0.25 + 0.75 * done))
    return pooled(one, other)


def _plain(audio: Audio, store: WeightStore, progress: Progress) -> Array:
    return onsets.activations(audio.at(onsets.SAMPLE_RATE), progress)


def pooled(one: Array, other: Array) -> Array:
    """Return the geometric mean of two opinions about beat, downbeat and neither (Genest 1986)."""
    count = min(len(one), len(other))
    total = np.zeros((count, 3), np.float32)
    for opinion in (one[:count], other[:count]):
        neither = 1 - opinion.sum(axis=1, keepdims=True)
        total += np.log(np.clip(np.concatenate([opinion, neither], axis=1), FLOOR, 1)) / 2
    shares = np.exp(total)
    return (shares[:, :2] / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def halved(values: Array) -> Array:
    """Return every other frame, no lower than half the frames beside it, so that no peak is lost."""
    beside = np.pad(values, ((1, 1), (0, 0)))
    beside = np.maximum(beside[:-2], beside[2:]) / 2
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
