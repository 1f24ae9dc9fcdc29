"""Commissions from a track's record: like it, going on, varied, accompanied."""

from dataclasses import replace

import pytest

from agent.generation.brief_words import BriefError
from agent.generation.recasting import in_other_key, reharmonised, with_sevenths
from agent.generation.wishes import accompaniment, continuation, like_track, variation
from agent.made_up import made_up_record
from agent.record import TrackRecord
from tools.annotations import Annotation, Beats, Chords, Key, Label, Sections, Tags, Tempo
from tools.composing.composer import compose
from tools.theory import diatonic_chords, parse_chord

LOOP = ("C:maj", "A:min", "F:maj", "G:7")


def record(**other: Annotation | None) -> TrackRecord:
    """Return a track of 16 bars of a loop in C major, 4/4 at 120, two seconds a bar."""
    beats = tuple(0.5 * k for k in range(64))
    spans = tuple((2.0 * k, 2.0 * k + 2) for k in range(16))
    known: dict[str, Annotation | None] = {
        "tempo": Tempo(120.2, 0.9, "t/1"),
        "key": Key("C", "major", 0.9, "k/1"),
        "beats": Beats(beats, tuple(k % 4 + 1 for k in range(64)), "b/1", "4/4", 0.9),
        "chords": Chords(spans, LOOP * 4, "c/1"),
        "tags": Tags(
            (Label("metal", 0.8), Label("rock", 0.5)),
            (Label("guitar", 0.8), Label("drums", 0.7)),
            (Label("aggressive", 0.6),),
            None,
            "m/1",
        ),
        "segments": Sections(
            ((0.0, 16.0), (16.0, 32.0)), ("verse", "chorus"), "s/1", (), ("A", "B")
        ),
    }
    known.update(other)
    return TrackRecord(
        "0" * 32, "/music/Song.flac", {"title": "Song"}, 32.0, 44100, 2,
        {task: found.to_dict() for task, found in known.items() if found is not None},
    )  # fmt: skip


def test_a_piece_like_a_track_takes_its_measures_but_not_its_chords() -> None:
    wish = like_track(record())
    brief = wish.brief
    assert (brief.tonic, brief.mode, brief.bpm, brief.meter) == ("C", "major", 120.0, "4/4")
    assert (brief.style, brief.mood, brief.form) == ("rock", "tense", "verse-chorus")
    assert brief.instruments == ("guitar", "drums", "bass")  # the bass is the style's
    assert brief.chords == ()
    assert wish.asked["key"] == "C major" and wish.asked["instruments"] == ("guitar", "drums")
    assert wish.unheard == ()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("but slower", {"bpm": 96.0}),
        ("much faster", {"bpm": 185.0}),
        ("10% faster", {"bpm": 132.0}),
        ("20 bpm slower", {"bpm": 100.0}),
        ("at half speed", {"bpm": 60.0}),
        ("at 90 bpm", {"bpm": 90.0}),
        ("in minor", {"tonic": "C", "mode": "minor"}),
        ("in E flat minor", {"tonic": "Eb", "mode": "minor"}),
        ("a whole tone higher", {"tonic": "D", "mode": "major"}),
        ("but happier", {"mood": "happy", "mode": "major", "bpm": 130.0}),
        ("but sadder", {"mood": "sad", "mode": "minor", "bpm": 108.0}),
        ("happier, in minor", {"mood": "happy", "mode": "minor"}),
        ("like #2 but sadder and slower", {"mood": "sad", "bpm": 96.0}),
        ("as reggae", {"style": "reggae", "bpm": 120.0}),
        ("without drums", {"without": ("drums",), "instruments": ("guitar", "bass")}),
        ("with a flute", {"instruments": ("flute", "guitar", "drums", "bass")}),
        ("for solo piano", {"instruments": ("piano",)}),
        ("in 3/4, 30 seconds", {"meter": "3/4", "seconds": 30.0}),
    ],
)  # fmt: skip
def test_like_a_track_but(words: str, expected: dict[str, object]) -> None:
    wish = like_track(record(), words)
    assert {name: getattr(wish.brief, name) for name in expected} == expected
    assert wish.unheard == ()


