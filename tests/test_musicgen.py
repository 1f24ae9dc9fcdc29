"""MusicGen, tried on tiny random checkpoints in the layout of the hub."""

import json
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_musicgen import CODES, FRAME, RATE, write_musicgen

from tools.errors import Cancelled, WeightsError
from tools.nets.musicgen import Commission, MusicGen
from tools.nets.musicgen_melody import HOP, melody_classes, melody_window

TEXT = "a slow piano, d minor"
SCALE = (60, 62, 64, 65, 67, 69, 71)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> MusicGen:
    return MusicGen(write_musicgen(tmp_path_factory.mktemp("small")))


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> MusicGen:
    return MusicGen(write_musicgen(tmp_path_factory.mktemp("melody"), melody=True))


def tune(*keys: int, seconds: float = 1.0) -> Any:
    """Return sines, one after another, at the network's rate."""
    times = np.arange(int(seconds * RATE)) / RATE
    notes = [0.3 * np.sin(2 * np.pi * 440 * 2 ** ((key - 69) / 12) * times) for key in keys]
    return np.concatenate(notes).astype(np.float32)


def written(network: MusicGen, **asked: Any) -> Any:
    usual: dict[str, Any] = {"text": TEXT, "seconds": 1.0}
    sound, known = network.write(Commission(**usual | asked))
    return sound[known:]


def test_words_become_sound_of_the_length_asked_for(network: MusicGen) -> None:
    told: list[float] = []
    sound, known = network.write(Commission(TEXT, 1.5), told.append)
    assert sound.shape == (round(1.5 * RATE),) and sound.dtype == np.float32 and known == 0
    assert np.isfinite(sound).all() and sound.std() > 1e-4
    assert len(told) >= 75 and told[-1] == 1.0  # one for each frame, and the last codebooks' delay
    assert all(0 <= a <= b for a, b in pairwise(told)) and told[30] == pytest.approx(31 / 75)


def test_seed_and_words_decide_and_nothing_else(network: MusicGen) -> None:
    import torch

    torch.manual_seed(5)
    one = written(network, seed=7)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.rand(1) == after  # the process's own random numbers go on as if nothing had been
    assert np.array_equal(written(network, seed=7), one)
    assert not np.allclose(written(network, seed=8), one)
    assert not np.allclose(written(network, seed=7, text="loud drums"), one)
    endless = written(network, text="loud drums " * 4000, seconds=0.1)
    assert endless.size == 0.1 * RATE


def test_it_stops_when_told_to_and_can_be_asked_again(network: MusicGen) -> None:
    told: list[float] = []

    def stop(fraction: float) -> None:
        told.append(fraction)
        if len(told) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        network.write(Commission(TEXT, 20.0), stop)
    assert len(told) == 5
    assert written(network).size == RATE


