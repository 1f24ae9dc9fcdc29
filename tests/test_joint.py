import json
import logging
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.annotations import Embedding, Label, LabelCurve, Tags
from tools.audio import Audio
from tools.concepts import concepts_name, embed_tags, phrases, reference
from tools.embedding import Words
from tools.errors import AudioTooShortError, Cancelled, NoMusicError, WeightsError
from tools.joint import CLAP_SPACE, ENGINES, JointSpace, estimate_embedding
from tools.nets.clap import load_clap
from tools.vocabulary import vocabulary
from tools.weights import WeightStore, catalogue

RATE = 16_000


def tags_of(*surely: str, voice: str = "instrumental") -> Tags:
    """Return tags that are sure of some words, and as sure as anybody of the others."""
    known = vocabulary()
    sure = {label: prior for (_, label), prior in zip(known.words, known.priors, strict=True)}
    sure |= dict.fromkeys((*surely, voice), 0.97)
    sure |= {"vocal": 0.97 if voice == "vocal" else 0.03}
    sure |= {"instrumental": 1.0 - sure["vocal"]}
    posteriors = tuple(Label(label, confidence) for label, confidence in sure.items())
    return Tags((), (), (), Label(voice, 0.97), "demo/1", posteriors=posteriors)


LIBRARY = {
    "nocturne": tags_of("classical", "piano", "slow", "calm", "sad"),
    "metal": tags_of("metal", "rock", "guitar", "drums", "loud", "energetic", voice="vocal"),
    "club": tags_of("techno", "electronic", "dance", "synthesizer", "drums", "fast", "party"),
    "ballad": tags_of("folk", "guitar", "mellow", "sad", "female voice", voice="vocal"),
    "raga": tags_of("indian", "sitar", "relaxed"),
}


@pytest.fixture(scope="module")
def joint(store: WeightStore) -> JointSpace:
    return JointSpace(store, Words(store, engine="minilm"), engine="concepts")


@pytest.fixture
def bare(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path, offline=True)


def best(space: JointSpace, query: str, names: Iterable[str] = LIBRARY) -> str:
    """Return which track of the library is nearest to a text."""
    wanted = space.embed_text([query])[0]
    found = {}
    for name in names:
        vector = space.embed_track(LIBRARY[name])
        assert vector is not None
        found[name] = float(vector @ wanted)
    return max(found, key=lambda name: found[name])


def noise(seconds: float, channels: int = 1) -> Audio:
    rng = np.random.default_rng(7)
    sound = rng.standard_normal((channels, int(seconds * RATE))) * 0.1
    return Audio(sound.astype(np.float32), RATE, name="noise.wav")


# ---- concepts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("sad solo piano", "nocturne"),
        ("something melancholic to fall asleep to, played on a grand piano", "nocturne"),
        ("head-banging with distorted riffs and a screaming vocalist", "metal"),
        ("music for a night of dancing in the club", "club"),
        ("a woman sings a quiet song to her acoustic guitar", "ballad"),
        ("from India", "raga"),
    ],
)
def test_texts_find_their_sounds(joint: JointSpace, query: str, name: str) -> None:
    assert best(joint, query) == name


def test_a_sound_is_on_the_side_of_what_it_has(joint: JointSpace) -> None:
    piano, metal = (joint.embed_track(LIBRARY[name]) for name in ("nocturne", "metal"))
    wanted = joint.embed_text(["sad solo piano"])[0]
    assert piano is not None
    assert metal is not None
    assert piano @ wanted > 0.3
    assert metal @ wanted < 0.1


def test_vectors_have_length_one_and_are_the_same_every_time(
    joint: JointSpace, store: WeightStore
) -> None:
    texts = ["sad solo piano", "", "techno " * 600, "Ünïcödé 노래", "my tax return"]
    vectors = joint.embed_text(texts)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), joint.dim)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    again = JointSpace(store, Words(store), engine="concepts")
    singly = np.concatenate([again.embed_text([text]) for text in texts])
    np.testing.assert_allclose(singly, vectors, atol=1e-4)
    for tags in LIBRARY.values():
        vector = embed_tags(tags)
        assert vector is not None
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_array_equal(vector, embed_tags(tags))


def test_no_texts_have_no_vectors(joint: JointSpace) -> None:
    assert joint.embed_text([]).shape == (0, joint.dim)


@pytest.mark.parametrize("text", ["something sad", "a choir", "workout music", "angry guitars"])
def test_a_wish_for_music_speaks_of_sound(joint: JointSpace, text: str) -> None:
    assert joint.about_sound(text)


