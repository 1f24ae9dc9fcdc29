"""Music theory: pitch classes, spelling, keys, chords and Roman numerals; pure.

Conventions
-----------
* A pitch class is an int from 0 (C) to 11 (B); a key is a pair ``(tonic, mode)`` with mode
  ``"major"`` or ``"minor"``.
* Chord labels are Harte's (Harte et al., 2005), as mir_eval reads them: ``"F:min7/b3"``.
* Names are placed on the line of fifths (... Bb -2, F -1, C 0, G 1 ...), where spelling is
  arithmetic: a key's signature, its relative and its dominant are all shifts along it.

This is the only place for such knowledge. It knows nothing of sound.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
"""The usual name of each pitch class where no key says otherwise."""

MODES = ("major", "minor")
KeyName = tuple[str, str]

QUALITIES: Mapping[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "1": (0,),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "minmaj7": (0, 3, 7, 11),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
    "aug7": (0, 4, 8, 10),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "min9": (0, 2, 3, 7, 10),
    "11": (0, 2, 4, 5, 7, 10),
    "min11": (0, 2, 3, 5, 7, 10),
    "13": (0, 2, 4, 5, 7, 9, 10),
    "maj13": (0, 2, 4, 5, 7, 9, 11),
    "min13": (0, 2, 3, 5, 7, 9, 10),
    "": (),
}
"""Semitones over the root of each shorthand of Harte's syntax."""

