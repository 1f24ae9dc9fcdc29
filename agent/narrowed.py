"""A memory of which only the tracks that pass some filters are seen, so that any search runs on them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from agent.memory import NEAREST, TrackMemory
from agent.recall import Row
from agent.record import TrackRecord
from agent.search.filters import Filters
from agent.search.ranking import passing
from agent.search.table import Table
from tools.embedding import Vectors
from tools.joint import Vector

if TYPE_CHECKING:
    from tools.joint import JointSpace


class NarrowedMemory(TrackMemory):
    """What a memory holds that passes filters; to be read only.

    Parameters
    ----------
    at_first : a tempo must lie within the bounds as it was read first: half or double won't do
    """

    def __init__(self, whole: TrackMemory, filters: Filters, at_first: bool = False) -> None:
        self._whole = whole
        table = whole.table()
        mask, _ = passing(table, filters)
        low, high = filters.range("bpm")
        if at_first and (low, high) != (None, None):
            bpm = table.column("bpm")
            mask &= (bpm >= (low or 0.0)) & (bpm <= (np.inf if high is None else high))
        sizes = np.cumsum([len(segment) for segment in table.segments])[:-1]
        self._narrow = Table(table.segments, [~m for m in np.split(mask, sizes)])

    @property
    def sound(self) -> "JointSpace | None":
        """Where sounds and texts meet, as in the whole."""
        return self._whole.sound

    def get(self, track_id: str) -> TrackRecord | None:
        """Return what is known of a track."""
        return self._whole.get(track_id)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the tracks that pass, sorted."""
        return tuple(sorted(self._narrow.slots))

    def rows(self) -> Mapping[str, Row]:
        """Return the rows of the tracks that pass."""
        return self._narrow.rows

    def table(self, in_sections: bool = False) -> Table:
        """Return the table of the tracks that pass."""
        return self._narrow

    def query_vectors(self, text: str) -> Sequence[Vectors]:
        """Return what to compare with the vectors of the rows."""
        return self._whole.query_vectors(text)

    def near_sound(self, vector: Vector, count: int = NEAREST) -> dict[str, float]:
        """Return the cosines of the tracks that pass and sound most like a vector, by id."""
        every = self._whole.near_sound(vector, len(self._whole.table()))
        passing = ((i, x) for i, x in every.items() if i in self._narrow.slots)
        return dict(pair for _, pair in zip(range(count), passing, strict=False))
