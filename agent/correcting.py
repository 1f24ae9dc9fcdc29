"""Corrected answers: what the ledger contradicts is set right or struck; the rest stays to the letter."""

import re
from collections.abc import Iterable, Sequence

from agent.evidence import Claim
from agent.facts import shown
from agent.grounding import Verdict, check
from agent.judging_keys import RELATED
from agent.ledger import Ledger
from agent.open_tracks import OpenTrack
from agent.scene import CONTRADICTED, UNKNOWN
from agent.statements import Sentence, sentences
from tools.theory import chord_name

BAD = (CONTRADICTED, UNKNOWN)
ROUNDS = 3
"""A sentence that was set right is looked at again: its other half may be wrong too."""

_ONE_VALUE = {
    "key": "key", "bpm": "bpm", "meter": "meter", "duration": "duration", "lowest note": "lowest note",
    "highest note": "highest note", "sections": "sections", "mode": "key", "form": "form",
}  # fmt: skip
"""Kinds of statements that have one right value a track -> the kind of claim that gives it."""
_CUT = re.compile(
    r"(?:, | –| —|; |:)? ?\b(?:and|with|but|while|plus|over|featuring)\b |, |; | – | — "
)
_TOLD = {
    "key": "key", "bpm": "tempo", "meter": "meter", "genre": "genre", "instrument": "instruments", "mood": "mood",
    "voice": "voice", "form": "form", "sections": "sections", "loop": "chords", "duration": "length",
}  # fmt: skip
_ASKED = {
    "key": r"key|tonal|scale|major|minor|mode\b", "bpm": r"tempo|bpm|fast|slow|speed|pace|beat", "meter": r"met(?:er|re)|time signature|waltz|beat|bars?\b",
    "genre": r"genre|style|kind of music|sort of music", "instrument": r"instrument|drum|guitar|piano|sax|strings?|bass|play(?:s|ing)|hear",
    "mood": r"mood|feel|vibe|happy|sad|emotion", "voice": r"voice|vocal|sing|sung|female|male", "loop": r"chord|progression|harmon",
    "form": r"form|structure|section|chorus|verse", "sections": r"form|structure|section|chorus|verse", "duration": r"how long|length|duration|lasts?\b",
}  # fmt: skip
MOST_TOLD = 5
NOTHING = "That was not measured."


def correct(
    text: str,
    ledger: Iterable[Claim] | Ledger,
    question: str = "",
    tracks: Sequence[OpenTrack] = (),
) -> str:
    """Return an answer of which every statement holds; never empty.

    A wrong value gives way to the measured one where a track has only one of its kind; else the
    part of the sentence that states it is struck, or the sentence. True statements stay word for
    word. If nothing is left, what was measured is said plainly.
    """
    known = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    for _ in range(ROUNDS):
        verdicts = check(text, known, question, tracks)
        if not any(v.status in BAD for v in verdicts):
            break
        text = _pass(text, verdicts, known, tracks)
    kept = _clean(text, known, question, tracks)
    return kept if re.search(r"\w", kept) else plainly(known, question, tracks)


def plainly(ledger: Ledger, question: str = "", tracks: Sequence[OpenTrack] = ()) -> str:
    """Return what was measured, of what was asked, in one plain sentence."""
    asked = [k for k, words in _ASKED.items() if re.search(words, question.lower())]
    kinds = [k for k in _TOLD if k in asked] or list(_TOLD)
    mentioned = {m[2] for s in sentences(question, tracks) for m in s.mentions}
    handles = [t for t in ledger.tracks if not mentioned or t in mentioned] or list(ledger.tracks)
    told = []
    for handle in handles:
        parts = [p for kind in kinds if (p := _value_of(ledger, kind, handle))][:MOST_TOLD]
        if parts:
            name = f"{handle}: " if len(ledger.tracks) > 1 else ""
            told.append(name + ", ".join(parts))
    plain = f"Measured: {'; '.join(told)}." if told else NOTHING
    bad = any(v.status in BAD for v in check(plain, ledger, question, tracks))
    return NOTHING if bad else plain


def _value_of(ledger: Ledger, kind: str, handle: str) -> str:
    rows = ledger.whole(kind, (handle,))
    if not rows:
        return ""
    if kind in ("genre", "instrument", "mood"):
        names = dict.fromkeys(str(c["value"]) for c in rows)
        return f"{_TOLD[kind]} {', '.join(list(names)[:3])}"
    return f"{_TOLD[kind]} {_shown(kind, rows[0])}"


