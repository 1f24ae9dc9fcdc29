"""What leans on the list or the track told last: places in it, its ends, its key, another playlist."""

import pytest
from few_tracks import track
from test_rules_library import NEW, RECORDS, ask, talk

from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.playlist_asks import changed, changes
from agent.rules.pointed import pointed

TWO = (OpenTrack("#1", "Home", "Ann", "1.flac", 100.0), OpenTrack("#2", "Farther", "Bo", "2.flac", 60.0))  # fmt: skip
SEARCHED = Finding("search_library", {"order": "fastest"}, {"hits": [{"handle": "#2", "bpm": 150.0}, {"handle": "#1", "bpm": 90.0}]})  # fmt: skip
KEYED = Finding("key", {"track": "#1"}, {"key": {"tonic": "F", "mode": "major"}}, {"handle": "#1"})
PACED = Finding("tempo", {"track": "#1"}, {"tempo": {"bpm": 112.1}}, {"handle": "#1"})
LIST = Finding("playlist", {"goal": "playlist for running", "minutes": 30.0}, {"minutes": 28.0})


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("tell me about the second one", "tell me about #1"),
        ("find stuff similar to the fastest one", "find stuff similar to #2"),
        ("is the slowest one in minor?", "is #1 in minor?"),
        ("something like the longest track", "something like #1"),
        ("what's the fastest one", "what's the fastest one"),
        ("the slowest one i have", "the slowest one i have"),
    ],
)
def test_places_and_ends_of_a_list(question: str, said: str) -> None:
    assert pointed(question, Situation(TWO, NEW, earlier=(SEARCHED,))) == said


def test_what_is_searched_leans_on_the_track_told_last() -> None:
    here = Situation(
        TWO, NEW, asks=(Ask("key", "", ("#1",)),), focus=("#1",), earlier=(KEYED, PACED)
    )
    assert pointed("what else is in that key", here) == "what else is in F major"
    assert pointed("anything faster?", here) == "anything faster than 112 bpm?"
    assert pointed("why is it in that key", here) == "why is it in that key"
    assert pointed("is anything faster in the chorus?", here) == "is anything faster in the chorus?"


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ("shorter please, three songs", {"goal": "playlist for running", "count": 3}),
        ("longer", {"goal": "playlist for running", "minutes": 42.0}),
        ("make it shorter", {"goal": "playlist for running", "minutes": 16.8}),
        ("calmer", {"goal": "playlist for running calmer", "minutes": 30.0}),
        ("without the jazz", {"goal": "playlist for running without the jazz", "minutes": 30.0}),
        (
            "and start with Farther",
            {"goal": "playlist for running", "minutes": 30.0, "start": "#2"},
        ),
        ("10 minutes instead", {"goal": "playlist for running", "minutes": 10.0}),
    ],
)
def test_a_playlist_is_changed(words: str, args: dict[str, object]) -> None:
    here = Situation(TWO, NEW, earlier=(LIST,), did=(Ask("playlist", value="x"),))
    assert changes(words, here)
    assert changed(words, here) == args
    assert not changes(words, Situation((), NEW, earlier=(LIST,)))


def test_a_playlist_is_changed_in_conversation() -> None:
    conversation = talk(*RECORDS)
    ask(conversation, "make me a 20 minute playlist")
    told = ask(conversation, "only two songs please")
    assert told.text.startswith("A playlist of two tracks")


def test_songs_like_a_title_of_the_library() -> None:
    library = talk(*RECORDS)
    told = ask(library, "find something like Night Train")
    assert [c["name"] for c in told.tool_calls] == ["search_library", "similar_to"]
    assert "Night Train" in told.text
    told = ask(talk(*RECORDS), "find something like Zebra Crossing")
    assert [c["name"] for c in told.tool_calls] == ["search_library"]


def test_whose_voice_reaches_highest_is_asked_of_the_melody() -> None:
    conversation = talk(track(1), track(2))
    told = ask(conversation, "which one has the wider range?")
    assert "range" in told.text or "melody" in told.text


def test_which_of_those_keeps_the_filters_of_the_search_before() -> None:
    library = talk(*RECORDS)
    ask(library, "show the ones over 80 bpm")
    told = ask(library, "and which of those are minor?")
    assert told.tool_calls[-1]["args"] == {"bpm_min": 80.0, "mode": "minor"}


def test_what_is_to_be_played_is_looked_for() -> None:
    told = ask(talk(*RECORDS), "play me something slow")
    assert [c["name"] for c in told.tool_calls] == ["search_library"]
