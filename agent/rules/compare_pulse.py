"""Comparisons of how steady tracks are, and of how far one must be pitched to meet another."""

import re
from collections.abc import Mapping

from agent.rules import say
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.say import Data
from agent.rules.voice_range import semitones_of

Found = Mapping[tuple[str, str], Finding]


def _tempi(handles: list[str], found: Found) -> dict[str, Data]:
    """Return the tempo of each track that has one."""
    tempi = {}
    for handle in handles:
        finding = found.get(("tempo", handle))
        if finding and finding.data.get("tempo"):
            tempi[handle] = finding.data["tempo"]
    return tempi


def steadiness(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return which track's tempo moves least; the spread is that of the middle of its curve."""
    tempi = _tempi(handles, found)
    spread = {h: _spread(t) for h, t in tempi.items()}
    known = {h: s for h, s in spread.items() if s is not None}
    if len(known) < 2:
        return "I can't compare how steady they are: I couldn't follow the tempo of both."
    told = say.join(
        f"{labels[h]} {'keeps within' if tempi[h].get('steady') else 'moves by'} about {100 * s:.0f}%"
        if round(100 * s)
        else f"{labels[h]} hardly moves at all"
        for h, s in known.items()
    )
    best = min(known, key=lambda h: known[h])
    level = [h for h in known if known[h] <= known[best] + 0.005]
    if len(level) == len(known):
        return f"They are about as steady as one another: {told}."
    return f"{labels[best]} is the steadiest: {told}."


def _spread(tempo: Data) -> float | None:
    """Return the width of the middle nine tenths of the tempo curve, as a share of the tempo."""
    bpms = sorted(tempo.get("bpms") or ())
    if len(bpms) < 2 or not tempo.get("bpm"):
        return None
    cut = len(bpms) // 20
    return float((bpms[-1 - cut] - bpms[cut]) / tempo["bpm"])


def certainty(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return of which track the tempo, or the key, is surest or least sure."""
    part = "key" if ask.aspect == "sure key" else "tempo"
    rows: list[tuple[float, str]] = []
    for handle in handles:
        finding = found.get((part, handle))
        measured = (finding.data.get(part) if finding else None) or {}
        if measured.get("confidence") is not None:
            rows.append((float(measured["confidence"]), handle))
    if len(rows) < 2:
        return f"I can't compare how sure the {part} is: not all of them have a confidence."
    rows.sort(reverse=not re.search(r"least|less|shak|doubt|ambig", ask.value))
    told = say.join(f"{say.percent(c)} for {labels[h]}" for c, h in rows)
    side = "least" if rows[0][0] < rows[-1][0] else "most"
    return f"The {part} is {side} certain in {labels[rows[0][1]]}: {told}."


def entries(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return in which track the voice comes in earlier."""
    rows: list[tuple[float, str]] = []
    for handle in handles:
        finding = found.get(("tags", handle))
        spans = [
            float(span[0])
            for entry in (finding.data.get("entries") or () if finding else ())
            if entry["kind"] == "voice" and entry["label"] != "instrumental"
            for span in entry["spans"]
        ]
        if spans:
            rows.append((min(spans), handle))
    if not rows:
        return "I hear no voice in either of them."
    rows.sort()
    told = say.join(f"at {say.clock(t)} in {labels[h]}" for t, h in rows)
    if len(rows) < 2:
        return f"Only {labels[rows[0][1]]} has a voice that I can place, {told}."
    start = ""
    if ask.polar:
        late = bool(re.search(r"later|latest", ask.value))
        start = "Yes: " if (rows[0][1] == handles[0]) != late else "No: "
    return f"{start}the voice comes in {told}." if start else f"The voice comes in {told}."


def ranges(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return whose melody spans most, or reaches highest or lowest, as `ask.value` has it."""
    reaches: dict[str, Data] = {}
    for handle in handles:
        finding = found.get(("melody", handle))
        if finding and finding.data.get("range"):
            reaches[handle] = finding.data["range"]
    if not reaches:
        return "I hear no clear melody line in either of them to compare."
    told = say.join(
        f"{labels[h]} goes from {r['low']} to {r['high']} ({round(r['semitones'])} semitones)"
        for h, r in reaches.items()
    )
    if len(reaches) < 2:
        return f"Only one of them has a melody that I can follow: {told}."
    ways = {"high": ("high", max, "reaches highest"), "low": ("low", min, "goes lowest")}
    if ask.value in ways:
        end, pick, words = ways[ask.value]
        best = pick(reaches, key=lambda h: semitones_of(str(reaches[h][end])) or 0)
    else:
        pick, words = (min, "has the narrowest range") if ask.value == "narrow" else (max, "has the widest range")  # fmt: skip
        best = pick(reaches, key=lambda h: float(reaches[h]["semitones"]))
    return f"{labels[best]} {words}: {told}."


def pitching(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return by how much the second track must be sped up or slowed down to meet the first."""
    tempi = _tempi(handles[:2], found)
    if len(tempi) < 2:
        return "I couldn't find a tempo for both, so I can't say how far to pitch."
    moved, goal = handles[0], handles[1]
    if not re.search(r"\bto\b", ask.value):
        moved, goal = goal, moved
    change = tempi[goal]["bpm"] / tempi[moved]["bpm"] - 1
    slows = re.match(r"slow|pull", ask.value)
    if (slows and change > 0) or (re.match(r"speed|push", ask.value) and change < 0):
        moved, goal, change = goal, moved, 1 / (1 + change) - 1
    if abs(change) < 0.0005:
        return f"Nothing to do: both are at {say.bpm(tempi[goal]['bpm'])}."
    way = "faster" if change > 0 else "slower"
    told = (
        f"{labels[moved]} must run {abs(100 * change):.1f}% {way} to meet {labels[goal]}: "
        f"from {say.bpm(tempi[moved]['bpm'])} to {say.bpm(tempi[goal]['bpm'])}"
    )
    other = min((2.0, 0.5), key=lambda f: abs(tempi[goal]["bpm"] * f / tempi[moved]["bpm"] - 1))
    near = tempi[goal]["bpm"] * other / tempi[moved]["bpm"] - 1
    if abs(near) < abs(change):
        time = "double" if other > 1 else "half"
        told += f", or {abs(100 * near):.1f}% {'faster' if near > 0 else 'slower'} if it is counted in {time} time"
    return f"{told}."
