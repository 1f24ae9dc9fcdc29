"""Grounding: which measured claims an answer rests on, and which of its statements have none.

The model reads what tools measured; the claims of those tools are the ledger of a thread (see
`agent.evidence`, `agent.ledger`). `cited` finds the claims that the prose states, so that a user
interface can show where each number came from; `check` finds the statements of the prose, and holds
each one against the ledger.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.comparisons import sets_apart
from agent.evidence import Claim, claim
from agent.general_knowledge import speaks_in_general
from agent.judging import judge
from agent.ledger import LIBRARY, Ledger
from agent.open_tracks import UNOPENED, OpenTrack
from agent.scene import GENERAL, SUPPORTED, Scene
from agent.statements import Sentence, Statement, sentences, stated
from tools.theory import chord_name, pitch_class

_KEY = re.compile(r"\b([A-G])[ -]?(#|b|sharp|flat)?[ -]?(major|minor|maj|min)\b")
_TIME = re.compile(r"\b(\d{1,3}):(\d{2})(?:\.\d+)?\b")
_RANGE = re.compile(r"\b(\d{1,3}):(\d{2}) ?(?:–|-|to|until) ?(\d{1,3}):(\d{2})\b")
_NUMBER = re.compile(r"(?<![\w#/.:])(\d+(?:\.\d+)?)(?![\w/:]*[:/]\d)")
_METER = re.compile(r"\b(\d{1,2})/(\d{1,2})\b")
_CHORD = re.compile(r"(?<![\w#])[A-G](?:#|b)?(?:[\w#()+°øΔ/-]*[\w)#+°ø])?")

_PITCH = re.compile(r"(?<!\w)[A-G](?:#|b)?-?\d(?!\w)")
SMALL = "no one two three four five six seven eight nine ten eleven twelve".split()

_ROOT = re.compile(r"(?:^|(?<=/))[A-G](?:#|b)?")

_OF_ALL = re.compile(
    r"\b(?:library|collection|tracks|songs|recordings|pieces|of them|average|mean|median|most common|altogether|in all)\b"
)
"""Words of a sentence that may state what was counted over many tracks."""

_DECLINE = re.compile(
    r"\b(can(?:'|no)?t|cannot|can not|not able to|unable to|no way to|nothing (?:here )?measures?)\b"
    r"[^.]{0,40}\b(hear|tell|know|say|judge|measured?|determine|do that)\b"
    r"|\bnot something (?:I|that can)\b|\bdon't (?:hear|know)\b",
    re.IGNORECASE,
)

RELATED = {"tempo alternative": "bpm", "key alternative": "key", "year": "title", "album": "title"}
RELATED |= {"lowest note": "note", "highest note": "note"}

BY_NAME = frozenset({"section", "bars", "note"})
"""What has a place but is spoken of by its name alone, too, in an answer without times."""


class Prose:
    """What an answer states, in the forms that claims are compared in."""

    def __init__(self, answer: str) -> None:
        text = answer.replace("♯", "#").replace("♭", "b").replace("’", "'")
        self.lower = text.lower()
        self.keys = {(_pitch(tonic, sign), mode[:3]) for tonic, sign, mode in _KEY.findall(text)}
        self.times = {60 * int(m) + int(s) for m, s in _TIME.findall(text)}
        self.ranges = [(60 * a + b, 60 * c + d) for a, b, c, d in _clocks(text)]
        self.meters = {f"{a}/{b}" for a, b in _METER.findall(text)}
        bare = _METER.sub(" ", _TIME.sub(" ", text))
        self.numbers = [float(n) for n in _NUMBER.findall(bare)]
        self.notes = set(_PITCH.findall(text))
        self.chords = {_enharmonic(name) for name in _CHORD.findall(text)}

    def names(self, words: str) -> bool:
        """Return whether the words stand in the prose, as whole words."""
        return re.search(rf"(?<!\w){re.escape(words.lower())}(?!\w)", self.lower) is not None


def cited(answer: str, ledger: Iterable[Claim]) -> list[Claim]:
    """Return the claims of the ledger that the answer states, each once, in the ledger's order."""
    prose = Prose(answer)
    found: list[Claim] = []
    for one in ledger:
        if one not in found and _states(prose, one) and _placed(one, found):
            found.append(one)
    return found


