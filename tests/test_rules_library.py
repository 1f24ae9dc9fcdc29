"""Questions about the whole library, asked of the rules in conversation over recorded tracks."""

from typing import Any

import pytest
from few_tracks import JAZZ, POP, track
from langgraph.checkpoint.memory import InMemorySaver
from test_embedded import Spoken, talk_over

from agent.conversation import Conversation
from agent.embedded.grammar import keeps_to, reading_grammar
from agent.events import AnswerFinished
from agent.grounding import check
from agent.ledger import ledger_of
from agent.open_tracks import OpenTrack
from agent.recorded import RecordedLibrary
from agent.rules import RulesChatModel
from agent.rules.asks import Ask, Situation
from agent.rules.library_asks import done, find
from agent.rules.library_words import playlist_args, search_args
from agent.rules.plan import plan
from agent.rules.understand import understand
from agent.scene import CONTRADICTED

RECORDS = [
    track(1, "Home", artist="Ann", bpm=120, instruments=["guitar"], seconds=100),
    track(
        2, "Blue Hour", artist="Bo", bpm=84, key="A minor", moods=["sad"], genres=["jazz"],
        instruments=["piano"], voice="instrumental", chords=JAZZ, seconds=200,
    ),
    track(
        3, "Night Train", artist="Cy", bpm=168, key="E minor", moods=["energetic"],
        genres=["rock"], instruments=["drums"], chords=POP, up=4, seconds=180,
    ),
    track(
        4, "Standard", artist="Di", bpm=86, key="Eb major", moods=["sad"], genres=["jazz"],
        instruments=["piano", "drums"], chords=JAZZ, up=3, seconds=240,
    ),
    *(track(n, f"House {n}", artist=f"DJ {n}", genres=["house"], bpm=90 + 5 * n, seconds=190)
      for n in range(5, 10)),
]  # fmt: skip
OLD = frozenset("listen describe tempo key chords tags moment structure".split())
NEW = OLD | {"search_library", "similar_to", "playlist", "note", "compare"}
HOME = OpenTrack("#1", "Home", "Ann", "1.flac", 100.0, True)


def talk(*records: Any) -> Conversation:
    library = RecordedLibrary(records[:1], records[1:])
    return Conversation(library, RulesChatModel(), InMemorySaver())


@pytest.fixture(scope="module")
def asked() -> Conversation:
    return talk(*RECORDS)


def ask(conversation: Conversation, question: str) -> AnswerFinished:
    """Return the answer, which nothing that was measured contradicts."""
    last = list(conversation.ask(question))[-1]
    assert isinstance(last, AnswerFinished), last
    ledger = ledger_of(conversation._heard())
    verdicts = check(last.text, ledger, question, conversation.library.tracks)
    wrong = [v.to_dict() for v in verdicts if v.status == CONTRADICTED]
    assert not wrong, (last.text, wrong)
    return last


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("find me slow piano pieces in a minor key", {"mode": "minor", "text": "slow piano"}),
        ("which of my songs are in D minor?", {"key": "D minor"}),
        ("which of my songs have a ii-V-I?", {"chord_progression": "ii-V-I"}),
        ("which tracks in my library use I–V–vi–IV?", {"chord_progression": "I–V–vi–IV"}),
        ("songs with Dm7 G7 Cmaj7 in my library", {"chord_progression": "Dm7 G7 Cmaj7"}),
        ("which of my songs have a quiet piano intro?", {"text": "quiet piano intro", "in_sections": True}),
        ("which of my songs are faster than 120?", {"bpm_min": 120.1}),
        ("anything instrumental under three minutes?", {"voice": "instrumental", "duration_max": 180.0}),
        ("show me jazz without drums between 80 and 90 bpm", {"bpm_min": 80.0, "bpm_max": 90.0, "tags_not": ["drum"], "text": "jazz"}),
        ("find songs longer than 5:30", {"duration_min": 330.0}),
        ("songs in 3/4", {"meter": "3/4"}),
        ("where does the bass drop out in my library?", {"text": "bass drop out", "in_sections": True}),
        ("songs by Ana Rey from before 2000", {"artist": "Ana Rey", "year_max": 1999}),
        ("find me something that isn't by DJ Olm", {"artist_not": ["DJ Olm"]}),
        ("what do I have from the 60s?", {"year_min": 1960, "year_max": 1969}),
        ("which of my songs are from between 1990 and 2003?", {"year_min": 1990, "year_max": 2003}),
        ("anything by Bo since 1998?", {"artist": "Bo", "year_min": 1998}),
        ("my loudest tracks", {"order": "loudest"}),
        ("my three quietest songs", {"order": "quietest", "limit": 3}),
        ("what's my oldest song?", {"order": "oldest", "limit": 1}),
        ("show me the fastest jazz", {"order": "fastest", "text": "jazz"}),
        ("quiet ones under -20 LUFS", {"lufs_max": -20.0}),
        ("which of my songs are louder than -9 LUFS?", {"lufs_min": -9.0}),
        ("tracks between -14 and -9 LUFS", {"lufs_min": -14.0, "lufs_max": -9.0}),
        ("tracks between 90 and 130 bpm in C major", {"key": "C major", "bpm_min": 90.0, "bpm_max": 130.0}),
        ("do I have any waltzes?", {"meter": "3/4", "text": "waltz"}),
        ("everything that uses I–V–vi–IV", {"chord_progression": "I–V–vi–IV"}),
        ("what's in my library?", {}),
        ("what do I have?", {}),
        ("how many songs are in my library?", {}),
    ],
)  # fmt: skip
def test_certain_words_become_filters(question: str, args: dict[str, Any]) -> None:
    here = Situation((HOME,), NEW)
    calls = plan(done(understand(question, here), question, here), here)
    assert [(c.tool, dict(c.args)) for c in calls] == [("search_library", args)]
    assert search_args(question) == args


