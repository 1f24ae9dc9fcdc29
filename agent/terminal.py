"""The terminal: results to stdout, everything else (progress, notices, errors) to stderr."""

import inspect
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.settings import Settings, prepare_process
from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from rich.progress import Progress

BAD_INPUT = 2
FAILED = 1
INTERRUPTED = 130

Report = Callable[[float, str], None]

SETTINGS = {
    "data_dir": Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of memory, threads and log.")
    ],
    "chroma": Annotated[
        str | None,
        typer.Option("--chroma", help="Address of a Chroma server that keeps the memory."),
    ],
    "cache_dir": Annotated[Path | None, typer.Option("--cache-dir", help="Folder of weights.")],
    "model": Annotated[
        str | None,
        typer.Option(
            "--model",
            help="embedded, rules, hf:FOLDER or ID, openai:NAME, anthropic:NAME, ollama:NAME.",
        ),
    ],
    "base_url": Annotated[
        str | None, typer.Option("--base-url", help="Address of an OpenAI-compatible server.")
    ],
    "offline": Annotated[
        bool | None, typer.Option("--offline/--online", help="Never touch the network.")
    ],
    "licence": Annotated[
        str | None,
        typer.Option("--licence", help="any, or permissive: leave out non-commercial weights."),
    ],
    "threads": Annotated[int | None, typer.Option("--threads", help="Cores for heavy work.")],
}


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the flags that match the settings, and turn bad input into exit code 2.

    The command's first parameter receives the `Settings`. A flag that the command has itself stays
    its own.
    """
    own = list(inspect.signature(command).parameters.values())[1:]
    names = [name for name in SETTINGS if name not in {p.name for p in own}]

    @wraps(command)
    def run(**arguments: Any) -> None:
        flags = {name: arguments.pop(name) for name in names}
        with errors_told():
            settings = Settings.load(**flags)
            prepare_process(settings)  # before numpy is imported: it reads its threads then
            command(settings, **arguments)

    flags = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=SETTINGS[name]
        )
        for name in names
    ]
    keyword = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = inspect.Signature([*keyword, *flags])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*keyword, *flags]}
    return run


@contextmanager
def errors_told() -> Iterator[None]:
    """Tell a user's error in one sentence and exit; a bug keeps its traceback."""
    try:
        yield
    except MusicToolError as error:
        complain(str(error))
        raise typer.Exit(BAD_INPUT) from error
    except (Cancelled, KeyboardInterrupt) as error:
        complain("Stopped.")
        raise typer.Exit(INTERRUPTED) from error
    except BrokenPipeError as error:  # `musicologue ... | head`
        sys.stderr.close()
        raise typer.Exit(0) from error


def complain(sentence: str) -> None:
    """Tell the user what went wrong, on one line of stderr."""
    print(" ".join(sentence.split()), file=sys.stderr)  # noqa: T201 - this is the terminal


def say(text: str, end: str = "\n") -> None:
    """Write a result to stdout."""
    try:
        print(text, end=end, flush=True)  # noqa: T201 - this is the terminal
    except BrokenPipeError:
        raise
    except OSError as error:  # `musicologue ... > /a/full/disk`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is left to flush
        complain(f"The output can't be written: {error.strerror}.")
        raise typer.Exit(FAILED) from error


def bars() -> "Progress":
    """Return bars on stderr, each with its title and what is being done; none where it is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.fields[title]}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def progress_bar() -> Iterator[Callable[[str], Report]]:
    """Show one bar on stderr while work goes on; yields a maker of reports, one a file.

    Nothing is shown where stderr is no terminal.
    """
    from rich.progress import TaskID

    shown = bars()

    def start(title: str) -> Report:
        bar: list[TaskID] = []

        def report(fraction: float, doing: str) -> None:
            if not bar and fraction >= 1.0:
                return
            if not bar:
                bar.append(shown.add_task(doing, total=1.0, title=_short(title)))
                shown.start()
            shown.update(bar[0], completed=fraction, description=doing)
            if fraction >= 1.0:
                shown.remove_task(bar.pop())
                if not shown.task_ids:  # while it is shown, the terminal is not the chat's
                    shown.stop()

        return report

    try:
        yield start
    finally:
        shown.stop()


@contextmanager
def ctrl_c_calls(stop: Callable[[], None]) -> Iterator[None]:
    """Have Ctrl-C call `stop`, which ends the work in an orderly way; a second one interrupts.

    An exception in the midst of a graph would wait for its tools, and they for their sound to end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def fetch_reporter(start: Callable[[str], Report]) -> Callable[[str, int, int], None]:
    """Return what shows the download of weights on the bar."""
    reports: dict[str, Report] = {}

    def on_fetch(name: str, done: int, size: int) -> None:
        report = reports.setdefault(name, start(f"weights '{name}'"))
        report(done / max(size, 1), f"{done / 1e6:.0f} of {size / 1e6:.0f} MB")

    return on_fetch


def _short(title: str, limit: int = 32) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in title)
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"
