from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agent.memory import Hit, TrackMemory
from agent.record import TrackRecord
from agent.track_vectors import TrackVectors, row_of
from tools.annotations import Annotation, Caption, Embedding, Label, Tags
from tools.embedding import Vectors, Words
from tools.joint import JointSpace
from tools.weights import WeightStore


def record_of(n: int, words: str = "", **heard: Annotation) -> TrackRecord:
    """Return the record of a track of which some annotations are known."""
    return TrackRecord(
        id=f"{n:032x}",
        path=f"/music/{n}.flac",
        titles={"title": f"Number {n}"},
        duration=60.0,
        sample_rate=44100,
        channels=2,
        annotations={task: annotation.to_dict() for task, annotation in heard.items()},
        words=words,
    )


def sounding(n: int, *sure: str) -> TrackRecord:
    """Return a record that no word is written of, but whose sound is known."""
    posteriors = tuple(Label(label, 0.97) for label in sure)
    return record_of(n, tags=Tags((), (), (), None, "demo/1", posteriors=posteriors))


def numbers(hits: Sequence[Hit]) -> list[int]:
    return [int(hit.id, 16) for hit in hits]


@pytest.fixture
def bare(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "cache", offline=True)


@pytest.fixture
def plain(bare: WeightStore) -> JointSpace:
    return JointSpace(bare, Words(bare))


def test_a_sound_is_found_without_a_word_of_it(tmp_path: Path, store: WeightStore) -> None:
    words = Words(store, "minilm")
    memory = TrackMemory(tmp_path, words, JointSpace(store, words, "concepts"))
    memory.remember(sounding(0, "piano", "classical", "calm", "sad"))
    memory.remember(sounding(1, "metal", "loud", "guitar"))
    memory.remember(record_of(2))
    hits = memory.recall("a melancholy nocturne played softly on the piano")
    assert numbers(hits)[0] == 0
    assert hits[0].why[0].startswith("sound 0.")
    assert numbers(memory.recall("aggressive riffs"))[0] == 1
    assert not any("sound" in " ".join(hit.why) for hit in memory.recall("my tax return"))


def test_an_index_of_another_sound_space_is_not_used(
    tmp_path: Path, bare: WeightStore, plain: JointSpace
) -> None:
    class Other(JointSpace):
        """A space of two dimensions; its vectors are in the records."""

        name, dim = "other", 2

        def embed_text(self, texts: Sequence[str]) -> Vectors:
            return np.repeat(np.eye(2, dtype=np.float32)[:1], len(texts), axis=0)

    concepts = TrackMemory(tmp_path, Words(bare), plain)
    for n, vector in enumerate([(0.0, 1.0), (1.0, 0.0)]):
        record = sounding(n, "piano")
        heard = Embedding("other", vector, "other/1").to_dict()
        concepts.remember(replace(record, annotations=record.annotations | {"embedding": heard}))
    both = concepts.recall("piano")
    assert {hit.why[-1][:6] for hit in both} == {"sound "}
    other = TrackMemory(tmp_path, Words(bare), Other(bare, Words(bare)))
    hits = other.recall("piano")
    assert numbers(hits) == [1]
    assert "sound 1.00" in hits[0].why
    assert concepts.recall("piano") == both
    assert concepts.check() == other.check() == []


def test_a_row_is_two_unit_vectors_side_by_side(plain: JointSpace) -> None:
    vectors = TrackVectors(plain.words, plain)
    rows, both = vectors.of_records([sounding(0, "piano"), record_of(1, "a piano piece")])
    assert [int(row.id, 16) for row in rows] == [0, 1]
    meaning, sound = both[:, : -plain.dim], both[:, -plain.dim :]
    assert np.linalg.norm(meaning, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert np.linalg.norm(sound, axis=1) == pytest.approx([1.0, 0.0], abs=1e-5)
    spoken, unspoken = vectors.of_query("piano music"), vectors.of_query("purple elephants")
    assert (len(spoken), len(unspoken)) == (2, 1)
    np.testing.assert_array_equal(spoken[0, -plain.dim :], 0.0)
    np.testing.assert_array_equal(spoken[1, : -plain.dim], 0.0)
    assert spoken[1] @ both[0] == pytest.approx(float(spoken[1, -plain.dim :] @ sound[0]))
    assert spoken[1] @ both[0] > 0.3


def test_without_a_sound_space_only_words_are_compared(bare: WeightStore) -> None:
    vectors = TrackVectors(Words(bare))
    assert vectors.space == Words(bare).space
    assert vectors.of_records([sounding(0, "piano")])[1].shape == (1, 512)
    assert vectors.of_query("piano music").shape == (1, 512)


def test_what_is_damaged_or_unknown_is_passed_over(plain: JointSpace) -> None:
    record = replace(
        sounding(0), annotations={"tags": {"estimator": "x/1"}, "caption": {"estimator": ""}}
    )
    rows, both = TrackVectors(plain.words, plain).of_records([record])
    assert rows[0].words == ""
    np.testing.assert_array_equal(both[:, -plain.dim :], 0.0)


def test_a_caption_is_searched_too() -> None:
    caption = Caption((), (), "demo/1", text="A weary waltz.")
    assert (
        row_of(record_of(0, "In C major.", caption=caption)).words == "A weary waltz. In C major."
    )
