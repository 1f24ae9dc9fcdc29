"""Notes as MusicXML: a score on the beat grid that a person can read, and notation programs open.

Written by hand rather than with music21: for a piano piece of three minutes that is a tenth of a
second instead of several, and nothing but what stands here gets into the file. The tests read it
back with music21.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree import ElementTree as XML

import numpy as np

from tools.annotations import Beats, Chords, Key, Notes, Tempo
from tools.beatgrid import Bar, BeatGrid, beat_grid
from tools.general_midi import DRUMS, is_percussion, program_of
from tools.notation import QUARTER, Piece, Spelling, add, add_chord_symbol, add_voice
from tools.quantise import Written, pieces, quantise, swing_of, ticks_a_beat
from tools.theory import chord_name, pitch_class, respell, signature, tonic_name
from tools.titles import clean_text
from tools.voices import hands, voices

VERSION = "4.0"
DOCTYPE = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)

KEYBOARDS = ("piano", "keyboard", "harpsichord", "organ", "rhodes", "celesta", "harp", "marimba")
OCTAVE_DOWN = ("guitar", "bass", "banjo")
"""Written an octave higher than they sound: their clefs have an 8 below."""

TWO_STAVES = 28
"""Semitones between low and high notes of a part without a name that one staff holds with ease."""


def notes_to_musicxml(
    notes: Notes,
    beats: Beats | BeatGrid | None = None,
    tempo: Tempo | None = None,
    key: Key | None = None,
    chords: Chords | None = None,
    title: str = "",
    artist: str = "",
    order: Sequence[str] = (),
) -> bytes:
    """Return a score as MusicXML 4.0, UTF-8.

    Bars are numbered from 1 at the first downbeat that was heard. What is written has at most two
    voices a staff; keyboards have two staves.

    Parameters
    ----------
    beats : the grid; without them it is an even one in 4/4 at `tempo`
    tempo : the metronome mark
    key : signature and spelling, also where the key changes
    chords : symbols above the first part
    title, artist : untrusted text
    order : names of parts in the order of the file; others follow as they come in
    """
    score = _Score(notes, beats, tempo, key, chords)
    root = XML.Element("score-partwise", {"version": VERSION})
    if title := clean_text(title):
        add(add(root, "work"), "work-title", title)
    about = add(root, "identification")
    if artist := clean_text(artist):
        add(about, "creator", artist, type="artist")
    add(add(about, "encoding"), "software", f"Musicologue, notes by {clean_text(notes.estimator)}")
    listing = add(root, "part-list")
    names = list(dict.fromkeys(p for p in (*order, *notes.parts) if p in notes.parts)) or [""]
    for number, name in enumerate(names, start=1):
        part = _Part(f"P{number}", name, _of(notes, name), score)
        part.announce(listing, number)
        part.write(add(root, "part", id=part.id), first=number == 1)
    XML.indent(root, " ")
    head = f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n{DOCTYPE}\n'
    return (head + XML.tostring(root, encoding="unicode")).encode("utf-8") + b"\n"


@dataclass(frozen=True)
class _Measure:
    """A bar in ticks, with what is told at its beginning; None where nothing changes."""

    number: int
    start: int
    end: int
    meter: tuple[int, int] | None
    key: tuple[str, str]
    new_key: bool
    pickup: bool

    @property
    def length(self) -> int:
        return self.end - self.start


class _Score:
    """What all parts share: grid, bars, keys, chord symbols, tempo, swing."""

    def __init__(
        self,
        notes: Notes,
        beats: Beats | BeatGrid | None,
        tempo: Tempo | None,
        key: Key | None,
        chords: Chords | None,
    ) -> None:
        grid = beat_grid(beats, tempo)
        first = min((start for start, _ in notes.intervals), default=grid.times[0])
        last = max((end for _, end in notes.intervals), default=grid.times[-1])
        self.grid = grid.covering(first, last)
        self.beat = ticks_a_beat(self.grid)
        self.swing = swing_of(notes, self.grid)
        self.tempo = tempo
        self._key = key
        self.symbols = self._symbols(chords)
        self.measures = self._measures(last)
        numerator, unit = self.grid.signature()
        self.pulse = 3 * QUARTER // 2 if unit == 8 and numerator % 3 == 0 else QUARTER

    def _measures(self, last: float) -> list[_Measure]:
        end = float(self.grid.beats_at([last])[0]) - 0.5
        last_symbol = max((at for at, label, _ in self.symbols if label != "N"), default=-1)
        bars = [b for b in self.grid.bars if b.first <= max(end, last_symbol // self.beat)]
        told: list[_Measure] = []
        meter: tuple[int, int] | None = None
        before: tuple[str, str] | None = None
        for i, bar in enumerate(bars):
            bar, pickup = self._whole(bar, i == len(bars) - 1), bar.number < 1 and i == 0
            short = pickup and bar.beats < self.grid.usual
            now = self.grid.signature(None if short else bar.beats)
            key = self.key_at(bar.first)
            start = bar.first * self.beat
            told.append(
                _Measure(
                    bar.number,
                    start,
                    start + bar.beats * self.beat,
                    now if now != meter else None,
                    key,
                    key != before,
                    short,
                )
            )
            meter, before = now, key
        return told

    def _whole(self, bar: Bar, last: bool) -> Bar:
        """Return the last bar with all its beats, whatever the music leaves of it."""
        return replace(bar, beats=max(bar.beats, self.grid.usual)) if last else bar

    def key_at(self, beat: int) -> tuple[str, str]:
        """Return the key of a bar: the one at its second beat, so that it may begin late."""
        if self._key is None:
            return "C", "major"
        time = self.grid.times[min(beat + 1, len(self.grid.times) - 1)]
        named = next(
            ((s.tonic, s.mode) for s in self._key.changes if s.start <= time < s.end),
            (self._key.tonic, self._key.mode),
        )
        simple = abs(signature(*named)) <= 7
        return named if simple else (tonic_name(pitch_class(named[0]), named[1]), named[1])

    def _symbols(self, chords: Chords | None) -> list[tuple[int, str, str]]:
        """Return place in ticks, label and name of each chord where it changes, on half beats."""
        if chords is None or not chords.labels:
            return []
        places = self.grid.beats_at([start for start, _ in chords.intervals])
        symbols: dict[int, str] = {}
        for place, label in zip(np.round(places * 2) / 2, chords.labels, strict=True):
            symbols[max(0, int(place * self.beat))] = label
        told: list[tuple[int, str, str]] = []
        for tick, label in sorted(symbols.items()):
            tonic, mode = self.key_at(tick // self.beat)
            spelled = respell(label, tonic, mode)
            if label != "X" and (not told or told[-1][1] != spelled):
                told.append((tick, spelled, chord_name(spelled, tonic, mode)))
        return told[1:] if told and told[0][1] == "N" else told


class _Part:
    """One part: its staves, and how it is announced and written."""

    def __init__(self, id: str, name: str, notes: Notes, score: _Score) -> None:
        self.id, self.name, self._score = id, clean_text(name), score
        self.drums = is_percussion(name)
        written = quantise(notes, score.grid, score.swing)
        self.staves: list[list[Written]] = [written]
        pitches = [p for w in written for p in w.pitches]
        low, high = np.percentile(pitches, [5, 95]) if pitches else (60.0, 72.0)
        wide = not name and high - low > TWO_STAVES
        if not self.drums and (wide or any(word in name.lower() for word in KEYBOARDS)):
            self.staves = list(hands(written))
        self.keys = sorted(set(pitches)) if self.drums else []
        self._middle = float(np.median(pitches)) if pitches else 60.0
        beat = score.beat
        self._voices = [voices(staff, beat) for staff in self.staves]

    def announce(self, listing: XML.Element, number: int) -> None:
        """Add the part to the list of parts, with its sounds."""
        part = add(listing, "score-part", id=self.id)
        add(part, "part-name", self.name.capitalize() or "Notes")
        sounds = self.keys or [0]
        for key in sounds:
            sound = add(part, "score-instrument", id=f"{self.id}-I{key}")
            add(sound, "instrument-name", f"Drum {key}" if self.drums else self.name or "Piano")
        channel = DRUMS if self.drums else (number - 1) % DRUMS
        for key in sounds:
            sound = add(part, "midi-instrument", id=f"{self.id}-I{key}")
            add(sound, "midi-channel", channel + 1)
            add(sound, "midi-program", 1 if self.drums else program_of(self.name) + 1)
            if self.drums:
                add(sound, "midi-unpitched", key + 1)

    def write(self, part: XML.Element, first: bool) -> None:
        """Add all bars of the part."""
        for i, measure in enumerate(self._score.measures):
            number = str(measure.number) if measure.number > 0 or i == 0 else f"X{i}"
            hidden = {"implicit": "yes"} if measure.pickup or number.startswith("X") else {}
            bar = add(part, "measure", number=number, **hidden)
            self._attributes(bar, measure, i == 0)
            if first and i == 0:
                _directions(bar, self._score)
            if first:
                self._chord_symbols(bar, measure)
            self._bar(bar, measure)
            if i == len(self._score.measures) - 1:
                add(add(bar, "barline", location="right"), "bar-style", "light-heavy")

    def _attributes(self, bar: XML.Element, measure: _Measure, first: bool) -> None:
        if not (first or measure.meter or measure.new_key):
            return
        told = add(bar, "attributes")
        if first:
            add(told, "divisions", QUARTER)
        if (measure.new_key or first) and not self.drums:
            key = add(told, "key")
            add(key, "fifths", signature(*measure.key))
            add(key, "mode", measure.key[1])
        if measure.meter:
            time = add(told, "time")
            add(time, "beats", measure.meter[0])
            add(time, "beat-type", measure.meter[1])
        if first:
            self._clefs(told)

    def _clefs(self, told: XML.Element) -> None:
        if len(self.staves) == 2:
            add(told, "staves", 2)
        for number, (sign, line, octave) in enumerate(self._signs(), start=1):
            shown = {"number": str(number)} if len(self.staves) == 2 else {}
            clef = add(told, "clef", **shown)
            add(clef, "sign", sign)
            if line:
                add(clef, "line", line)
            if octave:
                add(clef, "clef-octave-change", octave)

    def _signs(self) -> Sequence[tuple[str, int, int]]:
        if self.drums:
            return (("percussion", 0, 0),)
        if len(self.staves) == 2:
            return (("G", 2, 0), ("F", 4, 0))
        lower = -1 if any(word in self.name.lower() for word in OCTAVE_DOWN) else 0
        written = self._middle - 12 * lower
        return (("G", 2, lower),) if written >= 57 else (("F", 4, lower),)

    def _chord_symbols(self, bar: XML.Element, measure: _Measure) -> None:
        staff = 1 if len(self.staves) == 2 else None
        for tick, label, name in self._score.symbols:
            if measure.start <= tick < measure.end:
                add_chord_symbol(bar, label, tick - measure.start, name, staff)

    def _bar(self, bar: XML.Element, measure: _Measure) -> None:
        number = 0
        for staff, lines in enumerate(self._voices, start=1):
            tonic, mode = measure.key
            spelling = None if self.drums else Spelling(tonic, mode, signature(tonic, mode))
            shown = [_cut(line, measure, self._score.pulse) for line in lines]
            sounding = [line for line in shown if any(piece.pitches for piece in line)]
            silent = [Piece(0, measure.length)]
            stems = ("up", "down") if len(sounding) == 2 else (None,)
            for line, stem in zip(sounding or [silent], stems, strict=True):
                if number:
                    add(add(bar, "backup"), "duration", measure.length)
                number += 1
                stave = staff if len(self._voices) == 2 else None
                ids = {key: f"{self.id}-I{key}" for key in self.keys}
                add_voice(bar, line, number, stave, self._score.pulse, spelling, ids, stem)


def _of(notes: Notes, part: str) -> Notes:
    """Return the notes of one part, without what no score shows."""
    chosen = [i for i in range(len(notes.pitches)) if not notes.parts or notes.parts[i] == part]
    intervals = tuple(notes.intervals[i] for i in chosen)
    return Notes(intervals, tuple(notes.pitches[i] for i in chosen), (), notes.estimator)


def _cut(line: Sequence[Written], measure: _Measure, pulse: int) -> list[Piece]:
    """Return what a voice has in one bar, rests between, cut as it is written."""
    told: list[Piece] = []
    now = 0
    for written in line:
        start, end = written.start - measure.start, written.end - measure.start
        if end <= 0:
            continue
        if start >= measure.length:
            break
        low, high = max(0, start), min(measure.length, end)
        told += _rests(now, low, measure, pulse)
        parts = list(pieces(low, high, pulse, measure.length, rest=False))
        for a, b in parts:
            told.append(Piece(a, b, written.pitches, a > start, b < end))
        now = high
    return [*told, *(_rests(now, measure.length, measure, pulse))]


def _rests(start: int, end: int, measure: _Measure, pulse: int) -> list[Piece]:
    if start == 0 and end == measure.length:
        return [Piece(0, end)]
    return [Piece(a, b) for a, b in pieces(start, end, pulse, measure.length, rest=True)]


def _directions(bar: XML.Element, score: _Score) -> None:
    """Add the metronome mark and, where the music swings, the word for it."""
    if score.tempo:
        told = add(bar, "direction", placement="above")
        mark = add(add(told, "direction-type"), "metronome")
        add(mark, "beat-unit", "eighth" if score.grid.quarters == 0.5 else "quarter")
        if score.grid.quarters == 1.5:
            add(mark, "beat-unit-dot")
        add(mark, "per-minute", round(score.tempo.bpm))
        add(told, "sound", tempo=f"{score.tempo.bpm * score.grid.quarters:.2f}")
    if score.swing:
        told = add(bar, "direction", placement="above")
        add(add(told, "direction-type"), "words", "Swing")
