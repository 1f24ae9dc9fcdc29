"""Whether what a script expects of a turn came."""

import re
from collections.abc import Callable, Iterator

from agent.expectation import Expectation
from agent.facts import folded, kind_of, same, shown, states
from agent.transcript import Turn

NEGATION = re.compile(
    r"n't\b|n\u2019t\b|\b(?:not|no|none|nothing|cannot|unable|impossible|beyond)\b", re.I
)


def check(expect: Expectation, turn: Turn) -> list[str]:
    """Return a sentence for each expectation that does not hold of `turn`: what was wanted, what came."""
    return [failure for one in CHECKS for failure in one(expect, turn)]


def _check_texts(expect: Expectation, turn: Turn) -> Iterator[str]:
    answer = folded(turn.answer)
    for text in expect.contains:
        if folded(text) not in answer:
            yield f"expected the answer to contain {text!r}; it says {_short(turn.answer)}"
    for text in expect.not_contains:
        if folded(text) in answer:
            yield f"expected the answer not to contain {text!r}; it says {_short(turn.answer)}"
    for pattern in expect.matches:
        if not re.search(pattern, turn.answer, re.IGNORECASE | re.DOTALL):
            yield f"expected the answer to match {pattern!r}; it says {_short(turn.answer)}"


def _check_tools(expect: Expectation, turn: Turn) -> Iterator[str]:
    called = [str(call.get("name")) for call in turn.tool_calls]
    for tool in expect.tools:
        if tool not in called:
            came = f"called were {', '.join(called)}" if called else "no tool was called"
            yield f"expected a call of the tool '{tool}'; {came}"


def _check_declines(expect: Expectation, turn: Turn) -> Iterator[str]:
    if expect.declines is None:
        return
    # The flag is the product's word about itself; an answer that declines also says so.
    says_so = turn.declined and NEGATION.search(turn.answer) is not None
    if expect.declines and not says_so:
        yield f"expected the answer to decline; it says {_short(turn.answer)}"
    if not expect.declines and turn.declined:
        yield f"expected an answer that does not decline; it says {_short(turn.answer)}"


def _check_facts(expect: Expectation, turn: Turn) -> Iterator[str]:
    for name, value in expect.facts:
        kind = kind_of(name)
        came = [c.get("value") for c in turn.evidence if kind_of(str(c.get("claim"))) == kind]
        wanted = f"expected fact {name} = {shown(value)}"
        if not came:
            yield f"{wanted}; the answer's evidence has no {name}"
        elif not any(same(kind, value, one) for one in came):
            values = " and ".join(dict.fromkeys(f"{name} = {shown(v)}" for v in came))
            yield f"{wanted}; the answer's evidence says {values}"
        elif not states(kind, value, turn.answer):
            yield f"{wanted}; the evidence has it, but the answer says {_short(turn.answer)}"


CHECKS: tuple[Callable[[Expectation, Turn], Iterator[str]], ...] = (
    _check_texts,
    _check_tools,
    _check_facts,
    _check_declines,
)


def _short(answer: str, limit: int = 160) -> str:
    line = " ".join(answer.split())
    return repr(line if len(line) <= limit else line[: limit - 1] + "…") if line else "nothing"
