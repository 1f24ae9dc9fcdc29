"""Follow-ups that lean on what the last answer named: a section, a stem, a chord, a key."""

from typing import Any

import pytest
from test_rules_parts import talk

from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Situation
from agent.rules.understand import understand

SECTIONS = "how many sections does it have?"
THIRD = (SECTIONS, "ok and the third of those, how long does it last")
STEMS = "split it into stems"
AT_TEN = "what chord is at 0:10"


def seen(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name != "track"}


@pytest.mark.parametrize(
    "question",
    [
        "ok and the third of those, how long does it last",
        "how long is the third?",
        "how long does the third one last?",
        "and the third one, how many bars is that?",
        "the length of number three?",
        "the third of them: how long does it go on?",
        "how long is section 3?",
    ],
)
def test_one_of_the_sections_just_counted_is_meant(question: str) -> None:
    calls, told = talk(SECTIONS, question)
    assert told == "The third section lasts 16 bars (32 seconds).", told
    assert [c["tool"] for c in calls] == ["structure"]


@pytest.mark.parametrize(
    ("question", "tool", "start"),
    [
        ("its chords?", "chords", 32.0),
        ("and its chords", "chords", 32.0),
        ("what are its chords?", "chords", 32.0),
        ("what chords are in that one?", "chords", 32.0),
        ("which chords does it use there?", "chords", 32.0),
        ("that section's progression?", "chords", 32.0),
        ("and how loud is it there?", "moment", 32.0),
        ("how loud is it in that part?", "moment", 32.0),
        ("its loudness?", "moment", 32.0),
        ("what key is it in there?", "moment", 32.0),
        ("what instruments play in it?", "moment", 32.0),
        ("chords of the one before?", "chords", 8.0),
        ("what are the chords in the one after that?", "chords", 64.0),
        ("and the chords in the next section?", "chords", 64.0),
    ],
)
def test_a_section_stays_in_view(question: str, tool: str, start: float) -> None:
    calls, told = talk(*THIRD, question)
    assert [c["start"] for c in calls if c["tool"] == tool] == [start], (calls, told)


@pytest.mark.parametrize(
    ("questions", "tool", "start"),
    [
        (("its chords?", "same for the one before"), "chords", 8.0),
        (("its chords?", "and the one after?"), "chords", 64.0),
        (("its chords?", "and the next section?"), "chords", 64.0),
        (("its chords?", "what about the previous one?"), "chords", 8.0),
        (("its chords?", "same for the one before", "and how loud is it there"), "moment", 8.0),
        (("how loud is it there?", "and the one before that?"), "moment", 8.0),
        (("its chords?", "same for the one before", "and the one before that"), "chords", 0.0),
    ],
)
def test_a_neighbour_of_the_section_is_meant(
    questions: tuple[str, ...], tool: str, start: float
) -> None:
    calls, told = talk(*THIRD, *questions)
    assert [c["start"] for c in calls if c["tool"] == tool] == [start], (calls, told)


@pytest.mark.parametrize(
    ("questions", "call"),
    [
        ((*THIRD, "what key is the song in?"), {"tool": "key"}),
        ((*THIRD, "how fast is the track?"), {"tool": "tempo"}),
        ((SECTIONS, "and its chords?"), {"tool": "chords"}),
        (("what are the chords?", "is there a guitar?"), {"tool": "tags", "kind": "instruments"}),
        (("what key is it in?", "and its tempo?"), {"tool": "tempo"}),
    ],
)
def test_the_whole_track_is_meant_where_it_is_named(
    questions: tuple[str, ...], call: dict[str, Any]
) -> None:
    calls, told = talk(*questions)
    assert [seen(c) for c in calls] == [call], told


