"""What singers, DJs, editors and teachers ask in words of their own: read as what they mean."""

import pytest
from test_rules_answers import say
from test_rules_closer import HERE, TOOLS, read_as

from agent.embedded.said import as_said
from agent.rules import gathered
from agent.rules.asks import Ask, Situation, Span
from agent.rules.chat_model import doable
from agent.rules.understand import understand
from agent.rules.voice_range import told


@pytest.mark.parametrize(
    ("head", "value", "questions"),
    [
        ("closer.entry bar", "", ["how many bars do I get before the singer comes in", "how many bars until the vocals start"]),
        ("closer.to note", "high by -2", ["drop it two semitones and tell me what the new top note would be"]),
        ("closer.to note", "low by +2", ["if I move it up a tone, what's the lowest note then?"]),
        ("closer.to note", "high E5", ["best key for sopranos who don't like going over E5?"]),
        ("closer.mixes", "124 in E minor", ["Would something at 124 in 9A blend with it ok or is it gonna clash"]),
        ("closer.mixes", "140 in D major", ["I want to mash it up with a 140 bpm track in D major. good idea?"]),
        ("closer.uses", "", ["What is the intended purpose of this song?", "what type of media would this piece complement?"]),
        ("closer.energy", "", ["how energetic is the track?"]),
        ("key.camelot", "", ["what key should the next track be in"]),
        ("key.capo", "", ["is there an easier key for guitar"]),
        ("key.transpose", "to Ab", ["put it in A flat instead"]),
        ("voice.gaps", "", ["need a 30 sec chunk with no singing for a title sequence, where?"]),
        ("voice.number", "", ["Are there backing harmonies already or is it one voice all the way through", "is it the same singer throughout"]),
        ("voice.gender", "", ["which type of voice sings the melody?"]),
        ("melody.range", "baritone", ["what would you transpose it to for a baritone"]),
        ("melody.range", "bass", ["could I sing this? I'm a bass"]),
        ("instruments.", "", ["Is it a solo performance?", "solo instrument or an ensemble?", "which instrument is playing the smooth bassline?"]),
        ("instruments.when", "drums", ["does the drummer come in straight away"]),
        ("stems.", "vocals", ["save the vocals as wav"]),
        ("loudness.range", "", ["it feels really squashed to me. Is it?"]),
        ("loudness.extremes", "", ["where's the loudest moment and where's the softest, and how big is the gap in dB"]),
        ("loudness.target", "", ["would spotify change it"]),
        ("caption.course", "", ["How does the track progress over time?"]),
        ("describe.", "", ["what is the main characteristic of the song?", "I'm learning it, what do I need to know"]),
        ("decline.resemblance", "", ["name three similar bands"]),
        ("decline.origin", "", ["what game is the soundtrack featured in?"]),
        ("unsupported.spectrum", "", ["how wide is the mix overall"]),
        ("unsupported.analysis", "", ["what interval do they mostly sing above the lead"]),
        ("talk.blame", "", ["are you deaf lol"]),
    ],
)  # fmt: skip
def test_it_is_read_as_what_is_meant(head: str, value: str, questions: list[str]) -> None:
    for question in questions:
        found = read_as(question)
        assert head in [h for h, _ in found], (question, found)
        assert next(v for h, v in found if h == head) == value, (question, found)


@pytest.mark.parametrize(
    ("question", "never"),
    [
        ("drop it two semitones and tell me what the new top note would be", "note."),
        ("could you loop the solo section at 70% speed for me to practise", "generate.generate"),
        ("could I sing this? I'm a bass", "stems."),
        ("does it build gradually or just jump", "closer.motion"),
        ("which part is loudest and which quietest", "loudness.loudest"),
        ("does the drummer come in straight away", "decline.fame"),
        ("convert it to wav", "stems."),
        ("I play the alto sax, transpose it for me", "melody.range"),
        ("which steps does the melody take, mostly leaps?", "unsupported.analysis"),
        ("is the drummer straight", "instruments.when"),
        ("how do you find its key", "decline.at large"),
    ],
)
def test_it_is_not_read_as_what_it_only_looks_like(question: str, never: str) -> None:
    assert not any(head.startswith(never) for head, _ in read_as(question)), read_as(question)


def test_steady_and_drifting_are_one_question() -> None:
    both = [Ask("tempo", "steady", ("#1",), None, v, True) for v in ("steady", "drift")]
    assert gathered.settled(both) == [Ask("tempo", "steady", ("#1",), None, "steady")]
    apart = [both[0], Ask("tempo", "steady", ("#2",), None, "drift", True)]
    assert gathered.settled(apart) == apart


def test_what_fits_a_use_is_asked_on() -> None:
    use = Ask("use", "", ("#1",), value="at a wedding")
    before = Situation(HERE.tracks, TOOLS, (use,), ("#1",))
    assert understand("why not", before) == (use,)
    assert [a.value for a in understand("and what about in a gym?", before)] == ["for a workout"]
    assert all(a.topic != "use" for a in understand("why not", HERE))


def test_two_places_are_held_against_each_other_afterwards() -> None:
    places = Span(0.0, 0.25, "fraction", "the beginning"), Span(0.75, 1.0, "fraction", "the end")
    asked = tuple(Ask("moment", "", ("#1",), place) for place in places)
    before = Situation(HERE.tracks, TOOLS, asked, ("#1",))
    (found,) = understand("is the key the same in both", before)
    assert (found.topic, found.aspect, found.span, found.versus) == ("moment", "key", *places)


def test_a_chord_that_nobody_said_is_no_chord_of_the_question() -> None:
    asks = (Ask("chords", "has", value="Bm"), Ask("chords", "has", value="Db"))
    kept = as_said(asks, "is that a Bm or a D/B at around 1:10", HERE)
    assert [a.value for a in kept] == ["Bm"]
    assert as_said((Ask("chords", "has", value="Ab"),), "any A flat in it?", HERE)


def test_a_place_past_the_end_is_no_stretch() -> None:
    assert Span(125.0, float("inf")).resolve(72.0) == (125.0, None)
    assert Span(25.0, float("inf")).resolve(72.0) == (25.0, 72.0)


def test_a_range_tells_how_far_to_move() -> None:
    assert "5 semitones lower it would fit" in told("baritone", "F#3", "A#4")
    assert "would fit" not in told("alto", "C2", "C6")
    assert "within reach" in told("alto", "F#3", "A#4")


def test_by_octaves_the_key_stays() -> None:
    assert "nothing changes" in say("transpose it down an octave")
    assert "nothing changes" not in say("transpose it down a fourth")


def test_what_is_asked_for_an_alto_is_no_order_for_stems() -> None:
    asks = doable(understand("I'm an alto, is it too high", HERE), "I'm an alto, is it too high", HERE)  # fmt: skip
    assert [(a.topic, a.aspect, a.value) for a in asks] == [("melody", "range", "alto")]
