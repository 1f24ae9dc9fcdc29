"""Readings: what a question asks, in one line of a compact notation that a small model can write.

A reading is the text form of `agent.rules.asks.Ask`; each item of it compiles to calls of tools
(`agent.rules.plan`)::

    reading := item (" | " item)*
    item    := [handles " "] topic ["." aspect] ["=" value] ["@" place ["^" place]] ["~" stem]

``"#2 chords.has=F#7@1:00-1:30~bass"`` asks whether the bass of track 2 touches an F sharp seventh
between 1:00 and 1:30. Without handles the track in focus is meant. A place is a time
(``1:23``, ``83``), a stretch (``1:00-1:30``, ``2:30-end``), an edge (``start``, ``end``,
``first 20``, ``last 20``), a fraction (``0.5f``), bars (``b5-8``) or a section (``chorus 2``,
``verse last``, ``part A``, ``section 3``, ``each``).
"""

import re
from collections.abc import Iterable
from math import inf

from agent.rules.asks import Ask, Span

TOPICS: dict[str, tuple[str, ...]] = {
    "key": ("", "mode", "is", "relative", "parallel", "signature", "notes", "camelot", "capo", "transpose", "changes", "sure", "how", "alternatives", "degree"),
    "tempo": ("", "is", "fast", "marking", "steady", "alternative", "length", "frames", "sure", "how", "round", "range"),
    "meter": ("", "is", "beats", "sure", "how"),
    "beats": ("", "count", "first"),
    "chords": ("", "loop", "roman", "first", "last", "nth", "most", "count", "has", "times", "when", "follows", "next", "previous", "quality", "progression", "degree", "cadence", "rate", "share", "sure", "how", "changes", "change", "diatonic"),
    "genres": ("", "has", "either", "sure", "how"),
    "instruments": ("", "has", "either", "when", "sure", "how"),
    "moods": ("", "has", "either", "sure", "how"),
    "voice": ("", "has", "gender", "when", "gaps", "limit", "register", "number", "sure", "how"),
    "sound": ("",),
    "moment": ("", "level", "bpm", "key", "instruments", "moods", "voice", "chords", "genres"),
    "describe": ("",),
    "caption": ("", "course"),
    "duration": ("", "is"),
    "title": ("", "artist"),
    "tracks": ("", "switch", "missing"),
    "structure": ("", "when", "has", "count", "length", "longer", "longest", "shortest", "loudest", "quietest", "at", "begins", "ends", "next", "previous", "again", "repeats", "is", "even", "sure", "how"),
    "stems": ("", "guitar", "piano", "lead", "backing"),
    "notes": ("", "midi", "musicxml", "json"),
    "melody": ("", "range", "high", "low", "tune"),
    "export": ("", "pdf"),
    "listen": ("",),
    "recall": ("", "similar"),
    "compare": ("all", "tempo", "key", "mix", "meter", "chords", "genres", "moods", "instruments", "voice", "duration", "loudness", "steady", "pitch", "sure", "sure key", "entry"),
    "theory": ("define", "explain", "relative", "parallel", "notes", "chord notes"),
    "talk": ("hello", "thanks", "bye", "ok", "help", "who"),
    "decline": ("producer", "mixer", "writer", "player", "label", "album", "year", "place", "sales", "lyrics meaning", "opinion", "file", "tuning", "technique", "level of skill", "gear", "origin", "fame", "off topic", "elsewhere"),
    "unsupported": ("analysis", "generation", "edit", "build", "loudness", "spectrum", "note", "playlist", "swing", "convert", "tabs"),
    "unclear": ("", "again"),
}  # fmt: skip
"""Topic -> its aspects; ``""`` is the plain value."""

STEMS = ("vocals", "accompaniment", "drums", "bass", "other")
SECTIONS = (
    "intro", "verse", "pre-chorus", "post-chorus", "chorus", "bridge", "solo", "instrumental",
    "break", "outro", "section",
)  # fmt: skip
_ITEM = re.compile(
    r"(?P<handles>(?:#\d{1,2})+ )?(?P<topic>[a-z]+)(?:\.(?P<aspect>[a-z ]+?))?(?:=(?P<value>[^|\n]*?))?"
    r"(?:@(?P<place>[^@^~|\n]+?)(?:\^(?P<versus>[^@^~|\n]+?))?)?(?:~(?P<stem>[a-z]+))?"
)
_CLOCK = r"\d{1,3}:\d{2}(?:\.\d+)?|\d+(?:\.\d+)?"
_START = Span(0.0, 15.0, words="the beginning")
_END = Span(-15.0, inf, words="the end")


class ReadingError(ValueError):
    """A line is no reading."""


