"""The graph: a chat model that calls tools in a loop, and the middleware that keeps it honest.

The model hears nothing; it reads what tools measured. What is fed back to it of an error is only
what was written for the user (`MusicToolError`): a bug ends the turn.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, RemoveMessage, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.runtime import Runtime
from langgraph.types import Command

from agent.enforcing import Grounded
from tools.errors import MusicToolError

log = logging.getLogger(__name__)

MODEL_CALLS_A_TURN = 8
"""A question needs two or three; a model that goes on has lost its way."""

ToolHandler = Callable[[ToolCallRequest], ToolMessage | Command[Any]]


class TracksState(AgentState[Any]):
    """The conversation so far, and the tracks that are open in it, in order of their handles."""

    open_tracks: list[dict[str, Any]]


class SpeakableErrors(AgentMiddleware):
    """Turn a `MusicToolError` into a tool message; let everything else end the turn."""

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: ToolHandler
    ) -> ToolMessage | Command[Any]:
        """Call the tool."""
        try:
            return handler(request)
        except MusicToolError as error:
            return _told(request, error)

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        """Call the tool, in an event loop."""
        try:
            return await handler(request)
        except MusicToolError as error:
            return _told(request, error)


class AnsweredCalls(AgentMiddleware):
    """Answer the tool calls that a cancelled turn left open; most models refuse such a history."""

    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Put "stopped" after each call that has no answer."""
        messages = state["messages"]
        answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
        patched: list[AnyMessage] = []
        for message in messages:
            patched.append(message)
            if isinstance(message, AIMessage):
                patched += [
                    ToolMessage("The user stopped this.", tool_call_id=call["id"], status="error")
                    for call in message.tool_calls
                    if call["id"] not in answered
                ]
        if len(patched) == len(messages):
            return None
        return {"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *patched]}


class Briefing(AgentMiddleware):
    """Give the model the system prompt of the moment: it names the tracks that are open now."""

    def __init__(self, brief: Callable[[], str]) -> None:
        self._brief = brief

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model."""
        return handler(request.override(system_message=SystemMessage(self._brief())))

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model, in an event loop."""
        return await handler(request.override(system_message=SystemMessage(self._brief())))


def build_graph(
    model: BaseChatModel,
    toolbox: Sequence[BaseTool],
    checkpointer: BaseCheckpointSaver[Any],
    brief: Callable[[], str],
) -> Any:
    """Return the compiled graph: `model` with `toolbox`, remembered by `checkpointer`.

    `brief` returns the system prompt; it is asked before each call of the model.
    """
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        Briefing(brief),
        Grounded(),
        AnsweredCalls(),
        SpeakableErrors(),
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS_A_TURN, exit_behavior="end"),
    ]
    return create_agent(
        model,
        toolbox,
        middleware=middleware,
        state_schema=TracksState,
        checkpointer=checkpointer,
    )


def _told(request: ToolCallRequest, error: MusicToolError) -> ToolMessage:
    log.info("tool %s: %s", request.tool_call["name"], error)
    return ToolMessage(
        str(error),
        tool_call_id=request.tool_call["id"],
        name=request.tool_call["name"],
        status="error",
    )
