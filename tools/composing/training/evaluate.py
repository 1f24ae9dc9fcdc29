"""Evaluate a net: how surprised it is by held-out pieces, and what its own pieces are like.

Run: ``python -m tools.composing.training.evaluate NET.safetensors TOKENS.npz [MORE.npz]
[--markov MARKOV.npz]``; a table goes to the log, the Markov baseline of the chorales to a file.
"""

import argparse
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tools.composing.brief import Brief
from tools.composing.composer import compose
from tools.composing.neural import compose_neural
from tools.composing.score import Score
from tools.composing.tokens import WORDS, decode
from tools.composing.training.figures import figures
from tools.composing.training.markov import Markov
from tools.composing.training.train import Corpus, Row, held_out_loss, load_corpus
from tools.nets.music_transformer import MusicTransformer, load

log = logging.getLogger(__name__)

PIECES = 24
"""How many pieces of each composer are measured."""


def losses(net: MusicTransformer, corpus: Corpus) -> dict[str, tuple[float, float]]:
    """Return style -> nats a token of held-out pieces, of the net and of the Markov baseline.

    Both see the same tokens: the beginnings of pieces, as far as the net's context goes.
    """
    found = {}
    for style, rows in corpus.held_out.items():
        baseline = Markov.of(corpus.training[style])
        own = [baseline.loss(row, net.shape.context + 1) for row in rows]
        nats, count = map(sum, zip(*own, strict=True))
        found[style] = (held_out_loss(net, rows), nats / count)
    return found


def decoded(rows: Sequence[Row]) -> list[Score]:
    """Return the scores of rows of tokens, in C major or A minor."""
    return [
        decode(row.tolist(), "C" if WORDS[row[2]] == "mode major" else "A", 80.0) for row in rows
    ]


def briefs(style: str) -> list[Brief]:
    """Return commissions of a style in both modes and several keys."""
    meters = {"chorale": ["4/4", "4/4", "3/4"], "folk": ["4/4", "6/8", "2/4", "3/4", "9/8"]}[style]
    keys = ("C", "D", "Eb", "F#", "G", "A", "Bb")
    return [
        Brief(
            style=style, bars=16, seed=seed, tonic=keys[seed % len(keys)],
            mode="minor" if seed % 3 == 2 else "major", meter=meters[seed % len(meters)],
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
    for style, (own, baseline) in losses(net, corpus).items():
        log.info("%s: net %.3f nats a token, Markov %.3f", style, own, baseline)
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
        lengths = [len(np.unique([n.pitch for n in s.parts[0].notes])) for s in composers["net"]]
        log.info("%s, net: %.1f different pitches in the top voice", style, np.mean(lengths))


if __name__ == "__main__":
    main()
