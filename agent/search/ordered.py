"""The loudest, the fastest, the newest: tracks of a library in the order of one measured fact."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from agent.recall import Hit
from agent.search import LIMIT_AT_MOST, Found, Searchable, search
from agent.search.demands import Demand, tempo, within
from agent.search.filters import Filters
from agent.search.letting_go import relaxing
from agent.search.ranking import NO_FILTERS, passing
from agent.search.table import Mask, Table

Order = Literal[
    "title",
    "loudest",
    "quietest",
    "fastest",
    "slowest",
    "longest",
    "shortest",
    "newest",
    "oldest",
]
COLUMNS: Mapping[str, tuple[str, int]] = {
    "loudest": ("lufs", -1),
    "quietest": ("lufs", 1),
    "fastest": ("bpm", -1),
    "slowest": ("bpm", 1),
    "longest": ("duration", -1),
    "shortest": ("duration", 1),
    "newest": ("year", -1),
    "oldest": ("year", 1),
}
"""Order -> the column that it goes by, and the sign of what comes first. By title there is none."""


def ordered(
    memory: Searchable,
    order: Order,
    text: str = "",
    filters: Filters = NO_FILTERS,
    limit: int = 10,
) -> Found:
    """Return the tracks that answer the text and pass the filters, in an order.

    A track of which the fact is not known is left out. Filters that nothing passes are let go as in
    `agent.search.search`, but for the last one: everything there is answers nothing.
    """
    table = memory.table()
    if not len(table):
        return Found()
    if text.strip():
        found = search(memory, text, filters, LIMIT_AT_MOST)
        mask, gone = _mask_of(table, found.hits), found.relaxed
        why = {hit.id: hit.why for hit in found.hits}
    else:
        (mask, demands), gone = relaxing(
            filters, lambda tried: _passing(table, tried, bool(filters)), lambda x: bool(x[0].any())
        )
        why = {}
    asked = _asked(table, order)
    if asked is not None:
        mask = mask & (asked.scores > 0)
    slots = _sorted(table, order, mask)
    chosen = slots[:limit]
    told = [*(demands if not text.strip() else ()), *([asked] if asked is not None else [])]
    hits = tuple(_hit(table, slot, told, why) for slot in chosen)
    return Found(hits, gone, len(slots))


def _passing(table: Table, filters: Filters, asked: bool) -> tuple[Mask, list[Demand]]:
    if asked and not filters:
        return np.zeros(len(table.alive), bool), []
    return passing(table, filters)


def _asked(table: Table, order: Order) -> Demand | None:
    """Return the fact that the order goes by, as something that is asked for."""
    if order not in COLUMNS:
        return None
    name = COLUMNS[order][0]
    return tempo(table, 0.0, np.inf) if name == "bpm" else within(table, name, None, None)


def _mask_of(table: Table, hits: Sequence[Hit]) -> Mask:
    mask = np.zeros(len(table.alive), bool)
    mask[[table.slots[hit.id] for hit in hits]] = True
    return mask


def _sorted(table: Table, order: Order, mask: Mask) -> list[int]:
    slots = np.flatnonzero(mask)
    ranks = table.title_ranks[slots]
    if order not in COLUMNS:
        return [int(slot) for slot in slots[np.argsort(ranks, kind="stable")]]
    name, sign = COLUMNS[order]
    return [int(slot) for slot in slots[np.lexsort((ranks, sign * table.column(name)[slots]))]]


def _hit(
    table: Table, slot: int, told: Sequence[Demand], why: Mapping[str, tuple[str, ...]]
) -> Hit:
    row = table.row(slot)
    said = [demand.say(row.facts, demand.scores[slot]) for demand in told]
    reasons = dict.fromkeys((*said, *why.get(row.id, ())))
    return Hit(row.id, str(row.facts.get("title", "")), 1.0, tuple(reasons))
