"""Searching a library: words, sound, measured facts and typed filters, fused.

`search` reads free text for facts that become soft wishes; `Filters` are hard. Where nothing passes,
one filter at a time is let go, and the answer says which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.recall import Hit
from agent.search.filters import FilterError, Filters
from agent.search.letting_go import relaxing
from agent.search.ranking import NO_FILTERS, Cosines, Ranking, rank
from agent.search.table import Mask, Table
from tools.embedding import Vectors
from tools.errors import MusicToolError

__all__ = ["FilterError", "Filters", "Found", "Hit", "search"]

LIMIT_AT_MOST = 1000
LONGEST_TEXT = 2000
"""Characters of a text that are read."""


class Searchable(Protocol):
    """What can be searched; `agent.memory.TrackMemory` is."""

    def table(self, in_sections: bool = False) -> Table:
        """Return the rows of all tracks, or of all sections."""

    def query_vectors(self, text: str) -> Sequence[Vectors]:
        """Return what to compare with the rows' vectors: the meaning, then perhaps the sound."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    hits : best first
    relaxed : filters that were let go because nothing passed them, as words
    total : how many tracks or sections answer, the hits among them
    """

    hits: tuple[Hit, ...] = ()
    relaxed: tuple[str, ...] = ()
    total: int = 0


def search(
    memory: Searchable,
    text: str,
    filters: Filters = NO_FILTERS,
    limit: int = 10,
    in_sections: bool = False,
) -> Found:
    """Return the tracks that pass the filters and answer the text, best first.

    Parameters
    ----------
    text : what to look for, in words; may be empty where there are filters
    in_sections : look for sections, and return them with their spans

    Raises
    ------
    MusicToolError
        If nothing is asked for, or the memory can't be read.
    """
    text = text[:LONGEST_TEXT]
    if not text.strip() and not filters:
        raise MusicToolError("Say what to look for: some words, or a filter such as a key.")
    table = memory.table(in_sections)
    if not len(table):
        return Found()
    vectors = memory.query_vectors(text) if text.strip() else ()

    def ranked(chosen: Filters) -> Ranking:
        def likeness(mask: Mask) -> Cosines:
            return Cosines(*(table.cosines(vector, mask) for vector in vectors))

        return rank(table, text, likeness, max(1, min(limit, LIMIT_AT_MOST)), chosen)

    ranking, gone = relaxing(filters, ranked, lambda ranking: ranking.total > 0)
    return Found(ranking.hits(), gone, ranking.total)
