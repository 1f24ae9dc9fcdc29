"""Chords: phrases of each grammar as Roman numerals, varied by substitution, ended by a cadence.

A bar is a word of a phrase; ``-`` parts two chords of one bar. A section opens with a phrase that
states the tonic and is answered by others; the last phrase of the piece closes with a cadence on
the tonic. Substitutions keep the function of a chord (Riemann, 1893): the chord a third away.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from tools.composing.score import ScoreChord
from tools.theory import KEY_PROFILES, parse_chord, pitch_class, spell, tonic_name

Phrases = Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]

PHRASES: Mapping[str, Phrases] = {
    "pop": {
        "major": (
            ("I V vi IV", "I vi IV V", "I IV vi V", "I IV I V", "I iii IV V"),
            ("IV I ii V", "vi IV I V", "IV V I vi", "ii V I IV"),
            ("IV I V I", "ii IV V I", "I IV V I", "vi IV V I"),
        ),
        "minor": (
            ("i VI iv V", "i iv i V", "i VII VI V", "i iv VI V", "i VI i V"),
            ("iv i VI V", "VI VII i V", "iv V i VI"),
            ("i iv V i", "VI iv V i", "iv i V i"),
        ),
    },
    "folk": {
        "major": (
            ("I I IV I", "I IV I V", "I I V I", "I vi IV V", "I IV V I"),
            ("IV I V I", "IV I ii V", "vi IV I V", "IV I V I"),
            ("I IV V I", "IV I V I", "I ii V I", "I V7 V7 I"),
        ),
        "minor": (
            ("i i iv i", "i iv i V", "i V i V", "i VI iv V"),
            ("iv i V i", "VI III iv V", "iv i V V"),
            ("i iv V i", "iv i V i", "i V7 V7 i"),
        ),
    },
    "classical": {
        "major": (
            ("I V7 I V", "I IV V7 I", "I ii6 V7 I", "I V I6 V"),
            ("vi ii V I", "IV I6 ii6 V", "I6 IV V7 vi", "V7 I V7 I"),
            ("IV I6-ii6 V7 I", "I-IV ii6 V7 I", "vi-ii6 I64 V7 I"),
        ),
        "minor": (
            ("i V7 i V", "i iv V7 i", "i iiø65 V7 i"),
            ("VI iv V i", "iv i6 iiø65 V", "III iv V7 i"),
            ("iv i6-iv V7 i", "i-iv iiø65 V7 i", "VI-iv i64 V7 i"),
        ),
    },
    "jazz": {
        "major": (
            ("Imaj7 vi7 ii7 V7", "Imaj7 ii7-V7 Imaj7 V7", "Imaj7 IVmaj7 ii7 V7"),
            ("ii7 V7 Imaj7 vi7", "IVmaj7 ii7 iii7 vi7", "vi7 ii7 V7 Imaj7"),
            ("ii7 V7 Imaj7 Imaj7", "vi7 ii7 V7 Imaj7", "iii7-vi7 ii7 V7 I6"),
        ),
        "minor": (
            ("i7 iv7 iiø V7", "i7 iiø-V7 i7 V7", "i7 VImaj7 iiø V7"),
            ("iv7 i7 iiø V7", "VImaj7 iv7 iiø V7", "iv7 V7 i7 VImaj7"),
            ("iiø V7 i7 i7", "VImaj7 iiø V7 i7", "iv7 iiø V7 i6"),
        ),
    },
    "blues": {
        "major": (("I7 IV7 I7 I7", "I7 I7 I7 I7"), ("IV7 IV7 I7 I7",), ("V7 IV7 I7 I7",)),
        "minor": (("i7 iv7 i7 i7", "i7 i7 i7 i7"), ("iv7 iv7 i7 i7",), ("VI7 V7 i7 i7",)),
    },
    "funk": {
        "major": (
            ("I9 I9 IV9 I9", "I9 IV9 I9 V7", "I9 I9 ii7 V7"),
            ("IV9 I9 ii7 V7", "IV9 IV9 I9 V7"),
            ("ii7 V7 I9 I9", "IV9 V7 I9 I9"),
        ),
        "minor": (
            ("i7 i7 iv7 i7", "i7 iv7 i7 V7", "i9 i9 iv7 V7"),
            ("iv7 i7 iv7 V7", "VImaj7 iv7 V7 i7"),
            ("iv7 V7 i7 i7", "iiø V7 i7 i7"),
        ),
    },
    "ambient": {
        "major": (
            ("Imaj7 IVmaj7 Imaj7 vi7", "I IVmaj7 I V", "Imaj7 iii7 IVmaj7 V"),
            ("IVmaj7 I ii7 V", "vi7 IVmaj7 I V"),
            ("IVmaj7 V I I", "ii7 V Imaj7 I"),
        ),
        "minor": (
            ("i7 VImaj7 i7 iv7", "i iv7 i VImaj7"),
            ("iv7 i7 VImaj7 V", "VImaj7 iv7 i7 V"),
            ("iv7 V i i", "VImaj7 V i i"),
        ),
    },
}
"""Grammar -> mode -> phrases that open, that go on, that close."""

SUBSTITUTES = {"IV": "ii", "ii": "IV", "vi": "IV", "iv": "VI", "IVmaj7": "ii7", "VImaj7": "iv7"}
"""A chord and one of the same function."""
SUBSTITUTED = 0.15
"""The share of chords that are."""

_NUMERAL = re.compile(r"(?P<degree>[iIvV]+)(?P<figure>.*)")
_DEGREES = ("i", "ii", "iii", "iv", "v", "vi", "vii")
_STEPS = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_QUALITY = {  # figure -> of an upper-case numeral, of a lower-case one
    "": ("maj", "min"), "7": ("7", "min7"), "maj7": ("maj7", "minmaj7"), "9": ("9", "min9"),
    "ø": ("hdim7", "hdim7"), "6": ("maj/3", "min/b3"), "64": ("maj/5", "min/5"),
    "ø65": ("hdim7/b3", "hdim7/b3"), "add6": ("maj6", "min6"),
}  # fmt: skip


def chord_of(numeral: str, tonic: str, mode: str, sixths: bool = False) -> str:
    """Return the Harte label of a numeral such as ``"V7"``; the 6 of jazz is an added sixth."""
    found = _NUMERAL.fullmatch(numeral)
    if found is None:
        raise ValueError(f"{numeral!r} is no numeral such as V7")
    degree, figure = found["degree"], found["figure"]
    step = _STEPS[mode][_DEGREES.index(degree.lower())]
    root = spell((pitch_class(tonic) + step) % 12, tonic, mode)
    figure = "add6" if sixths and figure == "6" else figure
    return f"{root}:{_QUALITY[figure][0 if degree.isupper() else 1]}"


def phrase_bars(
    grammar: str, mode: str, bars: int, ends: bool, moving: bool, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Return the numerals of each bar of a section.

    Parameters
    ----------
    ends : whether the piece ends here, on the tonic
    moving : whether no bar keeps the chord of the one before
    """
    openers, middles, closers = PHRASES[grammar][mode]
    words: list[str] = []
    while len(words) < bars:
        kind = openers if len(words) % 8 == 0 else middles
        words += _substituted(str(rng.choice(kind)).split(), rng)
    if grammar == "blues" and bars % 12 == 0:
        words = [w for _ in range(bars // 12) for w in _twelve(mode, rng)]
    words = words[:bars]
    if moving:
        words = _moving(words, mode)
    if ends:
        closing = str(rng.choice(closers)).split()[-min(4, bars) :]
        words[-len(closing) :] = closing
    return [tuple(word.split("-")) for word in words]


def _twelve(mode: str, rng: np.random.Generator) -> list[str]:
    openers, middles, closers = PHRASES["blues"][mode]
    return " ".join(str(rng.choice(kind)) for kind in (openers, middles, closers)).split()


def _moving(words: list[str], mode: str) -> list[str]:
    """Return a phrase whose chord changes with every bar: a repeated one gives way."""
    changed = words[:1]
    for word in words[1:]:
        others = ("V", "IV", "I") if mode == "major" else ("V", "iv", "i")
        same = word == changed[-1]
        changed.append(next(o for o in others if o != word) if same else word)
    return changed


def _substituted(words: list[str], rng: np.random.Generator) -> list[str]:
    """Return a phrase with some chords replaced, never its first."""
    swapped = [
        SUBSTITUTES.get(word, word) if rng.random() < SUBSTITUTED else word for word in words
    ]
    return [words[0], *swapped[1:]]


def chords_of_bars(
    bars: Sequence[Sequence[str]], tonic: str, mode: str, grammar: str, bar: float
) -> list[ScoreChord]:
    """Return the chords of bars of numerals, each bar `bar` quarter notes long."""
    chords = []
    for number, numerals in enumerate(bars):
        share = bar / len(numerals)
        for k, numeral in enumerate(numerals):
            label = chord_of(numeral, tonic, mode, sixths=grammar == "jazz")
            chords.append(ScoreChord(number * bar + k * share, share, label))
    return chords


def chords_as_given(labels: Sequence[str], span: float, length: float) -> list[ScoreChord]:
    """Return given chords, each `span` quarter notes long, repeated until `length` is full."""
    chords: list[ScoreChord] = []
    count = 0
    while count * span < length - 1e-6:
        start = count * span
        label = labels[count % len(labels)]
        chords.append(ScoreChord(start, min(span, length - start), label))
        count += 1
    return chords


def key_of_chords(labels: Sequence[str]) -> tuple[str, str]:
    """Return the likeliest key of given chords.

    The pitch classes are correlated with the profiles of Temperley (1999); a key whose tonic chord
    is the last or the first gains, as does one that a dominant seventh leads to.
    """
    chords = [parse_chord(label) for label in labels if label not in ("N", "X")]
    heard = np.zeros(12)
    for chord in chords:
        for pc in chord.pitch_classes:
            heard[pc] += 1
    best, key = -np.inf, ("C", "major")
    for mode, third in (("major", 4), ("minor", 3)):
        profile = np.array(KEY_PROFILES["temperley"][mode])
        for home in range(12):
            rolled = np.roll(profile, home)
            spread = float(np.std(heard))
            score = float(np.corrcoef(heard, rolled)[0, 1]) if spread > 0 else 0.0
            for place, gain in ((-1, 0.2), (0, 0.15)):
                if chords and chords[place].root_pc == home and chords[place].third == third:
                    score += gain
            fifth = (home + 7) % 12
            score += 0.1 * any(c.root_pc == fifth and c.quality in ("7", "9") for c in chords)
            if score > best:
                best, key = score, (tonic_name(home, mode), mode)
    return key
