"""What @ offers: tracks that are known, and recordings in the working folder."""

from pathlib import Path

from agent.screen.desk import Entry
from agent.screen.fuzzy import Choice

MOST_FILES = 2000
"""Files below the working folder that @ offers."""


def choice_of(entry: Entry) -> Choice:
    """Return a track as @ offers it."""
    if entry.handle:
        return Choice(f"{entry.handle} ", f"{entry.handle} {entry.label}", entry.key)
    return Choice(f'"{entry.label}" ', entry.label, "in memory")


def recordings_below(folder: Path) -> list[Choice]:
    """Return the recordings in a folder and below it, as @ offers them."""
    import os

    from agent.collection.finding import is_recording

    found: list[Choice] = []
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(files):
            path = Path(at) / name
            if is_recording(path):
                shown = str(path.relative_to(folder))
                found.append(
                    Choice(f'@"{shown}" ' if " " in shown else f"@{shown} ", shown, "file")
                )
        if len(found) >= MOST_FILES or len(Path(at).relative_to(folder).parts) >= 4:
            folders[:] = []
    return found[:MOST_FILES]
