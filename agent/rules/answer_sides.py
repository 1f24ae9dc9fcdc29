"""Answers to what only several tracks can be asked: what they share, an order, whose harmony is richest."""

import re
from collections.abc import Iterable, Mapping, Sequence

from agent.rules import say
from agent.rules.answer_loudness import decibels
from agent.rules.answer_pairs import odd, pairs_alike, pairs_that_mix
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
from agent.rules.lexicon import MOODS, find_labels, matches
from agent.rules.purposes import fitness, sought
from agent.rules.say import THEORY, Data
from tools import theory

ENERGY = 0.1
"""Within so much of 1 two tracks have about the same energy."""
_OPPOSITES = {
    "happy": ("sad", "dark"), "sad": ("happy", "party"), "dark": ("happy",),
    "calm": ("energetic", "aggressive", "party", "loud"), "mellow": ("energetic", "aggressive", "loud"),
    "relaxed": ("energetic", "aggressive", "loud"), "energetic": ("calm", "mellow", "relaxed"),
    "aggressive": ("calm", "mellow", "relaxed"), "party": ("sad", "calm"),
}  # fmt: skip
"""Moods that speak against one."""
_KIN = {"happy": ("party",), "calm": ("mellow", "relaxed"), "mellow": ("calm", "relaxed"), "relaxed": ("calm", "mellow"), "energetic": ("party", "fast"), "sad": ("dark",)}  # fmt: skip
"""Moods that speak for one, though less than itself."""


