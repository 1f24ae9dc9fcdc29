"""Whether a tune lies where a kind of voice usually sings: the ranges that choirs go by."""

import re

from agent.rules import say
from tools import theory

RANGES = {
    "soprano": ("C4", "A5"), "mezzo": ("A3", "F#5"), "alto": ("F3", "D5"), "contralto": ("E3", "C5"),
    "countertenor": ("E3", "E5"), "tenor": ("C3", "A4"), "baritone": ("G2", "F4"), "bass": ("E2", "D4"),
}  # fmt: skip
"""Kind of voice -> lowest and highest note of an ordinary choir singer."""


def told(voice: str, low: str, high: str) -> str:
    """Return how a range lies for a kind of voice; notes are named as ``"F#3"``."""
    usual = RANGES.get(voice.partition("-")[0])
    places = [semitones_of(note) for note in (low, high, *(usual or ()))]
    if usual is None or None in places:
        return f"Whether that lies well for {say.article(voice)} is for you to judge; I only measure the notes."
    bottom, top, lowest, highest = (p for p in places if p is not None)
    lead = f"{say.article(voice)} usually sings {usual[0]} to {usual[1]}"
    short = [
        f"the {name} lies {_steps(gap)} too {way}"
        for name, gap, way in (("top", top - highest, "high"), ("bottom", lowest - bottom, "low"))
        if gap > 0
    ]
    if not short:
        return say.sentence(f"{lead}, so it lies within reach{say.THEORY}")
    moved = highest - top if top > highest else lowest - bottom
    fits = top - bottom <= highest - lowest
    more = (
        f", but {_steps(abs(moved))} {'higher' if moved > 0 else 'lower'} it would fit"
        if fits
        else ""
    )
    return say.sentence(f"{lead}, so {say.join(short)}{more}{say.THEORY}")


def _steps(count: int) -> str:
    return f"{count} semitone{'s' if count > 1 else ''}"


def semitones_of(note: str) -> int | None:
    """Return a note as a count of semitones."""
    found = re.fullmatch(r"([A-G][#b♯♭]?)(-?\d)", note)
    if found is None:
        return None
    name = found[1].replace("♯", "#").replace("♭", "b")
    shift = {"Cb": -12, "B#": 12}.get(name, 0)
    return theory.pitch_class(name) + 12 * int(found[2]) + shift
