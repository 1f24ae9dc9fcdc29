"""The notes and pedals of a piano, by Transkun.

The network hears segments of 16 seconds, as it was trained; in 8 it misses half the notes, so what
is shorter is padded with silence. Segments overlap: each is believed up to shortly before its end,
and the next one goes on from the last note that had ended by then. A note that lasts longer is
carried over: its onset comes from one segment, its offset from a later.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tools import cores
from tools.annotations import Notes, Pedal
from tools.annotations.notes import PEDALS
from tools.audio import Audio
from tools.errors import Cancelled, NoMusicError
from tools.nets.transkun import EVENTS, Transkun, load_transkun
from tools.rungs import Progress, quiet
from tools.semicrf import Onward, decode, together
from tools.weights import WeightStore

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

CHECKPOINT = "transkun/pretrained/2.0.pt"
CONF = "transkun/pretrained/2.0.conf"

SHORTEST_SECONDS = 0.1
LEAD_IN_SECONDS = 0.5
"""Silence before the start: a recording cut on its first note has that note's onset heard."""

OVERLAP = 1 / 4
"""Share of a segment that the next one hears again: it must know what is on when it takes over."""

DOUBT = 1 / 16
"""What ends in this last share of a segment is left to the next, which hears how it goes on."""

SAME_SECONDS = 0.05
"""A note found again this close to itself is no second one."""

SHORTEST_NOTE = 0.005
AHEAD = 3
"""Segments that are heard or wait to be written down: some 100 MB each."""

TICK_SECONDS = 0.5

KINDS = {-controller: kind for kind, controller in PEDALS.items()}


def piano_notes(
    audio: Audio, store: WeightStore, estimator: str, progress: Progress = quiet
) -> Notes:
    """Return the notes of a piano with velocities, and what its pedals do.

    Sound in which no piano is heard has no notes.

    Parameters
    ----------
    estimator : the engine's signature, to sign the notes with
    progress : told the fraction done; may raise `tools.errors.Cancelled`

    Raises
    ------
    AudioTooShortError
        If there is less than `SHORTEST_SECONDS`.
    NoMusicError
        If it is silent.
    WeightsError
        If the weights can't be had, or are not those of the network.
    """
    audio.require(SHORTEST_SECONDS, "Piano transcription")
    if audio.silent:
        raise NoMusicError(f"'{audio.name}' is silent: there are no notes in it.")
    network = load_transkun(store.file("transkun", CHECKPOINT), store.file("transkun", CONF))
    tracks = [Track() for _ in EVENTS]
    for segment, heard in _listen(network, audio, progress):
        for track, played in zip(tracks, _played(network, segment, heard, tracks), strict=True):
            track.go_on(played, segment)
    progress(1.0)
    notes = [track.closed(audio.duration) for track in tracks]
    return _annotation(notes, estimator)


@dataclass(frozen=True)
class Segment:
    """What the network hears at once.

    Parameters
    ----------
    first : its first frame, from the start of the recording; negative in the lead-in
    believed : the frame of the recording up to which it is believed
    following : first frame of the next segment; for the last one, as `believed`, beyond all
    """

    first: int
    believed: int
    following: int


@dataclass(frozen=True)
class Played:
    """A note, or one press of a pedal.

    Parameters
    ----------
    begin, end : frames of the recording
    onset, offset : seconds
    velocity : MIDI
    struck : whether its onset is within the segment that it was found in
    """

    begin: int
    end: int
    onset: float
    offset: float
    velocity: int
    struck: bool = True


@dataclass
class Track:
    """One key or pedal: what it has played, found segment by segment."""

    done: list[Played] = field(default_factory=list)
    pending: Played | None = None  # begun before the next segment does, and not known to end
    resume: int = 0  # what ended up to this frame is settled

    def go_on(self, played: list[Played], segment: Segment) -> None:
        """Take what a segment has in it from `resume` on."""
        pending, self.pending = self.pending, None
        for note in played:
            if not note.struck:
                if pending is None:  # it sounds on, but nobody heard it begin
                    continue
                begun = pending
                note = replace(note, begin=begun.begin, onset=begun.onset, velocity=begun.velocity)
            elif pending and note.onset - pending.onset > SAME_SECONDS:
                self.done.append(pending)
            pending = None
            if note.end >= segment.believed:
                self.pending = note if note.begin < segment.following else None
                break
            self.done.append(note)
            self.resume = note.end
        if pending:
            self.done.append(pending)

    def closed(self, duration: float) -> list[tuple[float, float, int]]:
        """Return onsets, offsets and velocities of all there was; none lasts into the next."""
        notes = [*self.done, self.pending] if self.pending else self.done
        notes = [note for note in notes if note.onset < duration]
        closed = []
        latest = 0.0
        for note, follower in zip_longest(notes, notes[1:]):
            onset = max(latest, note.onset)
            end = follower.onset if follower else duration
            latest = max(onset + SHORTEST_NOTE, min(note.offset, end))
            closed.append((onset, latest, note.velocity))
        return closed


