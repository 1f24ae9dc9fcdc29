"""A real server killed with uploads under way: what it acknowledged is there, whole, and heard once."""

import os
from pathlib import Path

from agent.bench_kill import trial

ROOT = Path(__file__).parent.parent


def test_nothing_acknowledged_is_lost_or_half(tmp_path: Path, cache_dir: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MUSICOLOGUE_")}
    settings = {
        "CACHE_DIR": str(cache_dir),
        "OFFLINE": "1",
        "MODEL": "rules",
        "SERVER_LEVEL": "quick",
        "WORKERS": "1",
    }
    environment = clean | {f"MUSICOLOGUE_{name}": value for name, value in settings.items()}
    done = trial(tmp_path, environment | {"PYTHONPATH": str(ROOT)}, uploads=5)
    assert (done.acknowledged, done.torn) == (3, 2) and done.heard_before >= 1
    assert done.passed, done
