"""Which of the topics that a question touches it is really about: the telling one explains the rest.

A hit is (topic, aspect, place in the question), as the rules of `patterns` give them.
"""

import re

from agent.rules.details import named_chords
from agent.rules.lexicon import find_keys, find_quality

Hit = tuple[str, str, int]
_RANK = {"": 0, "mode": 1}
_WHO_SINGS = re.compile(
    r"\bwho (?:sings|does the (?:vocals|singing|voice)|is (?:that |it |this )?(?:singing|(?:the )?(?:singer|vocalist)))\b"
)


def claim(text: str, hits: list[Hit], chords: tuple[str, ...]) -> list[Hit]:
    """Return the hits without those that another one explains; "rhythm" becomes tempo and meter."""
    kept = [
        hit
        for hit in hits
        if not (
            _key_explained(hit, hits, text, chords)
            or _chords_explained(hit, hits)
            or _pulse_explained(hit, hits)
            or _sound_explained(hit, hits, text)
        )
    ]
    return _spread(kept)


def _has(hits: list[Hit], topic: str, *aspects: str) -> bool:
    return any(t == topic and (not aspects or a in aspects) for t, a, _ in hits)


def _key_explained(hit: Hit, hits: list[Hit], text: str, chords: tuple[str, ...]) -> bool:
    topic, aspect, _ = hit
    if topic != "key":
        return False
    if any(t == "key" and _RANK.get(a, 2) > _RANK.get(aspect, 2) for t, a, _ in hits):
        return True
    if aspect == "mode" and _has(hits, "chords") and find_quality(text):
        return True
    if aspect in ("", "mode") and _has(hits, "chords", "first", "last"):
        return True
    named = named_chords(text, chords) and not find_keys(text)
    return bool(aspect == "" and named and _has(hits, "chords"))


def _chords_explained(hit: Hit, hits: list[Hit]) -> bool:
    if hit[:2] == ("chords", "roman") and _has(hits, "chords", "first", "last"):
        return True
    if hit[:2] == ("chords", "last") and _has(hits, "chords", "cadence"):
        return True
    if hit[:2] != ("chords", ""):
        return False
    particular = any(t == "chords" and a for t, a, _ in hits)
    return particular or _has(hits, "key", "transpose", "capo")


def _pulse_explained(hit: Hit, hits: list[Hit]) -> bool:
    topic, aspect, _ = hit
    if topic == "rhythm":
        return _has(hits, "meter") or _has(hits, "beats") or _has(hits, "tempo")
    if topic == "beats":
        return aspect == "first" and _has(hits, "chords")
    if topic != "tempo" or aspect not in ("", "fast"):
        return False
    return any(t == "tempo" and a not in ("", aspect) for t, a, _ in hits) and (
        aspect == "" or any(t == "tempo" and a not in ("", "fast") for t, a, _ in hits)
    )


def _sound_explained(hit: Hit, hits: list[Hit], text: str) -> bool:
    topic, aspect, place = hit
    if topic == "voice" and aspect == "has":
        better = any(t == "voice" and (a != "has" or p < place) for t, a, p in hits)
        return better or bool(_WHO_SINGS.search(text))
    if topic == "instruments":
        return _has(hits, "voice") and "instrumental" in text.split()
    feels = re.search(r"\bfeels? like\b|\bfeels? (?:it )?in\b", text)
    return topic == "moods" and bool(feels) and len(hits) > 1


def _spread(hits: list[Hit]) -> list[Hit]:
    """Return the hits with "rhythm" made tempo and meter."""
    spread: list[Hit] = []
    for topic, aspect, place in hits:
        if topic == "rhythm":
            spread += [("tempo", "", place), ("meter", "", place)]
        else:
            spread.append((topic, aspect, place))
    return spread
