"""Lines that are typed, names that are found by letters, links in answers, lines that are kept."""

from pathlib import Path

import pytest

from agent.screen.commands import COMMANDS, files_in, parse
from agent.screen.entry import offered, token_at
from agent.screen.fuzzy import Choice, best
from agent.screen.links import linked, number_of, told
from agent.screen.orders import Orders
from agent.screen.sessions import Drafts

KEY = {"claim": "key", "value": "B minor", "track": "#1", "span": None,
       "estimator": "keynet/1", "confidence": 0.48}  # fmt: skip
PART = {"claim": "section", "value": "part B", "track": "#1", "span": [24.95, 49.7],
        "estimator": "spectral/1", "confidence": None}  # fmt: skip


def test_a_line_is_a_question_or_a_command() -> None:
    assert parse("what key?").text == "what key?" and not parse("what key?").command
    line = parse("/export jams csv #2")
    assert (line.command, line.others, line.handle) == ("export", ("jams", "csv"), "#2")
    assert parse('/add "a b.mp3" c.wav').words == ("a b.mp3", "c.wav")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("/ad x", "/add"), ("/add", "wants FILE"), ("/no/such.wav", "no file"), ("/zzz", "/help")],
)
def test_what_cannot_be_done_says_what_can(typed: str, hint: str) -> None:
    assert hint in parse(typed).problem


def test_a_path_alone_opens_it(tmp_path: Path) -> None:
    song = tmp_path / "my song.wav"
    song.touch()
    assert parse(f"'{song}'").command == "add"
    assert parse(f"file://{str(song).replace(' ', '%20')}").words == (str(song),)
    assert files_in(f'how fast is @"{song}"?') == [(f'@"{song}"', str(song))]


def test_every_command_can_be_carried_out() -> None:
    assert all(hasattr(Orders, f"do_{command.name}") for command in COMMANDS)


def test_letters_find_names_the_best_first() -> None:
    names = ["broken chart", "Blue in Green", "big"]
    found = [c.label for c in best("bg", [Choice(n, n) for n in names])]
    assert found == ["Blue in Green", "big"]


def test_the_menu_offers_what_fits_the_word() -> None:
    places = [Choice("#1 ", "#1 Headache"), Choice("@a.wav ", "a.wav")]
    assert token_at("key of @hea", 11) == ("@hea", 7)
    assert [c.value for c in offered("key of @hea", 11, places, {})] == ["#1 "]
    assert [c.value for c in offered("/ex", 3, (), {})] == ["/export "]
    forms = {"export": [Choice("midi", "midi")]}
    assert [c.value for c in offered("/export jams mi", 15, (), forms)] == ["/export jams midi "]
    assert offered("mail me@home", 12, places, {}) == []


def test_statements_are_linked_to_what_was_measured() -> None:
    statements = [
        {"text": "B minor", "status": "supported", "evidence": KEY},
        {"text": "part B", "status": "supported", "evidence": PART},
        {"text": "loud", "status": "contradicted", "evidence": KEY},
    ]
    text, claims = linked("In B minor; part B is loud.", statements, [KEY])
    assert text == "In [B minor](claim:0); [part B](claim:1) is loud."
    assert claims == [KEY, PART]
    assert number_of("claim:1") == 1 and number_of("https://x/claim:1") is None
    assert told(PART) == ("section: part B · #1 0:25 to 0:50 · by spectral/1 · no confidence given")
    assert "48% sure" in told(KEY)


def test_what_is_typed_is_kept(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "screen")
    drafts.keep("half a quest")
    assert Drafts(tmp_path / "screen").draft == "half a quest"
    drafts.sent("a question")
    again = Drafts(tmp_path / "screen")
    assert (again.draft, again.lines()) == ("", ["a question"])
