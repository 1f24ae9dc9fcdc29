"""What a search demands: typed filters, checked, and what may be let go when nothing passes. Pure.

A filter is hard: a track of which the thing is not known does not pass. Second readings of key and
tempo pass, and count for less. What was excluded is never let go.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from agent.track_relations import key_at
from agent.wish import tokens
from tools.conventions import METERS
from tools.errors import MusicToolError
from tools.theory import MODES

VOICES = ("vocal", "instrumental", "female", "male")
VOICE_WORDS = frozenset({"vocal", "voice", "singing", "singer", "sung"})
"""Words, as `tokens` folds them, by which a voice is asked for as if it were a tag."""

_KEY = re.compile(
    r"(?P<letter>[A-Ga-g])(?P<sign>#|♯|b|♭|[ -]?sharp|[ -]?flat)?"
    r"(?:[ -]?(?P<mode>major|minor|maj|min|m))?"
)
_CAMELOT = re.compile(r"(?P<hour>1[0-2]|[1-9])(?P<side>[AaBb])")
_OR = re.compile(r"\s+or\s+|\s*[,/]\s*(?:or\s+)?")
_SIGNS = {"♯": "#", "sharp": "#", "♭": "b", "flat": "b"}
_RANGES = {
    "bpm": "The tempo in BPM",
    "duration": "The length in seconds",
    "lufs": "The loudness in LUFS",
    "year": "The year",
}
_POSITIVE = ("bpm", "duration", "year")


class FilterError(MusicToolError, ValueError):
    """A filter asks for something that can't be; the message says what can."""


