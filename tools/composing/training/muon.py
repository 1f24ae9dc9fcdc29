"""Muon: momentum whose step is made orthogonal, for the hidden matrices of a net.

Source: K. Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024; the size of the
step is matched to Adam's as by J. Liu et al., "Muon is scalable for LLM training", 2025. torch has
one too, but it works in bfloat16, which costs more time on a plain CPU than the net itself.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MOMENTUM = 0.95
DECAY = 0.05
LIKE_ADAM = 0.2
"""The root mean square of a step of Adam."""
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


def orthogonal(matrix: "Tensor") -> "Tensor":
    """Return the nearly orthogonal matrix nearest to a matrix, by Newton and Schulz's iteration."""
    a, b, c = _QUINTIC
    x: Tensor = matrix / (matrix.norm() + 1e-7)
    is_tall = x.shape[0] > x.shape[1]
    x = x.mT if is_tall else x
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if is_tall else x


class Muon:
    """Steps matrices against their gradients."""

    def __init__(self, matrices: Iterable["Tensor"], rate: float) -> None:
        import torch

        self.matrices = list(matrices)
        self.rate = rate
        self._momenta = [torch.zeros_like(matrix) for matrix in self.matrices]

    def step(self) -> None:
        """Change the matrices by one step and forget their gradients."""
        import torch

        with torch.no_grad():
            for matrix, momentum in zip(self.matrices, self._momenta, strict=True):
                gradient = matrix.grad
                if gradient is None:
                    continue
                momentum.lerp_(gradient, 1 - MOMENTUM)
                ahead = gradient.lerp(momentum, MOMENTUM)  # Nesterov's
                size = LIKE_ADAM * math.sqrt(max(matrix.shape))
                matrix.mul_(1 - self.rate * DECAY)
                matrix.add_(orthogonal(ahead), alpha=-self.rate * size)
                matrix.grad = None
