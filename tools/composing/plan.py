"""A plan: a brief with every choice made, and the harmony and form it leads to."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.composing.brief import Brief
from tools.composing.form import sections
from tools.composing.harmony import (
    chords_as_given,
    chords_of_bars,
    key_of_chords,
    phrase_bars,
)
from tools.composing.meters import METER, Meter
from tools.composing.orchestra import Seats, seat
from tools.composing.score import ScoreChord, ScoreSection
from tools.composing.styles import MOOD, STYLE, Style
from tools.theory import tonic_name

USUAL_SECONDS = 40.0
"""How long a piece is when nobody says."""
PHRASE = 4
"""Bars of a phrase."""
STRETCH = 0.12
"""How far a tempo of our own choice gives way so that whole phrases fill the time asked."""
BRISK = 115
"""Beats a minute from which what moves in twos or in eighths is heard as half the tempo."""
COMPOUND_PACE = 0.65
"""Dotted quarters a minute against the quarters of the same style."""


@dataclass(frozen=True)
class Plan:
    """What to write.

    Parameters
    ----------
    chords, sections : in quarter notes, filling the piece
    closes : whether the piece ends by a cadence of ours on the tonic
    """

    tonic: str
    mode: str
    bpm: float
    meter: Meter
    bars: int
    style: Style
    density: float
    velocity: int
    seats: Seats
    chords: tuple[ScoreChord, ...]
    sections: tuple[ScoreSection, ...]
    closes: bool
    seed: int

    @property
    def length(self) -> float:
        """Return the quarter notes of the piece."""
        return self.bars * self.meter.bar

    def rng(self, purpose: int) -> np.random.Generator:
        """Return the dice of one purpose, so that no part's throws disturb another's."""
        return dice(self.seed, purpose)

    def chord_at(self, place: float) -> ScoreChord:
        """Return the chord that sounds at a place in quarter notes."""
        starts = [chord.start for chord in self.chords]
        return self.chords[max(0, bisect_right(starts, place + 1e-6) - 1)]

    def section_at(self, place: float) -> ScoreSection:
        """Return the section of a place in quarter notes."""
        starts = [section.start for section in self.sections]
        return self.sections[max(0, bisect_right(starts, place + 1e-6) - 1)]


def dice(seed: int, purpose: int) -> np.random.Generator:
    """Return a generator of random numbers for a seed of any sign."""
    return np.random.default_rng([abs(seed), int(seed < 0), purpose])


def plan(brief: Brief) -> Plan:
    """Return the plan of a brief: what it asks as it asks it, the rest by style, mood and seed.

    Raises
    ------
    MusicToolError
        If no instrument is left to play.
    """
    rng = dice(brief.seed, 0)
    style = STYLE[brief.style or _style_of(brief, rng)]
    meter = METER[brief.meter or style.meter]
    tonic, mode = _key(brief, style, rng)
    bpm = brief.bpm or _bpm(brief, style, meter, rng)
    bars = _bars(brief, meter, bpm)
    if brief.bpm is None and brief.bars is None and brief.seconds is not None:
        bars, bpm = _fitted(brief.seconds, meter, bpm)
    form = brief.form or _form(style, bars, bool(brief.chords))
    parts = sections(bars, form, meter.bar)
    mood = MOOD.get(brief.mood or "")
    density = brief.density
    if density is None:
        density = style.density + (mood.density if mood else 0.0)
    if brief.chords:
        span = brief.chord_bars * meter.bar
        chords = chords_as_given(brief.chords, span, bars * meter.bar)
    else:
        chords = _harmony(parts, tonic, mode, style, meter, brief.seed)
    return Plan(
        tonic, mode, bpm, meter, bars, style, float(np.clip(density, 0, 1)),
        mood.velocity if mood else 0,
        seat(style, brief.instruments, brief.without, int(rng.integers(100))),
        tuple(chords), tuple(parts), not brief.chords, brief.seed,
    )  # fmt: skip


def _style_of(brief: Brief, rng: np.random.Generator) -> str:
    """Return a style that suits what else the brief says."""
    if brief.meter in ("6/8", "9/8"):
        return "folk"
    if brief.meter == "3/4":
        return str(rng.choice(["waltz", "folk", "classical"])) if not brief.bpm else "folk"
    if brief.mood in ("calm", "tender", "sad"):
        return str(rng.choice(["classical", "pop", "folk"]))
    return str(rng.choice(["pop", "folk", "rock", "classical"]))


def _key(brief: Brief, style: Style, rng: np.random.Generator) -> tuple[str, str]:
    if brief.tonic is None and brief.chords:
        return key_of_chords(brief.chords)
    mood = MOOD.get(brief.mood or "")
    minor = style.minor if mood is None or mood.minor is None else mood.minor
    draw = float(rng.random())
    home = int(rng.integers(12))
    if brief.mode is not None:
        mode = brief.mode
    elif brief.tonic is not None:
        mode = "minor" if mood and mood.minor == 1 else "major"  # "in D" means D major
    else:
        mode = "minor" if draw < minor else "major"
    return brief.tonic or tonic_name(home, mode), mode


def _bpm(brief: Brief, style: Style, meter: Meter, rng: np.random.Generator) -> float:
    low, high = style.bpm
    mood = MOOD.get(brief.mood or "")
    pace = mood.pace if mood else float(rng.random())
    pace += float(rng.uniform(-0.1, 0.1))
    quarters = low + pace * (high - low)
    if meter.name == "7/8":
        return float(round(2 * quarters))
    if not meter.is_simple:
        return float(round(COMPOUND_PACE * quarters))
    if style.meter == "3/4" and meter.name != "3/4":
        quarters = min(quarters, 120)
    return float(round(quarters))


def _bars(brief: Brief, meter: Meter, bpm: float) -> int:
    bar_seconds = meter.beats * 60 / bpm
    if brief.bars is not None:
        return max(1, brief.bars)
    if brief.seconds is not None:
        return max(1, round(brief.seconds / bar_seconds))
    wanted = USUAL_SECONDS / bar_seconds
    if brief.chords:
        turn = len(brief.chords) * brief.chord_bars
        turns = max(1, round(wanted / 2 / turn))
        return max(1, round(turns * turn))
    return max(2 * PHRASE, 2 * PHRASE * round(wanted / (2 * PHRASE)))


def _fitted(seconds: float, meter: Meter, bpm: float) -> tuple[int, float]:
    """Return bars and tempo that fill the time by whole phrases where the tempo need give little.

    The tempo stays an integer; the length stays within a bar of what was asked.
    """
    bars = max(1, round(seconds * bpm / 60 / meter.beats))
    whole = max(PHRASE, PHRASE * round(bars / PHRASE))
    fitting = round(whole * meter.beats * 60 / seconds)
    if abs(fitting / bpm - 1) <= STRETCH:
        return whole, float(fitting)
    return bars, bpm


def _form(style: Style, bars: int, is_given: bool) -> str:
    if is_given:
        return "loop"
    if style.name in ("pop", "rock", "reggae", "country", "hip hop") and bars >= 16:
        return "verse-chorus"
    if style.name in ("techno", "electronic", "funk", "blues", "ambient"):
        return "loop"
    return "AABA" if bars >= 16 else "AB"


def _harmony(
    parts: Sequence[ScoreSection], tonic: str, mode: str, style: Style, meter: Meter, seed: int
) -> list[ScoreChord]:
    """Return the chords of all sections; those with one label share their progression."""
    chords: list[ScoreChord] = []
    for number, section in enumerate(parts):
        bars = round(section.duration / meter.bar)
        label = "verse" if section.label == "intro" else section.label
        rng = dice(seed, 1000 + sum(map(ord, label)))
        numerals = phrase_bars(
            style.grammar, mode, bars, number == len(parts) - 1, meter.name == "2/4", rng
        )
        if meter.name in ("2/4", "7/8"):
            numerals = [bar[-1:] for bar in numerals]  # too short for two chords
        here = chords_of_bars(numerals, tonic, mode, style.grammar, meter.bar)
        chords += [ScoreChord(c.start + section.start, c.duration, c.label) for c in here]
    return chords
