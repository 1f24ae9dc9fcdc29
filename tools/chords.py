"""Chords: which harmony sounds when, in Harte's syntax, with inversions.

Engines: ``crema`` (the network of `tools.nets.crema`, heard in several transpositions and helped by
templates) and ``plain`` (templates alone, needs no weights). Both end in the same Viterbi search. Beats, bars and Roman numerals are no concern of this file: see
`tools.progression`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools.annotations import Chords
from tools.audio import Audio
from tools.cqt import estimate_tuning
from tools.errors import NoMusicError
from tools.nets import crema
from tools.rungs import Engine, Progress, first_that_works, quiet
from tools.theory import PITCH_CLASSES, parse_chord
from tools.weights import WeightStore

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

ENGINES = (
    Engine("crema", "bundled", ("crema",), version="1"),
    Engine("plain", "plain", version="1"),
)

SHORTEST_SECONDS = 1.0
"""The lowest notes of the spectrum need more than a second of sound."""

TRANSPOSITIONS = (0, -1, 1, -2, 2)
"""Semitones by which the network hears the music moved; it was trained with up to six. Its errors
differ from one to the next, so their geometric mean is right more often."""

CHANGE_COST = 4.0
"""What a change of chord costs, in nats. The network was decoded with 8.1 by its authors, which
swallows the chords of a chorale; from 2.5 to 4 rendered scores measure alike, and the changes of
real songs fall on beats more often with 4."""

BASS_SURE = 0.4
"""Mean probability of the bass from which an inversion is named."""

BLOCK_FRAMES = 4096
CONTEXT_FRAMES = 128
"""The network hears six minutes at once, with twelve seconds more on both sides."""

TEMPLATE_WEIGHT = 6.0
"""What the templates' likeness, a cosine, adds to the network's log-probabilities: little against
a clear opinion, enough to settle whether a seventh sounds."""

PLAIN_SHARPNESS = 30.0
PLAIN_CHANGE_COST = 8.0
PLAIN_QUALITIES = ("maj", "min", "7", "min7", "maj7")
PLAIN_SEVENTH_COST = 2.0
"""The plain engine's log-likelihood of a chord is its likeness times the sharpness; a fourth note
always fits a little better, so it must pay."""

FAINT = 1e-3
"""Below a thousandth of the loudest, a frame is silence and a note is noise."""

_SCALE_DEGREES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")


@dataclass(frozen=True)
class _Heard:
    """Frames as an engine hears them, at the rate of `crema.FRAME_RATE`.

    Parameters
    ----------
    labels : the k labels of the columns, without inversions
    scores : log-probabilities, shape=(frames, k)
    basses : probabilities of pitch classes from C and of none, shape=(frames, 13)
    """

    labels: tuple[str, ...]
    scores: FloatArray
    basses: FloatArray
    change_cost: float


def estimate_chords(
    audio: Audio, store: WeightStore, *, engine: str | None = None, progress: Progress = quiet
) -> Chords:
    """Return the chords from the start of the audio to its end, each with a confidence.

    Raises
    ------
    AudioTooShortError
        Below a second of sound.
    NoMusicError
        If it is silent.
    WeightsError
        If the engine asked for can't run.
    """
    audio.require(SHORTEST_SECONDS, "Naming chords")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there are no chords in it.")

    def run(chosen: Engine) -> Chords:
        progress(0.0)
        network = crema.load_crema(store.folder(crema.WEIGHTS)) if chosen.weights else None
        signal = audio.at(crema.SAMPLE_RATE)
        tuning = estimate_tuning(crema.heard_at(crema.spectrum(signal)))
        progress(0.1)
        spectrum = crema.spectrum(signal, tuning)
        heard = _hear(network, spectrum, progress) if network else _match(crema.heard_at(spectrum))
        chords = _spans(heard, audio.duration, chosen.signature)
        progress(1.0)
        return chords

    return first_that_works(ENGINES, store, engine, run)


# ---- the network --------------------------------------------------------------------------------


def _hear(network: crema.Crema, spectrum: FloatArray, progress: Progress) -> _Heard:
    """Return the geometric mean of what the network says of all `TRANSPOSITIONS`, with templates."""
    scores = np.zeros((len(spectrum), len(_LABELS)), np.float32)
    basses = np.zeros((len(spectrum), 13), np.float32)
    times = len(TRANSPOSITIONS)
    for count, shift in enumerate(TRANSPOSITIONS):
        views = crema.features(crema.heard_at(spectrum, shift))
        for part, outputs in _blocks(network, views):
            scores[part] += np.log(_untransposed_tags(outputs.tags, shift) + 1e-9)
            basses[part] += np.log(_untransposed(outputs.basses, shift) + 1e-9)
            progress(0.2 + 0.7 * (count + part.stop / len(views)) / times)
    likeness = _likeness_of_all(crema.heard_at(spectrum))
    scores = _normalised(scores / times + TEMPLATE_WEIGHT * likeness)
    return _Heard(_LABELS, scores, np.exp(_normalised(basses / times)), CHANGE_COST)


def _blocks(network: crema.Crema, views: FloatArray) -> Iterator[tuple[slice, crema.Outputs]]:
    """Yield the frames' outputs in blocks of bounded memory."""
    for start in range(0, len(views), BLOCK_FRAMES):
        stop = min(start + BLOCK_FRAMES, len(views))
        before = min(start, CONTEXT_FRAMES)
        outputs = network(views[start - before : stop + CONTEXT_FRAMES])
        inner = slice(before, before + stop - start)
        yield (
            slice(start, stop),
            crema.Outputs(
                outputs.tags[inner],
                outputs.roots[inner],
                outputs.basses[inner],
                outputs.pitches[inner],
            ),
        )


