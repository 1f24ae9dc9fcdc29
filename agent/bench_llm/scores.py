"""A turn judged, and the figures of all turns of a model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Any

from agent.bench_llm.facts import stated, wishes
from agent.bench_llm.plans import argument_score, same_plan
from agent.bench_llm.running import Done, Wanted
from agent.rules.asks import Turn as Heard

Figures = dict[str, float | int | None]
_OPEN_ENDED = frozenset((("compare", "moods"), ("sound", "")))
"""Questions to which "I can't tell" is as good an answer as another."""
STATES = ("contradicted", "unknown")


@dataclass(frozen=True)
class Judged:
    """One turn of a model.

    Parameters
    ----------
    arguments : how many are right, of how many
    facts : how many of those asked for are stated, of how many
    must_decline : whether the question can't be answered from sound; None if it need not matter
    """

    reading: str
    gold: tuple[dict[str, Any], ...]
    done: Done
    exact: bool
    arguments: tuple[int, int]
    facts: tuple[int, int]
    must_decline: bool | None


def judge(reading: str, wanted: Wanted, done: Done) -> Judged:
    """Return how a turn that was `done` compares with what it should be."""
    gold, tracks = wanted.done.calls, wanted.done.tracks
    facts = wishes(wanted.asks, wanted.done.heard.findings)
    refused = any(a.topic in ("decline", "unsupported") for a in wanted.asks)
    open_ended = any((a.topic, a.aspect) in _OPEN_ENDED for a in wanted.read_as)
    return Judged(
        reading,
        gold,
        replace(done, heard=Heard(done.question)),  # thousands of turns are kept
        not done.error and same_plan(gold, done.calls, wanted.read_as, tracks),
        argument_score(gold, done.calls, tracks),
        (sum(stated(wish, done.answer) for wish in facts), len(facts)),
        # What the right calls could not find may be declined, too.
        True if refused else None if wanted.done.declined or open_ended else False,
    )


def figures(judged: Sequence[Judged]) -> Figures:
    """Return the figures of a model: shares from 0 to 1, seconds, and counts.

    A figure is None where no turn tells it.
    """
    must = [j.done.declined for j in judged if j.must_decline]
    need_not = [j.done.declined for j in judged if j.must_decline is False]
    found: Figures = {
        "turns": len(judged),
        "failed": sum(bool(j.done.error) for j in judged),
        "plan_exact": _share(j.exact for j in judged),
        "arguments_right": _ratio(j.arguments for j in judged),
        "invalid_calls": sum(len(j.done.invalid) for j in judged),
        "facts_right": _ratio(j.facts for j in judged),
        "facts_asked": sum(j.facts[1] for j in judged),
        "declines_right": _share(must),
        "false_declines": sum(need_not),
    }
    for state in STATES:
        found[f"{state}_before"] = sum(j.done.before.get(state, 0) for j in judged)
        found[f"{state}_after"] = sum(j.done.after.get(state, 0) for j in judged)
    for name in ("plan", "first_word", "answer"):
        times = [t for j in judged if (t := getattr(j.done.pace, name)) is not None]
        found[f"{name}_p50"], found[f"{name}_p95"] = _percentile(times, 50), _percentile(times, 95)
    found["tokens_read"] = round(_mean(j.done.tokens[0] for j in judged), 1)
    found["tokens_written"] = round(_mean(j.done.tokens[1] for j in judged), 1)
    return found


def plain(judged: Judged) -> dict[str, Any]:
    """Return a turn as plain data, without its times, so that two runs can be compared."""
    done = judged.done
    return {
        "question": done.question,
        "reading": judged.reading,
        "exact": judged.exact,
        "gold": [dict(c) for c in judged.gold],
        "calls": [dict(c) for c in done.calls],
        "invalid": [dict(c) for c in done.invalid],
        "answer": done.answer,
        "declined": done.declined,
        "must_decline": judged.must_decline,
        "facts": list(judged.facts),
        "before": done.before,
        "after": done.after,
        "error": done.error,
    }


def _share(values: Iterable[bool]) -> float | None:
    return _ratio((int(v), 1) for v in values)


def _ratio(parts: Iterable[tuple[int, int]]) -> float | None:
    right = total = 0
    for one, of in parts:
        right, total = right + one, total + of
    return round(right / total, 4) if total else None


def _mean(values: Iterable[float]) -> float:
    kept = list(values)
    return sum(kept) / len(kept) if kept else 0.0


def _percentile(times: Sequence[float], percent: int) -> float | None:
    """Return a percentile, linear between the values (inclusive method)."""
    if len(times) < 2:
        return round(times[0], 3) if times else None
    return round(quantiles(times, n=100, method="inclusive")[percent - 1], 3)
