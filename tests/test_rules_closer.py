"""Closer questions about one track: what they are read as, what must not be, and their answers."""

from dataclasses import replace

import pytest
from few_tracks import JAZZ, POP, track
from test_rules_library import NEW, ask, talk

from agent.embedded.answering import Draft, sentences
from agent.evidence import claim
from agent.open_tracks import OpenTrack
from agent.part_measures import melody_data, notes_data
from agent.record import TrackRecord
from agent.rules.answer_closer import answer
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.chat_model import doable
from agent.rules.understand import understand
from tools.annotations import Level, Notes, Pitch

TOOLS = NEW | {"loudness", "melody", "transcribe", "separate", "caption", "export"}
HERE = Situation((OpenTrack("#1", "Song", "Ann", "1.flac", 180.0, True),), TOOLS, (), ("#1",))


def read_as(question: str, situation: Situation = HERE) -> list[tuple[str, str]]:
    asks = doable(understand(question, situation), question, situation)
    return [(f"{a.topic}.{a.aspect}", a.value) for a in asks]


@pytest.mark.parametrize(
    ("aspect", "value", "questions"),
    [
        ("listed", "", ["list the chords from start to finish", "give me all the chords in order", "chord list with timestamps please", "show me the progression bar by bar", "what are the chords from beginning to end?"]),
        ("nashville", "", ["what's the nashville for this", "Nashville numbers for the main loop?", "give the chords as numbers"]),
        ("spelled", "2", ["spell the notes of the second chord", "what notes make up the second chord?"]),
        ("spelled", "-1", ["what is the last chord made of, note by note"]),
        ("spelled", "each", ["what notes are in each chord"]),
        ("kinds", "", ["are there any seventh chords or is it all triads", "triads only?", "just plain major and minor chords, or sevenths too?"]),
        ("outside", "", ["does anything stick out of the key?", "which of its chords is the odd one out?", "any chord outside the key", "which chord doesn't belong to the key"]),
        ("bar", "9", ["on which beat does bar 9 start, in seconds", "when does measure 9 begin?", "where is bar 9"]),
        ("decimal", "1", ["bpm to one decimal pls", "give me the exact bpm"]),
        ("decimal", "2", ["tempo with two decimals"]),
        ("either bpm", "60 or 120", ["would 2x speed be a plausible count, like is it 60 or 120"]),
        ("form", "", ["walk me through the form", "give me the sections with timestamps", "outline the form"]),
        ("quiet", "", ["where does it get quiet", "any spots where it drops right down and goes hushed?", "does it ever get really soft", "when does it calm down"]),
        ("ending", "", ["does it fade out or stop dead at the end?", "does it end abruptly", "is there a fadeout"]),
        ("stem levels", "", ["which instrument is the loudest in the mix"]),
        ("stem levels", "vocals", ["are the vocals loud against the drums"]),
        ("sung", "", ["how much of it is sung vs. instrumental", "what percentage is sung"]),
        ("bass", "", ["is there a bass playing throughout", "is there any bass guitar in there or is it just synth low end", "can you hear any bass"]),
        ("course", "mood", ["does the mood shift along the way", "does the mood change over time"]),
        ("busier", "busier", ["is it busier at the end than the start?"]),
        ("energy", "", ["how energetic is it on a scale", "rate its energy out of 10"]),
        ("tags", "", ["tags for my catalogue, comma separated", "hashtags please"]),
        ("sentences", "3", ["give me three sentences for a sync licensing pitch"]),
        ("sentences", "1", ["sum it up in one sentence", "write me a one-liner about this track"]),
        ("motion", "", ["does the melody move mostly by step or leap around", "is the tune mostly stepwise"]),
        ("first notes", "", ["write out the melody's first few notes", "opening notes of the vocal line?"]),
        ("often", "", ["which pitch class turns up most often in the tune", "which note does she sing most often"]),
        ("in key", "E", ["is that E major borrowed?", "does the E major belong to the key?", "why does that E major work there"]),
        ("in key", "F#m", ["is the F#m diatonic?", "what's the function of the F#m chord"]),
        ("resolves", "", ["does the progression resolve?", "does it come home at the end", "does the song end on the tonic", "is the harmony left hanging?"]),
        ("direction", "", ["does the melody go up or down mostly?", "what's the contour of the tune"]),
        ("stem levels", "", ["who's loudest in the mix?"]),
        ("scaled", "80", ["what would 80% speed be", "how fast is it at 80 percent of the tempo"]),
        ("scaled", "90", ["how fast is it if I play it 10% slower"]),
        ("to note", "high E4", ["transpose it so her top note is E4"]),
        ("to note", "low Bb2", ["move it down so that the lowest note is B flat 2"]),
        ("voice", "", ["How would you describe the vocals?", "what's the singing like?"]),
        ("uses", "", ["What kind of setting would this music suit?", "what could I use it for?", "what would be the most suitable use for this piece?", "what is an appropriate setting for listening to this music?", "this piece could be used in the soundtrack of which type of film?", "where would this piece fit well as part of a soundtrack?"]),
        ("section bar", "C", ["what bar does part C start in"]),
        ("section bar", "chorus", ["in which bar does the chorus start?"]),
        ("entry bar", "", ["how many bars until the vocal", "in what bar does the singer come in?"]),
        ("last note", "", ["what's the last note", "what note does the tune end on"]),
        ("form", "", ["where would you loop it", "give me a cue point list", "what's a good place to fade out"]),
        ("outside", "", ["what's unusual about the harmony"]),
        ("motion", "", ["what's the widest jump in the tune"]),
        ("floor", "", ["4 on the floor?", "is it four-on-the-floor"]),
        ("why", "the way it does", ["Which elements of the music contribute to that mood?"]),
        ("words", "five", ["sum it up in five words"]),
        ("words", "3", ["describe it in 3 adjectives"]),
        ("why", "tense", ["why does it sound so tense", "what makes it feel so tense?"]),
    ],
)  # fmt: skip
def test_closer_questions(aspect: str, value: str, questions: list[str]) -> None:
    assert {q: read_as(q) for q in questions} == {q: [(f"closer.{aspect}", value)] for q in questions}  # fmt: skip


