"""Teach the ranker: ``python -m agent.embedded.training.rank [OUT]``; it takes four minutes."""

import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from agent.embedded.notation import read
from agent.embedded.ranker import FILE, MEANING, SIZE, features, head
from agent.embedded.training.data import bare, held_out, roughened
from agent.embedded.training.phrasings import Phrasing, fill, load
from agent.embedded.training.slots import Names
from agent.settings import Settings
from tools.embedding import Vectors, Words
from tools.weights import WeightStore

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


def meanings(questions: list[str]) -> Vectors:
    """Return the meaning of each question, shape=(n, d)."""
    settings = Settings.load()
    words = Words(WeightStore(settings.cache_dir, settings.offline), MEANING)
    known = list(dict.fromkeys(questions))
    places = {question: i for i, question in enumerate(known)}
    return words.embed(known)[[places[question] for question in questions]]


def main(args: list[str]) -> None:
    """Fit the ranker and save it in bytes."""
    from safetensors.numpy import save_file
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    learnt = list(rows([p for p in load() if not held_out(p)], random.Random(1)))
    found = [features(question, before) for question, before, _ in learnt]
    edges = np.cumsum([0, *(len(places) for places, _ in found)])
    matrix = csr_matrix(
        (np.concatenate([v for _, v in found]), np.concatenate([p for p, _ in found]), edges),
        shape=(len(found), 2 * SIZE),
    )
    vectors = meanings([question for question, _, _ in learnt])
    both = hstack([matrix, csr_matrix(vectors)]).tocsr()
    model = LinearSVC(C=COST).fit(both, [name for _, _, name in learnt])
    words, meaning = model.coef_[:, : 2 * SIZE], model.coef_[:, 2 * SIZE :]
    scales = np.abs(words).max(axis=1) / 127
    whole = np.round(words / scales[:, None])
    path = Path(args[0]) if args else FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        "weights": np.ascontiguousarray(whole.astype(np.int8)),
        "scales": scales.astype(np.float32),
        "biases": model.intercept_.astype(np.float32),
        "meaning": np.ascontiguousarray(meaning.astype(np.float32)),
        "usual": vectors.mean(axis=0).astype(np.float32),
    }
    save_file(weights, path, metadata={"heads": "\n".join(model.classes_)})
    log.info("%d questions, %d heads", len(learnt), len(model.classes_))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    main(sys.argv[1:])
