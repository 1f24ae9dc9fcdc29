"""Names of pitches: ``"F#4"``, in scientific notation, where A4 is MIDI note 69 and C4 middle C."""

import re

from tools.errors import AnnotationError
from tools.theory import pitch_class, spell

_NAME = re.compile(r"([A-G](?:#|b){0,2})(-?\d+)")


def note_name(midi: float, tonic: str = "C", mode: str = "major") -> str:
    """Return the name of the nearest note, spelled as in a key.

    The octave belongs to the letter: B#3 sounds as C4, Cb4 as B3.
    """
    number = round(midi)
    name = spell(number % 12, tonic, mode)
    natural = number - (name.count("#") - name.count("b"))
    return f"{name}{natural // 12 - 1}"


def note_number(name: str) -> int:
    """Return the MIDI note of a name such as ``"Bb3"``.

    Raises
    ------
    AnnotationError
        If it is no name of a note with its octave.
    """
    found = _NAME.fullmatch(name.strip())
    if found is None:
        raise AnnotationError(f"{name[:20]!r} is no note such as F#4")
    letter = pitch_class(found[1][0])
    return 12 * (int(found[2]) + 1) + letter + found[1].count("#") - found[1].count("b")
