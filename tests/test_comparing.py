"""What sets tracks apart is worked out, and what is told of it holds against its evidence."""

from dataclasses import replace

import pytest
from few_tracks import JAZZ, POP, track

from agent.comparing import ComparingError, compare
from agent.grounding import check
from agent.made_up import made_up_record
from agent.open_tracks import OpenTrack
from agent.record import TrackRecord
from agent.scene import CONTRADICTED, UNKNOWN
from agent.track_relations import camelot_distance, key_relation, tempo_relation
from tools.theory import MODES, PITCH_CLASSES, camelot


@pytest.mark.parametrize(
    ("first", "second", "relation", "fifths", "mixable"),
    [
        ("C major", "C major", "the same key", 0, True),
        ("C major", "A minor", "relative keys", 0, True),
        ("A minor", "C major", "relative keys", 0, True),
        ("C major", "C minor", "parallel keys", 3, False),
        ("C major", "G major", "a fifth apart", 1, True),
        ("F# minor", "C# minor", "a fifth apart", 1, True),
        ("C major", "D major", "2 fifths apart on the circle", 2, False),
        ("C major", "F# major", "a tritone apart, the farthest on the circle", 6, False),
        ("C# major", "Db major", "the same key", 0, True),
        ("C major", "E minor", "one signature apart", 1, False),
    ],
)
def test_keys(first: str, second: str, relation: str, fifths: int, mixable: bool) -> None:
    found = key_relation(first, second)
    assert (found.relation, found.fifths, found.mixable) == (relation, fifths, mixable)
    back = key_relation(second, first)
    assert (back.relation, back.fifths, back.mixable) == (relation, fifths, mixable)


def test_the_wheel_has_four_that_mix_with_each() -> None:
    codes = [camelot(tonic, mode) for tonic in PITCH_CLASSES for mode in MODES]
    assert len(set(codes)) == 24
    for code in codes:
        near = [other for other in codes if camelot_distance(code, other) <= 1]
        assert len(near) == 4 and code in near
    with pytest.raises(ValueError, match="not a key"):
        key_relation("H dur", "C major")


def test_tempi_fold_by_octaves() -> None:
    assert tempo_relation(70, 140).octaves == 1 and tempo_relation(70, 140).mixable
    assert tempo_relation(140, 71).octaves == -1 and tempo_relation(140, 71).step < 0.02
    assert not tempo_relation(100, 107).mixable and tempo_relation(100, 106).mixable
    assert tempo_relation(120, 121).same and not tempo_relation(60, 120).same


ONE = track(
    1, "One", bpm=70, key="C major", moods=["calm", "sad"], instruments=["piano"], level=-24
)
TWO = track(
    2,
    "Two",
    bpm=140,
    key="A minor",
    seconds=120,
    moods=["sad"],
    instruments=["piano", "drums"],
    level=-15,
    meter="3/4",
    sections=("verse", "chorus", "verse", "chorus"),
)
JAZZY = track(3, "Three", bpm=124, key="C major", chords=JAZZ, seconds=150, genres=["jazz"])


def test_two_tracks() -> None:
    found = compare([("#1", ONE), ("#2", TWO)])
    told = {d.aspect: d.words for d in found.differences}
    assert told["tempo"] == "#2 is at 140.0 BPM and #1 at 70.0 BPM: #2 is twice as fast."
    assert told["key"] == "#1 is in C major (8B) and #2 is in A minor (8A): relative keys."
    assert told["mix"].startswith("#1 and #2 mix well")
    assert told["meter"] == "#1 in 4/4 and #2 in 3/4."
    assert told["length"] == "#2 is 2:00 long and #1 is 1:36 long."
    assert told["moods"] == "Moods in common: sad; only #1: calm."
    assert told["instruments"] == "Instruments in common: piano; only #2: drums."
    assert told["form"] == "#1 goes A B C D and #2 goes A B A B."
    assert told["loudness"].startswith("#2 is louder: #2 at -15.0")
    assert told["voice"] == "Both are vocal."
    named = "Progressions in common, named in the key of #1: I–V–vi–IV–I."
    assert told["progressions"] == named
    assert told["chords"] == "Chords in common: G, C, F, Am."
    key = found.of("key")
    assert key is not None and key.values["pairs"][0]["codes"] == ("8B", "8A")


def test_three_tracks_and_what_is_lacking() -> None:
    bare = replace(track(4, "Bare"), annotations={})
    found = compare([("#1", ONE), ("#2", TWO), ("#3", JAZZY), ("#4", bare)])
    tempo = found.of("tempo")
    assert tempo is not None and tempo.values["fastest"] == "#2"
    assert tempo.words.startswith("From fast to slow: #2 at 140.0 BPM, #3 at 124.0 BPM")
    shared = found.of("progressions")
    assert shared is not None and shared.values["shared"] == []
    assert [d.aspect for d in compare([("#1", ONE), ("#4", bare)]).differences] == ["length"]


def test_transposing_keeps_progressions_and_changes_chords() -> None:
    up = track(5, "Up", chords=POP, up=2, key="D major", bpm=70)
    found = compare([("#1", ONE), ("#2", up)])
    shared, chords = found.of("progressions"), found.of("chords")
    assert shared is not None and shared.values["alike"] == 1.0
    assert chords is not None and chords.values["shared"] == ["G:maj"]


@pytest.mark.parametrize("count", [0, 1, 13])
def test_two_to_twelve_are_compared(count: int) -> None:
    with pytest.raises(ComparingError, match=rf"2 to 12 tracks can be compared, not {count}\."):
        compare([(f"#{n}", track(n)) for n in range(count)])
    with pytest.raises(ComparingError, match="itself"):
        compare([("#1", ONE), ("#2", ONE)])


def _open(tracks: list[tuple[str, TrackRecord]]) -> list[OpenTrack]:
    return [
        OpenTrack(handle, r.title, "", f"{handle}.flac", r.duration, handle == "#1")
        for handle, r in tracks
    ]


def test_what_is_told_holds_against_its_evidence() -> None:
    pairs = [[("#1", ONE), ("#2", TWO)], [("#1", ONE), ("#2", TWO), ("#3", JAZZY)]]
    for seed in range(0, 12, 2):
        records = [made_up_record(seed + n, f"Piece {seed + n}") for n in (0, 1)]
        pairs.append([("#1", records[0]), ("#2", records[1])])
    stated = 0
    for tracks in pairs:
        found = compare(tracks)
        verdicts = check(found.words, list(found.claims), "compare them", _open(tracks))
        wrong = [v.to_dict() for v in verdicts if v.status in (CONTRADICTED, UNKNOWN)]
        assert not wrong, (found.words, wrong)
        stated += len(verdicts)
    assert stated > 20 * len(pairs) / 2


def test_a_lie_about_them_is_caught() -> None:
    found = compare([("#1", ONE), ("#2", TWO)])
    for lie in ("#1 is faster than #2.", "#2 is in E major.", "Both #1 and #2 have a harp."):
        verdicts = check(lie, list(found.claims), "compare them", _open([("#1", ONE), ("#2", TWO)]))
        assert any(v.status == CONTRADICTED for v in verdicts), lie
