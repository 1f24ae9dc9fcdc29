"""Questions of many tracks, with none opened by the user: they are asked of the library, by filters."""

from typing import Any

import pytest
from few_tracks import track
from test_rules_library import NEW, RECORDS, ask, talk

from agent.open_tracks import OpenTrack
from agent.playlist_goal import read_goal
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.chat_model import doable
from agent.rules.library_asks import done
from agent.rules.library_words import search_args
from agent.rules.plan import plan
from agent.rules.understand import understand

TOOLS = NEW | {"library_stats", "loudness"}
FOUND = tuple(OpenTrack(f"#{n}", t, "", f"{n}.flac", 100.0, n == 1) for n, t in enumerate(("Home", "Blue Hour"), 1))  # fmt: skip
HITS = [{"handle": t.handle, "title": t.title} for t in FOUND]
NONE = Situation((), TOOLS)
SEARCHED = Situation(
    FOUND, TOOLS, (Ask("recall"),),
    earlier=(Finding("search_library", {}, {"hits": HITS, "everything": True}),),
)  # fmt: skip
TALKED = Situation(
    FOUND, TOOLS, (Ask("key", tracks=("#2",)),), ("#2",), earlier=SEARCHED.earlier
)  # fmt: skip
OPENED = Situation(FOUND[:1], TOOLS)


def calls(question: str, situation: Situation) -> list[tuple[str, dict[str, Any]]]:
    asks = done(understand(question, situation), question, situation)
    return [(c.tool, dict(c.args)) for c in plan(asks, situation)]


@pytest.mark.parametrize("situation", [NONE, SEARCHED], ids=["none open", "hits open"])
@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("whats in here then? give me the lot", {}),
        ("show me everything you've got", {}),
        ("find me smth around 120, give or take five", {"bpm_min": 115.0, "bpm_max": 125.0}),
        ("something within 3 bpm of 128", {"bpm_min": 125.0, "bpm_max": 131.0}),
        ("anything between ninety and a hundred and ten", {"bpm_min": 90.0, "bpm_max": 110.0}),
        ("anything slow n mournful", {"text": "slow mournful"}),
        ("which tracks have no drums whatsoever?", {"tags_not": ["drum"]}),
        ("which ones haven't got guitar or drums in them", {"tags_not": ["drum", "guitar"]}),
        ("I want all the stuff in A minor or its relative", {"key": "A minor or C major"}),
        ("tunes in E minor or G major", {"key": "E minor or G major"}),
        ("what would go well harmonically after something in 8A", {"key": "A minor or D minor or E minor or C major"}),
        ("piano pieces but nothing with vocals in", {"voice": "instrumental", "instruments": ["piano"]}),
        ("the ones where nobody sings", {"voice": "instrumental"}),
        ("show me the ones with a lady singing", {"voice": "female"}),
        ("anything a bloke sings on", {"voice": "male"}),
        ("anything in waltz time", {"meter": "3/4"}),
        ("happy ones, not electronic though", {"tags_not": ["electronic"], "text": "happy"}),
        ("nothing jazzy, please: songs over 140", {"tags_not": ["jazz"], "bpm_min": 140.0}),
        ("guitar but not classical, over 100", {"bpm_min": 100.0, "tags_not": ["classical"], "instruments": ["guitar"]}),
        ("something for studying, no words, under 90", {"bpm_max": 90.0, "voice": "instrumental", "text": "studying"}),
        ("sort them by tempo", {"order": "slowest"}),
        ("rainy sunday morning vibes", {"text": "rainy sunday morning"}),
    ],
)  # fmt: skip
def test_many_tracks_are_looked_for_in_the_library(
    question: str, args: dict[str, Any], situation: Situation
) -> None:
    assert calls(question, situation) == [("search_library", args)]


