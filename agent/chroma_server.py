"""A Chroma server that several listeners share: its address, and the records that it keeps.

With a server the record itself travels: a collection of records is the truth then, in place of the
files of one machine, so that every listener knows what any of them heard. The server orders the
writers; no lock file is needed. Its Python version runs what strangers send it (CVE-2026-45829, not
mended in 1.5.9), so only addresses of this machine and of private networks are talked to.
"""

import hashlib
import ipaddress
import json
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from agent.record import RecordError, TrackRecord, is_track_id
from agent.record_files import MemoryStoreError
from tools.errors import Cancelled, MusicToolError

RECORDS = "records"
CHANGES = "changes-of-records"
"""Collection of one document: a token that every writer replaces when its write is done."""

TRUSTED_NS = 300 * 1_000_000_000
"""Time after which stamps are read again though the token stayed: a writer that was killed between its
write and the token is noticed by then, at once if it added a track."""

PORT = 8000


class ServerError(MusicToolError, ValueError):
    """The address is none that we talk to."""


@dataclass(frozen=True)
class ChromaServer:
    """Where a server is.

    Parameters
    ----------
    url : e.g. ``"http://127.0.0.1:8000"``

    Raises
    ------
    ServerError
        If it is no address, or not one of this machine or of a private network.
    """

    url: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ServerError(
                f"The setting 'chroma' is an address such as http://127.0.0.1:{PORT}, not "
                f"'{self.url[:80]}'."
            )
        if not _is_private(parts.hostname):
            raise ServerError(
                f"'{parts.hostname}' is not on this machine nor on a private network. A Chroma "
                "server that strangers can reach lets them run code on it (CVE-2026-45829), so "
                "start it with --host 127.0.0.1, or reach it through a tunnel."
            )

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give a client to work with.

        Raises
        ------
        MemoryStoreError
            If the server can't be reached or fails, also inside the block.
        """
        try:
            yield _client(self.url)
        except (MusicToolError, Cancelled):
            raise
        except Exception as error:  # Chroma raises half a dozen unrelated types
            raise MemoryStoreError(
                f"The Chroma server at {self.url} can't be used: {str(error)[:200]} Start it with "
                "'chroma run', or take the setting 'chroma' away."
            ) from error


State = tuple[str, int]
"""The token of the last write, and how many records there are."""


class ServerRecords:
    """The records on a server, behind the interface of `agent.record_files.RecordFiles`."""

    def __init__(self, server: ChromaServer) -> None:
        self._server = server
        self._seen: State | None = None
        self._seen_at = 0
        self._stamps: tuple[State, dict[str, str]] | None = None

    def write(self, record: TrackRecord) -> None:
        """Put a record on the server; once this returns, it is kept there.

        Raises
        ------
        MemoryStoreError
            If the server can't be reached or refuses it.
        """
        content = json.dumps(record.to_dict(), separators=(",", ":"), allow_nan=False)
        with self._records() as records:
            records.upsert(
                ids=[record.id],
                documents=[content],
                embeddings=[_place(record.id)],
                metadatas=[
                    {"stamp": hashlib.blake2b(content.encode(), digest_size=12).hexdigest()}
                ],
            )
        self._tell()

    def read(self, track_id: str) -> TrackRecord | None:
        """Return a record, None where there is none.

        Raises
        ------
        RecordError
            If it is damaged.
        MemoryStoreError
            If the server can't be reached.
        """
        _check_id(track_id)
        with self._records() as records:
            found = records.get(ids=[track_id], include=["documents"])["documents"]
        if not found:
            return None
        try:
            record = TrackRecord.from_dict(json.loads(found[0]))
        except (RecordError, ValueError, TypeError, RecursionError) as error:
            raise RecordError(f"The record {track_id} on the server is damaged: {error}") from error
        if record.id != track_id:
            raise RecordError(f"The record {track_id} on the server is that of another track.")
        return record

    def remove(self, track_id: str) -> bool:
        """Take a record away; return whether there was one.

        Raises
        ------
        MemoryStoreError
            If the server can't be reached.
        """
        _check_id(track_id)
        with self._records() as records:
            known = bool(records.get(ids=[track_id], include=[])["ids"])
            if known:
                records.delete(ids=[track_id])
        if known:
            self._tell()
        return known

    def stamps(self) -> dict[str, str]:
        """Return what tells one state of each record from another, by track id.

        They are read whole only when somebody wrote.
        """
        state = self._state()  # before the stamps: a write in between is seen the next time
        if self._stamps is None or self._stamps[0] != state:
            with self._records() as records:
                found = records.get(include=["metadatas"])
            pairs = zip(found["ids"], found["metadatas"], strict=True)
            self._stamps = (state, {i: str(m["stamp"]) for i, m in pairs if is_track_id(i)})
        return dict(self._stamps[1])

    def strangers(self) -> list[str]:
        """Return ids that are no track ids: what somebody else put there."""
        with self._records() as records:
            return sorted(i for i in records.get(include=[])["ids"] if not is_track_id(i))

    def tidy(self) -> None:
        """Do nothing: a server leaves no halves."""

    def try_writing(self) -> None:
        """Raise `MemoryStoreError` where the server can't be reached."""
        with self._records():
            pass

    def changed_at(self) -> int:
        """Return when this process saw that somebody wrote, in ns; at little cost."""
        state, now = self._state(), time.time_ns()
        if state != self._seen or now - self._seen_at > TRUSTED_NS:
            self._seen, self._seen_at, self._stamps = state, now, None
        return self._seen_at

    def _state(self) -> State:
        with self._server.client() as client:
            found = _changes(client).get(ids=[CHANGES], include=["metadatas"])["metadatas"]
            records = client.get_or_create_collection(RECORDS, embedding_function=None)
            return (str(found[0]["token"]) if found else "", records.count())

    def _tell(self) -> None:
        """Let the others know that a write is done."""
        with self._server.client() as client:
            _changes(client).upsert(
                ids=[CHANGES], embeddings=[[0.0]], metadatas=[{"token": uuid.uuid4().hex}]
            )

    @contextmanager
    def _records(self) -> Iterator[Any]:
        with self._server.client() as client:
            yield client.get_or_create_collection(RECORDS, embedding_function=None)


def _changes(client: Any) -> Any:
    return client.get_or_create_collection(CHANGES, embedding_function=None)


@lru_cache(maxsize=4)
def _client(url: str) -> Any:
    """Return the one client of an address: each holds connections, and they are kept open."""
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url)
    return chromadb.HttpClient(
        host=str(parts.hostname),
        port=parts.port or PORT,
        ssl=parts.scheme == "https",
        settings=Settings(anonymized_telemetry=False),
    )


def _place(track_id: str) -> list[float]:
    """Return a vector for a record, which Chroma wants: apart from others, so its graph is quick."""
    return [int(track_id[i : i + 4], 16) / 65535 for i in (0, 4, 8)]


def _check_id(track_id: str) -> None:
    if not is_track_id(track_id):
        raise RecordError(f"'{str(track_id)[:40]}' is not a track id (32 hex digits).")


def _is_private(host: str) -> bool:
    """Return whether all that a name stands for is on this machine or a private network."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        raise ServerError(f"There is no machine called '{host}'.") from None
    addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in found]
    return all(a.is_private and not a.is_unspecified for a in addresses)
