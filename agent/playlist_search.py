"""Which order of tracks is best: a beam search (Lowerre, 1976) over what steps and places cost. Pure.

A step costs what a listener hears in it: keys that are no neighbours on the Camelot wheel, tempi more
than 6 % apart, halves and doubles being near, an artist twice in a row. A place costs how far a track
is from the course of energy and of tempo. Costs add up; ties go by the tracks' ids, so that the same
request over the same library gives the same order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from agent.playlist_goal import Goal, PlaylistError
from agent.recall import Row
from agent.track_relations import TEMPO_STEP
from tools.theory import camelot

Costs = NDArray[np.float32]

BEAM = 24
CHILDREN = 6
"""Beginnings that are kept, and how many of them may grow out of one."""
MOST_CANDIDATES = 1000
TOLERANCE = 0.05
"""How far the total may be from the minutes that were asked for."""
LENGTH = 10.0
"""Cost of that, as a share, within the tolerance."""

KEY_COSTS = np.array([0.0, 0.1, 1.2, 1.8, 2.2, 2.5, 2.8, 3.0], np.float32)
"""By the steps between two codes on the wheel."""
UNKNOWN_KEY, UNKNOWN_TEMPO = 0.8, 0.8
NEAR_STEP, FAR_STEP, FARTHEST = 5.0, 40.0, 6.0
"""Cost of a tempo step: a little within 6 %, then eight times as much, up to a most."""
OTHER_OCTAVE = 0.3
SAME_ARTIST = 3.0
ENERGY, UNKNOWN_ENERGY, COURSE, RELEVANCE = 2.0, 0.5, 20.0, 2.5


# ---- candidates ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pool:
    """Candidates as columns, shape=(n,); NaN, or a negative number, where something is not known.

    Parameters
    ----------
    lengths : seconds
    keys : places on the wheel (see `_wheel`)
    energy : ranks from 0 to 1
    steps : cost of going from each to each, shape=(n, n)
    """

    rows: Sequence[Row]
    lengths: Costs
    bpms: Costs
    keys: NDArray[np.int64]
    artists: NDArray[np.int64]
    energy: Costs
    relevance: Costs
    steps: Costs = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    def place(self, track: str | None) -> int | None:
        """Return which candidate a track is, by its id.

        Raises
        ------
        PlaylistError
            If it is none.
        """
        if track is None:
            return None
        found = next((i for i, row in enumerate(self.rows) if row.id == track), None)
        if found is None:
            raise PlaylistError(
                "The track that the playlist is to start or end with has no length."
            )
        return found


def pool_of(
    rows: Sequence[Row], relevance: Mapping[str, float], kept: tuple[str | None, ...]
) -> Pool:
    """Return the candidates that fit a search best, and those to keep in any case."""
    known = [row for row in rows if (number(row, "duration") or 0) > 0]
    known.sort(key=lambda row: (row.id not in kept, -relevance.get(row.id, 0.0), row.id))
    chosen = sorted(known[:MOST_CANDIDATES], key=lambda row: row.id)
    names = sorted({_artist(row) for row in chosen})
    energy = np.array([_or_nan(number(row, "energy")) for row in chosen], np.float32)
    pool = Pool(
        chosen,
        np.array([number(row, "duration") for row in chosen], np.float32),
        np.array([_or_nan(number(row, "bpm")) for row in chosen], np.float32),
        np.array([_wheel(row) for row in chosen], np.int64),
        np.array([names.index(a) if (a := _artist(row)) else -1 for row in chosen], np.int64),
        _ranks(energy),
        np.array([relevance.get(row.id, 0.0) for row in chosen], np.float32),
    )
    return replace(pool, steps=_steps(pool))


def _steps(pool: Pool) -> Costs:
    """Return the cost of going from each track to each, shape=(n, n)."""
    number, ring = pool.keys // 2, pool.keys % 2
    apart = np.abs(number[:, None] - number[None])
    apart = np.minimum(apart, 12 - apart) + (ring[:, None] != ring[None])
    costs = KEY_COSTS[np.clip(apart, 0, len(KEY_COSTS) - 1)]
    lacking = pool.keys < 0
    costs = np.where(lacking[:, None] | lacking[None], UNKNOWN_KEY, costs)
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.log2(pool.bpms[None] / pool.bpms[:, None])
    costs = costs + _tempo_cost(octaves)
    same = (pool.artists[:, None] == pool.artists[None]) & (pool.artists >= 0)[:, None]
    return np.asarray(costs + SAME_ARTIST * same, np.float32)


def _tempo_cost(octaves: Costs) -> Costs:
    """Return the cost of tempi so many octaves apart; those of a half or a double are near."""
    whole = np.round(octaves)
    step = np.exp2(np.abs(octaves - whole)) - 1
    cost = NEAR_STEP * np.minimum(step, TEMPO_STEP)
    cost = cost + np.minimum(FAR_STEP * np.maximum(step - TEMPO_STEP, 0), FARTHEST)
    cost = cost + OTHER_OCTAVE * (np.abs(whole) == 1) + FARTHEST * (np.abs(whole) > 1)
    return np.asarray(np.where(np.isnan(cost), UNKNOWN_TEMPO, cost), np.float32)


def _places(pool: Pool, goal: Goal, place: float) -> Costs:
    """Return what each track costs at a place from 0 to 1, shape=(n,)."""
    off = np.abs(pool.energy - goal.energy_at(place))
    cost = np.where(np.isnan(off), UNKNOWN_ENERGY, ENERGY * off)
    if (bpm := goal.bpm_at(place)) is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            cost = cost + COURSE / NEAR_STEP * _tempo_cost(np.log2(pool.bpms / bpm))
    return np.asarray(cost + RELEVANCE * (1 - pool.relevance), np.float32)


# ---- the search ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Path:
    """A beginning: its tracks, what they cost and how long they are."""

    order: tuple[int, ...]
    cost: float
    seconds: float


def best_order(
    pool: Pool, goal: Goal, wanted: float, first: int | None, last: int | None
) -> tuple[tuple[int, ...], list[str]]:
    """Return the cheapest order of about the wanted length, and what there is to say of it."""
    reserved = float(pool.lengths[last]) if last is not None else 0.0
    beam = _beginnings(pool, goal, first, last)
    ended: list[_Path] = []
    longest = beam[0]
    while beam:
        ended += [_ended(pool, goal, path, wanted, last) for path in beam]
        longest = max([longest, *beam], key=lambda path: path.seconds)
        beam = _grown(pool, goal, beam, wanted, reserved, last)
    fitting = [p for p in ended if _fits(p.seconds, wanted)]
    if not fitting:
        ended.sort(
            key=lambda p: (round(abs(p.seconds - wanted), 1), p.cost / len(p.order), p.order)
        )
        fixed = (first is not None, last is not None)
        mended = (_mended(pool, goal, p, wanted, fixed) for p in ended[:BEAM])
        fitting = [p for p in mended if p is not None]
    if fitting:

        def cost(path: _Path) -> float:
            return path.cost / len(path.order) + LENGTH * abs(path.seconds / wanted - 1)

        return min(fitting, key=lambda path: (cost(path), path.order)).order, []
    nearest = ended[0]
    return nearest.order, [_off(nearest.seconds, wanted, float(pool.lengths.sum()))]


def _beginnings(pool: Pool, goal: Goal, first: int | None, last: int | None) -> list[_Path]:
    costs = _places(pool, goal, 0.0)
    if first is not None:
        return [_Path((first,), float(costs[first]), float(pool.lengths[first]))]
    order = [int(i) for i in np.argsort(costs, kind="stable") if i != last or len(costs) == 1]
    return [_Path((i,), float(costs[i]), float(pool.lengths[i])) for i in order[: 2 * BEAM]]


def _grown(
    pool: Pool, goal: Goal, beam: Sequence[_Path], wanted: float, reserved: float, last: int | None
) -> list[_Path]:
    """Return the cheapest beginnings that are one track longer and not too long."""
    children: list[_Path] = []
    for path in beam:
        here = path.order[-1]
        place = min(1.0, (path.seconds + float(pool.lengths.mean()) / 2) / wanted)
        costs = pool.steps[here] + _places(pool, goal, place)
        costs[list(path.order)] = np.inf
        if last is not None:
            costs[last] = np.inf
        total = path.seconds + pool.lengths + reserved
        costs[total > wanted * (1 + TOLERANCE)] = np.inf
        best = np.argsort(costs, kind="stable")[:CHILDREN]
        children += [
            _Path(
                (*path.order, int(i)),
                path.cost + float(costs[i]),
                path.seconds + float(pool.lengths[i]),
            )
            for i in best
            if np.isfinite(costs[i])
        ]
    children.sort(key=lambda path: (path.cost / len(path.order), path.order))
    return _varied(children)


def _varied(paths: Sequence[_Path]) -> list[_Path]:
    """Return the first of the paths that differ in more than their order."""
    seen: set[tuple[frozenset[int], int]] = set()
    kept: list[_Path] = []
    for path in paths:
        mark = (frozenset(path.order), path.order[-1])
        if mark not in seen:
            seen.add(mark)
            kept.append(path)
        if len(kept) == BEAM:
            break
    return kept


def _ended(pool: Pool, goal: Goal, path: _Path, wanted: float, last: int | None) -> _Path:
    """Return a beginning as a whole playlist: with its last track, and judged by its end."""
    if last is not None and path.order[-1] != last:
        cost = path.cost + float(pool.steps[path.order[-1]][last])
        return _Path((*path.order, last), cost, path.seconds + float(pool.lengths[last]))
    if goal.bpm[1] is None:
        return path
    off = float(_places(pool, goal, 1.0)[path.order[-1]])
    return _Path(path.order, path.cost + off, path.seconds)


def _mended(
    pool: Pool, goal: Goal, path: _Path, wanted: float, fixed: tuple[bool, bool]
) -> _Path | None:
    """Return an order with one track exchanged or put in, so that the length fits; None if none does."""
    found: list[_Path] = []
    first, last = int(fixed[0]), len(path.order) - int(fixed[1])
    for k in range(first, last + 1):
        for gone in (0, 1) if k < last else (0,):
            before, after = path.order[:k], path.order[k + gone :]
            seconds = float(pool.lengths[[*before, *after]].sum()) + pool.lengths
            possible = np.abs(seconds / wanted - 1) <= TOLERANCE
            possible[[*before, *after]] = False
            if not possible.any():
                continue
            costs = _places(pool, goal, min(1.0, k / max(1, len(path.order) - 1)))
            costs = costs + (pool.steps[before[-1]] if before else 0.0)
            costs = costs + (pool.steps[:, after[0]] if after else 0.0)
            best = int(np.argmin(np.where(possible, costs, np.inf)))
            order = (*before, best, *after)
            found.append(_Path(order, path.cost + float(costs[best]), float(seconds[best])))
    return min(found, key=lambda p: (p.cost / len(p.order), p.order), default=None)


def _fits(seconds: float, wanted: float) -> bool:
    return abs(seconds / wanted - 1) <= TOLERANCE


def _off(seconds: float, wanted: float, all_seconds: float) -> str:
    told = f"It is {seconds / 60:.0f} minutes long instead of {wanted / 60:.0f}: "
    if all_seconds < wanted * (1 - TOLERANCE):
        return f"{told}all tracks that fit are {all_seconds / 60:.0f} minutes together."
    return f"{told}none of the orders that were tried comes nearer."


# ---- columns ------------------------------------------------------------------------------------


def number(row: Row, name: str) -> float | None:
    """Return a fact that is a number, None where it is not known."""
    value = row.facts.get(name)
    return float(value) if isinstance(value, int | float) and value == value else None


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _artist(row: Row) -> str:
    return str(row.facts.get("artist", "")).casefold().strip()


def _wheel(row: Row) -> int:
    """Return the place on the wheel: twice the number, one more on the outer ring; -24 if unknown."""
    if "tonic" not in row.facts:
        return -24
    code = camelot(str(row.facts["tonic"]), str(row.facts.get("mode", "major")))
    return 2 * (int(code[:-1]) - 1) + (code[-1] == "B")


def _ranks(values: Costs) -> Costs:
    """Return each value's rank from 0 to 1 among those known; equal values have one rank."""
    known = np.sort(values[~np.isnan(values)])
    if len(known) < 2:
        return np.where(np.isnan(values), np.nan, np.float32(0.5))
    low = np.searchsorted(known, values, "left")
    high = np.searchsorted(known, values, "right") - 1
    ranks = (low + high) / 2 / (len(known) - 1)
    return np.asarray(np.where(np.isnan(values), np.nan, ranks), np.float32)