def test_a_search_lists_the_hits_with_why(asked: Conversation) -> None:
    told = ask(asked, "which of my songs have a ii-V-I?")
    assert told.text.splitlines()[0] == "Two tracks of yours:"
    assert '"Blue Hour" (#2) – A minor, 84 BPM: chords ii-V-I.' in told.text
    assert '"Standard" (#3) – Eb major, 86 BPM: chords ii-V-I.' in told.text
    chords = ask(asked, "what chords are in the second one?")
    assert chords.tool_calls == ({"name": "chords", "args": {"track": "#3"}},)


def test_what_was_let_go_is_said_and_so_is_nothing(asked: Conversation) -> None:
    told = ask(asked, "anything instrumental under three minutes?").text
    assert "let go of this: length at most 3:00" in told and '"Blue Hour"' in told
    assert "Nothing in your library fits that" in ask(asked, "find me songs in F# major").text


@pytest.mark.parametrize(
    ("question", "handle", "what"),
    [
        ("find something like this", "#1", "sound"),
        ("what in my library has similar chords?", "#1", "harmony"),
        ("Find something with the same mood.", "#1", "mood"),
        ("find songs with the same groove as #1", "#1", "rhythm"),
        ("which songs have the same mood as Home?", "#1", "mood"),
    ],
)
def test_likeness_is_asked_in_a_respect(question: str, handle: str, what: str) -> None:
    here = Situation((HOME,), NEW)
    calls = plan(done(understand(question, here), question, here), here)
    assert [(c.tool, dict(c.args)) for c in calls] == [
        ("similar_to", {"track": handle, "what": what})
    ]


def test_what_is_alike_is_told() -> None:
    conversation = talk(RECORDS[1], *RECORDS)
    told = ask(conversation, "find something with similar chords in my library").text
    assert told.startswith('Closest to "Blue Hour" (#1) in harmony:\n• "Standard" (#2)')


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("similar but slower", {"what": "sound", "than": ["slower"]}),
        ("something like this but in a minor key", {"what": "sound", "mode": "minor"}),
        ("find something in the same mood but without vocals", {"what": "mood", "voice": "instrumental"}),
        ("find songs with the same groove as #1 but quieter", {"what": "rhythm", "than": ["quieter"]}),
        ("similar chords but faster and from before 2000", {"what": "harmony", "than": ["faster"], "year_max": 1999}),
    ],
)  # fmt: skip
def test_likeness_is_asked_within_bounds(question: str, args: dict[str, Any]) -> None:
    here = Situation((HOME,), NEW)
    calls = plan(done(understand(question, here), question, here), here)
    assert [(c.tool, dict(c.args)) for c in calls] == [("similar_to", {"track": "#1"} | args)]


