"""The same records from a Ray cluster: a real one on this machine, with two workers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from collection_clips import Deaf, add, names, write_clips

from agent.collection.adding import Adding
from agent.collection.pool import PoolError
from agent.collection.ray_pool import RayPool
from agent.collection.worker import How
from agent.listening import LEVELS
from agent.memory import TrackMemory
from tools.embedding import Vectors, hashed_vectors
from tools.weights import WeightStore

ROOT = Path(__file__).parent.parent


class Spelling:
    """An embedder that needs no weights."""

    space = "spelling"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return hashed_vectors(texts)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster with two cores, which ends with the tests."""
    port = free_port()
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"]
    command += [f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=2"]
    command += ["--include-dashboard=false", "--disable-usage-stats"]
    command += [f"--object-store-memory={80_000_000}", "--min-worker-port=0", "--max-worker-port=0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as head:
        until = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert head.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
        yield f"127.0.0.1:{port}"
        os.killpg(head.pid, signal.SIGTERM)
        try:
            head.wait(timeout=10)
        except subprocess.TimeoutExpired:  # on a busy machine
            os.killpg(head.pid, signal.SIGKILL)


def test_a_cluster_gives_the_records_that_one_process_gives(
    cluster: str, store: WeightStore, tmp_path: Path
) -> None:
    files = write_clips(tmp_path / "music", 3)
    bad = tmp_path / "bad.wav"
    bad.write_text("no music")
    far = TrackMemory(tmp_path / "far", Spelling())
    empty = WeightStore(tmp_path / "cache", offline=True)  # so every engine is the plain one
    how = How(str(empty.cache_dir), offline=True)
    tasks = LEVELS["quick"]
    pool = RayPool(cluster, None, Deaf().on_progress)
    report = Adding(far, empty, tasks, how, pool, Deaf()).run([*files, bad])
    assert sorted(names(report.added)) == [file.name for file in files]
    assert names(report.failed) == ["bad.wav"]
    assert "Cannot read 'bad.wav' as audio" in report.failed[0].reason

    near = TrackMemory(tmp_path / "near", Spelling())
    add(near, empty, files, tasks=tasks, engines=())
    plain = [
        {record.id: record.to_dict() | {"heard_at": ""} for record in memory.all()}
        for memory in (far, near)
    ]
    assert plain[0] == plain[1]
    assert len(plain[0]) == 3
    assert far.check() == []


def test_a_cluster_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(PoolError, match=r"^The Ray cluster at 'nowhere' can't be reached: "):
        RayPool("nowhere", None, Deaf().on_progress)
