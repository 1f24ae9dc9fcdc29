"""Comping: how the chords are struck, broken or held, in any meter."""

from collections.abc import Mapping

from tools.composing.melody import nearest
from tools.composing.meters import Meter
from tools.composing.plan import BRISK, Plan
from tools.composing.score import ScoreNote
from tools.composing.voicing import Voices, lead, tones

Hit = tuple[float, float, int]
"""Place in the bar, duration, velocity."""

LOW, HIGH = 50, 74
"""Where chords lie: under the tune, over the bass."""

HITS: Mapping[str, tuple[Hit, ...]] = {
    "push": ((0.0, 1.4, 92), (1.5, 0.5, 74), (2.0, 1.4, 84), (3.5, 0.45, 72)),
    "drive": tuple((k / 2, 0.45, 94 if k == 0 else 82 if k % 2 == 0 else 68) for k in range(8)),
    "strum": ((0.0, 0.95, 94), (1.0, 0.45, 76), (1.5, 0.45, 66), (2.0, 0.95, 86), (3.0, 0.45, 76),
              (3.5, 0.45, 66)),
    "stabs": ((0.0, 0.9, 92), (1.5, 0.4, 76), (2.5, 0.9, 80)),
    "montuno": ((0.0, 0.45, 92), (0.5, 0.45, 72), (1.5, 0.45, 78), (2.5, 0.45, 78),
                (3.0, 0.45, 72), (3.5, 0.45, 74)),
    "skank": ((0.0, 0.3, 60), (1.0, 0.35, 88), (3.0, 0.35, 88)),
    "pulses": ((0.0, 0.9, 92), (1.0, 0.9, 74), (2.0, 0.9, 82), (3.0, 0.9, 74)),
    "oompah": ((0.0, 0.6, 66), (1.0, 0.6, 84), (2.0, 0.6, 64), (3.0, 0.6, 84)),
}  # fmt: skip
"""Name -> strokes in a bar of 4/4."""
BROKEN = {"alberti": (0, 2, 1, 2), "arpeggio": (0, 1, 2, 1)}
"""Name -> the order of a chord's notes, in eighths."""


def window(compass: tuple[int, int]) -> tuple[int, int]:
    """Return where in a compass chords lie: about two octaves, in the middle if they can be."""
    low, high = compass
    bottom = max(low, min(LOW, high - (HIGH - LOW)))
    return bottom, max(min(high, HIGH), min(high, bottom + 15))


def voicings(plan: Plan, compass: tuple[int, int]) -> list[Voices]:
    """Return a voicing of each chord of the plan."""
    return lead([chord.label for chord in plan.chords], *window(compass))


def comping(plan: Plan, compass: tuple[int, int]) -> list[ScoreNote]:
    """Return the part of who plays the chords."""
    pattern = plan.style.comping
    notes: list[ScoreNote] = []
    for chord, voices in zip(plan.chords, voicings(plan, compass), strict=True):
        begin, end = chord.start, chord.start + chord.duration
        if plan.closes and end > plan.length - 1e-6 and voices:
            notes += [ScoreNote(begin, end - begin, p, 92 + plan.velocity) for p in voices]
        elif pattern in BROKEN:
            notes += _broken(plan, voices, begin, end, BROKEN[pattern])
        else:
            notes += _struck(plan, voices, begin, end)
    return notes


def held(plan: Plan, compass: tuple[int, int], velocity: int = 62) -> list[ScoreNote]:
    """Return the part of a pad: every chord held."""
    return [
        ScoreNote(chord.start, chord.duration, pitch, velocity + plan.velocity)
        for chord, voices in zip(plan.chords, voicings(plan, compass), strict=True)
        for pitch in voices
    ]


