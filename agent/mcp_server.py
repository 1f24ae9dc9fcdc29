"""The tools as an MCP server, with the official SDK: requests in, results and progress out.

What a request asks for is done in a thread, so that the server answers others meanwhile; a request
that the host cancels stops at the next report of its progress. Over stdio, standard output carries
the protocol only: the SDK turns whatever else is printed to standard error.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol, TypeVar

import anyio
import mcp_types as types
from mcp import MCPError
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

import prompts
from agent.mcp_files import Folders
from agent.mcp_prompts import PROMPTS
from agent.mcp_resources import TEMPLATE, Item, items, read
from agent.mcp_session import HostSession, Outcome
from agent.mcp_tools import WRITES, known_tools
from agent.workbench import Workbench
from tools.errors import Cancelled, MusicToolError

log = logging.getLogger(__name__)

NAME = "musicologue"
JSON = "application/json"

AT_ONCE = 8
"""Requests that are worked on at a time; of one session, those that hear take turns anyway."""

PULSE = 0.1
"""Seconds between two notices of progress: the tools report far more often."""

STEP = 0.001
"""Progress must rise from notice to notice, also where a second step of the work begins."""

T = TypeVar("T")


class Sessions(Protocol):
    """Where the session of whoever sent a request is kept."""

    def of(self, request: Any) -> AbstractContextManager[HostSession]:
        """Return the session of a request; it isn't closed while the context lasts."""


class OneSession:
    """The only session of a process: over stdio, host and process live and die together."""

    def __init__(self, bench: Workbench, folders: Folders | None = None) -> None:
        self._session = HostSession(bench, folders)

    @contextmanager
    def of(self, request: Any) -> Iterator[HostSession]:
        """Return the session."""
        yield self._session


