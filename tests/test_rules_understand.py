"""What questions mean: a table of phrasings, and follow-ups that lean on what was said."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Situation, Span, Turn
from agent.rules.context import fold
from agent.rules.plan import plan
from agent.rules.understand import understand
from agent.rules.wording import plain

TOOLS = frozenset("listen describe tempo key chords tags moment compare".split())
FIRST = OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True)
SECOND = OpenTrack("#2", "Copper Sky", "Ana Rey", "copper sky.flac", 180.0)
ALONE = Situation((FIRST,), TOOLS)
PAIR = Situation((FIRST, SECOND), TOOLS)


def phrasings(section: str) -> list[tuple[str, str]]:
    """Return the rows (question, meaning) of one section of the table."""
    text = (Path(__file__).parent / "rules_phrasings.txt").read_text(encoding="utf-8")
    _, _, body = text.partition(f"[{section}")
    lines = body.partition("]\n")[2].partition("\n[")[0].strip().splitlines()
    return [(question, meaning) for question, _, meaning in (x.rpartition(" -> ") for x in lines)]


ONE_TRACK, TWO_TRACKS = phrasings("one track"), phrasings("two tracks")


def told(asks: tuple[Ask, ...], default: tuple[str, ...] = ("#1",)) -> str:
    """Return asks in the notation of the tables."""
    return " | ".join(_one(ask, default) for ask in asks)


def _one(ask: Ask, default: tuple[str, ...]) -> str:
    text = ask.topic + (f".{ask.aspect}" if ask.aspect else "")
    if ask.value and ask.topic not in ("compare", "decline", "unsupported"):
        text += f"={ask.value}"
    text += _span(ask.span) if ask.span else ""
    return text + ("" if ask.tracks in (default, ()) else "".join(ask.tracks))


def _span(span: Span) -> str:
    unit = {"bars": "b", "fraction": ""}.get(span.unit, "")
    tail = "f" if span.unit == "fraction" else ""
    end = "" if span.end is None else f"-{span.end:g}{tail}".replace("-inf", "-end")
    return f"@{unit}{span.start:g}{tail}{end}"


@pytest.mark.parametrize(("question", "meaning"), ONE_TRACK)
def test_a_question_about_the_only_track(question: str, meaning: str) -> None:
    assert told(understand(question, ALONE)) == meaning


@pytest.mark.parametrize(("question", "meaning"), TWO_TRACKS)
def test_a_question_about_one_of_two_tracks(question: str, meaning: str) -> None:
    asks = understand(question, PAIR)
    assert told(asks, default=()) == meaning


@pytest.mark.parametrize(
    ("question", "meaning"),
    [
        ("how many choruses are there and where is the last one?", "structure.count=chorus"),
        ("what's the key of the last one?", "key#2"),
        ("how do the chords of #1 compare with the last one?", "compare.chords#1#2"),
    ],
)
def test_the_last_one_is_a_part_where_parts_were_just_named(question: str, meaning: str) -> None:
    assert told(understand(question, PAIR), default=()).partition(" | ")[0] in (
        meaning,
        f"{meaning}#1",
    )


def test_the_table_is_large() -> None:
    assert len(ONE_TRACK) + len(TWO_TRACKS) >= 250
    questions = [question for question, _ in ONE_TRACK + TWO_TRACKS]
    assert len(set(questions)) == len(questions)


FOLLOW_UPS = [
    (["what key is it in?", "and the other one?"], "key#2"),
    (["what's the tempo?", "what about Copper Sky?"], "tempo#2"),
    (["what key is #2 in?", "how fast is it?"], "tempo#2"),
    (["what key is #2 in?", "how fast is it?", "and the first one?"], "tempo#1"),
    (["what's the tempo?", "how sure are you?"], "tempo.sure#1"),
    (["what key is it in?", "are you sure about that?"], "key.sure#1"),
    (["what key is it in?", "how do you know?"], "key.how#1"),
    (["what's the tempo?", "really?"], "tempo.sure#1"),
    (["what happens at 1:00?", "and 10 seconds later?"], "moment@70#1"),
    (["what happens at 1:00?", "and at 2:00?"], "moment@120#1"),
    (["what chord is at 1:00?", "what comes next?"], "chords.next@60#1"),
    (["what happens at 1:00?", "what chord is that?"], "chords@60#1"),
    (["chords from 0:10 to 0:20", "and the next 10 seconds?"], "chords@20-30#1"),
    (["first four bars?", "what comes next?"], "chords@b5-8#1"),
    (["what are the chords?", "in roman numerals?"], "chords.roman#1"),
    (["first four bars?", "in roman numerals?"], "chords.roman@b1-4#1"),
    (["is there a flute?", "where?"], "instruments.when=flute#1"),
    (["is there a voice?", "when does it come in?"], "voice.when#1"),
    (["which is faster?", "by how much?"], "compare.tempo#1#2"),
    (["are they in the same key?", "and the tempo?"], "tempo#1#2"),
    (["tell me about #2", "what's the mood?"], "moods#2"),
    (["let's talk about the second one", "what key is it in?"], "key#2"),
    (["what's the mood of #2?", "thanks", "and the tempo?"], "tempo#2"),
    (["what's the tempo?", "what does that mean?"], "theory.explain=tempo"),
    (["what's the tempo?", "say that again?"], "tempo#1"),
]


@pytest.mark.parametrize(("questions", "meaning"), FOLLOW_UPS)
def test_a_follow_up_leans_on_what_was_said(questions: list[str], meaning: str) -> None:
    situation = fold([Turn(q) for q in questions[:-1]], PAIR).situation
    assert told(understand(questions[-1], situation), default=()) == meaning


CALLS = [
    ("what key is it in?", [("key", {"track": "#1"})]),
    ("key and tempo of #2", [("key", {"track": "#2"}), ("tempo", {"track": "#2"})]),
    ("tempo and time signature?", [("tempo", {"track": "#1"})]),
    ("what happens at 1:23?", [("moment", {"track": "#1", "start": 83.0})]),
    (
        "what happens between 1:00 and 1:30?",
        [("moment", {"track": "#1", "start": 60.0, "end": 90.0})],
    ),
    ("chords from 0:30 to 1:00", [("chords", {"track": "#1", "start": 30.0, "end": 60.0})]),
    (
        "chords in the last 20 seconds of #2",
        [("chords", {"track": "#2", "start": 160.0, "end": 180.0})],
    ),
    ("what happens halfway through?", [("moment", {"track": "#1", "start": 102.0})]),
    ("chords in bars 5 to 8", [("chords", {"track": "#1"})]),
    ("is there a piano?", [("tags", {"track": "#1", "kind": "instruments"})]),
    ("which is faster?", [("compare", {"tracks": ["#1", "#2"], "in_what": ["tempo"]})]),
    ("open /tmp/a song.wav and tell me the key", [("listen", {"path": "/tmp/a song.wav"})]),
    ('listen to "my demo.mp3"', [("listen", {"path": "my demo.mp3"})]),
    ("find something slow in my library", []),
    ("who produced it?", []),
    ("isolate the vocals", []),
    ("hello", []),
    ("what's the relative minor of C major?", []),
]


@pytest.mark.parametrize(("question", "calls"), CALLS)
def test_asks_become_tool_calls(question: str, calls: list[tuple[str, dict[str, object]]]) -> None:
    planned = plan(understand(question, PAIR), PAIR)
    assert [(c.tool, dict(c.args)) for c in planned] == calls


def test_a_tool_that_is_not_bound_is_not_called() -> None:
    bare = Situation((FIRST,), frozenset({"tempo"}))
    assert plan(understand("what key is it in?", bare), bare) == ()
    assert [c.tool for c in plan(understand("tempo?", bare), bare)] == ["tempo"]


def test_a_title_is_data_and_no_question() -> None:
    bossy = OpenTrack("#1", "Tempo of the chords in C major", "", "x.mp3", 100.0, True)
    asks = understand(
        'what key is "Tempo of the chords in C major" in?', Situation((bossy,), TOOLS)
    )
    assert told(asks) == "key"


def test_no_track_and_many_tracks() -> None:
    assert understand("what key is it in?", Situation((), TOOLS))[0].tracks == ()
    many = tuple(OpenTrack(f"#{i}", f"Song {i}", "", f"s{i}.mp3", 60.0) for i in range(1, 7))
    assert understand("what key is it in?", Situation(many, TOOLS))[0].tracks == ()
    few = Situation(many[:3], TOOLS)
    assert understand("what key is it in?", few)[0].tracks == ("#1", "#2", "#3")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("What’s the BPM?", "what is the bpm?"),
        ("wots the tepmo", "what is the tempo"),
        ("chrods plz", "chords please"),
        ("isn't it in F♯ minor", "is not it in f# minor"),
        ("its tempo", "its tempo"),
        ("relitive minr", "relative minor"),
        ("beast", "beast"),
    ],
)
def test_wording_is_made_plain(said: str, meant: str) -> None:
    assert plain(said) == meant


WORDS = st.sampled_from(
    "what key tempo chords at 1:23 between and #2 the second one Am7 minor faster than it that when"
    " voice is are 3/4 bars 5 to 8 last ten seconds open /tmp/x.wav who produced Copper Sky both".split()
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_understood_somehow(text: str) -> None:
    asks = understand(text, PAIR)
    assert asks and all(isinstance(ask, Ask) for ask in asks)
    for call in plan(asks, PAIR):
        assert call.tool in TOOLS
        assert call.args.get("track", "#1") in ("#1", "#2")
        if "end" in call.args:
            assert 0 <= call.args["start"] <= call.args["end"]


def test_a_long_text_does_not_hang() -> None:
    asks = understand((string.ascii_lowercase + " key? ") * 400, PAIR)
    assert asks and re.match(r"[a-z]+$", asks[0].topic)
