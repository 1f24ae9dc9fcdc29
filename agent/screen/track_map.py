"""What the panel knows of a track: where everything is, under the names people read. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from agent.findings import Findings, findings
from agent.record import TrackRecord
from agent.render import clock
from tools.annotations import Beats, Sections
from tools.theory import parse_chord
from tools.titles import clean_text

CLOSE = 0.05
"""Seconds of silence between two spans of one chord that are still one."""

STEP, STRIDE = 1.0, 5.0
"""Seconds to go where beats and bars are unknown."""

AHEAD = 0.02
"""Seconds by which a place counts as reached: going back from a beat goes to the one before."""


@dataclass(frozen=True)
class Span:
    """A stretch of the track.

    Parameters
    ----------
    start, end : seconds
    name : as people read it, ``"chorus B"`` or ``"F#m7"``
    kind : what decides its colour: the letter of a section, ``"major"``, ``"minor"`` ... of a chord
    """

    start: float
    end: float
    name: str
    kind: str


@dataclass(frozen=True)
class Beat:
    """A beat: its time in seconds, its bar from 1 (0 before the first bar line), its place in it."""

    time: float
    bar: int
    position: int


@dataclass(frozen=True)
class TrackMap:
    """Sections, beats and chords of one track, in order; empty where they are not known."""

    duration: float
    title: str = ""
    facts: str = ""
    sections: tuple[Span, ...] = ()
    beats: tuple[Beat, ...] = ()
    chords: tuple[Span, ...] = ()
    _starts: dict[str, list[float]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._starts["beats"] = [beat.time for beat in self.beats]
        self._starts["bars"] = [beat.time for beat in self.beats if beat.position == 1]
        self._starts["sections"] = [span.start for span in self.sections]
        self._starts["chords"] = [span.start for span in self.chords]

    # ---- what is where --------------------------------------------------------------------------

    def section(self, seconds: float) -> Span | None:
        """Return the section that holds a moment."""
        return _holding(self.sections, self._starts["sections"], seconds)

    def chord(self, seconds: float) -> Span | None:
        """Return the chord that sounds at a moment."""
        return _holding(self.chords, self._starts["chords"], seconds)

    def beat(self, seconds: float) -> Beat | None:
        """Return the last beat up to a moment; None before the first and long after the last."""
        n = bisect_right(self._starts["beats"], seconds + AHEAD) - 1
        if n < 0 or (n == len(self.beats) - 1 and seconds - self.beats[n].time > STRIDE):
            return None
        return self.beats[n]

    def said(self, seconds: float) -> str:
        """Return a moment in words: ``"1:05 · bar 33.2 · chorus B · F#m7"``."""
        beat, parts = self.beat(seconds), [clock(int(seconds + AHEAD))]
        if beat:
            parts.append(f"bar {beat.bar}.{beat.position}" if beat.position else f"bar {beat.bar}")
        spans = (self.section(seconds + AHEAD), self.chord(seconds + AHEAD))
        return " · ".join([*parts, *(span.name for span in spans if span and span.name)])

    def usual_span(self) -> float:
        """Return how long a usual chord is, or else a usual bar, in seconds; 0 where both are unknown."""
        bars = [b - a for a, b in pairwise(self._starts["bars"])]
        lengths = [span.end - span.start for span in self.chords] or bars
        return median(lengths) if lengths else 0.0

    # ---- where to go ----------------------------------------------------------------------------

    def step(self, seconds: float, unit: str, count: int) -> float:
        """Return the moment `count` beats, bars or sections on (back where negative), in the track.

        Where there are none, a beat is one second and a bar or section five.
        """
        starts = self._starts[unit]
        if not starts:
            length = STEP if unit == "beats" else STRIDE
            return min(max(0.0, seconds + count * length), self.duration)
        if count > 0:
            n = bisect_right(starts, seconds + AHEAD) - 1 + count
        else:
            n = bisect_right(starts, seconds - AHEAD) + count
        return 0.0 if n < 0 else self.duration if n >= len(starts) else starts[n]


def map_of(record: TrackRecord) -> TrackMap:
    """Return the map of a track: of it what was heard.

    Raises
    ------
    RecordError
        If an annotation of the record is damaged.
    """
    found = findings(record)
    artist = record.titles.get("artist", "")
    return TrackMap(
        record.duration,
        clean_text(" - ".join(filter(None, [artist, record.title]))),
        " · ".join(_facts(found)),
        tuple(_sections(found.sections)),
        tuple(_beats(found.beats)),
        tuple(_chords(found)),
    )


# ---- inside -------------------------------------------------------------------------------------


def _holding(spans: Sequence[Span], starts: Sequence[float], seconds: float) -> Span | None:
    n = bisect_right(starts, seconds) - 1
    return spans[n] if n >= 0 and seconds < spans[n].end else None


def _facts(found: Findings) -> Iterator[str]:
    if found.key:
        yield str(found.key)
    if found.tempo:
        yield f"{found.tempo.bpm:.0f} BPM"
    if found.beats and found.beats.meter:
        yield found.beats.meter


def _sections(sections: Sections | None) -> Iterator[Span]:
    for n, (start, end, label) in enumerate(sections or ()):
        letter = sections.letters[n] if sections and sections.letters else ""
        yield Span(start, end, f"{label} {letter}".strip(), letter or label)


def _beats(beats: Beats | None) -> Iterator[Beat]:
    bar = 0
    for time, position in zip(beats.times, beats.positions, strict=True) if beats else ():
        bar += position == 1
        yield Beat(time, bar, position)


def _chords(found: Findings) -> Iterator[Span]:
    """Yield the chords, neighbours of one name as one."""
    current: Span | None = None
    for start, end, label in found.chords or ():
        name = "" if label == "X" else found.name(label)
        if current and current.name == name and start - current.end < CLOSE:
            current = Span(current.start, end, name, current.kind)
            continue
        if current:
            yield current
        current = Span(start, end, name, _kind(label))
    if current:
        yield current


def _kind(label: str) -> str:
    if label in ("N", "X"):
        return "none"
    return {4: "major", 3: "minor"}.get(parse_chord(label).third or 0, "other")
