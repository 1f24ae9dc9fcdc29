"""Evaluate a net: how surprised it is by held-out pieces, and what its own pieces are like.

Run: ``python -m tools.composing.training.evaluate NET.safetensors TOKENS.npz [MORE.npz]
[--markov MARKOV.npz]``; a table goes to the log, the Markov baseline of the chorales to a file.
"""

import argparse
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.neural import compose_neural
from tools.composing.score import Score
from tools.composing.tokens import WORDS, decode
from tools.composing.training.figures import figures
from tools.composing.training.markov import Markov
from tools.composing.training.train import Row, held_out_loss, load_corpus
from tools.nets.music_transformer import MusicTransformer, load

log = logging.getLogger(__name__)

PIECES = 24
"""How many pieces of each composer are measured."""
RUN, KIN = 12, 0.1
"""Intervals of a run, and the share of runs up to which two pieces are no kin."""


def losses(
    net: MusicTransformer, training: Sequence[Row], held_out: Sequence[Row]
) -> tuple[float, float]:
    """Return the nats a token of held-out pieces, of the net and of the Markov baseline.

    Both see the same tokens: the beginnings of pieces, as far as the net's context goes.
    """
    baseline = Markov.of(training)
    own = [baseline.loss(row, net.shape.context + 1) for row in held_out]
    nats, count = map(sum, zip(*own, strict=True))
    return held_out_loss(net, held_out), nats / count


def strangers(training: Sequence[Row], held_out: Sequence[Row]) -> list[Row]:
    """Return the held-out pieces that share hardly any run of their tune with one of training.

    Bach set many tunes more than once, and fiddlers' books print the same ones.
    """
    owners: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for number, row in enumerate(training):
        for run in _runs(row):
            owners[run].add(number)
    found = []
    for row in held_out:
        runs = _runs(row)
        shared = Counter(number for run in runs for number in owners[run])
        if max(shared.values(), default=0) <= KIN * len(runs):
            found.append(row)
    return found


def _runs(row: Row) -> list[tuple[int, ...]]:
    """Return the runs of `RUN` intervals of the top voice."""
    words = [WORDS[token].split() for token in row]
    pitches = [int(word[1]) for word in words if word[0] in ("soprano", "tune")]
    moves = [later - earlier for earlier, later in pairwise(pitches)]
    return [tuple(moves[k : k + RUN]) for k in range(len(moves) - RUN + 1)]


def decoded(rows: Sequence[Row]) -> list[Score]:
    """Return the scores of rows of tokens, in C major or A minor."""
    return [
        decode(row.tolist(), "C" if WORDS[row[2]] == "mode major" else "A", 80.0) for row in rows
    ]


def briefs(style: str) -> list[Brief]:
    """Return commissions of a style in both modes and several keys, with no section repeated."""
    meters = {"chorale": ["4/4", "4/4", "3/4"], "folk": ["4/4", "6/8", "2/4", "3/4", "9/8"]}[style]
    keys = ("C", "D", "Eb", "F#", "G", "A", "Bb")
    return [
        Brief(
            style=style, bars=16, seed=seed, tonic=keys[seed % len(keys)],
            mode="minor" if seed % 3 == 2 else "major", meter=meters[seed % len(meters)],
            form="through-composed",
        )
        for seed in range(PIECES)
    ]  # fmt: skip


def main() -> None:
    """Log the figures of a net."""
    import torch

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("net", type=Path)
    parser.add_argument("tokens", type=Path, nargs="+")
    parser.add_argument("--markov", type=Path)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    net, corpus = load(asked.net), load_corpus(asked.tokens)
    for style, held_out in corpus.held_out.items():
        training = corpus.training[style]
        for name, rows in (("all", held_out), ("strangers", strangers(training, held_out))):
            own, baseline = losses(net, training, rows)
            log.info("%s, %s (%d): net %.3f nats a token, Markov %.3f",
                     style, name, len(rows), own, baseline)  # fmt: skip
    if asked.markov:
        Markov.of(corpus.training["chorale"]).save(asked.markov)
    for style in ("chorale", "folk"):
        commissions = briefs(style)
        composers = {
            "corpus": decoded(corpus.held_out[style]),
            "net": [compose_neural(brief, net) for brief in commissions],
            "rules": [compose(brief) for brief in commissions],
        }
        for name, scores in composers.items():
            means = {key: round(value, 3) for key, value in asdict(figures(scores)).items()}
            log.info("%s, %s (%d): %s", style, name, len(scores), means)


if __name__ == "__main__":
    main()
