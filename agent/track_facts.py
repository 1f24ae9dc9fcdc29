"""The flat facts that a search compares: what was measured of a track, exact, and only what is known.

They hang on the record alone, so a record that went through JSON gives the same ones.
"""

import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    Level,
    Loudness,
    Sections,
    Tags,
    Tempo,
)
from tools.errors import MusicToolError

if TYPE_CHECKING:
    from agent.record import TrackRecord

log = logging.getLogger(__name__)

Fact = str | int | float | list[str] | list[float]
Facts = dict[str, Fact]
Known = Mapping[str, Annotation]
A = TypeVar("A", bound=Annotation)

RIVAL = 0.5
"""A second reading counts as a fact when it is at least half as sure as the first."""

WIDE_LU, EVEN_LU = 9.0, 5.0
"""Loudness ranges: pop and rock mostly stay below 5 LU, orchestras and film go beyond 9 (EBU Tech
3343 and Deruty & Tardieu, "About dynamic processing in mainstream music", 2014)."""

SOFT_LUFS, LOUD_LUFS = -30.0, -8.0
CALM_BPM, DRIVING_BPM = 60.0, 160.0
LOUDNESS_SHARE = 0.6
"""What makes energy: mostly how loud it is, from a soft piano to a loud master, then the tempo."""

SINGERS = ("female voice", "male voice")

USED = ("beats", "chords", "key", "level", "loudness", "segments", "tags", "tempo")


def facts_of(record: "TrackRecord") -> Facts:
    """Return what can be compared exactly, flat; what is not known is left out.

    `other_keys` and `other_bpms` are second readings that are nearly as likely as the first;
    `progressions` are written as `agent.harmony_facts.pattern` writes them.
    """
    known = _readable(record)
    facts: dict[str, Fact | None] = {
        "title": record.title,
        "artist": record.titles.get("artist"),
        "album": record.titles.get("album"),
        "year": _year(record.titles.get("year", "")),
        "duration": round(record.duration, 2),
        "heard_at": record.heard_at,
        "level": _depth(record),
    }
    facts |= _pulse_facts(known) | _key_facts(known) | _tag_facts(known)
    facts |= _chord_facts(known) | _loudness_facts(known)
    if sections := _of(known, "segments", Sections):
        facts["sections"] = list(sections.labels)
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


def energy_of(lufs: float, bpm: float | None) -> float:
    """Return how driving a track is, 0 to 1: an order of tracks, not a measure of anything heard."""
    loud = _share(lufs, SOFT_LUFS, LOUD_LUFS)
    if bpm is None:
        return round(loud, 3)
    pace = _share(bpm, CALM_BPM, DRIVING_BPM)
    return round(LOUDNESS_SHARE * loud + (1 - LOUDNESS_SHARE) * pace, 3)


def dynamics_of(spread: float) -> str:
    """Return the word for a loudness range in LU: even, moderate or wide."""
    return "even" if spread < EVEN_LU else "wide" if spread >= WIDE_LU else "moderate"


# ---- the tasks ----------------------------------------------------------------------------------


def _pulse_facts(known: Known) -> dict[str, Fact | None]:
    beats, tempo = _of(known, "beats", Beats), _of(known, "tempo", Tempo)
    facts: dict[str, Fact | None] = {"meter": beats.meter if beats else None}
    if tempo:
        sure = tempo.confidence or 0.0
        others = [a.bpm for a in tempo.alternatives[:1] if sure and a.confidence >= RIVAL * sure]
        facts |= {"bpm": round(tempo.bpm, 2), "other_bpms": [round(bpm, 2) for bpm in others]}
    return facts


def _key_facts(known: Known) -> dict[str, Fact | None]:
    key = _of(known, "key", Key)
    if not key:
        return {}
    sure = key.confidence or 0.0
    others = [str(a) for a in key.alternatives[:1] if sure and a.confidence >= RIVAL * sure]
    return {"tonic": key.tonic, "mode": key.mode, "other_keys": others}


def _tag_facts(known: Known) -> dict[str, Fact | None]:
    tags = _of(known, "tags", Tags)
    if not tags:
        return {}
    return {
        "genres": [x.label for x in tags.genres],
        "instruments": [x.label for x in tags.instruments],
        "moods": [x.label for x in tags.moods],
        "voice": tags.voice.label if tags.voice else None,
        "singer": _singer(tags),
    }


def _singer(tags: Tags) -> str | None:
    """Return whether a woman or a man sings, by the surer of the two where both are heard."""
    if tags.voice is None or tags.voice.label != "vocal":
        return None
    heard = [x for x in tags.voice_details if x.label in SINGERS]
    return max(heard, key=lambda x: x.confidence or 0.0).label if heard else None


def _chord_facts(known: Known) -> dict[str, Fact | None]:
    chords = _of(known, "chords", Chords)
    if not chords or not chords.labels:
        return {}
    from agent.harmony_facts import progressions, vocabulary

    return {
        "chords": list(vocabulary(chords)),
        "progressions": list(progressions(chords.labels)),
        "loop": _loop(known, chords),
    }


def _loop(known: Known, chords: Chords) -> str:
    """Return the loop that covers most of the track, in Roman numerals."""
    beats, key = _of(known, "beats", Beats), _of(known, "key", Key)
    if key is None:
        return ""
    from tools.progression import loop, progression, snap_to_beats

    found = loop(progression(snap_to_beats(chords, beats), beats, key))
    return "–".join(found.numerals) if found else ""


def _loudness_facts(known: Known) -> dict[str, Fact | None]:
    loudness, level = _of(known, "loudness", Loudness), _of(known, "level", Level)
    tempo = _of(known, "tempo", Tempo)
    if loudness is None:
        # records from before loudness was measured: the level of the mono mix comes near to it
        heard = level.mean if level and level.decibels else None
        energy = None if heard is None else energy_of(heard, tempo.bpm if tempo else None)
        return {"energy": energy}
    spread = loudness.range
    return {
        "lufs": round(loudness.integrated, 1),
        "loudness_range": None if spread is None else round(spread, 1),
        "peak": round(loudness.peak, 1),
        "dynamics": None if spread is None else dynamics_of(spread),
        "energy": energy_of(loudness.integrated, tempo.bpm if tempo else None),
    }


# ---- inside -------------------------------------------------------------------------------------


def _readable(record: "TrackRecord") -> dict[str, Annotation]:
    """Return what can be read of what facts are made of."""
    known = {}
    for task in USED:
        try:
            annotation = record.annotation(task)
        except MusicToolError as error:
            log.warning("%s", error)
            continue
        if annotation is not None:
            known[task] = annotation
    return known


def _depth(record: "TrackRecord") -> str:
    from agent.heard import level_of

    return level_of(record)


def _of(known: Known, task: str, kind: type[A]) -> A | None:
    annotation = known.get(task)
    return annotation if isinstance(annotation, kind) else None


def _year(text: str) -> int | None:
    found = re.search(r"\b(1[89]|20)\d\d\b", text)
    return int(found[0]) if found else None


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
