"""Beats, their places in the bar, and the meter.

An engine turns sound into probabilities of beats and downbeats; the bar pointer reads times,
positions and meter off them, the same way for every engine.
"""

import numpy as np
from numpy.typing import NDArray

from tools.activations import FRAME_RATE, LEAD_IN, LISTENERS
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

COMPOUND = 0.72
"""How much of what is heard on beats 2 and 3 must be heard between them for 6/8 and not 3/4."""

FAINTEST = 0.05
"""Music begins and ends where an activation reaches this; what lies outside has no beats."""

LISTENING = 0.85
"""Share of the time that goes into listening; the rest is decoding."""

Floats = NDArray[np.float64]


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


def _beats(heard: NDArray[np.float32], audio: Audio, engine: Engine, progress: Progress) -> Beats:
    first, last = _music(heard)
    if last - first < FRAME_RATE:
        raise NoMusicError(f"There is nothing like a beat in '{audio.name}'.")
    # Without room before it, a beat on the first frame is no beginning of anything to the pointer.
    part = np.pad(heard[first:last], ((LEAD_IN, 0), (0, 0)))
    paths = _decode(part, progress)
    path = max(paths, key=lambda p: p.log_likelihood)
    height = part.sum(axis=1)
    frames, positions, meter = _peaks(height, path), path.positions, METERS[path.beats_per_bar]
    if path.beats_per_bar == 3 and _is_compound(height, frames, positions):
        frames, positions = _in_two(frames, positions)
        meter = "6/8"
    times = (frames + first - LEAD_IN) / FRAME_RATE
    keep = (frames > LEAD_IN - 2) & (times < audio.duration)
    times = np.maximum(times, 0)
    keep[1:] &= np.diff(times) > 0
    return Beats(
        times=tuple(times[keep].round(4)),
        positions=tuple(positions[keep]),
        estimator=engine.signature,
        meter=meter,
        confidence=_clarity(height, frames),
        # Onset strengths are no probabilities: the plain engine can't say how sure it is.
        meter_confidence=None if engine.rung == "plain" else _meter_confidence(paths, path),
    )


def _music(values: NDArray[np.float32]) -> tuple[int, int]:
    """Return the frames between which there is music."""
    (loud,) = np.nonzero(values.max(axis=1) >= FAINTEST)
    return (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)


def _decode(values: NDArray[np.float32], progress: Progress) -> list[BarPath]:
    pointer = BarPointer(FRAME_RATE)
    paths = []
    for k, beats_per_bar in enumerate(METERS):
        progress(k / len(METERS))
        paths.append(pointer.decode(values, beats_per_bar))
    progress(1.0)
    return paths


def _peaks(height: NDArray[np.float32], path: BarPath) -> Floats:
    """Return where in each beat's first part the activation peaks, in fractions of a frame."""
    reach = np.ceil(path.intervals / BEAT_SHARE).astype(int)
    steps = np.arange(reach.max())
    seen = np.where(steps < reach[:, None], _at(height, path.frames[:, None] + steps), -1.0)
    top = path.frames + seen.argmax(axis=1)
    left, middle, right = _at(height, top - 1), _at(height, top), _at(height, top + 1)
    bend = left - 2 * middle + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
    peaks: Floats = top + np.clip(shift, -0.5, 0.5)
    return peaks


def _at(height: NDArray[np.float32], frames: NDArray[np.integer]) -> Floats:
    found: Floats = height[np.clip(frames, 0, len(height) - 1)].astype(np.float64)
    return found


def _near(height: NDArray[np.float32], frames: Floats) -> float:
    """Return the mean height of the tallest frame within one of each of `frames`."""
    nearest = np.round(frames).astype(int)[:, None] + np.arange(-1, 2)
    return float(_at(height, nearest).max(axis=1).mean())


def _is_compound(height: NDArray[np.float32], frames: Floats, positions: NDArray[np.int64]) -> bool:
    """Return whether bars heard as three beats are two of three eighths each.

    The two meters share the bar and its six eighths; what tells them apart is whether the middle
    of the bar, between beats 2 and 3, is stressed: 3/4 passes over it.
    """
    (second,) = np.nonzero(positions[:-1] == 2)
    if not len(second):
        return False
    middle = (frames[second] + frames[second + 1]) / 2
    beside = np.concatenate([frames[second], frames[second + 1]])
    return _near(height, middle) > COMPOUND * _near(height, beside)


def _in_two(frames: Floats, positions: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Return two beats for every three, from place 1 of the bar to its middle."""
    phase = np.arange(len(frames)) + positions[0] - 1  # in thirds of a bar
    halves = np.arange(np.ceil(phase[0] / 1.5), np.floor(phase[-1] / 1.5) + 1)
    return np.interp(1.5 * halves, phase, frames), 1 + halves.astype(np.int64) % 2


def _clarity(height: NDArray[np.float32], frames: Floats) -> float:
    """Return how far the beats stand out: the square of the contrast between beats and the rest.

    On development music it is about the share of beats that are right; rain stays below 0.2.
    """
    beats = _near(height, frames)
    rest = np.ones(len(height), bool)
    around = np.round(frames).astype(int)[:, None] + np.arange(-3, 4)
    rest[np.clip(around, 0, len(height) - 1)] = False
    between = float(height[rest].mean()) if rest.any() else 0.0
    return max(0.0, (beats - between) / max(beats + between, 1e-9)) ** 2


def _meter_confidence(paths: list[BarPath], best: BarPath) -> float:
    """Return how far the meter is ahead of the others, a doubt being worth a nat a root of a bar."""
    scores = np.array([p.log_likelihood - best.log_likelihood for p in paths])
    bars = max(1, len(best.frames) // best.beats_per_bar)
    return float(1 / np.exp(scores / np.sqrt(bars)).sum())
