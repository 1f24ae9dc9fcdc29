"""TensorFlow V2 checkpoints, read without TensorFlow.

A checkpoint is an index file and data shards. The index is a table in the format of LevelDB: blocks
of prefix-compressed keys (tensor names), each followed by a type byte and a masked CRC-32C, and a
footer that ends in a magic number. Its values are small protocol buffers (`BundleEntryProto`: type,
shape, shard, offset, size); the tensors lie raw and little-endian in the shards. Formats after the
TensorFlow source (tensorflow/core/util/tensor_bundle, core/lib/io/table_format.txt) and the LevelDB
table format. This file knows no network.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
TRAILER_BYTES = 5
"""After each block: one byte for the compression, four for the checksum."""

CRC_MASK = 0xA282EAD8
TYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 10: "|b1", 19: "<f2"}
"""TensorFlow's DataType numbers of the types that weights come in; other tensors are left out."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int


def read_checkpoint(
    index: Path, keep: Callable[[str], bool] = lambda name: True
) -> dict[str, NDArray[Any]]:
    """Return the tensors of a checkpoint by name.

    Parameters
    ----------
    index : the file that ends in ``.index``; the shards lie beside it
    keep : says of a name whether its tensor is wanted (an optimiser's slots seldom are)

    Raises
    ------
    WeightsError
        If a file is absent, is no checkpoint, or is damaged.
    """
    try:
        table = _Table(index.read_bytes())
        shards, entries = _entries(table)
        opened = [_open_shard(index, shard, shards) for shard in range(shards)]
        wanted = {name: entry for name, entry in entries.items() if keep(name)}
        return {name: _tensor(opened[entry.shard], entry) for name, entry in wanted.items()}
    except OSError as error:
        raise WeightsError(f"The checkpoint '{index}' can't be read: {error.strerror}.") from error
    except (_Damaged, IndexError, struct.error, UnicodeDecodeError, ValueError) as error:
        raise WeightsError(
            f"The checkpoint '{index}' is damaged or no TensorFlow V2 checkpoint: {error}."
        ) from error


class _Damaged(Exception):
    """The bytes are not what the format promises."""


# ---- the table ----------------------------------------------------------------------------------


class _Table:
    """A LevelDB table held in memory."""

    def __init__(self, content: bytes) -> None:
        if len(content) < FOOTER_BYTES:
            raise _Damaged(f"the index has {len(content)} bytes, fewer than its footer")
        footer = content[-FOOTER_BYTES:]
        (magic,) = struct.unpack("<Q", footer[-8:])
        if magic != MAGIC:
            raise _Damaged(f"its magic number is {magic:#x}, not {MAGIC:#x}")
        self._content = content
        position = 0
        for _ in range(2):  # the handle of the metaindex, which TensorFlow leaves empty
            _, position = _varint(footer, position)
        self._index = _handle(footer, position)

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield keys and values in order."""
        for _, handle in self._rows(*self._index):
            yield from self._rows(*_handle(handle, 0))

    def _rows(self, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
        block = self._block(offset, size)
        (restarts,) = struct.unpack("<I", block[-4:])
        end = len(block) - 4 * (restarts + 1)
        position, key = 0, b""
        while position < end:
            shared, position = _varint(block, position)
            fresh, position = _varint(block, position)
            length, position = _varint(block, position)
            key = key[:shared] + block[position : position + fresh]
            position += fresh
            yield key, block[position : position + length]
            position += length

    def _block(self, offset: int, size: int) -> bytes:
        end = offset + size + TRAILER_BYTES
        if end > len(self._content) - FOOTER_BYTES:
            raise _Damaged("a block lies outside the index")
        checked = self._content[offset : offset + size + 1]
        (stored,) = struct.unpack("<I", self._content[end - 4 : end])
        if _masked_crc(checked) != stored:
            raise _Damaged("a checksum of the index is wrong")
        if checked[-1] != 0:
            raise _Damaged(f"compression {checked[-1]} is not supported")
        return checked[:-1]


def _handle(content: bytes, position: int) -> tuple[int, int]:
    offset, position = _varint(content, position)
    size, _ = _varint(content, position)
    return offset, size


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise _Damaged("a number has too many bytes")


def _masked_crc(content: bytes) -> int:
    """Return the CRC-32C (Castagnoli), rotated and offset as LevelDB stores it."""
    table = _crc_table()
    crc = 0xFFFFFFFF
    for byte in content:  # an index holds a few kilobytes; the shards are covered by our sha256
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + CRC_MASK) & 0xFFFFFFFF


@cache
def _crc_table() -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


# ---- the entries --------------------------------------------------------------------------------


def _entries(table: _Table) -> tuple[int, dict[str, _Entry]]:
    """Return the number of shards and the tensors of known type."""
    shards, entries = 0, {}
    for key, value in table:
        if not key:
            header = dict(_fields(value))
            shards = int(header.get(1, 0))
            if header.get(2, 0):
                raise _Damaged("it is big-endian")
        elif entry := _entry(value):
            entries[key.decode()] = entry
    if not 0 < shards < 100_000:
        raise _Damaged(f"it claims {shards} shards")
    if any(entry.shard >= shards for entry in entries.values()):
        raise _Damaged("a tensor lies in a shard that does not exist")
    return shards, entries


def _entry(message: bytes) -> _Entry | None:
    fields = dict(_fields(message))
    dtype = TYPES.get(fields.get(1, 0))
    if dtype is None or 7 in fields:  # 7: slices of a partitioned variable
        return None
    shape = tuple(
        dict(_fields(dim)).get(1, 0) for no, dim in _fields(fields.get(2, b"")) if no == 2
    )
    return _Entry(dtype, shape, fields.get(3, 0), fields.get(4, 0), fields.get(5, 0))


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield (field number, value) of a protocol buffer: ints, and bytes for nested messages."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == BYTES:
            length, position = _varint(message, position)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise _Damaged(f"wire type {kind} is unknown")
        if position + length > len(message):
            raise _Damaged("a field is cut off")
        yield number, message[position : position + length]
        position += length


# ---- the tensors --------------------------------------------------------------------------------


def _open_shard(index: Path, shard: int, shards: int) -> NDArray[np.uint8]:
    name = f"{index.name.removesuffix('.index')}.data-{shard:05d}-of-{shards:05d}"
    path = index.with_name(name)
    if path.stat().st_size == 0:
        return np.empty(0, np.uint8)
    return np.memmap(path, np.uint8, mode="r")


def _tensor(shard: NDArray[np.uint8], entry: _Entry) -> NDArray[Any]:
    count = int(np.prod(entry.shape, dtype=np.int64))
    if count * np.dtype(entry.dtype).itemsize != entry.size:
        raise _Damaged(f"{entry.size} bytes for a tensor of shape {entry.shape}")
    content = shard[entry.offset : entry.offset + entry.size]
    if len(content) != entry.size:
        raise _Damaged("its data file is cut off")
    return np.frombuffer(content.tobytes(), entry.dtype).reshape(entry.shape)
