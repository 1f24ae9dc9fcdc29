"""Melody: a motif of two bars, moved with the harmony through phrases of four, ended by a cadence.

Strong beats carry chord tones and weak ones the scale around them; leaps are small and turned back
(Huron, 2006); sections with one label share their tune.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.composing.meters import Meter
from tools.composing.plan import Plan, dice
from tools.composing.score import ScoreNote
from tools.composing.voicing import tones
from tools.theory import pitch_class

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_BLUES = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 6, 7, 10)}
"""A minor third over a seventh chord is blue, but major is then heard as minor."""
WINDOW = (9, 10)
"""Semitones under and over the middle of a tune."""
MIDDLE = 73
"""Where a tune lies if the instrument can: well over the chords."""
WEIGHT_VELOCITY = (78, 84, 90, 102)
"""Velocity by the weight of the place in the bar."""

Rhythm = tuple[tuple[float, float], ...]
"""Starts in the bar and durations."""


@dataclass(frozen=True)
class Motif:
    """Two bars of rhythm and of steps along the scale, and a rhythm to close with."""

    rhythms: tuple[Rhythm, Rhythm, Rhythm]
    steps: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def melody(plan: Plan, compass: tuple[int, int]) -> list[ScoreNote]:
    """Return the tune of the piece; it rests in an intro."""
    low, high = window(compass)
    notes: list[ScoreNote] = []
    for section in plan.sections:
        if section.label == "intro":
            continue
        rng = dice(plan.seed, 3000 + sum(map(ord, section.label)))
        motif = _motif(plan, rng)
        previous = round((low + high) / 2)
        for number in range(round(section.duration / plan.meter.bar)):
            start = section.start + number * plan.meter.bar
            is_last = start + plan.meter.bar > plan.length - 1e-6
            bar = _bar(plan, motif, number, start, previous, (low, high))
            if is_last and plan.closes:
                bar = _ending(plan, start, previous, (low, high))
            notes += bar
            previous = bar[-1].pitch if bar else previous
    return notes


def window(compass: tuple[int, int]) -> tuple[int, int]:
    """Return where in an instrument's compass a tune lies."""
    low, high = compass
    middle = int(np.clip(MIDDLE, low + WINDOW[0], max(low + WINDOW[0], high - WINDOW[1])))
    return max(low, middle - WINDOW[0]), min(high, middle + WINDOW[1])


def _motif(plan: Plan, rng: np.random.Generator) -> Motif:
    meter, density = plan.meter, plan.density
    rhythms = (
        _rhythm(meter, density, rng),
        _rhythm(meter, density * 0.8, rng),
        _cadence_rhythm(meter, density * 0.6, rng),
    )
    if meter.name == "2/4":  # bars that pair off would be heard as 4/4
        rhythms = (rhythms[0], rhythms[0], rhythms[2])
    one, two, three = (_contour(len(rhythm), rng) for rhythm in rhythms)
    return Motif(rhythms, (one, two, three))


def _rhythm(meter: Meter, density: float, rng: np.random.Generator) -> Rhythm:
    """Return a bar: pulses split where dense, joined where sparse, the downbeat always struck."""
    onsets: list[float] = []
    for number, (pulse, length) in enumerate(zip(meter.pulses, meter.lengths, strict=True)):
        if number and meter.weights[number] == 1 and rng.random() > 0.35 + density:
            continue
        onsets.append(pulse)
        if length == 1.5:
            splits = ((), (1.0,), (0.5, 1.0))
            chosen = splits[int(rng.choice(3, p=_shares(density)))]
        else:
            chosen = (0.5,) if rng.random() < density * 0.9 else ()
            if chosen and density > 0.6 and rng.random() < density - 0.5:
                chosen = (0.5, 0.75)
        onsets += [pulse + offset for offset in chosen]
    ends = [*onsets[1:], meter.bar]
    return tuple((a, b - a) for a, b in zip(onsets, ends, strict=True))


