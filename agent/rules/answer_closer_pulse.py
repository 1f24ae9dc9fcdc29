"""Answers to the closer questions about one track that are about its beat, its bars and its speed."""

import re
from collections.abc import Sequence

from agent.rules import answer_tempo, say
from agent.rules.asks import Ask, Finding
from agent.track_relations import TEMPO_STEP, key_relation, tempo_relation


def bar(ask: Ask, found: Sequence[Finding]) -> str:
    """Return where a bar starts and ends."""
    bars = list(found[0].data.get("bars") or ())
    if not bars:
        return "I couldn't find the bars in it"
    number = int(ask.value)
    bar = next((b for b in bars if b["number"] == number), None)
    if bar is None:
        return f"there is no bar {number}: I count bars {bars[0]['number']} to {bars[-1]['number']}"
    return f"bar {number} starts, on its first beat, at {bar['start']:.2f} seconds ({say.clock(bar['start'])}) and ends at {bar['end']:.2f}"


def section_bar(ask: Ask, found: Sequence[Finding]) -> str:
    """Return in which bar a section starts."""
    rows = list(found[0].data.get("sections") or ())
    at = 1
    for row in rows:
        if ask.value in (row.get("letter"), row["label"]):
            name = f"part {row['letter']}" if row["label"] == "section" else f"the {row['label']}"
            if not all(r.get("bars") for r in rows[: rows.index(row)]):
                return f"{name} starts at {say.clock(row['start'])}, but I couldn't count the bars before it"
            return f"{name} starts in bar {at}, at {say.clock(row['start'])}"
        at += int(row.get("bars") or 0)
    heard = [f"part {r['letter']}" if r["label"] == "section" else str(r["label"]) for r in rows]
    return f"I make out no {ask.value}; what I hear is {say.join(list(dict.fromkeys(heard)))}"


def entry_bar(ask: Ask, found: Sequence[Finding]) -> str:
    """Return in which bar the voice comes in."""
    spans = sorted(
        float(span[0])
        for finding in found
        for entry in finding.data.get("entries") or ()
        if entry["kind"] == "voice" and entry["label"] != "instrumental"
        for span in entry["spans"]
    )
    if not spans:
        return "no voice comes in that I can make out"
    bars = [bar for finding in found for bar in finding.data.get("bars") or ()]
    bar = next((b for b in bars if b["start"] <= spans[0] < b["end"]), None)
    if bar is None:
        return f"the voice comes in at {say.clock(spans[0])}; I couldn't find the bar"
    return f"the voice comes in around bar {bar['number']}, at {say.clock(spans[0])}, so about {bar['number'] - 1} bars go by before it"


