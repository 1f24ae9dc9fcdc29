"""Answers that code computes from tool results hold: the check finds nothing wrong in them."""

import time
from pathlib import Path

import pytest
from test_grounding_lies import TRUTHS, ledger

from agent.bench_llm.questions import Dialogue, Turn
from agent.bench_llm.running import Stage
from agent.grounding import check
from agent.rules.chat_model import RulesChatModel

TABLE = Path(__file__).parent / "rules_phrasings.txt"
TRACKS = (("Night Walk", "The Lanterns"), ("Copper Sky", "Ana Rey"))
STEP = 19
"""Every so manieth question of the table: all of them take a minute."""


def questions() -> list[tuple[str, bool]]:
    """Return questions, and whether they are asked of two tracks."""
    found, two = [], False
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            two = "#2" in line
        elif " -> " in line and not line.startswith("#"):
            found.append((line.partition(" -> ")[0].strip(), two))
    return found[::STEP]


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def test_nothing_that_was_computed_is_contradicted(stage: Stage) -> None:
    model, judged = RulesChatModel(), 0
    for seed, (question, two) in enumerate(questions()):
        tracks = TRACKS if two else TRACKS[:1]
        dialogue = Dialogue("computed", tracks, (Turn(question, ""),))
        done = stage.converse(model, dialogue, seed)[0]
        assert not done.error
        judged += sum(done.after.values())
        assert done.after == done.before  # what code computed is not changed
        assert not done.after.get("contradicted"), f"{question}: {done.answer}"
    assert judged > 100


def test_a_check_takes_milliseconds() -> None:
    text = " ".join(TRUTHS[:12])
    known = ledger()
    check(text, known)
    begun = time.process_time()
    for _ in range(5):
        check(text, known)
    assert (time.process_time() - begun) / 5 < 0.06  # 20 ms where nothing else runs
