"""Questions about how loud a track is: what exactly is asked of it, and against which target.

They are read as the head that the trained model knows, ``unsupported.loudness``, from before
loudness was measured; where its tool is there, `done` makes it the topic ``loudness``.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from agent.rules.asks import LOUDNESS, Ask, Situation
from agent.rules.patterns import POLAR
from agent.rules.references import default_tracks
from agent.rules.wording import plain

TOOL = "loudness"

_READ_AS = (LOUDNESS, ("structure", "loudest"), ("structure", "quietest"))
"""Heads that are about loudness; the latter are how the model reads "the loudest section"."""

_STREAMS = (
    r"\b(?:stream\w*|spotify|youtube|tidal|apple music|deezer|amazon|soundcloud|platforms?)\b"
)
_ASPECTS = (
    ("sure", "^sure$"),
    ("how", "^how$"),
    ("extremes", r"^(?=.*\b(?:loudest|biggest peak)\b).*\b(?:quietest|softest)\b"),
    ("silence", r"\bsilen(?:ces?|t)\b|\bpauses?\b"),
    ("loudest", r"\bloudest\b|\bpeaks? (?:at|in|around)\b|\bwhere does it peak\b"),
    ("quietest", r"\b(?:quietest|softest)\b"),
    ("too loud", r"\btoo (?:loud|hot)\b"),
    ("too quiet", r"\btoo (?:quiet|soft)\b|\bquiet enough\b"),
    ("target", rf"{_STREAMS}|\b(?:loud|hot) enough\b|\bbroadcast\w*\b"
     r"|\bmaster(?:ed|ing)? (?:level|loud\w*)\b|-\d+(?:\.\d+)? ?(?:lufs|lkfs|db)?\b"),
    ("peak", r"\bpeak(?:s|ing)?\b|\bheadroom\b|\bclip\w*\b|\bdistort\w*\b"),
    ("range", r"\bdynamics?\b|\bloudness range\b|\blra\b|\blu\b|\bcrest\b|\bcompressed\b|\bsquashed\b"),
    ("level", r"\brms\b|\bdecibels?\b|\bdb\b|\baverage level\b|\bvolume\b"),
)  # fmt: skip
_TARGET = re.compile(r"(?<![\w.])[-–−](\d{1,2}(?:\.\d+)?)\b")
_NAMED = (("apple", -16.0), ("deezer", -15.0), ("broadcast", -23.0), ("podcast", -16.0))
"""Targets that differ from the usual one: Apple Sound Check and podcasts, Deezer, EBU R 128."""


HELD_AGAINST = ("target", "too loud", "too quiet")
"""Aspects that hold the loudness of a track against a target."""


_HELD = tuple(("loudness", aspect) for aspect in HELD_AGAINST)


def done(asks: Iterable[Ask], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with those about loudness made what its tool can tell."""
    made = tuple(
        _done(ask, plain(question), situation) if (ask.topic, ask.aspect) in _READ_AS else ask
        for ask in asks
    )
    held = any((a.topic, a.aspect) in _HELD for a in made)  # against what Spotify plays at, say
    return tuple(
        a for a in dict.fromkeys(made) if not (held and (a.topic, a.aspect) == ("decline", "fame"))
    )


def target_of(text: str) -> float | None:
    """Return the loudness that plain words hold a track against, None where they name none."""
    if found := _TARGET.search(text):
        return -float(found[1])
    return next((lufs for name, lufs in _NAMED if name in text), None)


def _done(ask: Ask, text: str, situation: Situation) -> Ask:
    if TOOL not in situation.tools:
        return ask
    if ask.topic == "structure":
        return replace(ask, topic="loudness", value="", span=None)
    said = (ask.value,) if ask.value in ("sure", "how") else (text, ask.value)
    aspect = next(
        (name for one in said for name, pattern in _ASPECTS if re.search(pattern, one)), ""
    )
    target = target_of(text) if aspect in HELD_AGAINST else None
    return replace(
        ask, topic="loudness", aspect=aspect, tracks=ask.tracks or default_tracks(situation),
        value="" if target is None else f"{target:g}", polar=bool(POLAR.match(text)),
    )  # fmt: skip
