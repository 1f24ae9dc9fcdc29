"""The search index of the memory: Chroma, one collection a space of vectors. The only user of it.

Two processes with one Chroma folder open damage it, readers too, so every use takes a lock file,
opens, works and closes (about 0.02 s). The index holds nothing that the record files do not: what
goes wrong in it is logged, and it is made anew from them.
"""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from agent.chroma_server import ChromaServer
from agent.recall import Row
from agent.record import Facts
from agent.record_files import locked, store_error
from tools.embedding import Vectors
from tools.errors import Cancelled, MusicToolError

log = logging.getLogger(__name__)

PACKED = ("progressions",)
"""Facts that list dozens of words without spaces, kept as one text: Chroma keeps a row of its own for
each item of a list, and reads 10 000 tracks with 100 items each in 14 s and 1.4 GB, not in 3 s."""

GRAPH = {"space": "ip", "ef_construction": 16, "max_neighbors": 4, "sync_threshold": 100_000}
"""Chroma's graph of neighbours, the smallest it makes, written seldom. It is never asked: the table is
searched exactly (`agent.search.table`). With Chroma's own choice (100, 16) a library of 100 000 tracks
took 26 minutes to build, most of them for the graph. A row is two unit vectors side by side, so the
dot product is the distance. What a collection was made with stays."""

STAMP = "stamp"
"""Metadata that says which state of the record file a row was made of."""


class IndexFailed(Exception):
    """Chroma can't be opened, read or written."""


class TrackIndex:
    """A Chroma folder of a memory.

    Parameters
    ----------
    kind : of the rows: ``"rows"`` of tracks, or ``"sections"`` in a folder of their own, so that
        one can be damaged and made anew without the other
    server : where the index is, if it is not in a folder
    """

    def __init__(
        self, folder: Path, kind: str = "rows", server: ChromaServer | None = None
    ) -> None:
        self._server = server
        name = "chroma" if kind == "rows" else f"chroma-{kind}"
        self.folder = folder / name
        self._kind = kind
        self._aside = folder / f"{name}.old"
        self._lock = folder / f"{name}.lock"

    @property
    def exists(self) -> bool:
        """Whether there is anything in its place."""
        if self._server:
            return True
        return self.folder.exists()

    def state(self) -> str:
        """Return what changes whenever something else than us wrote or damaged it, at little cost.

        Chroma's database grows as rows come, and opening it leaves its size as it is. On a server
        nobody damages it, and rows that others wrote are told by the stamps of their records.
        """
        if self._server:
            return self._server.url
        try:
            return str((self.folder / "chroma.sqlite3").stat().st_size)
        except OSError:
            return ""

    @contextmanager
    def open(self, space: str) -> Iterator["OpenIndex"]:
        """Hold the index open, alone among all processes and threads.

        Raises
        ------
        IndexFailed
            If Chroma fails, on opening or inside the block.
        MemoryStoreError
            If another process holds it for too long, the folder can't be written, or the server
            can't be reached.
        """
        if self._server:
            with self._server.client() as client:
                yield OpenIndex(_collection(client, f"{self._kind}-{space}"))
            return
        with locked(self._lock):
            client = None
            try:
                client = _client(self.folder)
                yield OpenIndex(_collection(client, f"{self._kind}-{space}"))
            except (MusicToolError, Cancelled):
                raise
            except Exception as error:  # Chroma raises half a dozen unrelated types
                raise _failed(error) from error
            except BaseException as error:
                if type(error).__name__ != "PanicException":  # of its Rust part
                    raise
                raise _failed(error) from error
            finally:
                _close(client)

    def delete(self) -> None:
        """Take the index away, whatever is in its place.

        Raises
        ------
        MemoryStoreError
            If it can't be taken away.
        """
        if self._server:
            with self._server.client() as client:
                for collection in client.list_collections():
                    if collection.name.startswith(f"{self._kind}-"):
                        client.delete_collection(collection.name)
            return
        with locked(self._lock):
            try:
                _remove(self._aside)
                if self.folder.exists() or self.folder.is_symlink():
                    # renamed first, so that a kill in the middle leaves no half of an index
                    os.replace(self.folder, self._aside)
                    _remove(self._aside)
            except OSError as error:
                raise store_error(self.folder.parent, error) from error


class OpenIndex:
    """One collection, while the lock is held."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    def rows(self) -> tuple[dict[str, Row], dict[str, str]]:
        """Return all rows and their stamps, by track id."""
        return _rows(self._collection.get(include=["metadatas", "documents"]))

    def ids(self) -> set[str]:
        """Return the ids of all rows."""
        return set(self._collection.get(include=[])["ids"])

    def whole(self, ids: Sequence[str]) -> tuple[list[Row], dict[str, str], Vectors]:
        """Return those of some rows that there are, their stamps by id, and their vectors."""
        found = self._collection.get(
            ids=list(ids), include=["metadatas", "documents", "embeddings"]
        )
        rows, stamps = _rows(found)
        return list(rows.values()), stamps, np.asarray(found["embeddings"], np.float32)

    def put(self, rows: Sequence[Row], stamps: Mapping[str, str], vectors: Vectors) -> None:
        """Write rows over what there is of the same ids."""
        self._collection.upsert(  # never `add`: it ignores known ids without a word
            ids=[row.id for row in rows],
            embeddings=vectors,
            documents=[_clean(row.words) for row in rows],
            metadatas=[{**_clean_facts(row.facts), STAMP: stamps[row.id]} for row in rows],
        )

    def drop(self, ids: Sequence[str]) -> None:
        """Take rows away."""
        if ids:
            self._collection.delete(ids=list(ids))


def _rows(found: Any) -> tuple[dict[str, Row], dict[str, str]]:
    rows, stamps = {}, {}
    for i, words, metadata in zip(
        found["ids"], found["documents"], found["metadatas"], strict=True
    ):
        facts = dict(metadata)
        stamps[i] = str(facts.pop(STAMP, ""))
        for name in PACKED:
            if isinstance(packed := facts.get(name), str):
                facts[name] = packed.split()
        rows[i] = Row(i, words, facts)
    return rows, stamps


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))


def _collection(client: Any, name: str) -> Any:
    return client.get_or_create_collection(
        name,
        embedding_function=None,
        configuration={"hnsw": GRAPH},
    )


def _close(client: Any) -> None:
    if client is not None:
        with suppress(Exception):  # a damaged one may not even close
            client.close()


def _failed(error: BaseException) -> IndexFailed:
    """Return the failure, and make Chroma forget the broken client that it keeps by folder."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
    return IndexFailed(f"{type(error).__name__}: {error}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _clean_facts(facts: Facts) -> Facts:
    clean: Facts = {}
    for name, fact in facts.items():
        if name in PACKED and isinstance(fact, list):
            fact = " ".join(map(str, fact))
        clean[name] = _clean(fact) if isinstance(fact, str) else fact
    return clean


def _clean(text: str) -> str:
    """Return the text without the halves of characters that odd file names hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
