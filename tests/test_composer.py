"""The composer of rules: what is asked is written, whatever the style, the meter and the seed."""

from dataclasses import replace
from itertools import pairwise

import mir_eval
import numpy as np
import pytest

from tools.composing.brief import FORMS, METERS, MOODS, STYLES, Brief
from tools.composing.composer import COMPOSER, compose
from tools.composing.orchestra import compass
from tools.composing.score import Score
from tools.errors import Cancelled, MusicToolError
from tools.general_midi import program_of
from tools.theory import diatonic_chords, parse_chord, pitch_class

TURN = ("D:min7", "G:7", "C:maj7", "A:min7/b3")


def seconds(score: Score) -> float:
    return score.length * score.quarter


def instruments(score: Score) -> set[str]:
    return {part.instrument for part in score.parts}


def sounding(score: Score, name: str, start: float, end: float) -> set[int]:
    """Return the pitch classes that a part begins in a stretch of quarter notes."""
    (part,) = [part for part in score.parts if part.name == name]
    return {n.pitch % 12 for n in part.notes if start - 1e-6 <= n.start < end - 1e-6}


# ---- whatever is asked --------------------------------------------------------------------------


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("style", STYLES)
def test_every_style_plays_in_every_meter(style: str, meter: str) -> None:
    score = compose(Brief(style=style, meter=meter, seconds=17.0, seed=len(style)))
    assert score.meter == meter
    assert abs(seconds(score) - 17.0) <= score.bar * score.quarter
    for part in score.parts:
        assert part.notes, part.name
        assert [n.start for n in part.notes] == sorted(n.start for n in part.notes)
        if not part.is_drums:
            low, high = compass(part.instrument)
            assert all(low <= note.pitch <= high for note in part.notes), part.name


@pytest.mark.parametrize("meter", METERS)
def test_what_happens_in_a_bar_happens_on_its_first_beat(meter: str) -> None:
    score = compose(Brief(style="rock", meter=meter, bars=8, seed=3))
    for name in ("chords", "bass", "drums"):
        (part,) = [part for part in score.parts if part.name == name]
        starts = {round(note.start, 6) for note in part.notes}
        assert all(round(bar * score.bar, 6) in starts for bar in range(8)), name
    (drums,) = [part for part in score.parts if part.is_drums]
    kicks = {round(n.start, 6): n.velocity for n in drums.notes if n.pitch == 36}
    loudest = max(kicks.values())
    assert all(kicks[round(bar * score.bar, 6)] >= loudest - 8 for bar in range(8))


@pytest.mark.parametrize(
    ("tonic", "mode"), [("Bb", "major"), ("F#", "minor"), ("C", "minor"), ("E", "major")]
)
@pytest.mark.parametrize("style", ["pop", "jazz", "classical", "chorale"])
def test_the_key_is_stated_at_both_ends(tonic: str, mode: str, style: str) -> None:
    score = compose(Brief(tonic=tonic, mode=mode, style=style, bars=16, seed=7))
    assert (score.tonic, score.mode) == (tonic, mode)
    for chord in (score.chords[0], score.chords[-1]):
        parsed = parse_chord(chord.label)
        assert parsed.root_pc == pitch_class(tonic)
        assert parsed.third == (4 if mode == "major" else 3)
    lowest = min(
        note.pitch
        for part in score.parts
        for note in part.notes
        if not part.is_drums and note.start >= 15 * score.bar - 1e-6
    )
    assert lowest % 12 == pitch_class(tonic)


def test_a_piece_of_folk_keeps_to_its_scale() -> None:
    score = compose(Brief(tonic="D", mode="major", style="folk", bars=16, seed=1))
    scale = {
        pc for label in diatonic_chords("D", "major") for pc in parse_chord(label).pitch_classes
    }
    assert {n.pitch % 12 for p in score.parts for n in p.notes} <= scale


@pytest.mark.parametrize(("bpm", "meter"), [(61.0, "4/4"), (93.5, "6/8"), (210.0, "7/8")])
def test_the_tempo_is_the_one_asked_for(bpm: float, meter: str) -> None:
    score = compose(Brief(bpm=bpm, meter=meter, seconds=30.0))
    assert score.bpm == bpm
    assert abs(seconds(score) - 30.0) <= score.bar * score.quarter


