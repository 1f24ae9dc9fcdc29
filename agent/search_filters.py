"""The typed filters that tools take from a model, and what is said of them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal

from agent.record import Facts
from agent.search import Filters
from agent.wish import TEMPO_TOLERANCE
from tools.errors import MusicToolError

Number = float | None
Names = list[str] | None
Mode = Literal["major", "minor"] | None
Voice = Literal["vocal", "instrumental", "female", "male"] | None
Key = Annotated[
    str | None, "such as F# minor, F# for either mode, 8A; or several: A minor or C major"
]
Slowest = Annotated[Number, "slowest tempo in BPM"]
Fastest = Annotated[Number, "fastest tempo in BPM"]
Meter = Annotated[str | None, "such as 3/4"]
TagsAny = Annotated[Names, "genres, instruments or moods, one of which must be there"]
TagsNot = Annotated[Names, "genres, instruments or moods that must not be there"]
Instruments = Annotated[Names, "instruments that must all be there"]
Shortest = Annotated[Number, "shortest length in seconds"]
Longest = Annotated[Number, "longest length in seconds"]
Quietest = Annotated[Number, "least loudness in LUFS, such as -20"]
Loudest = Annotated[Number, "greatest loudness in LUFS, such as -9"]
FirstYear = Annotated[int | None, "earliest year, from the file's tags"]
LastYear = Annotated[int | None, "latest year, from the file's tags"]
Artist = Annotated[str | None, "name of the artist, from the file's tags"]
ArtistNot = Annotated[Names, "artists of whom nothing is wanted"]
Progression = Annotated[str | None, "such as ii-V-I or Dm7 G7 Cmaj7; found in any key"]
Than = Literal[
    "slower", "faster", "quieter", "louder", "shorter", "longer", "older", "newer"
]  # fmt: skip

LOUDER_LU = 1.0
"""LU by which a track is louder than another: less is hardly heard."""
LONGER_SECONDS = 1.0

_BOUNDS: Mapping[Than, tuple[str, str]] = {
    "slower": ("bpm", "max"),
    "faster": ("bpm", "min"),
    "quieter": ("lufs", "max"),
    "louder": ("lufs", "min"),
    "shorter": ("duration", "max"),
    "longer": ("duration", "min"),
    "older": ("year", "max"),
    "newer": ("year", "min"),
}
_LACKING = {"bpm": "tempo", "lufs": "loudness", "duration": "length", "year": "year"}
TASKS: Mapping[Than, tuple[str, ...]] = {
    "slower": ("tempo",),
    "faster": ("tempo",),
    "quieter": ("loudness",),
    "louder": ("loudness",),
}
"""What must have been heard of a track so that others can be held against it."""


def filters_of(given: Mapping[str, Any]) -> Filters:
    """Return the filters among the arguments that a tool was given; what is None is not asked for."""
    known = {field.name: given[field.name] for field in fields(Filters) if field.name in given}
    told = {name: value for name, value in known.items() if value is not None}
    return Filters(**told)


def bounds(than: Sequence[Than], facts: Facts, title: str) -> dict[str, float | int]:
    """Return the filters that say "slower" and the like of tracks, as against one.

    Parameters
    ----------
    facts : of the track that is the measure

    Raises
    ------
    MusicToolError
        If that is not known of the track which the others are held against.
    """
    found: dict[str, float | int] = {}
    for word in than:
        name, side = _BOUNDS[word]
        value = facts.get(name)
        if not isinstance(value, int | float):
            raise MusicToolError(
                f"The {_LACKING[name]} of '{title}' isn't known, so nothing can be {word} than it."
            )
        found[f"{name}_{side}"] = _beyond(name, side, value)
    return found


def _beyond(name: str, side: str, value: float) -> float | int:
    way = -1 if side == "max" else 1
    if name == "bpm":
        return round(value * (1 + way * TEMPO_TOLERANCE), 1)
    if name == "year":
        return int(value) + way
    return round(value + way * (LOUDER_LU if name == "lufs" else LONGER_SECONDS), 1)


def asked_words(filters: Filters) -> list[str]:
    """Return what filters ask for, one thing a text: ``["tempo at most 90 BPM", "no drums"]``."""
    return [*(what for what, _ in filters.relaxed()), *_hard(filters)]


def _hard(filters: Filters) -> Iterator[str]:
    if filters.voice == "instrumental":
        yield "no vocals"
    yield from (f"no {tag}" for tag in filters.tags_not)
    yield from (f"not by {artist}" for artist in filters.artist_not)
