from pathlib import Path

import numpy as np
import pytest
import torch

from tools.audio import Audio
from tools.beats import estimate_beats
from tools.errors import WeightsError
from tools.nets.beat_this import HOP_LENGTH, SAMPLE_RATE, load_beat_this
from tools.rungs import quiet
from tools.weights import WeightStore

SIZE, HEAD, STEM = 64, 16, 16


def tensors() -> dict[str, torch.Tensor]:
    """A tiny checkpoint with the names and the layout of the published ones."""
    made = torch.Generator().manual_seed(0)
    names: dict[str, torch.Tensor] = {}

    def put(name: str, *shape: int) -> None:
        names[f"model.{name}"] = 0.3 * torch.randn(*shape, generator=made)

    def batch_norm(name: str, size: int) -> None:
        for part in ("weight", "bias", "running_mean"):
            put(f"{name}.{part}", size)
        names[f"model.{name}.running_var"] = torch.ones(size)
        names[f"model.{name}.num_batches_tracked"] = torch.tensor(7)

    def attention(name: str, size: int) -> None:
        put(f"{name}.norm.gamma", size)
        names[f"model.{name}.rotary_embed.freqs"] = 10000.0 ** -(torch.arange(0, HEAD, 2) / HEAD)
        put(f"{name}.to_qkv.weight", 3 * size, size)
        put(f"{name}.to_gates.weight", size // HEAD, size)
        put(f"{name}.to_gates.bias", size // HEAD)
        put(f"{name}.to_out.0.weight", size, size)

    def feed_forward(name: str, size: int) -> None:
        put(f"{name}.net.0.gamma", size)
        put(f"{name}.net.1.weight", 4 * size, size)
        put(f"{name}.net.1.bias", 4 * size)
        put(f"{name}.net.4.weight", size, 4 * size)
        put(f"{name}.net.4.bias", size)

    batch_norm("frontend.stem.bn1d", 128)
    put("frontend.stem.conv2d.weight", STEM, 1, 4, 3)
    batch_norm("frontend.stem.bn2d", STEM)
    for k in range(3):
        block, size = f"frontend.blocks.{k}", STEM << k
        for axis in "FT":
            attention(f"{block}.partial.attn{axis}", size)
            feed_forward(f"{block}.partial.ff{axis}", size)
        put(f"{block}.conv2d.weight", 2 * size, size, 2, 3)
        batch_norm(f"{block}.norm", 2 * size)
    put("frontend.linear.weight", SIZE, 4 * 8 * STEM)
    put("frontend.linear.bias", SIZE)
    for k in range(2):
        attention(f"transformer_blocks.layers.{k}.0", SIZE)
        feed_forward(f"transformer_blocks.layers.{k}.1", SIZE)
    put("transformer_blocks.norm.gamma", SIZE)
    put("task_heads.beat_downbeat_lin.weight", 2, SIZE)
    put("task_heads.beat_downbeat_lin.bias", 2)
    return names


def save(path: Path, state: dict[str, torch.Tensor]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": state, "hyper_parameters": {"n_layers": 2, "lr": 0.0008}}, path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("hub") / "final0.ckpt", tensors())


def music(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    signal = rng.normal(0, 0.01, int(seconds * SAMPLE_RATE))
    for start in range(5000, len(signal) - 3000, SAMPLE_RATE // 2):
        signal[start : start + 2000] += rng.normal(0, 0.3, 2000)
    return signal.astype(np.float32)


def test_a_checkpoint_loads_and_answers_with_probabilities(checkpoint: Path) -> None:
    signal = music(4)
    heard = load_beat_this(checkpoint)(signal, quiet)
    assert heard.shape == (1 + len(signal) // HOP_LENGTH, 2)
    assert (heard >= 0).all()
    assert (heard.sum(axis=1) <= 1 + 1e-6).all()
    assert heard.std() > 1e-3


def test_chunks_fit_together(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_beat_this(checkpoint)
    signal = music(8)
    whole = network(signal, quiet)
    monkeypatch.setattr("tools.nets.beat_this.CHUNK", 150)
    parts = network(signal, quiet)
    assert parts.shape == whole.shape
    # Attention sees other frames in a chunk, so the two agree in the large only.
    assert np.corrcoef(whole[:, 1], parts[:, 1])[0, 1] > 0.8


def test_its_names_may_come_from_a_compiled_network(checkpoint: Path, tmp_path: Path) -> None:
    compiled = {
        k.replace("frontend.blocks", "frontend._orig_mod.blocks"): v for k, v in tensors().items()
    }
    signal = music(3)
    other = load_beat_this(save(tmp_path / "compiled.ckpt", compiled))
    assert np.array_equal(other(signal, quiet), load_beat_this(checkpoint)(signal, quiet))


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    partial = {k: v for k, v in tensors().items() if "task_heads" not in k}
    with pytest.raises(WeightsError, match="is not a checkpoint of Beat This!"):
        load_beat_this(save(tmp_path / "half.ckpt", partial))
    (tmp_path / "page.ckpt").write_text("<html>404</html>")
    with pytest.raises(WeightsError, match=r"page\.ckpt"):
        load_beat_this(tmp_path / "page.ckpt")


def hub(cache: Path, file: Path, bundled: WeightStore | None = None) -> WeightStore:
    """A store whose cache holds `file` as the hub weight."""
    home = cache / "weights" / "beat_this"
    home.mkdir(parents=True)
    (home / "final0.ckpt").write_bytes(file.read_bytes())
    store = WeightStore(cache, offline=True)
    store._verified["beat_this"] = home
    if bundled is not None:
        store._verified["beatnet"] = bundled.folder("beatnet")
    return store


def test_it_is_the_first_choice_where_it_is(checkpoint: Path, tmp_path: Path) -> None:
    audio = Audio(music(6)[None], SAMPLE_RATE)
    beats = estimate_beats(audio, hub(tmp_path, checkpoint))
    assert beats.estimator.startswith("beat_this/")


def test_a_broken_checkpoint_gives_way(tmp_path: Path, store: WeightStore) -> None:
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(b"not a checkpoint")
    audio = Audio(music(6)[None], SAMPLE_RATE)
    beats = estimate_beats(audio, hub(tmp_path / "cache", broken, store))
    assert beats.estimator.startswith("beatnet/")
    with pytest.raises(WeightsError, match="Beat This!"):
        estimate_beats(audio, hub(tmp_path / "again", broken), engine="beat_this")
