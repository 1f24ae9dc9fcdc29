"""Keys: exact on cadences in all keys, at any pitch and level, with changes found over time."""

import json
from functools import lru_cache
from pathlib import Path

import mir_eval
import numpy as np
import pytest
from numpy.typing import NDArray

from tools import theory
from tools.annotations import Key
from tools.audio import Audio
from tools.chroma import compute_chroma
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.key import ENGINES, estimate_key
from tools.keyscore import KEYS
from tools.nets import madmom_key
from tools.weights import WeightStore

RATE = 22_050
Signal = NDArray[np.float32]

CADENCES = {  # roots over the tonic with their chords' thirds; ends at home
    "major": [(0, 4), (9, 3), (5, 4), (7, 4), (0, 4), (2, 3), (7, 4), (0, 4)],
    "minor": [(0, 3), (8, 4), (5, 3), (7, 4), (0, 3), (5, 3), (7, 4), (0, 3)],
}


def audio(signal: Signal, name: str = "test") -> Audio:
    return Audio(np.atleast_2d(signal).astype(np.float32), RATE, name=name)


@lru_cache
def tone(midi: float, seconds: float) -> Signal:
    """A plucked note of six partials."""
    t = np.arange(int(seconds * RATE)) / RATE
    hertz = 440.0 * 2.0 ** ((midi - 69) / 12)
    partials = sum(0.6**k * np.sin(2 * np.pi * hertz * (k + 1) * t) for k in range(6))
    return np.asarray(partials * np.exp(-1.5 * t) * np.minimum(1.0, t / 0.01), np.float32)


def cadence(tonic: float, mode: str, repeats: int = 1, chord_seconds: float = 1.0) -> Signal:
    """Chords with a bass and the tonic's scale above, `tonic` in semitones over C."""
    chords = []
    for root, third in CADENCES[mode]:
        home = 48 + tonic + root
        notes = [home - 12, home, home + third, home + 7, home + 12]
        chords.append(np.sum([tone(note, chord_seconds) for note in notes], axis=0))
    return np.asarray(0.05 * np.tile(np.concatenate(chords), repeats), np.float32)


@pytest.fixture(scope="module")
def permissive(cache_dir: Path) -> WeightStore:
    return WeightStore(cache_dir, licence="permissive")


