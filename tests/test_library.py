import shutil
from pathlib import Path

import pytest
from synthesis import Truth

from agent.heard import missing
from agent.library import Library
from agent.memory import TrackMemory
from agent.record import TrackRecord
from tools.annotations import Annotation, Label, Notes, Tags
from tools.embedding import Words
from tools.errors import AudioDecodeError, Cancelled, UnknownTrackError
from tools.weights import WeightStore


@pytest.fixture
def library(tmp_path: Path, store: WeightStore) -> Library:
    return Library(TrackMemory(tmp_path / "data", Words(store, "hashed")), store)


def another(library: Library) -> Library:
    """A later process over the same folder."""
    return Library(
        TrackMemory(library.memory.folder, Words(library.store, "hashed")), library.store
    )


def remembered(library: Library) -> set[str]:
    """What memory holds of the first track."""
    record = library.memory.get(library.ids[0])
    return set(record.annotations) if record else set()


def test_handles_count_up_and_a_copy_gets_the_same(
    library: Library, pop: Truth, waltz: Truth, tmp_path: Path
) -> None:
    copy = shutil.copy(pop.path, tmp_path / "copy.wav")
    assert [library.open(p) for p in (pop.path, waltz.path, copy)] == ["#1", "#2", "#1"]
    assert [t.handle for t in library.tracks if t.current] == ["#1"]


def test_what_is_known_is_not_decoded_again(
    library: Library, pop: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = library.open(pop.path)
    level = library.ensure(handle, ["level"]).annotation("level")

    def forbidden(*args: object, **options: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr("agent.library.load_for_analysis", forbidden)
    later = another(library)
    assert later.ensure(later.open(pop.path), ["level"]).annotation("level") == level


def test_a_file_that_changed_is_another_track(
    library: Library, pop: Truth, waltz: Truth, tmp_path: Path
) -> None:
    path = Path(shutil.copy(pop.path, tmp_path / "song.wav"))
    first = library.record(library.open(path)).id
    library.ensure("#1", ["level"])
    shutil.copy(waltz.path, path)
    assert library.record(library.open(path)).id != first


def test_tasks_are_added_to_what_is_known(library: Library, pop: Truth) -> None:
    handle = library.open(pop.path)
    library.ensure(handle, ["level"])
    record = library.ensure(handle, ["key"])
    assert set(record.annotations) == {"level", "key"}
    assert library.memory.get(record.id) == record
    assert "C major" in record.words


def test_another_engine_is_another_hearing(library: Library, pop: Truth) -> None:
    handle = library.open(pop.path)
    assert library.ensure(handle, ["key"]).estimator("key") != "profiles/1"
    library.engines["key"] = "profiles"
    assert str(library.ensure(handle, ["key"]).estimator("key")).startswith("profiles/")


def test_a_task_that_fails_is_a_problem_and_is_not_tried_again(
    library: Library, tmp_path: Path
) -> None:
    import numpy as np
    import soundfile

    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(44_100 * 4), 44_100)
    handle = library.open(path)
    record = library.ensure(handle, ["level", "key"])
    assert {p["task"] for p in record.problems} == {"level", "key"}
    assert all("silent" in p["reason"] for p in record.problems)
    assert library.ensure(handle, ["level", "key"]) == record


def test_cancelling_keeps_what_was_known(library: Library, pop: Truth) -> None:
    handle = library.open(pop.path)
    library.ensure(handle, ["level"])

    def stop(fraction: float, doing: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        library.ensure(handle, ["key"], stop)
    assert set(library.record(handle).annotations) == {"level"}


def test_unknown_tracks_are_named_with_those_there_are(library: Library, pop: Truth) -> None:
    library.open(pop.path)
    with pytest.raises(UnknownTrackError, match=r"No track '#7'\. Opened tracks: #1 pop"):
        library.ensure("#7", ["key"])
    assert library.record("1") == library.record("#1")


def test_a_remembered_track_opens_without_its_file(
    library: Library, pop: Truth, tmp_path: Path
) -> None:
    path = Path(shutil.copy(pop.path, tmp_path / "gone.wav"))
    library.ensure(library.open(path), ["level"])
    track_id = library.ids[0]
    path.unlink()
    later = another(library)
    handle = later.adopt(track_id)
    assert later.ensure(handle, ["level"]).annotation("level") is not None
    with pytest.raises(AudioDecodeError, match="No file"):
        later.ensure(handle, ["key"])


def test_a_problem_of_weights_passes_and_one_of_the_sound_stays(
    library: Library, pop: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = library.open(pop.path)
    library.engines["beats"] = "beat_this"
    monkeypatch.setattr(library.store, "offline", True)
    monkeypatch.setattr(library.store, "cache_dir", Path("/nonexistent"), raising=False)
    failed = library.ensure(handle, ["tempo"])
    assert {p["task"] for p in failed.problems} == {"beats", "tempo"}
    library.engines["beats"] = "plain"
    later = library.ensure(handle, ["tempo"])
    assert set(later.annotations) == {"beats", "tempo"}
    assert later.problems == ()


def test_hearing_one_thing_again_keeps_the_rest(library: Library, pop: Truth) -> None:
    handle = library.open(pop.path)
    library.ensure(handle, ["level", "key"])
    library.forget_heard(handle, ["key"])
    assert set(library.record(handle).annotations) == {"level"}
    library.ensure(handle, ["key"])
    assert remembered(library) == {"level", "key"}


def test_two_processes_that_hear_different_things_lose_neither(
    library: Library, pop: Truth
) -> None:
    other = another(library)
    mine, theirs = library.open(pop.path), other.open(pop.path)
    other.ensure(theirs, ["level"])
    library.ensure(mine, ["key"])
    assert remembered(library) == {"level", "key"}


def test_what_unwelcome_weights_heard_is_heard_anew(library: Library, pop: Truth) -> None:
    handle = library.open(pop.path)
    assert library.ensure(handle, ["key"]).estimator("key") == "madmom/1"
    strict = another(library)
    strict.store = WeightStore(library.store.cache_dir, offline=True, licence="permissive")
    assert strict.ensure(strict.open(pop.path), ["key"]).estimator("key") == "profiles/1"


@pytest.mark.parametrize(
    ("plays", "by", "forced", "again"),
    [
        (("guitar", "drums"), "transkun/1", {}, True),
        (("guitar", "drums"), "transkun/1", {"notes": "transkun"}, False),
        (("guitar", "drums"), "basic-pitch/1", {}, False),
        (("guitar", "drums"), "plain/1", {}, False),
        (("piano",), "transkun/1", {}, False),
        (("piano",), "drums/1", {}, True),
    ],
)
def test_the_notes_of_one_instrument_are_not_those_of_all(
    plays: tuple[str, ...], by: str, forced: dict[str, str], again: bool
) -> None:
    tags = Tags((), tuple(Label(name, 0.9) for name in plays), (), None, "tagger/1")
    notes = Notes(((0.0, 1.0),), (60,), (64,), by)
    heard: dict[str, Annotation] = {"tags": tags, "notes": notes}
    kept = {task: annotation.to_dict() for task, annotation in heard.items()}
    record = TrackRecord("0" * 32, "song.wav", {}, 2.0, 44100, 2, kept)
    lacking = missing(record, ["notes"], lambda task, estimator: True, forced)
    assert lacking == (("notes",) if again else ())
