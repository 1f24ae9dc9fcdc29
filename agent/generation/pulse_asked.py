"""Meter and tempo of a request: "a waltz", "in six eight", "at 110", "allegro", "very slow"."""

import re

from agent.generation.draft import NUMBER, BriefError, Draft, number, words
from agent.render import TEMPO_WORDS
from tools.composing.brief import METERS
from tools.composing.meters import METER
from tools.composing.plan import COMPOUND_PACE
from tools.composing.styles import STYLE

SLOWEST, FASTEST = 30.0, 280.0
"""Beats a minute that a composer writes."""
REACH = (0.65, 1.35)
"""How far beyond a style's own tempos a word such as "slow" leads."""

_SIGNATURE = re.compile(
    r"(?<![\d/:.])(\d{1,2}) ?/ ?(1|2|4|8|16|32)(?![\d/])(?: (?:time|meter|metre))?"
)
_SPOKEN = words(
    r"(?:in )?(?P<count>two|three|four|five|six|seven|nine|twelve|\d{1,2})[ -](?P<unit>four|eights?|eighths?|quarters?|8|4)"
    r"(?: (?:time|meter|metre)| (?:signature))?"
)
_IN = words(
    r"in (?P<count>two|three|four|five|six|seven|nine|twelve|[2-9]|12)"
    r"(?! (?:bars?|measures?|minutes?|seconds?|parts?|voices?|sharps?|flats?|keys?|chords?|sections?|\w+s)\b)"
)
_OF = {2: "2/4", 3: "3/4", 4: "4/4", 5: "5/4", 6: "6/8", 7: "7/8", 9: "9/8", 12: "12/8"}
_NAMED = (
    (words(r"(?:in )?(?:triple|three[- ]?beat) (?:time|meter|metre)"), "3/4"),
    (words(r"(?:in )?(?:common|quadruple) (?:time|meter|metre)"), "4/4"),
    (words(r"(?:in )?(?:cut|duple) (?:time|meter|metre)|alla breve"), "2/4"),
    (words(r"(?:in )?compound (?:time|meter|metre)"), "6/8"),
)
_RANGE = words(
    rf"(?:at |between |from )?({NUMBER}) ?(?:-|to|and) ?({NUMBER}) ?(?:bpm|beats (?:per|a) minute)"
)
_BPM = words(
    rf"(?:(?:at|around|about|roughly|of|with)[ ]){{0,2}}(?:an? )?(?:tempo (?:of )?)?({NUMBER})[ -]?(?:bpm\b|beats? (?:per|a) minute)(?: tempo)?"
    rf"|(?:at )?(?:an? )?tempo(?: of| is|:)? ?(?:about |around )?({NUMBER})"
    r"|(?:bpm|quarter(?: note)?|crotchet)(?: of|:| ?=)? ?(\d{2,3}(?:\.\d+)?)"
    r"|(?<=, )([4-9]\d|1\d\d|2[0-4]\d)(?=$|,)|(?:at (?:about |around |roughly )?|around )(\d{2,3}(?:\.\d+)?)(?![.:/]\d| ?(?:s|sec\w*|min\w*|%|percent|hz|khz|bars?|db|lufs|years?)\b)"
)
_NOTE = re.compile(r"[♩𝅘𝅥] ?= ?(\d{2,3}(?:\.\d+)?)")
_PACES = (
    # the word, where it lies on the scale of a metronome, in quarter notes a minute
    (r"(?:very|really|extremely|super) slow(?:ly)?|largo|grave|larghissimo", 52.0),
    (r"(?:very|really|extremely|super) fast|prestissimo|presto|breakneck", 180.0),
    (r"not (?:too|so|very|that) (?:fast|slow)", 104.0),
    (r"lento|larghetto", 60.0),
    (r"(?:a )?(?:bit|little) slow(?:er)?|slow(?:er|ish|ly)?(?: tempo)?|adagio|ballads?|unhurried", 68.0),
    (r"andantino|andante|walking pace", 90.0),
    (r"moderato|(?:mid|medium)[- ]?tempo|(?:at )?(?:a )?(?:moderate|medium) (?:tempo|pace|speed)|moderate(?:ly)?", 108.0),
    (r"allegretto", 116.0),
    (r"fast(?:er|ish)?(?: tempo)?|quick(?:ly)?|allegro|up[- ]?tempo|rapid|speedy|brisk(?:ly)?", 138.0),
    (r"vivace|vivo", 160.0),
)  # fmt: skip
_PACE_WORDS = tuple(
    (words(f"(?:at )?(?:an? )?(?:{text})(?: (?:tempo|pace|speed))?"), bpm) for text, bpm in _PACES
)


