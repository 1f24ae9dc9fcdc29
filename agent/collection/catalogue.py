"""What the memory holds, for people: a list, one track by its name, and counts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.collection.report import spoken
from agent.memory import TrackMemory
from agent.output_folder import at_home
from agent.path_index import PathIndex
from agent.recall import Row
from agent.record import TrackRecord
from tools.errors import MusicToolError, UnknownTrackError
from tools.titles import clean_text

SHORT_ID = 8
"""Digits of an id that are shown; as many as are needed to tell tracks apart may be typed."""

FEWEST = 4
"""Digits of an id that may be typed, at least: shorter ones are looked for in titles only."""

BAND = 20
"""Width of the bands of tempo in the counts, in bpm."""

UNKNOWN = float("inf")


@dataclass(frozen=True)
class Listed:
    """A track as a list shows it; ``""`` and None where something is not known."""

    id: str
    title: str
    artist: str
    key: str
    bpm: float | None
    duration: float
    level: str
    added: str

    @classmethod
    def of(cls, row: Row) -> "Listed":
        """Return a row of the search index as a list shows it."""
        facts = row.facts
        bpm = facts.get("bpm")
        duration = facts.get("duration", 0.0)
        return cls(
            row.id,
            str(facts.get("title", "")),
            str(facts.get("artist", "")),
            f"{facts['tonic']} {facts['mode']}" if "tonic" in facts else "",
            bpm if isinstance(bpm, int | float) else None,
            float(duration) if isinstance(duration, int | float) else 0.0,
            str(facts.get("level", "")),
            str(facts.get("heard_at", "")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return asdict(self)


ORDERS: Mapping[str, Callable[[Listed], Any]] = {
    "title": lambda t: (t.title.casefold(), t.artist.casefold(), t.id),
    "key": lambda t: (not t.key, t.key, t.title.casefold()),
    "bpm": lambda t: (t.bpm if t.bpm is not None else UNKNOWN, t.title.casefold()),
    "added": lambda t: (t.added, t.title.casefold()),
}


def listed(memory: TrackMemory, order: str = "title") -> list[Listed]:
    """Return all tracks in one of `ORDERS`; what is not known comes last."""
    return sorted((Listed.of(row) for row in memory.rows().values()), key=ORDERS[order])


def to_table(tracks: Sequence[Listed]) -> str:
    """Return a list of tracks as lines in columns."""
    head = ("title", "artist", "key", "bpm", "length", "level", "id")
    rows = [head, *(_cells(track) for track in tracks)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    right = {head.index("bpm"), head.index("length")}
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cells(track: Listed) -> tuple[str, ...]:
    return (
        clean_text(track.title, 40),
        clean_text(track.artist, 24),
        track.key,
        "" if track.bpm is None else f"{track.bpm:.0f}",
        clock(track.duration),
        track.level,
        track.id[:SHORT_ID],
    )


def clock(seconds: float) -> str:
    """Return a length as a list shows it: ``"3:05"``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


# ---- one track ----------------------------------------------------------------------------------


def find_track(memory: TrackMemory, name: str) -> TrackRecord:
    """Return the track that a person means: by its file, its title, or the start of its id.

    A whole title comes before the start of an id, and that before a part of a title.

    Raises
    ------
    UnknownTrackError
        If there is none, or more than one.
    """
    record = _by_path(memory, name) or memory.get(_the_one(memory, name))
    if record is None:
        raise UnknownTrackError(
            f"The record of '{clean_text(name, 60)}' is damaged. Run: musicologue library rescan"
        )
    return record


def _by_path(memory: TrackMemory, name: str) -> TrackRecord | None:
    """Return the track of a path, or the only one whose file has that name."""
    try:
        path = at_home(name).absolute()
    except MusicToolError:
        return None
    known = PathIndex(memory.folder / "paths.json").ids()
    named = {i for p, i in known.items() if Path(p).name == name}
    track_id = known.get(str(path)) or (named.pop() if len(named) == 1 else None)
    return memory.get(track_id) if track_id else None


def _the_one(memory: TrackMemory, name: str) -> str:
    digits = name.casefold()
    ids = memory.ids()
    if digits in ids:
        return digits
    wanted, shown = name.casefold().strip(), clean_text(name, 60)
    titles = {i: str(row.facts.get("title", "")) for i, row in memory.rows().items()}
    for found in (
        [i for i, title in titles.items() if title.casefold() == wanted],
        [i for i in ids if len(digits) >= FEWEST and i.startswith(digits)],
        [i for i, title in titles.items() if wanted and wanted in title.casefold()],
    ):
        if len(found) > 1:
            some = ", ".join(f"{titles.get(i, '')} ({i[:SHORT_ID]})" for i in found[:5])
            raise UnknownTrackError(
                f"'{shown}' may be one of {len(found)} tracks: {some}. Give the start of its id."
            )
        if found:
            return found[0]
    raise UnknownTrackError(f"The library holds no track '{shown}'. Try: musicologue library list")


# ---- counts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counts:
    """What the library holds, counted.

    Parameters
    ----------
    keys, tempi, levels : tracks by key, by band of tempo, and by how far they were heard
    failed : reasons by path, of files that could not be heard
    """

    tracks: int
    hours: float
    keys: dict[str, int] = field(default_factory=dict)
    tempi: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``--json``."""
        return asdict(self)

    def to_text(self) -> str:
        """Return the counts as a person reads them."""
        lines = [f"tracks  {self.tracks}, {spoken(3600 * self.hours)} in all"]
        for name, counts in (("levels", self.levels), ("tempi", self.tempi), ("keys", self.keys)):
            if counts:
                told = ", ".join(f"{what} {number}" for what, number in counts.items())
                lines.append(f"{name:7} {told}")
        if self.failed:
            files = "1 file" if len(self.failed) == 1 else f"{len(self.failed)} files"
            lines.append(f"{files} could not be heard:")
            lines += [
                f"  {clean_text(path)}: {clean_text(why, 400)}" for path, why in self.failed.items()
            ]
        return "\n".join(lines)


def counts(tracks: Sequence[Listed], failed: Mapping[str, str]) -> Counts:
    """Return what a list of tracks adds up to; the most frequent key comes first."""
    tempi = Counter(int(t.bpm // BAND) * BAND for t in tracks if t.bpm is not None)
    return Counts(
        len(tracks),
        round(sum(t.duration for t in tracks) / 3600, 2),
        dict(Counter(t.key for t in tracks if t.key).most_common()),
        {f"{low}-{low + BAND} bpm": tempi[low] for low in sorted(tempi)},
        dict(Counter(t.level or "less than quick" for t in tracks).most_common()),
        dict(failed),
    )


def paths_of(memory: TrackMemory, track_id: str) -> list[str]:
    """Return the paths under which a track was met."""
    known = PathIndex(memory.folder / "paths.json").ids()
    return sorted(path for path, i in known.items() if i == track_id and Path(path).exists())
