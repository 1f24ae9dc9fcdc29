"""How long a turn takes, and how much the model reads and writes for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

CHARACTERS_A_TOKEN = 4
"""Where a model does not tell how many tokens it read and wrote."""


@dataclass(frozen=True)
class Pace:
    """Seconds of a turn; None where there was no such thing.

    Parameters
    ----------
    plan : from the question to the calls
    first_word : from the last tool result, or the question, to the first of the answer's text
    answer : from the last tool result, or the question, to the end of the answer
    """

    plan: float | None = None
    first_word: float | None = None
    answer: float | None = None


class Watch:
    """Follows the stream of a turn; starts when it is made."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._start = self._ready = clock()
        self._plan: float | None = None
        self._word: float | None = None

    def see(self, mode: str, content: Any) -> None:
        """Note what the graph streams, in the modes "messages" and "updates"."""
        now = self._clock()
        if mode == "messages":
            if isinstance(content[0], AIMessageChunk) and content[0].text and self._word is None:
                self._word = now - self._ready
            return
        for message in _messages(content):
            if isinstance(message, AIMessage) and message.tool_calls and self._plan is None:
                self._plan = now - self._start
            if message.type == "tool":
                self._ready, self._word = now, None

    def pace(self) -> Pace:
        """Return the times of the turn that ends now."""
        whole = self._clock() - self._ready
        return Pace(self._plan, whole if self._word is None else self._word, whole)


class TokenCounter(BaseCallbackHandler):
    """Counts the tokens of all calls of a model, by its own count or by characters."""

    def __init__(self) -> None:
        self.read = self.written = 0
        self._asked: dict[Any, int] = {}

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: Any = None,
        **kwargs: Any,
    ) -> None:
        """Measure what the model is given."""
        self._asked[run_id] = sum(_size(m) for prompt in messages for m in prompt)

    def on_llm_end(self, response: LLMResult, *, run_id: Any = None, **kwargs: Any) -> None:
        """Count what the model was given and what it wrote."""
        given = self._asked.pop(run_id, 0)
        for generation in (g for row in response.generations for g in row):
            message = generation.message if isinstance(generation, ChatGeneration) else None
            usage = message.usage_metadata if isinstance(message, AIMessage) else None
            if usage:
                self.read += usage["input_tokens"]
                self.written += usage["output_tokens"]
            else:
                self.read += -(-given // CHARACTERS_A_TOKEN)
                self.written += -(-(_size(message) if message else 0) // CHARACTERS_A_TOKEN)


def _size(message: BaseMessage) -> int:
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return len(message.text) + sum(len(c["name"]) + len(str(c["args"])) for c in calls)


def _messages(update: dict[str, Any]) -> list[BaseMessage]:
    found: list[BaseMessage] = []
    for step in update.values():
        new = (step or {}).get("messages", ())
        found += [m for m in (new if isinstance(new, list) else ()) if isinstance(m, BaseMessage)]
    return found
