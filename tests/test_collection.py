"""A collection added to, looked after and counted; heard in this process."""

import json
import shutil
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from collection_clips import (
    PLAIN,
    Deaf,
    Here,
    Spelling,
    add,
    adding,
    names,
    write_clip,
    write_clips,
)
from rich.console import Console
from rich.progress import Progress, TextColumn

from agent.collection.claims import Claims
from agent.collection.display import Display, left_after
from agent.collection.failures import Failures
from agent.collection.pool import Outcome
from agent.collection.rescanning import Rescan, Rescanned
from agent.collection.watching import Growing
from agent.collection.worker import How, Job, analyse
from agent.heard import level_of
from agent.listening import LEVELS
from agent.memory import TrackMemory
from agent.path_index import PathIndex
from agent.record import TrackRecord
from tools.weights import WeightStore


@pytest.fixture
def memory(tmp_path: Path) -> TrackMemory:
    return TrackMemory(tmp_path / "memory", Spelling())


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_clips(tmp_path_factory.mktemp("clips"), 4)


# ---- adding -------------------------------------------------------------------------------------


def test_new_files_are_heard_and_known_ones_skipped(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    report = add(memory, store, clips)
    assert names(report.added) == [f"clip{n:02}.wav" for n in range(4)]
    assert (report.known, report.upgraded, report.failed) == ([], [], [])
    assert {told.id for told in report.added} == set(memory.ids())
    pool = Here()
    again = add(memory, store, clips, pool)
    assert names(again.known) == names(report.added)
    assert pool.jobs == []  # not even decoded
    assert again.done == 4


def test_the_same_sound_under_another_name_is_one_track(
    memory: TrackMemory, store: WeightStore, clips: list[Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copy(clips[0], tmp_path / "copy.wav"))
    pool = Here()
    report = add(memory, store, [clips[0], copy], pool)
    assert (names(report.added), names(report.known)) == (["clip00.wav"], ["copy.wav"])
    assert pool.heard == ["clip00.wav"]
    assert len(memory.ids()) == 1


def test_a_higher_level_hears_only_what_is_missing(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    add(memory, store, clips[:1])
    (before,) = memory.all()
    report = add(memory, store, clips[:1], tasks=("level", "key"))
    assert names(report.upgraded) == ["clip00.wav"]
    (after,) = memory.all()
    assert set(after.annotations) == {"level", "key"}
    assert after.annotations["level"] == before.annotations["level"]
    lower = add(memory, store, clips[:1])
    assert names(lower.known) == ["clip00.wav"]


def test_what_fails_is_told_kept_and_forgotten_once_it_is_heard(
    memory: TrackMemory, store: WeightStore, clips: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF and nothing else")
    report = add(memory, store, [broken, clips[0]])
    assert names(report.failed) == ["broken.wav"]
    assert "Cannot read 'broken.wav'" in report.failed[0].reason
    assert not report.failed[0].inside
    assert names(report.added) == ["clip00.wav"]
    failures = Failures(memory.folder / "failed.json")
    assert failures.all() == {str(broken): report.failed[0].reason}
    shutil.copy(clips[1], broken)
    add(memory, store, [broken])
    assert failures.all() == {}


def test_an_interrupt_keeps_what_is_done_and_the_next_run_does_the_rest(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    pool = Here(dies=[clips[2]])
    run = adding(memory, store, pool)
    with pytest.raises(KeyboardInterrupt):
        run.run(clips)
    assert pool.closed
    assert names(run.report.added) == ["clip00.wav", "clip01.wav"]
    assert not (memory.folder / "claims").exists()
    rest = Here()
    report = add(memory, store, clips, rest)
    assert rest.heard == ["clip02.wav", "clip03.wav"]
    assert len(report.known) == len(report.added) == 2
    assert TrackMemory(memory.folder, Spelling()).check() == []


def test_a_record_written_as_the_interrupt_came_is_told(
    memory: TrackMemory, store: WeightStore, clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = memory.remember

    def interrupted(record: TrackRecord) -> None:
        write(record)
        raise KeyboardInterrupt

    monkeypatch.setattr(memory, "remember", interrupted)
    run = adding(memory, store)
    with pytest.raises(KeyboardInterrupt):
        run.run(clips)
    assert [told.id for told in run.report.added] == list(memory.ids())
    assert names(run.report.added) == ["clip00.wav"]


def test_what_another_run_is_hearing_is_waited_for_and_not_heard_twice(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    """The other run holds a claim, and remembers the track while this one waits."""
    job = Job(str(clips[0]), How(str(store.cache_dir), True, engines=PLAIN), ("level",))
    record = TrackRecord.from_dict(analyse(job).record)
    others = Claims(memory.folder / "claims")
    assert others.take(record.id)
    until = time.monotonic() + 1.0

    class Waiting(Here):
        def wait(self, seconds: float) -> list[Outcome]:
            if not self.busy and time.monotonic() > until:
                memory.remember(record)
                others.drop(record.id)
            time.sleep(0.05)
            return super().wait(seconds)

    pool = Waiting()
    report = add(memory, store, clips[:2], pool)
    assert (names(report.added), names(report.known)) == (["clip01.wav"], ["clip00.wav"])
    assert pool.heard == ["clip01.wav"]


def test_a_claim_of_a_run_that_died_is_no_claim(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    add(memory, store, clips[:1])
    (track_id,) = memory.ids()
    memory.forget(track_id)
    (memory.folder / "claims").mkdir()
    (memory.folder / "claims" / f"{track_id}.lock").touch()  # what a killed run leaves
    assert names(add(memory, store, clips[:1]).added) == ["clip00.wav"]


def test_what_somebody_else_heard_meanwhile_is_kept(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    """While this run hears the level of a track, a chat finds its key."""

    class Meanwhile(Here):
        def wait(self, seconds: float) -> list[Outcome]:
            done = super().wait(seconds)
            for outcome in done:
                if outcome.job.tasks == ("level",):
                    add(memory, store, clips[:1], tasks=("key",), pool=Here())
            return done

    run = adding(memory, store, Meanwhile())
    run._claims = Claims(memory.folder / "other")  # a chat takes no claims
    run.run(clips[:1])
    (record,) = memory.all()
    assert set(record.annotations) == {"level", "key"}
    assert "key" in record.words or "major" in record.words or "minor" in record.words


def test_a_moved_file_gets_its_new_path(
    memory: TrackMemory, store: WeightStore, tmp_path: Path
) -> None:
    old = write_clip(tmp_path / "old.wav", 1)
    add(memory, store, [old])
    new = old.rename(tmp_path / "new.wav")
    report = add(memory, store, [new])
    assert names(report.known) == ["new.wav"]
    (record,) = memory.all()
    assert record.path == str(new)


# ---- the pieces ---------------------------------------------------------------------------------


def test_a_claim_is_had_once(tmp_path: Path) -> None:
    mine, yours = Claims(tmp_path / "claims"), Claims(tmp_path / "claims")
    assert mine.take("a" * 32)
    assert not mine.take("a" * 32)
    assert not yours.take("a" * 32)
    assert yours.take("b" * 32)
    mine.drop("a" * 32)
    assert yours.take("a" * 32)
    yours.drop_all()
    assert not (tmp_path / "claims").exists()


def test_two_runs_share_the_paths_they_know(tmp_path: Path) -> None:
    files = [write_clip(tmp_path / f"{n}.wav", n, 0.1) for n in range(3)]
    one, other = PathIndex(tmp_path / "paths.json"), PathIndex(tmp_path / "paths.json")
    one.add(files[0], "a" * 32)
    other.add_all({files[1]: "b" * 32, files[2]: "c" * 32})
    fresh = PathIndex(tmp_path / "paths.json")
    assert [fresh.find(file) for file in files] == ["a" * 32, "b" * 32, "c" * 32]
    fresh.drop([str(files[0])])
    other.add(files[1], "d" * 32)  # does not bring back what was dropped
    assert PathIndex(tmp_path / "paths.json").ids().keys() == {str(f) for f in files[1:]}
    files[1].write_bytes(b"other")
    assert PathIndex(tmp_path / "paths.json").find(files[1]) is None


def test_levels_contain_each_other_and_a_record_tells_how_far_it_was_heard(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    quick, standard, deep = (set(tasks) for tasks in LEVELS.values())
    assert quick < standard < deep
    add(memory, store, clips[:1], tasks=("level", "key"))
    (record,) = memory.all()
    assert level_of(record) == ""
    add(memory, store, clips[:1], tasks=LEVELS["quick"])
    (record,) = memory.all()
    assert level_of(record) == "quick"
    rest = [{"task": task, "reason": "it is silent"} for task in LEVELS["deep"]]
    assert level_of(replace(record, problems=tuple(rest))) == "deep"
    no_weights = tuple(problem | {"retry": "yes"} for problem in rest)
    assert level_of(replace(record, problems=no_weights)) == "quick"


def test_a_file_is_told_once_it_has_stopped_growing(tmp_path: Path) -> None:
    now = [0.0]
    growing = Growing(settle=2.0, clock=lambda: now[0])
    song, text, empty = tmp_path / "a.wav", tmp_path / "a.txt", tmp_path / "b.wav"
    empty.touch()
    song.write_bytes(b"1")
    text.write_bytes(b"1")
    for path in (song, text, empty, tmp_path / "gone.wav"):
        growing.note(path)
    told = []
    for second in range(8):
        now[0] = float(second)
        if second < 3:
            song.write_bytes(bytes(second + 2))
        told += [(second, path.name) for path in growing.settled()]
    assert told == [
        (4, "a.wav")
    ]  # two seconds after it was last seen to grow; the empty one is not


def test_time_left_is_told_by_what_was_heard() -> None:
    assert left_after(0, 10, 5.0) == 0.0
    assert left_after(2.5, 10, 5.0) == pytest.approx(20.0)
    assert left_after(2, 0, 5.0) == 0.0


def test_the_display_shows_each_file_and_the_total() -> None:
    screen = StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    columns = (TextColumn("{task.fields[title]}"), TextColumn("{task.description}"))
    with Progress(*columns, console=console, auto_refresh=False) as shown:
        seen = Display(shown, 3)
        seen.on_done("known.wav", 1)
        seen.on_progress("/music/a.wav", 0.5, "finding the beat")
        seen.on_progress("/music/b.wav", 0.1, "decoding")
        shown.refresh()
        seen.on_done("/music/a.wav", 2)
        assert [task.fields["title"] for task in shown.tasks] == ["3 files", "b.wav"]
        assert shown.tasks[0].completed == pytest.approx(2.1)
        assert "2 of 3" in shown.tasks[0].description
    assert "finding the beat" in screen.getvalue()


# ---- rescanning ---------------------------------------------------------------------------------


def rescan(
    memory: TrackMemory, store: WeightStore, *places: Path, forget: bool = False
) -> Rescanned:
    how = How(str(store.cache_dir), offline=True, engines=PLAIN)
    return Rescan(memory, store, ("level",), how, Here, Deaf()).run(places, forget)


def test_an_untouched_library_is_as_it_was(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    assert rescan(memory, store).tracks == 0
    add(memory, store, clips)
    done = rescan(memory, store)
    assert done.to_text() == "4 tracks; all is as it was."


def test_gone_moved_and_changed_files_are_told_apart(
    memory: TrackMemory, store: WeightStore, tmp_path: Path
) -> None:
    gone, moved, changed, touched = write_clips(tmp_path / "music", 4)
    add(memory, store, [gone, moved, changed, touched])
    gone.unlink()
    (tmp_path / "music/new").mkdir()
    moved.rename(tmp_path / "music/new/other.wav")
    write_clip(changed, 9)
    touched.touch()
    write_clip(tmp_path / "music/new/unasked.wav", 10, 7.0)  # rescan adds nothing by itself
    done = rescan(memory, store)
    assert sorted(names(done.gone)) == ["clip00.wav", "clip02.wav"]  # no file holds the old clip02
    assert names(done.moved) == ["other.wav"]
    assert done.changed == [str(changed)]
    assert names(done.heard.added) == ["clip02.wav"]
    assert done.tracks == len(memory.ids()) == 5
    paths = [Path(record.path).name for record in memory.all()]
    assert sorted(paths) == ["clip00.wav", "clip02.wav", "clip02.wav", "clip03.wav", "other.wav"]
    forgotten = rescan(memory, store, forget=True)
    assert sorted(names(forgotten.gone)) == ["clip00.wav", "clip02.wav"]
    assert len(memory.ids()) == 3
    assert rescan(memory, store).to_text() == "3 tracks; all is as it was."


def test_a_moved_folder_is_found_where_it_is_named(
    memory: TrackMemory, store: WeightStore, tmp_path: Path
) -> None:
    add(memory, store, write_clips(tmp_path / "a/b/music", 2))
    (tmp_path / "c").mkdir()
    (tmp_path / "a/b/music").rename(tmp_path / "c/songs")
    done = rescan(memory, store, tmp_path / "c")
    assert sorted(told.path for told in done.moved) == [
        str(tmp_path / f"c/songs/clip0{n}.wav") for n in range(2)
    ]
    assert done.gone == []


def test_damaged_records_leftovers_and_a_stale_index_are_repaired(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    report = add(memory, store, clips)
    tracks = memory.folder / "tracks"
    whole = {path.name: json.loads(path.read_bytes()) for path in tracks.iterdir()}
    damaged, stale = report.added[0].id, report.added[1].id
    (tracks / f"{damaged}.json").write_text('{"version": 1, "id"')
    (tracks / f"{stale}.json").write_text(json.dumps(whole[f"{stale}.json"] | {"words": "new"}))
    (tracks / f"{'e' * 32}.tmp").write_text("{")  # of a killed writer
    done = rescan(TrackMemory(memory.folder, Spelling()), store)
    assert done.damaged == [damaged]
    assert names(done.heard.added) == ["clip00.wav"]
    assert any(f"old state of track {stale}" in fault for fault in done.index)
    assert (memory.folder / "damaged" / f"{damaged}.json").exists()
    again = TrackMemory(memory.folder, Spelling())
    assert again.check() == []
    assert len(again.ids()) == 4
    record = again.get(damaged)
    assert record is not None
    assert record.annotations == whole[f"{damaged}.json"]["annotations"]
    assert rescan(again, store).to_text() == "4 tracks; all is as it was."
