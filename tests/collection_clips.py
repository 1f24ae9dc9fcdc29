"""Short recordings to add, made in a moment, and who hears them in the same process."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from agent.collection.adding import Adding
from agent.collection.pool import Outcome
from agent.collection.report import Failure, Report, Told
from agent.collection.worker import How, Job, analyse
from agent.memory import TrackMemory
from tools.embedding import Vectors, hashed_vectors
from tools.weights import WeightStore

RATE = 22_050
PLAIN = (("beats", "plain"), ("chords", "plain"), ("key", "profiles"))
"""Engines that need no weights and little time."""


class Spelling:
    """An embedder that needs no weights."""

    space = "spelling"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return hashed_vectors(texts)


def write_clip(path: Path, number: int, seconds: float = 6.0) -> Path:
    """Write two chords over a beat; every number sounds different."""
    dice = np.random.default_rng(number)
    t = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros_like(t)
    for chord, start in ((0, 4, 7), 0.0), ((5, 9, 12), seconds / 2):
        for step in chord:
            hertz = 220 * 2 ** ((number % 12 + step) / 12)
            sound += 0.1 * np.sin(2 * np.pi * hertz * t) * (t >= start)
    click = (t * (1.5 + number % 5 / 4)) % 1 < 0.03
    sound += 0.3 * click * dice.standard_normal(t.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, (0.5 * sound / np.abs(sound).max()).astype(np.float32), RATE)
    return path


def write_clips(folder: Path, count: int, seconds: float = 6.0) -> list[Path]:
    return [write_clip(folder / f"clip{n:02}.wav", n, seconds) for n in range(count)]


class Queue:
    """What pools in this process have in common: one file at a time, and a count."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self._left: list[Job] = []

    @property
    def free(self) -> bool:
        return not self._left

    @property
    def busy(self) -> bool:
        return bool(self._left)

    @property
    def heard(self) -> list[str]:
        return [Path(job.path).name for job in self.jobs if job.tasks]

    def submit(self, job: Job, worker: int | None = None) -> None:
        self.jobs.append(job)
        self._left.append(job)


class Here(Queue):
    """Hears at once; paths in `dies` kill it."""

    def __init__(self, dies: Sequence[Path] = ()) -> None:
        super().__init__()
        self.closed = False
        self._dies = {str(path) for path in dies}

    def wait(self, seconds: float) -> list[Outcome]:
        if not self._left:
            return []
        job = self._left.pop(0)
        if job.path in self._dies:
            raise KeyboardInterrupt
        return [Outcome(job, analyse(job))]

    def close(self) -> None:
        self.closed = True


class Deaf:
    """A watcher that nobody looks at."""

    def on_progress(self, path: str, fraction: float, doing: str) -> None: ...

    def on_done(self, path: str, done: int) -> None: ...


def adding(
    memory: TrackMemory,
    store: WeightStore,
    pool: Here | None = None,
    tasks: Sequence[str] = ("level",),
    engines: tuple[tuple[str, str], ...] = PLAIN,
) -> Adding:
    how = How(str(store.cache_dir), offline=True, engines=engines)
    return Adding(memory, store, tasks, how, pool or Here(), Deaf())


def add(
    memory: TrackMemory,
    store: WeightStore,
    files: Sequence[Path],
    pool: Here | None = None,
    tasks: Sequence[str] = ("level",),
    engines: tuple[tuple[str, str], ...] = PLAIN,
) -> Report:
    return adding(memory, store, pool, tasks, engines).run(files)


def names(told: Sequence[Told | Failure]) -> list[str]:
    return [Path(one.path).name for one in told]