@pytest.mark.parametrize(
    ("question", "heads"),
    [
        ("does it modulate anywhere, last chorus for instance", ["key.changes"]),
        ("Does the beat feel like it swings or is it straight eighths?", ["unsupported.swing"]),
        ("what is the dominant instrument in the last third", ["moment.instruments"]),
        ("which instrument carries the melody?", ["instruments."]),
        ("which instrument plays the chords?", ["instruments."]),
        ("is it instrumental or does it have vocals?", ["voice.has"]),
        ("is this instrumental or are there vocals?", ["voice.has"]),
        ("does the audio clip anywhere?", ["loudness.peak"]),
        ("is the audio good for a workout?", ["use."]),
        ("which part is the loudest", ["loudness.loudest"]),
        ("drums only please, and tell me how loud they are against the rest", ["stems.", "closer.stem levels"]),
        ("do the drums drop out anywhere?", ["instruments.when"]),
        ("does the drummer play the whole time?", ["instruments.when"]),
        ("is the piano there throughout?", ["instruments.when"]),
        ("is it acoustic or electric", ["sound."]),
        # look-alikes
        ("which chords does it use?", ["chords."]),
        ("which chords loop?", ["chords.loop"]),
        ("what is the dominant?", ["key.degree"]),
        ("is it a calm song?", ["moods.has"]),
        ("is it in a minor key or major?", ["key.mode"]),
        ("how loud is it?", ["loudness."]),
        ("transcribe the bass", ["notes.midi"]),
        ("what's the bass playing?", ["notes."]),
        ("what chord is in bar 9?", ["chords."]),
        ("save the chords as ChordPro", ["export."]),
        ("what's the vocal range?", ["melody.range"]),
        ("write a little waltz for piano in F", ["unsupported.generation"]),
    ],
)  # fmt: skip
def test_what_is_meant_of_a_known_head_and_what_looks_alike(
    question: str, heads: list[str]
) -> None:
    assert [head for head, _ in read_as(question)] == heads


