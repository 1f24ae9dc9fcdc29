"""What words about music mean: the glossary, one source for all answers that explain a term."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agent.rules.kinds import kinds

_INSIDE = (
    ("relative minor", r"relative"), ("parallel key", r"parallel"), ("camelot wheel", r"camelot|^[1-9]+[ab]$"),
    ("key signature", r"key signature"), ("half time", r"half|double"), ("harmonic rhythm", r"harmonic rhythm"),
    ("tempo", r"tempo|bpm"), ("time signature", r"signature|meter|metre|waltz|/\d|bar|measure"), ("downbeat", r"downbeats?|\bbeats?\b"),
    ("roman numerals", r"roman"), ("nashville numbers", r"nashville"), ("capo", r"capo"), ("modulation", r"modulat"),
    ("chord inversion", r"inversion|slash"), ("diminished chord", r"dimin"), ("augmented chord", r"augm"), ("suspended chord", r"\bsus"),
    ("seventh chord", r"seventh|7th"), ("circle of fifths", r"circle of fifths"), ("tonic", r"tonic"), ("dominant", r"dominant"),
    ("ii-v-i", r"ii-v|two"), ("key", r"\bkeys?\b"), ("loop", r"loop"), ("turnaround", r"turnaround"), ("chord progression", r"progression|harmony"),
    ("chord", r"chord"), ("major and minor", r"major|minor"), ("mode", r"\bmodes?\b"), ("scale", r"scale"), ("transposing", r"transpos"), ("genre", r"genre"), ("instrumental", r"instrumental"),
)  # fmt: skip
"""Terms that are explained where a longer, unknown one has their word in it."""


def explained(term: str) -> str:
    """Return what a term means, without a full stop at the end; "" where it is not known."""
    known, wanted = _terms(), _plain(term)
    for name in (
        wanted,
        wanted.removesuffix("s"),
        wanted.removesuffix(" chord"),
        wanted.removesuffix(" music"),
    ):
        if name in known:
            return known[name]
    inside = next((name for name, pattern in _INSIDE if re.search(pattern, wanted)), "")
    return known.get(inside, "")


def is_told(sentence: str) -> bool:
    """Tell whether a sentence is one of the glossary's own, or one of those about kinds of music."""
    return (
        re.sub(
            r" \((?:theory|general knowledge), not measured\)\.?\s*$|\.\s*$", "", sentence.strip()
        )
        in _told()
    )


@cache
def _told() -> frozenset[str]:
    """Return all sentences that are told of terms and of kinds of music, without their marks."""
    lists = (line for kind in kinds().values() for line in (kind.known_for, kind.played_on))
    texts = (part for text in _terms().values() for part in re.split(r"(?<=\w)\. ", text))
    return frozenset((*texts, *lists))


def names_term(term: str) -> bool:
    """Tell whether words are themselves the name of a term, as "major and minor" is."""
    return _plain(term) in _terms()


def terms() -> tuple[str, ...]:
    """Return all terms and their other names, in lower case."""
    return tuple(_terms())


@cache
def _terms() -> Mapping[str, str]:
    """Return what each term means, by all its names."""
    text = files("agent").joinpath("glossary.toml").read_text("utf-8")
    of_music = {_plain(name): kind.text for name, kind in kinds().items()}
    return of_music | {
        _plain(name): str(term["text"])
        for term in tomllib.loads(text)["term"]
        for name in (term["name"], *term["also"])
    }


def _plain(term: str) -> str:
    """Return a term in lower case without article and marks."""
    text = re.sub(r"[\"“”?!.\[\]]", "", term.casefold()).strip()
    return re.sub(r"^(?:an?|the) ", "", text)
