"""Tracks of the last list by their place or their end: "the second one", "like the fastest one"."""

import re
from typing import Any

from agent.rules.asks import Situation
from agent.rules.whole_library import LISTS
from agent.rules.wording import ORDINALS

_NTH = re.compile(
    rf"\bthe (?P<n>{'|'.join(ORDINALS)}) (?:one|song|track|piece|tune|hit|result|match|of (?:them|those|these))\b",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"(?P<lead>\b(?:to|like|about|with|after|of|does|is|open|describe|resembles?) )the (?P<way>fastest|slowest|longest|shortest)"
    r" (?:one|song|track|piece|tune)\b(?! (?:i have|(?:in|of) (?:my|the|here|all|them|these|those)\b|that|which|with))",
    re.IGNORECASE,
)


_PLAYS = re.compile(
    r"^\W*(?:(?:please|can you|could you|now) )*(?:play|put on|spin)(?: me| us)? (?=(?:something|anything|some|songs|tracks|music) (?:like|similar|slow|fast|calm|\w+ like)\b)",
    re.IGNORECASE,
)
"""What is to be played has to be found first, and that is what can be done."""
_OPENS_KIND = re.compile(
    r"^\W*(?:(?:please|now|can you|could you) )*open (?:up )?the (?P<kind>(?!first|second|third|fourth|fifth|last|next|other|same|right|new)[a-z]+)(?: (?:one|song|track|tune|piece))\W*$",
    re.IGNORECASE,
)
_THAT_KEY = re.compile(r"\b(?P<lead>in|with|of|shares?|has|have) (?:exactly )?(?:that|this|the same|its|the) key\b(?! of)", re.IGNORECASE)  # fmt: skip
_LOOKS = re.compile(
    r"\b(?:what else|anything|something|which (?:other )?(?:songs|tracks|ones)|other (?:songs|tracks|ones)|any (?:other )?(?:songs|tracks|ones)|more (?:songs|tracks)|everything|find|do i have|have i got)\b",
    re.IGNORECASE,
)
_THAN_IT = re.compile(
    r"^(?P<lead>(?:(?:and|ok|so|now|is there|do i have|have i got|got|find|find me|show me|give me),? )*(?:anything|something|any songs?|songs|any tracks?|tracks) (?:(?:a bit|a little|much|even) )?)(?P<way>faster|slower)(?: than (?:it|this|that)(?: one)?)?(?P<end>[ ?.!]*)$",
    re.IGNORECASE,
)


def pointed(question: str, situation: Situation) -> str:
    """Return a question with "the second one", "like the fastest one" as the handles these have.

    A search that leans on what was just told of one track gets its figures: "what else is in that
    key", "anything faster?".
    """
    if "search_library" in situation.tools:
        question = _PLAYS.sub("find me ", question)
        question = _OPENS_KIND.sub(r"find the \g<kind> one", question)
    question = _placed(question, situation)
    question = _EXTREME.sub(lambda found: _extreme(found, situation), question)
    return _leaning(question, situation)


def _leaning(question: str, situation: Situation) -> str:
    last = situation.asks[-1] if situation.asks else None
    if last is None or len(last.tracks) != 1 or last.topic in ("recall", "library", "compare"):
        return question
    handle = last.tracks[0]
    if _LOOKS.search(question) and (key := _told(handle, "key", situation)):
        question = _THAT_KEY.sub(rf"\g<lead> {key['tonic']} {key['mode']}", question)
    tempo = _told(handle, "tempo", situation) if _THAN_IT.match(question) else None
    if tempo and tempo.get("bpm") and not (situation.did and situation.did[-1].topic == "similar"):
        question = _THAN_IT.sub(rf"\g<lead>\g<way> than {float(tempo['bpm']):.0f} bpm\g<end>", question)  # fmt: skip
    return question


def _told(handle: str, what: str, situation: Situation) -> dict[str, Any] | None:
    """Return the key or the tempo of a track, as a tool told it last."""
    for finding in reversed(situation.earlier):
        if finding.handle == handle and not finding.error and isinstance(finding.data.get(what), dict):  # fmt: skip
            return dict(finding.data[what])
    return None


def _placed(question: str, situation: Situation) -> str:
    listed = [f for f in situation.earlier if f.tool in (*LISTS, "listen")]
    if not listed or listed[-1].error or listed[-1].tool not in LISTS:
        return question
    data = listed[-1].data
    rows = data.get("hits") or data.get("tracks") or ()

    def handle(found: re.Match[str]) -> str:
        place = ORDINALS[found["n"].lower()]
        row = rows[place - 1] if 0 < place <= len(rows) else {}
        return str(row.get("handle") or found.group())

    return _NTH.sub(handle, question)


def _extreme(found: re.Match[str], situation: Situation) -> str:
    way = found["way"].lower()
    handle = _of_search(way, situation) or (
        _of_lengths(way, situation) if way in ("longest", "shortest") else _of_tempi(way, situation)
    )
    return f"{found['lead']}{handle}" if handle else found.group()


def _of_search(way: str, situation: Situation) -> str:
    """Return the first hit of the last search that was ordered so."""
    for finding in reversed(situation.earlier):
        if finding.tool == "search_library" and finding.args.get("order") == way:
            hits: list[dict[str, Any]] = list(finding.data.get("hits") or ())
            return str(hits[0].get("handle") or "") if hits else ""
    return ""


def _of_lengths(way: str, situation: Situation) -> str:
    if len(situation.tracks) < 2:
        return ""
    pick = max if way == "longest" else min
    return pick(situation.tracks, key=lambda t: t.duration).handle


def _of_tempi(way: str, situation: Situation) -> str:
    """Return the fastest or slowest of the open tracks, of which a comparison told the tempi."""
    known: dict[str, float] = {}
    for finding in situation.earlier:
        rows = [*(finding.data.get("sides") or ()), *(finding.data.get("hits") or ())]
        known |= {str(r["handle"]): float(r["bpm"]) for r in rows if r.get("bpm") and r.get("handle")}  # fmt: skip
    if len(known) < 2:
        return ""
    return (max if way == "fastest" else min)(known, key=lambda h: known[h])
