from itertools import pairwise, product
from pathlib import Path

import mir_eval
import numpy as np
import pytest
from synthesis import Truth

from tools.activations import LISTENERS, halved, pooled
from tools.audio import Audio, load_for_analysis
from tools.barpointer import BarPointer, beat_lengths, observations, tempo_changes
from tools.beats import ENGINES, _in_two, _is_compound, estimate_beats
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.rungs import quiet
from tools.weights import WeightStore

RATE = 22_050


def sound(signal: np.ndarray) -> Audio:
    samples = np.atleast_2d(np.asarray(signal, np.float32))
    return Audio(samples, RATE, name="made")


def burst(hertz: float, level: float) -> np.ndarray:
    t = np.arange(int(0.08 * RATE)) / RATE
    noise = np.random.default_rng(0).normal(0, 0.15, len(t))
    return level * np.exp(-t / 0.02) * (np.sin(2 * np.pi * hertz * t) + noise)


def band(times: np.ndarray, beats_per_bar: int, lead: float = 0.0) -> np.ndarray:
    """Clicks with bass and a new chord on each downbeat; soft ticks between where beats are slow."""
    roots = np.array([220.0, 293.7, 329.6, 246.9])
    signal = np.zeros(int((times[-1] + lead + 1.0) * RATE))

    def add(at: float, part: np.ndarray) -> None:
        start = int((at + lead) * RATE)
        signal[start : start + len(part)] += part

    for k, (at, until) in enumerate(pairwise([*times, 2 * times[-1] - times[-2]])):
        first = k % beats_per_bar == 0
        add(at, burst(1000, 0.3))
        if 0.4 < until - at < 0.8:
            add((at + until) / 2, burst(4000, 0.06))
        if first:
            add(at, burst(70, 0.6))
        root = roots[(k // beats_per_bar) % 4]
        t = np.arange(int((until - at) * RATE)) / RATE
        chord = sum(np.sin(2 * np.pi * root * ratio * t) for ratio in (1, 1.25, 1.5))
        add(at, 0.05 * chord * np.exp(-t) * np.minimum(1, t / 0.01))
    return np.clip(signal, -1, 1)


def grid(bpm: float, seconds: float = 24.0) -> np.ndarray:
    return 0.2 + np.arange(int(seconds * bpm / 60)) * 60 / bpm


def f_measure(truth: np.ndarray, times: tuple[float, ...]) -> float:
    return float(mir_eval.beat.f_measure(truth, np.array(times)))


# ---- the decoder --------------------------------------------------------------------------------


def brute_force(values: np.ndarray, pointer: BarPointer, beats: int) -> float:
    """Return the best log probability over every state sequence of the published model."""
    intervals = pointer.intervals
    states = [(b, k, p) for b in range(beats) for k, i in enumerate(intervals) for p in range(i)]
    place = {state: s for s, state in enumerate(states)}
    change = tempo_changes(intervals, pointer.steadiness)
    moves = np.full((len(states), len(states)), -np.inf)
    for (b, k, p), s in place.items():
        if p + 1 < intervals[k]:
            moves[s, place[b, k, p + 1]] = 0
        else:
            for j in range(len(intervals)):
                moves[s, place[(b + 1) % beats, j, 0]] = change[k, j]
    kinds = [(0 if p >= intervals[k] / 16 else 2 if b == 0 else 1) for b, k, p in states]
    seen = observations(values)[:, kinds]
    score = seen[0] - np.log(len(states))
    for row in seen[1:]:
        score = (score[:, None] + moves).max(axis=0) + row
    return float(score.max())


@pytest.mark.parametrize("beats", [2, 3, 4])
@pytest.mark.parametrize("seed", range(4))
def test_decoder_finds_the_best_path_of_the_whole_state_space(beats: int, seed: int) -> None:
    values = np.random.default_rng(seed).dirichlet([1, 1, 4], size=60)[:, :2]
    pointer = BarPointer(20, lowest_bpm=90, highest_bpm=300, tempi=20, steadiness=3)
    path = pointer.decode(values, beats)
    assert path.log_likelihood == pytest.approx(brute_force(values, pointer, beats))
    assert np.array_equal(np.diff(path.frames), path.intervals[:-1])
    assert set(np.diff(path.positions)) <= {1, 1 - beats}


def test_beat_lengths_are_whole_increasing_and_few() -> None:
    lengths = beat_lengths(14, 60, 30)
    assert lengths[0] == 14
    assert lengths[-1] == 60
    assert 30 <= len(lengths) <= 47
    assert (np.diff(lengths) > 0).all()


def test_tempo_changes_are_probabilities() -> None:
    changes = np.exp(tempo_changes(np.arange(10, 40), 60))
    assert changes.sum(axis=1) == pytest.approx(1)
    assert (changes.argmax(axis=1) == np.arange(30)).all()


def test_two_opinions_are_pooled() -> None:
    sure, unsure = np.array([[0.9, 0.05]], np.float32), np.array([[0.3, 0.1]], np.float32)
    mixed = pooled(sure, np.repeat(unsure, 2, axis=0))
    assert mixed.shape == (1, 2)
    assert 0.3 < mixed[0, 0] < 0.9
    assert pooled(sure, sure) == pytest.approx(sure, rel=1e-3)


def test_halving_the_frames_keeps_every_peak() -> None:
    values = np.zeros((101, 2), np.float32)
    values[[10, 31, 100], 0] = 0.8
    kept = halved(values)
    assert len(kept) == 51
    assert np.flatnonzero(kept[:, 0]).tolist() == [5, 15, 16, 50]
    assert kept[5, 0] == pytest.approx(0.8)
    assert kept[15, 0] == pytest.approx(0.4)


# ---- engines ------------------------------------------------------------------------------------


NAMES = ["plain", "beatnet", "beatnet+madmom"]


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize(("bpm", "beats_per_bar"), [(60, 4), (90, 3), (120, 4), (120, 3), (174, 4)])
def test_clicks_are_found_where_they_are(
    store: WeightStore, engine: str, bpm: float, beats_per_bar: int
) -> None:
    truth = grid(bpm)
    beats = estimate_beats(sound(band(truth, beats_per_bar)), store, engine=engine)
    # At 174 a listener may as well tap every other beat.
    readings = [truth] if bpm < 150 else [truth, truth[::2], truth[1::2]]
    assert max(f_measure(reading, beats.times) for reading in readings) > 0.95
    assert beats.estimator.startswith(engine + "/")
    assert beats.confidence is not None


@pytest.mark.parametrize(
    ("bpm", "beats_per_bar", "meter"), [(120, 3, "3/4"), (120, 4, "4/4"), (90, 3, "3/4")]
)
def test_bars_are_found(store: WeightStore, bpm: float, beats_per_bar: int, meter: str) -> None:
    truth = grid(bpm)
    beats = estimate_beats(sound(band(truth, beats_per_bar)), store)
    assert beats.meter == meter
    assert f_measure(truth[::beats_per_bar], beats.downbeats) > 0.9


def test_a_jig_is_in_two_not_in_three() -> None:
    eighths = np.arange(0, 1200, 12)
    height = np.zeros(1200, np.float32)
    height[eighths] = 0.4
    height[eighths[::3]] = 0.5
    three, two = np.arange(0.0, 1180, 24), np.arange(0, 1180, 36)
    positions = 1 + np.arange(len(three)) % 3
    assert _is_compound(height, three, positions)
    frames, places = _in_two(three, positions)
    assert frames[: len(two)] == pytest.approx(two[: len(frames)])
    assert places[:4].tolist() == [1, 2, 1, 2]
    height[eighths[3::6]] = 0.1  # now the middle of the bar is passed over
    assert not _is_compound(height, three, positions)


def test_a_jig_with_a_pickup_keeps_its_bar_lines() -> None:
    frames, places = _in_two(np.arange(20.0) * 24, 1 + (np.arange(20) + 2) % 3)
    assert frames[places == 1] == pytest.approx(np.arange(24, 457, 72))


def test_a_speeding_piece_is_followed(store: WeightStore) -> None:
    lengths = np.geomspace(60 / 80, 60 / 140, 48)
    truth = 0.2 + np.concatenate([[0], np.cumsum(lengths)])
    beats = estimate_beats(sound(band(truth, 4)), store)
    assert f_measure(truth, beats.times) > 0.9


@pytest.mark.parametrize("engine", ["plain", "beatnet+madmom"])
def test_delayed_sound_has_delayed_beats(store: WeightStore, engine: str) -> None:
    truth = grid(108, 16)
    straight = estimate_beats(sound(band(truth, 4)), store, engine=engine)
    later = estimate_beats(sound(band(truth, 4, lead=0.75)), store, engine=engine)
    shifted = mir_eval.beat.trim_beats(np.array(straight.times) + 0.75)
    assert f_measure(shifted, tuple(mir_eval.beat.trim_beats(np.array(later.times)))) > 0.95


def test_a_clear_pulse_is_surer_than_noise(store: WeightStore) -> None:
    rain = np.random.default_rng(1).normal(0, 0.1, 12 * RATE)
    clear = estimate_beats(sound(band(grid(120, 12), 4)), store).confidence
    try:
        vague = estimate_beats(sound(rain), store).confidence
    except NoMusicError:
        vague = 0.0
    assert clear is not None
    assert vague is not None
    assert clear > 0.5
    assert vague < 0.3


def test_loudness_does_not_matter(store: WeightStore) -> None:
    signal = 0.5 * band(grid(120, 12), 4)
    usual, faint, huge = (estimate_beats(sound(g * signal), store) for g in (1.0, 0.002, 40.0))
    assert faint.times == pytest.approx(usual.times, abs=0.03)
    assert huge.times == pytest.approx(usual.times, abs=0.03)


def test_long_recordings_are_heard_in_pieces(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = sound(band(grid(120, 30), 4))
    whole = LISTENERS["madmom"](audio, store, quiet)
    monkeypatch.setattr("tools.activations.PIECE_SECONDS", 10)
    pieces = LISTENERS["madmom"](audio, store, quiet)
    assert pieces.shape == whole.shape
    # The networks remember some 20 s, so pieces of 10 s differ a little; of 10 minutes, not at all.
    assert np.corrcoef(pieces.ravel(), whole.ravel())[0, 1] > 0.99


# ---- what is refused ----------------------------------------------------------------------------


def test_silence_has_no_beats(store: WeightStore) -> None:
    with pytest.raises(NoMusicError, match="'made' is silent"):
        estimate_beats(sound(np.zeros(10 * RATE)), store)


def test_one_second_is_too_short(store: WeightStore) -> None:
    with pytest.raises(AudioTooShortError, match=r"needs 2\.0 s"):
        estimate_beats(sound(band(grid(120, 12), 4)[:RATE]), store)


def test_permissive_licence_leaves_madmom_out(tmp_path: Path) -> None:
    cache = Path.home() / ".cache" / "musicologue"
    permissive = WeightStore(cache, licence="permissive")
    beats = estimate_beats(sound(band(grid(120, 10), 4)), permissive)
    assert beats.estimator.split("/")[0] == "beatnet"
    with pytest.raises(WeightsError, match="madmom"):
        estimate_beats(sound(band(grid(120, 10), 4)), permissive, engine="madmom")


def test_without_weights_the_plain_engine_answers(tmp_path: Path) -> None:
    beats = estimate_beats(sound(band(grid(120, 10), 4)), WeightStore(tmp_path, offline=True))
    assert beats.estimator.split("/")[0] == "plain"


@pytest.mark.parametrize("engine", NAMES)
def test_progress_grows_and_can_cancel(store: WeightStore, engine: str) -> None:
    seen: list[float] = []
    audio = sound(band(grid(120, 10), 4))
    estimate_beats(audio, store, engine=engine, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_beats(audio, store, engine=engine, progress=stop)


def test_engines_have_names_of_their_own() -> None:
    assert all(a.name != b.name for a, b in product(ENGINES, ENGINES) if a is not b)


def test_a_hit_on_the_very_first_sample_is_the_first_beat(store: WeightStore, pop: Truth) -> None:
    beats = estimate_beats(load_for_analysis(pop.path), store)
    assert beats.times[0] == pytest.approx(0.0, abs=0.03)
    assert beats.positions[:5] == (1, 2, 3, 4, 1)
