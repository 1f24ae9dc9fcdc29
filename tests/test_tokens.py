"""Tokens: a score survives them, whatever its key, and a net never sees which key it was."""

from dataclasses import replace

import pytest

from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart, ScoreSection
from tools.composing.tokens import (
    DURATIONS,
    HEADER,
    STYLES,
    TEMPOS,
    TICKS,
    TOKEN,
    VOICES,
    WORDS,
    Heading,
    bar_token,
    chord_token,
    decode,
    density_class,
    encode,
    home_shift,
    nearest_duration,
    tempo_class,
)
from tools.errors import AnnotationError
from tools.theory import pitch_class


def chorale(tonic: str, mode: str, meter: str = "4/4", seed: int = 1) -> Score:
    return compose(
        Brief(style="chorale", tonic=tonic, mode=mode, meter=meter, bars=6, bpm=70.0, seed=seed)
    )


def plain(score: Score) -> dict[str, list[tuple[float, float, int]]]:
    """Return the notes of each part, their durations as the words have them."""
    return {
        part.name: [
            (n.start, nearest_duration(n.duration * TICKS) / TICKS, n.pitch) for n in part.notes
        ]
        for part in score.parts
    }


def test_every_word_is_there_once() -> None:
    assert len(set(WORDS)) == len(WORDS) == len(TOKEN)
    assert [WORDS[TOKEN[word]] for word in WORDS] == list(WORDS)


@pytest.mark.parametrize(
    ("tonic", "mode"),
    [("C", "major"), ("A", "minor"), ("Eb", "major"), ("F#", "minor"), ("B", "major")],
)
@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8"])
def test_a_score_survives_its_tokens(tonic: str, mode: str, meter: str) -> None:
    score = chorale(tonic, mode, meter)
    found = decode(encode(score, "chorale"), tonic, 70.0)
    assert plain(found) == plain(score)
    assert (found.tonic, found.mode, found.meter, found.bpm) == (tonic, mode, meter, 70.0)
    roots = [(c.start, pitch_class(c.label.split(":")[0])) for c in score.chords]
    changes = [c for k, c in enumerate(roots) if not k or c[1] != roots[k - 1][1]]
    kept = [(c.start, pitch_class(c.label.split(":")[0])) for c in found.chords]
    assert [c for k, c in enumerate(kept) if not k or c[1] != kept[k - 1][1]] == changes


@pytest.mark.parametrize("seed", range(3))
def test_tokens_survive_their_score(seed: int) -> None:
    row = encode(chorale("G", "major", seed=seed), "chorale", "slow")
    again = decode(row, "C", 70.0)
    assert encode(again, "chorale", "slow") == row


def test_no_token_tells_the_key() -> None:
    home = chorale("C", "major")
    shift = home_shift("Ab", "major")
    moved = replace(
        home,
        tonic="Ab",
        parts=tuple(
            replace(p, notes=tuple(replace(n, pitch=n.pitch + shift) for n in p.notes))
            for p in home.parts
        ),
        chords=tuple(ScoreChord(c.start, c.duration, _up(c.label, shift)) for c in home.chords),
    )
    assert encode(moved, "chorale") == encode(home, "chorale")


def _up(label: str, shift: int) -> str:
    names = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
    root, _, rest = label.partition(":")
    return f"{names[(pitch_class(root) + shift) % 12]}:{rest.partition('/')[0]}"


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_keys_move_by_the_shorter_way(mode: str) -> None:
    names = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    shifts = [home_shift(name, mode) for name in names]
    assert sorted(shifts) == list(range(-5, 7))
    assert home_shift("C" if mode == "major" else "A", mode) == 0


def test_an_upbeat_and_the_last_bars_are_told() -> None:
    words = [WORDS[bar_token(k, 6, has_upbeat=True)] for k in range(6)]
    assert words == ["bar upbeat", "bar", "bar", "bar third last", "bar second last", "bar last"]
    assert WORDS[bar_token(0, 1)] == "bar last"


def test_rich_chords_become_their_nearest_kin() -> None:
    assert WORDS[chord_token("G:13", "C")] == "chord 7 7"
    assert WORDS[chord_token("A:minmaj7", "A")] == "chord 0 min"
    assert WORDS[chord_token("N", "C")] == "chord none"
    assert WORDS[chord_token("F#:hdim7", "E")] == "chord 2 hdim7"


def test_classes_have_their_bounds() -> None:
    assert [tempo_class(q) for q in (60, 100, 160)] == list(TEMPOS[1:])
    assert [density_class("folk", d) for d in (1.0, 1.8, 3.0)] == ["sparse", "middle", "busy"]
    assert all(nearest_duration(d) == d for d in DURATIONS)
    with pytest.raises(AnnotationError, match="'jazz' is not one of"):
        Heading("jazz", "major", "4/4")


def test_a_pitch_without_a_word_is_refused() -> None:
    high = VOICES["soprano"][1] + 1
    part = ScorePart("soprano", "choir", (ScoreNote(0.0, 1.0, high),))
    score = Score("C", "major", 80.0, "4/4", (part,), (), (ScoreSection(0.0, 4.0, "A"),), "x")
    with pytest.raises(AnnotationError, match="beyond"):
        encode(score, "chorale")


def test_rows_that_are_no_piece_are_refused() -> None:
    row = encode(chorale("C", "major"), STYLES[0])
    with pytest.raises(AnnotationError, match="tokens of a piece begin"):
        decode(row[1:], "C", 80.0)
    with pytest.raises(AnnotationError, match="before the first bar"):
        decode([*row[:HEADER], *row[HEADER + 1 :]], "C", 80.0)
    cut = next(k for k, token in enumerate(row) if WORDS[token].startswith("dur "))
    with pytest.raises(AnnotationError, match="no duration"):
        decode(row[:cut], "C", 80.0)
