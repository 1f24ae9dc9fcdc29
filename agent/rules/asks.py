"""What was asked, and what is known when it is answered.

An `Ask` is one question understood: a topic, an aspect of it, the tracks and the time it is about.

* topic   ``tempo meter beats key chords genres instruments moods voice moment describe duration
  structure stems notes melody caption export
  title tracks listen recall compare theory talk decline unsupported unclear``, and where their tools
  are bound ``library similar playlist note`` (see `agent.rules.library_asks`), ``loudness`` (see
  `agent.rules.loudness_asks`), ``generate`` (see `agent.rules.generate_asks`) and ``closer`` (see
  `agent.rules.closer_asks`)
* aspect  what about the topic; ``""`` is the plain value, ``"sure"`` the confidence, ``"how"`` where
  the figure comes from, ``"is"`` a check of `value`
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.open_tracks import OpenTrack

MEASURED = frozenset(
    "tempo meter beats key chords genres instruments moods voice sound moment describe compare"
    " structure stems notes melody caption export loudness use".split()
)
"""Topics that a tool must be asked about."""
CLOSER = "closer"
"""The topic of what `agent.rules.closer_asks` makes of a question."""
LOUDNESS = ("unsupported", "loudness")
"""How a question about loudness is read; see `agent.rules.loudness_asks`."""


@dataclass(frozen=True)
class Span:
    """A place in a track as it was said: in seconds, fractions of the whole, bars, or a section.

    `unit` is ``"seconds"``, ``"fraction"``, ``"bars"`` or ``"section"`` (see
    `agent.rules.sections`). A negative start or end counts from the
    end of the track. `end` is None for a single place; `words` is how an answer may call it.
    """

    start: float
    end: float | None = None
    unit: str = "seconds"
    words: str = ""

    def resolve(self, duration: float | None) -> tuple[float, float | None]:
        """Return start and end in seconds, for a track of that duration; bars stay bars."""
        if self.unit == "bars":
            return self.start, self.end
        whole = duration if duration else 0.0
        scale = whole if self.unit == "fraction" else 1.0

        def place(value: float) -> float:
            seconds = value * scale if value >= 0 else whole + value * scale
            return round(max(0.0, seconds), 3)

        edge = whole / 4 if whole and self.words in ("the beginning", "the end") else 0.0
        far = max(abs(self.start), 0.0 if self.end in (None, float("inf")) else self.end or 0.0)
        if 0 < edge < far:
            return (0.0, round(edge, 3)) if self.start == 0 else (round(whole - edge, 3), whole)
        start = place(self.start)
        if self.end is None:
            return start, None
        if self.end == float("inf") and 0 < whole <= start:
            return start, None  # past the end: the tool says so
        end = whole if self.end == float("inf") and whole else place(self.end)
        return (start, end) if end > start else (end, start)


@dataclass(frozen=True)
class Ask:
    """One question understood.

    `versus` is a second place to hold the first against, `stem` the part to listen to alone.
    """

    topic: str
    aspect: str = ""
    tracks: tuple[str, ...] = ()
    span: Span | None = None
    value: str = ""
    polar: bool = False
    versus: Span | None = None
    stem: str = ""


def is_measured(ask: Ask) -> bool:
    """Tell whether a tool must be asked about it, by the head it is read as."""
    return ask.topic in MEASURED or (ask.topic, ask.aspect) == LOUDNESS


@dataclass(frozen=True)
class Finding:
    """What one tool returned: its data, or the sentence of its error."""

    tool: str
    args: Mapping[str, Any]
    data: Mapping[str, Any] = field(default_factory=dict)
    track: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    evidence: tuple[Mapping[str, Any], ...] = ()

    @property
    def handle(self) -> str:
        """The track it is about, ``"#1"``; empty for a search of the memory.

        What was heard of a stem (``"#1.vocals"``) is about its track.
        """
        return str(self.track.get("handle") or self.args.get("track") or "").partition(".")[0]


@dataclass(frozen=True)
class Turn:
    """One question and what the tools have returned for it so far."""

    question: str
    findings: tuple[Finding, ...] = ()
    rounds: int = 0


@dataclass(frozen=True)
class Situation:
    """All that is known when a question is read: open tracks, tools, and what was asked before.

    `did` is what the last question was done as (`agent.rules.chat_model.doable`). `offered` is whether it was told in this conversation what can be asked.
    """

    tracks: tuple[OpenTrack, ...] = ()
    tools: frozenset[str] = frozenset()
    asks: tuple[Ask, ...] = ()
    focus: tuple[str, ...] = ()
    span: Span | None = None
    earlier: tuple[Finding, ...] = ()
    offered: bool = False
    did: tuple[Ask, ...] = ()

    def track(self, handle: str) -> OpenTrack | None:
        """Return the open track with that handle."""
        return next((t for t in self.tracks if t.handle == handle), None)


@dataclass(frozen=True)
class Call:
    """A tool call to make."""

    tool: str
    args: Mapping[str, Any]


def packed(asks: Iterable[Ask]) -> list[dict[str, Any]]:
    """Return asks as plain data, which a checkpoint keeps."""
    return [asdict(ask) for ask in asks]


def unpacked(rows: Iterable[Mapping[str, Any]]) -> tuple[Ask, ...]:
    """Return the asks that `packed` made plain."""
    return tuple(
        Ask(
            **{
                **row,
                "tracks": tuple(row["tracks"]),
                "span": row["span"] and Span(**row["span"]),
                "versus": row["versus"] and Span(**row["versus"]),
            }
        )
        for row in rows
    )
