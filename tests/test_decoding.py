"""Files that lie, that are damaged or that are no audio at all."""

import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_audio import encode, sines, write

from tools.audio import KEPT, load_audio, load_for_analysis
from tools.errors import AudioDecodeError

MUSIC = sines(1.5)

# ---- lying headers ------------------------------------------------------------------------------


def wav(
    content: bytes, channels: int = 2, rate: int = 44_100, bits: int = 16, size: int | None = None
) -> bytes:
    """Return a WAV file with a header that says what is asked of it."""
    width = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", 1, channels, rate, (rate * width) & 0xFFFFFFFF, width & 0xFFFF, bits
    )
    length = len(content) if size is None else size
    head = b"RIFF" + struct.pack("<I", min(36 + length, 2**32 - 1)) + b"WAVEfmt "
    return head + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length) + content


def flac_of(path: Path, frames: int) -> bytes:
    """Return a FLAC file whose header announces `frames` samples."""
    content = bytearray(write(path, MUSIC, subtype="PCM_16").read_bytes())
    packed = int.from_bytes(content[18:26], "big") >> 36 << 36 | frames
    content[18:26] = packed.to_bytes(8, "big")
    return bytes(content)


def test_claims_take_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "claims.wav"
    path.write_bytes(wav(bytes(200_000), size=0xFFFFFFFF))
    tracemalloc.start()
    heard = load_audio(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert heard.samples.size == 50_000
    assert peak < 4 * KEPT + 20_000_000


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF], ids=["zero", "all-ones"])
def test_a_wav_written_to_a_pipe_is_heard(tmp_path: Path, size: int) -> None:
    path = tmp_path / "pipe.wav"
    samples = np.round(MUSIC.T * 32767).astype("<i2")
    path.write_bytes(wav(samples.tobytes(), size=size))
    assert load_audio(path, mono=False).samples.shape == MUSIC.shape


def test_a_flac_written_to_a_pipe_is_heard(tmp_path: Path) -> None:
    (tmp_path / "b.flac").write_bytes(flac_of(tmp_path / "a.flac", 0))
    heard = load_audio(tmp_path / "b.flac")
    assert heard.samples.shape[1] == MUSIC.shape[1]
    assert heard.content_id == load_audio(tmp_path / "a.flac").content_id


# ---- what is refused ----------------------------------------------------------------------------


