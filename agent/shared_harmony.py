"""What two tracks have in common in their harmony, in whatever keys they are. Pure.

Progressions are compared as `agent.harmony_facts` writes them, by steps and not by names, so a
transposed song is the same song. A long or rare progression says more than a short or common one.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.harmony_facts import pattern
from agent.recall import Row
from agent.record import Facts, TrackRecord
from tools.annotations import Annotation, Chords, Key
from tools.theory import chord_name, parse_chord, pitch_class, relative, roman

NO_CHORD = ("N", "X")
DEGREES, FAMILIES = 12, ("maj", "min", "other")


@dataclass(frozen=True)
class Overlap:
    """How far the progressions of a track are those that are looked for.

    Parameters
    ----------
    share : 0 to 1, the weight of what both have over that of what either has (weighted Jaccard)
    shared : what both have, the weightiest first
    """

    share: float
    shared: tuple[str, ...]


class ProgressionIndex:
    """The progressions of a library, and which tracks have each."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._tracks: defaultdict[str, list[str]] = defaultdict(list)
        known = {row.id: texts(row.facts, "progressions") for row in rows}
        for track, grams in known.items():
            for gram in grams:
                self._tracks[gram].append(track)
        self._count = len(known)
        self._totals = {track: sum(map(self.weight, grams)) for track, grams in known.items()}

    def weight(self, gram: str) -> float:
        """Return what a progression says: its changes of chord, times how rare it is here."""
        having = len(self._tracks[gram]) if gram in self._tracks else 0
        return gram.count("-") * math.log(1 + (self._count + 1) / (having + 1))

    def overlaps(self, grams: Iterable[str]) -> dict[str, Overlap]:
        """Return the tracks that have some of these progressions, by id."""
        weights = {gram: self.weight(gram) for gram in grams}
        common: defaultdict[str, float] = defaultdict(float)
        shared: defaultdict[str, list[str]] = defaultdict(list)
        for gram in sorted(weights, key=lambda g: (-weights[g], g)):
            for track in self._tracks[gram] if gram in self._tracks else ():
                common[track] += weights[gram]
                shared[track].append(gram)
        own = sum(weights.values())
        return {
            track: Overlap(both / (own + self._totals[track] - both), tuple(shared[track]))
            for track, both in common.items()
        }


def overlap(first: Facts, second: Facts) -> Overlap:
    """Return what two tracks share by themselves: no library says what is rare."""
    grams = [set(texts(facts, "progressions")) for facts in (first, second)]
    shared, either = grams[0] & grams[1], grams[0] | grams[1]
    weight = {gram: gram.count("-") for gram in either}
    ranked = tuple(sorted(shared, key=lambda gram: (-weight[gram], gram)))
    return Overlap(sum(weight[g] for g in shared) / (sum(weight.values()) or 1), ranked)


def profile(facts: Facts) -> NDArray[np.float64] | None:
    """Return how much each chord is used, counted from the key, shape=(36,); None if unknown.

    Chords come in the order of their use, which stands in for how long they sound. Keys with the
    same signature are one, so that calling A minor C major costs nothing.
    """
    chords = texts(facts, "chords")
    if not chords or "tonic" not in facts:
        return None
    home = _signature_tonic(str(facts["tonic"]), str(facts.get("mode", "major")))
    found = np.zeros((DEGREES, len(FAMILIES)))
    for rank, label in enumerate(chords):
        try:
            chord = parse_chord(label)
        except ValueError:
            continue
        plain = {4: "maj", 3: "min"}.get(chord.third or 0, "other")
        family = "other" if chord.quality in ("dim", "aug", "dim7", "hdim7", "aug7") else plain
        found[(chord.root_pc - home) % DEGREES, FAMILIES.index(family)] += 1 / (rank + 1)
    return found.ravel() if found.any() else None


def spelled(grams: Sequence[str], record: TrackRecord, most: int = 3) -> tuple[str, ...]:
    """Return progressions as they are in a track: ``"ii–V–I"`` with a key, else ``"Dm–G–C"``.

    Those that are part of a longer one that is told are left out, and a loop told from another of
    its chords on.
    """
    chords, key = record.annotation("chords"), record.annotation("key")
    if not isinstance(chords, Chords):
        return ()
    labels = _successive(chords.labels)
    places = {gram: place for gram in grams if (place := _place(gram, labels)) is not None}
    told: dict[str, list[str]] = {}
    for gram in sorted(places, key=lambda g: (-g.count("-"), places[g])):
        names = _names(labels[places[gram] :][: gram.count("-") + 1], key)
        if not any(_within(gram, g) or _goes_round(names, n) for g, n in told.items()):
            told[gram] = names
        if len(told) == most:
            break
    return tuple("–".join(names) for names in told.values())


def texts(facts: Facts, name: str) -> list[str]:
    """Return a fact that lists texts; empty where it is not known."""
    listed = facts.get(name)
    return [x for x in listed if isinstance(x, str)] if isinstance(listed, list) else []


def cosine(a: NDArray[np.float64] | None, b: NDArray[np.float64] | None) -> float | None:
    """Return the cosine of two vectors; None where one is missing or nothing."""
    if a is None or b is None or a.shape != b.shape:
        return None
    lengths = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / lengths if lengths else None


# ---- inside -------------------------------------------------------------------------------------


def _signature_tonic(tonic: str, mode: str) -> int:
    """Return the pitch class of the major tonic with the same signature."""
    return pitch_class(relative(tonic, mode)[0] if mode == "minor" else tonic)


def _within(gram: str, longer: str) -> bool:
    """Tell whether a progression is a stretch of a longer one, whose first step is another."""
    kind, _, rest = gram.partition(":0")
    return re.search(rf"(?:^|-){kind}:\d+{re.escape(rest)}(?:-|$)", longer) is not None


def _goes_round(names: Sequence[str], told: Sequence[str]) -> bool:
    """Tell whether chords are a stretch of a loop: one that ends where it begins."""
    loop = "–".join([*told[:-1]] * 3) if told[0] == told[-1] else ""
    return "–".join(names) in loop


def _successive(labels: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for label in labels:
        if label not in NO_CHORD and (not kept or pattern([kept[-1], label]).count("-")):
            kept.append(label)
    return kept


def _place(gram: str, labels: Sequence[str]) -> int | None:
    """Return at which chord a progression first begins, None where it is not found."""
    n = gram.count("-") + 1
    begins = range(len(labels) - n + 1)
    return next((i for i in begins if pattern(labels[i : i + n]) == gram), None)


def _names(labels: Sequence[str], key: Annotation | None) -> list[str]:
    if not isinstance(key, Key):
        return [chord_name(label.partition("/")[0]) for label in labels]
    return [roman(label.partition("/")[0], key.tonic, key.mode) for label in labels]
