"""The baseline: a Markov chain of order 2 over the same tokens, smoothed.

Each order gives way to the one below as far as it knows little (Witten and Bell, 1991), down to
even odds for every word.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.composing.tokens import HEADER, WORDS

ORDER = 2

Row = Sequence[int] | NDArray[np.int64]


@dataclass
class Markov:
    """Counts of runs of up to three tokens.

    Parameters
    ----------
    runs : run of 1 to 3 tokens -> how often it was met
    """

    runs: Counter[tuple[int, ...]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._met: Counter[tuple[int, ...]] = Counter()
        self._kinds: Counter[tuple[int, ...]] = Counter()
        for run, count in self.runs.items():
            self._add_context(run, count)

    def _add_context(self, run: tuple[int, ...], count: int) -> None:
        self._met[run[:-1]] += count
        self._kinds[run[:-1]] += 1

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Markov":
        """Return the chain of rows of tokens; headings are contexts only."""
        runs: Counter[tuple[int, ...]] = Counter()
        for row in rows:
            tokens = [int(token) for token in row]
            for place in range(HEADER, len(tokens)):
                for order in range(ORDER + 1):
                    runs[tuple(tokens[place - order : place + 1])] += 1
        return cls(runs)

    def probability(self, context: Sequence[int], token: int) -> float:
        """Return the probability of a token after at most two others."""
        before = tuple(context[-ORDER:])
        below = self.probability(before[1:], token) if before else 1 / len(WORDS)
        met, kinds = self._met[before], self._kinds[before]
        return (self.runs[(*before, token)] + kinds * below) / (met + kinds) if met else below

    def loss(self, row: Row, longest: int | None = None) -> tuple[float, int]:
        """Return the nats of a row's tokens after its heading, and how many those are."""
        tokens = [int(token) for token in row[:longest]]
        nats = 0.0
        for place in range(HEADER, len(tokens)):
            nats -= float(np.log(self.probability(tokens[:place][-ORDER:], tokens[place])))
        return nats, len(tokens) - HEADER

    def save(self, path: Path) -> None:
        """Write the counts of the longest runs, from which the shorter follow."""
        longest = [(*run, count) for run, count in self.runs.items() if len(run) == ORDER + 1]
        np.savez_compressed(path, runs=np.array(sorted(longest), np.int32))

    @classmethod
    def load(cls, path: Path) -> "Markov":
        """Return the chain that `save` wrote."""
        runs: Counter[tuple[int, ...]] = Counter()
        with np.load(path) as file:
            for *run, count in file["runs"].tolist():
                for order in range(ORDER + 1):
                    runs[tuple(run[ORDER - order :])] += count
        return cls(runs)
