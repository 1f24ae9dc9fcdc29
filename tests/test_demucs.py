import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tools.errors import WeightsError
from tools.nets.demucs import load_demucs
from tools.separation import ENGINES, GIVES, separate
from tools.weights import WeightStore

RATE = 44_100
FOUR = ("drums", "bass", "other", "vocals")


def encoded(value: Any) -> Any:
    """As the authors write the arguments of a network: fractions are JSON objects."""
    if isinstance(value, Fraction):
        parts = {"numerator": value.numerator, "denominator": value.denominator}
        return {"_type": "fraction", **parts}
    if isinstance(value, Mapping):
        return {k: encoded(v) for k, v in value.items()}
    return [encoded(v) for v in value] if isinstance(value, list | tuple) else value


def write_bag(folder: Path, name: str, signature: str, sources: tuple[str, ...]) -> Path:
    """A tiny random network in the layout of the authors' repository, saved by the same libraries."""
    import torch
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = HTDemucs(
        sources=list(sources),
        audio_channels=2,
        samplerate=RATE,
        segment=Fraction(2, 1),
        channels=4,
        depth=4,
        nfft=4096,
        bottom_channels=16,
        t_layers=1,
        t_heads=2,
        dconv_comp=2,
    )
    args, kwargs = network._init_args_kwargs
    metadata = {
        "klass": "demucs.htdemucs.HTDemucs",
        "args": json.dumps(encoded(list(args))),
        "kwargs": json.dumps(encoded(kwargs)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), folder / f"{signature}.safetensors", metadata)
    (folder / f"{name}.yaml").write_text(f"models: ['{signature}']\n")
    return folder


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bag(tmp_path_factory.mktemp("hub"), "htdemucs", "955717e8", FOUR)


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    sound = rng.normal(0.02, 0.1, (2, 5 * RATE)).astype(np.float32)
    path = tmp_path_factory.mktemp("mix") / "mix.wav"
    soundfile.write(path, sound.T, RATE, subtype="FLOAT")
    return path, sound


def store_with(cache: Path, name: str, folder: Path) -> WeightStore:
    """A store whose cache holds the bag, and nothing else."""
    home = cache / "weights" / name
    home.parent.mkdir(parents=True)
    home.symlink_to(folder)
    store = WeightStore(cache, offline=True)
    store._verified[name] = home
    return store


def test_it_hears_what_the_package_hears(
    bag: Path, mix: tuple[Path, NDArray[np.float32]], tmp_path: Path
) -> None:
    import torch
    from demucs.apply import apply_model
    from demucs.hf import load_safetensors_model

    made = separate(mix[0], tmp_path / "out", store_with(tmp_path, "htdemucs", bag), suffix=".wav")
    assert made.rung == "hub" and made.estimator.startswith("htdemucs/")
    assert tuple(made.stems) == ("vocals", "drums", "bass", "other")

    wav = torch.from_numpy(mix[1])
    mean, deviation = wav.mean(0).mean(), wav.mean(0).std() + 1e-8
    network = load_safetensors_model(bag / "955717e8.safetensors").eval()
    heard = ((wav - mean) / deviation)[None]
    answer = apply_model(network, heard, shifts=0, overlap=0.25)[0]
    theirs: NDArray[np.float32] = (answer * deviation + mean).numpy()
    theirs += (mix[1] - theirs.sum(axis=0)) / 4  # ours add up to the mix
    for name, path in made.stems.items():
        ours = soundfile.read(path, dtype="float32")[0].T
        # The last chunks lie elsewhere: ours end where the sound ends.
        same = slice(0, int(1.5 * RATE))
        assert np.abs(ours - theirs[FOUR.index(name)])[:, same].max() < 1e-5
        assert ours.shape == mix[1].shape


def test_a_guitar_comes_of_the_bag_that_has_one(
    mix: tuple[Path, NDArray[np.float32]], tmp_path: Path
) -> None:
    folder = write_bag(tmp_path / "hub", "htdemucs_6s", "5c90dfd2", (*FOUR, "guitar", "piano"))
    store = store_with(tmp_path, "htdemucs_6s", folder)
    made = separate(mix[0], tmp_path / "out", store, ["guitar", "piano"], end=2.0)
    assert made.estimator.startswith("htdemucs_6s/")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["guitar.flac", "piano.flac"]


def test_every_engine_of_the_hub_knows_its_stems() -> None:
    assert set(GIVES) == {engine.name for engine in ENGINES}
    assert set(GIVES["htdemucs_6s"]) == {*FOUR, "guitar", "piano"}


def test_what_does_not_load_gives_way(
    bag: Path, mix: tuple[Path, NDArray[np.float32]], tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "htdemucs.yaml").write_text("models: ['955717e8']\n")
    (broken / "955717e8.safetensors").write_bytes(b"<html>not found</html>")
    with pytest.raises(WeightsError, match="does not load"):
        load_demucs(broken)
    store = store_with(tmp_path, "htdemucs", broken)
    made = separate(mix[0], tmp_path / "out", store, ["drums"], end=1.0)
    assert made.rung == "plain"


def test_a_file_does_not_choose_what_is_imported(bag: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    (tmp_path / "htdemucs.yaml").write_text("models: ['955717e8']\n")
    state = load_file(bag / "955717e8.safetensors")
    metadata = {"klass": "os.system", "args": '["true"]', "kwargs": "{}"}
    save_file(state, tmp_path / "955717e8.safetensors", metadata)
    with pytest.raises(WeightsError, match=r"is no network of Demucs but a 'os\.system'"):
        load_demucs(tmp_path)
    with pytest.raises(WeightsError, match=r"no \.yaml"):
        load_demucs(tmp_path / "empty")
