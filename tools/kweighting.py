"""How loud ears find a sound, a tenth of a second at a time: K-weighted power.

Recommendation ITU-R BS.1770-4, annex 1: two filters stand for the head and for the ear, the power
of all channels is added, those behind the listener weighing 1.5 dB more and the LFE nothing. The
filters are pyloudnorm's (Steinmetz and Reiss, "pyloudnorm: a simple yet flexible loudness meter in
Python", AES 2021), in the form by De Man that meets the coefficients of the recommendation. Worked
out while a file is decoded, since what is kept of it is mono, and a stereo sound is not as loud as
its mean: 3 minutes of stereo cost 0.3 s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 10
"""Powers a second: what the gates' windows of 0.4 s and 3 s are made of, as EBU Tech 3341 has it."""

WEIGHTS = {5: (1.0, 1.0, 1.0, 1.41, 1.41), 6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)}
"""By number of channels, in the order of WAV and FLAC; of others all count alike."""


@dataclass(frozen=True, eq=False)
class Powers:
    """What a loudness is made of.

    Parameters
    ----------
    tenths : mean K-weighted power of each whole tenth of a second, channels added, shape=(n,)
    peak : the highest sample, whatever its sign
    """

    tenths: Floats
    peak: float


class PowerMeter:
    """Measures a sound that comes in blocks.

    Parameters
    ----------
    rate : hertz
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sections = _sections(rate)
        self._state: Floats | None = None
        self._weights = np.ones(1)
        self._seen = 0
        self._sums: list[Floats] = []  # of whole tenths
        self._open = 0.0  # the sum of the tenth that is not whole
        self._peak = 0.0

    def add(self, block: NDArray[np.float32]) -> None:
        """Hear a block, shape=(n, channels)."""
        from scipy.signal import sosfilt

        if not block.size:
            return
        if self._state is None:
            channels = block.shape[1]
            self._state = np.zeros((len(self._sections), channels, 2))
            self._weights = np.array(WEIGHTS.get(channels, (1.0,) * channels))
        self._peak = max(self._peak, float(block.max()), -float(block.min()))
        heard, self._state = sosfilt(
            self._sections, np.ascontiguousarray(block.T, np.float64), axis=1, zi=self._state
        )
        np.square(heard, out=heard)
        self._collect(self._weights @ heard)

    def powers(self) -> Powers:
        """Return what was heard so far."""
        tenths = np.concatenate(self._sums) if self._sums else np.empty(0)
        return Powers(tenths / (self._rate / STEPS), self._peak)

    def _collect(self, squares: Floats) -> None:
        """Add squared samples to the sums of their tenths."""
        begin, end = self._seen, self._seen + squares.size
        tenths = np.arange(begin * STEPS // self._rate, end * STEPS // self._rate + 2)
        borders = np.round(tenths * self._rate / STEPS).astype(int)
        edges = [begin, *borders[(begin < borders) & (borders <= end)], end]
        sums = np.diff(np.concatenate([[0.0], np.cumsum(squares)])[np.array(edges) - begin])
        sums[0] += self._open
        self._sums.append(sums[:-1])
        self._open, self._seen = float(sums[-1]), end


def _sections(rate: int) -> Floats:
    """Return the filters as second-order sections, shape=(2, 6)."""
    from pyloudnorm.iirfilter import IIRfilter

    shelf = IIRfilter(
        3.99984385397, 0.7071752369554193, 1681.9744509555319, rate, "high_shelf_DeMan"
    )
    high_pass = IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, rate, "high_pass_DeMan")
    return np.array([[*f.b, *f.a] for f in (shelf, high_pass)])
