"""Sound files: what is heard is what was written, and what cannot be heard is refused clearly."""

import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from make_audio import Samples, encode, sines, write

from tools import audio as audio_module
from tools.audio import (
    ANALYSIS_RATE,
    KEPT,
    LONG_RATE,
    Audio,
    load_audio,
    load_for_analysis,
    probe_duration,
    save_audio,
)
from tools.errors import AudioDecodeError, AudioTooShortError, Cancelled

MUSIC = sines(1.5)


def level_of_difference(heard: Samples, written: Samples) -> float:
    """Return the error relative to the signal where both are, the edges aside, in dB."""
    n = min(heard.shape[1], written.shape[1])
    inner = slice(4000, n - 4000)
    error = heard[:, inner] - written[:, inner]
    return float(10 * np.log10(np.mean(error**2) / np.mean(written[:, inner] ** 2) + 1e-20))


# ---- what is heard ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "subtype", "decibels"),
    [
        ("a.wav", "PCM_U8", -30),
        ("a.wav", "PCM_16", -75),
        ("a.wav", "PCM_24", -120),
        ("a.wav", "PCM_32", -150),
        ("a.wav", "FLOAT", -180),
        ("a.wav", "DOUBLE", -180),
        ("a.wav", "ULAW", -30),
        ("a.wav", "IMA_ADPCM", -20),
        ("a.wavex", "PCM_24", -120),
        ("a.rf64", "PCM_16", -75),
        ("a.w64", "PCM_24", -120),
        ("a.aiff", "PCM_24", -120),
        ("a.au", "PCM_16", -75),
        ("a.caf", "PCM_16", -75),
        ("a.flac", "PCM_16", -75),
        ("a.flac", "PCM_24", -120),
        ("a.ogg", "VORBIS", -25),
        ("a.mp3", "MPEG_LAYER_III", -20),
    ],
)
def test_hears_what_libsndfile_writes(
    tmp_path: Path, name: str, subtype: str, decibels: float
) -> None:
    path = write(tmp_path / name, MUSIC, format=name[2:].upper(), subtype=subtype)
    heard = load_audio(path, mono=False)
    assert heard.samples.shape == pytest.approx(MUSIC.shape, abs=2048 if "ADPCM" in subtype else 0)
    assert (heard.sample_rate, heard.source_rate, heard.source_channels) == (44_100, 44_100, 2)
    assert heard.name == name
    assert level_of_difference(heard.samples, MUSIC) < decibels
    assert probe_duration(path) == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize(
    ("name", "codec", "container", "channels", "rate", "decibels"),
    [
        ("a.m4a", "aac", "", 2, 44_100, -20),
        ("a.mp4", "aac", "", 1, 48_000, -20),
        ("b.m4a", "alac", "", 2, 44_100, -75),
        ("a.opus", "libopus", "", 2, 48_000, -20),
        ("8.opus", "libopus", "", 8, 48_000, -12),
        ("a.webm", "libopus", "", 1, 48_000, -20),
        ("a.mkv", "flac", "", 2, 96_000, -120),
        ("6.mkv", "pcm_s24le", "", 6, 48_000, -120),
        ("8.mkv", "flac", "", 8, 44_100, -120),
        ("a.mov", "pcm_f32le", "", 2, 44_100, -150),
        ("a.avi", "pcm_s16le", "", 2, 22_050, -75),
        ("a.mp3", "libmp3lame", "", 2, 48_000, -20),
        ("low.mp3", "libmp3lame", "", 1, 16_000, -15),
        ("a.wv", "wavpack", "", 2, 44_100, -150),
        ("a.tta", "tta", "", 2, 44_100, -120),
        ("u.avi", "pcm_u8", "", 1, 8_000, -30),
    ],
)
def test_hears_what_ffmpeg_writes(
    tmp_path: Path,
    name: str,
    codec: str,
    container: str,
    channels: int,
    rate: int,
    decibels: float,
) -> None:
    music = sines(1.5, rate, channels)
    path = encode(tmp_path / name, codec, music, rate, container)
    heard = load_audio(path, mono=False)
    assert heard.samples.shape[0] == heard.source_channels == channels
    assert heard.sample_rate == rate
    assert 0 <= heard.duration - 1.5 < 0.1
    assert level_of_difference(heard.samples, music) < decibels
    assert probe_duration(path) == pytest.approx(1.5, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.wma", "wmav2", "asf"),
        ("a.aac", "aac", "adts"),
        ("a.mp2", "mp2", "mp2"),
        ("a.ts", "aac", "mpegts"),
    ],
)
def test_hears_streams_that_do_not_tell_the_encoders_delay(
    tmp_path: Path, name: str, codec: str, container: str
) -> None:
    heard = load_audio(encode(tmp_path / name, codec, MUSIC, 44_100, container), mono=False)
    assert heard.duration == pytest.approx(1.5, abs=0.08)
    part = MUSIC[0, 20_000:40_000]
    match = np.correlate(heard.samples[0, 17_000:43_000], part, "valid")
    lag = int(np.argmax(match))
    found = heard.samples[0, 17_000 + lag : 37_000 + lag]
    assert np.corrcoef(found, part)[0, 1] > 0.99
    assert abs(lag - 3000) < 3000


