"""Figures in prose: tempi and their words, meters, times, counts, shares, levels, years."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.facts import METER_WORDS
from agent.said_numbers import CLOCK, clock_seconds, numbers

if TYPE_CHECKING:
    from agent.statements import Found, Sentence

_BPM_AFTER = re.compile(r"\s*(?:bpm\b|beats (?:per|a|to the|each) minute|beats/min|schläge)")
_BPM_UNIT = re.compile(r"\bbpm\b|\bbeats per minute\b|\btempo\b|\bmetronome\b")
_ALONE = re.compile(
    r"\s*(?:$|[.,;:)!?–—-]|(?:and|or|to|in|with|at|overall|throughout|when|if|if you)\b)"
)
_UNITS = {
    "beats": r"(?:downbeats|beats?)(?! (?:per|a|to the|each) minute| in (?:a|the|each|every) bar| (?:per|to the|a|each) (?:bar|measure))",
    "beats a bar": r"beats? (?:(?:in|to|per) (?:a|the|each|every)|per|a|each) (?:bar|measure)",
    "bars": r"(?:bars?|measures?)(?! (?:per|a) )",
    "sections": r"(?:different |distinct |main |separate )?(?:sections?|parts)",
    "notes": r"(?:different |distinct )?notes?",
    "chords": r"(?:different |distinct |main |basic )?chords?",
    "percent": r"(?:%|percent|per cent)",
    "decibels": r"(?:dbfs|dbtp|db|decibels?)\b",
    "lufs": r"(?:lufs|lkfs)\b",
    "loudness units": r"lu\b",
    "milliseconds": r"(?:ms|milliseconds?)\b",
    "seconds": r"(?:seconds?|secs?|s)\b",
    "minutes": r"(?:minutes?|mins?)\b",
    "semitones": r"(?:semitones?|half[ -]steps?)",
    "octaves": r"octaves?",
    "cents": r"cents?\b",
    "flats": r"flats?\b",
    "sharps": r"sharps?\b",
    "choruses": r"(?:choruses|chorus)\b", "verses": r"verses?\b", "bridges": r"bridges?\b",
    "hits": r"(?:hits?|kicks?|snares?|hi-?hats?|drum hits|drum strokes)\b",
    "times": r"times\b",
    "khz": r"k?hz\b",
}  # fmt: skip
_AFTER = {
    name: re.compile(rf"[ -]?(?:\w+ )?{unit}" if name == "hits" else rf"[ -]?{unit}")
    for name, unit in _UNITS.items()
}
_BAR = re.compile(
    r"(?<!\bi )(?<!\bi'd )\b(?:bar|measure)s? (?:number )?(\d{1,4})\b(?!\.\d| ?bpm)", re.IGNORECASE
)
_METER = re.compile(r"(?<![\w/.])(\d{1,2}) ?/ ?(2|4|8|16)(?![\w/])")
_SPOKEN_METER = {
    name: re.compile(
        r"\b(?:"
        + "|".join(
            word.replace(" ", "[ -]").replace("-", "[ -]") if "[" not in word else word
            for word in words
        )
        + r")\b"
    )
    for name, words in (
        METER_WORDS | {"5/4": ("five-four",), "7/8": ("seven-eight",), "12/8": ("twelve-eight",)}
    ).items()
}
_IN_N = re.compile(
    r"\b(?:is|it's|counted|felt|goes|stays|moves|all|mostly|in a lilting|runs) in (two|three|four|five|six|seven)\b(?! (?:sections?|parts?|bars?|keys?|places?|minutes|seconds|voices|flats|sharps|-))"
)
_WALTZ = re.compile(
    r"\b(?:a|slow|quick|fast|viennese|waltz) waltz\b|\bwaltz(?: time| feel| rhythm)?\b"
)
_N = {"two": "2/4", "three": "3/4", "four": "4/4", "five": "5/4", "six": "6/8", "seven": "7/8"}
TEMPO_WORDS = {
    "slow": r"slow(?!er|ly (?:build|fade|chang|rise|grow|open))(?:ly)?", "fast": r"fast(?!er)|up-?tempo|quick(?!er|ly)|brisk|rapid",
    "mid-tempo": r"mid-?tempo|medium tempo|moderate (?:tempo|pace)",
    "largo": r"largo|lento|grave", "adagio": r"adagio|larghetto", "andante": r"andante|andantino", "moderato": r"moderato",
    "allegro": r"allegro|allegretto", "vivace": r"vivace", "presto": r"presto|prestissimo",
}  # fmt: skip
_TEMPO_WORDS = {name: re.compile(rf"\b(?:{words})\b") for name, words in TEMPO_WORDS.items()}
_YEAR = re.compile(
    r"(?<![\w:.#/])(1[6-9]\d\d|20[0-4]\d)(s?)(?![\w:]|\.\d)(?! (?:beats|notes|bars|hz|khz|ms|bpm))"
)
_STEADY = re.compile(
    r"\b(?:tempo|beat|pulse|pace)\b[^.;]*\b(steady|even|constant|speeds? up|slows? down|accelerates|drifts?|fluctuates|varies)\b|\b(speeds up|slows down|accelerates)\b"
)
_LENGTH = re.compile(r"\b(?:lasts?|runs?(?! at)|long|length|duration|lasting)\b")


def find(sentence: "Sentence") -> Iterator["Found"]:
    """Yield what a sentence says in figures."""
    quoted = [m.span() for m in re.finditer(r'"[^"]{1,120}"', sentence.text)]
    taken = quoted + [(a, b) for a, b, _ in sentence.mentions]
    for found in _found(sentence):
        if not any(a < found[3] and found[2] < b for a, b in taken):
            yield found


def _found(sentence: "Sentence") -> Iterator["Found"]:
    meters = list(_meters(sentence))
    yield from meters
    years = [(m.start(), m.end()) for m in _YEAR.finditer(sentence.lower)]
    yield from (("year", sentence.text[a:b], a, b) for a, b in years)
    spans = years + [(start, end) for _, _, start, end in meters]
    yield from _times(sentence)
    for match in _BAR.finditer(sentence.lower):
        spans.append(match.span())
        yield "bar", int(match[1]), *match.span()
    yield from _counted(sentence, spans)
    for name, pattern in _TEMPO_WORDS.items():
        for match in pattern.finditer(sentence.lower):
            if not re.match(r"[ -](?:waltz|motion)", sentence.lower[match.end() :]):
                yield "tempo word", name, *match.span()
    for match in _STEADY.finditer(sentence.lower):
        word = match[1] or match[2]
        at = match.start(1 if match[1] else 2)
        yield "steady", word in ("steady", "even", "constant"), at, at + len(word)


def _meters(sentence: "Sentence") -> Iterator["Found"]:
    for match in _METER.finditer(sentence.text):
        yield "meter", f"{match[1]}/{match[2]}", *match.span()
    for name, pattern in _SPOKEN_METER.items():
        for match in pattern.finditer(sentence.lower):
            yield "meter", name, *match.span()
    for match in _IN_N.finditer(sentence.lower):
        yield "meter", _N[match[1]], match.start(1) - 3, match.end()
    for match in _WALTZ.finditer(sentence.lower):
        yield "meter", "3/4", *match.span()


def _times(sentence: "Sentence") -> Iterator["Found"]:
    clocks = list(CLOCK.finditer(sentence.text))
    for match in clocks:
        yield _time_kind(sentence, match.start(), match.end()), clock_seconds(match), *match.span()


def _time_kind(sentence: "Sentence", start: int, end: int) -> str:
    """Return "duration" where a time is said to be how long the track is, else "time"."""
    before, after = sentence.clause(start), sentence.lower[end : end + 8]
    if re.search(
        r"\b(?:at|from|to|until|till|between|around|by|after)\b[\s~]*$", sentence.lower[:start]
    ):
        return "time"
    if re.match(r" long\b", after) or _LENGTH.search(before):
        return "duration"
    return "time"


def _counted(sentence: "Sentence", spans: list[tuple[int, int]]) -> Iterator["Found"]:
    lower = sentence.lower
    kept: list[tuple[int, int]] = []
    for value, start, end in sorted(numbers(lower), key=lambda n: (n[1], -n[2])):
        if any(a < end and start < b for a, b in spans + kept):
            continue
        kept.append((start, end))
        after = lower[end:]
        if _BPM_AFTER.match(after):
            unit = _BPM_AFTER.match(after)
            yield "bpm", value, start, end + (unit.end() if unit else 0)
            continue
        for name, pattern in _AFTER.items():
            if match := pattern.match(after):
                if _beside(sentence, name, start):
                    break
                yield _unit_kind(sentence, name, start), value, start, end + match.end()
                break
        else:
            if (
                20 <= value <= 400
                and _BPM_UNIT.search(sentence.clause(start))
                and _ALONE.match(after)
            ):
                yield "bpm", value, start, end


def _beside(sentence: "Sentence", name: str, start: int) -> bool:
    """Tell what is no count of the track: the parts of a beat, or rounds within a stretch."""
    return (name == "sections" and sentence.lower[:start].endswith("each in ")) or (
        name == "times" and bool(sentence.times)
    )


def _unit_kind(sentence: "Sentence", name: str, start: int) -> str:
    """Return what a number with this unit says: seconds may be a place or a length."""
    if name in ("seconds", "minutes"):
        placed = re.search(
            r"\b(?:at|from|until|after|between|around)\b\s*$", sentence.lower[:start]
        )
        long = _LENGTH.search(sentence.clause(start)) and not re.search(
            r"\b(?:beat|bar|chorus|verse|intro|outro|bridge|section|part|first|last)\b",
            sentence.clause(start),
        )
        return f"{name} long" if long and not placed else name
    return name
