"""The rules model on parts of the music: what it asks of which tool, and what it says of it."""

import re
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from rules_canned import CANNED, PARTS

from agent.open_tracks import OpenTrack, tracks_block
from agent.rules import RulesChatModel

TRACK = OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True)
ENDINGS = {"midi": ".mid", "musicxml": ".musicxml", "chordpro": ".cho", "click": " click.wav", "csv": " csv", "png": ".png", "json": ".json", "lab": ".lab", "jams": ".jams"}  # fmt: skip
DATA: dict[str, dict[str, Any]] = {**CANNED, **PARTS}


def model(without: str = "") -> Any:
    names = [name for name in DATA if name != without]
    return RulesChatModel().bind_tools(
        [{"type": "function", "function": {"name": n, "parameters": {}}} for n in names]
    )


def talk(*questions: str, without: str = "", error: str = "") -> tuple[list[dict[str, Any]], str]:
    """Return the tool calls of the last question, and its answer."""
    bound = model(without)
    messages: list[BaseMessage] = [SystemMessage(tracks_block([TRACK]))]
    calls: list[dict[str, Any]] = []
    for question in questions:
        messages.append(HumanMessage(question))
        calls = []
        while True:
            reply: AIMessage = bound.invoke(messages)
            messages.append(reply)
            if not reply.tool_calls:
                break
            for call in reply.tool_calls:
                calls.append({"tool": call["name"], **call["args"]})
                messages.append(_played(call, error))
            assert len(calls) < 9
    return calls, str(messages[-1].content)


def _played(call: Any, error: str) -> ToolMessage:
    if error:
        return ToolMessage(error, tool_call_id=call["id"], name=call["name"], status="error")
    data = dict(DATA[call["name"]])
    handle = call["args"].get("track", "#1")
    if stem := call["args"].get("stem"):
        handle += f".{stem}"
    if call["name"] == "moment":
        start = float(call["args"]["start"])
        data["span"] = [start, call["args"].get("end", start + 1.0)]
        data["loudness"] = -10.0 if start == 32.0 else -16.0
    if call["name"] == "separate":
        wanted = call["args"].get("stems") or data["stems"]
        data["stems"] = {name: f"/m/stems/{name}.flac" for name in wanted}
        span = call["args"].get("start"), call["args"].get("end")
        data["span"] = list(span) if span[0] is not None else None
    if call["name"] == "export":
        data["files"] = {form: f"/m/Night Walk{ENDINGS[form]}" for form in call["args"]["forms"]}
    if call["name"] == "transcribe":
        data |= written(call["args"])
    if call["name"] == "melody" and "start" in call["args"]:
        data["span"] = [call["args"]["start"], call["args"]["end"]]
    artifact = {
        "tool": call["name"],
        "track": {"handle": handle, "id": "a", "title": "Night Walk", "duration": 204.0},
        "data": data,
        "evidence": [],
    }
    return ToolMessage("w", artifact=artifact, tool_call_id=call["id"], name=call["name"])


def written(args: dict[str, Any]) -> dict[str, Any]:
    """Return what `transcribe` would change of the canned notes for its arguments."""
    form, who = args.get("form"), args.get("stem") or args.get("instrument")
    data: dict[str, Any] = {"files": {form: f"/m/Night Walk{ENDINGS[form]}"} if form else {}}
    if who:
        data["why"] = f"the {'vocals' if who == 'voice' else who} alone, as others play too"
    if who == "drums":
        data |= {"drums": {"kick": 120, "snare": 98, "hi-hat": 194}, "low": None, "high": None}
    if who == "bass":
        data |= {"low": "F1", "high": "Eb3"}
    return data


