"""Whether a question asks for what can't be heard or isn't done, or only touches it."""

import re

from agent.rules import details as narrow
from agent.rules import limits, parts
from agent.rules.asks import Ask, Span

_BESIDE = frozenset(("origin", "sales", "year", "fame", "file"))
"""Limits whose words often stand beside a question that can be answered; the topic wins then."""

_PHYSICAL = frozenset(("tempo", "meter", "beats", "key", "chords", "genres", "moods"))
"""Topics that a word for gear or playing leaves untouched, as "instruments" and "voice" do not."""

_WRITTEN = re.compile(r"\b(?:midi|transcri\w+|sheet|notation|score|musicxml|write|notate)\b")
"""Words of music that is written down, not made up."""

_ORDERED = re.compile(r"(?:^|\b(?:you(?: to)?|please|and|then|just|now|me))[ ,]*$")
"""What stands before a verb that tells the program to do something."""


def limited(
    text: str, tracks: tuple[str, ...], hits: list[tuple[str, str]], span: Span | None
) -> list[Ask]:
    """Return what can't be heard or isn't done, unless the question is really about a topic.

    Parameters
    ----------
    hits : (topic, aspect) of the topics that the question touches
    span : the time that it names
    """
    topics = [topic for topic, _ in hits]
    deed = _deed(text, hits, span is not None)
    declined = _declined(text, topics)
    if deed and deed[0] == "export" and declined and declined[0] == "file":
        declined = None  # which files can be written, not which file it was
    if deed and not (declined and declined[1].start() < deed[1].start()):
        asks = _done(deed, text, tracks, span)
        if asks and not (deed[0] == "export" and asks[0].topic != "export" and len(topics) > 1):
            return asks
    if declined:
        return _all_declined(text, tracks, declined) if len(topics) < 2 else []
    off = limits.OFF_TOPIC.search(text)
    return [Ask("decline", "off topic", tracks)] if off and not topics else []


def _done(
    deed: tuple[str, re.Match[str]], text: str, tracks: tuple[str, ...], span: Span | None
) -> list[Ask]:
    """Return the asks for a deed, or that it is not done here."""
    name, match = deed
    if name in parts.DONE:
        return parts.part_asks(name, text, match, tracks, span)
    return [Ask("unsupported", name, tracks, value=match.group())]


def _deed(text: str, hits: list[tuple[str, str]], placed: bool) -> tuple[str, re.Match[str]] | None:
    found = limits.name_of(limits.DEEDS, text)
    if not found:
        return None
    made = re.search(dict(limits.DEEDS)["generation"], text)
    if made and found[0] in ("notes", "melody") and not _WRITTEN.search(text):
        if _ORDERED.search(text[: made.start()]):
            return "generation", made
    name, match = found
    solo = name == "structure" and match.group().startswith("solo ") and narrow.labels(text)
    loud = name == "loudness" and placed
    beside: bool = name in ("structure", "build", "swing", "spectrum", "loudness") and bool(hits)
    if name == "structure" and hits == [("beats", "count")]:
        beside = False  # how many bars a section has
    if name == "structure" and re.match(r"structure|song form|form of|what form", match.group()):
        beside = False
    if name == "build":
        beside = bool({topic for topic, _ in hits} - {"moods"})
    if name == "generation" and hits and not _ORDERED.search(text[: match.start()]):
        beside = True
    if name in ("notes", "melody") and re.search(r"\b(?:scale|key|chords?|tempo|bpm)\b", text):
        beside = bool(hits) and not re.match(r"midi|transcri|sheet|tab", match.group())
    if name == "notes" and re.search(r"\btab(?:s|lature)?\b", match.group()):
        return "tabs", match
    return None if solo or loud or beside else found


def _declined(text: str, topics: list[str]) -> tuple[str, re.Match[str]] | None:
    found = limits.name_of(limits.DECLINES, text)
    if not found:
        return None
    name = found[0]
    if name == "tuning" and re.search(
        r"\b(?:808|root|my (?:kick|bass|drums?|synth|samples?))\b", text
    ):
        return None  # tuning something else to the track
    if name in ("gear", "technique", "level of skill") and _PHYSICAL & set(topics):
        return None
    if name == "lyrics meaning" and topics[:1] == ["voice"]:
        return found
    firm = name == "year" or found[1].group().startswith("how old")
    return None if name in _BESIDE and topics and not firm else found


def _all_declined(
    text: str, tracks: tuple[str, ...], first: tuple[str, re.Match[str]]
) -> list[Ask]:
    """Return a decline, and a second one where the rest of the question asks for another."""
    name, match = first
    kept = [Ask("decline", name, tracks, value=match.group())]
    rest = text[: match.start()] + " " + text[match.end() :]
    more = limits.name_of(limits.DECLINES, rest)
    if more and more[0] != name:
        kept.append(Ask("decline", more[0], tracks, value=more[1].group()))
    return kept
