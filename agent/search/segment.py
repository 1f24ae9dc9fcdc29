"""A number of rows as columns: numbers, inverted lists of terms, vectors and the rows themselves.

A segment never changes. It is a dict of arrays, so it goes to the disk as one ``.npy`` file an array
and comes back without being read: pages are mapped when they are needed. Two segments become one by
array operations alone, as in Lucene (McCandless, Hatcher & Gospodnetić, Lucene in Action, 2010).
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.recall import Row
from agent.record import Fact, Facts
from agent.search.terms import terms_of
from tools.conventions import METERS
from tools.embedding import Vectors
from tools.theory import MODES, pitch_class

Array = NDArray[Any]

FLOATS = ("bpm", "duration", "lufs", "year", "energy")
COUNTS = {"moods_count": "moods", "genres_count": "genres"}
"""How many different labels a row lists, NaN where none: with the lists of terms, what two rows share."""
CODES = ("key", "other_key", "meter", "voice")
VOICES = ("instrumental", "vocal")
LONGEST_TITLE = 24
"""Characters by which titles are sorted."""

UNKNOWN = -1
OTHER = 100
"""Code of a value that is known and none of those that have one."""


class Segment:
    """Rows that are searched together.

    Parameters
    ----------
    arrays : ``ids``, ``stamps``, ``titles`` (bytes), a column for each of `FLOATS` and `COUNTS` (NaN where unknown) and of
        `CODES` (`UNKNOWN` where unknown), ``vectors`` (n, d), the rows as JSON in ``blob`` from
        ``starts[i]`` to ``starts[i + 1]``, and the lists: the rows of term ``terms[k]`` and their
        weights are ``rows`` and ``weights`` from ``firsts[k]`` to ``firsts[k + 1]``
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays
        self.vectors: Vectors = arrays["vectors"]

    def __len__(self) -> int:
        return len(self.arrays["ids"])

    @classmethod
    def of(cls, rows: Sequence[Row], stamps: Mapping[str, str], vectors: Vectors) -> "Segment":
        """Make a segment of rows.

        Parameters
        ----------
        vectors : shape=(n, d)
        """
        arrays: dict[str, Array] = {
            "ids": np.array([row.id for row in rows], dtype="S"),
            "stamps": np.array([stamps.get(row.id, "") for row in rows], dtype="S"),
            "vectors": np.ascontiguousarray(vectors, np.float32),
        }
        titles = [str(row.facts.get("title", ""))[:LONGEST_TITLE] for row in rows]
        arrays["titles"] = np.array([t.encode("utf-8", "replace") for t in titles], dtype="S")
        for name in FLOATS:
            arrays[name] = np.array([number(row.facts.get(name)) for row in rows], np.float64)
        arrays["other_bpm"] = np.array([_first(row.facts.get("other_bpms")) for row in rows])
        for name, listed in COUNTS.items():
            arrays[name] = np.array([_count(row.facts.get(listed)) for row in rows], np.float64)
        codes = np.array([_codes(row.facts) for row in rows], np.int8).reshape(-1, len(CODES))
        arrays |= {name: codes[:, i] for i, name in enumerate(CODES)}
        return cls(arrays | _blob(rows) | _lists(rows))

    @classmethod
    def merged(cls, segments: Sequence["Segment"], alive: Sequence[Array]) -> "Segment":
        """Make one segment of several, without the rows that are not alive."""
        plain = [n for n in segments[0].arrays if n not in _STRUCTURED]
        arrays = {
            name: np.concatenate(
                [s.arrays[name][a] for s, a in zip(segments, alive, strict=True)], axis=0
            )
            for name in plain
        }
        return cls(arrays | _merged_blob(segments, alive) | _merged_lists(segments, alive))

    @classmethod
    def load(cls, folder: Path) -> "Segment":
        """Open what `save` wrote.

        Raises
        ------
        OSError, ValueError
            If it is not whole.
        """
        arrays: dict[str, Array] = {}
        for name in _NAMES:
            file = folder / f"{name}.npy"
            arrays[name] = np.load(file, mmap_mode="r" if name in _LARGE else None)
        n = len(arrays["ids"])
        if any(len(arrays[name]) != n for name in _NAMES if name not in _STRUCTURED):
            raise ValueError("columns differ in length")
        return cls(arrays)

    def save(self, folder: Path) -> None:
        """Write the arrays to a folder.

        Raises
        ------
        OSError
            If the disk is full or the folder can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name in _NAMES:
            np.save(folder / f"{name}.npy", self.arrays[name], allow_pickle=False)

    @cached_property
    def ids(self) -> list[str]:
        """Ids of the rows."""
        return [i.decode() for i in self.arrays["ids"].tolist()]

    @cached_property
    def stamps(self) -> list[str]:
        """What tells of each row which state of its file it was made of."""
        return [stamp.decode() for stamp in self.arrays["stamps"].tolist()]

    def row(self, slot: int) -> Row:
        """Return one row as it was given."""
        first, last = self.arrays["starts"][slot : slot + 2]
        words, facts = json.loads(bytes(self.arrays["blob"][first:last]))
        return Row(self.ids[slot], words, facts)

    def holders(self, term: int) -> tuple[Array, Array]:
        """Return which rows have a term, and its weight in each."""
        terms = self.arrays["terms"]
        place = int(np.searchsorted(terms, np.uint64(term)))
        if place == len(terms) or int(terms[place]) != term:
            return np.zeros(0, np.int32), np.zeros(0, np.float16)
        first, last = self.arrays["firsts"][place : place + 2]
        return self.arrays["rows"][first:last], self.arrays["weights"][first:last]


_LISTS = ("terms", "firsts", "rows", "weights")
_STRUCTURED = ("blob", "starts", *_LISTS)
_LARGE = ("blob", "vectors", "rows", "weights", "terms", "firsts")
_NAMES = ("ids", "stamps", "titles", "vectors", *FLOATS, "other_bpm", *COUNTS, *CODES)
_NAMES += _STRUCTURED


def key_code(tonic: str, mode: str) -> int:
    """Return the number of a key: 0 to 11 for major, 12 to 23 for minor."""
    return pitch_class(tonic) + 12 * MODES.index(mode)


def number(fact: Fact | None) -> float:
    """Return a fact as a number, NaN where it is none."""
    return float(fact) if isinstance(fact, int | float) else np.nan


def _first(fact: Fact | None) -> float:
    return number(fact[0]) if isinstance(fact, list) and fact else np.nan


def _count(fact: Fact | None) -> float:
    return float(len(set(fact))) if isinstance(fact, list) and fact else np.nan


def _codes(facts: Facts) -> tuple[int, int, int, int]:
    others = facts.get("other_keys")
    key = f"{facts['tonic']} {facts.get('mode', '')}" if "tonic" in facts else ""
    return (
        _key(key),
        _key(str(others[0])) if key and isinstance(others, list) and others else UNKNOWN,
        _place(facts.get("meter"), METERS),
        _place(facts.get("voice"), VOICES),
    )


def _key(text: str) -> int:
    if not text:
        return UNKNOWN
    tonic, _, mode = text.partition(" ")
    return key_code(tonic, mode) if mode in MODES else OTHER


def _place(fact: Fact | None, known: Sequence[str]) -> int:
    if fact is None:
        return UNKNOWN
    return known.index(str(fact)) if fact in known else OTHER


def _blob(rows: Sequence[Row]) -> dict[str, Array]:
    parts = [
        json.dumps([row.words, row.facts], separators=(",", ":"), ensure_ascii=True).encode()
        for row in rows
    ]
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return {"blob": np.frombuffer(b"".join(parts), np.uint8), "starts": starts}


def _lists(rows: Sequence[Row]) -> dict[str, Array]:
    terms, places, weights = array("Q"), array("i"), array("f")
    for place, row in enumerate(rows):
        found = terms_of(row)
        terms.extend(found)
        places.extend([place] * len(found))
        weights.extend(found.values())
    return _sorted_lists(
        np.frombuffer(terms, np.uint64) if terms else np.zeros(0, np.uint64),
        np.array(places, np.int32),
        np.array(weights, np.float16),
    )


def _sorted_lists(terms: Array, rows: Array, weights: Array) -> dict[str, Array]:
    order = np.argsort(terms, kind="stable")
    distinct, firsts = np.unique(terms[order], return_index=True)
    return {
        "terms": distinct,
        "firsts": np.append(firsts, len(terms)).astype(np.int64),
        "rows": rows[order],
        "weights": weights[order],
    }


def _merged_blob(segments: Sequence[Segment], alive: Sequence[Array]) -> dict[str, Array]:
    blobs, lengths = [], []
    for segment, living in zip(segments, alive, strict=True):
        sizes = np.diff(segment.arrays["starts"])
        kept = segment.arrays["blob"]
        blobs.append(kept if living.all() else kept[np.repeat(living, sizes)])
        lengths.append(sizes[living])
    starts = np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64)
    return {"blob": np.concatenate(blobs), "starts": starts}


def _merged_lists(segments: Sequence[Segment], alive: Sequence[Array]) -> dict[str, Array]:
    terms, rows, weights = [], [], []
    offset = 0
    for segment, living in zip(segments, alive, strict=True):
        lists = [segment.arrays[name] for name in _LISTS]
        kept = living[lists[2]]
        new = np.cumsum(living, dtype=np.int64) - 1 + offset
        terms.append(np.repeat(lists[0], np.diff(lists[1]))[kept])
        rows.append(new[lists[2]][kept].astype(np.int32))
        weights.append(lists[3][kept])
        offset += int(living.sum())
    return _sorted_lists(np.concatenate(terms), np.concatenate(rows), np.concatenate(weights))