@pytest.mark.parametrize("text", ["purple elephants", "my tax return", "120 bpm", "hello", ""])
def test_other_subjects_do_not(joint: JointSpace, text: str) -> None:
    assert not joint.about_sound(text)


def test_each_word_has_a_phrase_of_its_own() -> None:
    assert len(set(phrases())) == len(vocabulary().words)
    assert len(reference()) == len(set(reference()))


def test_usual_confidences_say_nothing() -> None:
    known = vocabulary()
    usual = tuple(
        Label(label, prior) for (_, label), prior in zip(known.words, known.priors, strict=True)
    )
    assert embed_tags(Tags((), (), (), None, "demo/1", posteriors=usual)) is None
    assert embed_tags(Tags((), (), (), None, "plain/1")) is None


def test_tags_without_posteriors_speak_by_what_they_list(joint: JointSpace) -> None:
    listed = Tags(
        (Label("classical", 0.9),), (Label("piano", 0.9),), (Label("sad", 0.8),), None, "demo/1"
    )
    vector = joint.embed_track(listed)
    whole = joint.embed_track(LIBRARY["nocturne"])
    other = joint.embed_track(LIBRARY["metal"])
    assert vector is not None
    assert whole is not None
    assert other is not None
    assert vector @ whole > 0.6
    assert vector @ other < 0.2


def test_a_section_sounds_like_its_stretch(joint: JointSpace) -> None:
    """Sung from 6 s on, with drums until then."""
    windows = tuple((1.5 * i, 1.5 * i + 3.0) for i in range(8))
    sung = tuple(0.02 if end <= 6.0 else 0.98 for _, end in windows)
    beaten = tuple(0.98 if end <= 6.0 else 0.02 for _, end in windows)
    curves = (LabelCurve("vocal", "voice", sung), LabelCurve("drums", "instruments", beaten))
    tags = replace(tags_of("pop"), windows=windows, curves=curves)
    opening, verse = (embed_tags(tags, span) for span in ((0.0, 4.5), (7.5, 12.0)))
    assert opening is not None
    assert verse is not None
    singing, drumming = joint.embed_text(["somebody sings", "a drum break without a singer"])
    assert verse @ singing > 0.2 > opening @ singing
    assert opening @ drumming > 0.2 > verse @ drumming
    np.testing.assert_array_equal(embed_tags(tags, (90.0, 99.0)), embed_tags(tags))


# ---- the task -----------------------------------------------------------------------------------


def test_an_embedding_names_its_space_and_survives_json(bare: WeightStore) -> None:
    found = estimate_embedding(noise(2.0), bare, LIBRARY["raga"])
    assert found.space == concepts_name()
    assert found.estimator == "spelling/1"
    assert Embedding.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    vector = embed_tags(LIBRARY["raga"])
    assert vector is not None
    assert found.vector == pytest.approx(vector, abs=1e-6)


def test_silence_and_snippets_are_refused(bare: WeightStore) -> None:
    silent = Audio(np.zeros((1, 5 * RATE), np.float32), RATE, name="silence.wav")
    with pytest.raises(NoMusicError, match=r"silence\.wav"):
        estimate_embedding(silent, bare, LIBRARY["raga"])
    with pytest.raises(AudioTooShortError, match=r"Embedding needs 1\.0 s"):
        estimate_embedding(noise(0.5), bare, LIBRARY["raga"])
    with pytest.raises(AudioTooShortError):
        estimate_embedding(noise(9.0), bare, LIBRARY["raga"], span=(8.5, 9.0))
    with pytest.raises(NoMusicError, match="Nothing could be told"):
        estimate_embedding(noise(2.0), bare, Tags((), (), (), None, "plain/1"))


