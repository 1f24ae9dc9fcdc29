from pathlib import Path

import numpy as np
import pytest
import soundfile

from tools.annotations import Beats
from tools.click import click, write_click
from tools.errors import AudioDecodeError, Cancelled, NoMusicError

RATE = 22_050
TIMES = tuple(0.4 + 0.5 * i for i in range(16))
BEATS = Beats(TIMES, tuple(i % 4 + 1 for i in range(16)), "b/1", "4/4")


def song(path: Path, peak: float, channels: int = 2, seconds: float = 9.0) -> Path:
    rng = np.random.default_rng(0)
    t = np.arange(int(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * f * t) for f in (110, 220, 330)) + 0.01 * rng.standard_normal(
        t.size
    )
    tone *= peak / np.abs(tone).max()
    soundfile.write(path, np.repeat(tone[:, None], channels, 1), RATE, subtype="FLOAT")
    return path


def mixed(tmp_path: Path, peak: float, beats: Beats = BEATS, ending: str = "flac") -> np.ndarray:
    out = tmp_path / f"click.{ending}"
    write_click(song(tmp_path / "song.wav", peak), out, beats)
    samples, rate = soundfile.read(out)
    assert rate == RATE and samples.shape[1] == 2
    return np.asarray(samples)


def high(samples: np.ndarray, at: float) -> float:
    """Energy above 900 Hz in the 30 ms from a time."""
    low = round(at * RATE)
    part = samples[low : low + round(0.03 * RATE), 0]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size))) ** 2
    return float(spectrum[np.fft.rfftfreq(part.size, 1 / RATE) > 900].sum())


@pytest.mark.parametrize("peak", [0.02, 0.5, 1.0, 4.0])
def test_clicks_are_heard_on_the_beats_and_nowhere_else(tmp_path: Path, peak: float) -> None:
    samples = mixed(tmp_path, peak)
    on = [high(samples, t) for t in TIMES]
    off = [high(samples, t + 0.25) for t in TIMES]
    assert min(on) > 10 * max(off)
    accents = [e for e, p in zip(on, BEATS.positions, strict=True) if p == 1]
    plain = [e for e, p in zip(on, BEATS.positions, strict=True) if p != 1]
    assert min(accents) > 1.5 * max(plain)


@pytest.mark.parametrize("peak", [0.02, 0.5, 1.0, 4.0])
def test_nothing_is_clipped_and_the_song_is_still_there(tmp_path: Path, peak: float) -> None:
    samples = mixed(tmp_path, peak)
    assert 0.6 < np.abs(samples).max() < 0.999
    quiet = samples[: round(0.35 * RATE), 0]
    assert 0.1 < np.sqrt(np.mean(quiet**2)) < 0.5


def test_clicks_begin_on_the_sample(tmp_path: Path) -> None:
    song_alone = mixed(tmp_path, 0.5, Beats((8.5,), (1,), "b/1"))
    difference = mixed(tmp_path, 0.5)[:, 0] - song_alone[:, 0]
    loud = np.flatnonzero(np.abs(difference) > 0.02)
    starts = loud[np.diff(loud, prepend=-RATE) > RATE // 5] / RATE
    assert np.allclose(starts[: len(TIMES)], TIMES, atol=0.002)


def test_accents_have_another_pitch() -> None:
    def hertz(accent: bool) -> float:
        sound = click(RATE, accent)
        return float(np.abs(np.fft.rfft(sound, 1 << 14)).argmax() * RATE / (1 << 14))

    assert hertz(True) / hertz(False) == pytest.approx(1.5, abs=0.05)


def test_beats_closer_than_a_click_do_not_add_up(tmp_path: Path) -> None:
    close = Beats(tuple(1 + 0.001 * i for i in range(50)), (1,) * 50, "b/1")
    assert np.abs(mixed(tmp_path, 1.0, close)).max() < 1.0


def test_silence_gets_clicks_too(tmp_path: Path) -> None:
    source = tmp_path / "silence.wav"
    soundfile.write(source, np.zeros((RATE * 2, 6)), RATE)
    write_click(source, tmp_path / "a.wav", BEATS)
    samples, _ = soundfile.read(tmp_path / "a.wav")
    assert samples.ndim == 1 and 0.15 < np.abs(samples).max() < 0.5


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    import tracemalloc

    source = song(tmp_path / "long.wav", 0.5, seconds=200.0)
    tracemalloc.start()
    write_click(source, tmp_path / "a.flac", BEATS)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 0.25 * 200 * RATE * 2 * 4


def test_it_can_be_stopped_and_says_what_is_wrong(tmp_path: Path) -> None:
    def stop(fraction: float) -> None:
        raise Cancelled

    source = song(tmp_path / "song.wav", 0.5)
    with pytest.raises(Cancelled):
        write_click(source, tmp_path / "a.flac", BEATS, stop)
    with pytest.raises(NoMusicError, match=r"No beats were heard in 'song\.wav'"):
        write_click(source, tmp_path / "a.flac", Beats((), (), "b/1"))
    with pytest.raises(AudioDecodeError):
        write_click(tmp_path / "none.wav", tmp_path / "a.flac", BEATS)
