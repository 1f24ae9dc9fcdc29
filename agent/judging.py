"""Whether statements hold: each kind of statement held against the claims of its track.

A verdict is ``supported`` (a claim says so, or it follows from one), ``contradicted`` (that kind
was measured and says something else), ``unknown`` (nothing was measured) or ``general`` (said of
music in general, not of a recording).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agent import derived
from agent.evidence import Claim
from agent.facts import key_of, same
from agent.ledger import Ledger
from agent.rules.lexicon import KINDS, find_labels, matches
from agent.statements import Sentence, Statement
from tools import theory

SUPPORTED, CONTRADICTED, UNKNOWN, GENERAL = "supported", "contradicted", "unknown", "general"
Judged = tuple[str, Claim | None]
SLACK = 1.5
"""Seconds; prose gives places to the second, and estimators differ by a beat."""


@dataclass(frozen=True)
class Scene:
    """What a statement is judged by.

    Parameters
    ----------
    tracks : handles that it may be about
    titles : names of tracks, artists and files that are open
    """

    ledger: Ledger
    sentence: Sentence
    tracks: tuple[str, ...]
    question: str = ""
    titles: tuple[str, ...] = ()
    answer: str = ""

    @property
    def clause_times(self) -> tuple[float, ...]:
        """The clock times of the sentence."""
        return self.sentence.times


def judge(statement: Statement, scene: Scene) -> Judged:
    """Return status and claim of one statement."""
    judged = _JUDGES[statement.kind](statement, scene)
    return judged


def settle(hits: Sequence[Claim], measured: Sequence[Claim], negated: bool = False) -> Judged:
    """Return the verdict from the claims that agree and those of the same kind."""
    if negated:
        if hits:
            return CONTRADICTED, hits[0]
        return (SUPPORTED, measured[0]) if measured else (UNKNOWN, None)
    if hits:
        return SUPPORTED, hits[0]
    return (CONTRADICTED, measured[0]) if measured else (UNKNOWN, None)


def near(value: float, known: Iterable[float], slack: float) -> bool:
    """Tell whether one of the known figures is that value."""
    return any(abs(value - one) <= slack for one in known)


def there(claims: Iterable[Claim], times: Sequence[float], slack: float = SLACK) -> list[Claim]:
    """Return the claims whose stretch meets the times; two times name a range."""
    if not times:
        return []
    low, high = (min(times), max(times)) if len(times) == 2 else (0.0, -1.0)
    return [
        c
        for c in claims
        if c["span"] is not None
        and (
            any(c["span"][0] - slack <= t <= c["span"][1] + slack for t in times)
            or (c["span"][0] < high and low < c["span"][1])
        )
    ]


# ---- keys ---------------------------------------------------------------------------------------

_HEDGED = (
    " or ", "could", "might", "may ", "perhaps", "possibl", "alternativ", "other reading", "half", "double", "felt",
    "counted", "count it", "also", "maybe", "else", "second", "relative", "likel", "runner", "close", "against", "nearly",
    "next ", "rival", "reading", "another", "confidence", "versus", "share", "%", "candidate", "twice",
)  # fmt: skip
_RELATED = (
    "relative", "parallel", "dominant", "neighbour", "neighbor", "fifth", "mix", "camelot", "transpos", "capo", "fret",
    "shape", "sounds in", "up ", "down ", "semitone", "would be", "step", "instrument", "sax", "trumpet", "clarinet",
    "horn", "concert", "written", "reads", "play it", "shift", "raise", "lower", "pitch", "closely related", "become",
)  # fmt: skip
_MOVES = ("chang", "modulat", "moves", "shift", "later", "turns", "from", "then", "ends", "lifts", "goes to", "before", "after", "first", "last", "section", "between", "most of")  # fmt: skip


def hedged(scene: Scene) -> bool:
    """Tell whether a sentence speaks of other readings beside the first."""
    return any(word in scene.sentence.lower for word in _HEDGED)


def _said_key(value: Any) -> tuple[int, str] | None:
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
    if not hits and any(word in lower for word in _RELATED):
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
    from agent.said_harmony import find as find_harmony

    own = statement.start - scene.sentence.start
    return [
        str(v) for k, v, start, _ in find_harmony(scene.sentence) if k == "key" and start != own
    ]


def _asked_keys(scene: Scene) -> list[str]:
    from agent.rules.lexicon import find_keys

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


# ---- words --------------------------------------------------------------------------------------

_COMES_IN = ("comes in", "come in", "enter", "start", "begin", "kicks in", "kick in", "from ", "sets in", "join", "first heard", "appears")  # fmt: skip


def _label(statement: Statement, scene: Scene) -> Judged:
    kind, (label, word) = statement.kind, statement.value
    ledger, tracks = scene.ledger, scene.tracks
    measured = ledger.of(kind, tracks)
    listened = [c for c in ledger.of("listened for", tracks) if c["value"] == kind]
    hits = [c for c in measured if _agrees(label, word, str(c["value"]), kind)]
    hits += [c for c in ledger.of(("stem", "drum"), tracks) if str(c["value"]) == label]
    if kind == "instrument" and label == "drums":
        hits += ledger.of(("hits", "drum"), tracks)
    told = ledger.of("told", tracks)
    hits += [c for c in told if label in find_labels(str(c["value"]).lower(), f"{kind}s")]
    hits += [
        c
        for c in ledger.of(("genre", "mood", "instrument", "voice", "section"), tracks)
        if str(c["value"]).lower() == word
    ]
    if statement.negated:
        placed = there(hits, scene.clause_times) if scene.clause_times else hits
        return settle(placed, measured or listened, True)
    if hits and scene.clause_times and any(c["span"] for c in hits):
        return _at_its_place(statement, scene, hits, measured)
    return settle(hits, measured or listened)


def _at_its_place(
    statement: Statement, scene: Scene, hits: list[Claim], measured: list[Claim]
) -> Judged:
    """Judge a sound that is said to be heard, or to come in, at a time."""
    clause = scene.sentence.clause(statement.start - scene.sentence.start)
    spans = [c for c in hits if c["span"] is not None]
    good = there(spans, scene.clause_times)
    if any(word in clause for word in _COMES_IN):
        good = [c for c in spans if near(c["span"][0], scene.clause_times, SLACK)] or good
    if good:
        return SUPPORTED, good[0]
    whole = [c for c in hits if c["span"] is None]
    return (CONTRADICTED, spans[0]) if spans else settle(whole, measured)


def _agrees(label: str, word: str, heard: str, kind: str) -> bool:
    heard = heard.lower()
    plural = f"{kind}s"
    return (
        matches(label, heard, plural)
        or word in heard.split()
        or heard == word
        or bool(set(find_labels(heard, plural)) & {label})
    )


def _voice(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks, wanted = scene.ledger, scene.tracks, str(statement.value)
    measured = ledger.of("voice", tracks) + ledger.of("voice_detail", tracks)
    listened = [c for c in ledger.of("listened for", tracks) if c["value"] == "voice"]
    sung = [c for c in measured if str(c["value"]) != "instrumental"]
    silent = [c for c in measured if str(c["value"]) == "instrumental" and c["span"] is None]
    sung += [
        c
        for c in ledger.of("instrument", tracks)
        if str(c["value"]) in ("choir", "voice", "vocals")
    ]
    if wanted == "instrumental":
        return settle(silent or ([] if sung else listened), measured or listened, statement.negated)
    if wanted == "vocal":
        stems = [c for c in ledger.claims if c["claim"] == "stem" and c["value"] == "vocals"]
        melody = [c for c in stems if not statement.negated]
        hits = sung if any(c["span"] is None for c in sung) or sung else []
        if statement.negated:
            return _no_voice(statement, scene, sung, silent, measured or listened)
        if scene.clause_times and any(c["span"] for c in hits):
            return _at_its_place(statement, scene, hits, measured)
        return settle(hits or melody or _pitched(scene), measured or listened)
    kind = wanted.split()[0]
    hits = [c for c in measured if kind in str(c["value"]).split()]
    hits += [c for c in ledger.of("told", tracks) if kind in str(c["value"]).lower().split()]
    return settle(hits, measured or listened, statement.negated)


def _pitched(scene: Scene) -> list[Claim]:
    return [c for c in scene.ledger.of(("note", "semitones"), scene.tracks)]


def _no_voice(
    statement: Statement, scene: Scene, sung: list[Claim], silent: list[Claim], known: list[Claim]
) -> Judged:
    """Judge that no voice is heard: nowhere, or at a place."""
    places = scene.clause_times
    if places or "yet" in scene.sentence.lower or "before" in scene.sentence.lower:
        spans = [c for c in sung if c["span"] is not None]
        inside = [
            c for c in spans if any(c["span"][0] + SLACK < t < c["span"][1] - SLACK for t in places)
        ]
        return settle(inside, known, True)
    whole = [c for c in sung if c["span"] is None]
    return settle([] if silent else whole or sung, known, True)


def _section(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks = scene.ledger, scene.tracks
    measured = ledger.of("section", tracks) + ledger.of("sections", tracks)
    rows = [c for c in measured if c["claim"] == "section"]
    name = str(statement.value)
    hits = [c for c in rows if _same_section(name, str(c["value"]))]
    hits += [c for c in ledger.of("told", tracks) if name in str(c["value"]).lower()]
    if statement.negated:
        return settle([c for c in hits if c["claim"] == "section"], measured, True)
    if not hits:
        return settle([], measured)
    return _section_place(statement, scene, [c for c in hits if c["span"]] or hits)


def _same_section(name: str, heard: str) -> bool:
    heard = heard.lower()
    pairs = {
        ("solo", "instrumental"),
        ("interlude", "instrumental"),
        ("instrumental section", "instrumental"),
        ("break", "instrumental"),
        ("refrain", "chorus"),
        ("coda", "outro"),
    }
    return name.lower() == heard or (name, heard) in pairs or heard.endswith(name.lower())


def _section_place(statement: Statement, scene: Scene, hits: list[Claim]) -> Judged:
    """Judge the times that go with a section's name in its clause."""
    clause_times = _times_with(statement, scene)
    if not clause_times or not any(c["span"] for c in hits):
        return SUPPORTED, hits[0]
    clause = scene.sentence.clause(statement.start - scene.sentence.start)
    begins = any(
        w in clause
        for w in ("start", "begin", "enter", "comes in", "comes at", "kicks in", "arrives")
    )
    edges = [c for c in hits if near(c["span"][0], clause_times, SLACK)]
    inside = there(hits, clause_times)
    if begins:
        return (SUPPORTED, edges[0]) if edges else (CONTRADICTED, hits[0])
    return (SUPPORTED, (edges or inside)[0]) if edges or inside else (CONTRADICTED, hits[0])


