"""Files that users send: what is taken, what is refused and how, and what a crash leaves."""

import asyncio
import io
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from collection_clips import write_clip

from agent.serving.errors import StoreFull, TooLarge, UnknownUploadError
from agent.serving.limits import Limits
from agent.serving.uploads import Upload, Uploads, shown_name
from tools.errors import AudioDecodeError

CHUNK = 50_000


def send(uploads: Uploads, content: bytes, name: str = "song.wav") -> Upload:
    """Send some bytes as a client would, in pieces."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]

    return asyncio.run(uploads.receive(name, chunks()))


def sound(frames: int, channels: int = 1, form: str = "WAV", rate: int = 8_000) -> bytes:
    """Return a file of silence."""
    file = io.BytesIO()
    soundfile.write(file, np.zeros((frames, channels), np.int16), rate, format=form)
    return file.getvalue()


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return write_clip(tmp_path / "clip.wav", 3, seconds=1.0).read_bytes()


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", Limits())


def names(uploads: Uploads) -> list[str]:
    return sorted(path.name for path in uploads.folder.iterdir())


def test_a_file_is_kept_under_a_name_of_ours(uploads: Uploads, clip: bytes) -> None:
    upload = send(uploads, clip, "My Song.WAV")
    assert upload.path.read_bytes() == clip
    assert upload.path.name == f"{upload.id}.wav" and upload.path.parent == uploads.folder
    assert (upload.name, upload.title, upload.bytes) == ("My Song.WAV", "My Song", len(clip))
    assert upload.seconds == pytest.approx(1.0)
    assert uploads.get(upload.id) == upload and uploads.all() == (upload,)
    assert "path" not in upload.to_dict()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system.ini", "system.ini"),
        ("/etc/passwd", "passwd"),
        ("a\x00b\x1b[31mc\nd.mp3", "a b c d.mp3"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "recording"),
        ("", "recording"),
        (".mp3", "mp3"),
        ("x" * 5000 + ".mp3", "x" * 120),
        ("con.flac", "con.flac"),
    ],
    ids=repr,
)
def test_hostile_names_are_text_and_no_paths(
    uploads: Uploads, clip: bytes, name: str, shown: str
) -> None:
    upload = send(uploads, clip, name)
    assert upload.name == shown == shown_name(name)
    assert upload.path.parent == uploads.folder
    assert upload.path.name.startswith(upload.id) and "passwd" not in upload.path.name
    assert names(uploads) == sorted([f"{upload.id}.json", upload.path.name])


@pytest.mark.parametrize("ending", [".php", ".exe", ".html", ".svg", ".json", ".part"])
def test_endings_that_no_recording_has_are_not_kept(
    uploads: Uploads, clip: bytes, ending: str
) -> None:
    assert send(uploads, clip, f"song{ending}").path.suffix == ".audio"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"To be or not to be. " * 5000, "Cannot read 'song.mp3' as audio"),
        (b"<svg onload=alert(1)>", "Cannot read 'song.mp3' as audio"),
        (sound(0), "holds no samples"),
        (sound(1), "holds one sample"),
        (sound(8_000)[:4_000], "cut off"),
        (sound(8_000, form="FLAC")[:60], "Cannot read 'song.mp3'"),
        (b"RIFF\xff\xff\xff\xffWAVE", "song.mp3"),
        (b"#EXTM3U\n/etc/passwd\n", "Cannot read 'song.mp3' as audio"),
    ],
    ids=["nothing", "text", "svg", "no samples", "one sample", "half", "head", "riff", "playlist"],
)
def test_what_is_no_recording_is_refused_and_leaves_nothing(
    uploads: Uploads, content: bytes, reason: str
) -> None:
    with pytest.raises(AudioDecodeError, match=reason) as refusal:
        send(uploads, content, "song.mp3")
    said = str(refusal.value)
    assert "file-" not in said and str(uploads.folder) not in said
    assert names(uploads) == [] and uploads.all() == ()


def test_silence_and_many_channels_are_recordings(uploads: Uploads) -> None:
    assert send(uploads, sound(8_000)).seconds == 1.0
    assert send(uploads, sound(4_000, channels=8)).seconds == 0.5


def test_a_file_that_is_too_large_is_refused_before_all_of_it_came(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", Limits(upload_bytes=100_000))
    asked = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield bytes(30_000)

    with pytest.raises(TooLarge, match="up to 0 MB are taken"):
        asyncio.run(uploads.receive("song.wav", endless()))
    assert asked == 4 and names(uploads) == []


def test_silence_that_is_small_packed_and_hours_long_is_refused(tmp_path: Path) -> None:
    bomb = sound(90 * 60 * 8_000, form="FLAC")
    assert len(bomb) < 1_000_000
    uploads = Uploads(tmp_path / "uploads", Limits(seconds=3600.0))
    with pytest.raises(TooLarge, match="lasts 90 minutes, and 60 are the most"):
        send(uploads, bomb, "bomb.flac")
    by_size = Uploads(tmp_path / "small", Limits(decoded_bytes=100_000_000))
    with pytest.raises(TooLarge, match="decoded it would be 173 MB, and 100 are the most"):
        send(by_size, bomb, "bomb.flac")
    assert names(uploads) == names(by_size) == []


def claiming(frames: int) -> bytes:
    """Return a FLAC of a second whose header claims another length."""
    flac = bytearray(sound(8_000, form="FLAC"))
    assert flac[:4] == b"fLaC" and flac[4] & 127 == 0
    (packed,) = struct.unpack(">Q", flac[18:26])
    flac[18:26] = struct.pack(">Q", packed >> 36 << 36 | frames)
    return bytes(flac)


def test_a_header_that_claims_a_hundred_hours_is_believed_and_refused(uploads: Uploads) -> None:
    with pytest.raises(TooLarge, match="lasts 6000 minutes"):
        send(uploads, claiming(100 * 3600 * 8_000), "long.flac")


def test_the_same_bytes_are_kept_once(uploads: Uploads, clip: bytes) -> None:
    first = send(uploads, clip, "one.wav")
    again = send(uploads, clip, "two.wav")
    assert again == first and len(names(uploads)) == 2


def test_a_user_has_so_much_room(tmp_path: Path, clip: bytes) -> None:
    uploads = Uploads(tmp_path / "uploads", Limits(stored_files=1))
    send(uploads, clip)
    with pytest.raises(StoreFull, match="Remove some"):
        send(uploads, sound(8_000))
    by_size = Uploads(tmp_path / "small", Limits(stored_bytes=len(clip) + 10_000))
    kept = send(by_size, clip)
    with pytest.raises(StoreFull, match="You have 1 files"):
        send(by_size, sound(8_000))
    by_size.remove(kept.id)
    send(by_size, sound(8_000))


def test_a_removed_file_is_gone(uploads: Uploads, clip: bytes) -> None:
    upload = send(uploads, clip)
    uploads.remove(upload.id)
    assert names(uploads) == []
    for act in (uploads.get, uploads.remove):
        with pytest.raises(UnknownUploadError, match="There is no file"):
            act(upload.id)
    with pytest.raises(UnknownUploadError):
        uploads.get("../keys")


def test_the_next_server_finds_what_was_acknowledged_and_nothing_half(
    uploads: Uploads, clip: bytes
) -> None:
    kept = send(uploads, clip)
    folder = uploads.folder
    (folder / "file-half.part").write_bytes(clip[:1000])  # it died while receiving
    (folder / "file-early.wav").write_bytes(clip)  # it died before it wrote what it is
    (folder / "file-torn.json").write_text('{"id": "file-torn"')
    lost = send(uploads, sound(8_000))
    lost.path.write_bytes(b"short")
    again = Uploads(folder, Limits())
    assert again.all() == (kept,)
    assert names(again) == sorted([kept.path.name, f"{kept.id}.json"])


def test_a_client_that_hangs_up_leaves_nothing(uploads: Uploads, clip: bytes) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield clip[:1000]
        raise ConnectionError("gone")

    async def receive() -> None:
        await uploads.receive("song.wav", torn())

    with pytest.raises(ConnectionError):
        asyncio.run(receive())
    assert names(uploads) == []


def test_a_full_disk_is_told_without_where_our_files_lie(
    uploads: Uploads, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreFull, match="the server's disk is full") as refusal:
        send(uploads, clip)
    assert str(uploads.folder) not in str(refusal.value)
    assert names(uploads) == [] and uploads.all() == ()