@pytest.mark.parametrize(
    ("questions", "answer"),
    [
        (("what key is it in", "what's its relative?", "what would that be a whole tone down"), "From Ab major, 2 semitones down is Gb major"),
        (("what's its relative?", "and that up a fifth?"), "From Ab major, 7 semitones up is Eb major"),
        (("what's the relative?", "what is a semitone above that?"), "From Ab major, 1 semitone up is A major"),
        (("what's its relative?", "move that down three semitones"), "From Ab major, 3 semitones down is F major"),
        (("what's its relative?", "that one two tones higher?"), "From Ab major, 4 semitones up is C major"),
        (("what would it be a tone up?", "and that another semitone up?"), "From F minor, 2 semitones up is G minor"),
        (("what key is it in?", "what would that be a whole tone down?"), "From F minor, 2 semitones down is Eb minor"),
        (("what key would it be in a whole tone up?",), "From F minor, 2 semitones up is G minor"),
        (("transpose it down a whole step",), "From F minor, 2 semitones down is Eb minor"),
        (("transpose it up a half tone",), "From F minor, 1 semitone up is F# minor"),
    ],
)  # fmt: skip
def test_that_is_the_key_an_answer_came_to(questions: tuple[str, ...], answer: str) -> None:
    _, told = talk(*questions)
    if "another" in questions[-1]:
        assert told.startswith("From G minor, 1 semitone up is G# minor"), told
    else:
        assert told.startswith(answer), told


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("which of them is loudest", "The drums are the loudest: the drums at −14.6 dB"),
        ("what's the loudest one?", "The drums are the loudest"),
        ("which one is the loudest of them", "The drums are the loudest"),
        ("which is quietest?", "The bass is the quietest"),
        ("which of those is the softest", "The bass is the quietest"),
        ("and which stem is the loudest?", "The drums are the loudest"),
        ("how loud are the drums against the rest?", "The drums are 1.4 dB above the other instr"),
        ("how loud is the bass compared with the others", "The bass is 5.5 dB below the drums"),
    ],
)
def test_the_loudest_of_the_stems(question: str, start: str) -> None:
    calls, told = talk(STEMS, question)
    assert told.startswith(start), told
    assert [c["tool"] for c in calls] == ["separate"]


@pytest.mark.parametrize(
    ("questions", "call"),
    [
        (("which of them is loudest", "write that one down as midi"), {"instrument": "drums", "form": "midi"}),
        (("which of them is quietest", "that one as sheet music please"), {"stem": "bass", "form": "musicxml"}),
        (("which of them is loudest", "write that one down as midi", "no, the bass i meant"), {"stem": "bass", "form": "midi"}),
        (("which of them is loudest", "save it as midi", "no, I meant the vocals"), {"instrument": "voice", "form": "midi"}),
    ],
)  # fmt: skip
def test_that_one_is_the_stem(questions: tuple[str, ...], call: dict[str, Any]) -> None:
    calls, told = talk(STEMS, *questions)
    assert [seen(c) for c in calls] == [{"tool": "transcribe", **call}], told


@pytest.mark.parametrize(
    "question",
    [
        "what notes are in that one",
        "which notes does it have?",
        "spell that out for me",
        "its notes?",
        "what is that chord made of?",
        "what notes make up that chord?",
        "how is that spelled?",
        "which notes are in that chord",
        "and what notes do I play for it?",
        "can you spell that chord",
    ],
)
def test_that_one_is_the_chord(question: str) -> None:
    _, told = talk(AT_TEN, question)
    assert told.startswith("Fm7 has the notes F, Ab, C and Eb"), told
    _, told = talk(AT_TEN, "then which comes after it", question)
    assert told.startswith("Ab has the notes Ab, C and Eb"), told


def test_notes_without_a_chord_in_view_are_not_of_a_chord() -> None:
    _, told = talk("what key is it in?", "what notes are in it?")
    assert "scale" in told
    _, told = talk("which chords does it use?", "which notes does it have?")
    assert "has the notes" not in told


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("and the meters?", "meter"),
        ("what about their chords", "chords"),
        ("and the tempos too?", "tempo"),
        ("keys?", "key"),
        ("is the time signature the same too?", "meter"),
    ],
)
def test_two_that_were_compared_are_compared_further(question: str, aspect: str) -> None:
    tracks = tuple(
        OpenTrack(f"#{n}", name, "", f"{n}.flac", 100.0) for n, name in ((1, "One"), (2, "Two"))
    )
    last = (Ask("compare", "length", ("#1", "#2")),)
    asks = understand(question, Situation(tracks, frozenset({"compare"}), last, ("#2",)))
    assert [(a.topic, a.aspect, a.tracks) for a in asks] == [("compare", aspect, ("#1", "#2"))]
