"""Words about music are explained from one source."""

import pytest

from agent.rules.answer_talk import theory_answer
from agent.rules.asks import Ask
from agent.rules.glossary import explained, terms


@pytest.mark.parametrize(
    ("term", "part"),
    [
        ("swing", "the first longer than the second"),
        ("relative minor", "three semitones below"),
        ("ii-V-I", "Dm7, G7, C"),
        ("the circle of fifths", "differ by one sharp or flat"),
        ("싱코페이션", "accents"),
        ("Trugschluss", "V to vi"),
        ("pre-chorus", "between verse and chorus"),
        ("8A", "1 to 12"),
        ("arpeggios", "note by note"),
        ("blues scale", "lowered fifth"),
        ("dominant seventh", "G, B, D and F"),
        ("LUFS", "loud"),
    ],
)
def test_a_term_is_explained(term: str, part: str) -> None:
    assert part in theory_answer(Ask("theory", "define", value=term))


def test_an_unknown_term_is_not_guessed() -> None:
    assert explained("zwiefacher") == ""
    assert "can't tell" in theory_answer(Ask("theory", "define", value="zwiefacher"))


def test_every_term_is_explained_in_a_few_words() -> None:
    assert len(terms()) > 200
    for name in terms():
        text = explained(name)
        assert 5 < len(text.split()) < 60, name
        assert not text.endswith("."), name
