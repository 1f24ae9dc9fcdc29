"""Measure chat models end to end: held-out questions through the real graph, on recorded tracks."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.bench_llm.questions import Dialogue

Report = Callable[[float, str], None]


def measure(
    models: "Mapping[str, BaseChatModel]", dialogues: "Iterable[Dialogue]", report: Report
) -> dict[str, Any]:
    """Return the figures and the turns of each model, by its name.

    Parameters
    ----------
    report : told the fraction that is done, and what is being done
    """
    from agent.bench_llm.running import Stage
    from agent.bench_llm.scores import figures, judge, plain

    stage, asked = Stage(), tuple(dialogues)
    judged: dict[str, list[Any]] = {name: [] for name in models}
    for model in models.values():  # weights are loaded with the first question: not its fault
        stage.converse(model, asked[0], 0)
    for number, dialogue in enumerate(asked):
        wanted = stage.wanted(dialogue, number)
        for name, model in models.items():
            report(number / len(asked), name)
            for turn, want, done in zip(
                dialogue.turns, wanted, stage.converse(model, dialogue, number), strict=True
            ):
                judged[name].append(judge(turn.reading, want, done))
    report(1.0, "done")
    return {
        name: {"figures": figures(turns), "turns": [plain(turn) for turn in turns]}
        for name, turns in judged.items()
    }