CALLS = [
    ("pull out the vocals", {"tool": "separate", "stems": ["vocals"]}),
    ("give me the backing track", {"tool": "separate", "stems": ["accompaniment"]}),
    ("a karaoke version please", {"tool": "separate", "stems": ["accompaniment"]}),
    ("can you mute the singer?", {"tool": "separate", "stems": ["accompaniment"]}),
    ("remove the drums", {"tool": "separate", "stems": ["vocals", "bass", "other"]}),
    ("split it into stems", {"tool": "separate"}),
    ("just the drums from 0:30 to 1:00",
     {"tool": "separate", "stems": ["drums"], "start": 30.0, "end": 60.0}),
    ("isolate the bass and the drums", {"tool": "separate", "stems": ["bass", "drums"]}),
    ("transcribe it", {"tool": "transcribe", "form": "midi"}),
    ("transcribe the bass", {"tool": "transcribe", "stem": "bass", "form": "midi"}),
    ("transcribe the vocals to sheet music",
     {"tool": "transcribe", "instrument": "voice", "form": "musicxml"}),
    ("I need sheet music for the piano part",
     {"tool": "transcribe", "instrument": "piano", "form": "musicxml"}),
    ("extract the bass line as midi", {"tool": "transcribe", "stem": "bass", "form": "midi"}),
    ("what notes does the bass play", {"tool": "transcribe", "stem": "bass"}),
    ("write down the drum part", {"tool": "transcribe", "instrument": "drums", "form": "midi"}),
    ("what's the vocal range?", {"tool": "melody"}),
    ("how high does she sing?", {"tool": "melody"}),
    ("is the singer in tune?", {"tool": "melody"}),
    ("what notes are sung between 0:30 and 0:40",
     {"tool": "melody", "start": 30.0, "end": 40.0}),
    ("what is the structure?", {"tool": "structure"}),
    ("how many choruses are there?", {"tool": "structure"}),
    ("write a paragraph about it", {"tool": "caption"}),
    ("walk me through it section by section", {"tool": "caption"}),
    ("save the chords as ChordPro", {"tool": "export", "forms": ["chordpro"]}),
    ("export it as midi and csv", {"tool": "export", "forms": ["csv", "midi"]}),
    ("draw me a picture of the song", {"tool": "export", "forms": ["png"]}),
    ("make a click track", {"tool": "export", "forms": ["click"]}),
    ("what chords does the guitar play without the vocals?",
     {"tool": "chords", "stem": "accompaniment"}),
    ("what key is the bass alone in?", {"tool": "key", "stem": "bass"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "call"), CALLS)
def test_the_right_tool_is_called(question: str, call: dict[str, Any]) -> None:
    calls, text = talk(question)
    assert calls == [{"track": "#1", **call}]
    assert text and "can't do that" not in text


PLACES = [
    ("what chords are in the second chorus?", "chords", 96.0, 128.0),
    ("what happens in the bridge?", "moment", 128.0, 144.0),
    ("which instruments play in the last verse?", "moment", 64.0, 96.0),
    ("what key is part B in?", "moment", 32.0, 64.0),
    ("what happens in the outro?", "moment", 176.0, 204.0),
]


@pytest.mark.parametrize(("question", "tool", "start", "end"), PLACES)
def test_a_section_is_found_before_it_is_looked_at(
    question: str, tool: str, start: float, end: float
) -> None:
    calls, text = talk(question)
    assert calls[0] == {"tool": "structure", "track": "#1"}
    looked = [c for c in calls if c["tool"] == tool]
    assert [(c["start"], c["end"]) for c in looked] == [(start, end)]
    assert text


def test_a_known_form_is_not_asked_for_again() -> None:
    calls, _ = talk("what's the structure?", "and the chords in the first chorus?")
    assert [c["tool"] for c in calls] == ["chords"]
    assert calls[0]["start"] == 32.0


def test_two_sections_are_held_against_each_other() -> None:
    _, text = talk("is the chorus louder than the verse?")
    assert text.startswith("Yes") and "chorus" in text and "6 dB" in text
    _, text = talk("is the verse louder than the chorus?")
    assert text.startswith("No")


FOLLOWED = [
    ("pull out the vocals", "and the drums?", {"tool": "separate", "stems": ["drums"]}),
    ("pull out the vocals", "and everything else?",
     {"tool": "separate", "stems": ["accompaniment"]}),
    ("pull out the vocals", "only from 1:00 to 1:30",
     {"tool": "separate", "stems": ["vocals"], "start": 60.0, "end": 90.0}),
    ("remove the vocals", "without the drums too",
     {"tool": "separate", "stems": ["vocals", "bass", "other"]}),
    ("get me the acapella", "and the instrumental too",
     {"tool": "separate", "stems": ["accompaniment"]}),
    ("transcribe the bass", "as sheet music please",
     {"tool": "transcribe", "stem": "bass", "form": "musicxml"}),
    ("transcribe the bass", "and the drums?",
     {"tool": "transcribe", "instrument": "drums", "form": "midi"}),
    ("transcribe the bass", "now the piano",
     {"tool": "transcribe", "instrument": "piano", "form": "midi"}),
    ("what notes does the bass play?", "ok save that as midi",
     {"tool": "transcribe", "stem": "bass", "form": "midi"}),
    ("what's the melody?", "save that",
     {"tool": "transcribe", "instrument": "voice", "form": "midi"}),
    ("what's the vocal range?", "is she in tune?", {"tool": "melody"}),
    ("what's the key?", "and without the vocals?", {"tool": "key", "stem": "accompaniment"}),
    ("what chords are these?", "and on the bass alone?", {"tool": "chords", "stem": "bass"}),
    ("tempo?", "and if you only listen to the drums?", {"tool": "tempo", "stem": "drums"}),
    ("what's the structure?", "what chords are in part B?",
     {"tool": "chords", "start": 32.0, "end": 64.0}),
    ("what's the structure?", "and in the chorus?",
     {"tool": "moment", "start": 32.0, "end": 64.0}),
    ("when does the second chorus start?", "what chords are there?",
     {"tool": "chords", "start": 96.0, "end": 128.0}),
    ("what chords are in the first verse?", "same for the second verse",
     {"tool": "chords", "start": 64.0, "end": 96.0}),
    ("what chords are in the chorus?", "save those as chordpro",
     {"tool": "export", "forms": ["chordpro"]}),
]  # fmt: skip


@pytest.mark.parametrize(("first", "then", "call"), FOLLOWED)
def test_a_follow_up_leans_on_the_last_answer(first: str, then: str, call: dict[str, Any]) -> None:
    calls, text = talk(first, then)
    assert calls == [{"track": "#1", **call}]
    assert text and "can't do that" not in text


AFTERWARDS = [
    (
        "what's the structure?",
        "how long is the second one?",
        "The second section lasts twelve bars",
    ),
    ("what's the structure?", "where does it come back?", "What comes back: the verse"),
    ("what's the structure?", "how many bars each?", "In order: intro four bars"),
    ("when is the chorus?", "and the bridge?", "The bridge is at 2:08"),
    ("how long is the intro?", "and the outro?", "The outro lasts 14 bars"),
    ("is there a bridge?", "how long is it?", "The bridge lasts eight bars"),
    ("when's the chorus?", "and what's before it?", "Before the chorus comes the verse"),
    ("pull out the vocals", "same for the second verse", "Done: the vocals from 1:04 to 1:36 are"),
    ("what's the vocal range?", "and in the chorus?", "In the first chorus (0:32–1:04) the voice"),
]


@pytest.mark.parametrize(("first", "then", "start"), AFTERWARDS)
def test_a_follow_up_about_the_form_is_answered(first: str, then: str, start: str) -> None:
    assert talk(first, then)[1].startswith(start)


def test_every_section_is_told_once() -> None:
    calls, text = talk("list the chords section by section")
    assert [c["start"] for c in calls[1:]] == [0.0, 8.0, 32.0, 128.0, 176.0]
    assert text.startswith("In the intro") and "In the chorus" in text


def test_a_form_of_unnamed_parts_is_told_by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"start": 20.0 * i, "end": 20.0 * i + 20, "label": "section", "letter": x, "bars": None,
         "confidence": 0.5}
        for i, x in enumerate("ABAC")
    ]  # fmt: skip
    monkeypatch.setitem(DATA, "structure", {"sections": rows, "form": "A B A C"})
    assert "part A at 0:00, part B at 0:20, part A" in talk("what's the structure?")[1]
    assert "which part would be a chorus" in talk("is there a chorus?")[1]
    assert talk("when does it come back?")[1]
    monkeypatch.setitem(DATA, "structure", {"sections": rows[:1], "form": "A"})
    assert talk("what's the structure?")[1].startswith("I hear no separate sections")


