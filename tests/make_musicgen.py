"""Tiny MusicGens with random weights, as the library saves them; their tokenizer is made on the spot."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from make_weights import digest, store_over, toy_weight

from tools.weights import WeightStore

LETTERS = "▁abcdefghijklmnopqrstuvwxyz0123456789,.#/:"
CODES, FRAME, RATE = 64, 640, 32_000


def write_musicgen(folder: Path, melody: bool = False) -> Path:
    """Write a network of 190 000 random weights that writes 50 frames of 4 codes a second."""
    import torch

    transformers: Any = import_module("transformers")  # it is only half typed
    kind = "MusicgenMelody" if melody else "Musicgen"
    text = transformers.T5Config(
        d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=CODES
    )
    codec = transformers.EncodecConfig(
        sampling_rate=RATE,
        audio_channels=1,
        normalize=False,
        num_filters=4,
        hidden_size=16,
        codebook_dim=16,
        upsampling_ratios=[8, 5, 4, 4],
        codebook_size=CODES,
        target_bandwidths=[1.2],
        num_lstm_layers=1,
    )
    decoder = getattr(transformers, f"{kind}DecoderConfig")(
        vocab_size=CODES,
        hidden_size=16,
        ffn_dim=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_codebooks=4,
        pad_token_id=CODES,
        bos_token_id=CODES,
        max_position_embeddings=2048,
    )
    heard = {"num_chroma": 12, "chroma_length": 235} if melody else {}
    config = getattr(transformers, f"{kind}Config")(
        text_encoder=text, audio_encoder=codec, decoder=decoder, **heard
    )
    torch.manual_seed(0)
    model = getattr(transformers, f"{kind}ForConditionalGeneration")(config)
    for name, numbers in model.audio_encoder.named_buffers():
        if name.endswith("codebook.embed"):  # begun with zeros: all codes would sound the same
            numbers.normal_()
    for name, weights in model.audio_encoder.encoder.named_parameters():
        if "bias" in name:  # else all sounds had the same codes
            weights.data.zero_()
    model.audio_encoder.encoder.layers[-1].conv.parametrizations.weight.original0.data.mul_(1000)
    for weights in model.decoder.parameters():
        if weights.ndim > 1:  # as the library begins them, what was before hardly counts
            weights.data.normal_(std=0.5)
    begin = {"decoder_start_token_id": CODES, "pad_token_id": CODES, "bos_token_id": CODES}
    model.generation_config.update(**begin, guidance_scale=3.0, do_sample=True, max_length=1500)
    transformers.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    _tokenizer(transformers).save_pretrained(folder)
    return folder


def store_with(cache: Path, *sizes: str, **settings: Any) -> WeightStore:
    """Return a store that knows the networks the project knows and holds tiny ones of `sizes`."""
    known = []
    for size in ("small", "medium", "melody"):
        name = f"musicgen-{size}"
        home = cache / "weights" / name
        pins = {"model.safetensors": ""}
        if size in sizes:
            home.mkdir(parents=True)
            write_musicgen(home, melody=size == "melody")
            members = {path.name: digest(path.read_bytes()) for path in home.iterdir()}
            (home / "complete.json").write_text(json.dumps(members))
            pins = dict.fromkeys(members, "")
        known.append(
            toy_weight(
                name=name,
                task="generation",
                hub="toy/toy",
                licence="CC BY-NC 4.0",
                commercial=False,
                size=2_000_000_000,
                files=pins,
            )
        )
    return store_over(cache, *known, offline=True, **settings)


def _tokenizer(transformers: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters = Tokenizer(models.Unigram(special + [(letter, -2.0) for letter in LETTERS], 2))
    letters.pre_tokenizer = pre_tokenizers.Metaspace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=letters, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
