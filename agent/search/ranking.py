"""Which rows answer a search, best first: the lists of `agent.recall`, over a whole table at once.

A query such as "slow piano in F minor around 70 bpm" is read for facts (`Wish`); what is left of it
is looked up as words and held against the sound, and the whole of it against the meaning of what is
written (cosines computed elsewhere). The lists are fused by a weighted sum of their scores, each as a
share of its best, the words as a share of the text (Bruch, Gai & Ingber, An analysis of fusion
functions for hybrid retrieval, 2023). How far what is written is trusted against the sound follows
from the most of the text that any row holds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from agent.recall import (
    ABSOLUTE,
    FULL,
    LEAST_TRUST,
    MEANING_FLOOR,
    SOUND_FLOOR,
    WEIGHTS,
    Hit,
    Row,
)
from agent.search.demands import Demand, by, excluded, of_filters, of_wish, traits_of_wish
from agent.search.filters import Filters
from agent.search.table import Mask, Numbers, Table
from agent.search.terms import NAME, TAG, WORD
from agent.wish import Wish, read_wish, tokens

NO_FILTERS = Filters()

DECIMALS = 6
"""Of scores: what is nearer than that is even, and the title decides."""

WRITTEN = ("words", "meaning")
"""Lists that rest on what is written of a track."""

LONGEST_NAME = 12
"""Words of a title or a name that are looked for in a query, at most."""


@dataclass(frozen=True)
class Cosines:
    """How like the query each slot is, by what is written of it and by its sound.

    Parameters
    ----------
    meaning, sound : one a slot, 0 where nothing is known; None where nothing was asked
    """

    meaning: Numbers | None = None
    sound: Numbers | None = None


@dataclass(frozen=True)
class Ranking:
    """The rows that answer a search.

    Parameters
    ----------
    slots : best first
    scores : one a slot, 0 to 1
    """

    table: Table
    wish: Wish
    demands: Sequence[Demand]
    lists: Mapping[str, Numbers]
    slots: Sequence[int]
    scores: Numbers
    total: int

    def hits(self) -> tuple[Hit, ...]:
        """Return the hits, each with its reasons."""
        return tuple(self._hit(slot) for slot in self.slots)

    def _hit(self, slot: int) -> Hit:
        row = self.table.row(slot)
        start, end = row.facts.get("start"), row.facts.get("end")
        inside = isinstance(start, int | float) and isinstance(end, int | float)
        return Hit(
            str(row.facts.get("track", row.id)),
            str(row.facts.get("title", "")),
            round(float(self.scores[slot]), 4),
            self._why(row, slot),
            (float(str(start)), float(str(end))) if inside else None,
            str(row.facts.get("label", "")),
        )

    def _why(self, row: Row, slot: int) -> tuple[str, ...]:
        said = [d.say(row.facts, d.scores[slot]) for d in self.demands if d.scores[slot] > 0]
        reasons = list(dict.fromkeys(said))
        if self.lists["title"][slot] > 0:
            reasons.append("title or artist")
        reasons += [f"your note: {note}" for note in _noted(row, self.wish)]
        if found := [said for term, said in self.wish.terms.items() if term in row.weighted_tokens]:
            reasons.append(f"words: {', '.join(found)}")
        for name in ("sound", "meaning"):
            if self.lists[name][slot] > 0:
                reasons.append(f"{name} {self.lists[name][slot]:.2f}")
        return tuple(reasons)


def passing(table: Table, filters: Filters) -> tuple[Mask, list[Demand]]:
    """Return which slots have a row that passes all filters, and what the filters ask for."""
    mask = table.alive & ~excluded(table, filters.tags_not) & ~by(table, filters.artist_not)
    demands = list(of_filters(filters, table))
    for demand in demands:
        mask &= demand.scores > 0
    return mask, demands


def _noted(row: Row, wish: Wish) -> list[str]:
    """Return what the person said of a track that has words of the query in it."""
    notes = row.facts.get("notes")
    said = [str(note) for note in notes] if isinstance(notes, list) else []
    return [note for note in said if not wish.terms.keys().isdisjoint(tokens(note))]


def rank(
    table: Table,
    query: str,
    likeness: Callable[[Mask], Cosines],
    limit: int,
    filters: Filters = NO_FILTERS,
) -> Ranking:
    """Return the rows that pass the filters and answer the query, best first.

    A row that contradicts every measurable thing that the text asks for, or has what it asks to be
    absent, is left out; so is one that nothing in it speaks for. That a voice was asked for and none
    was found does not count against a row whose sound is like the rest of the query. A title may hold
    what reads like a fact: "Minor Swing" in a major key is still that track.
    """
    wish = read_wish(query)
    mask, demands = passing(table, filters)
    for word in wish.unwanted:
        mask &= ~table.having(TAG, word)
    cosines = likeness(mask)
    sound = _from(SOUND_FLOOR, cosines.sound, mask)
    facts, traits = of_wish(wish, table), traits_of_wish(wish, table)
    named = _named(table, tokens(query)) * mask
    doubtful = (sound > 0) if wish.voice == "vocal" else np.zeros(len(mask), bool)
    mask &= (named > 0) | ~_refuted(facts, traits, doubtful)
    lists = {
        "facts": _held([*facts, *demands], wish.asked + len(demands), mask),
        "traits": _held(traits, wish.asked_traits, mask),
        "title": named,
        "words": _word_shares(table, wish, mask),
        "meaning": _from(MEANING_FLOOR, cosines.meaning, mask),
        "sound": sound * mask,
    }
    if not filters or demands or not _blank(wish):
        mask &= np.any([scores > 0 for scores in lists.values()], axis=0)
    fused = np.where(mask, _fused(lists), 0.0)
    slots, total = _best(table, mask, fused, limit)
    return Ranking(table, wish, [*demands, *facts, *traits], lists, slots, fused, total)


def rank_rows(
    query: str,
    rows: Sequence[Row],
    meaning: Mapping[str, float] = MappingProxyType({}),
    sound: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Hit, ...]:
    """Return those of a few rows that answer a query, best first.

    Parameters
    ----------
    meaning : cosine of the query and what is written of a track, by track id, where known
    sound : cosine of the query and the sound itself, by track id, where known
    """
    table = Table.of(rows)
    known = (np.array([by.get(row.id, 0.0) for row in rows]) for by in (meaning, sound))
    cosines = Cosines(*known)
    return rank(table, query, lambda mask: cosines, len(rows)).hits()


def _blank(wish: Wish) -> bool:
    """Return whether a text asks for nothing: "some songs"."""
    return not (wish.terms or wish.asked or wish.asked_traits or wish.sound)


def _refuted(facts: Sequence[Demand], traits: Sequence[Demand], doubtful: Mask) -> Mask:
    against, held = np.zeros(len(doubtful), bool), np.zeros(len(doubtful), bool)
    for demands, counted in ((facts, True), (traits, ~doubtful)):
        for demand in demands:
            against |= (demand.scores < 0) & counted
            held |= (demand.scores > 0) & counted
    return against & ~held


def _held(demands: Sequence[Demand], asked: int, mask: Mask) -> Numbers:
    """Return how much of what was asked for holds, from 0 to 1."""
    held = np.zeros(len(mask))
    for demand in demands:
        held += np.maximum(demand.scores, 0.0)
    return held * mask / (asked or 1)


def _named(table: Table, asked: list[str]) -> Numbers:
    """Return the share of the query that the title or the artist is, where it is in it whole."""
    found = np.zeros(len(table.alive))
    for length in range(1, min(len(asked), LONGEST_NAME) + 1):
        spans = {" ".join(asked[i : i + length]) for i in range(len(asked) - length + 1)}
        for span in spans:
            found[table.holders(NAME, span)[0]] = length / len(asked)  # the longer ones come last
    return found


def _word_shares(table: Table, wish: Wish, mask: Mask) -> Numbers:
    """Return how much of the text stands in each row, from 0 to 1, a word counting by its rarity.

    In a tag it counts twice, in a title three times, so that of two rows that hold as much the one
    comes first that is about it; a word that no row holds is as rare as can be.
    """
    scores, full = np.zeros(len(mask)), 0.0
    for term in wish.terms:
        slots, weights = table.holders(WORD, term)
        slots, weights = slots[mask[slots]], weights[mask[slots]]
        rarity = np.log(1 + mask.sum() / max(1, len(slots)))
        scores[slots] += rarity * weights
        full += rarity
    return scores / max(full, float(scores.max(initial=0.0))) if full else scores


def _from(least: float, cosines: Numbers | None, mask: Mask) -> Numbers:
    """Return the likenesses that are more than chance."""
    if cosines is None:
        return np.zeros(len(mask))
    return np.where(mask & (cosines >= least), cosines, 0.0)


def _fused(lists: Mapping[str, Numbers]) -> Numbers:
    """Return the weighted sum of each slot's shares of each list's best, from 0 to 1."""
    fused = np.zeros(len(lists["facts"]))
    trust = dict.fromkeys(WRITTEN, _trust(lists))
    for name, scores in lists.items():
        most = max(FULL.get(name, 0.0), float(scores.max(initial=0.0)))
        best = 1.0 if name in ABSOLUTE else most
        if best > 0:
            fused += WEIGHTS[name] * trust.get(name, 1.0) * scores / best
    return np.round(fused / sum(WEIGHTS.values()), DECIMALS)


def _trust(lists: Mapping[str, Numbers]) -> float:
    """Return how far to trust what is written of the rows against their sound, from 0 to 1.

    All where the text stands whole in a row, half where half of it does, next to nothing where a
    stray word does: with c the share of the text that the best row holds, c² / (c² + (1 - c)²).
    """
    if not lists["sound"].any():
        return 1.0
    held = float(lists["words"].max(initial=0.0))
    return max(LEAST_TRUST, held**2 / (held**2 + (1 - held) ** 2))


def _best(table: Table, mask: Mask, fused: Numbers, limit: int) -> tuple[list[int], int]:
    """Return the first slots by score, title and id, and how many there are in all."""
    slots = np.flatnonzero(mask & ((fused > 0) if fused.any() else mask))
    total = len(slots)
    if total > limit:
        least = np.partition(fused[slots], total - limit)[total - limit]
        sure = slots[fused[slots] > least]
        even = slots[fused[slots] == least]
        even = even[np.argsort(table.title_ranks[even], kind="stable")][: limit - len(sure)]
        slots = np.concatenate([sure, even])
    order = np.lexsort((table.title_ranks[slots], -fused[slots]))
    return slots[order].tolist(), total
