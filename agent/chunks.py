"""The pieces that a chat model's reply comes in."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

Call = tuple[str, Mapping[str, Any]]
"""Name of a tool, and its arguments."""


def saying(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    """Return more of an answer's text."""
    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=chunk)
    return chunk


def ending(calls: Sequence[Call], length: int, **noted: Any) -> ChatGenerationChunk:
    """Return the last piece of a reply: its calls, and what is noted in its message.

    Parameters
    ----------
    length : messages of the conversation so far; makes ids that no other call of it has, and the
        same for the same history
    """
    chunks = [
        tool_call_chunk(
            name=name,
            args=json.dumps(dict(args), ensure_ascii=False),
            id=f"call_{length}_{index}",
            index=index,
        )
        for index, (name, args) in enumerate(calls)
    ]
    message = AIMessageChunk(content="", tool_call_chunks=chunks, chunk_position="last", **noted)
    return ChatGenerationChunk(message=message)


def joined(chunks: Iterable[ChatGenerationChunk]) -> ChatResult:
    """Return a reply whose pieces are put together."""
    first, *rest = (chunk.message for chunk in chunks)
    whole = first
    for message in rest:
        whole = whole + message
    reply = AIMessage(
        whole.text,
        tool_calls=getattr(whole, "tool_calls", []),
        usage_metadata=getattr(whole, "usage_metadata", None),
        additional_kwargs=whole.additional_kwargs,
        response_metadata=whole.response_metadata,
    )
    return ChatResult(generations=[ChatGeneration(message=reply)])