def read_meter(draft: Draft) -> None:
    """Take the meter out of what is left to read.

    Raises
    ------
    BriefError
        If nothing is composed in it, or two are asked for.
    """
    found: list[str] = []
    while match := draft.left.take(_SIGNATURE):
        found.append(f"{match[1]}/{match[2]}")
    while match := draft.left.take(_SPOKEN):
        unit = "8" if match["unit"].lower().startswith(("eight", "8")) else "4"
        found.append(f"{number(match['count']):.0f}/{unit}")
    for pattern, meter in _NAMED:
        if draft.left.take(pattern):
            found.append(meter)
    if not found and (match := draft.left.take(_IN)):
        found.append(_OF.get(round(number(match["count"])), ""))
    found = [put_right(draft, meter) for meter in dict.fromkeys(found) if meter]
    if len(set(found)) > 1:
        raise BriefError(f"A piece is composed in one meter, not in {' and '.join(found)}.")
    if found:
        draft.put("meter", found[0])


def put_right(draft: Draft, meter: str) -> str:
    """Return a meter that is composed in, from one as it was asked for.

    Raises
    ------
    BriefError
        If there is none like it.
    """
    same = {"2/2": "2/4", "4/8": "2/4", "3/8": "3/4", "6/4": "6/8", "1/4": "", "8/8": "4/4"}
    if meter in METERS:
        return meter
    if same.get(meter):
        draft.notes.append(f"{meter} is written as {same[meter]}.")
        return same[meter]
    raise BriefError(f"Nothing is composed in {meter}; take one of {', '.join(METERS)}.")


def read_tempo(draft: Draft) -> None:
    """Take a tempo in figures out of what is left to read.

    Raises
    ------
    BriefError
        If nobody could play it, or two are asked for.
    """
    found: list[float] = []
    while match := draft.left.take(_RANGE):
        low, high = number(match[1]), number(match[2])
        found.append(round((low + high) / 2, 1))
        draft.notes.append(f"Of {low:g} to {high:g} beats a minute the middle is taken.")
    while match := draft.left.take(_NOTE) or draft.left.take(_BPM):
        found.append(number(next(part for part in match.groups() if part)))
    if len(set(found)) > 1:
        told = " and ".join(f"{bpm:g}" for bpm in found)
        raise BriefError(f"A piece has one tempo, not {told} beats a minute; say which.")
    if found:
        draft.put("bpm", playable(found[0]))


def playable(bpm: float) -> float:
    """Return a tempo that can be played.

    Raises
    ------
    BriefError
        If it can't.
    """
    if not SLOWEST <= bpm <= FASTEST:
        raise BriefError(
            f"A tempo is from {SLOWEST:g} to {FASTEST:g} beats a minute, not {bpm:g}; ask for one."
        )
    return bpm


def read_pace(draft: Draft) -> None:
    """Take a tempo in words out of what is left; figures that were said count more."""
    found = [(match, bpm) for pattern, bpm in _PACE_WORDS if (match := draft.left.take(pattern))]
    if not found:
        return
    match, quarters = found[0]
    if len({bpm for _, bpm in found}) > 1 and (quarters < 100) != (found[-1][1] < 100):
        draft.unheard.append(_said(found[-1][0]))
    if "bpm" in draft.fields:
        if (quarters < 76) != (float(str(draft.fields["bpm"])) < 108) and quarters < 76:
            draft.notes.append(f"{_said(match)} gives way to the tempo in figures.")
        return
    draft.asked["pace"] = pace_of(quarters)
    draft.fields["bpm"] = paced(quarters, draft.fields.get("style"), draft.fields.get("meter"))


def pace_of(bpm: float) -> str:
    """Return the everyday word for a tempo: ``"slow"``."""
    return next(word for bound, word, _ in TEMPO_WORDS if bpm < bound)


def paced(quarters: float, style: object = None, meter: object = None) -> float:
    """Return beats a minute of a meter for a pace in quarter notes, within reach of a style."""
    if habits := STYLE.get(str(style)):
        low, high = habits.bpm[0] * REACH[0], habits.bpm[1] * REACH[1]
        quarters = min(max(quarters, low), high)
    walked = METER.get(str(meter))
    if walked is None or walked.is_simple:
        return float(round(quarters))
    return float(round(2 * quarters if walked.name == "7/8" else COMPOUND_PACE * quarters))


def _said(match: re.Match[str]) -> str:
    return match.group().strip().strip('"')
