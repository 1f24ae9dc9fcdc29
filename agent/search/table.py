"""All rows of a library as one table over its segments. Read only; a change makes another table.

Columns and scores are arrays over all slots, the dead ones included: whoever searches starts from
`Table.alive`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from agent.recall import Row
from agent.search.segment import Array, Segment
from agent.search.terms import code
from tools.embedding import Vectors

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

GATHERED = 0.25
"""Share of a segment below which its wanted vectors are gathered before they are multiplied."""

GROWTH = 4
"""A segment is merged with the one before it unless that one has so many times its rows."""


class Table:
    """The rows that a search runs over.

    Parameters
    ----------
    segments : the oldest and largest first
    dead : which slots of each hold no row any more
    """

    def __init__(self, segments: Sequence[Segment] = (), dead: Sequence[Mask] = ()) -> None:
        self.segments = tuple(segments)
        self._living = tuple(~d for d in dead) or tuple(np.ones(len(s), bool) for s in segments)
        self._firsts = np.cumsum([0, *map(len, self.segments)])
        self._columns: dict[str, Array] = {}

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Table":
        """Make a table of rows that have no vectors."""
        return cls([Segment.of(rows, {}, np.zeros((len(rows), 0), np.float32))]) if rows else cls()

    def __len__(self) -> int:
        return len(self.slots)

    @cached_property
    def alive(self) -> Mask:
        """Which slots hold a row."""
        return np.concatenate([np.zeros(0, bool), *self._living])

    @property
    def dead(self) -> tuple[Mask, ...]:
        """Which slots of each segment hold no row any more."""
        return tuple(~living for living in self._living)

    @cached_property
    def slots(self) -> dict[str, int]:
        """Slots of the rows by id."""
        return {i: first + n for first, segment, n, i in self._each()}

    @cached_property
    def stamps(self) -> dict[str, str]:
        """Stamps of the rows by id."""
        return {i: segment.stamps[n] for _, segment, n, i in self._each()}

    @cached_property
    def title_ranks(self) -> Array:
        """Place of each slot by title, then by id."""
        order = np.lexsort((self.column("ids"), self.column("titles")))
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(len(order))
        return ranks

    def column(self, name: str) -> Array:
        """Return one column over all slots."""
        if name not in self._columns:
            parts = [segment.arrays[name] for segment in self.segments]
            self._columns[name] = np.concatenate(parts) if parts else np.zeros(0)
        return self._columns[name]

    def holders(self, kind: str, text: str) -> tuple[Array, Array]:
        """Return the slots of rows that have a term, dead ones too, and its weight in each."""
        term = code(kind, text)
        found = [segment.holders(term) for segment in self.segments]
        slots = [first + rows for first, (rows, _) in zip(self._firsts, found, strict=False)]
        return (
            np.concatenate([np.zeros(0, np.int64), *slots]),
            np.concatenate([np.zeros(0, np.float64), *(weights for _, weights in found)]),
        )

    def having(self, kind: str, text: str) -> Mask:
        """Return which slots have a term."""
        mask = np.zeros(len(self.alive), bool)
        mask[self.holders(kind, text)[0]] = True
        return mask

    def cosines(self, vector: Vectors, wanted: Mask) -> Numbers:
        """Return the dot products of the wanted rows with a vector; 0 for the others.

        Exact: to multiply 100 000 rows takes less than to look into a graph and then to filter.

        Parameters
        ----------
        vector : shape=(d,); only the stretch that is not zero is multiplied
        """
        found = np.zeros(len(self.alive))
        used = np.flatnonzero(vector)
        if not len(used):
            return found
        part = slice(int(used[0]), int(used[-1]) + 1)
        for first, segment in zip(self._firsts, self.segments, strict=False):
            here = wanted[first : first + len(segment)]
            if segment.vectors.shape[1] != len(vector) or not here.any():
                continue
            if here.mean() < GATHERED:
                places = np.flatnonzero(here)
                found[first + places] = segment.vectors[places, part] @ vector[part]
            else:
                dots = segment.vectors[:, part] @ vector[part]
                found[first : first + len(segment)] = np.where(here, dots, 0.0)
        return found

    def nearest(self, vector: Vectors, count: int) -> dict[str, float]:
        """Return the dot products of the nearest rows with a vector, by id, the nearest first."""
        dots = self.cosines(vector, self.alive)
        slots = np.flatnonzero(self.alive & (dots != 0))
        best = slots[np.argsort(-dots[slots], kind="stable")[:count]]
        return {self.id(slot): float(dots[slot]) for slot in best.tolist()}

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """The rows by id, each read when it is asked for."""
        return TableRows(self)

    def id(self, slot: int) -> str:
        """Return the id of the row in a slot."""
        return str(self.column("ids")[slot].decode())

    def row(self, slot: int) -> Row:
        """Return the row in a slot."""
        number = int(np.searchsorted(self._firsts, slot, side="right")) - 1
        return self.segments[number].row(int(slot - self._firsts[number]))

    def vector(self, slot: int) -> Vectors:
        """Return the vector in a slot, shape=(d,)."""
        number = int(np.searchsorted(self._firsts, slot, side="right")) - 1
        vectors = self.segments[number].vectors
        return np.asarray(vectors[slot - self._firsts[number]])

    def changed(
        self,
        rows: Sequence[Row],
        vectors: Vectors,
        stamps: Mapping[str, str] = MappingProxyType({}),
        dropped: Sequence[str] = (),
    ) -> "Table":
        """Return a table with some rows put in, over those of the same ids, and some taken out.

        Parameters
        ----------
        vectors : of the rows put in, shape=(n, d)
        """
        gone = [self.slots[i] for i in {*dropped, *(row.id for row in rows)} if i in self.slots]
        alive = self.alive.copy()
        alive[gone] = False
        living = np.split(alive, self._firsts[1:-1]) if self.segments else []
        segments = list(self.segments)
        if rows:
            segments.append(Segment.of(rows, stamps, vectors))
            living.append(np.ones(len(rows), bool))
        return Table(*_merged(segments, living))

    def _each(self) -> Iterator[tuple[int, Segment, int, str]]:
        for first, segment, living in zip(
            self._firsts.tolist(), self.segments, self._living, strict=False
        ):
            ids = segment.ids
            for n in np.flatnonzero(living).tolist():
                yield first, segment, n, ids[n]


class TableRows(Mapping[str, Row]):
    """The rows of a table by id."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getitem__(self, track_id: str) -> Row:
        return self._table.row(self._table.slots[track_id])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.slots)

    def __len__(self) -> int:
        return len(self._table)


def _merged(segments: list[Segment], living: list[Mask]) -> tuple[list[Segment], list[Mask]]:
    """Merge until each segment is several times as large as the next, and drop empty ones."""
    kept = [(s, a) for s, a in zip(segments, living, strict=True) if a.any()]
    while kept:
        sizes = [int(a.sum()) for _, a in kept]
        small = [n for n in range(1, len(kept)) if sizes[n - 1] < GROWTH * sum(sizes[n:])]
        first = small[0] - 1 if small else len(kept)
        wasted = [n for n, (s, _) in enumerate(kept) if 2 * sizes[n] < len(s)]
        first = min([first, *wasted])
        if first == len(kept):
            break
        merged = Segment.merged([s for s, _ in kept[first:]], [a for _, a in kept[first:]])
        kept[first:] = [(merged, np.ones(len(merged), bool))]
    return [s for s, _ in kept], [~a for _, a in kept]
