"""One memory for several listeners, on a real Chroma server on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from memories import Spelling, make_record
from test_section_rows import song

from agent.chroma_server import ChromaServer, ServerError, ServerRecords
from agent.memory import TrackMemory
from agent.record_files import MemoryStoreError
from agent.settings import Settings
from agent.track_facts import facts_of

ROOT = Path(__file__).parent.parent
OTHER = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from memories import Spelling, make_record
from agent.chroma_server import ChromaServer
from agent.memory import TrackMemory
memory = TrackMemory(Path({folder!r}), Spelling(), server=ChromaServer({url!r}))
for n in range({first}, {first} + 6):
    memory.remember(make_record(n))
    memory.recall("a folk song")
memory.close()
sys.stdout.write(",".join(memory.ids()))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, folder = free_port(), tmp_path_factory.mktemp("server")
    program = Path(sys.executable).with_name("chroma")
    command = [str(program), "run", "--path", str(folder), "--host", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the Chroma server does not start")


def other(url: str, folder: Path, first: int) -> "subprocess.Popen[str]":
    told = {"root": str(ROOT), "tests": str(ROOT / "tests"), "folder": str(folder)}
    code = OTHER.format(url=url, first=first, **told)
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def test_listeners_in_two_processes_share_one_memory(url: str, tmp_path: Path) -> None:
    mine = TrackMemory(tmp_path / "mine", Spelling(), server=ChromaServer(url))
    processes = [other(url, tmp_path / f"{first}", first) for first in (100,)]
    for n in range(6):
        mine.remember(make_record(n))
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    wanted = {f"{n:032x}" for first in (0, 100) for n in range(first, first + 6)}
    assert set(mine.ids()) == wanted
    for n in (3, 103):
        assert mine.get(f"{n:032x}") == make_record(n)
    hits = mine.recall("Number 103")
    assert hits[0].id == f"{103:032x}"
    assert mine.check() == []
    assert not (tmp_path / "mine" / "tracks").exists()
    assert not list((tmp_path / "mine").glob("chroma*"))

    yours = TrackMemory(tmp_path / "yours", Spelling(), server=ChromaServer(url))
    assert yours.forget(f"{3:032x}") and not yours.forget(f"{3:032x}")
    assert mine.get(f"{3:032x}") is None
    assert f"{3:032x}" not in mine.rows()


def test_stamps_are_read_whole_only_when_somebody_wrote(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chromadb.api.models.Collection import Collection

    mine, yours = (
        TrackMemory(tmp_path / name, Spelling(), server=ChromaServer(url))
        for name in ("mine", "yours")
    )
    mine.remember(make_record(300))
    mine.notes.add(f"{300:032x}", "notes of one's own must not hide what others write")
    whole, get = [], Collection.get

    def counted(self: Collection, *args: Any, **kwargs: Any) -> Any:
        if self.name == "records" and not kwargs.get("ids"):
            whole.append(1)
        return get(self, *args, **kwargs)

    monkeypatch.setattr("agent.search.keeping.SETTLED_NS", 0)
    assert [hit.id for hit in mine.recall("Number 300", 1)] == [f"{300:032x}"]
    mine.rows()
    monkeypatch.setattr(Collection, "get", counted)
    for _ in range(4):
        assert mine.recall("Number 300")
    assert not whole

    yours.remember(make_record(301))  # a new one, one heard again, one forgotten
    assert mine.recall("Number 301", 1)[0].id == f"{301:032x}"
    assert whole
    again = replace(make_record(301), words="a zither and nothing else.")
    yours.remember(again)
    assert mine.recall("zither", 1)[0].id == again.id
    yours.forget(again.id)
    assert again.id not in mine.rows()
    seen = len(whole)
    mine.rows()
    mine.rows()
    assert len(whole) == seen


def test_a_write_that_was_not_told_of_is_noticed_in_time(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = (ServerRecords(ChromaServer(url)) for _ in range(2))
    writer.write(make_record(400))
    reader.changed_at()
    before = reader.stamps()[f"{400:032x}"]
    monkeypatch.setattr(ServerRecords, "_tell", lambda self: None)  # killed before it could
    writer.write(make_record(401))
    assert f"{401:032x}" in reader.stamps()  # there are more than there were
    writer.write(replace(make_record(400), words="heard again"))
    assert reader.stamps()[f"{400:032x}"] == before
    monkeypatch.setattr("agent.chroma_server.TRUSTED_NS", 0)
    reader.changed_at()
    assert reader.stamps()[f"{400:032x}"] != before
    for n in (400, 401):
        writer.remove(f"{n:032x}")


def test_the_flag_beats_the_environment_in_a_command(url: str, tmp_path: Path) -> None:
    record = make_record(500)
    ServerRecords(ChromaServer(url)).write(record)
    gone = f"http://127.0.0.1:{free_port()}"

    def search(flag: str, environment: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "agent", "search", "Number 500", "--limit", "1", "--json"]
        command += ["--data-dir", str(tmp_path), *(["--chroma", flag] if flag else [])]
        told = dict(os.environ) | {"MUSICOLOGUE_CHROMA": environment}
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=told
        )

    found = search(url, gone)
    assert found.returncode == 0 and record.id in found.stdout, found.stderr
    for refused, address in ((search(gone, url), gone), (search("", gone), gone)):
        assert refused.returncode == 2 and address in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
    ServerRecords(ChromaServer(url)).remove(record.id)


def test_sections_facts_and_notes_work_as_in_a_folder(url: str, tmp_path: Path) -> None:
    memory = TrackMemory(tmp_path, Spelling(), server=ChromaServer(url))
    record = song(900)
    memory.remember(record)
    again = memory.get(record.id)
    assert again == record and facts_of(again) == facts_of(record)
    memory.notes.add(record.id, "I call this the wedding set")
    assert memory.recall("wedding set")[0].id == record.id
    table = memory.table(in_sections=True)
    assert {i for i in table.slots if i.startswith(record.id)} == {
        f"{record.id}:{n}" for n in range(4)
    }
    assert memory.rebuild() == len(memory.ids())
    memory.forget(record.id)
    assert not [i for i in memory.table(in_sections=True).slots if i.startswith(record.id)]


def test_a_server_that_is_gone_is_said_in_a_sentence(tmp_path: Path) -> None:
    gone = ChromaServer(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(MemoryStoreError, match="chroma run"):
        ServerRecords(gone).write(make_record(1))
    with pytest.raises(MemoryStoreError, match="can't be used"):
        TrackMemory(tmp_path, Spelling(), server=gone).recall("piano")


@pytest.mark.parametrize("address", ["http://8.8.8.8:8000", "https://1.1.1.1", "http://0.0.0.0:80"])
def test_a_public_address_is_refused(address: str) -> None:
    with pytest.raises(ServerError, match="CVE-2026-45829"):
        ChromaServer(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://x:99999"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ServerError, match="chroma"):
        ChromaServer(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://192.168.1.7:8000",
        "http://[::1]:8000",
    ],
)
def test_this_machine_and_private_networks_are_fine(address: str) -> None:
    assert ChromaServer(address).url == address


def test_the_setting_is_read_like_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICOLOGUE_CHROMA", "http://127.0.0.1:9000")
    assert Settings.load().chroma == "http://127.0.0.1:9000"
    assert Settings.load(chroma="http://127.0.0.1:1").chroma == "http://127.0.0.1:1"
