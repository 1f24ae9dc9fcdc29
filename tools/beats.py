"""Beats, their places in the bar, and the meter.

An engine turns sound into probabilities of beats and downbeats; the bar pointer reads times,
positions and meter off them, the same way for every engine.
"""

import numpy as np
from numpy.typing import NDArray

from tools.activations import LISTENERS, Activations
from tools.annotations import Beats
from tools.audio import Audio
from tools.barpointer import BEAT_SHARE, BarPath, BarPointer
from tools.errors import NoMusicError
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.weights import WeightStore

ENGINES: tuple[Engine, ...] = (
    Engine("beat_this", "hub", ("beat_this",)),
    Engine("beatnet+madmom", "bundled", ("beatnet", "madmom")),
    Engine("madmom", "bundled", ("madmom",)),
    Engine("beatnet", "bundled", ("beatnet",)),
    Engine("plain", "plain"),
    Engine("beatnet-1", "bundled", ("beatnet",)),  # by request: never saw GTZAN, for measuring
)

SHORTEST_SECONDS = 2.0
METERS = {2: "2/4", 3: "3/4", 4: "4/4"}
STEADINESS = 60.0

FAINTEST = 0.05
"""Music begins and ends where an activation reaches this; what lies outside has no beats."""

LISTENING = 0.85
"""Share of the time that goes into listening; the rest is decoding."""


def estimate_beats(
    audio: Audio, store: WeightStore, *, engine: str | None = None, progress: Progress = quiet
) -> Beats:
    """Return beat times in seconds, positions in the bar and the meter.

    Parameters
    ----------
    engine : name of one of `ENGINES` to use whatever happens; None takes the best that works
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioTooShortError
        If there are less than `SHORTEST_SECONDS`.
    NoMusicError
        If it is silent, or no frame is at all like a beat.
    WeightsError
        If the engine asked for can't run.
    """
    audio.require(SHORTEST_SECONDS, "Beat tracking")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there are no beats in it.")

    def run(chosen: Engine) -> Beats:
        heard = LISTENERS[chosen.name](audio, store, lambda done: progress(LISTENING * done))
        return _beats(heard, audio, chosen, lambda done: progress(LISTENING + 0.15 * done))

    return first_that_works(ENGINES, store, engine, run)


def _beats(heard: Activations, audio: Audio, engine: Engine, progress: Progress) -> Beats:
    first, last = _music(heard.values)
    if last - first < heard.frame_rate:
        raise NoMusicError(f"There is nothing like a beat in '{audio.name}'.")
    part = heard.values[first:last]
    paths = _decode(part, heard.frame_rate, progress)
    path = max(paths, key=lambda p: p.log_likelihood)
    times = (_peaks(part, path) + first) / heard.frame_rate
    keep = (times >= 0) & (times < audio.duration)
    keep[1:] &= np.diff(times) > 0
    return Beats(
        times=tuple(times[keep].round(4)),
        positions=tuple(path.positions[keep]),
        estimator=engine.signature,
        meter=METERS[path.beats_per_bar],
        confidence=_contrast(part, path),
        meter_confidence=_meter_confidence(paths, path),
    )


def _music(values: NDArray[np.float32]) -> tuple[int, int]:
    """Return the frames between which there is music."""
    (loud,) = np.nonzero(values.max(axis=1) >= FAINTEST)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def _decode(values: NDArray[np.float32], frame_rate: int, progress: Progress) -> list[BarPath]:
    pointer = BarPointer(frame_rate, steadiness=STEADINESS)
    paths = []
    for k, beats_per_bar in enumerate(METERS):
        progress(k / len(METERS))
        paths.append(pointer.decode(values, beats_per_bar))
    progress(1.0)
    return paths


def _peaks(values: NDArray[np.float32], path: BarPath) -> NDArray[np.float64]:
    """Return where in each beat's first part the activation peaks, in fractions of a frame."""
    height = values.max(axis=1).astype(np.float64)
    reach = np.ceil(path.intervals / BEAT_SHARE).astype(int)
    steps = np.arange(reach.max())
    frames = np.minimum(path.frames[:, None] + steps, len(height) - 1)
    seen = np.where(steps < reach[:, None], height[frames], -1.0)
    top = path.frames + seen.argmax(axis=1)
    left, right = height[np.maximum(top - 1, 0)], height[np.minimum(top + 1, len(height) - 1)]
    bend = left - 2 * height[top] + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
    peaks: NDArray[np.float64] = top + np.clip(shift, -0.5, 0.5)
    return peaks


def _contrast(values: NDArray[np.float32], path: BarPath) -> float:
    """Return how far the probability at the beats stands out from that halfway between them."""
    height = values.sum(axis=1)
    around = np.arange(-2, 3)
    on = np.clip(path.frames[:, None] + around, 0, len(height) - 1)
    return float(np.clip(height[on].max(axis=1).mean(), 0, 1))


def _meter_confidence(paths: list[BarPath], best: BarPath) -> float:
    scores = np.array([p.log_likelihood - best.log_likelihood for p in paths])
    bars = max(1, len(best.frames) // best.beats_per_bar)
    return float(1 / np.exp(scores / np.sqrt(bars)).sum())
