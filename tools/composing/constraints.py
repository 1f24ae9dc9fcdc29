"""Constraints: what a voice may sing next, whatever a net would like.

Rules give way one after another where nothing would be left: first those of voice leading, then
the order of the voices; never the compass, never the chord.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tools.composing.tokens import DURATIONS
from tools.composing.voicing import is_parallel
from tools.theory import QUALITIES as INTERVALS
from tools.theory import parse_chord, pitch_class

SIXTEENTH = 3
"""Ticks; voices begin on multiples of it."""
LEAP = 12
"""Semitones of the widest leap."""

Pitches = frozenset[int]


@dataclass(frozen=True)
class Harmony:
    """A chord in C major or A minor.

    Parameters
    ----------
    tones : its pitch classes
    bass : the pitch class of the lowest voice
    essential : pitch classes that make the chord what it is: third and seventh
    """

    tones: Pitches
    bass: int
    essential: Pitches = frozenset()


def harmony_of(label: str, shift: int) -> Harmony | None:
    """Return the chord of a Harte label, moved down by `shift` semitones; None for no chord."""
    if label in ("N", "X"):
        return None
    chord = parse_chord(label)
    tones = frozenset((pc - shift) % 12 for pc in chord.pitch_classes)
    root = (chord.root_pc - shift) % 12
    bass = (pitch_class(chord.bass) - shift) % 12
    return Harmony(tones, bass, _essential(root, tones))


def harmony_of_word(word: str, home: int) -> Harmony | None:
    """Return the chord of a word such as ``"chord 7 maj"`` over a tonic."""
    if word == "chord none":
        return None
    _, steps, quality = word.split()
    root = (home + int(steps)) % 12
    tones = frozenset((root + step) % 12 for step in INTERVALS[quality])
    return Harmony(tones, root, _essential(root, tones))


def _essential(root: int, tones: Pitches) -> Pitches:
    return frozenset((root + step) % 12 for step in (3, 4, 10, 11)) & tones


@dataclass
class Voicing:
    """What sounds: the voices from the highest to the lowest.

    Parameters
    ----------
    compass : voice -> lowest and highest pitch
    now : voice -> pitch that sounds or is about to
    before : voice -> pitch that sounded until now
    fresh : voices that have begun a note at this place
    held : voices whose note goes on here
    """

    compass: Mapping[str, tuple[int, int]]
    now: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)

    def arrive(self, ending: Iterable[str]) -> None:
        """Go to another place, where some voices end: what sounds now is what sounded before."""
        self.before = dict(self.now)
        self.fresh.clear()
        self.held = set(self.now) - set(ending)

    def sing(self, voice: str, pitch: int) -> None:
        """Let a voice begin a note."""
        self.now[voice] = pitch
        self.fresh.add(voice)

    def choices(self, voice: str, within: Pitches | None) -> list[int]:
        """Return the pitches that a voice may begin here, those of a set of classes if given."""
        low, high = self.compass[voice]
        possible = [p for p in range(low, high + 1) if within is None or p % 12 in within]
        rules = (
            lambda p: self._is_ordered(voice, p),
            lambda p: voice not in self.before or abs(p - self.before[voice]) <= LEAP,
            lambda p: not self._makes_parallel(voice, p),
        )
        return narrowed(possible, rules)

    def missing(self, harmony: Harmony) -> Pitches:
        """Return the essential tones that no voice begun here has."""
        return harmony.essential - {self.now[voice] % 12 for voice in self.fresh}

    def _is_ordered(self, voice: str, pitch: int) -> bool:
        """Return whether no voice above is below, and none that is held below is above."""
        names = list(self.compass)
        place = names.index(voice)
        return all(self.now[v] >= pitch for v in names[:place] if v in self.now) and all(
            self.now[v] <= pitch for v in names[place + 1 :] if v in self.held
        )

    def _makes_parallel(self, voice: str, pitch: int) -> bool:
        if voice not in self.before:
            return False
        mine = self.before[voice]
        for other in self.fresh & self.before.keys():
            was, is_now = self.before[other], self.now[other]
            if is_parallel(mine, was, pitch, is_now):
                return True
        return False


def narrowed(possible: Sequence[int], rules: Iterable[Callable[[int], bool]]) -> list[int]:
    """Return what is left after each rule that leaves anything."""
    kept = list(possible)
    for rule in rules:
        stricter = [item for item in kept if rule(item)]
        kept = stricter or kept
    return kept


def durations(tick: int, barrier: int) -> list[int]:
    """Return the durations of a note that begins at a tick and ends at a barrier at the latest."""
    room = barrier - tick
    return [d for d in DURATIONS if d <= room and d % SIXTEENTH == 0]
