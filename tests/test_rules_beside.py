"""What is said beside the music: declined rightly, answered of the program itself, never done unasked."""

import pytest
from few_tracks import track
from test_embedded import Spoken, talk_over
from test_rules_library import ask, talk

from agent.embedded.choosing import chosen, only_ours
from agent.embedded.notation import read
from agent.open_tracks import OpenTrack
from agent.recorded import RecordedLibrary
from agent.rules.asked_for import kept
from agent.rules.asks import Ask, Situation
from agent.rules.chat_model import doable
from agent.rules.elsewhere import names_piece
from agent.rules.plan import plan
from agent.rules.understand import understand

TOOLS = frozenset(
    "listen describe tempo key chords tags moment compare search_library structure caption separate"
    " transcribe melody export playlist loudness".split()
)
ONE = Situation(
    (OpenTrack("#1", "Night Walk", "The Lanterns", "n.mp3", 204.0, True),), TOOLS, focus=("#1",)
)
LIVELY = track(
    1, "Headache", bpm=128, key="B minor", chords=("E:maj", "G:maj", "F#:min", "A:maj"),
    moods=["energetic", "party"], genres=["rock"], instruments=["drums"],
)  # fmt: skip


def heads(question: str) -> list[str]:
    return [f"{a.topic}.{a.aspect}".rstrip(".") for a in understand(question, ONE)]


@pytest.mark.parametrize(
    ("head", "questions"),
    [
        ("talk.wrong", ["no no no thats all wrong", "nope, that's not right", "that is not what I asked", "you misunderstood me", "I didn't ask for that"]),
        ("talk.praise", ["you're not as dumb as i thought", "you are brilliant", "not bad for a machine"]),
        ("talk.blame", ["you're useless", "you are so annoying"]),
        ("talk.private", ["does the internet need to be on for you to work?", "are you sending my songs anywhere?", "do you work offline", "will my recordings be uploaded", "where do my files go?"]),
        ("talk.limits", ["what can't you do? be honest", "what are your limitations", "what are you bad at", "how reliable are you"]),
        ("talk.unlike", ["whats the difference between you and shazam", "are you better than chatgpt at this"]),
        ("talk.formats", ["what kinds of file can you spit out for my notation software", "which formats do you support", "what can I export?"]),
        ("talk.leave", ["I'd rather not have it split", "please don't transcribe it", "leave it as it is"]),
        ("decline.off topic", ["open chrome and google the band's name", "whats the passphrase of the wifi", "quelle heure est-il à Tokyo", "write me a cover letter for a job at a record shop", "call my mum"]),
        ("unsupported.files", ["delete the longest one from disk", "remove the file from my disk", "rename this track"]),
        ("unsupported.edit", ["autotune the singer for me will you", "add some reverb to it"]),
        ("unsupported.sing", ["sing me a song about my cat", "hum the tune"]),
        ("decline.fame", ["was the singer drunk lol", "what religion is the singer, any idea?", "why did the band split up after it came out", "is the drummer left handed", "was he high when he sang this"]),
        ("decline.lyrics meaning", ["is the second chorus about his ex-wife?", "is the verse about love"]),
        ("decline.language", ["is the language English?", "is it sung in French", "what language is it in"]),
        ("decline.machine", ["is it AI generated, by suno or something", "was this made by a computer?", "is that a real band or AI"]),
        ("decline.resemblance", ["who does it remind you of? like which famous band", "does it sound like Coldplay?", "sounds like which band to you?"]),
        ("decline.gear", ["how many pickups does the guitar have, single coil or humbucker"]),
        ("decline.head count", ["how many people were in the room when it was recorded"]),
        ("decline.opinion", ["which guitarist plays better, the left one or the right one"]),
        ("decline.noise", ["any hiss or crackle", "is there background noise"]),
        ("genres", ["what shelf would a record shop put it on", "where should I file it"]),
        ("chords.ease", ["would a beginner pianist cope with the chords here?", "are the chords hard?"]),
        ("melody.range", ["I'm an alto in a church choir - does the tune sit where I can reach it?", "too high for a baritone?", "would a tenor manage this"]),
        ("use", ["could it work as background for a yoga session or is it too frantic", "can i dance to that", "would you play this at a funeral or a wedding", "is it danceable?", "good for a dinner party?"]),
        ("talk.who", ["tell me about yourself", "introduce yourself"]),
        ("unclear.lost", ["asdkjh qwpoe zzz", "?", "hjkl fghj"]),
    ],
)  # fmt: skip
def test_what_is_said_beside_the_music(head: str, questions: list[str]) -> None:
    for question in questions:
        assert heads(question) == [head], question
        asks = understand(question, ONE)
        known = head == "unclear.lost" or only_ours(question, asks, ONE)
        assert known, question  # whatever the net would read


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("is it about 120 bpm?", "tempo.is"),
        ("is the singer out of tune", "melody.tune"),
        ("how many singers are there", "voice.number"),
        ("could you dance a waltz to it?", "meter.is"),
        ("does it sound like jazz?", "genres.has"),
        ("move it up two semitones", "key.transpose"),
        ("what's the key for alto sax", "key.transpose"),
        ("split it into stems", "stems"),
        ("is the guitar distorted, and what key is it in", "key"),
        ("don't split it, just tell me the key", "key"),
        ("bpm?", "tempo"),
        (
            "does the guitar solo have barre chords in it, and where is the chorus?",
            "structure.when",
        ),
    ],
)
def test_what_only_looks_like_it(question: str, head: str) -> None:
    assert head in heads(question)