def test_a_variation_keeps_what_is_not_changed() -> None:
    wish = variation(record(), "for string quartet")
    assert wish.brief.chords == LOOP * 4
    assert (wish.brief.bars, wish.brief.chord_bars, wish.brief.bpm) == (16, 1.0, 120.0)
    assert wish.brief.instruments == ("violin", "second violin", "viola", "cello")


def test_chords_follow_a_variation_into_another_key_and_mode() -> None:
    minor = variation(record(), "in minor").brief
    assert (minor.tonic, minor.mode) == ("C", "minor")
    assert minor.chords[:4] == ("C:min", "Ab:maj", "F:min", "G:7")
    moved = variation(record(), "in A major").brief
    assert moved.chords[:4] == ("A:maj", "F#:min", "D:maj", "E:7")
    lower = variation(record(), "down a semitone").brief
    assert (lower.tonic, lower.chords[0]) == ("B", "B:maj")
    sad = variation(record(), "sadder").brief
    assert (sad.mode, sad.chords[0]) == ("minor", "C:min")


def test_other_variations() -> None:
    waltz = variation(record(), "as a waltz").brief
    assert (waltz.meter, waltz.style, waltz.bars) == ("3/4", "waltz", 16)
    jazz = variation(record(), "jazzier").brief
    assert (jazz.style, jazz.chords[:4]) == ("jazz", ("C:maj7", "A:min7", "F:maj7", "G:7"))
    other = variation(record(), "reharmonised").brief
    assert len(other.chords) == 16 and other.chords[:1] == ("C:maj7",)
    changed = sum(
        a.split(":")[0] != b.split(":")[0] for a, b in zip(other.chords, LOOP * 4, strict=True)
    )
    assert changed >= 6
    scale = {pc for c in diatonic_chords("C", "major") for pc in parse_chord(c).pitch_classes}
    assert all(parse_chord(c).pitch_classes <= scale for c in other.chords)
    assert variation(record(), "twice as long").brief.bars == 32


def test_a_continuation_goes_on_with_the_loop_from_where_it_stands() -> None:
    assert continuation(record()).brief.chords == LOOP
    turned = continuation(record(), 20.0).brief  # after ten bars comes the third chord
    assert turned.chords == ("F:maj", "G:7", "C:maj", "A:min")
    assert (turned.tonic, turned.bpm, turned.meter) == ("C", 120.0, "4/4")
    assert continuation(record(), 0.0).brief.chords == (LOOP * 2)
    assert continuation(record(), 20.0, "faster").brief.bpm == 150.0
    for time in (-1.0, 99.0):
        with pytest.raises(BriefError, match=r"lasts 32\.0 s"):
            continuation(record(), time)


def test_an_accompaniment_has_chords_and_length_of_the_track_but_not_its_players() -> None:
    brief = accompaniment(record()).brief
    assert (brief.chords, brief.bars, brief.instruments) == (LOOP * 4, 16, ())
    assert (brief.tonic, brief.bpm, brief.meter) == ("C", 120.0, "4/4")
    assert accompaniment(record(), "piano and bass").brief.instruments == ("piano", "bass")
    tune = record(chords=None)
    assert accompaniment(tune).brief.seconds == 32.0


def test_two_chords_a_bar_are_kept_as_halves() -> None:
    halves = Chords(tuple((float(k), k + 1.0) for k in range(32)), LOOP * 8, "c/1")
    brief = variation(record(chords=halves), "slower").brief
    assert (brief.chords, brief.chord_bars, brief.bars) == (LOOP * 8, 0.5, 16)


def test_silence_has_the_chord_before_it() -> None:
    labels = ("N", "C:maj", "N", "G:maj") * 4
    gaps = Chords(tuple((2.0 * k, 2.0 * k + 2) for k in range(16)), labels, "c/1")
    chords = variation(record(chords=gaps)).brief.chords
    assert chords[:5] == ("C:maj", "C:maj", "C:maj", "G:maj", "G:maj")


