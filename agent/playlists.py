"""Playlists: which tracks, in which order, and why each follows the one before it. Pure.

The order is that of `agent.playlist_search`; here is what is told of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from agent.playlist_goal import Goal, PlaylistError, check_minutes
from agent.playlist_search import Pool, best_order, number, pool_of
from agent.recall import Row
from agent.track_relations import (
    TEMPO_STEP,
    TempoRelation,
    camelot_distance,
    tempo_relation,
)
from tools.theory import camelot

HARDLY = 0.005
"""A tempo step that is none."""


@dataclass(frozen=True)
class Item:
    """One track of a playlist.

    Parameters
    ----------
    why : why it is at its place
    key_steps, tempo_step : from the track before: steps on the wheel, share of the slower tempo;
        None at the start, or where one is not known
    """

    id: str
    title: str
    artist: str
    duration: float
    bpm: float | None
    key: str | None
    camelot: str | None
    energy: float | None
    why: tuple[str, ...]
    key_steps: int | None = None
    tempo_step: float | None = None


@dataclass(frozen=True)
class Playlist:
    """Tracks in order.

    Parameters
    ----------
    total, wanted : seconds
    notes : what could not be had, in sentences
    """

    goal: Goal
    items: tuple[Item, ...]
    wanted: float
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Seconds of all tracks."""
        return round(sum(item.duration for item in self.items), 2)

    @property
    def harmonic(self) -> float | None:
        """Share of the transitions between neighbours on the wheel, of those with known keys."""
        steps = [i.key_steps for i in self.items if i.key_steps is not None]
        return round(sum(s <= 1 for s in steps) / len(steps), 3) if steps else None

    @property
    def largest_step(self) -> float | None:
        """The largest tempo step, as a share."""
        return max((i.tempo_step for i in self.items if i.tempo_step is not None), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "goal": self.goal.text,
            "search": self.goal.search,
            "curve": self.goal.curve,
            "bpm": list(self.goal.bpm),
            "minutes": round(self.total / 60, 2),
            "wanted_minutes": round(self.wanted / 60, 2),
            "harmonic": self.harmonic,
            "largest_step": self.largest_step,
            "notes": list(self.notes),
            "tracks": [asdict(i) | {"why": list(i.why)} for i in self.items],
        }


def playlist(
    rows: Sequence[Row],
    goal: Goal,
    minutes: float,
    start: str | None = None,
    end: str | None = None,
    relevance: Mapping[str, float] = MappingProxyType({}),
) -> Playlist:
    """Return the playlist that fits a goal best.

    Parameters
    ----------
    rows : candidates; those of which no length is known are left out
    start, end : ids of the tracks that come first and last
    relevance : 0 to 1, by track id: how well each fits what was searched for

    Raises
    ------
    PlaylistError
        If there is nothing to choose from, or a wanted track is not among the rows.
    """
    wanted = 60 * check_minutes(minutes)
    pool = pool_of(rows, relevance, (start, end))
    if not len(pool.rows):
        raise PlaylistError("There is no track to make a playlist of.")
    places = [pool.place(track) for track in (start, end)]
    if places[0] is not None and places[0] == places[1]:
        raise PlaylistError("A playlist can't start and end with the same track.")
    order, notes = best_order(pool, goal, wanted, *places)
    items = tuple(_item(pool, goal, order, k, places, relevance) for k in range(len(order)))
    return Playlist(goal, items, wanted, (*notes, *_remarks(items, goal)))


# ---- what is told -------------------------------------------------------------------------------


def _item(
    pool: Pool,
    goal: Goal,
    order: Sequence[int],
    k: int,
    fixed: Sequence[int | None],
    relevance: Mapping[str, float],
) -> Item:
    row = pool.rows[order[k]]
    facts = row.facts
    key = f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else None
    code = camelot(str(facts["tonic"]), str(facts["mode"])) if key else None
    bpm, energy = number(row, "bpm"), number(row, "energy")
    why: list[str] = []
    key_steps = tempo_step = None
    if k:
        before = pool.rows[order[k - 1]]
        key_steps, tempo_step = _step(before, row, why)
    elif order[k] == fixed[0]:
        why.append("the track to start with")
    if k == len(order) - 1 and order[k] == fixed[1]:
        why.append("the track to end with")
    if relevance.get(row.id):
        why.append(f'fits "{goal.search}"')
    return Item(
        row.id,
        str(facts.get("title", "")),
        str(facts.get("artist", "")),
        round(number(row, "duration") or 0.0, 2),
        None if bpm is None else round(bpm, 1),
        key,
        code,
        None if energy is None else round(energy, 3),
        tuple(why),
        key_steps,
        tempo_step,
    )


def _step(before: Row, row: Row, why: list[str]) -> tuple[int | None, float | None]:
    """Return the steps of key and tempo, and say in `why` what they are."""
    key_steps = tempo_step = None
    if "tonic" in before.facts and "tonic" in row.facts:
        codes = [camelot(str(r.facts["tonic"]), str(r.facts["mode"])) for r in (before, row)]
        key_steps = camelot_distance(*codes)
        near = {0: "the same key", 1: "a key next to it"}.get(key_steps, "a key change")
        why.append(f"{near} ({codes[1]})")
    first, second = number(before, "bpm"), number(row, "bpm")
    if first and second:
        relation = tempo_relation(first, second)
        tempo_step = relation.step
        why.append(_tempo_words(relation))
    return key_steps, tempo_step


def _tempo_words(relation: TempoRelation) -> str:
    if relation.octaves:
        return f"tempo {'twice' if relation.octaves > 0 else 'half'} as fast"
    if relation.step < HARDLY:
        return "the same tempo"
    return f"tempo {100 * relation.step:.1f} % {'up' if relation.ratio > 1 else 'down'}"


def _remarks(items: Sequence[Item], goal: Goal) -> list[str]:
    """Return what a listener would notice and could not be helped."""
    found = []
    far = [i for i in items if i.tempo_step is not None and i.tempo_step > TEMPO_STEP]
    if far:
        worst = max(i.tempo_step or 0 for i in far)
        some = "One tempo step is" if len(far) == 1 else f"{len(far)} tempo steps are"
        found.append(f"{some} larger than 6 %, the largest {100 * worst:.1f} %.")
    twice = sum(a.artist == b.artist != "" for a, b in pairwise(items))
    if twice:
        found.append(f"An artist comes twice in a row {twice} times: too few others fit.")
    if goal.curve != "even" and items and all(i.energy is None for i in items):
        found.append("No energy is known of these tracks, so the order follows key and tempo only.")
    return found
