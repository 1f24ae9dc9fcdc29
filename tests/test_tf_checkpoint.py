"""A tiny checkpoint written here, byte by byte, after the format; then every way to damage it."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.musicnn import load_musicnn
from tools.nets.tf_checkpoint import MAGIC, read_checkpoint
from tools.weights import WeightStore

TENSORS: dict[str, NDArray[np.generic]] = {
    "conv/bias": np.array([1.5, -2.0, 3.25], np.float32),
    "conv/kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "conv/kernel/Adam": np.ones((2, 3, 4), np.float32),
    "step": np.array(300, np.int64),
}
TYPES = {"float32": 1, "int64": 9}


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def crc32c(content: bytes) -> int:
    """Bit by bit, unlike the table of the reader."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


def block(rows: list[tuple[bytes, bytes]]) -> bytes:
    """Keys share the beginning of the one before, as LevelDB writes them; one restart point."""
    body, before = b"", b""
    for key, value in rows:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        fresh = key[shared:]
        body += varint(shared) + varint(len(fresh)) + varint(len(value)) + fresh + value
        before = key
    body += struct.pack("<II", 0, 1) + b"\0"
    crc = crc32c(body)
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return body + struct.pack("<I", masked)


def index_of(rows: list[tuple[bytes, bytes]], compression: int = 0) -> bytes:
    content = block(rows)
    if compression:
        body = content[:-5] + bytes([compression])
        crc = crc32c(body)
        content = body + struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
    meta_at = len(content)
    meta = block([])
    root = block([(b"z", varint(0) + varint(len(content) - 5))])
    handles = varint(meta_at) + varint(len(meta) - 5)
    handles += varint(meta_at + len(meta)) + varint(len(root) - 5)
    return content + meta + root + handles.ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def entries_of(
    tensors: dict[str, NDArray[np.generic]], shards: int = 1
) -> tuple[list[tuple[bytes, bytes]], list[bytes]]:
    rows = [(b"", field(1, shards))]
    files = [b""] * shards
    for place, (name, tensor) in enumerate(sorted(tensors.items())):
        shard = place % shards
        shape = b"".join(field(2, field(1, size)) for size in tensor.shape)
        raw = tensor.tobytes()
        entry = field(1, TYPES[tensor.dtype.name]) + field(2, shape) + field(3, shard)
        entry += field(4, len(files[shard])) + field(5, len(raw))
        entry += varint(6 << 3 | 5) + b"\0\0\0\0"  # the tensor's own checksum
        rows.append((name.encode(), entry))
        files[shard] += raw
    return rows, files


def written(folder: Path, shards: int = 1, compression: int = 0) -> Path:
    rows, files = entries_of(TENSORS, shards)
    index = folder / "model.index"
    index.write_bytes(index_of(rows, compression))
    for shard, content in enumerate(files):
        (folder / f"model.data-{shard:05d}-of-{shards:05d}").write_bytes(content)
    return index


@pytest.mark.parametrize("shards", [1, 3])
def test_every_tensor_comes_back(tmp_path: Path, shards: int) -> None:
    got = read_checkpoint(written(tmp_path, shards))
    assert set(got) == set(TENSORS)
    for name, tensor in TENSORS.items():
        assert got[name].dtype == tensor.dtype
        assert got[name].shape == tensor.shape
        assert np.array_equal(got[name], tensor)


def test_only_wanted_tensors_are_kept(tmp_path: Path) -> None:
    got = read_checkpoint(written(tmp_path), lambda name: "Adam" not in name)
    assert set(got) == {"conv/bias", "conv/kernel", "step"}


def cut(content: bytes) -> bytes:
    return content[:-20]


def emptied(content: bytes) -> bytes:
    return b""


def other_magic(content: bytes) -> bytes:
    return content[:-1] + b"\0"


def bit_flipped(content: bytes) -> bytes:
    return content[:10] + bytes([content[10] ^ 1]) + content[11:]


def far_handle(content: bytes) -> bytes:
    return content[:-48] + (b"\xff" * 8 + b"\x7f") * 4 + content[-12:]


@pytest.mark.parametrize("damage", [cut, emptied, other_magic, bit_flipped, far_handle])
def test_a_damaged_index_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    index = written(tmp_path)
    index.write_bytes(damage(index.read_bytes()))
    with pytest.raises(WeightsError, match="damaged or no TensorFlow V2 checkpoint"):
        read_checkpoint(index)


def test_every_single_flipped_byte_is_noticed_or_harmless(tmp_path: Path) -> None:
    index = written(tmp_path)
    content = index.read_bytes()
    noticed = 0
    for place in range(len(content)):
        index.write_bytes(content[:place] + bytes([content[place] ^ 0x41]) + content[place + 1 :])
        try:
            got = read_checkpoint(index)
        except WeightsError:
            noticed += 1
        else:  # the unused metaindex and the footer's padding
            assert all(np.array_equal(got[name], TENSORS[name]) for name in TENSORS)
    assert noticed > 0.8 * (len(content) - 60)


def test_a_short_data_file_is_refused(tmp_path: Path) -> None:
    index = written(tmp_path)
    data = tmp_path / "model.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-4])
    with pytest.raises(WeightsError, match="data file is cut off"):
        read_checkpoint(index)


def test_absent_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.index.*No such file"):
        read_checkpoint(tmp_path / "none.index")
    index = written(tmp_path)
    (tmp_path / "model.data-00000-of-00001").unlink()
    with pytest.raises(WeightsError, match="No such file"):
        read_checkpoint(index)


def test_compression_is_refused_not_misread(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="compression 1"):
        read_checkpoint(written(tmp_path, compression=1))


def test_another_network_is_not_taken_for_musicnn(tmp_path: Path) -> None:
    for place in ("MTT_musicnn", "MSD_musicnn"):
        folder = tmp_path / "musicnn" / place
        folder.mkdir(parents=True)
        rows, files = entries_of(TENSORS)
        (folder / ".index").write_bytes(index_of(rows))
        (folder / ".data-00000-of-00001").write_bytes(files[0])
    with pytest.raises(WeightsError, match="another network"):
        load_musicnn(tmp_path)


def test_the_real_checkpoints_hold_the_published_network(store: WeightStore) -> None:
    for place in ("MTT_musicnn", "MSD_musicnn"):
        index = store.file("musicnn", f"musicnn/{place}/.index")
        got = read_checkpoint(index, lambda name: "Adam" not in name)
        assert got["conv2d/kernel"].shape == (7, 38, 1, 204)
        assert got["conv2d_1/kernel"].shape == (7, 67, 1, 204)
        assert got["dense/kernel"].shape == (1506, 200)
        assert got["dense_1/kernel"].shape == (200, 50)
        parameters = sum(t.size for name, t in got.items() if "_power" not in name)
        assert 780_000 < parameters < 800_000
