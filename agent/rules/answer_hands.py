"""How well chords lie under the hands: whether all are plain, and a capo for those one knows."""

import re

from agent.rules import say
from agent.rules.asks import Ask, Finding
from agent.rules.chord_words import key_of
from agent.rules.say import THEORY
from tools import theory

_TRIADS = frozenset(("maj", "min"))
HELD = 0.03
"""Share of the time from which a chord has to be played."""
HIGHEST_FRET = 7


def ease(ask: Ask, finding: Finding, subject: str, seed: str) -> str:
    """Return which chords are plain triads and which are more; how hard they are to play is not heard."""
    key, labels = key_of(finding), _needed(finding)
    if not labels:
        return "I couldn't make out enough chords to say"
    plain = [c for c in labels if _quality(c) in _TRIADS and "/" not in c]
    more = [c for c in labels if c not in plain]
    told = [say.join(say.chord(c, key) for c in group) for group in (plain, more)]
    if not more:
        found = f"they are all plain major and minor triads: {told[0]}, which beginners learn first"
    elif not plain:
        found = f"none is a plain triad: {told[1]}"
    else:
        found = f"{told[0]} {'are plain triads' if len(plain) > 1 else 'is a plain triad'}, but there {'are' if len(more) > 1 else 'is'} {told[1]} too"
    return f"{found}. How hard they are to play I can't hear"


def capo_for(ask: Ask, finding: Finding | None) -> str:
    """Return the capo with which the chords that someone knows are enough, or which ones it lacks.

    Parameters
    ----------
    ask : its value is ``"with G, C, D, Em"``
    """
    known = [name for name in ask.value.removeprefix("with ").split(", ") if name]
    shapes = {_shape(name) for name in known} - {None}
    labels = _needed(finding) if finding else []
    if not labels or not shapes:
        return "I couldn't make out enough chords to say."
    key = key_of(finding) if finding else None
    mine = say.join(known)
    best: tuple[int, int, list[str]] | None = None
    for fret in range(HIGHEST_FRET + 1):
        lacking = [c for c in labels if _shape(theory.transpose(c, -fret)) not in shapes]
        if best is None or len(lacking) < best[0]:
            best = (len(lacking), fret, lacking)
    assert best is not None
    count, fret, lacking = best
    where = f"with a capo on fret {fret}" if fret else "in open position"
    pairs = [
        (_told(theory.transpose(c, -fret)), say.chord(c, key)) for c in labels if c not in lacking
    ]
    played = say.join(f"{shape} for {heard}" if shape != heard else heard for shape, heard in pairs)
    if not count:
        return f"Yes: {where}, {mine} will do – play {played}{THEORY}."
    left = say.join(say.chord(c, key) for c in lacking)
    if not pairs:
        return f"No: no usual capo makes {mine} its chords, {left}{THEORY}."
    return f"Only in part: {mine} come closest {where} – play {played}; {left} {'is' if count == 1 else 'are'} left over{THEORY}."


# ---- inside -------------------------------------------------------------------------------------


def _needed(finding: Finding) -> list[str]:
    """Return the chords that have to be played, as Harte labels, the most used first."""
    used = [m for m in finding.data.get("most_used") or () if m["label"] not in ("N", "X")]
    return [m["label"] for m in used if float(m.get("share", 1.0) or 0.0) >= HELD][:10]


def _quality(label: str) -> str:
    return label.partition(":")[2].partition("/")[0].partition("(")[0] or "maj"


def _shape(label: str) -> tuple[int, bool] | None:
    """Return root and whether it is minor: a seventh is strummed as its triad."""
    found = re.match(
        r"([A-G][#b]?):?(m(?!aj)|min|dim|hdim|aug)?", label.replace("♯", "#").replace("♭", "b")
    )
    if found is None or found[2] in ("dim", "hdim", "aug"):
        return None
    return theory.pitch_class(found[1]), found[2] is not None


def _told(label: str) -> str:
    """Return the triad of a chord as a name."""
    shape = _shape(label)
    return say.chord(f"{label.partition(':')[0]}:{'min' if shape and shape[1] else 'maj'}", None)