def _shown(kind: str, claim: Claim) -> str:
    value = claim["value"]
    if kind == "bpm":
        return f"{float(value):.1f}".removesuffix(".0") + " BPM"
    if kind == "duration":
        minutes, seconds = divmod(round(float(value)), 60)
        return f"{minutes}:{seconds:02d}"
    if kind == "loop":
        return " – ".join(chord_name(str(label)) for label in value)
    return shown(value)


# ---- one pass -----------------------------------------------------------------------------------


def _pass(
    text: str, verdicts: Sequence[Verdict], ledger: Ledger, tracks: Sequence[OpenTrack]
) -> str:
    """Return the text with each bad sentence set right, cut or struck."""
    parts = sentences(text, tracks)
    told: list[str] = []
    end = 0
    for sentence in parts:
        mine = [v for v in verdicts if v.statement.sentence == sentence.number]
        bad = [v for v in mine if v.status in BAD]
        original = text[sentence.start : sentence.start + len(sentence.text)]
        end = sentence.start + len(sentence.text)
        if not bad:
            told.append(original)
            continue
        fixed = _fixed(original, sentence, bad, ledger)
        told.append(fixed if fixed is not None else _cut(original, sentence, mine))
    return "".join(told) + text[end:]


def _fixed(original: str, sentence: Sentence, bad: Sequence[Verdict], ledger: Ledger) -> str | None:
    """Return the sentence with measured values for wrong ones; None where that can't be."""
    for verdict in sorted(bad, key=lambda v: -v.statement.start):
        value = _right(verdict, sentence, ledger)
        if value is None:
            return None
        begin = verdict.statement.start - sentence.start
        end = verdict.statement.end - sentence.start
        original = original[:begin] + value + original[end:]
    return original


def _right(verdict: Verdict, sentence: Sentence, ledger: Ledger) -> str | None:
    """Return the measured value in the words of the statement's kind, if there is just one."""
    said, claim = verdict.statement, verdict.claim
    kind = _ONE_VALUE.get(said.kind)
    if verdict.status != CONTRADICTED or said.negated or claim is None or kind is None:
        return None
    if said.kind == "key" and any(word in sentence.lower for word in RELATED):
        return None  # what is wrong there is the relation
    rows = ledger.whole(kind, (str(claim["track"]).partition(".")[0],))
    if len({str(c["value"]) for c in rows}) != 1:
        return None
    if said.kind == "mode":
        mode = str(rows[0]["value"]).partition(" ")[2]
        return re.sub(r"major|minor", mode, said.text) if mode else None
    if said.kind == "sections":
        return re.sub(r"^[\w-]+", str(rows[0]["value"]), said.text)
    value = _shown(kind, rows[0])
    in_words = said.kind == "meter" and not re.search(r"\d|^in ", said.text)
    return f"in {value}" if in_words else f"in {value}" if said.text.startswith("in ") else value


def _cut(original: str, sentence: Sentence, mine: Sequence[Verdict]) -> str:
    """Return the sentence without the parts that hold bad statements; empty if none is good."""
    if not any(v.status not in BAD for v in mine):
        return ""
    pieces, begin = [], 0
    for match in [*_CUT.finditer(original), None]:
        stop = len(original) if match is None else match.start()
        pieces.append((begin, stop, original[stop : match.end()] if match else ""))
        begin = stop if match is None else match.end()
    kept: list[tuple[int, int, str]] = []
    for start, stop, joint in pieces:
        inside = [v for v in mine if start <= v.statement.start - sentence.start < stop]
        if not any(v.status in BAD for v in inside):
            kept.append((start, stop, joint))
    return _joined(original, kept)


def _joined(original: str, kept: Sequence[tuple[int, int, str]]) -> str:
    """Return the pieces that are left as a sentence; empty where they make none."""
    if not kept or kept[0][0] != 0:
        return ""  # what the rest hangs on is gone
    told = ""
    for number, (start, stop, joint) in enumerate(kept):
        told += original[start:stop] + (joint if number < len(kept) - 1 else "")
    told = told.rstrip(" ,;:–—")
    ending = re.search(r"[.!?…][\"')\]*]*\s*$", original)
    tail = ending[0] if ending else original[len(original.rstrip()) :]
    if re.search(r"[.!?…][\"')\]*]*$", told):
        tail = tail[len(tail.rstrip()) :]
    return told + tail if len(re.findall(r"\w+", told)) > 1 else ""


def _clean(text: str, ledger: Ledger, question: str, tracks: Sequence[OpenTrack]) -> str:
    """Return the text without any sentence that still does not hold."""
    for _ in range(len(text) + 1):
        bad = {
            v.statement.sentence for v in check(text, ledger, question, tracks) if v.status in BAD
        }
        if not bad:
            break
        text = "".join(
            text[s.start : s.start + len(s.text)]
            for s in sentences(text, tracks)
            if s.number not in bad
        )
    return text.strip()
