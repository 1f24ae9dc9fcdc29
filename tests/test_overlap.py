from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.errors import Cancelled
from tools.overlap import chunks, faded, in_order
from tools.stft import frame_count, istft, stft

Sound = NDArray[np.float32]


def noise(*shape: int) -> Sound:
    return np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)


def blocks(sound: Sound, size: int) -> Iterator[Sound]:
    for first in range(0, sound.shape[1], size):
        yield sound[:, first : first + size]


@settings(deadline=None, max_examples=60)
@given(
    length=st.integers(1, 400),
    size=st.integers(2, 90),
    share=st.floats(0.1, 1.0),
    block=st.integers(1, 130),
)
def test_what_is_cut_and_faded_is_what_it_was(
    length: int, size: int, share: float, block: int
) -> None:
    sound, hop = noise(2, length), max(1, int(size * share))
    parts = list(chunks(blocks(sound, block), size, hop))
    assert all(p.shape[1] == min(size, length) for _, p in parts)
    assert parts[-1][0] + parts[-1][1].shape[1] == length
    assert [position for position, _ in parts[:-1]] == [hop * k for k in range(len(parts) - 1)]
    again = np.concatenate(list(faded(iter(parts), size)), axis=-1)
    assert again.shape == sound.shape
    assert np.abs(again - sound).max() < 1e-5


def test_parts_worked_on_side_by_side_keep_their_order() -> None:
    parts = list(enumerate(noise(50, 2, 10)))
    with ThreadPoolExecutor(4) as pool:
        made = list(in_order(lambda x: 2 * x, parts, pool, 4, lambda: None))
    assert [position for position, _ in made] == list(range(50))
    assert all(
        np.array_equal(done, 2 * part) for (_, done), (_, part) in zip(made, parts, strict=True)
    )


def test_slow_work_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr("tools.overlap.IMPATIENCE", 0.01)
    stop = threading.Event()

    def slow(part: Sound) -> Sound:
        assert stop.wait(20)
        return part

    def tick() -> None:
        raise Cancelled

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(Cancelled):
            next(in_order(slow, [(0, noise(1, 1))], pool, 1, tick))
        stop.set()


@pytest.mark.parametrize(("length", "size"), [(5000, 512), (1, 4096), (4096, 64), (4097, 64)])
def test_spectra_turn_back_into_the_sound(length: int, size: int) -> None:
    sound = noise(2, length)
    spectra = stft(sound, size)
    assert spectra.shape == (2, frame_count(length, size), size // 2 + 1)
    assert np.abs(istft(spectra, size, length) - sound).max() < 1e-5


def test_a_frame_is_centred_on_its_time() -> None:
    sound = np.zeros((1, 4096), np.float32)
    sound[0, 1024] = 1.0
    loudness = np.abs(stft(sound, 512)).mean(axis=2)[0]
    assert loudness.argmax() == 1024 // 128
    assert loudness.max() == pytest.approx(1.0)
