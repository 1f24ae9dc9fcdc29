"""The bench of chat models: what it asks, how it judges, and what it tells."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from scripted import ScriptedModel, Step

from agent.bench_llm import measure, plans
from agent.bench_llm.facts import stated, wishes
from agent.bench_llm.questions import Dialogue, Turn, load
from agent.bench_llm.running import Stage
from agent.bench_llm.scores import figures, judge
from agent.bench_llm.table import ROWS, to_json, to_table
from agent.bench_llm.verdicts import verdicts
from agent.bench_llm.watching import Watch
from agent.cli import main
from agent.embedded.notation import read
from agent.embedded.training.phrasings import Phrasing, parse
from agent.embedded.training.phrasings import load as phrasings
from agent.embedded.training.split import TEST, copies
from agent.open_tracks import OpenTrack
from agent.rules.asks import Finding
from agent.rules.chat_model import RulesChatModel

ONE = (OpenTrack("#1", "A", "", "a.mp3", 100.0, True),)
TRACKS = (("Velvet Hour", ""), ("Lower East", "Ola Brandt"))


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def calls(*named: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, "args": args} for name, args in named]


def talk(*turns: tuple[str, str], before: Turn | None = None) -> Dialogue:
    return Dialogue("made up", TRACKS, tuple(Turn(*turn) for turn in turns), before=before)


def judged(stage: Stage, question: str, reading: str, *script: Step) -> Any:
    dialogue = talk((question, reading))
    (wanted,) = stage.wanted(dialogue, 3)
    (done,) = stage.converse(ScriptedModel(script=list(script)), dialogue, 3)
    return judge(reading, wanted, done)


# ---- the questions --------------------------------------------------------------------------------


def test_the_test_split_is_large_and_every_reading_can_be_read() -> None:
    questions, scenarios = load("questions"), load("scenarios")
    assert len(questions) >= 420
    assert len(scenarios) == 30
    assert all(3 <= len(s.turns) <= 6 for s in scenarios)
    for dialogue in (*questions, *scenarios):
        for turn in (*dialogue.turns, *([dialogue.before] if dialogue.before else [])):
            assert read(turn.reading)
    asked = [(d.turns[0].question, d.tracks, d.before, d.focus) for d in questions]
    assert len(set(asked)) == len(asked)


def test_topics_are_asked_as_the_issue_weights_them() -> None:
    questions = load("questions")
    firsts = [read(d.turns[0].reading) for d in questions]
    assert sum(any(a.topic in ("decline", "unsupported") for a in f) for f in firsts) >= 70
    assert sum(len(f) > 1 for f in firsts) >= 40
    assert sum(d.before is not None for d in questions) >= 45
    assert sum(len(d.tracks) > 1 for d in questions) >= 90


def test_no_question_of_the_test_split_is_a_copy_of_one_that_was_learnt() -> None:
    tested = list(parse(TEST.read_text("utf-8")))
    assert copies(tested, phrasings()) == set()
    asked = Phrasing("Could you tell me the KEY of this?", "key", ())
    assert copies([asked], [Phrasing("could you tell me the key of this", "key", ())])


def test_a_limit_takes_questions_from_everywhere() -> None:
    whole, some = load("all"), load("all", 10)
    assert len(some) == 10
    assert some[0] == whole[0]
    assert some[-1].name.startswith("scenario") or "question" in some[-1].name
    assert whole.index(some[-1]) > 0.8 * len(whole)


# ---- plans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gold", "made"),
    [
        (("chords", {"track": "#1"}), ("chords", {"track": "#1", "start": 0.0, "end": 100.0})),
        (("tags", {"track": "#1", "kind": "all"}), ("tags", {"track": " #1"})),
        (("chords", {"track": "#1", "start": 30}), ("chords", {"track": "#1", "start": 30.0})),
        (
            ("separate", {"track": "#1", "stems": ["drums", "bass"]}),
            ("separate", {"track": "#1", "stems": ["bass", "drums"]}),
        ),
        (
            ("search_library", {"text": "in D minor"}),
            ("search_library", {"text": "d MINOR", "limit": 5}),
        ),
    ],
)
def test_what_does_not_matter_in_a_call_is_left_out(gold: Any, made: Any) -> None:
    assert plans.same_plan(calls(gold), calls(made), (), ONE)


@pytest.mark.parametrize(
    "made",
    [
        [("chords", {"track": "#1", "start": 30.0, "end": 61.0})],
        [("chords", {"track": "#2", "start": 30.0, "end": 60.0})],
        [("key", {"track": "#1"})],
        [("chords", {"track": "#1", "start": 30.0, "end": 60.0}), ("key", {"track": "#1"})],
        [],
    ],
)
def test_other_calls_are_another_plan(made: Any) -> None:
    gold = calls(("chords", {"track": "#1", "start": 30.0, "end": 60.0}))
    assert not plans.same_plan(gold, calls(*made), (), ONE)


def test_looking_the_form_up_again_does_not_matter_where_a_section_is_named() -> None:
    there = ("chords", {"track": "#1", "start": 30.0, "end": 60.0})
    form = ("structure", {"track": "#1"})
    assert plans.same_plan(calls(there), calls(form, there), read("chords@chorus"), ONE)
    assert not plans.same_plan(calls(there), calls(form, there), read("chords@0:30-1:00"), ONE)
    assert not plans.same_plan(calls(form, there), calls(form), read("chords@chorus"), ONE)


def test_arguments_are_counted_in_calls_of_the_right_tool() -> None:
    gold = calls(("chords", {"track": "#1", "start": 30.0, "end": 60.0}), ("key", {"track": "#1"}))
    made = calls(("chords", {"track": "#1", "start": 30.0, "stem": "bass"}))
    assert plans.argument_score(gold, made, ONE) == (2, 4)


# ---- facts ----------------------------------------------------------------------------------------


def claim(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"claim": kind, "value": value, "track": "#1", "span": None, "confidence": 0.9} | more


@pytest.mark.parametrize(
    ("reading", "evidence", "right", "wrong"),
    [
        ("#1 key", [claim("key", "F minor")], "It's in F minor.", "It's in F major."),
        ("#1 key.mode", [claim("key", "F minor")], "Minor.", "Major."),
        ("#1 tempo", [claim("bpm", 121.6)], "About 122 BPM.", "About 61 BPM."),
        ("#1 duration", [claim("duration", 200.0)], "It lasts 3:20.", "It lasts 2:30."),
        (
            "#1 genres",
            [claim("genre", "pop", confidence=0.3), claim("genre", "jazz")],
            "Jazz, I'd say.",
            "Pop.",
        ),
        (
            "#1 structure.when=chorus",
            [claim("section", "verse", span=[0, 30]), claim("section", "chorus", span=[30, 60])],
            "The chorus begins at 0:30.",
            "The chorus begins at 1:20.",
        ),
        (
            "#1 chords.last",
            [claim("chord", "G:maj", span=[0, 9]), claim("chord", "C:maj", span=[9, 18])],
            "It ends on C.",
            "It ends on G.",
        ),
    ],
)
def test_the_value_that_is_asked_for_must_be_stated(
    reading: str, evidence: list[dict[str, Any]], right: str, wrong: str
) -> None:
    found = Finding("tool", {"track": "#1"}, evidence=tuple(evidence))
    (wish,) = wishes(read(reading), [found])
    assert stated(wish, right)
    assert not stated(wish, wrong)


def test_what_is_no_measured_value_asks_for_no_fact() -> None:
    found = Finding("tags", {"track": "#1"}, evidence=(claim("instrument", "piano"),))
    for reading in ("#1 instruments.has=piano", "#1 decline.writer", "#1 stems=vocals"):
        assert wishes(read(reading), [found]) == ()


# ---- turns ----------------------------------------------------------------------------------------


def test_a_right_turn_scores_full_marks(stage: Stage) -> None:
    (wanted,) = stage.wanted(talk(("key?", "key")), 3)
    key = next(c["value"] for c in wanted.done.heard.findings[0].evidence if c["claim"] == "key")
    found = judged(stage, "key?", "key", [("key", {"track": "#1"})], f"It's in {key}.")
    assert found.exact
    assert found.facts == (1, 1)
    assert found.done.invalid == ()
    assert not found.done.declined
    assert found.done.tokens[0] > 100 > found.done.tokens[1] > 0
    assert found.done.pace.plan is not None


def test_a_wrong_turn_scores_none(stage: Stage) -> None:
    found = judged(stage, "key?", "key", [("tempo", {"track": "#1"})], "I can't hear that.")
    assert not found.exact
    assert found.facts == (0, 1)
    assert (found.done.declined, found.must_decline) == (True, False)


def test_invalid_calls_are_counted(stage: Stage) -> None:
    steps: list[Step] = [[("sing", {}), ("tags", {"track": "#1", "kind": "smell"})], "Sorry."]
    found = judged(stage, "mood?", "moods", *steps)
    assert [c["name"] for c in found.done.invalid] == ["sing", "tags"]
    assert figures([found])["invalid_calls"] == 2


def test_a_decline_that_is_due_is_counted(stage: Stage) -> None:
    right = judged(stage, "who wrote it?", "decline.writer", "I can't hear who wrote it.")
    wrong = judged(stage, "who wrote it?", "decline.writer", "Paul McCartney wrote it.")
    assert figures([right, wrong])["declines_right"] == 0.5


def test_a_fact_that_was_measured_otherwise_is_counted(stage: Stage) -> None:
    (wanted,) = stage.wanted(talk(("key?", "key")), 3)
    key = next(c["value"] for c in wanted.done.heard.findings[0].evidence if c["claim"] == "key")
    wrong = "C minor" if key == "C# major" else "C# major"
    lies = [f"It's in {wrong}."] * 2  # it is sent back once
    lie = judged(stage, "key?", "key", [("key", {"track": "#1"})], *lies)
    truth = judged(stage, "key?", "key", [("key", {"track": "#1"})], f"It's in {key}.")
    assert figures([lie])["contradicted_before"] == 1
    assert figures([truth])["contradicted_before"] == 0
    assert truth.done.after["supported"] == 1


def test_verdicts_that_the_message_tells_are_counted_before_and_after() -> None:
    rows = [{"status": "contradicted"}, {"status": "unknown"}, {"status": "unknown"}]
    told = {"verdicts_before": rows, "verdicts_after": [{"status": "supported"}]}
    message = AIMessage("It's in C.", additional_kwargs=told)
    assert verdicts(message, [], "key?", ONE) == (
        {"contradicted": 1, "unknown": 2},
        {"supported": 1},
    )


def test_a_model_that_fails_is_told_and_the_rest_goes_on(stage: Stage) -> None:
    found = judged(stage, "key?", "key")  # a script of no steps
    assert found.done.error == "IndexError"
    assert not found.exact
    assert figures([found])["failed"] == 1


def test_what_was_before_a_follow_up_is_heard_by_the_model(stage: Stage) -> None:
    dialogue = talk(("and the other one?", "#2 key"), before=Turn("what key is it in?", "key"))
    model = ScriptedModel(script=["Hm."])
    stage.converse(model, dialogue, 3)
    kinds = [type(m) for m in model.heard[0]]
    assert kinds.count(ToolMessage) == 1
    assert any(isinstance(m, AIMessage) and m.text for m in model.heard[0])
    assert stage.wanted(dialogue, 3)[0].done.calls == tuple(calls(("key", {"track": "#2"})))


def test_a_section_is_looked_up_before_its_chords(stage: Stage) -> None:
    (wanted,) = stage.wanted(talk(("intro chords", "chords@intro")), 3)
    assert [[c["name"] for c in r] for r in wanted.done.rounds] == [["structure"], ["chords"]]


def test_what_is_asked_of_a_place_is_looked_for_there(stage: Stage) -> None:
    (wanted,) = stage.wanted(talk(("piano at 0:10?", "instruments.has=piano@0:10")), 3)
    assert [c["name"] for c in wanted.done.calls] == ["moment"]


def test_conversations_lean_on_what_was_said(stage: Stage) -> None:
    dialogue = talk(("how fast is #2", "#2 tempo"), ("and its key?", "key"))
    wanted = stage.wanted(dialogue, 3)
    assert wanted[1].done.calls == tuple(calls(("key", {"track": "#2"})))


def test_the_watch_tells_plan_first_word_and_answer() -> None:
    clock: Callable[[], float] = itertools.count(0.0, 1.0).__next__
    watch = Watch(clock)
    calling = AIMessage("", tool_calls=[{"name": "key", "args": {}, "id": "1"}])
    watch.see("updates", {"model": {"messages": [calling]}})
    watch.see("updates", {"tools": {"messages": [ToolMessage("F", tool_call_id="1")]}})
    for word in ("", "F", " minor"):
        watch.see("messages", (AIMessageChunk(content=word), {}))
    pace = watch.pace()
    assert (pace.plan, pace.first_word, pace.answer) == (1.0, 2.0, 4.0)


# ---- the whole ------------------------------------------------------------------------------------


def test_two_runs_are_the_same_but_for_the_times() -> None:
    seen: list[float] = []
    asked = load("all", 3)
    runs = [
        measure({"rules": RulesChatModel()}, asked, lambda part, doing: seen.append(part))
        for _ in range(2)
    ]
    assert to_json(runs[0]["rules"]["turns"]) == to_json(runs[1]["rules"]["turns"])
    assert seen[-1] == 1.0
    assert to_table({"rules": runs[0]["rules"]["figures"]}).row_count == len(ROWS)


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> Any:
        monkeypatch.setattr(sys, "argv", ["musicologue", "bench-llm", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code

    out = tmp_path / "bench.json"
    assert run("--model", "rules", "--limit", "2", "--out", str(out)) == 0
    assert "| plan exact" in capsys.readouterr().out
    written = json.loads(out.read_text("utf-8"))
    assert written["models"]["rules"]["figures"]["turns"] >= 2
    assert {"question", "calls", "gold", "answer"} <= set(written["models"]["rules"]["turns"][0])
    assert run("--out", str(tmp_path)) == 2
    assert run("--model", "nobody") == 2
