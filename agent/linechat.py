"""The plain line chat: a question a line, the answer as it is written."""

import sys
from collections.abc import Callable

from agent.conversation import Conversation
from agent.events import (
    AnswerRevised,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnFailed,
)
from agent.terminal import complain, ctrl_c_calls, say
from tools.audio import clean_text
from tools.errors import MusicToolError

HELP = """Ask about the open recordings in plain words: "what key is it in?", "what happens at 1:05?"
  /add PATH   open a recording
  /tracks     show what is open
  /help       this text
  /quit       leave (or Ctrl-D)
Ctrl-C stops an answer."""


def converse(conversation: Conversation, open_file: Callable[[str], str]) -> None:
    """Read questions from stdin until it ends; answers go to stdout, the rest to stderr."""
    interactive = sys.stdin.isatty()
    if interactive:
        _welcome(conversation)
    while True:
        try:
            line = input("> " if interactive else "")
        except EOFError:
            break
        except KeyboardInterrupt:
            say("")
            break
        line = line.strip()
        if line in ("/quit", "/exit", "/q"):
            break
        if line.startswith("/"):
            _command(conversation, line, open_file)
        elif line:
            _answer(conversation, line)
    if interactive:
        complain(
            f"To go on with this conversation: musicologue chat --thread {conversation.thread_id}"
        )


def _welcome(conversation: Conversation) -> None:
    if conversation.tracks:
        _show_tracks(conversation)
    else:
        say(
            "No recording is open yet. Open one with /add PATH, or ask about what was heard before."
        )
    say("/help shows what there is.")


def _command(conversation: Conversation, line: str, open_file: Callable[[str], str]) -> None:
    name, _, rest = line.partition(" ")
    if name == "/add" and rest.strip():
        try:
            open_file(rest.strip().strip("'\""))
        except MusicToolError as error:
            complain(str(error))
        except KeyboardInterrupt:
            complain("Stopped.")
        _show_tracks(conversation)
    elif name == "/tracks":
        _show_tracks(conversation)
    else:
        say(HELP)


def _show_tracks(conversation: Conversation) -> None:
    for track in conversation.tracks:
        artist = f" by {track.artist}" if track.artist else ""
        minutes, seconds = divmod(round(track.duration), 60)
        mark = "*" if track.current else " "
        say(clean_text(f"{mark}{track.handle} {track.title}{artist} ({minutes}:{seconds:02d})"))


def _answer(conversation: Conversation, question: str) -> None:
    wrote = False
    with ctrl_c_calls(conversation.cancel):
        for event in conversation.ask(question):
            if isinstance(event, TextDelta):
                say(event.text, end="")
                wrote = True
            elif isinstance(event, AnswerRevised):
                say(f"\nCorrected: {event.text}" if wrote else event.text, end="")
                wrote = True
            elif isinstance(event, ToolStarted | ToolProgress | ToolFinished):
                _status(event)
            elif isinstance(event, TurnFailed):
                _wipe()
                complain(event.message)
    if wrote:
        say("")


def _status(event: ToolStarted | ToolProgress | ToolFinished) -> None:
    """Keep one line of stderr up to date while tools work; it is wiped when they are done."""
    if not sys.stderr.isatty():
        return
    text = ""
    if isinstance(event, ToolStarted):
        text = f"  {event.name} ..."
    elif isinstance(event, ToolProgress):
        text = f"  {event.note} {100 * event.fraction:.0f} %"
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()


def _wipe() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
