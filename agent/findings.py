"""What is known of a track, each annotation under its own type, with what follows from several."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from agent.record import TrackRecord
from tools.annotations import (
    Annotation,
    Beats,
    Caption,
    Chords,
    Key,
    Loudness,
    Sections,
    Tags,
    Tempo,
)
from tools.conventions import Interval
from tools.theory import chord_name

if TYPE_CHECKING:
    from tools.progression import BarChords, ChordShare, Loop

A = TypeVar("A", bound=Annotation)


@dataclass(frozen=True)
class Findings:
    """The annotations of one track; None where a task was not done, or not asked for."""

    tempo: Tempo | None = None
    beats: Beats | None = None
    key: Key | None = None
    chords: Chords | None = None
    tags: Tags | None = None
    sections: Sections | None = None
    caption: Caption | None = None
    loudness: Loudness | None = None

    @cached_property
    def bars(self) -> "tuple[BarChords, ...]":
        """The chords by bar; empty where chords or bar lines are not known."""
        if not (self.chords and self.chords.labels and self.beats):
            return ()
        begin, end = self.chords.intervals[0][0], self.chords.intervals[-1][1]
        if sum(begin <= time < end for time in self.beats.downbeats) < 2:
            return ()  # `progression` would call every chord a bar
        from tools.progression import progression, snap_to_beats

        return progression(snap_to_beats(self.chords, self.beats), self.beats, self.key)

    @cached_property
    def used(self) -> "tuple[ChordShare, ...]":
        """Each chord with its share of the time, the most used first."""
        from tools.progression import most_used

        return most_used(self.chords) if self.chords else ()

    @cached_property
    def loop(self) -> "Loop | None":
        """The progression that the track goes round in, if it does."""
        from tools.progression import loop

        return loop(self.bars) if self.bars else None

    @cached_property
    def voice_spans(self) -> tuple[Interval, ...]:
        """Where a voice is heard, in seconds; empty where that is not known."""
        if not self.tags or not self.tags.curves:
            return ()
        from tools.tagging import entries

        return entries(self.tags, "vocal")

    def name(self, label: str) -> str:
        """Return a chord as people write it, spelled in the key where one is known."""
        return chord_name(label, *((self.key.tonic, self.key.mode) if self.key else ()))


def findings(record: TrackRecord, tasks: Sequence[str] | None = None) -> Findings:
    """Return what a record holds, or of it what was asked for."""
    return Findings(
        _one(record, tasks, "tempo", Tempo),
        _one(record, tasks, "beats", Beats),
        _one(record, tasks, "key", Key),
        _one(record, tasks, "chords", Chords),
        _one(record, tasks, "tags", Tags),
        _one(record, tasks, "segments", Sections),
        _one(record, tasks, "caption", Caption),
        _one(record, tasks, "loudness", Loudness),
    )


def _one(record: TrackRecord, tasks: Sequence[str] | None, task: str, kind: type[A]) -> A | None:
    annotation = record.annotation(task) if tasks is None or task in tasks else None
    return annotation if isinstance(annotation, kind) else None
