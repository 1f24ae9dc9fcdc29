"""Records that depend on a number only, for tests of the memory."""

from collections.abc import Sequence
from pathlib import Path

from agent.memory import Hit, TrackMemory
from agent.record import TrackRecord
from tools.annotations import Key, Level, Tempo
from tools.embedding import Vectors, hashed_vectors

ROOT = Path(__file__).parent.parent
KEYS = (("F", "minor"), ("C", "major"), ("A", "minor"), ("Eb", "major"))
WORDS = ("a slow piano piece", "fast techno with a kick drum", "a folk song", "a string quartet")


class Spelling:
    """An embedder that needs no weights and counts what it is asked."""

    def __init__(self, space: str = "spelling") -> None:
        self.space = space
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return hashed_vectors(texts)


def make_record(n: int, seconds: int = 10) -> TrackRecord:
    """Return a record that depends on its number only."""
    key = Key(*KEYS[n % 4], 0.8, "demo/1")
    heard = {
        "key": key,
        "tempo": Tempo(60.0 + n, 0.9, "demo/1"),
        "level": Level(1.0, tuple(-20.0 - (n + i) % 7 for i in range(seconds)), "demo/1"),
    }
    return TrackRecord(
        id=f"{n:032x}",
        path=f"/music/{n}.flac",
        titles={"title": f"Number {n}", "artist": f"Artist {n % 3}"},
        duration=float(seconds),
        sample_rate=44100,
        channels=2,
        annotations={task: annotation.to_dict() for task, annotation in heard.items()},
        words=f"{WORDS[n % 4]}.",
        heard_at=f"2026-11-22T17:{n % 60:02}:00+00:00",
    )


def reopened(memory: TrackMemory, embedder: Spelling | None = None) -> TrackMemory:
    return TrackMemory(memory.folder, embedder or Spelling())


def numbers(hits: Sequence[Hit | TrackRecord]) -> list[int]:
    return [int(hit.id, 16) for hit in hits]
