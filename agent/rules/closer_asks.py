"""Questions about one track that ask for more than the heads they are read as can tell.

"List the chords from start to finish" is read as the head ``chords``, whose answer is the loop; "is
there a bass throughout" as ``instruments.has``, though no tagger has a word for a bass. Both readers
know the heads alone, so their words are looked at once more after the reading, as for loudness
(`agent.rules.loudness_asks`): `done` puts an ask of the topic ``closer`` in the place of what was
read, or the head that was meant. `agent.rules.answer_closer` words the answers.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from agent.rules.answer import answer
from agent.rules.asks import CLOSER, Ask, Situation
from agent.rules.closer_calls import tool_of
from agent.rules.closer_words import CLOSERS, FROM_END_TO_END, Closer
from agent.rules.lexicon import find_chords
from agent.rules.references import default_tracks, find_reference
from agent.rules.section_words import section_span
from agent.rules.times import find_span
from agent.rules.wording import plain

_ELSEWHERE = frozenset("listen recall library similar playlist note generate tracks export".split())
"""Topics of which nothing is looked at again; a file is a deed, and done as it was read."""
LONGEST = 400
"""Characters that are looked at; what is longer tells a story, and asks more than one thing."""
_SETTLED = {
    ("decline", "elsewhere"),
    ("theory", "define"),
    ("theory", "explain"),
    ("theory", "kind"),
    ("decline", "at large"),
    ("moment", "key"),
    ("stems", "loudest"),
    ("stems", "quietest"),
}
"""Heads that stay what they are: of a piece not open, of a word, of two places, of stems made."""
_BLURB = re.compile(r"\b(?:sentences?|(?:one|two)[- ]liners?|blurb)\b")
"""What is written in words, though it is ordered as new music is."""
_JOINED = re.compile(r"[;&]|[?.!] \S|,? \b(?:and|then|plus|also)\b (?!(?:not|what notes)\b)")


def done(asks: Iterable[Ask], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return asks with what a closer question means in the place of what was read."""
    asks = tuple(asks)
    text = plain(question[:LONGEST])
    if not situation.tracks or any(a.topic == "compare" and len(a.tracks) > 1 for a in asks):
        return asks
    if any(a.topic in _ELSEWHERE for a in asks) and not _BLURB.search(text):
        return asks
    if any((a.topic, a.aspect) in _SETTLED for a in asks):
        return asks
    tracks = _tracks(asks, text, situation)
    if not tracks:
        return asks
    if spelled := _spelled_again(text, situation):
        return (spelled,)
    if other := _other_end(text, situation):
        return (other,)
    found = [(c, ask) for c in CLOSERS if (ask := _read(c, text, asks, tracks, situation))]
    if not found:
        return asks
    closer, ask = found[0]
    rest = asks if _JOINED.search(text) else ()
    replaced = {*closer.of.split(), "unclear", "talk", "compare"}
    kept = [a for a in rest if a.topic not in replaced]
    return (*kept, ask)


# ---- inside -------------------------------------------------------------------------------------


def _tracks(asks: tuple[Ask, ...], text: str, situation: Situation) -> tuple[str, ...]:
    named = next((a.tracks for a in asks if a.tracks), ())
    if named:
        return named
    reference = find_reference(text, situation)
    handles = reference.handles or default_tracks(situation)
    return handles if len(handles) == 1 and reference.kind != "missing" else ()


