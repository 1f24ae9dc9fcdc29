"""The base model's file: a GGUF read into float weights, and written again with others.

Weights go by the names transformers gives them. llama.cpp turns pairs of *neighbouring* dimensions
of a head (Su et al. 2021), transformers the *halves* of a head, so in a GGUF the rows of the query
and key projections are interleaved; here they are always as transformers wants them. This file
knows the llama architecture, no adapter and no cache.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.embedded import gguf_file
from agent.embedded.gguf_file import GgufFile, Tensor
from tools.rungs import Progress, quiet

Weights = dict[str, NDArray[np.float32]]

_WHOLE = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_BLOCK = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
MOSTLY_F16 = 1
"""What llama.cpp calls such a file."""


@dataclass(frozen=True)
class Checkpoint:
    """A model in memory.

    Parameters
    ----------
    weights : name as in transformers -> float32, (out, in) for a projection
    config : the ``config.json`` of transformers
    source : the file it was read from, for its metadata
    """

    weights: Weights
    config: Mapping[str, Any]
    source: GgufFile


def read_gguf(path: Path, progress: Progress = quiet) -> Checkpoint:
    """Read a llama model.

    Raises
    ------
    ValueError
        If the file is no GGUF, or of another architecture.
    """
    source = gguf_file.read(path)
    config = _config(source)
    weights: Weights = {}
    for done, tensor in enumerate(source.tensors):
        name = transformers_name(tensor.name)
        values, heads = gguf_file.decoded(tensor), _heads(name, config)
        weights[name] = halved(values, heads) if heads else values
        progress((done + 1) / len(source.tensors))
    return Checkpoint(weights, config, source)


def write_gguf(checkpoint: Checkpoint, path: Path) -> None:
    """Write the weights with the metadata and the tokenizer of the file they came from.

    In half precision: so small a model does not bear eight bits. Of eight answers of the raw one,
    float32 and F16 said all alike, Q8_0 four, for a third less time a token.
    """
    source = checkpoint.source
    changed = {
        "general.file_type": MOSTLY_F16,
        # A grammar that may end only allows the end of turn: named, or llama.cpp takes
        # <|endoftext|> for it, which the model never says.
        "tokenizer.ggml.eot_token_id": int(checkpoint.config["eos_token_id"]),
    }
    kept = [raw for key, raw in source.raw.items() if key not in changed]
    ours = [gguf_file.entry(key, number) for key, number in changed.items()]
    tensors = [(t.name, *_stored(t, checkpoint)) for t in source.tensors]
    gguf_file.write(path, kept + ours, tensors)


def write_folder(checkpoint: Checkpoint, folder: Path) -> None:
    """Write what transformers loads: bfloat16 weights, the configuration and the tokenizer."""
    import torch
    from safetensors.torch import save_file

    tensors = {n: torch.from_numpy(w).to(torch.bfloat16) for n, w in checkpoint.weights.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    said = {
        "config.json": checkpoint.config,
        "generation_config.json": {"eos_token_id": checkpoint.config["eos_token_id"]},
        "tokenizer.json": _tokenizer(checkpoint.source),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|im_end|>",
            "chat_template": checkpoint.source.metadata.get("tokenizer.chat_template", ""),
        },
    }
    for name, content in said.items():
        text = json.dumps(content, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")


def transformers_name(name: str) -> str:
    """Return ``"model.layers.3.mlp.up_proj.weight"`` for ``"blk.3.ffn_up.weight"``.

    Raises
    ------
    ValueError
        If no llama model has such a tensor.
    """
    stem, _, ending = name.rpartition(".")
    try:
        if stem in _WHOLE:
            return f"{_WHOLE[stem]}.{ending}"
        _, number, part = stem.split(".")
        return f"model.layers.{number}.{_BLOCK[part]}.{ending}"
    except (KeyError, ValueError):
        raise ValueError(f"'{name}' is no tensor of a llama model.") from None


def halved(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return projection rows (heads * size, in) in transformers' order, from llama.cpp's."""
    pairs = rows.reshape(heads, -1, 2, rows.shape[-1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows.shape)


def paired(rows: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Return projection rows (heads * size, in) in llama.cpp's order, from transformers'."""
    halves = rows.reshape(heads, 2, -1, rows.shape[-1])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows.shape)


# ---- inside -------------------------------------------------------------------------------------


def _stored(tensor: Tensor, checkpoint: Checkpoint) -> tuple[int, NDArray[Any]]:
    """Return the kind and the blocks that a tensor's weights are written as."""
    name = transformers_name(tensor.name)
    values, heads = checkpoint.weights[name], _heads(name, checkpoint.config)
    if heads:
        values = paired(values, heads)
    if values.ndim == 2:
        return gguf_file.F16, values.astype(np.float16)
    return gguf_file.F32, values


def _heads(name: str, config: Mapping[str, Any]) -> int:
    """Return how many heads the rows of a projection are interleaved in, 0 for none."""
    if "q_proj" in name:
        return int(config["num_attention_heads"])
    return int(config["num_key_value_heads"]) if "k_proj" in name else 0


def _config(source: GgufFile) -> dict[str, Any]:
    said = source.metadata
    if said.get("general.architecture") != "llama":
        raise ValueError(f"This is a '{said.get('general.architecture')}' model, not a llama one.")
    width, heads = said["llama.embedding_length"], said["llama.attention.head_count"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "hidden_size": width,
        "head_dim": width // heads,
        "intermediate_size": said["llama.feed_forward_length"],
        "num_hidden_layers": said["llama.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": said["llama.attention.head_count_kv"],
        "rms_norm_eps": said["llama.attention.layer_norm_rms_epsilon"],
        "max_position_embeddings": said["llama.context_length"],
        "rope_parameters": {"rope_type": "default", "rope_theta": said["llama.rope.freq_base"]},
        "vocab_size": len(said["tokenizer.ggml.tokens"]),
        "tie_word_embeddings": all(t.name != "output.weight" for t in source.tensors),
        "bos_token_id": said["tokenizer.ggml.bos_token_id"],
        "eos_token_id": said["tokenizer.ggml.eos_token_id"],
        "pad_token_id": said["tokenizer.ggml.padding_token_id"],
    }


def _tokenizer(source: GgufFile) -> dict[str, Any]:
    """Return the ``tokenizer.json`` of SmolLM2: byte-level BPE in which every digit stands alone."""
    tokens = source.metadata["tokenizer.ggml.tokens"]
    kinds = source.metadata["tokenizer.ggml.token_type"]
    control = 3  # llama_token_type: a special token, never the text of anything
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    bytes_as_letters = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": t, **flags, "special": True}
            for i, (t, kind) in enumerate(zip(tokens, kinds, strict=True))
            if kind == control
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Digits", "individual_digits": True},
                bytes_as_letters | {"use_regex": True},
            ],
        },
        "post_processor": None,
        "decoder": bytes_as_letters | {"use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {t: i for i, t in enumerate(tokens)},
            "merges": source.metadata["tokenizer.ggml.merges"],
        },
    }
