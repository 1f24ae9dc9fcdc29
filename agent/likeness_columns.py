"""How alike the rows of a whole table are to a track in rhythm, mood or for a mix, as arrays.

The scores are those of `agent.likeness_scores` for what rows hold, computed from the columns and the
inverted lists of the search table, so that no row is read: 100 000 in place of one after another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from agent.likeness_scores import METERS as NEAR_METERS
from agent.likeness_scores import OTHER_OCTAVE, OTHER_READING, TEMPO_REACH, Profile, bpms
from agent.mixing import mixing_of_columns
from agent.record import Facts
from agent.search.segment import UNKNOWN
from agent.search.table import Numbers, Table
from agent.search.terms import GENRE, MOOD
from agent.shared_harmony import texts
from tools.conventions import METERS
from tools.theory import MODES

DECIMALS = 4
"""To which `agent.likeness_scores` rounds."""

FIRST = 256
"""Rows that are sorted first: more than are mostly asked for."""

Parts = Sequence[tuple[float, Numbers]]
"""Weights, and how far something holds for each slot: NaN where it is not known of both."""


def ranked(table: Table, what: str, seed: Profile) -> Iterator[str]:
    """Yield the ids of the rows, the most alike first, even ones by id.

    Parameters
    ----------
    what : ``"rhythm"``, ``"mood"`` or ``"mix"``
    """
    scores = np.round(COLUMNS[what](table, seed), DECIMALS)
    slots = np.flatnonzero(table.alive)
    count = FIRST
    while len(slots):
        found = scores[slots]
        best = np.ones(len(slots), bool)
        if len(slots) > count:  # only those are sorted that are asked for
            best = found >= np.partition(found, len(found) - count)[len(found) - count]
        chosen = slots[best]
        order = np.lexsort((table.column("ids")[chosen], -scores[chosen]))
        yield from map(table.id, chosen[order].tolist())
        slots, count = slots[~best], 4 * count


def _rhythm(table: Table, seed: Profile) -> Numbers:
    return _mean(((0.55, _tempo(table, seed.facts)), (0.25, _meter(table, seed.facts))))


def _mood(table: Table, seed: Profile) -> Numbers:
    listed = _jaccard(table, seed.facts, "moods", MOOD)
    genres = _jaccard(table, seed.facts, "genres", GENRE)
    parts = (
        (0.6, listed),
        (0.15, genres),
        (0.1, _mode(table, seed.facts)),
        (0.15, _energy(table, seed.facts)),
    )
    return np.where(np.isnan(listed), 0.0, _mean(parts))


def _mix(table: Table, seed: Profile) -> Numbers:
    return mixing_of_columns(seed.facts, *(table.column(name) for name in ("bpm", "key", "energy")))


COLUMNS: Mapping[str, Callable[[Table, Profile], Numbers]] = {
    "rhythm": _rhythm,
    "mood": _mood,
    "mix": _mix,
}


def _tempo(table: Table, facts: Facts) -> Numbers:
    best = np.where(np.isnan(table.column("bpm")) & np.isnan(table.column("other_bpm")), np.nan, 0)
    readings = bpms(facts)
    for i, first in enumerate(readings):
        for k, name in enumerate(("bpm", "other_bpm")):
            second = table.column(name)
            apart = np.log2(np.where(second > 0, second, np.nan) / first)
            octaves = np.round(apart)
            near = np.maximum(0.0, 1 - np.abs(apart - octaves) / TEMPO_REACH)
            near *= np.where(octaves == 0, 1.0, OTHER_OCTAVE)
            near *= OTHER_READING if i or k else 1.0
            best = np.fmax(best, np.where(np.abs(octaves) > 1, np.nan, near))
    return best if readings else np.full(len(best), np.nan)


def _meter(table: Table, facts: Facts) -> Numbers:
    codes = table.column("meter")
    said = facts.get("meter")
    if said is None:
        return np.full(len(codes), np.nan)
    likeness = [NEAR_METERS.get(frozenset({str(said), meter}), 0.0) for meter in METERS]
    if said in METERS:
        likeness[METERS.index(str(said))] = 1.0
    scores = np.zeros(len(codes))
    for code, near in enumerate(likeness):
        scores[codes == code] = near
    return np.where(codes == UNKNOWN, np.nan, scores)


def _jaccard(table: Table, facts: Facts, name: str, kind: str) -> Numbers:
    """Return what both list over what either lists."""
    wanted = set(texts(facts, name))
    counts = table.column(f"{name}_count")
    common = np.zeros(len(counts))
    for label in wanted:
        common += table.having(kind, label)
    return common / (len(wanted) + counts - common) if wanted else np.full(len(counts), np.nan)


def _mode(table: Table, facts: Facts) -> Numbers:
    keys = table.column("key")
    mode = facts.get("mode")
    if mode is None:
        return np.full(len(keys), np.nan)
    same = [mode == MODES[key // 12] for key in range(12 * len(MODES))]
    scores = np.isin(keys, np.flatnonzero(same)).astype(np.float64)
    return np.where(keys == UNKNOWN, np.nan, scores)


def _energy(table: Table, facts: Facts) -> Numbers:
    energy = facts.get("energy")
    known = energy if isinstance(energy, int | float) else np.nan
    apart = np.abs(known - table.column("energy"))
    return np.asarray(np.maximum(0.0, 1 - 2 * apart), np.float64)


def _mean(parts: Parts) -> Numbers:
    """Return the weighted mean of what is known; 0 where nothing is."""
    total, score = np.zeros(len(parts[0][1])), np.zeros(len(parts[0][1]))
    for weight, part in parts:
        known = ~np.isnan(part)
        total += np.where(known, weight, 0.0)
        score += np.where(known, weight * part, 0.0)
    return np.divide(score, total, out=np.zeros(len(score)), where=total > 0)
