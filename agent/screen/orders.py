"""What the commands do: each starts work in a thread of its own, and tells what came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agent.screen.commands import Line
from agent.screen.ear import Report, Stopped
from agent.screen.fuzzy import Choice
from agent.screen.help import Help
from agent.screen.picking import Picking
from agent.screen.sessions import Thread, matching

if TYPE_CHECKING:
    from agent.screen.app import MusicologueApp

MODELS = (
    Choice("embedded", "embedded", "a small model that runs here"),
    Choice("rules", "rules", "no model: fixed rules, at once"),
    Choice("hf:", "hf:FOLDER or ID", "a model of transformers"),
    Choice("openai:", "openai:NAME", "a model at OpenAI, or a server like it"),
    Choice("anthropic:", "anthropic:NAME", "a model at Anthropic"),
    Choice("ollama:", "ollama:NAME", "a model of Ollama"),
)


class Orders:
    """The commands of one screen."""

    def __init__(self, app: "MusicologueApp") -> None:
        self._app = app

    def do(self, line: Line) -> None:
        """Carry out a command."""
        order: Callable[[Line], None] = getattr(self, f"do_{line.command}")
        order(line)

    def do_add(self, line: Line) -> None:
        """Open files and folders."""
        self._app.add(line.words)

    def do_demo(self, line: Line) -> None:
        """Open the sample song."""
        app = self._app
        app.labour.work(
            "demo", lambda: app.add((str(app.desk.demo()),)), "Fetching the sample song"
        )

    def do_tracks(self, line: Line) -> None:
        """Go to the list of tracks."""
        self._app.side.search(line.text)
        self._app.show_side()

    def do_chords(self, line: Line) -> None:
        """Show the chord sheet."""
        app = self._app
        if handle := self._handle(line):
            app.labour.work(
                "sheet",
                lambda: app.news(app.chat.note, app.desk.sheet(handle).rstrip(), "sheet"),
                after_hearing=True,
            )

    def do_stems(self, line: Line) -> None:
        """Write the stems."""
        self._write(line, ("stems",))

    def do_midi(self, line: Line) -> None:
        """Write the notes."""
        self._write(line, ("midi",))

    def do_export(self, line: Line) -> None:
        """Write files."""
        forms = tuple(word.strip(",").lower() for word in line.others)
        if forms:
            self._write(line, forms)
        else:
            self._app.fail("/export wants a form: jams, csv, json, midi, stems, png, svg, click …")

    def do_play(self, line: Line) -> None:
        """Play a track or a stem of it, or pause."""
        app = self._app
        handle, stem = self._handle(line), next(iter(line.others), "")
        if handle and stem:

            def separated(report: Report, stopped: Stopped) -> None:
                app.news(app.stage.play, app.desk.stem(handle, stem, report, stopped))

            key = app.labour.begin_card("separate", {"track": handle, "stem": stem})
            app.labour.card_work(key, separated, lambda _: f"Playing {stem}.")
        elif handle:
            app.stage.toggle()

    def do_model(self, line: Line) -> None:
        """Show or change the model."""
        app, name = self._app, line.text
        if not name:
            names = ", ".join(choice.label for choice in MODELS)
            app.chat.note(f"{app.desk.model} answers. /model NAME takes another: {names}.")
        elif app.turns.answering:
            app.fail("An answer is under way. Stop it with Esc, then change the model.")
        else:
            app.labour.work("model", lambda: self._change(name), f"Loading {name}")

    def do_new(self, line: Line) -> None:
        """Begin a new conversation."""
        app = self._app
        if app.turns.answering:
            app.fail("An answer is under way. Stop it with Esc, then begin a new conversation.")
        else:
            app.labour.work("new", lambda: self._begin(None))

    def do_resume(self, line: Line) -> None:
        """Go on with an old conversation."""
        app = self._app
        if app.turns.answering:
            app.fail("An answer is under way. Stop it with Esc, then go on with another one.")
        else:
            app.labour.work("threads", lambda: app.news(self._offer, app.desk.threads(), line.text))

    def do_help(self, line: Line) -> None:
        """Show the help."""
        self._app.push_screen(Help())

    def do_quit(self, line: Line) -> None:
        """Leave."""
        self._app.exit()

    # ---- inside ---------------------------------------------------------------------------------

    def _handle(self, line: Line) -> str:
        """Return the track that is meant; tell where there is none."""
        handle = line.handle or self._app.stage.current
        if not handle:
            self._app.fail("No track is open. Open one with /add FILE, or /demo.")
        return handle

    def _write(self, line: Line, forms: tuple[str, ...]) -> None:
        app = self._app
        if not (handle := self._handle(line)):
            return
        key = app.labour.begin_card("write", {"track": handle, "forms": ", ".join(forms)})
        app.labour.card_work(
            key,
            lambda report, stopped: app.desk.write(handle, forms, report, stopped),
            lambda files: "Wrote " + ", ".join(str(file) for file in files.values()),
            note=True,
        )

    def _change(self, name: str) -> None:
        app = self._app
        app.desk.begin(app.desk.talk.thread_id, name)
        app.news(app.chat.note, f"{name} answers from now on.")

    def _begin(self, thread_id: str | None) -> None:
        self._app.desk.begin(thread_id)
        self._app.news(self._app.replay, thread_id is None)

    def _offer(self, threads: list[Thread], words: str) -> None:
        app = self._app
        found = matching(threads, "" if words == "last" else words)
        if not found:
            app.chat.note(
                f"No earlier conversation has '{words}'." if words and threads else
                "There is no earlier conversation yet."
            )  # fmt: skip
        elif words == "last":
            self._resume(found[0].id)
        else:
            app.push_screen(
                Picking("Go on with", lambda typed: _choices(matching(threads, typed)), words),
                self._resume,
            )

    def _resume(self, thread_id: str | None) -> None:
        app = self._app
        if thread_id:
            app.labour.work("resume", lambda: self._begin(thread_id))


def _choices(threads: list[Thread]) -> list[Choice]:
    return [
        Choice(
            t.id,
            t.title,
            " · ".join(
                [
                    t.when.astimezone().strftime("%d %b %Y %H:%M"),
                    f"{t.questions} question{'s' * (t.questions != 1)}",
                    *t.tracks,
                ]
            ),
        )
        for t in threads
    ]


def recordings(words: tuple[str, ...]) -> tuple[list[Path], list[str]]:
    """Return the files that are meant by some places, and what is wrong with the others."""
    from agent.collection.finding import find

    found = find(words)
    return list(found.files), [
        f.reason if str(f.path) in f.reason else f"{f.path}: {f.reason}" for f in found.failed
    ]
