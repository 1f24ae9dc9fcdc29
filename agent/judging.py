"""Whether statements hold: each kind of statement held against the claims of its track.

Here are words (instruments, sections, names), and which judge is for what; figures, keys, chords,
parts and comparisons have files of their own.
"""

import re
from collections.abc import Callable
from typing import Any

from agent.comparisons import compare, shared
from agent.evidence import Claim
from agent.judging_chords import chord, progression, roman
from agent.judging_figures import figure
from agent.judging_keys import of_key
from agent.judging_parts import alone, asked_of_tool
from agent.rules.lexicon import KINDS, find_labels, matches
from agent.scene import (
    CONTRADICTED,
    GENERAL,
    SLACK,
    SUPPORTED,
    UNKNOWN,
    Judged,
    Scene,
    near,
    settle,
    there,
)
from agent.statements import Statement, plain


def judge(statement: Statement, scene: Scene) -> Judged:
    """Return status and claim of one statement."""
    return _JUDGES[statement.kind](statement, scene)


# ---- words --------------------------------------------------------------------------------------

_COMES_IN = ("comes in", "come in", "enter", "start", "begin", "kicks in", "kick in", "from ", "sets in", "join", "first heard", "appears")  # fmt: skip


def _label(statement: Statement, scene: Scene) -> Judged:
    kind, (label, word) = statement.kind, statement.value
    ledger, tracks = scene.ledger, scene.tracks
    if named := _named_part(statement, scene):
        return SUPPORTED, named
    measured = ledger.of(kind, tracks)
    listened = [c for c in ledger.of("listened for", tracks) if c["value"] == kind]
    hits = [c for c in measured if _agrees(label, word, str(c["value"]), kind)]
    hits += [c for c in ledger.of(("stem", "drum"), tracks) if str(c["value"]) == label]
    hits += [c for c in ledger.of("notes", tracks) if str(c["track"]).endswith(f".{label}")]
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


def _named_part(statement: Statement, scene: Scene) -> Claim | None:
    """Return what a part rests on that is named but not said to sound."""
    if statement.kind == "instrument":
        return alone(statement, scene) or asked_of_tool(statement, scene)
    return alone(statement, scene) if statement.kind == "voice" else None


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
    if wanted == "vocal" and (named := _named_part(statement, scene)):
        return SUPPORTED, named
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
        silent = silent or _instrumental_parts(scene)
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


def _instrumental_parts(scene: Scene) -> list[Claim]:
    return [c for c in scene.ledger.of("section", scene.tracks) if c["value"] == "instrumental"]


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
    told = [
        c for c in scene.ledger.of("told", scene.tracks) if "no voice" in str(c["value"]).lower()
    ]
    known = known + told
    return settle([] if silent or told else whole or sung, known, True)


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


EDGE = 0.6
"""Seconds before the end of a section that belong to the next, where one time tells its place."""
_END_TOLD = re.compile(
    r"\b(?:end|ends|ending|ended|until|till|to|up|through|over|out|last|lasts|stops?|finish\w*|close[sd]?|before|after)\b|[–-]\s?\d"
)


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
    if len(clause_times) == 1 and not _END_TOLD.search(clause):  # its end is the next one's place
        inside = [c for c in inside if clause_times[0] < c["span"][1] - EDGE]
    if begins:
        return (SUPPORTED, edges[0]) if edges else (CONTRADICTED, hits[0])
    return (SUPPORTED, (edges or inside)[0]) if edges or inside else (CONTRADICTED, hits[0])


def _times_with(statement: Statement, scene: Scene) -> tuple[float, ...]:
    """Return the times that stand nearer to this section's name than to another's."""
    from agent.said_numbers import CLOCK, clock_seconds
    from agent.said_words import section_places

    at = statement.start - scene.sentence.start
    named = section_places(scene.sentence.text)
    ends = [place for place in named if place > at]
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
    others = [place for place in named if place != at]
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
    return plain(str(value)).lower()


_JUDGES: dict[str, Callable[[Statement, Scene], Judged]] = {
    "key": of_key,
    "tonic": of_key,
    "mode": of_key,
    "camelot": of_key,
    "flats": of_key,
    "sharps": of_key,
    "instrument": _label,
    "genre": _label,
    "mood": _label,
    "voice": _voice,
    "section": _section,
    "form": _form,
    "name": _name,
    "compare": compare,
    "same": shared,
    "chord": chord,
    "progression": progression,
    "roman": roman,
}
for _kind in (
    "bpm", "tempo word", "steady", "meter", "beats", "beats a bar", "bars", "bar", "sections", "notes", "chords",
    "percent", "decibels", "lufs", "loudness units", "milliseconds", "seconds", "minutes", "seconds long", "minutes long", "semitones",
    "octaves", "cents", "choruses", "verses", "bridges", "hits", "times", "khz", "time", "duration", "year",
    "lowest note", "highest note", "note",
):  # fmt: skip
    _JUDGES[_kind] = figure
