"""The styles that made-up songs are in: what is usual in each of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tools.theory import diatonic_chords


@dataclass(frozen=True)
class Style:
    """What is usual in a style.

    Parameters
    ----------
    near : genres that it is taken for, too
    bpm : slowest and fastest tempo
    meters : how usual 4/4, 3/4, 6/8 and 2/4 are
    minor, sung, sevenths, steady : shares from 0 to 1
    form : one of `FORMS`
    """

    genre: str
    near: tuple[str, ...]
    instruments: tuple[str, ...]
    moods: tuple[str, ...]
    bpm: tuple[float, float]
    meters: tuple[float, float, float, float] = (0.9, 0.04, 0.05, 0.01)
    minor: float = 0.5
    sung: float = 0.9
    sevenths: float = 0.1
    steady: float = 0.9
    form: str = "song"
    voices: tuple[str, ...] = ()


_BAND = ("guitar", "drums", "piano", "synthesizer")
_QUIET = (0.5, 0.3, 0.17, 0.03)

STYLES: tuple[Style, ...] = (
    Style("pop", ("dance", "electronic"), (*_BAND, "strings"), ("happy", "energetic", "mellow", "sad"), (76, 128)),
    Style("rock", ("alternative", "punk"), ("guitar", "drums", "piano"), ("energetic", "loud", "happy"), (84, 160)),
    Style("electronic", ("pop", "house"), ("synthesizer", "drums", "piano"), ("energetic", "mellow", "party"), (96, 140), minor=0.7, sung=0.4, steady=1.0, form="club"),
    Style("techno", ("electronic", "house"), ("synthesizer", "drums"), ("fast", "energetic", "strange"), (122, 142), (1, 0, 0, 0), 0.8, 0.15, steady=1.0, form="club"),
    Style("house", ("dance", "electronic"), ("synthesizer", "drums", "piano"), ("party", "energetic", "happy"), (116, 130), (1, 0, 0, 0), 0.6, 0.5, 0.4, 1.0, "club"),
    Style("hip hop", ("r&b", "soul"), ("drums", "synthesizer", "piano"), ("energetic", "mellow", "strange"), (76, 102), (1, 0, 0, 0), 0.8, 0.95, 0.3, 1.0),
    Style("r&b", ("soul", "pop"), ("drums", "synthesizer", "piano", "guitar"), ("sexy", "mellow", "relaxed"), (64, 104), minor=0.6, sevenths=0.6),
    Style("soul", ("funk", "r&b"), ("drums", "guitar", "piano", "strings"), ("mellow", "happy", "relaxed"), (70, 118), (0.8, 0.05, 0.15, 0), 0.4, sevenths=0.5),
    Style("jazz", ("blues", "soul"), ("piano", "drums", "guitar"), ("mellow", "relaxed", "calm"), (62, 190), (0.75, 0.2, 0.05, 0), 0.5, 0.35, 0.9, 0.7, "letters"),
    Style("blues", ("rock", "country"), ("guitar", "drums", "piano"), ("sad", "mellow", "slow"), (58, 126), (0.75, 0.03, 0.22, 0), 0.3, sevenths=0.8, steady=0.8),
    Style("country", ("folk", "rock"), ("guitar", "drums", "violin"), ("happy", "mellow", "relaxed"), (72, 150), (0.7, 0.18, 0.02, 0.1), 0.15),
    Style("folk", ("country", "pop"), ("guitar", "violin", "flute", "piano"), ("calm", "mellow", "sad", "beautiful"), (66, 128), _QUIET, 0.4, sung=0.8, steady=0.6),
    Style("classical", ("opera", "ambient"), ("violin", "cello", "strings", "piano", "harpsichord", "flute", "harp"), ("calm", "beautiful", "slow", "sad"), (48, 150), (0.5, 0.3, 0.1, 0.1), 0.5, 0.1, 0.15, 0.25, "letters", ("choir",)),
    Style("metal", ("rock", "punk"), ("guitar", "drums"), ("loud", "fast", "energetic"), (90, 190), minor=0.9),
    Style("ambient", ("new age", "electronic"), ("synthesizer", "piano", "strings", "harp"), ("calm", "slow", "strange", "relaxed"), (50, 90), _QUIET, 0.5, 0.1, 0.3, 0.5, "letters"),
    Style("new age", ("ambient", "classical"), ("piano", "flute", "harp", "synthesizer"), ("calm", "relaxed", "beautiful"), (52, 96), _QUIET, 0.4, 0.1, 0.3, 0.5, "letters"),
    Style("indian", ("folk", "new age"), ("sitar", "flute", "drums"), ("strange", "calm", "beautiful"), (60, 130), sung=0.5, steady=0.5, form="letters"),
    Style("funk", ("soul", "dance"), ("guitar", "drums", "synthesizer"), ("party", "energetic", "happy"), (92, 122), sevenths=0.8),
)  # fmt: skip

_I, _V, _C, _B, _O = (
    ("intro", "A"),
    ("verse", "B"),
    ("chorus", "C"),
    ("bridge", "D"),
    ("outro", "A"),
)
_S, _N, _K = ("solo", "E"), ("instrumental", "E"), ("break", "F")
Part = tuple[str, str]
FORMS: dict[str, tuple[tuple[Part, ...], ...]] = {
    "song": (
        (_I, _V, _C, _V, _C, _B, _C, _O),
        (_I, _V, _V, _C, _V, _C, _S, _C, _O),
        (_V, _C, _V, _C, _B, _C, _C, _O),
        (_I, _V, _C, _N, _V, _C, _C, _O),
        (_I, _V, _C, _V, _C, _O),
    ),
    "club": (
        (_I, _V, _C, _K, _V, _C, _O),
        (_I, _N, _K, _C, _N, _K, _C, _O),
        (_I, _V, _C, _V, _K, _C, _O),
    ),
    "letters": (
        (("section", "A"), ("section", "A"), ("section", "B"), ("section", "A")),
        (_I, ("section", "B"), ("section", "C"), ("section", "B"), ("section", "C"), _O),
        (("section", "A"), ("section", "B"), ("section", "A"), ("section", "C"), ("section", "A")),
        (_I, ("section", "B"), ("section", "B"), _S, ("section", "B"), _O),
    ),
}
"""Rows of function and letter: the same letter where the music comes back."""

_MAJOR = ("1564", "1645", "6415", "1415", "4156", "1625", "1454", "1364", "1425", "2511")
_MINOR = ("1637", "1764", "1675", "1415", "6715", "1463", "1647", "1735", "1677", "4151")


def loops(
    dice: random.Random, tonic: str, mode: str, sevenths: float, count: int
) -> list[tuple[str, ...]]:
    """Return chord progressions in a key, one chord a bar, as Harte labels.

    Parameters
    ----------
    sevenths : how often its chords have sevenths, from 0 to 1
    count : how many progressions, as different as chance has it
    """
    scale = diatonic_chords(tonic, mode)
    rich = dice.random() < sevenths
    found = []
    for _ in range(count):
        degrees = dice.choice(_MAJOR if mode == "major" else _MINOR)
        labels = [_coloured(dice, scale, int(d), mode, rich) for d in degrees]
        found.append(tuple(labels * 2 if dice.random() < 0.2 else labels))
    return found


def _coloured(dice: random.Random, scale: Sequence[str], degree: int, mode: str, rich: bool) -> str:
    """Return the chord on a degree, with a seventh where the style has them."""
    root, quality = scale[degree - 1].split(":")
    if mode == "minor" and degree == 5 and dice.random() < 0.5:
        quality = "maj"
    if not rich or dice.random() < 0.25:
        return f"{root}:{quality}"
    if (degree == 5 and quality == "maj") or (mode == "minor" and degree == 7):
        return f"{root}:7"
    return f"{root}:{ {'maj': 'maj7', 'min': 'min7', 'dim': 'hdim7'}.get(quality, quality) }"
