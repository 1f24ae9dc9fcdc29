"""What a playlist is to be, read from words: its course of energy, its ends, what to search for. Pure.

Activities stand for words that a search understands; which ones is a matter of taste, so the words
are told with the playlist.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tools.errors import MusicToolError

Curve = Literal["build", "wind down", "even", "peak in the middle"]
CURVES: tuple[Curve, ...] = ("build", "wind down", "even", "peak in the middle")

LEAST_BPM, MOST_BPM = 30.0, 300.0
LONGEST_MINUTES = 24 * 60.0

_CALM = r"(?:calm|slow|quiet|gentle|mellow|soft|easy|chilled|chill|relaxed|sleepy|tranquil)"
_WILD = (
    r"(?:wild|fast|loud|energetic|lively|intense|hard|upbeat|frantic|mad|crazy|rowdy|full blast)"
)
_CURVE_WORDS: tuple[tuple[Curve, str], ...] = (
    ("peak in the middle", r"\b(?:that )?(?:peak(?:s|ing)?|climax(?:es)?)(?: (?:in|at|towards?) the middle)?\b|\barc\b"),
    ("wind down", r"\b(?:that )?(?:wind(?:s|ing)?|cool(?:s|ing)?|calm(?:s|ing)?|slow(?:s|ing)?|come(?:s)?|quiet(?:s|ing)?)[ -]?down\b|\bunwind(?:s|ing)?\b|\bfad(?:es?|ing) out\b"),
    ("wind down", rf"\b(?:from |going from )?{_WILD} (?:down )?(?:in)?to {_CALM}\b|\b(?:wildest|hardest|fastest|loudest|liveliest) first\b"),
    ("build", rf"\b(?:gradually )?(?:from )?{_CALM} (?:up )?(?:in)?to {_WILD}\b|\b(?:easiest|calmest|slowest|quietest|gentlest|softest|mellowest) first\b"),
    ("build", r"\b(?:that )?(?:build(?:s|ing)?|warm(?:s|ing)?|ramp(?:s|ing)?|speed(?:s|ing)?|work(?:s|ing)?|pick(?:s|ing)?)(?:[ -]?up)\b|\b(?:that )?build(?:s|ing)?\b|\b(?:rising|crescendo)\b"),
    ("build", r"\b(?:that )?(?:get(?:s|ting)?|grow(?:s|ing)?|becom(?:es|ing)|go(?:es|ing)?) (?:gradually |ever |slowly |steadily |a bit )?(?:faster|quicker|louder|livelier|wilder|harder|more (?:energetic|intense|lively))\b|\b(?:increasing|rising|growing) (?:tempo|speed|energy|bpm|intensity)\b|\bspeeds? up\b"),
    ("wind down", r"\b(?:that )?(?:get(?:s|ting)?|grow(?:s|ing)?|becom(?:es|ing)|go(?:es|ing)?) (?:gradually |ever |slowly |steadily |a bit )?(?:slower|calmer|quieter|softer|gentler|mellower|more (?:relaxed|calm|mellow))\b|\b(?:decreasing|falling) (?:tempo|speed|energy|bpm|intensity)\b"),
    ("even", r"\b(?:even|steady|constant|flat)(?: energy| mood)?\b"),
)  # fmt: skip
_TEMPI = re.compile(
    r"\b(?:from )?(\d{2,3})(?: ?bpm)? ?(?:to|-|\u2013|up to|down to) ?(\d{2,3}) ?bpm\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\b(?:a|an|the|my|me|of|for|from|with|some|please|make|create|build me|give|songs?|tracks?|music"
    r"|playlist|mix|set|one|two|three|four|five|six|seven|eight|nine|ten|twelve|things|stuff|goes|going|gradually|gently|minutes?|mins?|hours?|long|to|and|that|which|\d+(?:\.\d+)?|bpm)\b",
    re.IGNORECASE,
)
ACTIVITIES = {
    "running": "energetic fast", "run": "energetic fast", "jogging": "energetic", "workout": "energetic loud",
    "gym": "energetic loud", "party": "party happy", "dancing": "dance party", "sleep": "calm slow",
    "sleeping": "calm slow", "bedtime": "calm slow", "studying": "calm mellow", "study": "calm mellow", "focus": "calm mellow",
    "working": "mellow", "dinner": "mellow relaxed", "cooking": "happy relaxed", "driving": "energetic happy",
    "asleep": "calm slow", "relaxing": "relaxed calm", "rainy": "mellow calm", "sunny": "happy", "chilling": "relaxed", "unwinding": "relaxed calm",
    "yoga": "calm relaxed", "meditation": "calm ambient", "cleaning": "happy energetic", "breakfast": "happy mellow",
}  # fmt: skip
"""What people do to music -> words of the tagger for it."""


class PlaylistError(MusicToolError):
    """The playlist that was asked for can't be."""


