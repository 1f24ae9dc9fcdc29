"""What a net may not make up: tempi, chords, sections and times that nobody said."""

from dataclasses import replace

from agent.embedded.choosing import chosen
from agent.embedded.said import as_said
from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Situation, Span

HERE = Situation((OpenTrack("#1", "Song", "", "1.flac", 180.0, True),))
CHORUS = Span(0.0, None, "section", "chorus")


def test_what_nobody_said_is_left_out() -> None:
    placed = Ask("chords", "", ("#1",), CHORUS)
    assert as_said((placed,), "quais s\u00e3o os acordes?", HERE) == (replace(placed, span=None),)
    assert as_said((placed,), "die Akkorde im Refrain", HERE) == (placed,)
    leaning = replace(HERE, span=CHORUS)
    assert as_said((placed,), "chords?", leaning) == (placed,)
    timed = Ask("tempo", "", ("#1",), Span(80.0))
    assert as_said((timed,), "what would 80% speed be", HERE) == (replace(timed, span=None),)
    assert as_said((timed,), "how fast at 1:20", HERE) == (timed,)


def test_a_tempo_or_a_chord_that_nobody_said_is_no_reading() -> None:
    tempo = Ask("tempo", "is", ("#1",), value="<180")
    assert as_said((tempo,), "is that wrong then?", HERE) == ()
    assert as_said((tempo,), "below 180?", HERE) == (tempo,)
    assert as_said((tempo,), "less than one hundred and eighty?", HERE) == (tempo,)
    chord = Ask("chords", "when", ("#1",), value="C# minor")
    assert as_said((chord,), "give me a cue point list", HERE) == ()
    assert as_said((chord,), "where is the C# minor", HERE) == (chord,)
    quality = Ask("chords", "quality", ("#1",), value="seventh")
    assert as_said((quality,), "any seventh chords?", HERE) == (quality,)


def test_the_reading_of_the_track_that_is_named_wins() -> None:
    two = replace(HERE, tracks=(*HERE.tracks, OpenTrack("#2", "Other", "", "2.flac", 60.0)))
    ours, theirs = (Ask("key", "", ("#1",)),), (Ask("key", "", ("#1", "#2")),)
    for question in ("back to the first: what's its key?", "and its key"):
        assert chosen(question, theirs, ours, two, {"key": 1.0}) == ours
    ours, theirs = (Ask("stems", "", ("#2",)),), (Ask("stems", "", ("#1", "#2")),)
    assert chosen("split the second into stems", theirs, ours, two, {"stems": 1.0}) == ours
    declined = (Ask("decline", "gear"),)
    rules = (Ask("instruments", "has", ("#1",), value="synthesizer"),)
    scores = {"decline.gear": 2.0, "instruments": 0.1}
    assert chosen("which synth is that?", declined, rules, HERE, scores) == declined


def test_a_meaning_and_what_is_asked_of_the_track_are_both_answered() -> None:
    theirs, ours = (Ask("theory", "define", value="loop"),), (Ask("chords", "loop", ("#1",)),)
    question = "Explain what a loop is and whether this track has one."
    assert chosen(question, theirs, ours, HERE, {"theory": 1.0}) == (*theirs, *ours)
