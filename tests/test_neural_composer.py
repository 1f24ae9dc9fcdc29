"""The neural composer: whatever its net thinks, what was asked is written.

Most tests use a net that has learnt nothing and so would write anything: what holds for it, the
frame holds, not the training.
"""

import time
from itertools import pairwise

import pytest
import torch

from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.neural import METERS, TRANSFORMER, bundled, compose_neural, obstacle
from tools.composing.orchestra import compass
from tools.composing.score import Score, ScoreNote, ScorePart
from tools.composing.tokens import WORDS
from tools.composing.voicing import SATB
from tools.errors import Cancelled, MusicToolError
from tools.nets.music_transformer import MusicTransformer, Shape, untrained
from tools.score_files import score_midi, score_musicxml, score_notes
from tools.theory import parse_chord, pitch_class

TURN = ("D:min7", "G:7", "C:maj7", "A:min7")
VOICES = ("soprano", "alto", "tenor", "bass")
LEARNT = [(style, meter) for style, meters in METERS.items() for meter in meters]


@pytest.fixture(scope="module")
def fool() -> MusicTransformer:
    """A net that knows nothing, with a context so short that most pieces outgrow it."""
    return untrained(Shape(len(WORDS), 16, 1, 2, 64), 3)


def top(score: Score) -> tuple[ScoreNote, ...]:
    return score.parts[0].notes


def own(score: Score) -> list[ScorePart]:
    """Return the parts that the net wrote."""
    first = score.parts[0]
    return list(score.parts[:4]) if first.name == "soprano" else [first]


def seconds(score: Score) -> float:
    return score.length * score.quarter


def sounding(score: Score, name: str, place: float) -> int | None:
    (part,) = [part for part in score.parts if part.name == name]
    found = [n for n in part.notes if n.start - 1e-6 <= place < n.start + n.duration - 1e-6]
    return found[-1].pitch if found else None


# ---- whatever the net thinks --------------------------------------------------------------------


@pytest.mark.parametrize(("style", "meter"), LEARNT)
@pytest.mark.parametrize(("tonic", "mode"), [("Eb", "major"), ("F#", "minor")])
def test_key_meter_and_length_are_as_asked(
    fool: MusicTransformer, style: str, meter: str, tonic: str, mode: str
) -> None:
    brief = Brief(style=style, meter=meter, tonic=tonic, mode=mode, seconds=21.0, bpm=88.0)
    score = compose_neural(brief, fool)
    assert (score.tonic, score.mode, score.meter, score.bpm) == (tonic, mode, meter, 88.0)
    assert score.composer == TRANSFORMER.signature
    assert abs(seconds(score) - 21.0) <= score.bar * score.quarter
    for chord in (score.chords[0], score.chords[-1]):
        parsed = parse_chord(chord.label)
        assert (parsed.root_pc, parsed.third) == (pitch_class(tonic), 4 if mode == "major" else 3)
    before = parse_chord(score.chords[-2].label)
    assert before.root_pc == (pitch_class(tonic) + 7) % 12
    finals = [part.notes[-1].pitch for part in own(score)]
    assert finals[-1] % 12 == pitch_class(tonic)
    assert {pitch % 12 for pitch in finals} <= set(
        parse_chord(score.chords[-1].label).pitch_classes
    )


@pytest.mark.parametrize(("style", "meter"), LEARNT)
def test_every_bar_of_every_voice_is_full(fool: MusicTransformer, style: str, meter: str) -> None:
    score = compose_neural(Brief(style=style, meter=meter, bars=6, seed=4), fool)
    for part in own(score):
        ends = [n.start + n.duration / 0.97 for n in part.notes]
        assert part.notes[0].start == 0.0
        assert [n.start for n in part.notes[1:]] == pytest.approx(ends[:-1])
        assert ends[-1] == pytest.approx(6 * score.bar)
        assert part.notes[-1].start == pytest.approx(5 * score.bar)
        assert all((4 * n.start) % 1 < 1e-6 for n in part.notes)


@pytest.mark.parametrize("bars", [1, 2, 3, 17])
@pytest.mark.parametrize("style", METERS)
def test_bars_decide_over_seconds(fool: MusicTransformer, style: str, bars: int) -> None:
    score = compose_neural(Brief(style=style, bars=bars, seconds=100.0), fool)
    assert score.length == pytest.approx(bars * score.bar, abs=0.2)


