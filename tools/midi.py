"""Notes as Standard MIDI Files, and back.

A file is of type 1: a track of tempo, meter and key, then a track for every part under its name. Its
tempo map follows the beats, so bars and beats lie where a musician sees them and every note still
sounds at its second. What lies before the first beat is filled with beats of its own.
"""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tools.annotations import Beats, FloatArray, Key, Notes, Sections, Tempo
from tools.annotations.notes import PEDALS
from tools.beatgrid import BeatGrid, beat_grid
from tools.general_midi import DRUMS, is_percussion, program_of
from tools.midi_reader import read_midi
from tools.theory import pitch_class, signature, tonic_name
from tools.titles import clean_text

if TYPE_CHECKING:
    import mido

__all__ = ["notes_to_midi", "read_midi"]

QUARTER = 960
"""Ticks a quarter note: half a millisecond at 120 BPM."""

TEMPO_SLACK = 0.001
"""Seconds that a beat may lie off before the tempo map gets another tempo."""

SHORTEST_LEAD = 0.001
"""Seconds before the first beat that are not worth a bar."""

SLOWEST = 0xFFFFFF
"""Microseconds a quarter: what fits the three bytes of a tempo event."""

USUAL_VELOCITY = 80
BEND_RANGE, WIDEST_BEND = 2, 24
BEND_STEPS = 8192

MOST_BEATS = 255
"""What fits the byte of a time signature."""

CHANNELS = tuple(channel for channel in range(16) if channel != DRUMS)

OFF, UP, DOWN, BEND, ON = range(5)
"""What comes first of events on one tick."""

Event = tuple[int, int, "mido.Message | mido.MetaMessage"]


def notes_to_midi(
    notes: Notes,
    beats: Beats | BeatGrid | None = None,
    tempo: Tempo | None = None,
    key: Key | None = None,
    title: str = "",
    sections: Sections | None = None,
    order: Sequence[str] = (),
) -> bytes:
    """Return a Standard MIDI File.

    Notes, pedals and bends sound at their seconds, to half a tick. A note that is struck again
    before it ends is cut there: a file can't hold both. Bends are written where the part has one
    note at a time, since they bend a whole channel.

    Parameters
    ----------
    beats : where beats and bars are; without them the file is in 4/4 at `tempo`
    tempo : used without beats only; 120 BPM without it
    key : key signatures, also where the key changes
    title : untrusted text; becomes the name of the first track
    sections : markers in the first track
    order : names of parts in the order of the file; others follow as they come in
    """
    import mido

    clock = _Clock(beat_grid(beats, tempo))
    file = mido.MidiFile(type=1, ticks_per_beat=QUARTER, charset="utf-8")
    file.tracks.append(_conductor(clock, key, clean_text(title), notes.estimator, sections))
    names = list(dict.fromkeys(p for p in (*order, *notes.parts) if p in notes.parts)) or [""]
    pedalled = next((n for n in names if "piano" in n), names[0])
    for number, name in enumerate(names):
        chosen = [i for i, part in enumerate(notes.parts) if part == name]
        part = _part(notes, chosen if notes.parts else range(len(notes.pitches)))
        channel = DRUMS if is_percussion(name) else CHANNELS[number % len(CHANNELS)]
        pedals = notes if name == pedalled and channel != DRUMS else None
        file.tracks.append(_track(part, pedals, clock, name, channel))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


# ---- time ---------------------------------------------------------------------------------------