def test_the_notes_of_the_chord_that_was_told() -> None:
    conversation = talk(track(1, key="C major", chords=POP))
    ask(conversation, "what is the second chord?")
    assert "G, B and D" in ask(conversation, "and what notes are in that one?").text
    ask(conversation, "what chord does it end on?")
    assert "F, A and C" in ask(conversation, "spell it").text


def test_the_other_end_of_the_stems_that_were_told() -> None:
    after = replace(HERE, asks=(Ask("loudness", "", ("#1",)),), did=(Ask("closer", "stem levels", ("#1",)),))  # fmt: skip
    assert read_as("and the quietest?", after) == [("closer.stem levels", "quietest")]
    assert read_as("and the quietest?") != [("closer.stem levels", "quietest")]


def test_chords_that_resolve_and_chords_that_belong() -> None:
    conversation = talk(track(1, key="C major", chords=POP))
    told = ask(conversation, "does the progression resolve?").text
    assert told.startswith("No, it stays open: the last chord is F, the IV of C major")
    assert "touches the tonic, but not from the dominant" in told
    assert "where it is the vi" in ask(conversation, "is Am in the key?").text
    told = ask(conversation, "is the Fm borrowed?").text
    assert "its Ab is not in that scale, but in that of C minor" in told
    assert "I don't hear Fm in it" in told
    told = ask(conversation, "what is the last chord?").text
    assert told.startswith("It ends on F")
    assert "Yes, F is major: F, A and C" in ask(conversation, "is that a major chord?").text


def test_a_chord_beside_the_one_told_by_its_number_and_those_of_a_kind() -> None:
    conversation = talk(track(1, key="C major", chords=POP))
    ask(conversation, "what's the third chord")
    assert ask(conversation, "and the one before it").text.startswith("Chord number 2 is G")
    ask(conversation, "the chords please")
    assert "Am" in ask(conversation, "which of them are minor").text


def test_what_the_closer_answers_reckon() -> None:
    tempo = Finding("tempo", {}, {"tempo": {"bpm": 155.0}, "beats": {"meter": "4/4"}}, {"duration": 72.0})  # fmt: skip
    told = answer(Ask("closer", "scaled", value="80"), [tempo])
    assert "124 BPM instead of 155 BPM" in told and "1:30 instead of 1:12" in told
    assert "so it could be" in answer(Ask("closer", "floor"), [tempo])
    form = Finding("structure", {}, {"sections": [
        {"label": "intro", "letter": "A", "start": 0.0, "end": 10.0, "bars": 4},
        {"label": "chorus", "letter": "B", "start": 10.0, "end": 30.0, "bars": 8},
    ]})  # fmt: skip
    assert "The chorus starts in bar 5" in answer(Ask("closer", "section bar", value="chorus"), [form])  # fmt: skip
    assert "I make out no bridge" in answer(Ask("closer", "section bar", value="bridge"), [form])
    voice = Finding("tags", {}, {"tags": {"voice": {"label": "vocal"}, "moods": [{"label": "energetic"}]}, "entries": [{"kind": "voice", "label": "female voice", "spans": [[12.0, 70.0]]}]}, {"duration": 72.0})  # fmt: skip
    bars = Finding("chords", {}, {"chords": {"labels": ["C:maj"]}, "bars": [{"number": n, "start": 2.0 * n - 2, "end": 2.0 * n} for n in range(1, 30)]})  # fmt: skip
    assert "around bar 7" in answer(Ask("closer", "entry bar"), [voice, bars])
    line = Finding("melody", {}, {"range": {"low": "F#3", "high": "A#4", "median": "E4"}, "motion": {"up": 3, "down": 9}, "last": {"name": "E4", "start": 68.0}})  # fmt: skip
    key = Finding("key", {}, {"key": {"tonic": "B", "mode": "minor"}})
    told = answer(Ask("closer", "to note", value="high E4"), [line, key])
    assert told.startswith("Six semitones down") and "B minor becomes F minor" in told
    assert "more often down than up" in answer(Ask("closer", "direction"), [line]).lower()
    assert "E4, at 1:08" in answer(Ask("closer", "last note"), [line])
    told = answer(Ask("closer", "uses"), [voice, tempo])
    assert "for a workout" in told and "rather not for yoga" in told
    assert "goes from F#3 to A#4" in answer(Ask("closer", "voice"), [voice, line])


