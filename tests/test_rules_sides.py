"""Comparisons of several open tracks: what they share, an order, pairs, the odd one out, a use."""

from typing import Any

import pytest
from few_tracks import JAZZ, MINOR, track
from test_rules_library import ask

from agent.conversation import Conversation
from agent.embedded.choosing import only_ours
from agent.open_tracks import OpenTrack
from agent.recorded import RecordedLibrary
from agent.rules import RulesChatModel
from agent.rules.asks import Situation
from agent.rules.understand import understand

RECORDS = [
    track(1, "Home", bpm=120, instruments=["guitar"], seconds=100, lufs=-9.0, moods=["happy"], genres=["pop", "rock"]),
    track(2, "Blue Hour", bpm=84, key="A minor", moods=["sad", "calm"], genres=["jazz", "pop"], instruments=["piano", "guitar"], voice="instrumental", chords=JAZZ, seconds=200, lufs=-18.0),
    track(3, "Night Train", bpm=168, key="E minor", moods=["energetic"], genres=["rock"], instruments=["drums", "guitar"], chords=MINOR, up=4, seconds=180, lufs=-7.0),
    track(4, "Standard", bpm=86, key="A minor", genres=["jazz"], moods=["sad"], instruments=["piano", "drums"], chords=JAZZ, up=3, seconds=240, lufs=-14.0),
    track(5, "Siren", bpm=84.4, key="C minor", genres=["jazz"], moods=["calm"], instruments=["piano"], voice="instrumental", seconds=150, lufs=-17.0),
    track(6, "Hum", chords=("N",), seconds=30, lufs=-20.0),
]  # fmt: skip
TOOLS = frozenset(
    "listen describe tempo key chords tags moment compare structure search_library".split()
)


def open_tracks(*numbers: int) -> Situation:
    return Situation(
        tuple(
            OpenTrack(f"#{i}", RECORDS[n - 1].title, "", f"{n}.flac", RECORDS[n - 1].duration, i == 1)
            for i, n in enumerate(numbers, 1)
        ),
        TOOLS,
    )  # fmt: skip


def told(question: str, *numbers: int) -> Any:
    from langgraph.checkpoint.memory import InMemorySaver

    library = RecordedLibrary([RECORDS[n - 1] for n in numbers], [])
    answer = ask(Conversation(library, RulesChatModel(), InMemorySaver()), question)
    return answer.text


@pytest.mark.parametrize(
    ("head", "questions"),
    [
        ("shift", ["how many semitones do I shift the second to sit with the first", "by how many semitones must I transpose the second one to match the first?", "how far should I pitch the second up to be in key with the first", "what transposition brings them into the same key?", "how much do I have to transpose the first to fit the second", "how many half steps do I move it so they share a key?", "how many semitones apart are they?", "which interval do I need to shift the second track by", "transpose the second to match the first - how many semitones?", "how many semitones are between their keys"]),
        ("common", ["what do they have in common", "what do these two share?", "any similarities?", "in what ways are they alike?", "what's the common ground between them", "what is the same about both?", "how are they similar", "what connects them?", "do they have anything in common?", "tell me what they share"]),
        ("order tempo", ["order all of them by bpm, slowest on top", "sort them by tempo", "rank the tracks from slowest to fastest", "line them up by speed please", "list them in order of tempo", "arrange these by bpm, fastest first", "the fastest one and the slowest one please"]),
        ("order energy", ["sort them by energy pls", "rank them from calm to wild", "put them in order of energy"]),
        ("order loudness", ["order them by loudness", "rank these, quietest first", "which is loudest overall, and by how much over the quietest"]),
        ("order duration", ["sort them by length", "list them shortest first"]),
        ("harmony", ["most complicated harmony of the lot?", "which one has the richest chords?", "which has the more complex harmony", "who uses the most different chords", "which of them is harmonically the simplest?", "which track has the most sophisticated chord progression", "whose harmony is the most adventurous?", "which has the simplest chords"]),
        ("moods", ["which has the more cheerful vibe", "which one is the most melancholic?", "which is more relaxing", "who has the gloomy mood?", "which of them sounds the least aggressive", "which has the most energetic feel", "which is the more upbeat of the two?"]),
        ("use", ["which would suit a quiet dinner best", "which one is better for a workout?", "which is best for falling asleep to", "which should I play at a party", "which fits a yoga class best?", "which would work at a funeral"]),
    ],
)  # fmt: skip
def test_comparisons_are_read_by_their_own_words(head: str, questions: list[str]) -> None:
    here = open_tracks(1, 2)
    for question in questions:
        asks = understand(question, here)
        assert [(a.topic, a.aspect) for a in asks] == [("compare", head)], (question, asks)
        assert set(asks[0].tracks) == {"#1", "#2"}
        assert head == "moods" or only_ours(question, asks, here)


