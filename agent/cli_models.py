"""``musicologue models``: the weights, listed, fetched and checked."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Settings
from agent.terminal import FAILED, fetch_reporter, progress_bar, say, with_settings
from tools.errors import WeightsError
from tools.weights import Weight, WeightStore, catalogue

models = typer.Typer(
    help="The weights of the estimators: where they come from, whether they are here and whole.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Names = Annotated[
    list[str] | None, typer.Argument(help="Names of weights or tasks.", show_default=False)
]


@models.command("list")
@with_settings
def list_weights(settings: Settings) -> None:
    """List all weights: task, rung, licence, size, and whether they are here."""
    store = _store(settings)
    rows = [("name", "task", "rung", "licence", "MB", "state")]
    for weight in catalogue().values():
        state = store.obstacle(weight.name)
        if state is None:
            state = "here" if store.has(weight.name) else "can be fetched"
        size = f"{weight.size / 1e6:.0f}"
        rows.append((weight.name, weight.task, weight.rung, weight.licence, size, state))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, row[5]]).rstrip())


@models.command()
@with_settings
def pull(
    settings: Settings,
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Fetch the hub's weights too.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Fetch even what is here.")] = False,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Take them from a folder of yours, not from the network."),
    ] = None,
) -> None:
    """Fetch weights into the cache; without names, all bundled ones."""
    with ExitStack() as stack:
        start = stack.enter_context(progress_bar())
        store = WeightStore(
            settings.cache_dir, settings.offline, settings.licence, fetch_reporter(start)
        )
        wanted = _chosen(names, everything)
        failed, got = [], 0
        for weight in wanted:
            if not weight.commercial and settings.licence == "permissive" and not names:
                continue  # the policy leaves it out; only a request by name is an error
            try:
                store.fetch(weight.name, again=again or source is not None, source=source)
                got += 1
            except WeightsError as error:
                failed.append(str(error))
        if any(weight.task == "chat" for weight in wanted) and not failed:
            _merge(store, start("merging the chat model"))
    if failed:
        raise WeightsError(" ".join(f"{reason.rstrip('.')}." for reason in failed))
    say(f"{got} weights are in {settings.cache_dir / 'weights'}.")


@models.command()
@with_settings
def verify(settings: Settings) -> None:
    """Check the sha256 of every file in the cache; exit 1 if one is damaged."""
    store = _store(settings)
    here = [name for name in catalogue() if store.has(name)]
    damaged = {name: files for name in here if (files := store.damaged(name))}
    for name in here:
        say(f"{name}: {'damaged: ' + ', '.join(damaged[name]) if name in damaged else 'whole'}")
    if not here:
        say(f"No weights are in {settings.cache_dir / 'weights'}.")
    if damaged:
        say(f"Run: musicologue models pull {' '.join(damaged)} --again")
        raise typer.Exit(FAILED)


@models.command()
@with_settings
def path(settings: Settings, names: Names = None) -> None:
    """Print the folder of the weights, or the files of those that are named."""
    if not names:
        say(str(settings.cache_dir / "weights"))
        return
    store = _store(settings)
    for weight in _chosen(names, False):
        for member in weight.files:
            say(str(store.file(weight.name, member)))


def _merge(store: WeightStore, report: Callable[[float, str], None]) -> None:
    """Add what the chat model learnt to its weights now, so that no first question waits for it."""
    from agent.embedded.chat_model import ADAPTER
    from agent.embedded.engine import prepare

    prepare(store, ADAPTER, lambda fraction: report(fraction, ""))


def _store(settings: Settings) -> WeightStore:
    return WeightStore(settings.cache_dir, settings.offline, settings.licence)


def _chosen(names: list[str] | None, everything: bool) -> list[Weight]:
    """Return the weights with these names or for these tasks; without names, the bundled ones."""
    all_weights = list(catalogue().values())
    if not names:
        return [w for w in all_weights if everything or w.rung == "bundled"]
    chosen = []
    for name in names:
        found = [w for w in all_weights if name == w.name or name in w.task.split(", ")]
        if not found:
            tasks = sorted({t for w in all_weights for t in w.task.split(", ")})
            raise WeightsError(
                f"No weights or task '{name}'. Weights: {', '.join(catalogue())}. "
                f"Tasks: {', '.join(tasks)}."
            )
        chosen += [w for w in found if w not in chosen]
    return chosen
