"""What singers, DJs, editors and teachers ask in words of their own: read as what they mean."""

from dataclasses import replace

import pytest
from test_rules_answers import say
from test_rules_closer import HERE, TOOLS, read_as

from agent.embedded.choosing import only_ours
from agent.embedded.said import as_said
from agent.rules import gathered
from agent.rules.answer_closer import answer as closer_answer
from agent.rules.answer_loudness import answer as loudness_answer
from agent.rules.asked_for import kept
from agent.rules.asks import Ask, Finding, Situation, Span
from agent.rules.chord_search import has
from agent.rules.understand import understand
from agent.rules.voice_places import without_voice
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


@pytest.mark.parametrize(
    "question",
    [
        "How does the track progress over time?", "what key should the next track be in", "how wide is the mix overall", "could I sing this? I'm a bass",
        "is it the same singer throughout", "how do you know it if you can't hear the words?", "show me the evidence",
        "did Phil Collins really invent gated reverb", "would a 124 bpm track in 9A mix with it",
    ],
)  # fmt: skip
def test_no_net_is_asked_what_the_words_tell(question: str) -> None:
    before = replace(HERE, asks=(Ask("moods", "", ("#1",)),))
    asks = understand(question, before)
    assert only_ours(question, asks, before)


def test_a_part_played_slowly_is_no_order_for_new_music() -> None:
    making = replace(HERE, tools=TOOLS | {"generate", "variation"})
    asked = "could you loop the solo section at 70% speed for me to practise"
    assert not any(head.startswith("generate") for head, _ in read_as(asked, making))
    assert read_as("make me a slow song of 70 BPM", making)[0][0] == "generate.generate"


def test_a_part_as_a_sound_file_is_a_stem() -> None:
    convert = (Ask("unsupported", "convert", ("#1",)),)
    assert kept(convert, "save the vocals as wav", HERE) == ()
    assert kept(convert, "convert it to wav", HERE) == convert


def test_a_handle_that_nobody_named_is_no_title() -> None:
    made_up = (Ask("decline", "elsewhere", value="#1 decline.elsewhere"),)
    assert as_said(made_up, "no hashtags please", HERE) == ()


BPM = Finding("tempo", {}, {"tempo": {"bpm": 155.0}})
B_MINOR = Finding("key", {}, {"key": {"tonic": "B", "mode": "minor"}})
LINE = Finding("melody", {}, {"range": {"low": "F#3", "high": "A#4", "median": "E4"}})


@pytest.mark.parametrize(
    ("theirs", "start", "parts"),
    [
        ("158 in F# minor", "yes", ["10A", "11A", "go together", "2% apart"]),
        ("124 in E minor", "only in part", ["9A", "go together", "25% apart", "more than the 6%"]),
        ("155 in F major", "only in part", ["7B", "rub", "0% apart"]),
        ("120 in F major", "not well", ["rub", "more than the 6%"]),
        ("78 in D major", "yes", ["relative keys", "counted double or half"]),
    ],
)
def test_a_tempo_and_a_key_are_held_against_the_track(
    theirs: str, start: str, parts: list[str]
) -> None:
    said = closer_answer(Ask("closer", "mixes", ("#1",), value=theirs), [BPM, B_MINOR])
    assert said.lower().startswith(start)
    assert all(part in said for part in parts), said


@pytest.mark.parametrize(
    ("value", "note"), [("high by -2", "G#4"), ("low by +2", "G#3"), ("high by +12", "A#5"), ("low by -7", "B2")]
)  # fmt: skip
def test_a_moved_melody_ends_elsewhere(value: str, note: str) -> None:
    said = closer_answer(Ask("closer", "to note", ("#1",), value=value), [LINE, B_MINOR])
    assert f"becomes {note} (theory" in said


def test_the_loudest_and_the_quietest_place_are_told_with_the_gap() -> None:
    ends = {"loudest": {"span": [52.0, 62.0], "against_mean": 1.4, "section": "part C"}, "quietest": {"span": [62.0, 72.0], "against_mean": -4.4, "section": "outro"}}  # fmt: skip
    data = {"level": -12.0, "lufs": -9.7, **ends}
    said = loudness_answer(
        Ask("loudness", "extremes", ("#1",)), Finding("loudness", {}, data), "It"
    )
    assert "loudest from 0:52" in said and "quietest from 1:02" in said and "5.8 dB" in said
    flat = {end: {"span": [0.0, 9.0], "against_mean": way} for end, way in (("loudest", 0.3), ("quietest", -0.4))}  # fmt: skip
    even = loudness_answer(Ask("loudness", "extremes", ("#1",)), Finding("loudness", {}, data | flat), "It")  # fmt: skip
    assert "equally loud" in even


def test_another_chord_at_that_time_is_named() -> None:
    chords = {"intervals": [[0.0, 4.0], [4.0, 8.0]], "labels": ["F#:min", "N"]}
    found = Finding("chords", {}, {"chords": chords}, {"duration": 8.0})
    for at, said in ((2.0, "no, F#m is what I hear there, not Bm"), (5.0, "no, there is no Bm in it that I can make out")):  # fmt: skip
        assert has(Ask("chords", "has", ("#1",), Span(at), "Bm"), found, "It", "") == said


def test_where_nobody_sings_is_said_with_yes_only_where_that_was_asked() -> None:
    spans = [(13.0, 60.0)]
    assert without_voice(spans, 72.0).startswith("yes, I hear no voice at 0:00–0:13")
    assert without_voice(spans, 72.0, polar=False).startswith("I hear no voice at 0:00–0:13")
