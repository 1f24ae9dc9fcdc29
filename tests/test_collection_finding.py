import os
from pathlib import Path

import pytest

from agent.collection.finding import Found, find
from agent.collection.m3u import entries_of


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")


def names(found: Found) -> list[str]:
    return [path.name for path in found.files]


def test_folders_are_searched_with_all_that_is_in_them(tmp_path: Path) -> None:
    touch(tmp_path / "b.wav", tmp_path / "a.mp3", tmp_path / "deep/deeper/C.FLAC")
    touch(tmp_path / "cover.jpg", tmp_path / "notes.txt", tmp_path / "list.m3u")
    found = find([tmp_path])
    assert names(found) == ["a.mp3", "b.wav", "C.FLAC"]
    assert found.failed == ()
    assert all(path.is_absolute() for path in found.files)


def test_hidden_files_and_folders_are_passed_over_unless_named(tmp_path: Path) -> None:
    touch(tmp_path / ".a.wav", tmp_path / ".trash/b.wav", tmp_path / "._c.mp3", tmp_path / "d.wav")
    assert names(find([tmp_path])) == ["d.wav"]
    assert names(find([tmp_path / ".a.wav"])) == [".a.wav"]


def test_links_in_a_circle_end_and_nothing_is_found_twice(tmp_path: Path) -> None:
    touch(tmp_path / "a/x.wav", tmp_path / "b/y.wav")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "b/same.wav").symlink_to(tmp_path / "a/x.wav")
    (tmp_path / "b/lost.wav").symlink_to(tmp_path / "nowhere.wav")
    found = find([tmp_path, tmp_path / "a", tmp_path / "a/x.wav"])
    assert sorted(names(found)) == ["x.wav", "y.wav"]
    assert found.failed == ()


def test_what_is_named_is_told_when_it_cannot_be_used(tmp_path: Path) -> None:
    touch(tmp_path / "letter.txt")
    os.mkfifo(tmp_path / "pipe.wav")
    found = find([tmp_path / "letter.txt", tmp_path / "gone.wav", tmp_path / "pipe.wav", "a\0b"])
    assert names(found) == ["letter.txt"]  # decoding tells that it is none
    assert [failure.reason for failure in found.failed] == [
        f"There is no file or folder '{tmp_path}/gone.wav'.",
        "It is neither a file nor a folder.",
        "'a b' is not a name that a file can have.",
    ]


def test_an_unreadable_folder_is_told_and_the_others_are_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path / "open/a.wav", tmp_path / "shut/b.wav")
    scandir = os.scandir

    def guarded(folder: Path) -> object:  # root may read everything, so it is refused here
        if Path(folder).name == "shut":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    found = find([tmp_path])
    assert names(found) == ["a.wav"]
    (failure,) = found.failed
    assert failure.path == str(tmp_path / "shut")
    assert failure.reason == "The folder can't be read: Permission denied."


def test_patterns_match_below_folders_and_an_odd_name_is_no_pattern(tmp_path: Path) -> None:
    touch(tmp_path / "one/a.wav", tmp_path / "two/b.wav", tmp_path / "two/c.txt")
    touch(tmp_path / "song [live].wav")
    assert names(find([f"{tmp_path}/*/*"])) == ["a.wav", "b.wav"]
    assert names(find([f"{tmp_path}/**/b.*"])) == ["b.wav"]
    assert names(find([tmp_path / "song [live].wav"])) == ["song [live].wav"]
    (failure,) = find([f"{tmp_path}/*.mp3"]).failed
    assert "No file matches" in failure.reason


def test_a_playlist_names_files_folders_and_other_playlists(tmp_path: Path) -> None:
    touch(tmp_path / "music/a.wav", tmp_path / "music/café.wav", tmp_path / "all/b.wav")
    (tmp_path / "music/inner.m3u").write_text("a.wav\n../top.m3u8\n")
    (tmp_path / "top.m3u8").write_text(
        "\ufeff#EXTM3U\n#EXTINF:3,A\nmusic/café.wav\nall\nmusic\\inner.m3u\n"
        f"file://{tmp_path}/music/a.wav\nhttp://radio.example/live\nmusic/gone.wav\n"
    )
    found = find([tmp_path / "top.m3u8"])
    assert names(found) == ["café.wav", "b.wav", "a.wav"]
    assert [(f.path, f.reason.split(" (in")[0]) for f in found.failed] == [
        ("http://radio.example/live", "It is an address on the network, not a file."),
        ("music/gone.wav", "There is no such file."),
    ]


def test_old_playlists_are_read_as_windows_wrote_them(tmp_path: Path) -> None:
    touch(tmp_path / "café.wav")
    (tmp_path / "old.m3u").write_bytes("café.wav\r\n".encode("cp1252"))
    (entry,) = entries_of(tmp_path / "old.m3u")
    assert entry.path == tmp_path / "café.wav"
