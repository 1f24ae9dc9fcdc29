"""The choice between the engines of a task."""

import logging
from pathlib import Path

import pytest

from tools.errors import NoMusicError, WeightsError
from tools.rungs import Engine, choose, first_that_works, quiet
from tools.weights import Weight, WeightStore

BEST = Engine("best", "hub", weights=("far",))
GOOD = Engine("good", "bundled", weights=("near",), version="3")
ODD = Engine("odd", "bundled", modules=("no_such_package_here",))
PLAIN = Engine("plain", "plain")
ALL = (BEST, ODD, GOOD, PLAIN)


def weight(name: str, commercial: bool = True) -> Weight:
    return Weight(
        name, "beats", "bundled", "MIT", commercial, name, 3, {"a": ""}, wheel=f"{name}==1"
    )


@pytest.fixture
def here(tmp_path: Path) -> WeightStore:
    """An offline store that holds the weight ``near`` and not the weight ``far``."""
    store = WeightStore(tmp_path, offline=True, catalogue={n: weight(n) for n in ("near", "far")})
    home = tmp_path / "weights" / "near"
    home.mkdir(parents=True)
    (home / "a").write_bytes(b"abc")
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (home / "complete.json").write_text(f'{{"a": "{sha}"}}')
    return store


def test_takes_the_best_that_can_run_and_logs_why_not_the_others(
    here: WeightStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tools.rungs"):
        assert choose(ALL, here) is GOOD
    assert "best gives way" in caplog.text and "network is off" in caplog.text
    assert "odd gives way" in caplog.text and "no_such_package_here" in caplog.text


def test_without_weights_the_plain_rung_is_left(tmp_path: Path) -> None:
    store = WeightStore(tmp_path, offline=True, catalogue={n: weight(n) for n in ("near", "far")})
    assert choose(ALL, store) is PLAIN


def test_damaged_weights_give_way(here: WeightStore) -> None:
    (here.cache_dir / "weights" / "near" / "a").write_bytes(b"abd")
    assert choose(ALL, here) is PLAIN
    with pytest.raises(WeightsError, match="damaged"):
        choose(ALL, here, "good")


@pytest.mark.parametrize("name", ["good", "plain"])
def test_the_one_asked_for_is_taken(here: WeightStore, name: str) -> None:
    assert choose(ALL, here, name).name == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("best", "No weights for 'far'"),
        ("odd", "Engine 'odd' needs the package 'no_such_package_here'"),
        ("other", r"no engine 'other' for this task; there are: best, odd, good, plain\."),
    ],
)
def test_the_one_asked_for_never_gives_way(here: WeightStore, name: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        choose(ALL, here, name)


def test_none_left_says_why_of_each(here: WeightStore) -> None:
    with pytest.raises(WeightsError, match=r"No engine can run here\. best: .* odd: .*package"):
        choose((BEST, ODD), here)
    with pytest.raises(WeightsError, match="No engine"):
        choose((), here)


def test_a_checkpoint_that_does_not_load_gives_way(here: WeightStore) -> None:
    tried = []

    def run(engine: Engine) -> str:
        tried.append(engine.name)
        if engine is GOOD:
            raise WeightsError("The checkpoint of 'near' does not fit the network.")
        return f"by {engine.name}"

    assert first_that_works(ALL, here, None, run) == "by plain"
    assert tried == ["good", "plain"]
    with pytest.raises(WeightsError, match="does not fit"):
        first_that_works(ALL, here, "good", run)


def test_other_errors_are_the_callers(here: WeightStore) -> None:
    def run(engine: Engine) -> None:
        raise NoMusicError("It is silent.")

    with pytest.raises(NoMusicError):
        first_that_works(ALL, here, None, run)


def test_obstacle_is_a_reason_or_none(here: WeightStore) -> None:
    assert "network is off" in (BEST.obstacle(here) or "")
    assert "no_such_package_here" in (ODD.obstacle(here) or "")
    assert GOOD.obstacle(here) is None
    assert PLAIN.obstacle(here) is None


def test_the_signature_names_the_version() -> None:
    assert (GOOD.signature, PLAIN.signature) == ("good/3", "plain/1")
    quiet(0.5)
