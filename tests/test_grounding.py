from typing import Any

import pytest

from agent.checks import check
from agent.evidence import claim, section_claims
from agent.expectation import Expectation
from agent.grounding import cited, declines
from agent.transcript import Turn

LEDGER = [
    claim("key", "F minor", "#1", "demo/1", 0.8),
    claim("key alternative", "Ab major", "#1", "demo/1", 0.1),
    claim("bpm", 121.6, "#1", "demo/1", 0.9),
    claim("tempo alternative", 60.8, "#1", "demo/1", 0.1),
    claim("meter", "3/4", "#1", "demo/1"),
    claim("chord", "Db:maj", "#1", "demo/1", None, (0.0, 2.0)),
    claim("genre", "electronic", "#1", "demo/1", 0.7),
    claim("instrument", "guitar", "#1", "demo/1", 0.7),
    claim("duration", 72.0, "#1", "decoder"),
    claim("title", "Headache", "#1", "file tags (unverified)"),
]


def values(answer: str) -> set[Any]:
    return {c["value"] for c in cited(answer, LEDGER)}


@pytest.mark.parametrize(
    ("answer", "stated"),
    [
        ("It is in F minor.", {"F minor"}),
        ("F minor, perhaps A♭ major.", {"F minor", "Ab major"}),
        ("It's in G# major, say, A-flat major.", {"Ab major"}),
        ("About 122 BPM.", {121.6}),
        ("121.6 BPM, or half that, 60.8.", {121.6, 60.8}),
        ("In 3/4.", {"3/4"}),
        ("It is a waltz.", {"3/4"}),
        ("At 0:00 the chord is Db.", {"Db:maj"}),
        ("The chord at 0:01 is C#.", {"Db:maj"}),
        ("The file is called Headache and lasts 1:12.", {"Headache", 72.0}),
        ("Electronic, with guitar.", {"electronic", "guitar"}),
        ("Guitars? I can't say.", set()),
        ("It is in F major at 100 BPM in 4/4.", set()),
        ("At 2:01 it gets loud.", set()),
        ("", set()),
    ],
)
def test_only_what_the_answer_states_is_cited(answer: str, stated: set[Any]) -> None:
    assert values(answer) == stated


def test_a_claim_about_a_stretch_needs_a_time_in_it() -> None:
    claims = [claim("chord", "C:maj", "#1", "demo/1", None, (10.0, 12.0))]
    assert cited("At 0:11 the chord is C.", claims) == claims
    assert cited("At 0:20 the chord is C.", claims) == []
    assert cited("From 0:05 to 0:30 it goes round C and F.", claims) == claims
    assert cited("It goes round C and F (0:12–0:30).", claims) == claims
    assert cited("It goes round C and F.", claims) == []


def test_a_section_without_a_function_is_cited_by_its_letter() -> None:
    rows = [
        {"start": 0.0, "end": 20.0, "label": "intro", "letter": "A", "confidence": 0.6, "bars": 8},
        {
            "start": 20.0,
            "end": 44.0,
            "label": "section",
            "letter": "B",
            "confidence": 0.6,
            "bars": 9,
        },
    ]
    claims = section_claims("#1", {"sections": rows, "form": "A B", "estimator": "demo/1"})
    found = cited("It goes intro at 0:00 and part B at 0:20.", claims)
    assert [c["value"] for c in found if c["claim"] == "section"] == ["intro", "part B"]
    found = cited("The intro lasts eight bars.", claims)
    assert [(c["claim"], c["value"]) for c in found] == [("section", "intro"), ("bars", 8)]
    assert not cited("The outro lasts eight bars.", claims)
    assert not cited("A singer leads a song.", [claim("form", "A", "#1", "demo/1")])
    assert cited("In letters that is A B.", claims)[0]["value"] == "A B"


@pytest.mark.parametrize(
    ("fact", "holds"),
    [
        (("sections", 4), True),  # told as a word
        (("form", "A B A C"), True),
        (("lowest_note", "E1"), True),
        (("sections", 3), False),
        (("highest_note", "E1"), False),
    ],
)
def test_a_script_may_expect_facts_of_form_and_notes(fact: tuple[str, Any], holds: bool) -> None:
    answer = "I hear four sections, A B A C. The bass goes down to E1."
    claims = [("sections", 4), ("form", "A B A C"), ("lowest note", "E1"), ("highest note", "B3")]
    ledger = [claim(kind, value, "#1", "demo/1") for kind, value in claims]
    turn = Turn("How is it built?", answer, evidence=tuple(cited(answer, ledger)))
    assert (check(Expectation(facts=(fact,)), turn) == []) is holds


def test_a_claim_is_cited_once() -> None:
    assert len(cited("F minor, yes, F minor.", LEDGER + LEDGER)) == 1


@pytest.mark.parametrize(
    ("answer", "is_decline"),
    [
        ("I can't hear who produced it.", True),
        ("I cannot tell that from the audio.", True),
        ("That’s not something I can measure.", True),
        ("No tool here can do that; I can’t tell.", True),
        ("It is in F minor.", False),
        ("You can hear the voice from 0:20.", False),
    ],
)
def test_declines_are_recognised(answer: str, is_decline: bool) -> None:
    assert declines(answer) is is_decline