def test_it_goes_on_from_sound(network: MusicGen) -> None:
    import torch

    before = tune(60, 64)
    sound, known = network.write(Commission(TEXT, 1.0, before=before))
    assert known == before.size and sound.size == before.size + RATE
    codec = network._model.audio_encoder
    with torch.inference_mode():
        codes = codec.encode(torch.from_numpy(before)[None, None]).audio_codes
        rendered = codec.decode(codes, [None]).audio_values[0, 0].numpy()
    early = slice(0, before.size // 2)  # the codec hears both sides of a moment
    assert sound[early] == pytest.approx(rendered[early], abs=1e-3)
    other, _ = network.write(Commission(TEXT, 1.0, before=tune(71, 50)))
    assert not np.allclose(other[known:], sound[known:])


def test_only_the_end_of_a_long_recording_is_heard(network: MusicGen) -> None:
    end = tune(60)
    asked: dict[str, Any] = {"window": 3.0, "overlap": 1.0}
    one, known = network.write(Commission(TEXT, 1.0, before=np.r_[tune(70, 72), end], **asked))
    assert known == RATE
    two, _ = network.write(Commission(TEXT, 1.0, before=end, **asked))
    assert np.array_equal(one, two)


def test_a_long_piece_is_written_in_windows_that_hear_each_other(
    network: MusicGen, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[Any, Any]] = []
    real = MusicGen._written

    def spy(self: MusicGen, begun: Any, *rest: Any) -> tuple[Any, Any]:
        codes, sound = real(self, begun, *rest)
        seen.append((begun.clone(), codes.clone()))
        return codes, sound

    monkeypatch.setattr(MusicGen, "_written", spy)
    told: list[float] = []
    asked = Commission(TEXT, 5.0, window=2.0, overlap=0.8)
    sound, _ = network.write(asked, told.append)
    assert len(seen) == 4 and sound.size == 5 * RATE
    assert told[-1] == 1.0 and all(a <= b for a, b in pairwise(told))
    for (_, before), (begun, codes) in pairwise(seen):
        assert begun.shape == (4, 40) and begun.equal(before[:, -40:])
        assert begun.equal(codes[:, :40]) and int(codes.max()) < CODES
        assert codes.shape[1] * FRAME <= 2 * RATE


def test_the_melody_is_the_loudest_class_of_each_moment() -> None:
    classes = melody_classes(tune(*SCALE), RATE)
    assert classes.size == 7 * RATE // HOP + 1
    middles = [round((number + 0.5) * RATE / HOP) for number in range(len(SCALE))]
    assert [int(classes[middle]) for middle in middles] == [key % 12 for key in SCALE]
    bass = 3 * tune(*[36 + 6] * 7)  # louder than the tune, and below what counts
    assert [int(k) for k in melody_classes(tune(*SCALE) + bass, RATE)[middles]] == [
        key % 12 for key in SCALE
    ]
    assert melody_classes(tune(69, seconds=0.1), RATE).size == 1  # shorter than a frame


def test_a_window_hears_its_part_of_the_melody() -> None:
    classes = np.array([2, 4, 5])
    rows = melody_window(classes, -1, 6)
    assert rows.shape == (6, 12) and (rows.sum(axis=1) == 1).all()
    assert rows.argmax(axis=1).tolist() == [0, 2, 4, 5, 2, 4]
    assert melody_window(classes, 1, 2).argmax(axis=1).tolist() == [4, 5]


def test_a_network_follows_a_melody(listener: MusicGen, network: MusicGen) -> None:
    assert listener.hears_melody and not network.hears_melody
    one = written(listener, melody=tune(60))
    assert np.array_equal(written(listener, melody=tune(60)), one)
    assert not np.allclose(written(listener, melody=tune(67)), one)
    assert np.array_equal(written(listener), one)  # to the network C is silence
    sound, known = listener.write(Commission(TEXT, 0.5, melody=tune(67), before=tune(60)))
    assert known == RATE and sound.size == 1.5 * RATE
    with pytest.raises(ValueError, match="hears no melody"):
        written(network, melody=tune(60))


# ---- checkpoints that are none ------------------------------------------------------------------


def refused(folder: Path) -> str:
    """Return what is said of a checkpoint that does not load."""
    with pytest.raises(WeightsError, match="does not load") as caught:
        MusicGen(folder)
    return str(caught.value)


def test_weights_that_lack_or_are_no_numbers_are_refused(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    path = write_musicgen(tmp_path) / "model.safetensors"
    whole = load_file(path)
    name = "enc_to_dec_proj.weight" if "enc_to_dec_proj.weight" in whole else min(whole)
    save_file({k: v for k, v in whole.items() if k != name}, path, {"format": "pt"})
    assert f"it lacks 1 weights, {name} first" in refused(tmp_path)
    save_file(whole | {name: torch.full_like(whole[name], torch.nan)}, path, {"format": "pt"})
    assert "are not numbers" in refused(tmp_path)
    save_file(whole | {name: torch.zeros(3, 3)}, path, {"format": "pt"})
    refused(tmp_path)
    path.write_bytes(path.read_bytes()[:5000])
    refused(tmp_path)


def test_no_pickle_is_ever_read(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    (write_musicgen(tmp_path) / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Trap()}))
    assert "safetensors" in refused(tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_settings_that_fit_no_network_are_refused(tmp_path: Path) -> None:
    settings = write_musicgen(tmp_path) / "config.json"
    begin = tmp_path / "generation_config.json"
    kept = settings.read_text()
    settings.write_text(json.dumps(json.loads(kept) | {"model_type": "t5"}))
    assert "it is a 't5'" in refused(tmp_path)
    settings.write_text("{}")
    refused(tmp_path)
    settings.write_text(kept)
    begin.write_text(json.dumps({"pad_token_id": CODES}))
    assert "how to begin" in refused(tmp_path)
    begin.unlink()
    refused(tmp_path)
    stereo = json.loads(kept)
    stereo["decoder"]["audio_channels"] = 2
    settings.write_text(json.dumps(stereo))
    assert "several channels" in refused(tmp_path)


def test_the_names_that_older_libraries_gave_to_weights_are_known(
    tmp_path: Path, network: MusicGen
) -> None:
    from safetensors.torch import load_file, save_file

    path = write_musicgen(tmp_path) / "model.safetensors"
    old = {
        name.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): weight
        for name, weight in load_file(path).items()
    }
    assert any(name.endswith("weight_g") for name in old)  # as the hub holds them
    save_file(old, path, {"format": "pt"})
    assert np.array_equal(written(MusicGen(tmp_path)), written(network))
