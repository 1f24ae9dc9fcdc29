"""Curve: the losses of a training run as a picture.

Run: ``python -m tools.composing.training.curve curve.tsv curve.svg``
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

LINES = {"training": "training", "chorale": "held-out chorales", "folk": "held-out tunes"}


def draw(table: Path, out: Path) -> None:
    """Draw the table that `train` wrote: nats a token over minutes."""
    columns = np.genfromtxt(table, delimiter="\t", names=True)
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, label in LINES.items():
        axes.plot(columns["seconds"] / 60, columns[name], marker=".", label=label)
    axes.set(xlabel="minutes", ylabel="nats a token", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(out, metadata={"Date": None})


def main() -> None:
    """Draw a curve."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    draw(asked.table, asked.out)


if __name__ == "__main__":
    main()
