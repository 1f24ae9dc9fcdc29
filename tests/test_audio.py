"""Sound files: what is heard is what was written, at a level that estimators know."""

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