@dataclass(frozen=True)
class Goal:
    """What was asked for.

    Parameters
    ----------
    text : as it was said
    search : words to search the library by; empty where any track will do
    curve : how energy goes
    bpm : tempo at the start and at the end, None where it is left open
    """

    text: str
    search: str
    curve: Curve
    bpm: tuple[float | None, float | None] = (None, None)

    def energy_at(self, place: float) -> float:
        """Return the energy that is wanted at a place from 0 to 1, as a rank in the library."""
        return {
            "build": 0.15 + 0.7 * place,
            "wind down": 0.85 - 0.7 * place,
            "even": 0.5,
            "peak in the middle": 0.15 + 0.7 * (1 - abs(2 * place - 1)),
        }[self.curve]

    def bpm_at(self, place: float) -> float | None:
        """Return the tempo that is wanted at a place from 0 to 1: equal steps in per cent."""
        first, last = self.bpm
        if first is None or last is None:
            known = first if first is not None else last
            return (
                known
                if known is not None and place == (0.0 if first is not None else 1.0)
                else None
            )
        return float(np.exp((1 - place) * np.log(first) + place * np.log(last)))


def read_goal(text: str, start: float | None = None, end: float | None = None) -> Goal:
    """Return what a playlist is to be.

    Parameters
    ----------
    start, end : tempo in BPM at the ends; else as the text says: "from 90 to 140 BPM"

    Raises
    ------
    PlaylistError
        If a tempo is none.
    """
    if start is None and end is None and (found := _TEMPI.search(text)):
        start, end = float(found[1]), float(found[2])
    for bpm in (start, end):
        if bpm is not None and not LEAST_BPM <= bpm <= MOST_BPM:
            raise PlaylistError(
                f"A playlist's tempo lies between {LEAST_BPM:g} and {MOST_BPM:g} BPM, not {bpm:g}."
            )
    left, curve = text, None
    for name, words in _CURVE_WORDS:
        if re.search(words, left, re.IGNORECASE):
            curve = curve or name
            left = re.sub(words, " ", left, flags=re.IGNORECASE)
    if curve is None and start is not None and end is not None and abs(end / start - 1) > 0.03:
        curve = "build" if end > start else "wind down"
    rest = " ".join(_FILLER.sub(" ", left).split()).strip(" ,.;:-")
    return Goal(text, with_activities(rest), curve or "even", (start, end))


def check_minutes(minutes: float) -> float:
    """Return the minutes of a playlist.

    Raises
    ------
    PlaylistError
        If no playlist can be so long, or so short.
    """
    if not np.isfinite(minutes) or minutes <= 0:
        raise PlaylistError("A playlist lasts more than 0 minutes: say how long it is to be.")
    if minutes > LONGEST_MINUTES:
        raise PlaylistError(f"A playlist lasts at most {LONGEST_MINUTES / 60:.0f} hours.")
    return float(minutes)


def with_activities(text: str) -> str:
    """Return words with those for what people do to music as the moods that go with it."""
    words = re.sub(r"[,;]", " ", text).split()
    if not any(word.lower() in ACTIVITIES for word in words):
        return text
    meant = " ".join(ACTIVITIES.get(word.lower(), word) for word in words)
    return " ".join(dict.fromkeys(meant.split()))