@pytest.mark.parametrize("style", METERS)
@pytest.mark.parametrize("seed", range(3))
def test_voices_keep_their_compass_and_their_order(
    fool: MusicTransformer, style: str, seed: int
) -> None:
    tonic = ("C", "F#", "Ab")[seed]
    score = compose_neural(Brief(style=style, tonic=tonic, bars=8, seed=seed), fool)
    for part in score.parts:
        low, high = compass(part.instrument)
        assert all(low <= note.pitch <= high for note in part.notes), part.name
    if style == "chorale":
        for part, (low, high) in zip(score.parts, SATB[::-1], strict=True):
            assert all(low <= note.pitch <= high for note in part.notes), part.name
        for note in top(score):
            heard = [sounding(score, name, note.start) or 0 for name in VOICES]
            assert heard == sorted(heard, reverse=True)


def test_untaught_voices_still_move_in_hardly_any_parallels(fool: MusicTransformer) -> None:
    score = compose_neural(Brief(style="chorale", bars=32, seed=2), fool)
    places = [k / 4 for k in range(round(4 * (score.length - 0.2)))]
    lines = [[sounding(score, name, place) or 0 for place in places] for name in VOICES]
    moves = faults = 0
    for k, upper in enumerate(lines):
        for lower in lines[k + 1 :]:
            for (a, b), (c, d) in pairwise(zip(upper, lower, strict=True)):
                moved = a and b and c and d and a != c and b != d
                moves += bool(moved)
                faults += bool(moved and (a - b) % 12 in (0, 7) and (a - b) % 12 == (c - d) % 12)
    assert moves > 100
    assert faults / moves < 0.02


