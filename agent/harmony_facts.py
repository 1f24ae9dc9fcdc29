"""Harmony that can be looked for in any key: the chords of a track, and its progressions. Pure.

A progression is written as steps, the form of ``"min:0-dom:5-maj:5"``: for each chord its class and
how many semitones its root lies above the one before; the first is at 0. A class is what a listener
tells apart: maj, min, dim, aug, dom (a major triad with a minor seventh), hdim, and sus for chords
without a third. No key is needed, so none can be wrong: Dm-G-C counts as ii-V-I wherever it comes,
also where the key of the piece is F.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from agent.harmony_query import ProgressionError, Step, read_progression
from tools.annotations import Chords
from tools.conventions import Interval
from tools.theory import parse_chord

__all__ = [
    "ProgressionError",
    "matches",
    "pattern",
    "places",
    "progressions",
    "query_patterns",
    "vocabulary",
]

LONGEST = 5
"""Chords in the longest progression that is kept; of longer ones every stretch of 5 must be there."""

MOST_CHORDS = 12
NO_CHORD = ("N", "X")


class Heard(NamedTuple):
    """A chord from start to end: pitch class of its root, and its class."""

    start: float
    end: float
    root: int
    kind: str


_CLASSES = {
    "sus2": "sus", "sus4": "sus", "5": "sus", "1": "sus", "dim": "dim", "dim7": "dim",
    "hdim7": "hdim", "aug": "aug", "aug7": "aug", "7": "dom", "9": "dom", "11": "dom", "13": "dom",
}  # fmt: skip
_FAMILIES = {"dom": "7", "hdim": "hdim7", "sus": "sus4"}


# ---- what a track has ---------------------------------------------------------------------------


def pattern(labels: Sequence[str]) -> str:
    """Return a progression in any key: the same for D:min7 G:7 C:maj7 and E:min A:7 D:maj.

    N and X are left out, and a chord that is held counts once; ``""`` where nothing is left.

    Raises
    ------
    ValueError
        If a label is no chord in Harte's syntax.
    """
    return _pattern(_merged(_heard(labels)))


def progressions(labels: Sequence[str]) -> tuple[str, ...]:
    """Return all progressions of 2 to 5 different successive chords, as `pattern` writes them.

    A chord that only adds a seventh to the one before (G, G7), or resolves its suspension (Gsus4,
    G), is there as a chord of its own and as the same one. In order of first appearance.
    """
    found: dict[str, None] = {}
    for chords in _readings(_heard(labels)):
        for n in range(2, LONGEST + 1):
            for i in range(len(chords) - n + 1):
                found[_pattern(chords[i : i + n])] = None
    return tuple(found)


def vocabulary(chords: Chords) -> tuple[str, ...]:
    """Return at most 12 chords as bare families (C:maj, C:min, C:7 ...), the longest heard first.

    Names of one sound count as one chord, under the name that comes first.
    """
    seconds: dict[tuple[int, str], float] = defaultdict(float)
    names: dict[tuple[int, str], str] = {}
    for start, end, label in chords:
        if label in NO_CHORD:
            continue
        sound = _sound(label)
        seconds[sound] += end - start
        family = _FAMILIES.get(sound[1], sound[1])
        names.setdefault(sound, f"{parse_chord(label).root}:{family}")
    ranked = sorted(seconds, key=lambda sound: -seconds[sound])
    return tuple(names[sound] for sound in ranked[:MOST_CHORDS])


# ---- what is asked for --------------------------------------------------------------------------


def query_patterns(text: str, mode: str | None = None) -> tuple[tuple[str, ...], ...]:
    """Return what a track must have: of each of these tuples, one of its patterns (see `matches`).

    It reads "ii-V-I", "I–V–vi–IV", "i bVII bVI V", "2-5-1", "Dm7 G7 Cmaj7" (`agent.harmony_query`).
    Up to 5 chords make one tuple, longer progressions one for each stretch of 5.

    Parameters
    ----------
    mode : ``"major"`` or ``"minor"``: the scale that degrees count from, where the text doesn't tell

    Raises
    ------
    ProgressionError
        If it is no progression of two chords or more.
    """
    steps, _ = read_progression(text, mode)
    last = max(0, len(steps) - LONGEST)
    return tuple(tuple(_alternatives(steps[i : i + LONGEST])) for i in range(last + 1))


def matches(progressions: Iterable[str], query: tuple[tuple[str, ...], ...]) -> bool:
    """Return whether a track with these progressions has what `query_patterns` returned."""
    known = frozenset(progressions)
    return bool(query) and all(not known.isdisjoint(alternatives) for alternatives in query)


def places(
    chords: Chords, text: str, mode: str | None = None, exact: bool = False
) -> tuple[Interval, ...]:
    """Return from where to where a progression is heard, in seconds, without overlaps.

    Unlike `matches` it holds for any length. With `exact`, chords that were named are looked for
    as named and not in other keys.

    Raises
    ------
    ProgressionError
        If the text is no progression of two chords or more.
    """
    steps, named = read_progression(text, mode)
    spans = [Heard(a, b, *_sound(label)) for a, b, label in chords if label not in NO_CHORD]
    found: set[Interval] = set()
    for reading in _readings(spans):
        for i in range(len(reading) - len(steps) + 1):
            stretch = reading[i : i + len(steps)]
            if _fits(stretch, steps, exact and named):
                found.add((stretch[0].start, stretch[-1].end))
    return tuple(_apart(sorted(found)))


# ---- inside -------------------------------------------------------------------------------------


def _heard(labels: Iterable[str]) -> list[Heard]:
    named = (label for label in labels if label not in NO_CHORD)
    return [Heard(i, i + 1, *_sound(label)) for i, label in enumerate(named)]


def _sound(label: str) -> tuple[int, str]:
    """Return the pitch class of the root, and the class of the chord."""
    chord = parse_chord(label.split("/")[0])  # a note in the bass is no third
    by_third = {3: "min", 4: "maj", None: "sus"}
    return chord.root_pc, _CLASSES.get(chord.quality) or by_third[chord.third]


def _pattern(chords: Sequence[Heard]) -> str:
    if not chords:
        return ""
    moves = [0, *((b.root - a.root) % 12 for a, b in pairwise(chords))]
    return "-".join(f"{c.kind}:{move}" for c, move in zip(chords, moves, strict=True))


def _readings(chords: Sequence[Heard]) -> Iterator[list[Heard]]:
    """Yield the chords as they are, with their sevenths joined, and without suspensions."""
    yield _merged(chords)
    joined = _joined(chords)
    yield joined
    yield _joined(_resolved(joined))


def _merged(chords: Sequence[Heard]) -> list[Heard]:
    """Return the chords with those that are held as one."""
    merged: list[Heard] = []
    for chord in chords:
        if merged and (merged[-1].root, merged[-1].kind) == (chord.root, chord.kind):
            merged[-1] = merged[-1]._replace(end=chord.end)
        else:
            merged.append(chord)
    return merged


def _joined(chords: Sequence[Heard]) -> list[Heard]:
    """Return the chords with a major one and the seventh on it as one, the seventh."""
    joined: list[Heard] = []
    for chord in _merged(chords):
        last = joined[-1] if joined else None
        if last and last.root == chord.root and {last.kind, chord.kind} <= {"maj", "dom"}:
            joined[-1] = last._replace(end=chord.end, kind="dom")
        else:
            joined.append(chord)
    return joined


def _resolved(chords: Sequence[Heard]) -> list[Heard]:
    """Return the chords without suspensions that go to or come from one on the same root."""
    around = [None, *chords, None]
    return [
        chord
        for before, chord, after in zip(around, chords, around[2:], strict=False)
        if chord.kind != "sus"
        or all(other is None or other.root != chord.root for other in (before, after))
    ]


def _alternatives(steps: Sequence[Step]) -> Iterator[str]:
    """Yield every way in which the chords asked for may be heard, as `pattern` writes it."""
    for kinds in product(*(sorted(step.classes) for step in steps)):
        yield _pattern([Heard(0, 1, s.root, k) for s, k in zip(steps, kinds, strict=True)])


def _fits(stretch: Sequence[Heard], steps: Sequence[Step], exact: bool) -> bool:
    shift = 0 if exact else stretch[0].root - steps[0].root
    return all(
        (step.root + shift) % 12 == chord.root and chord.kind in step.classes
        for chord, step in zip(stretch, steps, strict=True)
    )


def _apart(spans: Iterable[Interval]) -> Iterator[Interval]:
    """Yield spans in order of start that don't begin before the last one ended."""
    free = 0.0
    for start, end in spans:
        if start >= free:
            yield start, end
            free = end
