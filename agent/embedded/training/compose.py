"""Answers as a good musician gives them, made from the lines of a brief.

Each line is said in words written by hand (`agent.embedded.wording`, and the longer forms
below); a line that has none is said as the rules say it. Nothing is told that the brief does not
hold: `strays` finds what would be.
"""

import random
import re

from agent.embedded.answering import complete, draft
from agent.embedded.brief import brief
from agent.embedded.training.compose_long import described, form_ways, moment_ways
from agent.embedded.wording import ways_to_say
from agent.grounding import SMALL, Prose
from agent.rules.asks import Ask, Finding, Situation
from tools.vocabulary import vocabulary

MOST_WORDS = 110
SHORT_QUESTION = 4
"""Words; such a question gets the shorter wordings."""

_NAMED = re.compile(r'(#\d+) (".*")')
_CHORD = re.compile(
    r"(?<![\w#'])[A-G](?:#|b)?(?:maj|min|m|dim|aug|sus|add|M|\d|\(|\)|ø|°|\+|b\d|#\d)*(?:/[A-G](?:#|b)?)?(?![\w#'])"
)
_TITLE = re.compile(r'"[^"]*"')


def compose(
    question: str,
    asks: tuple[Ask, ...],
    findings: tuple[Finding, ...],
    situation: Situation,
    dice: random.Random,
) -> str:
    """Return the answer to a question, "" where there is none that is fit to learn from.

    Parameters
    ----------
    asks, findings, situation : as for `agent.embedded.brief.brief`
    """
    told = draft(asks, findings, situation)
    facts = brief(asks, findings, situation)
    own = _worded(question, facts, asks, situation, dice)
    for text in (own, told.text):
        if text and len(text.split()) <= MOST_WORDS and not strays(text, facts):
            if text is told.text or complete(text, told):
                return text
    return ""


def strays(text: str, facts: str) -> list[str]:
    """Return the figures, keys, chords, times, labels and counts of a text that facts lack."""
    said, known = Prose(_TITLE.sub("", text)), Prose(facts)
    lost: list[object] = [
        *(said.keys - known.keys),
        *(said.times - known.times),
        *(said.meters - known.meters),
        *(n for n in said.numbers if n not in known.numbers),
        *(_chords(text) - _chords(facts)),
        *(w for w in _labels() if said.names(w) and not known.names(w)),
        *(w for w in SMALL[2:] if said.names(w) and not known.names(w) and not _held(w, facts)),
    ]
    return [str(item) for item in lost]


# ---- inside -------------------------------------------------------------------------------------


def _worded(
    question: str,
    facts: str,
    asks: tuple[Ask, ...],
    situation: Situation,
    dice: random.Random,
) -> str:
    """Return the lines of a brief in words, "" where one of them has none."""
    lines = facts.splitlines()
    titles = {m[1]: m[2] for line in lines if (m := _NAMED.fullmatch(line))}
    lines = [line for line in lines if not _NAMED.fullmatch(line)]
    names = _names(asks, titles, situation, dice)
    if text := described(lines, names, dice):
        return text
    told: list[str] = []
    for line in lines:
        ask = _asked(line, asks)
        aspect = f"{ask.topic}.{ask.aspect}"
        ways = ways_to_say(line, aspect, ask.polar, names, ask.value)
        ways = ways or moment_ways(line, names) or form_ways(line, names)
        if not ways:
            return ""
        if len(question.split()) <= SHORT_QUESTION:
            ways = sorted(ways, key=len)[: (len(ways) + 1) // 2 + 1]
        told.append(dice.choice(ways))
    return " ".join(told)


def _asked(line: str, asks: tuple[Ask, ...]) -> Ask:
    """Return the ask that a line answers: the one of its topic, else the first."""
    topic = line.partition(" ")[0]
    topic = {"at": "moment", "form": "structure", "text": "caption"}.get(topic, topic)
    rest = [a for a in asks if a.topic == topic]
    return rest[0] if rest else asks[0] if asks else Ask("unclear")


def _names(
    asks: tuple[Ask, ...], titles: dict[str, str], situation: Situation, dice: random.Random
) -> dict[str, str]:
    """Return what to call each track: "It" where only one can be meant."""
    handles = {h for a in asks for h in a.tracks}
    if len(situation.tracks) < 2 or (len(handles) == 1 and tuple(handles) == situation.focus):
        return {}
    full = dice.random() < 0.5
    return {h: (f"{titles[h]} ({h})" if full else titles[h]) if h in titles else h for h in handles}


def _chords(text: str) -> set[str]:
    """Return the chords of a text, but for a letter that may be a word or a part of the form."""
    return {c for c in _CHORD.findall(text) if len(c) > 1}


def _labels() -> tuple[str, ...]:
    kinds = ("genres", "instruments", "moods", "voice_details")
    words = [w for kind in kinds for w in vocabulary().labels(kind)]
    return tuple(w for w in words if w not in ("slow", "fast", "loud"))


def _held(word: str, facts: str) -> bool:
    """Tell whether a number said as a word stands in the facts in figures."""
    return re.search(rf"(?<![\d.]){SMALL.index(word)}(?![\d.])", facts) is not None
