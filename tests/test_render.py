import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthesis import headache

from agent.render import (
    clock,
    describe_words,
    render_beats,
    render_chords,
    render_key,
    render_tags,
    render_tempo,
    tempo_words,
)
from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    KeyCandidate,
    KeySpan,
    Label,
    Tags,
    Tempo,
    TempoCandidate,
)

TEMPO = Tempo(
    121.6, 0.69, "tempo/1", (TempoCandidate(60.8, 0.31, "half"),), (0.0, 9.0), (121.2, 122.0), True
)
BEATS = Beats((0.52, 1.01, 1.5, 2.0, 2.49), (1, 2, 3, 4, 1), "beatnet/1", "4/4", 0.9, 0.87)
KEY = Key("F", "minor", 0.82, "key/1", (KeyCandidate("Ab", "major", 0.11, "relative"),))
CHORDS = Chords(((0.0, 2.0), (2.0, 5.0), (5.0, 6.0)), ("F:min", "C#:maj", "N"), "crema/1")
TAGS = Tags(
    (Label("rock", 0.71), Label("pop", 0.4)),
    (Label("guitar", 0.83),),
    (),
    Label("vocal", 0.92),
    "musicnn/1",
    (Label("female voice", 0.61),),
)
ALL: dict[str, Annotation] = {
    "tempo": TEMPO,
    "beats": BEATS,
    "key": KEY,
    "chords": CHORDS,
    "tags": TAGS,
}


def test_tempo_comes_with_confidence_other_readings_and_author() -> None:
    assert render_tempo(TEMPO) == (
        "Tempo: 121.6 BPM (fast, allegro), confidence 0.69. "
        "Other readings: 60.8 BPM (half, confidence 0.31). "
        "It is steady, between 121.2 and 122.0 BPM. By tempo/1."
    )
    bare = render_tempo(Tempo(50.0, None, "tempo/1"))
    assert bare == "Tempo: 50.0 BPM (very slow, largo). By tempo/1."
    moving = render_tempo(replace(TEMPO, steady=False))
    assert "It is not steady: it moves, between 121.2 and 122.0 BPM." in moving


def test_beats_are_counted_not_listed() -> None:
    assert render_beats(BEATS) == (
        "Meter: 4/4, confidence 0.87. Beats: 5, confidence 0.90, from 0.52 s to 2.49 s; "
        "2 downbeats, the first at 0.52, 2.49 s. By beatnet/1."
    )
    many = Beats(tuple(float(i) for i in range(2000)), tuple(i % 4 + 1 for i in range(2000)), "b/1")
    assert len(render_beats(many)) < 200 and "Meter: unknown" in render_beats(many)
    assert render_beats(Beats((), (), "b/1")) == "Beats: none were found. By b/1."


def test_key_comes_with_its_relations_and_changes() -> None:
    assert render_key(KEY) == (
        "Key: F minor, confidence 0.82. Relative: Ab major; parallel: F major; Camelot 4A. "
        "Other readings: Ab major (relative, confidence 0.11). By key/1."
    )
    changes = (KeySpan(0.0, 40.0, "C", "major"), KeySpan(40.0, 72.0, "D", "major"))
    moving = render_key(Key("C", "major", None, "key/1", (), changes))
    assert "Over time: C major from 0:00 to 0:40, D major from 0:40 to 1:12." in moving


def test_chords_come_by_bar_with_numerals() -> None:
    bars = [
        {"number": i, "start": 2.0 * i, "labels": ["F:min", "C:7"], "roman": ["i", "V7"]}
        for i in range(1, 41)
    ]
    words = render_chords(
        {
            "key": "F minor",
            "bars": bars,
            "most_used": [{"label": "F:min", "share": 0.5}],
            "loop": {"labels": ["F:min", "C:7"], "roman": ["i", "V7"], "times": 20, "bars": 1},
            "chords": {"intervals": [], "labels": [], "estimator": "crema/1"},
        }
    )
    assert words.startswith("Chords in F minor: bar 1 (2.0 s) Fm C7 [i V7] | bar 2 (4.0 s) Fm C7")
    assert "bar 16" in words and "bar 17" not in words and "24 more bars" in words
    assert "Most used: Fm 50%. What repeats: Fm C7 (i V7), 20 times. By crema/1." in words


def test_chords_without_bars_come_with_their_times() -> None:
    words = render_chords({"chords": CHORDS.to_dict(), "key": None, "loop": None})
    assert words == "Chords: Fm 0.0-2.0 s, C# 2.0-5.0 s, N.C. 5.0-6.0 s. By crema/1."
    assert render_chords({"chords": {"intervals": [], "labels": []}}) == "Chords: none were found."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("genres", "Genres: rock 0.71, pop 0.40. By musicnn/1."),
        ("instruments", "Instruments: guitar 0.83. By musicnn/1."),
        ("moods", "Moods: none is clear. By musicnn/1."),
        ("voice", "Voice: vocal 0.92, female voice 0.61. By musicnn/1."),
    ],
)
def test_tags_come_by_kind(kind: str, words: str) -> None:
    assert render_tags(TAGS, kind) == words
    assert words.removesuffix(" By musicnn/1.") in render_tags(TAGS)


def test_a_track_is_remembered_by_what_it_is_and_by_its_figures() -> None:
    assert describe_words(headache(ALL)) == (
        '"Headache" by "Lost Deposit", 1:12 long: rock, pop; instruments: guitar; '
        "with singing (female voice); fast (allegro), 121.6 BPM; 4/4 meter; "
        "in F minor (relative Ab major); chords Db, Fm."
    )


def test_an_instrumental_waltz_is_told_as_one() -> None:
    quiet = replace(
        TAGS, voice=Label("instrumental", 0.8), voice_details=(), moods=(Label("calm", 0.6),)
    )
    words = describe_words(headache({"tags": quiet, "beats": replace(BEATS, meter="3/4")}))
    assert "mood: calm" in words and "instrumental, no singing" in words and "waltz" in words
    assert "BPM" not in words and "minor" not in words


def test_a_track_in_which_nothing_was_heard_is_told_as_such() -> None:
    words = describe_words(headache({}, titles={}))
    assert words == '"headache", 1:12 long: nothing could be heard in it.'


@given(st.text(max_size=80))
def test_a_title_stays_inside_its_quotes(title: str) -> None:
    words = describe_words(headache({}, titles={"title": title or "x"}))
    quoted, end = json.JSONDecoder().raw_decode(words)
    assert quoted == (title or "x")
    assert words[end:] == ", 1:12 long: nothing could be heard in it."
    assert "\n" not in words


@pytest.mark.parametrize(
    ("bpm", "words"),
    [
        (40, "very slow"),
        (70, "slow"),
        (90, "medium tempo"),
        (110, "medium tempo"),
        (128, "fast"),
        (180, "very fast"),
    ],
)
def test_words_for_a_tempo(bpm: float, words: str) -> None:
    assert tempo_words(bpm)[0] == words


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (72.04, "1:12"), (3723.0, "1:02:03")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