def refused(path: str | Path) -> str:
    """Return the sentence with which a file is refused; it must be fit to be printed."""
    with pytest.raises(AudioDecodeError) as error:
        load_for_analysis(path)
    message = str(error.value)
    assert message.isprintable()
    assert message.endswith(".")
    return message


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "empty.mp3").touch()
    assert refused(tmp_path / "no.wav").startswith(f"No file '{tmp_path}/no.wav'. Check")
    assert "is a folder; name the audio files in it" in refused(tmp_path)
    assert "a device or pipe" in refused(tmp_path / "fifo")
    assert "a device or pipe" in refused("/dev/null")
    assert "a device or pipe" in refused("/dev/zero")
    assert "symbolic links" in refused(tmp_path / "loop")
    assert "the file is empty (0 bytes)" in refused(tmp_path / "empty.mp3")
    assert "embedded null" in refused("a\0b.wav")
    assert "too long" in refused("x" * 5000)
    assert "Not a directory" in refused(tmp_path / "empty.mp3" / "a.wav")


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", MUSIC)

    def forbidden(*args: object, **named: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tools.decoding.os.open", forbidden)  # root may read everything
    assert refused(path) == f"Cannot open '{path}': Permission denied."


@pytest.mark.parametrize(
    "name", ["new\nline.wav", "\x1b[31mred.wav", "\udcff\udc80.wav", "a\u202eb.wav"]
)
def test_hostile_names_are_heard_and_printable(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(wav(bytes(4000)))
    heard = load_for_analysis(path)
    assert heard.name.isprintable() and heard.name.endswith(".wav")
    path.write_bytes(b"no sound")
    refused(path)
    path.unlink()
    refused(path)


def garbage() -> dict[str, bytes]:
    """Return files that are no audio, by what they are."""
    noise = random.Random(1).randbytes
    return {
        "text": b"hello",
        "long-text": b"Lorem ipsum dolor sit amet, consectetur. " * 30_000,
        "html": b"<!DOCTYPE html><html><body>" + b"<p>Not found \xe2\x80\x99</p>" * 900,
        "pdf": b"%PDF-1.7\n%\xff\xfb\x90\x64\n" + noise(60_000),
        "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + noise(90_000) + b"\xff\xd9",
        "png": b"\x89PNG\r\n\x1a\n" + noise(300),
        "zip": b"PK\x03\x04" + noise(3000),
        "ones": b"\xff" * 500_000,
        "zeros": bytes(500_000),
        "one-byte": b"R",
        "playlist": b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        "concat": b"ffconcat version 1.0\nfile a.wav\n",
        "id3-only": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10),
        "id3-huge": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + noise(2000),
        "riff-only": b"RIFF\x10\0\0\0WAVE",
        "bits-0": wav(bytes(4000), bits=0),
        "rate-0": wav(bytes(4000), rate=0),
        "channels-0": wav(bytes(4000), channels=0),
        "channels-100": wav(bytes(4000), channels=100),
        "channels-65535": wav(bytes(400_000), channels=65_535),
        "rate-1": wav(bytes(4000), rate=1),
        "no-samples": wav(b""),
        "one-sample": wav(bytes(4)),
        "claims-4-gb": wav(bytes(4000), size=0xFFFFFFF0),
    }


@pytest.mark.parametrize("name", ["x.mp3", "x.raw"])
def test_garbage_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(tmp_path / "a.wav", MUSIC)
    said = {}
    for kind, content in garbage().items():
        path.write_bytes(content)
        said[kind] = refused(path)
    assert "its format is not recognised. Supported: WAV, FLAC" in said["html"]
    assert "100 channels" in said["channels-100"]
    assert "1 samples a second" in said["rate-1"]
    assert "no samples" in said["no-samples"]
    assert "one sample" in said["one-sample"]
    assert "cut off" in said["claims-4-gb"]


@pytest.mark.parametrize("seed", range(6))
def test_random_bytes_are_refused(tmp_path: Path, seed: int) -> None:
    size = (3, 60, 1_000, 9_000, 100_000, 1_000_000)[seed % 6]
    content = random.Random(seed).randbytes(size)
    for ending in ("mp3", "wav", "flac", "m4a"):
        path = tmp_path / f"x.{ending}"
        path.write_bytes(content)
        refused(path)


def test_random_bytes_after_a_magic_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    heads = [
        b"fLaC",
        b"OggS",
        b"RIFF\xff\xff\0\0WAVE",
        b"\0\0\0\x20ftypM4A ",
        b"ID3\x03\0\0\0\0\0\0",
    ]
    heads += [
        b"\xff\xfb\x90\x64",
        b"\xff\xf1\x50\x80",
        b"\x1a\x45\xdf\xa3",
        b"FORM\0\0\1\0AIFF",
        b".snd",
    ]
    for seed, head in enumerate(heads):
        path.write_bytes(head + random.Random(seed).randbytes(20_000))
        refused(path)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9, 0.99, 0.9999])
def test_cut_off_files_are_refused(tmp_path: Path, share: float) -> None:
    files = [
        write(tmp_path / "a.flac", MUSIC, subtype="PCM_16"),
        write(tmp_path / "a.wav", MUSIC),
        write(tmp_path / "a.aiff", MUSIC),
        write(tmp_path / "a.rf64", MUSIC, format="RF64"),
        write(tmp_path / "a.au", MUSIC),
        encode(tmp_path / "a.m4a", "aac", MUSIC),
    ]
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        assert "cut off" in refused(path)


def test_flac_that_announces_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b.flac"
    path.write_bytes(flac_of(tmp_path / "a.flac", MUSIC.shape[1] + 1))
    assert "cut off" in refused(path)
    path.write_bytes(flac_of(tmp_path / "a.flac", 2**36 - 1))
    assert "432.9 hours long" in refused(path)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    import av

    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        picture = np.zeros((64, 64, 3), np.uint8)
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode(None))
    assert "it holds no audio stream" in refused(path)


