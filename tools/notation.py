"""MusicXML elements: notes, rests, tuplets, beams, ties and chord symbols; knows no music of its own.

The names are those of MusicXML 4.0 (W3C Music Notation Community Group, 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as XML

from tools.theory import parse_chord, spell

QUARTER = 12
"""Ticks a quarter note; MusicXML calls them divisions."""

TYPES: Mapping[int, tuple[str, int, bool]] = {
    3: ("16th", 0, False), 6: ("eighth", 0, False), 9: ("eighth", 1, False),
    12: ("quarter", 0, False), 18: ("quarter", 1, False), 24: ("half", 0, False),
    36: ("half", 1, False), 48: ("whole", 0, False), 72: ("whole", 1, False),
    96: ("breve", 0, False), 4: ("eighth", 0, True), 8: ("quarter", 0, True),
    2: ("16th", 0, True),
}  # fmt: skip
"""Ticks -> name of the note, dots, whether it is a triplet."""

TAILS = {"eighth": 1, "16th": 2}

KINDS: Mapping[str, str] = {
    "maj": "major", "min": "minor", "dim": "diminished", "aug": "augmented", "7": "dominant",
    "maj7": "major-seventh", "min7": "minor-seventh", "dim7": "diminished-seventh",
    "hdim7": "half-diminished", "minmaj7": "major-minor", "aug7": "augmented-seventh",
    "maj6": "major-sixth", "min6": "minor-sixth", "9": "dominant-ninth", "maj9": "major-ninth",
    "min9": "minor-ninth", "11": "dominant-11th", "min11": "minor-11th", "13": "dominant-13th",
    "maj13": "major-13th", "min13": "minor-13th", "sus2": "suspended-second",
    "sus4": "suspended-fourth", "5": "power", "1": "pedal", "": "other",
}  # fmt: skip

STEPS: Mapping[str, int] = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ALTERS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}

DRUM_PLACES: Mapping[int, tuple[str, int, bool]] = {
    35: ("F", 4, False), 36: ("F", 4, False), 37: ("C", 5, True), 38: ("C", 5, False),
    40: ("C", 5, False), 39: ("C", 5, True), 41: ("A", 4, False), 43: ("A", 4, False),
    45: ("B", 4, False), 47: ("D", 5, False), 48: ("E", 5, False), 50: ("E", 5, False),
    42: ("G", 5, True), 44: ("D", 4, True), 46: ("G", 5, True), 49: ("A", 5, True),
    57: ("A", 5, True), 51: ("F", 5, True), 53: ("F", 5, True), 59: ("F", 5, True),
}  # fmt: skip
"""General MIDI key -> line or space, and whether the head is a cross (Weinberg, 1998)."""


@dataclass
class Spelling:
    """How pitches are spelled in one bar of one staff, and which signs have been written there."""

    tonic: str
    mode: str
    signature: int
    shown: dict[tuple[str, int], int] = field(default_factory=dict)

    def write(self, note: XML.Element, pitch: int, following: int | None = None) -> str | None:
        """Add the pitch to a note; return the accidental that must be shown.

        A note from outside the key is raised where it leads a semitone up, lowered where it leads
        down: C# before D, Db before C.
        """
        name = spell(pitch % 12, self.tonic, self.mode)
        if following is not None and abs(following - pitch) == 1:
            name = self._leading(name, pitch, following)
        letter, alter = name[0], name.count("#") - name.count("b")
        octave = (pitch - STEPS[letter] - alter) // 12 - 1
        place = add(note, "pitch")
        add(place, "step", letter)
        if alter:
            add(place, "alter", alter)
        add(place, "octave", octave)
        usual = self.shown.get((letter, octave), self._in_signature(letter))
        self.shown[letter, octave] = alter
        return None if usual == alter else ALTERS.get(alter)

    def _leading(self, name: str, pitch: int, following: int) -> str:
        if name[1:] == {-1: "b", 0: "", 1: "#"}[self._in_signature(name[0])]:
            return name  # it is of the key
        goal, sign = (spell(following % 12, self.tonic, self.mode), following - pitch)
        if len(goal) > 1:
            return name
        letter = "CDEFGAB"[("CDEFGAB".index(goal) - sign) % 7]
        alter = (pitch - STEPS[letter] + 6) % 12 - 6
        return letter + {1: "#", -1: "b"}[alter] if abs(alter) == 1 else name

    def _in_signature(self, letter: str) -> int:
        order = "FCGDAEB" if self.signature > 0 else "BEADGCF"
        sign = 1 if self.signature > 0 else -1
        return sign if letter in order[: abs(self.signature)] else 0


@dataclass(frozen=True)
class Piece:
    """One written note, chord or rest: ticks from the beginning of the bar."""

    start: int
    end: int
    pitches: tuple[int, ...] = ()
    tied_from: bool = False
    tied_to: bool = False

    @property
    def type(self) -> tuple[str, int, bool]:
        """The name of the note, its dots, whether it is a triplet."""
        return TYPES.get(self.end - self.start, ("quarter", 0, False))


def add(parent: XML.Element, tag: str, content: object = None, /, **attributes: str) -> XML.Element:
    """Return a new child element; attribute names have ``_`` for ``-``."""
    names = {name.replace("_", "-"): value for name, value in attributes.items()}
    child = XML.SubElement(parent, tag, names)
    if content is not None:
        child.text = str(content)
    return child


def add_voice(
    measure: XML.Element,
    line: Sequence[Piece],
    voice: int,
    staff: int | None,
    beat: int,
    spelling: Spelling | None,
    drums: Mapping[int, str] | None = None,
    stem: str | None = None,
) -> None:
    """Add one voice of a bar: notes, chords and rests in order, with beams and triplets.

    Parameters
    ----------
    line : fills the bar
    staff : of a part with more than one
    spelling : None for percussion
    drums : General MIDI key -> id of its instrument in the part
    stem : ``"up"`` or ``"down"`` where two voices share the staff
    """
    beams = _beams(line, beat)
    brackets = _brackets(line, beat)
    for i, piece in enumerate(line):
        for k, pitch in enumerate(piece.pitches or (None,)):
            note = add(measure, "note")
            if k:
                add(note, "chord")
            accidental = _sounding(note, line, i, pitch, spelling)
            add(note, "duration", piece.end - piece.start)
            if pitch is not None:
                _ties(note, piece, "tie")
            if drums and pitch is not None:
                add(note, "instrument", id=drums[pitch])
            add(note, "voice", voice)
            if len(line) > 1 or pitch is not None:
                _shape(note, piece, None if piece.tied_from else accidental)
            if stem and pitch is not None:
                add(note, "stem", stem)
            if pitch is not None and drums and DRUM_PLACES.get(pitch, ("", 0, False))[2]:
                add(note, "notehead", "x")
            if staff is not None:
                add(note, "staff", staff)
            for number, word in enumerate(beams[i] if k == 0 else (), start=1):
                add(note, "beam", word, number=str(number))
            _notations(note, piece, brackets[i] if k == 0 else (), pitch is not None)


def add_chord_symbol(
    measure: XML.Element, label: str, offset: int, name: str, staff: int | None
) -> None:
    """Add a chord symbol at an offset in ticks from the beginning of the bar.

    Parameters
    ----------
    label : Harte's, spelled in the key
    name : as people write it
    """
    symbol = add(measure, "harmony")
    if label == "N":
        root = add(symbol, "root")
        add(root, "root-step", "C", text="")
        add(symbol, "kind", "none", text="N.C.")
    else:
        chord = parse_chord(label)
        _named(add(symbol, "root"), "root", chord.root)
        suffix = name.partition("/")[0][len(chord.root) :].strip()
        add(symbol, "kind", KINDS.get(chord.quality, "other"), text=suffix)
        if chord.inversion != "1":
            _named(add(symbol, "bass"), "bass", name.rpartition("/")[2])
    if offset:
        add(symbol, "offset", offset)
    if staff is not None:
        add(symbol, "staff", staff)


# ---- inside -------------------------------------------------------------------------------------


def _named(parent: XML.Element, what: str, name: str) -> None:
    add(parent, f"{what}-step", name[0])
    if alter := name.count("#") - name.count("b"):
        add(parent, f"{what}-alter", alter)


def _sounding(
    note: XML.Element,
    line: Sequence[Piece],
    at: int,
    pitch: int | None,
    spelling: Spelling | None,
) -> str | None:
    """Add what sounds: a pitch, a drum or a rest. Return the accidental that must be shown."""
    if pitch is None:
        add(note, "rest", **({"measure": "yes"} if len(line) == 1 else {}))
    elif spelling is None:
        _unpitched(note, pitch)
    else:
        return spelling.write(note, pitch, _leads_to(line, at))
    return None


def _leads_to(line: Sequence[Piece], at: int) -> int | None:
    """Return the single note that follows a single note, None for chords and rests."""
    if at + 1 == len(line) or len(line[at].pitches) != 1 or len(line[at + 1].pitches) != 1:
        return None
    return line[at + 1].pitches[0]


def _unpitched(note: XML.Element, key: int) -> None:
    step, octave, _ = DRUM_PLACES.get(key, ("B", 4, True))
    place = add(note, "unpitched")
    add(place, "display-step", step)
    add(place, "display-octave", octave)


def _ties(note: XML.Element, piece: Piece, tag: str) -> None:
    if piece.tied_from:
        add(note, tag, type="stop")
    if piece.tied_to:
        add(note, tag, type="start")


def _shape(note: XML.Element, piece: Piece, accidental: str | None) -> None:
    name, dots, triplet = piece.type
    add(note, "type", name)
    for _ in range(dots):
        add(note, "dot")
    if accidental:
        add(note, "accidental", accidental)
    if triplet:
        change = add(note, "time-modification")
        add(change, "actual-notes", 3)
        add(change, "normal-notes", 2)


def _notations(note: XML.Element, piece: Piece, brackets: Sequence[str], sounds: bool) -> None:
    tied = sounds and (piece.tied_from or piece.tied_to)
    if not tied and not brackets:
        return
    notations = add(note, "notations")
    if tied:
        _ties(notations, piece, "tied")
    for word in brackets:
        shown = {"bracket": "yes"} if word == "start" else {}
        add(notations, "tuplet", type=word, number="1", **shown)


def _brackets(line: Sequence[Piece], beat: int) -> list[tuple[str, ...]]:
    """Return where triplets begin and end: each fills one beat."""
    triplets = [piece.type[2] for piece in line]
    marks: list[tuple[str, ...]] = []
    for i, piece in enumerate(line):
        same_before = i and triplets[i - 1] and line[i - 1].start // beat == piece.start // beat
        same_after = (
            i + 1 < len(line)
            and triplets[i + 1]
            and line[i + 1].start // beat == piece.start // beat
        )
        first, last = triplets[i] and not same_before, triplets[i] and not same_after
        marks.append((*(("start",) if first else ()), *(("stop",) if last else ())))
    return marks


def _beams(line: Sequence[Piece], beat: int) -> list[list[str]]:
    """Return the beams of each note: short notes in one beat hang together."""
    words: list[list[str]] = [[] for _ in line]
    for level in (1, 2):
        runs: list[list[int]] = []
        for i, piece in enumerate(line):
            if not piece.pitches or TAILS.get(piece.type[0], 0) < level:
                continue
            joined = runs and runs[-1][-1] == i - 1
            if joined and line[i - 1].start // beat == piece.start // beat:
                runs[-1].append(i)
            else:
                runs.append([i])
        for run in runs:
            if len(run) > 1:
                for i in run:
                    at = "begin" if i == run[0] else "end" if i == run[-1] else "continue"
                    words[i].append(at)
            elif level == 2 and words[run[0]]:  # a single 16th in a group of eighths
                words[run[0]].append(
                    "forward hook" if words[run[0]] == ["begin"] else "backward hook"
                )
    return words
