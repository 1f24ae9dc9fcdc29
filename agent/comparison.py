"""What comes of comparing tracks: the sides, what sets them apart, and the claims it rests on. Values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.evidence import Claim
from agent.record import Facts, TrackRecord
from agent.shared_harmony import texts
from tools.annotations import Level, Sections
from tools.theory import camelot


@dataclass(frozen=True)
class Side:
    """One of the tracks, and what is compared of it; None or empty where it is not known.

    Parameters
    ----------
    loudness : LUFS where it was measured so, else the mean level in dB full scale
    form : a letter a section
    measured : tempo, beats, key, tags and chords in the form in which the tools of one track tell
        them, with their confidences and second readings
    """

    handle: str
    title: str
    duration: float
    bpm: float | None = None
    key: str | None = None
    camelot: str | None = None
    meter: str | None = None
    loudness: float | None = None
    loudness_unit: str = ""
    energy: float | None = None
    form: str = ""
    voice: str | None = None
    chords: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One thing that was compared.

    Parameters
    ----------
    aspect : tempo, key, meter, mix, progressions, chords, genres, moods, instruments, voice,
        loudness, energy, form or length
    words : one sentence
    values : plain data
    """

    aspect: str
    words: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """What sets tracks apart, and what they share."""

    sides: tuple[Side, ...]
    differences: tuple[Difference, ...]
    claims: tuple[Claim, ...] = ()

    @property
    def words(self) -> str:
        """All sentences."""
        return " ".join(d.words for d in self.differences)

    def of(self, aspect: str) -> Difference | None:
        """Return what was found in one respect."""
        return next((d for d in self.differences if d.aspect == aspect), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the sides, and the differences by their aspects."""
        sides = [{n: _plain(v) for n, v in asdict(side).items()} for side in self.sides]
        return {
            "sides": sides,
            "differences": [
                {"aspect": d.aspect, "text": d.words, **_plain(d.values)} for d in self.differences
            ],
        }


_TOLD = frozenset(
    "bpm confidence alternatives steady estimator meter meter_confidence tonic mode genres instruments"
    " moods voice".split()
)


def side_of(handle: str, record: TrackRecord, facts: Facts) -> Side:
    """Return what is compared of a track."""
    key = f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else None
    sections = record.annotation("segments")
    letters = sections.letters if isinstance(sections, Sections) else ()
    loudness, unit = loudness_of(record, facts)
    return Side(
        handle,
        record.title,
        round(record.duration, 2),
        _number(facts, "bpm", 1),
        key,
        camelot(str(facts["tonic"]), str(facts["mode"])) if key else None,
        str(facts["meter"]) if "meter" in facts else None,
        loudness,
        unit,
        _number(facts, "energy", 2),
        " ".join(letters),
        str(facts["voice"]) if "voice" in facts else None,
        tuple(texts(facts, "chords")),
        tuple(texts(facts, "genres")),
        tuple(texts(facts, "moods")),
        tuple(texts(facts, "instruments")),
        _measured(record),
    )


def _measured(record: TrackRecord) -> dict[str, Any]:
    """Return what was measured of a track, without what is told of every moment."""
    found: dict[str, Any] = {}
    for task in ("tempo", "beats", "key", "tags"):
        annotation = record.annotation(task)
        if annotation is not None:
            told = annotation.to_dict()
            found[task] = {n: v for n, v in told.items() if n in _TOLD}
    return found


def loudness_of(record: TrackRecord, facts: Facts) -> tuple[float | None, str]:
    """Return how loud a track is and in which unit: LUFS, else the mean level in dB."""
    if (lufs := _number(facts, "lufs", 1)) is not None:
        return lufs, "LUFS"
    level = record.annotation("level")
    return (round(level.mean, 1), "dB") if isinstance(level, Level) else (None, "")


def _number(facts: Facts, name: str, digits: int) -> float | None:
    value = facts.get(name)
    return round(float(value), digits) if isinstance(value, int | float) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: _plain(v) for n, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
