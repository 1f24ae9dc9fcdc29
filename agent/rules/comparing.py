"""Comparisons: whether a question compares tracks, in what, and which ones."""

import re
from dataclasses import replace

from agent.rules import limits, patterns
from agent.rules.asks import Ask, Situation, Span
from agent.rules.details import versus_number
from agent.rules.references import Reference, default_tracks
from agent.rules.times import TIME, seconds

_ONE_KEY = re.compile(
    r"\b(?:which|what)\b.{0,20}\bkeys?\b.*\b(?:mix|blend|go|work|fit|match|compatible)"
)
_SUBJECTS = (
    ("tempo", r"\b(?:tempos?|bpms?|speeds?)\b"), ("key", r"\bkeys?\b"), ("moods", r"\b(?:moods?|vibes?)\b"),
    ("genres", r"\b(?:genres?|styles?)\b"), ("chords", r"\b(?:chords?|progressions?|harmony)\b"),
    ("meter", r"\b(?:meters?|time signatures?)\b"), ("instruments", r"\binstrument"), ("duration", r"\b(?:lengths?|durations?)\b"),
    ("loudness", r"\b(?:loudness|levels?|volumes?|lufs)\b"),
)  # fmt: skip
_EACH = re.compile(
    r"^(?:and |so )*which (?:one|track|song|tune|piece|file)s?\b(?! (?:is|are) (?:it|this|that|open)\b)"
)
_ONE_TRACK = re.compile(r"\b(?:throughout|whole|all (?:the )?(?:way|through)|end|entire)\b")
_PLACE_IN_ONE = re.compile(r"est (?:part|bit|moment|place|section)\b")
_NEEDS = {
    "tempo": r"\bthan|which|other|two\b", "moods": r"\bthan|which|other|two\b",
    "sure": r"(?!)", "sure key": r"(?!)", "steady": r"(?!)", "pitch": r"(?!)", "entry": r"(?!)",
    "key": r"\bother|with|both|they\b", "loudness": r"(?!)",
}  # fmt: skip
"""Words without which a question about one open track compares nothing."""


def meant_tracks(reference: Reference, situation: Situation) -> tuple[str, ...]:
    """Return the tracks a question is about: those named, all for "which one has", else the last."""
    if reference.handles:
        return reference.handles
    if _EACH.search(reference.text) and 1 < len(situation.tracks) <= 4:
        return tuple(t.handle for t in situation.tracks)
    return default_tracks(situation)


def compared(reference: Reference, situation: Situation, span: Span | None) -> list[Ask]:
    """Return a comparison, where the words compare and there are tracks to compare."""
    text = reference.text
    limit = re.search(rf"\b(longer|shorter) than ({TIME})", text)
    if limit:
        value = f"{'>' if limit[1] == 'longer' else '<'}{seconds(limit[2]) or 0:g}"
        return [Ask("duration", "is", meant_tracks(reference, situation), value=value)]
    hit = limits.name_of(patterns.COMPARE, text)
    if not hit or versus_number(text) or span or _ONE_KEY.search(text):
        return []
    aspect, match = hit
    aspect = _subject(text, situation) if aspect == "all" else aspect
    if aspect == "sure" and re.search(r"\bkeys?\b", text):
        aspect = "sure key"
    handles = _sides(reference, situation)
    if aspect == "mix" and len(handles) < 2 and re.search(r"\b(?:1[0-2]|[1-9])[ab]\b", text):
        return []
    if aspect == "duration" and re.search(r"\bchords?\b", text):
        return []
    if _compares_nothing(aspect, text, handles):
        return []
    value = match.group()
    if aspect == "pitch" and re.search(
        r"\bto (?:it|the (?:first|second|other))\b.{0,12}\bto (?:match|meet|fit)\b", text
    ):
        value += " to"  # what is done to the track named first
    found = [Ask("compare", aspect, handles, value=value)]
    left = text[: match.start()] + "·" + text[match.end() :]
    for name, pattern in patterns.COMPARE:
        more = re.search(pattern, left)
        if more and name not in (aspect, "all"):
            found.append(Ask("compare", name, handles, value=more.group()))
    return [
        replace(a, polar=bool(patterns.POLAR.match(text) or text.startswith("same"))) for a in found
    ]


def _subject(text: str, situation: Situation) -> str:
    """Return what is compared in words such as "versus": what is named, else what was asked last."""
    named = next((a for a, words in _SUBJECTS if re.search(words, text)), "all")
    leans = re.match(r"(?:and |so )*(?:compared (?:to|with)|versus|vs|in comparison)\b", text)
    if named != "all" or not leans or not situation.asks:
        return named
    last = situation.asks[-1].topic
    return last if any(last == name for name, _ in _SUBJECTS) else "all"


def _sides(reference: Reference, situation: Situation) -> tuple[str, ...]:
    """Return the tracks to compare, the one the question is about first."""
    text, handles = reference.text, reference.handles
    if not handles:
        focus = situation.focus
        return focus if len(focus) > 1 else tuple(t.handle for t in situation.tracks)
    if len(handles) > 1:
        return handles
    rest = [t.handle for t in situation.tracks if t.handle not in handles]
    base = [h for h in default_tracks(situation) if h not in handles] or rest
    alone = re.search(r"^(?:is|does|would|will|how) it\b.*\b(?:than|as|to|with|from|into)\b", text)
    return (*base[:1], *handles) if alone else (*handles, *base[:1])


def _compares_nothing(aspect: str, text: str, handles: tuple[str, ...]) -> bool:
    """Tell whether the words are about one track: "the loudest part", "the same key throughout"."""
    if aspect in ("key", "tempo", "chords") and _ONE_TRACK.search(text):
        return True
    if aspect == "loudness" and _PLACE_IN_ONE.search(text):
        return True
    needed = _NEEDS.get(aspect)
    return len(handles) < 2 and needed is not None and not re.search(needed, text)
