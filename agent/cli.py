"""The command line: ``musicologue`` or ``python -m agent``.

Heavy imports stay inside the commands, so that ``--help`` is there at once.
"""

import json
import logging
import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli_common import (
    Depth,
    Engines,
    Files,
    Json,
    engine_choices,
    heard,
    task_names,
    workbench,
)
from agent.settings import Settings
from agent.terminal import (
    BAD_INPUT,
    FAILED,
    complain,
    ctrl_c_calls,
    errors_told,
    say,
    with_settings,
)
from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from agent.workbench import Workbench

log = logging.getLogger(__name__)

app = typer.Typer(
    name="musicologue",
    help="Listens to music and talks about it. Every fact is traceable to the tool that measured it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Format(StrEnum):
    """What `listen` prints."""

    text = "text"
    json = "json"
    jams = "jams"
    lab = "lab"
    chordpro = "chordpro"


@app.command()
@with_settings
def listen(
    settings: Settings,
    files: Files,
    as_json: Json = False,
    form: Annotated[
        Format, typer.Option("--format", help="How to print what was heard.")
    ] = Format.text,
    only: Annotated[
        str | None, typer.Option("--only", help="Some tasks only, such as beats,key.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Listen even to what is known.")] = False,
    level: Annotated[
        Depth, typer.Option("--level", help="How much to listen for.")
    ] = Depth.standard,
    engines: Engines = None,
) -> None:
    """Listen to recordings, remember them, and print what was heard."""
    from agent.formats import NEEDS, render
    from agent.listening import LEVELS

    form = Format.json if as_json else form
    wanted = task_names(only) if only else LEVELS[level.value]
    told = wanted if only else [t for t in (NEEDS[form.value] or wanted) if t in wanted]
    # A format that tells all is given all; one that tells chords only needs no more.
    tasks = wanted if form in (Format.text, Format.json, Format.jams) else tuple(told)
    with ExitStack() as stack:
        bench, start = workbench(settings, stack)
        bench.library.engines.update(engine_choices(engines or []))
        records, code = [], 0
        for file in files:
            try:
                records.append(heard(bench, file, tasks, start(file.name), again))
            except MusicToolError as error:
                complain(str(error))
                code = BAD_INPUT
            except Cancelled:
                raise
            except (
                Exception
            ) as error:  # a bug on one file must not lose what was heard of the others
                log.exception("listening to %s failed", file)
                complain(
                    f"Something went wrong inside with '{file.name}' ({type(error).__name__})."
                )
                code = code or FAILED
    if records or form is Format.json:
        colour = form is Format.text and sys.stdout.isatty()
        say(render(form.value, records, told, colour=colour), end="")
    if code:
        raise typer.Exit(code)


@app.command()
@with_settings
def ask(
    settings: Settings,
    files: Annotated[list[Path], typer.Argument(help="Recordings.", show_default=False)],
    questions: Annotated[
        list[str], typer.Option("--question", "-q", help="A question; may be repeated.")
    ],
    as_json: Json = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask every question in a thread of its own.")
    ] = False,
) -> None:
    """Ask questions about recordings and print the answers."""
    from agent.session import Ask, Session, run_session

    with ExitStack() as stack:
        bench, start = workbench(settings, stack)
        bad = _open_all(bench, files, start)
        turns: list[Any] = []
        rounds = [[q] for q in questions] if fresh else [questions]
        for round_ in rounds:
            session = Session("ask", tuple(files), tuple(Ask(q) for q in round_))
            talk = bench.conversation()
            with ctrl_c_calls(talk.cancel):
                turns += run_session(session, talk, on_event=_progress_events(start)).turns
    if as_json:
        say(json.dumps([_turn_json(t) for t in turns], ensure_ascii=False, indent=2))
    else:
        say("\n\n".join(_turn_text(t, len(turns) > 1) for t in turns))
    if bad or any(turn.error for turn in turns):
        raise typer.Exit(BAD_INPUT if bad else FAILED)


@app.command()
@with_settings
def chat(
    settings: Settings,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Recordings.", show_default=False)
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on with the conversation of this name.")
    ] = None,
) -> None:
    """Talk about recordings, line by line."""
    from agent.linechat import converse

    with ExitStack() as stack:
        bench, start = workbench(settings, stack)
        talk = bench.conversation(thread)  # first: a thread's tracks keep their handles
        _open_all(bench, files or [], start)
        converse(talk, _opener(bench, start))


@app.command()
@with_settings
def tui(
    settings: Settings,
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Recordings, folders or playlists.", show_default=False),
    ] = None,
    thread: Annotated[
        str | None, typer.Option("--thread", help="Go on with the conversation of this name.")
    ] = None,
) -> None:
    """Talk about recordings with the track in view: the chat in the whole terminal."""
    from agent.screen.running import run

    run(settings, tuple(files or ()), thread)


@app.command()
@with_settings
def session(
    settings: Settings,
    file: Annotated[Path, typer.Argument(help="Questions and expectations, in YAML.")],
    tracks: Annotated[
        list[Path] | None, typer.Option("--track", help="A recording beside those of the file.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the transcript, as .md or .jsonl.")
    ] = None,
) -> None:
    """Run scripted questions; exit 0 when every expectation holds, 1 when one fails."""
    from agent.session import load_session, run_session, save_transcript, writer_for
    from agent.transcript import head_markdown, summary_markdown, turn_markdown

    script = load_session(file)
    if out:
        writer_for(out)  # refuses an ending it does not know before the work, not after
    with ExitStack() as stack:
        bench, start = workbench(settings, stack)
        if _open_all(bench, [*script.tracks, *(tracks or [])], start):
            raise typer.Exit(BAD_INPUT)
        talk = bench.conversation(model=script.model)
        with ctrl_c_calls(talk.cancel):
            transcript = run_session(script, talk, on_event=_progress_events(start))
    say(head_markdown(transcript))
    for number, turn in enumerate(transcript.turns, 1):
        say(turn_markdown(turn, number))
    say(summary_markdown(transcript))
    if out:
        save_transcript(transcript, out)
    raise typer.Exit(transcript.exit_code)


