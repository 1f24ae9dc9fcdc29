"""Train the Music Transformer on what `prepare` wrote, for so many minutes on one core.

Run: ``python -m tools.composing.training.train TOKENS.npz [MORE.npz] OUT --minutes 26``

OUT receives ``music-transformer.safetensors`` and ``curve.tsv`` every `SAVE_SECONDS` seconds. The
hidden matrices are trained by Muon (Jordan, 2024), the rest by AdamW; the rate of both is warmed
up and then falls by a cosine to nothing, by the clock, so that a run always ends in good shape.
"""

import argparse
import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from tools.composing.tokens import HEADER, LEFT, TOKEN, WORDS
from tools.composing.training.muon import Muon
from tools.composing.training.prepare import is_held_out
from tools.nets.music_transformer import MusicTransformer, Shape, save, untrained

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)

Row = NDArray[np.int64]

BATCH = 3
SAVE_SECONDS = 150.0
WARM_UP = 0.03
"""Share of the time in which the rates rise."""
MUON_RATE = 0.008
ADAM_RATE = 0.005
DROPOUT = 0.1
CHORALES = 3
"""How often an epoch meets each chorale; a tune once."""
_BARS = [TOKEN[word] for word in LEFT]


@dataclass(frozen=True)
class Corpus:
    """Rows of tokens of each style, for training and held out."""

    training: dict[str, list[Row]]
    held_out: dict[str, list[Row]]


def load_corpus(paths: Sequence[Path]) -> Corpus:
    """Return the pieces of files that `prepare` wrote."""
    corpus = Corpus({"chorale": [], "folk": []}, {"chorale": [], "folk": []})
    for path in paths:
        with np.load(path) as file:
            rows = np.split(file["tokens"].astype(np.int64), file["ends"][:-1])
            for row, name, style in zip(rows, file["names"], file["styles"], strict=True):
                side = corpus.held_out if is_held_out(str(name), str(style)) else corpus.training
                side[str(style)].append(row)
    return corpus


def excerpt(row: Row, rng: np.random.Generator) -> Row:
    """Return a piece from its beginning or, as often, from any of its bars, with its heading."""
    if rng.random() < 0.5:
        return row
    start = int(rng.choice(np.flatnonzero(np.isin(row, _BARS))))
    return np.concatenate([row[:HEADER], row[start:]])


def packed(corpus: Corpus, length: int, rng: np.random.Generator) -> Iterator[Row]:
    """Yield rows of `length` tokens without end: pieces one after another, the last cut off."""
    row: list[int] = []
    while True:
        pieces = corpus.training["folk"] + CHORALES * corpus.training["chorale"]
        for number in rng.permutation(len(pieces)):
            row += excerpt(pieces[number], rng).tolist()
            if len(row) >= length:
                yield np.array(row[:length])
                row = []


def loss_of(net: MusicTransformer, rows: "Tensor", dropout: float = 0.0) -> "Tensor":
    """Return the mean negative log-likelihood of tokens, in nats, headings and padding left out."""
    import torch.nn.functional as F

    logits = net.logits(rows[:, :-1], dropout=dropout)
    wanted = rows[:, 1:]
    lowest = TOKEN[LEFT[0]]
    counted = wanted.masked_fill((wanted < lowest) & (wanted != TOKEN["end"]), -100)
    return F.cross_entropy(logits.flatten(0, 1), counted.flatten(), ignore_index=-100)


def held_out_loss(net: MusicTransformer, rows: Sequence[Row]) -> float:
    """Return the nats a token over the beginnings of pieces, as much as the context takes."""
    import torch

    total = count = 0.0
    with torch.inference_mode():
        for row in rows:
            cut = torch.from_numpy(row[: net.shape.context + 1])[None]
            total += float(loss_of(net, cut)) * (cut.shape[1] - HEADER)
            count += cut.shape[1] - HEADER
    return total / max(count, 1.0)


@dataclass
class Optimisers:
    """Muon for the hidden matrices, AdamW for all else."""

    muon: Muon
    adam: Any

    @classmethod
    def of(cls, net: MusicTransformer) -> Self:
        """Return the optimisers of a net, whose parameters begin to keep gradients."""
        import torch

        for parameter in net.parameters.values():
            parameter.requires_grad_(True)
        hidden = [p for k, p in net.parameters.items() if p.ndim == 2 and k != "words"]
        others = [p for k, p in net.parameters.items() if p.ndim != 2 or k == "words"]
        adam = torch.optim.AdamW(others, lr=ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.01)
        return cls(Muon(hidden, MUON_RATE), adam)

    def step(self, share: float) -> None:
        """Step all parameters at a share of the full rates."""
        self.muon.rate = MUON_RATE * share
        self.adam.param_groups[0]["lr"] = ADAM_RATE * share
        self.muon.step()
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)


def train(corpus: Corpus, shape: Shape, seconds: float, out: Path, seed: int = 0) -> None:
    """Train for so many seconds, writing the net and its curve to a folder."""
    import torch

    torch.manual_seed(seed)
    net = untrained(shape, seed)
    optimisers = Optimisers.of(net)
    rows = packed(corpus, shape.context + 1, np.random.default_rng(seed))
    began = saved = time.monotonic()
    step, recent = 0, []
    out.mkdir(parents=True, exist_ok=True)
    (out / "curve.tsv").write_text("seconds\tstep\ttraining\tchorale\tfolk\n")
    while (passed := time.monotonic() - began) < seconds:
        recent.append(_step(net, optimisers, rows, _share(passed / seconds)))
        step += 1
        if time.monotonic() - saved > SAVE_SECONDS:
            _report(net, corpus, out, passed, step, recent)
            recent, saved = [], time.monotonic()
    _report(net, corpus, out, time.monotonic() - began, step, recent)


def _share(done: float) -> float:
    """Return the share of the full rate when so much of the time is over."""
    return max(0.005, min(1.0, done / WARM_UP) * 0.5 * (1 + math.cos(math.pi * done)))


def _step(
    net: MusicTransformer, optimisers: Optimisers, rows: Iterator[Row], share: float
) -> float:
    import torch

    batch = torch.from_numpy(np.stack([next(rows) for _ in range(BATCH)]))
    loss = loss_of(net, batch, DROPOUT)
    torch.autograd.backward(loss)
    optimisers.step(share)
    return float(loss.detach())


def _report(
    net: MusicTransformer, corpus: Corpus, out: Path, passed: float, step: int, recent: list[float]
) -> None:
    heard = {style: held_out_loss(net, rows[:24]) for style, rows in corpus.held_out.items()}
    line = (
        f"{passed:.0f}\t{step}\t{np.mean(recent):.4f}\t{heard['chorale']:.4f}\t{heard['folk']:.4f}"
    )
    log.info(line)
    with (out / "curve.tsv").open("a") as file:
        file.write(line + "\n")
    save(net, out / "music-transformer.safetensors", {"step": str(step)})


def main() -> None:
    """Train on token files; the last argument is the folder to write."""
    import torch

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("tokens", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=26)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--context", type=int, default=384)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    corpus = load_corpus(asked.tokens)
    shape = Shape(len(WORDS), asked.width, asked.layers, asked.width // 32, asked.context)
    log.info("%d words, %s", len(WORDS), shape)
    train(corpus, shape, 60 * asked.minutes, asked.out)


if __name__ == "__main__":
    main()
