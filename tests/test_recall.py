import pytest

from agent.recall import Row
from agent.search.ranking import rank_rows as rank
from agent.wish import read_wish, tokens

ROWS = (
    Row(
        "a" * 32,
        "A slow solo piano piece, sparse and sad.",
        {
            "title": "Nocturne",
            "artist": "Ana Prueba",
            "tonic": "F",
            "mode": "minor",
            "other_keys": ["Ab major"],
            "bpm": 66.0,
            "meter": "3/4",
            "voice": "instrumental",
            "instruments": ["piano"],
            "moods": ["sad"],
        },
    ),
    Row(
        "b" * 32,
        "Fast techno with a heavy kick and a synth bass.",
        {
            "title": "Night Drive",
            "artist": "DJ Beispiel",
            "tonic": "A",
            "mode": "minor",
            "bpm": 138.2,
            "meter": "4/4",
            "voice": "instrumental",
            "genres": ["techno", "electronic"],
            "instruments": ["synth", "drums"],
        },
    ),
    Row(
        "c" * 32,
        "A folk song with female vocals, guitar and piano.",
        {
            "title": "Minor Swing Café",
            "artist": "Ana Prueba",
            "tonic": "C#",
            "mode": "major",
            "bpm": 120.0,
            "other_bpms": [60.0],
            "meter": "4/4",
            "voice": "vocal",
            "instruments": ["guitar", "piano"],
        },
    ),
    Row("d" * 32, "", {"title": "Untold"}),
)


def found(query: str) -> str:
    """Return the first letters of the ids that answer, best first."""
    return "".join(hit.id[0] for hit in rank(query, ROWS, {}))


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("something in F minor", "a"),
        ("what do I have in Fm?", "a"),
        ("slow piano in a minor key", "a"),
        ("in A minor", "b"),
        ("the one in a minor.", "b"),
        ("something in D flat major", "c"),  # C# major by another name
        ("Db major", "c"),
        ("anything around 140 bpm", "b"),
        ("between 60 and 70 BPM", "a"),
        ("over 130 bpm", "b"),
        ("a waltz", "a"),
        ("songs in 3/4", "a"),
        ("fast techno", "b"),
        ("somebody singing", "c"),
        ("the track by DJ Beispiel", "b"),
        ("nocturne", "a"),
        ("play minor swing cafe", "c"),
        ("untold", "d"),
        ("drum", "b"),
    ],
)
def test_finds(query: str, best: str) -> None:
    assert found(query)[:1] == best


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("something in F minor", "bcd"),
        ("around 120 bpm", "abd"),
        ("piano without vocals", "c"),
        ("electronic, no drums", "b"),
        ("in 4/4", "a"),
        ("the key of G major", "abcd"),
        ("purple elephants", "abcd"),
    ],
)
def test_leaves_out(query: str, missing: str) -> None:
    assert not set(found(query)) & set(missing)


def test_a_second_reading_counts_for_less() -> None:
    sure, likely = ROWS[0], Row("e" * 32, "", {"tonic": "Ab", "mode": "major"})
    hits = rank("Ab major", (sure, likely), {})
    assert [hit.id[0] for hit in hits] == ["e", "a"]
    assert hits[1].why == ("second reading of key Ab major",)


def test_says_why() -> None:
    query, track = "slow piano in F minor around 68 bpm", "a" * 32
    (hit,) = rank(query, ROWS[:1], {track: 0.52}, {track: 0.41})
    assert hit.why == (
        "key F minor",
        "tempo 66 BPM",
        "words: slow, piano",
        "sound 0.41",
        "meaning 0.52",
    )
    assert 0 < hit.score <= 1


def test_says_words_as_they_were_asked() -> None:
    (hit,) = rank("Drums", ROWS[1:2], {})
    assert hit.why == ("words: Drums",)


def test_meaning_alone_finds_but_noise_does_not() -> None:
    hits = rank("melancholy", ROWS, {"a" * 32: 0.5, "b" * 32: 0.3, "c" * 32: 0.05})
    assert [hit.id[0] for hit in hits] == ["a", "b"]


def test_a_text_that_stands_in_a_track_says_more_than_the_sound_and_a_little_of_it_less() -> None:
    sound = {"a" * 32: 0.1, "b" * 32: 0.5, "c" * 32: 0.2, "d" * 32: 0.01}
    assert [hit.id[0] for hit in rank("sad", ROWS, {}, sound)] == ["a", "b", "c"]
    caption = "a sparse but dignified remembrance of departed companions, gently swaying onwards"
    assert [hit.id[0] for hit in rank(caption, ROWS, {}, sound)] == ["b", "c", "a"]
    assert rank("sad in C# major", ROWS, {}, sound)[0].id[0] == "c"


SOUNDS = {"a" * 32: 0.2, "b" * 32: 0.3, "c" * 32: 0.25}


