import numpy as np
import pytest

from tools.annotations import Beats, Tempo
from tools.audio import Audio
from tools.errors import NoMusicError
from tools.tempo import estimate_tempo

RATE = 22_050


def steady(bpm: float, count: int = 60, confidence: float | None = 0.9) -> Beats:
    times = 0.5 + np.arange(count) * 60 / bpm
    return Beats(tuple(times), tuple(1 + np.arange(count) % 4), "made/1", "4/4", confidence)


def clicks(bpm: float, seconds: float = 20.0) -> Audio:
    signal = np.zeros(int(seconds * RATE), np.float32)
    click = np.exp(-np.arange(1000) / 200) * np.random.default_rng(0).normal(0, 0.5, 1000)
    for at in np.arange(0.5, seconds - 1, 60 / bpm):
        start = int(at * RATE)
        signal[start : start + 1000] += click
    return Audio(signal[None], RATE)


@pytest.mark.parametrize("bpm", [60.0, 97.3, 120.0, 174.0])
def test_tempo_of_a_steady_pulse(bpm: float) -> None:
    tempo = estimate_tempo(steady(bpm))
    assert tempo.bpm == pytest.approx(bpm, rel=0.002)
    assert tempo.steady is True
    assert np.array(tempo.bpms) == pytest.approx(bpm, rel=0.01)
    assert tempo.estimator == "made/1"


def test_frames_of_20_ms_do_not_blur_the_tempo() -> None:
    times = np.round((0.5 + np.arange(80) * 60 / 123.4) * 50) / 50
    tempo = estimate_tempo(Beats(tuple(times), (0,) * 80, "made/1"))
    assert tempo.bpm == pytest.approx(123.4, rel=0.003)
    assert tempo.steady is True


def test_alternatives_are_ranked_and_less_likely_than_the_tempo() -> None:
    tempo = estimate_tempo(steady(120))
    by_relation = {c.relation: c.bpm for c in tempo.alternatives}
    assert by_relation == {"half": 60.0, "double": 240.0, "3/2": 180.0, "2/3": 80.0}
    shares = [c.confidence for c in tempo.alternatives]
    assert shares == sorted(shares, reverse=True)
    assert tempo.confidence is not None
    assert tempo.confidence > shares[0]
    assert tempo.confidence + sum(shares) == pytest.approx(0.9)


@pytest.mark.parametrize(("bpm", "left"), [(155, {"half", "3/2", "2/3"}), (40, {"double", "3/2"})])
def test_no_reading_is_faster_or_slower_than_anybody_taps(bpm: float, left: set[str]) -> None:
    tempo = estimate_tempo(steady(bpm))
    assert {c.relation for c in tempo.alternatives} == left


def test_the_sound_decides_between_alternatives() -> None:
    beats = steady(80, 24)
    doubled = estimate_tempo(beats, clicks(160))
    plain = estimate_tempo(beats, clicks(80))

    def double(tempo: Tempo) -> float:
        return next(c.confidence for c in tempo.alternatives if c.relation == "double")

    assert doubled.alternatives[0].relation == "double"
    assert double(doubled) > 1.4 * double(plain)


def test_a_fast_reading_prefers_half_over_double() -> None:
    relations = [c.relation for c in estimate_tempo(steady(145)).alternatives]
    assert relations.index("half") < relations.index("double")


def test_drift_shows_in_the_curve() -> None:
    lengths = np.geomspace(60 / 90, 60 / 130, 60)
    times = np.concatenate([[0.0], np.cumsum(lengths)])
    tempo = estimate_tempo(Beats(tuple(times), (0,) * len(times), "made/1"))
    assert tempo.steady is False
    assert tempo.bpms[0] == pytest.approx(90, rel=0.04)
    assert tempo.bpms[-1] == pytest.approx(130, rel=0.04)
    assert len(tempo.times) == len(tempo.bpms) == len(times) - 1


def test_two_beats_are_no_tempo() -> None:
    with pytest.raises(NoMusicError, match="needs 3 beats; 2 were found"):
        estimate_tempo(steady(120, 2))
