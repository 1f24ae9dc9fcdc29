"""The terms by which a row is found in the inverted lists, and their codes. Pure.

A term has a kind: a word of the text, a whole name, words of a tag, and so on. It is kept as a 64-bit
code, so no vocabulary has to be held: of a million terms two share one with a chance of 3e-8.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from agent.recall import LISTS, Row
from agent.wish import tokens

WORD, NAME, TAG, INSTRUMENT, ARTIST, PROGRESSION, LABEL, ABSENT, DROPPED = "wntiaplxd"
MOOD, GENRE = "mg"  # whole, as they were told

LONGEST = 5
"""Words of a tag or a name that are found together, at most."""


@lru_cache(maxsize=1 << 16)
def code(kind: str, text: str) -> int:
    """Return the code of a term."""
    content = f"{kind}\0{text}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def terms_of(row: Row) -> dict[int, float]:
    """Return the codes of a row's terms, each with its weight."""
    terms = {code(WORD, token): weight for token, weight in row.weighted_tokens.items()}
    terms |= dict.fromkeys((code(kind, text) for kind, text in _exact(row)), 1.0)
    return terms


def _exact(row: Row) -> Iterator[tuple[str, str]]:
    for name in row.names:
        yield NAME, " ".join(name)
    for tags in LISTS:
        for label in _texts(row.facts.get(tags)):
            for part in parts(label):
                yield TAG, part
                if tags == "instruments":
                    yield INSTRUMENT, part
    for part in parts(str(row.facts.get("singer", ""))):
        yield TAG, part
    for kind, fact in ((MOOD, "moods"), (GENRE, "genres")):
        for label in _texts(row.facts.get(fact)):
            yield kind, label
    for part in parts(str(row.facts.get("artist", ""))):
        yield ARTIST, part
    for part in parts(str(row.facts.get("label", ""))):
        yield LABEL, part
    for kind, fact in ((ABSENT, "absent"), (DROPPED, "dropped")):
        for label in _texts(row.facts.get(fact)):
            for part in parts(label):
                yield kind, part
    for progression in progressions_of(row):
        yield PROGRESSION, progression


def parts(label: str) -> Iterator[str]:
    """Yield the stretches of words in a name: "electric guitar" is also a "guitar"."""
    words = tokens(label)
    for first in range(len(words)):
        for last in range(first + 1, min(first + LONGEST, len(words)) + 1):
            yield " ".join(words[first:last])


def folded(name: str) -> str:
    """Return a name as the lists have it."""
    return " ".join(tokens(name)[:LONGEST])


def progressions_of(row: Row) -> list[str]:
    """Return the chord progressions of a row, as `agent.harmony_facts` writes them."""
    return _texts(row.facts.get("progressions"))


def _texts(fact: object) -> list[str]:
    if isinstance(fact, str):
        return fact.split()
    return [str(x) for x in fact] if isinstance(fact, list) else []