SAID = [
    ("what's the structure?", ["verse", "chorus", "0:32", "bridge", "2:08"], ["section"]),
    ("when does the chorus start?", ["first chorus", "0:32", "1:36", "2:24"], []),
    ("how many verses are there?", ["two verses", "0:08", "1:04"], []),
    ("how long is the intro?", ["four bars", "8 seconds"], []),
    ("is there a bridge?", ["Yes", "2:08"], []),
    ("is there a breakdown?", ["No", "make out no break"], []),
    ("what's the longest section?", ["chorus", "0:32"], []),
    ("what comes after the bridge?", ["After the bridge comes the chorus at 2:24"], []),
    ("what part am I in at 1:40?", ["1:40 is in the second chorus (1:36–2:08)"], []),
    ("is the second verse longer than the first?", ["Yes", "16 bars", "twelve bars"], []),
    ("is there a third verse?", ["There are only two verses, at 0:08 and 1:04"], []),
    ("is it AABA?", ["Not AABA", "ABCBCDCE"], []),
    ("does it end on the chorus?", ["No, it ends with the outro"], []),
    ("does the chorus use the same chords as the verse?", ["Yes, the chords are the same"], []),
    ("isolate the guitar", ["other instruments are in", "can't take it out alone"], []),
    ("what's the drummer playing?", ["120 kicks, 98 snares and 194 hi-hats"], ["C2", "412"]),
    (
        "would this suit an alto?",
        ["A3", "E5", "n alto usually sings F3 to D5, so the top lies 2 semitones too high"],
        [],
    ),
    ("save it", ["Tell me what to save, and as what"], []),
    ("how many sections does it have?", ["eight sections", "five of them different"], []),
    ("pull out the vocals", ["Done", "the vocals are in /m/stems/vocals.flac"], []),
    ("give me the stems", ["the vocals, the drums, the bass and the other", "/m/stems"], []),
    ("just the drums from 0:30 to 1:00", ["from 0:30 to 1:00"], []),
    ("transcribe it", ["412 notes", "C2", "A5", "MIDI", "/m/Night Walk.mid"], []),
    ("what notes does the bass play?", ["412 notes", "F2 C3"], ["saved"]),
    ("what's the vocal range?", ["A3", "E5", "an octave and seven semitones"], ["cents"]),
    ("how high does she sing?", ["highest", "E5"], ["A3"]),
    ("is the singer in tune?", ["well in tune", "16 cents", "82%"], ["A3"]),
    ("what's the melody?", ["F4 G4 Ab4"], []),
    ("caption it", ["moody electronic song"], []),
    ("how does it develop?", ["moody electronic song", "0:32: the voice opens up"], []),
    ("save the chords as chordpro", ["Saved as ChordPro: /m/Night Walk.cho"], []),
    ("export the chords as pdf", ["ChordPro", "PDF"], []),
    ("what key is it in without the vocals?", ["Without the voice:", "F minor"], []),
]


@pytest.mark.parametrize(("question", "parts", "never"), SAID)
def test_what_is_said_of_the_parts(question: str, parts: list[str], never: list[str]) -> None:
    _, text = talk(question)
    assert all(part in text for part in parts), text
    assert not any(part in text for part in never), text
    assert not re.search(r"\bNone\b|\bnan\b|  |\.\.", text), text


@pytest.mark.parametrize("question", [question for question, *_ in SAID[:12]])
def test_a_tool_that_fails_is_quoted(question: str) -> None:
    _, text = talk(question, error="Separation needs a file; it is gone.")
    assert text == "Separation needs a file; it is gone."


def test_without_the_tool_it_says_so() -> None:
    calls, text = talk("pull out the vocals", without="separate")
    assert not calls and "can't do that here" in text


def test_guitar_tabs_are_declined_with_what_can_be_had() -> None:
    calls, text = talk("can you tab the riff for me?")
    assert not calls and "I can't do that yet" in text and "MIDI" in text


def test_a_low_confidence_is_admitted() -> None:
    _, text = talk("where is the bridge?")
    assert "not sure" in text
