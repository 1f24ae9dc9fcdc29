import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events import AnswerFinished, Event, TextDelta, ToolFinished, ToolStarted, TurnFailed
from agent.expectation import Expectation, read_expectation
from agent.session import (
    SessionError,
    Transcript,
    Turn,
    check,
    load_session,
    run_session,
    save_transcript,
    to_jsonl,
    to_markdown,
    writer_for,
)

KEY_CLAIM = {
    "claim": "key",
    "value": "F minor",
    "track": "#1",
    "span": None,
    "estimator": "keynet/1",
    "confidence": 0.82,
}
BPM_CLAIM = {"claim": "bpm", "value": 121.6, "track": "#1", "estimator": "beats/1"}
METER_CLAIM = {"claim": "meter", "value": "3/4", "track": "#1", "estimator": "beats/1"}
GOOD = Turn(
    "What key and tempo?",
    "It is in F minor at about 122 BPM, in 3/4.",
    tool_calls=({"name": "key", "args": {"track": "#1"}},),
    evidence=(KEY_CLAIM, BPM_CLAIM, METER_CLAIM),
)
DECLINED = Turn("Who produced it?", "I can't hear who produced it.", declined=True)


class ScriptedConversation:
    """Answers each question with the events that the test gives."""

    def __init__(self, *turns: list[Event]) -> None:
        self.turns = iter(turns)
        self.asked: list[str] = []

    def ask(self, question: str) -> Iterator[Event]:
        self.asked.append(question)
        yield from next(self.turns)


def write(folder: Path, text: str) -> Path:
    path = folder / "talk.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def expect(**content: Any) -> Expectation:
    return read_expectation(content, "turn 1")


# ---- reading ------------------------------------------------------------------------------------


