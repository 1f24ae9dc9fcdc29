"""What each style likes when the brief leaves the choice: tempo, meter, mode, players, patterns."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """A style's habits.

    Parameters
    ----------
    bpm : quarter notes a minute, from slow to fast
    meter : the meter it is in if none is asked
    minor : probability of the minor mode
    density : 0 (sparse) to 1 (busy)
    grammar : which phrases of `tools.composing.harmony` it speaks
    drums, bass, comping : names of patterns in `tools.composing.grooves` and its neighbours
    swing : where the second eighth of a quarter falls, 0.5 straight, 2/3 triplets
    melody, chords, low, pad : instruments of the roles, liked best first
    """

    name: str
    bpm: tuple[float, float]
    meter: str
    minor: float
    density: float
    grammar: str
    drums: str
    bass: str
    comping: str
    swing: float
    melody: tuple[str, ...]
    chords: tuple[str, ...]
    low: tuple[str, ...]
    pad: tuple[str, ...] = ()


_ALL = (
    Style("pop", (96, 124), "4/4", 0.3, 0.5, "pop", "backbeat", "eighths", "push", 0.5,
          ("synth", "piano", "vibraphone"), ("piano", "acoustic guitar"), ("bass",), ("pad",)),
    Style("rock", (108, 144), "4/4", 0.35, 0.55, "pop", "backbeat", "eighths", "drive", 0.5,
          ("electric guitar", "organ"), ("distorted guitar", "electric guitar", "organ"),
          ("bass",)),
    Style("folk", (88, 120), "4/4", 0.25, 0.5, "folk", "", "two", "strum", 0.5,
          ("fiddle", "flute", "recorder"), ("acoustic guitar", "banjo"), ("acoustic bass",)),
    Style("classical", (84, 120), "4/4", 0.3, 0.55, "classical", "", "two", "alberti", 0.5,
          ("violin", "flute", "oboe"), ("piano", "harp"), ("cello",)),
    Style("chorale", (66, 84), "4/4", 0.4, 0.4, "classical", "", "two", "pulses", 0.5,
          ("choir",), ("choir",), ("choir",)),
    Style("jazz", (108, 152), "4/4", 0.3, 0.55, "jazz", "swing", "walking", "stabs", 0.64,
          ("sax", "trumpet", "vibraphone"), ("piano", "guitar"), ("acoustic bass",)),
    Style("blues", (84, 116), "4/4", 0.15, 0.5, "blues", "shuffle", "walking", "push", 0.64,
          ("electric guitar", "harmonica", "sax"), ("piano", "organ"), ("bass",)),
    Style("funk", (96, 116), "4/4", 0.5, 0.65, "funk", "funk", "funk", "stabs", 0.5,
          ("sax", "trumpet", "organ"), ("electric guitar", "electric piano"), ("bass",)),
    Style("latin", (96, 128), "4/4", 0.5, 0.6, "jazz", "latin", "tumbao", "montuno", 0.5,
          ("trumpet", "flute"), ("piano", "classical guitar"), ("acoustic bass",)),
    Style("reggae", (72, 92), "4/4", 0.4, 0.45, "pop", "reggae", "roots", "skank", 0.5,
          ("trombone", "harmonica", "flute"), ("electric guitar", "piano"), ("bass",), ("organ",)),
    Style("electronic", (112, 128), "4/4", 0.6, 0.55, "pop", "floor", "offbeats", "push", 0.5,
          ("synth",), ("electric piano", "organ"), ("bass",), ("pad",)),
    Style("techno", (122, 136), "4/4", 0.85, 0.6, "pop", "floor", "offbeats", "stabs", 0.5,
          ("synth",), ("organ", "electric piano"), ("bass",), ("pad",)),
    Style("hip hop", (84, 98), "4/4", 0.75, 0.4, "pop", "boombap", "roots", "pulses", 0.56,
          ("vibraphone", "flute", "synth"), ("electric piano", "piano"), ("bass",)),
    Style("ambient", (66, 84), "4/4", 0.4, 0.2, "ambient", "", "long", "arpeggio", 0.5,
          ("celesta", "flute", "piano"), ("harp", "electric piano"), ("double bass",), ("pad",)),
    Style("waltz", (132, 168), "3/4", 0.35, 0.45, "folk", "waltz", "long", "oompah", 0.5,
          ("violin", "accordion", "clarinet"), ("piano", "accordion"), ("double bass",)),
    Style("country", (96, 128), "4/4", 0.1, 0.5, "folk", "train", "two", "oompah", 0.5,
          ("fiddle", "harmonica", "banjo"), ("acoustic guitar",), ("bass",)),
    Style("march", (104, 120), "2/4", 0.15, 0.5, "folk", "march", "two", "oompah", 0.5,
          ("trumpet", "piccolo", "clarinet"), ("brass", "horn"), ("tuba",)),
    Style("lullaby", (72, 92), "3/4", 0.15, 0.3, "folk", "", "long", "arpeggio", 0.5,
          ("celesta", "flute", "vibraphone"), ("harp", "piano"), ("cello",)),
)  # fmt: skip
STYLE: Mapping[str, Style] = {style.name: style for style in _ALL}
"""Name -> habits; the names are `tools.composing.brief.STYLES`."""


@dataclass(frozen=True)
class Mood:
    """How a mood bends a style.

    Parameters
    ----------
    pace : 0 to 1, place within (and a little beyond) the style's tempos
    minor : probability of the minor mode, None leaves it to the style
    density : added to the style's
    velocity : added to every note
    """

    pace: float
    minor: float | None
    density: float
    velocity: int


MOOD: Mapping[str, Mood] = {
    "happy": Mood(0.8, 0.0, 0.05, 4),
    "sad": Mood(-0.2, 1.0, -0.1, -8),
    "calm": Mood(-0.1, None, -0.15, -12),
    "energetic": Mood(1.1, None, 0.15, 8),
    "dark": Mood(0.2, 1.0, 0.0, 0),
    "tense": Mood(0.7, 1.0, 0.1, 4),
    "tender": Mood(0.0, 0.1, -0.1, -12),
    "playful": Mood(0.7, 0.0, 0.1, 0),
}
