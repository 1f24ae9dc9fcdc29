"""Statements: what prose says of a recording, one fact each, with its place in the text.

The text is read sentence by sentence. Each kind of fact has its own finder (`agent.said_harmony`,
`agent.said_figures`, `agent.said_words`); here it is told which track a statement is about, whether
it is denied, and whether the sentence speaks of music in general.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

from agent.open_tracks import OpenTrack
from agent.said_numbers import CLOCK, clock_seconds

Found = tuple[str, Any, int, int]
"""Kind, value, and where it stands in the sentence."""


@dataclass(frozen=True)
class Statement:
    """One fact that prose states.

    Parameters
    ----------
    kind : as the kinds of claims (see `agent.evidence`), and compare, time, roman, name, ...
    text : the words that state it
    start, end : where they stand in the whole text
    negated : whether it is said not to be so
    tracks : handles of the tracks that it is said of; empty where none is named
    sentence : number of the sentence, from 0
    """

    kind: str
    value: Any
    text: str
    start: int
    end: int
    negated: bool = False
    tracks: tuple[str, ...] = ()
    sentence: int = 0


@dataclass(frozen=True)
class Sentence:
    """One sentence, signs made plain without moving a letter; `start` in the whole text."""

    text: str
    start: int
    number: int = 0
    mentions: tuple[tuple[int, int, str], ...] = ()

    @cached_property
    def lower(self) -> str:
        """The sentence in small letters, as long as it is."""
        return "".join(c.lower() if len(c.lower()) == 1 else c for c in self.text)

    @cached_property
    def times(self) -> tuple[float, ...]:
        """The clock times in it, in seconds."""
        return tuple(clock_seconds(match) for match in CLOCK.finditer(self.text))

    @cached_property
    def clauses(self) -> tuple[tuple[int, int], ...]:
        """Where its clauses stand."""
        cuts = [0, *(m.end() for m in _CLAUSE.finditer(self.lower)), len(self.text)]
        return tuple(pairwise(cuts))

    def clause(self, place: int) -> str:
        """Return the clause at a place, in small letters."""
        return next((self.lower[a:b] for a, b in self.clauses if a <= place < b), self.lower)


_PLAIN = str.maketrans({"♯": "#", "♭": "b", "’": "'", "“": '"', "”": '"', "‘": "'", "\u00a0": " "})
_BREAK = re.compile(r"(?<=[.!?…])[\"')\]*]*\s+(?=[^\s a-z])|\n+")
_CLAUSE = re.compile(
    r"[;:] |(?:,| –| —)? (?:but|though|although|whereas|while|yet) |, (?:and|so) (?=it\b|the\b|there\b|I\b)"
)
_NOT = re.compile(
    r"\b(?:no(?!,)|not|never|without|neither|nor|lacks?|lacking|hardly|nobody|no one|none|nothing|rather than|instead of"
    r"|absence of|devoid of|free of|cannot)\b|n't\b|\b(?:kein|keine|pas de|ni|sin)\b"
)
_NOT_AFTER = re.compile(
    r"^[^,;:.!?]{0,24}?(?:\b(?:not|never|absent|missing|nowhere)\b|n't\b|\bout of the question\b)"
)
_LIST = re.compile(r"^[\s\w,/'-]*$")
_SETTING = re.compile(
    r"\b(?!(?:it|written|played|set|sit|stay|be|been|really|actually|even|move|go|run|just|felt|count|counted|come|comes|at all) )"
    r"\w[\w–-]* (?:in|at|with|over|against) $|[ivIV]+[–-][ivIV–-]+ in $"
)
"""What is denied stands before: "no such loop in G minor" speaks of G minor as it is."""
_IN_SECTION = re.compile(
    r"\b(?!(?:it|be|been|really|actually|even|quite|yet|just) )\w[\w–-]*"
    r" (?:in|during|over|through|throughout|until|before|after|at) (?:the |its |this |that )?"
    r"(?:(?:first|second|third|fourth|fifth|sixth|last|final|next|opening|closing|\d+(?:st|nd|rd|th)) )?$"
)
"""What is absent from a section stands before it: "no bass in the second chorus" denies no chorus."""
_ANY = re.compile(r"\bany $")
_PATH = re.compile(r'"[^"\n]*[/\\][^"\n]*"')
"""The name of a file states nothing: "/music/party 30 min.m3u8"."""
_SOUNDS = frozenset(("instrument", "genre", "mood", "voice"))
"""Kinds of which "any" leaves open whether there are some, unless it is denied."""
_NO_LIST = frozenset(
    "at in on it is it's the with by i to from so there runs with then over under".split()
)
_ASKS = re.compile(
    r"^\W*(?:ask|try|say|tell me|open|would you|do you|did you|shall|should|which|what|who|how"
    r"|could you|can you|let me know|if you|i can (?!hear|tell that|say that|make out|confirm)"
    r"|i could (?!hear)|you (?:can|could) (?!hear|count|feel|make)|please)\b",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"\b(?:can(?:'|no)?t|cannot|couldn't|could not|can not|not able to|unable to|don't|do not|didn't"
    r"|did not|wasn't|isn't|no way to)"
    r"(?: \w+)? (?:tell|know|say|judge|determine|answer|make out|settle|recogni[sz]e|measured?|measuring)\b"
    r"|\b(?:not able|unable) to\b|\bbeyond what\b|\bnot (?:been )?measured\b|\bno measurement\b|\bnothing (?:here )?measures?\b"
)


def plain(text: str) -> str:
    """Return a text with typographic signs made plain; every letter keeps its place."""
    return text.translate(_PLAIN)


def sentences(text: str, tracks: Sequence[OpenTrack] = ()) -> tuple[Sentence, ...]:
    """Return the sentences of a text, with the tracks that each one names."""
    flat, begin = plain(text), 0
    found: list[Sentence] = []
    for match in [*_BREAK.finditer(flat), None]:
        end = len(flat) if match is None else match.end()
        if flat[begin:end].strip():
            one = Sentence(flat[begin:end], begin, len(found))
            found.append(replace(one, mentions=_mentions(one, tracks)))
        begin = end
    return tuple(found)


def find(text: str, tracks: Sequence[OpenTrack] = ()) -> tuple[Statement, ...]:
    """Return the statements of a text, in order."""
    return tuple(one for sentence in sentences(text, tracks) for one in stated(sentence))


def stated(sentence: Sentence) -> tuple[Statement, ...]:
    """Return the statements of one sentence; a question or an offer states nothing."""
    if asks(sentence):
        return ()
    kept: list[Statement] = []
    paths = [match.span() for match in _PATH.finditer(sentence.text)]
    for kind, value, start, end in sorted(_all(sentence), key=lambda f: (f[2], -f[3])):
        if declined(sentence, start) or any(a <= start and end <= b for a, b in paths):
            continue
        negated = _negated(sentence, kind, start, end)
        if kind in _SOUNDS and not negated and _ANY.search(sentence.lower[:start]):
            continue
        kept.append(
            Statement(
                kind,
                value,
                sentence.text[start:end],
                sentence.start + start,
                sentence.start + end,
                negated,
                _about(sentence, start, end),
                sentence.number,
            )
        )
    return tuple(kept)


def asks(sentence: Sentence) -> bool:
    """Tell whether a sentence asks or offers something rather than stating it."""
    words = sentence.text.strip()
    return words.endswith("?") or _ASKS.match(words) is not None


def declined(sentence: Sentence, place: int) -> bool:
    """Tell whether the clause at a place says that it is not known."""
    found = _DECLINED.search(sentence.clause(place))
    return found is not None


def _all(sentence: Sentence) -> Iterator[Found]:
    from agent import said_figures, said_harmony, said_words

    finders: tuple[Callable[[Sentence], Iterator[Found]], ...] = (
        said_harmony.find,
        said_figures.find,
        said_words.find,
    )
    for finder in finders:
        yield from finder(sentence)


def _negated(sentence: Sentence, kind: str, start: int, end: int) -> bool:
    """Tell whether what stands there is denied, before it or right after it."""
    begin = next((a for a, b in sentence.clauses if a <= start < b), 0)
    before = sentence.lower[begin:start]
    for match in reversed(list(_NOT.finditer(before))):
        between = before[match.end() :]
        if _SETTING.search(between) or (kind == "section" and _IN_SECTION.search(between)):
            return False
        if "," not in between or _only_a_list(between):
            return len(between) < 48 and not re.search(r"\b(?:only|just|sure|certain)\b", between)
    after = sentence.lower[end:]
    return _NOT_AFTER.match(re.split(r"\b(?:and|or|with)\b", after)[0]) is not None


def _only_a_list(between: str) -> bool:
    """Tell "no drums, bass or guitar" from a comma that begins something else."""
    words = re.findall(r"[\w'-]+", between)
    if any(word in _NO_LIST for word in words):
        return False
    return _LIST.match(between) is not None and len(words) <= 2 * (between.count(",") + 1)


# ---- which track --------------------------------------------------------------------------------

_HANDLE = re.compile(r"(?<![\w#])(?:#(\d{1,3})\b|(?:track|song|recording) (\d{1,2})\b(?!:))", re.I)
_NTH = re.compile(r"\bthe (first|second|third|fourth) (?:one|track|song|recording|piece)\b", re.I)
_ORDER = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_JOINED = re.compile(r"^[\s\"'(),]*(?:and|or|both|&|/|,)?[\s\"'(),]*$")
_AFTER = re.compile(r"^[\s,]*(?:\(|for |in |on |of |by |is |was |belongs to |– |- )?[\s\"']*$")


def _mentions(sentence: Sentence, tracks: Sequence[OpenTrack]) -> tuple[tuple[int, int, str], ...]:
    """Return where tracks are named: by handle, by place or by title."""
    found = [(m.start(), m.end(), f"#{m[1] or m[2]}") for m in _HANDLE.finditer(sentence.text)]
    if len(tracks) > 1:
        found += [
            (m.start(), m.end(), f"#{_ORDER[m[1].lower()]}") for m in _NTH.finditer(sentence.text)
        ]
    for track in tracks:
        title = "".join(c.lower() if len(c.lower()) == 1 else c for c in plain(track.title))
        if len(title) > 2:
            pattern = rf"(?<!\w){re.escape(title)}(?!\w)"
            found += [
                (m.start(), m.end(), track.handle) for m in re.finditer(pattern, sentence.lower)
            ]
    return tuple(sorted(found))


def _about(sentence: Sentence, start: int, end: int) -> tuple[str, ...]:
    """Return the tracks that what stands there is said of: named right after it, or before."""
    mentions = sentence.mentions
    if not mentions:
        return ()
    if end > start:
        for begin, _, handle in mentions:
            gap = sentence.text[end:begin]
            if begin >= end and _AFTER.match(gap):
                if "," in gap and _in_item(sentence, start):
                    break  # "#1 at 90 BPM, #2 at 80 BPM": what stands before the comma is of #1
                return (handle,)
    before = [m for m in mentions if m[0] <= start]
    if not before:
        return tuple(dict.fromkeys(m[2] for m in mentions))
    group = [before[-1]]
    for one in reversed(before[:-1]):
        if not _JOINED.match(sentence.text[one[1] : group[-1][0]]):
            break
        group.append(one)
    return tuple(dict.fromkeys(m[2] for m in reversed(group)))


def _in_item(sentence: Sentence, place: int) -> bool:
    """Tell whether a track is named before a place in the same item of a list."""
    before = [end for _, end, _ in sentence.mentions if end <= place]
    return bool(before) and not re.search(r"[,;]", sentence.text[before[-1] : place])
