"""Teach the ranker: ``python -m agent.embedded.training.rank [OUT]``; it takes a minute."""

import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from agent.embedded.notation import read
from agent.embedded.ranker import FILE, SIZE, features, head
from agent.embedded.training.data import bare, held_out, roughened
from agent.embedded.training.phrasings import Phrasing, fill, load
from agent.embedded.training.slots import Names

log = logging.getLogger(__name__)

COST = 1.0
FILLED = 3
"""Times that a phrasing with slots is filled."""
_TITLES = Names(("Night Drive", "Second Song", "Third Song", "Fourth Song"))


def rows(phrasings: list[Phrasing], dice: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield question, the reading before and one head of its reading, for each of its heads."""
    for phrasing in phrasings:
        for turn in range(FILLED if "{" in phrasing.question else 2):
            names = Names(phrasing.titles) if phrasing.titles else _TITLES
            question, reading, after = fill(phrasing, dice, names)
            question = roughened(question, dice) if turn else question
            for name in dict.fromkeys(head(ask) for ask in read(bare(reading))):
                yield question, after, name


def main(args: list[str]) -> None:
    """Fit the ranker and save it in bytes."""
    from safetensors.numpy import save_file
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    learnt = list(rows([p for p in load() if not held_out(p)], random.Random(1)))
    found = [features(question, before) for question, before, _ in learnt]
    edges = np.cumsum([0, *(len(places) for places, _ in found)])
    matrix = csr_matrix(
        (np.concatenate([v for _, v in found]), np.concatenate([p for p, _ in found]), edges),
        shape=(len(found), 2 * SIZE),
    )
    model = LinearSVC(C=COST).fit(matrix, [name for _, _, name in learnt])
    scales = np.abs(model.coef_).max(axis=1) / 127
    whole = np.round(model.coef_ / scales[:, None])
    path = Path(args[0]) if args else FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        "weights": np.ascontiguousarray(whole.astype(np.int8)),
        "scales": scales.astype(np.float32),
        "biases": model.intercept_.astype(np.float32),
    }
    save_file(weights, path, metadata={"heads": "\n".join(model.classes_)})
    log.info("%d questions, %d heads", len(learnt), len(model.classes_))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(sys.argv[1:])
