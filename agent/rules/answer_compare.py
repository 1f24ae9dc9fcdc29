"""Answers that compare tracks: differences are worked out, never guessed."""

import re
from collections.abc import Callable, Mapping, Sequence

from agent.rules import say
from agent.rules.answer_key import rival
from agent.rules.answer_sides import ANSWERS, mood_score
from agent.rules.answer_tags import listed
from agent.rules.asks import Ask, Situation
from agent.rules.compare_pulse import certainty, entries, pitching, ranges, steadiness
from agent.rules.compare_sides import Found, loudness, side_of, voices
from agent.rules.say import Data
from tools import theory

SAME = 0.02
MIXABLE = 0.06
"""Tempi within 2 % are one tempo; within 6 % a DJ can pitch one to the other unnoticed."""


def answer(ask: Ask, found: Found, situation: Situation) -> str:
    """Return the answer to one comparison."""
    handles = [h for h in ask.tracks if situation.track(h)]
    if len(handles) < 2:
        return "There is only one track to look at here. Open another one and I'll compare them."
    labels = {h: _label(h, situation) for h in handles}
    return _COMPARE.get(ask.aspect, _all)(ask, handles, labels, found, situation)


def _label(handle: str, situation: Situation) -> str:
    track = situation.track(handle)
    return say.track_label({"title": track.title if track else "", "handle": handle})


def _part(found: Found, tool: str, handle: str, name: str) -> Data | None:
    finding = found.get((tool, handle))
    part = finding.data.get(name) if finding else None
    return part if isinstance(part, Mapping) else None


def _missing(
    handles: Sequence[str], parts: Sequence[object], labels: Mapping[str, str], what: str
) -> str:
    lost = [labels[h] for h, p in zip(handles, parts, strict=True) if not p]
    if lost and what in ("a genre", "a mood", "instruments"):
        return f"Nothing clear enough to call {what} comes through in {say.join(lost)}, so I can't compare."
    return f"I couldn't find {what} for {say.join(lost)}, so I can't compare." if lost else ""


def _tempo(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    tempi = [_part(found, "tempo", h, "tempo") for h in handles]
    lost = _missing(handles, tempi, labels, "a tempo")
    if lost:
        return lost
    rows = sorted(((t["bpm"], h) for t, h in zip(tempi, handles, strict=True) if t), reverse=True)
    if len(rows) > 2:
        told = say.join(f"{labels[h]} at {say.bpm(b)}" for b, h in rows)
        slow = re.search(r"slow", ask.value)
        return f"The {'slowest' if slow else 'fastest'} is {labels[rows[-1 if slow else 0][1]]}: {told}."
    (fast, quick), (low, slow_one) = rows
    gap, ratio = fast - low, fast / low - 1
    same = ratio <= SAME
    if re.search(r"same|match|similar|as fast|as slow|as quick", ask.value):
        start = "Yes" if same else "No"
        figures = f"{labels[quick]} is at {say.bpm(fast)}, {labels[slow_one]} at {say.bpm(low)}"
        return f"{start}: {figures}" + (
            f", {say.figure(gap)} BPM ({_percent(ratio)}) apart." if gap >= 0.05 else "."
        )
    if gap < 0.05:
        return f"Neither: both are at {say.bpm(fast)}."
    if ask.polar and not re.search(r"differen", ask.value):
        wants_slow = bool(re.search(r"slow|lower", ask.value))
        yes = (handles[0] == slow_one) == wants_slow
        return f"{'Yes' if yes else 'No'}, {labels[quick]} is the faster one, at {say.bpm(fast)} against {say.bpm(low)} for {labels[slow_one]}: {say.figure(gap)} BPM or {_percent(ratio)} more."
    if re.search(r"slow|lower", ask.value):
        return f"{labels[slow_one]} is slower, at {say.bpm(low)} against {say.bpm(fast)} for {labels[quick]}: {say.figure(gap)} BPM less."
    close = ", so hardly a difference" if same else ""
    return f"{labels[quick]} is faster, at {say.bpm(fast)} against {say.bpm(low)} for {labels[slow_one]}: {say.figure(gap)} BPM or {_percent(ratio)} more{close}."


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f}%".replace(".0%", "%")


