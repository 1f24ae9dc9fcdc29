"""Whether sections and chords were counted as prose says."""

from collections.abc import Callable, Sequence

from agent.evidence import Claim
from agent.said_harmony import find as find_harmony
from agent.scene import Judged, Scene, settle
from agent.statements import Statement


def of_form(statement: Statement, scene: Scene) -> Judged:
    """Judge a count of sections, of one kind of them, or of chords."""
    return _OF.get(statement.kind, _named_sections)(statement, scene)


def _sections(statement: Statement, scene: Scene) -> Judged:
    found = scene.ledger.of("sections", scene.tracks)
    rows = scene.ledger.of("section", scene.tracks)
    forms = scene.ledger.of("form", scene.tracks)
    counts = [
        len({tuple(c["span"]) for c in rows if c["span"]}),
        len({str(c["value"]) for c in rows}),
    ]
    counts += [len(set(str(c["value"]).split())) for c in forms]
    counts += [sum(c["value"] == name for c in _once(rows)) for name in {c["value"] for c in rows}]
    hits = [c for c in found if c["value"] == statement.value]
    if not hits and statement.value in counts and (found or rows):
        hits = found or rows
    return settle(hits, found or rows, statement.negated)


def _named_sections(statement: Statement, scene: Scene) -> Judged:
    name = {"choruses": "chorus", "verses": "verse", "bridges": "bridge"}[statement.kind]
    rows = _once(scene.ledger.of("section", scene.tracks))
    mine = [c for c in rows if str(c["value"]) == name]
    return settle(
        mine[:1] or rows[:1] if len(mine) == statement.value else [], rows, statement.negated
    )


def _once(rows: Sequence[Claim]) -> list[Claim]:
    seen: dict[tuple[float, ...], Claim] = {}
    for claim in rows:
        if claim["span"]:
            seen.setdefault(tuple(claim["span"]), claim)
    return list(seen.values())


def _chords(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks = scene.ledger, scene.tracks
    loops = ledger.of("loop", tracks)
    rows = ledger.of("chord", tracks)
    distinct = {str(c["value"]) for c in rows if c["value"] not in ("N", "X")}
    placed = [c for c in rows if c["span"]]
    named = sum(1 for k, *_ in find_harmony(scene.sentence) if k == "chord")
    counts = [len(c["value"]) for c in loops] + [len({*c["value"]}) for c in loops]
    counts += [len(distinct), len(placed), len({tuple(c["span"]) for c in placed})]
    counts += [int(n) for n in ledger.figures(("figure",), tracks) if n == int(n)]
    hits = (loops or rows)[:1] if statement.value in [*counts, named or -1] else []
    return settle(hits, loops or rows, statement.negated)


_OF: dict[str, Callable[[Statement, Scene], Judged]] = {"sections": _sections, "chords": _chords}
