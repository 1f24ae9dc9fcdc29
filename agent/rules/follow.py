"""Questions that lean on the last answer: how sure, again, and the same for another track or time."""

import re
from dataclasses import replace

from agent.rules.asks import LOUDNESS, Ask, Situation, Span, is_measured
from agent.rules.references import Reference, default_tracks

_FOLLOW = re.compile(
    r"^(?:(?:and|so|ok|okay|right|now|but|then|hmm|well|cool|thanks|great|nice|alright|yes|also),? )*"
    r"(?:what about|how about|and|what of|same (?:for|with|question(?: for)?|thing for|again for)|for|do (?:the same|that)(?: for| with)?|try|now|also|compared (?:to|with)|versus|vs|in|at|from|between|the same for|is it the same (?:for|in|with)|(?:ok|okay))?\b"
)


def at_place(tracks: tuple[str, ...], span: Span) -> Ask:
    """Return the plain question about a place: what happens there; of bars, the chords."""
    return Ask("chords" if span.unit == "bars" else "moment", "", tracks, span)


def about_answer(
    name: str, topics: list[tuple[str, str]], reference: Reference, situation: Situation
) -> list[Ask]:
    """Return a question about an answer: how sure, how known, say it again."""
    tracks = reference.handles or situation.focus or default_tracks(situation)
    if topics and name in ("sure", "how"):
        return [Ask(topic, name, tracks) for topic in dict.fromkeys(t for t, _ in topics)]
    last = [a for a in situation.asks if is_measured(a) or a.topic in ("theory", "recall")]
    if not last:
        return [Ask("talk", name)] if name != "again" else [Ask("unclear", "again")]
    if name == "again":
        return list(situation.asks)
    if name in ("where", "much", "list"):
        return _more(name, last, situation)
    if name == "explain":
        named = last[-1].aspect in ("relative", "parallel", "camelot", "signature", "capo")
        value = last[-1].aspect if named else last[-1].topic
        return [Ask("theory", "explain", value=value)]
    if name in ("sure", "how") and last[-1].topic == "theory":
        return [Ask("theory", name)]
    if reference.handles:
        last = [replace(a, tracks=reference.handles) for a in last]
    return [_about(name, a) for a in last]


def _about(name: str, ask: Ask) -> Ask:
    """Return how sure the answer to an ask is, or where it comes from; of a comparison, it again."""
    if (ask.topic, ask.aspect) == LOUDNESS:
        return replace(ask, value=name, polar=False)
    if ask.topic == "compare":
        return replace(ask, polar=False)
    return replace(ask, aspect=name, value="", polar=False)


def _more(name: str, last: list[Ask], situation: Situation) -> list[Ask]:
    """Return the last ask again, for where it holds or by how much it differs."""
    if name == "much":
        again = [a for a in last if a.topic == "compare"] or last
        return [replace(a, polar=False) for a in again]
    if name == "list":
        return [
            replace(a, aspect="count" if a.topic == "chords" else "", value="", polar=False)
            for a in last
        ]
    placed = [
        replace(a, aspect="when", polar=False)
        for a in last
        if a.topic in ("voice", "instruments", "genres", "moods")
        or (a.topic == "chords" and a.aspect in ("has", "times", "when"))
    ]
    return placed or [Ask("unclear")]


def follow_up(reference: Reference, situation: Situation, span: Span | None) -> list[Ask]:
    """Return the last question again for another track or time: "and the other one?"."""
    text = reference.text
    last = [a for a in situation.asks if is_measured(a) or a.topic in ("duration", "title")]
    if reference.kind == "none" and span is None:
        return []
    if not last:
        if span is not None:
            return [at_place((reference.handles or default_tracks(situation)), span)]
        if reference.kind in ("named", "other") and (_FOLLOW.match(text) or len(text.split()) < 6):
            return [Ask("tracks", "switch", reference.handles)]
        return []
    if len(re.sub(_FOLLOW, "", text).split()) > 8:
        return []
    asks = []
    for ask in last:
        tracks = reference.handles or ask.tracks or default_tracks(situation)
        if ask.topic == "compare" and len(tracks) == 1:
            continue
        aspect = "" if ask.aspect in ("sure", "how") and not reference.handles else ask.aspect
        topic = ask.topic
        if (topic, aspect) == LOUDNESS and span is not None:
            asks.append(Ask("moment", "level", tracks, span))
            continue
        if topic == "chords" and span is not None and aspect not in ("roman", "has", "when"):
            aspect = ""
        if topic == "chords" and aspect == "roman" and span is not None and span.unit != "bars":
            topic, aspect = "moment", ""
        bars = span is not None and span.unit == "bars" and topic != "chords"
        if span is not None and (bars or topic not in ("tempo", "key", "chords", "moment")):
            topic, aspect = ("chords" if span.unit == "bars" else "moment"), ""
        asks.append(replace(ask, topic=topic, aspect=aspect, tracks=tracks, span=span or ask.span))
    return asks
