"""Whether tracks compare as prose says: faster, longer, in the same key."""

import re
from collections.abc import Sequence

from agent.evidence import Claim
from agent.facts import key_of
from agent.ledger import Ledger
from agent.said_numbers import numbers
from agent.scene import SUPPORTED, UNKNOWN, Judged, Scene, settle
from agent.statements import Sentence, Statement

_MORE = {"faster": ("bpm", 1), "quicker": ("bpm", 1), "slower": ("bpm", -1), "longer": ("duration", 1), "shorter": ("duration", -1)}  # fmt: skip
_ALIKE = {"bpm": 2.0, "duration": 1.0}


def compare(statement: Statement, scene: Scene) -> Judged:
    """Judge "faster", "longer" and the like between two tracks, or against a number."""
    kind, way = _MORE.get(str(statement.value), ("level", 1))
    at = statement.start - scene.sentence.start
    if kind == "level":
        levels = scene.ledger.of("level", scene.tracks) or _told(scene, at)
        return (SUPPORTED, levels[0]) if levels else (UNKNOWN, None)
    sides = _sides(scene, at)
    if sides is None:
        return _with_number(statement, scene, kind, way, at)
    first, second = (_value(scene.ledger, kind, side) for side in sides)
    if first is None or second is None:
        return UNKNOWN, None
    apart = way * (float(first["value"]) - float(second["value"]))
    return settle([first] if apart > 0 else [], [first], statement.negated)


def _told(scene: Scene, at: int) -> list[Claim]:
    """Return the words of a tool that compare as the prose does: "quieter than most"."""
    said = re.match(r"\w+(?: than \w+)?", scene.sentence.lower[at:])
    told = scene.ledger.of("told", scene.tracks)
    return [c for c in told if said and said[0] in str(c["value"]).lower()]


def sets_apart(sentence: Sentence, said: Sequence[Statement]) -> bool:
    """Tell whether a sentence holds values of several tracks against each other.

    "G minor and A major are two steps apart" states two keys: no track has both.
    """
    values: dict[str, set[str]] = {}
    for one in said:
        values.setdefault(one.kind, set()).add(str(one.value))
    several = any(len(found) > 1 for kind, found in values.items() if kind in ("key", "bpm"))
    return several and re.search(r"\bapart\b", sentence.lower) is not None


def shared(statement: Statement, scene: Scene) -> Judged:
    """Judge "the same key" of two tracks."""
    kind = {"tempo": "bpm", "speed": "bpm", "length": "duration"}.get(
        str(statement.value), str(statement.value)
    )
    tracks = tuple(dict.fromkeys(m[2] for m in scene.sentence.mentions))
    if len(tracks) < 2:
        tracks = tuple(scene.ledger.tracks)
    values = [c for t in tracks if (c := _value(scene.ledger, kind, t)) is not None]
    if len(values) < 2:
        return (
            (SUPPORTED, values[0]) if values and len(scene.ledger.tracks) < 2 else (UNKNOWN, None)
        )
    if kind == "key":
        alike = len({key_of(str(c["value"])) for c in values}) == 1
    elif kind in _ALIKE:
        numeric = [float(c["value"]) for c in values]
        alike = max(numeric) - min(numeric) <= _ALIKE[kind]
    else:
        alike = len({str(c["value"]) for c in values}) == 1
    return settle(values[:1] if alike else [], values, statement.negated)


def _sides(scene: Scene, at: int) -> tuple[str, str] | None:
    """Return which track is said to be more, and than which; None where no second is named."""
    mentions = scene.sentence.mentions
    before = [m[2] for m in mentions if m[1] <= at]
    after = [m[2] for m in mentions if m[0] >= at]
    than = re.match(r"\w+(?: \(?\w+\)?)? than\b", scene.sentence.lower[at:]) is not None
    others = [t for t in scene.ledger.tracks if "." not in t]
    subject = before[-1] if before else scene.tracks[0] if scene.tracks else ""
    if than and after:
        return (subject, after[0]) if subject != after[0] else None
    if than and re.match(r"\w+ than (?:the other|it|that one)\b", scene.sentence.lower[at:]):
        rest = [t for t in others if t != subject]
        return (subject, rest[0]) if len(rest) == 1 else None
    if not than and not re.search(
        r"\bthe $|\bis $|\bis (?:much|slightly|a bit|clearly|a little) $", scene.sentence.lower[:at]
    ):
        return None
    chosen = before[-1:] or after[:1]
    rest = [t for t in others if t not in chosen]
    return (chosen[0], rest[0]) if chosen and len(rest) == 1 and not than else None


def _with_number(statement: Statement, scene: Scene, kind: str, way: int, at: int) -> Judged:
    """Judge "faster than 100 BPM"; a comparison within one track is not judged."""
    own = _value(scene.ledger, kind, scene.tracks[0]) if scene.tracks else None
    rest = scene.sentence.lower[at:]
    found = re.match(r"\w+ than ", rest)
    figure = next((n for n, start, _ in numbers(rest) if found and start == found.end()), None)
    if figure is None or own is None or kind != "bpm":
        return (SUPPORTED, own) if own is not None else (UNKNOWN, None)
    holds = way * (float(own["value"]) - figure) > 0
    return settle([own] if holds else [], [own], statement.negated)


def _value(ledger: Ledger, kind: str, track: str) -> Claim | None:
    return next(iter(ledger.whole(kind, (track,))), None)
