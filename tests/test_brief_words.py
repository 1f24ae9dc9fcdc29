"""What is read out of the words of a commission: a table of requests, and properties."""

import itertools
from typing import Any

import pytest

from agent.generation.brief_words import BriefError, Wish, read_brief
from tools.chord_names import chord_label
from tools.composing.brief import METERS, MOODS, STYLES, Brief
from tools.conventions import TONICS
from tools.theory import QUALITIES, chord_name, parse_chord

QUARTET = ("violin", "second violin", "viola", "cello")
BLUES_IN_E = tuple(f"{root}:7" for root in "EAEEAAEEBAEB")

# what is asked -> the fields of the brief that are no default, the words that were not taken in
TABLE: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    # the four of the issue
    ("a slow melancholic piano piece in D minor, 3/4",
     {"bpm": 68.0, "mood": "sad", "instruments": ("piano",), "tonic": "D", "mode": "minor", "meter": "3/4"}, ()),
    ("upbeat funk with slap bass at 110",
     {"mood": "energetic", "style": "funk", "bpm": 110.0,
      "instruments": ("sax", "slap bass", "electric guitar", "drums")}, ()),
    ("like #2 but happier", {"mood": "happy"}, ()),
    ("eight bars over Dm7 G7 Cmaj7", {"bars": 8, "chords": ("D:min7", "G:7", "C:maj7")}, ()),
    # keys
    ("in F#m", {"tonic": "F#", "mode": "minor"}, ()),
    ("something in d minor", {"tonic": "D", "mode": "minor"}, ()),
    ("Piano in D MINOR", {"tonic": "D", "mode": "minor", "instruments": ("piano",)}, ()),
    ("a song in a minor", {"tonic": "A", "mode": "minor"}, ()),
    ("a lullaby in a minor at 80 bpm", {"tonic": "A", "mode": "minor", "bpm": 80.0, "style": "lullaby"}, ()),
    ("A minor", {"tonic": "A", "mode": "minor"}, ()),
    ("a minor waltz", {"mode": "minor", "style": "waltz", "meter": "3/4"}, ()),
    ("techno in a minor key", {"mode": "minor", "style": "techno"}, ()),
    ("a tune in E flat major", {"tonic": "Eb", "mode": "major"}, ()),
    ("a tune in B♭", {"tonic": "Bb"}, ()),
    ("rock in e", {"tonic": "E", "style": "rock"}, ()),
    ("in h-Moll", {"tonic": "B", "mode": "minor"}, ()),
    ("in B-Dur", {"tonic": "Bb", "mode": "major"}, ()),
    ("in Es-Dur, 3/4", {"tonic": "Eb", "mode": "major", "meter": "3/4"}, ()),
    ("en fa dièse mineur", {"tonic": "F#", "mode": "minor"}, ()),
    ("something in D dorian", {"tonic": "D", "mode": "minor"}, ()),
    ("in Cb major", {"tonic": "B", "mode": "major"}, ()),
    # meters
    ("in 5, allegro", {"meter": "5/4", "bpm": 138.0}, ()),
    ("16 bars of reggae in six eight", {"bars": 16, "style": "reggae", "meter": "6/8"}, ()),
    ("three four time, C minor", {"meter": "3/4", "tonic": "C", "mode": "minor"}, ()),
    ("a tune in 7/8 at 210 bpm", {"meter": "7/8", "bpm": 210.0}, ()),
    ("a quick jig", {"meter": "6/8", "style": "folk", "bpm": 90.0}, ()),
    ("5 bars in 5/4", {"bars": 5, "meter": "5/4"}, ()),
    ("a jazz waltz", {"meter": "3/4", "style": "jazz"}, ()),
    # tempo
    ("with a tempo of 72", {"bpm": 72.0}, ()),
    ("♩=96", {"bpm": 96.0}, ()),
    ("techno at 125 to 135 bpm", {"style": "techno", "bpm": 130.0}, ()),
    ("fa mineur, adagio", {"tonic": "F", "mode": "minor", "bpm": 68.0}, ()),
    ("not too fast, in C", {"bpm": 104.0, "tonic": "C"}, ()),
    ("a very slow waltz", {"bpm": 86.0, "style": "waltz", "meter": "3/4"}, ()),
    ("a slow blues in 12/8", {"bpm": 44.0, "style": "blues", "meter": "12/8"}, ()),
    # chords
    ("ii-V-I in Bb", {"tonic": "Bb", "mode": "major", "chords": ("C:min7", "F:7", "Bb:maj7")}, ()),
    ("2-5-1 in Eb", {"tonic": "Eb", "mode": "major", "chords": ("F:min7", "Bb:7", "Eb:maj7")}, ()),
    ("12-bar blues in E",
     {"tonic": "E", "mode": "major", "style": "blues", "chords": BLUES_IN_E}, ()),
    ("chord progression I-V-vi-IV in G",
     {"tonic": "G", "mode": "major", "chords": ("G:maj", "D:maj", "E:min", "C:maj")}, ()),
    ("I I IV V in C",
     {"tonic": "C", "mode": "major", "chords": ("C:maj", "C:maj", "F:maj", "G:maj")}, ()),
    ("i VI III VII in A minor at 100",
     {"tonic": "A", "mode": "minor", "bpm": 100.0, "chords": ("A:min", "F:maj", "C:maj", "G:maj")}, ()),
    ("Am F C G at 90 bpm in 4/4",
     {"chords": ("A:min", "F:maj", "C:maj", "G:maj"), "bpm": 90.0, "meter": "4/4"}, ()),
    ("Cmaj7 | Dm7 G7",
     {"chords": ("C:maj7", "C:maj7", "D:min7", "G:7"), "chord_bars": 0.5}, ()),
    ("over C minor, F minor and G major", {"chords": ("C:min", "F:min", "G:maj")}, ()),
    ("chords: C#m7b5 F#7b9 Bm(maj7) E/G#",
     {"chords": ("C#:hdim7", "F#:7(b9)", "B:minmaj7", "E:maj/3")}, ()),
    ("Eb7#9 vamp", {"chords": ("Eb:7(#9)",)}, ()),
    ("over dm7 g7 cmaj7, two bars each",
     {"chords": ("D:min7", "G:7", "C:maj7"), "chord_bars": 2.0}, ()),
    # players
    ("for string quartet, 30 seconds", {"instruments": QUARTET, "seconds": 30.0}, ()),
    ("pop with a piano melody",
     {"style": "pop", "instruments": ("piano", "acoustic guitar", "bass", "drums")}, ()),
    ("jazz with sax", {"style": "jazz", "instruments": ("sax", "piano", "acoustic bass", "drums")}, ()),
    ("a jazz trio in F", {"style": None, "tonic": "F", "instruments": ("piano", "acoustic bass", "drums")}, ()),
    ("techno without drums", {"style": "techno", "without": ("drums",)}, ()),
    ("rock, no guitars or vocals", {"style": "rock", "without": ("guitar", "voice")}, ()),
    ("a fast country song with banjo and fiddle but no drums",
     {"style": "country", "bpm": 138.0, "instruments": ("banjo", "fiddle", "bass"), "without": ("drums",)}, ()),
    ("very sad cello solo", {"mood": "sad", "instruments": ("cello",)}, ()),
    ("drums only", {"instruments": ("drums",)}, ()),
    ("drum and bass", {"style": "electronic"}, ()),
    ("ukulele song in C", {"tonic": "C", "instruments": ("classical guitar",)}, ()),
    ("electric guitar riff in E minor",
     {"tonic": "E", "mode": "minor", "instruments": ("electric guitar",)}, ()),
    ("a bossa nova with kazoo", {"style": "latin"}, ("kazoo",)),
    # length and form
    ("two minute rock song, verse chorus, no guitars",
     {"seconds": 120.0, "style": "rock", "form": "verse-chorus", "without": ("guitar",)}, ()),
    ("a minute and a half of calm ambient", {"seconds": 90.0, "mood": "calm", "style": "ambient"}, ()),
    ("1 minute 30 seconds of rock", {"seconds": 90.0, "style": "rock"}, ()),
    ("half a minute of pop", {"seconds": 30.0, "style": "pop"}, ()),
    ("a 12 bar piece in C", {"bars": 12, "tonic": "C"}, ()),
    ("twenty-four bars in ABA form", {"bars": 24, "form": "ABA"}, ()),
    ("AABA tune in G for flute and harp",
     {"form": "AABA", "tonic": "G", "instruments": ("flute", "harp")}, ()),
    ("write a four-bar loop over C G Am F",
     {"bars": 4, "form": "loop", "chords": ("C:maj", "G:maj", "A:min", "F:maj")}, ()),
    # style, mood, the rest
    ("playful piece in C for piccolo and bassoon, 20 s",
     {"mood": "playful", "tonic": "C", "instruments": ("piccolo", "bassoon"), "seconds": 20.0}, ()),
    ("hip-hop around 90 bpm", {"style": "hip hop", "bpm": 90.0}, ()),
    ("folk rock in A", {"style": "rock", "tonic": "A"}, ("folk",)),
    ("90s rock", {"style": "rock"}, ("90s",)),
    ("not sad", {}, ("not sad",)),
    ("a sparse march", {"density": 0.2, "style": "march"}, ()),
    ('called "Rain on Tin", seed 42', {"title": "Rain on Tin", "seed": 42}, ()),
    ("a song about my dog in C major", {"tonic": "C", "mode": "major"}, ("dog",)),
    ("rock with lyrics about the sea", {"style": "rock"}, ("lyrics", "sea")),
    ("please make me some music", {}, ()),
]  # fmt: skip


