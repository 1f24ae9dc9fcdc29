"""``musicologue mcp``: the tools for other programs that have a language model."""

from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Settings
from agent.terminal import with_settings

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
    from agent.workbench import Workbench

    if http:
        from agent.http.mcp import serve

        serve(settings, host, port, Folders(folders or ()))
        return
    opened = Folders(folders) if folders else None
    bench = Workbench(settings)
    try:
        from agent.mcp_server import serve_stdio

        serve_stdio(bench, opened)
    finally:
        bench.close()
