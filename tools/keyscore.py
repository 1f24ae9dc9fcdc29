"""How well each key explains a stretch of music, and where the best one changes.

Keys are counted 0 to 23: the majors from C to B, then the minors. A stretch is scored by
comparing its chroma with how often each scale degree sounds in music of a key (J. Albrecht and
D. Shanahan, "The use of large corpora to train a new type of key-finding algorithm", Music
Perception 2013) and, where there is one, by the mean of a network's logits over it.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tools import theory
from tools.chroma import FRAME_SECONDS, Chroma

FloatArray = NDArray[np.float64]

KEYS: tuple[theory.KeyName, ...] = tuple(
    (theory.tonic_name(pc, mode), mode) for mode in theory.MODES for pc in range(12)
)
PROFILES = "albrecht"

PROFILE_WEIGHT = 9.5
NETWORK_WEIGHT = 0.5
PROFILE_WEIGHT_ALONE = 13.0
"""Fitted for the likelihood of the true key on some hundred annotated recordings, so that the
probabilities mean what they say; the best key itself hardly depends on them."""
WELL_PITCHED = 0.25
"""Pitchedness from which the weights above hold; below, wrong keys become more frequent."""

BASS_WEIGHT = 0.5
STEP_FRAMES = 8
STEP_SECONDS = STEP_FRAMES * FRAME_SECONDS
"""1.6 s: the time resolution of the evidence, chosen to be the network's."""

WINDOW_STEPS = 7
"""11 s around each step: what a listener needs to be sure of a key."""
CHANGE_COST = 4.0
"""What a change of key must win in log-probability."""
NEARNESS_COSTS = (2.0, 1.5)
"""How much more it must win to a key with the same signature, or one that differs by one sharp or
flat: songs touch those without leaving home."""
SHORTEST_SPAN = 8.0
CLEAR = np.log(20.0)
SURE = np.log(0.6)
"""Taken for a track of its own, a span must have this probability of its key, and prefer it to its
neighbour's twenty to one."""


@dataclass(frozen=True)
class Span:
    """A stretch in one key (its number), in seconds."""

    start: float
    end: float
    key: int
    confidence: float


@dataclass(frozen=True, eq=False)
class KeyEvidence:
    """What speaks for each key over time.

    Parameters
    ----------
    chroma : pitch classes, shape=(n, 12), a step each `STEP_SECONDS`; see `chroma_steps`
    logits : of the network, shape=(m, 24), same steps; None without one
    pitchedness : see `tools.chroma.Chroma`; the noisier the music, the less sure the verdict
    """

    chroma: NDArray[np.float32]
    logits: NDArray[np.float32] | None = None
    pitchedness: float = 1.0

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.chroma)

    def whole(self) -> FloatArray:
        """Return the probability of each key for the whole track, shape=(24,)."""
        ends = np.array([0]), np.array([self.steps])
        probabilities: FloatArray = np.exp(self.log_probabilities(*ends)[0])
        return probabilities

    def log_probabilities(self, starts: NDArray[np.intp], stops: NDArray[np.intp]) -> FloatArray:
        """Return log-probabilities of the keys for stretches of steps, shape=(stretches, 24)."""
        heard = self._chroma_sums[stops] - self._chroma_sums[starts]
        fits = _standardised(heard) @ _profiles().T
        trust = min(1.0, self.pitchedness / WELL_PITCHED)
        if self._logit_sums is None:
            return _log_softmax(trust * PROFILE_WEIGHT_ALONE * fits)
        last = len(self._logit_sums) - 1
        first, end = np.minimum(starts, last - 1), np.clip(stops, 1, last)
        means = (self._logit_sums[end] - self._logit_sums[first]) / (end - first)[:, None]
        scores = PROFILE_WEIGHT * fits + NETWORK_WEIGHT * _log_softmax(means)
        return _log_softmax(trust * scores)

    @cached_property
    def _chroma_sums(self) -> FloatArray:
        return _sums(self.chroma)

    @cached_property
    def _logit_sums(self) -> FloatArray | None:
        return None if self.logits is None else _sums(self.logits)


def chroma_steps(chroma: Chroma) -> NDArray[np.float32]:
    """Return the chroma of each step, every frame counting alike however loud, shape=(n, 12)."""
    total = _evened(chroma.all) + np.float32(BASS_WEIGHT) * _evened(chroma.bass)
    total = np.pad(total, ((0, -len(total) % STEP_FRAMES), (0, 0)))
    steps: NDArray[np.float32] = total.reshape(-1, STEP_FRAMES, 12).sum(axis=1)
    return steps