# ---- segments -----------------------------------------------------------------------------------


def plan(duration: float, network: Transkun) -> list[Segment]:
    """Return the segments in which `duration` seconds are heard."""
    length = network.segment // network.layout.hop_length
    total = math.ceil(duration * network.frame_rate)
    start = -math.ceil(LEAD_IN_SECONDS * network.frame_rate)
    # The last one reaches back instead of hearing what is not there any more.
    last = max(start, total - length)
    firsts = [*range(start, last, length - round(OVERLAP * length)), last]
    doubt = math.ceil(DOUBT * length)
    segments = [Segment(a, a + length - doubt, b) for a, b in pairwise(firsts)]
    return [*segments, Segment(last, last + 2 * length, last + 2 * length)]


@dataclass(frozen=True)
class Heard:
    """What the network makes of a segment; `features` are as `Transkun.listen` returns them."""

    features: "Tensor"
    onward: Onward


class _Clock:
    """How far the work is, told from the thread that asked for it; stops the others."""

    def __init__(self, ticks: int, progress: Progress) -> None:
        self._ticks = ticks
        self._progress = progress
        self._lock = threading.Lock()
        self._done = 0
        self._stopped = False

    def tick(self) -> None:
        if self._stopped:
            raise Cancelled
        with self._lock:
            self._done += 1

    def awaited(self, future: Future[T]) -> T:
        while not future.done():
            wait([future], TICK_SECONDS)
            self._progress(min(1.0, self._done / self._ticks))
        return future.result()

    def stop(self) -> None:
        self._stopped = True


def _listen(
    network: Transkun, audio: Audio, progress: Progress
) -> Iterator[tuple[Segment, Heard | None]]:
    """Yield the segments with what is heard in them, None in silent ones; `AHEAD` at once."""
    segments = plan(audio.duration, network)
    clock = _Clock(len(segments) * network.ticks, progress)
    ahead: deque[tuple[Segment, Future[Heard | None]]] = deque()
    with cores.pool(len(segments)) as pool:
        try:
            for segment in segments:
                ahead.append((segment, pool.submit(_hear, network, audio, segment, clock.tick)))
                if len(ahead) == AHEAD:
                    first, future = ahead.popleft()
                    yield first, clock.awaited(future)
            for segment, future in ahead:
                yield segment, clock.awaited(future)
        finally:
            clock.stop()


def _hear(
    network: Transkun, audio: Audio, segment: Segment, tick: Callable[[], None]
) -> Heard | None:
    hop, rate = network.layout.hop_length, network.layout.sample_rate
    start = segment.first * hop
    part = audio.between(start / rate, (start + network.segment) / rate)
    if part.silent:
        return None
    lead_in = max(0, -start)
    signal = part.at(rate)[: network.segment - lead_in]
    signal = np.pad(signal, (lead_in, network.segment - lead_in - len(signal)))
    features = network.listen(signal, tick)
    return Heard(features, together([decode(scores) for scores in network.scores(features)]))


def _played(
    network: Transkun, segment: Segment, heard: Heard | None, tracks: list[Track]
) -> list[list[Played]]:
    """Return what each track plays in a segment from where it is settled."""
    if heard is None:
        return [[] for _ in tracks]
    found = [
        heard.onward.intervals(k, max(0, track.resume - segment.first))
        for k, track in enumerate(tracks)
    ]
    counts = [len(intervals) for intervals in found]
    events = np.repeat(np.arange(len(tracks)), counts)
    intervals = np.concatenate(found)
    details = network.describe(heard.features, events, intervals[:, 0], intervals[:, 1])
    times = (segment.first + intervals + details.shifts) / network.frame_rate
    struck = (intervals[:, 0] > 0) | details.inside[:, 0]
    notes = [
        Played(begin, end, onset, offset, velocity, begun)
        for (begin, end), (onset, offset), velocity, begun in zip(
            (segment.first + intervals).tolist(),
            times.tolist(),
            details.velocities.tolist(),
            struck.tolist(),
            strict=True,
        )
    ]
    edges = np.cumsum([0, *counts])
    return [notes[a:b] for a, b in pairwise(edges)]


def _annotation(closed: list[list[tuple[float, float, int]]], estimator: str) -> Notes:
    notes, pedals = [], []
    for event, played in zip(EVENTS, closed, strict=True):
        for onset, offset, velocity in played:
            onset, offset = round(onset, 4), round(offset, 4)
            if event < 0:
                pedals.append(Pedal(onset, offset, KINDS[event]))
            else:
                notes.append(((onset, offset), float(event), velocity))
    notes.sort()
    return Notes(
        tuple(interval for interval, _, _ in notes),
        tuple(pitch for _, pitch, _ in notes),
        tuple(velocity for _, _, velocity in notes),
        estimator,
        pedals=tuple(sorted(pedals, key=lambda pedal: pedal.start)),
    )
