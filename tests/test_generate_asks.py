"""Requests for new music, as the rules read them: which tool, of which track, in which words."""

from typing import Any

import pytest

from agent.open_tracks import OpenTrack
from agent.rules.asks import Situation
from agent.rules.chat_model import doable
from agent.rules.generate_asks import TOOLS
from agent.rules.plan import plan
from agent.rules.understand import understand

TRACKS = (
    OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True),
    OpenTrack("#2", "Copper Sky", "Ana Rey", "copper_sky.flac", 100.0),
)
OTHERS = frozenset(
    """listen describe tempo key chords tags moment loudness structure caption separate transcribe
    melody export search_library similar_to compare playlist note""".split()
)


def calls(question: str, tools: frozenset[str] = OTHERS | frozenset(TOOLS)) -> list[Any]:
    situation = Situation(TRACKS, tools)
    asks = doable(understand(question, situation), question, situation)
    return [(call.tool, dict(call.args)) for call in plan(asks, situation)]


@pytest.mark.parametrize(
    ("question", "description"),
    [
        ("Write a slow waltz in D minor for piano", "slow waltz in D minor for piano"),
        (
            "compose something upbeat with slap bass at 110",
            "something upbeat with slap bass at 110",
        ),
        ("can you make me a lo-fi beat?", "lo-fi beat"),
        ("generate eight bars over Dm7 G7 Cmaj7", "eight bars over Dm7 G7 Cmaj7"),
        ("write a four bar drum loop", "four bar drum loop"),
        (
            "please create a backing track in A minor at 90 bpm",
            "backing track in A minor at 90 bpm",
        ),
        ("could you compose a march for brass", "march for brass"),
        ("invent a melody in 7/8", "melody in 7/8"),
        ("make some ambient music, a minute long", "ambient music, a minute long"),
        ("improvise a blues in E", "blues in E"),
    ],
)
def test_new_music_is_asked_in_words(question: str, description: str) -> None:
    assert calls(question) == [("generate", {"description": description})]


@pytest.mark.parametrize(
    ("question", "like"),
    [
        ("make me something like #2 but happier", "#2"),
        ("write a song like Copper Sky", "#2"),
        ("compose a piece similar to it", "#1"),
    ],
)
def test_a_piece_may_be_like_a_track(question: str, like: str) -> None:
    [(tool, args)] = calls(question)
    assert tool == "generate"
    assert args["like"] == like


@pytest.mark.parametrize(
    ("question", "call"),
    [
        ("make a version of it in minor", ("variation", {"track": "#1", "what": "in minor"})),
        ("make it sadder", ("variation", {"track": "#1", "what": "sadder"})),
        ("turn it into a waltz", ("variation", {"track": "#1", "what": "into a waltz"})),
        ("reharmonise it", ("variation", {"track": "#1", "what": "reharmonise it"})),
        ("continue this from 1:20", ("continue_track", {"track": "#1", "from_time": 80.0})),
        ("extend #2", ("continue_track", {"track": "#2"})),
        ("add drums to #2", ("accompany", {"track": "#2", "description": "drums"})),
        ("accompany it", ("accompany", {"track": "#1", "description": ""})),
        ("write me a bassline for it", ("accompany", {"track": "#1", "description": "bassline"})),
        ("please improvise over it", ("accompany", {"track": "#1", "description": ""})),
    ],
)
def test_new_music_may_lean_on_a_track(question: str, call: tuple[str, dict[str, Any]]) -> None:
    assert calls(question) == [call]


@pytest.mark.parametrize(
    "question",
    [
        "make a playlist for running",
        "generate a playlist of sad songs",
        "make a note: nice bridge",
        "write down the chords",
        "write the melody out",
        "generate a midi",
        "create stems",
        "make a karaoke version",
        "play it",
        "play me the longer one",
        "give me the chords",
        "find something like #2",
        "which songs are like this one",
        "make it louder",
        "slow it down",
        "can you slow this down to 90",
        "create a loop from 0:30 to 0:40",
        "what makes this song sad",
        "who wrote it",
        "make a summary of it",
        "make a remix of it",
        "write a short report",
        "transpose it to C",
        "is it a waltz?",
        "how do i write a song like this",
        "what key is it in?",
    ],
)
def test_what_is_no_request_for_new_music_stays_what_it_was(question: str) -> None:
    assert not {tool for tool, _ in calls(question)} & set(TOOLS)
    assert calls(question) == calls(question, OTHERS)


def test_without_the_tools_nothing_is_promised() -> None:
    assert calls("Write a slow waltz in D minor for piano", OTHERS) == []
