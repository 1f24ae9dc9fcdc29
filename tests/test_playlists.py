"""Playlists: what follows what, how long it is, and files that no title can add an entry to."""

import json
import random
import statistics
from itertools import pairwise
from pathlib import Path

import pytest

from agent.memory import MemoryStoreError
from agent.playlist_files import render_m3u8, write_playlist
from agent.playlist_goal import PlaylistError, read_goal
from agent.playlists import Playlist, playlist
from agent.recall import Row
from agent.record import Facts
from agent.track_relations import camelot_distance, tempo_relation
from tools.theory import camelot, tonic_name


def row(n: int, **facts: str | float) -> Row:
    told: Facts = {"title": f"Track {n}", "artist": f"Artist {n}", "duration": 240.0}
    return Row(f"{n:032x}", "", {**told, **facts})


def library(count: int, seed: int = 5) -> list[Row]:
    dice = random.Random(seed)
    rows = []
    for n in range(count):
        mode, bpm = dice.choice(["major", "minor"]), min(200.0, max(55.0, dice.gauss(118, 28)))
        facts: dict[str, str | float] = {
            "artist": f"Artist {dice.randrange(max(2, count // 6))}",
            "duration": round(dice.gauss(225, 50), 1),
            "bpm": round(bpm, 1),
            "tonic": tonic_name(dice.randrange(12), mode),
            "mode": mode,
            "energy": round(min(1.0, max(0.0, dice.gauss(0.3 + bpm / 400, 0.15))), 3),
        }
        rows.append(row(n, **facts))
    return rows


ROWS = library(1000)


def measured(rows: list[Row]) -> tuple[float, float]:
    """Return the share of harmonic transitions and the largest tempo step."""
    codes = [camelot(str(r.facts["tonic"]), str(r.facts["mode"])) for r in rows]
    near = [camelot_distance(a, b) <= 1 for a, b in pairwise(codes)]
    bpms = [float(str(r.facts["bpm"])) for r in rows]
    return statistics.mean(near), max(tempo_relation(a, b).step for a, b in pairwise(bpms))


def rows_of(made: Playlist) -> list[Row]:
    by_id = {r.id: r for r in ROWS}
    return [by_id[item.id] for item in made.items]


@pytest.mark.parametrize(
    ("goal", "minutes", "start", "end"),
    [("build", 30, None, None), ("even", 60, None, None), ("running", 60, 90, 140)],
)
def test_keys_mix_and_tempi_step_softly(
    goal: str, minutes: float, start: float | None, end: float | None
) -> None:
    made = playlist(ROWS, read_goal(goal, start, end), minutes)
    assert abs(made.total / (60 * minutes) - 1) <= 0.05
    harmonic, step = measured(rows_of(made))
    assert made.harmonic == pytest.approx(harmonic, abs=1e-3) and made.largest_step == step
    assert harmonic >= 0.9 and step <= 0.06
    assert not made.notes
    assert len({item.id for item in made.items}) == len(made.items)
    assert all(a.artist != b.artist for a, b in pairwise(made.items))
    dice = random.Random(1)
    chance = [measured(dice.sample(ROWS, len(made.items))) for _ in range(20)]
    assert statistics.mean(c[0] for c in chance) < 0.35 < harmonic
    assert statistics.mean(c[1] for c in chance) > 0.25 > step


def test_energy_follows_the_curve() -> None:
    courses = {}
    for goal in ("build", "wind down", "peak in the middle"):
        made = playlist(ROWS, read_goal(goal), 60)
        courses[goal] = [item.energy or 0.0 for item in made.items]
    for goal, sign in (("build", 1), ("wind down", -1)):
        values = courses[goal]
        assert sign * statistics.correlation(range(len(values)), values) > 0.8
    third = len(courses["peak in the middle"]) // 3
    peak = courses["peak in the middle"]
    assert statistics.mean(peak[third:-third]) > 0.1 + statistics.mean(peak[:third])
    assert statistics.mean(peak[third:-third]) > 0.1 + statistics.mean(peak[-third:])


