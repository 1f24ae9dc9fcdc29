"""What names a part, a place or several tracks at once: true as computed, and lies beside it."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from test_grounding_lies import ledger, records, statuses

from agent.evidence import Claim, claim
from agent.grounding import check
from agent.ledger import Ledger, ledger_of
from agent.open_tracks import OpenTrack
from agent.recorded import RecordedLibrary
from agent.scene import CONTRADICTED
from agent.statements import find

HOLDS = {"supported", "general"}
TRACKS: tuple[OpenTrack, ...] = RecordedLibrary(records()).tracks


def judged(text: str, *more: Claim) -> set[str]:
    """Return the verdicts on a text, with some claims beside those of both tracks."""
    known = Ledger([*ledger().claims, *more])
    return {v.status for v in check(text, known, "Tell me about #1.", TRACKS)}


def named(text: str, kind: str) -> list[object]:
    return [one.value for one in find(text) if one.kind == kind]


TRUE = [
    "No guitar stands out in the second verse (1:20–1:52); I hear synthesizer and drums.",
    "There is no guitar during the chorus.",
    "#1 runs at 121.6 BPM, #2 at 96 BPM.",
    "#1 is electronic and in F minor, #2 is in C major.",
    "F minor at 121.6 BPM and C major at 96 BPM are far apart.",
]
FALSE = [
    "No guitar stands out in the bridge.",
    "There is no chorus.",
    "It never gets to a chorus.",
    "0:50 is not in the chorus.",
    "No drums are heard in the second verse.",
    "#1 runs at 96 BPM, #2 at 121.6 BPM.",
    "#1 is in C major, #2 is in F minor.",
    "F minor at 121.6 BPM and D major at 96 BPM are far apart.",
    "It is in C major, far apart from what you expect.",
    "F minor at 121.6 BPM and C major at 110 BPM are far apart.",
    "There isn't any synthesizer.",
]


FORM = [("intro", 0.0, 25.0), ("part B", 25.0, 50.0), ("part C", 50.0, 65.0), ("outro", 65.0, 75.0)]


def of_form(text: str) -> set[str]:
    """Return the verdicts on a text about a track of four parts."""
    rows = [claim("section", name, "#1", "hr3f/1", 0.6, (a, b)) for name, a, b in FORM]
    return {
        v.status for v in check(text, Ledger([*rows, claim("duration", 75.0, "#1", "d/1")]), "")
    }


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("The intro is at 0:00, part B at 0:25, part C at 0:50 and the outro at 1:05.", True),
        ("Intro (0:00–0:25), part B (0:25–0:50).", True),
        ("The intro ends at 0:25.", True),
        ("After the intro at 0:25 comes part B.", True),
        ("The intro, part B at 0:00, part C at 0:50, outro at 1:05.", False),
        ("Part B starts at 0:00.", False),
        ("Part C at 0:25.", False),
        ("The intro is at 0:25.", False),
    ],
)
def test_each_section_is_held_against_the_time_beside_it(text: str, holds: bool) -> None:
    assert (CONTRADICTED not in of_form(text)) is holds


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true_holds(text: str) -> None:
    assert statuses(text) <= HOLDS


@pytest.mark.parametrize("text", FALSE)
def test_what_is_false_beside_it_does_not(text: str) -> None:
    assert CONTRADICTED in statuses(text)


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("Without the voice: it is in F minor.", "accompaniment"),
        ("The bass alone: it is in F minor.", "bass"),
        ("#1: the voice alone: it runs at 121.6 BPM.", "vocals"),
        ("Without voice, bass and drums: it is in F minor.", "other"),
    ],
)
def test_a_stem_may_be_named_that_was_listened_to(text: str, stem: str) -> None:
    heard = claim("key", "F minor", f"#1.{stem}", "k/1")
    assert judged(text, heard) <= HOLDS


@pytest.mark.parametrize(
    "text", ["The bass alone: it is in F minor.", "Without the voice: it is in F minor."]
)
def test_a_stem_that_nobody_listened_to_may_not(text: str) -> None:
    assert not judged(text) <= HOLDS


def test_a_stem_is_no_word_on_what_else_sounds() -> None:
    heard = claim("key", "F minor", "#1.accompaniment", "k/1")
    assert CONTRADICTED in judged("There is no voice.", heard)
    assert CONTRADICTED in judged("The guitar is loud.", heard)


def written(instrument: str) -> list[Claim]:
    """Return the claims of a tool that wrote down notes of an instrument."""
    call = tool_call(name="transcribe", args={"track": "#1", "instrument": instrument}, id="1")
    found: dict[str, Any] = {
        "tool": "transcribe",
        "track": {"handle": "#1"},
        "data": {"count": 240},
    }
    found["evidence"] = [claim("notes", 240, "#1", "n/1")]
    done: list[BaseMessage] = [AIMessage("", tool_calls=[call])]
    return ledger_of([*done, ToolMessage("240 notes", tool_call_id="1", artifact=found)])


def test_a_deed_may_name_what_the_tool_was_asked_for() -> None:
    assert judged("I wrote down 240 notes of the piano.", *written("piano")) <= HOLDS
    assert CONTRADICTED in judged("I wrote down 240 notes of the violin.", *written("piano"))
    assert CONTRADICTED in judged("I hear a piano.", *written("piano"))


def test_a_tool_that_failed_was_asked_for_nothing() -> None:
    failed = ToolMessage("no", tool_call_id="1", artifact={}, status="error")
    call = tool_call(name="transcribe", args={"instrument": "piano"}, id="1")
    assert ledger_of([AIMessage("", tool_calls=[call]), failed]) == []


def test_any_leaves_open_whether_there_are_some() -> None:
    assert named("Any guitar is in there.", "instrument") == []
    assert named("I don't hear any guitar.", "instrument") == [("guitar", "guitar")]


def test_a_comparison_may_rest_on_the_words_of_a_tool() -> None:
    told = claim("told", "Intro: Fm7, quieter than most.", "#1", "caption")
    assert judged("The intro is quieter than most.", told) <= HOLDS
    assert "unknown" in judged("The intro is louder than most.", told)


def test_what_comes_after_an_absence_is_not_denied() -> None:
    over = [one for one in find("No voice yet, over Gm, Cm and Dm.") if one.kind == "chord"]
    assert [one.value for one in over] == ["Gm", "Cm", "Dm"]
    assert not any(one.negated for one in over)
    listed = [one for one in find("No drums, bass or guitar.") if one.kind == "instrument"]
    assert len(listed) == 3 and all(one.negated for one in listed)


def test_the_letter_of_a_part_is_no_chord() -> None:
    assert named("Part B again: the same chords as before.", "chord") == []
    assert named("Part B: Dm – G – C, round and round.", "chord") == ["Dm", "G", "C"]
    assert named("The chords of part B turn to B.", "chord") == ["B"]


def test_a_seventh_is_no_note_in_a_row_of_chords() -> None:
    row = "Without the voice: it goes round Gm7 – F7 – Ebmaj7; you'll also meet D7."
    assert named(row, "note") == []
    assert named(row, "chord") == ["Gm7", "F7", "Ebmaj7", "D7"]
    assert named("The voice goes from C3 to F5.", "note") == ["C3", "F5"]
    assert named("The highest note over Gm7 – F – Eb is F5.", "highest note") == ["F5"]


def test_the_grounds_of_a_name_are_no_voice() -> None:
    grounds = "It rests on what repeats, on loudness and on the voice."
    assert named(grounds, "voice") == []
    assert named("The song rests on the voice.", "voice") == ["vocal"]
