"""The figures of several models as a table, and as JSON."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

Figures = Mapping[str, float | int | None]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


def _number(value: float) -> str:
    return f"{value:.0f}"


ROWS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("turns", "turns", _number),
    ("turns that failed", "failed", _number),
    ("plan exact", "plan_exact", _share),
    ("arguments right", "arguments_right", _share),
    ("invalid calls", "invalid_calls", _number),
    ("facts right", "facts_right", _share),
    ("contradicted, before grounding", "contradicted_before", _number),
    ("contradicted, after grounding", "contradicted_after", _number),
    ("unknown, before grounding", "unknown_before", _number),
    ("unknown, after grounding", "unknown_after", _number),
    ("right declines", "declines_right", _share),
    ("false declines", "false_declines", _number),
    ("plan, p50", "plan_p50", _seconds),
    ("plan, p95", "plan_p95", _seconds),
    ("first word, p50", "first_word_p50", _seconds),
    ("first word, p95", "first_word_p95", _seconds),
    ("answer, p50", "answer_p50", _seconds),
    ("answer, p95", "answer_p95", _seconds),
    ("tokens read a turn", "tokens_read", _number),
    ("tokens written a turn", "tokens_written", _number),
)
"""What a row is called, its figure, and how that is written."""


def to_table(models: Mapping[str, Figures]) -> "Table":
    """Return a table with a column a model."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.MARKDOWN)
    table.add_column()
    for name in models:
        table.add_column(name, justify="right", overflow="fold")
    for words, key, written in ROWS:
        values = (figures.get(key) for figures in models.values())
        table.add_row(words, *("–" if v is None else written(v) for v in values))
    return table


def to_json(results: Mapping[str, Any]) -> str:
    """Return results as JSON that is the same for the same results, a line a value."""
    return json.dumps(results, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