def test_a_film_with_sound_is_heard(tmp_path: Path) -> None:
    import av

    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=10)
        sound = file.add_stream("pcm_s16le", rate=44_100, layout="stereo")
        assert isinstance(video, av.VideoStream) and isinstance(sound, av.AudioStream)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        picture = np.zeros((64, 64, 3), np.uint8)
        for _ in range(15):
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        content = np.round(MUSIC.T * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(content, format="s16", layout="stereo")
        frame.sample_rate, frame.pts = 44_100, 0
        file.mux(sound.encode(frame))
        file.mux([*video.encode(None), *sound.encode(None)])
    heard = load_audio(path, mono=False)
    np.testing.assert_allclose(heard.samples, MUSIC, atol=1e-4)


def test_a_little_damage_to_an_mp3_is_heard_through(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", MUSIC)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 300] = random.Random(3).randbytes(300)
    path.write_bytes(content)
    assert load_audio(path).duration == pytest.approx(1.5, abs=0.15)
    path.write_bytes(b"\0" * 700 + bytes(content))  # and junk before the first frame
    assert load_audio(path).duration == pytest.approx(1.5, abs=0.2)


LEAKS = """
import sys
from tools.audio import load_for_analysis, read_titles
from tools.errors import AudioDecodeError
for path in sys.argv[1:]:
    read_titles(path)
    try:
        load_for_analysis(path)
    except AudioDecodeError:
        pass
"""


def test_decoders_print_nothing(tmp_path: Path) -> None:
    paths = []
    for kind, content in garbage().items():
        paths.append(tmp_path / f"{kind}.mp3")
        paths[-1].write_bytes(content)
    for name, codec in (("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.webm", "libopus")):
        rate = 48_000 if codec == "libopus" else 44_100
        path = encode(tmp_path / name, codec, sines(1.0, rate), rate)
        whole = bytearray(path.read_bytes())
        whole[len(whole) // 2 : len(whole) // 2 + 50] = b"\xff" * 50
        for number, content in enumerate((bytes(whole), bytes(whole[: len(whole) * 2 // 3]))):
            paths.append(tmp_path / f"{number}{name}")
            paths[-1].write_bytes(content)
    comment = b"COMM\0\0\0\x02\0\0\x01\xff" + b"TXXX\0\0\0\x01\0\0\x07"  # mpg123 complains of these
    tag = b"ID3\x03\0\0\0\0\0" + bytes([len(comment)]) + comment
    broken = b"ID3\x03\0\0\0\0\x80\xff" + comment
    for name, head in (("tagged.mp3", tag), ("broken.mp3", broken)):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(head + (tmp_path / "a.mp3").read_bytes())
    run = subprocess.run(
        [sys.executable, "-c", LEAKS, *map(str, paths)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.m4a", "aac", ""),
        ("a.webm", "libopus", ""),
        ("a.mp3", "libmp3lame", ""),
        ("a.wma", "wmav2", "asf"),
        ("a.ts", "aac", "mpegts"),
        ("a.avi", "pcm_s16le", ""),
        ("a.flac", "", ""),
        ("a.ogg", "", ""),
        ("a.aiff", "", ""),
        ("a.wav", "", ""),
    ],
)
def test_damaged_files_are_heard_or_refused_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, codec: str, container: str
) -> None:
    music = sines(0.5, 48_000)
    path = tmp_path / name
    if codec:
        encode(path, codec, music, 48_000, container)
    else:
        write(path, music, 48_000)
    whole, dice = path.read_bytes(), random.Random(11)
    for trial in range(12):
        damaged = bytearray(whole)
        for _ in range(1 + trial):
            at = dice.randrange(dice.choice((80, 400, len(whole))))
            damaged[at] = dice.choice((0, 127, 255, dice.randrange(256)))
        path.write_bytes(damaged[: dice.choice((len(whole), dice.randrange(9, len(whole))))])
        try:
            assert np.isfinite(load_for_analysis(path).samples).all()
        except AudioDecodeError as error:
            assert str(error).isprintable()
    assert capfd.readouterr() == ("", "")
