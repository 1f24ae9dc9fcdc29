"""Answers to learn from: in a musician's words, and nothing that the brief does not hold."""

import random
from itertools import islice

import pytest

from agent.embedded.training import world as rehearsal
from agent.embedded.training.compose import compose, strays
from agent.embedded.training.world import examples
from agent.embedded.wording import KINDS, rows, ways_to_say


@pytest.fixture(scope="module", autouse=True)
def few_worlds() -> None:
    rehearsal.WORLDS = 2


def said(line: str, aspect: str, polar: bool = False, value: str = "") -> list[str]:
    return ways_to_say(line, aspect, polar, {}, value)


def test_a_doubtful_key_is_hedged_and_its_rival_told() -> None:
    for way in said("key #1: F minor 48% unsure; or Ab major (relative)", "key."):
        assert "F minor" in way
        assert "Ab major" in way
        assert any(word in way for word in ("likely", "Probably", "doubt", "guess"))


def test_a_sure_key_is_said_plainly() -> None:
    assert "It is in F minor." in said("key #1: F minor 82%", "key.")
    assert all("%" not in way for way in said("key #1: F minor 82%", "key."))


def test_a_question_after_yes_or_no_gets_one() -> None:
    line = "voice #1: female voice 91% from 0:22"
    assert all(way.startswith("Yes") for way in said(line, "voice.has", polar=True))
    assert all(way.startswith("No") for way in said(line, "voice.has", True, "instrumental"))
    assert not any(way.startswith(("Yes", "No")) for way in said(line, "voice.has"))


def test_unsure_instruments_are_told_as_perhaps() -> None:
    ways = said("instruments #1: drums 95%, guitar 48% unsure; no voice", "instruments.")
    assert ways
    assert all("drums and perhaps guitar" in way.lower() for way in ways)


def test_a_track_among_several_is_named() -> None:
    names = {"#2": '"Copper Sky" (#2)'}
    ways = ways_to_say("key #2: F minor 82%", "key.", False, names)
    assert all('"Copper Sky" (#2)' in way for way in ways)


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("It is in G minor.", "minor"),
        ("About 123 BPM.", "123"),
        ("At 1:24 it is Fm.", "84"),
        ("I hear a violin.", "violin"),
        ("It is in 3/4.", "3/4"),
        ("The loop is Fm7 – Bbm.", "Bbm"),
        ("There are three verses.", "three"),
    ],
)
def test_what_the_facts_lack_is_found(text: str, lost: str) -> None:
    facts = "key #1: F minor 82%\ntempo #1: 121.6 BPM (about 122)\nat #1 1:23: Fm7; hear piano"
    assert any(lost[:3] in stray for stray in strays(text, facts) or [""]), strays(text, facts)
    assert not strays("It is in F minor, at about 122 BPM: Fm7 and piano at 1:23.", facts)


def test_answers_hold_nothing_that_their_briefs_lack() -> None:
    lengths = []
    for example in islice(examples(7), 200):
        assert example.question
        assert example.brief
        assert not strays(example.answer, example.brief), example
        lengths.append(len(example.answer.split()))
    assert max(lengths) <= 110
    assert sum(n <= 40 for n in lengths) > 0.8 * len(lengths)


def test_answers_vary() -> None:
    at = rehearsal.world(1, 1)
    told = rehearsal.told_of("what key is it in, do you think?", "key", "", ("#1",), at)
    assert told is not None
    turn = (told.asks, told.findings, told.situation)
    ways = {compose("what key is it in, do you think?", *turn, random.Random(n)) for n in range(30)}
    assert len(ways) >= 3


def test_the_same_seed_gives_the_same_examples() -> None:
    assert list(islice(examples(3), 5)) == list(islice(examples(3), 5))


def test_no_wording_holds_a_figure_of_its_own() -> None:
    assert len(rows()) > 100
    assert all(len(row.say) >= 2 for row in rows())
    assert set(KINDS)
