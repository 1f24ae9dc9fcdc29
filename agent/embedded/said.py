"""What a net may not make up: a tempo, a chord or a section that nobody said.

A small net is quick to fill a place of its notation with what stood there in training.
"""

import re
from dataclasses import replace

from agent.embedded.ranker import head
from agent.rules.asks import Ask, Situation
from agent.rules.lexicon import find_chords, find_keys
from agent.rules.wording import plain

_SECTION_SAID = re.compile(
    r"chorus|refr|hook|vers|stroph|strof|coupl|bridge|pont|puente|br.ck|intro|outro|coda|solo|estribill|coro|ritornell|part|secti|secci|abschnitt|teil|break|middle|end|interlude|drop|riff|vorspiel|nachspiel|estrofa|\bthe (?:first|second|third|last|other)\b|\b(?:there|that|its|here|same)\b"
    r"|후렴|절|브릿지|전주|간주|후주|인트로|아웃트로|벌스|코러스|사비|솔로|부분",
    re.IGNORECASE,
)
"""Words of a section in the languages that are known, or words that lean on one."""


SPELLED = frozenset(("chords.has", "chords.when", "chords.times", "chords.follows", "chords.precedes", "chords.quality"))  # fmt: skip
"""Heads whose value is a chord or a kind of chord, which must stand in the question."""


_TIME_SAID = re.compile(
    r"\b\d[\d:.]*(?![\d:.]| ?(?:%|percent|bpm))|\b(?:minut\w*|second\w*|secs?|half|hour\w*|sekund\w*|segund\w*)\b|분|초",
    re.IGNORECASE,
)
"""A figure that may be a time, or a word for one."""


_SHARE_SAID = re.compile(
    r"half|halb|hälfte|moiti|mitad|meio|third|drittel|tiers|tercio|quarter|viertel|quart|cuart|middle|mitte|milieu|medio|begin|start|anfang|début|debut|princip|inicio|end\b|ende|fin\b|final|open|clos|part|rest|절반|중간|처음|끝",
    re.IGNORECASE,
)
"""Words for a share of a track."""


def as_said(asks: tuple[Ask, ...], question: str, situation: Situation) -> tuple[Ask, ...]:
    """Return what a net read without figures, handles, chords and sections that nobody said."""
    asks = tuple(_placed_as_said(a, question, situation) for a in asks)
    asks = tuple(a for a in asks if not a.value.startswith("#") or a.value.split()[0] in question)
    asks = tuple(a for a in asks if head(a) != "tempo.is" or _figure_said(a.value, question))
    return tuple(a for a in asks if head(a) not in SPELLED or _name_said(a.value, question))


def _placed_as_said(ask: Ask, question: str, situation: Situation) -> Ask:
    """Return an ask without a section, or a time, that neither the question nor the one before names."""
    if ask.span is None or situation.span is not None:
        return ask
    if ask.span.unit == "section":
        said = _SECTION_SAID.search(question) is not None
    elif ask.span.unit == "seconds" and not ask.span.words:
        said = _TIME_SAID.search(question) is not None
    elif ask.span.unit == "fraction":
        said = _SHARE_SAID.search(question) is not None
    else:
        return ask
    return ask if said else replace(ask, span=None)


def _name_said(value: str, question: str) -> bool:
    """Tell whether a chord, or any word of a kind of chord, stands in a question in some form."""
    said = question.lower()
    named = {*find_chords(question), *(key.split(" ")[0] for key in find_keys(plain(question)))}
    # a chord by its letter alone is one of those that were named: "D/B" is no Db
    if named and re.fullmatch(r"[A-G][#b]?", value) and "flat" not in said and "sharp" not in said:
        return value in {re.sub(r"(?<=.)m.*|7$", "", name) for name in named} | named
    if named:
        return True
    if re.search(rf"\b{value[:1].lower()}[ -]?(?:flat|sharp)\b", said):
        return True
    words = re.findall(r"[a-z]{3,}", value.lower())
    return any(word[:3] in said for word in words) if words else value.lower() in said


def _figure_said(value: str, question: str) -> bool:
    """Tell whether the tempo of a reading stands in the question; a net is quick to invent one."""
    figures, said = re.findall(r"\d+", value), plain(question)
    spelled = re.search(r"\b(?:hundred|\w+(?:teen|ty)(?:[- ]\w+)?)\b", said)
    return not figures or spelled is not None or any(figure in said for figure in figures)


def fewer_labels(model: Ask, rules: Ask) -> bool:
    """Tell whether a net read some alone of the sounds that a question names."""
    if model.topic != rules.topic or model.topic not in ("instruments", "genres", "moods"):
        return False
    return set(model.value.split(", ")) < set(rules.value.split(", "))
