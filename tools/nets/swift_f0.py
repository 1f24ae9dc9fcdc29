"""SwiftF0: a small network from a spectrogram to the pitch of one voice, and how sure it is.

Source: L. Nieradzik, "SwiftF0: fast and accurate monophonic pitch detection", arXiv:2508.18440,
2025; version 0.3 of the weights. The spectrogram is part of the graph. Here are the pieces that a
long recording is heard in, and the loader.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.errors import WeightsError

Array = NDArray[np.float32]

SAMPLE_RATE = 16_000
HOP = 256
FRAME_SECONDS = HOP / SAMPLE_RATE
LOWEST_HZ, HIGHEST_HZ = 46.875, 2093.75
VOICED = 0.5
"""A frame at least this sure is voiced: the authors' calibration."""

BEHIND, AHEAD = 11, 10
"""Frames before and after a frame that it depends on: its receptive field is 0.35 s."""

PIECE = 1875
"""Frames at once: 30 s."""

LEVEL = 0.1
"""Root mean square that the loud parts of a signal should have; softer ones are heard worse."""

NOISE = 0.001
"""Deviation of the noise that is added, 40 dB below `LEVEL`: the network learned from recordings,
and is not sure of a pure tone, or of anything, in front of digital silence."""


class SwiftF0:
    """The network, ready for inference; `session` is an onnxruntime session."""

    sample_rate = SAMPLE_RATE

    def __init__(self, session: Any) -> None:
        self._session = session

    def __call__(self, signal: Array, progress: Callable[[float], None]) -> tuple[Array, Array]:
        """Return pitches in hertz and confidences, each of shape=(max(1, m // 256),).

        Parameters
        ----------
        signal : mono at 16 kHz, shape=(m,); frame k of the answer is centred on sample 256 k
        progress : told the fraction done
        """
        count = max(1, len(signal) // HOP)
        heard = []
        for first in range(0, count, PIECE):
            progress(first / count)
            last = min(first + PIECE, count)
            start = max(0, first - BEHIND)
            end = (last + AHEAD) * HOP if last < count else len(signal)
            heard.append(self.frames(signal[start * HOP : end])[:, first - start : last - start])
        progress(1.0)
        pitches, confidences = np.concatenate(heard, axis=1)
        return pitches, confidences

    def frames(self, signal: Array) -> Array:
        """Return pitches and confidences of all frames of a short signal, shape=(2, n)."""
        pitches, confidences = self._session.run(
            ["pitch", "confidence"],
            {
                "audio": (signal + _noise()[: len(signal)])[None],
                "fmin": np.array(LOWEST_HZ, np.float32),
                "fmax": np.array(HIGHEST_HZ, np.float32),
            },
        )
        return np.stack([pitches[0], confidences[0]]).astype(np.float32)


@cache
def _noise() -> Array:
    """Return the same noise every time, as long as the longest piece."""
    longest = (PIECE + BEHIND + AHEAD + 2) * HOP
    noise: Array = np.random.default_rng(0).standard_normal(longest, np.float32)
    return noise * np.float32(NOISE)


@cache
def load_swift_f0(path: Path) -> SwiftF0:
    """Return the network whose graph is at `path`; loaded once a process.

    Raises
    ------
    WeightsError
        If the file is not a graph that onnxruntime can run.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # 14 000 parameters: a second thread costs more than it gives
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises classes of its own C++ module
        raise WeightsError(f"'{path}' is not a network that can be run: {error}") from error
    return SwiftF0(session)
