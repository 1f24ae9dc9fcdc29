"""What a line that was typed means: a question, or a command with what it is given. Knows no screen."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.output_folder import at_home


@dataclass(frozen=True)
class Command:
    """What can be asked of the program with a slash.

    Parameters
    ----------
    wants : what follows the name, as the help shows it
    needs : whether something has to follow
    """

    name: str
    wants: str
    does: str
    needs: bool = False


COMMANDS = (
    Command("add", "FILE or FOLDER …", "open recordings", needs=True),
    Command("demo", "", "open the sample song"),
    Command("tracks", "[WORDS]", "go to the list of tracks"),
    Command("chords", "[#N]", "show the chord sheet"),
    Command("stems", "[#N]", "take it apart, and write the stems"),
    Command("midi", "[#N]", "write down its notes as MIDI"),
    Command("export", "FORM … [#N]", "write files: jams, csv, png, click …", needs=True),
    Command("play", "[STEM] [#N]", "play or pause the track, or a stem"),
    Command("model", "[NAME]", "show or change the model that talks"),
    Command("new", "", "begin a new conversation about the open tracks"),
    Command("resume", "[last | WORDS]", "go on with an old conversation"),
    Command("help", "", "show keys and commands"),
    Command("quit", "", "leave"),
)
BY_NAME = {command.name: command for command in COMMANDS}
REFERENCE = re.compile(r'(?<!\S)@(?:"([^"]+)"|(\S+))')
ALIASES = {"open": "add", "exit": "quit", "q": "quit", "?": "help", "threads": "resume"}


@dataclass(frozen=True)
class Line:
    """A line as it is meant.

    Parameters
    ----------
    command : a name of `COMMANDS`; "" for a question
    text : the question, or what follows the command as it was typed
    words : the same, split as a shell does
    problem : why it can't be done, in a sentence; "" where it can
    """

    command: str = ""
    text: str = ""
    words: tuple[str, ...] = ()
    problem: str = ""

    @property
    def handle(self) -> str:
        """The track that is named, ``"#2"``; "" where none is."""
        return next((word for word in self.words if is_handle(word)), "")

    @property
    def others(self) -> tuple[str, ...]:
        """The words that name no track."""
        return tuple(word for word in self.words if not is_handle(word))


def parse(text: str, exists: Callable[[str], bool] | None = None) -> Line:
    """Return what a line means; a path alone, as terminals paste what is dropped, means to open it."""
    text = text.strip()
    dropped = split(text)
    if dropped and all(_is_place(word, exists or _exists) for word in dropped):
        return Line("add", text, dropped)
    if not text.startswith("/"):
        return Line(text=text)
    name, _, rest = text[1:].partition(" ")
    name, rest = ALIASES.get(name.lower(), name.lower()), rest.strip()
    command = BY_NAME.get(name)
    if command is None:
        return Line(text=text, problem=_unknown(text.split(" ")[0], name))
    if command.needs and not rest:
        return Line(name, problem=f"/{name} wants {command.wants}: it says what to {_verb(name)}.")
    return Line(name, rest, split(rest))


def split(text: str) -> tuple[str, ...]:
    """Return the words of a text, as a shell would; as they stand where a quote isn't closed."""
    try:
        return tuple(map(_unlinked, shlex.split(text)))
    except ValueError:
        return tuple(text.split())


def is_handle(word: str) -> bool:
    """Return whether a word is the handle of a track or stem, such as #2 or #1.vocals."""
    number, _, stem = word[1:].partition(".")
    return word.startswith("#") and number.isdigit() and (not stem or stem.isalpha())


def files_in(text: str, exists: Callable[[str], bool] | None = None) -> list[tuple[str, str]]:
    """Return the files that a question names with @: each as it stands there, and its path."""
    found = []
    for match in REFERENCE.finditer(text):
        path = match[1] or match[2].rstrip("?!.,;:")
        if (exists or _exists)(path):
            found.append((match[0] if match[1] else f"@{path}", path))
    return found


# ---- inside -------------------------------------------------------------------------------------


def _unlinked(word: str) -> str:
    """Return the path of a ``file://`` address, as some terminals paste what is dropped."""
    if not word.startswith("file://"):
        return word
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(word).path)


def _is_place(word: str, exists: Callable[[str], bool]) -> bool:
    looks = "/" in word or "\\" in word or word.startswith("~")
    return looks and exists(word)


def _exists(word: str) -> bool:
    try:
        return Path(at_home(word)).exists()
    except (OSError, ValueError):  # too long, or with a zero
        return False


def _verb(name: str) -> str:
    return "open" if name == "add" else "write"


def _unknown(typed: str, name: str) -> str:
    if "/" in typed[1:]:
        return f"There is no file '{typed}'. Check the spelling of the path."
    from difflib import get_close_matches

    close = get_close_matches(name, [*BY_NAME, *ALIASES], 1)
    hint = f"Did you mean /{ALIASES.get(close[0], close[0])}?" if close else "/help lists them."
    return f"There is no command {typed[:40]}. {hint}"
