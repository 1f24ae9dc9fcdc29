"""Commands that take the sound apart: separate, transcribe, pitch, caption, export and live."""

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli_common import Engines, Files, Json, engine_choices, heard, workbench
from agent.output_folder import at_home, output_folder
from agent.settings import Settings
from agent.terminal import BAD_INPUT, complain, say, with_settings
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from agent.record import TrackRecord
    from agent.workbench import Workbench

File = Annotated[Path, typer.Argument(help="A recording.", show_default=False)]
StemOf = Annotated[
    str | None, typer.Option("--stem", help="Of one part only: vocals, drums, bass or other.")
]


class Instrument(StrEnum):
    """What is written down."""

    auto = "auto"
    piano = "piano"
    any = "any"
    drums = "drums"
    voice = "voice"


class Player(StrEnum):
    """What is played live."""

    voice = "voice"
    piano = "piano"
    any = "any"


@with_settings
def separate(
    settings: Settings,
    file: File,
    to: Annotated[Path, typer.Option("--to", help="Folder to write the stems to.")],
    stems: Annotated[
        str | None, typer.Option("--stems", help="Some parts only, such as vocals,drums.")
    ] = None,
    start: Annotated[float | None, typer.Option("--from", help="From this second on.")] = None,
    until: Annotated[float | None, typer.Option("--until", help="Up to this second.")] = None,
    form: Annotated[str, typer.Option("--format", help="flac or wav.")] = "flac",
    engine: Annotated[str | None, typer.Option("--engine", help="Force a separator.")] = None,
    as_json: Json = False,
) -> None:
    """Take a recording apart: vocals, drums, bass, other; accompaniment is all but the vocals."""
    from tools.separation import separate as take_apart

    if form not in ("flac", "wav"):
        raise MusicToolError(f"--format takes flac or wav; got '{form}'.")
    with ExitStack() as stack:
        bench, begin = workbench(settings, stack)
        report = begin(file.name)
        made = take_apart(
            at_home(file),
            stack.enter_context(output_folder(to)),
            bench.store,
            None if stems is None else _stem_names(stems),
            start=start,
            end=until,
            engine=engine,
            suffix=f".{form}",
            progress=lambda fraction: report(fraction, "taking the parts apart"),
        )
        report(1.0, "done")
    files = {name: str(path) for name, path in made.stems.items()}
    if as_json:
        say(json.dumps({"stems": files, "estimator": made.estimator}, indent=2, ensure_ascii=False))
    else:
        width = max(map(len, files))
        say("\n".join(f"{name:<{width}}  {path}" for name, path in files.items()))
        say(f"Taken apart by {made.estimator} ({made.rung}).")


