"""Threads of a desk: what each is about, what it remembers, and where its files are told to be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from few_tracks import track
from serving import ANNA, BEN, Place, opened

from agent.events import AnswerFinished, Event
from agent.serving.accounts import LOCAL
from agent.serving.desk import Desk
from agent.serving.errors import (
    StoreFull,
    UnknownExportError,
    UnknownThreadError,
    UnknownUploadError,
)
from agent.serving.limits import Limits
from agent.serving.threads import Threads
from tools.errors import UnknownTrackError

HOME = track(1, "Home", artist="Ann", bpm=120, key="C major")
BLUE = track(2, "Blue Hour", artist="Bo", bpm=84, key="A minor")


@pytest.fixture
def place(tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    # What was made up counts as heard: there is no sound that it could be heard from again.
    monkeypatch.setattr("agent.library.freshness", lambda *_: lambda *_: True)
    with opened(tmp_path, cache_dir, Limits(threads_open=2, threads_each=4)) as place:
        yield place


@pytest.fixture
def desk(place: Place) -> Desk:
    desk = place.desks.of(LOCAL)
    for record in (HOME, BLUE):
        desk.memory.remember(record)
    return desk


def answer(events: Iterator[Event]) -> str:
    last = list(events)[-1]
    assert isinstance(last, AnswerFinished), last
    return last.text


def test_number_one_is_the_first_track_of_its_own_thread(desk: Desk) -> None:
    both, home = desk.threads.create([BLUE.id, HOME.id]), desk.threads.create([HOME.id])
    assert desk.threads.handles(both.id) == {"#1": BLUE.id, "#2": HOME.id}
    assert desk.threads.handles(home.id) == {"#1": HOME.id}
    talk = desk.threads.conversation(both.id)
    assert "A minor" in answer(talk.ask("What key is #1 in?"))
    assert "C major" in answer(desk.threads.conversation(home.id).ask("What key is #1 in?"))


def test_what_was_said_is_told_with_its_evidence_and_outlives_the_desk(
    desk: Desk,
) -> None:
    thread = desk.threads.create([HOME.id], "  For\nthe mix ")
    answer(desk.threads.conversation(thread.id).ask("What key is it in?"))
    desk.threads.close()
    again = Threads(desk)
    assert again.get(thread.id).title == "For the mix"
    talk = again.conversation(thread.id)
    (said,) = talk.said
    assert said.question == "What key is it in?" and "C major" in said.answer
    assert ("key", "C major") in [(c["claim"], c["value"]) for c in said.evidence]
    assert "120" in answer(talk.ask("and the tempo?"))
    again.close()


def test_a_track_that_joins_later_is_the_one_that_it_means(desk: Desk) -> None:
    thread = desk.threads.create([HOME.id])
    talk = desk.threads.conversation(thread.id)
    answer(talk.ask("What key is it in?"))
    desk.threads.add(thread.id, [BLUE.id, HOME.id])
    desk.threads.open_tracks(talk)
    assert desk.threads.handles(thread.id) == {"#1": HOME.id, "#2": BLUE.id}
    assert [track.handle for track in talk.tracks if track.current] == ["#2"]
    assert "84" in answer(talk.ask("How fast is #2?"))


def test_a_fork_has_the_evidence_and_a_seed_has_none(desk: Desk) -> None:
    first = desk.threads.conversation(desk.threads.create([HOME.id]).id)
    answer(first.ask("What key is it in?"))
    length = first.length
    answer(first.ask("How long is it?"))
    fork = desk.threads.conversation(desk.threads.create([HOME.id]).id)
    fork.fork(first, length)
    assert [said.question for said in fork.said] == ["What key is it in?"]
    assert fork.said == first.said[:1] and fork.said[0].evidence
    seeded = desk.threads.conversation(desk.threads.create([HOME.id]).id)
    seeded.seed([("What key is it in?", "C major.")])
    assert seeded.said[0].seeded and not seeded.said[0].evidence


def test_a_removed_thread_is_forgotten(desk: Desk) -> None:
    thread = desk.threads.create([HOME.id])
    talk = desk.threads.conversation(thread.id)
    answer(talk.ask("What key is it in?"))
    desk.threads.histories.remember("hash", thread.id, talk.length)
    desk.threads.remove(thread.id)
    assert desk.threads.all() == [] and desk.threads.histories.take("hash") is None
    assert desk.bench.checkpointer.get({"configurable": {"thread_id": thread.id}}) is None
    for lost in (desk.threads.get, desk.threads.conversation, desk.threads.remove):
        with pytest.raises(UnknownThreadError):
            lost(thread.id)


def test_threads_are_bounded_and_those_of_clients_make_way(desk: Desk) -> None:
    kept = [desk.threads.create().id for _ in range(3)]
    passing = desk.threads.create(passing=True)
    newer = desk.threads.create(passing=True)
    assert {t.id for t in desk.threads.all()} == {*kept, newer.id} and passing.id != newer.id
    with pytest.raises(StoreFull, match="4 threads"):
        desk.threads.create()
    for thread in kept:
        desk.threads.conversation(thread)
    assert len(desk.threads._at_hand) == 2


def test_one_user_sees_nothing_of_another(place: Place) -> None:
    anna, ben = place.desks.of(ANNA), place.desks.of(BEN)
    anna.memory.remember(HOME)
    thread = anna.threads.create([HOME.id])
    file = anna.folder / "exports" / "Home" / "Home.mid"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"MThd")
    token = anna.threads.exports.address(file).split("/")[2]
    assert anna.threads.exports.file(token, "Home.mid") == file
    assert ben.threads.all() == []
    with pytest.raises(UnknownThreadError):
        ben.threads.get(thread.id)
    with pytest.raises(UnknownTrackError):
        ben.threads.create([HOME.id])
    with pytest.raises(UnknownUploadError):
        ben.threads.create(["file-none"])
    with pytest.raises(UnknownExportError):
        ben.threads.exports.file(token, "Home.mid")


def test_addresses_name_no_folder_and_lead_nowhere_else(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "exports" / "My Song"
    folder.mkdir(parents=True)
    (folder / "My Song.mid").write_bytes(b"MThd")
    (folder / ".hidden").write_bytes(b"x")
    exports = desk.threads.exports
    address = exports.address(folder / "My Song.mid")
    assert str(tmp_path) not in address and address.endswith("/My%20Song.mid")
    assert address == exports.address(folder / "My Song.mid")
    token = address.split("/")[2]
    assert token.isalpha() and len(token) >= 24 and exports.address(folder) == f"/exports/{token}"
    assert exports.files(token) == ["My Song.mid"]
    for name in ("../../threads.sqlite", ".hidden", "..", "", "None.mid", "/etc/passwd"):
        with pytest.raises(UnknownExportError):
            exports.file(token, name)
    with pytest.raises(UnknownExportError):
        exports.files("x" * 28)


def test_a_history_is_taken_by_one_only(desk: Desk) -> None:
    histories = desk.threads.histories
    histories.remember("hash", "thread", 4)
    first, second = histories.take("hash"), histories.take("hash")
    assert first and second and (first.head, second.head) == (True, False)
    histories.give_back("hash")
    third = histories.take("hash")
    assert third and third.head and third.length == 4
    assert histories.take("other") is None


def test_no_answer_tells_a_path_and_recordings_are_opened_by_name(
    desk: Desk, tmp_path: Path
) -> None:
    gone = replace(track(3, "Gone"), path=str(tmp_path / "uploads" / "file-1.wav"))
    desk.memory.remember(gone)
    thread = desk.threads.create([gone.id])
    talk = desk.threads.conversation(thread.id)
    for question in (
        "take it apart into stems",
        "export it as json",
        f"open {tmp_path}/secret.wav",
    ):
        told = [str(event.to_dict()) for event in talk.ask(question)]
        assert all("uploads" not in text for text in told), question
    handle = talk.library.open_named("blue hour")
    assert talk.library.record(handle).id == BLUE.id
