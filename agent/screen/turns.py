"""Questions and their answers: one at a time, the others wait; Esc stops."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from agent.events import (
    AnswerFinished,
    AnswerRevised,
    Event,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
)
from agent.screen.commands import files_in
from agent.screen.labour import inside
from tools.errors import Cancelled

if TYPE_CHECKING:
    from agent.screen.app import MusicologueApp

log = logging.getLogger(__name__)


class Turns:
    """The turns of one screen's conversation."""

    def __init__(self, app: "MusicologueApp") -> None:
        self._app = app
        self.answering = False
        self._waiting: list[str] = []

    def ask(self, question: str) -> None:
        """Put a question; it waits while another one is answered."""
        if self.answering:
            self._waiting.append(question)
            self._app.say(f"{len(self._waiting)} waiting. Esc stops the answer.")
            return
        self.answering = True
        self._app.labour.halt.clear()
        self._app.chat.question(question)
        self._app.run_worker(lambda: self._answer(question), thread=True, group="answer")

    def _answer(self, question: str) -> None:
        try:
            self._app.labour.begun.wait()
            question = self._with_handles(question)
            if self._app.labour.hearing:
                self._app.news(
                    self._app.say, "The answer comes when the track is heard. Esc stops."
                )
            self._app.labour.wait_for_hearing()
            self._app.news(self._app.say, "")
            if self._app.labour.halt.is_set():
                raise Cancelled
            for event in self._app.desk.talk.ask(question):
                self._app.news(self.show, event)
        except Cancelled:
            self._app.news(self.show, TurnFailed("Stopped."))
        except Exception as error:  # the boundary: a bug ends the turn, never the program
            log.exception("the turn failed")
            self._app.news(self.show, TurnFailed(inside(error)))
        finally:
            self._app.news(self._turn_over)

    def _with_handles(self, question: str) -> str:
        """Open the files that a question names, and put their handles there."""
        for word, path in files_in(question):
            key = self._app.labour.begin_card("listen", {"track": Path(path).name})
            handle = self._app.stage.open(key, Path(path))
            question = question.replace(word, handle or Path(path).name)
        return question

    async def show(self, event: Event) -> None:
        """Show one event of a turn."""
        chat = self._app.chat
        if isinstance(event, TextDelta):
            await chat.write(event.text)
        elif isinstance(event, AnswerRevised):
            await chat.rewrite(event.text)
        elif isinstance(event, ToolStarted):
            chat.card(event.call_id, event.name, event.args)
        elif isinstance(event, ToolProgress):
            chat.progress(event.call_id, event.fraction, event.note)
        elif isinstance(event, ToolFinished):
            chat.finish(event.call_id, event.summary, "failed" if event.error else "done")
        elif isinstance(event, AnswerFinished):
            await chat.complete(event.text, event.claims, event.evidence)
        elif isinstance(event, TurnFailed):
            await chat.break_off()
            chat.stop("call")
            self._app.fail(event.message)

    def _turn_over(self) -> None:
        self.answering = False
        self._app.say("")
        self._app.stage.refresh()
        if self._waiting:
            self.ask(self._waiting.pop(0))

    def stop(self) -> None:
        """Stop the answer, else the listening; else go back to the line."""
        if self.answering:
            self._waiting.clear()
            self._app.labour.halt.set()
            if self._app.labour.begun.is_set():
                self._app.desk.talk.cancel()
        elif self._app.labour.hearing:
            self._app.labour.halt.set()
        else:
            self._app.fact("")
            self._app.screen.remove_class("tracks")
            self._app.entry.prompt.focus()
