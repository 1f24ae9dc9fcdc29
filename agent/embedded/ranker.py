"""The ranker: which topics a question may be about, by its words alone.

A linear model (one-against-rest support vectors; Fan et al., 2008) over hashed n-grams of words and
letters (Weinberger et al., 2009) and the meaning of the question (Reimers & Gurevych, 2019), taught
the hand-written phrasings. It takes a millisecond, and 7 for the meaning, knows slips of the keyboard
and words that no phrasing has, and leaves the small model a handful of topics to choose among.

Where the sentence network can't be had, the mean of all questions stands in for the meaning: the
best topic is then right less often, but among the shortlist about as often.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from agent.rules.asks import Ask

FILE = Path(__file__).parent / "adapter" / "ranker.safetensors"
MOST, WITHIN = 8, 0.3
"""A shortlist: so many heads at most, and none that fits worse than the best by more than this.

Set on the phrasings kept from training (380 odd ones): readings of the model that are right with
all heads 55 %, with those within 0.5 of the best 79.2 %, within 0.3 80.0 %, within 0.15 80.0 %.
"""
MEANING = "minilm"
"""The engine of `tools.embedding` that the weights of meaning were taught with."""
ELSEWHERE, WITHIN_NAMES = "decline.elsewhere", 0.9
"""The head of pieces that are not open, and how much worse than the best it may fit."""
BITS = 14
SIZE = 2**BITS
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”")
_FIGURE = re.compile(r"\d[\d:.]*")
_TOPIC = re.compile(r"(?:^|\| )(?:(?:#\d+)+ )?([a-z]+)")


def head(ask: Ask) -> str:
    """Return topic and aspect of an ask as the ranker names them: ``"key.relative"``, ``"key"``."""
    return f"{ask.topic}.{ask.aspect}" if ask.aspect else ask.topic


def features(question: str, before: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return places and weights of the features of a question, both of shape (n,).

    Parameters
    ----------
    before : the reading of the question before; a follow-up means little without it
    """
    text = _FIGURE.sub("0", _QUOTED.sub(" tt ", question).lower())
    words = re.findall(r"[^\W_]+|\?", text)
    words += [f"after_{topic}" for topic in _TOPIC.findall(before)[:2]]
    grams = [" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)]
    letters = [
        padded[i : i + n]
        for word in text.split()
        for padded in (f" {word} ",)
        for n in (2, 3, 4, 5)
        for i in range(len(padded) - n + 1)
    ]
    halves = [_hashed(grams, "w", 0), _hashed(letters, "c", SIZE)]
    return np.concatenate([h[0] for h in halves]), np.concatenate([h[1] for h in halves])


def _hashed(grams: list[str], kind: str, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of n-grams and their share, of Euclidean length 1."""
    places = [zlib.crc32(f"{kind}{gram}".encode()) % SIZE for gram in grams]
    found, counts = np.unique(np.asarray(places, dtype=np.int64), return_counts=True)
    length = float(np.sqrt((counts**2).sum())) or 1.0
    return found + offset, counts / length


@dataclass(frozen=True)
class Ranker:
    """What was learnt.

    Parameters
    ----------
    weights : of the n-grams, in bytes, shape=(heads, 2 · SIZE), with a scale and a bias for each head
    meaning : weights of the meaning, shape=(heads, d)
    usual : mean of the meanings it was taught, shape=(d,)
    """

    heads: tuple[str, ...]
    weights: np.ndarray
    scales: np.ndarray
    biases: np.ndarray
    meaning: np.ndarray
    usual: np.ndarray

    def scores(
        self, question: str, before: str = "", vector: np.ndarray | None = None
    ) -> dict[str, float]:
        """Return how well each head fits, best first; above 0 it is more likely than not.

        Parameters
        ----------
        vector : the meaning of the question in the space of `MEANING`, shape=(d,)
        """
        places, values = features(question, before)
        fit = (self.weights[:, places] * values).sum(axis=1) * self.scales + self.biases
        fit += self.meaning @ (self.usual if vector is None else vector)
        order = np.argsort(-fit)
        return {self.heads[i]: float(fit[i]) for i in order}


def shortlist(scores: dict[str, float]) -> list[str]:
    """Return the heads that a question may well be about, from scores with the best first."""
    best = next(iter(scores.values()), 0.0)
    near = [name for name, score in list(scores.items())[:MOST] if score >= best - WITHIN]
    # A piece that is not open can have any name: words that the ranker has never seen.
    named = ELSEWHERE not in near and scores.get(ELSEWHERE, -np.inf) >= best - WITHIN_NAMES
    return [*near, ELSEWHERE] if named else near


def fit_of(asks: Iterable[Ask], scores: dict[str, float]) -> float:
    """Return how well a reading fits: the score of that of its heads which fits least."""
    lowest = min(scores.values(), default=0.0)
    return min((scores.get(head(ask), lowest) for ask in asks), default=lowest)


@cache
def load_ranker(path: Path = FILE) -> Ranker:
    """Return the ranker that comes with the project."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        heads = tuple(file.metadata()["heads"].split("\n"))
        names = ("weights", "scales", "biases", "meaning", "usual")
        return Ranker(heads, *(file.get_tensor(name) for name in names))
