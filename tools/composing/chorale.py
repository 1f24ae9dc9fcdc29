"""Chorale: four voices, chord by chord on the pulses, with passing notes in the soprano."""

from collections.abc import Sequence
from dataclasses import replace

from tools.composing.grooves import drums
from tools.composing.melody import local_scale
from tools.composing.orchestra import compass
from tools.composing.plan import Plan
from tools.composing.score import ScoreNote, ScorePart
from tools.composing.voicing import SATB, Voices, four_parts
from tools.general_midi import is_percussion

NAMES = ("bass", "tenor", "alto", "soprano")
HASTE = 100
"""Beats a minute over which no passing notes are sung."""
PASSING = 0.6
"""Probability that a third is filled by a passing eighth."""


def chorale(plan: Plan) -> list[ScorePart]:
    """Return soprano, alto, tenor and bass; drums too where they were asked for."""
    places = _places(plan)
    labels = [plan.chord_at(start).label for start, _, _ in places]
    stacks = four_parts(labels)
    players = _players(plan)
    parts = []
    for voice in (3, 2, 1, 0):
        notes = _fitting(_line(plan, places, stacks, voice), players[voice])
        parts.append(ScorePart(NAMES[voice], players[voice], notes))
    for voice, name in _doubling(plan, players):
        notes = _fitting(_line(plan, places, stacks, voice), name)
        parts.append(ScorePart(f"{NAMES[voice]} {name}", name, notes))
    if "drums" in plan.seats.roles:
        parts.append(ScorePart("drums", "drums", tuple(drums(plan))))
    if not any(not is_percussion(name) for name in plan.seats.roles.values()):
        return parts[-1:]
    return parts


def _pitched(plan: Plan) -> list[str]:
    """Return who can sing, from low to high."""
    names = dict.fromkeys(n for n in plan.seats.roles.values() if not is_percussion(n))
    return sorted(names, key=lambda name: sum(compass(name)))


def _players(plan: Plan) -> list[str]:
    """Return the instruments of the four voices, from low to high; few players share them."""
    names = _pitched(plan) or ["choir"]
    count = max(4, len(names))
    return [names[k * len(names) // count] for k in range(4)]


def _doubling(plan: Plan, players: Sequence[str]) -> list[tuple[int, str]]:
    """Return who is left over, each with the voice that lies best for it."""
    middles = [(low + high) / 2 for low, high in SATB]
    extra = [name for name in _pitched(plan) if name not in players]
    return [
        (min(range(4), key=lambda v: abs(middles[v] - sum(compass(name)) / 2)), name)
        for name in extra
    ]


def _places(plan: Plan) -> list[tuple[float, float, int]]:
    """Return start, duration and weight of every pulse, cut where chords change."""
    starts = {round(chord.start, 6): 2 for chord in plan.chords}
    for number in range(plan.bars):
        if plan.closes and number == plan.bars - 1:
            starts[round(number * plan.meter.bar, 6)] = 3
            continue
        for pulse, weight in zip(plan.meter.pulses, plan.meter.weights, strict=True):
            place = number * plan.meter.bar + pulse
            starts[round(place, 6)] = weight
            if not plan.meter.is_simple and plan.meter.name != "7/8":
                starts.setdefault(round(place + 1, 6), 0)  # long and short: what makes it sway
    ordered = sorted(starts)
    ends = [*ordered[1:], plan.length]
    return [(a, b - a, starts[a]) for a, b in zip(ordered, ends, strict=True)]


def _line(
    plan: Plan, places: list[tuple[float, float, int]], stacks: list[Voices], voice: int
) -> list[ScoreNote]:
    rng = plan.rng(50 + voice)
    notes: list[ScoreNote] = []
    length = 0.7 if plan.bpm > HASTE and plan.meter.is_simple else 0.88
    for number, ((start, duration, weight), stack) in enumerate(zip(places, stacks, strict=True)):
        if not stack:
            continue
        pitch = stack[voice]
        velocity = (70, 76, 84, 98)[weight] + plan.velocity
        following = stacks[number + 1] if number + 1 < len(stacks) else ()
        gap = following[voice] - pitch if following else 0
        between = None
        if voice == 3 and abs(gap) in (3, 4) and _may_pass(plan, start) and rng.random() < PASSING:
            between = _passing(plan, start, pitch, gap)
        if between is None:
            notes.append(ScoreNote(start, duration * length, pitch, velocity))
        else:
            notes.append(ScoreNote(start, duration / 2, pitch, velocity))
            notes.append(ScoreNote(start + duration / 2, duration / 2, between, velocity - 12))
    return notes


def _may_pass(plan: Plan, start: float) -> bool:
    """Return whether an eighth after a pulse leaves the meter plain.

    In 3/4 one between beats 2 and 3 would sound as 6/8; in haste it would halve the tempo.
    """
    place = start % plan.meter.bar
    is_middle = plan.meter.name == "3/4" and abs(place - 1) < 1e-6
    return plan.meter.is_simple and plan.bpm <= HASTE and not is_middle


def _passing(plan: Plan, start: float, pitch: int, gap: int) -> int | None:
    scale = local_scale(plan, plan.chord_at(start).label)
    step = 1 if gap > 0 else -1
    inside = range(pitch + step, pitch + gap, step)
    return next((p for p in inside if p % 12 in scale), None)


def _fitting(notes: Sequence[ScoreNote], instrument: str) -> tuple[ScoreNote, ...]:
    """Return a line moved by octaves, note by note, to where its player can reach it."""
    low, high = compass(instrument)
    return tuple(replace(note, pitch=_folded(note.pitch, low, high)) for note in notes)


def _folded(pitch: int, low: int, high: int) -> int:
    """Return a pitch moved by octaves into a compass."""
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return pitch
