"""Records of made-up tracks with known harmony, pulse, mood and sound, for tests of the library."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from agent.record import TrackRecord
from tools.annotations import (
    Annotation,
    Beats,
    Chords,
    Key,
    Label,
    Level,
    Loudness,
    Sections,
    Tags,
    Tempo,
)
from tools.theory import transpose

BY = "made/1"
PULSES = {"4/4": 4, "3/4": 3, "6/8": 6, "2/4": 2}

POP = ("C:maj", "G:maj", "A:min", "F:maj")
JAZZ = ("D:min7", "G:7", "C:maj7", "A:7")
MINOR = ("A:min", "F:maj", "C:maj", "G:maj")
MODAL = ("D:min", "G:maj", "D:min", "C:maj")


def track(
    n: int,
    title: str = "",
    *,
    artist: str = "",
    key: str = "C major",
    chords: Sequence[str] = POP,
    bpm: float = 120.0,
    meter: str = "4/4",
    seconds: float = 96.0,
    moods: Sequence[str] = (),
    genres: Sequence[str] = ("pop",),
    instruments: Sequence[str] = (),
    voice: str = "vocal",
    singer: str = "",
    level: float = -20.0,
    lufs: float | None = None,
    year: int | None = None,
    swing: float = 0.0,
    sections: Sequence[str] = ("intro", "verse", "chorus", "outro"),
    up: int = 0,
    path: str = "",
) -> TrackRecord:
    """Return a record; `up` moves its chords by semitones, `swing` makes the beat unsteady.

    Without `lufs` it was heard before loudness was measured.
    """
    tonic, _, mode = key.partition(" ")
    heard: dict[str, Annotation] = {
        "tempo": Tempo(bpm, 0.9, BY),
        "key": Key(tonic, mode, 0.8, BY),
        "beats": _beats(bpm, meter, seconds, swing),
        "chords": _chords([transpose(c, up) for c in chords], bpm, seconds),
        "level": Level(1.0, tuple(level for _ in range(int(seconds))), BY),
        "segments": _sections(sections, seconds),
        "tags": Tags(
            _labels(genres),
            _labels(instruments),
            _labels(moods),
            Label(voice, 0.9),
            BY,
            _labels([singer] if singer else []),
        ),
    }
    if lufs is not None:
        heard["loudness"] = Loudness(lufs, 6.4, min(-0.3, lufs + 12), BY)
    names: dict[str, Any] = {"title": title or f"Number {n}"}
    names |= {"year": str(year)} if year else {}
    return TrackRecord(
        id=f"{n:032x}",
        path=path or f"/music/{n}.flac",
        titles=names | ({"artist": artist} if artist else {}),
        duration=seconds,
        sample_rate=44100,
        channels=2,
        annotations={task: a.to_dict() for task, a in heard.items()},
        words=f"{', '.join(genres)} with {', '.join(instruments) or 'voices'}.",
        heard_at=f"2026-11-22T17:{n % 60:02}:00+00:00",
    )


def _labels(names: Sequence[str]) -> tuple[Label, ...]:
    return tuple(Label(name, 0.9 - 0.05 * i) for i, name in enumerate(names))


def _beats(bpm: float, meter: str, seconds: float, swing: float) -> Beats:
    step, per_bar = 60 / bpm, PULSES[meter]
    count = int(seconds / step) - 1
    times = tuple(round(step * (i + swing * (i % 2)), 4) for i in range(count))
    return Beats(times, tuple(i % per_bar + 1 for i in range(count)), BY, meter, 0.9, 0.9)


def _chords(labels: Sequence[str], bpm: float, seconds: float) -> Chords:
    step = 4 * 60 / bpm
    count = max(1, int(seconds / step))
    edges = [round(seconds * i / count, 3) for i in range(count + 1)]
    return Chords(tuple(pairwise(edges)), tuple(labels[i % len(labels)] for i in range(count)), BY)


def _sections(labels: Sequence[str], seconds: float) -> Sections:
    edges = [round(seconds * i / len(labels), 2) for i in range(len(labels) + 1)]
    letters = tuple(chr(65 + list(dict.fromkeys(labels)).index(label)) for label in labels)
    return Sections(tuple(pairwise(edges)), tuple(labels), BY, letters=letters)