# ---- chords -------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["folk", "classical"])
@pytest.mark.parametrize("chord_bars", [0.5, 1.0, 2.0])
def test_a_tune_keeps_to_given_chords(
    fool: MusicTransformer, style: str, chord_bars: float
) -> None:
    brief = Brief(style=style, chords=TURN, chord_bars=chord_bars, bars=8, meter="4/4", seed=5)
    score = compose_neural(brief, fool)
    span = chord_bars * score.bar
    assert [(c.start, c.label) for c in score.chords] == [
        (k * span, TURN[k % 4]) for k in range(round(8 / chord_bars))
    ]
    strong = [n for n in top(score) if n.start % 2 == 0 or n.start % span == 0]
    assert len(strong) >= 8
    for note in strong:
        label = TURN[int((note.start + 1e-6) // span) % 4]
        assert note.pitch % 12 in parse_chord(label).pitch_classes


@pytest.mark.parametrize("turn", [TURN, ("Eb:maj/3", "Bb:7/5", "C:min", "F:hdim7")])
def test_a_choir_sings_given_chords(fool: MusicTransformer, turn: tuple[str, ...]) -> None:
    score = compose_neural(Brief(style="chorale", chords=turn, bars=8, seed=6), fool)
    assert [c.label for c in score.chords] == [turn[k % 4] for k in range(8)]
    for chord in score.chords:
        parsed = parse_chord(chord.label)
        heard = {(sounding(score, name, chord.start) or 0) % 12 for name in VOICES}
        assert heard <= set(parsed.pitch_classes)
        assert (parsed.root_pc + (parsed.third or 0)) % 12 in heard
        assert (sounding(score, "bass", chord.start) or 0) % 12 == pitch_class(parsed.bass)


def test_where_there_is_no_chord_nobody_plays(fool: MusicTransformer) -> None:
    for style in METERS:
        score = compose_neural(Brief(style=style, chords=("C:maj", "N"), bars=6, seed=1), fool)
        for part in score.parts:
            assert part.notes
            assert not [n for n in part.notes if (n.start // score.bar) % 2 == 1], part.name


def test_sections_of_a_chorale_begin_on_the_tonic(fool: MusicTransformer) -> None:
    score = compose_neural(Brief(style="chorale", tonic="G", mode="minor", bars=16, seed=3), fool)
    assert len(score.sections) > 1
    for section in score.sections:
        (chord,) = [c for c in score.chords if c.start <= section.start < c.start + c.duration]
        assert chord.label == "G:min"
        assert {(sounding(score, v, section.start) or 0) % 12 for v in VOICES} <= {7, 10, 2}
        assert (sounding(score, "bass", section.start) or 0) % 12 == 7


def test_sections_of_one_name_share_their_tune(fool: MusicTransformer) -> None:
    score = compose_neural(Brief(style="folk", form="AABA", bars=16, meter="3/4", seed=8), fool)
    assert [section.label for section in score.sections] == ["A", "A", "B", "A"]
    starts = [(n.start, n.pitch) for n in top(score)]
    first, second, bridge = (
        [(start - begin, pitch) for start, pitch in starts if begin <= start < begin + 12]
        for begin in (0, 12, 24)
    )
    assert first == second != bridge


# ---- players ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [("flute",), ("piano",), ("violin", "cello"), ("oboe", "harp", "bass", "drums"),
     ("violin", "viola", "cello", "oboe", "flute", "horn")],
    ids="+".join,
)  # fmt: skip
@pytest.mark.parametrize("style", METERS)
def test_those_play_who_were_asked(
    fool: MusicTransformer, style: str, asked: tuple[str, ...]
) -> None:
    score = compose_neural(Brief(style=style, instruments=asked, bars=4, seed=2), fool)
    assert {part.instrument for part in score.parts} == set(asked)
    for part in score.parts:
        low, high = (0, 127) if part.is_drums else compass(part.instrument)
        assert part.notes
        assert all(low <= n.pitch <= high for n in part.notes), part.name


def test_whoever_doubles_a_voice_doubles_the_nets(fool: MusicTransformer) -> None:
    players = ("violin", "viola", "cello", "oboe", "flute", "horn")
    score = compose_neural(Brief(style="chorale", instruments=players, bars=8, seed=2), fool)
    lines = {part.name: [(n.start, n.pitch % 12) for n in part.notes] for part in score.parts}
    doubling = [name for name in lines if name not in VOICES]
    assert len(doubling) == 2
    for name in doubling:
        assert lines[name] == lines[name.split()[0]]


def test_who_is_excluded_never_plays(fool: MusicTransformer) -> None:
    brief = Brief(style="folk", without=("guitar", "recorder", "flute", "bass"), bars=4)
    names = {part.instrument for part in compose_neural(brief, fool).parts}
    assert names
    assert not [name for name in names if any(word in name for word in brief.without)]


@pytest.mark.parametrize(
    ("brief", "reason"),
    [
        (Brief(style="jazz"), "folk, chorale, classical, not jazz"),
        (Brief(style="chorale", meter="6/8"), "chorale in 4/4, 3/4, not in 6/8"),
        (Brief(style="folk", instruments=("drums",)), "add one such as flute"),
        (Brief(style="folk", instruments=("double bass",)), "add one such as flute"),
        (Brief(style="chorale", instruments=("drums",)), "add one such as flute"),
    ],
)
def test_what_was_not_learnt_is_refused_before_anything_is_read(brief: Brief, reason: str) -> None:
    assert reason in (obstacle(brief) or "")
    with pytest.raises(MusicToolError, match=reason):
        compose_neural(brief)
    assert obstacle(Brief()) is None


# ---- the committed net --------------------------------------------------------------------------


@pytest.mark.parametrize("style", METERS)
def test_a_seed_is_a_piece(style: str) -> None:
    briefs = [Brief(style=style, tonic="D", mode="minor", bars=4, seed=s) for s in (1, 1, 2, 3, -1)]
    pieces = [compose_neural(brief) for brief in briefs]
    assert pieces[0] == pieces[1]
    assert len({tuple((n.start, n.pitch) for n in top(piece)) for piece in pieces}) == 4


def test_the_net_differs_from_the_rules() -> None:
    brief = Brief(style="folk", tonic="G", mode="major", bars=8, seed=3)
    ours, rules = compose_neural(brief), compose(brief)
    assert ours.parts[1:] == rules.parts[1:]
    assert top(ours) != top(rules)


def test_half_a_minute_takes_a_few_seconds() -> None:
    bundled()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        began = time.process_time()
        score = compose_neural(Brief(style="chorale", seconds=30.0, bpm=80.0, seed=4))
        assert time.process_time() - began < 6.0
    finally:
        torch.set_num_threads(threads)
    assert seconds(score) > 28.0


def test_progress_is_told_and_can_stop_the_work(fool: MusicTransformer) -> None:
    told: list[float] = []
    compose_neural(Brief(style="chorale", bars=4), fool, told.append)
    assert told == sorted(told)
    assert len(told) == 5
    assert told[-1] == 1.0

    def stop(fraction: float) -> None:
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        compose_neural(Brief(style="chorale", bars=4), fool, stop)


def test_its_scores_become_annotations_and_files() -> None:
    score = compose_neural(Brief(style="chorale", tonic="Bb", mode="minor", bars=4, title="Abend"))
    written = score_notes(score)
    assert (written.key.tonic, written.key.mode) == ("Bb", "minor")
    assert written.tempo.bpm == score.bpm
    assert len(written.notes.pitches) == sum(len(part.notes) for part in score.parts)
    assert score_midi(score)[:4] == b"MThd"
    assert "Abend" in str(score_musicxml(score))


def test_density_is_the_tunes() -> None:
    counts = [
        sum(
            len(top(compose_neural(Brief(style="folk", bars=4, meter="4/4", density=d, seed=s))))
            for s in range(4)
        )
        for d in (0.1, 0.9)
    ]
    assert counts[0] < counts[1]
