"""Which tracks answer a search in words: meaning, words and measured facts, fused.

A query such as "slow piano in F minor around 70 bpm" is read for facts (`Wish`); what is left of it
is looked up as words, and the whole of it by meaning (cosines computed elsewhere). The three lists
are fused by reciprocal rank (Cormack, Clarke & Büttcher, 2009). Pure: knows no file and no Chroma.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.record import Facts
from agent.wish import Wish, read_wish, tokens
from tools.theory import pitch_class

RANK_OFFSET = 60
"""Of Cormack et al.: how flat the weight of a rank falls off."""

WEIGHTS = {"facts": 2.0, "title": 2.0, "words": 1.0, "meaning": 1.0}
"""A measured fact or a title asked for by name says more than a likeness."""

FIELDS = {"title": 3.0, "artist": 3.0, "album": 2.0}
LISTS = {"genres": 2.0, "instruments": 2.0, "moods": 2.0}
MEANING_FLOOR = 0.25
"""Cosine below which a likeness is chance: with MiniLM, queries that nothing in a library answered
came to 0.24 with its nearest track, answered ones to 0.3 and more."""

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


def rank(query: str, rows: Iterable[Row], meaning: Mapping[str, float]) -> tuple[Hit, ...]:
    """Return the tracks that answer the query, best first.

    A track that contradicts every measurable thing that was asked, or has what was asked to be
    absent, is left out; so is one that nothing speaks for.

    Parameters
    ----------
    meaning : cosine of query and track by track id, where known
    """
    wish = read_wish(query)
    rows = [row for row in rows if not wish.unwanted & row.tags]
    facts = {row.id: list(_compare(wish, row.facts)) for row in rows}
    asked = tokens(query)
    named = {row.id: _named(asked, row) for row in rows}
    # a title may hold what reads like a fact: "Minor Swing" in a major key is still that track
    rows = [row for row in rows if named[row.id] or not _refuted(facts[row.id])]
    scores: dict[str, dict[str, float]] = {
        "facts": {row.id: sum(s for s, _ in facts[row.id] if s > 0) for row in rows},
        "title": named,
        "words": _word_scores(wish, rows),
        "meaning": {
            row.id: meaning[row.id] for row in rows if meaning.get(row.id, 0.0) >= MEANING_FLOOR
        },
    }
    fused = _fuse(scores, wish)
    hits = [
        Hit(row.id, _text(row.facts.get("title")), fused[row.id], _why(row, wish, facts, scores))
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
    for name, wanted in (("meter", wish.meter), ("voice", wish.voice)):
        if wanted and name in facts:
            yield (SURE if facts[name] == wanted else CONTRADICTED), f"{name} {facts[name]}"
    bpm = facts.get("bpm")
    if wish.pace and isinstance(bpm, int | float):
        low, high = wish.pace
        # what is slow is a matter of taste and of the tempo's octave: never a contradiction
        yield (SURE if low <= bpm <= high else 0.0), f"tempo {bpm:g} BPM"


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


def _fuse(scores: dict[str, dict[str, float]], wish: Wish) -> dict[str, float]:
    """Return one score in (0, 1] a track by the sum of weighted reciprocal ranks."""
    fused: defaultdict[str, float] = defaultdict(float)
    for name, listed in scores.items():
        found = {i: score for i, score in listed.items() if score > 0}
        for i, place in _places(found).items():
            share = found[i] / wish.asked if name == "facts" else 1.0
            fused[i] += share * WEIGHTS[name] / (RANK_OFFSET + place)
    most = sum(WEIGHTS.values()) / (RANK_OFFSET + 1)
    return {i: round(score / most, 4) for i, score in fused.items()}


def _places(scores: dict[str, float]) -> dict[str, int]:
    """Return the rank of each, from 1; equals share the best rank of theirs."""
    ordered = sorted(scores.values(), reverse=True)
    first: dict[float, int] = {}
    for place, score in enumerate(ordered, 1):
        first.setdefault(score, place)
    return {i: first[score] for i, score in scores.items()}


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
    if row.id in scores["meaning"]:
        reasons.append(f"meaning {scores['meaning'][row.id]:.2f}")
    return tuple(reasons)


def _text(fact: object) -> str:
    return " ".join(map(str, fact)) if isinstance(fact, list) else str(fact or "")