_LABELS = (
    *(f"{root}:{quality}" for root in PITCH_CLASSES for quality in crema.QUALITIES),
    "N",
)
_BY_ROOT = np.argsort(
    [parse_chord(t).root_pc * 100 + crema.QUALITIES.index(t.split(":")[1]) for t in crema.TAGS[:-2]]
)


def _untransposed_tags(tags: FloatArray, shift: int) -> FloatArray:
    """Return tags in the order of `_LABELS` with their roots moved up by `shift`.

    The class X, a chord outside the vocabulary, is left out: the best guess is worth more.
    """
    by_root = tags[:, _BY_ROOT].reshape(len(tags), 12, -1)
    moved = np.roll(by_root, shift, axis=1).reshape(len(tags), -1)
    return np.concatenate([moved, tags[:, -2:-1]], axis=1)


def _untransposed(classes: FloatArray, shift: int) -> FloatArray:
    """Return probabilities of 12 pitch classes and "none", moved up by `shift`."""
    return np.concatenate([np.roll(classes[:, :12], shift, axis=1), classes[:, 12:]], axis=1)


# ---- templates ----------------------------------------------------------------------------------


def _match(spectrum: FloatArray) -> _Heard:
    """Return how well chroma fits the templates of common chords, for a spectrum in tune."""
    labels = tuple(f"{root}:{q}" for root in PITCH_CLASSES for q in PLAIN_QUALITIES)
    chroma, bass = _chroma(spectrum)
    costs = [PLAIN_SEVENTH_COST * label.endswith("7") for label in labels]
    chords = PLAIN_SHARPNESS * chroma @ _templates(labels).T - np.array(costs)
    nothing = np.where(spectrum.max(axis=1) < FAINT * spectrum.max(), 2.0, 0.4)[:, None]
    scores = _normalised(np.concatenate([chords, PLAIN_SHARPNESS * nothing], axis=1))
    basses = np.concatenate([bass, np.zeros((len(bass), 1), np.float32)], axis=1)
    return _Heard((*labels, "N"), scores, basses, PLAIN_CHANGE_COST)


def _likeness_of_all(spectrum: FloatArray) -> FloatArray:
    """Return the cosine of each frame to each of `_LABELS`; to no chord, the mean of them."""
    likeness = _chroma(spectrum)[0] @ _templates(_LABELS[:-1]).T
    return np.concatenate([likeness, likeness.mean(axis=1, keepdims=True)], axis=1)


def _chroma(spectrum: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return chroma of unit length and the bass's share of each pitch class, (frames, 12) each."""
    bins = np.pad(spectrum, ((0, 0), (1, 0)))[
        :, : spectrum.shape[1]
    ]  # a note's centre in the middle
    notes = bins.reshape(len(bins), -1, 3) @ np.array([0.6, 1.0, 0.6], np.float32)
    loudness = np.log1p(notes / max(FAINT * float(notes.max()), 1e-12))
    pitch = np.arange(loudness.shape[1])
    middle = np.exp(-0.5 * ((pitch - 36) / 15.0) ** 2)  # counted from C1: around middle C
    low = np.exp(-0.5 * ((pitch - 14) / 8.0) ** 2)
    chroma = (loudness * middle).reshape(len(loudness), -1, 12).sum(axis=1)
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9)
    bass = ((loudness * low) ** 2).reshape(len(loudness), -1, 12).sum(axis=1)
    bass /= np.maximum(bass.sum(axis=1, keepdims=True), 1e-9)
    return chroma.astype(np.float32), bass.astype(np.float32)