def test_bounds_are_added_one_after_the_other() -> None:
    conversation = talk(RECORDS[4], *RECORDS)
    first = ask(conversation, "find songs with the same groove but faster")
    assert first.text.startswith('Try these, faster and closest to "House 5" (#1) in rhythm:')
    assert all(f'"{title}"' in first.text for title in ("Home", "House 6"))
    assert "Blue Hour" not in first.text  # 84 BPM, slower than 115
    both = ask(conversation, "and in a minor key")
    args = both.tool_calls[0]["args"]
    assert (args["what"], args["than"], args["mode"]) == ("rhythm", ["faster"], "minor")
    other = ask(conversation, "songs by Bo").tool_calls
    assert other == ({"name": "search_library", "args": {"artist": "Bo"}},)


def test_what_there_is_and_what_was_heard_is_told(asked: Conversation) -> None:
    told = ask(asked, "what's in my library?").text
    assert told.startswith(
        "Your library holds nine tracks, 27:50 of music, the first five by title:"
    )
    heard = ask(asked, "have you heard Night Train before?").text
    assert heard.startswith('Yes:\n• "Night Train"') and "Home" not in heard
    assert ask(asked, "have you heard Stairway to Heaven?").text.startswith(
        "No, nothing of that name"
    )


def test_what_is_only_near_is_told_as_near() -> None:
    told = ask(talk(*RECORDS), "find me songs that are not by Bo").text
    assert "Blue Hour" not in told and "Home" in told


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ("make me a 30 minute playlist for running from 90 to 140 bpm", {"minutes": 30.0, "start": 90.0, "end": 140.0}),
        ("a one-hour set that builds up", {"minutes": 60.0, "goal": "set that builds up"}),
        ("playlist that starts with #1", {"start": "#1", "goal": "playlist"}),
        ("make a playlist of an hour and a half that ends on this one", {"minutes": 90.0, "end": "#1"}),
    ],
)  # fmt: skip
def test_a_playlist_has_its_length_and_ends(words: str, args: dict[str, Any]) -> None:
    here = Situation((HOME,), NEW)
    assert find(words, here) == (Ask("unsupported", "playlist"),)
    found = playlist_args(words, here)
    assert {name: found.get(name) for name in args} == args


def test_a_playlist_is_told_with_keys_tempi_and_files(asked: Conversation) -> None:
    told = ask(asked, "make me a 12 minute playlist for running from 90 to 140 bpm")
    lines = told.text.splitlines()
    assert lines[0].startswith("A playlist of ") and " in all:" in lines[0]
    steps = [line for line in lines if line.startswith("•")]
    assert len(steps) > 2 and all(" BPM." in step and "or at " in step for step in steps)
    assert ".m3u8" in lines[-1] and ".json" in lines[-1]
    assert not told.declined


@pytest.mark.parametrize("said", ["order these by key", "is it suitable for a calm playlist?"])
def test_what_is_no_wish_for_a_playlist_makes_none(asked: Conversation, said: str) -> None:
    told = ask(asked, said)
    assert "say what for and how long" in told.text and not told.tool_calls


def test_notes_are_kept_and_read() -> None:
    conversation = talk(*RECORDS)
    assert "noted nothing" in ask(conversation, "what did I note about it?").text
    for said, kept in (
        ("remember that this is the demo for Anna", "this is the demo for Anna"),
        ("note: needs a new mix", "needs a new mix"),
        ("I call this the wedding set", "I call this the wedding set"),
    ):
        assert ask(conversation, said).text == f'Noted for "Home" (#1): "{kept}".'
    told = ask(conversation, "what did I note about it?").text
    assert all(text in told for text in ("demo for Anna", "new mix", "wedding set"))
    both = ask(conversation, "Remember that Anna sings here. What key is it in?")
    assert [call["name"] for call in both.tool_calls] == ["note", "key"]
    assert both.tool_calls[0]["args"]["text"] == "Anna sings here."


@pytest.mark.parametrize(
    "question", ["which of my songs are in A minor?", "make me a playlist for running"]
)
def test_an_empty_library_says_so(question: str) -> None:
    assert ask(talk(), question).text.startswith("Your library is empty")


def test_a_note_needs_a_track() -> None:
    assert "None is open" in ask(talk(), "note: needs a new mix").text


@pytest.mark.parametrize(
    "question",
    [
        "what key is it in?",
        "I'm making a running playlist. So what's the bpm of this one?",
        "does it sound like jazz?",
        "what notes are in the chorus?",
        "show me the chords in C minor",
        "give me the first 30 seconds of the vocals",
        "is there anything unusual about the chords?",
        "where does the bass drop out?",
    ],
)
def test_questions_about_a_track_stay_what_they_were(question: str) -> None:
    before, now = (understand(question, Situation((HOME,), tools)) for tools in (OLD, NEW))
    assert done(now, question, Situation((HOME,), NEW)) == before


