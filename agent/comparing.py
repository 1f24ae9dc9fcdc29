"""How two to twelve tracks differ, worked out of what was measured of them; pure arithmetic and words.

Nothing is heard here. Every sentence is made by code from figures of the records, and goes with the
claims that it rests on (`agent.evidence`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Literal

from agent.comparison import Comparison, Difference, Side, loudness_of, side_of
from agent.evidence import Claim, claim, track_claims
from agent.record import Facts, TrackRecord, facts_of
from agent.record_claims import all_claims
from agent.shared_harmony import overlap, spelled, texts
from agent.track_relations import KeyRelation, TempoRelation, key_relation, tempo_relation
from tools.errors import MusicToolError
from tools.theory import chord_name

Aspect = Literal[
    "tempo", "key", "mix", "meter", "length", "loudness", "energy", "form", "voice", "genres",
    "moods", "instruments", "progressions", "chords",
]  # fmt: skip
NEEDS: Mapping[Aspect, tuple[str, ...]] = {
    "tempo": ("tempo",),
    "key": ("key",),
    "mix": ("tempo", "key"),
    "meter": ("beats",),
    "length": (),
    "loudness": ("level", "loudness"),
    "energy": ("loudness", "tempo"),
    "form": ("segments",),
    "voice": ("tags",),
    "genres": ("tags",),
    "moods": ("tags",),
    "instruments": ("tags",),
    "progressions": ("chords", "key", "beats"),
    "chords": ("chords", "key"),
}
"""What must have been heard of tracks to compare them in a respect."""
FEWEST, MOST = 2, 12
LENGTH_SECONDS = 1.0
"""Tracks within a second of each other are as long as each other."""
LOUDNESS_DB = 1.0
"""Decibels within which two tracks are as loud as each other: less is hardly heard."""
ENERGY = 0.1
BY = "comparison/1"


class ComparingError(MusicToolError):
    """There are not two to twelve tracks to compare."""


def compare(
    tracks: Sequence[tuple[str, TrackRecord]], in_what: Collection[Aspect] = ()
) -> Comparison:
    """Return how tracks differ, the first held against the others.

    Parameters
    ----------
    tracks : handle and record of each, 2 to 12
    in_what : what is compared; all of it if empty

    Raises
    ------
    ComparingError
        If there are fewer or more, or one is there twice.
    """
    if len({record.id for _, record in tracks}) < len(tracks):
        raise ComparingError("A track can't be compared with itself: name two different ones.")
    check_count(len(tracks))
    facts = {handle: facts_of(record) for handle, record in tracks}
    sides = tuple(side_of(handle, record, facts[handle]) for handle, record in tracks)
    found = [d for build in _ASPECTS for d in [build(sides)] if d is not None]
    found += _harmony(tracks, facts, sides)
    found = [d for d in found if not in_what or d.aspect in in_what]
    return Comparison(sides, tuple(found), tuple(_claims(tracks, found)))


def check_count(count: int) -> None:
    """Raise `ComparingError` unless so many tracks can be compared."""
    if not FEWEST <= count <= MOST:
        raise ComparingError(f"{FEWEST} to {MOST} tracks can be compared, not {count}.")


# ---- pulse, key and what follows ----------------------------------------------------------------


def _tempo(sides: Sequence[Side]) -> Difference | None:
    known = sorted((s for s in sides if s.bpm), key=lambda s: -(s.bpm or 0))
    if len(known) < 2:
        return None
    pairs = {_pair(a, b): tempo_relation(a.bpm or 1, b.bpm or 1) for a, b in combinations(known, 2)}
    if len(known) > 2:
        words = f"From fast to slow: {_list(f'{s.handle} at {s.bpm:.1f} BPM' for s in known)}."
    else:
        fast, slow = known
        both = f"{fast.handle} is at {fast.bpm:.1f} BPM and {slow.handle} at {slow.bpm:.1f} BPM"
        words = f"{both}: {_tempo_words(fast, slow, pairs[_pair(fast, slow)])}."
    values = {"pairs": [{"tracks": list(p), **asdict(r)} for p, r in pairs.items()]}
    return Difference("tempo", words, values | {"fastest": known[0].handle})


def _tempo_words(fast: Side, slow: Side, relation: TempoRelation) -> str:
    if relation.same:
        return "the same tempo"
    if relation.octaves and relation.step <= 0.02:
        return f"{fast.handle} is twice as fast"
    gap = (fast.bpm or 0) - (slow.bpm or 0)
    return f"{fast.handle} is faster by {gap:.1f} BPM"


def _key(sides: Sequence[Side]) -> Difference | None:
    known = [s for s in sides if s.key]
    if len(known) < 2:
        return None
    pairs = {_pair(a, b): key_relation(a.key or "", b.key or "") for a, b in combinations(known, 2)}
    told = [f"{s.handle} is in {s.key} ({s.camelot})" for s in known]
    relations = [r.relation for r in pairs.values()]
    if len(known) == 2:
        words = f"{_list(told)}: {relations[0]}."
    else:
        one = "one key" if set(relations) == {"the same key"} else ""
        words = f"{_list(told)}{': ' + one if one else ''}."
    return Difference(
        "key", words, {"pairs": [{"tracks": list(p), **asdict(r)} for p, r in pairs.items()]}
    )


def _mix(sides: Sequence[Side]) -> Difference | None:
    """Return which tracks can follow each other in a mix: neighbours on the wheel, tempi near."""
    pairs = []
    for a, b in combinations(sides, 2):
        if not (a.key and b.key and a.bpm and b.bpm):
            continue
        key, tempo = key_relation(a.key, b.key), tempo_relation(a.bpm, b.bpm)
        pairs.append((a, b, key, tempo))
    if not pairs:
        return None
    values = [
        {"tracks": [a.handle, b.handle], "mixable": k.mixable and t.mixable} for a, b, k, t in pairs
    ]
    words = " ".join(_mix_words(*pair) for pair in pairs[:3])
    return Difference("mix", words, {"pairs": values})


def _mix_words(a: Side, b: Side, key: KeyRelation, tempo: TempoRelation) -> str:
    names = f"{a.handle} and {b.handle}"
    if key.mixable and tempo.mixable:
        half = ", one at half the speed of the other" if tempo.octaves else ""
        return f"{names} mix well: keys and tempi are close{half}."
    if key.mixable:
        return f"The keys of {names} would mix, the tempi are too far apart."
    if tempo.mixable:
        return f"The tempi of {names} would mix, the keys are too far apart."
    return f"{names} mix badly: both keys and tempi are far apart."


def _meter(sides: Sequence[Side]) -> Difference | None:
    return _told_or_same(
        "meter", [(s.handle, s.meter) for s in sides if s.meter], "All are in {}.", "{} in {}"
    )


def _voice(sides: Sequence[Side]) -> Difference | None:
    return _told_or_same(
        "voice", [(s.handle, s.voice) for s in sides if s.voice], "All are {}.", "{} is {}"
    )


def _told_or_same(
    aspect: str, known: Sequence[tuple[str, str]], same: str, each: str
) -> Difference | None:
    if len(known) < 2:
        return None
    values = {value for _, value in known}
    if len(values) == 1:
        words = same.format(known[0][1])
        words = words.replace("All are", "Both are") if len(known) == 2 else words
    else:
        words = f"{_list(each.format(handle, value) for handle, value in known)}."
    return Difference(aspect, words, {"same": len(values) == 1, "values": dict(known)})


# ---- how much -----------------------------------------------------------------------------------


def _length(sides: Sequence[Side]) -> Difference | None:
    ranked = sorted(sides, key=lambda s: -s.duration)
    told = _list(f"{s.handle} is {_clock(s.duration)} long" for s in ranked)
    apart = ranked[0].duration - ranked[-1].duration
    end = ": the same length" if apart <= LENGTH_SECONDS else ""
    values = {"longest": ranked[0].handle, "seconds_apart": round(apart, 2)}
    return Difference("length", f"{told}{end}.", values)


def _loud(sides: Sequence[Side]) -> Difference | None:
    unit = "LUFS" if all(s.loudness_unit == "LUFS" for s in sides) else "dB"
    known = [s for s in sides if s.loudness is not None and s.loudness_unit == unit]
    if len(known) < 2:
        return None
    known.sort(key=lambda s: -(s.loudness or 0))
    apart = (known[0].loudness or 0) - (known[-1].loudness or 0)
    told = _list(f"{s.handle} at {s.loudness:.1f} {unit}" for s in known)
    head = "They are about as loud" if apart < LOUDNESS_DB else f"{known[0].handle} is louder"
    values = {"loudest": known[0].handle, "decibels": round(apart, 1), "unit": unit}
    return Difference("loudness", f"{head}: {told}.", values)


def _energy(sides: Sequence[Side]) -> Difference | None:
    known = sorted((s for s in sides if s.energy is not None), key=lambda s: -(s.energy or 0))
    if len(known) < 2:
        return None
    apart = (known[0].energy or 0) - (known[-1].energy or 0)
    head = "about the same energy" if apart < ENERGY else f"{known[0].handle} has the most energy"
    told = _list(f"{s.handle} {s.energy:.2f}" for s in known)
    words = f"From level and tempo, {head} ({told}, of 1)."
    return Difference("energy", words, {"most": known[0].handle, "apart": round(apart, 2)})


def _form(sides: Sequence[Side]) -> Difference | None:
    known = [s for s in sides if s.form]
    if len(known) < 2:
        return None
    told = _list(f"{s.handle} goes {s.form}" for s in known)
    same = len({s.form for s in known}) == 1
    return Difference("form", f"{told}{': the same form' if same else ''}.", {"same": same})


# ---- what is shared -----------------------------------------------------------------------------


def _listed(aspect: str) -> Callable[[Sequence[Side]], Difference | None]:
    """Return what compares one list of words: those of all tracks, and those of each alone."""

    def build(sides: Sequence[Side]) -> Difference | None:
        lists: dict[str, tuple[str, ...]] = {s.handle: getattr(s, aspect) for s in sides}
        if sum(map(bool, lists.values())) < 2:
            return None
        first, *rest = lists.values()
        shared = [x for x in first if all(x in listed for listed in rest)]
        only = {h: [x for x in listed if x not in shared] for h, listed in lists.items()}
        noun = aspect.capitalize()
        parts = [f"{noun} in common: {', '.join(shared) or 'none'}"]
        parts += [f"only {h}: {', '.join(listed)}" for h, listed in only.items() if listed]
        return Difference(aspect, "; ".join(parts) + ".", {"shared": shared, "only": only})

    return build


def _harmony(
    tracks: Sequence[tuple[str, TrackRecord]], facts: Mapping[str, Facts], sides: Sequence[Side]
) -> Iterator[Difference]:
    if sum(bool(s.chords) for s in sides) < 2:
        return
    shared = set(texts(facts[sides[0].handle], "progressions"))
    for side in sides[1:]:
        shared &= set(texts(facts[side.handle], "progressions"))
    names = spelled(sorted(shared), tracks[0][1])
    share = min(overlap(facts[a.handle], facts[b.handle]).share for a, b in combinations(sides, 2))
    key = f", named in the key of {sides[0].handle}" if names and sides[0].key else ", in any key"
    words = f"Progressions in common{key}: {'; '.join(names) or 'none'}."
    values = {"shared": list(names), "count": len(shared), "alike": round(share, 3)}
    yield Difference("progressions", words, values)
    common = [c for c in sides[0].chords if all(c in s.chords for s in sides[1:])]
    named = [chord_name(label) for label in common]
    words = f"Chords in common: {', '.join(named) or 'none'}."
    yield Difference("chords", words, {"shared": common})


_ASPECTS: tuple[Callable[[Sequence[Side]], Difference | None], ...] = (
    _tempo,
    _key,
    _mix,
    _meter,
    _length,
    _loud,
    _energy,
    _form,
    _voice,
    *map(_listed, ("genres", "moods", "instruments")),
)


# ---- evidence -----------------------------------------------------------------------------------


def _claims(
    tracks: Sequence[tuple[str, TrackRecord]], differences: Sequence[Difference]
) -> Iterator[Claim]:
    """Yield what was measured of each track, and the sentences that follow from it."""
    for handle, record in tracks:
        yield from all_claims(handle, record)
        yield from track_claims(handle, record)
        loudness, unit = loudness_of(record, facts_of(record))
        if loudness is not None and unit == "dB":
            yield claim("level", loudness, handle, record.estimator("level") or BY)
        yield from (claim("told", d.words, handle, BY) for d in differences)
    shared: list[str] = next(
        (d.values["shared"] for d in differences if d.aspect == "progressions"), []
    )
    if "key" in tracks[0][1].annotations:
        numerals = dict.fromkeys(n for name in shared for n in name.split("–"))
        yield from (claim("roman", n, tracks[0][0], BY) for n in numerals)


# ---- words --------------------------------------------------------------------------------------


def _pair(a: Side, b: Side) -> tuple[str, str]:
    return a.handle, b.handle


def _list(parts: Iterator[str] | Sequence[str]) -> str:
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
