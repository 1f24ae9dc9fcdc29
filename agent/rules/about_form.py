"""Questions that can only be about the form of a track, whatever else their words may mean."""

import re
from dataclasses import replace

from agent.rules import limits, patterns
from agent.rules.asks import Ask, Situation
from agent.rules.comparing import meant_tracks
from agent.rules.form_asks import AT, FIRM, LONGER_OF_TRACKS, OF_TRACKS, RETURNS, structure_asks
from agent.rules.references import find_reference
from agent.rules.section_words import section_named, section_span
from agent.rules.times import find_span


def form_question(text: str, situation: Situation) -> list[Ask]:
    """Return the asks of a question that can only be about the form: "what comes after the bridge"."""
    deed = limits.name_of(limits.DEEDS, text)
    section, _ = section_span(text)
    if (
        not section
        and not section_named(text)
        and not (deed and deed[0] == "structure")
        and not AT.search(text)
    ):
        return []
    span, rest = (None, text) if section else find_span(text)
    reference = find_reference(rest, situation)
    ask = Ask("structure", "", meant_tracks(reference, situation))
    everyone = tuple(t.handle for t in situation.tracks[:4])
    if len(everyone) > 1 and OF_TRACKS.search(text):
        return [replace(ask, tracks=everyone)]
    if len(everyone) > 1 and LONGER_OF_TRACKS.search(text):
        return [replace(ask, aspect="length", tracks=everyone, value=section_named(text))]
    if span is not None and span.unit != "bars" and AT.search(rest):
        return structure_asks(rest, replace(ask, span=span))
    hits = {h[:2] for h in patterns.match_rules(text, patterns.TOPICS)}
    beside = {("chords", "loop")} if RETURNS.search(text) else set()
    if section_named(text) and not re.search(r"\b(?:chords?|harmony|progression)\b", text):
        beside |= {("chords", a) for a in ("next", "previous", "first", "last")}
    if hits - beside:
        return []
    if limits.name_of(limits.DECLINES, text):
        return []
    asks = structure_asks(text, ask)
    lettered = [a for a in asks if len(a.value) == 1 and a.aspect]
    return lettered or [a for a in asks if a.aspect in FIRM or (hits and a.aspect)]