class _Clock:
    """Seconds to ticks, through a tempo map whose tempi are whole microseconds a quarter."""

    def __init__(self, grid: BeatGrid) -> None:
        start = grid.times[0]
        self.grid = grid.from_zero()
        self.lead = 0  # ticks of a bar shorter than a beat, before the grid
        if self.grid.times[0] > SHORTEST_LEAD:
            pace = grid.times[1] - grid.times[0]
            shares = 2.0 ** -np.arange(1, 5)
            share = shares[np.argmin(np.abs(np.log(shares * pace / start)))]
            self.lead = int(QUARTER * share)
        beat = round(QUARTER * self.grid.quarters)
        self.beats = self.lead + beat * np.arange(len(self.grid.times))
        self.tempi = list(self._tempi())
        ticks, tempi = (np.array(column, float) for column in zip(*self.tempi, strict=True))
        seconds = np.cumsum(np.diff(ticks, prepend=0) * np.append(0, tempi[:-1]) / QUARTER / 1e6)
        self._ticks, self._seconds, self._last = ticks, seconds, tempi[-1]

    def ticks(self, seconds: Sequence[float] | FloatArray) -> list[int]:
        """Return the nearest ticks of times in seconds."""
        wanted = np.asarray(seconds, float)
        ticks = np.interp(wanted, self._seconds, self._ticks)
        after = self._ticks[-1] + (wanted - self._seconds[-1]) * 1e6 * QUARTER / self._last
        nearest: list[int] = (
            np.round(np.where(wanted > self._seconds[-1], after, ticks)).astype(int).tolist()
        )
        return nearest

    def _tempi(self) -> Iterator[tuple[int, int]]:
        """Yield ticks and tempi; each beat is aimed at from where rounding has left the last."""
        edges = [(0, 0.0), *zip(self.beats.tolist(), self.grid.times, strict=True)]
        edges = edges if self.lead else [edges[0], *edges[2:]]
        now, current = 0.0, 0
        for (tick, _), (following, time) in pairwise(edges):  # a few thousand beats at most
            quarters = (following - tick) / QUARTER
            if abs(now + quarters * current / 1e6 - time) > TEMPO_SLACK or not current:
                current = min(SLOWEST, max(1, round((time - now) * 1e6 / quarters)))
                yield tick, current
            now += quarters * current / 1e6


# ---- writing ------------------------------------------------------------------------------------