@pytest.mark.parametrize(
    ("head", "questions"),
    [
        ("odd", ["is the last one the odd one out", "which one is the odd one out?", "does any of them stand out?", "which one doesn't belong", "who is the outlier here", "which is least like the others?", "which of these is the most different"]),
        ("pairs mix", ["which pairs are worst to mix", "which two mix best?", "what's the best pair to mix", "which two would clash?", "any two of them that blend well", "which pair goes together best", "the smoothest transition would be between which two?"]),
        ("pairs same", ["do any two share both key and tempo", "are there two in the same key?", "do any two have the same tempo", "which two are in the same key", "any pair that matches in key and bpm?", "which two share a time signature"]),
    ],
)  # fmt: skip
def test_pairs_and_odd_ones_are_looked_for_among_three(head: str, questions: list[str]) -> None:
    for question in questions:
        asks = understand(question, open_tracks(1, 2, 3))
        assert [(a.topic, a.aspect) for a in asks] == [("compare", head)], (question, asks)
        assert set(asks[0].tracks) == {"#1", "#2", "#3"}


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("what chords do they have in common?", "compare.chords"),
        ("which is faster?", "compare.tempo"),
        ("which is louder?", "compare.loudness"),
        ("are they in the same key", "compare.key"),
        ("by what percent should i pitch up the slower to match", "compare.pitch"),
        ("transpose the second down two semitones", "key.transpose"),
        ("which section stands out?", "structure"),
        ("which chord is most common", "chords.most"),
        ("is the first one happy?", "moods.has"),
        ("how do they differ?", "compare.all"),
        ("which is the loudest part of the first one?", "unsupported.loudness"),
        ("can I mix the first into the second", "compare.mix"),
    ],
)
def test_what_only_looks_like_these(question: str, head: str) -> None:
    asks = understand(question, open_tracks(1, 2))
    names = [f"{a.topic}.{a.aspect}".rstrip(".") for a in asks]
    assert any(n == head or (head == "structure" and n.startswith(head)) for n in names), names


@pytest.mark.parametrize(
    ("question", "tracks", "parts"),
    [
        ("how many semitones do I shift the second to sit with the first", (1, 5), ['Three semitones down (or nine up)', '"Siren" (#2) is in C minor', "takes it to A minor, the relative of C major"]),
        ("how many semitones do I shift the second to sit with the first", (2, 3), ["Five semitones up (or seven down)", "takes it to A minor"]),
        ("how many semitones do I shift the second to sit with the first", (1, 2), ["Not at all", "relative keys"]),
        ("what do they have in common", (2, 5), ["the tempo, about 84 BPM", "the meter, 4/4", "the mode, minor", "no voice", "the style, jazz", "piano"]),
        ("order all of them by bpm, slowest on top", (1, 2, 3), ['Slowest first: "Blue Hour" (#2) at 84 BPM, "Home" (#1) at 120 BPM and "Night Train" (#3) at 168 BPM.']),
        ("sort them by bpm", (1, 2, 3), ['Fastest first: "Night Train" (#3) at 168 BPM']),
        ("sort them by energy pls", (1, 2, 3), ["Most energetic first: \"Night Train\" (#3)"]),
        ("the fastest one and the slowest one please", (1, 2, 3), ['"Night Train" (#3) is the fastest at 168 BPM, "Blue Hour" (#2) the slowest at 84 BPM: 84 BPM apart.']),
        ("which is loudest overall, and by how much over the quietest", (1, 2, 3), ["11.0 LU apart"]),
        ("most complicated harmony of the lot?", (1, 2), ['"Blue Hour" (#2) has the richest harmony']),
        ("which has the richest harmony?", (1, 2, 6), ['"Blue Hour" (#2) has the richest', 'I couldn\'t find chords for "Hum" (#3).']),
        ("which has the simplest chords", (1, 2), ['"Home" (#1) has the simplest harmony', "all plain triads of the key"]),
        ("which uses the most different chords", (1, 2), ["None more than another: I count four"]),
        ("which has the more cheerful vibe", (1, 2), ['"Home" (#1), going by the moods']),
        ("which has the most melancholy feel", (1, 2), ['"Blue Hour" (#2), going by the moods']),
        ("which is the less happy one?", (1, 2), ['"Blue Hour" (#2), going by the moods']),
        ("which would suit a quiet dinner best", (1, 2, 3), ['"Blue Hour" (#2), I\'d say', "For a dinner one looks for something mellow"]),
        ("which is best for a workout", (1, 2, 3), ['"Night Train" (#3), I\'d say']),
        ("is the last one the odd one out", (2, 5, 3), ['Yes, "Night Train" (#3) is the odd one out', "\"Night Train\" (#3): 168 BPM"]),
        ("is the first one the odd one out", (2, 5, 3), ['No, "Blue Hour" (#1) isn\'t: "Night Train" (#3) is the odd one out']),
        ("do any two share both key and tempo", (1, 2, 3), ["No, no two share both key and tempo"]),
        ("do any two share both key and tempo", (1, 2, 4), ["No, no two share both", "share the key, though not the tempo", "\"Standard\" (#3): A minor, 86 BPM."]),
        ("do any two share the same key?", (1, 2, 4), ['Yes, the same key: "Blue Hour" (#2) and "Standard" (#3). "Blue Hour" (#2): A minor.']),
        ("which pairs are worst to mix", (1, 2, 3), ["Worst to mix: "]),
    ],
)  # fmt: skip
def test_comparisons_are_answered(question: str, tracks: tuple[int, ...], parts: list[str]) -> None:
    answer = told(question, *tracks)
    for part in parts:
        assert part in answer, answer
