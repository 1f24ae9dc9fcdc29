"""Music that a question names and nobody has opened: "the BPM of Blinding Lights"."""

import re

_ABOUT = r"(?:of|for|in|to|is|does|was|on|about)"
_CAPITALS = re.compile(
    rf"\b{_ABOUT}\s+[\"']?(?P<name>[A-Z][\w']+(?:\s+(?:(?:of|the|in|and|by|a|to|for|with|my|on)\s+)*[A-Z][\w']*)+)"
)
_BY = re.compile(
    r"\b(?:bpm|tempo|key|chords|meter|time signature|genre|mood|speed) (?:of|for|in|to|is) "
    r"(?!(?:it|this|that|these|the|both|each|my|your|all|any|track|song|bars?)\b)(?P<name>[^?]{2,40}? by [^?,.]{2,30})",
    re.IGNORECASE,
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
    found = _CAPITALS.search(question)
    if not found:
        return ""
    return "" if speaks_of_music(found["name"]) else found["name"]


def speaks_of_music(name: str) -> bool:
    """Tell whether what may be a title has a word that questions about any track have, or a chord."""
    chord = re.compile(r"[A-G][#b]?\w{0,4}")
    return any(w.lower() in _MUSICAL or chord.fullmatch(w) for w in name.split())
