"""Toy weights for tests, and stores that know nothing else."""

import hashlib
from pathlib import Path
from typing import Any

from tools.weights import Weight, WeightStore

CONTENT = b"numbers that a network learnt " * 1000


def digest(content: bytes) -> str:
    """Return the sha256 as the catalogue writes it."""
    return hashlib.sha256(content).hexdigest()


def toy_weight(**fields: Any) -> Weight:
    """Return a weight called toy."""
    usual: dict[str, Any] = {
        "name": "toy",
        "task": "beats",
        "rung": "hub",
        "licence": "MIT",
        "commercial": True,
        "about": "a toy",
        "size": len(CONTENT),
    }
    return Weight(**usual | fields)


def store_over(cache: Path, *known: Weight, **settings: Any) -> WeightStore:
    """Return a store whose catalogue holds the given weights only."""
    return WeightStore(cache, catalogue={weight.name: weight for weight in known}, **settings)


def left_in(store: WeightStore) -> list[str]:
    """Return what lies in the weights folder, locks aside."""
    folder = store.cache_dir / "weights"
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))
