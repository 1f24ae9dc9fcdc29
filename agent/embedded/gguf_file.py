"""GGUF, the file format of llama.cpp: read, and written with other tensors.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3, little-endian. Only
the kinds of tensor that the base model uses are known. The package ``gguf`` reads the same, but
takes six seconds for a vocabulary that is read here in a tenth of one; the tests compare both.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

F32, F16, Q4_1, Q8_0 = 0, 1, 3, 8
BLOCK = 32
"""Numbers of a quantised row that share a scale."""

STRING, ARRAY, UINT32 = 8, 9, 4
_NUMBERS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_BYTES: dict[int, tuple[int, np.dtype[Any]]] = {
    F32: (1, np.dtype("<f4")),
    F16: (1, np.dtype("<f2")),
    Q4_1: (BLOCK, np.dtype([("scale", "<f2"), ("least", "<f2"), ("nibbles", "u1", BLOCK // 2)])),
    Q8_0: (BLOCK, np.dtype([("scale", "<f2"), ("steps", "i1", BLOCK)])),
}
"""Kind of tensor -> how many numbers a block holds, and the block's layout."""

_ALIGNMENT = 32


@dataclass(frozen=True)
class Tensor:
    """A tensor as it is stored: `blocks` (rows, blocks a row) of `kind`; (blocks,) for a vector."""

    name: str
    kind: int
    blocks: NDArray[Any]


@dataclass(frozen=True)
class GgufFile:
    """What a file holds; `raw` are the bytes of each entry of the metadata, its key among them."""

    metadata: Mapping[str, Any]
    raw: Mapping[str, bytes]
    tensors: tuple[Tensor, ...]


class _Cursor:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def numbers(self, letters: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{letters}", self.content, self.at)
        self.at += struct.calcsize(f"<{letters}")
        return values

    def text(self) -> str:
        (size,) = self.numbers("Q")
        self.at += size
        return self.content[self.at - size : self.at].decode("utf-8")

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.text()
        if kind != ARRAY:
            return self.numbers(_NUMBERS[kind])[0]
        inner, count = self.numbers("IQ")
        if inner in (STRING, ARRAY):
            return [self.value(inner) for _ in range(count)]
        return list(self.numbers(f"{count}{_NUMBERS[inner]}"))


def read(path: Path) -> GgufFile:
    """Read a file whole.

    Raises
    ------
    ValueError
        If it is no GGUF of version 2 or 3, is cut off, or holds an unknown kind of tensor.
    """
    content = path.read_bytes()
    try:
        return _read(_Cursor(content))
    except (struct.error, KeyError, UnicodeDecodeError, IndexError) as error:
        raise ValueError(f"{path.name} is no GGUF file that can be read: {error}.") from error


def write(
    path: Path, raw: Iterable[bytes], tensors: Iterable[tuple[str, int, NDArray[Any]]]
) -> None:
    """Write a file.

    Parameters
    ----------
    raw : entries of the metadata, see `entry` and `GgufFile.raw`
    tensors : name, kind and blocks of each
    """
    raw, tensors = list(raw), list(tensors)
    infos, offset = [], 0
    for name, kind, blocks in tensors:
        numbers = blocks.shape[-1] * _BYTES[kind][0]
        shape = (numbers, *blocks.shape[-2::-1])  # the innermost first
        infos.append(_text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape))
        infos.append(struct.pack("<IQ", kind, offset))
        offset += blocks.nbytes + -blocks.nbytes % _ALIGNMENT
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(raw)) + b"".join([*raw, *infos])
    with path.open("wb") as file:
        file.write(head + b"\0" * (-len(head) % _ALIGNMENT))
        for _, _, blocks in tensors:
            file.write(np.ascontiguousarray(blocks).tobytes())
            file.write(b"\0" * (-blocks.nbytes % _ALIGNMENT))


def entry(key: str, number: int) -> bytes:
    """Return the bytes of a whole number among the metadata."""
    return _text(key) + struct.pack("<II", UINT32, number)


def decoded(tensor: Tensor) -> Floats:
    """Return the numbers of a tensor, (rows, columns) or (columns,)."""
    blocks = tensor.blocks
    if tensor.kind in (F32, F16):
        return blocks.astype(np.float32)
    scale = blocks["scale"].astype(np.float32)[..., None]
    if tensor.kind == Q8_0:
        values = scale * blocks["steps"]
    else:  # the low nibbles are the first half of a block, the high ones the second
        steps = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=-1)
        values = scale * steps + blocks["least"].astype(np.float32)[..., None]
    numbers: Floats = values.reshape(*blocks.shape[:-1], -1)
    return numbers


# ---- inside -------------------------------------------------------------------------------------


def _read(cursor: _Cursor) -> GgufFile:
    magic, version, tensor_count, entry_count = cursor.numbers("4sIQQ")
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("This is no GGUF file of version 2 or 3.")
    metadata, raw = {}, {}
    for _ in range(entry_count):
        start, key = cursor.at, cursor.text()
        metadata[key] = cursor.value(*cursor.numbers("I"))
        raw[key] = cursor.content[start : cursor.at]
    infos = []
    for _ in range(tensor_count):
        name, (dimensions,) = cursor.text(), cursor.numbers("I")
        infos.append((name, cursor.numbers(f"{dimensions}Q"), *cursor.numbers("IQ")))
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    start = cursor.at + -cursor.at % alignment
    tensors = [_tensor(cursor.content, start, *info) for info in infos]
    return GgufFile(metadata, raw, tuple(tensors))


def _tensor(content: bytes, start: int, name: str, shape: Any, kind: int, offset: int) -> Tensor:
    if kind not in _BYTES:
        raise ValueError(f"The tensor '{name}' is of a kind ({kind}) that is not read here.")
    size, layout = _BYTES[kind]
    blocks = int(np.prod(shape)) // size
    if start + offset + blocks * layout.itemsize > len(content):
        raise ValueError("The file is cut off.")
    stored = np.frombuffer(content, layout, blocks, start + offset)
    return Tensor(name, kind, stored.reshape(*shape[:0:-1], -1))


def _text(text: str) -> bytes:
    encoded = text.encode("utf-8")
    return struct.pack("<Q", len(encoded)) + encoded