def test_bars_decide_over_seconds() -> None:
    score = compose(Brief(bars=7, seconds=100.0))
    assert score.length == pytest.approx(7 * score.bar)


@pytest.mark.parametrize("length", [2.0, 5.0, 31.0, 600.0])
def test_the_length_is_within_a_bar(length: float) -> None:
    score = compose(Brief(seconds=length, style="classical", seed=4))
    assert abs(seconds(score) - length) <= score.bar * score.quarter


# ---- chords -------------------------------------------------------------------------------------


@pytest.mark.parametrize("chord_bars", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("meter", ["4/4", "3/4", "7/8"])
def test_given_chords_are_followed(meter: str, chord_bars: float) -> None:
    brief = Brief(chords=TURN, chord_bars=chord_bars, bars=8, meter=meter, style="pop", seed=2)
    score = compose(brief)
    count = round(8 / chord_bars)
    span = chord_bars * score.bar
    wanted = np.array([[k * span, (k + 1) * span] for k in range(count)])
    labels = [TURN[k % len(TURN)] for k in range(count)]
    written = np.array([[c.start, c.start + c.duration] for c in score.chords])
    scores = mir_eval.chord.evaluate(wanted, labels, written, [c.label for c in score.chords])
    assert scores["sevenths_inv"] == pytest.approx(1.0)
    for (start, end), label in zip(wanted, labels, strict=True):
        chord = parse_chord(label)
        assert sounding(score, "chords", start, end) == set(chord.pitch_classes)
        (bass,) = [part for part in score.parts if part.name == "bass"]
        first = next(n for n in bass.notes if n.start >= start - 1e-6)
        assert first.start == pytest.approx(start)
        assert first.pitch % 12 == pitch_class(chord.bass)


def test_chords_without_a_key_say_which() -> None:
    assert (lambda s: (s.tonic, s.mode))(compose(Brief(chords=TURN[:3]))) == ("C", "major")
    minor = compose(Brief(chords=("A:min", "D:min", "E:7", "A:min")))
    assert (minor.tonic, minor.mode) == ("A", "minor")


def test_where_there_is_no_chord_no_pitch_begins() -> None:
    score = compose(Brief(chords=("C:maj", "N"), bars=4, style="rock"))
    for part in score.parts:
        silent = [n for n in part.notes if (n.start // score.bar) % 2 == 1]
        assert part.is_drums == bool(silent), part.name


@pytest.mark.parametrize("label", ["E:7(#9)", "F#:hdim7", "Ab:13", "B:5", "G:sus4(b7)", "C:aug"])
def test_uncommon_chords_can_be_played(label: str) -> None:
    score = compose(Brief(chords=(label,), bars=2, style="jazz"))
    heard = sounding(score, "chords", 0.0, score.length)
    assert heard <= set(parse_chord(label).pitch_classes)
    assert parse_chord(label).root_pc in heard


@pytest.mark.parametrize("style", STYLES)
def test_outer_voices_of_the_chords_move_in_no_parallel_fifths(style: str) -> None:
    for mode in ("major", "minor"):
        score = compose(Brief(style=style, mode=mode, bars=16, seed=11))
        for (low, high), (next_low, next_high) in pairwise(outer_voices(score)):
            fifths = (high - low) % 12 == 7 and (next_high - next_low) % 12 == 7
            assert not (fifths and low != next_low and high != next_high)


def outer_voices(score: Score) -> list[tuple[int, int]]:
    """Return the lowest and highest note that the chords' players begin with each chord."""
    names = ("chords", "bass", "tenor", "alto", "soprano")
    wanted = names[:1] if score.parts[0].name != "soprano" else names[1:]
    starts = [
        [n.pitch for p in score.parts for n in p.notes if p.name in wanted and n.start == c.start]
        for c in score.chords
    ]
    return [(min(pitches), max(pitches)) for pitches in starts if pitches]


# ---- players ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        ("piano",),
        ("flute",),
        ("drums",),
        ("bass", "drums"),
        ("violin", "cello"),
        ("slap bass", "electric guitar", "drums", "organ"),
        ("flute", "oboe", "clarinet", "bassoon", "horn"),
        ("strings", "choir", "pad", "harp"),
        ("double bass", "tuba", "bass"),
        ("piccolo", "celesta"),
    ],
    ids="+".join,
)
@pytest.mark.parametrize("style", ["pop", "chorale", "ambient"])
def test_those_play_who_were_asked_and_nobody_else(asked: tuple[str, ...], style: str) -> None:
    score = compose(Brief(instruments=asked, style=style, bars=8, seed=5))
    assert instruments(score) == set(asked)
    for part in score.parts:
        low, high = (0, 127) if part.is_drums else compass(part.instrument)
        assert part.notes
        assert all(low <= note.pitch <= high for note in part.notes), part.name


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("unwanted", ["drums", "bass", "guitar", "piano", "choir"])
def test_who_is_excluded_never_plays(style: str, unwanted: str) -> None:
    score = compose(Brief(style=style, without=(unwanted,), bars=4, seed=6))
    for name in instruments(score):
        assert unwanted not in name
        assert unwanted == "drums" or name == "drums" or program_of(name) != program_of(unwanted)


def test_exclusion_outweighs_a_wish() -> None:
    score = compose(Brief(instruments=("piano", "drums"), without=("drums",), bars=4))
    assert instruments(score) == {"piano"}
    with pytest.raises(MusicToolError, match="leave at least one"):
        compose(Brief(instruments=("piano",), without=("piano",)))


# ---- seeds, moods, forms ------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES)
def test_a_seed_is_a_piece(style: str) -> None:
    pieces = [compose(Brief(style=style, seconds=20.0, seed=seed)) for seed in (1, 1, 2, -1)]
    assert pieces[0] == pieces[1]
    brief = Brief(style=style, tonic="C", mode="major", bpm=100.0, bars=8)
    tunes = [compose(replace(brief, seed=seed)).parts[0].notes for seed in range(6)]
    assert len(set(tunes)) == 6
    assert len({piece.parts for piece in pieces}) == 3


def test_moods_bend_the_piece() -> None:
    def loudness(mood: str) -> float:
        score = compose(Brief(mood=mood, style="pop", bars=8))
        return float(np.mean([n.velocity for p in score.parts for n in p.notes]))

    for seed in range(4):
        sad, happy = (compose(Brief(mood=m, style="pop", seed=seed)) for m in ("sad", "happy"))
        assert (sad.mode, happy.mode) == ("minor", "major")
        assert sad.bpm < happy.bpm
    assert loudness("calm") < loudness("energetic")
    assert {compose(Brief(mood=mood, bars=2)).composer for mood in MOODS} == {COMPOSER.signature}


def test_density_adds_notes_to_the_tune() -> None:
    counts = [
        sum(
            len(compose(Brief(style="folk", bars=8, density=d, seed=s)).parts[0].notes)
            for s in range(5)
        )
        for d in (0.0, 0.5, 1.0)
    ]
    assert counts[0] < counts[1] < counts[2]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bars", [1, 3, 8, 32, 45])
def test_sections_fill_the_piece(form: str, bars: int) -> None:
    score = compose(Brief(form=form, bars=bars, style="pop"))
    ends = [0.0, *(s.start + s.duration for s in score.sections)]
    assert [s.start for s in score.sections] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(bars * score.bar)
    for spans in (score.chords, score.sections):
        assert sum(span.duration for span in spans) == pytest.approx(bars * score.bar)


def test_a_section_that_returns_brings_its_tune() -> None:
    score = compose(Brief(form="AABA", bars=32, style="folk", seed=8))
    assert [section.label for section in score.sections] == ["A", "A", "B", "A"]
    first, second, bridge, _ = (
        [(n.start - s.start, n.pitch) for n in score.parts[0].notes if 0 <= n.start - s.start < 24]
        for s in score.sections
    )
    assert first[4:] == second[4:]
    assert first != bridge


def test_jazz_swings_and_rock_does_not() -> None:
    def offbeats(style: str) -> set[float]:
        score = compose(Brief(style=style, bars=8, seed=1))
        return {round(n.start % 1, 3) for p in score.parts for n in p.notes}

    assert 0.5 in offbeats("rock")
    assert 0.64 in offbeats("jazz")
    assert 0.5 not in offbeats("jazz")


def test_progress_is_told_and_can_stop_the_work() -> None:
    told: list[float] = []
    compose(Brief(bars=4), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        compose(Brief(bars=4), stop)