def test_without_weights_texts_are_compared_by_their_letters(
    bare: WeightStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        plain = JointSpace(bare, Words(bare))
        assert plain.name == concepts_name()
    assert "concepts gives way" in caplog.text
    assert best(plain, "sad piano") == "nocturne"
    assert best(plain, "drums and loud guitars", ("nocturne", "metal")) == "metal"


def test_an_engine_asked_for_by_name_does_not_give_way(bare: WeightStore) -> None:
    with pytest.raises(WeightsError, match="minilm"):
        estimate_embedding(noise(2.0), bare, LIBRARY["raga"], engine="concepts")
    with pytest.raises(WeightsError, match="clap"):
        JointSpace(bare, Words(bare), engine="clap").embed_text(["a"])


def test_a_large_checkpoint_is_never_fetched_by_surprise(tmp_path: Path) -> None:
    online = WeightStore(tmp_path)
    obstacle = ENGINES[0].obstacle(online)
    assert obstacle is not None
    assert "musicologue models pull clap" in obstacle


# ---- CLAP ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLAP with random weights, saved in the files that the hub has."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, RobertaTokenizerFast

    folder = tmp_path_factory.mktemp("clap")
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    spelling = Tokenizer(models.BPE(unk_token="<unk>"))
    spelling.pre_tokenizer = pre_tokenizers.ByteLevel()
    spelling.train_from_iterator(
        ["sad slow piano music", "fast loud metal"],
        trainers.BpeTrainer(vocab_size=300, special_tokens=special, show_progress=False),
    )
    spelling.model.save(str(folder))
    RobertaTokenizerFast(tokenizer_object=spelling, model_max_length=40).save_pretrained(folder)
    ClapFeatureExtractor(
        feature_size=64, max_length_s=2, truncation="rand_trunc", hop_length=480
    ).save_pretrained(folder)
    config = ClapConfig(
        text_config={
            "vocab_size": 400,
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 48,
        },
        audio_config={
            "spec_size": 128,
            "num_mel_bins": 64,
            "window_size": 4,
            "patch_embeds_hidden_size": 16,
            "depths": [1, 1, 1, 1],
            "num_attention_heads": [2, 2, 2, 2],
            "hidden_size": 128,
            "enable_fusion": False,
        },
        projection_dim=32,
    )
    torch.manual_seed(0)
    model = ClapModel(config)
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return folder


@pytest.fixture
def pulled(checkpoint: Path, tmp_path: Path) -> WeightStore:
    """A store that has CLAP, and nothing else."""
    home = tmp_path / "weights" / "clap"
    shutil.copytree(checkpoint, home)
    sums = {}
    store = WeightStore(tmp_path, offline=True)
    for member in catalogue()["clap"].files:
        if not (home / member).exists():  # newer libraries write what it held elsewhere
            (home / member).write_text("{}", encoding="utf-8")
        sums[member] = store_sha(home / member)
    (home / "complete.json").write_text(json.dumps(sums), encoding="utf-8")
    return store


def store_sha(path: Path) -> str:
    from tools.fetching import sha256

    return sha256(path)


def test_clap_hears_sounds_and_reads_texts(pulled: WeightStore) -> None:
    told: list[float] = []
    audio = noise(21.0)
    found = estimate_embedding(audio, pulled, progress=told.append)
    assert (found.space, found.estimator) == (CLAP_SPACE, "clap/1")
    assert told == sorted(told)
    assert len(told) > 1
    assert told[-1] == 1.0
    space = JointSpace(pulled, Words(pulled))
    assert space.name == CLAP_SPACE
    assert space.dim == len(found.vector) == 32
    texts = space.embed_text(["sad slow piano music", "loud metal"])
    assert np.linalg.norm(texts, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    np.testing.assert_allclose(space.embed_text(["loud metal"])[0], texts[1], atol=1e-5)
    assert estimate_embedding(audio, pulled) == found
    part = estimate_embedding(audio, pulled, span=(2.0, 4.0))
    assert part == estimate_embedding(audio.between(2.0, 4.0), pulled)

    vector = space.embed_track(LIBRARY["metal"], found)
    assert vector is not None
    np.testing.assert_allclose(vector, found.vector, atol=1e-6)
    elsewhere = replace(found, space="clap-of-old")
    assert space.embed_track(LIBRARY["metal"], elsewhere) is None
    assert space.embed_track(LIBRARY["metal"]) is None


def test_clap_averages_its_windows(checkpoint: Path) -> None:
    network = load_clap(checkpoint)
    audio = noise(4.0).at(RATE)
    halves = [network.embed_sound(audio[i : i + 2 * RATE], RATE) for i in (0, 2 * RATE)]
    mean = np.mean(halves, axis=0)
    np.testing.assert_allclose(
        network.embed_sound(audio, RATE), mean / np.linalg.norm(mean), atol=1e-5
    )


def test_clap_can_be_stopped(pulled: WeightStore) -> None:
    def stop(fraction: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        estimate_embedding(noise(3.0), pulled, progress=stop)


def test_a_broken_checkpoint_gives_way(pulled: WeightStore) -> None:
    home = pulled.cache_dir / "weights" / "clap"
    (home / "pytorch_model.bin").write_bytes(b"not a network")
    sums = {member: store_sha(home / member) for member in catalogue()["clap"].files}
    (home / "complete.json").write_text(json.dumps(sums), encoding="utf-8")
    found = estimate_embedding(noise(2.0), pulled, LIBRARY["raga"])
    assert found.space == concepts_name()
