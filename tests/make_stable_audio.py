"""A tiny Stable Audio checkpoint with random weights, in the layout of the hub."""

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def write_stable_audio(folder: Path) -> None:
    """Write a diffusion pipeline of a few thousand weights that makes sound at 8 kHz."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # how the library makes its codec
        _write_stable_audio(folder)


def _write_stable_audio(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers

    diffusers: Any = import_module("diffusers")
    transformers: Any = import_module("transformers")
    letters = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters += [(letter, -2.0) for letter in "▁abcdefghijklmnopqrstuvwxyz0123456789,.#/"]
    unigram = Tokenizer(models.Unigram(letters, 2))
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    torch.manual_seed(0)
    pipeline = diffusers.StableAudioPipeline(
        tokenizer=transformers.T5TokenizerFast(
            tokenizer_object=unigram, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
            model_max_length=128,
        ),
        text_encoder=transformers.T5EncoderModel(
            transformers.T5Config(
                d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=64
            )
        ),
        transformer=diffusers.StableAudioDiTModel(
            sample_size=1024, in_channels=3, num_layers=2, attention_head_dim=4,
            num_key_value_attention_heads=2, out_channels=3, cross_attention_dim=4,
            time_proj_dim=8, global_states_input_dim=8, cross_attention_input_dim=4,
        ),
        projection_model=diffusers.StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=4, min_value=0, max_value=32
        ),
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=6, downsampling_ratios=[4, 8], decoder_channels=3,
            decoder_input_channels=3, audio_channels=2, channel_multiples=[2, 4],
            sampling_rate=8000,
        ),
        scheduler=diffusers.CosineDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0,
            sigma_schedule="exponential",
        ),
    )  # fmt: skip
    pipeline.save_pretrained(folder)
