"""Tiny MusicGen checkpoints with random weights, in the layout of the hub."""

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

RATE, FRAME_RATE = 32_000, 50


def write_musicgen(folder: Path, melody: bool = False) -> None:
    """Write a network of a few thousand weights, with its codec and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers

    transformers: Any = import_module("transformers")  # it is only half typed
    letters = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters += [(letter, -2.0) for letter in "▁abcdefghijklmnopqrstuvwxyz0123456789,.#/"]
    unigram = Tokenizer(models.Unigram(letters, 2))
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=unigram, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    kind = "MusicgenMelody" if melody else "Musicgen"
    text = transformers.T5Config(
        d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=64
    )
    codec = transformers.EncodecConfig(
        sampling_rate=RATE, audio_channels=1, normalize=False, num_filters=4, hidden_size=16,
        codebook_dim=16, upsampling_ratios=[8, 5, 4, 4], codebook_size=64,
        target_bandwidths=[1.2], num_lstm_layers=1,
    )  # fmt: skip
    decoder = getattr(transformers, f"{kind}DecoderConfig")(
        vocab_size=64, hidden_size=16, ffn_dim=16, num_hidden_layers=1, num_attention_heads=2,
        num_codebooks=4, pad_token_id=64, bos_token_id=64, max_position_embeddings=2048,
        initializer_factor=1.0,  # or it hears next to nothing of what it is told
    )  # fmt: skip
    tune = {"num_chroma": 12, "chroma_length": 235} if melody else {}
    config = getattr(transformers, f"{kind}Config")(
        text_encoder=text, audio_encoder=codec, decoder=decoder, **tune
    )
    torch.manual_seed(0)
    model = getattr(transformers, f"{kind}ForConditionalGeneration")(config)
    _liven(model.audio_encoder)
    settings = model.generation_config
    settings.decoder_start_token_id = settings.pad_token_id = settings.bos_token_id = 64
    settings.guidance_scale, settings.do_sample, settings.max_length = 3.0, True, 1500
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _liven(codec: Any) -> None:
    """Let the codec tell sounds apart: as made, its codes are all alike and it says hardly more."""
    import torch

    for half in (codec.encoder, codec.decoder):
        for name, values in half.named_parameters():
            if name.endswith("bias"):
                values.data.zero_()
            elif name.endswith("original0"):  # the length of a weight under weight norm
                values.data.mul_(3)
    with torch.no_grad():
        heard = codec.encoder(0.3 * torch.randn(1, 1, RATE)).std().item()
    for layer in codec.quantizer.layers:
        layer.codebook.embed.normal_(0, heard)


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
