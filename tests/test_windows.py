"""Long pieces in windows: nothing is left out, nothing is written twice, no seam is heard."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tools.composing.windows import Window, joined, windows


def sound(size: int, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


@given(st.integers(1, 5000), st.integers(0, 700), st.integers(2, 1500), st.integers(1, 1400))
def test_windows_write_every_frame_once(new: int, known: int, longest: int, overlap: int) -> None:
    assume(overlap < longest and known < longest)
    found = windows(new, known, longest, overlap)
    assert found[0].start == 0 and found[0].known == known and found[-1].end == known + new
    assert sum(window.new for window in found) == new
    for before, after in pairwise(found):
        assert after.start + after.known == before.end  # it goes on where the last one ended
        assert after.known == overlap and after.start >= 0
    assert all(window.end - window.start <= longest and window.new >= 0 for window in found)
    assert all(window.new > 0 for window in found[1:])


def test_a_long_piece_is_shared_out_evenly() -> None:
    assert windows(1500, 0, 1500, 600) == [Window(0, 0, 1500)]
    news = [window.new for window in windows(3000, 0, 1500, 600)]
    assert len(news) == 3 and max(news) - min(news) <= 600
    assert windows(1000, 600, 1500, 600) == [Window(0, 600, 1100), Window(500, 600, 1600)]


@pytest.mark.parametrize(
    ("new", "known", "longest", "overlap"),
    [(0, 0, 10, 5), (5, -1, 10, 5), (5, 0, 10, 10), (5, 0, 10, 0), (5, 10, 10, 5)],
)
def test_windows_that_can_not_be_are_refused(
    new: int, known: int, longest: int, overlap: int
) -> None:
    with pytest.raises(ValueError, match="can't be written"):
        windows(new, known, longest, overlap)


@pytest.mark.parametrize("fade", [1, 7, 50, 500])
def test_pieces_of_one_sound_join_to_that_sound(fade: int) -> None:
    whole = sound(1000)
    pieces = [(0, whole[:400]), (300, whole[300:700]), (650, whole[650:])]
    assert joined(pieces, fade) == pytest.approx(whole, abs=1e-6)


def test_a_seam_is_faded_in_the_middle_of_what_is_shared() -> None:
    ones, twos = np.ones(400, np.float32), np.full(400, 2, np.float32)
    whole = joined([(0, ones), (200, twos)], 100)
    assert whole.size == 600
    assert (whole[:250] == 1).all() and (whole[350:] == 2).all()
    rising = np.diff(whole[249:351])
    assert (rising >= 0).all() and rising.max() < 0.04


def test_pieces_that_do_not_meet_are_refused() -> None:
    with pytest.raises(ValueError, match="shares -10"):
        joined([(0, sound(100)), (110, sound(100))], 10)
