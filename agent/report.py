"""What was heard of a track, on one screen of a terminal, 80 columns wide.

Titles are other people's text: they are cleaned of control characters and never read as markup.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.findings import Findings, findings
from agent.record import TrackRecord
from agent.render import clock, loudness_words, tempo_words
from tools.annotations import Beats, Key, Label, Tags, Tempo
from tools.audio import clean_text
from tools.theory import camelot, relative

if TYPE_CHECKING:
    from rich.text import Text

    from tools.progression import BarChords

WIDTH = 80
MARGIN = 15
"""Column where the values begin; the names of the rows stand before it."""

FEW_BARS, MANY_BARS = 8, 16
"""The first section: sixteen bars, or eight where the next eight are the same."""

MANY_SECTIONS = 24

NO_CHORD = frozenset({"N", "X"})

HEAD = 2
"""Lines of the title and the rule below it."""

WORTH_NAMING = 0.02
"""Another reading of the key that is less likely than this would only clutter the sheet."""

STRONG, DIM, NAME, PROBLEM = "bold", "dim", "cyan", "yellow"


@dataclass(frozen=True)
class Span:
    """A piece of a line in one style."""

    text: str
    style: str = ""


@dataclass
class Sheet:
    """Lines of styled pieces."""

    lines: list[list[Span]] = field(default_factory=list)

    def add(self, *pieces: Span) -> None:
        """Add one line."""
        self.lines.append([piece for piece in pieces if piece.text])

    def gap(self) -> None:
        """Set the next row apart from the ones before, if there are any."""
        if len(self.lines) > HEAD:
            self.add()

    def row(self, name: str, values: Iterable[Span], separator: str = " · ") -> None:
        """Add a named row, going on below the first value where it does not fit."""
        for number, line in enumerate(_filled(list(values), separator, WIDTH - MARGIN)):
            self.add(Span(f"  {name:<{MARGIN - 2}}" if number == 0 else " " * MARGIN, NAME), *line)

    def text(self) -> "Text":
        """Return it for Rich: as it stands, without markup, and never re-wrapped."""
        from rich.text import Text

        text = Text(no_wrap=True, overflow="ignore", end="")
        for line in self.lines:
            for piece in _without_tail(line):
                text.append(piece.text, piece.style)
            text.append("\n")
        return text


def report(record: TrackRecord, tasks: Sequence[str] | None = None) -> "Text":
    """Return the report on one track; its ``plain`` is the same without colours.

    Parameters
    ----------
    tasks : what was asked for; None for all that is known
    """
    found = findings(record, tasks)
    sheet = Sheet()
    _head(sheet, record)
    _words_about(sheet, found)
    _rhythm(sheet, found.tempo, found.beats)
    _key(sheet, found.key)
    _chords(sheet, found)
    _form(sheet, found)
    _sound(sheet, found)
    _loudness(sheet, found)
    _authors(sheet, record, tasks)
    return sheet.text()


def to_ansi(text: "Text") -> str:
    """Return a report with the colour codes of a terminal."""
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    console = Console(file=out, force_terminal=True, color_system="standard", width=WIDTH)
    console.print(text, end="", soft_wrap=True)
    return out.getvalue()


# ---- the parts ----------------------------------------------------------------------------------


def _head(sheet: Sheet, record: TrackRecord) -> None:
    length = clock(record.duration)
    artist = clean_text(record.titles.get("artist", ""))
    room = WIDTH - cells(length) - 2
    title = cut(clean_text(record.title) or "untitled", room)
    by = cut(f" by {artist}", room - cells(title)) if artist else ""
    gap = " " * (WIDTH - cells(title) - cells(by) - cells(length))
    sheet.add(Span(title, STRONG), Span(by), Span(gap), Span(length, STRONG))
    sheet.add(Span("─" * WIDTH, DIM))
    if record.generated:
        sheet.add(Span(f"Made here, by {record.generated}.", DIM))


def _words_about(sheet: Sheet, found: Findings) -> None:
    if not found.caption:
        return
    for line in textwrap.wrap(clean_text(found.caption.text, 4000), WIDTH):
        sheet.add(Span(line))
    sheet.gap()


def _form(sheet: Sheet, found: Findings) -> None:
    """Add the sections with their times, under their letters."""
    sections = found.sections
    if not sections or len(sections.labels) < 2:
        return
    sheet.gap()
    letters = sections.letters or ("",) * len(sections.labels)
    rows = [
        Span(f"{clock(start)} " + (f"part {letter}" if label == "section" else label), STRONG)
        for (start, _, label), letter in zip(sections, letters, strict=True)
    ]
    more = [Span(f"… {len(rows) - MANY_SECTIONS} more", DIM)] if len(rows) > MANY_SECTIONS else []
    sheet.row("Form", [*rows[:MANY_SECTIONS], *more], ", ")
    if sections.letters and "section" not in sections.labels:
        sheet.row("", [Span(" ".join(letters[:MANY_SECTIONS]), DIM)])


def _rhythm(sheet: Sheet, tempo: Tempo | None, beats: Beats | None) -> None:
    if tempo:
        words, italian = tempo_words(tempo.bpm)
        values = [Span(f"{tempo.bpm:.1f} BPM", STRONG), Span(f"{words} ({italian})")]
        values += _sureness(tempo.confidence)
        if tempo.steady is not None:
            values.append(Span("steady" if tempo.steady else _moving(tempo)))
        sheet.row("Tempo", values)
        if tempo.alternatives:
            others = [
                Span(f"{c.bpm:.1f} BPM ({_reading(c.relation)}, {c.confidence:.0%})")
                for c in tempo.alternatives[:2]
            ]
            sheet.row("", [Span("or " + others[0].text), *others[1:]], ", ")
    if beats and beats.times:
        values = [Span(beats.meter or "unknown", STRONG), *_sureness(beats.meter_confidence)]
        bars = f", {len(beats.downbeats)} bars" if beats.downbeats else ""
        sheet.row("Meter", [*values, Span(f"{len(beats.times)} beats{bars}")])


def _moving(tempo: Tempo) -> str:
    span = f" between {min(tempo.bpms):.0f} and {max(tempo.bpms):.0f} BPM" if tempo.bpms else ""
    return f"moves{span}"


def _reading(relation: str) -> str:
    return {"half": "half time", "double": "double time"}.get(relation, f"{relation} of it")


def _key(sheet: Sheet, key: Key | None) -> None:
    if not key:
        return
    values = [Span(str(key), STRONG), *_sureness(key.confidence)]
    values.append(Span(f"relative {' '.join(relative(key.tonic, key.mode))}"))
    sheet.row("Key", [*values, Span(f"Camelot {camelot(key.tonic, key.mode)}")])
    rivals = [c for c in key.alternatives[:3] if c.confidence >= WORTH_NAMING]
    if rivals:
        others = [Span(f"{c} ({c.confidence:.0%})") for c in rivals]
        sheet.row("", [Span("or " + others[0].text), *others[1:]], ", ")
    if key.changes:
        spans = [Span(f"{s} {clock(s.start)}-{clock(s.end)}") for s in key.changes]
        sheet.row("Keys", spans, ", ")


def _chords(sheet: Sheet, found: Findings) -> None:
    if not found.chords or not found.chords.labels:
        return
    sheet.gap()
    if found.bars:
        _bars(sheet, found)
    else:
        rows = [Span(f"{clock(a)} {found.name(label)}") for a, _, label in found.chords]
        more = [Span(f"… {len(rows) - MANY_BARS} more", DIM)] if len(rows) > MANY_BARS else []
        sheet.row("Chords", [*rows[:MANY_BARS], *more], ", ")
    if used := found.used[:6]:
        sheet.row("Used most", [Span(f"{found.name(x.label)} {x.share:.0%}") for x in used], ", ")
    if found.loop:
        names = " ".join(map(found.name, found.loop.labels))
        roman = " ".join(found.loop.numerals)
        times = f"{found.loop.times} times"
        sheet.row("Repeats", [Span(names, STRONG), Span(roman, DIM), Span(times)])


def _bars(sheet: Sheet, found: Findings) -> None:
    bars, same = first_section(found.bars)
    names = [" ".join(map(found.name, bar.labels)) for bar in bars]
    numerals = [" ".join(bar.numerals) for bar in bars]
    widest = max(map(cells, [*names, *numerals]))
    columns = 4 if widest <= (WIDTH - MARGIN) // 4 - 2 else 2
    width = (WIDTH - MARGIN) // columns - 2
    more = f"; bars {same[0]}-{same[1]} are the same" if same else ""
    place = f"bars {bars[0].bar}-{bars[-1].bar} of {found.bars[-1].bar}"
    sheet.row(
        "Chords", [Span(f"{place}, in {found.key}{more}" if found.key else place + more, DIM)]
    )
    for first in range(0, len(bars), columns):
        row = slice(first, first + columns)
        head = f"{bars[first].bar:>4}  {clock(bars[first].start):<{MARGIN - 6}}"
        sheet.add(Span(head, DIM), *_cells(names[row], width, STRONG))
        if any(numerals[row]):
            sheet.add(Span(" " * MARGIN), *_cells(numerals[row], width, DIM))


def first_section(
    bars: "Sequence[BarChords]",
) -> "tuple[Sequence[BarChords], tuple[int, int] | None]":
    """Return the bars to show, and the numbers of first and last bar that repeat them."""
    start = next((i for i, bar in enumerate(bars) if set(bar.labels) - NO_CHORD), 0)
    shown = bars[start : start + MANY_BARS]
    once, again = shown[:FEW_BARS], shown[FEW_BARS:]
    if len(again) == FEW_BARS and all(
        a.labels == b.labels for a, b in zip(once, again, strict=True)
    ):
        return once, (again[0].bar, again[-1].bar)
    return shown, None


def _sound(sheet: Sheet, found: Findings) -> None:
    tags = found.tags
    if not tags:
        return
    sheet.gap()
    for name, labels in (
        ("Genre", tags.genres[:4]),
        ("Instruments", tags.instruments),
        ("Mood", tags.moods),
    ):
        if labels:
            sheet.row(name, map(_label, labels), ", ")
    if tags.voice:
        values = [Span(f"{tags.voice.label} {tags.voice.confidence:.0%}", STRONG)]
        values += [_label(x) for x in tags.voice_details]
        sheet.row("Voice", [*values, *_entries(found, tags)])


def _loudness(sheet: Sheet, found: Findings) -> None:
    if loudness := found.loudness:
        peak = f"peak {loudness.peak:.1f} dBFS".replace("-", "−")
        sheet.row("Loudness", [Span(loudness_words(loudness), STRONG), Span(peak)])


def _entries(found: Findings, tags: Tags) -> Iterator[Span]:
    if not found.voice_spans or (tags.voice and tags.voice.label == "instrumental"):
        return
    spans = ", ".join(f"{clock(a)}-{clock(b)}" for a, b in found.voice_spans[:3])
    more = f" and {len(found.voice_spans) - 3} more" if len(found.voice_spans) > 3 else ""
    yield Span(f"heard at {spans}{more}")


def _authors(sheet: Sheet, record: TrackRecord, tasks: Sequence[str] | None) -> None:
    """Add who answers for the figures, and what could not be heard."""
    shown = [task for task in record.annotations if tasks is None or task in tasks]
    sheet.gap()
    authors = [Span(f"{task} {clean_text(str(record.estimator(task)))}", DIM) for task in shown]
    sheet.row("Heard by", authors or [Span("nobody: there is nothing to tell")], ", ")
    for problem in record.problems:
        task, reason = problem["task"], problem["reason"]
        if tasks is None or task in tasks:
            told = f"{clean_text(task, 20)}: {clean_text(reason, 400)}"
            sheet.row("Not heard", [Span(told, PROBLEM)])


def _label(label: Label) -> Span:
    return Span(f"{label.label} {label.confidence:.0%}")


def _sureness(confidence: float | None) -> list[Span]:
    return [] if confidence is None else [Span(f"{confidence:.0%} sure")]


# ---- fitting ------------------------------------------------------------------------------------


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes; some signs take two."""
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Return a text that fits `width` columns, with an ellipsis where something is left out."""
    if cells(text) <= width:
        return text
    while text and cells(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…" if width > 0 else ""


def _cells(texts: Iterable[str], width: int, style: str) -> Iterator[Span]:
    for text in texts:
        fitted = cut(text, width)
        yield Span("│ ", DIM)
        yield Span(fitted + " " * (width - cells(fitted)), style)


def _filled(values: list[Span], separator: str, width: int) -> Iterator[list[Span]]:
    """Yield lines of values that fit, broken between values and, inside a long one, at words."""
    line: list[Span] = []
    used = 0
    last = len(values) - 1
    for number, value in enumerate(values):
        joint = separator if number < last else ""
        for word in _words(value, joint, width):
            if used and used + cells(word.text.rstrip()) > width:
                yield _without_tail(line)
                line, used = [], 0
            line.append(word)
            used += cells(word.text)
    if line:
        yield _without_tail(line)


def _words(value: Span, joint: str, width: int) -> list[Span]:
    """Return a value whole with what joins it to the next, or its words where it is too long."""
    if cells(value.text + joint.rstrip()) <= width:
        return [Span(value.text + joint, value.style)]
    words = [cut(word, width) + " " for word in value.text.split(" ")]
    return [
        *(Span(word, value.style) for word in words[:-1]),
        Span(words[-1].rstrip() + joint, value.style),
    ]


def _without_tail(line: list[Span]) -> list[Span]:
    """Return a line without the blanks and dots that would join it to more."""
    while line and not line[-1].text.strip(" ·"):
        line = line[:-1]
    return [*line[:-1], Span(line[-1].text.rstrip(" ·"), line[-1].style)] if line else []
