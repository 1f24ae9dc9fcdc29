"""What a section is for: intro, verse, chorus, bridge, instrumental, break, outro.

The rules are those a listener goes by: a chorus is sung, comes back and is louder than what comes
back beside it; a verse is sung and comes before it; a bridge is sung once, late; what is not sung is
an intro, an outro, a break or an instrumental by its place. Where nobody sings there are no verses:
sections are known by their letters alone. The confidences are judgements, not shares measured on
annotated songs: each kind of verdict has a ceiling, lowered by how close the call was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

SUNG = 0.5
"""A section is sung from this mean probability of a voice on."""
VOICE_STEP, LEVEL_STEP = 0.15, 1.5
"""How much voice, and how many dB, make a verdict clear."""

REPEATED = 1.0
EARLIEST = -0.75
"""What counts for a chorus beside its level, in steps: to come more often; against it: to come
first, as verses do."""

EDGE_SHARE, EDGE_SECONDS = 0.4, 40.0
"""An intro or outro is no longer than this."""
LATE = 0.5
"""A bridge begins after this share of the track."""
LEAST = 0.35
"""What is less sure than this can't be told."""
BREAK_DB = 3.0
FADE_DB = 6.0
"""A break is so much softer than the median section; an outro falls so much from start to end."""

Verdict = tuple[str, float]


@dataclass(frozen=True)
class Part:
    """What is known of a section.

    Parameters
    ----------
    start, end : seconds
    letter : the same where the music comes back
    decibels : mean level
    fall : dB by which its end is softer than its beginning
    voice : mean probability of a voice, None where it isn't known
    apart : how clearly it differs from its neighbours, 0 to 1
    """

    start: float
    end: float
    letter: str
    decibels: float
    fall: float
    voice: float | None
    apart: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start

    @property
    def sung(self) -> bool:
        """Whether somebody sings most of the time."""
        return self.voice is not None and self.voice >= SUNG


def name_functions(parts: Sequence[Part], song: float) -> list[Verdict]:
    """Return the function of each part, and how sure it is.

    The confidence of ``"section"`` is how clearly it stands apart from its neighbours: there is no
    function to be sure of.

    Parameters
    ----------
    song : how sure it is that there may be verses and choruses: that somebody sings, and it is no
        classical music; 0 where there are none
    """
    if len(parts) < 2:
        return [("section", round(part.apart, 3)) for part in parts]
    letters = _letter_functions(parts) if song else {}
    verdicts = [_verdict(k, parts, letters, song) for k in range(len(parts))]
    return [
        (label, round(sure, 3)) if sure >= LEAST else ("section", round(part.apart, 3))
        for (label, sure), part in zip(verdicts, parts, strict=True)
    ]


# ---- inside -------------------------------------------------------------------------------------


def _verdict(k: int, parts: Sequence[Part], letters: Mapping[str, Verdict], song: float) -> Verdict:
    part = parts[k]
    if edge := _edge(k, parts, song):
        return edge
    if not song:
        return "section", part.apart
    if part.sung:
        label, sure = letters.get(part.letter, ("section", 0.0))
        return label, song * sure
    sure = song * _clear((SUNG - (part.voice or 0.0)) / VOICE_STEP)
    below = float(np.median([p.decibels for p in parts])) - part.decibels
    if below >= BREAK_DB and part.seconds < EDGE_SECONDS:
        return "break", 0.7 * sure
    return "instrumental", 0.8 * sure


def _edge(k: int, parts: Sequence[Part], song: float) -> Verdict | None:
    """Return intro or outro where the first or last part is one."""
    if k not in (0, len(parts) - 1):
        return None
    part, name = parts[k], "outro" if k else "intro"
    duration = parts[-1].end - parts[0].start
    if part.seconds > min(EDGE_SECONDS, EDGE_SHARE * duration):
        return None
    once = sum(p.letter == part.letter for p in parts) == 1
    fades = bool(k) and part.fall >= FADE_DB
    others = [p.decibels for p in parts if p is not part]
    softer = (float(np.median(others)) - part.decibels) / BREAK_DB
    if song and not part.sung:
        return name, 0.9 * song * _clear((SUNG - (part.voice or 0.0)) / VOICE_STEP)
    if once and (fades or softer >= 1.0):
        return name, 0.6 if fades else 0.6 * _clear(softer)
    return None


def _letter_functions(parts: Sequence[Part]) -> dict[str, Verdict]:
    """Return what the letters of sung parts are for."""
    sung: dict[str, list[Part]] = {}
    for part in parts:
        if part.sung:
            sung.setdefault(part.letter, []).append(part)
    chorus, sure = _chorus(sung)
    found: dict[str, Verdict] = {}
    if chorus is not None:
        found[chorus] = ("chorus", sure)
    first = sung[chorus][0].start if chorus is not None else np.inf
    duration = parts[-1].end
    for letter, group in sung.items():
        if letter in found:
            continue
        late = len(group) == 1 and group[0].start > max(first, LATE * duration)
        last = group[0] is parts[-1]
        if late and not last:
            found[letter] = ("bridge", 0.6 * sure)
        elif chorus is not None and group[0].start < sung[chorus][-1].start:
            found[letter] = ("verse", (0.95 if len(group) > 1 else 0.7) * sure)
        elif len(sung) == 1 and len(group) > 1:
            found[letter] = ("verse", 0.5)
    return found


def _chorus(sung: Mapping[str, Sequence[Part]]) -> tuple[str | None, float]:
    """Return the letter of the chorus, None if there is none, and how sure it is."""
    if len(sung) < 2:
        return None, 0.0
    most = max(len(group) for group in sung.values())
    if most < 2:
        return None, 0.0
    earliest = min(sung, key=lambda letter: sung[letter][0].start)
    scores = {
        letter: float(np.mean([p.decibels for p in group])) / LEVEL_STEP
        + (REPEATED if len(group) == most else 0.0)
        + (EARLIEST if letter == earliest else 0.0)
        for letter, group in sung.items()
    }
    repeated = [letter for letter, group in sung.items() if len(group) > 1]
    best = max(repeated, key=lambda letter: scores[letter])
    rival = max(scores[letter] for letter in sung if letter != best)
    sure = 0.95 * _clear(scores[best] - rival)
    return (best, sure) if sure >= LEAST else (None, 0.0)


def _clear(steps: float) -> float:
    """Return how sure a verdict is that is so many steps from its opposite: 0.5 to 1."""
    return float(1.0 / (1.0 + np.exp(-2.0 * steps)))
