"""What a search compares of a track, and what each likeness is worth. Pure: knows no file, no Chroma.

The lists of scores are made and fused in `agent.search.ranking`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.record import Facts
from agent.wish import tokens

WEIGHTS = {
    "facts": 4.0,
    "title": 4.0,
    "words": 4.0,
    "sound": 1.0,
    "traits": 0.25,
    "meaning": 0.25,
}
"""What each list says at most. A measured fact, a title, or a text that stands in a track word for word
says more than a likeness. Words count by how much of the text they are, and the less the less of it the
library knows (`agent.search.ranking`), so that of a caption by a stranger, of which a track's words hold
an eighth, its sound says nearly all. Held against 50 real clips, 27 of them captioned, so that all
together are no worse than each alone; the differences between near weights are within chance there."""

LEAST_TRUST = 0.001
"""Share of its weight that what is written keeps where the sound speaks and the text is strange to the
library: it orders what is even, and still finds rows whose sound is not known."""

ABSOLUTE = ("facts", "words", "traits")
"""Lists whose scores are shares already: half of what was asked is not all, though none has more."""

FULL = {"sound": 0.2, "meaning": 0.5}
"""Cosine that counts in full; the best of a library that has nothing of the kind counts for less.
Where there was something of the kind, the best sound came to 0.22 and more."""

FIELDS = {"title": 3.0, "artist": 3.0, "album": 2.0, "notes": 3.0}
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
    span : start and end in seconds, if a section answers
    label : of the section
    """

    id: str
    title: str
    score: float
    why: tuple[str, ...]
    span: tuple[float, float] | None = None
    label: str = ""


def _text(fact: object) -> str:
    return " ".join(map(str, fact)) if isinstance(fact, list) else str(fact or "")
