"""Ears for sound that is still being made: what they hear is final a little later, and stays so.

An ear takes samples at its own rate as they come and tells events. It keeps a short stretch of what
it heard, looks at all of it again with each step, and commits itself only to what is older than a
margin. What was told is never taken back.
"""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tools.melody import note_centres, note_spans, velocity
from tools.nets import basic_pitch
from tools.nets.basic_pitch import LOWEST_PITCH, PITCHES, load_basic_pitch
from tools.nets.swift_f0 import AHEAD, LEVEL, load_swift_f0
from tools.nets.swift_f0 import HOP as SWIFT_HOP
from tools.pitch import (
    FRAME_RATE,
    HOP,
    SAMPLE_RATE,
    VOICED,
    Contour,
    along,
    every_hundredth,
    pooled,
    signal_levels,
    voiced,
)
from tools.rungs import quiet
from tools.weights import WeightStore
from tools.yin import pyin_plane

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

BLOCK = 1280
"""Samples at 16 kHz that are five frames of SwiftF0 and eight of 10 ms."""

BEFORE = 3 * BLOCK
"""Samples before a block that its frames depend on, and some."""

AFTER = (BLOCK // SWIFT_HOP + 1 + AHEAD) * SWIFT_HOP
"""Samples from the beginning of a block that its frames depend on."""

MOST = 4 * BLOCK
"""Samples looked at in one go: far less than what is remembered."""

REMEMBERED = 150
"""Frames of 10 ms of which the voice is looked at again with each block."""

MARGIN_SECONDS = 0.2
"""What is older than this is told. A new note shows itself in less."""

QUIETEST_DB, FADE_DB = -45.0, 0.5
"""The loud parts are at least so loud, in dB of full scale, and count for less with each second."""

STEP = 22 * basic_pitch.HOP_LENGTH
WINDOW = (basic_pitch.KEPT - 1) * basic_pitch.HOP_LENGTH
"""Samples at 22.05 kHz between two looks of the ear for any instrument, and in its view: 1.6 s."""

SETTLED_FRAMES = 20
"""Of its newest frames, 0.23 s, nothing is told: the network wants to see what follows."""

ONSET, SOUNDING = 0.5, 0.3
"""Probabilities from which on a note begins and sounds (the paper's)."""

HELD_FRAMES, RELEASED_FRAMES = 9, 8
"""How long a note must sound to be one, a tenth of a second, and not sound to have ended."""

OVERTONES = (12, 19, 24, 28, 31)
"""Semitones from a note to its partials 2 to 6."""

OVERTONE_SHARE, STRUCK_TOGETHER = 0.75, 3
"""A note that is this much less clear than one under it, struck within so many frames, is its
partial: octaves that are really played are heard about equally clearly."""

TEN_HERTZ = 69 - 12 * np.log2(44.0)
"""MIDI number of 10 Hz."""

SILENT = 0.003
"""Peaks below this are silence; the network levels each window by its loudest."""


@dataclass(frozen=True)
class NoteOn:
    """A note begins: seconds from the start of the stream, MIDI number, velocity in [1, 127]."""

    time: float
    pitch: int
    velocity: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return {"event": "note_on", **asdict(self)}


@dataclass(frozen=True)
class NoteOff:
    """A note ends: seconds from the start of the stream, MIDI number."""

    time: float
    pitch: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for ``json.dumps``."""
        return {"event": "note_off", **asdict(self)}


Event = NoteOn | NoteOff
Heard = tuple[float, float, int, int]
"""Onset, offset, pitch and velocity of a note as it looks by now."""


class Ear(Protocol):
    """What `tools.live.LiveTranscriber` listens with."""

    sample_rate: int
    latency: float

    def feed(self, samples: Array) -> list[Event]:
        """Take samples of shape (m,) at `sample_rate` and return what is certain by now."""

    def finish(self) -> list[Event]:
        """Return the rest: the stream has ended."""


class VoiceEar:
    """One voice: SwiftF0 and pYIN block by block, and notes cut from the last second and a half."""

    sample_rate = SAMPLE_RATE
    latency = 0.6

    def __init__(self, store: WeightStore) -> None:
        self._network = load_swift_f0(store.file("swift-f0", "swift_f0/model.onnx"))
        self._signal = np.zeros(BEFORE, np.float32)  # from `BEFORE` before the next block
        self._plane = np.zeros((0, 0), np.float16)
        self._heard = np.zeros((3, 0))  # the network's cents and confidences, and levels
        self._frames = 0
        self._loud = QUIETEST_DB
        self._told = 0.0
        self._sounding: int | None = None

    def feed(self, samples: Array) -> list[Event]:
        """Take samples of shape (m,) at 16 kHz and return what is certain by now."""
        events: list[Event] = []
        for first in range(0, len(samples), MOST):
            events += self._feed(samples[first : first + MOST])
        return events

    def _feed(self, samples: Array) -> list[Event]:
        self._signal = np.concatenate([self._signal, samples])
        blocks = (len(self._signal) - BEFORE - AFTER) // BLOCK + 1
        if blocks < 1:
            return []
        self._hear(blocks)
        self._signal = self._signal[blocks * BLOCK :]
        return self._tell(self._notes(), self._frames / FRAME_RATE - MARGIN_SECONDS)

    def finish(self) -> list[Event]:
        """Return the rest: the stream has ended."""
        silence = np.zeros(AFTER + round(MARGIN_SECONDS * SAMPLE_RATE) + 2 * BLOCK, np.float32)
        return self.feed(silence)

    def _hear(self, blocks: int) -> None:
        """Append the frames of whole blocks to what is remembered."""
        levels = signal_levels(self._signal)
        fresh = slice(BEFORE // HOP, BEFORE // HOP + blocks * BLOCK // HOP)
        faded = self._loud - FADE_DB * blocks * BLOCK / SAMPLE_RATE
        self._loud = max(QUIETEST_DB, faded, float(levels[BEFORE // HOP :].max()))
        signal = self._signal * np.float32(LEVEL / 10 ** (self._loud / 20))
        network = self._swift(signal, blocks)
        plane = pooled(network, pyin_plane(signal, HOP, fresh.start, fresh.stop))
        old = self._plane.reshape(-1, plane.shape[1])
        self._plane = np.concatenate([old, plane])[-REMEMBERED:]
        heard = np.stack([network.cents, network.confidences, levels[fresh]])
        self._heard = np.concatenate([self._heard, heard], axis=1)[:, -REMEMBERED:]
        self._frames += plane.shape[0]

    def _swift(self, signal: Array, blocks: int) -> Contour:
        first = BEFORE // SWIFT_HOP
        last = first + blocks * BLOCK // SWIFT_HOP + 1
        pitches, confidences = self._network.frames(signal)[:, first:last]
        return every_hundredth(pitches, confidences, blocks * BLOCK // HOP)

    def _notes(self) -> list[Heard]:
        """Return the notes in what is remembered."""
        cents, confidences, levels = self._heard
        contour = along(self._plane, Contour(cents, confidences))
        sung = voiced(contour, levels - self._loud, *VOICED["swift-f0+pyin"])
        midi = np.where(sung, contour.cents / 100 + TEN_HERTZ, np.nan)
        told = contour.confidences if contour.told is None else contour.told
        spans = note_spans(midi, told, levels)
        first = self._frames - len(cents)
        return [
            (
                (first + a) / FRAME_RATE,
                (first + b) / FRAME_RATE,
                round(float(centre)),
                velocity(float(levels[a:b].max()) - self._loud),
            )
            for (a, b), centre in zip(spans, note_centres(midi, spans), strict=True)
        ]

    def _tell(self, notes: list[Heard], upto: float) -> list[Event]:
        """Return what happens between what was told and `upto`, which is told from now on."""
        events: list[Event] = []
        covered = self._sounding is None
        for onset, offset, pitch, loudness in notes:
            if offset <= self._told or onset > upto:
                continue
            begins = max(onset, self._told)
            if self._sounding != pitch or onset > self._told:
                events += self._release(begins if covered else self._told)
                events.append(NoteOn(begins, pitch, loudness))
                self._sounding = pitch
            covered = True
            if offset <= upto:
                events += self._release(offset)
        if not covered:  # what sounded is, seen again, no note any more
            events += self._release(self._told)
        self._told = max(self._told, upto)
        return events

    def _release(self, time: float) -> list[Event]:
        if self._sounding is None:
            return []
        ended, self._sounding = NoteOff(time, self._sounding), None
        return [ended]


class AnyEar:
    """Any instrument, several notes at once: Basic Pitch over the last 1.6 s, four times a second."""

    sample_rate = basic_pitch.SAMPLE_RATE
    latency = 0.7

    def __init__(self, store: WeightStore) -> None:
        member = "basic_pitch/saved_models/icassp_2022/nmp.onnx"
        self._network = load_basic_pitch(store.file("basic-pitch", member))
        self._signal = np.zeros(0, np.float32)
        self._start = 0  # frames before the first sample kept
        self._new = 0
        self._told = 0  # frames
        self._began: dict[int, int] = {}  # row of a sounding note -> frame of its onset

    def feed(self, samples: Array) -> list[Event]:
        """Take samples of shape (m,) at 22.05 kHz and return what is certain by now."""
        events: list[Event] = []
        for first in range(0, len(samples), STEP):
            part = samples[first : first + STEP]
            self._signal = np.concatenate([self._signal, part])
            self._new += len(part)
            if self._new >= STEP:
                events += self._look(SETTLED_FRAMES)
        return events

    def finish(self) -> list[Event]:
        """Return the rest: the stream has ended."""
        events = self.feed(np.zeros(STEP, np.float32)) + self._look(1)
        for row in sorted(self._began):
            events.append(NoteOff(self._told / basic_pitch.FRAME_RATE, row + LOWEST_PITCH))
        self._began.clear()
        return events

    def _look(self, unsettled: int) -> list[Event]:
        """Listen to the whole view and tell what has become certain."""
        self._new = 0
        drop = max(0, -(-(len(self._signal) - WINDOW) // basic_pitch.HOP_LENGTH))
        self._signal = self._signal[drop * basic_pitch.HOP_LENGTH :]
        self._start += drop
        count = 1 + len(self._signal) // basic_pitch.HOP_LENGTH
        upto = self._start + count - unsettled
        if upto <= self._told:
            return []
        if np.abs(self._signal).max(initial=0.0) < SILENT:
            notes = onsets = np.zeros((count, PITCHES), np.float32)
        else:
            heard = self._network(self._signal, quiet)
            notes, onsets = heard.notes, heard.onsets
        events = self._tell(notes, onsets, upto - self._start)
        self._told = upto
        return events

    def _tell(self, notes: Array, onsets: Array, last: int) -> list[Event]:
        """Return the events of the frames from what was told to `last`, counted in the view."""
        first = self._told - self._start
        beside = np.pad(onsets, ((1, 1), (0, 0)))
        peaks = (onsets >= ONSET) & (onsets >= beside[:-2]) & (onsets > beside[2:])
        events: list[Event] = []
        for place, row in np.argwhere(peaks[first:last]).tolist():
            frame = first + place
            held = notes[frame : frame + HELD_FRAMES, row]
            again = self._start + frame - self._began.get(row, -HELD_FRAMES)
            if np.median(held) < SOUNDING or again < HELD_FRAMES:
                continue
            if _is_overtone(notes, onsets, row, frame):
                continue
            events += self._ended(notes, row, frame, True)
            strength = held.max()
            self._began[row] = self._start + frame
            events.append(NoteOn(self._seconds(frame), row + LOWEST_PITCH, _velocity(strength)))
        for row in sorted(self._began):
            events += self._ended(notes, row, last, False)
        return sorted(events, key=lambda event: event.time)

    def _ended(self, notes: Array, row: int, before: int, again: bool) -> list[Event]:
        """Return the end of a note that is over before frame `before`, or struck `again` there."""
        if row not in self._began:
            return []
        since = max(0, self._began[row] + 1 - self._start, self._told - self._start)
        still = np.pad(notes[since : before + RELEASED_FRAMES, row] < SOUNDING, (0, 1))
        changes = np.convolve(still, np.ones(RELEASED_FRAMES), "full")[RELEASED_FRAMES - 1 :]
        (over,) = np.nonzero(changes[: max(0, before - since)] == RELEASED_FRAMES)
        if not len(over) and not again:
            return []
        frame = since + int(over[0]) if len(over) else before
        del self._began[row]
        return [NoteOff(self._seconds(frame), row + LOWEST_PITCH)]

    def _seconds(self, frame: int) -> float:
        return float(round((self._start + frame) / basic_pitch.FRAME_RATE, 4))


def _is_overtone(notes: Array, onsets: Array, row: int, frame: int) -> bool:
    """Return whether a note is but a partial of a clearer one, struck lower at the same moment."""
    struck = slice(max(0, frame - STRUCK_TOGETHER), frame + STRUCK_TOGETHER + 1)
    clear = OVERTONE_SHARE * notes[frame : frame + HELD_FRAMES, :]
    strength = notes[frame : frame + HELD_FRAMES, row].max()
    return any(
        strength < clear[:, row - step].max() and onsets[struck, row - step].max() >= ONSET
        for step in OVERTONES
        if row >= step
    )


def _velocity(strength: float) -> int:
    """Return a velocity from how clearly a note sounds."""
    return int(np.clip(round(127 * float(strength)), 1, 127))