def test_mono_is_the_mean_of_the_channels(tmp_path: Path) -> None:
    music = sines(0.5, channels=6)
    path = write(tmp_path / "a.wav", music, subtype="FLOAT")
    heard = load_audio(path)
    assert heard.samples.shape == (1, music.shape[1])
    np.testing.assert_allclose(heard.samples[0], music.mean(axis=0), atol=1e-6)
    assert heard.source_channels == 6


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("wanted", [22_050, 44_100])
def test_streaming_resampler_equals_resampling_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rate: int, wanted: int
) -> None:
    monkeypatch.setattr("tools.decoding.BLOCK", 5_000)
    music = sines(1.0, rate, 2)
    path = write(tmp_path / "a.wav", music, rate, subtype="FLOAT")
    heard = load_audio(path, mono=False, sample_rate=wanted)
    at_once = soxr.resample(music.T, rate, wanted, quality="HQ").T
    assert heard.samples.shape == at_once.shape == (2, wanted)
    np.testing.assert_allclose(heard.samples, at_once, atol=1e-5)


def test_samples_are_read_only_and_at_is_made_once(tmp_path: Path) -> None:
    heard = load_audio(write(tmp_path / "a.wav", MUSIC), mono=False)
    with pytest.raises(ValueError, match="read-only"):
        heard.samples[0, 0] = 1.0
    low = heard.at(22_050)
    assert low.shape == (33_075,)
    assert heard.at(22_050) is low
    with pytest.raises(ValueError, match="read-only"):
        low[0] = 1.0
    heard.forget()
    assert heard.at(22_050) is not low
    np.testing.assert_array_equal(heard.at(22_050), low)


def test_progress_rises_to_the_end_and_can_cancel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.decoding.BLOCK", 8_000)
    for name in ("a.wav", "a.mp3"):
        path = write(tmp_path / name, MUSIC)
        told: list[float] = []
        load_audio(path, progress=told.append)
        assert len(told) > 5
        assert told == sorted(told)
        assert told[-1] == pytest.approx(1.0, abs=0.05)

        def stop(fraction: float) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            load_audio(path, progress=stop)


def test_parts_and_shortness() -> None:
    whole = Audio(MUSIC, 44_100, "id", "a.wav", 44_100, 2)
    part = whole.between(0.5, 9.0)
    assert part.duration == pytest.approx(1.0)
    assert part.content_id == ""
    whole.at(22_050)
    assert part.at(22_050).size == 22_050
    assert whole.between(0.2, 0.4).at(22_050).size == 4_410
    whole.require(1.5, "Key estimation")
    with pytest.raises(
        AudioTooShortError, match=r"Key estimation needs 5.0 s of audio; 'a.wav' has 1.5 s"
    ):
        whole.require(5.0, "Key estimation")


