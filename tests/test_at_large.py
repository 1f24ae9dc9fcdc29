"""Music at large: kinds of music are told as general knowledge, the rest is declined as such."""

import pytest
from test_rules_answers import say
from test_rules_closer import HERE, read_as

from agent.embedded.choosing import only_ours
from agent.grounding import check
from agent.rules.answer_talk import theory_answer
from agent.rules.asks import Ask, Situation
from agent.rules.glossary import is_told, terms
from agent.rules.kinds import kinds
from agent.rules.understand import understand


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("what is techno?", "techno: about"),
        ("What is the main characteristic of grunge?", "grunge: about"),
        ("what's the history of r&b music", "r&b: about"),
        ("tell me about jazz", "jazz: about"),
        ("What's the difference between house and techno?", "house and techno"),
        ("how does house differ from techno", "house and techno"),
        ("who are famous country artists", "country: artists"),
        ("how does punkrock differ from other forms of rock music", "punk and rock"),
        ("which artist is most associated with reggae", "reggae: artists"),
        ("name some notable drum & bass artists", "drum and bass: artists"),
        ("which instruments are typical of bluegrass?", "bluegrass: instruments"),
    ],
)
def test_a_kind_of_music_is_told_of(question: str, value: str) -> None:
    asks = understand(question, HERE)
    assert [(a.topic, a.aspect, a.value) for a in asks] == [("theory", "kind", value)]
    assert only_ours(question, asks, HERE)
    assert "general knowledge, not measured" in theory_answer(asks[0])


@pytest.mark.parametrize(
    "question",
    [
        "What genre is typically associated with synthesizers and drum machines?",
        "what is the role of saxophones in ska",
        "Did Phil Collins really invent gated reverb?",
        "how has funk influenced other genres of music",
        'What is the genre of music described by the tags "darkwave" and "gothic"?',
    ],
)
def test_what_no_recording_tells_is_declined_as_such(question: str) -> None:
    assert read_as(question) == [("decline.at large", "")]
    assert "music at large" in say(question)


@pytest.mark.parametrize(
    "question",
    [
        "is it techno?", "what kind of rock is this", "what instruments are typical of this genre?",
        "how does the bridge differ from the chorus", "what is the role of the drums?",
        "find me something like jazz", "tell me about jazz in my library", "does it sound like house?",
        "what genre is it closest to, house or techno?", "which of my songs are techno", "what country is the singer from", "which country did the band come from?",
    ],
)  # fmt: skip
def test_a_question_about_a_recording_is_no_such_question(question: str) -> None:
    heads = {head for head, _ in read_as(question)}
    assert not heads & {"theory.kind", "decline.at large"}


def test_another_kind_is_asked_for_after_one() -> None:
    before = Situation(HERE.tracks, HERE.tools, (Ask("theory", "kind", value="techno: artists"),))
    assert [a.value for a in understand("and house?", before)] == ["house: artists"]
    assert understand("and house?", HERE)[0].topic != "theory"


@pytest.mark.parametrize("aspect", ["about", "artists", "instruments"])
def test_all_that_is_told_of_kinds_is_general_knowledge(aspect: str) -> None:
    for kind in set(kinds().values()):
        told = theory_answer(Ask("theory", "kind", value=f"{kind.name}: {aspect}"))
        assert {v.status for v in check(told, [])} <= {"general"}, told


def test_all_that_is_told_of_terms_is_general_knowledge() -> None:
    for term in terms():
        told = theory_answer(Ask("theory", "define", value=term))
        assert {v.status for v in check(told, [])} <= {"general"}, told


def test_a_sentence_that_only_begins_like_a_term_is_not_the_glossary_s() -> None:
    assert is_told("The viola is tuned C G D A, a fifth below the violin, with a darker sound; it mostly fills the middle of the harmony.")  # fmt: skip
    assert not is_told("The viola is tuned C G D A, and this song is in C major.")
    statuses = {v.status for v in check("Techno it is, in C major at 120 BPM.", [])}
    assert statuses == {"unknown"}


def test_two_terms_are_both_explained() -> None:
    told = theory_answer(Ask("theory", "define", value="pre-chorus and chorus"))
    assert "between verse and chorus" in told and "or refrain" in told
    assert theory_answer(Ask("theory", "define", value="major and minor")).count("not measured") == 1  # fmt: skip