def shift(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return by how many semitones the one track must be moved to share the key of the other."""
    moved, goal = _from_to(ask, handles)
    own, other = key_of_side(side_of(found, moved)), key_of_side(side_of(found, goal))
    if own is None or other is None:
        lost = moved if own is None else goal
        return f"I couldn't find a key for {labels[lost]}, so I can't say how far to shift."
    target = other if own[1] == other[1] else theory.relative(*other)
    told = f"{labels[moved]} is in {key_named(own)} and {labels[goal]} in {key_named(other)}"
    kin = "" if target == other else f", the relative of {key_named(other)}"
    up = (theory.pitch_class(target[0]) - theory.pitch_class(own[0])) % 12
    if not up:
        same = "the same key" if own == other else "relative keys, which share their notes"
        return f"Not at all: {told}, {same}{THEORY}."
    down = 12 - up
    near, way, far, back = (up, "up", down, "down") if up <= down else (down, "down", up, "up")
    return f"{say.number_word(near).capitalize()} semitone{'s' if near > 1 else ''} {way} (or {say.number_word(far)} {back}): {told}, and that takes it to {key_named(target)}{kin}{THEORY}."


def _from_to(ask: Ask, handles: Sequence[str]) -> tuple[str, str]:
    return (handles[0], handles[1]) if ask.value != "back" else (handles[1], handles[0])


def common(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return what all of the tracks share, and that they share little where that is so."""
    sides = [side_of(found, h) for h in handles]
    told: list[str] = []
    bpms = [float(s["bpm"]) for s in sides if s.get("bpm")]
    if len(bpms) == len(sides) and max(bpms) / min(bpms) - 1 <= SAME_TEMPO:
        told.append(f"the tempo, about {say.bpm(bpms[0])}")
    if meter := _same(s.get("meter") or meter_of_side(s) for s in sides):
        told.append(f"the meter, {meter}")
    keys = [key_of_side(s) for s in sides]
    if key := _same(key_named(k) if k else "" for k in keys):
        told.append(f"the key, {key}")
    elif all(keys) and len({_signature(k) for k in keys if k}) == 1:
        told.append("the notes of their scales, as their keys are relatives")
    elif mode := _same(k[1] if k else "" for k in keys):
        told.append(f"the mode, {mode}")
    if voice := _same(str(s.get("voice") or "") for s in sides):
        told.append("a voice" if voice == "vocal" else "no voice")
    for kind, noun in (("genres", "the style, "), ("moods", "the mood, "), ("instruments", "")):
        if both := _shared(tags_of_side(s, kind) for s in sides):
            told.append(noun + say.join(both[:3]))
    if chords := _shared(list(s.get("chords") or ()) for s in sides):
        named = say.join([say.chord(c) for c in chords[:6]])
        told.append(f"the chord{'s' if len(chords) > 1 else ''} {named}")
    if loops := _difference(sides[0], "progressions").get("shared"):
        told.append(f"the progression {loops[0]}")
    who = "Both" if len(handles) == 2 else f"All {say.number_word(len(handles))}"
    if not told:
        return f"Nothing that I measure: neither tempo, key, meter and sound nor chords are the same in {say.join(labels[h] for h in handles)}."
    names = say.join([labels[h] for h in handles])
    return say.sentence(f"{who}, {names}, share {say.join(told)}")


def _signature(key: tuple[str, str]) -> frozenset[int]:
    return frozenset(theory.pitch_class(note) for note in theory.scale(*key))


def _same(values: Iterable[object]) -> str:
    several = {str(v or "") for v in values}
    return several.pop() if len(several) == 1 else ""


def _shared(lists: Iterable[Sequence[str]]) -> list[str]:
    first, *rest = lists
    return [x for x in first if all(x in other for other in rest)]


def _difference(side: Data, aspect: str) -> Data:
    rows = side.get("differences") or ()
    return next((row for row in rows if row.get("aspect") == aspect), {})


# ---- orders -------------------------------------------------------------------------------------

_WORDS = {
    "tempo": ("fastest", "slowest"), "loudness": ("loudest", "quietest"),
    "duration": ("longest", "shortest"), "energy": ("most energetic", "calmest"),
}  # fmt: skip


def order(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return the tracks in an order, or the first and the last of it with what lies between."""
    subject = ask.aspect.partition(" ")[2]
    values = {h: _value(subject, h, found, situation) for h in handles}
    known = {h: v for h, v in values.items() if v is not None}
    if len(known) < 2:
        return f"I can't put them in order: I have the {subject} of {'one' if known else 'none'} of them."
    high, low = _WORDS[subject]
    rows = sorted(known, key=lambda h: known[h], reverse=ask.value != "up")
    lost = [labels[h] for h in handles if h not in known]
    rest = f" I have no {subject} of {say.join(lost)}." if lost else ""
    if ask.value == "extremes":
        top, last = rows[0], rows[-1]
        gap = _gap(subject, known[top] - known[last])
        told = f"{labels[top]} is the {high}{_figure(subject, known[top])}, {labels[last]} the {low}{_figure(subject, known[last])}{gap}"
        return f"{say.sentence(told)}{rest}"
    first = (low if ask.value == "up" else high).capitalize()
    told = say.join([f"{labels[h]}{_figure(subject, known[h])}" for h in rows])
    why = " Energy is judged from level and tempo." if subject == "energy" else ""
    return f"{first} first: {told}.{why}{rest}"


def _value(subject: str, handle: str, found: Found, situation: Situation) -> float | None:
    side, track = side_of(found, handle), situation.track(handle)
    if subject == "duration":
        return track.duration if track else None
    if subject == "loudness" and side.get("loudness_unit") != "LUFS":
        return None
    value = side.get({"tempo": "bpm"}.get(subject, subject))
    return None if value is None else float(value)


def _figure(subject: str, value: float) -> str:
    if subject == "tempo":
        return f" at {say.bpm(value)}"
    if subject == "duration":
        return f" at {say.clock(value)}"
    return f" at {decibels(value, 'LUFS')}" if subject == "loudness" else ""


def _gap(subject: str, apart: float) -> str:
    if subject == "tempo":
        return f": {say.figure(apart)} BPM apart"
    if subject == "loudness":
        return f": {apart:.1f} LU apart"
    return ""


# ---- harmony, mood and use ----------------------------------------------------------------------


def harmony(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return whose harmony has most to it: by how many chords, sevenths and chords outside the key."""
    rows = {h: _vocabulary(side_of(found, h)) for h in handles}
    lost = [labels[h] for h, row in rows.items() if not row[0]]
    rows = {h: row for h, row in rows.items() if row[0]}
    if len(rows) < 2:
        return f"I couldn't find chords for {say.join(lost)}, so I can't compare."
    told = _richest(ask, rows, labels)
    return f"{told} I couldn't find chords for {say.join(lost)}." if lost else told


def _richest(ask: Ask, rows: Mapping[str, tuple[int, int, int]], labels: Mapping[str, str]) -> str:
    """Return whose chords are the most, the richest or the plainest, of tracks that have some."""
    if ask.value in ("most", "fewest"):
        return _most_chords(ask, {h: row[0] for h, row in rows.items()}, labels)
    simple = ask.value == "simplest"
    scores = {h: count + 0.5 * (rich + outside) for h, (count, rich, outside) in rows.items()}
    ranked = sorted(scores, key=lambda h: scores[h], reverse=not simple)
    told = "; ".join(f"{labels[h]}: {_counted(rows[h])}" for h in ranked)
    if scores[ranked[0]] == scores[ranked[1]]:
        return f"I can't set them apart by that. {told}."
    return f"{labels[ranked[0]]} has the {ask.value} harmony by its chords. {told}."


def _most_chords(ask: Ask, counts: Mapping[str, int], labels: Mapping[str, str]) -> str:
    ranked = sorted(counts, key=lambda h: counts[h], reverse=ask.value == "most")
    best = [h for h in ranked if counts[h] == counts[ranked[0]]]
    told = say.join([f"{say.number_word(counts[h])} in {labels[h]}" for h in ranked])
    if len(best) == len(ranked):
        return f"None more than another: I count {told}."
    return f"{say.join([labels[h] for h in best])}, with the {ask.value} chords: I count {told}."


def _vocabulary(side: Data) -> tuple[int, int, int]:
    """Return how many chords a track has, how many are more than triads, and how many lie outside its key."""
    parsed = [
        theory.parse_chord(label) for label in side.get("chords") or () if label not in ("N", "X")
    ]
    key = key_of_side(side)
    inside = _signature(key) | ({_leading(key)} if key and key[1] == "minor" else set()) if key else None  # fmt: skip
    rich = sum(len(chord.pitch_classes) > 3 for chord in parsed)
    outside = sum(inside is not None and not set(c.pitch_classes) <= inside for c in parsed)
    return len(parsed), rich, outside


def _leading(key: tuple[str, str]) -> int:
    """Return the raised seventh of a minor key, which is no stranger there."""
    return (theory.pitch_class(key[0]) - 1) % 12


def _counted(row: tuple[int, int, int]) -> str:
    count, rich, outside = row
    parts = [f"I count {say.number_word(count)} chord{'s' if count > 1 else ''}"]
    parts += [f"{say.number_word(rich)} with a seventh or more"] if rich else []
    parts += [f"{say.number_word(outside)} outside the key"] if outside else []
    return say.join(parts) if len(parts) > 1 else f"{parts[0]}, all plain triads of the key"


def mood_score(tags: Data, words: str) -> float:
    """Return how much of a mood was heard, less what speaks against it; by labels, not by guessing."""
    wanted = find_labels(words, "moods") or tuple(
        label
        for label, said in MOODS.items()
        if any(
            _stem(w) == _stem(v) or w[:5] == v[:5]
            for w in re.findall(r"\w{4,}", words)
            for v in said.split()
        )
    )
    rows = list(tags.get("moods") or ()) + list(tags.get("genres") or ())
    score = 0.0
    for row in rows:
        heard, weight = str(row["label"]), float(row.get("confidence") or 0)
        for label in wanted[:1]:
            if matches(label, heard, "moods"):
                score += weight
            elif any(matches(kin, heard, "moods") for kin in _KIN.get(label, ())):
                score += weight / 2
            elif any(matches(other, heard, "moods") for other in _OPPOSITES.get(label, ())):
                score -= weight
    return -score if re.search(r"\b(?:less|least)\b", words) else score


def _stem(word: str) -> str:
    return re.sub(r"(?:i?er|i?est|ful|y|ing|ed)$", "", word)


def use(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return which track suits a use best, by mood, tempo and energy."""
    sides = {h: side_of(found, h) for h in handles}
    moods = {h: tags_of_side(s, "moods") for h, s in sides.items()}
    bpms = {h: float(s["bpm"]) if s.get("bpm") else None for h, s in sides.items()}
    if not any(moods.values()) and not any(bpms.values()):
        return "I can't tell: neither mood nor tempo comes through clearly in any of them."
    calm = "calm" in sought(ask.value) or re.search(r"mellow|slow|grave", sought(ask.value))
    scores = {}
    for h, side in sides.items():
        energy = float(side["energy"]) if side.get("energy") is not None else 0.5
        felt = 0.5 * (fitness(ask.value, set(moods[h]), None) > 0)  # a mood says more than a tempo
        lively = (0.5 - energy) * (1 if calm else -1)
        scores[h] = fitness(ask.value, set(moods[h]), bpms[h]) + felt + lively
    ranked = sorted(scores, key=lambda h: -scores[h])
    told = say.join([f"{labels[h]} {_traits(moods[h], bpms[h])}" for h in ranked])
    usual = say.sentence(f"{ask.value} one looks for {sought(ask.value)}{THEORY}")
    if scores[ranked[0]] - scores[ranked[1]] < ENERGY:
        return f"They would do about as well {ask.value}: {told}. {usual}"
    return f"{labels[ranked[0]]}, I'd say: {told}. {usual}"


def _traits(moods: Sequence[str], bpm: float | None) -> str:
    traits = [f"comes across as {say.join(list(moods[:2]))}"] if moods else []
    traits += [f"moves at {say.bpm(bpm)}"] if bpm else []
    return say.join(traits) if traits else "tells nothing clear of itself"


ANSWERS = {
    "shift": shift, "common": common, "harmony": harmony, "use": use, "odd": odd,
    "pairs mix": pairs_that_mix, "pairs same": pairs_alike,
    "order tempo": order, "order loudness": order, "order energy": order, "order duration": order,
}  # fmt: skip