@pytest.mark.parametrize(
    "question",
    ["make me a playlist", "note: needs a new mix", "find something like this", "songs in D minor"],
)
def test_without_the_tools_nothing_changes(question: str) -> None:
    here = Situation((HOME,), OLD)
    asks = understand(question, here)
    assert find(question, here) == () and done(asks, question, here) == asks


@pytest.mark.parametrize(
    ("head", "tool"),
    [
        (Ask("recall", value="sad"), "search_library"),
        (Ask("recall", "similar", ("#1",)), "similar_to"),
        (Ask("unsupported", "playlist"), "playlist"),
    ],
)
def test_the_heads_of_the_trained_model_become_what_can_be_done(head: Ask, tool: str) -> None:
    here = Situation((HOME,), NEW)
    calls = plan(done((head,), "trauriges, bitte", here), here)
    assert [call.tool for call in calls] == [tool]
    grammar = reading_grammar(NEW, 1)
    name = f"{head.topic}.{head.aspect}" if head.aspect else head.topic
    assert keeps_to(grammar, name)


@pytest.mark.parametrize(
    ("question", "reading", "tool"),
    [
        ("stell mir was zum Laufen zusammen", "unsupported.playlist", "playlist"),
        ("was habe ich, das so klingt?", "recall.similar", "similar_to"),
        ("habe ich was Trauriges?", "recall=sad", "search_library"),
        ("my loudest tracks", "decline.opinion", "search_library"),  # said to the letter
        ("which of my songs are by Bo?", "decline.elsewhere=Bo", "search_library"),
        ("is it loud enough for Spotify?", "moods.has=loud", "loudness"),
    ],
)
def test_what_only_the_net_reads_is_done_too(question: str, reading: str, tool: str) -> None:
    library = RecordedLibrary(RECORDS[:1], RECORDS[1:])
    told = ask(talk_over(library, Spoken({question: reading})), question)
    assert [call["name"] for call in told.tool_calls] == [tool]


@pytest.mark.parametrize(
    "question",
    [
        "which of my songs could follow this one?",
        "which tracks mix well with it?",
        "what could I play after this?",
        "what goes well after #1?",
        "find me a track to play next",
        "what should I mix into after this",
        "suggest something to transition into",
        "what would blend with this one from my library",
        "anything that I can mix with this?",
        "give me the next track for my set",
        "which song in my collection would go with this",
        "what can i drop after this one",
        "what should i play next",
        "which of my tracks are harmonically compatible with this one?",
        "is there something in my library I can mix out of this into?",
        "recommend a tune to mix with Home",
        "any songs that would go well after this one in a set?",
        "what tracks beatmatch with this",
        "I need something to play after this",
        "what to play after this?",
    ],
)
def test_what_can_follow_a_track_is_asked_of_the_library(question: str) -> None:
    situation = Situation((HOME,), NEW)
    asks = done(understand(question, situation), question, situation)
    (call,) = plan(asks, situation)
    assert (call.tool, call.args["what"], call.args["track"]) == ("similar_to", "mix", "#1")


@pytest.mark.parametrize(
    "question",
    [
        "which key mixes with this?",
        "what chord comes after G?",
        "what comes after the chorus?",
        "which section comes next",
        "what happens next",
        "do they mix well together?",
        "would #2 mix with #1?",
        "which notes go with this chord",
        "what scale goes with this",
        "what instruments go with it",
        "which of these two goes better with it",
        "can I play this after Blue Hour?",
        "what should I play over this",
        "which songs use the same chords",
        "what do I play next in the verse",
        "which one would you play first",
        "what key should the next track be in?",
        "do you have anything like it",
        "how well does it mix",
        "can i mix it in with Blue Hour",
    ],
)
def test_what_goes_with_a_chord_or_an_open_track_is_not(question: str) -> None:
    situation = Situation((HOME, OpenTrack("#2", "Blue Hour", "Bo", "2.flac", 200.0)), NEW)
    asks = done(understand(question, situation), question, situation)
    assert all(call.args.get("what") != "mix" for call in plan(asks, situation))


def test_a_dj_is_told_what_mixes_and_why(asked: Conversation) -> None:
    answer = ask(asked, "which of my songs could follow this one?").text
    assert answer.startswith(('To mix with "Home" (#1):', "Nothing in your library"))
