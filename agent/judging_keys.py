"""Whether keys that prose names were measured, or follow from those that were."""

from collections.abc import Callable

from agent import derived
from agent.evidence import Claim
from agent.facts import key_of
from agent.rules.lexicon import find_keys
from agent.said_harmony import find as find_harmony
from agent.scene import CONTRADICTED, GENERAL, SUPPORTED, UNKNOWN, Judged, Scene, settle, there
from agent.statements import Statement
from tools import theory

_HEDGED = (
    " or ", "could", "might", "may ", "perhaps", "possibl", "alternativ", "other reading", "half", "double", "felt",
    "counted", "count it", "also", "maybe", "else", "second", "relative", "likel", "runner", "close", "against", "nearly",
    "next ", "rival", "reading", "another", "confidence", "versus", "share", "%", "candidate", "twice",
)  # fmt: skip
RELATED = (
    "relative", "parallel", "dominant", "neighbour", "neighbor", "fifth", "mix", "camelot", "transpos", "capo", "fret",
    "shape", "sounds in", "up ", "down ", "semitone", "would be", "step", "instrument", "sax", "trumpet", "clarinet",
    "horn", "concert", "written", "reads", "play it", "shift", "raise", "lower", "pitch", "closely related", "become",
)  # fmt: skip
_MOVES = ("chang", "modulat", "moves", "shift", "later", "turns", "from", "then", "ends", "lifts", "goes to", "before", "after", "first", "last", "section", "between", "most of")  # fmt: skip


def of_key(statement: Statement, scene: Scene) -> Judged:
    """Judge one statement about a key."""
    return _OF[statement.kind](statement, scene)


def hedged(scene: Scene) -> bool:
    """Tell whether a sentence speaks of other readings beside the first."""
    return any(word in scene.sentence.lower for word in _HEDGED)


def _said_key(value: object) -> tuple[int, str] | None:
    return key_of(str(value))


def _key(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks, lower = scene.ledger, scene.tracks, scene.sentence.lower
    whole = ledger.whole("key", tracks)
    spanned = [c for c in ledger.of("key", tracks) if c["span"] is not None]
    here = there(spanned, scene.clause_times)
    moving = any(word in lower for word in _MOVES) and len(spanned) > 0
    base_claims = here or (whole + spanned if moving or not whole else whole)
    measured = base_claims or ledger.of("key", tracks)
    wanted = _said_key(statement.value)
    hits = [c for c in measured if _said_key(c["value"]) == wanted]
    if statement.negated:
        return settle([c for c in hits if c in whole or c in here], measured, True)
    if not hits and (hedged(scene) or " is " not in f" {lower} "):
        others = ledger.of("key alternative", tracks)
        hits = [c for c in others if _said_key(c["value"]) == wanted and hedged(scene)]
    if not hits and any(word in lower for word in RELATED):
        return _related_key(statement, scene, measured)
    return settle(hits, measured)


def _related_key(statement: Statement, scene: Scene, measured: list[Claim]) -> Judged:
    """Judge a key that is said to follow from the one that was measured, or from one that is named."""
    lower, wanted = scene.sentence.lower, _said_key(statement.value)
    roots = [str(c["value"]) for c in measured]
    roots += _named_keys(scene, statement) + _asked_keys(scene)
    allowed: list[str] = []
    for root in roots:
        known = derived.related(root)
        if "relative" in lower:
            allowed += known.get("relative", [])
        if "parallel" in lower:
            allowed += known.get("parallel", [])
        allowed += [derived.moved(root, n) for n in derived.shifts(f"{lower} {scene.question}")]
        if any(
            w in lower
            for w in ("neighbour", "neighbor", "mix", "camelot", "related", "dominant", "fifth")
        ):
            allowed += known.get("near", [])
        if any(
            w in lower
            for w in (
                "capo",
                "fret",
                "shape",
                "sax",
                "trumpet",
                "clarinet",
                "horn",
                "transpos",
                "concert",
                "play it",
                "becomes",
            )
        ):
            if not derived.shifts(lower):
                allowed += [derived.moved(root, n) for n in range(12)]
    if any(_said_key(key) == wanted for key in allowed):
        return (SUPPORTED, measured[0]) if measured else (GENERAL, None)
    return (CONTRADICTED, measured[0]) if measured else (UNKNOWN, None)


def _named_keys(scene: Scene, statement: Statement) -> list[str]:
    own = statement.start - scene.sentence.start
    return [
        str(v) for k, v, start, _ in find_harmony(scene.sentence) if k == "key" and start != own
    ]


def _asked_keys(scene: Scene) -> list[str]:
    return [key for key in find_keys(scene.question.lower()) if " " in key]


def _tonic(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.whole("key", scene.tracks)
    wanted = theory.pitch_class(str(statement.value))
    keys = [(c, _said_key(c["value"])) for c in measured]
    hits = [c for c, key in keys if key and key[0] == wanted]
    return settle(hits, measured, statement.negated)


def _mode(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.whole("key", scene.tracks)
    spanned = there(scene.ledger.of("key", scene.tracks), scene.clause_times)
    measured = spanned or measured
    if statement.value not in theory.MODES:
        return settle([], measured, statement.negated) if statement.negated else (UNKNOWN, None)
    hits = [c for c in measured if str(c["value"]).endswith(str(statement.value))]
    return settle(hits, measured, statement.negated)


def _camelot(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of(("key", "key alternative"), scene.tracks)
    codes = {derived.camelot(str(c["value"])): c for c in measured}
    if not statement.negated and "mix" in scene.sentence.lower:
        for claim in measured:
            for key in derived.related(str(claim["value"])).get("near", []):
                codes.setdefault(derived.camelot(key), claim)
    hit = codes.get(str(statement.value))
    return settle([hit] if hit else [], measured, statement.negated)


def _signature(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of(("key",), scene.tracks)
    sign = -1 if statement.kind == "flats" else 1
    hits = [c for c in measured if derived.accidentals(str(c["value"])) == sign * statement.value]
    return settle(hits, measured, statement.negated)


_OF: dict[str, Callable[[Statement, Scene], Judged]] = {
    "key": _key,
    "tonic": _tonic,
    "mode": _mode,
    "camelot": _camelot,
    "flats": _signature,
    "sharps": _signature,
}
