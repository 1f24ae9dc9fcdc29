"""Two places of a track, what chords add up to, and answers that say a thing once."""

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from rules_canned import CANNED, MOMENT, chords, key, tempo
from test_rules_answers import say
from test_rules_plan import converse

from agent.grounding import declines
from agent.open_tracks import OpenTrack
from agent.rules.answer import answer
from agent.rules.asks import Finding, Situation
from agent.rules.plan import plan
from agent.rules.say import sureness
from agent.rules.times import seconds
from agent.rules.understand import understand

TRACK = OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True)
ALONE = Situation((TRACK,), frozenset(CANNED))


def at_places(question: str, **levels: float) -> str:
    """Return the answer to a question, with a level of its own at each second it looks at."""
    asks = understand(question, ALONE)
    findings = []
    for call in plan(asks, ALONE):
        start = float(call.args.get("start", 0.0))
        data: dict[str, Any] = {**MOMENT, "loudness": levels.get(f"s{start:g}", -20.0)}
        if call.tool != "moment":
            data = CANNED[call.tool]
        about = {"handle": "#1", "duration": 204.0}
        findings.append(Finding(call.tool, call.args, data, about))
    return answer(asks, tuple(findings), ALONE)


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("is it louder at 1:00 than at 0:30?", "Yes, it is louder at 1:00"),
        ("is it quieter at 1:00 than at 0:30?", "No, it is louder at 1:00"),
        ("is it louder at 0:30 than at 1:00?", "No, it is louder at 1:00"),
        ("how loud is 0:30 compared with 1:00?", "It is louder at 1:00"),
    ],
)
def test_two_places_are_held_against_each_other(question: str, start: str) -> None:
    assert at_places(question, s60=-10.0, s30=-18.0).startswith(start)


def test_whether_it_grows_holds_the_end_against_the_beginning() -> None:
    told = at_places("does it get louder towards the end?", s189=-8.0, s0=-15.0)
    assert told == "Yes, it is louder at the end than at the beginning, by about 7 dB."


def test_two_times_are_both_answered() -> None:
    told = at_places("what are the chords at 0:10 and at 0:40?")
    assert "0:10" in told and "0:40" in told


def blues(rows: str) -> dict[str, Any]:
    """Return the chords of a blues in C, a bar a letter."""
    labels = [f"{root}:7" for root in rows.split()]
    spans = [[2.0 * i, 2.0 * i + 2] for i in range(len(labels))]
    bars = [
        {"number": i + 1, "start": a, "end": b, "labels": [label], "roman": []}
        for i, ((a, b), label) in enumerate(zip(spans, labels, strict=True))
    ]
    return chords(loop=False) | {
        "chords": {"intervals": spans, "labels": labels, "confidences": []},
        "bars": bars,
        "most_used": [],
        "key": "C major",
    }


def test_a_twelve_bar_blues_is_told_by_its_bars() -> None:
    row = "C F C C F F C C G F C G"
    assert say("is it a 12-bar blues?", {"chords": blues(f"{row} {row}")}).startswith("Yes")
    assert "doesn't look like" in say("is it a 12-bar blues?", {"chords": blues("C G " * 9)})
    assert "fewer than twelve" in say("is it a 12-bar blues?", {"chords": blues("C F G C")})


def test_a_church_mode_is_not_claimed() -> None:
    told = say("is it dorian?", {"key": key("D", "minor")})
    assert "only tell major from minor" in told and "D minor" in told


@pytest.mark.parametrize(
    ("row", "name"),
    [("F G C", "authentic"), ("G F C", "plagal"), ("C F G", "half"), ("C G A", "deceptive")],
)
def test_a_cadence_gets_its_name(row: str, name: str) -> None:
    assert name in say("which cadence closes it?", {"chords": blues(row)})


def test_what_follows_a_chord_is_counted() -> None:
    told = say("what comes after F?", {"chords": blues("C F G C F G C F C")})
    assert told == "After F comes G7 (twice); also C7 (once)."


def test_nothing_is_said_twice() -> None:
    told = say("is there a voice and when does it come in?")
    assert told.count("0:22") <= 2 and told.count("voice") == 1
    told = say("what key is it in, and what is its relative major?")
    assert told.count("F minor") == 1
    told = say("who produced it and what year is it from?")
    assert told.count("tempo, meter") == 1 and declines(told)
    assert "tempo, meter" not in say("what key is it in and who produced it?")


def test_words_follow_the_confidence() -> None:
    said = [sureness(c).split(" (")[0] for c in (0.9, 0.7, 0.5, 0.3)]
    assert said == ["sure", "fairly sure", "not very sure", "doing little more than guessing"]


def test_a_song_that_is_not_open_is_not_answered_for() -> None:
    for question in ("what's the bpm of Blinding Lights?", "key of billie jean by michael jackson"):
        assert declines(say(question)) and "121.6" not in say(question)
    assert "F minor" in say("What Key Is Night Walk In?")


def test_the_last_message_carries_whether_it_declined() -> None:
    flags = []
    for question in ("what key is it in?", "who produced it?", "what key and who produced it?"):
        last = converse(question)[-1]
        assert isinstance(last, AIMessage)
        flags.append(last.additional_kwargs["declined"])
    assert flags == [False, True, True]


def test_voices_are_placed_against_a_time() -> None:
    assert say("does the voice come in before 0:30?").startswith("Yes, before 0:30")
    assert say("is there a part without vocals?").startswith("Yes, I hear no voice at 0:00–0:22")


def test_tempi_are_brought_together() -> None:
    told = say("how much do I pitch the second up to match the first?", pair=True)
    assert "26.7% faster" in told
    steady = {"tempo": replace_curve(tempo(121.64), 0.2)}
    assert "steadiest" in say("which has the steadiest tempo?", steady, pair=True)


def replace_curve(data: dict[str, Any], width: float) -> dict[str, Any]:
    """Return a tempo that moves by so much of itself."""
    base = data["tempo"]["bpm"]
    curve = [base * (1 + width * (i / 5 - 0.5)) for i in range(6)]
    return {**data, "tempo": {**data["tempo"], "bpms": curve, "steady": False}}


def test_it_is_the_winner_of_a_comparison() -> None:
    second = OpenTrack("#2", "Copper Sky", "Ana Rey", "copper sky.flac", 180.0)
    pair = replace(ALONE, tracks=(TRACK, second), asks=(), focus=("#2",))
    assert understand("and its key?", pair)[0].tracks == ("#2",)


@pytest.mark.parametrize(
    ("words", "stands_for"),
    [
        ("a minute and a half", 90.0),
        ("two and a half minutes", 150.0),
        ("a second and a half", 1.5),
        ("1:23", 83.0),
    ],
)
def test_a_time_in_words_stands_for_seconds(words: str, stands_for: float) -> None:
    assert seconds(words) == stands_for
