"""How alike two tracks, or stretches of them, are in one respect, and in what. Pure but for vectors.

Each score is a weighted mean of the parts that are known of both, so that what was not heard of a
track neither helps nor harms it.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agent.harmony_facts import progressions
from agent.harmony_facts import vocabulary as chord_vocabulary
from agent.measures import clipped, local_bpm, local_key
from agent.mixing import mixing
from agent.record import Facts, TrackRecord, facts_of
from agent.shared_harmony import Overlap, cosine, overlap, profile, texts
from tools.annotations import Beats, Chords, Embedding, Notes, Sections, Tags
from tools.concepts import concepts_name, embed_tags
from tools.conventions import Interval
from tools.joint import JointSpace, Vector
from tools.vocabulary import vocabulary

TEMPO_REACH = 0.2
"""Octaves apart at which two tempi have nothing in common: a semitone is 0.083, 6 % too."""
OTHER_OCTAVE = 0.85
"""Twice as fast is nearly the same pulse, counted otherwise."""
OTHER_READING = 0.9
"""A second reading of a tempo is as likely as that, beside the first."""
METERS = {
    frozenset({"4/4", "2/4"}): 0.8,
    frozenset({"6/8", "12/8"}): 0.8,
    frozenset({"3/4", "6/8"}): 0.5,
}
STEADY_REACH = 0.12
"""Difference in the spread of beat lengths at which two pulses have nothing in common."""
OTHER_MODE = 0.9
SHORT_SECTION = 4.0


@dataclass(frozen=True)
class Profile:
    """What is compared of a track or a stretch.

    Parameters
    ----------
    sound : in the joint space, shape=(d,)
    moods : how much more than usual the tagger is sure of each mood, shape=(moods,)
    spread : standard deviation of the beats' lengths over their mean
    density : notes a second
    overlap : what it shares with the one that is looked for, where that was looked up
    """

    facts: Facts
    sound: Vector | None = None
    moods: NDArray[np.float64] | None = None
    spread: float | None = None
    density: float | None = None
    overlap: Overlap | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Judged:
    """How alike, from 0 to 1, in what, and by which progressions."""

    score: float
    why: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def profile_of(
    record: TrackRecord,
    span: Interval | None,
    space: JointSpace | None,
    heard: Vector | None = None,
    whole: Facts | None = None,
) -> Profile:
    """Return what can be compared of a record, or of a stretch of it; `whole` are its facts."""
    tags, beats, notes = (record.annotation(task) for task in ("tags", "beats", "notes"))
    facts = whole if whole is not None else facts_of(record)
    facts = facts if span is None else _facts_between(record, facts, span)
    return Profile(
        facts,
        heard if heard is not None else _sound(record, span, space),
        _moods(embed_tags(tags, span)) if isinstance(tags, Tags) else None,
        _spread(beats, span) if isinstance(beats, Beats) else None,
        _density(notes, span or (0.0, record.duration)) if isinstance(notes, Notes) else None,
    )


def sections_of(record: TrackRecord) -> Iterator[tuple[Interval, str]]:
    """Yield the sections of a record with their names; the whole where none are known."""
    sections = record.annotation("segments")
    rows = list(sections) if isinstance(sections, Sections) else []
    long_enough = [(a, b, label) for a, b, label in rows if b - a >= SHORT_SECTION]
    for start, end, label in long_enough or [(0.0, record.duration, "")]:
        yield (round(start, 2), round(end, 2)), label


# ---- scores -------------------------------------------------------------------------------------


def by_sound(cosines: float, seed: Profile, facts: Facts) -> Judged:
    """Return how alike two sounds of a known cosine are."""
    common = [x for n in ("genres", "instruments", "moods") for x in _common(seed.facts, facts, n)]
    why = [f"sound {cosines:.2f}"] + ([f"both {', '.join(common[:4])}"] if common else [])
    return Judged(max(0.0, round(cosines, 4)), tuple(why))


def _sounding(seed: Profile, other: Profile) -> Judged:
    if seed.sound is None or other.sound is None or seed.sound.shape != other.sound.shape:
        return Judged(0.0)
    return by_sound(float(seed.sound @ other.sound), seed, other.facts)


def _harmony(seed: Profile, other: Profile) -> Judged:
    a, b = seed.facts, other.facts
    shared = other.overlap or overlap(a, b)
    used = cosine(profile(a), profile(b))
    other_mode = "mode" in a and "mode" in b and a["mode"] != b["mode"]
    why = [f"{len(shared.shared)} progressions shared"] if shared.shared else []
    if used is not None and used >= 0.8:
        why.append("much the same chords for their keys")
    if why and not other_mode and "mode" in a and "mode" in b:
        why.append(f"both {a['mode']}")
    # most of a song's progressions are its own: half of them in common is all one can ask
    judged = _mean(((0.7, min(1.0, 2 * shared.share)), (0.3, used)), why)
    score = round(judged.score * (OTHER_MODE if other_mode else 1.0), 4)
    return Judged(score, judged.why, shared.shared)


def _rhythm(seed: Profile, other: Profile) -> Judged:
    a, b = seed.facts, other.facts
    why: list[str] = []
    tempo = _tempo(a, b, why)
    meter = _meter(a, b, why)
    steady = None
    if seed.spread is not None and other.spread is not None:
        steady = max(0.0, 1 - abs(seed.spread - other.spread) / STEADY_REACH)
        if steady > 0.7:
            why.append("an alike steady beat" if seed.spread < 0.06 else "an alike free beat")
    dense = None
    if seed.density and other.density:
        dense = max(0.0, 1 - abs(math.log2(seed.density / other.density)))
        if dense > 0.7:
            why.append(f"{other.density:.1f} notes a second")
    return _mean(((0.55, tempo), (0.25, meter), (0.15, steady), (0.05, dense)), why)


def _mood(seed: Profile, other: Profile) -> Judged:
    a, b = seed.facts, other.facts
    why: list[str] = []
    felt = cosine(seed.moods, other.moods)
    listed = _jaccard(a, b, "moods")
    if common := _common(a, b, "moods"):
        why.append(f"both {', '.join(common[:4])}")
    same_mode = float(a["mode"] == b["mode"]) if "mode" in a and "mode" in b else None
    if same_mode:
        why.append(f"both {a['mode']}")
    energy = None
    if isinstance(x := a.get("energy"), int | float) and isinstance(
        y := b.get("energy"), int | float
    ):
        energy = max(0.0, 1 - 2 * abs(x - y))
        if energy > 0.8:
            why.append(f"energy {y:.2f} against {x:.2f}")
    moods = listed if felt is None else max(0.0, felt)
    if felt is not None and felt > 0.5 and not common:
        why.append(f"moods {felt:.2f} alike")
    parts = ((0.6, moods), (0.15, _jaccard(a, b, "genres")), (0.1, same_mode), (0.15, energy))
    return _mean(parts, why) if moods is not None else Judged(0.0)


SCORES: Mapping[str, Callable[[Profile, Profile], Judged]] = {
    "sound": _sounding,
    "harmony": _harmony,
    "rhythm": _rhythm,
    "mood": _mood,
    "mix": lambda seed, other: Judged(*mixing(seed.facts, other.facts)),
}


def tempo_relation(first: float, second: float) -> tuple[int, float]:
    """Return by how many octaves a tempo is above another, and what is left, in octaves."""
    apart = math.log2(second / first)
    octaves = round(apart)
    return octaves, apart - octaves


def _tempo(a: Facts, b: Facts, why: list[str]) -> float | None:
    readings = [bpms(a), bpms(b)]
    if not all(readings):
        return None
    best, said = 0.0, ""
    for i, first in enumerate(readings[0]):
        for k, second in enumerate(readings[1]):
            octaves, left = tempo_relation(first, second)
            if abs(octaves) > 1:
                continue
            near = max(0.0, 1 - abs(left) / TEMPO_REACH)
            near *= (OTHER_OCTAVE if octaves else 1.0) * (OTHER_READING if i or k else 1.0)
            if near > best:
                best = near
                apart = {1: "twice as fast", -1: "half as fast"}.get(octaves, "")
                near_by = f"within {100 * (2 ** abs(left) - 1):.1f} %"
                said = f"tempo {second:.1f} BPM, {apart or near_by}"
    if best > 0.3:
        why.append(said)
    return best


def _meter(a: Facts, b: Facts, why: list[str]) -> float | None:
    if "meter" not in a or "meter" not in b:
        return None
    if a["meter"] == b["meter"]:
        why.append(f"meter {b['meter']}")
        return 1.0
    return METERS.get(frozenset({str(a["meter"]), str(b["meter"])}), 0.0)


def _mean(parts: Iterable[tuple[float, float | None]], why: list[str]) -> Judged:
    known = [(weight, part) for weight, part in parts if part is not None]
    total = sum(weight for weight, _ in known)
    score = sum(weight * part for weight, part in known) / total if total else 0.0
    return Judged(round(score, 4), tuple(why))


def bpms(facts: Facts) -> list[float]:
    """Return the tempi that a track may have, in BPM, the likeliest first."""
    others = facts.get("other_bpms")
    listed = [facts.get("bpm"), *(others if isinstance(others, list) else [])]
    return [float(x) for x in listed if isinstance(x, int | float) and x > 0]


def _common(a: Facts, b: Facts, name: str) -> list[str]:
    theirs = set(texts(b, name))
    return [x for x in texts(a, name) if x in theirs]


def _jaccard(a: Facts, b: Facts, name: str) -> float | None:
    first, second = set(texts(a, name)), set(texts(b, name))
    return len(first & second) / len(first | second) if first and second else None


# ---- profiles -----------------------------------------------------------------------------------


def _sound(record: TrackRecord, span: Interval | None, space: JointSpace | None) -> Vector | None:
    if space is None:
        return None
    tags, heard = record.annotation("tags"), record.annotation("embedding")
    tags = tags if isinstance(tags, Tags) else None
    if span is None:
        return space.embed_track(tags, heard if isinstance(heard, Embedding) else None)
    return embed_tags(tags, span) if tags and space.name == concepts_name() else None


@lru_cache(maxsize=1)
def _mood_places() -> tuple[int, ...]:
    return tuple(i for i, (kind, _) in enumerate(vocabulary().words) if kind == "moods")


def _moods(vector: Vector | None) -> NDArray[np.float64] | None:
    if vector is None:
        return None
    moods = np.asarray(vector, np.float64)[list(_mood_places())]
    return moods if moods.any() else None


def _spread(beats: Beats, span: Interval | None) -> float | None:
    times = np.array(beats.times)
    if span is not None:
        times = times[(times >= span[0]) & (times <= span[1])]
    if times.size < 9:
        return None
    lengths = np.diff(times)
    return float(lengths.std() / lengths.mean())


def _density(notes: Notes, span: Interval) -> float | None:
    inside = sum(span[0] <= start < span[1] for start, _ in notes.intervals)
    return inside / (span[1] - span[0]) if inside and span[1] > span[0] else None


def _facts_between(record: TrackRecord, whole: Facts, span: Interval) -> Facts:
    """Return the facts of a stretch; those that are of the whole only are left out."""
    facts: Facts = {n: whole[n] for n in ("meter", "genres", "moods", "instruments") if n in whole}
    chords = record.annotation("chords")
    if isinstance(chords, Chords) and (part := clipped(chords, *span)).labels:
        facts["chords"] = list(chord_vocabulary(part))
        facts["progressions"] = list(progressions(part.labels))
    bpm = local_bpm(record, *span) or whole.get("bpm")
    if bpm is not None:
        facts["bpm"] = bpm
    if key := local_key(record, *span):
        facts["tonic"], _, facts["mode"] = key.partition(" ")
    return facts
