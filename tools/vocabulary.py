"""Vocabulary: the words that tags are told in, and what the networks' outputs say about them.

The words, their kinds and the tags behind each are data, in `vocabulary.toml`. Here the outputs are
weighed. A network's posterior for a rare tag is low even when it is sure: it was trained on data
where nearly every clip lacks the tag. So posteriors are read as evidence and put on a prior of our
own (prior shift: Saerens, Latinne & Decaestecker, Neural Computation 2002): for a word with tags i

    odds = sum_i p_i / (1 - p_i)  /  sum_i q_i / (1 - q_i)  *  prior odds

with p_i the posterior and q_i the share in the training data. The sum stands for "any of these
tags": for synonyms it is their average, for kinds of one thing their union.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

KINDS = ("genres", "instruments", "moods", "voice", "voice_details")
SMALLEST = 1e-6
"""Posteriors are kept this far from 0 and 1; float32 says no more."""


@dataclass(frozen=True)
class Vocabulary:
    """Words and their evidence.

    Parameters
    ----------
    tags : the outputs of each network, in order
    shares : how often each was given in the training data
    words : (kind, label) pairs
    sources : for each word the tags that are evidence for it, as (network, tag)
    priors : for each word how many recordings have it, from 0 to 1
    dropped : tags that no word is made of, as (network, tag)
    """

    tags: Mapping[str, tuple[str, ...]]
    shares: Mapping[str, tuple[float, ...]]
    words: tuple[tuple[str, str], ...]
    sources: tuple[tuple[tuple[str, str], ...], ...]
    priors: tuple[float, ...]
    dropped: frozenset[tuple[str, str]]

    def labels(self, kind: str) -> tuple[str, ...]:
        """Return the words of one kind."""
        return tuple(label for k, label in self.words if k == kind)

    def confidences(self, posteriors: Mapping[str, NDArray[np.floating]]) -> dict[str, FloatArray]:
        """Return how likely each word is.

        Parameters
        ----------
        posteriors : by network, shape=(..., number of its tags), from 0 to 1

        Returns
        -------
        by label, shape=(...): from 0 to 1. ``"vocal"`` and ``"instrumental"`` are one question and
        sum to 1; the others are answered each for itself.
        """
        odds = np.concatenate([_odds(posteriors[network]) for network in self.tags], axis=-1)
        usual = np.concatenate([_odds(np.array(self.shares[network])) for network in self.tags])
        members = self._members()
        lifts = np.log(odds @ members) - np.log(usual @ members)
        log_odds = dict(
            zip(
                (label for _, label in self.words),
                np.moveaxis(lifts + np.log(_odds(np.array(self.priors))), -1, 0),
                strict=True,
            )
        )
        log_odds["vocal"] = (
            log_odds["vocal"] - lifts[..., self.words.index(("voice", "instrumental"))]
        )
        log_odds["instrumental"] = -log_odds["vocal"]
        return {label: 1.0 / (1.0 + np.exp(-value)) for label, value in log_odds.items()}

    def _members(self) -> FloatArray:
        """Return which tag belongs to which word, shape=(tags of all networks, words)."""
        rows = {
            source: row
            for row, source in enumerate((n, t) for n, tags in self.tags.items() for t in tags)
        }
        members = np.zeros((len(rows), len(self.words)))
        for column, sources in enumerate(self.sources):
            members[[rows[source] for source in sources], column] = 1.0
        return members


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of `vocabulary.toml`."""
    table = tomllib.loads(files("tools").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    tags = {name: tuple(network["tags"]) for name, network in table["networks"].items()}
    shares = {name: tuple(network["shares"]) for name, network in table["networks"].items()}
    words = tuple((kind, label) for kind in KINDS for label in table[kind])
    sources = tuple(tuple(map(_source, table[kind][label])) for kind, label in words)
    return Vocabulary(
        tags,
        shares,
        words,
        sources,
        tuple(
            _prior(table, label, tags, shares, source)
            for (_, label), source in zip(words, sources, strict=True)
        ),
        frozenset((n, tag) for n, tags_of in table["dropped"].items() for tag in tags_of),
    )


def _source(text: str) -> tuple[str, str]:
    network, _, tag = text.partition("/")
    return network, tag


def _prior(
    table: dict[str, Any],
    label: str,
    tags: Mapping[str, tuple[str, ...]],
    shares: Mapping[str, tuple[float, ...]],
    sources: tuple[tuple[str, str], ...],
) -> float:
    if label == "instrumental":
        return 1.0 - float(table["priors"]["vocal"])
    if label in table["priors"]:
        return float(table["priors"][label])
    given = np.array([shares[network][tags[network].index(tag)] for network, tag in sources])
    odds = float(np.sqrt(_odds(given).sum()))
    return odds / (1.0 + odds)


def _odds(probabilities: NDArray[np.floating]) -> FloatArray:
    kept = np.clip(np.asarray(probabilities, np.float64), SMALLEST, 1.0 - SMALLEST)
    return kept / (1.0 - kept)
