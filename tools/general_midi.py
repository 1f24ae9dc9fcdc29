"""General MIDI: which of its sounds plays a part, by the part's name; pure.

Programs are counted from 0 as in the bytes of a file (General MIDI System Level 1, 1991, counts
from 1).
"""

from collections.abc import Mapping

DRUMS = 9
"""The channel of percussion, from 0: musicians call it 10."""

PIANO = 0

PROGRAMS: Mapping[str, int] = {
    "piano": PIANO, "keyboard": PIANO, "electric piano": 4, "rhodes": 4, "harpsichord": 6,
    "celesta": 8, "vibraphone": 11, "marimba": 12, "xylophone": 13, "bells": 14, "organ": 16,
    "church organ": 19, "accordion": 21, "harmonica": 22, "guitar": 25, "acoustic guitar": 25,
    "classical guitar": 24, "electric guitar": 27, "distorted": 30, "bass": 33,
    "acoustic bass": 32, "upright bass": 32, "double bass": 43, "contrabass": 43, "violin": 40,
    "viola": 41, "cello": 42, "harp": 46, "timpani": 47, "strings": 48, "choir": 52, "voice": 53,
    "vocal": 53, "singing": 53, "melody": 53, "trumpet": 56, "trombone": 57, "tuba": 58,
    "horn": 60, "brass": 61, "sax": 65, "oboe": 68, "bassoon": 70, "clarinet": 71, "piccolo": 72,
    "flute": 73, "recorder": 74, "whistl": 78, "synth": 81, "lead": 81, "pad": 88, "sitar": 104,
    "banjo": 105, "fiddle": 110,
}  # fmt: skip
"""What a part is called -> the program that sounds like it."""

PERCUSSION = ("drum", "percussion", "beat")


def is_percussion(part: str) -> bool:
    """Return whether a part is played on the percussion channel."""
    return any(word in part.lower() for word in PERCUSSION)


def program_of(part: str) -> int:
    """Return the program of a part by the longest name found in it; a piano where none is."""
    found = [name for name in PROGRAMS if name in part.lower()]
    return PROGRAMS[max(found, key=len)] if found else PIANO


def part_of(program: int) -> str:
    """Return a name for the program of a track that has none."""
    return next((name for name, number in PROGRAMS.items() if number == program), "")