def chosen(wish: Wish) -> dict[str, Any]:
    """Return the fields of a brief that are not its defaults."""
    default = vars(Brief())
    brief = {name: value for name, value in vars(wish.brief).items() if name != "description"}
    return {name: value for name, value in brief.items() if value != default[name]}


@pytest.mark.parametrize(("text", "fields", "unheard"), TABLE, ids=[row[0] for row in TABLE])
def test_a_request_becomes_a_brief(
    text: str, fields: dict[str, Any], unheard: tuple[str, ...]
) -> None:
    wish = read_brief(text)
    assert chosen(wish) == {name: value for name, value in fields.items() if value is not None}
    assert wish.unheard == unheard
    assert wish.brief.description == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("something in C major or A minor", "C major and A minor"),
        ("a piece at 300 bpm", "from 30 to 280 beats a minute, not 300"),
        ("a piece at 90 bpm and 120 bpm", "one tempo, not 90 and 120"),
        ("a piece of 0 seconds", "from 2 to 600 seconds, not 0"),
        ("an hour of ambient", "not 3600"),
        ("0 bars of jazz", "from 1 to 400 whole bars, not 0"),
        ("30 seconds, 2 minutes", "one length, not 30 and 120 seconds"),
        ("in 11/8", "11/8; take one of 2/4"),
        ("in 3/4 and 7/8", "one meter, not in 3/4 and 7/8"),
        ("over Dm7 H7", "'H7' is no chord"),
        ("I-I-I in C", "no progression of 2 to 32 chords"),
        ("x" * 3000, "at most 2000 characters"),
    ],
)
def test_what_cannot_be_composed_is_told_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(BriefError, match=told):
        read_brief(text)


