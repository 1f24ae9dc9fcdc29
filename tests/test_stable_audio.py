"""Stable Audio Open, tried on a tiny random checkpoint in the layout of the hub."""

from pathlib import Path

import numpy as np
import pytest
from make_stable_audio import write_stable_audio
from make_weights import digest, store_over, toy_weight

from tools.audio import Audio
from tools.composing.audio_engines import ENGINES, generate_audio
from tools.errors import Cancelled, WeightsError
from tools.nets.stable_audio import StableAudio
from tools.weights import WeightStore, catalogue

RATE = 8000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stable")
    write_stable_audio(folder)
    return folder


@pytest.fixture(scope="module")
def network(folder: Path) -> StableAudio:
    return StableAudio(folder)


def test_it_writes_stereo_of_the_length_asked(network: StableAudio) -> None:
    assert network.sample_rate == RATE
    assert network.longest == pytest.approx(1024 * 32 / RATE)
    sound = network.write("a slow piano", 2.0, steps=3)
    assert sound.shape == (2, 2 * RATE)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0


def test_the_seed_and_the_words_decide(network: StableAudio) -> None:
    first, again, other, others = (
        network.write(text, 1.0, seed, steps=3)
        for text, seed in (("rain", 1), ("rain", 1), ("rain", 2), ("drums", 1))
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert not np.array_equal(first, others)


def test_progress_is_told_and_can_stop_it(network: StableAudio) -> None:
    told: list[float] = []
    network.write("rain", 1.0, progress=told.append, steps=4)
    assert told == [0.25, 0.5, 0.75, 1.0]

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        network.write("rain", 1.0, progress=stop, steps=4)


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(WeightsError, match="does not load"):
        StableAudio(tmp_path)


def test_it_is_an_engine_with_its_limits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.nets import stable_audio

    monkeypatch.setattr(stable_audio, "STEPS", 3)
    files = {
        f.relative_to(folder).as_posix(): digest(f.read_bytes())
        for f in folder.rglob("*")
        if f.is_file()
    }
    weight = toy_weight(name="stable-audio-open", task="generation", hub="x/y", files=files)
    store = store_over(tmp_path, weight, offline=True)
    store.fetch("stable-audio-open", source=folder)
    made = generate_audio("soft rain", 2.0, 0, store, engine="stable-audio")
    assert made.name == "stable-audio/1"
    assert made.samples.shape[0] == 2
    assert np.abs(made.samples).max() <= 1
    wave = np.sin(np.arange(2 * RATE) / 9).astype(np.float32)
    before = Audio(wave[None], RATE)
    with pytest.raises(WeightsError, match="follows no tune"):
        generate_audio("rain", 2.0, 0, store, like=before, engine="stable-audio")
    with pytest.raises(WeightsError, match="goes on from no recording"):
        generate_audio("rain", 2.0, 0, store, continue_from=before, engine="stable-audio")
    with pytest.raises(WeightsError, match="47 s at most"):
        generate_audio("rain", 60.0, 0, store, engine="stable-audio")


def test_the_catalogue_holds_no_pickle_of_it() -> None:
    weight = catalogue()["stable-audio-open"]
    assert not weight.commercial
    assert not [name for name in weight.files if name.endswith((".bin", ".pt", ".ckpt"))]
    assert "models pull" in str(ENGINES[-1].obstacle(WeightStore(Path("/nonexistent"))))
