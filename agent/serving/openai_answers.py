"""Answers in OpenAI's shape: the events of a turn as chunks, or as one message.

What happens while music is listened to goes into ``reasoning_content``, which chat programs show as
thinking aloud; the typed event and the evidence stand under ``musicologue``, which others skip.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from agent.events import (
    AnswerFinished,
    AnswerRevised,
    Event,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)
from agent.serving.awaited import LISTENING
from agent.serving.exports import ROUTE
from agent.serving.openai_messages import MODEL
from tools.titles import clean_text

Chunk = dict[str, Any]

STEP = 0.1
"""Progress is told aloud a tenth at a time."""

BYTES_A_TOKEN = 4
CORRECTED = "\n\nI have to correct that: "


class Completion:
    """One answer in the making.

    Parameters
    ----------
    prompt : what was asked, for `usage`
    base_url : of this server, so that addresses of files can be followed from elsewhere
    notes : what else stands under ``musicologue`` at the end
    """

    def __init__(self, prompt: Sequence[str], base_url: str, notes: dict[str, Any]) -> None:
        self.id = "chatcmpl-" + secrets.token_hex(12)
        self.created = int(time.time())
        self.text = ""
        self._links = Links(base_url)
        self._prompt, self._notes = prompt, notes
        self._told: dict[str, float] = {}
        self._names: dict[str, str] = {}

    # ---- as chunks ------------------------------------------------------------------------------

    def opening(self) -> Chunk:
        """Return the first chunk."""
        return self._chunk({"role": "assistant", "content": ""})

    def chunks(self, event: Event) -> Iterator[Chunk]:
        """Yield what an event is to a client."""
        if isinstance(event, TextDelta):
            yield from self._say(self._links.add(event.text))
        elif isinstance(event, AnswerRevised):
            yield from self._say(self._links.rest() + CORRECTED + self._links.whole(event.text))
        elif isinstance(event, AnswerFinished):
            yield from self._say(self._links.rest())
            if not self.text:
                yield from self._say(self._links.whole(event.text))
        else:
            aloud = self._aloud(event)
            delta = {"reasoning_content": aloud} if aloud else {}
            yield self._chunk(delta) | {"musicologue": event.to_dict()}

    def closing(self, finished: AnswerFinished) -> Chunk:
        """Return the last chunk, with the evidence."""
        return self._chunk({}, "stop") | {"musicologue": self._evidence(finished)}

    def usage_chunk(self) -> Chunk:
        """Return the chunk for ``stream_options.include_usage``."""
        return self._chunk({}) | {"choices": [], "usage": self.usage}

    # ---- as one message -------------------------------------------------------------------------

    def message(self, finished: AnswerFinished) -> dict[str, Any]:
        """Return the whole answer."""
        self.text = self._links.whole(finished.text)
        message = {"role": "assistant", "content": self.text, "refusal": None}
        told = message | {"musicologue": self._evidence(finished)}
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": MODEL,
            "choices": [{"index": 0, "message": told, "logprobs": None, "finish_reason": "stop"}],
            "usage": self.usage,
        }

    @property
    def usage(self) -> dict[str, int]:
        """An estimate of tokens, four bytes each: what answers here is not always made of tokens."""
        asked, said = sum(map(_tokens, self._prompt)), _tokens(self.text)
        return {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        }

    # ---- inside ---------------------------------------------------------------------------------

    def _chunk(self, delta: dict[str, str], finish: str | None = None) -> Chunk:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": [choice],
        }

    def _say(self, text: str) -> Iterator[Chunk]:
        if text:
            self.text += text
            yield self._chunk({"content": text})

    def _aloud(self, event: Event) -> str:
        """Return a line about what a tool does, "" where there is nothing new to say."""
        if isinstance(event, ToolStarted):
            name = self._names[event.call_id] = event.name.replace("_", " ")
            about = event.args.get("file") or event.args.get("track") or ""
            if event.name == LISTENING:
                return f"Listening to {clean_text(str(about), 80)}\n"
            return (
                f"Asking the {name} tool{f' about {clean_text(str(about), 20)}' if about else ''}\n"
            )
        if isinstance(event, ToolProgress):
            if event.fraction - self._told.get(event.call_id, -1.0) < STEP - 1e-9:
                return ""
            self._told[event.call_id] = event.fraction
            doing = event.note or self._names.get(event.call_id, "")
            return f"Listening: {doing} {100 * event.fraction:.0f} %\n"
        if isinstance(event, ToolFinished) and event.error:
            return f"{clean_text(event.summary, 300)}\n"
        return ""

    def _evidence(self, finished: AnswerFinished) -> dict[str, Any]:
        told = finished.to_dict()
        told.pop("text")
        return told | self._notes


class Links:
    """Makes addresses of files whole, in a text that comes piece by piece."""

    def __init__(self, base_url: str) -> None:
        self._whole = base_url.rstrip("/") + ROUTE
        self._kept = ""

    def add(self, text: str) -> str:
        """Return as much of the text so far as can be told."""
        text = self.whole(self._kept + text)
        cut = next(
            (len(text) - n for n in range(len(ROUTE) - 1, 0, -1) if text.endswith(ROUTE[:n])),
            len(text),
        )
        self._kept = text[cut:]
        return text[:cut]

    def rest(self) -> str:
        """Return what was kept back."""
        kept, self._kept = self._kept, ""
        return kept

    def whole(self, text: str) -> str:
        """Return a text with whole addresses."""
        return text.replace(ROUTE, self._whole)


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)