@with_settings
def transcribe(
    settings: Settings,
    file: File,
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write: .mid, .musicxml or .json.")
    ] = None,
    instrument: Annotated[
        Instrument, typer.Option("--instrument", help="What to write down.")
    ] = Instrument.auto,
    stem: StemOf = None,
    bends: Annotated[
        bool, typer.Option("--bends", help="Also write pitch bends (instrument any).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write down the notes of a recording, as MIDI, sheet music or JSON."""
    from agent.exporting import write_form
    from agent.formats import render
    from agent.transcribing import transcribe_file, writer_for

    form = writer_for(to) if to else ""  # refuses what it can't write before the work, not after
    with ExitStack() as stack:
        bench, begin = workbench(settings, stack)
        report = begin(file.name)
        if to is not None:
            to = stack.enter_context(output_folder(to.parent)) / to.name
        found = transcribe_file(bench.library, file, instrument.value, stem, bends, report)
        report(1.0, "done")
        if to is not None:
            write_form(found.record, form, to)
    if as_json:
        say(render("json", [found.record], ["notes"]), end="")
    else:
        say(found.report(str(to or "")))


@with_settings
def pitch(
    settings: Settings,
    files: Files,
    stem: StemOf = None,
    engines: Engines = None,
    as_json: Json = False,
) -> None:
    """Follow the pitch of a voice or a solo instrument; --stem vocals takes it out of a song."""
    from agent.part_measures import melody_data, spelling
    from agent.report_parts import melody_report
    from tools.annotations import Pitch
    from tools.audio import load_for_analysis
    from tools.melody import pitch_notes, without_strays

    def told(record: "TrackRecord") -> str:
        found = record.annotation("pitch")
        if not isinstance(found, Pitch):
            return ""
        found = without_strays(found) if stem else found
        sound = load_for_analysis(record.path)  # it tells where a note is struck again
        data = melody_data(found, pitch_notes(found, sound), spelling(record))
        return melody_report(record.title, data, stem)

    _hear_and_tell(settings, files, "pitch", told, as_json, stem, engines)


@with_settings
def caption(
    settings: Settings, files: Files, engines: Engines = None, as_json: Json = False
) -> None:
    """Describe recordings in words: a paragraph for the whole, a line for each section.

    With a --model that is a language model, it rewrites what was measured; what it adds is refused.
    """
    from agent.part_measures import caption_data
    from agent.render import clock

    def told(record: "TrackRecord") -> str:
        found = caption_data(record)
        if found is None:
            return ""
        lines = [f"  {clock(r['start']):>5}  {r['text']}" for r in found["sections"]]
        return "\n".join([record.title, found["text"], *lines])

    alone = settings.model == "rules" or settings.model.startswith("embedded")
    write = None if alone else partial(_rewritten, settings)
    _hear_and_tell(settings, files, "caption", told, as_json, None, engines, write)


@with_settings
def export(
    settings: Settings,
    track: Annotated[Path, typer.Argument(help="A recording.", show_default=False)],
    to: Annotated[Path, typer.Option("--to", help="Folder to write to.")],
    forms: Annotated[
        str,
        typer.Option(
            "--as",
            help="midi, musicxml, stems, jams, lab, chordpro, csv, json, click, png, svg; "
            "several with commas between them.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Save what was heard in the formats of other programs, or as a picture."""
    from agent.exporting import NEEDS, known
    from agent.exporting import export as write

    wanted = known([form.strip() for form in forms.split(",") if form.strip()])
    tasks = tuple(dict.fromkeys(task for form in wanted for task in NEEDS[form]))
    with ExitStack() as stack:
        bench, begin = workbench(settings, stack)
        report = begin(track.name)
        folder = stack.enter_context(output_folder(to))
        record = heard(bench, track, tasks, report, False)
        handle = bench.library.handle_of(record.id) or ""
        files = write(
            record,
            folder,
            wanted,
            audio_path=Path(record.path),
            stems=lambda: bench.library.cut_stems(handle, report=report).files,
            progress=lambda fraction: report(fraction, "writing files"),
        )
        report(1.0, "done")
    paths = {form: str(path) for form, path in files.items()}
    say(
        json.dumps({"files": paths}, indent=2, ensure_ascii=False)
        if as_json
        else "\n".join(f"{form:<9} {path}" for form, path in paths.items())
    )


@with_settings
def live(
    settings: Settings,
    instrument: Annotated[
        Player, typer.Option("--instrument", help="What is played.")
    ] = Player.voice,
    rate: Annotated[
        int, typer.Option("--rate", help="Hertz of the PCM on stdin (16 bit, one channel).")
    ] = 44_100,
    microphone: Annotated[
        bool, typer.Option("--mic", help="Listen to the microphone instead of stdin.")
    ] = False,
) -> None:
    """Write down notes while they are played: one JSON object a line, within a second."""
    from tools.live import LiveTranscriber, blocks_from_microphone, blocks_from_pcm

    with ExitStack() as stack:
        bench, _ = workbench(settings, stack)
        heard_live = LiveTranscriber(bench.store, rate, instrument.value)
        if microphone:
            blocks = blocks_from_microphone(rate)
        else:
            if sys.stdin.isatty():
                raise MusicToolError(
                    "live reads 16-bit PCM from stdin, and stdin is a terminal. Pipe sound into "
                    "it, or use --mic."
                )
            blocks = blocks_from_pcm(sys.stdin.buffer, rate)
        complain(f"Listening; notes come within {heard_live.latency:.1f} s. Ctrl-C ends it.")
        for block in blocks:
            for event in heard_live.feed(block):
                say(json.dumps(event.to_dict()))
        for event in heard_live.finish():
            say(json.dumps(event.to_dict()))


def add_commands(app: typer.Typer) -> None:
    """Give the program these commands."""
    for command in (separate, transcribe, pitch, caption, export, live):
        app.command()(command)


# ---- small steps --------------------------------------------------------------------------------


def _stem_names(stems: str) -> list[str]:
    """Return the names of ``--stems vocals,drums``."""
    names = [name.strip().lower() for name in stems.split(",") if name.strip()]
    if not names:
        raise MusicToolError(
            "--stems takes names of parts, such as vocals,drums; got none. Leave it out for all."
        )
    return names


def _hear_and_tell(
    settings: Settings,
    files: list[Path],
    task: str,
    told: "Callable[[TrackRecord], str]",
    as_json: bool,
    stem: str | None,
    engines: list[str] | None,
    finish: "Callable[[TrackRecord], TrackRecord] | None" = None,
) -> None:
    """Run one task on each file and print what came; exit 2 when something did not work."""
    from agent.formats import render

    with ExitStack() as stack:
        bench, begin = workbench(settings, stack)
        forced = engine_choices(engines or [])
        bench.library.engines.update(forced)
        records, code = [], 0
        for file in files:
            try:
                records.append(_heard_part(bench, file, task, stem, begin(file.name)))
            except MusicToolError as error:
                complain(str(error))
                code = BAD_INPUT
    good = [r for r in records if _heard_by(r.estimator(task), forced.get(task))]
    for record in records:
        if record not in good:
            complain(_why_not(record, task))
            code = BAD_INPUT
    if finish:
        good = [finish(record) for record in good]
        records = [next((g for g in good if g.id == r.id), r) for r in records]
    if as_json:
        say(render("json", records, [task]), end="")
    elif good:
        say("\n\n".join(map(told, good)))
    if code:
        raise typer.Exit(code)


def _heard_by(estimator: str | None, wanted: str | None) -> bool:
    """Return whether something was heard, and by the engine that the user asked for."""
    return estimator is not None and wanted in (None, estimator.partition("/")[0])


def _heard_part(
    bench: "Workbench", file: Path, task: str, stem: str | None, report: Any
) -> "TrackRecord":
    if stem is None:
        return heard(bench, file, (task,), report, False)
    whole = bench.library.open(file, report)
    return bench.library.ensure(bench.library.stem(whole, stem, report), (task,), report)


def _rewritten(settings: Settings, record: "TrackRecord") -> "TrackRecord":
    """Return the record with its caption in the words of the configured language model."""
    from agent.caption_rewriting import rewrite_caption
    from agent.models import load_chat_model
    from agent.record_claims import all_claims
    from tools.annotations import Caption
    from tools.weights import WeightStore

    caption = record.annotation("caption")
    if not isinstance(caption, Caption):
        return record
    store = WeightStore(settings.cache_dir, settings.offline, settings.licence)
    model = load_chat_model(
        settings.model, store, base_url=settings.base_url, offline=settings.offline
    )
    words = rewrite_caption(caption, all_claims("#1", record), model)
    return replace(record, annotations=record.annotations | {"caption": words.to_dict()})


def _why_not(record: "TrackRecord", task: str) -> str:
    reasons = [p["reason"] for p in record.problems if p["task"] == task]
    return " ".join(reasons) or f"Nothing was found in '{record.title}'."
