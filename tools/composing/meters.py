"""How the bar of each meter is walked: its pulses, how heavy each is, where the backbeat falls."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Meter:
    """A bar, in quarter notes.

    Parameters
    ----------
    lengths : of the pulses that a foot would tap; 7/8 is walked 2 + 2 + 3
    weights : of the pulses: 3 for the downbeat, 2 where a second group begins, else 1
    backbeats : indices of the pulses that the snare answers on
    beats : beats of the time signature as tempos count them, per bar
    """

    name: str
    lengths: tuple[float, ...]
    weights: tuple[int, ...]
    backbeats: tuple[int, ...]
    beats: int

    @property
    def bar(self) -> float:
        """Return the length of the bar."""
        return sum(self.lengths)

    @property
    def pulses(self) -> tuple[float, ...]:
        """Return where the pulses begin."""
        return tuple(accumulate(self.lengths[:-1], initial=0.0))

    @property
    def is_simple(self) -> bool:
        """Return whether every pulse is a quarter note, so that eighths can swing."""
        return all(length == 1 for length in self.lengths)

    def weight_at(self, place: float) -> int:
        """Return the weight of a place in the bar; 0 between pulses."""
        for pulse, weight in zip(self.pulses, self.weights, strict=True):
            if abs(pulse - place) < 1e-6:
                return weight
        return 0


_BARS = (
    Meter("2/4", (1.0,) * 2, (3, 1), (1,), 2),
    Meter("3/4", (1.0,) * 3, (3, 1, 1), (1, 2), 3),
    Meter("4/4", (1.0,) * 4, (3, 1, 2, 1), (1, 3), 4),
    Meter("5/4", (1.0,) * 5, (3, 1, 1, 2, 1), (2, 4), 5),
    Meter("6/8", (1.5,) * 2, (3, 2), (1,), 2),
    Meter("7/8", (1.0, 1.0, 1.5), (3, 1, 2), (1, 2), 7),
    Meter("9/8", (1.5,) * 3, (3, 1, 1), (1, 2), 3),
    Meter("12/8", (1.5,) * 4, (3, 1, 2, 1), (1, 3), 4),
)
METER: Mapping[str, Meter] = {meter.name: meter for meter in _BARS}
"""Time signature -> how it is walked."""