def decimal(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the tempo with so many decimals."""
    tempo = found[0].data["tempo"]
    digits = int(ask.value or 1)
    told = f"{tempo['bpm']:.{digits}f} BPM"
    other = answer_tempo.alternative(tempo)
    drift = answer_tempo.drift_of(tempo)
    told += f", {drift}" if drift and tempo.get("steady") is False else ""
    return told + (f"; it could also be counted at {answer_tempo.counted(other)}" if other else "")


def floor(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a kick on every beat may be there; which drum is on which beat is not heard."""
    meter = (found[0].data.get("beats") or {}).get("meter")
    bpm = say.bpm(found[0].data["tempo"]["bpm"])
    where = f"it is in {meter}, at {bpm}" if meter else f"it goes at {bpm}"
    if ask.value == "drum":
        return f"{where}; which drum falls on which beat I can't tell"
    if meter and meter != "4/4":
        return f"no: {where}, and four on the floor takes 4/4"
    return f"{where}, so it could be; whether the kick falls on every beat I can't tell"


def either_bpm(ask: Ask, found: Sequence[Finding]) -> str:
    """Return which of two tempi it is rather."""
    tempo = found[0].data["tempo"]
    wanted = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", ask.value)][:2]
    value = say.bpm(tempo["bpm"])
    near = [w for w in wanted if abs(w / tempo["bpm"] - 1) <= 0.03]
    rivals = [float(c["bpm"]) for c in tempo.get("alternatives") or ()]
    if not near:
        also = [w for w in wanted if any(abs(w / r - 1) <= 0.03 for r in rivals)]
        hint = f"; {also[0]:g} is another way to count it, which I find less likely" if also else ""
        return f"neither {wanted[0]:g} nor {wanted[1]:g}: I count {value}{hint}"
    other = next(w for w in wanted if w != near[0]) if len(set(wanted)) > 1 else near[0]
    ratio = other / near[0]
    words = {0.5: "half", 2.0: "double"}.get(round(ratio, 1))
    rest = f"; {other:g} would be the same music counted at {words} the speed" if words else ""
    return f"rather {near[0]:g}: I count {value}{rest}"


def half(ask: Ask, found: Sequence[Finding]) -> str:
    """Return where the middle of a track is."""
    duration = float(found[0].track.get("duration") or 0.0)
    if not duration:
        return "I don't know how long it is"
    middle = duration / 2
    rows = list(found[0].data.get("sections") or ())
    row = next((r for r in rows if r["start"] <= middle < r["end"]), None)
    name = ""
    if row and len(rows) > 1:
        name = f", in part {row['letter']}" if row["label"] == "section" else f", in the {row['label']}"  # fmt: skip
    return f"halfway through is {say.clock(middle)}{name}"


def mix_range(ask: Ask, found: Sequence[Finding]) -> str:
    """Return which tempi are near enough to be pitched to this one."""
    bpm = float(found[0].data["tempo"]["bpm"])
    low, high = bpm * (1 - TEMPO_STEP), bpm * (1 + TEMPO_STEP)
    return f"from about {low:.0f} to {high:.0f} BPM, that is within {100 * TEMPO_STEP:.0f}% of its {say.bpm(bpm)}; and half or double of that ({low / 2:.0f} to {high / 2:.0f}, {2 * low:.0f} to {2 * high:.0f}){say.THEORY}"


def mixes(ask: Ask, found: Sequence[Finding]) -> str:
    """Return whether a track of the tempo and the key that were named goes with this one."""
    bpm = next((float(f.data["tempo"]["bpm"]) for f in found if f.data.get("tempo")), 0.0)
    key = next((f.data["key"] for f in found if f.tool == "key" and f.data.get("key")), None)
    figure, _, other = ask.value.partition(" in ")
    if not bpm or not key:
        return "I have no tempo or no key of it, so I can't tell"
    theirs = float(figure)
    pulse, home = tempo_relation(bpm, theirs), say.key_name(key)
    keys = key_relation(home, other)
    lie = "go together" if keys.mixable else "rub"
    told = f"the keys {lie}, {home} ({keys.codes[0]}) and {other} ({keys.codes[1]}) being {keys.relation}"  # fmt: skip
    harm = f"more than the {100 * TEMPO_STEP:.0f}% that can be pitched without harm"
    near = "near enough to be pitched" if pulse.mixable else harm
    fold = " (counted double or half)" if pulse.octaves else ""
    link = "and" if keys.mixable == pulse.mixable else "but"
    told += f", {link} {say.bpm(bpm)} and {say.bpm(theirs)} lie {100 * pulse.step:.0f}% apart{fold}, {near}"  # fmt: skip
    verdict = ("not well", "only in part", "yes")[keys.mixable + pulse.mixable]
    return f"{verdict}: {told}{say.THEORY}"


def bass_ends(ask: Ask, found: Sequence[Finding]) -> str:
    """Return the lowest and the highest note of the bass."""
    data = found[0].data
    if not data.get("count") or not data.get("low"):
        return "I hear hardly any bass, so I can't tell"
    end, other = ("high", "low") if ask.value == "high" else ("low", "high")
    names = {"low": "lowest", "high": "highest"}
    return f"the {names[end]} note of the bass is {data[end]}, the {names[other]} {data[other]}, as I hear it in the bass stem"


def scaled(ask: Ask, found: Sequence[Finding]) -> str:
    """Return tempo and length at a share of the speed, in per cent."""
    share = int(ask.value or 100) / 100
    if not 0.2 <= share <= 4:
        return f"{ask.value}% of the speed is nothing that anybody would play"
    tempo, duration = found[0].data["tempo"], float(found[0].track.get("duration") or 0.0)
    told = f"at {ask.value}% of its speed it goes at {say.bpm(round(tempo['bpm'] * share, 1))} instead of {say.bpm(tempo['bpm'])}"
    if duration:
        told += f", and lasts {say.clock(duration / share)} instead of {say.clock(duration)}"
    return f"{told}; I can't play it so"