def _shares(density: float) -> tuple[float, float, float]:
    busy = density * 0.8
    return ((1 - busy) * 0.6, (1 - busy) * 0.4, busy)


def _cadence_rhythm(meter: Meter, density: float, rng: np.random.Generator) -> Rhythm:
    """Return a bar that comes to rest: one long note, perhaps an upbeat to the next phrase."""
    if len(meter.pulses) > 2 and rng.random() < 0.3 + density:
        last = meter.pulses[-1]
        return ((0.0, last), (last, meter.lengths[-1]))
    return ((0.0, meter.bar * 0.9),)


def _contour(count: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Return steps along the scale from note to note: mostly by one, leaps turned back."""
    steps = [0]
    while len(steps) < count:
        if abs(steps[-1]) > 1:
            steps.append(-int(np.sign(steps[-1])))
        else:
            steps.append(int(rng.choice((-2, -1, 1, 2, 3), p=(0.12, 0.36, 0.34, 0.13, 0.05))))
    return tuple(steps)


def _bar(
    plan: Plan, motif: Motif, number: int, start: float, previous: int, within: tuple[int, int]
) -> list[ScoreNote]:
    """Return a bar of a phrase A B A' C; each phrase's target height makes an arch."""
    place = number % 4
    which = (0, 1, 0, 2)[place]
    low, high = within
    arch = (0.45, 0.6, 0.75, 0.4)[place] + (0.12 if (number // 4) % 2 else 0.0)
    target = low + arch * (high - low)
    notes: list[ScoreNote] = []
    pitch = round((previous + target) / 2)
    for k, ((offset, duration), step) in enumerate(
        zip(motif.rhythms[which], motif.steps[which], strict=True)
    ):
        label = plan.chord_at(start + offset).label
        if label in ("N", "X"):
            continue
        scale = local_scale(plan, label)
        weight = plan.meter.weight_at(offset)
        is_strong = weight >= 2 or duration >= 1 or k == 0
        moved = _along(pitch, step, scale) if k else pitch
        pool = tones(label) if is_strong else scale
        pitch = nearest(moved, pool, low, high, avoid=None if is_strong else pitch)
        velocity = WEIGHT_VELOCITY[weight] + plan.velocity
        notes.append(ScoreNote(start + offset, duration * 0.95, pitch, velocity))
    return notes


def _ending(plan: Plan, start: float, previous: int, within: tuple[int, int]) -> list[ScoreNote]:
    """Return the last bar: the tonic, held."""
    home = nearest(previous, (pitch_class(plan.tonic),), *within)
    return [ScoreNote(start, plan.meter.bar, home, WEIGHT_VELOCITY[3] + plan.velocity)]


def local_scale(plan: Plan, label: str) -> tuple[int, ...]:
    """Return the pitch classes that fit a chord: its own, and the key's where they don't rub."""
    own = set(tones(label))
    home = pitch_class(plan.tonic)
    steps: tuple[int, ...] = _SCALES[plan.mode]
    if plan.style.name == "blues":
        steps = _BLUES[plan.mode]
    around = {(home + step) % 12 for step in steps}
    kept = {pc for pc in around if (pc + 1) % 12 not in own - around}
    kept = {pc for pc in kept if (pc - 1) % 12 not in own - around}
    return tuple(sorted(own | kept))


def _along(pitch: int, step: int, scale: Sequence[int]) -> int:
    """Return the pitch `step` degrees along a scale."""
    direction = 1 if step > 0 else -1
    for _ in range(abs(step)):
        pitch += direction
        while pitch % 12 not in scale:
            pitch += direction
    return pitch


def nearest(pitch: int, pool: Sequence[int], low: int, high: int, avoid: int | None = None) -> int:
    """Return the pitch of a pool of pitch classes nearest to one, inside a window."""
    fitting = [p for p in range(low, high + 1) if p % 12 in pool and p != avoid]
    fitting = fitting or [p for p in range(low, high + 1) if p % 12 in pool] or [low]
    return min(fitting, key=lambda p: (abs(p - pitch), p))