def _read(
    closer: Closer, text: str, asks: tuple[Ask, ...], tracks: tuple[str, ...], situation: Situation
) -> Ask | None:
    """Return the ask of a question that is of a kind, None where it is not."""
    found = [re.search(pattern, text) for pattern in closer.words]
    if not all(found) or (closer.no and re.search(closer.no, text)):
        return None
    values = (m["value"] for m in found if m and "value" in m.re.groupindex and m["value"])
    value = closer.value(text) if closer.value else next(values, "")
    if closer.name == "stem levels":
        value = value or _way(text)
    topic, _, aspect = closer.name.rpartition(".")
    if topic == "moment":
        place = find_span(text)[0]
        here = place is not None and place.unit == "seconds" and "moment" in situation.tools
        return Ask(topic, "", tracks, place) if here else None
    if topic == "sound":
        return Ask(topic, "", tracks, value=value) if "tags" in situation.tools else None
    if topic and any((a.topic, a.aspect) == (topic, aspect) for a in asks):
        return None  # read so already, with its place
    if closer.name == "unsupported.swing":
        return Ask(topic, aspect)
    if closer.name == "instruments.when":
        return (
            Ask(topic, aspect, tracks, value=value) if value and "tags" in situation.tools else None
        )
    if closer.name == "loudness.loudest":
        return Ask(topic, aspect, tracks) if "loudness" in situation.tools else None
    if topic:
        return Ask(topic, aspect, tracks) if topic in situation.tools else None
    if tool_of(closer.name) not in situation.tools:
        return None
    if closer.name in ("in key", "to note") and not value:
        return None
    if closer.name == "lead instrument":
        return _instruments(text, tracks)
    if closer.name == "spelled" and find_chords(text) and value == "each":
        return None  # "the notes of a G chord": theory
    if closer.name in (
        "direction",
        "spelled",
        "listed",
        "form",
        "often",
        "first notes",
        "nashville",
    ):
        place, whole = find_span(text)[0], re.search(FROM_END_TO_END, text)
        if section_span(text)[0] is not None or (place is not None and not whole):
            return None  # of a place: the tool is asked of that
    return Ask(CLOSER, closer.name, tracks, value=value)


def _way(text: str) -> str:
    """Return which of the stems a question wants: "quietest", or "" for the loudest."""
    return "quietest" if re.search(r"\b(?:quietest|softest|faintest)\b", text) else ""


def _instruments(text: str, tracks: tuple[str, ...]) -> Ask:
    """Return what asks for the instruments, in the place that is named."""
    span = find_span(text)[0] or section_span(text)[0]
    if span is None or span.unit == "bars":
        return Ask("instruments", "", tracks)
    return Ask("moment", "instruments", tracks, span)


_AGAIN = re.compile(
    r"^(?:(?:and|so|ok|okay|then|now|but|please|can you|could you|tell me|give me|i mean),? )*(?:"
    r"(?:what|which)(?: are)?(?: the)? notes (?:are|is|make|does|do|of)?\b.{0,24}\b(?:it|that|this|that one|this one|the chord|that chord|this chord)(?: (?:use|have|contain|consist of|made of|made up of))?"
    r"|(?:spell|break down|name the notes (?:of|in)) (?:it|that|this)(?: (?:one|chord))?(?: out)?"
    r"|(?:what|which) (?:is|are) (?:the|its) notes(?: (?:in|of) (?:it|that|this)(?: (?:one|chord))?)?|its notes|what is (?:it|that(?: (?:one|chord))?|that chord) (?:made (?:up )?of|spelled)"
    r"|how (?:is|do you spell) (?:it|that|that one|that chord)(?: spel(?:led|t))?|what (?:is|notes are) in (?:it|that one|that chord|there)"
    r")(?: (?:please|then|exactly|again|too|made of))*[ ?.!]*$"
)
_OTHER_END = re.compile(
    r"^(?:(?:and|but|ok|so|which|what|who|one|is|are|the)[ ,]*)*(?P<way>loudest|quietest|softest|faintest|least|weakest)(?: (?:one|stem|loud|of all|of them|then))*[ ?.!]*$"
)
_LATER = ("next", "follows", "precedes", "previous")
"""Aspects whose answer names the chord that was asked for after another."""


def _other_end(text: str, situation: Situation) -> Ask | None:
    """Return the quietest of the stems whose levels were just told: "and the quietest?"."""
    last = situation.did[-1] if situation.did else None
    found = _OTHER_END.match(text)
    if last is None or (last.topic, last.aspect) != (CLOSER, "stem levels") or not found:
        return None
    return replace(last, value="" if found["way"] == "loudest" else "quietest")


def _spelled_again(text: str, situation: Situation) -> Ask | None:
    """Return the notes of the chord that the last answer told, where "its notes" are asked for."""
    last = situation.asks[-1] if situation.asks else None
    if last is None or last.topic not in ("chords", "theory") or not _AGAIN.search(text):
        return None
    if last.topic == "theory":
        return last if last.aspect == "chord notes" else None
    named = find_chords(answer((last,), situation.earlier, situation).split(" (")[0])
    if not named or (len(set(named)) > 1 and last.aspect in ("", "loop") and last.span is None):
        return None
    chord = named[-1] if last.aspect in _LATER else named[0]
    return Ask("theory", "chord notes", value=chord)
