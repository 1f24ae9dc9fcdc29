"""What befalls a memory: kills, other processes, damage, full disks."""

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from memories import ROOT, Spelling, make_record, numbers, reopened

from agent.memory import MemoryStoreError, TrackMemory


@pytest.fixture
def embedder() -> Spelling:
    return Spelling()


@pytest.fixture
def memory(tmp_path: Path, embedder: Spelling) -> TrackMemory:
    return TrackMemory(tmp_path / "memory", embedder)


NURSERY = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import chromadb  # once for all children, for it takes a second
from memories import Spelling, TrackMemory, make_record

def spawn(work, *numbers):
    child = os.fork()
    if not child:
        work(*numbers)
        os._exit(0)
    return child

def remember(first, step, last):
    memory = TrackMemory(Path({folder!r}), Spelling())
    said = os.open({folder!r} + f".{{first}}.said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for n in range(first, last, step):
        memory.remember(make_record(n, seconds=6000))
        os.write(said, f"{{n}}\\n".encode())
        if n % 3 == 0:
            memory.recall("piano")
    memory.close()
"""


def run_nursery(memory: TrackMemory, code: str) -> set[int]:
    """Run processes over a memory; return the numbers of the records they said were remembered."""
    memory.folder.parent.mkdir(parents=True, exist_ok=True)
    script = NURSERY.format(tests=str(Path(__file__).parent), folder=str(memory.folder))
    done = subprocess.run(
        [sys.executable, "-c", script + textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "index fails" not in done.stderr  # a damaged index would be made anew without a word
    said = memory.folder.parent.glob(f"{memory.folder.name}.*.said")
    return {int(line) for file in said for line in file.read_text().splitlines()}


def test_a_kill_at_any_moment_loses_no_finished_track(memory: TrackMemory) -> None:
    said = run_nursery(
        memory,
        """
        dice = random.Random(4)
        for round in range(6):
            child = spawn(remember, 1000 * round, 1, 1000 * round + 1000)
            time.sleep(dice.uniform(0.1, 0.9))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        """,
    )
    assert len(said) > 6
    kept = set(numbers(memory.all()))
    # a record written but not yet said to be is allowed: one a killed child at most
    assert said <= kept
    assert len(kept - said) <= 6
    for record in memory.all():
        assert record == make_record(int(record.id, 16), seconds=6000)
    assert len(memory.recall("piano techno folk string", limit=10_000)) == len(kept)
    assert [fault for fault in memory.check() if ".tmp" not in fault] == []
    assert memory.rebuild() == len(kept)
    assert reopened(memory).check() == []


def test_two_processes_remember_and_search_at_once(memory: TrackMemory) -> None:
    said = run_nursery(
        memory,
        """
        children = [spawn(remember, 0, 2, 20), spawn(remember, 1, 2, 20), spawn(remember, 5, 4, 20)]
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
        """,
    )
    assert said == set(range(20))
    assert sorted(numbers(memory.all())) == sorted(said)
    assert reopened(memory).check() == []
    hits = memory.recall("piano techno folk string", limit=100)
    assert sorted(numbers(hits)) == sorted(said)


def _garbage(folder: Path) -> None:
    for path in [p for p in folder.rglob("*") if p.is_file()]:
        path.write_bytes(b"\xde\xad\xbe\xef" * 500)


def _half(folder: Path) -> None:
    with (folder / "chroma.sqlite3").open("r+b") as file:
        file.truncate((folder / "chroma.sqlite3").stat().st_size // 2)


def _no_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


@pytest.mark.parametrize("damage", [_garbage, _half, _no_folder, shutil.rmtree])
def test_a_damaged_index_is_made_anew(memory: TrackMemory, damage: Callable[[Path], None]) -> None:
    for n in range(8):
        memory.remember(make_record(n))
    memory.close()
    damage(memory.folder / "chroma")
    again = reopened(memory)
    assert len(again.check()) == 1
    assert set(numbers(again.recall("piano"))) == {0, 4}
    assert again.check() == []
    damage(memory.folder / "chroma")
    assert again.rebuild() == 8
    assert set(numbers(reopened(memory).recall("piano"))) == {0, 4}


def test_what_a_killed_writer_left_is_reported_and_tidied(memory: TrackMemory) -> None:
    memory.remember(make_record(0))
    memory.close()
    orphan = memory.folder / "tracks" / f"{make_record(1).id}.tmp"
    orphan.write_text('{"version":')
    assert memory.ids() == (make_record(0).id,)
    (fault,) = memory.check()
    assert orphan.name in fault
    memory.rebuild()
    assert memory.check() == []


def test_differences_between_files_and_index_are_named(memory: TrackMemory) -> None:
    for n in range(3):
        memory.remember(make_record(n))
    memory.close()
    outside = reopened(memory)
    outside.remember(make_record(3))
    outside.remember(replace(make_record(1), words="other words altogether"))
    outside.forget(make_record(2).id)
    assert [fault.replace("0" * 31, "") for fault in reopened(memory).check()] == [
        "Track 3 is not in the search index.",
        "The search index has an old state of track 1.",
        "The search index has a track 2 that was forgotten.",
    ]
    outside.close()
    assert reopened(memory).check() == []


def test_a_full_disk_is_one_sentence_and_harms_nothing(memory: TrackMemory) -> None:
    memory.remember(make_record(0))
    memory.close()
    code = f"""
        import resource, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from memories import Spelling, TrackMemory, make_record
        memory = TrackMemory(Path({str(memory.folder)!r}), Spelling())
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))  # what is longer fails to be written
        for n in (0, 1):
            try:
                memory.remember(make_record(n, seconds=6000))
            except Exception as error:
                print(type(error).__name__, error)
        print([hit.title for hit in memory.recall("piano")])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done.stderr
    for line in lines[:2]:
        assert line.startswith("MemoryStoreError The memory in") and "disk is full" in line
    assert lines[2] == "['Number 0']"
    again = reopened(memory)
    assert again.all() == (make_record(0),)
    assert again.check() == []


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = TrackMemory(tmp_path / "file", Spelling())
    for use in (lambda: memory.remember(make_record(0)), lambda: memory.recall("piano")):
        with pytest.raises(MemoryStoreError, match=r"^The memory in \S+ can't be used: \D+\.$"):
            use()


def test_threads_share_a_memory(memory: TrackMemory) -> None:
    def work(n: int) -> int:
        memory.remember(make_record(n))
        return len(memory.recall("piano techno folk string", limit=100))

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work, range(8)))
    assert max(counts) == 8
    assert memory.check() == []
