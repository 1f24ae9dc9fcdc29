"""Whether the figures of prose were measured: tempi, meters, counts, times, shares, lengths."""

import re
from collections.abc import Callable, Sequence

from agent import derived
from agent.evidence import Claim
from agent.judging_counts import of_form
from agent.judging_keys import hedged
from agent.judging_times import duration_said, gaps, time_said, times_known
from agent.said_numbers import numbers
from agent.scene import (
    CONTRADICTED,
    SUPPORTED,
    Judged,
    Scene,
    near,
    settle,
    there,
)
from agent.statements import Statement
from tools.theory import pitch_class

_ROUND = ("about", "around", "roughly", "approximately", "nearly", "close to", "some ", "almost", "circa", "~", "just under", "just over", "or so")  # fmt: skip
_LOOSE, _TIGHT = 0.025, 0.6
"""How far a tempo may be off: in share where it is said to be rough, else in BPM."""
_OCTAVES = ("half", "double", "twice", "felt", "feel", "count")


def figure(statement: Statement, scene: Scene) -> Judged:
    """Judge one figure."""
    return _OF[statement.kind](statement, scene)


def _bpm(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks = scene.ledger, scene.tracks
    whole, lower = ledger.whole("bpm", tracks), scene.sentence.lower
    value = float(statement.value)
    spanned = [c for c in ledger.of("bpm", tracks) if c["span"] is not None]
    here = there(spanned, scene.clause_times)
    measured = whole + spanned
    slack = max(_TIGHT, _LOOSE * value) if any(w in lower for w in _ROUND) else _TIGHT
    if not measured:
        others = ledger.of(("tempo there", "tempo alternative"), tracks)
        return settle([c for c in others if abs(float(c["value"]) - value) <= slack], others)
    hits = [c for c in here + whole if abs(float(c["value"]) - value) <= slack]
    if statement.negated:
        return settle([c for c in hits if abs(float(c["value"]) - value) <= _TIGHT], measured, True)
    if hits:
        return SUPPORTED, hits[0]
    if _bound(statement, scene, measured):
        return SUPPORTED, measured[0]
    extra = there(spanned, scene.clause_times) or spanned if _varies(scene) else []
    more = ledger.figures(("tempo there",), tracks) if _varies(scene) else []
    if hedged(scene):
        more += ledger.figures(("tempo alternative",), tracks)
        more += [n for c in whole for n in derived.octaves(float(c["value"]))]
    more += [float(c["value"]) for c in extra]
    more += _differences([float(c["value"]) for c in _all_tempi(scene)], lower)
    return (SUPPORTED, measured[0]) if near(value, more, slack) else (CONTRADICTED, measured[0])


def _all_tempi(scene: Scene) -> list[Claim]:
    ledger = scene.ledger
    return [c for c in ledger.of(("bpm", "tempo alternative"), ledger.tracks) if c["span"] is None]


def _differences(values: Sequence[float], lower: str) -> list[float]:
    """Return how far apart tempi are, where a sentence compares."""
    words = (
        "than",
        "apart",
        "difference",
        "differ",
        "between",
        "faster",
        "slower",
        "gap",
        "away",
        "off",
        "from",
    )
    if not any(w in lower for w in words):
        return []
    distinct = sorted(set(values))
    return [abs(a - b) for a in distinct for b in distinct if a != b]


def _bound(statement: Statement, scene: Scene, measured: list[Claim]) -> bool:
    """Tell whether a number that was asked about is a bound that holds: "faster than 100"."""
    lower = scene.sentence.lower[: statement.start - scene.sentence.start]
    main, value = float(measured[0]["value"]), float(statement.value)
    if lower.endswith(
        ("over ", "above ", "more than ", "faster than ", "quicker than ", "at least ")
    ):
        return main > value
    if lower.endswith(("under ", "below ", "less than ", "slower than ", "at most ")):
        return main < value
    return False


def _varies(scene: Scene) -> bool:
    words = ("from", "between", "speed", "slow", "drift", "var", "there", "at ", "start", "end", "overall", "chang", "around", "section", "chorus", "verse", "lowest", "highest", "faster", "range")  # fmt: skip
    return any(word in scene.sentence.lower for word in words)


def _tempo_word(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of(("bpm", "tempo alternative"), scene.tracks)
    low, high = derived.MARKINGS[str(statement.value)]
    whole = [c for c in measured if c["claim"] == "bpm"]
    if not whole:
        told = [
            c
            for c in scene.ledger.of(("told", "mood", "genre"), scene.tracks)
            if statement.text.lower() in str(c["value"]).lower()
        ]
        return settle(told, [])
    counted = any(w in scene.sentence.lower for w in _OCTAVES)
    hits = [c for c in (measured if counted else whole) if low <= float(c["value"]) <= high]
    if statement.negated:
        strict = [c for c in whole if low <= float(c["value"]) <= high]
        middle = [c for c in strict if low * 1.12 < float(c["value"]) < high * 0.88]
        return settle(
            middle if low else [c for c in strict if float(c["value"]) < high * 0.85],
            measured,
            True,
        )
    # "Fast" and "slow" are moods, too, of those who tag music; a tagger may hear one at any figure.
    moods = scene.ledger.of("mood", scene.tracks)
    return settle(hits or [c for c in moods if c["value"] == statement.text.lower()], measured)


def _steady(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of("steady", scene.tracks)
    if not measured and scene.ledger.whole("bpm", scene.tracks):
        return SUPPORTED, scene.ledger.whole("bpm", scene.tracks)[0]
    says = bool(statement.value) != statement.negated
    hits = [c for c in measured if bool(c["value"]) == says]
    return settle(hits, measured)


def _meter(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of("meter", scene.tracks)
    hits = [c for c in measured if str(c["value"]) == statement.value]
    return settle(hits, measured, statement.negated)


def _beats_a_bar(statement: Statement, scene: Scene) -> Judged:
    measured = scene.ledger.of("meter", scene.tracks)
    hits = [
        c
        for c in measured
        if statement.value
        in (derived.PULSES.get(str(c["value"])), int(str(c["value"]).partition("/")[0]))
    ]
    return settle(hits, measured, statement.negated)


def _counted(*kinds: str) -> Callable[[Statement, Scene], Judged]:
    """Return the judge of counts that tools give."""

    def judge(statement: Statement, scene: Scene) -> Judged:
        found = scene.ledger.of(kinds, scene.tracks)
        numeric = [c for c in found if isinstance(c["value"], int | float)]
        hits = [c for c in numeric if abs(float(c["value"]) - statement.value) < 0.01]
        if hits or not _stretched(statement, scene):
            return settle(hits, numeric, statement.negated)
        tempi = scene.ledger.of("bpm", scene.tracks)
        return (SUPPORTED, tempi[0]) if tempi else settle([], numeric)

    return judge


def _stretched(statement: Statement, scene: Scene) -> bool:
    """Tell whether beats or bars of a stretch follow from its length and the tempo."""
    tempi = scene.ledger.figures(("bpm",), scene.tracks)
    if statement.kind not in ("beats", "bars") or not tempi:
        return False
    lengths = [
        n
        for n, _, end in numbers(scene.sentence.lower)
        if scene.sentence.lower[end:].lstrip().startswith("second")
    ]
    edges = scene.clause_times
    lengths += [abs(a - b) for a in edges for b in edges if a != b]
    lengths += scene.ledger.figures(("duration",), scene.tracks)
    meters = [str(c["value"]) for c in scene.ledger.of("meter", scene.tracks)]
    each = (
        [1.0]
        if statement.kind == "beats"
        else [float(derived.PULSES.get(m, 4)) for m in meters] or [4.0]
    )
    values = [length * bpm / 60 / n for length in lengths for bpm in tempi for n in each]
    return near(float(statement.value), values, 1.1)


def _bar(statement: Statement, scene: Scene) -> Judged:
    found = scene.ledger.of("bar", scene.tracks)
    placed = there(found, scene.clause_times[:1], 0.3) if len(scene.clause_times) == 1 else []
    if placed and scene.ledger.of("bar", scene.tracks):
        hits = [c for c in placed if c["value"] == statement.value]
        return settle(hits, placed, statement.negated)
    hits = [c for c in found if c["value"] == statement.value]
    if not hits and str(int(statement.value)) in scene.question:
        return SUPPORTED, None
    most = max(
        [float(c["value"]) for c in found if isinstance(c["value"], int | float)], default=0.0
    )
    counted = scene.ledger.figures(("bars",), scene.tracks)
    if not hits and statement.value <= max([most, *counted]):
        return (SUPPORTED, found[0]) if _range_of_bars(scene) else settle([], found)
    return settle(hits, found, statement.negated)


def _range_of_bars(scene: Scene) -> bool:
    return any(word in scene.sentence.lower for word in ("bars ", " to ", "–", "until"))


_APART = re.compile(r"\b(?:apart|louder|quieter|difference|differ)\b")
_AIMS = re.compile(r"\b(?:stream\w*|targets?|aim\w*|platforms?|services?|broadcast\w*|play at)\b")
"""Words of a sentence that may name the loudness a track is held against, beside its own."""


def _any_figure(statement: Statement, scene: Scene) -> Judged:
    """Judge a figure by all that was measured in its unit."""
    kinds, scale, slack = _UNIT[statement.kind]
    if statement.kind == "lufs" and _AIMS.search(scene.sentence.lower):
        kinds = (*kinds, "loudness target")
    found = scene.ledger.of(kinds, scene.tracks)
    rows = [
        (c, abs(float(c["value"])) * scale) for c in found if isinstance(c["value"], int | float)
    ]
    hits = [c for c, value in rows if abs(value - statement.value) <= slack]
    if not hits and (follows := _following(statement, scene)):
        return SUPPORTED, follows
    return settle(hits, [c for c, _ in rows], statement.negated)


def _following(statement: Statement, scene: Scene) -> Claim | None:
    """Return what a figure follows from: a length from a tempo, a difference from two values."""
    ledger, value = scene.ledger, float(statement.value)
    tempi = [*ledger.of(("bpm", "tempo alternative"), ledger.tracks)]
    meters = [str(c["value"]) for c in ledger.of("meter", ledger.tracks)]
    if statement.kind in ("milliseconds", "seconds", "minutes"):
        scale = {"milliseconds": 1000.0, "seconds": 1.0, "minutes": 1 / 60}[statement.kind]
        slack = {"milliseconds": 1.0, "seconds": 0.006, "minutes": 0.05}[statement.kind]
        for claim in tempi:
            for meter in meters or [""]:
                if near(
                    value,
                    [scale * s for s in derived.beat_lengths(float(claim["value"]), meter)],
                    slack,
                ):
                    return claim
    if statement.kind in ("seconds", "minutes"):
        unit = 60.0 if statement.kind == "minutes" else 1.0
        times = times_known(scene)
        if near(value * unit, times, max(0.6, 0.05 * unit)) or near(value * unit, gaps(scene), 1.1):
            return next(iter(ledger.claims), None) if times else None
    if statement.kind == "percent":
        ratios = [
            100 * abs(a / b - 1)
            for x in tempi
            for y in tempi
            if (a := float(x["value"])) and (b := float(y["value"])) and a != b
        ]
        ratios += [100 - 100 * n for n in ledger.figures(("share", "in tune"), scene.tracks)]
        ratios += [100 * n for n in _sums(scene)]
        if near(value, ratios, 0.6):
            return next(iter(ledger.claims), None)
    if statement.kind in ("decibels", "lufs", "loudness units"):
        between = _APART.search(scene.sentence.lower) is not None
        levels = ledger.figures(
            ("level",) if statement.kind == "decibels" else ("loudness",),
            ledger.tracks if between else scene.tracks,
        )
        if near(value, [abs(a - b) for a in levels for b in levels], 1.0):
            return next(iter(ledger.claims), None)
    if statement.kind in ("semitones", "octaves"):
        reach = [
            n - 12 * k for n in ledger.figures(("semitones",), scene.tracks) for k in (1, 2, 3)
        ]
        if "octave" in scene.sentence.lower and near(value, reach, 0.51):
            return next(iter(ledger.of("semitones", scene.tracks)), None)
        asked = derived.shifts(f"{scene.question.lower()} {_without(statement, scene)}")
        keys = [
            k
            for c in ledger.of(("key", "key alternative"), ledger.tracks)
            if (k := derived.key_name(str(c["value"])))
        ]
        steps = {(pitch_class(a[0]) - pitch_class(b[0])) % 12 for a in keys for b in keys}
        if (
            value in asked
            or value in steps
            or 12 - value in steps
            or any(w in scene.sentence.lower for w in ("capo", "fret", "relative"))
        ):
            return next(iter(ledger.claims), None)
    return None


def _without(statement: Statement, scene: Scene) -> str:
    at = statement.start - scene.sentence.start
    return scene.sentence.lower[:at] + scene.sentence.lower[at + len(statement.text) :]


def _sums(scene: Scene) -> list[float]:
    return [float(c["confidence"]) for c in scene.ledger.claims if c["confidence"] is not None]


def _year(statement: Statement, scene: Scene) -> Judged:
    known = scene.ledger.of(("year", "title", "album", "artist"), scene.ledger.tracks)
    hits = [c for c in known if str(statement.value).rstrip("s") in str(c["value"])]
    if not hits and any(str(statement.value) in t for t in scene.titles):
        return SUPPORTED, None
    return settle(hits, [c for c in known if c["claim"] == "year"], statement.negated)


def _note(statement: Statement, scene: Scene) -> Judged:
    ledger, tracks = scene.ledger, scene.tracks
    measured = ledger.of((statement.kind,), tracks)
    every = ledger.of(("note", "lowest note", "highest note"), tracks)
    pool = measured or every
    if statement.kind != "note" and "first" not in scene.sentence.lower and measured:
        pool = measured
    elif statement.kind == "note":
        pool = every
    hits = [c for c in pool if _midi(str(c["value"])) == _midi(str(statement.value))]
    if not hits and statement.kind != "note":
        hits = [
            c
            for c in ledger.of("note", tracks)
            if _midi(str(c["value"])) == _midi(str(statement.value))
            and "range" not in scene.sentence.lower
            and "lowest" not in scene.sentence.lower
            and "highest" not in scene.sentence.lower
        ]
    return settle(hits, every, statement.negated)


def _midi(name: str) -> int | None:
    letters = name.rstrip("0123456789").rstrip("-")
    digits = name[len(letters) :]
    try:
        return pitch_class(letters) + 12 * int(digits) if digits else None
    except ValueError:
        return None


_UNIT: dict[str, tuple[tuple[str, ...], float, float]] = {
    "percent": (("share", "in tune", "spread", "figure"), 100.0, 0.6),
    "decibels": (("level", "peak", "crest", "loudness gap"), 1.0, 0.6),
    "lufs": (("loudness",), 1.0, 0.6),
    "loudness units": (("loudness range", "loudness gap"), 1.0, 0.6),
    "milliseconds": (("milliseconds",), 1.0, 1.0),
    "seconds": (("time", "duration", "seconds", "figure"), 1.0, 0.51),
    "minutes": (("duration",), 1 / 60, 0.26),
    "semitones": (("semitones", "figure"), 1.0, 0.51),
    "octaves": (("semitones",), 1 / 12, 0.99),
    "cents": (("cents", "figure"), 1.0, 0.51),
    "hits": (("hits", "figure"), 1.0, 0.01),
    "times": (("times", "figure", "bars", "sections"), 1.0, 0.01),
    "khz": (("figure",), 1.0, 0.5),
}
_OF: dict[str, Callable[[Statement, Scene], Judged]] = {
    "bpm": _bpm,
    "tempo word": _tempo_word,
    "steady": _steady,
    "meter": _meter,
    "beats": _counted("beats"),
    "bars": _counted("bars", "bar"),
    "notes": _counted("notes", "figure"),
    "beats a bar": _beats_a_bar,
    "bar": _bar,
    **dict.fromkeys(("sections", "choruses", "verses", "bridges", "chords"), of_form),
    "time": time_said,
    "duration": duration_said,
    "seconds long": duration_said,
    "minutes long": duration_said,
    "year": _year,
    "note": _note,
    "lowest note": _note,
    "highest note": _note,
    **dict.fromkeys(_UNIT, _any_figure),
}