@pytest.mark.parametrize("engine", ["madmom", "profiles"])
@pytest.mark.parametrize("number", range(24), ids=[" ".join(key) for key in KEYS])
def test_cadence_in_every_key(number: int, engine: str, store: WeightStore) -> None:
    mode = theory.MODES[number // 12]
    key = estimate_key(audio(cadence(number % 12, mode)), store, engine=engine)
    assert mir_eval.key.weighted_score(str(key), " ".join(KEYS[number])) == 1
    assert (key.tonic, key.mode) == KEYS[number]
    assert key.changes == ()


@pytest.mark.parametrize("engine", ["madmom", "profiles"])
@pytest.mark.parametrize("cents", [-40, 40])
def test_detuned_recording(cents: int, engine: str, store: WeightStore) -> None:
    for tonic, mode in ((7, "major"), (4, "minor")):
        key = estimate_key(audio(cadence(tonic + cents / 100, mode)), store, engine=engine)
        assert (key.tonic, key.mode) == (theory.tonic_name(tonic, mode), mode)


def tune(tonic: int, mode: str, seed: int) -> Signal:
    """Random notes of the scale over the cadence, the same ones for every tonic."""
    pick = np.random.default_rng(seed)
    steps = [theory.pitch_class(n) for n in theory.scale("C", mode)]
    melody = [tone(72 + tonic + pick.choice(steps), 0.25) for _ in range(32)]
    chords = cadence(tonic, mode)
    line = np.concatenate(melody)[: len(chords)]
    return np.asarray(chords + 0.1 * np.pad(line, (0, len(chords) - len(line))), np.float32)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mode", theory.MODES)
def test_transposed_music_has_the_transposed_key(
    mode: str, seed: int, permissive: WeightStore
) -> None:
    home = estimate_key(audio(tune(0, mode, seed)), permissive)
    for up in (1, 6, 10):
        moved = estimate_key(audio(tune(up, mode, seed)), permissive)
        assert theory.pitch_class(moved.tonic) == (theory.pitch_class(home.tonic) + up) % 12
        assert moved.mode == home.mode
        assert moved.confidence == pytest.approx(home.confidence, abs=0.15)


@pytest.mark.parametrize("gain", [1e-3, 100.0])
def test_loudness_does_not_matter(gain: float, store: WeightStore) -> None:
    signal = cadence(2, "minor")
    plain, scaled = (estimate_key(audio(signal * g), store) for g in (1.0, gain))
    assert (plain.tonic, plain.mode) == (scaled.tonic, scaled.mode)
    assert plain.confidence == pytest.approx(scaled.confidence, abs=0.01)


def test_alternatives_are_ranked_and_name_the_relative_key(store: WeightStore) -> None:
    for number in (0, 8, 13, 22):
        mode = theory.MODES[number // 12]
        key = estimate_key(audio(cadence(number % 12, mode)), store)
        confidences = [key.confidence or 0.0, *(c.confidence for c in key.alternatives)]
        assert confidences == sorted(confidences, reverse=True)
        assert sum(confidences) <= 1.001
        assert 1 <= len(key.alternatives) <= 4
        (relative,) = (c for c in key.alternatives if c.relation == "relative")
        named = theory.relative(key.tonic, key.mode)
        assert theory.pitch_class(relative.tonic) == theory.pitch_class(named[0])
        assert relative.mode == named[1]
        assert str(key) not in {str(c) for c in key.alternatives}


@pytest.mark.parametrize("engine", ["madmom", "profiles"])
def test_modulation_is_found_where_it_is(engine: str, store: WeightStore) -> None:
    first, second = cadence(0, "major", 3), cadence(3, "major", 3)
    key = estimate_key(audio(np.concatenate([first, second])), store, engine=engine)
    before, after = key.changes
    assert (str(before), str(after)) == ("C major", "Eb major")
    assert before.start == 0
    assert before.end == after.start == pytest.approx(24, abs=3)
    assert after.end == pytest.approx(48, abs=0.01)


@pytest.mark.parametrize("mode", theory.MODES)
def test_long_piece_in_one_key_has_no_changes(mode: str, store: WeightStore) -> None:
    key = estimate_key(audio(cadence(5, mode, 12)), store)
    assert key.changes == ()


def test_policy_without_madmom_falls_to_the_profiles(permissive: WeightStore) -> None:
    assert estimate_key(audio(cadence(0, "major")), permissive).estimator == "profiles/1"
    with pytest.raises(WeightsError, match="permissive"):
        estimate_key(audio(cadence(0, "major")), permissive, engine="madmom")


def test_profiles_need_no_weights(tmp_path: Path) -> None:
    key = estimate_key(audio(cadence(9, "minor")), WeightStore(tmp_path, offline=True))
    assert (key.tonic, key.mode, key.estimator) == ("A", "minor", "profiles/1")


def test_best_engine_answers_by_default(store: WeightStore) -> None:
    assert estimate_key(audio(cadence(0, "major")), store).estimator == ENGINES[0].signature


def test_key_survives_json(store: WeightStore) -> None:
    signal = np.concatenate([cadence(0, "major", 3), cadence(3, "major", 3)])
    key = estimate_key(audio(signal), store)
    assert Key.from_dict(json.loads(json.dumps(key.to_dict()))) == key


def test_silence_has_no_key(store: WeightStore) -> None:
    with pytest.raises(NoMusicError, match="silent"):
        estimate_key(audio(np.full(5 * RATE, 0.25, np.float32)), store)


@pytest.mark.parametrize("sound", ["noise", "clicks", "hits"])
def test_what_has_no_pitch_has_no_key(sound: str, store: WeightStore) -> None:
    t = np.arange(8 * RATE) / RATE
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(t))
    signals = {
        "noise": noise,
        "clicks": (np.arange(len(t)) % (RATE // 2) == 0).astype(float),
        "hits": noise * np.exp(-(t % 0.5) / 0.05),
    }
    with pytest.raises(NoMusicError, match="no clear pitch"):
        estimate_key(audio(np.asarray(signals[sound], np.float32)), store)


def test_drums_make_the_verdict_less_sure(permissive: WeightStore) -> None:
    clean = cadence(0, "major")
    noise = np.random.default_rng(0).standard_normal(len(clean)).astype(np.float32)
    noisy = clean + 2 * clean.std() * noise
    sure, unsure = (estimate_key(audio(s), permissive).confidence for s in (clean, noisy))
    assert sure is not None and unsure is not None and unsure < sure - 0.1


def test_too_short(store: WeightStore) -> None:
    with pytest.raises(AudioTooShortError, match="Key estimation needs"):
        estimate_key(audio(tone(60, 1.0)), store)


def test_progress_reaches_the_end_and_can_stop_the_work(store: WeightStore) -> None:
    told: list[float] = []
    estimate_key(audio(cadence(0, "major")), store, progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_key(audio(cadence(0, "major")), store, progress=stop)


def test_network_runs_in_blocks_without_a_seam(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = madmom_key.MadmomKey(store.file("madmom", "madmom/models/key/2018/key_cnn.pkl"))
    signal = np.concatenate([cadence(0, "major", 2), cadence(6, "minor", 2)])
    whole = np.concatenate(list(network.activations(signal)))
    monkeypatch.setattr(madmom_key, "BLOCK", 40)
    blocks = list(network.activations(signal))
    assert len(blocks) == 4
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-4)


def test_chroma_shows_the_notes_and_the_tuning() -> None:
    chord = np.sum([tone(note + 0.25, 3.0) for note in (48, 64, 67)], axis=0)
    chroma = compute_chroma(np.asarray(chord, np.float32))
    strongest = np.argsort(-chroma.all.sum(axis=0))[:3]
    assert set(strongest.tolist()) == {0, 4, 7}
    assert int(chroma.bass.sum(axis=0).argmax()) == 0
    assert chroma.tuning == pytest.approx(0.25, abs=0.03)
    assert chroma.pitchedness > 0.5
