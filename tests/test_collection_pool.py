"""Processes that hear: what they find, and what happens when one of them dies."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from collection_clips import PLAIN, write_clips

from agent.collection.pool import Outcome, PoolError, ProcessPool, death
from agent.collection.worker import Analysed, How, Job, analyse
from agent.listening import LEVELS
from tools.weights import WeightStore

ROOT = Path(__file__).parent.parent


@pytest.fixture
def how(store: WeightStore) -> How:
    return How(str(store.cache_dir), offline=True, engines=PLAIN)


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    pool = ProcessPool(2, lambda path, fraction, doing: None)
    yield pool
    pool.close()


def finished(pool: ProcessPool, seconds: float = 60.0) -> list[Outcome]:
    """Return all outcomes of what is under way."""
    done: list[Outcome] = []
    until = time.monotonic() + seconds
    while pool.busy and time.monotonic() < until:
        done += pool.wait(0.5)
    assert not pool.busy
    return done


def test_many_processes_find_what_one_function_finds(
    pool: ProcessPool, how: How, tmp_path: Path
) -> None:
    """Only the time of hearing may differ."""

    def plain(analysed: Analysed) -> object:
        assert analysed.record is not None, analysed.reason
        return {**analysed.record, "heard_at": ""}

    jobs = [Job(str(p), how, LEVELS["quick"]) for p in write_clips(tmp_path, 4)]
    outcomes: list[Outcome] = []
    for job in jobs:
        while not pool.free:
            outcomes += pool.wait(0.5)
        pool.submit(job)
    outcomes += finished(pool)
    assert len({outcome.worker for outcome in outcomes}) == 2
    found = {outcome.job.path: plain(outcome.analysed) for outcome in outcomes}
    assert found == {job.path: plain(analyse(job)) for job in jobs}


def test_a_process_that_dies_costs_its_file_only(
    pool: ProcessPool, how: How, tmp_path: Path
) -> None:
    """Minutes of noise keep a process busy for seconds, so that it is surely at it."""
    noise = np.random.default_rng(1).normal(0.0, 0.1, 300 * 22050)
    soundfile.write(tmp_path / "long.wav", noise, 22050)
    (clip,) = write_clips(tmp_path, 1)
    for deadly, told in (
        (signal.SIGSEGV, "The process that heard it crashed (SIGSEGV)."),
        (signal.SIGKILL, "The process that heard it was killed (SIGKILL): the memory may"),
    ):
        pool.submit(Job(str(tmp_path / "long.wav"), how, LEVELS["quick"]))
        (worker,) = [w for w in pool._workers.values() if w.job]
        while not worker.ready:
            assert pool.wait(0.5) == []
        assert worker.process.pid is not None
        os.kill(worker.process.pid, deadly)
        (outcome,) = finished(pool)
        assert outcome.analysed.record is None
        assert outcome.analysed.inside
        assert outcome.analysed.reason.startswith(told)
        pool.submit(Job(str(clip), how, ("level",)))
        (outcome,) = finished(pool)
        assert outcome.analysed.record is not None


def test_a_process_that_died_in_its_sleep_costs_nothing(
    pool: ProcessPool, how: How, tmp_path: Path
) -> None:
    (clip,) = write_clips(tmp_path, 1)
    for _ in range(2):
        pool.submit(Job(str(clip), how, ("level",)))
        (outcome,) = finished(pool)
        assert outcome.analysed.record is not None
        process = pool._workers[outcome.worker].process
        process.kill()
        process.join()


def test_closing_ends_what_is_under_way_at_once(
    pool: ProcessPool, how: How, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "stuck.wav")
    pool.submit(Job(str(tmp_path / "stuck.wav"), how, ("level",)))
    begin = time.monotonic()
    pool.close()
    assert time.monotonic() - begin < 2.0
    assert not pool.busy


def test_processes_end_with_their_parent_however_it_ends(how: How, tmp_path: Path) -> None:
    """They hold its stdout: that it ends shows that they did."""
    os.mkfifo(tmp_path / "stuck.wav")
    code = f"""
        from agent.collection.pool import ProcessPool
        from agent.collection.worker import Job, How
        if __name__ == "__main__":
            pool = ProcessPool(2, lambda *told: None)
            for _ in range(2):
                pool.submit(Job({str(tmp_path / "stuck.wav")!r}, How({how.cache_dir!r}), ("level",)))
            while not all(worker.ready for worker in pool._workers.values()):
                pool.wait(0.2)
            print("ready", flush=True)
            pool.wait(1000)
    """
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(code))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.kill()
        assert parent.communicate(timeout=10)[0] == b""


def test_processes_that_cannot_be_started_are_one_sentence(
    pool: ProcessPool, how: How, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.collection.pool._work", _stillborn)
    pool.submit(Job("any.wav", how, ("level",)))
    with pytest.raises(PoolError, match=r"^No process can be started to hear files: .*code 3"):
        finished(pool)


def _stillborn(connection: object, niceness: int) -> None:
    os._exit(3)


def test_a_bug_is_told_with_its_trace_and_bad_files_without(
    how: How, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (clip,) = write_clips(tmp_path, 1)
    gone = analyse(Job(str(tmp_path / "gone.wav"), how, ("level",)))
    assert (gone.inside, gone.trace) == (False, "")
    assert gone.reason == "The file can't be read: No such file or directory."
    first = analyse(Job(str(clip), how)).record
    changed = analyse(Job(str(clip), how, ("level",), {**(first or {}), "id": "a" * 32}))
    assert "has changed" in changed.reason

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("agent.listening.hear", broken)
    bug = analyse(Job(str(clip), how, ("level",)))
    assert bug.inside
    assert bug.reason == "Something went wrong inside (ZeroDivisionError)."
    assert "a bug" in bug.trace


def test_a_death_is_told_in_words() -> None:
    assert death(-signal.SIGSEGV) == "The process that heard it crashed (SIGSEGV)."
    assert "memory may not be enough" in death(-signal.SIGKILL)
    assert death(1) == "The process that heard it ended by itself (code 1)."