def _conductor(
    clock: _Clock, key: Key | None, title: str, author: str, sections: Sections | None
) -> "mido.MidiTrack":
    """Return the track of what holds for all: title, tempi, meters, keys, the form."""
    from mido import MetaMessage

    events: list[Event] = [
        (0, OFF, MetaMessage("track_name", name=title or "Musicologue")),
        (0, OFF, MetaMessage("text", text=f"Notes by {clean_text(author)}, Musicologue")),
    ]
    events += [(tick, ON, MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in clock.tempi]
    for tick, (count, unit) in _meters(clock):
        meter = MetaMessage("time_signature", numerator=count, denominator=unit)
        events.append((tick, DOWN, meter))
    events += [(tick, UP, MetaMessage("key_signature", key=k)) for tick, k in _keys(clock, key)]
    for i, (start, _, label) in enumerate(sections or ()):
        letter = f" {sections.letters[i]}" if sections and sections.letters else ""
        (tick,) = clock.ticks([start])
        events.append((tick, ON, MetaMessage("marker", text=f"{label.capitalize()}{letter}")))
    return _timed(events)


def _meters(clock: _Clock) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield where the time signature changes, in ticks, and to what."""
    current = None
    if clock.lead:
        current = (1, 4 * QUARTER // clock.lead)
        yield 0, current
    *whole, last = clock.grid.bars
    for bar in [*whole, last]:
        cut_short = bar is last and bar.beats < clock.grid.usual and whole
        meter = clock.grid.signature(None if cut_short else min(bar.beats, MOST_BEATS))
        if meter != current:
            yield int(clock.beats[bar.first]), meter
        current = meter


def _keys(clock: _Clock, key: Key | None) -> Iterator[tuple[int, str]]:
    """Yield key signatures at the bar lines nearest to where keys change."""
    if key is None:
        return
    bars = np.array([clock.beats[bar.first] for bar in clock.grid.bars])
    current = ""
    spans = [(s.start, s.tonic, s.mode) for s in key.changes]
    for start, tonic, mode in spans or [(0.0, key.tonic, key.mode)]:
        (tick,) = clock.ticks([start])
        name = _key_name(tonic, mode)
        if name != current:
            near = int(bars[np.argmin(np.abs(bars - tick))])
            yield (near if current else 0), name
        current = name


def _key_name(tonic: str, mode: str) -> str:
    """Return a key as mido writes it, one with at most seven accidentals."""
    if abs(signature(tonic, mode)) > 7:
        tonic = tonic_name(pitch_class(tonic), mode)
    return tonic + ("m" if mode == "minor" else "")


@dataclass(frozen=True)
class _Note:
    """One note of a part, as it will sound."""

    start: float
    end: float
    pitch: int
    velocity: int
    bend: tuple[float, ...]


def _part(notes: Notes, chosen: Iterable[int]) -> list[_Note]:
    """Return the notes of one part; none is still sounding when its key is struck again."""
    sounding: dict[int, int] = {}  # pitch -> place in `part` of the last note on it
    part: list[_Note | None] = []
    for i in chosen:
        (start, end), pitch = notes.intervals[i], round(notes.pitches[i])
        velocity = notes.velocities[i] if notes.velocities else USUAL_VELOCITY
        bend = tuple(notes.pitches[i] - pitch + b for b in notes.bends[i]) if notes.bends else ()
        before = part[sounding[pitch]] if pitch in sounding else None
        if before is not None and before.end > start:
            part[sounding[pitch]] = replace(before, end=start) if before.start < start else None
        sounding[pitch] = len(part)
        part.append(_Note(start, end, pitch, max(1, velocity), bend))
    return [note for note in part if note is not None]


def _track(
    part: Sequence[_Note], pedals: Notes | None, clock: _Clock, name: str, channel: int
) -> "mido.MidiTrack":
    from mido import Message, MetaMessage

    events: list[Event] = [(0, OFF, MetaMessage("track_name", name=clean_text(name) or "Notes"))]
    if channel != DRUMS:
        events.append(
            (0, OFF, Message("program_change", program=program_of(name), channel=channel))
        )
    events += _bends(part, clock, channel)
    starts = clock.ticks([n.start for n in part])
    ends = clock.ticks([n.end for n in part])
    for note, start, end in zip(part, starts, ends, strict=True):
        sound = {"note": note.pitch, "channel": channel}
        events.append((start, ON, Message("note_on", velocity=note.velocity, **sound)))
        events.append((max(start + 1, end), OFF, Message("note_off", velocity=0, **sound)))
    return _timed([*events, *(_pedals(pedals, clock, channel) if pedals else ())])


def _pedals(notes: Notes, clock: _Clock, channel: int) -> Iterator[Event]:
    """Yield the presses of every pedal, overlapping ones as one."""
    from mido import Message

    for kind, control in PEDALS.items():
        presses: list[list[float]] = []
        for pedal in (p for p in notes.pedals if p.kind == kind):
            if presses and pedal.start < presses[-1][1]:
                presses[-1][1] = max(presses[-1][1], pedal.end)
            else:
                presses.append([pedal.start, pedal.end])
        for start, end in presses:
            change = {"control": control, "channel": channel}
            down, up = clock.ticks([start, end])
            yield down, DOWN, Message("control_change", value=127, **change)
            yield max(down + 1, up), UP, Message("control_change", value=0, **change)


def _bends(part: Sequence[_Note], clock: _Clock, channel: int) -> Iterator[Event]:
    """Yield the bends of notes that sound alone, and before them how wide they may be."""
    from mido import Message

    alone = _alone(part)
    widest = max((abs(b) for note in alone for b in note.bend), default=0.0)
    if widest == 0.0:
        return
    reach = min(WIDEST_BEND, max(BEND_RANGE, math.ceil(widest)))
    # Registered parameter 0 is the bend range; 127, 127 closes it again.
    for control, value in ((101, 0), (100, 0), (6, reach), (38, 0), (101, 127), (100, 127)):
        yield 0, OFF, Message("control_change", control=control, value=value, channel=channel)
    for note in alone:
        times = np.linspace(note.start, note.end, len(note.bend), endpoint=False)
        steps = np.clip(np.round(np.array(note.bend) / reach * BEND_STEPS), -8192, 8191).astype(int)
        current = None
        for tick, step in zip(clock.ticks(times), steps.tolist(), strict=True):
            if step != current:
                yield tick, BEND, Message("pitchwheel", pitch=step, channel=channel)
            current = step
        if current:
            (tick,) = clock.ticks([note.end])
            yield tick, UP, Message("pitchwheel", pitch=0, channel=channel)


def _alone(part: Sequence[_Note]) -> list[_Note]:
    """Return the bent notes during which no other note of the part sounds."""
    if not any(note.bend for note in part):
        return []
    ordered = sorted(part, key=lambda note: note.start)
    latest = np.maximum.accumulate([0.0, *(note.end for note in ordered)])[:-1]
    following = [*(note.start for note in ordered[1:]), math.inf]
    rows = zip(ordered, latest.tolist(), following, strict=True)
    return [n for n, before, after in rows if n.bend and before <= n.start and n.end <= after]


def _timed(events: Iterable[Event]) -> "mido.MidiTrack":
    """Return a track of events in order, each with the ticks since the one before it."""
    import mido

    now, track = 0, mido.MidiTrack()
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track
