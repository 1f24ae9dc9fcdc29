"""BeatNet's networks: a convolution over the spectrum and a causal LSTM; three training sets.

References
----------
M. Heydari, F. Cwitkowitz and Z. Duan, "BeatNet: CRNN and particle filtering for online joint beat,
downbeat and meter tracking", ISMIR 2021.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.nets.filterbank import LogSpectrogram
from tools.weights import WeightStore

if TYPE_CHECKING:
    import torch
    from torch import nn

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
FRAME_RATE = 50
MEMBER = "BeatNet/models/model_{}_weights.pt"

WARM_UP = 3 * FRAME_RATE
"""A causal network hears the first seconds without context: it first hears them backwards."""


class BeatNet:
    """The networks `models` (1: Ballroom, 2: GTZAN, 3: Rock corpus) averaged, with their features."""

    frame_rate = FRAME_RATE
    sample_rate = SAMPLE_RATE

    def __init__(self, store: WeightStore, models: Sequence[int] = (1, 2, 3)) -> None:
        import torch

        self._networks = []
        for k in models:
            network = _network()
            file = store.file("beatnet", MEMBER.format(k))
            network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
            self._networks.append(network.eval())
        self._view = LogSpectrogram(SAMPLE_RATE, 1411, SAMPLE_RATE // FRAME_RATE, 24)

    def __call__(self, signal: Array, progress: Callable[[float], None]) -> Array:
        """Return beat and downbeat probabilities, shape=(n, 2), for samples of shape (m,)."""
        import torch

        count = self._view.count(signal)
        done = 0
        heard = []
        with torch.inference_mode():
            states = [self._warm(network, signal) for network in self._networks]
            for block in self._view.blocks(signal):
                progress(done / count)
                done += len(block)
                x = torch.from_numpy(block)
                answers = []
                for k, network in enumerate(self._networks):
                    answer, states[k] = network(x, states[k])
                    answers.append(answer)
                heard.append(torch.stack(answers).mean(0)[:, :2].numpy())
        return np.concatenate(heard)

    def _warm(self, network: "nn.Module", signal: Array) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        first = self._view.stacked(signal, 0, min(WARM_UP, self._view.count(signal)))
        state: tuple[torch.Tensor, torch.Tensor] = network(
            torch.from_numpy(first[::-1].copy()), None
        )[1]
        return state


def _network() -> "nn.Module":
    import torch
    from torch import nn
    from torch.nn import functional

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv1d(1, 2, 10)
            self.linear0 = nn.Linear(262, 150)
            self.lstm = nn.LSTM(150, 150, 2, batch_first=True)
            self.linear = nn.Linear(150, 3)

        def forward(
            self, x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
        ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
            shapes = functional.max_pool1d(functional.relu(self.conv1(x[:, None])), 2)
            hidden, state = self.lstm(self.linear0(shapes.flatten(1))[None], state)
            return torch.softmax(self.linear(hidden[0]), 1), state

    return Network()
