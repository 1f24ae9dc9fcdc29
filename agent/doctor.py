"""The examination: which engine each task stands on and why, and whether memory is whole."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agent.listening import TASKS
from tools.rungs import Engine
from tools.weights import WeightStore

if TYPE_CHECKING:
    from agent.workbench import Workbench


def examine(bench: "Workbench", repair: bool = False) -> dict[str, Any]:
    """Return the findings as plain data; with `repair`, rebuild the memory's index first."""
    memory = bench.memory
    rebuilt = memory.rebuild() if repair else None
    settings = bench.settings
    return {
        "folders": {"data": str(settings.data_dir), "cache": str(settings.cache_dir)},
        "model": settings.model,
        "model_obstacle": _model_obstacle(settings.model, bench.store),
        "offline": settings.offline,
        "licence": settings.licence,
        "tasks": {name: _stands(engines(), bench.store) for name, engines in _tasks().items()},
        "memory": {
            "tracks": len(memory.ids()),
            "rebuilt": rebuilt,
            "problems": list(memory.check()),
        },
    }


def to_text(findings: dict[str, Any]) -> str:
    """Return the findings as a person reads them."""
    lines = [
        f"data   {findings['folders']['data']}",
        f"cache  {findings['folders']['cache']}",
        f"model  {findings['model']}   network {'off' if findings['offline'] else 'on'}   "
        f"licences {findings['licence']}",
        *([f"       {why}; the rules answer alone"] if (why := findings["model_obstacle"]) else []),
        "",
    ]
    for name, task in findings["tasks"].items():
        stands = f"{task['engine']} ({task['rung']})" if task["engine"] else "nothing"
        lines.append(f"{name:9} stands on {stands}")
        lines += [f"{'':9}   not {other}: {why}" for other, why in task["not"].items()]
    memory = findings["memory"]
    lines += ["", f"memory   {memory['tracks']} tracks"]
    if memory["rebuilt"] is not None:
        lines.append(f"         index rebuilt with {memory['rebuilt']} tracks")
    lines += [f"         {problem}" for problem in memory["problems"]]
    if memory["problems"] and memory["rebuilt"] is None:
        lines.append("         Run: musicologue doctor --repair")
    return "\n".join(lines)


def _model_obstacle(model: str, store: WeightStore) -> str:
    """Return why the embedded model can't be had, "" where it can or another one is asked."""
    return (store.obstacle("smollm2") or "") if model == "embedded" else ""


def _tasks() -> dict[str, Callable[[], Sequence[Engine]]]:
    """Return the engines of every task, also of those that make sound rather than annotations."""

    def separation() -> Sequence[Engine]:
        from tools.separation import ENGINES

        return ENGINES

    def generation() -> Sequence[Engine]:
        from tools.generation import ENGINES

        return ENGINES

    def rendering() -> Sequence[Engine]:
        from tools.rendering import ENGINES

        return ENGINES

    making = {"stems": separation, "new music": generation, "playing": rendering}
    return {name: task.engines for name, task in TASKS.items()} | making


def _stands(engines: Sequence[Engine], store: WeightStore) -> dict[str, Any]:
    """Return the engine that would run now, and why each better one would not."""
    better: dict[str, str] = {}
    for engine in engines:
        why = engine.obstacle(store)
        if why is None:
            return {"engine": engine.name, "rung": engine.rung, "not": better}
        better[engine.name] = why
    return {"engine": None, "rung": None, "not": better}