def test_a_session_file_is_read_whole(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
tracks: [sub/song.mp3, /music/other.flac]
model: rules
turns:
  - ask: What key is it in?
    expect: {contains: [F minor, key], not_contains: Ab, tool: key, fact: {key: F minor, bpm: 121.6}}
  - ask: And the meter?
    expect: {matches: '\\d/\\d', tool: [tempo], fact: {meter: 4/4}}
  - ask: Who produced it?
    expect: {declines: true}
  - ask: Thanks
""",
    )
    session = load_session(path)
    assert session.tracks == (tmp_path / "sub/song.mp3", Path("/music/other.flac"))
    assert session.model == "rules"
    assert [turn.question for turn in session.turns][-1] == "Thanks"
    assert session.turns[0].expect == Expectation(
        contains=("F minor", "key"),
        not_contains=("Ab",),
        tools=("key",),
        facts=(("key", "F minor"), ("bpm", 121.6)),
    )
    assert session.turns[1].expect.facts == (("meter", "4/4"),)
    assert session.turns[2].expect == Expectation(declines=True)
    assert session.turns[3].expect == Expectation()


ONE = "turns: [{ask: Hi, expect: {%s}}]"
BAD_FILES = {
    "empty": ("", "a session is a mapping"),
    "a list": ("- ask: hi", "a session is a mapping"),
    "no turns": ("tracks: [a.mp3]", "'turns' is missing"),
    "empty turns": ("turns: []", "'turns' is empty"),
    "turns no list": ("turns: {ask: hi}", "'turns' is a mapping"),
    "misspelt top key": ("trakcs: []\nturns: [{ask: Hi}]", "no 'trakcs'; did you mean 'tracks'"),
    "misspelt turn key": ("turns: [{ask: Hi}, {aks: Hi}]", "turn 2: there is no 'aks'"),
    "ask missing": ("turns: [{expect: {contains: x}}]", "turn 1: 'ask' is missing"),
    "ask no text": ("turns: [{ask: 3}]", "turn 1: 'ask' must be a question"),
    "turn no mapping": ("turns: [Hi]", "turn 1 must be a mapping"),
    "tracks a text": ("tracks: a.mp3\nturns: [{ask: Hi}]", "'tracks' must be a list"),
    "track a number": ("tracks: [3]\nturns: [{ask: Hi}]", "track 1 must be a path"),
    "model a list": ("model: [a]\nturns: [{ask: Hi}]", "'model' must be a text"),
    "expect a text": ("turns: [{ask: Hi, expect: yes please}]", "'expect' must be a mapping"),
    "misspelt expectation": (ONE % "contain: x", "turn 1: expect: there is no 'contain'"),
    "contains a boolean": (ONE % "contains: no", "'contains' must be a text or a list"),
    "contains nothing": (ONE % "contains: []", "'contains' is an empty list"),
    "contains empty": (ONE % "contains: ''", "'contains' must be a text"),
    "bad pattern": (ONE % "matches: '('", "'matches' is no regular expression"),
    "declines a text": (ONE % "declines: maybe", "'declines' must be true or false"),
    "fact a text": (ONE % "fact: F minor", "'fact' must be a mapping"),
    "no such key": (ONE % "fact: {key: H minor}", "'H minor' is no key"),
    "no such tempo": (ONE % "fact: {bpm: fast}", "'fast' is no tempo"),
    "endless tempo": (ONE % "fact: {bpm: .inf}", "inf is no tempo"),
    "no such meter": (ONE % "fact: {meter: waltz}", "'waltz' is no meter"),
    "key twice": ("turns:\n  - ask: Hi\n    ask: Ho", "line 3, column 5: not YAML: 'ask' is given"),
    "no YAML": ("turns: [", "line 1"),
    "a bare question in braces": ("turns: [{ask: Why?, expect: {}}]", "in quotes"),
    "unknown tag": ("turns: !!python/object:os.system {}", "not YAML"),
    "control characters": ("turns: \x01", "not YAML"),
    "bottomless": ("[" * 600, "not YAML"),
}


@pytest.mark.parametrize(("text", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_gets_one_sentence_that_names_the_place(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(SessionError) as caught:
        load_session(write(tmp_path, text))
    assert message in str(caught.value)
    assert "talk.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_opened_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="No session file"):
        load_session(tmp_path / "missing.yaml")
    with pytest.raises(SessionError, match="Cannot open"):
        load_session(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"turns: \xff\xfe\x00")
    with pytest.raises(SessionError, match="UTF-8"):
        load_session(tmp_path / "latin.yaml")


@given(st.text(max_size=60))
def test_any_text_is_a_session_or_a_session_error(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "talk.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            assert load_session(path).turns
        except SessionError as error:
            assert str(error)


# ---- checking -----------------------------------------------------------------------------------

HOLDS = {
    "contains, any case": (expect(contains=["f MINOR", "bpm"]), GOOD),
    "contains with real signs": (expect(contains="f# minor"), Turn("", "It's in F♯ minor.")),
    "not_contains": (expect(not_contains="Ab major"), GOOD),
    "matches": (expect(matches=r"\b1\d\d bpm"), GOOD),
    "tool": (expect(tool="key"), GOOD),
    "fact key": (expect(fact={"key": "F minor"}), GOOD),
    "fact key, spelled otherwise": (expect(fact={"key": "E# minor"}), GOOD),
    "fact bpm within 1 %": (expect(fact={"bpm": 122.5}), GOOD),
    "fact tempo is bpm": (expect(fact={"tempo": 121.6}), GOOD),
    "fact meter": (expect(fact={"meter": "3/4"}), GOOD),
    "declines": (expect(declines=True), DECLINED),
    "does not decline": (expect(declines=False), GOOD),
    "nothing": (Expectation(), GOOD),
}
FAILS = {
    "contains": (expect(contains="G minor"), GOOD, "to contain 'G minor'; it says 'It is in F"),
    "not_contains": (expect(not_contains="f Minor"), GOOD, "not to contain 'f Minor'; it says"),
    "matches": (expect(matches=r"^\d"), GOOD, r"to match '^\\d'; it says"),
    "tool": (expect(tool=["key", "tags"]), GOOD, "the tool 'tags'; called were key"),
    "no tool": (expect(tool="key"), DECLINED, "no tool was called"),
    "fact key": (
        expect(fact={"key": "Ab major"}),
        GOOD,
        "expected fact key = Ab major; the answer's evidence says key = F minor",
    ),
    "fact bpm": (
        expect(fact={"bpm": 60.8}),
        GOOD,
        "bpm = 60.8; the answer's evidence says bpm = 121.6",
    ),
    "fact meter": (expect(fact={"meter": "4/4"}), GOOD, "the answer's evidence says meter = 3/4"),
    "fact unknown": (expect(fact={"genre": "rock"}), GOOD, "the answer's evidence has no genre"),
    "key not stated": (
        expect(fact={"key": "F minor"}),
        Turn("", "It's in Ab major; one chord is Fm.", evidence=(KEY_CLAIM,)),
        "the evidence has it, but the answer says",
    ),
    "bpm not stated": (
        expect(fact={"bpm": 121.6}),
        Turn("", "About 60.8 BPM, 122 % sure, from 1:22 on, #122.", evidence=(BPM_CLAIM,)),
        "the evidence has it, but the answer says",
    ),
    "meter not stated": (
        expect(fact={"meter": "3/4"}),
        Turn("", "It has a 13/4 feel.", evidence=(METER_CLAIM,)),
        "the evidence has it",
    ),
    "declines": (expect(declines=True), GOOD, "expected the answer to decline; it says"),
    "declines in name only": (
        expect(declines=True),
        Turn("", "Quincy Jones produced it.", declined=True),
        "expected the answer to decline",
    ),
    "does not decline": (expect(declines=False), DECLINED, "does not decline; it says"),
}


@pytest.mark.parametrize(("expectation", "turn"), HOLDS.values(), ids=HOLDS)
def test_an_expectation_that_holds_says_nothing(expectation: Expectation, turn: Turn) -> None:
    assert check(expectation, turn) == []


@pytest.mark.parametrize(("expectation", "turn", "message"), FAILS.values(), ids=FAILS)
def test_an_expectation_that_fails_says_which_and_what_came(
    expectation: Expectation, turn: Turn, message: str
) -> None:
    failures = check(expectation, turn)
    assert len(failures) == 1
    assert message in failures[0].replace("\\\\", "\\") or message in failures[0]


@pytest.mark.parametrize(
    ("kind", "wanted", "came", "prose"),
    [
        ("chord", "Fm7/Ab", "F:min7/b3", "It opens on Fm7/Ab."),
        ("chord", "Db", "C#:maj", "It goes from Fm to D♭, then on."),
        ("chord", "A:min", "A:min", "The chords are (Am, G)."),
        ("genres", "rock", "Rock", "Most like rock."),
        ("instruments", "guitar", "guitar", "There are guitars."),
        ("duration", 72.0, 72.1, "It is 1:12 long."),
        ("voice", "vocal", "vocal", "It is a vocal track."),
        ("key", "Bb minor", "A# minor", "In B-flat minor."),
        ("key", "f# minor", "F# minor", "The key: **F sharp minor**"),
    ],
)
def test_facts_of_every_kind(kind: str, wanted: object, came: object, prose: str) -> None:
    turn = Turn("", prose, evidence=({"claim": kind, "value": came},))
    assert check(expect(fact={kind: wanted}), turn) == []
    assert len(check(expect(fact={kind: wanted}), Turn("", prose))) == 1
    silent = Turn("", "No idea.", evidence=turn.evidence)
    assert len(check(expect(fact={kind: wanted}), silent)) == 1


@pytest.mark.parametrize("prose", ["I am sure.", "It opens on C#.", "It opens on Amaj7.", "Am7"])
def test_a_chord_is_not_stated_by_what_looks_like_it(prose: str) -> None:
    claims = tuple({"claim": "chord", "value": x} for x in ("A:min", "C:maj"))
    turn = Turn("", prose, evidence=claims)
    assert len(check(expect(fact={"chords": ["Am", "C"]}), turn)) == 2
    stated = Turn("", f"{prose} It has Am and C.", evidence=claims)
    assert check(expect(fact={"chords": ["Am", "C"]}), stated) == []


def test_another_reading_is_not_the_fact() -> None:
    other = {"claim": "tempo alternative", "value": 60.8}
    turn = Turn("", "121.6 BPM, or 60.8 BPM.", evidence=(BPM_CLAIM, other))
    assert check(expect(fact={"bpm": 60.8}), turn) == [
        "expected fact bpm = 60.8; the answer's evidence says bpm = 121.6"
    ]


# ---- running ------------------------------------------------------------------------------------


def answered(turn: Turn) -> list[Event]:
    return [
        ToolStarted("key", {"track": "#1"}, "c1"),
        ToolFinished("c1", "key", "F minor"),
        TextDelta(turn.answer),
        AnswerFinished(
            turn.answer,
            tuple(map(dict, turn.evidence)),
            tuple(map(dict, turn.tool_calls)),
            turn.declined,
        ),
    ]


def run(tmp_path: Path, text: str, *turns: list[Event]) -> Transcript:
    return run_session(load_session(write(tmp_path, text)), ScriptedConversation(*turns))


def test_a_session_passes_when_everything_holds(tmp_path: Path) -> None:
    text = """
tracks: [song.mp3]
turns:
  - {ask: "What key and tempo?", expect: {tool: key, fact: {key: F minor, bpm: 121.6}}}
  - {ask: "Who produced it?", expect: {declines: true}}
"""
    session = load_session(write(tmp_path, text))
    conversation = ScriptedConversation(answered(GOOD), answered(DECLINED))
    events: list[Event] = []
    turns: list[Turn] = []
    transcript = run_session(session, conversation, on_event=events.append, on_turn=turns.append)
    assert transcript.passed and transcript.exit_code == 0
    assert conversation.asked == ["What key and tempo?", "Who produced it?"]
    assert turns == list(transcript.turns)
    assert len(events) == 8
    assert transcript.turns[0].evidence == GOOD.evidence
    assert transcript.turns[0].seconds > 0


def test_one_failure_fails_the_session_and_the_rest_is_still_asked(tmp_path: Path) -> None:
    text = "turns: [{ask: A, expect: {fact: {key: Ab major}}}, {ask: B}]"
    transcript = run(tmp_path, text, answered(GOOD), answered(DECLINED))
    assert not transcript.passed and transcript.exit_code == 1
    assert [turn.passed for turn in transcript.turns] == [False, True]
    markdown = to_markdown(transcript)
    assert (
        "**failed**: expected fact key = Ab major; the answer's evidence says key = F minor"
        in markdown
    )
    assert "1 of 2 turns passed: 1 failed." in markdown


def test_a_turn_without_an_answer_fails_without_any_expectation(tmp_path: Path) -> None:
    failed = [TurnFailed("Stopped.", ({"name": "key", "args": {}},))]
    transcript = run(tmp_path, "turns: [{ask: A}, {ask: B}]", list(failed), [TextDelta("hm")])
    assert transcript.exit_code == 1
    assert transcript.turns[0].error == "Stopped."
    assert transcript.turns[0].tool_calls[0]["name"] == "key"
    assert transcript.turns[1].error == "the conversation ended without an answer"


def test_the_transcript_tells_question_answer_tools_and_evidence() -> None:
    markdown = to_markdown(Transcript("talk.yaml", ("song.mp3",), "rules", (GOOD, DECLINED)))
    for text in (
        "# talk.yaml",
        "- track: song.mp3",
        "- model: rules",
        "## 1. What key and tempo?",
        "> It is in F minor at about 122 BPM, in 3/4.",
        "`key(track='#1')`",
        "- heard key = F minor (#1), by keynet/1, confidence 0.82",
        "2 of 2 turns passed: all as expected.",
    ):
        assert text in markdown


def test_an_answer_cannot_put_html_into_the_transcript() -> None:
    turn = Turn("What is it?", "It is <script>alert(1)</script>.")
    assert "> It is \\<script>alert(1)\\</script>." in to_markdown(
        Transcript("t", (), None, (turn,))
    )


def test_jsonl_has_one_object_a_turn() -> None:
    rows = [
        json.loads(x) for x in to_jsonl(Transcript("t", (), None, (GOOD, DECLINED))).splitlines()
    ]
    assert [row["turn"] for row in rows] == [1, 2]
    assert rows[0]["evidence"][0] == KEY_CLAIM
    assert rows[0]["tool_calls"] == [{"name": "key", "args": {"track": "#1"}}]
    assert rows[1]["declined"] is True and rows[1]["passed"] is True


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_no_text_breaks_a_transcript(question: str, answer: str) -> None:
    claim = {"claim": "title", "value": answer, "track": "#1", "confidence": float("nan")}
    turn = Turn(question, answer, evidence=(claim,), failures=(answer,))
    transcript = Transcript("t", (answer,), None, (turn,))
    markdown = to_markdown(transcript)
    assert all(c.isprintable() or c == "\n" for c in markdown)
    assert markdown.count("\n## ") == 1
    lines = to_jsonl(transcript).splitlines()
    assert len(lines) == 1 and "NaN" not in lines[0].replace(answer, "")
    json.loads(lines[0])


def test_a_transcript_is_written_by_the_ending_of_its_name(tmp_path: Path) -> None:
    transcript = Transcript("t", (), None, (GOOD,))
    save_transcript(transcript, tmp_path / "a.md")
    save_transcript(transcript, tmp_path / "a.jsonl")
    assert (tmp_path / "a.md").read_text(encoding="utf-8") == to_markdown(transcript)
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == to_jsonl(transcript)
    with pytest.raises(SessionError, match=r"\.md or \.jsonl"):
        writer_for(tmp_path / "a.txt")
    with pytest.raises(SessionError, match="no folder"):
        writer_for(tmp_path / "none" / "a.md")