@lru_cache(maxsize=4)
def _templates(labels: tuple[str, ...]) -> FloatArray:
    """Return the unit vectors of chords' notes with their overtones, shape=(labels, 12).

    Harmonics 3 and 5 of a note fall on the fifth and the major third above it (Gómez 2006).
    """
    templates = np.zeros((len(labels), 12), np.float32)
    for row, label in zip(templates, labels, strict=True):
        for note in parse_chord(label).pitch_classes:
            for interval, weight in ((0, 1.0), (7, 0.2), (4, 0.08)):
                row[(note + interval) % 12] += weight
    return np.asarray(templates / np.linalg.norm(templates, axis=1, keepdims=True), np.float32)


# ---- from frames to spans -----------------------------------------------------------------------


def _spans(heard: _Heard, duration: float, estimator: str) -> Chords:
    """Return the most likely sequence of chords as spans that fill the duration."""
    path = most_likely_path(heard.scores, heard.change_cost)
    firsts = np.flatnonzero(np.diff(path, prepend=-1))
    # A frame stands for the time from it to the next, as the network was taught, so the change
    # happened half a frame after it on average.
    times = np.append((firsts + 0.5) / crema.FRAME_RATE, duration)
    times[0] = 0.0
    spans: list[tuple[float, float, str, float]] = []
    probability = np.exp(heard.scores)
    for first, last, start, end in zip(
        firsts, [*firsts[1:], len(path)], times[:-1], times[1:], strict=True
    ):
        if start >= duration:
            break
        state = path[first]
        label = _with_bass(heard.labels[state], heard.basses[first:last])
        spans.append((start, end, label, float(probability[first:last, state].mean())))
    start, _, label, confidence = spans[-1]
    spans[-1] = (start, duration, label, confidence)
    return Chords(
        tuple((start, end) for start, end, _, _ in spans),
        tuple(label for _, _, label, _ in spans),
        estimator,
        tuple(min(1.0, confidence) for *_, confidence in spans),
    )


def _with_bass(label: str, basses: FloatArray) -> str:
    """Return the label with its inversion where the bass is another of its notes, and surely."""
    if label == "N":
        return label
    mean = basses.mean(axis=0)
    bass = int(mean.argmax())
    chord = parse_chord(label)
    step = (bass - chord.root_pc) % 12
    if bass == 12 or step == 0 or mean[bass] < BASS_SURE or bass not in chord.pitch_classes:
        return label
    return f"{label}/{_degree(step, chord.quality)}"


def _degree(step: int, quality: str) -> str:
    """Return the scale degree of a semitone step, as the chord's quality spells it."""
    spelled = {("aug", 8): "#5", ("dim7", 9): "bb7"}
    return spelled.get((quality, step), _SCALE_DEGREES[step])


def _normalised(scores: NDArray[np.floating[Any]]) -> FloatArray:
    """Return log-scores whose exponentials add up to one in each frame."""
    scores = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), np.float32)


def most_likely_path(scores: FloatArray, change_cost: float) -> IntArray:
    """Return the state of each frame by Viterbi's search, shape=(frames,).

    All changes of state cost the same, so the best way into a state is to stay in it or to come
    from the best of all: linear in the states instead of quadratic.

    Parameters
    ----------
    scores : log-probabilities, shape=(frames, states)
    change_cost : taken off for each change of state, in nats
    """
    path: IntArray = _viterbi(np.ascontiguousarray(scores, np.float64), change_cost)
    return path


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _viterbi(scores: NDArray[np.float64], change_cost: float) -> IntArray:
    frames, states = scores.shape
    came_from = np.empty((frames, states), np.int32)
    best = scores[0].copy()
    for t in range(1, frames):
        leader = np.argmax(best)
        arriving = best[leader] - change_cost
        for state in range(states):
            moved = arriving > best[state]
            came_from[t, state] = leader if moved else state
            best[state] = (arriving if moved else best[state]) + scores[t, state]
    path = np.empty(frames, np.int64)
    path[-1] = np.argmax(best)
    for t in range(frames - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path
