"""Answers of music theory that are computed: intervals, degrees, key signatures, usual tempi."""

from agent.rules import say
from agent.rules.asks import Ask
from agent.rules.say import THEORY
from tools import theory

_INTERVALS = (
    "a unison", "a minor second", "a major second", "a minor third", "a major third", "a perfect fourth", "a tritone",
    "a perfect fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh",
)  # fmt: skip
_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
_PACES = (
    (60.0, "very slow", "largo"), (76.0, "slow", "adagio"), (108.0, "moderate, about a walking pace", "andante"),
    (120.0, "medium", "moderato"), (156.0, "fast", "allegro"), (176.0, "very fast", "vivace"), (float("inf"), "extremely fast", "presto"),
)  # fmt: skip
"""Upper bound in BPM, how it feels, and what a metronome calls it."""
USUAL = {
    "house": "118 to 130", "deep house": "115 to 125", "tech house": "122 to 130", "techno": "125 to 145", "trance": "130 to 145",
    "psytrance": "138 to 148", "drum and bass": "165 to 180", "drum n bass": "165 to 180", "dnb": "165 to 180", "d&b": "165 to 180", "jungle": "160 to 170",
    "dubstep": "138 to 145", "uk garage": "128 to 136", "garage": "128 to 136", "breakbeat": "120 to 140", "hardstyle": "150 to 160",
    "gabber": "160 to 190", "electro": "120 to 135", "synthwave": "80 to 118", "disco": "110 to 125", "funk": "95 to 115", "soul": "70 to 110",
    "hip hop": "80 to 100", "hip-hop": "80 to 100", "rap": "80 to 100", "boom bap": "85 to 95", "trap": "130 to 160", "lo-fi": "70 to 90", "lofi": "70 to 90",
    "r&b": "60 to 90", "rnb": "60 to 90", "reggae": "60 to 90", "dub": "60 to 90", "ska": "110 to 180", "dancehall": "90 to 110", "reggaeton": "88 to 100", "afrobeats": "100 to 120",
    "pop": "100 to 130", "rock": "110 to 140", "punk": "150 to 200", "metal": "100 to 180", "country": "80 to 130", "blues": "60 to 120",
    "jazz": "60 to 300", "swing": "120 to 200", "bebop": "200 to 300", "bossa nova": "110 to 140", "samba": "95 to 105", "salsa": "150 to 220",
    "tango": "110 to 130", "merengue": "120 to 160", "bachata": "110 to 140", "ballads": "60 to 80", "a ballad": "60 to 80", "ballad": "60 to 80", "a march": "110 to 120", "march": "110 to 120",
    "marches": "110 to 120", "viennese waltz": "150 to 180", "slow waltz": "84 to 90", "waltz": "84 to 90", "polka": "110 to 130", "ambient": "60 to 90", "gospel": "60 to 130",
}  # fmt: skip
"""Genre -> BPM as handbooks give it (Snoman, Dance Music Manual, 2019; ballroom: WDSF rules)."""
_SPECIAL = {"dnb": "drum and bass", "d&b": "drum and bass", "drum n bass": "drum and bass", "r&b": "R&B", "rnb": "R&B", "uk garage": "UK garage"}  # fmt: skip
_NOTE_BEATS = {"beat": 1.0, "bar": 4.0, "quarter": 1.0, "crotchet": 1.0, "eighth": 0.5, "quaver": 0.5, "sixteenth": 0.25, "half": 2.0}  # fmt: skip


def answer(ask: Ask) -> str:
    """Return the answer to an ask whose aspect is in `ANSWERS`."""
    return ANSWERS[ask.aspect](ask.value)


def _interval(value: str) -> str:
    low, high = value.split()
    steps = (theory.pitch_class(high) - theory.pitch_class(low)) % 12
    semitones = f"{say.number_word(steps)} semitone{'s' if steps != 1 else ''}" if steps else "the same note"  # fmt: skip
    named = _spelled_interval(low, high) or _INTERVALS[steps]
    return f"From {low} up to {high} is {named}, {semitones}{THEORY}."


def _spelled_interval(low: str, high: str) -> str:
    """Return the tritone by its spelling: C to F# is an augmented fourth, C to Gb a diminished fifth."""
    steps = (theory.pitch_class(high) - theory.pitch_class(low)) % 12
    letters = (ord(high[0]) - ord(low[0])) % 7
    if steps != 6 or letters not in (3, 4):
        return ""
    return f"{'an augmented fourth' if letters == 3 else 'a diminished fifth'} (a tritone)"