@dataclass(frozen=True)
class Verdict:
    """Whether one statement holds.

    Parameters
    ----------
    status : ``"supported"``, ``"contradicted"``, ``"unknown"`` or ``"general"``
    claim : what it rests on, or what contradicts it; None where nothing was measured
    """

    statement: Statement
    status: str
    claim: Claim | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: kind, value, text, status, and the claim."""
        said = self.statement
        value = list(said.value) if isinstance(said.value, tuple) else said.value
        told = {"kind": said.kind, "value": value, "text": said.text, "negated": said.negated}
        return told | {"status": self.status, "claim": self.claim}


def check(
    answer: str,
    ledger: Iterable[Claim] | Ledger,
    question: str = "",
    tracks: Sequence[OpenTrack] = (),
) -> tuple[Verdict, ...]:
    """Return a verdict on each statement of an answer, in order.

    Parameters
    ----------
    ledger : claims of the thread, the latest last; best all that `agent.ledger.ledger_of` reads
    question : what was asked: it names tracks and times that the answer may speak of
    tracks : the open tracks, whose titles are names of them
    """
    known = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    known = known.noting(_lengths(known, tracks))
    tracks = (*tracks, *_told_of(known))
    titles = tuple(name for t in tracks for name in (t.title, t.artist, t.file) if name)
    focus = _asked_tracks(question, known, tracks)
    found: list[Verdict] = []
    about = focus
    for sentence in sentences(answer, tracks):
        named = tuple(dict.fromkeys(m[2] for m in sentence.mentions))
        about = named or about
        general = speaks_in_general(sentence, known)
        said = stated(sentence)
        several = len(about) < 2 and not named and sets_apart(sentence, said)
        meant = known.tracks if several else about
        for one in said:
            scene = Scene(known, sentence, one.tracks or meant, question, titles)
            found.append(_verdict(one, scene, general))
        about = named[-1:] or about
    return tuple(found)


def _lengths(ledger: Ledger, tracks: Sequence[OpenTrack]) -> list[Claim]:
    """Return how long the open tracks are, where no tool told it yet."""
    return [
        claim("duration", t.duration, t.handle, "decoder")
        for t in tracks
        if not ledger.of("duration", (t.handle,))
    ]


def _told_of(ledger: Ledger) -> list[OpenTrack]:
    """Return the tracks that a tool told of without opening them: they are named by their titles."""
    handles = [h for h in ledger.tracks if h.startswith(UNOPENED)]
    names = {
        h: {str(c["claim"]): str(c["value"]) for c in ledger.of(("title", "artist"), (h,))}
        for h in handles
    }
    return [
        OpenTrack(h, n.get("title", ""), n.get("artist", ""), "", 0.0) for h, n in names.items()
    ]


def _verdict(statement: Statement, scene: Scene, general: bool) -> Verdict:
    if general:
        return Verdict(statement, GENERAL)
    status, claim = judge(statement, scene)
    if status != SUPPORTED and _OF_ALL.search(scene.sentence.lower):
        of_all = judge(statement, replace(scene, tracks=(LIBRARY,)))
        status, claim = of_all if of_all[0] == SUPPORTED else (status, claim)
    return Verdict(statement, status, claim)


def _asked_tracks(question: str, ledger: Ledger, tracks: Sequence[OpenTrack]) -> tuple[str, ...]:
    """Return the tracks that an answer is about unless it names others."""
    asked: list[Sentence] = list(sentences(question, tracks))
    named = tuple(dict.fromkeys(m[2] for s in asked for m in s.mentions))
    if any(track in ledger.tracks for track in named):
        return named
    current = tuple(t.handle for t in tracks if t.current)
    if current and current[0] in ledger.tracks and len(ledger.tracks) > 1:
        return current
    return ledger.tracks


def declines(answer: str) -> bool:
    """Return whether the answer says that the question can't be answered from what was heard."""
    return _DECLINE.search(answer.replace("’", "'")) is not None


def _states(prose: Prose, claim: Claim) -> bool:
    kind, value = str(claim["claim"]), claim["value"]
    untimed = kind in BY_NAME and not prose.times
    if claim["span"] is not None and not (untimed or _speaks_of(prose, *claim["span"])):
        return False
    return _CHECKS.get(RELATED.get(kind, kind), _named)(prose, value)


