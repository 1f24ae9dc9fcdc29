"""The asks of a question put together: what a value alone asks for, and what stands in another's way."""

import re
from dataclasses import replace

from agent.rules.asks import Ask, is_measured
from agent.rules.details import HARMONY, asked_of, detail, labels, named_chords, relation
from agent.rules.lexicon import KINDS, find_bpm, find_church_mode, find_keys, find_quality

_USES = r"\b(?:chords?|use[sd]?|contains?|play(?:s|ed)?|have|has|any|there|include[sd]?|appears?|occurs?|come|comes|turns?|shows?|times|often|hear|feature[sd]?|with)\b"


def by_value(asks: list[Ask], blank: Ask, text: str, chords: tuple[str, ...]) -> list[Ask]:
    """Add what is asked by naming a value alone: "is it in D minor?", "any piano?", "any Am?"."""
    topics = {a.topic for a in asks}
    added: list[Ask] = []
    keys, named = find_keys(text), named_chords(text, chords)
    about_chords = named and (not keys or (HARMONY.search(text) or re.search(_USES, text)))
    if (
        "chords" not in topics
        and named
        and about_chords
        and "theory" not in topics
        and "key" not in topics
    ):
        added.append(detail(replace(blank, topic="chords"), text, chords))
    elif not topics & {"key", "chords", "theory"} and keys:
        added.append(replace(blank, topic="key", aspect="is", value=" or ".join(keys)))
    elif not topics & {"key"} and not asks and find_church_mode(text):
        added.append(replace(blank, topic="key", aspect="is", value=find_church_mode(text)))
    if not topics & {"chords"} and not added and not asks and find_quality(text):
        quality = find_quality(text)
        if quality not in ("major", "minor"):
            added.append(replace(blank, topic="chords", aspect="quality", value=quality))
    bpm = find_bpm(text)
    if bpm is not None and not topics & {"tempo"}:
        added.append(replace(blank, topic="tempo", aspect="is", value=relation(text) + f"{bpm:g}"))
    if not topics & {"key", "chords", "theory"} or not asks:
        added += _by_label(asks, blank, text)
    return asks + added


def general(asks: list[Ask], text: str) -> list[Ask]:
    """Return general asks with what can't be known marked: "who sings" is more than a tag."""
    kept = []
    for ask in asks:
        if ask.topic == "title" and re.search(r"\bwho\b", text):
            sung = re.search(r"\b(?:sings?|sang|singing|singer|vocalist|vocals|voice)\b", text)
            ask = replace(ask, aspect="artist", value="singer" if sung else "")
        kept.append(ask)
    titles = [a for a in kept if a.topic == "title"]
    if len(titles) > 1 and any(a.aspect == "" for a in titles):
        kept = [
            a for a in kept if a.topic != "title" or a.aspect == ""
        ]  # a title names who made it
    topics = [a.topic for a in kept]
    if "describe" in topics and len(topics) > 1:
        kept = [a for a in kept if a.topic != "describe"]
    return kept


def dedupe(asks: list[Ask]) -> list[Ask]:
    """Return the asks once each; a plain one goes where a particular one of its topic stands."""
    kept: list[Ask] = []
    for ask in asks:
        same = [a for a in kept if a.topic == ask.topic and a.tracks == ask.tracks]
        if any(a.aspect == ask.aspect and a.value == ask.value for a in same):
            continue
        kept.append(ask)
    return kept


def settled(asks: list[Ask]) -> list[Ask]:
    """Return the asks of a whole question without those that others of them make idle."""
    if any(is_measured(a) for a in asks):
        asks = [a for a in asks if a.topic != "talk"]
    if any(a.topic in ("stems", "notes", "export") for a in asks):
        asks = [a for a in asks if (a.topic, a.aspect) != ("unsupported", "generation")]
    asks = _steady_once(_voice_once(asks))
    moved = any(a.topic == "key" and a.aspect in ("transpose", "capo") for a in asks)
    return [a for a in asks if not (moved and a.topic == "key" and a.aspect == "")]


# ---- inside -------------------------------------------------------------------------------------


def _voice_once(asks: list[Ask]) -> list[Ask]:
    """Return "is it instrumental", "has it vocals" as one question, to which yes and no is no answer."""
    sides = [a for a in asks if (a.topic, a.aspect) == ("voice", "has")]
    both = {a.value for a in sides} == {"", "instrumental"}
    if not both or len({(a.tracks, a.span) for a in sides}) > 1:
        return asks
    one = replace(sides[0], value="", polar=False)
    return [one if a is sides[0] else a for a in asks if a is sides[0] or a not in sides]


def _steady_once(asks: list[Ask]) -> list[Ask]:
    """Return "is it steady or does it drift" as one question: the first of the two."""
    first = next((a for a in asks if (a.topic, a.aspect) == ("tempo", "steady")), None)
    again = [
        a
        for a in asks
        if first and a is not first and a == replace(first, value=a.value, polar=a.polar)
    ]
    if not first or not again:
        return asks
    return [replace(a, polar=False) if a is first else a for a in asks if a not in again]


def _by_label(asks: list[Ask], blank: Ask, text: str) -> list[Ask]:
    topics = {a.topic for a in asks}
    added: list[Ask] = []
    for kind in ("instruments", "genres", "moods"):
        named = [label for k, label in labels(text) if k == kind]
        if not named or kind in topics:
            continue
        if kind == "moods" and (topics & {"tempo", "meter"} or added):
            continue
        if topics & {"tempo", "meter", "key", "chords"} and not re.search(
            rf"\band (?:any |a |the |is there )?{_any(named[0], kind)}", text
        ):
            continue
        if named == ["hip hop"] and "voice" in topics:
            continue
        if kind == "instruments" and (
            topics & {"beats"} or ("voice" in topics and named == ["choir"])
        ):
            continue
        added.append(
            replace(blank, topic=kind, aspect=asked_of(named, text), value=", ".join(named))
        )
    return added


def _any(label: str, kind: str) -> str:
    return KINDS[kind][label].pattern
