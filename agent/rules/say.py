"""Figures and names as a musician says them; no facts of its own."""

import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tools import theory

Data = Mapping[str, Any]
THEORY = " (theory, not measured)"
"""What marks a statement that no tool made."""
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|system|prompt|instruct\w*|say|tell|answer|reply|assistant|you are|must)\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(r"\b\d{2,3}(?:\.\d+)? ?bpm\b|\b[A-G][#b]? ?(?:major|minor)\b", re.IGNORECASE)
LABEL_LENGTH = 48


def rival(found: Data, strong: float, doubtful: float = 0.0) -> Data | None:
    """Return the other reading of a key or tempo when it is worth a word.

    It is when it has `strong` of the first one's confidence, or that one is below `doubtful`.
    """
    own = found.get("confidence")
    others: Sequence[Data] = found.get("alternatives") or ()
    for other in others:
        weight = other.get("confidence") or 0.0
        if weight >= strong * (own or 1.0) or (own is not None and own < doubtful):
            return other
    return None


def bpm(value: float) -> str:
    """Return a tempo with one decimal at most: ``"121.6 BPM"``."""
    return f"{figure(value)} BPM"


def figure(value: float) -> str:
    """Return a number with one decimal at most, none where it is .0."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def clock(seconds: float) -> str:
    """Return a time as m:ss, with tenths where they matter to nobody left out."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def number_word(count: int) -> str:
    """Return a small number as a word, others in figures."""
    words = "no one two three four five six seven eight nine ten eleven twelve".split()
    return words[count] if 0 <= count < len(words) else str(count)


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{round(100 * share)}%"


def join(items: Iterable[str], last: str = "and") -> str:
    """Return items as a list in a sentence: "a, b and c"."""
    words = [i for i in items if i]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def pick(seed: str, options: Sequence[str]) -> str:
    """Return one of several wordings, always the same for the same seed."""
    return options[zlib.crc32(seed.encode()) % len(options)]


def article(word: str) -> str:
    """Return a word with "a" or "an"."""
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def sentence(text: str) -> str:
    """Return text with a capital and a full stop."""
    text = re.sub(r"\s+", " ", text).strip()
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!", '."', ".)")) else text + "."


def key_name(key: Data) -> str:
    """Return a key as people write it: ``"Bb major"``."""
    return f"{key['tonic']} {key['mode']}"


def key_of(name: str | None) -> tuple[str, str] | None:
    """Return tonic and mode of a key's name, or None."""
    found = re.fullmatch(r"([A-G][#b]?) (major|minor)", name or "")
    return (found[1], found[2]) if found else None


def chord(label: str, key: str | None = None) -> str:
    """Return a Harte label as people write it; spelled in the key where it is known."""
    home = key_of(key)
    try:
        return theory.chord_name(label, *home) if home else theory.chord_name(label)
    except (ValueError, KeyError, TypeError):
        return label


def numeral(label: str, key: str | None) -> str:
    """Return the Roman numeral of a chord in a key, empty where there is none."""
    home = key_of(key)
    if not home or label in ("N", "X"):
        return ""
    try:
        return theory.roman(label, *home)
    except (ValueError, KeyError, TypeError):
        return ""


def dashes(names: Sequence[str]) -> str:
    """Return chord names in a row: "Am – F – C"."""
    return " – ".join(names)


def sureness(confidence: float | None) -> str:
    """Return how sure a figure is, in words: "fairly sure (72%)"."""
    if confidence is None:
        return "not able to say how sure: this estimator gives no confidence"
    for limit, words in ((0.85, "sure"), (0.65, "fairly sure"), (0.45, "not very sure")):
        if confidence >= limit:
            return f"{words} ({percent(confidence)})"
    return f"doing little more than guessing ({percent(confidence)})"


def doubtful(confidence: float | None) -> bool:
    """Tell whether an answer should name its doubt."""
    return confidence is not None and confidence < 0.55


def safe_label(text: str | None) -> str:
    """Return a title fit to name a track by, or empty: no orders, no claims, not too long."""
    text = re.sub(r"\s+", " ", text or "").strip()
    if not text or len(text) > LABEL_LENGTH or _ORDERS.search(text) or _CLAIMS.search(text):
        return ""
    return text


def quoted(text: str, limit: int = 120) -> str:
    """Return text of a file as a quotation on one line."""
    flat = re.sub(r"[\s\x00-\x1f]+", " ", text).strip().replace('"', "'")
    return f'"{flat[: limit - 1]}…"' if len(flat) > limit else f'"{flat}"'


def track_label(track: Data) -> str:
    """Return how to call one track among several: ``'"Night Walk" (#1)'``, or "#1"."""
    title, handle = safe_label(track.get("title")), str(track.get("handle") or "")
    if title and handle:
        return f"{quoted(title)} ({handle})"
    return quoted(title) if title else handle or "the track"


def place(start: float, end: float | None, duration: float | None, words: str = "") -> str:
    """Return where: "at 1:23", "between 0:30 and 1:00", "in the last 20 seconds (3:04–3:24)"."""
    if end is None:
        told = f"at {clock(start)}"
        return f"{words} ({clock(start)})" if words else told
    if math.isinf(end):
        end = duration or start
    if words:
        at = "at" if words in ("the end", "the beginning") else "in"
        return f"{at} {words} ({clock(start)}–{clock(end)})"
    return f"between {clock(start)} and {clock(end)}"
