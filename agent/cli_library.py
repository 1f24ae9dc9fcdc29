"""``musicologue library``: a collection of recordings, added, listed and looked after."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli_common import Depth, Engines, Json, engine_choices
from agent.settings import Settings
from agent.terminal import BAD_INPUT, FAILED, INTERRUPTED, complain, say, with_settings
from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from agent.collection.adding import Adding, Watcher
    from agent.collection.pool import Pool
    from agent.collection.report import Report
    from agent.collection.worker import How
    from agent.workbench import Workbench

library = typer.Typer(
    help="A collection of recordings: added, listed, watched and looked after.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ADD_HELP = """Hear recordings and remember them: files, folders with all in them, "*.mp3", m3u playlists.

What is known by its content is skipped, or heard further where a higher level is asked for. The run
can be ended at any moment; the same command goes on where it was.

\b
quick     beats, tempo, key, chords and loudness
standard  also genres, instruments and moods, the sections, a caption, and the place
          of the sound among others, by which similar tracks are found
deep      also the notes, and the stems: vocals, drums, bass, other
          (on a cluster the stems are left until they are asked for)
"""

Level = Annotated[Depth, typer.Option("--level", help="How much to listen for; see above.")]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes that hear, a core each; as --threads."),
]
Ray = Annotated[
    str | None,
    typer.Option("--ray", help="Hear on the Ray cluster at this address, such as host:6379."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Tracks = Annotated[
    list[str],
    typer.Argument(help="Titles, paths, or starts of ids.", show_default=False),
]


class Order(StrEnum):
    """How a list is sorted."""

    by_title = "title"  # `title` is a method of every text
    by_key = "key"
    by_bpm = "bpm"
    by_added = "added"


@library.command(help=ADD_HELP)
@with_settings
def add(
    settings: Settings,
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Files, folders, patterns, playlists.", show_default=False
        ),
    ],
    level: Level = Depth.standard,
    workers: Workers = None,
    ray: Ray = None,
    engines: Engines = None,
    as_json: Json = False,
) -> None:
    """Hear recordings and remember them."""
    from agent.collection.finding import find

    found = find(places)
    if not found.files and not found.failed:
        raise MusicToolError(f"There is no recording in {', '.join(places)}.")
    with ExitStack() as stack:
        bench = _bench(settings, stack)
        run = _adding(bench, stack, level, engines, len(found.files), workers, ray)
        run.report.failed += found.failed
        with _told_in_any_case(run.report, as_json):
            run.run(found.files)
    if run.report.failed:
        raise typer.Exit(FAILED if any(f.inside for f in run.report.failed) else BAD_INPUT)


@library.command("list")
@with_settings
def list_tracks(
    settings: Settings,
    order: Annotated[Order, typer.Option("--sort", help="What to sort by.")] = Order.by_title,
    as_json: Json = False,
) -> None:
    """List all tracks: title, artist, key, tempo, length and how far each was heard."""
    from agent.collection.catalogue import listed, to_table

    with ExitStack() as stack:
        tracks = listed(_bench(settings, stack).memory, order.value)
    if as_json:
        _say_json([track.to_dict() for track in tracks])
    else:
        say(to_table(tracks) if tracks else "The library is empty. Try: musicologue library add")


@library.command()
@with_settings
def show(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="TRACK", help="Title, path, or start of an id.")],
    as_json: Json = False,
) -> None:
    """Show what is known of a track."""
    from agent.collection.catalogue import find_track, paths_of
    from agent.formats import render
    from agent.heard import level_of

    with ExitStack() as stack:
        memory = _bench(settings, stack).memory
        record = find_track(memory, name)
        paths = paths_of(memory, record.id) or [record.path]
    if as_json:
        say(render("json", [record]), end="")
        return
    say(render("text", [record]), end="")
    said = [("level", level_of(record) or "less than quick"), ("id", record.id)]
    for what, text in [*said, *(("file", _clean(path)) for path in paths)]:
        say(f"{what:6} {text}")


@library.command()
@with_settings
def remove(settings: Settings, names: Tracks, yes: Yes = False) -> None:
    """Forget tracks: what was heard of them and their stems. The recordings stay as they are."""
    from agent.collection.catalogue import find_track
    from agent.collection.removing import remove as forget

    with ExitStack() as stack:
        bench = _bench(settings, stack)
        records = list({r.id: r for r in (find_track(bench.memory, n) for n in names)}.values())
        for record in records:
            say(f"{_clean(record.title)} ({_clean(record.path)})")
        if not yes and not typer.confirm(f"Forget {_tracks(len(records))}?", err=True):
            raise Cancelled
        for record in records:
            forget(bench.memory, record)
        bench.memory.flush()
    say(f"{_tracks(len(records))} forgotten. The recordings are where they were.")


@library.command()
@with_settings
def stats(settings: Settings, as_json: Json = False) -> None:
    """Count what the library holds: tracks, hours, keys, tempi, levels, and what failed."""
    from agent.collection.catalogue import counts, listed
    from agent.collection.failures import Failures

    with ExitStack() as stack:
        memory = _bench(settings, stack).memory
        told = counts(listed(memory), Failures(memory.folder / "failed.json").all())
    if as_json:
        _say_json(told.to_dict())
    else:
        say(told.to_text())


@library.command()
@with_settings
def rescan(
    settings: Settings,
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="FOLDER", help="Where moved files may be now.", show_default=False),
    ] = None,
    forget_gone: Annotated[
        bool, typer.Option("--forget-gone", help="Forget tracks whose file is nowhere.")
    ] = False,
    level: Level = Depth.standard,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Compare the memory with the disk: files gone, moved or changed, damaged records, the index.

    What can be repaired is; a file that holds another sound than it did is heard anew.
    """
    from agent.collection.rescanning import Rescan
    from agent.listening import LEVELS

    with ExitStack() as stack:
        bench = _bench(settings, stack)
        watcher = _watcher(stack, 0)
        how = _how(bench, level, {}, ray=None)
        pool = _pool(settings, watcher, workers, None)
        tasks = LEVELS[level.value]
        scan = Rescan(bench.memory, bench.store, tasks, how, pool, watcher)
        done = scan.run(places or (), forget_gone)
    _say_json(done.to_dict()) if as_json else say(done.to_text())
    if done.heard.failed:
        raise typer.Exit(BAD_INPUT)


