"""Which tracks answer a search in words: sound, meaning, words and measured facts, fused.

A query such as "slow piano in F minor around 70 bpm" is read for facts (`Wish`); what is left of it
is looked up as words and held against the sound, and the whole of it against the meaning of what is
written (cosines computed elsewhere). The lists are fused by a weighted sum of their scores, each as a
share of its best (Bruch, Gai & Ingber, An analysis of fusion functions for hybrid retrieval, 2023).
Pure: knows no file and no Chroma.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from agent.record import Facts
from agent.wish import Wish, read_wish, tokens
from tools.theory import pitch_class

WEIGHTS = {
    "facts": 2.0,
    "title": 2.0,
    "sound": 1.0,
    "words": 0.5,
    "traits": 0.5,
    "meaning": 0.25,
}
"""A measured fact or a title asked for by name says more than a likeness; what a sound is like says
more than its description. Measured with captions by people among 50 clips: the sound alone finds
the clip with a mean reciprocal rank of 0.42, the rest without it with 0.36, together with 0.44."""

ABSOLUTE = ("facts", "traits")
"""Lists whose scores are shares already: half of what was asked is not all, though none has more."""

FULL = {"sound": 0.2, "meaning": 0.5}
"""Cosine that counts in full; the best of a library that has nothing of the kind counts for less.
Where there was something of the kind, the best sound came to 0.22 and more."""

FIELDS = {"title": 3.0, "artist": 3.0, "album": 2.0}
LISTS = {"genres": 2.0, "instruments": 2.0, "moods": 2.0}
MEANING_FLOOR = 0.25
"""Cosine below which a likeness is chance: with MiniLM, queries that nothing in a library answered
came to 0.24 with its nearest track, answered ones to 0.3 and more."""
SOUND_FLOOR = 0.05
"""Cosine below which a sound is as like the query as any: four clips of ten lie below it."""

SURE, LIKELY, CONTRADICTED = 1.0, 0.5, -1.0


@dataclass(frozen=True)
class Row:
    """One track as a search sees it."""

    id: str
    words: str
    facts: Facts

    @cached_property
    def weighted_tokens(self) -> Mapping[str, float]:
        """The words of the track, each with the weight of the weightiest place it stands in."""
        weights = dict.fromkeys(tokens(self.words), 1.0)
        for name, weight in (FIELDS | LISTS).items():
            for token in tokens(_text(self.facts.get(name))):
                weights[token] = max(weight, weights.get(token, 0.0))
        return weights

    @cached_property
    def names(self) -> tuple[list[str], ...]:
        """The words of the title and of the artist."""
        names = (tokens(_text(self.facts.get(name))) for name in ("title", "artist"))
        return tuple(name for name in names if name)

    @cached_property
    def tags(self) -> frozenset[str]:
        """The words of all tags."""
        return frozenset(t for name in LISTS for t in tokens(_text(self.facts.get(name))))


@dataclass(frozen=True)
class Hit:
    """A track that answers a search.

    Parameters
    ----------
    id : track id
    score : 0 to 1; compares the hits of one search only
    why : what matched, e.g. ``("key F minor", "words: piano", "meaning 0.52")``
    """

    id: str
    title: str
    score: float
    why: tuple[str, ...]


def rank(
    query: str,
    rows: Iterable[Row],
    meaning: Mapping[str, float],
    sound: Mapping[str, float] = MappingProxyType({}),
) -> tuple[Hit, ...]:
    """Return the tracks that answer the query, best first.

    A track that contradicts every measurable thing that was asked, or has what was asked to be
    absent, is left out; so is one that nothing speaks for. That a voice was asked for and none was
    found does not count against a track whose sound is like the rest of the query.

    Parameters
    ----------
    meaning : cosine of the query and what is written of a track, by track id, where known
    sound : cosine of the query and the sound itself, by track id, where known
    """
    wish = read_wish(query)
    rows = [row for row in rows if not wish.unwanted & row.tags]
    heard = _from(SOUND_FLOOR, sound, rows)
    facts = {row.id: list(_compare(wish, row.facts)) for row in rows}
    traits = {row.id: list(_compare_traits(wish, row.facts)) for row in rows}
    asked = tokens(query)
    named = {row.id: _named(asked, row) for row in rows}

    def refuted(row: Row) -> bool:
        doubtful = wish.voice == "vocal" and row.id in heard
        return _refuted(facts[row.id] + ([] if doubtful else traits[row.id]))

    # a title may hold what reads like a fact: "Minor Swing" in a major key is still that track
    rows = [row for row in rows if named[row.id] or not refuted(row)]
    scores: dict[str, dict[str, float]] = {
        "facts": _held(facts, wish.asked, rows),
        "traits": _held(traits, wish.asked_traits, rows),
        "title": named,
        "words": _word_scores(wish, rows),
        "meaning": _from(MEANING_FLOOR, meaning, rows),
        "sound": {row.id: heard[row.id] for row in rows if row.id in heard},
    }
    fused = _fuse(scores)
    found = {row.id: facts[row.id] + traits[row.id] for row in rows}
    hits = [
        Hit(row.id, _text(row.facts.get("title")), fused[row.id], _why(row, wish, found, scores))
        for row in rows
        if row.id in fused
    ]
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.title, hit.id)))


# ---- the lists ----------------------------------------------------------------------------------


def _compare(wish: Wish, facts: Facts) -> Iterator[tuple[float, str]]:
    """Yield how far each thing asked for holds, and what it is; nothing where it is not known."""
    if wish.mode or wish.tonic:
        yield from _compare_key(wish, facts)
    if wish.bpm:
        low, high = wish.bpm
        yield from _compare_tempo(low, high, facts)
    if wish.meter and "meter" in facts:
        yield (SURE if facts["meter"] == wish.meter else CONTRADICTED), f"meter {facts['meter']}"


def _compare_traits(wish: Wish, facts: Facts) -> Iterator[tuple[float, str]]:
    bpm = facts.get("bpm")
    if wish.pace and isinstance(bpm, int | float):
        low, high = wish.pace
        # what is slow is a matter of taste and of the tempo's octave: never a contradiction
        yield (SURE if low <= bpm <= high else 0.0), f"tempo {bpm:g} BPM"
    if wish.voice and "voice" in facts:
        yield (SURE if facts["voice"] == wish.voice else CONTRADICTED), f"voice {facts['voice']}"


def _compare_key(wish: Wish, facts: Facts) -> Iterator[tuple[float, str]]:
    if "tonic" not in facts:
        return
    main = f"{facts['tonic']} {facts['mode']}"
    others = facts.get("other_keys")
    readings = [main, *map(str, others if isinstance(others, list) else [])]
    for reading, score in zip(readings, (SURE, LIKELY), strict=False):
        tonic, mode = reading.split()
        same_tonic = not wish.tonic or pitch_class(wish.tonic) == pitch_class(tonic)
        if same_tonic and wish.mode in ("", mode):
            yield score, f"key {reading}" if score == SURE else f"second reading of key {reading}"
            return
    yield CONTRADICTED, f"key {main}"


def _compare_tempo(low: float, high: float, facts: Facts) -> Iterator[tuple[float, str]]:
    if "bpm" not in facts:
        return
    others = facts.get("other_bpms")
    readings = [facts["bpm"], *(others if isinstance(others, list) else [])]
    for reading, score in zip(readings, (SURE, LIKELY), strict=False):
        if isinstance(reading, int | float) and low <= reading <= high:
            second = "" if score == SURE else "second reading of "
            yield score, f"{second}tempo {reading:g} BPM"
            return
    yield CONTRADICTED, f"tempo {facts['bpm']} BPM"


def _held(
    found: Mapping[str, list[tuple[float, str]]], asked: int, rows: list[Row]
) -> dict[str, float]:
    """Return how much of what was asked for holds, from 0 to 1."""
    return {row.id: sum(s for s, _ in found[row.id] if s > 0) / (asked or 1) for row in rows}


def _refuted(found: list[tuple[float, str]]) -> bool:
    judged = [score for score, _ in found if score != 0]
    return bool(judged) and all(score < 0 for score in judged)


def _named(asked: list[str], row: Row) -> float:
    """Return the share of the query that the title or the artist is, where it is in it whole."""
    found = (name for name in row.names if _contains(asked, name))
    return max((len(name) / len(asked) for name in found), default=0.0)


def _contains(sequence: list[str], part: list[str]) -> bool:
    n = len(part)
    return part[0] in sequence and any(
        sequence[i : i + n] == part for i in range(len(sequence) - n + 1)
    )


def _word_scores(wish: Wish, rows: list[Row]) -> dict[str, float]:
    """Return the sum of the rarities of the words found, by where in the track they stand."""
    counts = Counter(t for row in rows for t in wish.terms if t in row.weighted_tokens)
    rarity = {t: math.log(1 + len(rows) / n) for t, n in counts.items()}
    return {
        row.id: sum(r * row.weighted_tokens.get(term, 0.0) for term, r in rarity.items())
        for row in rows
    }


def _from(least: float, cosines: Mapping[str, float], rows: list[Row]) -> dict[str, float]:
    """Return the likenesses that are more than chance."""
    return {row.id: cosines[row.id] for row in rows if cosines.get(row.id, 0.0) >= least}


def _fuse(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return one score in (0, 1] a track: the weighted sum of its shares of each list's best."""
    fused: defaultdict[str, float] = defaultdict(float)
    for name, listed in scores.items():
        best = 1.0 if name in ABSOLUTE else max([FULL.get(name, 0.0), *listed.values()])
        for i, score in listed.items():
            if score > 0:
                fused[i] += WEIGHTS[name] * score / best
    most = sum(WEIGHTS.values())
    return {i: round(score / most, 4) for i, score in fused.items()}


def _why(
    row: Row,
    wish: Wish,
    facts: dict[str, list[tuple[float, str]]],
    scores: dict[str, dict[str, float]],
) -> tuple[str, ...]:
    reasons = list(dict.fromkeys(what for score, what in facts[row.id] if score > 0))
    if scores["title"].get(row.id):
        reasons.append("title or artist")
    if found := [said for term, said in wish.terms.items() if term in row.weighted_tokens]:
        reasons.append(f"words: {', '.join(found)}")
    for name in ("sound", "meaning"):
        if row.id in scores[name]:
            reasons.append(f"{name} {scores[name][row.id]:.2f}")
    return tuple(reasons)


def _text(fact: object) -> str:
    return " ".join(map(str, fact)) if isinstance(fact, list) else str(fact or "")
