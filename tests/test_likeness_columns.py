"""Rhythm and mood over a whole table at once: the order is that of the rows, one after another."""

import random
from dataclasses import replace

import pytest

from agent.bench_library import generated_rows
from agent.likeness_columns import FIRST, ranked
from agent.likeness_scores import SCORES, Profile
from agent.recall import Row
from agent.search.table import Table


def library(seed: int, count: int) -> list[Row]:
    """Return rows of which some lack some facts, and some are even."""
    dice = random.Random(seed)
    rows: list[Row] = []
    for row in generated_rows(count, seed):
        lost = dice.sample(
            ["bpm", "meter", "moods", "genres", "tonic", "energy"], dice.randint(0, 3)
        )
        facts = {k: v for k, v in row.facts.items() if k not in lost}
        if "bpm" in lost:
            facts.pop("other_bpms", None)
        if "tonic" in lost:
            facts.pop("mode", None)
        if dice.random() < 0.3 and rows:
            facts = rows[-1].facts
        rows.append(replace(row, facts=facts))
    dice.shuffle(rows)
    return rows


@pytest.mark.parametrize("what", ["rhythm", "mood", "mix"])
def test_the_order_is_that_of_the_scores_of_single_rows(what: str) -> None:
    for seed, count in enumerate((1, 7, 60, 90, 120, FIRST + 90)):
        rows = library(seed, count)
        asked = Profile(rows[0].facts)
        scores = {row.id: SCORES[what](asked, Profile(row.facts)).score for row in rows}
        wanted = sorted(scores, key=lambda i: (-scores[i], i))
        assert list(ranked(Table.of(rows), what, asked)) == wanted


def test_rows_that_are_gone_are_not_alike() -> None:
    rows = library(5, 40)
    table = Table.of(rows)
    gone = [row.id for row in rows[:9]]
    table = table.changed([], table.segments[0].vectors[:0], dropped=gone)
    found = list(ranked(table, "rhythm", Profile(rows[20].facts)))
    assert sorted(found) == sorted(row.id for row in rows[9:])