@app.command()
@with_settings
def doctor(
    settings: Settings,
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild the memory's index.")] = False,
    as_json: Json = False,
) -> None:
    """Tell which engine each task stands on, and whether memory is whole."""
    from agent.doctor import examine, to_text

    with ExitStack() as stack:
        bench, _ = workbench(settings, stack)
        findings = examine(bench, repair)
    say(json.dumps(findings, indent=2, ensure_ascii=False) if as_json else to_text(findings))
    if findings["memory"]["problems"]:
        raise typer.Exit(FAILED)


@app.command()
@with_settings
def bench(
    settings: Settings,
    file: Annotated[
        Path | None, typer.Argument(help="A recording; one is made if left out.")
    ] = None,
    seconds: Annotated[
        int, typer.Option("--seconds", help="Length of the music that is made.")
    ] = 180,
    library: Annotated[
        bool, typer.Option("--library", help="Measure the search over made-up libraries.")
    ] = False,
    server: Annotated[
        bool, typer.Option("--server", help="Measure the server under many requests.")
    ] = False,
    generate: Annotated[
        bool, typer.Option("--generate", help="Measure new music: how often it is as asked.")
    ] = False,
    prompts: Annotated[int, typer.Option("--prompts", help="How many pieces are made.")] = 60,
    screen: Annotated[
        bool, typer.Option("--screen", help="Measure the chat in the terminal, key by key.")
    ] = False,
    sizes: Annotated[
        str, typer.Option("--sizes", help="Their numbers of tracks.")
    ] = "1000,10000,100000",
    as_json: Json = False,
) -> None:
    """Measure each task: engine, real-time factor, peak memory; or search, server, screen, music."""
    if server:
        from agent import bench_server

        found = bench_server.measure(settings, file)
        say(json.dumps(found, indent=2) if as_json else bench_server.to_table(found))
        return
    if generate:
        from agent import bench_generate

        made = bench_generate.measure(settings, prompts)
        say(json.dumps(made, indent=2) if as_json else bench_generate.to_table(made))
        return
    if library:
        from agent.bench_library import measured

        say(measured(settings, sizes, as_json))
        return
    if screen:
        from agent import bench_screen

        rows = bench_screen.measure(settings, file, seconds)
        say(json.dumps(rows, indent=2) if as_json else bench_screen.to_table(rows))
        return
    from agent.bench import measure, to_table

    rows = measure(settings, file, seconds)
    say(json.dumps(rows, indent=2) if as_json else to_table(rows))


def main() -> None:
    """Run the program."""
    from agent.cli_bench_llm import bench_llm
    from agent.cli_generate import generate
    from agent.cli_keys import keys
    from agent.cli_library import library
    from agent.cli_mcp import mcp
    from agent.cli_models import models
    from agent.cli_search import search
    from agent.cli_sound import add_commands

    add_commands(app)
    app.command("bench-llm")(bench_llm)
    app.command("generate")(generate)
    app.command("search")(search)
    app.command("mcp")(mcp)
    app.add_typer(keys, name="keys")
    app.add_typer(library, name="library")
    app.add_typer(models, name="models")
    with errors_told():
        app()


# ---- small steps --------------------------------------------------------------------------------


def _open_all(bench: "Workbench", files: list[Path], start: Any) -> bool:
    """Open the files; tell of those that can't be, and return whether there were any."""
    bad = False
    for file in files:
        try:
            report = start(file.name)
            bench.library.open(file, report)
            report(1.0, "open")
        except MusicToolError as error:
            complain(str(error))
            bad = True
    if bad and not bench.library.tracks:
        raise typer.Exit(BAD_INPUT)
    return bad


def _opener(bench: "Workbench", start: Any) -> Any:
    def open_file(path: str) -> str:
        report = start(Path(path).name)
        handle = bench.library.open(path, report)
        report(1.0, "open")
        return handle

    return open_file


def _progress_events(start: Any) -> Any:
    """Return what shows a tool's progress on the bar."""
    from agent.conversation import STOPPED
    from agent.events import Event, ToolFinished, ToolProgress, TurnFailed

    reports: dict[str, Any] = {}

    def on_event(event: Event) -> None:
        if isinstance(event, ToolProgress):
            report = reports.setdefault(event.call_id, start("listening"))
            report(event.fraction, event.note)
        elif isinstance(event, ToolFinished) and event.call_id in reports:
            reports.pop(event.call_id)(1.0, "done")
        elif isinstance(event, TurnFailed) and event.message == STOPPED:
            raise Cancelled  # by Ctrl-C: nobody wants the questions that are left

    return on_event


def _turn_json(turn: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "question": turn.question,
        "answer": turn.answer,
        "tool_calls": list(turn.tool_calls),
        "evidence": list(turn.evidence),
        "claims": list(turn.claims),
        "declined": turn.declined,
    }
    return told | ({"error": turn.error} if turn.error else {})


def _turn_text(turn: Any, with_question: bool) -> str:
    answer = turn.answer or turn.error
    return f"> {turn.question}\n{answer}" if with_question else str(answer)
