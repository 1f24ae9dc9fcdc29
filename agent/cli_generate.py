"""The command that makes new music: from words, or from a track."""

import json
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli_common import Json, workbench
from agent.output_folder import output_folder
from agent.settings import Settings
from agent.terminal import say, with_settings
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from agent.generation.brief_words import Wish
    from agent.generation.generating import Piece
    from tools.weights import WeightStore


class RungName(StrEnum):
    """Where an engine comes from."""

    hub = "hub"
    bundled = "bundled"
    plain = "plain"


@with_settings
def generate(
    settings: Settings,
    description: Annotated[
        str,
        typer.Argument(help="What it shall be, such as 'a slow waltz in D minor for piano'."),
    ] = "",
    to: Annotated[Path, typer.Option("--to", help="Folder for the files.")] = Path(),
    seconds: Annotated[float | None, typer.Option("--seconds", help="How long: 2 to 600.")] = None,
    bars: Annotated[int | None, typer.Option("--bars", help="How many bars.")] = None,
    key: Annotated[str | None, typer.Option("--key", help="Such as 'D minor' or Bb.")] = None,
    bpm: Annotated[float | None, typer.Option("--bpm", help="Beats a minute.")] = None,
    meter: Annotated[str | None, typer.Option("--meter", help="Such as 3/4.")] = None,
    chords: Annotated[
        str | None, typer.Option("--chords", help="One a bar, such as 'Dm7 G7 Cmaj7'.")
    ] = None,
    instruments: Annotated[
        str | None, typer.Option("--instruments", help="Who plays, with commas between them.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option("--like", help="A recording that it shall be like.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Another gives another piece; left out, the words decide."),
    ] = None,
    rung: Annotated[
        RungName | None, typer.Option("--rung", help="Take an engine of this rung only.")
    ] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="Force an engine.")] = None,
    soundfont: Annotated[
        Path | None, typer.Option("--soundfont", help="A bank (.sf2) to play it with.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make new music from words: a recording, its MIDI and its sheet music; then listen to it."""
    from agent.generation.brief_words import read_brief
    from agent.generation.generating import make_piece, seed_of

    given = {
        "seconds": seconds,
        "bars": bars,
        "key": key,
        "bpm": bpm,
        "meter": meter,
        "chords": chords,
        "instruments": instruments,
        "seed": seed_of(description) if seed is None else seed,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if not description.strip() and like is None and set(given) <= {"seed"}:
        raise MusicToolError(
            "Say what the music shall be: in words ('a slow waltz in D minor'), by options such as "
            "--key and --bpm, or like a recording with --like."
        )
    with ExitStack() as stack:
        bench, begin = workbench(settings, stack)
        chosen = _engine(engine, rung, bench.store)
        report = begin(description[:30] or "new piece")
        folder = stack.enter_context(output_folder(to))
        sound = None
        if like is None:
            wish = read_brief(description, **given)
        else:
            from agent.generation.from_track import LIKE, tune_of
            from agent.generation.wishes import like_track

            handle = bench.library.open(like, report)
            record = bench.library.ensure(handle, LIKE, report)
            wish = like_track(record, description, **given)
            sound = tune_of(bench.library, handle, chosen)
        if soundfont is not None:
            bench.library.soundfont = soundfont.expanduser()
        made = make_piece(
            bench.library,
            wish.brief,
            wish.asked,
            engine=chosen,
            folder=folder,
            like=sound,
            report=report,
        )
        report(1.0, "done")
    told = told_data(wish, made)
    say(json.dumps(told, indent=2, ensure_ascii=False) if as_json else told_words(wish, made))


def told_data(wish: "Wish", made: "Piece") -> dict[str, Any]:
    """Return a new piece as plain data."""
    from agent.generation.music_tools import notes_of

    files = {form: str(made.files[form]) if form in made.files else None for form in FORMS}
    return files | {
        "asked": dict(wish.asked),
        "honoured": made.honoured,
        "heard": {name: finding.heard for name, finding in made.findings.items()},
        "notes": notes_of(wish, made),
        "estimator": made.engine.signature,
        "rung": made.engine.rung,
        "seed": wish.brief.seed,
        "brief": {k: v for k, v in asdict(wish.brief).items() if v not in (None, (), "")},
    }


FORMS = ("audio", "midi", "musicxml")


def told_words(wish: "Wish", made: "Piece") -> str:
    """Return a new piece in a few lines."""
    from agent.generation.music_tools import notes_of
    from agent.render import clock, describe_words

    lines = [f"{made.record.title} ({clock(made.record.duration)}), by {made.engine.signature}"]
    lines += [f"  {form:<9} {file}" for form, file in made.files.items()]
    lines.append(f"What I hear in it: {describe_words(made.record)}")
    lines += notes_of(wish, made)
    return "\n".join(lines)


# ---- inside -------------------------------------------------------------------------------------


def _engine(name: str | None, rung: RungName | None, store: "WeightStore") -> str | None:
    """Return the name of the engine that is forced, None where the choice is free."""
    from tools.generation import ENGINES

    if name is not None and rung is not None:
        raise MusicToolError("Give --engine or --rung, not both: an engine has its rung.")
    if rung is None:
        return name
    of_rung = [engine for engine in ENGINES if engine.rung == rung.value]
    able = [engine for engine in of_rung if engine.obstacle(store) is None]
    return (able or of_rung)[0].name  # the first one says why it can't