def read(text: str) -> tuple[Ask, ...]:
    """Return the asks of a reading; `tracks` holds only the handles that are written.

    Raises
    ------
    ReadingError
        If an item has an unknown topic, aspect, place or stem.
    """
    return tuple(_read(item.strip()) for item in text.strip().split("|"))


def write(asks: Iterable[Ask], focus: tuple[str, ...] = ()) -> str:
    """Return asks in the notation; handles that equal `focus` are left out."""
    return " | ".join(_write(ask, focus) for ask in asks)


def _read(item: str) -> Ask:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ReadingError(f"'{item[:60]}' is no item of a reading")
    topic, aspect, stem = match["topic"], (match["aspect"] or "").strip(), match["stem"] or ""
    if topic not in TOPICS or aspect not in TOPICS[topic]:
        raise ReadingError(f"there is no topic '{topic}.{aspect}'")
    if stem and stem not in STEMS:
        raise ReadingError(f"there is no stem '{stem[:20]}'")
    handles = tuple(re.findall(r"#\d+", match["handles"] or ""))
    span = _place(match["place"]) if match["place"] else None
    versus = _place(match["versus"]) if match["versus"] else None
    return Ask(topic, aspect, handles, span, (match["value"] or "").strip(), False, versus, stem)


def _write(ask: Ask, focus: tuple[str, ...]) -> str:
    handles = "" if ask.tracks == focus else "".join(ask.tracks)
    text = f"{handles} {ask.topic}".strip() + (f".{ask.aspect}" if ask.aspect else "")
    if ask.value:
        kept = r"[|\n]" if ask.topic == "listen" else r"[|@~^\n]"  # "~/song.mp3" is a path
        text += "=" + re.sub(kept, " ", ask.value)
    text += f"@{_told(ask.span)}" if ask.span else ""
    text += f"^{_told(ask.versus)}" if ask.versus else ""
    return text + (f"~{ask.stem}" if ask.stem else "")


# ---- places -------------------------------------------------------------------------------------


def _place(text: str) -> Span:
    text = text.strip()
    edge = re.fullmatch(r"(first|last) (\d+(?:\.\d+)?)", text)
    if text in ("start", "end"):
        return _START if text == "start" else _END
    if edge:
        size = float(edge[2])
        return Span(0.0, size) if edge[1] == "first" else Span(-size, inf)
    bars = re.fullmatch(r"b(-?\d+)(?:-(\d+))?", text)
    if bars:
        return Span(float(bars[1]), float(bars[2]) if bars[2] else None, "bars")
    part = re.fullmatch(r"(\d?\.?\d+)(?:-(\d?\.?\d+))?f", text)
    if part:
        return Span(float(part[1]), float(part[2]) if part[2] else None, "fraction")
    return _times(text) or _section(text)


def _times(text: str) -> Span | None:
    match = re.fullmatch(rf"({_CLOCK})(?:-({_CLOCK}|end))?", text)
    if match is None:
        return None
    end = inf if match[2] == "end" else _seconds(match[2]) if match[2] else None
    return Span(_seconds(match[1]), end)


def _section(text: str) -> Span:
    if text == "each":
        return Span(0, None, "section", "each")
    if letter := re.fullmatch(r"part ([A-H])", text):
        return Span(0, None, "section", letter[1])
    match = re.fullmatch(rf"({'|'.join(SECTIONS)})(?: (\d{{1,2}}|last))?", text)
    if match is None:
        raise ReadingError(f"'{text[:40]}' is no place")
    number = -1.0 if match[2] == "last" else float(match[2] or 0)
    return Span(number, None, "section", match[1])


def _told(span: Span) -> str:
    """Return a place in the notation."""
    if span.unit == "section":
        if span.words == "each":
            return "each"
        if len(span.words) == 1:
            return f"part {span.words}"
        number = "" if not span.start else " last" if span.start < 0 else f" {span.start:g}"
        return span.words + number
    if span.unit == "bars":
        return f"b{span.start:g}" + (f"-{span.end:g}" if span.end is not None else "")
    if span.unit == "fraction":
        end = "" if span.end is None else f"-{span.end:.3g}"
        return f"{span.start:.3g}{end}f"
    if span in (_START, _END):
        return "start" if span == _START else "end"
    if span.start < 0:
        return f"last {-span.start:g}"
    if span.start == 0 and span.end is not None and span.end != inf:
        return f"first {span.end:g}"
    end = "" if span.end is None else "-end" if span.end == inf else f"-{_clock(span.end)}"
    return _clock(span.start) + end


def _seconds(text: str) -> float:
    minutes, _, rest = text.rpartition(":")
    return 60 * int(minutes or 0) + float(rest)


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g}"
    rest = f"{seconds % 60:g}"
    whole, _, part = rest.partition(".")
    return f"{int(seconds // 60)}:{whole.zfill(2)}" + (f".{part}" if part else "")
