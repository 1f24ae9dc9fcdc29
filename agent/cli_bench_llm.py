"""``musicologue bench-llm``: chat models measured on held-out questions."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Settings
from agent.terminal import progress_bar, say, with_settings
from tools.errors import MusicToolError
from tools.weights import WeightStore


class Split(StrEnum):
    """Which questions are asked."""

    questions = "questions"
    scenarios = "scenarios"
    all = "all"


@with_settings
def bench_llm(
    settings: Settings,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="A model to measure; may be given several times."),
    ] = None,
    split: Annotated[
        Split, typer.Option("--split", help="Single questions, conversations, or both.")
    ] = Split.all,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="So many questions and conversations only.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write every turn to this file, as JSON.")
    ] = None,
) -> None:
    """Measure chat models: plans, facts, declines and times, on questions nobody trained on."""
    from rich.console import Console

    from agent.bench_llm import measure
    from agent.bench_llm.questions import load
    from agent.bench_llm.table import to_json, to_table
    from agent.models import load_chat_model

    names = dict.fromkeys(model or [settings.model])
    store = WeightStore(settings.cache_dir, settings.offline, settings.licence)
    models = {
        name: load_chat_model(name, store, base_url=settings.base_url, offline=settings.offline)
        for name in names
    }
    if out is not None:
        _check_writable(out)
    with ExitStack() as stack:
        report = stack.enter_context(progress_bar())("bench-llm")
        results = measure(models, load(split.value, limit), report)
    if out is not None:
        out.write_text(to_json({"split": split.value, "limit": limit, "models": results}), "utf-8")
    console = Console(width=max(60, 34 + 24 * len(models)))
    with console.capture() as capture:
        console.print(to_table({name: found["figures"] for name, found in results.items()}))
    say("\n".join(line for line in capture.get().splitlines() if line.strip()))


def _check_writable(path: Path) -> None:
    """Raise before the long work, not after it, if there is no place for its results."""
    if path.is_dir() or not path.parent.is_dir():
        raise MusicToolError(f"'{path}' can't be written: give a file in a folder that is there.")
