"""Conversations of earlier days, and what was typed and not sent: nothing of it is lost in a crash."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.exchanges import message_text
from agent.screen.fuzzy import score
from tools.titles import clean_text

log = logging.getLogger(__name__)

MOST = 200
"""Threads that are listed, the latest: each is read for its first question."""

LINES_KEPT = 500
TITLE_LENGTH = 80
SHARP = 1.5
"""Points a letter that a thread has to fit a search by, so that letters strewn over it do not."""


@dataclass(frozen=True)
class Thread:
    """A conversation of earlier.

    Parameters
    ----------
    title : its first question
    tracks : titles of the tracks that were open
    when : the moment it was last gone on with; UTC
    questions : how many were asked
    """

    id: str
    title: str
    tracks: tuple[str, ...]
    when: datetime
    questions: int

    @property
    def label(self) -> str:
        """One line that tells it."""
        about = f" · {', '.join(self.tracks)}" if self.tracks else ""
        return f"{self.title}{about}"


def threads(saver: Any) -> list[Thread]:
    """Return the threads that a checkpointer of SQLite keeps, the latest first.

    It takes milliseconds a thread: not on the screen's own thread.
    """
    saver.setup()
    with saver.cursor(transaction=False) as cursor:
        cursor.execute(
            "SELECT thread_id FROM checkpoints WHERE checkpoint_ns = '' "
            "GROUP BY thread_id ORDER BY MAX(checkpoint_id) DESC LIMIT ?",
            (MOST,),
        )
        ids = [str(row[0]) for row in cursor.fetchall()]
    return [thread for id_ in ids if (thread := _thread(saver, id_))]


def matching(kept: list[Thread], words: str) -> list[Thread]:
    """Return the threads that hold the words, the latest first; then those that hold their letters."""
    wanted = words.casefold().split()
    if not wanted:
        return kept
    exact = [t for t in kept if all(word in t.label.casefold() for word in wanted)]
    least = SHARP * sum(map(len, wanted))
    near = [t for t in kept if t not in exact and (score(words, t.label) or 0.0) >= least]
    return exact + near


class Drafts:
    """What was typed: the lines that were sent, and the one that was not yet. Two small files.

    A folder that can't be written is done without.
    """

    def __init__(self, folder: Path) -> None:
        self._lines, self._draft = folder / "typed.jsonl", folder / "draft.txt"

    def lines(self) -> list[str]:
        """Return the lines that were sent, the first first, each once in a row."""
        kept: list[str] = []
        for line in self._read(self._lines).splitlines():
            with suppress(ValueError):
                text = json.loads(line)
                if isinstance(text, str) and text and kept[-1:] != [text]:
                    kept.append(text)
        return kept[-LINES_KEPT:]

    def sent(self, text: str) -> None:
        """Keep a line that was sent; there is no draft any more."""
        try:
            self._lines.parent.mkdir(parents=True, exist_ok=True)
            with open(self._lines, "a", encoding="utf-8") as file:
                file.write(json.dumps(text, ensure_ascii=False) + "\n")
        except OSError as error:
            log.warning("what was typed can't be kept in %s: %s", self._lines, error)
        self.keep("")

    @property
    def draft(self) -> str:
        """The line that was not sent."""
        return self._read(self._draft)

    def keep(self, text: str) -> None:
        """Keep a line that is being typed."""
        scratch = self._draft.with_name(f".{os.getpid()}-{self._draft.name}")
        try:
            if not text:
                self._draft.unlink(missing_ok=True)
                return
            self._draft.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(text, encoding="utf-8")
            os.replace(scratch, self._draft)
        except OSError as error:
            log.warning("what is typed can't be kept in %s: %s", self._draft, error)

    def _read(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""


# ---- inside -------------------------------------------------------------------------------------


def _thread(saver: Any, thread_id: str) -> Thread | None:
    """Return a thread, None where nothing was asked in it or it can't be read."""
    try:
        kept = saver.get_tuple({"configurable": {"thread_id": thread_id}})
        values = kept.checkpoint["channel_values"]
        asked = list(_questions(values.get("messages", ())))
        if not asked:
            return None
        tracks = tuple(_title(track) for track in values.get("open_tracks", ()))
        when = datetime.fromisoformat(kept.checkpoint["ts"])
        return Thread(thread_id, clean_text(asked[0], TITLE_LENGTH), tracks, when, len(asked))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.warning("thread %s can't be listed: %s", thread_id, error)
        return None


def _questions(messages: Any) -> Iterator[str]:
    for message in messages:
        if message.type == "human":
            yield message_text(message)


def _title(track: dict[str, Any]) -> str:
    titles = track.get("titles") or {}
    return clean_text(titles.get("title") or Path(str(track.get("path", ""))).stem, 40)