KEY_PROFILES: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "krumhansl": {  # Krumhansl & Kessler (1982), probe tones
        "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    },
    "temperley": {  # Temperley (1999), tuned by hand
        "major": (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        "minor": (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    },
    "kostka-payne": {  # Temperley (2007), counted in the Kostka & Payne corpus
        "major": (.748, .060, .488, .082, .670, .460, .096, .715, .104, .366, .057, .400),
        "minor": (.712, .084, .474, .618, .049, .460, .105, .747, .404, .067, .133, .330),
    },
    "albrecht": {  # Albrecht & Shanahan (2013), counted in 982 pieces
        "major": (.238, .006, .111, .006, .137, .094, .016, .214, .009, .080, .008, .081),
        "minor": (.220, .006, .104, .123, .019, .103, .012, .214, .062, .022, .061, .052),
    },
    "sapp": {  # Sapp (2011), simple weights
        "major": (2.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.0, 1.0, 0.0, 1.0),
        "minor": (2.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 2.0, 1.0, 0.0, 0.5, 0.5),
    },
}  # fmt: skip
"""Weight of each pitch class over the tonic; name -> mode -> 12 floats."""

_LETTER_FIFTHS = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_DEGREE_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_LABEL = re.compile(
    r"(?P<root>[A-G](?:b*|#*))(?::(?P<quality>[a-z]*\d*|minmaj7)(?:\((?P<extra>[^)]*)\))?)?"
    r"(?:/(?P<bass>(?:b*|#*)\d+))?"
)


# ---- pitch classes and spelling -----------------------------------------------------------------


def pitch_class(name: str) -> int:
    """Return the pitch class of a note name: ``"Eb"`` is 3, ``"B#"`` is 0.

    Raises
    ------
    ValueError
        If it is no letter from A to G with sharps or flats.
    """
    return _fifths(name) * 7 % 12


def spell(pc: int, tonic: str, mode: str) -> str:
    """Return the name of a pitch class in a key: 1 is ``"Db"`` in F minor, ``"C#"`` in A major.

    Notes outside the scale are spelled as musicians mostly do: from the lowered second to the
    raised fourth, in both modes; double sharps and flats are avoided.
    """
    del mode  # spelled alike in both
    home = _fifths(tonic)
    steps = (pc * 7 - home + 5) % 12 - 5
    return _name(_within(home + steps, -8, 12))


def transpose(label: str, semitones: int) -> str:
    """Return a chord label moved by semitones, its root under the usual name."""
    if label in ("N", "X"):
        return label
    root = parse_chord(label).root
    return PITCH_CLASSES[(pitch_class(root) + semitones) % 12] + label[len(root) :]


def respell(label: str, tonic: str, mode: str) -> str:
    """Return a chord label with its root spelled in a key: ``"C#:maj"`` is Db:maj in F minor."""
    if label in ("N", "X"):
        return label
    root = parse_chord(label).root
    return spell(pitch_class(root), tonic, mode) + label[len(root) :]


def _fifths(name: str) -> int:
    """Return the place of a note name on the line of fifths; C is 0, sharps are positive."""
    letter, accidentals = name[:1], name[1:]
    if letter not in _LETTER_FIFTHS or (accidentals.strip("#") and accidentals.strip("b")):
        raise ValueError(f"'{name}' is not a note name such as C, F# or Bb")
    return _LETTER_FIFTHS[letter] + 7 * (accidentals.count("#") - accidentals.count("b"))


def _name(fifths: int) -> str:
    accidentals, letter = divmod(fifths + 1, 7)
    return "FCGDAEB"[letter] + ("#" * accidentals if accidentals > 0 else "b" * -accidentals)


def _within(fifths: int, low: int, high: int) -> int:
    """Return the enharmonic place within bounds at least 11 apart."""
    return low + (fifths - low) % 12 if not low <= fifths <= high else fifths


# ---- keys ---------------------------------------------------------------------------------------


def tonic_name(pc: int, mode: str) -> str:
    """Return the tonic with the fewest accidentals: 8 is ``"Ab"`` major but ``"G#"`` minor."""
    lowest = -5 if mode == "major" else -3  # Db to F# major, Eb to G# minor
    return _name(_within(pc * 7 % 12, lowest, lowest + 11))


def relative(tonic: str, mode: str) -> KeyName:
    """Return the key with the same signature: F minor for Ab major."""
    if mode == "major":
        return _key(_fifths(tonic) + 3, "minor")
    return _key(_fifths(tonic) - 3, "major")


def parallel(tonic: str, mode: str) -> KeyName:
    """Return the key of the other mode on the same tonic."""
    return _key(_fifths(tonic), "minor" if mode == "major" else "major")


def dominant(tonic: str, mode: str) -> KeyName:
    """Return the key of the same mode a fifth up."""
    return _key(_fifths(tonic) + 1, mode)


def subdominant(tonic: str, mode: str) -> KeyName:
    """Return the key of the same mode a fifth down."""
    return _key(_fifths(tonic) - 1, mode)


def signature(tonic: str, mode: str) -> int:
    """Return the key signature: sharps positive, flats negative; F minor is -4."""
    return _fifths(tonic) - (0 if mode == "major" else 3)


def camelot(tonic: str, mode: str) -> str:
    """Return the key's code on the Camelot wheel of DJs: ``"8B"`` for C major, ``"4A"`` F minor."""
    return f"{(signature(tonic, mode) + 7) % 12 + 1}{'B' if mode == 'major' else 'A'}"


def fifths_distance(a: KeyName, b: KeyName) -> int:
    """Return how many signatures apart two keys are on the circle of fifths: 0 to 6."""
    steps = (signature(*a) - signature(*b)) % 12
    return min(steps, 12 - steps)


def scale(tonic: str, mode: str) -> tuple[str, ...]:
    """Return the seven notes of the major or natural minor scale."""
    home = pitch_class(tonic)
    return tuple(spell((home + step) % 12, tonic, mode) for step in _SCALES[mode])


def diatonic_chords(tonic: str, mode: str) -> tuple[str, ...]:
    """Return the seven triads of the major or natural minor scale as Harte labels."""
    steps = _SCALES[mode]
    labels = []
    for degree, name in enumerate(scale(tonic, mode)):
        triad = tuple(sorted((steps[(degree + k) % 7] - steps[degree]) % 12 for k in (0, 2, 4)))
        quality = next(q for q, intervals in QUALITIES.items() if intervals == triad)
        labels.append(f"{name}:{quality}")
    return tuple(labels)


def _key(fifths: int, mode: str) -> KeyName:
    """Return the key at a place on the line of fifths, with at most seven accidentals."""
    low, high = (-6, 7) if mode == "major" else (-4, 10)
    return _name(_within(fifths, low, high)), mode


# ---- chords -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chord:
    """A chord label taken apart.

    Parameters
    ----------
    root, bass : note names; bass is spelled from the root, so F:min/b3 has bass Ab
    quality : Harte's shorthand; empty where only degrees are listed
    pitch_classes : all that sound, the bass included
    inversion : the degree in the bass, ``"1"`` in root position
    """

    root: str
    quality: str
    bass: str
    pitch_classes: frozenset[int]
    inversion: str = "1"

    @property
    def root_pc(self) -> int:
        """The root's pitch class."""
        return pitch_class(self.root)

    @property
    def third(self) -> int | None:
        """Semitones from the root to the third: 3, 4, or None without one."""
        over = {(pc - self.root_pc) % 12 for pc in self.pitch_classes}
        return 4 if 4 in over else 3 if 3 in over else None


@lru_cache(maxsize=4096)
def parse_chord(label: str) -> Chord:
    """Return the parts of a Harte label; ``"N"`` and ``"X"`` have none.

    Raises
    ------
    ValueError
        If it is not a chord in Harte's syntax.
    """
    found = _LABEL.fullmatch(label)
    quality = (found["quality"] if found else None) or ("" if found and found["extra"] else "maj")
    if not found or quality not in QUALITIES:
        raise ValueError(f"'{label}' is not a chord label such as C:maj or F:min7/b3")
    root = found["root"]
    intervals = set(QUALITIES[quality])
    for degree in (found["extra"] or "").replace(" ", "").split(","):
        if degree.startswith("*"):
            intervals.discard(_semitones(degree[1:]))
        elif degree:
            intervals |= {0, _semitones(degree)}
    inversion = found["bass"] or "1"
    home = pitch_class(root)
    bass = _degree_name(root, inversion)
    sounding = frozenset({(home + i) % 12 for i in intervals} | {pitch_class(bass)})
    return Chord(root, quality, bass, sounding, inversion)


def simplify(label: str) -> str:
    """Return the chord as a bare triad without inversion: ``"F:min7/b3"`` is ``"F:min"``.

    Chords without a third or with an altered fifth keep their shorthand; ``"N"`` and ``"X"`` stay.
    """
    if label in ("N", "X"):
        return label
    chord = parse_chord(label)
    kept = {"dim7": "dim", "hdim7": "dim", "aug7": "aug", "": "maj" if chord.third != 3 else "min"}
    if chord.quality in ("sus2", "sus4", "5", "1", "dim", "aug"):
        return f"{chord.root}:{chord.quality}"
    return f"{chord.root}:{kept.get(chord.quality, 'min' if chord.third == 3 else 'maj')}"


_SUFFIXES = {
    "maj": "", "min": "m", "maj6": "6", "min6": "m6", "min7": "m7", "minmaj7": "m(maj7)",
    "hdim7": "m7b5", "min9": "m9", "min11": "m11", "min13": "m13", "1": " (root only)",
}  # fmt: skip


def chord_name(label: str, tonic: str | None = None, mode: str | None = None) -> str:
    """Return a chord as people write it: ``"F:min7/b3"`` is ``"Fm7/Ab"``.

    With a key, root and bass are spelled in it. ``"N"`` is ``"N.C."``, ``"X"`` is ``"?"``.
    """
    if label in ("N", "X"):
        return {"N": "N.C.", "X": "?"}[label]
    chord = parse_chord(label)
    root, bass = chord.root, chord.bass
    if tonic is not None:
        root = spell(pitch_class(root), tonic, mode or "major")
        bass = _degree_name(root, chord.inversion)
        if _accidentals(bass) > 1:
            bass = spell(pitch_class(bass), tonic, mode or "major")
    extra = label.partition("(")[2].partition(")")[0] if "(" in label else ""
    name = root + _SUFFIXES.get(chord.quality, chord.quality) + (f"({extra})" if extra else "")
    return name if chord.inversion == "1" else f"{name}/{bass}"


def _accidentals(name: str) -> int:
    return len(name) - 1


def _semitones(degree: str) -> int:
    number = int(degree.lstrip("b#"))
    return (_DEGREE_SEMITONES[(number - 1) % 7] + degree.count("#") - degree.count("b")) % 12


def _degree_name(root: str, degree: str) -> str:
    """Return the note at a scale degree over a root, by letters: b3 of F is Ab."""
    number = (int(degree.lstrip("b#")) - 1) % 7
    natural = (0, 2, 4, -1, 1, 3, 5)[number]
    return _name(_fifths(root) + natural + 7 * (degree.count("#") - degree.count("b")))


# ---- Roman numerals -----------------------------------------------------------------------------

_NUMERALS = {
    "major": ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII"),
    "minor": ("I", "bII", "II", "III", "#III", "IV", "#IV", "V", "VI", "#VI", "VII", "#VII"),
}
_FIGURES = {
    "maj": "", "min": "", "dim": "°", "aug": "+", "min7": "7", "dim7": "°7", "hdim7": "ø7",
    "aug7": "+7", "minmaj7": "maj7", "maj6": "add6", "min6": "add6", "min9": "9", "min11": "11",
    "min13": "13", "1": "", "": "",
}  # fmt: skip
_TRIAD_INVERSIONS, _SEVENTH_INVERSIONS = {3: "6", 5: "64"}, {3: "65", 5: "43", 7: "42"}
_SEVENTHS = {"7": "", "min7": "", "maj7": "maj", "dim7": "°", "hdim7": "ø", "minmaj7": "maj"}
_DOMINANTS = ("maj", "7", "9", "11", "13")


def roman(label: str, tonic: str, mode: str, following: str | None = None) -> str:
    """Return the Roman numeral of a chord in a key: ``"V7"``, ``"viiø7"``, ``"bVI"``, ``"I6"``.

    Degrees count from the scale of the mode, so the sixth of C minor is VI and that of C major is
    bVI. Inversions are figured (6, 64, 65, 43, 42). Given the chord that follows, a chord from
    outside the key that leads to it is named after it: ``"V7/ii"``, ``"vii°7/V"``.
    ``"N"`` and ``"X"`` have no numeral and come back as they are.
    """
    if label in ("N", "X"):
        return label
    chord = parse_chord(label)
    if following not in (None, "N", "X") and (target := _target(label, following, tonic, mode)):
        leading = "vii" if "dim" in chord.quality else "V"
        return f"{leading}{_figures(chord)}/{target}"
    step = (chord.root_pc - pitch_class(tonic)) % 12
    numeral = _NUMERALS[mode][step]
    if chord.third == 3:
        numeral = numeral.lower()
    if mode == "minor" and step == 11 and "dim" in chord.quality:
        numeral = "vii"  # the leading-tone chord; nobody writes its sharp
    return numeral + _figures(chord)


def _figures(chord: Chord) -> str:
    number = int(chord.inversion.lstrip("b#"))
    if chord.quality in _SEVENTHS and number in _SEVENTH_INVERSIONS:
        return _SEVENTHS[chord.quality] + _SEVENTH_INVERSIONS[number]
    figures = _FIGURES.get(chord.quality, chord.quality)
    if chord.quality in ("maj", "min", "dim", "aug") and number in _TRIAD_INVERSIONS:
        figures += _TRIAD_INVERSIONS[number]
    return figures


def _target(label: str, following: str | None, tonic: str, mode: str) -> str | None:
    """Return the numeral of the degree that a chord from outside the key leads to, if it does."""
    chord, goal = parse_chord(label), parse_chord(following or "")
    home = pitch_class(tonic)
    notes = {(home + step) % 12 for step in _SCALES[mode]}
    if mode == "minor":
        notes.add((home + 11) % 12)
    move = (goal.root_pc - chord.root_pc) % 12
    leads = chord.quality in _DOMINANTS if move == 5 else move == 1 and "dim" in chord.quality
    blues = goal.quality in ("7", "9", "13") and chord.root_pc == home
    if not leads or blues or chord.pitch_classes <= notes or goal.root_pc == home:
        return None
    for degree in diatonic_chords(tonic, mode):
        here = parse_chord(degree)
        if here.root_pc == goal.root_pc and here.quality != "dim":
            numeral = roman(degree, tonic, mode)
            return "V" if numeral == "v" else numeral  # minor keys have a major dominant
    return None
