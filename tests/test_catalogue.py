"""What a collection holds, told to people."""

from pathlib import Path

import pytest
from collection_clips import Spelling, add, write_clips

from agent.collection.catalogue import Listed, counts, find_track, listed, to_table
from agent.listening import LEVELS
from agent.memory import TrackMemory
from tools.errors import UnknownTrackError
from tools.weights import WeightStore


@pytest.fixture
def memory(tmp_path: Path) -> TrackMemory:
    return TrackMemory(tmp_path / "memory", Spelling())


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_clips(tmp_path_factory.mktemp("clips"), 4)


def test_a_list_is_sorted_and_says_nothing_of_what_is_not_known(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    add(memory, store, clips[:2], tasks=LEVELS["quick"])
    add(memory, store, clips[2:3])
    tracks = listed(memory, "bpm")
    assert [track.bpm is None for track in tracks] == [False, False, True]
    slow, fast = (track.bpm or 0.0 for track in tracks[:2])
    assert 0.0 < slow <= fast
    assert [track.title for track in listed(memory)] == ["clip00", "clip01", "clip02"]
    head, *lines = to_table(tracks).splitlines()
    assert head.split() == ["title", "artist", "key", "bpm", "length", "level", "id"]
    assert len(lines) == 3
    assert "None" not in to_table(tracks)


def test_a_track_is_found_by_path_title_and_start_of_its_id(
    memory: TrackMemory, store: WeightStore, clips: list[Path]
) -> None:
    add(memory, store, clips)
    for record in memory.all():
        for name in (
            record.path,
            record.title.upper(),
            record.id,
            record.id[:12],
            record.path[-10:],
        ):
            assert find_track(memory, name).id == record.id
    with pytest.raises(UnknownTrackError, match="may be one of 4 tracks: clip0"):
        find_track(memory, "clip")
    with pytest.raises(UnknownTrackError, match="holds no track 'nothing'"):
        find_track(memory, "nothing")
    with pytest.raises(UnknownTrackError, match="holds no track"):
        find_track(memory, "")


def test_counts_add_up() -> None:
    tracks = [
        Listed("a", "A", "", "C major", 118.0, 1800.0, "quick", ""),
        Listed("b", "B", "", "C major", 121.0, 1800.0, "standard", ""),
        Listed("c", "C", "", "", None, 3600.0, "", ""),
    ]
    told = counts(tracks, {"/x.mp3": "no audio"})
    assert told.to_dict() == {
        "tracks": 3,
        "hours": 2.0,
        "keys": {"C major": 2},
        "tempi": {"100-120 bpm": 1, "120-140 bpm": 1},
        "levels": {"quick": 1, "standard": 1, "less than quick": 1},
        "failed": {"/x.mp3": "no audio"},
    }
    assert told.to_text().startswith("tracks  3, 2:00:00 in all\n")
    assert "1 file could not be heard" in told.to_text()
