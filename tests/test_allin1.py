"""All-In-One: its graph, its loader, and sections read off what it hears."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tools import stemform
from tools.annotations import Beats
from tools.audio import Audio
from tools.errors import WeightsError
from tools.fetching import sha256
from tools.nets.allin1 import FUNCTIONS, STEMS, load_allin1, neighbours, stem_spectrogram
from tools.stemform import function_letters, read_form
from tools.structure import estimate_sections
from tools.weights import Weight, WeightStore, catalogue

SIZE, HEADS, KERNEL, DEPTH = 8, 2, 5, 3
RATE = 44_100


def attention(name: str, dims: int) -> dict[str, tuple[int, ...]]:
    table = {f"{name}.self.rpb": (HEADS, *[2 * KERNEL - 1] * dims)}
    for part in ("self.query", "self.key", "self.value", "output.dense"):
        table |= linear(f"{name}.{part}", SIZE, SIZE)
    return table


def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def shapes() -> dict[str, tuple[int, ...]]:
    """Every tensor of the published network, made small: 43 a layer and 18 more."""
    table: dict[str, tuple[int, ...]] = {}
    kernels = ((SIZE // 2, 1, 3, 3), (SIZE, SIZE // 2, 1, 12), (SIZE, SIZE, 3, 3))
    for k, kernel in enumerate(kernels):
        table |= {f"embeddings.conv{k}.weight": kernel, f"embeddings.conv{k}.bias": kernel[:1]}
    for name in ("embeddings.norm", "norm"):
        table |= {f"{name}.weight": (SIZE,), f"{name}.bias": (SIZE,)}
    for layer in range(DEPTH):
        for kind, width in (("timelayer", 2 * SIZE), ("instlayer", SIZE)):
            name = f"encoder.layers.{layer}.{kind}"
            for norm, size in (("before", SIZE), ("after", width)):
                table |= {f"{name}.layernorm_{norm}.{x}": (size,) for x in ("weight", "bias")}
            table |= linear(f"{name}.intermediate.dense", width, 4 * width)
            table |= linear(f"{name}.output.dense", 4 * width, SIZE)
            table |= attention(f"{name}.attention", 1 if kind == "timelayer" else 2)
            if kind == "timelayer":
                table |= attention(f"{name}.attention2", 1)
    for head, outputs in (("beat", 1), ("downbeat", 1), ("section", 1), ("function", 10)):
        table |= linear(f"{head}_classifier.classifier", 4 * SIZE, outputs)
    return table


@pytest.fixture(scope="module")
def tensors() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {n: 0.3 * torch.randn(s, generator=generator) for n, s in shapes().items()}


def save(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    torch.save({"state_dict": tensors, "config": {"depth": DEPTH}}, path)
    return path


def noise(seconds: float) -> np.ndarray:
    signal = np.random.default_rng(0).standard_normal(int(seconds * RATE))
    return (0.1 * signal).astype(np.float32)


def test_has_the_tensors_of_the_published_network() -> None:
    assert len(shapes()) == 43 * DEPTH + 18


def test_neighbours_are_those_of_neighbourhood_attention() -> None:
    where, relative = neighbours(23, KERNEL, 3)
    for place in range(23):
        lane = [k for k in range(23) if k % 3 == place % 3]
        at = lane.index(place)
        first = min(max(at - 2, 0), len(lane) - KERNEL)
        assert where[place].tolist() == lane[first : first + KERNEL]
        assert relative[place].tolist() == [first + k - at + KERNEL - 1 for k in range(KERNEL)]


def test_hears_only_what_attention_reaches(
    tmp_path: Path, tensors: dict[str, torch.Tensor]
) -> None:
    (network,) = load_allin1([save(tmp_path / "fold.pth", tensors)])
    spectra = np.random.default_rng(0).random((4, 400, 81), dtype=np.float32)
    boundary, functions = network(spectra)
    assert boundary.shape == (400,)
    assert functions.shape == (400, len(FUNCTIONS))
    changed = spectra.copy()
    changed[1, 200:] = 0.0
    reach = sum(2 * 2 * 2**layer + 2 for layer in range(DEPTH)) + 2
    other, _ = network(changed)
    assert np.allclose(other[: 200 - reach], boundary[: 200 - reach], atol=1e-5)
    assert not np.allclose(other[195:205], boundary[195:205], atol=1e-3)


def test_hears_a_long_track_in_pieces(
    tmp_path: Path, tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    (network,) = load_allin1([save(tmp_path / "fold.pth", tensors)])
    spectra = np.random.default_rng(1).random((4, 500, 81), dtype=np.float32)
    whole = network(spectra)
    monkeypatch.setattr("tools.nets.allin1.CHUNK", 200)
    monkeypatch.setattr("tools.nets.allin1.CONTEXT", 60)
    for once, again in zip(whole, network(spectra), strict=True):
        assert np.allclose(once, again, atol=1e-4)


def test_a_stem_has_81_bands_a_hundredth() -> None:
    assert stem_spectrogram(noise(2.0)).shape == (200, 81)


def test_refuses_what_is_no_checkpoint(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    half = {n: t for n, t in tensors.items() if "function" not in n}
    with pytest.raises(WeightsError, match="not a checkpoint of All-In-One"):
        load_allin1([save(tmp_path / "half.pth", half)])
    page = tmp_path / "page.pth"
    page.write_bytes(b"<html>")
    with pytest.raises(WeightsError, match=r"page\.pth"):
        load_allin1([page])


def test_reads_boundaries_and_functions() -> None:
    boundaries = np.full(4100, 0.01)
    boundaries[[990, 1030, 3000]] = (0.4, 0.9, 0.6)  # the first is too near to the second
    functions = np.full((4100, 10), 0.02)
    for start, end, word in ((0, 1030, "start"), (1030, 3000, "verse"), (3000, 4100, "chorus")):
        functions[start:end, FUNCTIONS.index(word)] = 0.82
    downbeats = tuple(np.arange(0.1, 41, 2.0))
    beats = Beats(downbeats, (1,) * len(downbeats), "truth/1")
    edges, verdicts = read_form(boundaries, functions, 41.0, beats)
    assert edges == pytest.approx([0.0, 10.1, 30.1, 41.0])
    assert [label for label, _ in verdicts] == ["intro", "verse", "chorus"]
    assert verdicts[1][1] == pytest.approx(0.82, abs=0.02)
    assert function_letters(["intro", "verse", "chorus", "verse"]) == ["A", "B", "C", "B"]


def test_is_an_engine_where_its_weights_are(
    tmp_path: Path, tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("allin1", "htdemucs")
    made = {
        name: Weight(name, "structure", "hub", "MIT", True, name, 1, {"fold.pth": ""}, hub="x/y")
        for name in names
    }
    store = WeightStore(tmp_path, offline=True, catalogue={**catalogue(), **made})
    audio = Audio(noise(30.0)[None], RATE, name="song")
    with pytest.raises(WeightsError, match="allin1"):
        estimate_sections(audio, store, engine="allin1")
    assert not estimate_sections(audio, store).estimator.startswith("allin1")
    for name in names:
        folder = tmp_path / "weights" / name
        folder.mkdir(parents=True)
        save(folder / "fold.pth", tensors)
        (folder / "complete.json").write_text(store_note(folder / "fold.pth"), encoding="utf-8")
    spectrum = stem_spectrogram(noise(30.0))
    monkeypatch.setattr(
        stemform, "stem_spectra", lambda audio, store, progress: np.stack([spectrum] * len(STEMS))
    )
    found = estimate_sections(audio, store)
    assert found.estimator == "allin1/1"
    assert found.intervals[-1][1] == 30.0
    assert all(0 < sure <= 1 for sure in found.confidences)


def store_note(path: Path) -> str:
    return json.dumps({path.name: sha256(path)})
