"""What a search in words asks for that can be measured: key, tempo, meter, voice. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.conventions import METERS

PACES = {"slow": (0.0, 90.0), "mid": (85.0, 125.0), "fast": (120.0, 1e3)}
"""Beats a minute of the words for pace: adagio and andante below 90, allegro from 120."""

TEMPO_TOLERANCE = 0.04
"""What counts as the same tempo in the tempo estimation contests (Gouyon et al., 2006)."""
AROUND_TOLERANCE = 0.08

STOP_WORDS = frozenset(
    "a about above all an and any anything are around as at be below bpm by can did do does find for"
    " from get give got has have hear heard i in is it its key like listen made me mine music my of"
    " on one ones or our over per piece play please recording roughly scale search show some"
    " something song songs sound sounds tempo that the their them these thing this those to track"
    " tracks tune tunes under was we were what which whose with you your".split()
)

_ACCIDENTAL = r"(?P<accidental>#|♯|b|♭|[ -]?sharp|[ -]?flat)?"
KEY = re.compile(rf"\b(?P<letter>[A-Ga-g]){_ACCIDENTAL}[ -]?(?P<mode>major|minor|maj|min)\b")
SHORT_KEY = re.compile(rf"\b(?P<letter>[A-G]){_ACCIDENTAL}(?P<mode>m)\b")
TONIC = re.compile(rf"\b(?:in|key of) (?P<letter>[A-G]){_ACCIDENTAL}(?![\w#♯♭])")
_MODE = re.compile(r"\b(?P<mode>major|minor)\b", re.IGNORECASE)
_NUMBER = r"(\d{2,3}(?:\.\d+)?)"
_BEATS = r"(?: ?bpm\b| beats (?:per|a) minute\b)"
_RANGE = re.compile(rf"\b{_NUMBER} ?(?:-|\u2013|to|and) ?{_NUMBER}{_BEATS}", re.IGNORECASE)
_BPM = re.compile(
    r"(?P<bound>under|below|slower than|at most|over|above|faster than|at least|around|about|near"
    rf"|roughly|~)?\s*\b(?:{_NUMBER}{_BEATS}|tempo (?:of |is )?{_NUMBER})",
    re.IGNORECASE,
)
_METER = re.compile(rf"(?<![\d/])({'|'.join(METERS)})(?!\d)")
_INSTRUMENTAL = re.compile(
    r"\binstrumentals?\b|\b(?:no|without|not|minus)\s+(?:any\s+|the\s+)?"
    r"(?:vocals?|voices?|singing|singers?)\b",
    re.IGNORECASE,
)
_VOCAL = re.compile(r"\b(?:vocals?|sung|sings?|singing|singers?)\b", re.IGNORECASE)
_UNWANTED = re.compile(
    r"\b(?:no|without|not|minus|except)\s+(?:(?:any|the|a|too|so|very)\s+)*(\w+)", re.IGNORECASE
)
_DROPPED = re.compile(
    r"\b(\w+) (?:(?:drop|cut|fade)(?:s|ped|ping|ting)? out|go(?:es)? (?:out|away|silent)|falls? silent"
    r"|(?:is|are) (?:gone|silent|missing|absent))\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_PACE_WORDS = {
    "slow": re.compile(r"\b(?:slow|slowly|slower|adagio|largo|lento)\b", re.IGNORECASE),
    "mid": re.compile(r"\b(?:mid[ -]?tempo|medium tempo|moderate|moderato)\b", re.IGNORECASE),
    "fast": re.compile(r"\b(?:fast|faster|quick|uptempo|up-tempo|presto|allegro)\b", re.IGNORECASE),
}


@dataclass(frozen=True)
class Wish:
    """What was asked for; empty or None where nothing was.

    Parameters
    ----------
    bpm : lowest and highest tempo that a number in the query allows
    pace : the same of a word such as "slow"
    unwanted : words that no tag of the track may hold
    dropped : what is to fall silent: "where the bass drops out"
    terms : the other words that matter, as `tokens` gives them -> as they were written
    sound : the query without what is measured by other means (key, tempo in figures, meter) and
        without what is denied: what a likeness in sound is looked for with, if it says anything
    """

    tonic: str = ""
    mode: str = ""
    bpm: tuple[float, float] | None = None
    pace: tuple[float, float] | None = None
    meter: str = ""
    voice: str = ""
    unwanted: frozenset[str] = frozenset()
    dropped: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    sound: str = ""

    @property
    def asked(self) -> int:
        """How many measurable things were asked for."""
        key = bool(self.tonic or self.mode)
        return sum(map(bool, (key, self.bpm, self.meter, self.dropped)))

    @property
    def asked_traits(self) -> int:
        """How many things were asked for that are a matter of hearing: a pace, a voice."""
        return sum(map(bool, (self.pace, self.voice)))


def read_wish(query: str) -> Wish:
    """Return what a query asks for."""
    left = Reader(unicodedata.normalize("NFC", query))
    tonic, mode = _read_key(left)
    bpm = _read_tempo(left)
    meter = found[1] if (found := left.take(_METER)) else "3/4" if _waltz(query) else ""
    instrumental = left.take(_INSTRUMENTAL)
    unwanted = frozenset(t for word in left.take_all(_UNWANTED) for t in tokens(word))
    dropped = " ".join(tokens(found[1])) if (found := left.take(_DROPPED)) else ""
    sound = " ".join(left.text.replace(" , ", " ").split())
    voice = "instrumental" if instrumental else "vocal" if left.take(_VOCAL) else ""
    pace = next(
        (PACES[name] for name, words in _PACE_WORDS.items() if words.search(left.text)), None
    )
    terms = {t: w for w in _WORD.findall(left.text) for t in tokens(w) if t not in STOP_WORDS}
    if not terms and voice != "vocal":
        sound = ""  # "some music" is like everything
    return Wish(tonic, mode, bpm, pace, meter, voice, unwanted, dropped, terms, sound)


def tokens(text: str) -> list[str]:
    """Return the words of a text, folded: no capitals, no accents, no plural s."""
    plain = text.casefold().replace("'", "")
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return [_singular(word) for word in _WORD.findall(plain)]


class Reader:
    """A text out of which the understood parts are taken."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what a pattern finds first, and take it out."""
        found = pattern.search(self.text)
        if found:
            self.text = f"{self.text[: found.start()]} , {self.text[found.end() :]}"
        return found

    def take_all(self, pattern: re.Pattern[str]) -> list[str]:
        """Return all that a pattern finds, and take it out."""
        found: list[str] = pattern.findall(self.text)
        self.text = pattern.sub(" , ", self.text)
        return found


