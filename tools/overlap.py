"""Long sounds worked on piece by piece: overlapping chunks out, faded into each other on the way back.

The chunks' weights are triangles, as in Demucs (Défossez 2021): what is near an edge of a chunk,
where little is known of what comes, counts least. Memory does not grow with the length.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

IMPATIENCE = 0.5
"""Seconds after which the caller is told that work goes on."""


def chunks(blocks: Iterable[Sound], size: int, hop: int) -> Iterator[tuple[int, Sound]]:
    """Yield (position, chunk) for a stream of blocks of shape (channels, n).

    All chunks have `size` frames and lie `hop` apart, but the last ends where the stream ends; only
    a stream shorter than `size` gives one that is shorter.
    """
    kept: Sound | None = None
    at = following = 0  # positions of `kept` and of the next chunk
    for block in blocks:
        kept = block if kept is None else np.concatenate([kept, block], axis=1)
        while at + kept.shape[1] >= following + size:
            yield following, kept[:, following - at : following - at + size]
            following += hop
        over = max(0, min(following, at + kept.shape[1] - size) - at)
        kept, at = kept[:, over:], at + over
    if kept is None:
        return
    end = at + kept.shape[1]
    if not following or end > following - hop + size:
        begin = max(0, end - size)
        yield begin, kept[:, begin - at :]


def in_order(
    work: Callable[[Sound], Sound],
    parts: Iterable[tuple[int, Sound]],
    pool: ThreadPoolExecutor,
    ahead: int,
    tick: Callable[[], None],
) -> Iterator[tuple[int, Sound]]:
    """Yield (position, result) of each part in order, `ahead` of them being worked on at once.

    `tick` is called while nothing is ready; what it raises ends the work.
    """
    running: deque[tuple[int, Future[Sound]]] = deque()
    for position, part in parts:
        running.append((position, pool.submit(work, part)))
        if len(running) >= ahead:
            yield _next(running, tick)
    while running:
        yield _next(running, tick)


def faded(parts: Iterable[tuple[int, Sound]], size: int) -> Iterator[Sound]:
    """Yield the sum of overlapping parts of shape (..., n), each frame weighted to 1 in all."""
    half = size // 2
    weight = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1)).astype(np.float32) / half
    done = 0
    total: Sound | None = None
    weights = np.zeros(size, np.float32)
    for position, part in parts:
        if total is None:
            total = np.zeros((*part.shape[:-1], size), np.float32)
        if ready := position - done:
            yield total[..., :ready] / weights[:ready]
            total = _shifted(total, ready)
            weights = _shifted(weights, ready)
            done = position
        count = part.shape[-1]
        total[..., :count] += weight[:count] * part
        weights[:count] += weight[:count]
    if total is not None:
        rest = int(np.count_nonzero(weights))
        yield total[..., :rest] / weights[:rest]


def _next(running: deque[tuple[int, Future[Sound]]], tick: Callable[[], None]) -> tuple[int, Sound]:
    position, future = running.popleft()
    while not wait([future], timeout=IMPATIENCE).done:
        tick()
    return position, future.result()


def _shifted(values: Sound, by: int) -> Sound:
    """Return the values moved to the front by `by`, zeros behind them."""
    moved = np.zeros_like(values)
    moved[..., : values.shape[-1] - by] = values[..., by:]
    return moved