def key_spans(evidence: KeyEvidence, duration: float) -> tuple[Span, ...]:
    """Return the keys over time where there is more than one, else nothing.

    A change is only reported if it lasts `SHORTEST_SPAN` seconds and both sides are `SURE` and
    `CLEAR`: a false change does more harm than a missed one.
    """
    centres = np.arange(evidence.steps)
    starts = np.maximum(centres - WINDOW_STEPS // 2, 0)
    stops = np.minimum(centres + WINDOW_STEPS // 2 + 1, evidence.steps)
    scores = evidence.log_probabilities(starts, stops) / WINDOW_STEPS
    path = _best_path(scores, _change_costs())
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1), evidence.steps]
    spans = _settled(evidence, [int(e) for e in edges])
    if len(spans) < 2:
        return ()
    return tuple(
        Span(
            a * STEP_SECONDS,
            duration if b == evidence.steps else b * STEP_SECONDS,
            int(scores.argmax()),
            round(float(np.exp(scores.max())), 3),
        )
        for a, b, scores in spans
    )


# ---- steps --------------------------------------------------------------------------------------


def _settled(evidence: KeyEvidence, edges: list[int]) -> list[tuple[int, int, FloatArray]]:
    """Return spans of steps with their log-probabilities, the doubtful boundaries taken out."""
    while True:
        starts, stops = np.array(edges[:-1]), np.array(edges[1:])
        scores = evidence.log_probabilities(starts, stops)
        if len(edges) == 2:
            return [(edges[0], edges[1], scores[0])]
        best = scores.argmax(axis=1)
        own = scores[np.arange(len(best)), best]
        left = own[:-1] - scores[np.arange(len(best) - 1), best[1:]]
        right = own[1:] - scores[np.arange(1, len(best)), best[:-1]]
        clarity = np.minimum(left, right)
        doubtful = ((stops - starts) * STEP_SECONDS < SHORTEST_SPAN) | (own < SURE)
        clarity[doubtful[:-1] | doubtful[1:]] -= 1000.0
        weakest = int(clarity.argmin())
        if clarity[weakest] >= CLEAR:
            return list(zip(edges[:-1], edges[1:], scores, strict=True))
        del edges[weakest + 1]


def _evened(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return frames at unit length; those 60 dB under the loudest fade out."""
    lengths = np.linalg.norm(frames, axis=1, keepdims=True)
    evened: NDArray[np.float32] = frames / (lengths + 1e-3 * lengths.max(initial=0.0) + 1e-12)
    return evened


@lru_cache
def _profiles() -> FloatArray:
    """Return the standardised profile of each key, shape=(24, 12)."""
    modes = theory.KEY_PROFILES[PROFILES]
    rows = [np.roll(modes[mode], pc) for mode in theory.MODES for pc in range(12)]
    return _standardised(np.array(rows))


def _standardised(rows: FloatArray) -> FloatArray:
    """Return rows without their mean, at unit length: products of two are correlations."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    standardised: FloatArray = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-12)
    return standardised


def _log_softmax(scores: FloatArray) -> FloatArray:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logs


def _sums(rows: NDArray[np.float32]) -> FloatArray:
    """Return cumulative sums with a zero first, shape=(n + 1, k)."""
    return np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])


@lru_cache
def _change_costs() -> FloatArray:
    """Return what it costs to go from one key to another, shape=(24, 24)."""
    distances = np.array([[theory.fifths_distance(a, b) for b in KEYS] for a in KEYS])
    costs = np.ones_like(distances, float)
    for distance, factor in enumerate(NEARNESS_COSTS):
        costs[distances == distance] = factor
    np.fill_diagonal(costs, 0.0)
    return CHANGE_COST * costs


@njit(cache=True)
def _best_path(scores: FloatArray, costs: FloatArray) -> NDArray[np.int64]:
    """Return the likeliest state of each step (A. Viterbi, 1967).

    Parameters
    ----------
    scores : log-probabilities, shape=(steps, states)
    costs : of going from one state (row) to another (column), shape=(states, states)
    """
    steps, states = scores.shape
    came_from = np.empty((steps, states), np.int64)
    total = scores[0].copy()
    for t in range(1, steps):
        before = total.copy()
        for state in range(states):
            best = np.argmax(before - costs[:, state])
            came_from[t, state] = best
            total[state] = before[best] - costs[best, state] + scores[t, state]
    path = np.empty(steps, np.int64)
    path[-1] = np.argmax(total)
    for t in range(steps - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path
