"""Questions of theory that no recording is needed for: what is read, and what is computed."""

import re

import pytest

from agent.open_tracks import OpenTrack
from agent.rules import answer_theory
from agent.rules.answer_talk import theory_answer
from agent.rules.asks import Situation
from agent.rules.theory_asks import find
from agent.rules.understand import understand
from agent.rules.wording import plain
from tools import theory

OPEN = Situation((OpenTrack("#1", "Night Walk", "", "a.mp3", 60.0, True),), frozenset({"key", "tempo", "chords"}))  # fmt: skip

ANSWERS = {
    "what interval is C to F#": ("augmented fourth", "six semitones"),
    "interval between D and A?": ("perfect fifth",),
    "how many semitones from Bb to C": ("major second", "two semitones"),
    "what's the fifth of B": ("F#",),
    "the third of C minor?": ("Eb",),
    "what is the dominant of E major": ("is B",),
    "whats the V in A minor": ("Em", "E7"),
    "relative minor of Eb?": ("C minor",),
    "what is the relative major of C# minor": ("E major",),
    "parallel minor of A": ("A minor",),
    "what chords are in G major": ("F#dim",),
    "which key has three sharps?": ("A major and F# minor",),
    "what key has no sharps": ("C major and A minor",),
    "what key is 8A": ("A minor",),
    "is C# the same as Db?": ("Yes",),
    "is C the same note as D": ("No",),
    "is 90 bpm slow?": ("moderate",),
    "how fast is 170 bpm": ("very fast",),
    "how long is a bar at 120 bpm": ("2.00 seconds",),
    "how many ms is an eighth note at 100": ("300 milliseconds",),
    "what's the usual tempo of house music": ("118 to 130",),
    "how fast is drum n bass normally": ("165 to 180",),
    "why do minor keys sound sad?": ("minor third",),
}
OF_THE_TRACK = (
    "what's the relative minor of this", "is it in the key of G?", "what chords are in the chorus", "how fast is it",
    "is this slow at 90 bpm?", "is the last chord the same as the first", "what is the tempo", "find house at 120 bpm",
    "how long is a bar", "which is the seventh of a kind", "is the intro as long as a verse", "what key am i in",
    "make a house track", "is this house?", "is it typical house", "what is the dominant of this key", "how long does it last",
)  # fmt: skip


@pytest.mark.parametrize("question", ANSWERS)
def test_theory_is_computed(question: str) -> None:
    (ask,) = understand(question, OPEN)
    assert ask.topic == "theory"
    told = theory_answer(ask)
    assert "theory, not measured" in told
    for words in ANSWERS[question]:
        assert words in told


@pytest.mark.parametrize("question", OF_THE_TRACK)
def test_what_is_asked_of_a_recording_is_not_theory(question: str) -> None:
    assert find(plain(question)) is None


def test_every_interval_and_degree_agrees_with_the_scale() -> None:
    for pc in range(12):
        for mode in ("major", "minor"):
            tonic = theory.tonic_name(pc, mode)
            for place, note in enumerate(theory.scale(tonic, mode), 1):
                told = answer_theory.ANSWERS["degree"](f"{place} note {tonic} {mode}")
                assert f" is {note};" in told
                steps = (theory.pitch_class(note) - theory.pitch_class(tonic)) % 12
                told = answer_theory.ANSWERS["interval"](f"{tonic} {note}")
                assert "semitone" not in told if not steps else "semitone" in told


def test_usual_tempi_are_ranges_of_numbers() -> None:
    for name, value in answer_theory.USUAL.items():
        low, high = map(int, re.fullmatch(r"(\d+) to (\d+)", value).groups())  # type: ignore[union-attr]
        assert 30 <= low < high <= 300, name