@pytest.mark.parametrize(
    ("question", "reading", "done"),
    [
        ("je peux la jouer à la guitare sans barrés ?", "stems.guitar=vocals", False),
        ("autotune the singer for me will you", "stems=vocals", False),
        ("is it a karaoke version?", "stems=accompaniment", False),
        ("why did you split it?", "stems", False),
        ("please don't split it", "stems", False),
        ("how sad is it?", "export=csv", False),
        ("rainy sunday morning", "unsupported.playlist", False),
        ("can I take the singer off?", "stems=accompaniment", True),
        ("enlève la voix", "stems=accompaniment", True),
        ("trenne bitte Gesang und Band", "stems", True),
        ("드럼만 따로 뽑아줄 수 있어?", "stems=drums", True),
        ("save the chords", "export=chordpro", True),
        ("line me up half an hour of mellow things", "unsupported.playlist", True),
        ("schreib die Melodie auf", "notes.midi=vocals", True),
        ("what notes does the bass play", "notes=bass", True),
    ],
)
def test_nothing_is_written_that_nobody_asked_for(question: str, reading: str, done: bool) -> None:
    assert bool(kept(read(reading), question, ONE)) is done
    rules = (Ask("unclear"),)
    taken = chosen(question, read(reading), rules, ONE, {})
    assert done or not any(c.tool in ("separate", "export", "playlist") for c in plan(taken, ONE))


def test_a_deed_may_lean_on_the_one_before() -> None:
    after = Situation(ONE.tracks, TOOLS, (Ask("stems", "", ("#1",)),), ("#1",))
    assert kept(read("stems=drums"), "and the drums?", after)
    assert not kept(read("stems=drums"), "and the drums?", ONE)


@pytest.mark.parametrize(
    ("question", "name", "lost", "piece"),
    [
        ('how fast is "happy birthday"', "happy birthday", False, True),
        ("what key is bohemian rhapsody in", "bohemian rhapsody", False, True),
        ("Wie schnell ist Blinding Lights?", "Blinding Lights", True, True),
        ("whats the tempo of around the world by daft punk", "around the world", False, True),
        ("is it faster than Despacito?", "Despacito", False, True),
        ("play the song yesterday", "yesterday", True, True),
        ("whats the passphrase of the wifi", "the wifi", True, False),
        ("you're not as dumb as i thought", "I'm Not Dead", True, False),
        ("my sampler", "my sampler", True, False),
        ("saturday", "saturday", True, False),
        ("is this Reggae?", "Reggae", False, False),
        ("is it good for Saturday", "Saturday", False, False),
        ("is Berlin nice in spring", "Berlin", True, False),
    ],
)
def test_a_piece_that_is_not_open_has_to_be_named(
    question: str, name: str, lost: bool, piece: bool
) -> None:
    assert names_piece(question, name, lost) is piece
    if not piece and lost:
        rules = (Ask("unclear"),)
        taken = chosen(question, (Ask("decline", "elsewhere", value=name),), rules, ONE, {})
        assert "elsewhere" not in [a.aspect for a in taken]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("can i dance to that", "Yes, I'd say: it comes across as energetic and made for a party and moves at 128 BPM"),
        ("would you play this at a funeral or a wedding", "Rather at a wedding than at a funeral"),
        ("could it be used for a yoga session?", "I'd rather not: it comes across as energetic"),
        ("would a beginner cope with the chords?", "all plain major and minor triads: G, F#m, E and A"),
        ("I only know D, F, Em and G, can I strum along with a capo?", "Yes: with a capo on fret 2, D, F, Em and G will do – play F for G, Em for F#m, D for E and G for A"),
        ("if i only know G C D and Em on guitar can I strum along, maybe with a capo?", "Only in part: G, C, D and Em come closest with a capo on fret 2"),
        ("je peux la jouer à la guitare sans barrés ?", "Only in part: C, A, G, E, D, Am, Em and Dm come closest in open position – play G, E and A; F#m is left over"),
        ("is the language English? or is there no singing", "I can't tell which language it is sung in. A voice sings."),
        ("are you sending my songs anywhere?", "Your recordings stay on this computer"),
        ("what file formats can you export?", "until then I write nothing"),
    ],
)  # fmt: skip
def test_answers(question: str, said: str) -> None:
    assert said in ask(talk(LIVELY), question).text


