"""New music by the engine that fits a brief."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.audio import Audio
from tools.composing.brief import Brief
from tools.composing.score import Score
from tools.errors import Cancelled, WeightsError
from tools.generation import ENGINES, generate, generate_score, unfit
from tools.rungs import Engine
from tools.synthesis.mastering import loudness, true_peaks
from tools.weights import WeightStore

SHORT = Brief(bars=4, bpm=120, meter="4/4", tonic="D", mode="minor", seed=5)


@pytest.fixture
def bare(tmp_path: Path) -> WeightStore:
    """A store without any weights, and no way to get them."""
    return WeightStore(tmp_path / "cache", offline=True)


def named(brief: Brief, store: WeightStore, engine: str | None = None) -> str:
    return generate(brief, store, engine).engine.name


def test_the_network_writes_what_it_learnt_and_the_rules_the_rest(bare: WeightStore) -> None:
    assert named(Brief(style="chorale", bars=2), bare) == "transformer"
    assert named(Brief(style="funk", bars=2), bare) == "composer"
    assert named(Brief(style="folk", bars=2, meter="5/4"), bare) == "composer"


def test_without_weights_there_is_a_piece_all_the_same(bare: WeightStore) -> None:
    made = generate(SHORT, bare, "composer")
    assert isinstance(made.score, Score)
    assert (made.score.tonic, made.score.mode, made.score.bpm) == ("D", "minor", 120)
    assert 8 <= made.audio.duration < 13
    assert made.audio.samples.shape[0] == 2
    assert loudness(np.asarray(made.audio.samples), made.audio.sample_rate) == pytest.approx(
        -14, abs=0.5
    )
    assert true_peaks(np.asarray(made.audio.samples)).max() <= 10 ** (-1 / 20)


def test_the_same_seed_gives_the_same_sound_and_another_another_one(bare: WeightStore) -> None:
    first, again, other = (
        generate(Brief(bars=2, style="pop", seed=seed), bare, "composer").audio
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first.samples, again.samples)
    assert not (
        first.samples.shape == other.samples.shape and np.allclose(first.samples, other.samples)
    )


def test_an_engine_by_name_never_gives_way(bare: WeightStore) -> None:
    with pytest.raises(WeightsError, match="funk"):
        generate(Brief(style="funk"), bare, "transformer")
    with pytest.raises(WeightsError, match="There is no engine 'mozart'"):
        generate(SHORT, bare, "mozart")


def test_chords_are_left_to_who_can_follow_them() -> None:
    brief = Brief(chords=("D:min7", "G:7", "C:maj7"))
    assert {e.name for e in ENGINES if not unfit(e, brief)} >= {"composer"}
    assert all(unfit(e, brief) for e in ENGINES if e.rung == "hub")


def test_a_score_alone_is_the_one_that_is_played(bare: WeightStore) -> None:
    assert generate_score(SHORT, "composer") == generate(SHORT, bare, "composer").score


def test_progress_goes_up_to_the_end_and_can_stop_it(bare: WeightStore) -> None:
    told: list[float] = []
    generate(SHORT, bare, "composer", on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(SHORT, bare, "composer", on_progress=stop)


def test_the_words_of_a_network_of_sound_hold_what_was_asked(
    bare: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tools.generation as generation

    asked: list[tuple[object, ...]] = []

    def write(*told: object) -> Audio:
        asked.append(told)
        return Audio(np.zeros((2, 10), np.float32), 10)

    monkeypatch.setattr(generation, "generate_audio", write)
    monkeypatch.setattr(
        generation, "first_that_works", lambda engines, store, name, run: run(engines[0])
    )
    made = generate(Brief("soft rain", seconds=7, bpm=80, seed=3), bare)
    assert made.score is None
    text, seconds, seed = asked[0][:3]
    assert "soft rain" in str(text)
    assert "80" in str(text)
    assert (seconds, seed) == (7, 3)


def test_a_tune_goes_first_to_who_can_follow_it(
    bare: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tools.generation as generation

    asked: list[tuple[object, ...]] = []
    tried: list[str] = []

    def write(*told: object) -> Audio:
        asked.append(told)
        return Audio(np.zeros((2, 10), np.float32), 10)

    def first(
        engines: Sequence[Engine], store: object, name: object, run: Callable[..., Any]
    ) -> Any:
        tried[:] = [engine.name for engine in engines]
        return run(engines[0])

    monkeypatch.setattr(generation, "generate_audio", write)
    monkeypatch.setattr(generation, "first_that_works", first)
    tune = Audio(np.ones((1, 20), np.float32), 10)
    generate(Brief("a song"), bare, like=tune)
    assert tried[0] == "musicgen-melody"
    assert asked[-1][4] is tune
    generate(Brief("a song"), bare)
    assert tried[0] == "musicgen-medium"
    assert asked[-1][4] is None
