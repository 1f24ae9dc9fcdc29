"""The audio-language model, tried on a tiny random checkpoint in the layout of the hub."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_weights import digest, store_over, toy_weight

from tools.audio import Audio
from tools.captioning import ENGINES, estimate_caption, without_figures
from tools.errors import Cancelled, WeightsError
from tools.nets import qwen_audio
from tools.nets.qwen_audio import EXCERPT_SECONDS, SAMPLE_RATE, QwenAudio, excerpts_of
from tools.weights import WeightStore

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|AUDIO|>",
    "<|audio_bos|>",
    "<|audio_eos|>",
)


def write_checkpoint(folder: Path) -> None:
    """Write a Qwen2-Audio of a few thousand random weights, as old versions of the library did."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    transformers: Any = import_module("transformers")  # it is only half typed
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    letters = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(alphabet)}, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    letters.add_special_tokens(list(SPECIAL))
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=letters, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    encoder = {"model_type": "qwen2_audio_encoder", "num_mel_bins": 128, "d_model": 16}
    encoder |= {"encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 16}
    decoder = {"model_type": "qwen2", "vocab_size": len(tokenizer), "hidden_size": 16}
    decoder |= {"intermediate_size": 16, "num_hidden_layers": 1, "max_position_embeddings": 4096}
    decoder |= {"num_attention_heads": 2, "num_key_value_heads": 1}
    audio_token = tokenizer.convert_tokens_to_ids("<|AUDIO|>")
    config = transformers.Qwen2AudioConfig(
        audio_config=encoder, text_config=decoder, audio_token_index=audio_token
    )
    torch.manual_seed(0)
    model = transformers.Qwen2AudioForConditionalGeneration(config)
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    features = transformers.WhisperFeatureExtractor(feature_size=128)
    features.save_pretrained(folder)
    settings = folder / "preprocessor_config.json"
    named = json.loads(settings.read_text()) | {"processor_class": "Qwen2AudioProcessor"}
    settings.write_text(json.dumps(named))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    """A cache that holds the tiny checkpoint under the name of the real one."""
    cache = tmp_path_factory.mktemp("cache")
    home = cache / "weights" / "qwen2-audio"
    home.mkdir(parents=True)
    write_checkpoint(home)
    members = {path.name: digest(path.read_bytes()) for path in home.iterdir()}
    (home / "complete.json").write_text(json.dumps(members))
    pins = dict.fromkeys(members, "")
    weight = toy_weight(name="qwen2-audio", task="caption", hub="toy/toy", files=pins)
    return store_over(cache, weight, offline=True)


@pytest.fixture(scope="module")
def model(store: WeightStore) -> QwenAudio:
    return qwen_audio.load_qwen_audio(store.folder("qwen2-audio"))


def noise(seconds: float, seed: int = 0, rate: int = SAMPLE_RATE) -> Any:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * rate))
    return (0.1 * samples).astype(np.float32)


def test_the_answer_depends_on_the_sound_and_on_nothing_else(model: QwenAudio) -> None:
    told: list[float] = []
    one = model.answer([noise(2)], "What is it?", told.append, tokens=6)
    assert told == pytest.approx([k / 6 for k in range(1, 7)])
    assert one and "<|" not in one and "What is it?" not in one
    assert model.answer([noise(2)], "What is it?", tokens=6) == one
    two = model.answer([noise(2), noise(3, 1)], "What is it?", tokens=6)
    assert two  # several excerpts have several places in the prompt


def test_it_stops_when_told_to(model: QwenAudio) -> None:
    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        model.answer([noise(1)], "What is it?", stop)
    assert model.answer([noise(1)], "What is it?", tokens=2)


def test_long_tracks_are_heard_in_excerpts() -> None:
    length = int(EXCERPT_SECONDS * SAMPLE_RATE)
    assert [e.size for e in excerpts_of(noise(20))] == [20 * SAMPLE_RATE]
    assert [e.size for e in excerpts_of(noise(45))] == [length, length]
    signal = noise(100)
    excerpts = excerpts_of(signal)
    assert len(excerpts) == 3
    assert np.array_equal(excerpts[0], signal[:length])
    assert np.array_equal(excerpts[-1], signal[-length:])


def test_a_caption_is_what_the_model_says_without_figures(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Slow strings carry it. It is in D minor at 70 BPM. A harp joins. And then it is cut"
    heard: list[int] = []

    def answer(self: QwenAudio, excerpts: list[Any], question: str, progress: Any) -> str:
        heard.append(len(excerpts))
        return said

    monkeypatch.setattr(QwenAudio, "answer", answer)
    audio = Audio(noise(40)[None], SAMPLE_RATE, "a track")
    one = estimate_caption({}, 40.0, audio, store, engine="qwen2-audio")
    assert one.text == "Slow strings carry it. A harp joins."
    assert one.estimator == ENGINES[0].signature and heard == [2]


def test_it_is_not_taken_on_a_machine_that_can_not_hold_it(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qwen_audio, "_memory_gigabytes", lambda: 4.0)
    assert ENGINES[0].obstacle(store) == "needs 18 GB of free memory, and 4 GB are there"
    monkeypatch.setattr(qwen_audio, "_memory_gigabytes", lambda: 64.0)
    assert ENGINES[0].obstacle(store) is None


def test_a_checkpoint_that_does_not_load_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="does not load"):
        QwenAudio(tmp_path)


@pytest.mark.parametrize(
    "sentence",
    [
        "It runs at 120 BPM.",
        "The key is C.",
        "It is in F# minor.",
        "The meter is 4/4.",
        "A chorus starts at 1:20.",
        "It goes Am, F and C.",
        "The progression is C-G.",
        "It is in a major key.",
        "It lasts 30 seconds.",
    ],
)
def test_figures_that_a_model_makes_up_are_dropped(sentence: str) -> None:
    kept = "A soft piano piece with a major role for the cello."
    assert without_figures(f"{kept} {sentence} I am moved.") == f"{kept} I am moved."
