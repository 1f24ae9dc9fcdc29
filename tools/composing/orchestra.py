"""Orchestra: who plays what. A brief's instruments exactly; what it excludes never plays."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tools.composing.styles import Style
from tools.errors import MusicToolError
from tools.general_midi import is_percussion, program_of

Roles = dict[str, str]
"""Name of a part -> instrument."""

HARMONIC = frozenset((*range(32), 46, 48, 52, 61, 81, 88, 104, 105))
"""Programs that can play chords: keys, mallets, organs, guitars, harp, ensembles, synthesisers."""
LOW = frozenset((32, 33, 43, 58))
"""Programs that only play the bass."""
DEEP = frozenset((42, 57, 60, 70))
"""Programs that can play the bass where nobody else does: cello, trombone, horn, bassoon."""

RANGES: Mapping[int, tuple[int, int]] = {
    0: (28, 96), 4: (28, 96), 6: (36, 89), 8: (60, 103), 11: (53, 89), 12: (45, 96),
    13: (65, 103), 14: (60, 84), 16: (36, 96), 19: (36, 96), 21: (41, 93), 22: (60, 96),
    24: (40, 83), 25: (40, 83), 27: (40, 86), 30: (40, 83), 32: (28, 60), 33: (28, 60),
    40: (55, 96), 41: (48, 84), 42: (36, 72), 43: (28, 60), 46: (24, 100), 47: (36, 57),
    48: (36, 96), 52: (40, 79), 53: (48, 79), 56: (54, 82), 57: (40, 72), 58: (28, 58),
    60: (36, 77), 61: (36, 84), 65: (49, 80), 68: (58, 91), 70: (34, 72), 71: (50, 91),
    72: (74, 102), 73: (60, 96), 74: (60, 96), 78: (60, 96), 81: (36, 96), 88: (36, 96),
    104: (48, 77), 105: (48, 83), 110: (55, 96),
}  # fmt: skip
"""Program -> comfortable compass as MIDI numbers."""

_STAND_INS = {
    "melody": ("piano", "flute", "violin", "synth"),
    "chords": ("piano", "guitar", "organ", "strings"),
    "bass": ("bass", "double bass", "tuba", "cello"),
    "pad": ("strings", "organ"),
}


@dataclass(frozen=True)
class Seats:
    """Who sits where: parts in order, each with its instrument; doubled hands share one."""

    roles: Mapping[str, str]

    def compass(self, role: str) -> tuple[int, int]:
        """Return the compass of the instrument of a role."""
        return compass(self.roles[role])


def compass(instrument: str) -> tuple[int, int]:
    """Return the lowest and highest MIDI number that an instrument plays."""
    return RANGES.get(program_of(instrument), (36, 96))


def is_excluded(instrument: str, without: Iterable[str]) -> bool:
    """Return whether an instrument is among those that must not play.

    ``"bass"`` excludes every bass, ``"guitar"`` every guitar, ``"drums"`` all percussion; a name
    whose sound is the same (``"keyboard"``, ``"piano"``) counts as well.
    """
    for name in without:
        if is_percussion(name) or is_percussion(instrument):
            if is_percussion(name) and is_percussion(instrument):
                return True
            continue
        wanted, words = _words(name), _words(instrument)
        if wanted & words == wanted or program_of(name) == program_of(instrument):
            return True
    return False


def seat(style: Style, instruments: Sequence[str], without: Sequence[str], pick: int = 0) -> Seats:
    """Return who plays: the brief's instruments, or the style's without the excluded.

    Parameters
    ----------
    pick : which of the style's melody instruments, counted round

    Raises
    ------
    MusicToolError
        If nobody is left to play.
    """
    if instruments:
        playing = [name for name in dict.fromkeys(instruments) if not is_excluded(name, without)]
        roles = _seat_given(playing)
    else:
        roles = _seat_style(style, without, pick)
    if not roles:
        raise MusicToolError(
            f"Every instrument is excluded (without {', '.join(without)}); leave at least one."
        )
    return Seats(roles)


def _seat_style(style: Style, without: Sequence[str], pick: int) -> Roles:
    turned = style.melody[pick % len(style.melody) :] + style.melody[: pick % len(style.melody)]
    wishes = {"melody": turned, "chords": style.chords, "bass": style.low, "pad": style.pad}
    roles: Roles = {}
    for role, liked in wishes.items():
        if not liked:
            continue
        candidates = (*liked, *_STAND_INS[role])
        kept = [name for name in candidates if not is_excluded(name, without)]
        if kept:
            roles[role] = kept[0]
    if style.drums and not is_excluded("drums", without):
        roles["drums"] = "drums"
    if any(_words(name) == {"bass"} for name in without):
        roles.pop("bass", None)  # whoever wants no bass wants no stand-in for it
    return roles


def _seat_given(instruments: Sequence[str]) -> Roles:
    """Return roles for exactly these instruments; one that can play chords fills what is empty."""
    pitched = [name for name in instruments if not is_percussion(name)]
    low = [name for name in pitched if program_of(name) in LOW]
    harmonic = [name for name in pitched if program_of(name) in HARMONIC]
    single = [name for name in pitched if name not in low and name not in harmonic]
    roles: Roles = {}
    if not low and len(single) > 1:
        low = [name for name in single if program_of(name) in DEEP][-1:]
        single = [name for name in single if name not in low]
    if single:
        roles["melody"] = single.pop(0)
    elif len(harmonic) > 1:
        roles["melody"] = harmonic[0]
        harmonic = harmonic[1:]
    elif harmonic:
        roles["melody"] = harmonic[0]
    if harmonic:
        roles["chords"] = harmonic.pop(0)
    if low:
        roles["bass"] = low.pop(0)
    elif "chords" in roles and compass(roles["chords"])[0] <= 41:
        roles["bass"] = roles["chords"]
    for name in (*harmonic, *low, *single):
        roles[_free(roles, "pad" if name in harmonic else "second")] = name
    for name in instruments:
        if is_percussion(name):
            roles[_free(roles, "drums")] = "drums"
            break
    return roles


def _free(roles: Mapping[str, str], role: str) -> str:
    """Return a name for another part of a kind: ``"pad"``, ``"pad 2"`` and so on."""
    if role not in roles:
        return role
    count = 2
    while f"{role} {count}" in roles:
        count += 1
    return f"{role} {count}"


def _words(name: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z]+", name.lower())}
