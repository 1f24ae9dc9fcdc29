"""Chat requests in OpenAI's shape, read into what this program knows: questions, answers, recordings.

What a client's system or developer message says is left out: a fact here rests on measurements, and
no instruction can change that. The answer names what was left out.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from agent.conversation import LONGEST_QUESTION
from agent.serving.chores import person_question
from tools.errors import MusicToolError
from tools.titles import clean_text

MODEL = "musicologue"
"""The one model that is offered: which language model words the answers is the server's matter."""

MOST_MESSAGES = 2_000
MOST_SOUNDS = 20

WITHOUT_WORDS = "Describe this recording."
"""What a message asks that has a recording and no words."""

UNHEEDED = frozenset({"system", "developer"})

_ASIDES = re.compile(
    r"<details\b[^>]*\btype=\"(?:reasoning|tool_calls|code_interpreter)\".*?</details>"
    r"|<think(?:ing)?>.*?</think(?:ing)?>",
    re.DOTALL | re.IGNORECASE,
)
"""How clients keep what we told while we listened, inside the answer that they send back."""


class RequestError(MusicToolError):
    """A request that can't be answered; `param` is the field, `code` OpenAI's name for it."""

    def __init__(self, sentence: str, param: str = "messages", code: str = "invalid_value") -> None:
        super().__init__(sentence)
        self.param, self.code = param, code


@dataclass(frozen=True)
class Sound:
    """A recording in a message: its bytes, or the id of an upload."""

    name: str = ""
    content: bytes = b""
    upload: str = ""

    @property
    def digest(self) -> str:
        """What tells it from others."""
        return self.upload or hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Turn:
    """What was asked, and what was answered; "" where nothing was yet."""

    question: str
    sounds: tuple[Sound, ...] = ()
    answer: str = ""

    @property
    def words(self) -> str:
        """What is asked; a recording without words is to be described."""
        return self.question or (WITHOUT_WORDS if self.sounds else "")


@dataclass(frozen=True)
class Talk:
    """A request: the turns before, the question of now, and what of it is not heeded."""

    past: tuple[Turn, ...]
    now: Turn
    unheeded: tuple[str, ...] = field(default=())


def read_messages(messages: Sequence[Any]) -> Talk:
    """Return what a client's messages say.

    Raises
    ------
    RequestError
        If they hold no question, or something that can't be read: the sentence says where.
    """
    if not messages:
        raise RequestError("There are no messages: send at least one of the role 'user'.")
    if len(messages) > MOST_MESSAGES:
        raise RequestError(f"There are {len(messages)} messages; at most {MOST_MESSAGES} are read.")
    turns: list[Turn] = []
    unheeded: dict[str, None] = {}
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        role = message.get("role") if isinstance(message, dict) else None
        if role == "user":
            text, sounds = _content(message.get("content"), where)
            text = person_question(text)
            if turns and not turns[-1].answer:  # two in a row are one question
                text, sounds = f"{turns[-1].question}\n{text}".strip(), turns.pop().sounds + sounds
            turns.append(Turn(text, sounds))
        elif role == "assistant":
            text, _ = _content(message.get("content"), where, sounds=False)
            if text := heard_text(text):
                last = turns.pop() if turns else Turn("")
                turns.append(Turn(last.question, last.sounds, f"{last.answer}\n{text}".strip()))
        elif role in UNHEEDED:
            unheeded[f"{role} message"] = None
        elif role in ("tool", "function"):
            unheeded[f"{role} message"] = None
        else:
            raise RequestError(
                f"{where}: the role is 'user', 'assistant' or 'system', not {_told(role)}."
            )
    if not turns or turns[-1].answer:
        raise RequestError("The last message is no question: it must be of the role 'user'.")
    return Talk(tuple(turns[:-1]), _asked(turns[-1]), tuple(unheeded))


def history_digest(turns: Sequence[Turn]) -> str:
    """Return what tells a history from others: a hash of its words and recordings."""
    digest = hashlib.sha256()
    for turn in turns:
        for text in (turn.question, *(s.digest for s in turn.sounds), "\0", turn.answer):
            digest.update(" ".join(text.split()).encode("utf-8", "surrogatepass") + b"\1")
        digest.update(b"\2")
    return digest.hexdigest()


