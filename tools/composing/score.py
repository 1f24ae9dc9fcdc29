"""A score: what is to be played, in quarter notes, before it is sound."""

from dataclasses import dataclass
from fractions import Fraction

from tools.conventions import check, check_chord, check_key


@dataclass(frozen=True)
class ScoreNote:
    """One note: `start` and `duration` in quarter notes from the start of the piece."""

    start: float
    duration: float
    pitch: int
    velocity: int = 80

    def __post_init__(self) -> None:
        check(self.start >= 0 and self.duration > 0, f"note at {self.start} has no length")
        check(0 <= self.pitch <= 127, f"pitch {self.pitch} is not in 0 to 127")
        check(1 <= self.velocity <= 127, f"velocity {self.velocity} is not in 1 to 127")


@dataclass(frozen=True)
class ScorePart:
    """What one player plays, in order of start.

    Parameters
    ----------
    name : what it does: ``"melody"``, ``"chords"``, ``"bass"``, ``"drums"``, ``"soprano"`` …
    instrument : a name that `tools.general_midi.program_of` knows, or ``"drums"``, whose pitches
        are General MIDI percussion keys
    """

    name: str
    instrument: str
    notes: tuple[ScoreNote, ...]

    @property
    def is_drums(self) -> bool:
        """Return whether pitches are percussion keys."""
        return self.instrument == "drums"


@dataclass(frozen=True)
class ScoreChord:
    """One chord of the harmony, in quarter notes, in Harte's syntax."""

    start: float
    duration: float
    label: str

    def __post_init__(self) -> None:
        check_chord(self.label)


@dataclass(frozen=True)
class ScoreSection:
    """One section of the form, in quarter notes: ``"A"``, ``"verse"``, ``"chorus"``, ``"intro"``."""

    start: float
    duration: float
    label: str


@dataclass(frozen=True)
class Score:
    """A piece.

    Parameters
    ----------
    bpm : the beats of `meter` a minute; in 6/8, 9/8 and 12/8 a beat is a dotted quarter
    meter : such as ``"4/4"``
    composer : which engine wrote it, with its version, as `tools.rungs.Engine.signature`
    """

    tonic: str
    mode: str
    bpm: float
    meter: str
    parts: tuple[ScorePart, ...]
    chords: tuple[ScoreChord, ...]
    sections: tuple[ScoreSection, ...]
    composer: str
    title: str = ""

    def __post_init__(self) -> None:
        check_key(self.tonic, self.mode)
        check(self.bpm > 0, f"{self.bpm} BPM is no tempo")

    @property
    def bar(self) -> float:
        """Return the length of a bar in quarter notes."""
        upper, lower = map(int, self.meter.split("/"))
        return float(Fraction(4 * upper, lower))

    @property
    def beat(self) -> float:
        """Return the length of a beat in quarter notes."""
        upper, lower = map(int, self.meter.split("/"))
        is_compound = lower == 8 and upper % 3 == 0 and upper > 3
        return 1.5 if is_compound else 4 / lower

    @property
    def quarter(self) -> float:
        """Return the seconds of a quarter note."""
        return 60 / self.bpm / self.beat

    @property
    def length(self) -> float:
        """Return the quarter notes until the last note ends."""
        ends = (note.start + note.duration for part in self.parts for note in part.notes)
        return max(ends, default=0.0)
