"""``musicologue mcp``: the tools for other programs that have a language model."""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.settings import Settings
from agent.terminal import complain, with_settings

if TYPE_CHECKING:
    from agent.mcp_files import Folders

HOST, PORT = "127.0.0.1", 8766


@with_settings
def mcp(
    settings: Settings,
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP at /mcp instead of stdin and stdout.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="With --http: address to listen at.")] = HOST,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="With --http: 0 picks a free one.")
    ] = PORT,
    folders: Annotated[
        list[Path] | None,
        typer.Option(
            "--folder",
            help="Only files below it may be opened; may be repeated. Over HTTP none may without.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Lend the tools to an MCP host: Claude Desktop, an IDE, another agent."""
    from agent.mcp_files import Folders

    if http:
        from agent.http.mcp import serve

        serve(settings, host, port, Folders(folders or ()))
        return
    _serve_stdio(settings, Folders(folders) if folders else None)


def _serve_stdio(settings: Settings, folders: "Folders | None") -> None:
    from agent.workbench import Workbench

    bench = Workbench(settings)
    from agent.mcp_server import serve_stdio

    if sys.stdin.isatty():
        complain("An MCP host is awaited on standard input, as JSON. Ctrl-C ends this.")
    # Nothing wakes a thread that reads standard input. What was heard is safe on the disk already.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    serve_stdio(bench, folders)
    # A host that lets go gives us seconds, then this signal, then seconds more: for the index.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    bench.close()
