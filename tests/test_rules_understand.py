"""What questions mean: a table of phrasings, and follow-ups that lean on what was said."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.open_tracks import OpenTrack
from agent.rules.asks import Ask, Situation, Span, Turn
from agent.rules.context import fold
from agent.rules.plan import plan
from agent.rules.understand import understand
from agent.rules.wording import plain

TOOLS = frozenset("listen describe tempo key chords tags moment recall".split())
FIRST = OpenTrack("#1", "Night Walk", "The Lanterns", "night_walk.mp3", 204.0, True)
SECOND = OpenTrack("#2", "Copper Sky", "Ana Rey", "copper sky.flac", 180.0)
ALONE = Situation((FIRST,), TOOLS)
PAIR = Situation((FIRST, SECOND), TOOLS)

ONE_TRACK = """
what key is this in? -> key
What's the key? -> key
whats the key of this song -> key
key? -> key
in which key is it written -> key
do you know the key -> key
Tell me the key please -> key
what is this in? -> key
which tonality? -> key
what's the tonic -> key
wat key iz dis -> key
kee? -> key
is it major or minor? -> key.mode
is it in a minor key or what -> key.mode=minor
minor? -> key.mode=minor
is this a major-key song -> key.mode=major
Is the song in a minor key? -> key.mode=minor
is it minor -> key.mode=minor
is it in D minor? -> key.is=D minor
Is this in C# minor? -> key.is=C# minor
it's in Bb major, right? -> key.is=Bb major
I think it's in A minor -> key.is=A minor
is it in G? -> key.is=G
is it in b flat minor -> key.is=Bb minor
is it in F minor or Ab major? -> key.is=F minor or Ab major
is it dorian? -> key.is=dorian
what's the relative major? -> key.relative
relative minor of this? -> key.relative
what is the parallel key -> key.parallel
does it modulate? -> key.changes
does the key change anywhere? -> key.changes
are there any key changes -> key.changes
Does it stay in the same key throughout? -> key.changes
is it in one key the whole time? -> key.changes
what's the camelot code? -> key.camelot
which keys would mix well with this? -> key.camelot
how many sharps or flats does it have? -> key.signature
what's the key signature -> key.signature
which notes can I use to solo over this? -> key.notes
what scale should I improvise with -> key.notes
what notes are in the key? -> key.notes
where do I put the capo? -> key.capo
with a capo on 3, what do I play? -> key.capo=capo 3
transpose it up two semitones -> key.transpose=+2
what would it be in G major? -> key.is=G major
transpose the chords to G major -> key.transpose=to G major
down a whole step please -> key.transpose=-2
I play alto sax: what key is that for me? -> key.transpose=+9 alto
what other keys could it be -> key.alternatives
How confident are you about the key? -> key.sure
how did you find the key? -> key.how
what's the tempo? -> tempo
tempo? -> tempo
wots the bpm -> tempo
bpm pls -> tempo
bmp? -> tempo
how fast is it? -> tempo
how fast does it go -> tempo
how quick is this track -> tempo
what speed is it -> tempo
What's the pace of this piece? -> tempo
how many beats per minute? -> tempo
what do I set my metronome to? -> tempo
could you tell me what the tempo is -> tempo
hows the tepmo -> tempo
is it 120 bpm? -> tempo.is=120
is it at 120? -> tempo.is=120
I got 140, is that what you get? -> tempo.is=140
isn't it more like 61? -> tempo.is=61
is it faster than 100 bpm? -> tempo.is=>100
is it slower than 90? -> tempo.is=<90
does the tempo change? -> tempo.steady=change
is the tempo steady -> tempo.steady=steady
does it speed up at all? -> tempo.steady=speed up
do they slow down towards the end -> tempo.steady=slow down@-15-end
was it played to a click? -> tempo.steady=steady
does the tempo drift -> tempo.steady=drift
is it fast or slow? -> tempo.fast=fast
is it a slow song? -> tempo.fast=slow
would you call it uptempo? -> tempo.fast=uptempo
could it be half that? -> tempo.alternative=half
could you also count it in double time -> tempo.alternative=double
any other possible tempo? -> tempo.alternative
how long is one beat in ms? -> tempo.length=beat
how long does a bar last? -> tempo.length=bar
what delay time should I use -> tempo.length=beat
is that an allegro? -> tempo.marking=allegro
what's the italian tempo marking -> tempo.marking
what's the time signature? -> meter
time sig? -> meter
what meter is it in -> meter
metre? -> meter
how many beats in a bar? -> meter.beats
how many beats to the measure -> meter.beats
is it in 3/4? -> meter.is=3/4
is it in 3/4 or 4/4? -> meter
is it a waltz? -> meter.is=3/4
Is this in 6/8? -> meter.is=6/8
is it in three or four -> meter
is it common time? -> meter.is=4/4
how do I count this? -> meter
is it in an odd meter -> meter.is=odd
how many beats are there in total? -> beats.count
how many bars is it? -> beats.count
where's the first downbeat? -> beats.first
when does the beat kick in -> beats.first
what's the rhythm like -> tempo | meter
what are the chords? -> chords
chords pls -> chords
cords? -> chords
what's the chord progression -> chords
give me the changes -> chords
what's the harmony like? -> chords
which chords are used -> chords
show me the chords please -> chords
chords between 0:30 and 1:00 -> chords@30-60
what are the chords from 10 to 20 seconds? -> chords@10-20
what chord is playing at 1:23? -> chords@83
which chord is at 45 seconds -> chords@45
what chords are in the first ten seconds? -> chords@0-10
chords in the last 20 seconds -> chords@-20-end
what's the chord halfway through? -> chords@0.5f
the chords of the second minute -> chords@60-120
chords in the first four bars -> chords@b1-4
chords in bars 5 to 8 please -> chords@b5-8
what's the chord in bar 9? -> chords@b9
what chords are at the end? -> chords@-15-end
chords in the second half -> chords@0.5f-1f
is there an Am chord? -> chords.has=Am
does it use a Dm7 -> chords.has=Dm7
any F#m? -> chords.has=F#m
where does the Eb7 come? -> chords.when=Eb7
how often does G7 appear -> chords.times=G7
are there any diminished chords? -> chords.quality=diminished
does it have seventh chords -> chords.quality=seventh
any slash chords? -> chords.quality=slash
how many chords does it use? -> chords.count
how many different chords are there -> chords.count
what's the most common chord? -> chords.most
which chord is used most -> chords.most
what chord does it start on? -> chords.first
what's the first chord -> chords.first
what's the last chord? -> chords.last
what does it end on? -> chords.last
is there a loop? -> chords.loop
does the progression repeat? -> chords.loop
is it a four chord song? -> chords.loop=4
chords in roman numerals -> chords.roman
give me the nashville numbers -> chords.roman
what are the chord functions? -> chords.roman
is there a ii-V-I? -> chords.progression=ii-V-I
does it use I-V-vi-IV -> chords.progression=i-v-vi-iv
is it a twelve bar blues? -> chords.progression=12-bar blues
how often do the chords change? -> chords.rate
how sure are you of the chords -> chords.sure
what genre is it? -> genres
what kind of music is this -> genres
style? -> genres
wot genra is dis -> genres
how would you classify it? -> genres
is it rock? -> genres.has=rock
is this jazz or blues? -> genres.has=jazz, blues
does it sound like hip hop -> genres.has=hip hop
what instruments can you hear? -> instruments
which instruments are there -> instruments
instrumentation? -> instruments
what's playing? -> instruments
is there a piano? -> instruments.has=piano
any drums? -> instruments.has=drums
can you hear a guitar -> instruments.has=guitar
do I hear violins and a flute? -> instruments.has=violin, flute
when does the guitar come in? -> instruments.when=guitar
where do the drums start -> instruments.when=drums
what's the mood? -> moods
vibe? -> moods
how does it feel -> moods
is it sad? -> moods.has=sad
is it a happy song -> moods.has=happy
does it sound relaxing? -> moods.has=relaxed
is there any singing? -> voice.has
does it have vocals? -> voice.has
is it instrumental? -> voice.has=instrumental
is anyone singing -> voice.has
vocals? -> voice.has
when does the voice come in? -> voice.when
where does the singing start -> voice.when
at what point do the vocals enter? -> voice.when
is the singer male or female? -> voice.gender
is it a woman singing -> voice.gender
who's singing, a man or a woman? -> voice.gender
what happens at 1:23? -> moment@83
what's going on at 1:23 -> moment@83
what happens between 1:00 and 1:30? -> moment@60-90
describe what happens at 45 seconds -> moment@45
what do I hear at the beginning? -> moment@0-15
1:23? -> moment@83
what about at 2:00? -> moment@120
what is there after 2:30 -> moment@150-end
what happens halfway through -> moment@0.5f
what happens in bar 12? -> chords@b12
what instruments play at 1:00? -> moment.instruments@60
is there singing between 0:10 and 0:20? -> moment.voice@10-20
what's the key at 1:30? -> key@90
how fast is it at 2:00 -> tempo@120
describe it -> describe
tell me about this song -> describe
what am I listening to -> describe
what can you tell me about it? -> describe
give me a summary -> describe
analyse this track please -> describe
what does it sound like? -> describe
everything you know -> describe
so what have we got here -> describe
how long is it? -> duration
what's the duration -> duration
how many minutes is it -> duration
what's it called? -> title
what's the title -> title
what song is this? -> title
who's the artist? -> title.artist
who is this by -> title.artist
who sings this? -> title.artist
which tracks are open? -> tracks
what have I loaded -> tracks
what's the key and the tempo? -> key | tempo
key & tempo -> key | tempo
key/tempo/chords? -> key | tempo | chords
tell me the tempo, the key and the time signature -> tempo | key | meter
What's the bpm? And is it in a minor key? -> tempo | key.mode=minor
how fast is it and does it have vocals -> tempo | voice.has
what genre is it, what instruments are there and what's the mood? -> genres | instruments | moods
At 1:23, what chord is it, and what's the key? -> chords@83 | key
who produced it? -> decline.producer
who wrote this -> decline.writer
who plays the drums? -> decline.player
what are the lyrics about? -> decline.lyrics meaning
what is the song about -> decline.lyrics meaning
what language is it sung in? -> decline.lyrics meaning
what year is it from? -> decline.year
when was this released -> decline.year
which album is it on? -> decline.album
what label is it on -> decline.label
how many copies did it sell? -> decline.sales
is it famous? -> decline.sales
is it any good? -> decline.opinion
do you like it -> decline.opinion
what's the bitrate? -> decline.file
is it tuned to 432 hz -> decline.tuning
where was it recorded? -> decline.place
what guitar was used? -> decline.gear
is this AI generated? -> decline.origin
what's the weather like -> decline.off topic
isolate the vocals -> unsupported.stems
can you remove the drums? -> unsupported.stems
make me a karaoke version -> unsupported.stems
give me the midi -> unsupported.transcription
transcribe the melody -> unsupported.transcription
what's the highest note she sings? -> unsupported.transcription
write me a song like this -> unsupported.generation
play it -> unsupported.generation
where's the chorus? -> unsupported.structure
what's the song structure -> unsupported.structure
how loud is it in LUFS? -> unsupported.loudness
export the chords as pdf -> unsupported.export
find something slow in my library -> recall=slow
which of my songs are in F minor? -> recall=in f minor
have you heard anything with a flute before? -> recall=flute
what does bpm mean? -> theory.define=bpm
what's a relative minor? -> theory.define=relative minor
what's the relative minor of C major? -> theory.relative=C major
what notes are in Fm7? -> theory.chord notes=Fm7
what notes are in the D major scale? -> theory.notes=D major
hello -> talk.hello
hey there! -> talk.hello
thanks! -> talk.thanks
cheers mate -> talk.thanks
ok cool -> talk.ok
bye -> talk.bye
help -> talk.help
what can you do? -> talk.help
who are you -> talk.who
asdf qwer zxcv -> unclear
""".strip().splitlines()

TWO_TRACKS = """
what's the tempo of the second one? -> tempo#2
key of #2 -> key#2
what key is Copper Sky in? -> key#2
how fast is copper sky -> tempo#2
how fast is Coper Sky? -> tempo#2
tempo of track two -> tempo#2
what's the key of the Ana Rey one? -> key#2
chords of the other one -> chords#2
what's the tempo of both? -> tempo#1#2
describe all the tracks -> describe#1#2
what key is each one in -> key#1#2
what's the mood of #1 and #2? -> moods#1#2
what's the key of the first and how fast is the second? -> key#1 | tempo#2
which is faster? -> compare.tempo#1#2
which one's slower -> compare.tempo#1#2
is the second one faster than the first? -> compare.tempo#2#1
is Copper Sky slower than Night Walk? -> compare.tempo#2#1
is it faster than the other one -> compare.tempo#1#2
do they have the same tempo? -> compare.tempo#1#2
what's the difference in bpm? -> compare.tempo#1#2
are they in the same key? -> compare.key#1#2
are the keys compatible -> compare.key#1#2
would these two mix well? -> compare.mix#1#2
can I mix #1 into #2? -> compare.mix#1#2
do they go well together -> compare.mix#1#2
same time signature? -> compare.meter#1#2
do they share any chords? -> compare.chords#1#2
are they the same genre -> compare.genres#1#2
which one is happier? -> compare.moods#1#2
which is longer? -> compare.duration#1#2
compare them -> compare.all#1#2
how do they differ? -> compare.all#1#2
what do they have in common -> compare.all#1#2
compare the first with the second -> compare.all#1#2
what about #5? -> tracks.missing=#5
what's the tempo of the third one? -> tracks.missing=the third one
let's talk about the second one -> tracks.switch#2
""".strip().splitlines()


def told(asks: tuple[Ask, ...], default: tuple[str, ...] = ("#1",)) -> str:
    """Return asks in the notation of the tables."""
    return " | ".join(_one(ask, default) for ask in asks)


def _one(ask: Ask, default: tuple[str, ...]) -> str:
    text = ask.topic + (f".{ask.aspect}" if ask.aspect else "")
    if ask.value and ask.topic not in ("compare", "decline", "unsupported"):
        text += f"={ask.value}"
    text += _span(ask.span) if ask.span else ""
    return text + ("" if ask.tracks in (default, ()) else "".join(ask.tracks))


def _span(span: Span) -> str:
    unit = {"bars": "b", "fraction": ""}.get(span.unit, "")
    tail = "f" if span.unit == "fraction" else ""
    end = "" if span.end is None else f"-{span.end:g}{tail}".replace("-inf", "-end")
    return f"@{unit}{span.start:g}{tail}{end}"


def rows(table: list[str]) -> list[tuple[str, str]]:
    return [tuple(line.rsplit(" -> ", 1)) for line in table]  # type: ignore[misc]


@pytest.mark.parametrize(("question", "meaning"), rows(ONE_TRACK))
def test_a_question_about_the_only_track(question: str, meaning: str) -> None:
    assert told(understand(question, ALONE)) == meaning


@pytest.mark.parametrize(("question", "meaning"), rows(TWO_TRACKS))
def test_a_question_about_one_of_two_tracks(question: str, meaning: str) -> None:
    asks = understand(question, PAIR)
    assert told(asks, default=()) == meaning


def test_the_table_is_large() -> None:
    assert len(ONE_TRACK) + len(TWO_TRACKS) >= 250
    questions = [line.rsplit(" -> ", 1)[0] for line in ONE_TRACK + TWO_TRACKS]
    assert len(set(questions)) == len(questions)


FOLLOW_UPS = [
    (["what key is it in?", "and the other one?"], "key#2"),
    (["what's the tempo?", "what about Copper Sky?"], "tempo#2"),
    (["what key is #2 in?", "how fast is it?"], "tempo#2"),
    (["what key is #2 in?", "how fast is it?", "and the first one?"], "tempo#1"),
    (["what's the tempo?", "how sure are you?"], "tempo.sure#1"),
    (["what key is it in?", "are you sure about that?"], "key.sure#1"),
    (["what key is it in?", "how do you know?"], "key.how#1"),
    (["what's the tempo?", "really?"], "tempo.sure#1"),
    (["what happens at 1:00?", "and 10 seconds later?"], "moment@70#1"),
    (["what happens at 1:00?", "and at 2:00?"], "moment@120#1"),
    (["what chord is at 1:00?", "what comes next?"], "chords.next@60#1"),
    (["what happens at 1:00?", "what chord is that?"], "chords@60#1"),
    (["chords from 0:10 to 0:20", "and the next 10 seconds?"], "chords@20-30#1"),
    (["first four bars?", "what comes next?"], "chords@b5-8#1"),
    (["what are the chords?", "in roman numerals?"], "chords.roman#1"),
    (["is there a flute?", "where?"], "instruments.when=flute#1"),
    (["is there a voice?", "when does it come in?"], "voice.when#1"),
    (["which is faster?", "by how much?"], "compare.tempo#1#2"),
    (["are they in the same key?", "and the tempo?"], "tempo#1#2"),
    (["tell me about #2", "what's the mood?"], "moods#2"),
    (["let's talk about the second one", "what key is it in?"], "key#2"),
    (["what's the mood of #2?", "thanks", "and the tempo?"], "tempo#2"),
    (["what's the tempo?", "what does that mean?"], "theory.explain=tempo"),
    (["what's the tempo?", "say that again?"], "tempo#1"),
]


@pytest.mark.parametrize(("questions", "meaning"), FOLLOW_UPS)
def test_a_follow_up_leans_on_what_was_said(questions: list[str], meaning: str) -> None:
    situation = fold([Turn(q) for q in questions[:-1]], PAIR)
    assert told(understand(questions[-1], situation), default=()) == meaning


CALLS = [
    ("what key is it in?", [("key", {"track": "#1"})]),
    ("key and tempo of #2", [("key", {"track": "#2"}), ("tempo", {"track": "#2"})]),
    ("tempo and time signature?", [("tempo", {"track": "#1"})]),
    ("what happens at 1:23?", [("moment", {"track": "#1", "start": 83.0})]),
    (
        "what happens between 1:00 and 1:30?",
        [("moment", {"track": "#1", "start": 60.0, "end": 90.0})],
    ),
    ("chords from 0:30 to 1:00", [("chords", {"track": "#1", "start": 30.0, "end": 60.0})]),
    (
        "chords in the last 20 seconds of #2",
        [("chords", {"track": "#2", "start": 160.0, "end": 180.0})],
    ),
    ("what happens halfway through?", [("moment", {"track": "#1", "start": 102.0})]),
    ("chords in bars 5 to 8", [("chords", {"track": "#1"})]),
    ("is there a piano?", [("tags", {"track": "#1", "kind": "instruments"})]),
    ("which is faster?", [("tempo", {"track": "#1"}), ("tempo", {"track": "#2"})]),
    ("open /tmp/a song.wav and tell me the key", [("listen", {"path": "/tmp/a song.wav"})]),
    ('listen to "my demo.mp3"', [("listen", {"path": "my demo.mp3"})]),
    ("find something slow in my library", [("recall", {"query": "slow"})]),
    ("who produced it?", []),
    ("isolate the vocals", []),
    ("hello", []),
    ("what's the relative minor of C major?", []),
]


@pytest.mark.parametrize(("question", "calls"), CALLS)
def test_asks_become_tool_calls(question: str, calls: list[tuple[str, dict[str, object]]]) -> None:
    planned = plan(understand(question, PAIR), PAIR)
    assert [(c.tool, dict(c.args)) for c in planned] == calls


def test_a_tool_that_is_not_bound_is_not_called() -> None:
    bare = Situation((FIRST,), frozenset({"tempo"}))
    assert plan(understand("what key is it in?", bare), bare) == ()
    assert [c.tool for c in plan(understand("tempo?", bare), bare)] == ["tempo"]


def test_a_title_is_data_and_no_question() -> None:
    bossy = OpenTrack("#1", "Tempo of the chords in C major", "", "x.mp3", 100.0, True)
    asks = understand('what key is "Tempo of the chords in C major" in?', Situation((bossy,), TOOLS))
    assert told(asks) == "key"


def test_no_track_and_many_tracks() -> None:
    assert understand("what key is it in?", Situation((), TOOLS))[0].tracks == ()
    many = tuple(OpenTrack(f"#{i}", f"Song {i}", "", f"s{i}.mp3", 60.0) for i in range(1, 7))
    assert understand("what key is it in?", Situation(many, TOOLS))[0].tracks == ()
    few = Situation(many[:3], TOOLS)
    assert understand("what key is it in?", few)[0].tracks == ("#1", "#2", "#3")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("What’s the BPM?", "what is the bpm?"),
        ("wots the tepmo", "what is the tempo"),
        ("chrods plz", "chords please"),
        ("isn't it in F♯ minor", "is not it in f# minor"),
        ("its tempo", "its tempo"),
        ("relitive minr", "relative minor"),
        ("beast", "beast"),
    ],
)
def test_wording_is_made_plain(said: str, meant: str) -> None:
    assert plain(said) == meant


WORDS = st.sampled_from(
    "what key tempo chords at 1:23 between and #2 the second one Am7 minor faster than it that when"
    " voice is are 3/4 bars 5 to 8 last ten seconds open /tmp/x.wav who produced Copper Sky both".split()
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=12).map(" ".join)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_understood_somehow(text: str) -> None:
    asks = understand(text, PAIR)
    assert asks and all(isinstance(ask, Ask) for ask in asks)
    for call in plan(asks, PAIR):
        assert call.tool in TOOLS
        assert call.args.get("track", "#1") in ("#1", "#2")
        if "end" in call.args:
            assert 0 <= call.args["start"] <= call.args["end"]


def test_a_long_text_does_not_hang() -> None:
    asks = understand((string.ascii_lowercase + " key? ") * 400, PAIR)
    assert asks and re.match(r"[a-z]+$", asks[0].topic)
