"""Made-up but plausible annotations of a track, any number of them, from a seed."""

import random
from itertools import pairwise

from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    KeyCandidate,
    KeySpan,
    Label,
    LabelCurve,
    Level,
    Sections,
    Tags,
    Tempo,
    TempoCandidate,
)
from tools.annotations.spans import FUNCTIONS
from tools.conventions import METERS
from tools.theory import diatonic_chords, pitch_class, relative, tonic_name
from tools.vocabulary import vocabulary

BY = "made-up/1"


def made_up(seed: int) -> tuple[dict[str, Annotation], float]:
    """Return annotations by task name, some of them missing, and the duration."""
    dice = random.Random(seed)
    duration = dice.choice([2.5, 8.0, 18.0, 45.0, 90.0, 200.0, 260.0, 420.0])
    known = whole(dice, duration)
    for name in list(known):
        if dice.random() < 0.15:
            del known[name]
    return known, duration


def whole(dice: random.Random, duration: float) -> dict[str, Annotation]:
    """Return annotations of every task that a caption is made of."""
    bpm, tempo = _tempo(dice, duration)
    key = _key(dice, duration)
    step = 60 / bpm
    times = [step * (i + 0.5) for i in range(max(1, int(duration / step) - 1))]
    per_bar = dice.choice([2, 3, 4, 4, 4])
    beats = Beats(
        tuple(times),
        tuple(i % per_bar + 1 for i in range(len(times))),
        BY,
        dice.choice([None, *METERS]),
        dice.choice([None, dice.random()]),
        dice.random(),
    )
    return {
        "beats": beats,
        "tempo": tempo,
        "key": key,
        "chords": _chords(dice, duration, key, step * per_bar),
        "tags": _tags(dice, duration),
        "level": _level(dice, duration),
        "segments": _sections(dice, duration),
    }


def _tempo(dice: random.Random, duration: float) -> tuple[float, Tempo]:
    bpm = dice.uniform(35, 220)
    times = [i * duration / 40 for i in range(40)]
    kind = dice.choice(["steady", "free", "steps", "unknown"])
    bpms = [bpm] * 40
    if kind == "free":
        bpms = [bpm * dice.uniform(0.85, 1.15) for _ in times]
    if kind == "steps":
        bpms = [bpm * (1.3 if 13 < i < 28 else 1.0) for i in range(40)]
    others = tuple(
        TempoCandidate(bpm * factor, dice.random() * 0.4, name)
        for name, factor in (("half", 0.5), ("double", 2.0), ("3/2", 1.5))
    )
    steady = {"steady": True, "unknown": None}.get(kind, False)
    ranked = tuple(sorted(others, key=lambda c: -c.confidence))
    return bpm, Tempo(bpm, dice.choice([None, 0.5]), BY, ranked, tuple(times), tuple(bpms), steady)


def _key(dice: random.Random, duration: float) -> Key:
    mode = dice.choice(["major", "minor"])
    tonic = tonic_name(dice.randrange(12), mode)
    name, kind = relative(tonic, mode)
    other = tonic_name(pitch_class(name), kind), kind  # as mir_eval may spell it
    confidence = dice.choice([None, dice.random()])
    changes = (
        KeySpan(0.0, duration / 2, tonic, mode, 0.9),
        KeySpan(duration / 2, duration, *other, confidence=dice.random()),
    )
    return Key(
        tonic,
        mode,
        confidence,
        BY,
        (KeyCandidate(*other, confidence=dice.random() * 0.5, relation="relative"),),
        changes if dice.random() < 0.2 else (),
    )


def _chords(dice: random.Random, duration: float, key: Key, bar: float) -> Chords:
    palette = [*diatonic_chords(key.tonic, key.mode), "N"]
    palette = [label.replace("maj", dice.choice(["maj", "7", "maj7"])) for label in palette]
    count = max(1, int(duration / bar))
    pattern = [dice.choice(palette) for _ in range(dice.choice([1, 2, 4, 4, 8]))]
    loops = dice.random() < 0.5
    labels = [pattern[i % len(pattern)] if loops else dice.choice(palette) for i in range(count)]
    edges = [duration * i / count for i in range(count + 1)]
    return Chords(
        tuple(pairwise(edges)),
        tuple(labels),
        BY,
        tuple(dice.random() for _ in labels) if dice.random() < 0.7 else (),
    )


def _tags(dice: random.Random, duration: float) -> Tags:
    words = vocabulary()

    def some(kind: str, least: float, most: int) -> tuple[Label, ...]:
        labels = dice.sample(words.labels(kind), min(most, len(words.labels(kind))))
        found = [Label(label, dice.uniform(least, 1.0)) for label in labels]
        return tuple(sorted(found, key=lambda x: -x.confidence))

    voice = dice.choice([None, Label("vocal", dice.uniform(0.5, 1)), Label("instrumental", 0.8)])
    instruments = some("instruments", 0.5, dice.randrange(5))
    count = max(1, int(duration / 1.5))
    windows = [(i * duration / count, (i + 1) * duration / count) for i in range(count)]
    enters = dice.randrange(count)

    def curve(label: str, kind: str) -> LabelCurve:
        after = dice.choice([0.9, 0.9, 0.4])
        late = dice.random() < 0.5
        values = (after if i >= enters or not late else 0.1 for i in range(count))
        return LabelCurve(label, kind, tuple(values))

    return Tags(
        some("genres", 0.2, 3),
        instruments,
        some("moods", 0.5, dice.randrange(5)),
        voice,
        BY,
        some("voice_details", 0.5, 2) if voice and voice.label == "vocal" else (),
        tuple(windows),
        (curve("vocal", "voice"), *(curve(x.label, "instruments") for x in instruments)),
    )


def _level(dice: random.Random, duration: float) -> Level:
    count = int(duration) + 1
    slope = dice.choice([0.0, 10.0, -10.0])
    values = [-20 + slope * i / count + dice.uniform(-2, 2) for i in range(count)]
    if dice.random() < 0.3:
        values = [v - max(0, 8 - (count - i)) * 3 for i, v in enumerate(values)]
    return Level(1.0, tuple(values), BY)


def _sections(dice: random.Random, duration: float) -> Sections:
    count = dice.randrange(1, 9)
    edges = [duration * i / count for i in range(count + 1)]
    labels = dice.choice(
        [("section",) * count, tuple(dice.choice(FUNCTIONS) for _ in range(count))]
    )
    letters = tuple(dice.choice("ABCD") for _ in range(count)) if dice.random() < 0.7 else ()
    return Sections(tuple(pairwise(edges)), labels, BY, letters=letters)