def _keys(handles: Sequence[str], found: Found) -> list[Data | None]:
    return [_part(found, "key", h, "key") for h in handles]


def _distance(a: tuple[str, str], b: tuple[str, str]) -> str:
    if a == b:
        return "the same key"
    if theory.relative(*a) == b:
        return "relative keys, with the same notes"
    if theory.parallel(*a) == b:
        return "parallel keys, on the same tonic"
    steps = theory.fifths_distance(a, b)
    word = "next to each other" if steps == 1 else f"{steps} steps apart"
    return f"{word} on the circle of fifths" if steps else "keys with the same notes"


def _key(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    keys = _keys(handles, found)
    lost = _missing(handles, keys, labels, "a key")
    if lost:
        return lost
    known = [k for k in keys if k]
    names = [(k["tonic"], k["mode"]) for k in known]
    told = say.join(
        f"{labels[h]} is in {say.key_name(k)}" for h, k in zip(handles, known, strict=True)
    )
    if all(n == names[0] for n in names):
        start = "No: " if "different" in ask.value else "Yes: "
        return f"{start}{'both' if len(names) == 2 else 'all'} are in {say.key_name(known[0])}{_shaky(known)}."
    start = ("Yes: " if "different" in ask.value else "No: ") if ask.polar else ""
    if len(names) > 2:
        return f"{start}{told}."
    return f"{start}{told}; these are {_distance(names[0], names[1])}{_shaky(known)}."


def _shaky(keys: Sequence[Data]) -> str:
    unsure = [k for k in keys if say.doubtful(k.get("confidence"))]
    if not unsure:
        return ""
    other = rival(unsure[0])
    return f" – though {say.key_name(unsure[0])} isn't certain" + (
        f" and could be {say.key_name(other)}" if other else ""
    )


def _camelot_fit(a: tuple[str, str], b: tuple[str, str]) -> tuple[bool, str]:
    """Return whether two keys mix by the rules of the Camelot wheel, and why."""
    codes = f"{theory.camelot(*a)} and {theory.camelot(*b)}"
    near = theory.fifths_distance(a, b)
    fits = a == b or near == 0 or (near == 1 and a[1] == b[1])
    return fits, codes


def _mix(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    first, second = handles[0], handles[1]
    tempi = [_part(found, "tempo", h, "tempo") for h in (first, second)]
    keys = _keys((first, second), found)
    lost = _missing((first, second), tempi, labels, "a tempo") or _missing(
        (first, second), keys, labels, "a key"
    )
    if lost or not (tempi[0] and tempi[1] and keys[0] and keys[1]):
        return lost
    a, b = (keys[0]["tonic"], keys[0]["mode"]), (keys[1]["tonic"], keys[1]["mode"])
    fits, codes = _camelot_fit(a, b)
    ratio, way = _beat_match(tempi[0]["bpm"], tempi[1]["bpm"])
    tempo_fits = ratio <= MIXABLE
    start = (
        "Yes, they should"
        if fits and tempo_fits
        else "Partly"
        if fits or tempo_fits
        else "Not easily"
    )
    harmony = f"{say.key_name(keys[0])} and {say.key_name(keys[1])} ({codes} on the Camelot wheel) {'go well together' if fits else 'are ' + _distance(a, b)}"
    paces = [say.bpm(tempo["bpm"]) for tempo in tempi if tempo]
    if paces[0] == paces[1]:
        pulse = f"both run at {paces[0]}"
    else:
        verdict = "close enough to match" if tempo_fits else "a lot to pitch"
        pulse = f"{paces[0]} and {paces[1]} are {_percent(ratio)} apart{way}, {verdict}"
    link = "and" if fits == tempo_fits else "but"
    return f"{start}: {harmony}, {link} {pulse} (the mixing rules are theory, not measured)."


def _beat_match(a: float, b: float) -> tuple[float, str]:
    """Return the gap between two tempi, also counted at half or double time."""
    options = [
        (abs(a * f / b - 1), w)
        for f, w in ((1.0, ""), (2.0, " at double time"), (0.5, " at half time"))
    ]
    return min(options, key=lambda o: o[0] + (0.02 if o[1] else 0))


def _meter(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    meters = [(_part(found, "tempo", h, "beats") or {}).get("meter") for h in handles]
    lost = _missing(handles, meters, labels, "a meter")
    if lost:
        return lost
    if len(set(meters)) == 1:
        return f"Yes, {'both' if len(handles) == 2 else 'all'} are in {meters[0]}."
    return (
        f"No: {say.join(f'{labels[h]} is in {m}' for h, m in zip(handles, meters, strict=True))}."
    )


def _labels(kind: str) -> Callable[..., str]:
    def compare(
        ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
    ) -> str:
        heard = [listed(_part(found, "tags", h, "tags") or {}, kind, 3) for h in handles]
        lost = _missing(
            handles,
            heard,
            labels,
            {"genres": "a genre", "moods": "a mood", "instruments": "instruments"}[kind],
        )
        if lost:
            return lost
        shared = [w for w in heard[0] if all(w in other for other in heard[1:])]
        told = say.join(
            f"{labels[h]} comes across as {say.join(w)}"
            for h, w in zip(handles, heard, strict=True)
        )
        if kind == "instruments":
            told = say.join(
                f"in {labels[h]} I hear {say.join(w)}" for h, w in zip(handles, heard, strict=True)
            )
        common = f"; they share {say.join(shared)}" if shared else "; they share none of these"
        start = ""
        if ask.polar and "same" in ask.value:
            start = "Yes: " if heard[0][:1] == heard[1][:1] else "Not quite: " if shared else "No: "
        return say.sentence(f"{start}{told}{common}")

    return compare


def _mood(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    told = _each_mood(handles, labels, found)
    wish = re.search(r"\b(?!(?:same|moods?|vibes?|feel|compare|differ\w*)\b)\w{4,}", ask.value)
    if not wish or re.search(r"\b(?:same|differ\w*|compare)\b", ask.value):
        return _labels("moods")(ask, handles, labels, found, situation)
    scores = [mood_score(_part(found, "tags", h, "tags") or {}, ask.value) for h in handles]
    best = max(scores)
    if scores.count(best) > 1:
        return f"I can't rank them on that by what I measured. {told}"
    winner = labels[handles[scores.index(best)]]
    start = ""
    if ask.polar:
        start = "Yes, " if scores.index(best) == 0 else "No, "
    return f"{start}{winner}, going by the moods I hear. {told}".strip()


def _each_mood(handles: list[str], labels: Mapping[str, str], found: Found) -> str:
    """Return the mood of each track, or that none stands out."""
    told = []
    for handle in handles:
        heard = listed(_part(found, "tags", handle, "tags") or {}, "moods", 3)
        told.append(
            f"{labels[handle]} comes across as {say.join(heard)}"
            if heard
            else f"no mood stands out in {labels[handle]}"
        )
    return say.sentence(say.join(told))


def _chords(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    used: list[list[str]] = []
    for handle in handles:
        finding = found.get(("chords", handle))
        rows = (finding.data.get("most_used") or ()) if finding else ()
        used.append([say.chord(m["label"]) for m in rows if m["label"] not in ("N", "X")])
    lost = _missing(handles, used, labels, "chords")
    if lost:
        return lost
    if re.search(r"\b(?:more|fewer)\b", ask.value):
        return _more_chords(ask, handles, labels, [len(u) for u in used])
    shared = [c for c in used[0] if all(c in other for other in used[1:])]
    if not shared:
        told = say.join(
            f"{labels[h]} leans on {say.join(u[:4])}" for h, u in zip(handles, used, strict=True)
        )
        return f"{'No, t' if ask.polar else 'T'}hey share no chord: {told}."
    start = (
        (
            "Yes, "
            if "same" not in ask.value or set(used[0]) == set(used[1])
            else "Not the same, but "
        )
        if ask.polar
        else ""
    )
    return f"{start}{'they' if start else 'They'} share {say.join(shared[:8])}."


def _more_chords(ask: Ask, handles: list[str], labels: Mapping[str, str], counts: list[int]) -> str:
    told = say.join(f"{n} in {labels[h]}" for h, n in zip(handles, counts, strict=True))
    if len(set(counts)) == 1:
        return f"Neither: I count {told}."
    wanted = (min if "fewer" in ask.value else max)(counts)
    return f"{labels[handles[counts.index(wanted)]]}: I count {told}."


SAME_LENGTH = 2.0
"""Seconds within which two tracks are told as equally long."""


def _duration(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    lengths = [(t.duration, h) for h in handles if (t := situation.track(h))]
    rows = sorted(lengths, reverse="short" not in ask.value)
    told = say.join(f"{say.clock(d)} for {labels[h]}" for d, h in rows[1:])
    word = "short" if "short" in ask.value else "long"
    word += "er" if len(rows) < 3 else "est"
    start = ("Yes, " if rows[0][1] == handles[0] else "No, ") if ask.polar else ""
    if re.search(r"\b(?:same|equal|as long|alike)\b", ask.value):
        gap = rows[0][0] - rows[-1][0]
        each = say.join(f"{labels[h]} lasts {say.clock(d)}" for d, h in rows)
        return f"{'Yes' if gap < SAME_LENGTH else 'No'}: {each}."
    return f"{start}{labels[rows[0][1]]} is the {word} one, {say.clock(rows[0][0])} against {told}."


def _all(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    rows = []
    for handle in handles[:4]:
        tempo, key = _part(found, "tempo", handle, "tempo"), _part(found, "key", handle, "key")
        meter = (_part(found, "tempo", handle, "beats") or {}).get("meter")
        tags = _part(found, "tags", handle, "tags") or {}
        genre, mood = listed(tags, "genres", 1), listed(tags, "moods", 2)
        told = f"{labels[handle]} is {genre[0]}" if genre else labels[handle]
        told += f" ({say.join(mood)})" if mood else ""
        told += f", at {say.bpm(tempo['bpm'])}" if tempo else ""
        told += f" in {meter}" if meter else ""
        told += f", in {say.key_name(key)}" if key else ""
        rows.append(told)
    told = " ".join(say.sentence(r) for r in rows)
    return f"{told} {_difference(handles, found)}".strip()


def _difference(handles: list[str], found: Found) -> str:
    if len(handles) != 2:
        return ""
    tempi = [_part(found, "tempo", h, "tempo") for h in handles]
    keys = _keys(handles, found)
    told = []
    if tempi[0] and tempi[1]:
        gap = abs(tempi[0]["bpm"] - tempi[1]["bpm"])
        told.append(
            f"they are {say.figure(gap)} BPM apart" if gap >= 0.05 else "they share one tempo"
        )
    levels = [side_of(found, h) for h in handles]
    if all(side.get("loudness_unit") == "LUFS" for side in levels):
        gap = abs(float(levels[0]["loudness"]) - float(levels[1]["loudness"]))
        told.append(f"{gap:.1f} LU apart in loudness")
    if keys[0] and keys[1]:
        told.append(
            f"the keys are {_distance((keys[0]['tonic'], keys[0]['mode']), (keys[1]['tonic'], keys[1]['mode']))}"
        )
    return say.sentence(say.join(told))


_COMPARE = {
    "tempo": _tempo, "key": _key, "mix": _mix, "layer": _mix, "meter": _meter, "genres": _labels("genres"),
    "instruments": _labels("instruments"), "moods": _mood, "chords": _chords,
    "duration": _duration, "steady": steadiness, "pitch": pitching, "sure": certainty, "sure key": certainty, "entry": entries, "range": ranges, "loudness": loudness, "voice": voices, "all": _all,
} | ANSWERS  # fmt: skip
