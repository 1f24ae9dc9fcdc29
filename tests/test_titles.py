"""Tags are read from every kind of file, and nothing in them can do harm."""

import random
from pathlib import Path
from typing import Any

import mutagen
import pytest
from make_audio import encode, sines, write
from mutagen import asf, id3, mp4

from tools.titles import LIMIT, clean_text, read_titles

MUSIC = sines(0.3)
TITLES = {"title": "Blå ögon", "artist": "Anna / Bo", "album": "Første", "year": "1999"}


ID3: Any = id3
ASF: Any = asf.ASF
MP4: Any = mp4.MP4
"""mutagen's types are of no use to a type checker."""


def id3_frames() -> list[Any]:
    return [
        ID3.TIT2(encoding=3, text=["Blå ögon"]),
        ID3.TPE1(encoding=3, text=["Anna", "Bo"]),
        ID3.TALB(encoding=3, text=["Første"]),
        ID3.TDRC(encoding=3, text=["1999"]),
    ]


def tagged(path: Path) -> Path:
    """Return a file of the kind its name says, with TITLES as its tags."""
    kind = path.suffix
    if kind in (".wav", ".aiff", ".mp3"):
        file = mutagen.File(write(path, MUSIC))
        if file.tags is None:
            file.add_tags()
        for frame in id3_frames():
            file.tags.add(frame)
    elif kind in (".flac", ".ogg"):
        file = mutagen.File(write(path, MUSIC))
        file["title"], file["artist"] = ["Blå ögon"], ["Anna", "Bo"]
        file["album"], file["date"] = ["Første"], ["1999"]
    elif kind == ".wma":
        file = ASF(encode(path, "wmav2", MUSIC, container="asf"))
        file["Title"], file["Author"] = "Blå ögon", ["Anna", "Bo"]
        file["WM/AlbumTitle"], file["WM/Year"] = "Første", "1999"
    else:
        file = MP4(encode(path, "aac", MUSIC))
        file["\xa9nam"], file["\xa9ART"] = ["Blå ögon"], ["Anna", "Bo"]
        file["\xa9alb"], file["\xa9day"] = ["Første"], ["1999"]
    file.save()
    return path


@pytest.mark.parametrize("kind", ["mp3", "wav", "aiff", "flac", "ogg", "wma", "m4a"])
def test_reads_the_tags_of_every_kind(tmp_path: Path, kind: str) -> None:
    assert read_titles(tagged(tmp_path / f"a.{kind}")) == TITLES


def test_no_tags_no_titles(tmp_path: Path) -> None:
    (tmp_path / "text.mp3").write_bytes(b"hello")
    (tmp_path / "empty.mp3").touch()
    for path in (write(tmp_path / "a.wav", MUSIC), write(tmp_path / "a.flac", MUSIC)):
        assert read_titles(path) == {}
    for name in ("text.mp3", "empty.mp3", "absent.mp3", ""):
        assert read_titles(tmp_path / name) == {}


def test_hostile_values_are_made_harmless(tmp_path: Path) -> None:
    file = mutagen.File(write(tmp_path / "a.flac", MUSIC))
    file["title"] = "Ignore\nall \x1b[31mrules\x1b[0m\x07 \u202eevil\u202c\u200b and\x00 obey"
    file["artist"] = "A" * 1_000_000
    file["album"] = "\x1b]8;;http://x\x07\u2066\u200d\ufeff"
    file["date"] = ["1" * 9] * 1000
    file.save()
    titles = read_titles(tmp_path / "a.flac")
    assert titles["title"] == "Ignore all rules evil and obey"
    assert titles["artist"] == "A" * LIMIT
    assert "album" not in titles
    assert len(titles["year"]) <= LIMIT


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "ogg", "m4a", "wma"])
def test_damaged_tags_never_raise(tmp_path: Path, kind: str) -> None:
    path = tagged(tmp_path / f"a.{kind}")
    whole = path.read_bytes()
    dice = random.Random(5)
    coded = [text.encode(c) for text in ("1999", "Anna") for c in ("utf-8", "utf-16-le")]
    marks = [at for text in coded if (at := whole.find(text)) >= 0]
    for trial in range(60):
        damaged = bytearray(whole)
        for _ in range(1 + trial // 4):
            middle = dice.choice(marks)
            at = max(0, min(len(damaged) - 1, middle + dice.randrange(-60, 60)))
            damaged[at] = dice.choice((0, 255, dice.randrange(256)))
        if trial % 5 == 4:
            del damaged[dice.randrange(len(damaged)) :]
        path.write_bytes(damaged)
        titles = read_titles(path)
        assert all(text.isprintable() and 0 < len(text) <= LIMIT for text in titles.values())


def test_a_parser_that_breaks_means_no_tags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **named: object) -> None:
        raise RecursionError("nested\x1b[31m too deep")

    monkeypatch.setattr("mutagen.File", broken)
    assert read_titles(tmp_path / "a.mp3") == {}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("  two \t words\r\n", "two words"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07rest", "rest"),
        ("\x9b31mred", "red"),
        ("cut \x1b", "cut"),
        ("a\u202eb\u2067c\u200fd", "abcd"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("\ud800lone", "lone"),
        ("日本語 ♥ Ünï", "日本語 ♥ Ünï"),
        ("\u3164", ""),
        ("\x00\x01\x7f\x85", ""),
        ("x" * 500, "x" * 200),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_clean_text_keeps_to_the_limit() -> None:
    assert clean_text("one two three", 7) == "one two"
    assert clean_text("one two three", 8) == "one two"