def _read_key(left: Reader) -> tuple[str, str]:
    found = KEY.search(left.text)
    if found and _is_article(found):
        found = None
    for pattern in (KEY,) if found else (SHORT_KEY, TONIC):
        if match := left.take(pattern):
            return named_key(match)
    modes = {found.lower() for found in _MODE.findall(left.text)}
    if len(modes) != 1:  # "from minor to major" asks for neither
        return "", ""
    left.take(_MODE)
    return "", modes.pop()


def named_key(found: re.Match[str]) -> tuple[str, str]:
    """Return tonic and mode of what `KEY`, `SHORT_KEY` or `TONIC` found; no mode is empty."""
    parts = found.groupdict()
    sign = (parts["accidental"] or "").strip(" -")
    sign = {"♯": "#", "sharp": "#", "♭": "b", "flat": "b"}.get(sign, sign)
    mode = "major" if (parts.get("mode") or "").startswith("maj") else "minor"
    return parts["letter"].upper() + sign, mode if parts.get("mode") else ""


def _is_article(found: re.Match[str]) -> bool:
    """Return whether the A of "a minor key" is no tonic: a noun follows, and it is no capital."""
    if found["letter"] == "A" and found.start() > 0:
        return False
    return (
        found["letter"] in "aA"
        and not found["accidental"]
        and bool(re.match(r"\s+\w", found.string[found.end() :]))
    )


def _read_tempo(left: Reader) -> tuple[float, float] | None:
    if found := left.take(_RANGE):
        low, high = sorted((float(found[1]), float(found[2])))
        return low, high
    found = left.take(_BPM)
    if not found:
        return None
    bpm = float(found[2] or found[3])
    bound = (found["bound"] or "").lower()
    if bound in ("under", "below", "slower than", "at most"):
        return 0.0, bpm
    if bound in ("over", "above", "faster than", "at least"):
        return bpm, 1e3
    tolerance = AROUND_TOLERANCE if bound else TEMPO_TOLERANCE
    return bpm * (1 - tolerance), bpm * (1 + tolerance)


def _waltz(query: str) -> bool:
    return "waltz" in tokens(query)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
