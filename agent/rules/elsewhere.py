"""Music that a question names and nobody has opened: "the BPM of Blinding Lights"."""

import re
from functools import cache

from agent.rules.glossary import terms
from agent.rules.lexicon import GENRES, INSTRUMENTS, MOODS
from agent.rules.wording import REAL, SPELLABLE

_ABOUT = r"(?:of|for|in|to|is|does|was|on|about)"
_CAPITALS = re.compile(
    rf"\b{_ABOUT}\s+[\"']?(?P<name>[A-Z][\w']+(?:\s+(?:(?:of|the|in|and|by|a|to|for|with|my|on)\s+)*[A-Z][\w']*)+)"
)
_BY = re.compile(
    r"\b(?:bpm|tempo|key|chords|meter|time signature|genre|mood|speed) (?:of|for|in|to|is) "
    r"(?!(?:it|this|that|these|the|both|each|my|your|all|any|track|song|bars?)\b)(?P<name>[^?]{2,40}? by [^?,.]{2,30})",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:compare\w* .{1,12}(?:with|to)|than|against|vs\.?|versus|mix (?:well )?with|similar to)\s+[\"']?"
    r"(?P<name>[A-Z][\w']+(?:\s+(?:(?:of|the|in|and|by|a|to|for|with|my|on)\s+)*[A-Z][\w']*)+)"
)
"""A title that something is held against."""
_WORD = re.compile(
    r"\b(?:bpm|tempo|key|keys|chords?|metre|meter|time signature|genre|mood|speed|length|lyrics|structure"
    r"|fast|slow|long|loud) (?:(?:of|for|to|in|on|is|does|do|was) )+(?P<name>[A-Z][a-z']{3,})"
    r"(?=[?.!,]|$| (?:in|have|has|use|uses|run|go|at|is|are|pls|please)\b)"
)
"""A title of one word, told by its capital where one asks what only a track has."""
_USUAL = frozenset(
    "this that these those here there each both all song songs track tracks piece verse verses chorus"
    " choruses bridge intro outro solo bars part parts section sections dorian phrygian lydian mixolydian"
    " aeolian locrian ionian moll dur majeur mineur menor mayor english german french spanish".split()
)
_MUSICAL = frozenset(
    "major minor sharp flat roman numeral numerals camelot nashville italian english bpm i ii iii iv v vi vii".split()
)


def other_song(question: str) -> str:
    """Return the name of a song that a question asks about by its name, or empty.

    A name is told by its capitals, unless the whole question is written in them, or by "by".
    """
    by = _BY.search(question)
    if by:
        return by["name"].strip()
    words = re.findall(r"[A-Za-z][\w']*", question)
    if sum(w[0].isupper() for w in words) > 0.7 * len(words):
        return ""
    found = _CAPITALS.search(question) or _AGAINST.search(question)
    if not found:
        word = _WORD.search(question)
        return word["name"] if word and word["name"].lower() not in _known() else ""
    return "" if speaks_of_music(found["name"]) else found["name"]


@cache
def _known() -> frozenset[str]:
    """Return the words that are no title when they stand alone."""
    return frozenset({*GENRES, *INSTRUMENTS, *MOODS, *terms(), *SPELLABLE, *REAL, *_USUAL})


def speaks_of_music(name: str) -> bool:
    """Tell whether what may be a title has a word that questions about any track have, or a chord."""
    chord = re.compile(r"[A-G][#b]?\w{0,4}")
    return any(w.lower() in _MUSICAL or chord.fullmatch(w) for w in name.split())
