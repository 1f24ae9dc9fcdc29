"""The table of jobs: what it keeps over a crash, and who watches."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.serving.board import Board
from agent.serving.errors import UnknownJobError
from agent.serving.jobs import KEPT_SECONDS, Job, Jobs
from tools.errors import MusicToolError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    jobs = Jobs(tmp_path / "jobs.sqlite")
    yield jobs
    jobs.close()


def test_a_job_goes_from_queued_to_done(jobs: Jobs) -> None:
    job = jobs.add("anna", "listen", upload="file-1")
    assert (job.state, job.track, job.finished, job.over) == ("queued", "", 0.0, False)
    assert jobs.get(job.id) == job
    begun = jobs.begin(job.id)
    assert (begun.state, begun.begun) == ("running", 1)
    done = jobs.change(job.id, state="done", track="t" * 32, progress=1.0)
    assert done.over and done.finished >= done.created and done.doing == "done"
    assert done.to_dict().keys() == {
        *("id", "kind", "upload", "track", "state", "progress", "doing", "error"),
        *("created", "finished"),
    }


def test_jobs_are_found_by_user_track_and_upload(jobs: Jobs) -> None:
    one = jobs.add("anna", "listen", upload="file-1")
    two = jobs.add("anna", "separate", track="t1")
    jobs.add("ben", "separate", track="t1")
    assert jobs.of("anna") == [one, two]
    assert jobs.of("anna", track="t1") == [two]
    assert jobs.of("anna", upload="file-1") == [one]
    assert jobs.of("cleo") == []
    jobs.change(two.id, state="failed", error="Why.")
    assert [job.user for job in jobs.under_way()] == ["anna", "ben"]
    assert jobs.under_way("anna") == [one]
    assert jobs.counts() == {"queued": 2, "failed": 1}


def test_what_is_not_there_is_told(jobs: Jobs) -> None:
    with pytest.raises(UnknownJobError, match="There is no job 'x'"):
        jobs.get("x")
    with pytest.raises(UnknownJobError):
        jobs.change("x", state="done")
    with pytest.raises(ValueError, match="colour"):
        jobs.change(jobs.add("anna", "listen").id, colour="red")
    assert jobs.get(jobs.add("anna'; DROP TABLE jobs; --", "listen").id).user.endswith("--")


def test_the_time_a_job_takes_is_learnt(jobs: Jobs) -> None:
    assert jobs.mean_seconds() == 60.0
    job = jobs.add("anna", "listen")
    started = time.time()
    jobs.begin(job.id)
    jobs.change(job.id, state="done", finished=started + 10.0)
    assert jobs.mean_seconds() == pytest.approx(10.0, abs=0.5)


def test_old_jobs_are_taken_out(jobs: Jobs) -> None:
    old, new = jobs.add("anna", "listen"), jobs.add("anna", "listen")
    jobs.change(old.id, state="done", finished=time.time() - KEPT_SECONDS - 1)
    jobs.change(new.id, state="done")
    jobs.tidy()
    assert [job.id for job in jobs.of("anna")] == [new.id]


def test_two_servers_do_not_work_off_one_queue(jobs: Jobs) -> None:
    with pytest.raises(MusicToolError, match=r"Another server works in .*--data-dir"):
        Jobs(jobs.file)


def test_a_file_that_is_no_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_text("no database " * 1000)
    with pytest.raises(MusicToolError, match=r"The jobs in .* can't be used"):
        Jobs(tmp_path / "jobs.sqlite")


def test_a_kill_loses_no_job_and_what_ran_is_queued_again(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from agent.serving.jobs import Jobs
        jobs = Jobs(Path(sys.argv[1]))
        for number in range(10):
            job = jobs.add("anna", "listen", upload=f"file-{number}")
            if number < 3:
                jobs.begin(job.id)
            if number == 0:
                jobs.change(job.id, state="done", track="t0", progress=1.0)
            sys.stdout.write(job.id + "\\n")
            sys.stdout.flush()
        time.sleep(60)
    """
    file = tmp_path / "jobs.sqlite"
    command = [sys.executable, "-c", textwrap.dedent(script), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(10)]
        os.kill(process.pid, signal.SIGKILL)
    jobs = Jobs(file)
    assert [job.id for job in jobs.of("anna")] == told
    assert [job.state for job in jobs.of("anna")][:3] == ["done", "running", "running"]
    assert [job.id for job in jobs.requeue()] == told[1:]
    assert {job.state for job in jobs.under_way()} == {"queued"}
    jobs.close()


# ---- watching -----------------------------------------------------------------------------------

QUEUED = Job("j", "anna", "listen")
WATCHERS = 50
RUNNING = replace(QUEUED, state="running", progress=0.5)
DONE = replace(QUEUED, state="done", progress=1.0)


NEXT = {QUEUED: RUNNING, RUNNING: DONE}


def post_next(board: Board, seen: Job) -> None:
    """Post, from a thread and a moment later, what comes after a state."""
    if seen in NEXT:
        threading.Timer(0.01, board.post, [NEXT[seen]]).start()


def test_a_thread_sees_each_state_to_the_last() -> None:
    board, states = Board(), []
    for job in board.watch(QUEUED, 5.0):
        states.append(job)
        post_next(board, job)
    assert states == [QUEUED, RUNNING, DONE]


def test_a_watch_ends_in_time() -> None:
    begin = time.monotonic()
    assert list(Board().watch(QUEUED, 0.1)) == [QUEUED]
    assert time.monotonic() - begin < 1.0


def test_many_watch_on_one_event_loop() -> None:
    board = Board()

    seen: Counter[Job] = Counter()

    async def watch() -> list[Job]:
        states = []
        async for job in board.events(QUEUED):
            states.append(job)
            seen[job] += 1
            if seen[job] == WATCHERS:
                post_next(board, job)
        return states

    async def all_of_them() -> list[list[Job]]:
        return await asyncio.wait_for(asyncio.gather(*(watch() for _ in range(WATCHERS))), 10.0)

    for states in asyncio.run(all_of_them()):
        assert states == [QUEUED, RUNNING, DONE]
    assert not board._alarms


def test_who_comes_late_sees_the_end() -> None:
    board = Board()
    board.post(DONE)
    assert list(board.watch(QUEUED)) == [DONE]