def test_it_goes_from_one_tempo_or_track_to_another() -> None:
    made = playlist(ROWS, read_goal("running", 90, 140), 45)
    assert made.items[0].bpm == pytest.approx(90, rel=0.06)
    assert made.items[-1].bpm == pytest.approx(140, rel=0.06)
    first, last = ROWS[17].id, ROWS[400].id
    made = playlist(ROWS, read_goal("anything"), 40, first, last)
    assert (made.items[0].id, made.items[-1].id) == (first, last)
    assert made.items[0].why == ("the track to start with",)
    assert "the track to end with" in made.items[-1].why
    assert abs(made.total / 2400 - 1) <= 0.05


def test_the_same_request_gives_the_same_playlist() -> None:
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    once, again = (playlist(rows, read_goal("party"), 40) for rows in (ROWS, shuffled))
    assert once == again


def test_half_the_tempo_is_near() -> None:
    rows = [
        row(1, bpm=140.0, tonic="C", mode="major"),
        row(2, bpm=70.5, tonic="C", mode="major"),
        row(3, bpm=100.0, tonic="C", mode="major"),
    ]
    made = playlist(rows, read_goal(""), 8, start=rows[0].id)
    assert made.items[1].id == rows[1].id
    assert made.items[1].why == ("the same key (8B)", "tempo half as fast")


def test_an_artist_comes_twice_in_a_row_only_if_it_must() -> None:
    same: dict[str, str | float] = {"tonic": "C", "mode": "major", "bpm": 100.0}
    rows = [row(n, artist=f"Artist {n // 3}", **same) for n in range(6)]
    made = playlist(rows, read_goal(""), 24)
    assert all(a.artist != b.artist for a, b in pairwise(made.items)) and not made.notes
    alone = playlist([row(n, artist="One", **same) for n in range(4)], read_goal(""), 16)
    assert alone.notes == ("An artist comes twice in a row 3 times: too few others fit.",)


def test_what_fits_the_search_comes_first() -> None:
    relevant = {r.id: 1.0 for r in ROWS[:40]}
    made = playlist(ROWS, read_goal("sad songs"), 30, relevance=relevant)
    assert sum(item.id in relevant for item in made.items) >= 0.8 * len(made.items)
    assert any('fits "sad"' in item.why for item in made.items)


def test_too_little_music_is_said() -> None:
    made = playlist([row(1), row(2)], read_goal("even"), 60)
    assert len(made.items) == 2
    assert "8 minutes long instead of 60: all tracks that fit are 8 minutes" in made.notes[0]
    long = playlist([row(1, duration=3600.0), row(2, duration=4000.0)], read_goal("even"), 10)
    assert "none of the orders that were tried comes nearer" in long.notes[0]
    assert long.items[0].id == row(1).id


def test_a_length_is_met_where_few_tracks_make_it() -> None:
    dice = random.Random(8)
    for count in range(6, 16):
        rows = library(count, seed=count)
        whole = sum(float(str(r.facts["duration"])) for r in rows) / 60
        minutes = dice.uniform(0.4, 0.8) * whole
        made = playlist(rows, read_goal("even"), minutes)
        assert abs(made.total / 60 / minutes - 1) <= 0.05, (count, made.notes)
        assert len({item.id for item in made.items}) == len(made.items)


def test_what_is_not_known_stands_in_nobodys_way() -> None:
    made = playlist([row(n) for n in range(20)], read_goal("build"), 20)
    assert len(made.items) == 5 and made.harmonic is None and made.largest_step is None
    assert made.notes == ("No energy is known of these tracks, so the order follows key and tempo only.",)  # fmt: skip
    nameless = [Row(f"{n:032x}", "", {"duration": 200.0}) for n in range(6)]
    assert len(playlist(nameless, read_goal(""), 10).items) == 3


