"""Facts as people write them: keys, tempi, meters and chords, compared and found in prose."""

import math
import re
from collections.abc import Iterator
from contextlib import suppress

from tools.theory import chord_name, pitch_class

Fact = str | float

BPM_SLACK, RELATIVE_SLACK = 0.5, 0.01
"""Two numbers are the same fact within 0.5 or 1 %, whichever is more: what prose may round away."""

ALIASES = {"tempo": "bpm", "time_signature": "meter", "genres": "genre"}
ALIASES |= {"instruments": "instrument", "moods": "mood", "chords": "chord", "tonality": "key"}

SIGNS = {"": "", "#": "#", "♯": "#", "sharp": "#", "b": "b", "♭": "b", "flat": "b"}
KEY = re.compile(
    r"\b((?-i:[A-G]))(#|♯|b|♭|(?:[ -]?(?:sharp|flat)\b))?[ :-]?\s*(major|minor|maj\b|min\b|m\b)",
    re.I,
)
NUMBER = re.compile(
    r"(?<![\w.:/#])(\d+):([0-5]\d)(?![\w:])|(?<![\w.:/#])(\d+(?:\.\d+)?)(?![\w:/%]|\.\d)"
)
CHORD = re.compile(r"(?<![\w#])[A-G][#b]?[\w#()+°ø/:]*(?<![/:(])")
ROOT = re.compile(r"(?<![^/])[A-G][#b]?")
METER_WORDS = {
    "2/4": ("two-four", "two four"),
    "3/4": ("three-four", "three four", "waltz time", "triple meter", "triple time"),
    "4/4": ("four-four", "four four", "common time"),
    "6/8": ("six-eight", "six eight"),
}
COUNTS = "no one two three four five six seven eight nine ten eleven twelve".split()
PLAIN = str.maketrans({"\u2019": "'", "♯": "#", "♭": "b"})


def same(kind: str, wanted: Fact, came: object) -> bool:
    """Return whether a claim of that kind has the value that is wanted."""
    if isinstance(came, list | tuple):
        return any(same(kind, wanted, one) for one in came)
    if kind == "key":
        return key_of(str(wanted)) == key_of(str(came))
    if kind == "chord":
        return _chord(str(wanted)) == _chord(str(came))
    numbers = number_of(wanted), number_of(came)
    if numbers[0] is not None and numbers[1] is not None:
        return _near(numbers[0], numbers[1])
    return folded(str(wanted)) == folded(str(came))


def states(kind: str, value: Fact, answer: str) -> bool:
    """Return whether the prose itself gives the fact."""
    if kind == "key":
        # "Am" in prose is a chord; a key is named with its mode.
        named = (m for m in KEY.finditer(answer) if m[3].lower() in ("major", "minor"))
        return key_of(str(value)) in [_spelled(match) for match in named]
    if kind == "meter":
        words = (str(value).replace("/", r"\s*/\s*"), *METER_WORDS.get(str(value), ()))
        return any(re.search(rf"(?<![\w/]){word}(?![\w/])", answer, re.I) for word in words)
    if kind == "chord":
        return _chord(str(value)) in map(_chord, CHORD.findall(answer.translate(PLAIN)))
    number = number_of(value)
    if number is not None:
        return any(_near(number, stated) for stated in _numbers(answer)) or _worded(number, answer)
    return re.search(rf"(?<!\w){re.escape(folded(str(value)))}s?(?!\w)", folded(answer)) is not None


def kind_of(name: str) -> str:
    """Return the kind of claim that a name means: ``"bpm"`` for tempo."""
    name = name.strip().lower().replace(" ", "_")
    return ALIASES.get(name, name)


def key_of(text: str) -> tuple[int, str] | None:
    """Return pitch class and mode of the key that `text` is, so that Ab minor is G# minor."""
    match = KEY.fullmatch(text.strip()[:1].upper() + text.strip()[1:])
    return _spelled(match) if match else None


def number_of(value: object) -> float | None:
    """Return a finite number, also out of a text; None where there is none."""
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever float refuses is no number
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None


def folded(text: str) -> str:
    """Return a text for comparison: case, blanks and typographic signs made alike."""
    return " ".join(text.translate(PLAIN).casefold().split())


def shown(value: object) -> str:
    """Return a value as a sentence shows it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _spelled(match: re.Match[str]) -> tuple[int, str]:
    letter, accidental, mode = match.groups()
    tonic = letter.upper() + SIGNS[(accidental or "").strip(" -").lower()]
    return pitch_class(tonic), "major" if mode.lower() in ("major", "maj") else "minor"


def _chord(text: str) -> str:
    """Return a chord in one spelling, written ``Fm7/Ab`` or as Harte's label: ``5m7/8``."""
    text = text.translate(PLAIN)
    with suppress(ValueError):  # what is no Harte label is a name already
        text = chord_name(text)
    return ROOT.sub(lambda match: str(pitch_class(match[0])), text)


def _numbers(answer: str) -> Iterator[float]:
    """Yield the numbers of the prose, clock times as seconds; not those of 4/4, 80 % or #2."""
    for match in NUMBER.finditer(answer):
        minutes, seconds, number = match.groups()
        after = answer[match.end() : match.end() + 2].lstrip()
        if number is None:
            yield 60.0 * int(minutes) + int(seconds)
        elif not after.startswith("%"):
            yield float(number)


def _worded(number: float, answer: str) -> bool:
    """Return whether a small count stands in the prose as a word: "four sections"."""
    place = round(number)
    if place != number or not 0 < place < len(COUNTS):
        return False
    return re.search(rf"(?<![\w-]){COUNTS[place]}(?![\w-])", answer, re.I) is not None


def _near(wanted: float, came: float) -> bool:
    return abs(wanted - came) <= max(BPM_SLACK, RELATIVE_SLACK * abs(wanted))
