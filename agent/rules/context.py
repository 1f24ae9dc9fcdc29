"""The conversation so far, folded into what a new question leans on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.rules import generate_asks
from agent.rules.asks import Ask, Finding, Situation, Turn, is_measured
from agent.rules.plan import after_opening
from agent.rules.sections import MISSING, placed
from agent.rules.thread import loudest_stem
from agent.rules.understand import understand

KEPT = 40
"""Findings of earlier turns that are kept in view, and turns that are read again."""


@dataclass(frozen=True)
class Past:
    """A conversation up to its last question.

    Parameters
    ----------
    situation : what that question may lean on
    before : what the question before it asked, none for the first
    focus : the tracks that were in focus then
    """

    situation: Situation
    before: tuple[Ask, ...] = ()
    focus: tuple[str, ...] = ()


def fold(
    turns: Sequence[Turn], situation: Situation, noted: Sequence[tuple[Ask, ...]] = ()
) -> Past:
    """Return what earlier turns leave behind: what was asked last, of which track, at what time.

    Parameters
    ----------
    noted : what each question was read as then; one of which that is not known is read again
    """
    past = Past(situation)
    asked = [*noted, *[()] * (len(turns) - len(noted))]
    for turn, read_as in list(zip(turns, asked, strict=True))[-KEPT:]:
        before = read_as or understand(turn.question, past.situation)
        asks = resolve(before, turn.findings, past.situation)
        past = Past(after(asks, turn.findings, past.situation), before, past.situation.focus)
    return past


def resolve(
    asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation
) -> tuple[Ask, ...]:
    """Return the asks with the tracks that were opened, and the sections found, in place."""
    asks = placed(asks, (*situation.earlier, *findings))
    asks = tuple(_found_title(a, findings) for a in asks)
    if not any(a.topic == "listen" for a in asks):
        return asks
    opening = tuple(a for a in asks if a.topic == "listen")
    return (*opening, *after_opening(asks, findings, situation))


def _found_title(ask: Ask, findings: tuple[Finding, ...]) -> Ask:
    """Return an ask for what is like a title with the track that a search has found to bear it."""
    if ask.topic != "similar" or ask.tracks or not ask.value:
        return ask
    for finding in findings:
        for hit in finding.data.get("hits") or () if finding.tool == "search_library" else ():
            if str(hit.get("title", "")).casefold() == ask.value.casefold() and hit.get("handle"):
                return replace(ask, tracks=(str(hit["handle"]),), value="")
    return ask


def after(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> Situation:
    """Return the situation after a turn."""
    opened = tuple(
        str(t["handle"])
        for f in findings
        if f.tool == "listen"
        for t in f.data.get("tracks", ())
        if t.get("handle")
    )
    opened += tuple(f.handle for f in findings if f.tool in generate_asks.TOOLS and f.handle)
    named = [a.tracks for a in asks if a.tracks]
    focus = opened or (named[-1] if named else situation.focus)
    if not opened and asks and asks[-1].topic == "compare":
        focus = winner(asks[-1], findings, situation) or asks[-1].tracks
    lasting = tuple(
        a
        for a in asks
        if is_measured(a) or a.topic not in ("talk", "unclear", "decline", "unsupported", "listen")
    )
    lasting = tuple(_named_stem(a, findings) for a in lasting)
    switched = any(a.topic == "tracks" for a in lasting)
    places = (a.span for a in reversed(lasting) if a.span is not None)
    span = next((place for place in places if place.unit != MISSING), None)
    return replace(
        situation,
        asks=situation.asks if switched or not lasting else lasting,
        focus=focus,
        span=span if lasting and not switched else situation.span,
        earlier=(*situation.earlier, *findings)[-KEPT:],
        offered=situation.offered or any(_offers(a) for a in asks),
    )


def _offers(ask: Ask) -> bool:
    """Tell whether the answer to an ask says what else can be asked."""
    return ask.topic in ("decline", "unclear") or (ask.topic, ask.aspect) in _SAYS_ALL


_SAYS_ALL = (("talk", "help"), ("talk", "who"), ("talk", "unlike"))


def _named_stem(ask: Ask, findings: tuple[Finding, ...]) -> Ask:
    """Return the ask for the loudest stem as one for the stem that it is: "that one" means it."""
    if ask.topic != "stems" or ask.aspect not in ("loudest", "quietest"):
        return ask
    levels = [f.data.get("levels") or {} for f in findings if f.tool == "separate" and not f.error]
    name = ask.stem or (loudest_stem(levels[-1], ask.aspect == "quietest") if levels else "")
    return replace(ask, aspect="", value=name, stem="")


def winner(ask: Ask, findings: tuple[Finding, ...], situation: Situation) -> tuple[str, ...]:
    """Return the track that "it" means after a comparison: the one asked about, or the one found."""
    if ask.polar and len(ask.tracks) == 2 and ask.aspect in ("tempo", "duration", "moods"):
        return ask.tracks[:1]
    values: dict[str, float] = {}
    if ask.aspect == "tempo":
        sides = [s for f in findings if f.tool == "compare" for s in f.data.get("sides") or ()]
        values = {s["handle"]: float(s["bpm"]) for s in sides if s.get("bpm")}
    elif ask.aspect == "duration":
        values = {t.handle: t.duration for t in situation.tracks if t.handle in ask.tracks}
    if len(values) < 2 or not re.search(r"er\b|est\b", ask.value):
        return ()
    least = re.search(r"slow|short|lower|lowest", ask.value)
    return ((min if least else max)(values, key=lambda h: values[h]),)
