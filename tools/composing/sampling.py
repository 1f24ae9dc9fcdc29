"""Sampling: the next token of a row by the odds of a net, among those that are allowed.

Nucleus sampling (Holtzman et al., 2020): of the allowed tokens only the likeliest, that together
have most of the probability, are drawn from, so that no slip leads astray.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.composing.tokens import HEADER
from tools.nets.music_transformer import MusicTransformer, Reader

NUCLEUS = 0.92
"""The share of probability drawn from."""
TEMPERATURE = 0.95
REREAD = 0.6
"""How much of the context is read again once it is full."""


class Sampler:
    """A row of tokens that grows by what is told and what is drawn.

    Told tokens are read together with the next drawn one, which saves the net most of the calls.
    Where the row outgrows the context, the net reads the heading and the latest bars anew, as it
    did in training.
    """

    def __init__(
        self, net: MusicTransformer, heading: Sequence[int], rng: np.random.Generator
    ) -> None:
        self.row: list[int] = list(heading)
        self._reader = Reader(net)
        self._context = net.shape.context
        self._rng = rng
        self._bars: list[int] = []
        self._read = 0

    def begin_bar(self, token: int) -> None:
        """Add the token of a bar, from which the row may be read again."""
        self._bars.append(len(self.row))
        self.row.append(token)

    def tell(self, *tokens: int) -> None:
        """Add tokens that are not for the net to choose."""
        self.row += tokens

    def draw(self, allowed: Sequence[int]) -> int:
        """Add one of the allowed tokens and return it."""
        if len(allowed) == 1:
            self.tell(allowed[0])
            return allowed[0]
        logits = self._logits()[np.asarray(allowed)].astype(np.float64)
        token = allowed[pick(logits, self._rng)]
        self.row.append(token)
        return token

    def _logits(self) -> NDArray[np.float32]:
        unread = self.row[self._read :]
        fits = len(unread) <= self._reader.room
        self._read = len(self.row)
        return self._reader.read(unread) if fits else self._reader.restart(self._recent())

    def _recent(self) -> list[int]:
        """Return the heading and as many of the latest bars as are read again."""
        most = int(REREAD * self._context) - HEADER
        start = next((b for b in self._bars if len(self.row) - b <= most), len(self.row) - most)
        return [*self.row[:HEADER], *self.row[max(start, HEADER) :]]


def pick(logits: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Return a draw from the nucleus of a distribution, as a place in `logits`."""
    odds = np.exp((logits - logits.max()) / TEMPERATURE)
    order = np.argsort(-odds, kind="stable")
    shares = odds[order] / odds.sum()
    count = int(np.searchsorted(np.cumsum(shares), NUCLEUS)) + 1
    kept = shares[:count] / shares[:count].sum()
    return int(order[rng.choice(len(kept), p=kept)])
