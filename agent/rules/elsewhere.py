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
        return word["name"] if word and word["name"].lower() not in known_words() else ""
    return "" if speaks_of_music(found["name"]) else found["name"]


_CALLED = re.compile(
    r"\b(?:songs?|tracks?|tunes?|pieces?|single|recording|title|titled|called|named|entitled|lied|titel|stück|chanson|morceau|canción|brano|canzone|utw[oó]r)\s+[\"'“‘«]?$",
    re.IGNORECASE,
)
_MUSICAL_QUESTION = re.compile(
    r"\b(?:bpm|tempo|keys?|chords?|met(?:re|er)|time signature|genre|mood|speed|length|long|fast\w*|slow\w*|loud\w*|sound\w*|compare\w*|than|similar|like|open|vocals?|acapella|karaoke|bass ?lines?|notes?|words|lyrics|describe|happens|midi|capo|duration|beats?|click|numerals|come out"
    r"|sing\w*|instruments?|structure|chorus|verse|bars?|major|minor|tonart|schnell|akkorde?|takt|tonalit[éà]|tonalidad|accords?|acordes|accordi|ritmo|vitesse|tonatie|toonsoort|tonacja|tom)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:my|your|our|his|her|their|the|this|that|these|those|it|an?|some|any|its|both|all|each|what|which|who|how|i|you|we|they|he|she)\b",
    re.IGNORECASE,
)
_OF = re.compile(
    r"\b(?:bpm|tempo|keys?|chords?|signature|vocals|lyrics|words|duration|length|melody|title) (?:of|for|to) $",
    re.IGNORECASE,
)
"""What only a track has, before a name of one word in small letters."""
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight january february march april"
    " may june july august september october november december spring summer autumn winter christmas easter".split()
)


def names_piece(question: str, name: str, lost: bool = False) -> bool:
    """Tell whether words of a question really name a piece, or only look like one to a net.

    They do in quotation marks, after "the song", before "by" and someone, in capitals amid a
    sentence, or in small letters as what a musical question is about ("the key of happy birthday").

    Parameters
    ----------
    lost : whether nothing else in the question was read as one about music
    """
    question, name = (s.replace("’", "'").strip() for s in (question, name))
    if re.search(
        r"#?\d|\b(?:first|second|third|fourth|fifth|last|other|(?:number|track|song) \w+)\b", name
    ):
        return True  # a track by its number
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", question, re.IGNORECASE)
    if not name or found is None:
        return False
    before, said, after = question[: found.start()], found.group(), question[found.end() :]
    quoted = re.search(r"[\"'“‘«„]\s*$", before) and re.match(r"\s*[\"'”’»“]", after)
    if quoted or "/" in name or re.search(r"\bby \w", said) or re.match(r"\s+by\s+\w", after):
        return True
    words = said.split()
    usual = known_words() | _DAYS | _MUSICAL
    if all(w.lower().strip("'.,") in usual for w in words):
        return False
    if _CALLED.search(before):
        return True
    asked = _MUSICAL_QUESTION.search(before + " " + after) is not None
    whole = re.findall(r"[^\W\d_][\w']*", question)
    shouted = sum(w[0].isupper() for w in whole) > 0.7 * len(whole)
    capitals = 0 if shouted else sum(w[0].isupper() for w in words)
    if capitals > 1:
        return capitals > 2 or asked or not lost
    if capitals == 1 and len(words) == 1:
        return asked and bool(before.strip())
    if not asked or lost or _NO_NAME.match(said):
        return False
    return len(words) > 1 or _OF.search(before) is not None


@cache
def known_words() -> frozenset[str]:
    """Return the words that are no title when they stand alone."""
    return frozenset({*GENRES, *INSTRUMENTS, *MOODS, *terms(), *SPELLABLE, *REAL, *_USUAL})


def speaks_of_music(name: str) -> bool:
    """Tell whether what may be a title has a word that questions about any track have, or a chord."""
    chord = re.compile(r"[A-G][#b]?\w{0,4}")
    return any(w.lower() in _MUSICAL or chord.fullmatch(w) for w in name.split())