@pytest.mark.parametrize("situation", [NONE, SEARCHED], ids=["none open", "hits open"])
@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("how many of these are in a minor key", {"mode": "minor"}),
        ("how many tracks have piano", {"instruments": ["piano"]}),
        ("how many are faster than 120", {"bpm_min": 120.1}),
        ("how many jazz tunes have I got?", {"tags_any": ["jazz"]}),
        ("number of songs with a female singer", {"voice": "female"}),
        ("what proportion of my collection is in minor", {"mode": "minor"}),
        ("how many tracks do I have", {}),
        ("average tempo across everything?", {}),
        ("what's the median bpm of my songs", {}),
        ("which key is the most common", {}),
        ("what key turns up the most", {}),
        ("which genre do I have the most of", {}),
        ("is there more major or minor in my collection", {}),
        ("is my library mostly major or minor?", {}),
        ("how much music is it all told, hours-wise", {}),
        ("total playing time of everything?", {}),
        ("library statistics", {}),
        ("give me some stats about my collection", {}),
        ("the fastest one and the slowest one please", {}),
        ("which is loudest overall, and by how much over the quietest", {}),
    ],
)
def test_counts_and_averages_are_of_the_library(
    question: str, args: dict[str, Any], situation: Situation
) -> None:
    assert calls(question, situation) == [("library_stats", args)]


@pytest.mark.parametrize("situation", [SEARCHED, TALKED, OPENED], ids=["hits", "talked", "opened"])
@pytest.mark.parametrize(
    "question",
    [
        "what is the tempo",
        "is it fast?",
        "is it more major or minor",
        "how many chords are there?",
        "how many sections does it have",
        "what's a waltz",
        "what is the relative minor of C major",
        "what's the mood?",
        "who sings on it",
        "how many beats per minute?",
        "how many tracks are open",
        "what's the most common chord in it",
        "does anything change halfway through?",
        "is there anything special about it",
    ],
)
def test_one_track_is_no_library(question: str, situation: Situation) -> None:
    tools = {tool for tool, _ in calls(question, situation)}
    assert not tools & {"search_library", "library_stats"}


@pytest.mark.parametrize(
    "question", ["any drums?", "is there a guitar", "what's the average tempo?"]
)
def test_after_a_question_of_one_track_the_next_may_be_of_it(question: str) -> None:
    assert all(args.get("track") == "#2" for _, args in calls(question, TALKED))
    assert calls(question, NONE)[0][0] in ("search_library", "library_stats")


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ("drumless pieces", {"tags_not": ["drum"]}),
        ("non-classical songs around a hundred", {"bpm_min": 92.0, "bpm_max": 108.0, "tags_not": ["classical"]}),
        ("songs under 3 minutes and over 120", {"duration_max": 180.0, "bpm_min": 120.0}),
        ("something for my 3 year old", {"text": "year old"}),
        ("songs of the 90s", {"year_min": 1990, "year_max": 1999}),
        ("132 or faster", {"bpm_min": 132.0}),
        ("songs without lyrics", {"voice": "instrumental"}),
    ],
)  # fmt: skip
def test_loose_words_become_filters(words: str, args: dict[str, Any]) -> None:
    assert search_args(words) == args


def test_counts_are_told() -> None:
    more = track(20, "Loud One", bpm=100, key="A minor", lufs=-7.5, seconds=3700)
    talked = talk(*RECORDS, more, track(21, "Hushed", bpm=60, lufs=-30.0))
    assert ask(talked, "how many songs in my library are in a minor key?").text.startswith(
        "Three of the 11 tracks in your library fit that (in a minor key)."
    )
    told = ask(talked, "average tempo across everything?").text
    assert "the average tempo of your tracks is" in told.lower() and '"Hushed"' in told
    assert "28.0" not in told and "22.5 LU apart" in ask(talked, "which of my tracks is the loudest and which the quietest?").text  # fmt: skip
    balance = ask(talked, "is there more major or minor in my collection?").text
    assert "8 tracks in a major key, 3 in a minor key" in balance
    assert "(1.5 hours)" in ask(talked, "how many hours of music do I have?").text
    assert ask(talked, "which key is the most common in my library?").text.startswith(
        "The most common key: C major turns up in"
    )
    assert len(ask(talked, "library statistics").text.splitlines()) > 6
    assert "One of the 11" in ask(talked, "how many of my songs are faster than 140?").text
    assert ask(talked, "how many of my songs are in F# major?").text.startswith("None of the 11")


