"""Labels that the corpora lack: keys and chords of scores, by templates."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tools.composing.meters import METER
from tools.composing.score import ScoreChord, ScoreNote
from tools.composing.tokens import QUALITIES
from tools.theory import KEY_PROFILES, PITCH_CLASSES, tonic_name
from tools.theory import QUALITIES as INTERVALS

FINAL = 0.35
"""What the last bass note gains as a tonic, in units of correlation."""
OUTSIDE = 1.0
"""What a note outside the chord costs against one inside."""
RARE = {
    "maj": 0.0, "min": 0.0, "7": 0.12, "min7": 0.16, "dim": 0.1, "hdim7": 0.16, "maj7": 0.2,
    "dim7": 0.18, "sus4": 0.2, "aug": 0.2,
}  # fmt: skip
"""What a chord costs for being rarer than another that explains as much."""


def key_of_notes(notes: Sequence[ScoreNote]) -> tuple[str, str]:
    """Return the key that fits best, by the profiles of Temperley (1999) and the last bass note."""
    heard = np.zeros(12)
    for note in notes:
        heard[note.pitch % 12] += min(note.duration, 2.0)
    latest = max(note.start for note in notes)
    final = min(note.pitch for note in notes if note.start == latest) % 12
    best, key = -np.inf, ("C", "major")
    for mode in ("major", "minor"):
        profile = np.array(KEY_PROFILES["temperley"][mode])
        for home in range(12):
            fit = float(np.corrcoef(heard, np.roll(profile, home))[0, 1]) + FINAL * (home == final)
            if fit > best:
                best, key = fit, (tonic_name(home, mode), mode)
    return key


def chords_of_voices(notes: Sequence[ScoreNote], length: float, pulse: float) -> list[ScoreChord]:
    """Return a chord for each pulse of several voices, equal neighbours joined."""
    labels = []
    places = np.arange(0, length - 1e-6, pulse)
    for start in places:
        weights, low = np.zeros(12), 128
        for note in notes:
            shared = min(note.start + note.duration, start + pulse) - max(note.start, start)
            if shared > 1e-6:
                on_pulse = note.start <= start + 1e-6
                weights[note.pitch % 12] += shared * (1.5 if on_pulse else 0.5)
                low = min(low, note.pitch) if on_pulse else low
        labels.append(_best(weights, low % 12 if low < 128 else None))
    return joined(places, labels, length)


def _best(weights: NDArray[np.float64], bass: int | None) -> str:
    total = weights.sum()
    if total < 1e-9:
        return "N"
    fits = _templates() @ weights / total - OUTSIDE * ((1 - _templates()) @ weights) / total
    fits = fits - np.tile([RARE[q] for q in QUALITIES], 12)
    fits -= 0.15 * ((_templates() * (weights < 1e-9)).sum(axis=1) / _templates().sum(axis=1))
    if bass is not None:
        fits[bass * len(QUALITIES) : (bass + 1) * len(QUALITIES)] += 0.1
    root, quality = divmod(int(fits.argmax()), len(QUALITIES))
    return f"{PITCH_CLASSES[root]}:{QUALITIES[quality]}"


@cache
def _templates() -> NDArray[np.float64]:
    """Return which pitch classes each chord has, shape=(12 roots * qualities, 12)."""
    rows = np.zeros((12 * len(QUALITIES), 12))
    for root in range(12):
        for k, quality in enumerate(QUALITIES):
            rows[root * len(QUALITIES) + k, [(root + i) % 12 for i in INTERVALS[quality]]] = 1
    return rows


TRIADS = {
    "major": ((0, "maj", 0.0), (5, "maj", 0.15), (7, "maj", 0.1), (2, "min", 0.4), (9, "min", 0.4),
              (7, "7", 0.3)),
    "minor": ((0, "min", 0.0), (5, "min", 0.25), (7, "maj", 0.25), (7, "min", 0.45),
              (10, "maj", 0.2), (3, "maj", 0.35), (8, "maj", 0.4), (7, "7", 0.35)),
}  # fmt: skip
"""Mode -> root above the tonic, quality and cost of the chords that accompany a folk tune."""
CHANGE = 0.25
"""What a change of chord costs."""


def chords_of_tune(
    notes: Sequence[ScoreNote], home: int, mode: str, meter: str, length: float
) -> list[ScoreChord]:
    """Return chords that would accompany a tune: the cheapest path (Viterbi, 1967).

    Two to the bar where the bar is long, ending on the tonic.
    """
    bar = METER[meter].bar
    span = bar / 2 if bar >= 4 and meter != "9/8" else bar
    places = np.arange(0, length - 1e-6, span)
    costs = np.array([_tune_costs(notes, float(p), span, home, mode) for p in places])
    costs[-1, 1:] += 1.0
    count = costs.shape[1]
    step = CHANGE * (1 - np.eye(count))
    total, origins = costs[0], []
    for row in costs[1:]:
        ways = total[:, None] + step
        origins.append(ways.argmin(axis=0))
        total = ways.min(axis=0) + row
    path = [int(total.argmin())]
    for origin in origins[::-1]:
        path.append(int(origin[path[-1]]))
    labels = []
    for k in path[::-1]:
        root, quality, _ = TRIADS[mode][k]
        labels.append(f"{PITCH_CLASSES[(home + root) % 12]}:{quality}")
    return joined(places, labels, length)


def _tune_costs(
    notes: Sequence[ScoreNote], start: float, span: float, home: int, mode: str
) -> list[float]:
    weights = np.zeros(12)
    for note in notes:
        shared = min(note.start + note.duration, start + span) - max(note.start, start)
        if shared > 1e-6:
            weights[note.pitch % 12] += shared * (2.0 if abs(note.start - start) < 1e-6 else 1.0)
    share = weights / max(float(weights.sum()), 1e-9)
    costs = []
    for root, quality, cost in TRIADS[mode]:
        inside = [(home + root + i) % 12 for i in INTERVALS[quality]]
        costs.append(cost + 2.0 * (1.0 - float(share[inside].sum())))
    return costs


def joined(
    places: Sequence[float] | NDArray[np.float64], labels: Sequence[str], length: float
) -> list[ScoreChord]:
    """Return chords from labels at places, equal neighbours as one."""
    starts = [k for k in range(len(labels)) if k == 0 or labels[k] != labels[k - 1]]
    ends = [*(float(places[k]) for k in starts[1:]), length]
    return [
        ScoreChord(float(places[k]), end - float(places[k]), labels[k])
        for k, end in zip(starts, ends, strict=True)
    ]
