"""Answers about new music: what was made, what is heard in it, and where it is."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from agent.rules import answer_talk, made_asks, say
from agent.rules.asks import Ask, Finding, Situation
from agent.rules.compare_sides import found_of, side_of
from agent.rules.generate_words import TOOLS
from agent.rules.sections import MISSING

SAME = 0.02
"""Tempi within 2 % are one tempo."""
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
    """Return what came of a request for new music, or what is told of a piece that was made."""
    if ask.aspect in made_asks.ASPECTS:
        made = _made(ask, situation)
        return (
            _saved(ask, made) if ask.aspect == "files" else _changed(ask, made, findings, situation)
        )
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
    opening = _OPENINGS[ask.aspect].format(
        piece=say.track_label(piece),
        length=say.clock(piece["duration"]),
        writer=_WRITERS.get(str(data["estimator"]).partition("/")[0], data["estimator"]),
        source=_label(str(data.get("from") or ""), situation) + _where(ask, data),
        place=say.clock(data.get("from_time") or 0.0),
    )
    said = [_missing(ask), opening, _heard(finding), *data.get("notes", ()), _files(data)]
    return " ".join(text for text in said if text)


# ---- inside -------------------------------------------------------------------------------------


def _label(handle: str, situation: Situation) -> str:
    track = situation.track(handle)
    return say.track_label({"title": track.title, "handle": handle}) if track else "it"


def _missing(ask: Ask) -> str:
    """Return that the section was not found that new music was to go with."""
    if ask.span is None or ask.span.unit != MISSING:
        return ""
    return f"I make out no {ask.span.words} in it, so this goes with all of it."


def _where(ask: Ask, data: Mapping[str, Any]) -> str:
    """Return between which times a piece plays along, "" where it does all through."""
    start, end = data.get("between") or (None, None)
    if start is None:
        return ""
    named = f" in {ask.span.words}" if ask.span and ask.span.words else ""
    until = f" to {say.clock(end)}" if end is not None else " on"
    return f"{named}, from {say.clock(start)}{until},"


def _made(ask: Ask, situation: Situation) -> Finding:
    """Return the finding of the piece that is asked about."""
    handle = ask.tracks[-1]
    return next(f for f in reversed(situation.earlier) if f.tool in TOOLS and f.handle == handle)


def _saved(ask: Ask, made: Finding) -> str:
    """Return where the files of a piece are."""
    files = made.data.get("files") or {}
    wanted = [form for form in (ask.value or ", ".join(files)).split(", ") if form in files]
    piece = say.track_label(made.data["piece"])
    named = [_NAMES.get(PurePath(str(files[form])).suffix, form) for form in wanted]
    told = f"{piece} was saved as {say.join(named)} when I made it: {say.join([str(files[f]) for f in wanted])}."
    written = set(wanted) & {"midi", "musicxml"}
    if written and made.tool in ("accompany", "continue_track"):
        told += " That holds what I wrote, without the recording."
    return told


_WAYS = {
    "variation": "I kept the form and the harmony as far as they fit what you asked for, and wrote the tune anew",
    "accompany": "I left the recording as it is and laid what I wrote under it",
    "continue_track": "I left the recording as it is up to {place}; what follows is new",
    "generate": "It is all new, and takes only what you asked for from that",
}
"""What each way of making music leaves and changes."""


def _changed(ask: Ask, made: Finding, findings: Sequence[Finding], situation: Situation) -> str:
    """Return what is otherwise in a piece than in the track that it was made from."""
    piece, source = say.track_label(made.data["piece"]), str(made.data.get("from") or "")
    if not source:
        return f"{piece} is all new: I made it from your words, not from another track."
    way = _WAYS[made.tool].format(place=say.clock(made.data.get("from_time") or 0.0))
    opening = f"Of {_label(source, situation)} I made {piece}. {way}."
    found = found_of(findings)
    old, new = side_of(found, source), side_of(found, made.handle)
    told: list[str] = []
    for name, noun in _HELD.items():
        was, now = old.get(name), new.get(name)
        if was and now and made.tool != "accompany":
            same = was == now if name != "bpm" else abs(now / was - 1) <= SAME
            heard = (
                f"is still {_value(name, now)}"
                if same
                else f"went from {_value(name, was)} to {_value(name, now)}"
            )
            told.append(f"as I hear it, the {noun} {heard}" if not told else f"the {noun} {heard}")
    joined = sorted(set(new.get("instruments") or ()) - set(old.get("instruments") or ()))
    if joined:
        told.append(f"I hear {say.join(joined)} that I don't hear in the other")
    return " ".join([opening, *(say.sentence(text) for text in told)])


_HELD = {"key": "key", "bpm": "tempo", "meter": "meter"}


def _value(name: str, value: Any) -> str:
    return f"{value:.0f} BPM" if name == "bpm" else str(value)


def _heard(finding: Finding) -> str:
    """Return the key, the tempo and the meter that were heard in it."""
    values: dict[str, Any] = {}
    for claim in finding.evidence:
        values.setdefault(str(claim.get("claim")), claim.get("value"))
    told = []
    asked = finding.data.get("asked") or {}
    if values.get("key") and list(asked.get("instruments") or ()) != ["drums"]:
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
