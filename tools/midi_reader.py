"""Standard MIDI Files as notes: an untrusted file in, `Notes` in seconds out."""

import io
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.annotations import FloatArray, Notes, Pedal
from tools.annotations.notes import PEDALS
from tools.errors import MusicToolError
from tools.general_midi import DRUMS, part_of
from tools.titles import clean_text

if TYPE_CHECKING:
    import mido

USUAL_TEMPO = 500_000
BEND_STEPS, USUAL_REACH = 8192, 2.0
BEND_HOP = 0.01
"""Seconds between the bends that are read."""

ROUNDING = 0.001
"""Seconds by which ticks may have moved a bend."""

Row = tuple[float, float, int, int, str, tuple[float, ...]]


def read_midi(source: bytes | str | Path) -> Notes:
    """Return the notes of a Standard MIDI File, in order of onset, pedals and bends with them.

    Parts have the names of their tracks, or of their General MIDI sound; percussion is ``"drums"``.
    A note that never ends lasts until the last event of its track.

    Parameters
    ----------
    source : the file's bytes, or its path

    Raises
    ------
    MusicToolError
        If it is no MIDI file, or holds no notes.
    """
    import mido

    name = "these bytes" if isinstance(source, bytes) else f"'{clean_text(Path(source).name)}'"
    try:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception as error:  # a parser of untrusted bytes: whatever it trips over
        raise MusicToolError(f"Cannot read {name} as MIDI: {error or 'it ends early'}.") from error
    if not 0 < file.ticks_per_beat < 0x8000:
        raise MusicToolError(f"Cannot read {name}: its time is counted in film frames.")
    clock = _clock(file)
    tracks = [_Track(track, clock) for track in file.tracks]
    rows = sorted((row for track in tracks for row in track.rows()), key=lambda r: r[:3])
    if not rows:
        raise MusicToolError(f"There are no notes in {name}.")
    pedals = sorted((p for track in tracks for p in track.pedals), key=lambda p: p.start)
    starts, ends, pitches, velocities, parts, bends = zip(*rows, strict=True)
    return Notes(
        tuple(zip(starts, ends, strict=True)),
        pitches,
        velocities,
        "midi",
        parts if any(parts) else (),
        bends=bends if any(bends) else (),
        pedals=tuple(pedals),
    )


class _Clock:
    """Ticks to seconds through the tempo map."""

    def __init__(self, ticks: FloatArray, tempi: FloatArray, quarter: int) -> None:
        self._ticks, self._rates = ticks, tempi / 1e6 / quarter
        self._seconds = np.cumsum(np.diff(ticks, prepend=0) * np.append(0, self._rates[:-1]))

    def __call__(self, tick: int) -> float:
        at = int(np.searchsorted(self._ticks, tick, side="right")) - 1
        return float(self._seconds[at] + (tick - self._ticks[at]) * self._rates[at])


def _clock(file: "mido.MidiFile") -> _Clock:
    tempi = {0: USUAL_TEMPO}
    for track in file.tracks:
        for tick, message in _events(track):
            if message.type == "set_tempo":
                tempi[tick] = message.tempo
    ticks = sorted(tempi)
    return _Clock(
        np.array(ticks, float), np.array([tempi[t] for t in ticks], float), file.ticks_per_beat
    )


def _events(track: "mido.MidiTrack") -> Iterator[tuple[int, Any]]:
    """Yield messages with their ticks from the beginning."""
    tick = 0
    for message in track:
        tick += message.time
        yield tick, message


def _text(name: str) -> str:
    """Return a name that was read byte by byte: as UTF-8 where it is, else as Latin-1."""
    raw = name.encode("latin-1", "replace")
    try:
        return clean_text(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(name)


class _Track:
    """One track while it is read: who plays, what sounds, how it is bent."""

    def __init__(self, track: "mido.MidiTrack", clock: _Clock) -> None:
        self.pedals: list[Pedal] = []
        self._clock = clock
        self._name = ""
        self._programs: dict[int, int] = {}
        self._notes: list[
            tuple[int, int, int, int, int]
        ] = []  # start, end, pitch, velocity, channel
        self._wheel: dict[int, list[tuple[float, float]]] = defaultdict(list)
        self._reach: dict[int, float] = {}
        self._sounding: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        self._down: dict[tuple[int, str], int] = {}
        self._parameter: dict[int, list[int]] = defaultdict(lambda: [127, 127])
        end = 0
        for end, message in _events(track):
            self._take(end, message)
        for (channel, pitch), struck in self._sounding.items():
            self._notes += [(s, end, pitch, v, channel) for s, v in struck]
        for (_, kind), start in self._down.items():
            self._press(start, end, kind)

    def rows(self) -> Iterator[Row]:
        """Yield the notes: start, end, pitch, velocity, part, bends."""
        for start, end, pitch, velocity, channel in self._notes:
            times = self._clock(start), self._clock(end)
            if times[0] < times[1]:
                yield *times, pitch, velocity, self._part(channel), self._bend(start, end, channel)

    def _take(self, tick: int, message: Any) -> None:
        kind = message.type
        if kind == "track_name" and not self._name:
            self._name = _text(message.name)
        elif kind == "program_change":
            self._programs.setdefault(message.channel, message.program)
        elif kind == "note_on" and message.velocity:
            key = (message.channel, message.note)
            self._sounding[key].append((tick, message.velocity))
        elif kind in ("note_on", "note_off"):
            if struck := self._sounding[message.channel, message.note]:
                start, velocity = struck.pop(0)
                self._notes.append((start, tick, message.note, velocity, message.channel))
        elif kind == "pitchwheel":
            reach = self._reach.get(message.channel, USUAL_REACH)
            self._wheel[message.channel].append(
                (self._clock(tick), message.pitch / BEND_STEPS * reach)
            )
        elif kind == "control_change":
            self._control(tick, message.channel, message.control, message.value)

    def _control(self, tick: int, channel: int, control: int, value: int) -> None:
        if control in (100, 101):
            self._parameter[channel][control - 100] = value
        elif control == 6 and self._parameter[channel] == [0, 0]:
            self._reach[channel] = float(value)
        for kind in (name for name, number in PEDALS.items() if number == control):
            if value >= 64:
                self._down.setdefault((channel, kind), tick)
            elif (channel, kind) in self._down:
                self._press(self._down.pop((channel, kind)), tick, kind)

    def _press(self, start: int, end: int, kind: str) -> None:
        times = self._clock(start), self._clock(end)
        if times[0] < times[1]:
            self.pedals.append(Pedal(*times, kind))

    def _part(self, channel: int) -> str:
        usual = "drums" if channel == DRUMS else part_of(self._programs.get(channel, -1))
        return "" if self._name == "Notes" else self._name or usual

    def _bend(self, start: int, end: int, channel: int) -> tuple[float, ...]:
        """Return the bends of a note, every `BEND_HOP` seconds; none for a steady one."""
        wheel = self._wheel.get(channel)
        if not wheel:
            return ()
        times, values = (np.array(column) for column in zip(*wheel, strict=True))
        first, last = self._clock(start), self._clock(end)
        count = max(2, round((last - first) / BEND_HOP))
        wanted = np.linspace(first, last, count, endpoint=False) + ROUNDING
        at = np.searchsorted(times, wanted, side="right") - 1
        bend = np.where(at >= 0, values[at], 0.0)
        return tuple(bend.tolist()) if np.any(bend) else ()
