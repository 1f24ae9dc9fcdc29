"""The tools as an MCP host is told of them: name, description, JSON schema of the arguments.

The list is kept in ``mcp_tools.json``, so that a host is answered before torch, numpy and LangChain
are imported. A test compares the file with the tools; ``python -m agent.mcp_tools`` writes it anew.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool

FILE = "mcp_tools.json"

OPENS = "listen"
"""The tool that opens files; told of only where files may be opened."""

WRITES = frozenset(
    {"separate", "transcribe", "export", "playlist", "note"}
    | {"generate", "continue_track", "variation", "accompany"}
)
"""Tools that leave something behind: a file, or a note. The others only listen and look."""


def known_tools(with_files: bool = True) -> list[dict[str, Any]]:
    """Return the tools from the list that is kept; each has ``name``, ``description``, ``schema``."""
    text = files("agent").joinpath(FILE).read_text(encoding="utf-8")
    kept: list[dict[str, Any]] = json.loads(text)
    return [tool for tool in kept if with_files or tool["name"] != OPENS]


def described(tools: "Iterable[StructuredTool]") -> list[dict[str, Any]]:
    """Return tools as `known_tools` does, from the tools themselves."""
    return [{"name": t.name, "description": t.description, "schema": schema_of(t)} for t in tools]


def schema_of(tool: "StructuredTool") -> dict[str, Any]:
    """Return the JSON schema of what a model says to a tool: without LangChain's runtime."""
    model: Any = tool.tool_call_schema
    schema: dict[str, Any] = model.model_json_schema()
    schema.pop("title", None)
    schema.pop("description", None)  # that is the tool's
    for argument in schema.get("properties", {}).values():
        argument.pop("title", None)
    return schema | {"additionalProperties": False}


def _write() -> None:
    from agent.library import Library
    from agent.toolbox import Toolbox

    tools = described(Toolbox(Library.__new__(Library)).tools())
    text = json.dumps(tools, indent=1, ensure_ascii=False) + "\n"
    Path(__file__).with_name(FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write()