def order(query: str, meaning: dict[str, float], sound: dict[str, float]) -> str:
    """Return the first letters of the ids that answer, best first."""
    return "".join(hit.id[0] for hit in rank(query, ROWS, meaning, sound))


def test_a_text_strange_to_the_library_leaves_the_order_of_the_sound() -> None:
    against = {"a" * 32: 0.9, "b" * 32: 0.3}
    assert order("zither glissandi", {}, SOUNDS) == "bca"
    assert order("zither glissandi", against, SOUNDS) == "bca"


def test_a_text_that_the_library_knows_whole_leaves_the_order_of_the_words() -> None:
    loudest_last = {"a" * 32: 0.06, "b" * 32: 0.5, "c" * 32: 0.3}
    assert order("sparse sad solo piano", {}, loudest_last) == "acb"
    assert order("sparse sad solo piano", {}, {}) == "ac"


def test_where_words_are_even_the_sound_decides() -> None:
    louder = {"a" * 32: 0.1, "c" * 32: 0.3}
    assert order("piano", {}, louder) == "ca"
    assert order("piano", {}, {"a" * 32: 0.3, "c" * 32: 0.1}) == "ac"


def test_a_track_whose_sound_is_not_known_is_found_by_its_meaning_after_the_others() -> None:
    assert order("zither glissandi", {"d" * 32: 0.9}, SOUNDS) == "bcad"


@pytest.mark.parametrize("strangers", range(5))
def test_the_stranger_the_text_the_less_the_words_of_it_say(strangers: int) -> None:
    def share(more: int) -> float:
        query = " ".join(["sparse", *("zither", "glissandi", "hum", "odd", "wry", "lilt")[:more]])
        scores = {hit.id[0]: hit.score for hit in rank(query, ROWS, {}, dict.fromkeys(SOUNDS, 0.3))}
        return scores["a"] - scores["b"]

    assert share(strangers) > share(strangers + 1) > 0


def test_words_count_by_how_much_of_the_text_they_are() -> None:
    scores = [
        next(hit.score for hit in rank(text, ROWS, {}) if hit.id[0] == "a")
        for text in ("sparse", "sparse remembrance", "sparse remembrance of departed companions")
    ]
    assert scores[0] > scores[1] > scores[2] > 0


def test_a_voice_that_was_missed_does_not_hide_a_like_sound() -> None:
    sound = {"a" * 32: -0.2, "b" * 32: 0.4, "c" * 32: 0.2}
    hits = rank("techno with vocals", ROWS, {}, sound)
    assert {hit.id[0] for hit in hits} == {"b", "c"}
    assert "a" not in {hit.id[0] for hit in rank("techno with vocals", ROWS, {})}
    assert {hit.id[0] for hit in rank("no vocals", ROWS, {}, sound)} == {"a", "b"}


def test_what_matches_more_comes_first() -> None:
    assert found("piano")[:2] in ("ac", "ca")
    assert found("sad piano")[:2] == "ac"
    assert found("piano and guitar")[:2] == "ca"


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("F# minor", ("F#", "minor")),
        ("f sharp minor", ("F#", "minor")),
        ("B♭ major", ("Bb", "major")),
        ("e-flat major", ("Eb", "major")),
        ("anything in Bb", ("Bb", "")),
        ("C#m", ("C#", "minor")),
        ("a minor key", ("", "minor")),
        ("A minor key please", ("", "minor")),
        ("I am in", ("", "")),
        ("in a hurry", ("", "")),
        ("major", ("", "major")),
        ("it moves between minor and major", ("", "")),
    ],
)
def test_reads_keys(query: str, key: tuple[str, str]) -> None:
    wish = read_wish(query)
    assert (wish.tonic, wish.mode) == key


def test_what_is_measured_is_not_looked_up_as_words() -> None:
    wish = read_wish("a quiet song in F minor at 120 bpm in 3/4 without drums")
    assert dict(wish.terms) == {"quiet": "quiet"}
    assert wish.unwanted == {"drum"}
    assert wish.asked == 3


@pytest.mark.parametrize(
    ("query", "sound"),
    [
        ("a quiet song in F minor at 120 bpm in 3/4 without drums", "a quiet song in at in"),
        ("slow piano, no vocals", "slow piano,"),
        ("somebody singing", "somebody singing"),
        ("something in Fm", ""),
        ("music without vocals", ""),
        ("a singer", "a singer"),
    ],
)
def test_what_is_left_is_looked_for_in_the_sound(query: str, sound: str) -> None:
    assert read_wish(query).sound == sound


def test_what_is_denied_is_not_asked_for() -> None:
    wish = read_wish("piano, not too fast")
    assert wish.pace is None
    assert list(wish.terms) == ["piano"]


def test_words_are_folded() -> None:
    assert tokens("Café CHANTS, don't pass 노래") == [
        "cafe",
        "chant",
        "dont",
        "pass",
        tokens("노래")[0],
    ]
