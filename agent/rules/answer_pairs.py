"""Answers about pairs among several tracks, and about the one that lies farthest from the others."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import log2

from agent.rules import say
from agent.rules.answer_loudness import decibels
from agent.rules.asks import Ask, Situation
from agent.rules.compare_sides import (
    SAME_TEMPO,
    Found,
    key_named,
    key_of_side,
    meter_of_side,
    side_of,
    tags_of_side,
)
from agent.rules.say import Data
from agent.track_relations import camelot_distance, tempo_relation
from tools import theory

PAIRS_TOLD = 3
CLEARLY = 1.25
"""How many times as far as the next one the odd one must lie from the others."""


def pairs_that_mix(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return which two tracks mix best, or worst: by the Camelot wheel and their tempi."""
    rows = []
    for a, b in combinations(handles, 2):
        one, two = side_of(found, a), side_of(found, b)
        keys = key_of_side(one), key_of_side(two)
        if not (keys[0] and keys[1] and one.get("bpm") and two.get("bpm")):
            continue
        codes = theory.camelot(*keys[0]), theory.camelot(*keys[1])
        steps = camelot_distance(*codes)
        tempo = tempo_relation(float(one["bpm"]), float(two["bpm"]))
        far = steps + tempo.step / 0.06 + abs(tempo.octaves)
        paces = f"{say.bpm(float(one['bpm']))} and {say.bpm(float(two['bpm']))}"
        rows.append((far, f"{labels[a]} with {labels[b]} ({codes[0]} and {codes[1]}, {paces})"))
    if not rows:
        return "I can't tell which of them mix: I have no key and tempo of two of them."
    rows.sort(reverse=ask.value == "worst")
    few = max(1, min(PAIRS_TOLD, len(rows) // 2))
    told = "; then ".join(words for _, words in rows[:few])
    return f"{ask.value.capitalize()} to mix: {told} (the mixing rules are theory, not measured)."


def pairs_alike(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return which two of the tracks have the same key, tempo or meter, and which come near."""
    asked = ask.value.split(", ")
    whole: list[tuple[str, str]] = []
    near: list[tuple[str, str, str]] = []
    for a, b in combinations(handles, 2):
        one, two = side_of(found, a), side_of(found, b)
        same = [what for what in asked if _alike(what, one, two)]
        if len(same) == len(asked):
            whole.append((a, b))
        elif same:
            rest = [what for what in asked if what not in same]
            near.append((a, b, f"share the {say.join(same)}, though not the {say.join(rest)}"))
    what = say.join(asked)
    close = [] if whole else near[:PAIRS_TOLD]
    pairs = whole or [(a, b) for a, b, _ in close]
    shown = dict.fromkeys(h for pair in pairs for h in pair) or dict.fromkeys(handles)
    values = " ".join(f"{labels[h]}: {_values(side_of(found, h), asked)}." for h in shown)
    if whole:
        same_ones = "; ".join(f"{labels[a]} and {labels[b]}" for a, b in whole)
        return f"Yes, the same {what}: {same_ones}. {values}"
    told = [f"No, no two share {'both ' if len(asked) == 2 else ''}{what}."]
    told += [f"{labels[a]} and {labels[b]} {words}." for a, b, words in close]
    return " ".join([*told, values])


def _alike(what: str, one: Data, two: Data) -> bool:
    if what == "tempo":
        bpms = [float(s["bpm"]) for s in (one, two) if s.get("bpm")]
        return len(bpms) == 2 and max(bpms) / min(bpms) - 1 <= SAME_TEMPO
    values = [key_of_side(s) if what == "key" else meter_of_side(s) for s in (one, two)]
    return bool(values[0]) and values[0] == values[1]


def _values(side: Data, asked: Sequence[str]) -> str:
    told = []
    for what in asked:
        key = key_of_side(side)
        if what == "tempo":
            told.append(say.bpm(float(side["bpm"])) if side.get("bpm") else "no tempo")
        elif what == "key":
            told.append(key_named(key) if key else "no key")
        else:
            told.append(meter_of_side(side) or "no meter")
    return ", ".join(told)


def odd(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return the track that lies farthest from the others, and in what."""
    sides = {h: side_of(found, h) for h in handles}
    if len(handles) < 3:
        return "It takes three tracks for one of them to be the odd one out."
    parts = {
        h: {
            name: sum(far(sides[h], sides[o]) for o in handles if o != h) / (len(handles) - 1)
            for name, (far, _) in _FAR.items()
        }
        for h in handles
    }
    totals = {h: sum(values.values()) for h, values in parts.items()}
    ranked = sorted(totals, key=lambda h: -totals[h])
    first = ranked[0]
    others = [h for h in handles if h != first]
    if totals[first] < 0.5 or totals[first] < CLEARLY * min(totals.values()):
        return f"None of them stands out: {say.join([labels[h] for h in handles])} lie about as far from one another."
    own = parts[first]
    reasons = [
        name
        for name in sorted(own, key=lambda n: -(own[n] - sum(parts[o][n] for o in others) / len(others)))
        if own[name] > sum(parts[o][name] for o in others) / len(others) + 0.05
    ][:3]  # fmt: skip
    told = " ".join(
        f"{labels[h]}: {', '.join(_FAR[name][1](sides[h]) for name in reasons)}."
        for h in (first, *others)
        if reasons
    )
    start = ""
    if ask.polar:
        start = "Yes, " if handles[0] == first else f"No, {labels[handles[0]]} isn't: "
    return f"{start}{labels[first]} is the odd one out. {told}".strip()


def _apart_in_tempo(a: Data, b: Data) -> float:
    if not (a.get("bpm") and b.get("bpm")):
        return 0.0
    return min(1.0, 2 * abs(log2(float(a["bpm"]) / float(b["bpm"]))))


def _apart_in_key(a: Data, b: Data) -> float:
    keys = key_of_side(a), key_of_side(b)
    if not (keys[0] and keys[1]):
        return 0.0
    return camelot_distance(theory.camelot(*keys[0]), theory.camelot(*keys[1])) / 7


def _apart_in_level(a: Data, b: Data) -> float:
    if "LUFS" != a.get("loudness_unit") or a.get("loudness_unit") != b.get("loudness_unit"):
        return 0.0
    return min(1.0, abs(float(a["loudness"]) - float(b["loudness"])) / 12)


def _apart_in_list(kind: str) -> Callable[[Data, Data], float]:
    def apart(a: Data, b: Data) -> float:
        one, two = set(tags_of_side(a, kind)[:3]), set(tags_of_side(b, kind)[:3])
        return 1 - len(one & two) / len(one | two) if one and two else 0.0

    return apart


def _told_list(kind: str, none: str) -> Callable[[Data], str]:
    return lambda side: say.join(tags_of_side(side, kind)[:2]) or none


def _told_key(side: Data) -> str:
    key = key_of_side(side)
    return key_named(key) if key else "no key"


_FAR: dict[str, tuple[Callable[[Data, Data], float], Callable[[Data], str]]] = {
    "tempo": (
        _apart_in_tempo,
        lambda s: say.bpm(float(s["bpm"])) if s.get("bpm") else "no tempo",
    ),
    "key": (_apart_in_key, _told_key),
    "meter": (lambda a, b: 0.7 * (meter_of_side(a) != meter_of_side(b)), lambda s: meter_of_side(s) or "no meter"),
    "voice": (
        lambda a, b: 0.7 * (a.get("voice") != b.get("voice")),
        lambda s: "sung" if s.get("voice") == "vocal" else "instrumental",
    ),
    "loudness": (
        _apart_in_level,
        lambda s: decibels(float(s["loudness"]), "LUFS") if s.get("loudness") is not None else "no level",
    ),
    "genres": (_apart_in_list("genres"), _told_list("genres", "no clear style")),
    "moods": (_apart_in_list("moods"), _told_list("moods", "no clear mood")),
    "instruments": (_apart_in_list("instruments"), _told_list("instruments", "no clear instrument")),
}  # fmt: skip
