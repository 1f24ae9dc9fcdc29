"""Basic Pitch: a small network over harmonically stacked spectra that hears the notes of anything.

The published graph holds its own constant-Q transform, so samples go in as they are. It hears two
seconds at a time and levels each by its loudest; this file cuts the windows so that their frames
lie on one grid from the first to the last, and joins them.

References
----------
R. Bittner, J. Bosch, D. Rubinstein, G. Meseguer-Brocal and S. Ewert, "A lightweight
instrument-agnostic model for polyphonic note transcription and multipitch estimation", ICASSP 2022.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools import cores
from tools.errors import WeightsError

Array = NDArray[np.float32]

SAMPLE_RATE = 22_050
HOP_LENGTH = 256
FRAME_RATE = SAMPLE_RATE / HOP_LENGTH
WINDOW = 2 * SAMPLE_RATE - HOP_LENGTH
BORDER = 15
"""Frames at either end of a window that are not trusted."""

KEPT = WINDOW // HOP_LENGTH - 2 * BORDER
LOWEST_PITCH = 21
PITCHES = 88
BINS_PER_SEMITONE = 3
"""Of the contours; the bin in the middle is the semitone itself."""

BATCH = 4
INPUT = "serving_default_input_2:0"
OUTPUTS = ("StatefulPartitionedCall:1", "StatefulPartitionedCall:2", "StatefulPartitionedCall:0")


@dataclass(frozen=True, eq=False)
class Posteriors:
    """What the network hears, frame by frame at `FRAME_RATE`; frame k is at k / `FRAME_RATE` s.

    Parameters
    ----------
    notes : probability that a note sounds, shape=(n, 88), from `LOWEST_PITCH` upwards
    onsets : probability that one begins, shape=(n, 88)
    contours : the same as `notes` in thirds of a semitone, shape=(n, 264); None if not asked for
    """

    notes: Array
    onsets: Array
    contours: Array | None = None


class BasicPitch:
    """The network in onnxruntime, on one thread; windows run side by side on the cores there are."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: it warns about the processor on stderr
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            self._session.run(list(OUTPUTS), {INPUT: np.zeros((1, WINDOW, 1), np.float32)})
        except Exception as error:  # onnxruntime raises classes of its own, of no common base
            raise WeightsError(f"The network of Basic Pitch does not load: {error}") from error

    def __call__(
        self, signal: Array, progress: Callable[[float], None], *, contours: bool = False
    ) -> Posteriors:
        """Listen to samples at `SAMPLE_RATE`, shape=(m,); ``n = 1 + m // HOP_LENGTH`` frames.

        Parameters
        ----------
        contours : keep the contours too: three times the memory of notes and onsets each
        """
        count = 1 + len(signal) // HOP_LENGTH
        outputs = OUTPUTS[: 3 if contours else 2]
        widths = (PITCHES, PITCHES, BINS_PER_SEMITONE * PITCHES)
        heard = [np.empty((count, w), np.float32) for w, _ in zip(widths, outputs, strict=False)]
        starts = range(0, count, KEPT)
        batches = [starts[k : k + BATCH] for k in range(0, len(starts), BATCH)]
        side_by_side = 2
        with cores.pool(side_by_side) as pool:
            for k in range(0, len(batches), side_by_side):
                progress(k / len(batches))
                group = batches[k : k + side_by_side]
                answers = pool.map(lambda batch: self._hear(signal, batch, outputs), group)
                for batch, answer in zip(group, answers, strict=True):
                    low, high = batch[0], min(count, batch[-1] + KEPT)
                    for whole, part in zip(heard, answer, strict=True):
                        whole[low:high] = part[: high - low]
        progress(1.0)
        return Posteriors(*heard)

    def _hear(self, signal: Array, starts: range, outputs: tuple[str, ...]) -> list[Array]:
        windows = np.stack([_window(signal, start) for start in starts])
        found: list[Any] = self._session.run(list(outputs), {INPUT: windows[..., None]})
        return [part[:, BORDER : BORDER + KEPT].reshape(-1, part.shape[-1]) for part in found]


def _window(signal: Array, start: int) -> Array:
    """Return the samples round the frames from `start`, zeros outside, shape=(WINDOW,)."""
    low = (start - BORDER) * HOP_LENGTH
    part = signal[max(0, low) : max(0, low + WINDOW)]
    before = max(0, -low)
    return np.pad(part, (before, WINDOW - before - len(part)))


@cache
def load_basic_pitch(path: Path) -> BasicPitch:
    """Return the network of an ONNX file, loaded once a process.

    Raises
    ------
    WeightsError
        If the file is not that network.
    """
    return BasicPitch(path)
