"""Whether times and lengths that prose gives were measured."""

from agent.evidence import Claim
from agent.said_numbers import CLOCK, clock_seconds, numbers
from agent.scene import CONTRADICTED, SUPPORTED, UNKNOWN, Judged, Scene, near, settle
from agent.statements import Statement, plain

SLACK_END = 1.5
"""Seconds that a place may lie after the end."""


def times_known(scene: Scene) -> list[float]:
    """Return the places that tools told of, and those that were asked about, in seconds."""
    asked = [clock_seconds(m) for m in CLOCK.finditer(plain(scene.question))]
    lower = scene.question.lower()
    for value, _, end in numbers(lower):
        rest = lower[end:].lstrip(" -")
        asked.append(value * (60 if rest.startswith("min") else 1))
    return [*scene.ledger.times(scene.tracks), *asked]


def gaps(scene: Scene) -> list[float]:
    """Return how long stretches are that claims tell of, and those between times of the sentence."""
    spans = {tuple(c["span"]) for c in scene.ledger.claims if c["span"] is not None}
    edges = scene.clause_times
    lengths = scene.ledger.figures(("duration",), scene.ledger.tracks)
    return [
        *(abs(b - a) for a, b in spans),
        *(abs(a - b) for a in edges for b in edges),
        *(abs(a - b) for a in lengths for b in lengths),
        *scene.ledger.figures(("seconds", "figure"), scene.tracks),
        *totals(scene),
    ]


def totals(scene: Scene) -> list[float]:
    """Return how long several tracks are together, as tools told it, in seconds."""
    return scene.ledger.figures(("total",), ("",))


def time_said(statement: Statement, scene: Scene) -> Judged:
    """Judge a place in time: tools told of it, and it lies within the track."""
    value = float(statement.value)
    ledger, tracks = scene.ledger, scene.tracks
    durations = ledger.of("duration", tracks)
    if near(value, totals(scene), 1.01):
        return SUPPORTED, ledger.of("total", ("",))[0]
    if durations and all(value > float(c["value"]) + SLACK_END for c in durations):
        asked = near(value, _asked_times(scene), 0.6)
        return (
            (SUPPORTED, durations[0])
            if asked or statement.negated
            else (CONTRADICTED, durations[0])
        )
    known = times_known(scene)
    if near(value, known, 0.61) or near(
        value,
        [f * float(c["value"]) for c in durations for f in (0.25, 1 / 3, 0.5, 2 / 3, 0.75)],
        1.5,
    ):
        row = next(
            (
                c
                for t in tracks
                for c in _rows(scene, t)
                if c["span"] and near(value, c["span"], 0.61)
            ),
            None,
        )
        return SUPPORTED, row or (durations[0] if durations else None)
    if near(value, gaps(scene), 1.01):
        return SUPPORTED, durations[0] if durations else None
    return UNKNOWN, None


def _rows(scene: Scene, track: str) -> list[Claim]:
    return [c for c in scene.ledger.claims if str(c["track"]).partition(".")[0] == track]


def _asked_times(scene: Scene) -> list[float]:
    return [clock_seconds(m) for m in CLOCK.finditer(plain(scene.question))]


def duration_said(statement: Statement, scene: Scene) -> Judged:
    """Judge how long a track, or a part of it, is said to be."""
    unit = {"minutes long": 60.0, "seconds long": 1.0}.get(statement.kind, 1.0)
    value = float(statement.value) * unit
    found = scene.ledger.of("duration", scene.tracks)
    slack = 30.0 if unit == 60 and value % 60 == 0 else 6.0 if unit == 60 else 1.1
    found += scene.ledger.of("total", ("",))
    hits = [c for c in found if abs(float(c["value"]) - value) <= slack]
    if not hits:
        judged = (
            time_said(statement, scene)
            if unit == 1 and statement.kind == "duration"
            else (UNKNOWN, None)
        )
        if near(value, gaps(scene), max(1.1, slack if unit == 60 else 0)) and _of_a_part(scene):
            return SUPPORTED, found[0] if found else None
        if judged[0] == SUPPORTED and _of_a_part(scene):
            return judged
        if _bounded(statement, scene, [float(c["value"]) for c in found], value):
            return SUPPORTED, found[0]
    return settle(hits, found, statement.negated)


def _of_a_part(scene: Scene) -> bool:
    words = ("chorus", "verse", "intro", "outro", "bridge", "section", "part", "solo", "interlude", "longer", "shorter", "first", "last", "note", "beat", "bar", "loop", "instrumental", "voice", "singing", "from")  # fmt: skip
    return any(word in scene.sentence.lower for word in words)


def _bounded(statement: Statement, scene: Scene, lengths: list[float], value: float) -> bool:
    before = scene.sentence.lower[: statement.start - scene.sentence.start]
    if before.endswith(("over ", "more than ", "longer than ")):
        return any(length > value for length in lengths)
    return before.endswith(("under ", "less than ", "shorter than ")) and any(
        n < value for n in lengths
    )