@pytest.mark.parametrize(
    "question", ["do any two of my songs share both key and tempo", "which of my songs has the longest intro?"]
)  # fmt: skip
def test_what_no_filter_can_say_is_owned_up_to(question: str) -> None:
    assert "can't search your library for that" in ask(talk(*RECORDS), question).text


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("open Jeanie", ("listen", {"path": "Jeanie"})),
        ('open "blue hour"', ("listen", {"path": "blue hour"})),
        ("Can you load the track called Night Train, please", ("listen", {"path": "Night Train"})),
        ("tag #2 as 'encore' for me", ("note", {"track": "#2", "text": "encore"})),
        ("mark the second one as needs work", ("note", {"track": "#2", "text": "needs work"})),
        ("which one did i say is the encore", ("search_library", {"text": "encore"})),
        ("what did i tell you about my daughter?", ("search_library", {"text": "daughter"})),
        ("what sounds most like #1 on the list?", ("similar_to", {"what": "sound", "track": "#1"})),
        ("a five-song playlist for running", ("playlist", {"goal": "five-song playlist for running", "count": 5})),
        ("queue me up 20 minutes of calm stuff", ("playlist", {"goal": "of calm stuff", "minutes": 20.0})),
    ],
)  # fmt: skip
def test_titles_notes_and_playlists(question: str, call: tuple[str, dict[str, Any]]) -> None:
    assert calls(question, SEARCHED) == [call]


@pytest.mark.parametrize(
    "question", ["open the file", "open the second one", "remove the vocals", "tag #9 as good"]
)
def test_what_is_no_title_and_no_note_is_none(question: str) -> None:
    assert not {tool for tool, _ in calls(question, SEARCHED)} & {
        "listen",
        "note",
        "search_library",
    }


def test_a_wish_of_several_filters_is_of_the_library_whatever_was_talked_about() -> None:
    args = {"bpm_min": 100.0, "tags_not": ["classical"], "instruments": ["guitar"]}
    wanted = [("search_library", args)]
    assert calls("guitar but not classical, over 100", TALKED) == wanted


def test_what_is_refused_says_what_can_be_done() -> None:
    talked = talk(*RECORDS)
    for question in ("delete the longest one from disk", "remove Home from my library"):
        assert "musicologue library remove" in ask(talked, question).text


def test_a_note_is_taken_back() -> None:
    talked = talk(*RECORDS)
    ask(talked, "remember that this is my encore")
    ask(talked, "note: needs a new mix")
    told = ask(talked, "forget that last note")
    assert 'took back your note about "Home" (#1): "needs a new mix"' in told.text
    assert "my encore" in ask(talked, "what did I note about it?").text
    assert "took back" in ask(talked, "scrap that note").text
    assert "no note about" in ask(talked, "forget my note").text


def test_a_title_opens_its_track_and_the_playlist_has_its_count() -> None:
    talked = talk(*RECORDS)
    assert ask(talked, 'open "night train"').text.startswith('"Night Train" (#2) is open')
    assert "No track of the library is called" in ask(talked, "open Stairway To Heaven").text
    told = ask(talked, "a set of five that goes from calm to wild").text
    assert told.startswith("A playlist of five tracks")


@pytest.mark.parametrize(
    ("words", "count"),
    [("quietest three", 3), ("three quietest", 3), ("fastest 120 bpm", None), ("slowest one", 1)],
)
def test_how_many_are_wanted_stands_before_or_after(words: str, count: int | None) -> None:
    assert search_args(words).get("limit") == count


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("what could I mix after Amen Loop", "Amen Loop"),
        ("remember that The Fall of Man is for the wedding", "The Fall of Man"),
        ("what notes do I have about Jeanie?", "Jeanie"),
        ("what could I play next", None),
        ("remember that it is for Anna", None),
    ],
)
def test_a_title_of_the_library_is_opened_before_it_is_asked_about(
    question: str, title: str | None
) -> None:
    situation = Situation((), NEW)
    asks = doable(understand(question, situation), question, situation)
    assert [a.value for a in asks if a.topic == "listen"] == ([title] if title else [])


def test_a_list_may_be_said_to_get_faster() -> None:
    assert read_goal("playlist that gets faster").curve == "build"
    assert read_goal("a set that gets gradually calmer").curve == "wind down"
    assert read_goal("playlist that gets faster").search == ""
