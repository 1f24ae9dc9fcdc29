"""Which tracks a DJ can mix into a track: near in tempo, keys neighbours on the Camelot wheel. Pure.

What breaks one of the two rules does not mix, however well it keeps the other (`agent.track_relations`).
"""

import numpy as np
from numpy.typing import NDArray

from agent.record import Facts
from agent.track_relations import TEMPO_STEP, camelot_distance, key_relation, tempo_relation
from tools.theory import MODES, camelot, tonic_name

WEIGHTS = (0.5, 0.4, 0.1)
"""Of tempo, key and energy."""
AT_THE_EDGE = 0.5
"""What a tempo is worth that is as far away as can be pitched."""
OTHER_OCTAVE = 0.6
"""Twice as fast keeps time, but does not go on at the same pace."""
NEIGHBOUR = 0.9
KEY_UNHEARD = 0.8
"""What is left of a score where no key is known to hold against."""


def mixing(seed: Facts, other: Facts) -> tuple[float, tuple[str, ...]]:
    """Return how well a track mixes into another, 0 to 1, and why; 0 if it can't, or no tempo is known."""
    tempi = seed.get("bpm"), other.get("bpm")
    if not (isinstance(tempi[0], int | float) and isinstance(tempi[1], int | float)):
        return 0.0, ()
    pulse = tempo_relation(tempi[0], tempi[1])
    if not pulse.mixable:
        return 0.0, ()
    near = 1 - (1 - AT_THE_EDGE) * pulse.step / TEMPO_STEP
    near *= OTHER_OCTAVE if pulse.octaves else 1.0
    apart = {1: "twice as fast", -1: "half as fast"}.get(pulse.octaves, "")
    why = [f"tempo {tempi[1]:.1f} BPM, {apart or f'within {100 * pulse.step:.1f} %'}"]
    keys = key_of(seed), key_of(other)
    known = keys[0] is not None and keys[1] is not None
    kept = 0.0
    if keys[0] is not None and keys[1] is not None:
        relation = key_relation(keys[0], keys[1])
        if not relation.mixable:
            return 0.0, ()
        kept = 1.0 if relation.codes[0] == relation.codes[1] else NEIGHBOUR
        why.insert(0, f"key {keys[1]} ({relation.codes[1]}), {relation.relation}")
    energies = seed.get("energy"), other.get("energy")
    parts = [(WEIGHTS[0], near)] + ([(WEIGHTS[1], kept)] if known else [])
    if isinstance(energies[0], int | float) and isinstance(energies[1], int | float):
        parts.append((WEIGHTS[2], max(0.0, 1 - abs(energies[0] - energies[1]))))
    score = sum(w * x for w, x in parts) / sum(w for w, _ in parts)
    return round(score * (1.0 if known else KEY_UNHEARD), 4), tuple(why)


def mixing_of_columns(
    seed: Facts,
    bpm: NDArray[np.float64],
    key: NDArray[np.int8],
    energy: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the scores of `mixing` for the columns of a table.

    Parameters
    ----------
    bpm, energy : shape=(n,), NaN where unknown
    key : shape=(n,), `agent.search.segment.key_code`; other numbers where unknown
    """
    tempo = seed.get("bpm")
    if not isinstance(tempo, int | float):
        return np.zeros(len(bpm))
    apart = np.log2(np.where(bpm > 0, bpm, np.nan) / tempo)
    octaves = np.round(apart)
    step = np.round(2 ** np.abs(apart - octaves) - 1, 4)
    fits = (np.abs(octaves) <= 1) & (step <= TEMPO_STEP)
    near = (1 - (1 - AT_THE_EDGE) * step / TEMPO_STEP) * np.where(octaves == 0, 1.0, OTHER_OCTAVE)
    total, score = np.full(len(bpm), WEIGHTS[0]), WEIGHTS[0] * near
    home = key_of(seed)
    known = (key >= 0) & (key < 12 * len(MODES)) & (home is not None)
    if home is not None:
        worth = np.array([_key_worth(home, code) for code in range(12 * len(MODES))])
        kept = worth[np.where(known, key, 0)]
        fits &= ~known | (kept > 0)
        total += np.where(known, WEIGHTS[1], 0.0)
        score += np.where(known, WEIGHTS[1] * kept, 0.0)
    own = seed.get("energy")
    if isinstance(own, int | float):
        alike = np.maximum(0.0, 1 - np.abs(energy - own))
        total += np.where(np.isnan(energy), 0.0, WEIGHTS[2])
        score += np.where(np.isnan(energy), 0.0, WEIGHTS[2] * alike)
    return np.asarray(np.where(fits, score / total * np.where(known, 1.0, KEY_UNHEARD), 0.0))


def key_of(facts: Facts) -> str | None:
    """Return the key of a track as ``"F# minor"``, None where none is known."""
    mode = facts.get("mode")
    return f"{facts['tonic']} {mode}" if "tonic" in facts and mode in MODES else None


def _key_worth(home: str, code: int) -> float:
    """Return what a key of a code is worth beside another: 0 where they do not mix."""
    tonic, _, mode = home.partition(" ")
    other = MODES[code // 12]
    steps = camelot_distance(camelot(tonic, mode), camelot(tonic_name(code % 12, other), other))
    return (1.0, NEIGHBOUR)[steps] if steps <= 1 else 0.0
