"""Answers about new music: what was made, what is heard in it, and where it is."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from agent.rules import answer_talk, say
from agent.rules.asks import Ask, Finding, Situation

_WRITERS = {
    "composer": "the composer of rules",
    "transformer": "the Music Transformer",
}
_NAMES = {".flac": "FLAC", ".mid": "MIDI", ".musicxml": "MusicXML"}
_OPENINGS = {
    "generate": "I made {piece}, {length} long, by {writer}.",
    "continue_track": "I went on from {source} at {place}: {piece}, {length} long in all, by {writer}.",
    "variation": "I made a new version of {source}: {piece}, {length} long, by {writer}.",
    "accompany": "I play along with {source} in {piece}, {length} long, by {writer}.",
}


def answer(ask: Ask, findings: Sequence[Finding], situation: Situation) -> str:
    """Return what came of a request for new music."""
    found = [f for f in findings if f.tool == ask.aspect]
    if not found:
        if ask.aspect != "generate" and not situation.tracks:
            return answer_talk.no_track(ask)
        if ask.aspect != "generate" and not ask.tracks:
            return answer_talk.ask_which(ask, situation)
        return answer_talk.no_tool(ask, (ask.aspect,))
    finding = found[-1]
    if finding.error:
        return say.sentence(finding.error)
    data = finding.data
    piece = data["piece"]
    source = situation.track(str(data.get("from") or ""))
    opening = _OPENINGS[ask.aspect].format(
        piece=say.track_label(piece),
        length=say.clock(piece["duration"]),
        writer=_WRITERS.get(str(data["estimator"]).partition("/")[0], data["estimator"]),
        source=say.track_label({"title": source.title, "handle": source.handle})
        if source
        else "it",
        place=say.clock(data.get("from_time") or 0.0),
    )
    said = [opening, _heard(finding), *data.get("notes", ()), _files(data)]
    return " ".join(text for text in said if text)


def _heard(finding: Finding) -> str:
    """Return the key, the tempo and the meter that were heard in it."""
    values: dict[str, Any] = {}
    for claim in finding.evidence:
        values.setdefault(str(claim.get("claim")), claim.get("value"))
    told = []
    if values.get("key"):
        told.append(str(values["key"]))
    if values.get("bpm"):
        told.append(f"{float(values['bpm']):.0f} BPM")
    honoured = finding.data.get("honoured") or {}
    if values.get("meter") and honoured.get("meter", True) is not None:  # 5/4 is never named
        told.append(str(values["meter"]))
    return f"Listening to it, I hear {say.join(told)}." if told else ""


def _files(data: Mapping[str, Any]) -> str:
    files = data.get("files") or {}
    if not files:
        return ""
    named = [_NAMES.get(PurePath(str(file)).suffix, form) for form, file in files.items()]
    return f"Saved as {say.join(named)}: {files['audio']}."