def second(plan: Plan, compass: tuple[int, int]) -> list[ScoreNote]:
    """Return an inner line for one more single voice: the nearest chord tone at each group."""
    low, high = compass
    middle = max(low + 6, min(high - 6, 64))
    within = (max(low, middle - 9), min(high, middle + 9))
    pitch, notes = middle, []
    for start, duration, weight in _groups(plan):
        pcs = tones(plan.chord_at(start).label)
        if pcs:
            pitch = nearest(pitch, pcs, *within)
            velocity = (82 if weight == 3 else 72) + plan.velocity
            notes.append(ScoreNote(start, duration * 0.97, pitch, velocity))
    return notes


def _groups(plan: Plan) -> list[tuple[float, float, int]]:
    """Return start, duration and weight of the groups of pulses, cut where chords change."""
    starts = {round(chord.start, 6): 2 for chord in plan.chords}
    for number in range(plan.bars):
        for pulse, weight in zip(plan.meter.pulses, plan.meter.weights, strict=True):
            if weight >= 2:
                starts[round(number * plan.meter.bar + pulse, 6)] = weight
    places = sorted(starts)
    ends = [*places[1:], plan.length]
    return [(a, b - a, starts[a]) for a, b in zip(places, ends, strict=True) if b > a]


def hits(meter: Meter, pattern: str, density: float) -> list[Hit]:
    """Return the strokes of a bar of any meter."""
    if meter.name == "4/4" and density >= 0.15:
        return list(HITS[pattern])
    strokes: list[Hit] = []
    for pulse, length, weight in zip(meter.pulses, meter.lengths, meter.weights, strict=True):
        velocity = (0, 68, 82, 100)[weight]
        if pattern in ("oompah", "skank"):  # the bass has the downbeat
            velocity = 68 if weight == 3 else velocity + 10
        strokes.append((pulse, length * 0.8, velocity))
        if length == 1.5:  # three eighths are what makes it compound
            strokes[-1] = (pulse, 0.48, velocity)
            strokes += [(pulse + 0.5, 0.4, 50), (pulse + 1.0, 0.45, 56)]
        elif pattern in ("drive", "strum", "montuno") and density > 0.3:
            strokes[-1] = (pulse, 0.48, velocity)
            strokes.append((pulse + 0.5, 0.45, 56))
    return strokes


def _struck(plan: Plan, voices: Voices, begin: float, end: float) -> list[ScoreNote]:
    """Return a chord struck by the pattern, always where it begins."""
    bar = plan.meter.bar
    strokes = hits(plan.meter, plan.style.comping, plan.density)
    places: list[Hit] = []
    for number in range(int(begin / bar + 1e-6), int(end / bar - 1e-6) + 1):
        places += [(number * bar + a, d, v) for a, d, v in strokes]
    places = [hit for hit in places if begin - 1e-6 <= hit[0] < end - 1e-6]
    if not any(abs(hit[0] - begin) < 1e-6 for hit in places):
        places.insert(0, (begin, min(0.45, end - begin), 86))
    ends = [*(hit[0] for hit in places[1:]), end]
    return [
        ScoreNote(a, min(d, last - a), pitch, v + plan.velocity)
        for (a, d, v), last in zip(places, ends, strict=True)
        for pitch in voices
    ]


def _broken(
    plan: Plan, voices: Voices, begin: float, end: float, order: tuple[int, ...]
) -> list[ScoreNote]:
    """Return a chord broken into eighths (quarters in haste), from its first note at every downbeat."""
    notes: list[ScoreNote] = []
    if not voices:
        return notes
    place, k = begin, 0
    step = 1.0 if plan.meter.is_simple and plan.bpm > BRISK else 0.5
    while place < end - 1e-6:
        weight = plan.meter.weight_at(place % plan.meter.bar)
        if weight == 3 or (weight and not plan.meter.is_simple):
            k = 0
        pitch = voices[order[k % len(order)] % len(voices)]
        velocity = (70, 74, 80, 92)[weight] + plan.velocity
        notes.append(ScoreNote(place, min(step, end - place), pitch, velocity))
        if weight == 3 or place == begin:  # the harmony is whole where it begins
            notes += [
                ScoreNote(place, min(1.0, end - place), p, 66 + plan.velocity)
                for p in voices
                if p != pitch
            ]
        place, k = place + step, k + 1
    return notes
