"""Hands and voices: which staff a note of a keyboard goes to, and which stem; pure."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from tools.annotations import FloatArray
from tools.quantise import Written, tidied

MIDDLE_C = 60
SPLITS = np.arange(45, 77)
"""Where a keyboard may be divided: the lowest pitch of the right hand."""

HAND = 12
"""Semitones that a hand spans with ease."""

FROM_MIDDLE, MOVING, REACHING, NEAR, IDLE, LEDGER = 0.05, 0.15, 1.0, 0.12, 3.0, 0.15
"""Cost of a split a semitone off middle C; of moving it by one; of a stretch beyond `HAND` by one; of
a note a semitone nearer to it than `ROOM`; of one hand doing two things while the other rests; of a
note a semitone beyond `FARTHEST` on the other hand's side."""

ROOM = 4.0
FARTHEST = (55, 65)

UPPER, LOWER = 1, -1


def hands(written: Sequence[Written]) -> tuple[list[Written], list[Written]]:
    """Return what the right hand plays and what the left hand does.

    The keyboard is divided anew at every onset by dynamic programming: the cheapest path of
    divisions stays near middle C, moves little, keeps hands within their span and runs through gaps.
    """
    if not written:
        return [], []
    onsets = sorted({w.start for w in written})
    struck: dict[int, list[int]] = {onset: [] for onset in onsets}
    for w in written:
        struck[w.start] += w.pitches
    held = _sounding(written, onsets)
    costs = np.array([_split_costs(struck[onset], held[onset]) for onset in onsets])
    path = dict(zip(onsets, SPLITS[_cheapest(costs)].tolist(), strict=True))
    right, left = [], []
    for w in written:
        high = tuple(p for p in w.pitches if p >= path[w.start])
        low = tuple(p for p in w.pitches if p < path[w.start])
        right += [Written(w.start, w.end, high)] if high else []
        left += [Written(w.start, w.end, low)] if low else []
    return right, left


def voices(written: Sequence[Written], beat: int) -> list[list[Written]]:
    """Return one staff's music as one voice, or two where notes are held under or over others.

    Each is in order, without overlaps, its lengths tidied; the first is the upper one.

    Parameters
    ----------
    beat : ticks; a note that goes on for half of it after the next is struck is held
    """
    chords = _by_onset(written, beat)
    lines: dict[int, list[Written]] = {UPPER: [], LOWER: []}
    side, until = UPPER, 0  # of the note that is held at present
    for i, chord in enumerate(chords):
        if chord.start < until:
            lines[-side].append(chord)
            continue
        over = _over(chords, i, beat)
        side = LOWER if over and np.mean(over) > np.mean(chord.pitches) else UPPER
        until = chord.end if over else 0
        lines[side].append(chord)
    return [tidied(_one_line(line), beat) for line in lines.values() if line]


# ---- inside -------------------------------------------------------------------------------------


def _sounding(written: Sequence[Written], onsets: Sequence[int]) -> dict[int, list[int]]:
    """Return the pitches that go on sounding while others are struck at each onset."""
    held: dict[int, list[int]] = {}
    going: list[Written] = []
    starting = iter(written)
    upcoming = next(starting, None)
    for onset in onsets:
        going = [w for w in going if w.end > onset]
        held[onset] = [p for w in going for p in w.pitches]
        while upcoming is not None and upcoming.start <= onset:
            going.append(upcoming)
            upcoming = next(starting, None)
    return held


def _split_costs(struck: Sequence[int], held: Sequence[int]) -> FloatArray:
    """Return what dividing these notes at each of `SPLITS` costs."""
    notes = np.array([*struck, *held], np.float64)[:, None]
    right = notes >= SPLITS
    new = right[: len(struck)]
    high = np.where(right, notes, -np.inf).max(axis=0) - np.where(right, notes, np.inf).min(axis=0)
    low = np.where(right, -np.inf, notes).max(axis=0) - np.where(right, np.inf, notes).min(axis=0)
    costs: FloatArray = REACHING * (np.maximum(high - HAND, 0) + np.maximum(low - HAND, 0))
    costs += NEAR * np.maximum(ROOM - np.abs(notes - SPLITS + 0.5), 0).sum(axis=0)
    beyond = np.where(right, FARTHEST[0] - notes, notes - FARTHEST[1])[: len(new)]
    costs += LEDGER * np.maximum(beyond, 0).sum(axis=0)
    if held:
        costs += IDLE * (right.all(axis=0) | ~right.any(axis=0))
    return costs + FROM_MIDDLE * np.abs(SPLITS - MIDDLE_C)


def _cheapest(costs: FloatArray) -> list[int]:
    """Return the path through the columns that costs least, moves included."""
    moves = MOVING * np.abs(SPLITS[:, None] - SPLITS)
    total, came = costs[0], []
    for row in costs[1:]:  # one step an onset, not a frame
        through = total[:, None] + moves
        came.append(through.argmin(axis=0))
        total = through.min(axis=0) + row
    path = [int(total.argmin())]
    for step in reversed(came):
        path.append(int(step[path[-1]]))
    return path[::-1]


def _by_onset(written: Sequence[Written], beat: int) -> list[Written]:
    """Return chords, at most two at an onset: the longer and the shorter notes."""
    groups: dict[int, list[Written]] = {}
    for w in written:
        groups.setdefault(w.start, []).append(w)
    chords = []
    following = dict(pairwise(sorted(groups)))
    for start, group in sorted(groups.items()):
        after = following.get(start, start + beat)
        long = [w for w in group if w.end - after >= beat // 2]
        short = [w for w in group if w not in long]
        chords += [_chord(part) for part in (long, short) if part]
    return chords


def _chord(group: Sequence[Written]) -> Written:
    """Return notes struck together as one chord; it lasts as long as most of them."""
    lasting = sorted(w.end for w in group for _ in w.pitches)
    pitches = sorted({p for w in group for p in w.pitches})
    return Written(group[0].start, lasting[len(lasting) // 2], tuple(pitches))


def _over(chords: Sequence[Written], at: int, beat: int) -> list[int]:
    """Return the pitches struck while a chord is held; none where it is not held."""
    chord, first = chords[at], 0
    over: list[int] = []
    for other in chords[at + 1 :]:
        if other.start >= chord.end:
            break
        first = first or (other.start if other.start > chord.start else 0)
        over += other.pitches
    return over if first and chord.end - first >= beat // 2 else []


def _one_line(line: Sequence[Written]) -> list[Written]:
    """Return a voice with all that is struck at one time as one chord."""
    groups: dict[int, list[Written]] = {}
    for w in line:
        groups.setdefault(w.start, []).append(w)
    return [_chord(group) for _, group in sorted(groups.items())]