def _placed(claim: Claim, found: Iterable[Claim]) -> bool:
    """Return whether a count of bars is that of a section that is spoken of."""
    if claim["claim"] != "bars":
        return True
    return any(c["claim"] == "section" and c["span"] == claim["span"] for c in found)


def _speaks_of(prose: Prose, start: float, end: float) -> bool:
    """Return whether a time or stretch of the prose meets a stretch; told to the second."""
    timed = any(start - 1 <= time <= end + 1 for time in prose.times)
    return timed or any(first < end and start < last for first, last in prose.ranges)


def _clocks(text: str) -> list[tuple[int, ...]]:
    return [tuple(map(int, found)) for found in _RANGE.findall(text)]


def _key(prose: Prose, value: Any) -> bool:
    tonic, _, mode = str(value).partition(" ")
    return (pitch_class(tonic), mode[:3]) in prose.keys


def _bpm(prose: Prose, value: Any) -> bool:
    return any(abs(n - float(value)) <= 0.5 for n in prose.numbers)


def _count(prose: Prose, value: Any) -> bool:
    return any(n == float(value) for n in prose.numbers)


def _duration(prose: Prose, value: Any) -> bool:
    near = any(abs(t - float(value)) <= 1.0 for t in prose.times)
    return near or any(abs(n - float(value)) <= 0.5 for n in prose.numbers)


def _meter(prose: Prose, value: Any) -> bool:
    return str(value) in prose.meters or (str(value) == "3/4" and "waltz" in prose.lower)


def _chord(prose: Prose, value: Any) -> bool:
    return _enharmonic(chord_name(str(value))) in prose.chords


def _loop(prose: Prose, value: Any) -> bool:
    return all(_chord(prose, label) for label in value)


def _level(prose: Prose, value: Any) -> bool:
    return any(word in prose.lower for word in ("loud", "quiet", "soft", "level", "db"))


def _counted(prose: Prose, value: Any) -> bool:
    """Return whether a small count is stated, in figures or as a word."""
    number = int(value)
    word = SMALL[number] if 0 <= number < len(SMALL) else str(number)
    return _count(prose, number) or prose.names(word)


def _rounded(prose: Prose, value: Any) -> bool:
    return any(n == abs(round(float(value))) for n in prose.numbers)


def _semitones(prose: Prose, value: Any) -> bool:
    octaves, rest = divmod(round(float(value)), 12)
    spelled = "octave" in prose.lower if octaves else True
    return _rounded(prose, value) or (spelled and (not rest or _counted(prose, rest)))


def _share(prose: Prose, value: Any) -> bool:
    return any(n == round(100 * float(value)) for n in prose.numbers)


def _note(prose: Prose, value: Any) -> bool:
    return str(value) in prose.notes


def _form(prose: Prose, value: Any) -> bool:
    return len(str(value)) > 1 and prose.names(str(value))  # a lone "A" is an article


def _stem(prose: Prose, value: Any) -> bool:
    words = {"accompaniment": "backing", "other": "other instruments", "vocals": "vocals"}
    return words.get(str(value), str(value)) in prose.lower


def _stretch(prose: Prose, value: Any) -> bool:
    return _speaks_of(prose, float(value[0]), float(value[1]))


def _named(prose: Prose, value: Any) -> bool:
    return prose.names(str(value))


_CHECKS: dict[str, Callable[[Prose, Any], bool]] = {
    "key": _key,
    "bpm": _bpm,
    "beats": _count,
    "bar": _count,
    "duration": _duration,
    "meter": _meter,
    "chord": _chord,
    "loop": _loop,
    "level": _level,
    "notes": _count,
    "sections": _counted,
    "bars": _counted,
    "hits": _count,
    "note": _note,
    "form": _form,
    "cents": _rounded,
    "semitones": _semitones,
    "in tune": _share,
    "stem": _stem,
    "stretch": _stretch,
}


def _pitch(letter: str, sign: str) -> int:
    return pitch_class(letter + {"sharp": "#", "flat": "b"}.get(sign, sign))


def _enharmonic(chord: str) -> str:
    """Return a chord's name with root and bass as numbers, so that Dbm and C#m are one."""
    return _ROOT.sub(lambda match: str(pitch_class(match[0])), chord)
