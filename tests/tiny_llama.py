"""A base model of two small layers and random weights, in a GGUF that the package `gguf` wrote."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf.quants import quantize
from tokenizers.pre_tokenizers import ByteLevel

from agent.embedded.merged import BASE, MEMBER
from tools.fetching import sha256
from tools.weights import Weight, WeightStore

WIDTH, INNER, LAYERS, HEADS, KEY_HEADS = 64, 96, 2, 4, 2
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["k e", "ke y", "t e", "Ġ t", "Ġ |"]


def vocabulary() -> list[str]:
    return SPECIAL + sorted(ByteLevel.alphabet()) + [merge.replace(" ", "") for merge in MERGES]


def write_base(path: Path, seed: int = 0) -> Path:
    """Write the model: projections in Q4_1, the embedding in Q8_0, one in F16, norms in F32."""
    dice = np.random.default_rng(seed)
    writer: Any = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(8192)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_file_type(3)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    tokens = vocabulary()
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in SPECIAL else 1 for token in tokens])
    writer.add_token_merges(MERGES)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(2)
    writer.add_add_bos_token(False)
    kinds = gguf.GGMLQuantizationType

    def add(name: str, rows: int, columns: int, kind: Any = kinds.Q4_1) -> None:
        values = dice.normal(0, 0.3, (rows, columns)).astype(np.float32)
        writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)

    add("token_embd.weight", len(tokens), WIDTH, kinds.Q8_0)
    for block in range(LAYERS):
        keys = KEY_HEADS * WIDTH // HEADS
        for name, rows, columns in (
            ("attn_q", WIDTH, WIDTH), ("attn_k", keys, WIDTH), ("attn_v", keys, WIDTH),
            ("attn_output", WIDTH, WIDTH), ("ffn_gate", INNER, WIDTH), ("ffn_up", INNER, WIDTH),
        ):  # fmt: skip
            add(f"blk.{block}.{name}.weight", rows, columns)
        add(f"blk.{block}.ffn_down.weight", WIDTH, INNER, kinds.F16)
        for name in ("attn_norm", "ffn_norm"):
            norm = dice.uniform(0.5, 1.5, WIDTH).astype(np.float32)
            writer.add_tensor(f"blk.{block}.{name}.weight", norm)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def store_with_base(folder: Path) -> WeightStore:
    """Return a store whose base model is the tiny one."""
    source = folder / "source" / MEMBER
    source.parent.mkdir(parents=True)
    write_base(source)
    weight = Weight(
        BASE, "chat", "bundled", "CC0", True, "tiny", 1, {MEMBER: sha256(source)}, wheel="tiny==1"
    )
    store = WeightStore(folder / "cache", offline=True, catalogue={BASE: weight})
    store.fetch(BASE, source=folder / "source")
    return store