def test_any_key_tempo_and_meter_comes_back() -> None:
    combined = itertools.product(TONICS, ("major", "minor"), METERS)
    for k, (tonic, mode, meter) in enumerate(combined):
        bpm, bars = 40 + 7 * k % 200, 1 + k % 64
        for text in (
            f"{bars} bars in {tonic} {mode}, {meter}, at {bpm} bpm",
            f"a piece at {bpm} in {meter} and {tonic} {mode} with {bars} bars",
            f"{meter} time; {tonic.lower()} {mode}; tempo {bpm}; {bars} measures",
        ):
            if tonic == "A" and "; a " in text:
                continue  # "a minor" alone is no key in small letters
            wish = read_brief(text)
            brief = wish.brief
            assert (brief.tonic, brief.mode, brief.meter) == (tonic, mode, meter), text
            assert (brief.bpm, brief.bars) == (bpm, bars), text
            assert wish.asked == {
                "key": f"{tonic} {mode}",
                "meter": meter,
                "bpm": bpm,
                "bars": bars,
            }
            assert not wish.unheard, text


def test_every_style_and_mood_is_known_by_its_name() -> None:
    for style in STYLES:
        wish = read_brief(f"some {style} in G")
        assert (wish.brief.style, wish.unheard, wish.notes) == (style, (), ())
    for mood in MOODS:
        wish = read_brief(f"a {mood} piece")
        assert (wish.brief.mood, wish.unheard) == (mood, ())