@dataclass(frozen=True)
class Filters:
    """What every hit must be; what is empty or None is not asked for.

    Parameters
    ----------
    key : ``"F# minor"`` or ``"F#"``, which is either mode; or a place on the Camelot wheel, ``"8A"``;
        one of several, ``"A minor or C major"``
    mode : ``"major"`` or ``"minor"``
    bpm_min, bpm_max : beats a minute, both included
    meter : such as ``"3/4"``
    tags_any, tags_all, tags_not : genres, instruments or moods: one of them, all, none. A tag is
        asked for by its name or by words of it: "guitar" is in "electric guitar"
    instruments : all of them are heard
    voice : ``"vocal"`` or ``"instrumental"``, or ``"female"`` or ``"male"``, who sings first of all
    duration_min, duration_max : seconds
    lufs_min, lufs_max : integrated loudness
    chord_progression : ``"ii-V-I"`` or ``"Dm7 G7 Cmaj7"``, found in any key
    artist : the name, or words of it
    artist_not : artists, or words of their names, of whom nothing is wanted

    Raises
    ------
    FilterError
        If a value makes no sense, in a sentence that says what does.
    """

    key: str = ""
    mode: str = ""
    bpm_min: float | None = None
    bpm_max: float | None = None
    meter: str = ""
    tags_any: tuple[str, ...] = ()
    tags_all: tuple[str, ...] = ()
    tags_not: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    voice: str = ""
    duration_min: float | None = None
    duration_max: float | None = None
    lufs_min: float | None = None
    lufs_max: float | None = None
    year_min: int | None = None
    year_max: int | None = None
    chord_progression: str = ""
    artist: str = ""
    artist_not: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("tags_any", "tags_all", "tags_not", "instruments", "artist_not"):
            self._set(name, _names(name, getattr(self, name)))
        for name in ("key", "mode", "meter", "voice", "chord_progression", "artist"):
            value = getattr(self, name)
            _check(isinstance(value, str), f"The filter '{name}' is a text, not {value!r}.")
            self._set(name, value.strip())
        self._set("mode", self.mode.lower())
        self._set("voice", self.voice.lower())
        _one_of("mode", self.mode, MODES)
        _one_of("meter", self.meter, METERS)
        _one_of("voice", self.voice, VOICES)
        keys = (_key(one, self.mode) for one in _OR.split(self.key))
        self._set("key", " or ".join(dict.fromkeys(keys)))
        for name, what in _RANGES.items():
            _check_range(what, *self.range(name), positive=name in _POSITIVE)
        if self.artist:
            _check(bool(tokens(self.artist)), f"'{self.artist[:40]}' names no artist.")
        if self.chord_progression:
            from agent.harmony_facts import query_patterns

            query_patterns(self.chord_progression, self.key_mode or None)

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in ("", (), None) for f in fields(self))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Tonic and mode of each key, one of which is asked for; "" where any will do."""
        if not self.key:
            return (("", self.mode),) if self.mode else ()
        pairs = (one.partition(" ") for one in self.key.split(" or "))
        return tuple((tonic, mode or self.mode) for tonic, _, mode in pairs)

    @property
    def key_mode(self) -> str:
        """The mode, whether it was asked for with a tonic or alone; "" where either will do."""
        modes = {mode for _, mode in self.keys}
        return modes.pop() if len(modes) == 1 else ""

    def range(self, name: str) -> tuple[float | None, float | None]:
        """Return the least and the most that is asked for of ``"bpm"``, ``"year"`` and the like."""
        return getattr(self, f"{name}_min"), getattr(self, f"{name}_max")

    def relaxed(self) -> Iterator[tuple[str, "Filters"]]:
        """Yield what can be let go and the filters without it, the least loss first.

        How loud, how long and how old a track is says less about the music than its meter, tempo
        and key, and these less than what it is; what was excluded stays excluded.
        """
        for name in ("lufs", "duration", "year"):
            yield from self._without_range(name)
        if self.meter:
            yield f"meter {self.meter}", replace(self, meter="")
        yield from self._without_range("bpm")
        if self.key:
            yield f"key {self.key}", replace(self, key="")
        if self.mode and not self.key:
            yield f"{self.mode} mode", replace(self, mode="")
        for name in ("tags_any", "tags_all", "instruments"):
            yield from self._without_names(name)
        if self.voice not in ("", "instrumental"):  # that nobody sings is an exclusion
            said = "vocals" if self.voice == "vocal" else f"a {self.voice} voice"
            yield said, replace(self, voice="")
        if self.chord_progression:
            said = f"chords {self.chord_progression}"
            yield said, replace(self, chord_progression="")
        if self.artist:
            yield f"artist {self.artist}", replace(self, artist="")

    def _without_range(self, name: str) -> Iterator[tuple[str, "Filters"]]:
        low, high = self.range(name)
        if (low, high) != (None, None):
            free = self._with({f"{name}_min": None, f"{name}_max": None})
            yield range_text(name, low, high), free

    def _without_names(self, name: str) -> Iterator[tuple[str, "Filters"]]:
        names: tuple[str, ...] = getattr(self, name)
        if name == "tags_any" and names:
            yield f"tag {' or '.join(names)}", replace(self, tags_any=())
            return
        kind = "instrument" if name == "instruments" else "tag"
        for one in names:
            left = tuple(other for other in names if other != one)
            yield f"{kind} {one}", self._with({name: left})

    def _with(self, changes: Mapping[str, Any]) -> "Filters":
        return replace(self, **changes)

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)


def range_text(name: str, low: float | None, high: float | None) -> str:
    """Return how a range is said: ``"tempo 80 to 100 BPM"``."""
    head = {"bpm": "tempo ", "duration": "length ", "lufs": "loudness ", "year": "year "}[name]
    tail = {"bpm": " BPM", "lufs": " LUFS"}.get(name, "")
    show = clock if name == "duration" else "{:g}".format
    if low is None or high is None:
        bound = "at most" if low is None else "at least"
        return f"{head}{bound} {show(_number(low, high))}{tail}"
    return f"{head}{show(low)} to {show(high)}{tail}" if low != high else f"{head}{show(low)}{tail}"


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds: ``"3:05"``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _number(low: float | None, high: float | None) -> float:
    return (low if low is not None else high) or 0.0


def _names(name: str, value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    _check(
        isinstance(listed, Iterable) and all(isinstance(x, str) for x in listed),
        f"The filter '{name}' lists names, and got {value!r}.",
    )
    assert isinstance(listed, Iterable)
    names = tuple(dict.fromkeys(" ".join(x.split()) for x in listed if x.strip()))
    for x in names:
        _check(bool(tokens(x)), f"'{x[:40]}' names no genre, instrument or mood.")
    return names


def _one_of(name: str, value: str, known: Iterable[str]) -> None:
    known = tuple(known)
    _check(value in ("", *known), f"The {name} is one of {', '.join(known)}, not '{value[:40]}'.")


def _key(text: str, mode: str) -> str:
    if not text:
        return ""
    if wheel := _CAMELOT.fullmatch(text):
        text = key_at(int(wheel["hour"]), wheel["side"].upper())
    found = _KEY.fullmatch(text)
    _check(found is not None, f"A key looks like 'F# minor' or 'Bb', not '{text[:40]}'.")
    assert found is not None
    sign = (found["sign"] or "").strip(" -")
    own = {"maj": "major", "min": "minor", "m": "minor"}.get(found["mode"], found["mode"]) or ""
    _check(
        not (own and mode and own != mode),
        f"The key '{text}' is {own}, and the mode is to be {mode}: leave one out.",
    )
    return f"{found['letter'].upper()}{_SIGNS.get(sign, sign)} {own or mode}".strip()


def _check_range(what: str, low: object, high: object, positive: bool) -> None:
    for value in (low, high):
        if value is None:
            continue
        sane = isinstance(value, int | float) and not isinstance(value, bool)
        _check(sane and math.isfinite(float(str(value))), f"{what} is a number, not {value!r}.")
        _check(not positive or float(str(value)) >= 0, f"{what} is not negative; got {value}.")
    if isinstance(low, int | float) and isinstance(high, int | float):
        _check(low <= high, f"{what} can't be at least {low:g} and at most {high:g}.")


def _check(condition: bool, sentence: str) -> None:
    if not condition:
        raise FilterError(sentence)
