"""Test doubles: a chat model that plays a script, and helpers to run a conversation with it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

Step = str | list[tuple[str, dict[str, Any]]]
"""What the model does when it is called: say a text, or call tools (name, args)."""


class ScriptedModel(BaseChatModel):
    """Plays `script` step by step and keeps what it heard."""

    script: list[Step]
    heard: list[list[BaseMessage]] = Field(default_factory=list)
    bound: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> "ScriptedModel":
        self.bound[:] = [tool.name for tool in tools]
        return self

    def _message(self, messages: list[BaseMessage]) -> AIMessage:
        step = self.script[len(self.heard)]
        self.heard.append(list(messages))
        if isinstance(step, str):
            return AIMessage(step)
        calls = [
            {"name": name, "args": args, "id": f"call-{len(self.heard)}-{i}"}
            for i, (name, args) in enumerate(step)
        ]
        return AIMessage("", tool_calls=calls)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._message(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._message(messages)
        if message.tool_calls:
            chunks = [
                tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
                for i, c in enumerate(message.tool_calls)
            ]
            yield ChatGenerationChunk(
                message=AIMessageChunk(content="", tool_call_chunks=chunks, chunk_position="last")
            )
            return
        words = str(message.content).split(" ")
        for i, word in enumerate(words):
            text = word if i == 0 else " " + word
            yield ChatGenerationChunk(
                message=AIMessageChunk(
                    content=text, chunk_position="last" if i == len(words) - 1 else None
                )
            )
