"""The mix: how loud each part is by what it does, where it stands, and the room they share.

Parts are brought to loudnesses relative to one another by ear's measure (K-weighted), so a balance
holds whatever the bank's own levels are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.synthesis.mastering import loudness, mastered
from tools.synthesis.reverb import reverberate
from tools.synthesis.soundfont import Sound


@dataclass(frozen=True)
class Place:
    """What the mix makes of a part.

    Parameters
    ----------
    level : LU relative to the melody
    pan : -1, left, to 1
    room : share of it that goes to the room
    """

    level: float
    pan: float = 0.0
    room: float = 0.22


PLACES = {
    "melody": Place(0.0),
    "second": Place(-4.0, -0.35),
    "chords": Place(-6.0, 0.25),
    "pad": Place(-9.0, -0.15, 0.35),
    "bass": Place(-4.0, 0.0, 0.04),
    "drums": Place(-3.0, 0.0, 0.08),
    "soprano": Place(0.0, -0.3, 0.3),
    "alto": Place(-2.0, -0.1, 0.3),
    "tenor": Place(-2.0, 0.15, 0.3),
}
"""By the first word of a part's name."""

OTHER = Place(-3.0, 0.15)
CHORALE = "soprano"
CHORALE_BASS = Place(-2.0, 0.3, 0.3)
"""The bass of four singers stands with them."""


def place_of(name: str, names: Sequence[str]) -> Place:
    """Return the place of a part among parts, by its name."""
    role = name.lower().split()[0] if name.strip() else ""
    if role == "bass" and CHORALE in names:
        return CHORALE_BASS
    return PLACES.get(role, OTHER)


def mix(parts: Sequence[tuple[str, Sound]], rate: int) -> Sound:
    """Return the mastered mix of parts, shape=(2, n).

    Parameters
    ----------
    parts : name and sound of each, all of shape=(2, n)
    """
    names = [name.lower() for name, _ in parts]
    dry = np.zeros_like(parts[0][1])
    sent = np.zeros_like(dry)
    for name, sound in parts:
        place = place_of(name, names)
        stood = sound * (_gain(sound, place.level, rate) * _balance(place.pan))
        dry += stood
        sent += stood * np.float32(place.room)
    dry += reverberate(sent, rate)
    return mastered(dry, rate)


def _gain(sound: Sound, level: float, rate: int) -> np.float32:
    """Return what brings a part to `level` above -23 LUFS; the master sets the whole."""
    heard = loudness(sound, rate)
    if heard is None:
        return np.float32(0.1 * 10 ** (level / 20) / max(float(np.abs(sound).max()), 1e-9))
    return np.float32(10 ** ((level - 23 - heard) / 20))


def _balance(pan: float) -> Sound:
    """Return the gains of left and right, shape=(2, 1); the middle leaves both as they are."""
    turn = (pan + 1) * np.pi / 4
    gains: Sound = (np.sqrt(2) * np.array([[np.cos(turn)], [np.sin(turn)]])).astype(np.float32)
    return gains
