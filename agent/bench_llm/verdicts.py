"""How many facts of an answer hold, before and after grounding."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from agent.grounding import check
from agent.ledger import ledger_of
from agent.open_tracks import OpenTrack

Counts = dict[str, int]
BEFORE, AFTER = "verdicts_before", "verdicts_after"


def verdicts(
    answer: AIMessage,
    messages: Sequence[BaseMessage],
    question: str,
    tracks: Sequence[OpenTrack],
) -> tuple[Counts, Counts]:
    """Return how many facts of an answer are supported, contradicted, unknown and general.

    The answer's message tells what its grounding found before and after it; what it does not tell
    is found here.

    Parameters
    ----------
    messages : the whole conversation, with the results of its tools
    """
    told = answer.additional_kwargs
    after = told.get(AFTER)
    if after is None:
        after = [v.to_dict() for v in check(answer.text, ledger_of(messages), question, tracks)]
    before = told.get(BEFORE)
    return _counted(after if before is None else before), _counted(after)


def _counted(rows: Iterable[Any]) -> Counts:
    return dict(
        Counter(str(row["status"] if isinstance(row, dict) else row.status) for row in rows)
    )
