import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tools.embedding import ENGINES, SPACES, Words, hashed_vectors
from tools.errors import WeightsError
from tools.weights import WeightStore

ROOT = Path(__file__).parent.parent
TEXTS = [
    "a sad slow song",
    "fast happy techno",
    "melancholic ballad",
    "",
    "   ",
    "techno " * 600,
    "Ünïcödé 노래 «chanson» \udc80",
]


@pytest.fixture(scope="module")
def minilm(store: WeightStore) -> Words:
    return Words(store, engine="minilm")


@pytest.fixture
def bare(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path, offline=True)


@pytest.fixture(params=[engine.name for engine in ENGINES])
def words(request: pytest.FixtureRequest, store: WeightStore) -> Words:
    return Words(store, engine=request.param)


def nearest(words: Words, query: str, texts: Sequence[str]) -> str:
    return texts[int(np.argmax(words.embed(texts) @ words.embed([query])[0]))]


def test_every_text_has_a_unit_vector(words: Words) -> None:
    vectors = words.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_batch_equals_its_texts_one_by_one(words: Words) -> None:
    many = [f"{text[:80]} number {i}" for i in range(7) for text in TEXTS]  # more than one batch
    singly = np.concatenate([words.embed([text]) for text in many])
    np.testing.assert_allclose(words.embed(many), singly, atol=1e-5)


def test_no_texts_have_no_vectors_but_a_size(words: Words) -> None:
    assert words.embed([]).shape == (0, words.embed(["a"]).shape[1])


def test_the_space_is_named_after_the_engine(words: Words) -> None:
    assert words.space == SPACES[words.engine or ""]


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        ("a sad slow song", "melancholic ballad", "fast happy techno"),
        (
            "music to dance to in a club",
            "electronic dance track at 124 BPM",
            "a lullaby for solo piano",
        ),
        ("somebody sings", "female vocals over acoustic guitar", "an instrumental for two lutes"),
        ("quiet piano", "a soft Chopin nocturne", "distorted guitars and screaming"),
    ],
)
def test_minilm_hears_meaning(minilm: Words, query: str, near: str, far: str) -> None:
    assert nearest(minilm, query, [far, near]) == near


def test_minilm_gives_the_published_similarities(minilm: Words) -> None:
    # The model card of all-MiniLM-L6-v2 compares these; 0.03 is what int8 may cost.
    a, b, c = minilm.embed(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    assert [a @ b, a @ c, b @ c] == pytest.approx([0.6660, 0.1046, 0.1411], abs=0.03)


def test_the_plain_rung_bridges_inflections(bare: WeightStore) -> None:
    assert nearest(Words(bare), "drum", ["drums", "violin", "dream"]) == "drums"


def test_the_plain_rung_is_the_same_in_every_process() -> None:
    code = (
        "from tools.embedding import hashed_vectors as h; print(h(['slow piano']).tobytes().hex())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {hashed_vectors(["slow piano"]).tobytes().hex()}


def test_falls_to_the_plain_rung_without_weights(
    bare: WeightStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert Words(bare).space == SPACES["hashed"]
    assert "minilm gives way" in caplog.text


def test_falls_to_the_plain_rung_when_the_model_does_not_load(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"not a network")
    monkeypatch.setattr(WeightStore, "file", lambda *_: broken)
    assert Words(store).space == SPACES["hashed"]


def test_an_engine_asked_for_by_name_does_not_give_way(bare: WeightStore) -> None:
    with pytest.raises(WeightsError, match="minilm"):
        Words(bare, engine="minilm").embed(["a"])
