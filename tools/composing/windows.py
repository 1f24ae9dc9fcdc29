"""Windows: a long piece as stretches that a network can hold, each begun with the end of the last.

Times are frames of a codec, or samples; pure. The way is that of MusicGen's authors (Copet et al.,
"Simple and controllable music generation", 2023): a window hears the last seconds of the one before
and goes on from there. What both hold is faded over in its middle, where neither has an edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Window:
    """One stretch of a piece.

    Parameters
    ----------
    start : the first frame it holds
    known : how many frames it is begun with
    end : one past the last frame it holds
    """

    start: int
    known: int
    end: int

    @property
    def new(self) -> int:
        """How many frames are to be written."""
        return self.end - self.start - self.known


def windows(new: int, known: int, longest: int, overlap: int) -> list[Window]:
    """Return the windows of a piece, in order, the new frames shared out evenly.

    Parameters
    ----------
    new : frames to be written, 1 at least
    known : frames that are there before them; frame 0 is the first of these
    longest : the most frames of a window
    overlap : frames that a window is begun with, from the second on

    Raises
    ------
    ValueError
        If nothing is to be written, or a window would be full before it is begun.
    """
    if new < 1 or known < 0 or not 0 < overlap < longest or known >= longest:
        raise ValueError(
            f"{new} frames after {known} can't be written in windows of {longest} that share {overlap}"
        )
    total = known + new
    if total <= longest:
        return [Window(0, known, total)]
    step = longest - overlap
    count = 1 + -(-(total - longest) // step)
    # as many new frames in the first window as in the others, where those can hold them
    shared_out, left_over = known + -(-new // count), total - (count - 1) * step
    first = min(longest, max(shared_out, left_over, overlap))
    ends = [first + (total - first) * k // (count - 1) for k in range(count)]
    later = [Window(last - overlap, overlap, end) for last, end in pairwise(ends)]
    return [Window(0, known, first), *later]


def joined(pieces: Sequence[tuple[int, FloatArray]], fade: int) -> FloatArray:
    """Return pieces of sound as one, each faded over into the next, shape=(n,).

    The gains sum to one: what is on both sides of a fade is the same music.

    Parameters
    ----------
    pieces : (first sample, sound of shape (m,)), in order, each overlapping the next
    fade : samples; shorter where the overlap is
    """
    start, sound = pieces[0]
    whole = np.array(sound, np.float32)
    for at, piece in pieces[1:]:
        shared = start + len(whole) - at
        if not 0 <= shared <= len(piece):
            raise ValueError(f"a piece of {len(piece)} samples shares {shared} with what is before")
        length = min(fade, shared)
        low = (shared - length) // 2  # within the piece
        kept = whole[: at - start + low]
        rising = _rise(length)
        over = whole[len(kept) : len(kept) + length] * (1 - rising)
        over += piece[low : low + length] * rising
        whole = np.concatenate([kept, over, piece[low + length :]])
    return whole


def _rise(length: int) -> FloatArray:
    """Return half a cosine from 0 to 1, shape=(length,)."""
    rise: FloatArray = np.square(np.sin(np.pi / 2 * (np.arange(length) + 0.5) / max(1, length)))
    return rise.astype(np.float32)
