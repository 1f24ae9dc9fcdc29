"""Requests for new music, as the rules read them: which tool, of which track, in which words."""

from typing import Any

import pytest

from agent.open_tracks import OpenTrack
from agent.rules.answer import answer
from agent.rules.asks import Finding, Situation
from agent.rules.chat_model import doable
from agent.rules.context import resolve
from agent.rules.generate_asks import TOOLS, wanted
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


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("knock together 8 bars of something slow and mournful in D minor", "generate"),
        ("can you do a variation on this tune", "variation"),
        ("a drum groove at 92 that fits under this", "accompany"),
        ("a 12 bar blues in A please, 100bpm, shuffle", "generate"),
        ("gimme a bassline to go with it", "accompany"),
        ("I need 30 secs of calm ambient pads for a yoga video, no drums", "generate"),
        ("write me sth short in the same key that i can use as an intro jingle", "generate"),
        ("i'd like the same song but in minor", "variation"),
        ("make me a backing track over its chords, bossa style", "accompany"),
        ("compose a counter melody for the chorus", "structure"),
        ("go on from the chorus", "structure"),
        ("continue it after the second verse", "structure"),
        ("how about a funky guitar riff in E", "generate"),
        ("give me a house beat at 124", "generate"),
        ("16 bars of techno please", "generate"),
        ("I want a lullaby for my daughter in G", "generate"),
        ("throw together a quick jingle, happy, 10 seconds", "generate"),
        ("whip up some lofi beats for studying", "generate"),
        ("some jazz drum groove to practise with", "generate"),
        ("could do with a walking bass line under this", "accompany"),
        ("put together a minute of spooky music", "generate"),
        ("let's hear a couple of variations on it", "variation"),
        ("do a reggae version of it", "variation"),
        ("two minutes of calm piano in F major", "generate"),
        ("write a drum part that goes with it", "accompany"),
        ("build me a four chord vamp in C minor", "generate"),
        ("lay down a beat at 90", "generate"),
    ],
)
def test_people_order_music_in_many_words(question: str, tool: str) -> None:
    assert [name for name, _ in calls(question)] == [tool]


MADE = Situation(
    TRACKS,
    OTHERS | frozenset(TOOLS),
    focus=("#2",),
    earlier=(Finding("generate", {}, track={"handle": "#2"}),),
)


@pytest.mark.parametrize(
    "question",
    [
        "now quicker",
        "and in minor?",
        "a bit slower please",
        "again but with strings",
        "less busy",
        "make it sadder",
        "same thing but in 3/4",
        "more energetic",
        "without the drums",
        "now as a waltz",
    ],
)
def test_what_was_just_made_may_be_wanted_otherwise(question: str) -> None:
    asks = doable(understand(question, MADE), question, MADE)
    [call] = plan(asks, MADE)
    assert (call.tool, call.args["track"]) == ("variation", "#2")


@pytest.mark.parametrize(
    "question",
    [
        "give me the bassline",
        "write out the chords",
        "a drum track only please",
        "I need the drums",
        "find something slow and mournful",
        "give me a beat count",
        "I need a song around 120 bpm",
        "give me a slow song in minor",
        "write me a cover letter",
        "is there a guitar riff in it?",
        "what's a vamp",
        "get me 30 seconds of silence",
        "cut me the first 10 seconds of it",
        "does it have a walking bassline",
        "i want a midi of the bassline",
        "is it a march",
        "the beat is great",
        "a waltz, isn't it?",
        "gimme the groove of the bass as midi",
        "which one has a funky bass line",
        "do you have a march in the library",
        "got a waltz?",
        "got any waltzes",
        "show me a list of songs with a funky riff",
        "i need a waltz from my library",
        "is it faster",
        "what is the same in both",
        "give me a quick summary",
        "can you give me a bit of background",
        "want a drum stem",
        "I want the bassline under the chorus",
        "how loud are the drums under the vocals",
        "what's going on over the chorus",
    ],
)
def test_what_only_looks_like_an_order_makes_nothing(question: str) -> None:
    for situation in (MADE, Situation(TRACKS, MADE.tools)):
        asks = doable(understand(question, situation), question, situation)
        assert not {call.tool for call in plan(asks, situation)} & set(TOOLS)


def test_music_goes_on_after_a_section_that_was_found() -> None:
    situation = Situation(TRACKS, MADE.tools)
    question = "go on from the chorus"
    asks = doable(understand(question, situation), question, situation)
    rows = [
        {"start": 0.0, "end": 30.0, "label": "verse", "letter": "A"},
        {"start": 30.0, "end": 62.5, "label": "chorus", "letter": "B"},
    ]
    found = Finding("structure", {"track": "#1"}, {"sections": rows, "track": {"handle": "#1"}})
    [call] = plan(resolve(asks, (found,), situation), situation)
    assert (call.tool, call.args["from_time"]) == ("continue_track", 62.5)


