"""What each beat engine hears: probabilities of a beat and of a downbeat, frame by frame."""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Activations:
    """Probabilities of a beat that is no downbeat and of a downbeat.

    Parameters
    ----------
    values : float32, shape=(n, 2); frame k is centred on ``k / frame_rate`` seconds
    frame_rate : frames a second
    """

    values: Array
    frame_rate: int


Listener = Callable[[Audio, WeightStore, Progress], Activations]


def _plain(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    heard = onsets.activations(audio.at(onsets.SAMPLE_RATE), progress)
    return Activations(heard, onsets.FRAME_RATE)


def _beat_this(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    network = load_beat_this(store.file("beat_this", "final0.ckpt"))
    return Activations(network(audio.at(network.sample_rate), progress), network.frame_rate)


def _beatnet(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    network = BeatNet(store)
    return Activations(network(audio.at(network.sample_rate), progress), network.frame_rate)


def _beatnet_1(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    network = BeatNet(store, models=(1,))
    return Activations(network(audio.at(network.sample_rate), progress), network.frame_rate)


def _madmom(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    networks = MadmomBeats(store)
    return Activations(networks(audio.at(networks.sample_rate), progress), networks.frame_rate)


def _beatnet_and_madmom(audio: Audio, store: WeightStore, progress: Progress) -> Activations:
    coarse = _beatnet(audio, store, lambda done: progress(0.3 * done))
    fine = _madmom(audio, store, lambda done: progress(0.3 + 0.7 * done))
    return mean(coarse, fine)


def mean(coarse: Activations, fine: Activations) -> Activations:
    """Return the average of two at the frame rate of `fine`."""
    at = np.arange(len(fine.values)) * (coarse.frame_rate / fine.frame_rate)
    frames = np.arange(len(coarse.values))
    raised = np.column_stack([np.interp(at, frames, column) for column in coarse.values.T])
    return Activations(((raised + fine.values) / 2).astype(np.float32), fine.frame_rate)


LISTENERS: dict[str, Listener] = {
    "beat_this": _beat_this,
    "beatnet+madmom": _beatnet_and_madmom,
    "madmom": _madmom,
    "beatnet": _beatnet,
    "beatnet-1": _beatnet_1,
    "plain": _plain,
}
"""By the names of `tools.beats.ENGINES`."""
