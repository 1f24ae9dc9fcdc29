"""The test split: questions with their meaning that no model was trained on, and conversations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from agent.embedded.training.phrasings import parse

SPLITS = ("questions", "scenarios", "all")
UNTITLED = (("Velvet Hour", ""), ("Lower East", "Ola Brandt"), ("Orbit", ""), ("Ten Past", ""))
"""Title and artist of open tracks that a question does not name."""


@dataclass(frozen=True)
class Turn:
    """One question, and its reading (`agent.embedded.notation`)."""

    question: str
    reading: str


@dataclass(frozen=True)
class Dialogue:
    """Questions asked one after the other.

    Parameters
    ----------
    tracks : title and artist of each open track
    focus : handles talked about at the start
    before : a turn that is already over when the first question comes, None for none
    """

    name: str
    tracks: tuple[tuple[str, str], ...]
    turns: tuple[Turn, ...]
    focus: tuple[str, ...] = ("#1",)
    before: Turn | None = None


def load(split: str = "all", limit: int | None = None) -> tuple[Dialogue, ...]:
    """Return the dialogues of a split, or `limit` of them at even distances."""
    found: list[Dialogue] = []
    if split in ("questions", "all"):
        found += _questions()
    if split in ("scenarios", "all"):
        found += _scenarios()
    if limit is None or limit >= len(found):
        return tuple(found)
    return tuple(found[i * len(found) // limit] for i in range(limit))


def _questions() -> Iterator[Dialogue]:
    earlier = yaml.safe_load(_data("before.yaml"))
    for number, asked in enumerate(parse(_data("questions.txt")), 1):
        tracks = _named(asked.titles) if asked.titles else UNTITLED[: asked.count]
        before = Turn(earlier[asked.after], asked.after) if asked.after else None
        turn = Turn(asked.question, asked.reading)
        yield Dialogue(f"question {number}", tracks, (turn,), asked.focus, before)


def _scenarios() -> Iterator[Dialogue]:
    rows: list[dict[str, Any]] = yaml.safe_load(_data("scenarios.yaml"))
    for row in rows:
        turns = tuple(Turn(turn["question"], turn["reading"]) for turn in row["turns"])
        yield Dialogue(f"scenario {row['name']}", _named(row["tracks"]), turns)


def _named(titles: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return title and artist of each of ``"title - artist"``."""
    parts = (title.partition(" - ") for title in titles)
    return tuple((title, artist) for title, _, artist in parts)


def _data(name: str) -> str:
    return files("agent.embedded").joinpath("data", "test", name).read_text(encoding="utf-8")