def _times_with(statement: Statement, scene: Scene) -> tuple[float, ...]:
    """Return the times that stand nearer to this section's name than to another's."""
    from agent.said_numbers import CLOCK, clock_seconds
    from agent.said_words import _SECTION

    at = statement.start - scene.sentence.start
    ends = [m.start() for m in _SECTION.finditer(scene.sentence.lower) if m.start() > at]
    begin = next((a for a, b in scene.sentence.clauses if a <= at < b), 0)
    stop = min(
        [
            *ends,
            next((b for a, b in scene.sentence.clauses if a <= at < b), len(scene.sentence.text)),
        ]
    )
    after = [clock_seconds(m) for m in CLOCK.finditer(scene.sentence.text[at:stop])]
    if after:
        return tuple(after)
    before = list(CLOCK.finditer(scene.sentence.text[begin:at]))
    others = [m for m in _SECTION.finditer(scene.sentence.lower) if m.start() != at]
    return () if others else tuple(clock_seconds(m) for m in before)


def _form(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of("form", scene.tracks)
    said = str(statement.value).replace(" ", "")
    hits = [c for c in measured if said in str(c["value"]).replace(" ", "")]
    return settle(hits, measured, statement.negated)


_GENERIC_NAMES = ("the track", "the song", "the file", "the recording")


def _name(statement: Statement, scene: Scene) -> Judged:
    said = str(statement.value).lower().strip(" .,")
    known = scene.ledger.of(("title", "artist", "album", "year"), scene.ledger.tracks)
    hits = [c for c in known if said in _plain(c["value"]) or _plain(c["value"]) in said]
    if hits:
        return settle(hits, known, statement.negated)
    if (
        any(said in _plain(t) or _plain(t) in said for t in scene.titles if t)
        or said in _GENERIC_NAMES
    ):
        return SUPPORTED, None
    labels = [label for kind in KINDS for label in find_labels(said, kind)]
    if labels or said in _plain(scene.question):
        return GENERAL, None
    return (SUPPORTED if statement.negated and known else UNKNOWN), None


def _plain(value: Any) -> str:
    from agent.statements import plain

    return plain(str(value)).lower()


def _compare(statement: Statement, scene: Scene) -> Judged:
    from agent.comparisons import compare

    return compare(statement, scene)


def _shared(statement: Statement, scene: Scene) -> Judged:
    from agent.comparisons import shared

    return shared(statement, scene)


def _chord(statement: Statement, scene: Scene) -> Judged:
    from agent.judging_chords import chord

    return chord(statement, scene)


def _progression(statement: Statement, scene: Scene) -> Judged:
    from agent.judging_chords import progression

    return progression(statement, scene)


def _roman(statement: Statement, scene: Scene) -> Judged:
    from agent.judging_chords import roman

    return roman(statement, scene)


def _figure(statement: Statement, scene: Scene) -> Judged:
    from agent.judging_figures import figure

    return figure(statement, scene)


_JUDGES: dict[str, Callable[[Statement, Scene], Judged]] = {
    "key": _key,
    "tonic": _tonic,
    "mode": _mode,
    "camelot": _camelot,
    "flats": _signature,
    "sharps": _signature,
    "instrument": _label,
    "genre": _label,
    "mood": _label,
    "voice": _voice,
    "section": _section,
    "form": _form,
    "name": _name,
    "compare": _compare,
    "same": _shared,
    "chord": _chord,
    "progression": _progression,
    "roman": _roman,
}
for _kind in (
    "bpm", "tempo word", "steady", "meter", "beats", "beats a bar", "bars", "bar", "sections", "notes", "chords",
    "percent", "decibels", "milliseconds", "seconds", "minutes", "seconds long", "minutes long", "semitones",
    "octaves", "cents", "choruses", "verses", "bridges", "hits", "times", "khz", "time", "duration", "year",
    "lowest note", "highest note", "note",
):  # fmt: skip
    _JUDGES[_kind] = _figure

_ = same