@library.command()
@with_settings
def watch(
    settings: Settings,
    places: Annotated[
        list[Path], typer.Argument(metavar="FOLDER", help="Folders.", show_default=False)
    ],
    level: Level = Depth.standard,
    workers: Workers = None,
    engines: Engines = None,
) -> None:
    """Add what is in folders, and then what comes into them, until Ctrl-C."""
    from agent.collection.finding import find
    from agent.collection.watching import arrivals
    from agent.output_folder import at_home

    folders = [at_home(place).absolute() for place in places]
    for folder in folders:
        if not folder.is_dir():
            raise MusicToolError(f"There is no folder '{folder}'.")
    with ExitStack() as stack:
        bench = _bench(settings, stack)

        def hear(files: list[Path]) -> None:
            with ExitStack() as inner:
                run = _adding(bench, inner, level, engines, len(files), workers, None)
                report = run.run(files)
            if report.added or report.upgraded or report.failed:
                say(report.to_text())

        coming = arrivals(folders)
        there = find(folders)
        for files in _first(list(there.files), coming):
            if files:
                hear(files)


# ---- small steps --------------------------------------------------------------------------------


def _first(there: list[Path], coming: Iterator[list[Path]]) -> Iterator[list[Path]]:
    yield there
    complain("Watching; Ctrl-C ends it.")
    yield from coming


def _bench(settings: Settings, stack: ExitStack) -> "Workbench":
    from agent.workbench import Workbench

    bench = Workbench(settings)
    stack.callback(bench.close)
    return bench


def _adding(
    bench: "Workbench",
    stack: ExitStack,
    level: Depth,
    engines: list[str] | None,
    total: int,
    workers: int | None,
    ray: str | None,
) -> "Adding":
    """Return a run over `total` files, ready to begin."""
    from agent.collection.adding import Adding
    from agent.listening import LEVELS

    chosen = engine_choices(engines or [])
    how = _how(bench, level, chosen, ray)
    watcher = _watcher(stack, total)
    pool = _pool(bench.settings, watcher, workers, ray)()
    return Adding(bench.memory, bench.store, LEVELS[level.value], how, pool, watcher)


def _how(bench: "Workbench", level: Depth, engines: dict[str, str], ray: str | None) -> "How":
    from agent.collection.worker import How

    settings = bench.settings
    stems = settings.data_dir / "stems" if level is Depth.deep and not ray else ""
    return How(
        str(settings.cache_dir),
        settings.offline,
        settings.licence,
        tuple(sorted(engines.items())),
        str(stems),
    )


def _watcher(stack: ExitStack, total: int) -> "Watcher":
    from agent.collection.display import display

    return stack.enter_context(display(total))


def _pool(
    settings: Settings, watcher: "Watcher", workers: int | None, ray: str | None
) -> Callable[[], "Pool"]:
    """Return what makes those who hear."""
    from agent.collection.pool import ProcessPool

    def make() -> "Pool":
        if ray is None:
            return ProcessPool(workers or settings.threads, watcher.on_progress)
        from agent.collection.ray_pool import RayPool

        return RayPool(ray, workers, watcher.on_progress)

    return make


@contextmanager
def _told_in_any_case(report: "Report", as_json: bool) -> Iterator[None]:
    """Print a report when its run is over, also when it was stopped or failed."""
    try:
        yield
    except (KeyboardInterrupt, Cancelled) as error:
        _tell(report, as_json)
        complain("Stopped. What was heard is kept; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from error
    except MusicToolError:
        _tell(report, as_json)
        raise
    _tell(report, as_json)


def _tell(report: "Report", as_json: bool) -> None:
    _say_json(report.to_dict()) if as_json else say(report.to_text())


def _say_json(told: Any) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:  # a name with half a character in it
        text = json.dumps(told, indent=2)
    say(text)


def _clean(text: str) -> str:
    from tools.titles import clean_text

    return clean_text(text)


def _tracks(number: int) -> str:
    return f"{number} track" if number == 1 else f"{number} tracks"