def test_a_wish_that_leads_to_a_question_is_no_order() -> None:
    for question in (
        "I'd like to jam along, which scale should I use on my guitar?",
        "I want to play along with it. what key is it in?",
    ):
        assert not {tool for tool, _ in calls(question)} & set(TOOLS)


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("compose a counter melody for the chorus", {"start": 30.0, "end": 62.5}),
        ("add strings to the chorus", {"start": 30.0, "end": 62.5}),
        ("add strings to the bridge", {}),  # there is none
        ("write a counter melody for part B of #1", {"start": 30.0, "end": 62.5}),
        ("add drums from 0:10 to 0:20", {"start": 10.0, "end": 20.0}),
        ("improvise a solo over it", {}),
    ],
)
def test_what_plays_along_may_play_in_one_section(question: str, args: dict[str, float]) -> None:
    situation = Situation(TRACKS, MADE.tools)
    asks = doable(understand(question, situation), question, situation)
    rows = [
        {"start": 0.0, "end": 30.0, "label": "verse", "letter": "A"},
        {"start": 30.0, "end": 62.5, "label": "chorus", "letter": "B"},
    ]
    found = Finding("structure", {"track": "#1"}, {"sections": rows, "track": {"handle": "#1"}})
    [call] = plan(resolve(asks, (found,), situation), situation)
    assert call.tool == "accompany"
    assert {k: v for k, v in call.args.items() if k in ("start", "end")} == args


VARIED = Situation(
    (*TRACKS, OpenTrack("#3", "Night Walk, in minor", "Musicologue", "in_minor.flac", 60.0)),
    MADE.tools,
    focus=("#3",),
    earlier=(
        Finding(
            "variation",
            {"track": "#1", "what": "in minor"},
            {
                "piece": {"handle": "#3", "title": "Night Walk, in minor", "duration": 60.0},
                "files": {"audio": "/n.flac", "midi": "/n.mid", "musicxml": "/n.musicxml"},
                "from": "#1",
            },
            {"handle": "#3"},
        ),
    ),
)


@pytest.mark.parametrize(
    ("question", "aspect", "value"),
    [
        ("save what you just made as midi", "files", "midi"),
        ("can i have that as sheet music", "files", "musicxml"),
        ("export it as midi and musicxml", "files", "midi, musicxml"),
        ("midi please", "files", "midi"),
        ("give me the midi of it", "files", "midi"),
        ("where did you save it?", "files", ""),
        ("save it", "files", ""),
        ("where's the file", "files", ""),
        ("download the piece you just made", "files", ""),
        ("put the tune you wrote into a midi file", "files", "midi"),
        ("the midi of the bass", "", ""),
        ("a midi of Copper Sky", "", ""),
        ("export its chords as chordpro", "", ""),
        ("what did you change", "changed", ""),
        ("what did you change compared with the original", "changed", ""),
        ("so what's different now?", "changed", ""),
        ("what have you changed in it", "changed", ""),
        ("how does it differ from the original", "changed", ""),
        ("which bits did you keep", "changed", ""),
        ("what changed?", "changed", ""),
        ("tell me what you did differently", "changed", ""),
        ("what's different about #2", "", ""),
        ("where does the chord change", "", ""),
        ("how often do the chords change", "", ""),
    ],
)
def test_a_piece_just_made_is_asked_about(question: str, aspect: str, value: str) -> None:
    [ask, *_] = doable(understand(question, VARIED), question, VARIED)
    made = ask.aspect if ask.topic == "generate" else ""
    assert (made, ask.value if made else "") == (aspect, value)
    fresh = Situation(TRACKS, MADE.tools)
    assert {a.topic for a in doable(understand(question, fresh), question, fresh)} != {"generate"}


def test_what_was_changed_is_told_by_holding_both_against_each_other() -> None:
    [ask] = doable(understand("what did you change", VARIED), "what did you change", VARIED)
    [call] = plan((ask,), VARIED)
    assert (call.tool, call.args["tracks"]) == ("compare", ["#1", "#3"])
    sides = [
        {"handle": "#1", "key": "C major", "bpm": 120.2, "meter": "4/4", "instruments": ["piano"]},
        {"handle": "#3", "key": "C minor", "bpm": 96.1, "meter": "4/4", "instruments": ["piano"]},
    ]
    told = answer((ask,), (Finding("compare", call.args, {"sides": sides}),), VARIED)
    assert "the key went from C major to C minor. The tempo went from 120 BPM to 96 BPM." in told
    assert "The meter is still 4/4." in told


def test_the_files_of_a_piece_are_those_of_its_score() -> None:
    [ask] = doable(understand("as midi please", VARIED), "as midi please", VARIED)
    assert plan((ask,), VARIED) == ()
    assert answer((ask,), (), VARIED).endswith("was saved as MIDI when I made it: /n.mid.")


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("i'd like the same song but slower", "slower"),
        ("gimme a bassline to go with it", "bassline"),
        ("write a counter melody for part B of #1", "counter melody"),
        ("go on from part B of #1", ""),
        ("this needs a bassline, can you write one", "bassline"),
        ("i'd like #1 but slower", "but slower"),
        ("what would it sound like as a waltz?", "as a waltz"),
    ],
)
def test_only_what_is_said_of_the_music_is_handed_on(question: str, said: str) -> None:
    assert wanted(question) == said
