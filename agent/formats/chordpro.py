"""ChordPro song sheets: what a player puts on the stand, with the chords as a grid of bars."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from agent.findings import Findings, findings
from agent.record import TrackRecord
from agent.render import clock
from tools.annotations import Sections
from tools.audio import clean_text

if TYPE_CHECKING:
    from tools.progression import BarChords

BARS_A_LINE = 4

HARMLESS = str.maketrans({"{": "(", "}": ")", "[": "(", "]": ")", "|": "/", "\\": "/"})
"""ChordPro has no escape for braces within a directive: a title gets round ones instead."""


def to_chordpro(records: Sequence[TrackRecord]) -> str:
    """Return a song sheet; with more tracks than one, separated by ``{new_song}``."""
    return "\n{new_song}\n\n".join("\n".join(_sheet(record)) + "\n" for record in records)


def escape(text: str) -> str:
    """Return untrusted text as the value of a directive: one line, nothing that would end it."""
    return clean_text(clean_text(text).translate(HARMLESS))


def _sheet(record: TrackRecord) -> Iterator[str]:
    found = findings(record)
    yield _directive("title", record.title)
    if artist := record.titles.get("artist"):
        yield _directive("artist", artist)
    if found.key:
        yield _directive("key", found.key.tonic + ("m" if found.key.mode == "minor" else ""))
    if found.tempo:
        yield _directive("tempo", f"{found.tempo.bpm:.1f}")
    if found.beats and found.beats.meter:
        yield _directive("time", found.beats.meter)
    yield _directive("duration", clock(record.duration))
    yield ""
    yield from _grid(record, found)


def _grid(record: TrackRecord, found: Findings) -> Iterator[str]:
    if not found.bars:
        yield from _without_bars(record, found)
        return
    author = record.estimator("chords")
    yield _directive(
        "comment", f"Chords by {author}; bar {found.bars[0].bar} at {found.bars[0].start:.1f} s"
    )
    for heading, bars in _parts(record, found.bars):
        if heading:
            yield ""
            yield _directive("comment", heading)
        yield "{start_of_grid}"
        yield from _lines(found, bars, bars[-1] is found.bars[-1])
        yield "{end_of_grid}"


def _lines(found: Findings, bars: "Sequence[BarChords]", final: bool) -> Iterator[str]:
    """Write bars, four a line, with bar lines between; a double one at the end of the song."""
    for first in range(0, len(bars), BARS_A_LINE):
        line = bars[first : first + BARS_A_LINE]
        cells = (" ".join(_chord(found, label) for label in bar.labels) or "." for bar in line)
        last = final and first + BARS_A_LINE >= len(bars)
        yield f"| {' | '.join(cells)} {'|.' if last else '|'}"


def _parts(
    record: TrackRecord, bars: "Sequence[BarChords]"
) -> "Iterator[tuple[str, Sequence[BarChords]]]":
    """Yield the bars of each section under its name, all of them where no form is known.

    A bar belongs to the section that its middle lies in.
    """
    sections = record.annotation("segments")
    if not isinstance(sections, Sections) or not sections.labels:
        yield "", bars
        return
    ends = [end for _, end in sections.intervals[:-1]]
    for at, group in groupby(bars, lambda bar: bisect_right(ends, (bar.start + bar.end) / 2)):
        letter = f" {sections.letters[at]}" if sections.letters else ""
        name = sections.labels[at].capitalize()
        yield f"{name}{letter}, {clock(sections.intervals[at][0])}", list(group)


def _without_bars(record: TrackRecord, found: Findings) -> Iterator[str]:
    """Write the chords in a row where no bar lines are known, and why there are no chords."""
    if found.chords and found.chords.labels:
        yield _directive("comment", "No bar lines were heard; the chords in order")
        names = [_chord(found, label) for label in found.chords.labels]
        for first in range(0, len(names), 2 * BARS_A_LINE):
            yield " ".join(f"[{name}]" for name in names[first : first + 2 * BARS_A_LINE])
        return
    reasons = " ".join(p["reason"] for p in record.problems if p.get("task") == "chords")
    yield _directive("comment", reasons or "No chords were heard")


def _chord(found: Findings, label: str) -> str:
    """Return a chord as ChordPro writes it; what is outside the vocabulary is an empty cell."""
    return "." if label == "X" else found.name(label).partition(" ")[0]


def _directive(name: str, value: str) -> str:
    return f"{{{name}: {escape(value) or '-'}}}"
