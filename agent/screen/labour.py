"""Work in threads: with a card that shows how far it is, or without; what goes wrong is told."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tools.errors import Cancelled, MusicToolError

if TYPE_CHECKING:
    from agent.screen.app import MusicologueApp

log = logging.getLogger(__name__)

WAIT = 0.05
"""Seconds between two looks at whether listening is over."""


class Labour:
    """The work of one screen.

    Attributes
    ----------
    begun : set when the desk is ready
    halt : set when the person wants no more of what goes on
    hearing : keys of the cards of work that goes on; questions wait for it
    """

    def __init__(self, app: "MusicologueApp") -> None:
        self._app = app
        self.begun, self.halt = threading.Event(), threading.Event()
        self.hearing: set[str] = set()
        self._cards = 0

    def work(
        self, name: str, run: Callable[[], Any], doing: str = "", after_hearing: bool = False
    ) -> None:
        """Do something in a thread; what goes wrong is told."""

        def guarded() -> None:
            try:
                if name != "begin":
                    self.begun.wait()
                if after_hearing:
                    self.wait_for_hearing()
                run()
            except MusicToolError as error:
                self._app.news(self._app.fail, str(error))
            except Exception as error:  # a bug is a notice, never a dead screen
                log.exception("%s failed", name)
                self._app.news(self._app.fail, inside(error))
            finally:
                if doing:
                    self._app.news(self._app.say, "")

        if doing:
            self._app.say(f"{doing} …")
        self._app.run_worker(guarded, thread=True, group=name)

    def begin_card(self, name: str, args: dict[str, Any]) -> str:
        """Show work that begins, and return its key; questions wait until it is over."""
        self._cards += 1
        key = f"work-{self._cards}"
        if not self.hearing and not self._app.turns.answering:
            self.halt.clear()
        self.hearing.add(key)
        self._app.news(self._app.chat.card, key, name, args)
        return key

    def card_work(
        self, key: str, run: Callable[..., Any], tell: Callable[[Any], str], note: bool = False
    ) -> None:
        """Do the work of a card in a thread."""
        self._app.run_worker(lambda: self.run(key, run, tell, note), thread=True, group="task")

    def run(
        self, key: str, run: Callable[..., Any], tell: Callable[[Any], str], note: bool = False
    ) -> Any:
        """Do the work of a card here, show what comes of it, and return that."""
        try:
            self.begun.wait()
            result = run(lambda f, doing: self._app.news(self._app.chat.progress, key, f, doing),
                         self.halt.is_set)  # fmt: skip
            self._app.news(self._app.chat.finish, key, tell(result), "done")
            if note:
                self._app.news(self._app.chat.note, tell(result))
        except Cancelled:
            self._app.news(self._app.chat.finish, key, "Stopped.", "stopped")
        except MusicToolError as error:
            self._app.news(self._app.chat.finish, key, str(error), "failed")
            self._app.news(self._app.fail, str(error))
        except Exception as error:  # a bug at one file must not end the chat
            log.exception("%s failed", key)
            self._app.news(self._app.chat.finish, key, inside(error), "failed")
            self._app.news(self._app.fail, inside(error))
        else:
            return result
        finally:
            self.hearing.discard(key)
            self._app.news(self._app.stage.refresh)
        return None

    def wait_for_hearing(self) -> None:
        """Wait until nothing is being listened to, or the person wants no more."""
        while self.hearing and not self.halt.is_set():
            time.sleep(WAIT)


def inside(error: Exception) -> str:
    """Return what is said of a bug."""
    return f"Something went wrong inside ({type(error).__name__}); the log has the details."
