"""Tokens: a score as a row of words that a network can read and write.

A piece opens with what it is, then goes bar by bar, and in a bar place by place::

    begin, style folk, mode minor, meter 6/8, tempo fast, density middle,
    bar, pos 0, chord 0 min, tune 69, dur 12, pos 12, tune 71, dur 6, ...
    ..., bar last, pos 0, chord 0 min, tune 69, dur 36, end

* Keys are normalised: all major is C, all minor A, so a chord's root counts from the tonic and a
  pitch is the MIDI number it has in C major or A minor. `home_shift` says how far a key is moved.
* ``pos`` and ``dur`` count ticks, `TICKS` a quarter note; places of a bar ascend.
* At one place the chord comes first (only where it changes or a piece begins), then the voices
  from the highest to the lowest, each note with its duration.
* A bar says how many are left once they are few, so that a net hears the end coming; an upbeat is
  a bar of its own whose notes come late.

Like REMI (Huang and Yang, 2020) in its bars and places; the parts are in the pitch words, which
makes the rows a third shorter than a word of their own would.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tools.composing.brief import METERS
from tools.composing.meters import METER
from tools.composing.score import Score, ScoreChord, ScoreNote, ScorePart, ScoreSection
from tools.conventions import check
from tools.theory import parse_chord, pitch_class, spell

TICKS = 12
"""Ticks of a quarter note: sixteenths and triplets of eighths fall on them."""
STYLES = ("chorale", "folk")
MODES = ("major", "minor")
TEMPOS = ("unknown", "slow", "middle", "fast")
DENSITIES = ("sparse", "middle", "busy")
LEFT = ("bar", "bar third last", "bar second last", "bar last", "bar upbeat")
"""Words that begin a bar."""
DURATIONS = (1, 2, 3, 4, 6, 8, 9, 12, 15, 16, 18, 21, 24, 27, 30, 36, 42, 48, 54, 60, 72, 96)
QUALITIES = ("maj", "min", "dim", "aug", "7", "min7", "maj7", "hdim7", "dim7", "sus4")
VOICES: Mapping[str, tuple[int, int]] = {
    "tune": (43, 98), "soprano": (53, 86), "alto": (46, 80), "tenor": (38, 74), "bass": (29, 67),
}  # fmt: skip
"""Part -> lowest and highest pitch that has a word, in C major or A minor."""
CHORALE = ("soprano", "alto", "tenor", "bass")

_LONGEST_BAR = max(round(meter.bar * TICKS) for meter in METER.values())
_KIN = {
    "": "maj", "1": "maj", "5": "maj", "maj6": "maj", "min6": "min", "9": "7", "11": "7",
    "13": "7", "aug7": "aug", "sus2": "sus4", "minmaj7": "min", "min9": "min7", "min11": "min7",
    "min13": "min7", "maj9": "maj7", "maj13": "maj7",
}  # fmt: skip

WORDS: tuple[str, ...] = (
    "pad", "begin", "end",
    *(f"style {name}" for name in STYLES),
    *(f"mode {name}" for name in MODES),
    *(f"meter {name}" for name in METERS),
    *(f"tempo {name}" for name in TEMPOS),
    *(f"density {name}" for name in DENSITIES),
    *LEFT,
    *(f"pos {tick}" for tick in range(_LONGEST_BAR)),
    *(f"chord {root} {quality}" for root in range(12) for quality in QUALITIES),
    "chord none",
    *(f"dur {ticks}" for ticks in DURATIONS),
    *(f"{v} {p}" for v, (low, high) in VOICES.items() for p in range(low, high + 1)),
)  # fmt: skip
"""The vocabulary: a token is a place in it."""
TOKEN: Mapping[str, int] = {word: number for number, word in enumerate(WORDS)}
PAD, BEGIN, END = 0, 1, 2
HEADER = 6
"""Tokens before the first bar."""


@dataclass(frozen=True)
class Heading:
    """What a piece is, as its first tokens say."""

    style: str
    mode: str
    meter: str
    tempo: str = "unknown"
    density: str = "middle"

    def __post_init__(self) -> None:
        for value, known in (
            (self.style, STYLES),
            (self.mode, MODES),
            (self.meter, METERS),
            (self.tempo, TEMPOS),
            (self.density, DENSITIES),
        ):
            check(value in known, f"{value!r} is not one of {', '.join(known)}")

    def tokens(self) -> list[int]:
        """Return the tokens that open the piece."""
        said = (
            f"style {self.style}",
            f"mode {self.mode}",
            f"meter {self.meter}",
            f"tempo {self.tempo}",
            f"density {self.density}",
        )
        return [BEGIN, *(TOKEN[word] for word in said)]


def home_shift(tonic: str, mode: str) -> int:
    """Return the semitones from C major or A minor up (to 6) or down (to -5) to a key."""
    home = 0 if mode == "major" else 9
    return (pitch_class(tonic) - home + 5) % 12 - 5


def tempo_class(quarters: float) -> str:
    """Return the word for a tempo in quarter notes a minute."""
    return "slow" if quarters < 80 else "middle" if quarters < 130 else "fast"


def density_class(style: str, notes_per_quarter: float) -> str:
    """Return the word for how many notes the tune has; thirds of the corpus of each style."""
    low, high = (0.85, 0.96) if style == "chorale" else (1.7, 1.9)
    if notes_per_quarter < low:
        return "sparse"
    return "middle" if notes_per_quarter < high else "busy"


# ---- writing ------------------------------------------------------------------------------------


def encode(score: Score, style: str, tempo: str = "unknown", has_upbeat: bool = False) -> list[int]:
    """Return the tokens of a score.

    Parameters
    ----------
    score : its parts are named as `VOICES`; others are left out
    style, tempo : of `STYLES`, `TEMPOS`
    has_upbeat : whether the first bar is one, its notes at its end

    Raises
    ------
    AnnotationError
        If a pitch has no word, being too high or too low once the key is normalised.
    """
    bar = round(score.bar * TICKS)
    events = _events(score)
    last = max((tick for tick in events), default=0) // bar
    heading = Heading(style, score.mode, score.meter, tempo, density_class(style, _rate(score)))
    row = heading.tokens()
    for number in range(last + 1):
        row.append(bar_token(number, last + 1, has_upbeat))
        for tick in range(number * bar, (number + 1) * bar):
            if tick in events:
                row += [TOKEN[f"pos {tick - number * bar}"], *events[tick]]
    return [*row, END]


def bar_token(number: int, bars: int, has_upbeat: bool = False) -> int:
    """Return the token that begins a bar, counted from 0."""
    if number == 0 and has_upbeat:
        return TOKEN["bar upbeat"]
    return TOKEN[
        {1: "bar last", 2: "bar second last", 3: "bar third last"}.get(bars - number, "bar")
    ]


def chord_token(label: str, tonic: str) -> int:
    """Return the token of a Harte label in a key; richer chords by their nearest kin."""
    if label in ("N", "X"):
        return TOKEN["chord none"]
    chord = parse_chord(label)
    quality = _KIN.get(chord.quality, chord.quality)
    if not chord.quality and chord.third == 3:
        quality = "min"
    return TOKEN[f"chord {(chord.root_pc - pitch_class(tonic)) % 12} {quality}"]


def nearest_duration(ticks: float) -> int:
    """Return the duration that has a word and is nearest."""
    return min(DURATIONS, key=lambda known: abs(known - ticks))


def _rate(score: Score) -> float:
    """Return the notes per quarter of the highest part."""
    notes = next((part.notes for name in VOICES for part in score.parts if part.name == name), ())
    return len(notes) / max(score.length, 1.0)


def _events(score: Score) -> dict[int, list[int]]:
    """Return what begins at each tick: chords first, then notes from the top part down."""
    shift = home_shift(score.tonic, score.mode)
    events: dict[int, list[int]] = defaultdict(list)
    for chord in score.chords:
        events[round(chord.start * TICKS)] = [chord_token(chord.label, score.tonic)]
    parts = {part.name: part for part in score.parts}
    for name, (low, high) in VOICES.items():
        for note in parts[name].notes if name in parts else ():
            pitch = note.pitch - shift
            check(low <= pitch <= high, f"{name} {note.pitch} is beyond {low} to {high} once in C")
            length = nearest_duration(note.duration * TICKS)
            events[round(note.start * TICKS)] += [TOKEN[f"{name} {pitch}"], TOKEN[f"dur {length}"]]
    return events


# ---- reading ------------------------------------------------------------------------------------


def decode(
    row: Sequence[int], tonic: str, bpm: float, composer: str = "tokens", octaves: int = 0
) -> Score:
    """Return the score that tokens say, in a key.

    Parameters
    ----------
    row : as `encode` writes them; the closing ``end`` may be missing
    tonic : the tonic to move to; the mode is the tokens'
    octaves : how far to move the notes besides

    Raises
    ------
    AnnotationError
        If the tokens are no piece: another order, or a heading cut short.
    """
    heading = _heading(row)
    bar = METER[heading.meter].bar
    shift = home_shift(tonic, heading.mode) + 12 * octaves
    notes: dict[str, list[ScoreNote]] = defaultdict(list)
    starts: list[tuple[float, str]] = []
    bars, place = 0, 0.0
    words = [WORDS[token] for token in row[HEADER:]]
    for number, word in enumerate(words):
        kind, _, rest = word.partition(" ")
        if kind == "bar" and word in LEFT:
            bars += 1
        elif kind == "pos":
            check(bars > 0, "the tokens place a note before the first bar")
            place = (bars - 1) * bar + int(rest) / TICKS
        elif kind == "chord":
            starts.append((place, _label(rest, tonic, heading.mode)))
        elif kind in VOICES:
            following = words[number + 1] if number + 1 < len(words) else ""
            check(following.startswith("dur "), f"the tokens give {word!r} no duration")
            length = int(following[4:]) / TICKS
            velocity = _velocity(kind, heading.meter, place % bar)
            notes[kind].append(ScoreNote(place, length, int(rest) + shift, velocity))
    length = bars * bar
    return Score(
        tonic, heading.mode, bpm, heading.meter,
        tuple(ScorePart(name, _PLAYER[name], tuple(notes[name])) for name in VOICES if notes[name]),
        _chords(starts, length), (ScoreSection(0.0, length, "A"),) if bars else (), composer,
    )  # fmt: skip


_PLAYER = {name: "choir" for name in CHORALE} | {"tune": "flute"}


def _heading(row: Sequence[int]) -> Heading:
    words = [WORDS[token] for token in row[:HEADER]]
    kinds = [word.partition(" ")[0] for word in words]
    wanted = ["begin", "style", "mode", "meter", "tempo", "density"]
    check(kinds == wanted, f"tokens of a piece begin {', '.join(wanted)}, not {', '.join(kinds)}")
    return Heading(*(word.partition(" ")[2] for word in words[1:]))


def _label(rest: str, tonic: str, mode: str) -> str:
    if rest == "none":
        return "N"
    root, quality = rest.split()
    return f"{spell((int(root) + pitch_class(tonic)) % 12, tonic, mode)}:{quality}"


_TUNE, _SUNG = (66, 72, 80, 92), (58, 64, 60, 104)
"""Velocities by weight; choirs begin softly, so that only a plain accent tells 4/4 from 2/4."""


def _velocity(voice: str, meter: str, place: float) -> int:
    """Return a velocity by the weight of a place in the bar; inner voices step back."""
    inner = 6 if voice in ("alto", "tenor") else 0
    return (_TUNE if voice == "tune" else _SUNG)[METER[meter].weight_at(place)] - inner


def _chords(starts: Sequence[tuple[float, str]], length: float) -> tuple[ScoreChord, ...]:
    """Return chords that each last until the next one of another name."""
    changed = [s for k, s in enumerate(starts) if k == 0 or s[1] != starts[k - 1][1]]
    found = [ScoreChord(start, 1.0, label) for start, label in changed if start < length]
    ends = [*(chord.start for chord in found[1:]), length]
    return tuple(
        replace(chord, duration=end - chord.start) for chord, end in zip(found, ends, strict=True)
    )
