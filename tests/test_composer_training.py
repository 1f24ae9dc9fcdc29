"""Training of the neural composer: from music21's scores to tokens, a net and its figures."""

import logging
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from tools.composing.neural import bundled
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart, ScoreSection
from tools.composing.tokens import CHORALE, HEADER, TOKEN, WORDS, decode, encode
from tools.composing.training import evaluate, prepare
from tools.composing.training.figures import figures
from tools.composing.training.labels import chords_of_tune, chords_of_voices, key_of_notes
from tools.composing.training.markov import Markov
from tools.composing.training.train import Corpus, held_out_loss, load_corpus, packed, train
from tools.nets.music_transformer import Shape, load, untrained

HELD_OUT = "bach/bwv6.6/0"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Eleven chorales as `prepare` writes them, two of them held out."""
    out = tmp_path_factory.mktemp("tokens") / "bach.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(prepare.SOURCES, "bach", "bach/bwv6*.mxl")
        patch.setattr("sys.argv", ["prepare", str(out), "--only", "bach"])
        logging.getLogger(prepare.__name__).setLevel(logging.ERROR)
        prepare.main()
    yield out


@pytest.fixture(scope="module")
def corpus(tokens: Path) -> Corpus:
    return load_corpus([tokens])


def score_of(*voices: tuple[int, ...], chords: tuple[str, ...] = ()) -> Score:
    """Return a score in quarters, its voices from the highest down."""
    names = CHORALE if len(voices) == 4 else ("melody",)
    parts = tuple(
        ScorePart(name, "choir", tuple(ScoreNote(float(k), 1.0, p) for k, p in enumerate(line)))
        for name, line in zip(names, voices, strict=True)
    )
    told = tuple(ScoreChord(float(k), 1.0, label) for k, label in enumerate(chords))
    length = float(len(voices[0]))
    return Score("C", "major", 80.0, "4/4", parts, told, (ScoreSection(0.0, length, "A"),), "me")


# ---- preparation --------------------------------------------------------------------------------


def test_chorales_become_rows_that_decode(tokens: Path, corpus: Corpus) -> None:
    with np.load(tokens) as file:
        names = [str(name) for name in file["names"]]
    assert HELD_OUT in names
    assert len(corpus.held_out["chorale"]) == 2
    assert len(corpus.training["chorale"]) == len(names) - 2 >= 8
    for row in corpus.training["chorale"]:
        words = [WORDS[token] for token in row]
        assert words[:2] == ["begin", "style chorale"]
        assert words[-1] == "end"
        mode = words[2].split()[1]
        score = decode(row.tolist(), "C" if mode == "major" else "A", 80.0)
        assert tuple(part.name for part in score.parts) == CHORALE


def test_a_chorale_in_f_sharp_minor_is_read_in_a_minor(tokens: Path) -> None:
    with np.load(tokens) as file:
        place = file["names"].tolist().index("bach/bwv66.6/0")
        row = np.split(file["tokens"], file["ends"])[place]
    assert WORDS[row[2]] == "mode minor"
    soprano = decode(row.tolist(), "A", 80.0).parts[0].notes
    assert [note.pitch for note in soprano[:6]] == [76, 74, 72, 74, 76, 79]
    assert [note.duration for note in soprano[:6]] == [0.5, 0.5, 1, 1, 1, 1]
    assert soprano[0].start == 3.0  # an upbeat


def test_keys_and_chords_are_named_by_ear() -> None:
    triads = [(72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (72, 67, 64, 48)]
    notes = [ScoreNote(float(k), 1.0, pitch) for k, triad in enumerate(triads) for pitch in triad]
    assert key_of_notes(notes) == ("C", "major")
    labels = [chord.label for chord in chords_of_voices(notes, 4.0, 1.0)]
    assert labels == ["C:maj", "F:maj", "G:maj", "C:maj"]
    tune = [ScoreNote(4.0 * k, 4.0, pitch) for k, pitch in enumerate((64, 65, 71, 60))]
    told = [chord.label for chord in chords_of_tune(tune, 0, "major", "4/4", 16.0)]
    assert told[0] == told[-1] == "C:maj"
    assert "G:maj" in told


# ---- training -----------------------------------------------------------------------------------


def test_rows_are_packed_without_a_gap(corpus: Corpus) -> None:
    rows = list(islice(packed(corpus, 128, np.random.default_rng(1)), 20))
    assert {len(row) for row in rows} == {128}
    assert all((row > 0).all() for row in rows)
    begins = sum(int((row == TOKEN["begin"]).sum()) for row in rows)
    assert begins >= 2


def test_training_lowers_the_loss_and_tells_its_curve(corpus: Corpus, tmp_path: Path) -> None:
    shape = Shape(len(WORDS), 32, 1, 2, 96)
    small = Corpus(corpus.training, {"chorale": corpus.held_out["chorale"], "folk": []})
    before = held_out_loss(untrained(shape), corpus.held_out["chorale"])
    train(small, shape, 1.5, tmp_path)
    net = load(tmp_path / "music-transformer.safetensors")
    assert held_out_loss(net, corpus.held_out["chorale"]) < before - 1.0
    lines = (tmp_path / "curve.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["seconds", "step", "training", "chorale", "folk"]
    assert int(lines[-1].split("\t")[1]) > 10


# ---- figures ------------------------------------------------------------------------------------


def test_the_committed_net_foretells_bach_better_than_a_markov_chain(corpus: Corpus) -> None:
    own, baseline = evaluate.losses(
        bundled(), corpus.training["chorale"], corpus.held_out["chorale"]
    )
    assert own < 1.0
    assert own < 0.5 * baseline


def test_the_net_minds_a_wrong_note(corpus: Corpus) -> None:
    row = corpus.held_out["chorale"][0].copy()
    inner = [k for k in range(HEADER, 300) if WORDS[row[k]].startswith("alto ")]
    wrong = row.copy()
    wrong[inner[3::4]] += 1  # every fourth note of the alto a semitone higher
    assert held_out_loss(bundled(), [wrong]) > held_out_loss(bundled(), [row]) + 0.1


def test_a_markov_chain_knows_what_it_met(tmp_path: Path) -> None:
    opening = list(range(HEADER))
    chain = Markov.of([[*opening, 50, 51, 52, 50, 51, 53, 2]])
    odds = [chain.probability([50, 51], token) for token in range(len(WORDS))]
    assert sum(odds) == pytest.approx(1.0)
    assert odds[52] == odds[53] > 10 * odds[54] > 0
    chain.save(tmp_path / "markov.npz")
    again = Markov.load(tmp_path / "markov.npz")
    for context in ([50, 51], [51, 52], [7, 7]):
        assert again.probability(context, 52) == pytest.approx(chain.probability(context, 52))
    nats, count = chain.loss([*opening, 50, 51, 52])
    assert (count, nats > 0) == (3, True)


def test_kin_are_told_from_strangers() -> None:
    rng = np.random.default_rng(4)
    tunes = [tuple(int(p) for p in 67 + rng.integers(-7, 8, 40)) for _ in range(2)]
    rows = [torch.tensor(encode(_tune(tune), "folk")).numpy() for tune in tunes]
    moved = torch.tensor(encode(_tune(tuple(p + 2 for p in tunes[0])), "folk")).numpy()
    assert evaluate.strangers([moved], rows) == [rows[1]]


def _tune(pitches: tuple[int, ...]) -> Score:
    notes = tuple(ScoreNote(k / 2, 0.5, pitch) for k, pitch in enumerate(pitches))
    part = ScorePart("tune", "flute", notes)
    return Score("C", "major", 80.0, "4/4", (part,), (), (), "me")


def test_figures_count_what_they_say() -> None:
    fifths = score_of(
        (72, 74, 76, 77), (67, 67, 67, 69), (60, 62, 64, 60), (53, 55, 57, 53),
        chords=("F:maj", "G:maj", "A:min", "F:maj"),
    )  # fmt: skip
    told = figures([fifths])
    assert told.density == pytest.approx(1.0)
    assert told.span == 5
    assert told.steps == 1.0
    assert told.fifths >= 4  # tenor and bass move in fifths, tenor and soprano in octaves
    assert told.outside == 0.0
    assert 0.6 < told.chord_tones < 1.0
    loops = figures([score_of((60, 64, 67, 64) * 4)])
    assert loops.likeness == 0.75
    assert loops.fifths == 0.0
    assert figures([score_of((90, 91), (60, 60), (55, 55), (48, 48))]).outside == 2.0
