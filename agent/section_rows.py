"""The sections of a track as documents of their own: what each sounds like against the rest. Pure.

"Where does the bass drop out" and "a quiet piano intro" are asked of places, not of tracks. An
instrument is heard in a section from a mean confidence of one half on, or where somebody plays a
note of it; it drops out where it is hardly heard, though it was heard right before. What lies between
the two is left out. A track whose form is unknown is one section.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TypeVar

from agent.harmony_facts import progressions, vocabulary
from agent.recall import Row
from agent.record import Fact, Facts, TrackRecord, facts_of
from agent.render import clock
from tools.annotations import Annotation, Caption, Chords, Key, Level, Notes, Sections, Tags
from tools.conventions import Interval
from tools.errors import MusicToolError
from tools.theory import chord_name

A = TypeVar("A", bound=Annotation)

HEARD, ABSENT = 0.5, 0.35
"""Mean confidences from which a word holds in a section, and below which it does not: the thresholds
of `tools.tagging.entries`."""

QUIET_DB, LOUD_DB = -3.0, 1.5
"""Against the mean of the track: a break is so much softer, a chorus so much louder."""

FEWEST_NOTES = 3
"""Notes by which a part is heard; fewer may be slips of the transcription."""

OF_TRACK = ("title", "artist", "album", "year", "genres", "moods", "bpm", "other_bpms", "meter")
"""What a section has of its track."""


@dataclass(frozen=True)
class SectionRow:
    """One section as a search sees it.

    Parameters
    ----------
    id : ``"<track id>:<n>"``, n from 0
    track : id of the track
    start, end : seconds
    label : what it is for, e.g. ``"intro"``
    words : what is searched
    facts : as `agent.track_facts.facts_of`, of this section; ``dynamics`` is quiet or loud against
        the track, ``absent`` lists what the track has and this section has not, ``dropped`` what of that was
        heard right before
    """

    id: str
    track: str
    start: float
    end: float
    label: str
    words: str
    facts: Facts

    @property
    def row(self) -> Row:
        """The section for the tables of `agent.search`."""
        place: Facts = {"track": self.track, "start": self.start, "end": self.end}
        return Row(self.id, self.words, {**self.facts, **place, "label": self.label})


def rows_of_sections(record: TrackRecord) -> list[SectionRow]:
    """Return the sections of a track in order; the whole of it where its form is unknown."""
    sections = _of(record, "segments", Sections)
    spans = list(sections) if sections and sections.labels else [(0.0, record.duration, "section")]
    letters = sections.letters if sections and sections.letters else ("",) * len(spans)
    scene = _Scene.of(record)
    whole, rows = facts_of(record), []
    before: frozenset[str] = frozenset()
    for n, ((start, end, label), letter) in enumerate(zip(spans, letters, strict=True)):
        place = _Place.of(scene, (start, end), before)
        before = place.heard
        facts = _facts(scene, place, whole)
        words = _words(record, scene, place, label, letter, facts)
        rows.append(SectionRow(f"{record.id}:{n}", record.id, start, end, label, words, facts))
    return rows


# ---- what is heard where ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """What was heard of the track that bears on its sections."""

    tags: Tags | None
    level: Level | None
    chords: Chords | None
    key: Key | None
    caption: Caption | None
    notes: Notes | None
    parts: frozenset[str]
    """Parts of the transcription that play at all."""

    @classmethod
    def of(cls, record: TrackRecord) -> "_Scene":
        notes = _of(record, "notes", Notes)
        parts = set(notes.parts) if notes else set()
        counts = {part: notes.parts.count(part) for part in parts} if notes else {}
        return cls(
            _of(record, "tags", Tags),
            _of(record, "level", Level),
            _of(record, "chords", Chords),
            _of(record, "key", Key),
            _of(record, "caption", Caption),
            notes,
            frozenset(part for part, n in counts.items() if part and n >= FEWEST_NOTES),
        )


@dataclass(frozen=True)
class _Place:
    """One section: what is heard there, what is not, and what was heard right before."""

    span: Interval
    heard: frozenset[str]
    absent: frozenset[str]
    dropped: frozenset[str]
    voice: str
    dynamics: str

    @classmethod
    def of(cls, scene: _Scene, span: Interval, before: frozenset[str]) -> "_Place":
        sure = _instruments(scene, span)
        heard = frozenset(name for name, share in sure.items() if share >= HEARD)
        absent = frozenset(name for name, share in sure.items() if share < ABSENT)
        singing = _confidence(scene.tags, "voice", "vocal", span)
        voice = "" if singing is None else _voice(singing)
        return cls(span, heard, absent, absent & before, voice, _dynamics(scene.level, span))


def _instruments(scene: _Scene, span: Interval) -> dict[str, float]:
    """Return how surely each instrument of the track is heard in a section."""
    sure: dict[str, float] = {}
    named = {x.label for x in scene.tags.instruments} if scene.tags else set()
    curves = scene.tags.curves if scene.tags else ()
    for name in [c.label for c in curves if c.kind == "instruments" and c.label in named]:
        confidence = _confidence(scene.tags, "instruments", name, span)
        if confidence is not None:
            sure[name] = confidence
    for name in scene.parts - {"voice", "vocals"}:
        played = _notes_in(scene.notes, name, span)
        sure[name] = max(sure.get(name, 0.0), 1.0 if played >= FEWEST_NOTES else 0.0)
        if 0 < played < FEWEST_NOTES and sure[name] < HEARD:
            del sure[name]
    return sure


def _confidence(tags: Tags | None, kind: str, label: str, span: Interval) -> float | None:
    """Return the mean confidence of a word in a section, None where no window lies there."""
    curves = (c for c in tags.curves if (c.kind, c.label) == (kind, label)) if tags else iter(())
    curve = next(curves, None)
    if tags is None or curve is None:
        return None
    start, end = span
    values = [
        value
        for (a, b), value in zip(tags.windows, curve.confidences, strict=True)
        if start <= (a + b) / 2 < end
    ]
    return mean(values) if values else None


def _notes_in(notes: Notes | None, part: str, span: Interval) -> int:
    if notes is None:
        return 0
    rows = zip(notes.intervals, notes.parts, strict=True)
    return sum(name == part and a < span[1] and b > span[0] for (a, b), name in rows)


def _voice(confidence: float) -> str:
    return "vocal" if confidence >= HEARD else "instrumental" if confidence < ABSENT else ""


def _dynamics(level: Level | None, span: Interval) -> str:
    here = level.between(*span) if level and level.decibels else None
    if level is None or here is None:
        return ""
    against = here - level.mean
    return "quiet" if against <= QUIET_DB else "loud" if against >= LOUD_DB else ""


# ---- facts and words ----------------------------------------------------------------------------


def _facts(scene: _Scene, place: _Place, whole: Facts) -> Facts:
    facts: dict[str, Fact | None] = {name: whole[name] for name in OF_TRACK if name in whole}
    facts |= {
        "duration": round(place.span[1] - place.span[0], 2),
        "instruments": sorted(place.heard),
        "absent": sorted(place.absent),
        "dropped": sorted(place.dropped),
        "voice": place.voice or None,
        "dynamics": place.dynamics or None,
    }
    facts |= _key_there(scene.key, place.span)
    if chords := _within(scene.chords, place.span):
        facts |= {
            "chords": list(vocabulary(chords)),
            "progressions": list(progressions(chords.labels)),
        }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


def _key_there(key: Key | None, span: Interval) -> Mapping[str, Fact | None]:
    if key is None:
        return {}
    middle = sum(span) / 2
    here = next((s for s in key.changes if s.start <= middle < s.end), key)
    return {"tonic": here.tonic, "mode": here.mode}


def _within(chords: Chords | None, span: Interval) -> Chords | None:
    """Return the chords whose middle lies in a section."""
    if chords is None:
        return None
    rows = [
        (interval, label)
        for interval, label in zip(chords.intervals, chords.labels, strict=True)
        if span[0] <= sum(interval) / 2 < span[1]
    ]
    return Chords(
        tuple(interval for interval, _ in rows), tuple(label for _, label in rows), chords.estimator
    )


def _words(
    record: TrackRecord, scene: _Scene, place: _Place, label: str, letter: str, facts: Facts
) -> str:
    """Return the section in words, the title last: it says least of how the place sounds."""
    name = f"{label} {letter}".strip().capitalize()
    parts = [*_sound_words(place), *_chord_words(scene.key, facts)]
    line = _line(scene.caption, place.span)
    told = f"{name}: {'; '.join(parts)}." if parts else f"{name}."
    at = f"{clock(place.span[0])} to {clock(place.span[1])}"
    return " ".join(filter(None, [told, line, f"In {record.title}, {at}."]))


def _sound_words(place: _Place) -> Iterator[str]:
    if place.dynamics:
        yield {"quiet": "quiet, softer than the rest", "loud": "loud, louder than the rest"}[
            place.dynamics
        ]
    if place.heard:
        yield ", ".join(sorted(place.heard))
    for name in sorted(place.dropped):
        yield f"the {name} drops out, no {name} here"
    if place.voice:
        yield {"vocal": "with singing", "instrumental": "nobody sings"}[place.voice]


def _chord_words(key: Key | None, facts: Facts) -> Iterator[str]:
    chords: Fact | Sequence[str] = facts.get("chords", [])
    names = [chord_name(str(c)) for c in chords[:6]] if isinstance(chords, list) else []
    if "tonic" in facts:
        yield f"in {facts['tonic']} {facts['mode']}"
    if names:
        yield f"chords {', '.join(names)}"


def _line(caption: Caption | None, span: Interval) -> str:
    """Return the caption's line about a section."""
    middle = sum(span) / 2
    rows = zip(caption.intervals, caption.labels, strict=True) if caption else ()
    return next((line for (a, b), line in rows if a <= middle < b), "")


def _of(record: TrackRecord, task: str, kind: type[A]) -> A | None:
    """Return what a task found, None where that can't be read."""
    try:
        annotation = record.annotation(task)
    except MusicToolError:  # told when the row of the track is made
        return None
    return annotation if isinstance(annotation, kind) else None