def test_all_that_can_be_told_is_said_once() -> None:
    conversation = talk(LIVELY)
    first = ask(conversation, "which plug-ins are on the voice?").text
    assert "tempo, meter, key, chords" in first
    then = ask(conversation, "what's it about?").text
    assert (
        then
        == "I can't tell what the words are or mean. I can tell you when someone sings, and the mood."
    )
    assert "tempo, meter" not in ask(conversation, "who won the football?").text
    assert "tempo, meter" not in ask(conversation, "blah di blah").text


def test_a_protest_is_told_what_was_read() -> None:
    conversation = talk(LIVELY)
    ask(conversation, "what key is it in?")
    assert "I took your question to be about the key" in ask(conversation, "no, that's wrong!").text


def test_no_net_is_asked_for_what_the_rules_alone_read() -> None:
    engine = Spoken({})
    conversation = talk_over(RecordedLibrary([LIVELY], []), engine)
    assert "anything about the people" in ask(conversation, "was the singer drunk lol").text
    assert not engine.asked


def test_long_texts_are_read_in_no_time() -> None:
    for word in (
        "you are ",
        "no ",
        "is it the singer about ",
        "what can you not do with my songs ",
        "alto reach ",
    ):
        assert understand(word * 400, ONE)


def test_too_much_for_a_use_is_answered_the_other_way_round() -> None:
    talked = talk(LIVELY)
    assert ask(talked, "would it be too sad for a kid's birthday?").text.startswith(
        "No, I'd say not"
    )
    assert ask(talked, "is it too fast for yoga?").text.startswith("Yes, rather")
    assert ask(talked, "is it good for a party?").text.startswith("Yes, I'd say")


@pytest.mark.parametrize(
    "question", ["live drums or programmed?", "is that a real drummer or a drum machine"]
)
def test_who_drums_is_not_heard(question: str) -> None:
    assert heads(question) == ["decline.machine"]


def test_what_a_service_does_with_loudness_is_no_question_of_fame() -> None:
    question = "how loud in LUFS, and will spotify turn it down"
    asks = doable(understand(question, ONE), question, ONE)
    assert [(a.topic, a.aspect) for a in asks] == [("loudness", "target")]


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("did it peak at number one?", "decline.sales"),
        ("how high did it peak in the hit parade", "decline.sales"),
        ("go to #1", "tracks.switch"),
        ("what's the peak level", "unsupported.loudness"),
        ("can you get rid of the silence at the end", "unsupported.edit"),
        ("can you take the silence off the front", "unsupported.edit"),
        ("is there silence at the start?", "moment"),
        ("loop it until it lasts ten minutes", "unsupported.edit"),
        ("make the shorter one longer", "unsupported.generation"),
        ("stretch it to four minutes", "unsupported.generation"),
        ("how loud is it compared with what streaming services want", "unsupported.loudness"),
        ("where's the energy peak of the track", "structure.loudest"),
    ],
)
def test_words_of_two_meanings_are_read_by_what_stands_beside_them(
    question: str, head: str
) -> None:
    assert heads(question) == [head]


def test_an_order_to_edit_is_answered_as_one() -> None:
    ours, theirs = read("unsupported.edit"), read("decline.opinion")
    scores = {"decline.opinion": 0.5, "unsupported.edit": -0.5}
    assert chosen("could you master this track?", theirs, ours, ONE, scores) == ours


def test_them_may_be_the_chords() -> None:
    two = Situation(
        (*ONE.tracks, OpenTrack("#2", "Copper", "", "c.mp3", 99.0)), TOOLS, focus=("#1",)
    )
    asks = understand("transpose the chords so a beginner can play them", two)
    assert {a.tracks for a in asks} == {("#1",)}
