"""Whether chords, progressions and Roman numerals that prose names were heard."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from agent import derived
from agent.evidence import Claim
from agent.facts import same
from agent.scene import (
    CONTRADICTED,
    GENERAL,
    SUPPORTED,
    UNKNOWN,
    Judged,
    Scene,
    settle,
    there,
)
from agent.statements import Statement, plain
from tools import theory

CHORDS = ("chord", "loop", "bar chord")
_MOVED = ("transpos", "capo", "semitone", "whole step", "half step", "fret", "shape", "up a", "down a", "would be", "sax", "trumpet", "clarinet", "horn")  # fmt: skip
_OF_KEY = ("diatonic", "chords of", "key has", "belong", "in the key", "of the key", "key's chords")
_FITS, _AHEAD = 0.51, 8.0
"""Seconds that a chord may be off: prose gives places to the second, and may tell what is next."""


def chord(statement: Statement, scene: Scene) -> Judged:
    """Judge one chord."""
    measured = scene.ledger.of(CHORDS, scene.tracks)
    hits = [c for c in measured if agrees(str(statement.value), c)]
    clause = scene.sentence.clause(statement.start - scene.sentence.start)
    if statement.negated:
        placed = there(hits, scene.clause_times, 0.0) if scene.clause_times else hits
        return settle(placed, measured, True)
    if end := _end(clause):
        return _at_end(statement, scene, end, measured)
    if scene.clause_times and any(c["span"] for c in measured):
        return _placed(scene, hits, measured)
    return settle(hits, measured) if hits else _follows(statement, scene, measured)


def agrees(name: str, claim: Claim) -> bool:
    """Tell whether a chord's name fits a claim: Fm may stand for Fm7."""
    labels = claim["value"] if isinstance(claim["value"], list | tuple) else [claim["value"]]
    return any(one_chord(name, str(label)) for label in labels)


def one_chord(name: str, label: str) -> bool:
    """Tell whether a name means a chord label, or its triad."""
    if same("chord", name, label):
        return True
    with suppress(ValueError, KeyError):
        return same("chord", name, theory.simplify(label))
    return False


def _end(clause: str) -> str:
    if any(
        w in clause
        for w in (
            "first chord",
            "starts on",
            "begins on",
            "opens on",
            "opens with the chord",
            "starts with the chord",
            "start on",
        )
    ):
        return "first"
    if any(
        w in clause for w in ("last chord", "ends on", "final chord", "finishes on", "closes on")
    ):
        return "last"
    return ""


def _at_end(statement: Statement, scene: Scene, end: str, measured: list[Claim]) -> Judged:
    rows = [
        c
        for c in scene.ledger.of("chord", scene.tracks)
        if c["span"] and c["value"] not in ("N", "X")
    ]
    if not rows:
        return settle([c for c in measured if agrees(str(statement.value), c)], measured)
    ordered = sorted(rows, key=lambda c: (c["span"][0], c["span"][1]))
    edge = ordered[0] if end == "first" else ordered[-1]
    hit = agrees(str(statement.value), edge)
    nearby = [c for c in rows if abs(c["span"][0] - edge["span"][0]) < 0.01]
    hit = hit or any(agrees(str(statement.value), c) for c in nearby)
    return (SUPPORTED, edge) if hit else (CONTRADICTED, edge)


def _placed(scene: Scene, hits: list[Claim], measured: list[Claim]) -> Judged:
    """Judge a chord that is named together with times."""
    moves = any(word in scene.sentence.lower for word in ("turn to", "then", "next", "before"))
    good = there(hits, scene.clause_times, _AHEAD if moves else _FITS)
    if good:
        return SUPPORTED, good[0]
    known = there(measured, scene.clause_times, 0.0)
    if known:
        return CONTRADICTED, known[0]
    return settle(hits, measured)


def _follows(statement: Statement, scene: Scene, measured: list[Claim]) -> Judged:
    """Judge a chord that was not heard: moved from one that was, or of the key's own."""
    lower = scene.sentence.lower
    name = str(statement.value)
    if any(word in lower for word in _MOVED):
        steps = derived.shifts(f"{lower} {scene.question.lower()}") or range(12)
        for claim in measured:
            for label in labels_of([claim]):
                with suppress(ValueError, KeyError):
                    if any(one_chord(name, theory.transpose(label, n)) for n in steps):
                        return SUPPORTED, claim
    keys = scene.ledger.of(("key", "key alternative"), scene.tracks)
    if any(word in lower for word in _OF_KEY):
        for claim in keys:
            if any(one_chord(name, label) for label in derived.diatonic(str(claim["value"]))):
                return SUPPORTED, claim
    if "theory" in lower or "in general" in lower:
        return GENERAL, None
    return (CONTRADICTED, measured[0]) if measured else (UNKNOWN, None)


