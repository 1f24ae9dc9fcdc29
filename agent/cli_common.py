"""What the commands have in common: the workbench, and how flags name tasks and engines."""

from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.output_folder import at_home
from agent.settings import Settings
from agent.terminal import fetch_reporter, progress_bar
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from agent.record import TrackRecord
    from agent.workbench import Workbench

Files = Annotated[list[Path], typer.Argument(help="Recordings.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
Engines = Annotated[
    list[str] | None, typer.Option("--engine", help="Force an engine, such as beats=plain.")
]


class Depth(StrEnum):
    """How much is listened for; `agent.listening.LEVELS` says what each includes."""

    quick = "quick"
    standard = "standard"
    deep = "deep"


def workbench(settings: Settings, stack: ExitStack) -> tuple["Workbench", Any]:
    """Return the workbench of a command, and what starts a progress bar."""
    from agent.workbench import Workbench

    start = stack.enter_context(progress_bar())
    bench = Workbench(settings, fetch_reporter(start))
    stack.callback(bench.close)
    return bench, start


def task_names(only: str) -> tuple[str, ...]:
    """Return the tasks of ``--only beats,key``."""
    from agent.listening import TASKS

    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in TASKS] or not names:
        wrong = unknown if isinstance(unknown, list) else ["nothing"]
        raise MusicToolError(
            f"--only takes some of {', '.join(TASKS)}, separated by commas; got {', '.join(wrong)}."
        )
    return tuple(names)


def engine_choices(choices: list[str]) -> dict[str, str]:
    """Return the engines of ``--engine TASK=NAME`` by task."""
    from agent.listening import TASKS

    chosen = {}
    for choice in choices:
        task, _, name = choice.partition("=")
        names = [engine.name for engine in TASKS[task].engines()] if task in TASKS else []
        if name not in names:
            raise MusicToolError(
                f"--engine takes TASK=NAME; got '{choice}'. "
                + (
                    f"Engines of {task}: {', '.join(names)}."
                    if names
                    else f"Tasks: {', '.join(TASKS)}."
                )
            )
        chosen[task] = name
    return chosen


def heard(
    bench: "Workbench", file: Path, tasks: tuple[str, ...], report: Any, again: bool
) -> "TrackRecord":
    """Open a file, hear it, and return what is known of it under the path that was given."""
    handle = bench.library.open(file, report)
    if again:
        bench.library.forget_heard(handle, tasks)
    record = bench.library.ensure(handle, tasks, report)
    return replace(record, path=str(at_home(file).absolute()))
