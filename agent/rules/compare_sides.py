"""What a comparison says of each track, and the answers made of its sides: how loud, who sings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.rules import say
from agent.rules.answer_loudness import decibels
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.say import Data

Found = Mapping[tuple[str, str], Finding]
"""What the tools said: (tool, handle) -> finding."""
SAME_TEMPO = 0.02
"""Within 2 % two tempi are one to most listeners."""
LOUDER = 1.0
"""Within a decibel two tracks are as loud as each other: less is hardly heard."""


def found_of(findings: Sequence[Finding]) -> Found:
    """Return what the tools said by tool and track; of a comparison, by what was measured of each."""
    found = {(f.tool, f.handle): f for f in findings if not f.error}
    for finding in findings:
        if finding.tool == "compare" and not finding.error:
            for side in finding.data.get("sides") or ():
                found |= _told_of(side, finding)
    return found


def _told_of(side: Data, finding: Finding) -> dict[tuple[str, str], Finding]:
    """Return one side of a comparison as if the tools of one track had told it."""
    measured, handle = side.get("measured") or {}, str(side["handle"])
    tempo = {"tempo": measured.get("tempo"), "beats": measured.get("beats")}
    parts = {
        "compare": {**side, "differences": finding.data.get("differences") or ()},
        "tempo": tempo,
        "key": {"key": measured.get("key")},
        "tags": {"tags": measured.get("tags")},
        "chords": {"most_used": [{"label": label} for label in side.get("chords") or ()]},
    }
    return {(tool, handle): replace(finding, tool=tool, data=data) for tool, data in parts.items()}


def side_of(found: Found, handle: str) -> Data:
    """Return what a comparison says of one track, empty where there was none."""
    finding = found.get(("compare", handle))
    return finding.data if finding else {}


def key_of_side(side: Data) -> tuple[str, str] | None:
    """Return tonic and mode of one side, None where no key is known."""
    key = (side.get("measured") or {}).get("key") or {}
    return (str(key["tonic"]), str(key["mode"])) if key.get("tonic") else None


def key_named(key: tuple[str, str]) -> str:
    """Return a key in words."""
    return f"{key[0]} {key[1]}"


def tags_of_side(side: Data, kind: str) -> list[str]:
    """Return the genres, moods or instruments that one side was tagged with, the surest first."""
    rows = ((side.get("measured") or {}).get("tags") or {}).get(kind) or ()
    return [str(row["label"]) for row in rows]


def meter_of_side(side: Data) -> str:
    """Return the meter of one side, "" where none is known."""
    return str(((side.get("measured") or {}).get("beats") or {}).get("meter") or "")


def voices(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return in which of the tracks somebody sings."""
    sung = {h: side_of(found, h).get("voice") for h in handles}
    if not all(sung.values()):
        return f"I can't tell of {say.join(labels[h] for h in handles if not sung[h])} whether someone sings."
    words = {"vocal": "has a voice", "instrumental": "is instrumental"}
    told = say.join(f"{labels[h]} {words.get(str(sung[h]), str(sung[h]))}" for h in handles)
    same = len(set(sung.values())) == 1
    return f"{('Yes: ' if same else 'No: ') if ask.polar and 'same' in ask.value else ''}{told}."


def loudness(
    ask: Ask, handles: list[str], labels: Mapping[str, str], found: Found, situation: Situation
) -> str:
    """Return which track is louder, and by how much."""
    sides = {h: side_of(found, h) for h in handles}
    known = {h: float(s["loudness"]) for h, s in sides.items() if s.get("loudness_unit") == "LUFS"}
    old = [labels[h] for h in handles if h not in known]
    if len(known) < 2:
        return f"I can't compare how loud they are: there is no LUFS of {say.join(old)}, heard before loudness was measured."
    rows = sorted(((v, h) for h, v in known.items()), reverse=True)
    (high, loud), (low, soft) = rows[0], rows[-1]
    told = say.join(f"{labels[h]} at {decibels(v, 'LUFS')}" for v, h in rows)
    told += f" (there is no LUFS of {say.join(old)})" if old else ""
    if high - low < LOUDER:
        return f"They are about as loud as each other: {told}."
    quiet = bool(re.search(r"quiet|soft", ask.value))
    wanted = soft if quiet else loud
    if len(rows) == 2:
        told += f", {high - low:.1f} LU apart"
    if ask.polar:
        return f"{'Yes' if handles[0] == wanted else 'No'}: {told}."
    words = ("the loudest", "the quietest") if len(rows) > 2 else ("louder", "quieter")
    return f"{labels[wanted]} is {words[quiet]}: {told}."
