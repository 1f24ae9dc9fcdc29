import logging
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from memories import ROOT, Spelling, make_record, numbers, reopened

from agent.memory import TrackMemory
from agent.record import RecordError
from tools.embedding import Vectors, hashed_vectors


@pytest.fixture
def embedder() -> Spelling:
    return Spelling()


@pytest.fixture
def memory(tmp_path: Path, embedder: Spelling) -> TrackMemory:
    return TrackMemory(tmp_path / "memory", embedder)


# ---- records ------------------------------------------------------------------------------------


def test_gives_back_what_it_was_given(memory: TrackMemory) -> None:
    records = tuple(make_record(n) for n in range(3))
    for record in reversed(records):
        memory.remember(record)
    again = reopened(memory)
    assert again.get(records[1].id) == records[1]
    assert again.all() == records  # in the order they were heard
    assert again.ids() == tuple(record.id for record in records)


def test_remembering_again_replaces(memory: TrackMemory) -> None:
    memory.remember(make_record(1))
    memory.recall("piano")
    memory.remember(replace(make_record(1), words="a harpsichord toccata"))
    assert len(memory.all()) == 1
    assert numbers(memory.recall("harpsichord")) == [1]
    assert not memory.recall("techno")


def test_an_empty_memory_knows_nothing_and_makes_nothing(memory: TrackMemory) -> None:
    assert memory.get("0" * 32) is None
    assert (memory.all(), memory.ids(), memory.recall("piano"), memory.check()) == ((), (), (), [])
    memory.close()
    assert not memory.folder.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "\n"])
def test_only_ids_become_file_names(memory: TrackMemory, name: str) -> None:
    with pytest.raises(RecordError, match="not a track id"):
        memory._files.read(name)
    with pytest.raises(RecordError, match="not a track id"):
        memory.forget(name)


def test_forgetting_takes_the_track_out_of_files_and_search(memory: TrackMemory) -> None:
    for n in range(3):
        memory.remember(make_record(n))
    memory.flush()
    assert memory.forget(make_record(1).id)
    assert not memory.forget(make_record(1).id)
    assert memory.get(make_record(1).id) is None
    assert 1 not in numbers(memory.recall("techno"))
    assert memory.check() == []


def test_a_damaged_file_is_reported_and_harms_no_other(
    memory: TrackMemory, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(3):
        memory.remember(make_record(n))
    memory.flush()
    place = memory.folder / "tracks" / f"{make_record(1).id}.json"
    whole = place.read_bytes()
    for damage in (whole[:200], b"", b"\xff\x00", whole.replace(b'"version":1', b'"version":9')):
        place.write_bytes(damage)
        again = reopened(memory)
        assert again.get(make_record(1).id) is None
        assert "damaged" in caplog.text
        assert numbers(again.all()) == [0, 2]
        assert 1 not in numbers(again.recall("techno kick drum"))
        assert numbers(again.recall("slow piano"))[0] == 0
        assert [fault for fault in again.check() if "damaged" in fault and place.name in fault]
    memory.remember(make_record(1))  # heard again
    memory.close()
    assert reopened(memory).check() == []


def test_a_known_track_is_read_without_chroma(memory: TrackMemory) -> None:
    memory.remember(make_record(1))
    code = f"""
        import sys
        from pathlib import Path
        from agent.memory import Hit, MemoryStoreError, TrackMemory
        memory = TrackMemory(Path({str(memory.folder)!r}), None)
        assert memory.get({make_record(1).id!r}).title == "Number 1"
        assert len(memory.all()) == 1
        memory.close()
        heavy = {{"chromadb", "onnxruntime", "torch", "mir_eval", "scipy"}} & set(sys.modules)
        assert not heavy, heavy
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True)


# ---- search -------------------------------------------------------------------------------------


def test_recalls_by_words_facts_and_titles(
    memory: TrackMemory, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(8):
        memory.remember(make_record(n))
    with caplog.at_level(logging.WARNING):
        assert set(numbers(memory.recall("piano"))) == {0, 4}
        assert set(numbers(memory.recall("something in F minor"))) == {0, 4}
        assert numbers(memory.recall("number 6"))[0] == 6
        assert numbers(memory.recall("slow piano around 60 bpm"))[0] == 0
        hits = memory.recall("techno", limit=1)
    assert len(hits) == 1
    assert hits[0].title in ("Number 1", "Number 5")
    assert "words: techno" in hits[0].why
    assert not caplog.records  # the index served, and was not made anew


def test_only_what_changed_is_embedded_again(memory: TrackMemory) -> None:
    for n in range(5):
        memory.remember(make_record(n))
    memory.close()
    embedder = Spelling()
    again = reopened(memory, embedder)
    again.recall("piano")
    assert embedder.embedded == 1  # the query
    again.remember(make_record(7))
    again.recall("piano")
    assert embedder.embedded == 3


def test_a_settled_memory_is_not_read_again(memory: TrackMemory) -> None:
    memory.remember(make_record(0))
    tracks = memory.folder / "tracks"
    os.utime(tracks, (time.time() - 60, time.time() - 60))
    memory.recall("piano")
    rows = memory._rows
    memory.recall("piano")
    assert memory._rows is rows
    reopened(memory).remember(make_record(4))  # by another process
    assert set(numbers(memory.recall("piano"))) == {0, 4}


def test_spaces_never_mix(memory: TrackMemory) -> None:
    memory.remember(make_record(0))
    memory.close()

    class Tiny(Spelling):
        def embed(self, texts: Sequence[str]) -> Vectors:
            return hashed_vectors(texts)[:, :16]

    other = reopened(memory, Tiny("tiny"))
    assert numbers(other.recall("piano")) == [0]
    assert numbers(memory.recall("piano")) == [0]


def test_odd_file_names_are_remembered_and_searched(memory: TrackMemory) -> None:
    record = replace(make_record(0), path="/music/caf\udce9 노래.mp3", titles={})
    memory.remember(record)
    assert memory.get(record.id) == record
    assert numbers(memory.recall("노래")) == [0]
