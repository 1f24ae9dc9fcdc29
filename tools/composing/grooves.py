"""Drum grooves of each style in any meter: General MIDI percussion keys, bar by bar."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.composing.meters import Meter
from tools.composing.plan import Plan
from tools.composing.score import ScoreNote

KICK, STICK, SNARE, CLAP, CLOSED, PEDAL, OPEN = 36, 37, 38, 39, 42, 44, 46
CRASH, RIDE, SHAKER, COWBELL = 49, 51, 70, 56
TOMS = (50, 47, 45, 43)
STROKE = 0.2
"""Quarter notes that a stroke is written with; percussion rings as it will."""


@dataclass(frozen=True)
class Groove:
    """A pattern.

    Parameters
    ----------
    kick : ``"heavy"`` (where groups begin), ``"all"`` pulses, or ``"first"``
    snare : the key on the backbeats, None for none
    top : the key that divides the pulses
    split : strokes of `top` a pulse; 0 only between the pulses
    extra : place, key and velocity of more strokes in a bar of 4/4
    """

    kick: str = "heavy"
    snare: int | None = SNARE
    top: int = CLOSED
    split: int = 2
    extra: tuple[tuple[float, int, int], ...] = ()


GROOVES: Mapping[str, Groove] = {
    "backbeat": Groove(extra=((2.5, KICK, 84),)),
    "shuffle": Groove(extra=((3.5, KICK, 76),)),
    "swing": Groove("first", PEDAL, RIDE, 1, ((1.5, RIDE, 70), (3.5, RIDE, 70), (3.5, STICK, 45))),
    "funk": Groove(extra=((1.5, KICK, 84), (2.5, KICK, 88), (1.75, SNARE, 42), (2.25, SNARE, 40),
                          (3.75, SNARE, 44))),
    "latin": Groove(snare=STICK, top=SHAKER, extra=((1.5, KICK, 76), (3.5, KICK, 76),
                                                    (2.5, COWBELL, 62))),
    "reggae": Groove("heavy", STICK, CLOSED, 2),
    "floor": Groove("all", CLAP, OPEN, 0, ((0.75, CLOSED, 52), (2.75, CLOSED, 52))),
    "boombap": Groove(extra=((1.75, KICK, 74), (2.75, KICK, 78))),
    "waltz": Groove("first", PEDAL, RIDE, 1),
    "train": Groove("heavy", SNARE, SNARE, 2),
    "march": Groove("heavy", SNARE, SNARE, 1),
}  # fmt: skip
"""Name -> pattern."""
SOFT_TOPS = {SNARE: 46, RIDE: 76, CLOSED: 70, OPEN: 74, SHAKER: 66}
"""Velocity of the strokes that divide the pulses."""


def drums(plan: Plan) -> list[ScoreNote]:
    """Return the drum part: the groove, a crash where sections begin, a fill where they end."""
    groove = GROOVES.get(plan.style.drums) or GROOVES["backbeat"]
    crashes = {round(section.start, 3) for section in plan.sections}
    rng = plan.rng(4)
    notes: list[ScoreNote] = []
    for number in range(plan.bars):
        start = number * plan.meter.bar
        end = start + plan.meter.bar
        is_last = number == plan.bars - 1
        if is_last and plan.closes:
            strokes = [(0.0, KICK, 116), (0.0, CRASH, 104)]
        else:
            strokes = _bar(groove, plan.meter, plan.density)
            if round(start, 3) in crashes and plan.bars > 4:
                strokes.append((0.0, CRASH, 96))
            if round(end, 3) in crashes or (is_last and plan.bars > 4):
                strokes = _filled(strokes, plan.meter, int(rng.integers(3)))
        for place, key, velocity in strokes:
            loud = velocity + plan.velocity + int(rng.integers(-3, 4))
            notes.append(ScoreNote(start + place, STROKE, key, max(20, min(127, loud))))
    return sorted(notes, key=lambda note: (note.start, note.pitch))


def _bar(groove: Groove, meter: Meter, density: float) -> list[tuple[float, int, int]]:
    strokes: list[tuple[float, int, int]] = []
    for number, (pulse, length) in enumerate(zip(meter.pulses, meter.lengths, strict=True)):
        weight = meter.weights[number]
        is_kick = weight == 3 or (groove.kick == "heavy" and weight == 2)
        is_kick |= groove.kick == "all" and meter.name == "4/4"  # else all bars would be alike
        if is_kick and not (weight == 2 and number in meter.backbeats):
            strokes.append((pulse, KICK, 118 if weight == 3 else 92))
        if groove.snare is not None and number in meter.backbeats:
            strokes.append(
                (pulse, groove.snare, 80 if len(meter.lengths) == 3 or meter.name == "2/4" else 96)
            )
        strokes += _top(groove, pulse, length, density, weight)
    if meter.name == "4/4":
        strokes += groove.extra
    taken: dict[tuple[float, int], int] = {}
    for place, key, velocity in strokes:
        taken[place, key] = max(velocity, taken.get((place, key), 0))
    return [(place, key, velocity) for (place, key), velocity in taken.items()]


def _top(
    groove: Groove, pulse: float, length: float, density: float, weight: int
) -> list[tuple[float, int, int]]:
    """Return the strokes that divide one pulse, louder on it than between."""
    soft = SOFT_TOPS.get(groove.top, 66)
    if groove.split == 0 and length == 1:
        return [(pulse + 0.5, groove.top, soft)]
    loud = soft + (20 if weight == 3 else 10)
    count = 1 if density < 0.25 and length == 1 else groove.split if length == 1 else 3
    between = (0.5,) if length == 1 else (0.5, 1.0)
    rest = [(pulse + offset, groove.top, soft - 8) for offset in between] if count > 1 else []
    return [(pulse, groove.top, loud), *rest]


def _filled(
    strokes: list[tuple[float, int, int]], meter: Meter, kind: int
) -> list[tuple[float, int, int]]:
    """Return a bar whose last pulse gives way to a run down the toms."""
    begin = meter.bar - meter.lengths[-1]
    kept = [stroke for stroke in strokes if stroke[0] < begin - 1e-6]
    step = 0.25 if kind else 0.5
    count = round(meter.lengths[-1] / step)
    run = [
        (begin + k * step, SNARE if kind == 2 and k == 0 else TOMS[k * 4 // count], 88 + 3 * k)
        for k in range(count)
    ]
    return kept + run
