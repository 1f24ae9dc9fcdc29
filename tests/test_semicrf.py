from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.semicrf import decode

Interval = tuple[int, int]


def every_set(frame: int, last: int) -> Iterator[list[Interval]]:
    """Yield every set of intervals from a frame on, by the definition."""
    for single in ([], [(frame, frame)]):
        if frame == last:
            yield single
            continue
        for end in range(frame + 1, last + 1):
            for rest in every_set(end, last):
                yield [*single, (frame, end), *rest]
        for rest in every_set(frame + 1, last):
            yield [*single, *rest]


@settings(deadline=None)  # the first example compiles
@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_no_set_of_intervals_is_worth_more(frames: int, start: int, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(-0.3, 2, (2, frames, frames)).astype(np.float32)
    start = min(start, frames - 1)
    onward = decode(scores)
    for track in range(2):
        found = [(int(a), int(b)) for a, b in onward.intervals(track, start)]
        assert found in list(every_set(start, frames - 1))
        best = max(
            sum(float(scores[track, a, b]) for a, b in chosen)
            for chosen in every_set(start, frames - 1)
        )
        assert sum(float(scores[track, a, b]) for a, b in found) == pytest.approx(best, abs=1e-4)


def test_nothing_is_found_where_nothing_is_worth_it() -> None:
    onward = decode(np.full((1, 30, 30), -1, np.float32))
    assert len(onward.intervals(0)) == 0
