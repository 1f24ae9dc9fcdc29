"""The answer of the small model, sentence by sentence, held to the facts it was given.

The rules compute an answer from the same tool results (`draft`). The model says it in its own words;
a sentence with a word or a figure of its own is not said, and an answer that leaves
out what was asked gives way to the draft.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from agent.grounding import cited
from agent.open_tracks import OpenTrack
from agent.rules.answer import answer, declined
from agent.rules.asks import CLOSER, Ask, Finding, Situation
from agent.rules.library_asks import TOOLS as LIBRARY_TOOLS
from agent.rules.say import track_label

log = logging.getLogger(__name__)

DEEDS = frozenset({"stems", "notes", "export", "listen", "recall", "tracks", "unclear"})
DEEDS |= frozenset((*LIBRARY_TOOLS, CLOSER))
"""Topics whose answers name files, list what was found, or reckon: they are told as computed."""
LONGEST_DRAFT = 700
"""Characters; what is longer is a list, and copied by nobody without a slip."""
_WORDED = ("result:", "problem:")
"""Lines of a brief that are sentences already, worked out by the rules."""
_TOKEN = re.compile(r"[^\W_][\w.:/#'’-]*[^\W_]|[^\W_]|[%#]")
_SMALL_WORDS = frozenset(
    "a an the and or but as at in on of to for from with by is are it its it's that this there then"
    " so while both each than too also about around here i i'd i'm hear one two not no yes".split()
)
_LABEL = re.compile(r'"[^"]+" \((#\d+)\)')
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“#¿])")


@dataclass(frozen=True)
class Draft:
    """The rules' answer, and what it rests on; `computed` where nobody should reword it."""

    text: str
    declined: bool
    computed: bool
    claims: tuple[dict[str, Any], ...]

    @classmethod
    def of(
        cls, text: str, declined: bool, asks: tuple[Ask, ...], findings: tuple[Finding, ...]
    ) -> "Draft":
        """Return the draft with that text."""
        failed = any(finding.error for finding in findings)
        deed = any(a.topic in DEEDS for a in asks)
        # where one part is declined, or each part is of another track, a part is easily lost
        mixed = len(asks) > 1 and (declined or len({a.tracks for a in asks if a.tracks}) > 1)
        mixed |= len({a.span for a in asks if a.span}) > 1  # of two places one is easily left out
        # of several tracks one is easily told under the name of another
        mixed |= any(len(a.tracks) > 1 for a in asks)
        computed = failed or deed or mixed or len(text) > LONGEST_DRAFT
        claims = tuple(dict(c) for finding in findings for c in finding.evidence)
        return cls(text, declined, computed, claims)


def draft(asks: tuple[Ask, ...], findings: tuple[Finding, ...], situation: Situation) -> Draft:
    """Return the rules' answer to the asks of a turn."""
    try:
        text = answer(asks, findings, situation)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # A value that the model made up can be of a form that no rule ever wrote.
        log.exception("no answer to %s", asks)
        asks = tuple(replace(a, aspect="", value="", span=None, versus=None) for a in asks)
        text = answer(asks, findings, situation)
    return Draft.of(text, declined(asks, text), asks, findings)


def sentences(
    pieces: Iterable[str], told: Draft, words: frozenset[str], holds: Callable[[str], bool]
) -> Iterator[str]:
    """Yield the model's answer as far as its sentences hold, else the draft.

    Nothing is said before what was written states a fact that was asked for; a first sentence that
    does not hold ends it at once. What the model left out is told in the draft's sentences.

    Parameters
    ----------
    pieces : the model's answer as it comes
    words : what it may be made of (`register`)
    holds : tells whether a sentence is grounded in all that was measured (`agent.grounding`)
    """
    held: list[str] = []
    asked = _stated(told.text, told)
    drafted = [_stated(sentence, told) & asked for sentence in _SENTENCE.split(told.text)]
    released = False

    def halves(text: str) -> bool:
        """Tell whether a sentence of the draft is said in part: told after it, it repeats that."""
        said = _stated(text, told)
        return any(facts & said and facts - said for facts in drafted)

    for part in _parts(pieces):
        if part in held:
            continue
        if not (supported(part, words) and holds(part)):
            if not held:
                break
            continue
        if released and halves(f"{' '.join(held)} {part}"):
            continue
        stated = _stated(part, told)
        if held and stated and stated <= _stated(" ".join(held), told):
            continue  # said before, and seldom better the second time
        held.append(part)
        if released:
            yield f" {part}"
            continue
        said = " ".join(held)
        if not asked or (asked & _stated(said, told) and not halves(said)):
            released = True
            yield said
    if not released:
        yield told.text
        return
    said = " ".join(held)
    for sentence in _SENTENCE.split(told.text):
        if (_stated(sentence, told) & asked) - _stated(said, told):
            yield f" {sentence}"
            said += f" {sentence}"


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the sentences of a text as it comes."""
    rest = ""
    for piece in pieces:
        rest += piece
        *whole, rest = _SENTENCE.split(rest)
        yield from (p for p in whole if p.strip())
    if rest.strip():
        yield rest.strip()


def register(asks: Iterable[Ask], told: Draft, facts: str) -> frozenset[str]:
    """Return the words and figures that an answer may be made of, in small letters.

    Those of the rules' answer and of the hand-written wordings of its facts: a small model that
    leaves them says what nobody meant ("84% of the time" of a confidence).
    """
    from agent.embedded.wording import ways_to_say

    texts = [told.text, *(line for line in facts.splitlines() if line.startswith("#"))]
    for ask in asks:
        aspect = f"{ask.topic}.{ask.aspect}" if ask.aspect else ask.topic
        for line in facts.splitlines():
            texts += ways_to_say(line, aspect, ask.polar, {}, ask.value)
    return frozenset(t.lower() for text in texts for t in _TOKEN.findall(text)) | _SMALL_WORDS


def complete(text: str, told: Draft) -> bool:
    """Tell whether an answer states what the draft states: the same kinds of facts of each track."""
    return told.declined or _stated(told.text, told) <= _stated(text, told)


def _stated(text: str, told: Draft) -> set[tuple[str, str]]:
    """Return the kinds of facts that a text states, each with its track."""
    return {(c["claim"], c["track"]) for c in cited(text, told.claims)}


def supported(sentence: str, words: frozenset[str]) -> bool:
    """Tell whether a sentence is made of words and figures that it may be made of."""
    quoted = sentence.count('"') % 2 == 0
    return quoted and all(token.lower() in words for token in _TOKEN.findall(sentence))


def rightly_named(sentence: str, tracks: Iterable[OpenTrack]) -> bool:
    """Tell whether each title that a sentence gives with a handle is that of this track.

    Titles and handles are words that a sentence may use, so the words alone do not tell.
    """
    labels = {t.handle: track_label({"title": t.title, "handle": t.handle}) for t in tracks}
    return all(labels.get(m[1], m[0]) == m[0] for m in _LABEL.finditer(sentence))


def worth_wording(facts: str) -> bool:
    """Tell whether some fact is not a sentence yet."""
    lines = [line for line in facts.splitlines() if not line.startswith("#")]
    return any(not line.startswith(_WORDED) for line in lines)