def heard_text(text: str) -> str:
    """Return an answer as a client sends it back, without what it keeps of our thinking aloud."""
    return _ASIDES.sub("", text).strip()


# ---- inside -------------------------------------------------------------------------------------


def _asked(turn: Turn) -> Turn:
    question = turn.question
    if not turn.words:
        raise RequestError("The question is empty: ask something about a recording.")
    if len(question) > LONGEST_QUESTION:
        raise RequestError(
            f"The question has {len(question)} characters; at most {LONGEST_QUESTION} are read.",
            code="string_above_max_length",
        )
    if len(turn.sounds) > MOST_SOUNDS:
        raise RequestError(f"There are {len(turn.sounds)} recordings; at most {MOST_SOUNDS} go in.")
    return turn


def _content(content: Any, where: str, sounds: bool = True) -> tuple[str, tuple[Sound, ...]]:
    if content is None or isinstance(content, str):
        return (content or "").strip(), ()
    if not isinstance(content, list):
        raise RequestError(f"{where}.content is a text or a list of parts, not {_told(content)}.")
    texts: list[str] = []
    found: list[Sound] = []
    for number, part in enumerate(content):
        here = f"{where}.content[{number}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in ("text", "input_text", "output_text", "refusal"):
            texts.append(str(part.get("text") or part.get("refusal") or ""))
        elif kind in _SOUNDS and sounds:
            found.append(_SOUNDS[kind](part.get(kind), here))
        elif kind == "image_url":
            raise RequestError(f"{here}: pictures can't be heard. Send a recording instead.")
        elif sounds:
            raise RequestError(
                f"{here}: a part is a text, input_audio, file or audio_url, not {_told(kind)}."
            )
    return "\n".join(text for text in texts if text).strip(), tuple(found)


def _input_audio(value: Any, where: str) -> Sound:
    data, form = _field(value, "data", where), _field(value, "format", where, "wav")
    if not re.fullmatch(r"[A-Za-z0-9]{1,8}", form):
        raise RequestError(f"{where}: the format is such as wav, mp3 or flac, not {_told(form)}.")
    return _decoded(data, f"recording.{form.lower()}", where)


def _file(value: Any, where: str) -> Sound:
    if upload := _field(value, "file_id", where, ""):
        return Sound(upload=upload)
    name = _field(value, "filename", where, "") or "recording"
    return _decoded(_field(value, "file_data", where), name, where)


def _audio_url(value: Any, where: str) -> Sound:
    address = value if isinstance(value, str) else _field(value, "url", where)
    if not address.startswith("data:"):
        raise RequestError(
            f"{where}: only a data: address is read, not {_told(address)}. Nothing is fetched from "
            "elsewhere: send the recording itself, or upload it to /v1/files."
        )
    return _decoded(address, "recording", where)


_SOUNDS = {"input_audio": _input_audio, "file": _file, "audio_url": _audio_url}


def _field(value: Any, name: str, where: str, default: str | None = None) -> str:
    found = value.get(name, default) if isinstance(value, dict) else None
    found = default if found is None else found
    if not isinstance(found, str):
        raise RequestError(f"{where}: '{name}' is wanted, a text.")
    return found


def _decoded(data: str, name: str, where: str) -> Sound:
    """Return the sound in base64 text, or in a data: address."""
    head, comma, body = data.partition(",")
    if data.startswith("data:") and comma:
        kind = re.match(r"data:audio/(?:x-)?([A-Za-z0-9]{1,8})", head)
        name = f"{name}.{kind[1].lower()}" if kind and "." not in name else name
        plain = ";base64" not in head
    else:
        body, plain = data, False
    try:
        content = (
            unquote_to_bytes(body)
            if plain
            else base64.b64decode("".join(body.split()), validate=True)
        )
    except (binascii.Error, ValueError) as error:
        raise RequestError(f"{where}: the recording is not valid base64.") from error
    if not content:
        raise RequestError(f"{where}: the recording is empty.")
    return Sound(name, content)


def _told(value: object) -> str:
    return f"'{clean_text(str(value), 60)}'"
