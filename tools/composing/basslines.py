"""Bass lines: the root on the downbeat and wherever the chord changes, patterns around it."""

from collections.abc import Mapping

from tools.composing.melody import local_scale, nearest
from tools.composing.plan import BRISK, Plan
from tools.composing.score import ScoreChord, ScoreNote
from tools.composing.voicing import tones
from tools.theory import parse_chord, pitch_class

LOWEST = 31
"""Roots lie in the octave over this G, where loudspeakers still speak."""

Step = tuple[float, float, str]
"""Place in the bar, duration, and which note: root, fifth, octave, third, next."""

PATTERNS: Mapping[str, tuple[Step, ...]] = {
    "eighths": tuple((k / 2, 0.48, "root") for k in range(8)),
    "two": ((0.0, 1.8, "root"), (2.0, 1.8, "fifth")),
    "four": ((0.0, 0.9, "root"), (1.0, 0.9, "root"), (2.0, 0.9, "fifth"), (3.0, 0.9, "fifth")),
    "long": ((0.0, 4.0, "root"),),
    "roots": ((0.0, 1.4, "root"), (1.5, 0.45, "root"), (2.0, 1.4, "fifth"), (3.5, 0.45, "root")),
    "offbeats": ((0.0, 0.45, "root"), (0.5, 0.4, "octave"), (1.5, 0.4, "octave"),
                 (2.0, 0.45, "root"), (2.5, 0.4, "octave"), (3.5, 0.4, "octave")),
    "funk": ((0.0, 0.7, "root"), (0.75, 0.2, "octave"), (1.5, 0.4, "root"), (2.0, 0.45, "root"),
             (2.5, 0.45, "fifth"), (3.5, 0.45, "octave")),
    "tumbao": ((0.0, 1.4, "root"), (1.5, 1.4, "fifth"), (3.0, 0.95, "octave")),
    "walking": ((0.0, 0.95, "root"), (1.0, 0.95, "third"), (2.0, 0.95, "fifth"),
                (3.0, 0.95, "next")),
}  # fmt: skip
"""Name -> a bar of 4/4."""


def bass(plan: Plan, compass: tuple[int, int]) -> list[ScoreNote]:
    """Return the bass part, inside the compass of who plays it."""
    notes: list[ScoreNote] = []
    for number in range(plan.bars):
        start = number * plan.meter.bar
        if plan.closes and number == plan.bars - 1:
            steps: list[Step] = [(0.0, plan.meter.bar, "root")]
        else:
            steps = _steps(plan, start)
        for place, duration, which in steps:
            chord = plan.chord_at(start + place)
            if chord.label in ("N", "X"):
                continue
            pitch = _pitch(plan, chord, which, compass)
            velocity = (114 if place == 0 else 88) + plan.velocity
            notes.append(ScoreNote(start + place, duration, pitch, velocity))
    return notes


def _steps(plan: Plan, start: float) -> list[Step]:
    """Return the pattern of a bar, broken where the chord changes so that roots come first."""
    meter, pattern = plan.meter, plan.style.bass
    if plan.bpm > BRISK:
        pattern = {"two": "four", "long": "two"}.get(pattern, pattern)
    steps = list(PATTERNS[pattern]) if meter.name == "4/4" else _any_meter(plan)
    changes = [
        chord.start - start
        for chord in plan.chords
        if start - 1e-6 <= chord.start < start + meter.bar - 1e-6
    ]
    for change in changes:
        steps = [step for step in steps if abs(step[0] - change) > 1e-6]
        later = [step[0] for step in steps if step[0] > change] + [meter.bar]
        later += [other for other in changes if other > change + 1e-6]
        steps.append((change, (min(later) - change) * 0.95, "root"))
    steps.sort()
    ends = [*(step[0] for step in steps[1:]), meter.bar]
    return [(a, min(d, end - a), which) for (a, d, which), end in zip(steps, ends, strict=True)]


def _any_meter(plan: Plan) -> list[Step]:
    """Return a bar of another meter than 4/4: root on the downbeat, the fifth on later groups."""
    meter, pattern = plan.meter, plan.style.bass
    if pattern == "long" and meter.is_simple:
        return [(0.0, meter.bar * 0.95, "root")]
    if pattern == "walking" and meter.is_simple:
        names = ("root", "third", "fifth", "next", "next")
        return [(float(k), 0.95, names[k]) for k in range(len(meter.pulses))]
    is_busy = pattern not in ("two", "long")
    if len(meter.pulses) <= 3 and meter.is_simple:
        rest = [(meter.bar - 0.5, 0.45, "fifth")] if is_busy else []
        return [(0.0, meter.bar * 0.6, "root"), *rest]
    steps: list[Step] = []
    for number, (pulse, length) in enumerate(zip(meter.pulses, meter.lengths, strict=True)):
        which = "root" if number == 0 else "fifth" if meter.weights[number] == 2 else "octave"
        if meter.is_simple and meter.weights[number] == 1 and not is_busy:
            continue
        steps.append((pulse, length * 0.6, which))
        if length == 1.5 and is_busy:
            steps.append((pulse + 1.0, 0.45, which))
    return steps


def _pitch(plan: Plan, chord: ScoreChord, which: str, compass: tuple[int, int]) -> int:
    parsed = parse_chord(chord.label)
    low = max(compass[0], LOWEST)
    high = min(compass[1], low + 19)
    root = nearest(low + 5, (pitch_class(parsed.bass),), low, low + 11)
    pcs = tones(chord.label)
    if which == "octave":
        return root + 12 if root + 12 <= high else root
    if which == "fifth":
        steps = [s for s in (7, 6, 8) if (parsed.root_pc + s) % 12 in pcs]
        goal = (parsed.root_pc + steps[0]) % 12 if steps else root % 12
        return nearest(root + 5, (goal,), low, high)
    if which == "third" and parsed.third is not None:
        return nearest(root + 4, ((parsed.root_pc + parsed.third) % 12,), low, high)
    if which == "next":
        return _approach(plan, chord, root, low, high)
    return root


def _approach(plan: Plan, chord: ScoreChord, root: int, low: int, high: int) -> int:
    """Return a step of the scale that leads into the next chord's bass."""
    following = plan.chord_at(chord.start + chord.duration).label
    if following in ("N", "X", chord.label):
        return nearest(root + 7, tones(chord.label), low, high)
    goal = nearest(low + 5, (pitch_class(parse_chord(following).bass),), low, low + 11)
    above = nearest(goal + 2, local_scale(plan, chord.label), low, high, avoid=goal)
    below = nearest(max(low, goal - 2), local_scale(plan, chord.label), low, high, avoid=goal)
    return below if abs(below - goal) <= abs(above - goal) and below != goal else above