def test_how_sure_theory_is_and_what_it_was_about() -> None:
    conversation = talk(track(1, key="C major", chords=POP))
    ask(conversation, "what's the relative minor of Eb?")
    assert "I didn't measure it" in ask(conversation, "how sure are you?").text


def test_a_file_of_the_track_is_none_of_the_part_before() -> None:
    after = replace(HERE, asks=(Ask("notes", "musicxml", ("#1",), value="piano"),))
    assert read_as("a midi of this", after) == [("notes.midi", "")]
    assert read_as("as midi", after) == [("notes.midi", "piano")]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("list the chords from start to finish", ["0:00 C, 0:02 G, 0:04 Am, 0:06 F", "8 more follow", "save the chords"]),
        ("spell the notes of the second chord", ["G, at 0:02: G, B and D"]),
        ("Nashville numbers for the loop?", ["1 – 5 – 6m – 4 (C – G – Am – F)"]),
        ("is it all triads or are there sevenths?", ["All triads", "C, G, Am and F"]),
        ("any chord outside the key?", ["None stands out", "C major"]),
        ("when does bar 9 start?", ["Bar 9", "16.00 seconds"]),
        ("bpm to one decimal pls", ["120.0 BPM"]),
        ("is it 60 or 120 bpm?", ["Rather 120", "60 would be the same music counted at half"]),
        ("walk me through the form", ["Four sections: intro 0:00–0:24 (12 bars)"]),
        ("tags, comma separated", ["Pop, energetic, guitar, vocal"]),
        ("how energetic is it on a scale", ["no scale", "90%"]),
        ("how often does the harmony change?", ["2.0 seconds on average, roughly 1 to the bar"]),
    ],
)  # fmt: skip
def test_closer_answers(question: str, told: list[str]) -> None:
    seconds = 96.0
    record = track(1, chords=POP, moods=["energetic"], instruments=["guitar"], seconds=seconds)
    text = ask(talk(record), question).text
    assert all(words in text for words in told), text


def test_a_chord_from_outside_the_key_and_a_minor_key_in_numbers() -> None:
    minor = talk(track(1, key="A minor", chords=("A:min", "F:maj", "E:maj", "G:maj")))
    told = ask(minor, "which chord is the odd one out?").text
    assert told.startswith("The odd one out is E, whose G# lies outside A minor.")
    told = ask(minor, "the loop in nashville numbers?").text
    assert "6m – 4 – 3 – 5" in told and "1m – b6 – 5 – b7" in told
    jazz = ask(talk(track(1, chords=JAZZ)), "all triads or sevenths too?").text
    assert jazz.startswith("Not only triads: Dm7")