def labels_of(claims: Iterable[Claim]) -> list[str]:
    """Return the labels of chord claims, in order."""
    found: list[str] = []
    for claim in claims:
        value = claim["value"]
        found += map(str, value) if isinstance(value, list | tuple) else [str(value)]
    return [label for label in found if label not in ("N", "X")]


def progression(statement: Statement, scene: Scene) -> Judged:
    """Judge an order of chords: it is heard somewhere, or goes round in the loop."""
    names = list(statement.value)
    ledger, tracks = scene.ledger, scene.tracks
    loops = ledger.of("loop", tracks)
    rows = sorted(
        (c for c in ledger.of(("chord", "bar chord"), tracks) if c["span"]),
        key=lambda c: (str(c["claim"]), c["span"][0], c["span"][1]),
    )
    for claim in loops:
        if _goes_round(names, [str(label) for label in claim["value"]]):
            return settle([claim], loops, statement.negated)
    if rows and _runs(names, labels_of(rows)):
        return settle([rows[0]], rows, statement.negated)
    told = [c for c in ledger.of("told", tracks) if statement.text in plain(str(c["value"]))]
    if told:
        return settle(told, told, statement.negated)
    measured = loops or rows
    if measured and not rows and not loops:
        return UNKNOWN, None
    if any(word in scene.sentence.lower for word in (*_MOVED, *_OF_KEY, "theory", "most")):
        return GENERAL, None
    if not measured:
        return (UNKNOWN, None)
    return settle([], measured, statement.negated)


def _goes_round(names: Sequence[str], loop: Sequence[str]) -> bool:
    if not loop:
        return False
    cycle = _merged(loop)
    turns = (cycle[i:] + cycle[:i] for i in range(len(cycle)))
    return any(
        all(one_chord(n, turn[i % len(turn)]) for i, n in enumerate(names)) for turn in turns
    ) or any(
        all(one_chord(n, loop[(at + i) % len(loop)]) for i, n in enumerate(names))
        for at in range(len(loop))
    )


def _merged(labels: Sequence[str]) -> list[str]:
    return [x for i, x in enumerate(labels) if i == 0 or x != labels[i - 1]]


def _runs(names: Sequence[str], labels: Sequence[str]) -> bool:
    merged, wanted = _merged(labels), _merged(names)
    return any(
        all(one_chord(n, merged[at + i]) for i, n in enumerate(wanted))
        for at in range(len(merged) - len(wanted) + 1)
    )


def roman(statement: Statement, scene: Scene) -> Judged:
    """Judge Roman numerals by those that tools gave, and those of the chords in the key."""
    ledger, tracks = scene.ledger, scene.tracks
    claims = ledger.of("roman", tracks)
    known = {str(c["value"]): c for c in claims}
    keys = ledger.of(("key",), tracks)
    chords = ledger.of(CHORDS, tracks)
    for key in keys:
        for numeral in derived.numerals(set(labels_of(chords)), str(key["value"])):
            known.setdefault(numeral, key)
    if not known:
        return UNKNOWN, None
    plain = {_bare(name) for name in known}
    degrees = {name.lower() for name in plain} if len(statement.value) == 1 else plain
    missing = [
        n
        for n in statement.value
        if n not in known and _bare(str(n)) not in plain and _bare(str(n)).lower() not in degrees
    ]
    if statement.negated:
        return SUPPORTED, next(iter(known.values()))  # an order of numerals, not each of them
    if not missing:
        return settle(
            [known.get(str(statement.value[0]), next(iter(known.values())))], [], statement.negated
        )
    return settle([], list(known.values()), statement.negated)


def _bare(numeral: str) -> str:
    """Return a numeral without its figures."""
    return (
        numeral.split("/")[0]
        .rstrip("0123456789")
        .replace("maj", "")
        .replace("add", "")
        .rstrip("°ø+0123456789")
    )
