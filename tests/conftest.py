"""Shared by all tests: the weights, and a guard on threads and networks."""

import os
from pathlib import Path

import platformdirs
import pytest

# Set before torch is imported anywhere: two multi-threaded processes on two cores slow each other
# tenfold, and a hub look-up without a network hangs for half a minute.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ["HF_HUB_OFFLINE"] = "1"

from tools.weights import WeightStore


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """The user's own cache: bundled weights are fetched once a machine, not once a run."""
    return Path(os.environ.get("MUSICOLOGUE_CACHE_DIR") or platformdirs.user_cache_dir("musicologue"))


@pytest.fixture(scope="session")
def store(cache_dir: Path) -> WeightStore:
    return WeightStore(cache_dir)


@pytest.fixture(scope="session")
def song(store: WeightStore) -> Path:
    """'Headache' by Lost Deposit: 72 s of a real song."""
    return store.file("demo-song", "muscriptor/web_dist/headache_by_lost_deposit_1min.mp3")