def test_a_chord_name_is_read_as_it_is_written() -> None:
    for root, quality in itertools.product(("C", "F#", "Bb"), filter(None, QUALITIES)):
        label = f"{root}:{quality}"
        if quality == "1":  # nobody writes a chord of one note as a name
            continue
        assert chord_label(chord_name(label)) == label
        assert chord_label(label) == label
    for root, bass in itertools.product(("C", "D", "Ab", "F#"), ("E", "G", "Bb", "C#")):
        chord = parse_chord(chord_label(f"{root}m7/{bass}"))
        assert parse_chord(chord_label(chord_name(f"{root}:min7/b3"))).inversion == "b3"
        assert chord.bass == bass
    with pytest.raises(ValueError, match="'H7' is no chord"):
        chord_label("H7")


def test_what_is_given_beside_the_words_counts_more() -> None:
    wish = read_brief(
        "a slow rock song in C major or A minor", key="F# minor", bpm=97, chords="F#m D A E",
        instruments="piano, flute", seconds=None, style="bossa nova", mood="cheerful", seed=9,
    )  # fmt: skip
    brief = wish.brief
    assert (brief.tonic, brief.mode, brief.bpm, brief.seed) == ("F#", "minor", 97.0, 9)
    assert brief.chords == ("F#:min", "D:maj", "A:maj", "E:maj")
    assert brief.instruments == ("piano", "flute")
    assert (brief.style, brief.mood, brief.seconds) == ("latin", "happy", None)
    assert any("latin is the nearest" in note for note in wish.notes)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"key": "H flat"}, "no key"),
        ({"bpm": 1000}, "from 30 to 280"),
        ({"bpm": "quick"}, "no number"),
        ({"instruments": "kazoo"}, "no instrument 'kazoo'"),
        ({"meter": "13/8"}, "13/8"),
        ({"style": "yodelling"}, "'yodelling'"),
        ({"mood": "purple"}, "'purple'"),
        ({"form": "rondo"}, "'rondo'"),
        ({"chords": "Dm7 Q9"}, "'Q9' is no chord"),
        ({"chords": ["X:foo"]}, "chord"),
    ],
)
def test_what_is_given_and_cannot_be_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BriefError, match=told):
        read_brief("a tune", **given)


def test_what_is_taken_otherwise_than_said_is_told() -> None:
    assert "latin is the nearest" in read_brief("a tango").notes[0]
    assert "classical guitar stands in" in read_brief("for ukulele").notes[0]
    assert "so they are in C" in read_brief("ii-V-I").notes[0]
    assert "sings without words" in read_brief("for voice").notes[0]
    assert "the middle is taken" in read_brief("at 100 to 110 bpm").notes[0]
    assert read_brief("a piano piece in C").notes == ()


def test_only_what_was_asked_for_counts_as_asked() -> None:
    wish = read_brief("upbeat funk with slap bass, slow, for a minute")
    assert wish.asked == {
        "mood": "energetic", "style": "funk", "instruments": ("slap bass",), "pace": "slow",
        "seconds": 60.0,
    }  # fmt: skip
    assert read_brief("like #2 but happier").like == "#2"
    assert read_brief("something like this one, in G").like == "this"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 12 bar blues in A, 100bpm, shuffle", {"bpm": 100.0, "style": "blues"}),
        ("calm ambient pads for a yoga video, no drums", {"style": "ambient", "bpm": None}),
        ("a happy jingle for my podcast intro", {"seconds": 10.0}),
        ("a short jingle, 15 seconds", {"seconds": 15.0}),
        ("trap beat, 140, dark", {"bpm": 140.0}),
        ("a chill hip hop beat around 85", {"bpm": 85.0}),
        ("rock, about 90 seconds", {"bpm": None, "seconds": 90.0}),
    ],
)
def test_what_a_piece_is_for_is_heard(text: str, expected: dict[str, Any]) -> None:
    wish = read_brief(text)
    assert {name: getattr(wish.brief, name) for name in expected} == expected
    assert wish.unheard == ()
