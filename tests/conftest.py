"""Shared by all tests: the weights, and a guard on threads and networks."""

import os
import signal
from pathlib import Path

import platformdirs
import pytest

# Set before torch is imported anywhere: two multi-threaded processes on two cores slow each other
# tenfold, and a hub look-up without a network hangs for half a minute.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["HF_HUB_OFFLINE"] = "1"

from synthesis import Truth, write_song

from tools.weights import WeightStore


def pytest_configure() -> None:
    """Let programs under test be ended by Ctrl-C, which a shell ignores for what it runs behind."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """The user's own cache: bundled weights are fetched once a machine, not once a run."""
    return Path(
        os.environ.get("MUSICOLOGUE_CACHE_DIR") or platformdirs.user_cache_dir("musicologue")
    )


@pytest.fixture(scope="session")
def store(cache_dir: Path) -> WeightStore:
    return WeightStore(cache_dir)


@pytest.fixture(scope="session")
def song(store: WeightStore) -> Path:
    """'Headache' by Lost Deposit: 72 s of a real song."""
    return store.file("demo-song", "muscriptor/web_dist/headache_by_lost_deposit_1min.mp3")


C, F, G, AM = (
    ("C:maj", (60, 64, 67)),
    ("F:maj", (53, 57, 60)),
    ("G:maj", (55, 59, 62)),
    ("A:min", (57, 60, 64)),
)
EM, B7, AM2 = ("E:min", (52, 55, 59)), ("B:7", (59, 63, 66, 69)), ("A:min", (57, 60, 64))


@pytest.fixture(scope="session")
def pop(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """32 s in C major at 120 BPM, 4/4: C F G C, Am F G C."""
    path = tmp_path_factory.mktemp("music") / "pop.wav"
    return write_song(path, [C, F, G, C, AM, F, G, C], "C major", 120.0, 4, 2)


@pytest.fixture(scope="session")
def waltz(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """About 26 s in E minor at 140 BPM, 3/4."""
    path = tmp_path_factory.mktemp("music") / "waltz.wav"
    return write_song(path, [EM, AM2, B7, EM], "E minor", 140.0, 3, 5)