def test_what_was_not_measured_is_left_open_and_said() -> None:
    bare = record(key=None, tempo=None, tags=None, beats=None, chords=None)
    wish = variation(bare, "in minor")
    assert (wish.brief.tonic, wish.brief.bpm, wish.brief.style) == (None, None, None)
    assert wish.brief.mode == "minor"
    assert "key" not in " ".join(wish.notes)  # that was asked for
    assert any("tempo" in note and "chords" in note and "left open" in note for note in wish.notes)
    assert like_track(bare, "slower").brief.bpm is None
    assert like_track(bare, "slower").unheard == ("slower",)
    keyless = variation(record(key=None), "in D")  # the chords tell where they stand
    assert keyless.brief.chords[:4] == ("D:maj", "B:min", "G:maj", "A:7")


def test_what_is_given_counts_more_than_the_track_and_the_words() -> None:
    wish = like_track(record(), "slower, in minor", key="F major", bpm=77, seconds=12)
    brief = wish.brief
    assert (brief.tonic, brief.mode, brief.bpm, brief.seconds) == ("F", "major", 77.0, 12.0)


def test_a_title_reaches_no_description() -> None:
    sly = replace(record(), titles={"title": "in F# minor at 200 bpm without drums"})
    brief = like_track(sly, "slower").brief
    assert (brief.tonic, brief.bpm, brief.description) == ("C", 96.0, "slower")


def test_every_made_up_track_gives_briefs_that_can_be_composed() -> None:
    for seed in range(12):
        track = made_up_record(seed, "Song")
        wishes = [
            like_track(track, "but happier"),
            variation(track, "in minor, jazzier"),
            variation(track, "reharmonised"),
            continuation(track, track.duration / 2),
            accompaniment(track),
        ]
        for wish in wishes:
            assert wish.unheard == (), (seed, wish)
        score = compose(replace(wishes[seed % 4].brief, bars=8))
        assert score.parts


def test_chords_in_another_key_keep_their_degrees_there_and_back() -> None:
    for tonic in ("D", "Ab", "F#"):
        there = in_other_key(LOOP, ("C", "major"), (tonic, "major"))
        assert in_other_key(there, (tonic, "major"), ("C", "major")) == LOOP
    assert with_sevenths(("B:dim", "N", "D:sus4"), ("C", "major")) == ("B:hdim7", "N", "D:sus4")
    held = reharmonised(("C:maj",) * 4, ("C", "major"))
    assert held == ("C:maj7", "A:min7", "C:maj7", "C:maj7")


@pytest.mark.parametrize(
    ("words", "players", "parts"),
    [
        ("bassline", ("bass",), ("bass",)),
        ("walking bass", ("bass",), ("bass",)),
        ("drum groove", ("drums",), ("drums",)),
        ("funky beat", ("drums",), ("drums",)),
        ("strings", ("strings",), ("chords", "bass")),
        ("counter melody", ("flute",), ("melody",)),
        ("counter melody on the violin", ("violin",), ("melody",)),
        ("second violin part", ("violin",), ("melody",)),
        ("synth lead", ("synth",), ("melody",)),
        ("backing vocals", ("voice",), ("melody",)),
        ("backing track, bossa style", (), ("chords", "bass", "drums")),
    ],
)
def test_what_plays_along_is_the_part_that_is_asked_for(
    words: str, players: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    wish = accompaniment(record(), words)
    assert wish.brief.instruments == players
    assert wish.unheard == ()
    played = [p.name for p in compose(wish.brief).parts]
    assert tuple(name for name in played if name in wish.parts) == parts or played == list(parts)


def test_what_plays_along_takes_the_chords_of_a_place_and_the_tempo_of_the_track() -> None:
    wish = accompaniment(record(), "drum groove at 92", 16.0, 24.0)
    assert (wish.brief.bars, wish.brief.chords) == (4, LOOP)
    assert wish.brief.bpm == 120.0
    assert wish.notes == ("It keeps to the track's 120 BPM, so that it fits; at 92 it would not.",)
    assert accompaniment(record(), "drum groove at 60").notes == ()
