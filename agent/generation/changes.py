"""What is to be otherwise than in a track: "slower", "much faster", "a tone higher", "jazzier"."""

import re
from dataclasses import dataclass

from agent.generation.draft import NUMBER, number, words
from agent.rules.amounts import move
from agent.wish import Reader

_DEGREES = {"much": 0.65, "lot": 0.65, "far": 0.65, "bit": 0.9, "little": 0.9, "slightly": 0.9}
_USUAL = 0.8
"""How much slower "slower" is; faster is its inverse."""
_PACE = words(
    r"(?:and |but )?(?:(?:a |an )?(?P<much>much|lot|far|bit|little|slightly) |(?P<share>\d{1,2}) ?(?:%|percent) |(?P<bpm>\d{1,2}) ?bpm )?"
    r"(?P<way>slower|faster|quicker|slowed down|sped up|speeded up)(?: tempo)?"
)
_RATIO = (
    (words(r"(?:at |in )?(?:half (?:the )?(?:speed|tempo|time)|half as fast|twice as slow)"), 0.5),
    (words(r"(?:at |in )?(?:double (?:the )?(?:speed|tempo|time)|twice as fast|twice the (?:speed|tempo))"), 2.0),
)  # fmt: skip
_REHARMONISED = words(
    r"re-?harmoni[sz]\w*|(?:with )?(?:new|other|different|fresh|richer) (?:chords|harmon(?:y|ies)|changes)"
)
_SEVENTHS = words(r"(?:with )?(?:jazzy chords|sevenths|seventh chords|7th chords)")
_JAZZIER = words(r"jazzier|more jazzy|jazzed up|jazzily")
_STYLISH = {
    "funkier": "funky",
    "bluesier": "bluesy",
    "rockier": "rocky",
    "poppier": "poppy",
    "folkier": "folky",
}
_SHIFT = re.compile(
    rf"\b(?:transposed?|move[ds]?|shift(?:ed)?|take it|put it)?\s*(?:(?:up|down)(?: by)? (?:an? |{NUMBER} )\w+(?: \w+)?|(?:an? |{NUMBER} )(?:semi-?tones?|half[- ]steps?|whole[- ](?:steps?|tones?)|tones?|steps?|fifth|fourth|octave|third|minor third|major third)s? (?:up|down|higher|lower))\b",
    re.IGNORECASE,
)
_LENGTH = words(rf"(?P<ratio>twice|half|{NUMBER} times) as long|(?P<way>longer|shorter)")


@dataclass(frozen=True)
class Changes:
    """What is to be otherwise.

    Parameters
    ----------
    pace : factor of the tempo
    more_bpm : beats a minute to add
    shift : semitones
    length : factor of the length
    """

    pace: float = 1.0
    more_bpm: float = 0.0
    shift: int = 0
    length: float = 1.0
    reharmonised: bool = False
    sevenths: bool = False


def take_changes(text: str) -> tuple[Changes, str]:
    """Return what a text wants otherwise, and the text without it."""
    left = Reader(text)
    for comparative, plain in _STYLISH.items():
        left.text = re.sub(rf"\b{comparative}\b", plain, left.text, flags=re.IGNORECASE)
    pace, more = _pace(left)
    reharmonised = left.take(_REHARMONISED) is not None
    sevenths = left.take(_SEVENTHS) is not None
    if left.take(_JAZZIER):
        sevenths = True
        left.text += ", jazz"
    shift = _shift(found.group()) if (found := left.take(_SHIFT)) else 0
    length = _length(found) if (found := left.take(_LENGTH)) else 1.0
    return Changes(pace, more, shift, length, reharmonised, sevenths), left.text


def _pace(left: Reader) -> tuple[float, float]:
    for pattern, factor in _RATIO:
        if left.take(pattern):
            return factor, 0.0
    found = left.take(_PACE)
    if found is None:
        return 1.0, 0.0
    slower = found["way"].lower().startswith("slow")
    if found["bpm"]:
        return 1.0, -float(found["bpm"]) if slower else float(found["bpm"])
    if found["share"]:
        share = float(found["share"]) / 100
        return (1 - share if slower else 1 + share), 0.0
    factor = _DEGREES.get((found["much"] or "").lower(), _USUAL)
    return (factor if slower else round(1 / factor, 3)), 0.0


def _shift(text: str) -> int:
    plain = re.sub(r"\bwhole tone", "tone", text.lower())
    for word in ("eight", "nine", "ten", "eleven", "twelve"):  # beyond what `move` counts
        plain = re.sub(rf"\b{word}\b", f"{number(word):.0f}", plain)
    found = re.match(r"[+-]\d+", move(plain, ()))
    return int(found.group()) if found else 0


def _length(found: re.Match[str]) -> float:
    if way := found["way"]:
        return 2.0 if way.lower() == "longer" else 0.5
    ratio = found["ratio"].lower()
    return {"twice": 2.0, "half": 0.5}.get(ratio) or number(ratio.split()[0])
