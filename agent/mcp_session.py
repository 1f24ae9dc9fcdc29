"""One MCP host's session: the tracks it opened under their handles, and its calls of tools.

It knows nothing of the protocol. A call runs in a thread of its own; what it reports goes to a
callback, which stops the call by raising `Cancelled`.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.mcp_files import Folders
from agent.mcp_tools import OPENS
from agent.strict_json import plain
from tools.errors import Cancelled, MusicToolError
from tools.titles import clean_text

if TYPE_CHECKING:
    from langchain_core.tools import StructuredTool
    from pydantic import ValidationError

    from agent.library import Library
    from agent.memory import TrackMemory
    from agent.record import TrackRecord
    from agent.workbench import Workbench

log = logging.getLogger(__name__)

Report = Callable[[float, str], None]


class ArgumentsError(MusicToolError):
    """A tool was called with arguments that it does not take."""


@dataclass(frozen=True)
class Outcome:
    """What came of a call: words for the model; `found` is what was measured, and by what."""

    words: str
    found: dict[str, Any] | None = None
    failed: bool = False


class HostSession:
    """What one host works with. Safe for threads: its library has a lock.

    Parameters
    ----------
    bench : whose memory and weights
    folders : where files may be opened; None for anywhere
    address : how a file that was written is told to the host
    source : how the file that a track came from is
    """

    def __init__(
        self,
        bench: "Workbench",
        folders: Folders | None = None,
        address: Callable[[Path], str] = str,
        source: "Callable[[TrackRecord], str]" = attrgetter("path"),
    ) -> None:
        self._bench, self._folders = bench, folders
        self._address, self.source = address, source

    @property
    def memory(self) -> "TrackMemory":
        """Every track that was ever heard."""
        return self._bench.memory

    @cached_property
    def library(self) -> "Library":
        """The tracks of this session: #1 is the first one that it opened."""
        from agent.library import Library

        return Library(
            self.memory,
            self._bench.store,
            exports=self._bench.settings.export_dir,
            soundfont=self._bench.settings.soundfont,
            address=self._address,
            source=self.source,
        )

    @cached_property
    def _tools(self) -> "dict[str, StructuredTool]":
        from agent.toolbox import Toolbox

        may_open = self._folders is None or bool(self._folders)
        return {t.name: t for t in Toolbox(self.library, may_open=may_open).tools()}

    def call(self, name: str, arguments: Mapping[str, Any], report: Report) -> Outcome:
        """Call a tool; what goes wrong is told in the outcome.

        Raises
        ------
        Cancelled
            If `report` raised it.
        """
        try:
            return self._called(name, arguments, report)
        except MusicToolError as error:
            log.info("tool %s: %s", name, error)
            return Outcome(self._hidden(str(error)), failed=True)
        except Cancelled:
            raise
        except Exception as error:  # the boundary: a bug ends the call, never the server
            log.exception("tool %s failed", name)
            kind = type(error).__name__
            return Outcome(
                f"Something went wrong inside ({kind}); the log has the details.", None, True
            )

    # ---- inside ---------------------------------------------------------------------------------

    def _called(self, name: str, arguments: Mapping[str, Any], report: Report) -> Outcome:
        tool = self._tools.get(name)
        if tool is None or tool.func is None:
            raise ArgumentsError(f"There is no tool '{clean_text(name, 60)}'.")
        given = checked_arguments(tool, arguments)
        if name == OPENS and self._folders:
            given["path"] = str(self._folders.file(given["path"]))
        report(0.0, name)
        words, found = tool.func(**given, runtime=_runtime(report))
        # Some hosts show a model the text, others what is structured: each has all that it needs.
        return Outcome(plain(words), {"words": plain(words), **plain(found)})

    def _hidden(self, text: str) -> str:
        return str(plain(self._folders.hidden(text) if self._folders else text))


def checked_arguments(tool: "StructuredTool", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call as the tool takes them.

    Raises
    ------
    ArgumentsError
        If one is missing, unknown, or of another type; the message names all that there are.
    """
    from pydantic import ValidationError

    model: Any = tool.tool_call_schema
    fields = model.model_fields
    if unknown := [name for name in arguments if name not in fields]:
        told = ", ".join(f"'{clean_text(name, 40)}'" for name in unknown[:5])
        raise ArgumentsError(_taken(tool.name, f"it has no argument {told}", fields))
    try:
        said = model.model_validate(dict(arguments))
    except ValidationError as error:
        raise ArgumentsError(_taken(tool.name, _wrong(error), fields)) from error
    return {name: getattr(said, name) for name in said.model_fields_set}


def _wrong(error: "ValidationError") -> str:
    told = []
    for problem in error.errors(include_url=False)[:3]:
        name = ".".join(map(str, problem["loc"])) or "arguments"
        if problem["type"] == "missing":
            told.append(f"'{name}' is missing")
        else:
            came = clean_text(repr(plain(problem["input"])), 60)
            told.append(f"'{name}' can't be {came} ({problem['msg'].lower()})")
    return "; ".join(told)


def _taken(tool: str, why: str, fields: Mapping[str, Any]) -> str:
    names = ", ".join(f"{n} (needed)" if f.is_required() else n for n, f in fields.items())
    return f"'{tool}' can't be called so: {why}. Its arguments: {names}."


def _runtime(report: Report) -> Any:
    """Return what a tool is run with: its progress goes to `report`, which may stop it."""
    from langchain.tools import ToolRuntime

    def write(content: Any) -> None:
        report(content["progress"], content["doing"])

    return ToolRuntime(
        state={}, context=None, config={}, stream_writer=write, tool_call_id="", store=None
    )
