"""Loudness against the test signals of EBU Tech 3341 and 3342 that can be synthesised."""

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from agent.grounding import check
from agent.ledger import Ledger
from agent.listening import LEVELS, hear
from agent.record import TrackRecord, facts_of
from agent.record_claims import all_claims
from agent.render import describe_words
from agent.report import report
from tools.annotations import Loudness
from tools.audio import Audio, load_for_analysis
from tools.errors import AudioTooShortError, NoMusicError
from tools.kweighting import PowerMeter
from tools.loudness import estimate_loudness
from tools.weights import WeightStore

RATE = 48_000
Sound = NDArray[np.float32]


def sine(*parts: tuple[float, float], hertz: float = 1000.0, rate: int = RATE) -> Sound:
    """Stretches of a sine, each (dBFS of its peak, seconds), shape=(n,)."""
    ends = itertools.accumulate(round(s * rate) for _, s in parts)
    gains = np.repeat([10 ** (db / 20) for db, _ in parts], [round(s * rate) for _, s in parts])
    t = np.arange(list(ends)[-1]) / rate
    return (gains * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def loudness(*channels: Sound, rate: int = RATE) -> Loudness:
    return estimate_loudness(Audio(np.stack(channels), rate))


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23.0, 20.0)], -23.0),
        ([(-33.0, 20.0)], -33.0),
        ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        ([(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ],
    ids=["1", "2", "3", "4", "5"],
)
def test_integrated_loudness_of_tech_3341(parts: list[tuple[float, float]], lufs: float) -> None:
    signal = sine(*parts)
    assert loudness(signal, signal).integrated == pytest.approx(lufs, abs=0.1)


def test_channels_behind_weigh_more_and_the_lfe_nothing() -> None:
    front, middle, back = sine((-28.0, 20.0)), sine((-24.0, 20.0)), sine((-30.0, 20.0))
    assert loudness(front, front, middle, back, back).integrated == pytest.approx(-23.0, abs=0.1)
    boom = sine((-3.0, 20.0), hertz=50.0)
    six = loudness(front, front, middle, boom, back, back)
    assert six.integrated == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
def test_a_full_scale_sine_of_997_hz_in_one_channel_is_at_minus_three(rate: int) -> None:
    # ITU-R BS.1770-4: -3.01 LKFS
    found = loudness(sine((0.0, 5.0), hertz=997.0, rate=rate), rate=rate)
    assert found.integrated == pytest.approx(-3.01, abs=0.1)
    assert found.peak == pytest.approx(0.0, abs=0.05)
    assert found.range == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("levels", "spread"),
    [
        ([-20.0, -30.0], 10.0),
        ([-20.0, -15.0], 5.0),
        ([-40.0, -20.0], 20.0),
        ([-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ],
    ids=["1", "2", "3", "4"],
)
def test_loudness_range_of_tech_3342(levels: list[float], spread: float) -> None:
    signal = sine(*((level, 20.0) for level in levels))
    assert loudness(signal, signal).range == pytest.approx(spread, abs=1.0)


def test_is_what_pyloudnorm_says_of_noise() -> None:
    import pyloudnorm

    rng = np.random.default_rng(3)
    swell = np.linspace(0.02, 0.3, 12 * RATE)
    noise = (rng.standard_normal((2, 12 * RATE)) * swell).astype(np.float32)
    wanted = pyloudnorm.Meter(RATE, filter_class="DeMan").integrated_loudness(noise.T)
    assert loudness(*noise).integrated == pytest.approx(wanted, abs=0.02)


def test_blocks_of_any_size_make_the_same_powers() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((33_333, 2)).astype(np.float32)
    whole = PowerMeter(11_025)
    whole.add(noise)
    pieces = PowerMeter(11_025)
    for part in np.split(noise, np.sort(rng.integers(0, len(noise), 40))):
        pieces.add(part)
    assert len(whole.powers().tenths) == 30
    np.testing.assert_allclose(pieces.powers().tenths, whole.powers().tenths, rtol=1e-9)


def written(path: Path, channels: Sound, rate: int = 44_100, subtype: str = "FLOAT") -> Path:
    soundfile.write(path, channels.T, rate, subtype=subtype)
    return path


@pytest.mark.parametrize("gain", [1.0, 0.01, 20.0], ids=["usual", "soft", "loud"])
@pytest.mark.parametrize("opposite", [False, True], ids=["apart", "opposite"])
def test_a_file_is_told_as_it_is_in_stereo(tmp_path: Path, gain: float, opposite: bool) -> None:
    """The analysis copy is mono, at a usual level, and zero where channels are opposite."""
    noise = np.random.default_rng(2).standard_normal((2, 5 * 44_100)) * 0.1 * gain
    if opposite:
        noise[1] = -noise[0]
    stereo = noise.astype(np.float32)
    audio = load_for_analysis(written(tmp_path / "noise.wav", stereo))
    assert len(audio.samples) == 1
    found = estimate_loudness(audio)
    assert found.integrated == pytest.approx(loudness(*stereo, rate=44_100).integrated, abs=0.01)
    assert found.peak == pytest.approx(20 * np.log10(np.abs(stereo).max()), abs=0.01)


def test_a_raised_copy_without_powers_is_told_as_it_was() -> None:
    signal = sine((-23.0, 4.0))[None]
    raised = Audio(np.float32(10.0) * signal, RATE, gain=10.0)
    assert estimate_loudness(raised) == estimate_loudness(Audio(signal, RATE))


def test_a_short_sound_has_no_range_and_a_shorter_one_no_loudness() -> None:
    assert loudness(sine((-20.0, 2.0))).range is None
    with pytest.raises(AudioTooShortError, match=r"0\.4 s"):
        loudness(sine((-20.0, 0.3)))


def test_silence_has_no_loudness() -> None:
    with pytest.raises(NoMusicError, match="silent"):
        loudness(sine((-90.0, 3.0)))


def test_three_minutes_of_stereo_cost_little() -> None:
    block = np.random.default_rng(0).standard_normal((10 * 44_100, 2)).astype(np.float32)
    meter = PowerMeter(44_100)
    meter.add(block[:100])  # imports
    begun = time.process_time()
    for _ in range(18):
        meter.add(block)
    assert time.process_time() - begun < 1.0  # 0.3 s on an idle core
    assert len(meter.powers().tenths) == 1800


def test_is_heard_at_every_level_and_becomes_facts(tmp_path: Path) -> None:
    assert all("loudness" in tasks for tasks in LEVELS.values())
    signal = sine((-20.0, 20.0), (-30.0, 20.0), rate=44_100)
    audio = load_for_analysis(written(tmp_path / "steps.wav", np.stack([signal, signal])))
    heard = hear(audio, WeightStore(tmp_path, offline=True), ["loudness"], {})
    assert heard.problems == {}
    record = TrackRecord(
        audio.content_id, "x.wav", {}, audio.duration, 44_100, 2,
        {"loudness": heard.annotations["loudness"].to_dict()},
    )  # fmt: skip
    facts = facts_of(record)
    assert facts["lufs"] == pytest.approx(-22.6, abs=0.3)
    assert facts["loudness_range"] == pytest.approx(10.0, abs=1.0)
    assert facts["peak"] == pytest.approx(-20.0, abs=0.1)
    assert facts["dynamics"] == "wide"


def test_reports_tell_it_in_a_phrase() -> None:
    found = Loudness(-11.23, 6.4, -0.31, "bs1770/plain")
    record = TrackRecord("a" * 32, "x.wav", {}, 60.0, 44_100, 2, {"loudness": found.to_dict()})
    assert "−11.2 LUFS, range 6 LU" in describe_words(record)
    shown = report(record).plain
    assert "−11.2 LUFS, range 6 LU" in shown and "peak −0.3 dBFS" in shown
    assert "LUFS" not in report(record, ["key"]).plain


@pytest.mark.parametrize(
    ("said", "statuses"),
    [
        ("It measures −11.2 LUFS, range 6 LU.", ["supported", "supported"]),
        ("It is at -14 LUFS.", ["contradicted"]),
        ("It has -11.2 LUFS and a range of 12 LU.", ["supported", "contradicted"]),
    ],
)
def test_a_loudness_that_is_told_is_held_against_what_was_measured(
    said: str, statuses: list[str]
) -> None:
    found = Loudness(-11.23, 6.4, -0.31, "bs1770/plain")
    record = TrackRecord("a" * 32, "x.wav", {}, 60.0, 44_100, 2, {"loudness": found.to_dict()})
    verdicts = check(said, Ledger(all_claims("#1", record)), "how loud is it?")
    assert [v.status for v in verdicts] == statuses