def _degree(value: str) -> str:
    number, wanted, tonic, mode = value.split()
    place = int(number)
    home = _usable(tonic, mode)
    note = theory.scale(*home)[place - 1]
    chord = theory.chord_name(theory.diatonic_chords(*home)[place - 1])
    key = f"{home[0]} {home[1]}"
    if wanted == "chord":
        raised = f", often played as {note}7 with the raised leading note" if home[1] == "minor" and place == 5 else ""  # fmt: skip
        return f"The {_NUMERALS[place - 1]} in {key} is {chord}{raised}{THEORY}."
    return f"The {_NTH[place - 1]} of {key} is {note}; the chord on it is {chord}{THEORY}."


def _usable(tonic: str, mode: str) -> tuple[str, str]:
    """Return a key with at most seven accidentals: A# minor stays, G# major becomes Ab major."""
    if theory.signature(tonic, mode) in range(-7, 8):
        return tonic, mode
    return theory.tonic_name(theory.pitch_class(tonic), mode), mode


def _keys_with(value: str) -> str:
    count, kind = value.split()
    fifths = int(count) * (1 if kind == "sharp" else -1)
    keys = [
        (theory.tonic_name(pc, mode), mode) for mode in ("major", "minor") for pc in range(12)
    ] + [("C#", "major"), ("Cb", "major"), ("A#", "minor"), ("Ab", "minor"), ("F#", "major"), ("Gb", "major"), ("D#", "minor"), ("Eb", "minor")]  # fmt: skip
    named = [f"{t} {m}" for t, m in dict.fromkeys(keys) if theory.signature(t, m) == fifths]
    signs = "no sharps or flats" if not fifths else f"{say.number_word(int(count))} {kind}{'s' if int(count) > 1 else ''}"  # fmt: skip
    return f"{say.join(named)} {'have' if len(named) > 1 else 'has'} {signs}{THEORY}."


def _of_code(value: str) -> str:
    for mode in ("major", "minor"):
        for pc in range(12):
            tonic = theory.tonic_name(pc, mode)
            if theory.camelot(tonic, mode).upper() == value:
                return f"{value} on the Camelot wheel is {tonic} {mode}{THEORY}."
    return f"There is no {value} on the Camelot wheel: it runs from 1A and 1B to 12A and 12B{THEORY}."  # fmt: skip


def _same_note(value: str) -> str:
    one, other = value.split()
    if theory.pitch_class(one) == theory.pitch_class(other):
        return f"Yes, {one} and {other} are the same key on a piano, written in two ways: they are enharmonic{THEORY}."  # fmt: skip
    return f"No, {one} and {other} are different notes{THEORY}."


def _pace(value: str) -> str:
    bpm, _, asked = value.partition(" ")
    feel, name = next((f, n) for bound, f, n in _PACES if float(bpm) < bound)
    start = ""
    if asked in ("slow", "fast", "quick"):
        fast = "fast" in feel
        fits = fast if asked != "slow" else "slow" in feel
        start = "Yes, " if fits else "Not really: " if not fast and "slow" not in feel else "No, "
    return f"{start}{bpm} BPM is {feel}; a metronome calls it {name}{THEORY}."


def _length_at(value: str) -> str:
    bpm, what = value.split()
    seconds = 60.0 / float(bpm) * _NOTE_BEATS[what]
    note = what if what in ("beat", "bar", "crotchet", "quaver") else f"{what} note"
    of_four = " of 4/4" if what == "bar" else ""
    told = f"{seconds:.2f} seconds" if seconds >= 1 else f"{1000 * seconds:.0f} milliseconds"
    return f"At {bpm} BPM {say.article(note)}{of_four} lasts {told}{THEORY}."


def _usual_tempo(value: str) -> str:
    name = _SPECIAL.get(value, value)
    return f"{name[0].upper()}{name[1:]} usually goes at {USUAL[value]} BPM{THEORY}."


ANSWERS = {
    "interval": _interval, "degree": _degree, "keys with": _keys_with, "of code": _of_code, "same note": _same_note,
    "pace": _pace, "length at": _length_at, "usual tempo": _usual_tempo,
}  # fmt: skip
"""Aspect of the topic ``theory`` -> what answers it, from its value."""