class McpServer:
    """Answers the requests of hosts.

    Parameters
    ----------
    with_files : whether files may be opened; without, hosts are not told of the tool for it
    """

    def __init__(self, sessions: Sessions, with_files: bool = True) -> None:
        self._sessions = sessions
        self._tools = [_tool(kept) for kept in known_tools(with_files)]
        self._names = {tool.name for tool in self._tools}
        self._opening = 'Open a recording with "listen".' if with_files else ""
        self._room = anyio.CapacityLimiter(AT_ONCE)

    def server(self) -> Server[dict[str, Any]]:
        """Return what the SDK runs over a transport."""
        return Server(
            NAME,
            version=_version(),
            title="Musicologue",
            instructions=prompts.load("mcp_instructions", opening=self._opening),
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
        )

    # ---- tools ----------------------------------------------------------------------------------

    async def _list_tools(
        self, ctx: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=self._tools)

    async def _call_tool(
        self, ctx: Any, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in self._names:
            names = ", ".join(sorted(self._names))
            raise MCPError(
                types.INVALID_PARAMS, f"No tool '{params.name[:60]}'. There are {names}."
            )
        progress = Progress(ctx.session.report_progress)

        def work(session: HostSession) -> Outcome:
            return session.call(params.name, params.arguments or {}, progress.report)

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(progress.send)
                outcome = await self._in_thread(ctx, work)
                group.cancel_scope.cancel()
        finally:
            progress.stop()
        return types.CallToolResult(
            content=[types.TextContent(text=outcome.words)],
            structured_content=outcome.found,
            is_error=outcome.failed,
        )

    # ---- resources ------------------------------------------------------------------------------

    async def _list_resources(
        self, ctx: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        cursor = (params.cursor if params else None) or "0"
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
            raise MCPError(types.INVALID_PARAMS, "The cursor is none that this server gave.")
        found, after = await self._asked(ctx, partial(items, first=int(cursor)))
        return types.ListResourcesResult(
            resources=[_resource(item) for item in found],
            next_cursor=None if after is None else str(after),
        )

    async def _list_templates(
        self, ctx: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        track = types.ResourceTemplate(
            uri_template=TEMPLATE,
            name="track",
            description="All that was measured of a track, as JSON; its id is in musicologue://tracks.",
            mime_type=JSON,
        )
        return types.ListResourceTemplatesResult(resource_templates=[track])

    async def _read_resource(
        self, ctx: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        text = await self._asked(ctx, partial(read, uri=str(params.uri)))
        content = types.TextResourceContents(uri=str(params.uri), mime_type=JSON, text=text)
        return types.ReadResourceResult(contents=[content])

    # ---- prompts --------------------------------------------------------------------------------

    async def _list_prompts(
        self, ctx: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        told = [
            types.Prompt(
                name=asked.name,
                title=asked.title,
                description=asked.about,
                arguments=[
                    types.PromptArgument(name=name, description=about, required=True)
                    for name, about in asked.arguments.items()
                ],
            )
            for asked in PROMPTS
        ]
        return types.ListPromptsResult(prompts=told)

    async def _get_prompt(
        self, ctx: Any, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        asked = next((p for p in PROMPTS if p.name == params.name), None)
        if asked is None:
            names = ", ".join(p.name for p in PROMPTS)
            raise MCPError(types.INVALID_PARAMS, f"No prompt '{params.name[:60]}': {names}.")
        try:
            text = asked.text(params.arguments or {})
        except MusicToolError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=asked.about, messages=[message])

    # ---- inside ---------------------------------------------------------------------------------

    async def _in_thread(self, ctx: Any, work: Callable[[HostSession], T]) -> T:
        def run() -> T:
            with self._sessions.of(ctx.request) as session:
                return work(session)

        return await anyio.to_thread.run_sync(run, abandon_on_cancel=True, limiter=self._room)

    async def _asked(self, ctx: Any, work: Callable[[HostSession], T]) -> T:
        """Do what can't be told as the error of a tool."""
        try:
            return await self._in_thread(ctx, work)
        except MusicToolError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        except Exception as error:  # the boundary: a bug ends the request, never the server
            log.exception("%s failed", ctx.method)
            raise MCPError(
                types.INTERNAL_ERROR,
                f"Something went wrong inside ({type(error).__name__}); the log has the details.",
            ) from error


class Progress:
    """The progress of one call: told from any thread, sent from the event loop."""

    def __init__(self, send: Callable[[float, float, str], Any]) -> None:
        self._send = send
        self._told = (0.0, "")
        self._level = 0.0
        self._stopped = threading.Event()

    def report(self, fraction: float, doing: str) -> None:
        """Tell how far the work is.

        Raises
        ------
        Cancelled
            If nobody waits for it any more.
        """
        if self._stopped.is_set():
            raise Cancelled
        self._told = (fraction, doing)

    def stop(self) -> None:
        """Have the work stop at its next report."""
        self._stopped.set()

    async def send(self) -> None:
        """Send what is told, until cancelled."""
        seen = (0.0, "")
        while True:
            await anyio.sleep(PULSE)
            if self._told == seen:
                continue
            seen = fraction, doing = self._told
            level = max(fraction, min(1.0, self._level + STEP))
            if level > self._level:
                self._level = level
                await self._send(level, 1.0, doing)


def serve_stdio(bench: Workbench, folders: Folders | None = None) -> None:
    """Serve one host over standard input and output, until it closes them."""

    async def serve() -> None:
        server = McpServer(OneSession(bench, folders)).server()
        async with stdio_server() as (requests, answers):
            await server.run(requests, answers, server.create_initialization_options())

    anyio.run(serve)


# ---- small steps --------------------------------------------------------------------------------


def _version() -> str:
    try:
        return version(NAME)
    except PackageNotFoundError:  # run from its folder
        return ""


def _tool(kept: dict[str, Any]) -> types.Tool:
    hints = types.ToolAnnotations(
        read_only_hint=kept["name"] not in WRITES, destructive_hint=False, open_world_hint=False
    )
    return types.Tool(
        name=kept["name"],
        description=kept["description"],
        input_schema=kept["schema"],
        annotations=hints,
    )


def _resource(item: Item) -> types.Resource:
    return types.Resource(
        uri=item.uri, name=item.name, description=item.description, mime_type=JSON
    )