def test_a_chord_held_over_bars_is_told_in_bars() -> None:
    """Each bar of a held chord names it: those are no changes."""
    bars = [{"number": n, "start": 1.5 * n, "end": 1.5 * n + 1.5, "labels": ["C:maj" if n // 2 % 2 else "G:maj"]} for n in range(8)]  # fmt: skip
    chords = {"intervals": [[3.0 * n, 3.0 * n + 3] for n in range(4)], "labels": ["G:maj", "C:maj"] * 2}  # fmt: skip
    from agent.rules.answer_chords import answer as chords_answer

    told = chords_answer(Ask("chords", "rate"), Finding("chords", {}, {"chords": chords, "bars": bars}), "It", "")  # fmt: skip
    assert (
        told == "A chord lasts about 3.0 seconds on average, roughly 2 bars of 1.50 seconds each."
    )


def test_a_melody_is_told_within_its_range_and_by_its_moves() -> None:
    times = tuple(n / 100 for n in range(400))
    pitch = Pitch(times, (261.63,) * 200 + (293.66,) * 200, (0.9,) * 400, "made/1")
    pitches = (60, 62, 60, 62, 79, 60, 67)
    notes = Notes(tuple((n * 0.5, n * 0.5 + 0.4) for n in range(7)), pitches, (), "made/1")
    data = melody_data(pitch, notes)
    assert [n["name"] for n in data["notes"]] == ["C4", "D4", "C4", "D4", "C4"]
    assert data["motion"] == {"moves": 4, "stays": 0, "steps": 4, "leaps": 0, "widest": 2, "up": 2, "down": 2}  # fmt: skip
    assert [row["name"] for row in data["often"]] == ["C", "D"]
    told = answer(Ask("closer", "motion"), [Finding("melody", {}, data)])
    assert told.startswith("Mostly by step: 100%")


def test_where_a_part_rests() -> None:
    notes = Notes(((0.0, 4.0), (10.0, 20.0)), (40, 43), (), "made/1")
    data = notes_data(notes, (0.0, 20.0))
    assert data["sounding"] == {"share": 0.7, "rests": [[4.0, 10.0]]}
    told = answer(Ask("closer", "bass"), [Finding("transcribe", {}, data)])
    assert told.startswith("Yes, a bass plays, but not at 0:04–0:10: 2 notes")
    silent = answer(Ask("closer", "bass"), [Finding("transcribe", {}, {"count": 0, "problems": []})])  # fmt: skip
    assert silent.startswith("Hardly any")


def test_stems_are_held_against_each_other() -> None:
    found = [Finding("loudness", {"stem": s}, {"lufs": lufs}) for s, lufs in (("vocals", -16.2), ("drums", -17.5), ("bass", -16.3))]  # fmt: skip
    told = answer(Ask("closer", "stem levels"), found)
    assert told.startswith("The vocals are the loudest stem, −16.2 LUFS; then the bass")
    told = answer(Ask("closer", "stem levels", value="vocals"), found)
    assert "as loud as the bass and 1.3 LU above the drums" in told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"ending": "fades"}, "It fades out"), ({"ending": "stops"}, "It stops dead"),
        ({"ending": "", "level": -14.0}, "Neither"),
    ],
)  # fmt: skip
def test_the_ending_is_told(data: dict[str, object], told: str) -> None:
    assert answer(Ask("closer", "ending"), [Finding("loudness", {}, data)]).startswith(told)


KEYS = (
    claim("key", "B minor", "#1", "made/1"),
    claim("key alternative", "E minor", "#1", "made/1"),
)
DRAFT = Draft("It is in B minor; it could also be E minor.", False, False, KEYS)


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        # said in part, the rest would be said once more with the draft's sentence
        (["It could also be E minor. "], DRAFT.text),
        (["It is in B minor; it could be E minor. It is in B minor; it could be E minor."],
         "It is in B minor; it could be E minor."),
    ],
)  # fmt: skip
def test_nothing_is_said_twice(pieces: list[str], told: str) -> None:
    words = frozenset("it is in b minor could also be e".split())
    assert "".join(sentences(pieces, DRAFT, words, lambda said: True)) == told


def test_quiet_places_are_told_with_their_section() -> None:
    levels = Level(1.0, (*[-12.0] * 30, *[-24.0] * 5, *[-12.0] * 50, *[-22.0] * 11), "level/1")
    record = track(1, sections=("intro", "section", "verse", "outro"))
    loud = TrackRecord(**(vars(record) | {"annotations": record.annotations | {"level": levels.to_dict()}}))  # fmt: skip
    told = ask(talk(loud), "are there any spots where it goes hushed?").text
    assert told.startswith("It goes quiet at 0:30–0:35 in part B (11.")
    assert "1:25–1:36 in the outro" in told


def test_a_sentence_is_told_once() -> None:
    song = talk(track(1, sections=("intro", "verse", "outro")))
    text = ask(song, "is there a solo, and where is the solo?").text
    assert text.count("make out no solo") == 1