@pytest.mark.parametrize(
    ("minutes", "start", "end", "message"),
    [
        (0, None, None, "more than 0 minutes"),
        (-5, None, None, "more than 0 minutes"),
        (float("nan"), None, None, "more than 0 minutes"),
        (99999, None, None, "at most 24 hours"),
        (30, 5, None, "between 30 and 300 BPM, not 5"),
        (30, 90, 1e9, "between 30 and 300 BPM"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    minutes: float, start: float | None, end: float | None, message: str
) -> None:
    with pytest.raises(PlaylistError, match=message):
        playlist(ROWS, read_goal("x", start, end), minutes)


def test_no_tracks_are_one_sentence() -> None:
    with pytest.raises(PlaylistError, match="no track to make a playlist of"):
        playlist([], read_goal("x"), 30)
    with pytest.raises(PlaylistError, match="no track to make"):
        playlist([Row("a", "", {"title": "no length"})], read_goal("x"), 30)
    with pytest.raises(PlaylistError, match="same track"):
        playlist(ROWS, read_goal("x"), 30, ROWS[1].id, ROWS[1].id)


@pytest.mark.parametrize(
    ("text", "search", "curve"),
    [
        ("a playlist for running", "energetic fast", "even"),
        ("sad piano that builds", "sad piano", "build"),
        ("wind down before sleep", "before calm slow", "wind down"),
        ("party, peak in the middle", "party happy", "peak in the middle"),
        ("a 30 minute playlist", "", "even"),
        ("even jazz", "jazz", "even"),
        ("a playlist for calming down", "", "wind down"),
    ],
)
def test_goals_are_read(text: str, search: str, curve: str) -> None:
    goal = read_goal(text)
    assert (goal.search, goal.curve) == (search, curve)
    assert read_goal("jog", 90, 140).curve == "build"
    assert read_goal("jog", 140, 90).curve == "wind down"
    assert read_goal("run from 90 to 140 bpm").bpm == (90.0, 140.0)
    assert read_goal("run", 100).bpm == (100, None)


# ---- files --------------------------------------------------------------------------------------

EVIL = "x\n#EXTINF:1,evil\n/etc/passwd\r\n"


def test_no_title_or_path_adds_an_entry(tmp_path: Path) -> None:
    rows = [
        row(1, title=EVIL, artist="A\u2028B\x0b"),
        row(2, title="", artist=""),
        row(3, title="\u202eevil\x1b[31m"),
    ]
    made = playlist(rows, read_goal(f"goal {EVIL}"), 12)
    paths = {
        rows[0].id: "/music/a\n/etc/shadow.mp3",
        rows[1].id: "/music/#comment.mp3",
        rows[2].id: "/music/caf\udce9 \u2028.mp3",
    }
    for base in (None, Path("/music")):
        lines = render_m3u8(made, paths, base).split("\n")
        assert lines[0] == "#EXTM3U" and lines[-1] == ""
        assert len(render_m3u8(made, paths, base).splitlines()) == 2 + 2 * len(rows)
        entries = [line for line in lines if line and not line.startswith("#")]
        assert len(entries) == len(rows)
        assert sum(line.startswith("#EXTINF:") for line in lines) == len(rows)
    assert "file:///music/a%0A/etc/shadow.mp3" in render_m3u8(made, paths)
    files = write_playlist(made, paths, tmp_path / "new" / "folder")
    assert all(file.parent == tmp_path / "new" / "folder" for file in files.values())
    assert "\n" not in files["m3u8"].name and files["m3u8"].suffix == ".m3u8"
    assert sorted(p.name for p in files["m3u8"].parent.iterdir()) == sorted(
        f.name for f in files.values()
    )


def test_the_json_tells_why(tmp_path: Path) -> None:
    made = playlist(ROWS, read_goal("party", 110, 130), 20)
    paths = {r.id: f"/music/{r.id}.mp3" for r in ROWS}
    files = write_playlist(made, paths, tmp_path)
    data = json.loads(files["json"].read_text(encoding="utf-8"))
    assert data["minutes"] == pytest.approx(made.total / 60, abs=0.01)
    assert [t["path"] for t in data["tracks"]] == [paths[i.id] for i in made.items]
    assert all(t["why"] for t in data["tracks"][1:])
    text = files["m3u8"].read_text(encoding="utf-8")
    assert [x for x in text.splitlines() if x.startswith("/")] == [paths[i.id] for i in made.items]


def test_places_are_given_from_the_folder_on(tmp_path: Path) -> None:
    made = playlist([row(1)], read_goal("x"), 4)
    paths = {row(1).id: str(tmp_path / "music" / "a b.mp3")}
    files = write_playlist(made, paths, tmp_path / "lists", relative=True)
    assert "../music/a b.mp3" in files["m3u8"].read_text(encoding="utf-8").splitlines()


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MemoryStoreError, match="can't be"):
        write_playlist(playlist([row(1)], read_goal("x"), 4), {}, tmp_path / "file")
