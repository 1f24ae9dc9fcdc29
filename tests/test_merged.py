"""The base with an adapter added: as peft adds it, in files that llama.cpp and transformers read."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf.quants import dequantize
from safetensors.torch import save_file
from tiny_llama import store_with_base, vocabulary, write_base

from agent.embedded import adapter as lora
from agent.embedded import gguf_file
from agent.embedded.checkpoint import halved, paired, read_gguf, transformers_name
from agent.embedded.merged import MEMBER, merged_folder, merged_gguf
from tools.errors import WeightsError
from tools.weights import WeightStore

PROJECTION = "base_model.model.model.layers.1.self_attn.q_proj"


@pytest.fixture
def tiny(tmp_path: Path) -> WeightStore:
    return store_with_base(tmp_path)


def write_adapter(folder: Path, seed: int = 0, **config: Any) -> Path:
    """Write an adapter of rank 4 for one projection, by hand."""
    dice = torch.Generator().manual_seed(seed)
    folder.mkdir()
    tensors = {
        f"{PROJECTION}.lora_A.weight": torch.randn(4, 64, generator=dice),
        f"{PROJECTION}.lora_B.weight": torch.randn(64, 4, generator=dice),
    }
    save_file(tensors, folder / lora.WEIGHTS)
    said = {"peft_type": "LORA", "lora_alpha": 8, "r": 4} | config
    (folder / lora.CONFIG).write_text(json.dumps(said))
    return folder


# ---- GGUF ---------------------------------------------------------------------------------------


def test_reads_what_the_package_gguf_reads(tmp_path: Path) -> None:
    path = write_base(tmp_path / "base.gguf")
    ours, theirs = gguf_file.read(path), gguf.GGUFReader(path)
    said = {k: f.contents() for k, f in theirs.fields.items() if not k.startswith("GGUF.")}
    assert ours.metadata == said
    assert [t.name for t in ours.tensors] == [t.name for t in theirs.tensors]
    for mine, other in zip(ours.tensors, theirs.tensors, strict=True):
        np.testing.assert_array_equal(
            gguf_file.decoded(mine), dequantize(other.data, other.tensor_type)
        )


@pytest.mark.parametrize("size", [0, 3, 40, 5000])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, size: int) -> None:
    path = write_base(tmp_path / "base.gguf")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"base\.gguf|cut off|no GGUF"):
        gguf_file.read(path)


def test_heads_are_turned_and_turned_back() -> None:
    rows = np.arange(48, dtype=np.float32).reshape(12, 4)
    np.testing.assert_array_equal(halved(paired(rows, 2), 2), rows)
    assert paired(rows, 2)[:4, 0].tolist() == [0, 12, 4, 16]  # the halves 0 1 2 and 3 4 5, in pairs


def test_a_tensor_of_another_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no tensor of a llama"):
        transformers_name("blk.0.ssm_in.weight")


# ---- adapters -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft's own
def test_adds_an_adapter_as_peft_does(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    checkpoint = read_gguf(write_base(tmp_path / "base.gguf"))
    model = LlamaForCausalLM(LlamaConfig(**{**checkpoint.config, "dtype": "float32"}))
    base = {n: torch.from_numpy(w.copy()) for n, w in checkpoint.weights.items()}
    model.load_state_dict(base, strict=False)
    linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    tuned: Any = get_peft_model(
        model, LoraConfig(r=4, lora_alpha=12, target_modules=linear, init_lora_weights=False)
    )
    tuned.save_pretrained(tmp_path / "adapter")
    lora.add_to(checkpoint.weights, tmp_path / "adapter")
    theirs = tuned.merge_and_unload().state_dict()
    changed = 0
    for name, ours in checkpoint.weights.items():
        np.testing.assert_allclose(ours, theirs[name].numpy(), atol=1e-5)
        changed += not np.allclose(ours, base[name].numpy())
    assert changed == 14


@pytest.mark.parametrize(
    ("config", "factor"),
    [
        ({}, 2.0),
        ({"use_rslora": True}, 4.0),
        ({"alpha_pattern": {"self_attn.q_proj": 20}}, 5.0),
    ],
    ids=["alpha / r", "alpha / root of r", "its own alpha"],
)
def test_scales_an_adapter(tmp_path: Path, config: dict[str, Any], factor: float) -> None:
    folder = write_adapter(tmp_path / "adapter", **config)
    weights = read_gguf(write_base(tmp_path / "base.gguf")).weights
    name = "model.layers.1.self_attn.q_proj.weight"
    before = weights[name]
    lora.add_to(weights, folder)
    added = {n.rsplit(".", 2)[-2]: t.numpy() for n, t in _tensors(folder).items()}
    wanted = factor * added["lora_B"] @ added["lora_A"]
    np.testing.assert_allclose(weights[name] - before, wanted, rtol=1e-4, atol=1e-4)


def test_a_weight_that_was_saved_whole_takes_the_place_of_the_old(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "adapter")
    norm = torch.full((64,), 3.0)
    save_file(
        _tensors(folder) | {"base_model.model.model.norm.weight": norm}, folder / lora.WEIGHTS
    )
    weights = read_gguf(write_base(tmp_path / "base.gguf")).weights
    lora.add_to(weights, folder)
    assert (weights["model.norm.weight"] == 3).all()


@pytest.mark.parametrize(
    ("config", "told"),
    [({"use_dora": True}, "plain LoRA"), ({"peft_type": "IA3"}, "plain LoRA")],
    ids=["DoRA", "IA3"],
)
def test_adapters_of_other_kinds_are_refused(
    tiny: WeightStore, tmp_path: Path, config: dict[str, Any], told: str
) -> None:
    folder = write_adapter(tmp_path / "adapter", **config)
    with pytest.raises(WeightsError, match=told):
        merged_gguf(tiny, folder)
    assert {p.name for p in (tiny.cache_dir / "merged").iterdir()} <= {".lock"}


def test_an_adapter_of_another_base_is_refused(tiny: WeightStore, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "adapter")
    renamed = {n.replace("layers.1", "layers.9"): t for n, t in _tensors(folder).items()}
    save_file(renamed, folder / lora.WEIGHTS)
    with pytest.raises(WeightsError, match="does not fit"):
        merged_gguf(tiny, folder)


def test_no_adapter_and_a_broken_one_are_told(tiny: WeightStore, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no adapter"):
        merged_gguf(tiny, tmp_path / "nowhere")
    folder = write_adapter(tmp_path / "adapter")
    (folder / lora.WEIGHTS).write_bytes(b"broken")
    with pytest.raises(WeightsError, match="can't be read"):
        merged_gguf(tiny, folder)


def _tensors(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / lora.WEIGHTS)


# ---- files in the cache -------------------------------------------------------------------------


def test_the_gguf_holds_the_sum_and_the_tokenizer(tiny: WeightStore, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "adapter")
    told: list[float] = []
    path = merged_gguf(tiny, folder, told.append)
    assert told == sorted(told) and told[-1] == 1
    wanted = read_gguf(tiny.file("smollm2", MEMBER)).weights
    lora.add_to(wanted, folder)
    for name, ours in read_gguf(path).weights.items():
        assert np.abs(ours - wanted[name]).max() <= np.abs(wanted[name]).max() / 2048, name
    reader = gguf.GGUFReader(path)
    said = {key: field.contents() for key, field in reader.fields.items()}
    assert said["tokenizer.ggml.tokens"] == vocabulary()
    assert said["tokenizer.ggml.eot_token_id"] == 2 and said["general.file_type"] == 1
    assert {t.tensor_type.name for t in reader.tensors} == {"F16", "F32"}


def test_is_made_once_and_what_an_older_adapter_made_goes(
    tiny: WeightStore, tmp_path: Path
) -> None:
    first, second = (write_adapter(tmp_path / f"adapter{seed}", seed) for seed in (1, 2))
    raw = merged_gguf(tiny, None)
    stale = raw.with_name("raw-01234567-0.gguf")
    stale.touch()
    old, old_folder = merged_gguf(tiny, first), merged_folder(tiny, first)
    made = old.stat().st_mtime_ns
    assert merged_gguf(tiny, first) == old and old.stat().st_mtime_ns == made
    new = merged_folder(tiny, second)
    assert raw.exists() and new.is_dir() and not old.exists() and not old_folder.exists()
    assert not stale.exists()
    assert merged_gguf(tiny, second).exists() and new.is_dir()
    (second / lora.CONFIG).write_text(
        (second / lora.CONFIG).read_text().replace('"lora_alpha": 8', '"lora_alpha": 16')
    )
    assert merged_folder(tiny, second) != new and not new.exists()


def test_transformers_loads_the_folder(tiny: WeightStore) -> None:
    from transformers import AutoTokenizer, LlamaForCausalLM

    folder = merged_folder(tiny, None)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    wanted = read_gguf(tiny.file("smollm2", MEMBER)).weights
    for name, ours in model.state_dict().items():
        if name in wanted:
            np.testing.assert_allclose(ours.numpy(), wanted[name], rtol=2**-8)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer.encode("<|im_start|>key 120é<|im_end|>")
    assert tokenizer.decode(ids) == "<|im_start|>key 120é<|im_end|>"
    assert ids[0] == 1 and ids[-1] == tokenizer.eos_token_id == 2
    assert vocabulary()[ids[1]] == "key" and len(ids) == 9  # every digit stands alone
