"""The table of a library, filters and fusion; the search over a memory is in test_memory.py too."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memories import Spelling, make_record

from agent.bench_library import FILTERS, generated_rows, generated_vectors
from agent.harmony_facts import matches, progressions, query_patterns
from agent.memory import TrackMemory
from agent.recall import Row
from agent.search import Filters, Found, search
from agent.search.mirror import Mirror
from agent.search.table import Table
from agent.shared_harmony import texts
from agent.wish import tokens
from tools.embedding import Vectors
from tools.errors import MusicToolError


class Shelf:
    """Rows that are searched without a memory."""

    def __init__(self, table: Table, vectors: Sequence[Vectors] = ()) -> None:
        self._table = table
        self._vectors = vectors

    def table(self, in_sections: bool = False) -> Table:
        return self._table

    def query_vectors(self, text: str) -> Sequence[Vectors]:
        return self._vectors


def row(letter: str, words: str = "", **facts: Any) -> Row:
    return Row(letter * 32, words, {"title": letter.upper(), **facts})


ROWS = (
    row("a", "A slow solo piano piece.", tonic="F#", mode="minor", bpm=66.0, meter="3/4",
        voice="instrumental", instruments=["piano"], genres=["classical"], duration=200.0,
        year=1994, lufs=-20.5, artist="Ana Prueba Trio"),
    row("b", "Techno with a heavy kick.", tonic="A", mode="major", bpm=132.0, other_bpms=[66.0],
        other_keys=["F# minor"], meter="4/4", voice="instrumental", genres=["techno"],
        instruments=["synthesizer", "electric guitar"], duration=400.0, year=2011, lufs=-7.0),
    row("c", "A folk song.", tonic="Gb", mode="minor", bpm=100.0, meter="4/4", voice="vocal",
        genres=["folk"], instruments=["guitar"], moods=["sad"], duration=185.0, artist="Ana"),
    row("d"),
)  # fmt: skip


def ids(found: Found) -> str:
    return "".join(hit.id[0] for hit in found.hits)


def asked(text: str = "", **filters: Any) -> Found:
    return search(Shelf(Table.of(ROWS)), text, Filters(**filters))


# ---- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        ({"key": "F# minor"}, "acb"),  # Gb is F#; a second reading comes last
        ({"key": "f#", "mode": "minor"}, "acb"),
        ({"mode": "major"}, "b"),
        ({"bpm_min": 60, "bpm_max": 70}, "ab"),
        ({"bpm_min": 101}, "b"),
        ({"meter": "3/4"}, "a"),
        ({"tags_any": ("techno", "folk")}, "bc"),
        ({"tags_all": ("guitar", "sad")}, "c"),
        ({"tags_all": ("Guitar",)}, "bc"),  # also in "electric guitar"
        ({"tags_all": ("electric guitars",)}, "b"),
        ({"instruments": ("piano",)}, "a"),
        ({"voice": "vocal"}, "c"),
        ({"tags_all": ("vocals",)}, "c"),
        ({"duration_min": 190, "duration_max": 300}, "a"),
        ({"year_min": 1990, "year_max": 1999}, "a"),
        ({"lufs_min": -10}, "b"),
        ({"artist": "ana"}, "ac"),
        ({"artist": "Prueba Trio"}, "a"),
        ({"tags_not": ("vocals",)}, "abd"),
        ({"tags_not": ("guitar",)}, "ad"),
    ],
)
def test_a_filter_is_hard(filters: dict[str, Any], hits: str) -> None:
    found = asked(**filters)
    assert (ids(found), found.relaxed, found.total) == (hits, (), len(hits))
    assert all(hit.why for hit in found.hits) or "tags_not" in filters


def test_words_order_what_passes_and_do_not_bring_in_others() -> None:
    assert ids(asked("folk song", key="F# minor")) == "cab"
    assert ids(asked("techno", tags_not=("guitar",))) == ""  # exclusions are never let go
    assert ids(asked("slow piano", tags_not=("vocals",)))[0] == "a"
    assert ids(asked("some songs", tags_not=("vocals",))) == "abd"


def test_why_names_filters_and_words() -> None:
    (hit,) = asked("piano", key="F# minor", tags_all=("classical",), duration_max=300).hits
    assert hit.why == ("key F# minor", "length 3:20", "tag classical", "words: piano")
    assert asked(key="F# minor").hits[-1].why == ("second reading of key F# minor",)


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"key": "H minor"}, "A key looks like 'F# minor' or 'Bb', not 'H minor'."),
        ({"key": "F# minor", "mode": "major"}, "leave one out"),
        ({"mode": "dorian"}, "one of major, minor"),
        ({"meter": "17/9"}, "The meter is one of 2/4, 3/4, 4/4, 6/8"),
        ({"bpm_min": 120, "bpm_max": 80}, "can't be at least 120 and at most 80"),
        ({"bpm_min": -1}, "not negative"),
        ({"duration_max": float("nan")}, "is a number"),
        ({"voice": "loud"}, "vocal, instrumental"),
        ({"tags_any": ("!!",)}, "names no genre"),
        ({"tags_any": 3}, "lists names"),
        ({"chord_progression": "lalala"}, "no chord progression"),
    ],
)
def test_a_filter_that_cannot_be_is_one_sentence(filters: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MusicToolError) as error:
        Filters(**filters)
    assert sentence in str(error.value) and str(error.value).endswith(".")


def test_nothing_asked_is_told() -> None:
    with pytest.raises(MusicToolError, match="Say what to look for"):
        asked(" ")


# ---- letting go ---------------------------------------------------------------------------------


def test_one_filter_is_let_go_the_cheapest_first() -> None:
    found = asked(key="F# minor", meter="3/4", year_min=2000)
    assert (ids(found), found.relaxed) == ("a", ("year at least 2000",))
    found = asked(key="Eb major", meter="3/4")
    assert (ids(found), found.relaxed) == ("a", ("key Eb major",))  # the meter alone doesn't help


def test_several_are_let_go_if_one_is_not_enough() -> None:
    found = asked(key="Eb major", meter="6/8", tags_all=("techno",))
    assert (ids(found), found.relaxed) == ("b", ("meter 6/8", "key Eb major"))


def test_exclusions_are_never_let_go() -> None:
    found = asked(tags_not=("guitar", "piano", "techno"), tags_all=("folk",))
    assert (ids(found), found.relaxed) == ("d", ("tag folk",))
    assert ids(asked(voice="instrumental", tags_all=("folk",))) == "ab"
    for what, weaker in Filters(tags_not=("drums",), voice="instrumental", year_min=2000).relaxed():
        assert "drums" not in what and weaker.tags_not == ("drums",)
        assert weaker.voice == "instrumental"


# ---- harmony ------------------------------------------------------------------------------------


def test_harmony_is_exact_in_any_key() -> None:
    songs = {
        "e": ["E:min7", "A:7", "D:maj7"],  # ii-V-I in D
        "f": ["D:min", "G:7", "C:maj", "A:min"],
        "g": ["C:maj", "G:maj", "A:min", "F:maj"],  # I-V-vi-IV
        "h": ["G:maj", "D:maj", "E:min", "C:maj", "G:maj"],
        "i": ["D:min", "G:7", "A:min"],
    }
    rows = [row(i, progressions=list(progressions(labels))) for i, labels in songs.items()]
    shelf = Shelf(Table.of(rows))
    for query, hits in (("ii-V-I", "ef"), ("I–V–vi–IV", "gh"), ("Dm7 G7 Cmaj7", "ef")):
        found = search(shelf, "", Filters(chord_progression=query))
        assert ids(found) == hits, query
        assert found.hits[0].why == (f"chords {query}",)
        patterns = query_patterns(query)
        held = [i for i, labels in songs.items() if matches(progressions(labels), patterns)]
        assert "".join(held) == hits


# ---- the table ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library() -> tuple[list[Row], Vectors]:
    rows = generated_rows(1200)
    return rows, generated_vectors(rows, (48, 16))


def test_filters_agree_with_the_facts(library: tuple[list[Row], Vectors]) -> None:
    rows, _ = library
    shelf = Shelf(Table.of(rows))
    for chosen in FILTERS[1:8]:
        filters = Filters(**chosen)
        found = search(shelf, "", filters, limit=1000)
        assert found.total and not found.relaxed
        for hit in found.hits:
            facts = shelf.table().rows[hit.id].facts
            tags = {t for name in ("genres", "instruments", "moods") for t in texts(facts, name)}
            assert facts["voice"] != "vocal" or "vocals" not in filters.tags_not
            assert not set(filters.tags_not) & tags
            assert set(filters.instruments) <= tags
            assert not filters.tags_any or set(filters.tags_any) & tags
            low, high = filters.range("year")
            year = facts["year"]
            assert isinstance(year, int)
            assert low is None or high is None or low <= year <= high


def test_an_updated_table_is_the_one_made_anew(library: tuple[list[Row], Vectors]) -> None:
    rows, vectors = library
    dice = random.Random(3)
    table = Table()
    kept: dict[str, tuple[Row, Vectors]] = {}
    for _ in range(25):
        some = sorted(dice.sample(range(400), dice.randint(1, 40)))
        new = [replace(rows[n], words=f"{rows[n].words} round{dice.randint(0, 5)}") for n in some]
        gone = dice.sample(sorted(kept), min(len(kept), 5)) if kept else []
        gone = [i for i in gone if i not in {r.id for r in new}]
        table = table.changed(new, vectors[some], {r.id: "s" for r in new}, gone)
        kept |= {r.id: (r, vectors[n]) for r, n in zip(new, some, strict=True)}
        for i in gone:
            del kept[i]
    assert len(table.segments) < 6
    assert dict(table.rows) == {i: r for i, (r, _) in kept.items()}
    whole = Table().changed([r for r, _ in kept.values()], np.array([v for _, v in kept.values()]))
    for text in ("slow piano in a minor key", "round3 winter road", "jazz, no drums"):
        vector = vectors[dice.randrange(400)]
        one, other = (search(Shelf(t, [vector]), text, limit=50) for t in (table, whole))
        assert one == other


def test_cosines_are_those_of_the_wanted_rows(library: tuple[list[Row], Vectors]) -> None:
    rows, vectors = library
    table = Table().changed(rows, vectors)
    query = np.hstack([vectors[5][:48], np.zeros(16, np.float32)])
    expected = vectors[:, :48] @ query[:48]
    for share in (0.01, 0.9):
        mask = np.random.default_rng(0).random(len(rows)) < share
        np.testing.assert_allclose(table.cosines(query, mask)[mask], expected[mask], atol=1e-6)
        assert not table.cosines(query, mask)[~mask].any()


def test_the_mirror_gives_back_the_table(
    tmp_path: Path, library: tuple[list[Row], Vectors]
) -> None:
    rows, vectors = library
    mirror = Mirror(tmp_path / "table")
    table = Table().changed(rows[:50], vectors[:50], {r.id: "1:2" for r in rows})
    mirror.write(table, "space", "77")
    table = table.changed(rows[60:63], vectors[60:63], {r.id: "3:4" for r in rows}, [rows[0].id])
    mirror.write(table, "space", "78")
    again, state = Mirror(tmp_path / "table").read("space")
    assert state == "78" and again.stamps == table.stamps
    assert dict(again.rows) == dict(table.rows)
    assert search(Shelf(again), "winter road") == search(Shelf(table), "winter road")
    assert len(Mirror(tmp_path / "table").read("another space")[0]) == 0
    folders = [p for p in (tmp_path / "table").iterdir() if p.is_dir()]
    assert len(folders) == len(table.segments)
    (folders[0] / "bpm.npy").write_bytes(b"\xde\xad" * 90)
    assert len(Mirror(tmp_path / "table").read("space")[0]) == 0  # made anew, not half


def test_a_damaged_table_costs_no_embedding(tmp_path: Path) -> None:
    memory = TrackMemory(tmp_path / "memory", Spelling())
    for n in range(6):
        memory.remember(make_record(n))
    expected = memory.recall("slow piano")
    for file in (tmp_path / "memory" / "table").rglob("*.npy"):
        file.write_bytes(b"nothing")
    embedder = Spelling()
    again = TrackMemory(tmp_path / "memory", embedder)
    assert again.recall("slow piano") == expected
    assert embedder.embedded == 1  # the query; the rows came from the index


def test_a_search_that_finds_nothing_new_opens_no_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = TrackMemory(tmp_path / "memory", Spelling())
    for n in range(6):
        memory.remember(make_record(n))
    expected = memory.recall("slow piano")
    again = TrackMemory(tmp_path / "memory", Spelling())
    monkeypatch.setattr("agent.track_index._client", lambda folder: pytest.fail("opened"))
    assert again.recall("slow piano") == expected


def test_words_of_titles_beat_words_of_descriptions(library: tuple[list[Row], Vectors]) -> None:
    rows, _ = library
    title = max((str(r.facts["title"]) for r in rows[:200]), key=len)
    best = search(Shelf(Table.of(rows)), title).hits[0]
    assert tokens(best.title) == tokens(title)