def test_save_audio_is_read_back(tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        save_audio(tmp_path / name, MUSIC, 44_100)
        heard = load_audio(tmp_path / name, mono=False)
        np.testing.assert_allclose(heard.samples, MUSIC, atol=2e-7)


# ---- one track, many files ----------------------------------------------------------------------


def test_content_id_is_of_the_samples(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", MUSIC, subtype="PCM_16")
    same = [
        write(tmp_path / "a.flac", soundfile.read(wav, dtype="float32")[0].T, subtype="PCM_16"),
        write(tmp_path / "a.aiff", soundfile.read(wav, dtype="float32")[0].T, subtype="PCM_16"),
        encode(tmp_path / "a.mkv", "pcm_s16le", soundfile.read(wav, dtype="float32")[0].T),
    ]
    copy = tmp_path / "another name.bin"
    copy.write_bytes(wav.read_bytes())
    first = load_audio(wav)
    assert len(first.content_id) == 32
    assert {load_audio(path).content_id for path in [*same, copy]} == {first.content_id}
    assert load_audio(wav, mono=False).content_id == first.content_id
    assert load_audio(wav, sample_rate=8_000).content_id == first.content_id
    assert load_for_analysis(wav).content_id == first.content_id


def test_content_id_differs_for_other_samples_rates_and_channels(tmp_path: Path) -> None:
    other = MUSIC.copy()
    other[1, 700] += 0.01
    paths = [
        write(tmp_path / "a.wav", MUSIC),
        write(tmp_path / "b.wav", other),
        write(tmp_path / "c.wav", MUSIC[:, :-1]),
        write(tmp_path / "d.wav", MUSIC, 48_000),
        write(tmp_path / "e.wav", MUSIC[:1]),
    ]
    assert len({load_audio(path).content_id for path in paths}) == 5


def test_content_id_does_not_depend_on_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", MUSIC)
    whole = load_audio(path).content_id
    monkeypatch.setattr("tools.decoding.BLOCK", 1_000)
    assert load_audio(path).content_id == whole


# ---- odd signals --------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e6, 32_768.0, 5.0, 0.01, 1e-6])
def test_levels_far_from_usual_are_brought_there(tmp_path: Path, factor: float) -> None:
    path = write(tmp_path / "a.wav", MUSIC * np.float32(factor), subtype="FLOAT")
    heard = load_for_analysis(path)
    usual = load_for_analysis(write(tmp_path / "b.wav", MUSIC, subtype="FLOAT"))
    assert usual.gain == 1.0
    assert np.abs(heard.samples).max() == pytest.approx(0.9, rel=0.01)
    assert np.corrcoef(heard.samples[0], usual.samples[0])[0, 1] > 0.9999
    assert not heard.silent
    assert heard.gain == pytest.approx(0.9 / (np.abs(MUSIC.mean(axis=0)).max() * factor), rel=0.01)
    raw = load_audio(path)
    assert raw.content_id == heard.content_id
    assert np.abs(raw.samples).max() == pytest.approx(
        factor * np.abs(MUSIC.mean(axis=0)).max(), rel=1e-3
    )


def test_a_constant_offset_is_taken_out_of_quiet_music(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", MUSIC * np.float32(0.003) + np.float32(0.5), subtype="FLOAT")
    heard = load_for_analysis(path)
    assert abs(float(heard.samples.mean())) < 0.01
    assert np.abs(heard.samples).max() == pytest.approx(0.9, rel=0.05)


def test_a_glitch_does_not_drown_the_music(tmp_path: Path) -> None:
    music = sines(3.0)
    music[:, 100] = 1e9
    heard = load_for_analysis(write(tmp_path / "a.wav", music, subtype="FLOAT"))
    assert 0.02 < np.abs(heard.samples[0, 200:]).max() < 1.0


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf])
def test_garbage_samples_count_as_silence(tmp_path: Path, garbage: float) -> None:
    music = MUSIC.copy()
    music[0, ::500] = garbage
    heard = load_audio(write(tmp_path / "a.wav", music, subtype="FLOAT"), mono=False)
    assert np.isfinite(heard.samples).all()
    assert (heard.samples[0, ::500] == 0).all()
    np.testing.assert_array_equal(heard.samples[1], music[1])


@pytest.mark.parametrize(
    ("signal", "subtype"),
    [
        (0 * MUSIC, "PCM_16"),
        (0 * MUSIC + 0.5, "FLOAT"),
        (0 * MUSIC + np.array([[0.5], [-0.2]]), "FLOAT"),
        (np.sign(MUSIC) / 32768, "PCM_16"),
        (np.sign(MUSIC) * 2**-23, "PCM_24"),
        (MUSIC * np.nan, "FLOAT"),
        (MUSIC * 1e-12, "FLOAT"),
    ],
    ids=["zeros", "offset", "offsets", "dither-16", "dither-24", "nan", "nothing"],
)
def test_silence_is_known_and_not_blown_up(tmp_path: Path, signal: Samples, subtype: str) -> None:
    for rate in (44_100, 22_050):
        path = write(tmp_path / "a.wav", signal, rate, subtype=subtype)
        heard = load_for_analysis(path)
        assert heard.silent
        assert not heard.samples.any()
        assert heard.gain == 1.0
        assert load_audio(path, mono=False).silent


def test_extremes_of_float64_are_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for factor in (1e300, 1e-300, 1e30):
        soundfile.write(path, MUSIC.T * np.float64(factor), 44_100, subtype="DOUBLE")
        assert np.isfinite(load_for_analysis(path).samples).all()


def test_silent_makes_no_copy_of_the_samples() -> None:
    import tracemalloc

    signal = Audio(np.zeros((2, 1 << 21), np.float32), 44_100)
    tracemalloc.start()
    assert signal.silent
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < signal.samples.nbytes / 10
    assert Audio(np.zeros((1, 0), np.float32), 44_100).silent


# ---- long files ---------------------------------------------------------------------------------

LONG = """
import resource, sys
from tools.audio import load_audio, load_for_analysis
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
load_audio(sys.argv[2])
before = peak()
heard = load_for_analysis(sys.argv[1])
print(heard.duration, heard.sample_rate, heard.samples.nbytes, peak() - before)
"""


def test_a_long_file_takes_no_more_memory_than_is_kept_of_it(tmp_path: Path) -> None:
    long = tmp_path / "long.flac"
    burst = np.zeros((80_000, 2), np.int16)
    burst[:2000] = np.random.default_rng(0).integers(-9000, 9000, (2000, 2))
    with soundfile.SoundFile(long, "w", 8_000, 2, "PCM_16") as file:
        for _ in range(100):
            file.write(burst)
    run = subprocess.run(
        [sys.executable, "-c", LONG, str(long), str(write(tmp_path / "short.wav", MUSIC))],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    duration, rate, kept, more = run.stdout.split()
    assert (duration, rate) == ("1000.0", str(LONG_RATE))
    assert int(kept) == 1000 * LONG_RATE * 4
    assert int(more) < int(kept) + 4 * KEPT + 30_000_000


def test_the_analysis_copy_is_at_full_rate_unless_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", sines(1.0, 48_000), 48_000)
    assert load_for_analysis(path).sample_rate == ANALYSIS_RATE
    monkeypatch.setattr(audio_module, "LONG_SECONDS", 0.5)
    assert load_for_analysis(path).sample_rate == LONG_RATE
    monkeypatch.setattr(audio_module, "LONGEST_SECONDS", 0.9)
    with pytest.raises(AudioDecodeError, match=r"hours long.*Cut it into parts"):
        load_for_analysis(path)


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
    paths.append(tmp_path / "tagged.mp3")
    paths[-1].write_bytes(tag + (tmp_path / "a.mp3").read_bytes())
    run = subprocess.run(
        [sys.executable, "-c", LEAKS, *map(str, paths)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
